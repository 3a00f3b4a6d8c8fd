"""Contacts made for many cards at once are batches beside the imports of files."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "import_batches", sa.Column("source", sa.String(length=10), server_default="file", nullable=False)
    )
