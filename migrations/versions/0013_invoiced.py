"""What was invoiced by day is read from an index alone: the home page draws the last twelve months."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_documents_invoiced",
        "documents",
        ["kind", "document_date", "currency", "net", "state"],
        sqlite_where=sa.text("state = 'issued'"),
        postgresql_where=sa.text("state = 'issued'"),
    )
