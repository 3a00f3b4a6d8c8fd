"""Rows of an import that look like a card which is there, and what is to be done with them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import_rows", sa.Column("alike", sa.JSON(), nullable=True))
    for name, limit in (("choice", 20), ("alike_key", 200)):
        op.add_column(
            "import_rows", sa.Column(name, sa.String(length=limit), server_default="", nullable=False)
        )
    op.create_index("ix_import_rows_batch_id_alike_key", "import_rows", ["batch_id", "alike_key"])
