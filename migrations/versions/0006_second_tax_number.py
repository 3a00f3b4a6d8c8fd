"""The office has room for a second tax number: one for the GST and one for the QST."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("office", sa.Column("vat_no2", sa.String(length=20), server_default="", nullable=False))
