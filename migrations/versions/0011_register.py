"""What the register of requests needs: where the permanent trail ends, and whether deadlines avoid weekends."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trail_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_head")),
    )
    with op.batch_alter_table("privacy_settings") as batch:
        batch.add_column(
            sa.Column("next_working_day", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
