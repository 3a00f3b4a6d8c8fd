"""How many cards and documents of each kind there are, kept by triggers: lists show it without counting."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Filled, and kept from then on, by totals.create at the end of every upgrade.
    op.create_table(
        "row_totals",
        sa.Column("counted", sa.String(length=40), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("counted", "part", name=op.f("pk_row_totals")),
    )
