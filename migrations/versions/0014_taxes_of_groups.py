"""Each tax of an issued document names the tax groups that brought it: a credit memo takes back the same ones."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was issued before has none: its groups are read as they are today.
    op.add_column("document_taxes", sa.Column("tax_group_ids", sa.JSON(), nullable=True))
