"""What names a card is found at once in the history, the outbox and the imports: a person's dossier asks for it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_history_origin_id",
        "history",
        ["origin_id"],
        sqlite_where=sa.text("origin_id IS NOT NULL"),
        postgresql_where=sa.text("origin_id IS NOT NULL"),
    )
    op.create_index("ix_import_rows_record_id", "import_rows", ["record_id"])
    op.create_index("ix_outbox_messages_about_id", "outbox_messages", ["about_id"])
