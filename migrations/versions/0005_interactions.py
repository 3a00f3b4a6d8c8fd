"""Interactions, and the settings of their kinds."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interactions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("party_kind", sa.String(length=20), server_default="", nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=True),
        sa.Column("direction", sa.String(length=3), server_default="", nullable=False),
        sa.Column("subject", sa.String(length=200), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("document_kind", sa.String(length=20), server_default="", nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("document_no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("outbox_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(), nullable=True),
        sa.Column("cancelled_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cancelled_by"], ["users.id"], name=op.f("fk_interactions_cancelled_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["contacts.id"], name=op.f("fk_interactions_company_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_interactions_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_interactions_created_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_interactions_at_id", "interactions", ["at", "id"])
    op.create_index("ix_interactions_contact_id_at_id", "interactions", ["contact_id", "at", "id"])
    op.create_index("ix_interactions_company_id_at_id", "interactions", ["company_id", "at", "id"])
    op.create_index("ix_interactions_party_at_id", "interactions", ["party_kind", "party_id", "at", "id"])
    op.create_index(op.f("ix_interactions_document_id"), "interactions", ["document_id"])
    op.create_index(op.f("ix_interactions_outbox_id"), "interactions", ["outbox_id"])
    op.create_table(
        "interaction_settings",
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("wording", sa.String(length=200), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("action", name=op.f("pk_interaction_settings")),
    )
