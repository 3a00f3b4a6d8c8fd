"""The privacy desk: requests and their steps, blocks, exports, proofs of erasure, and the permanent trail."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "privacy_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("regime", sa.String(length=2), server_default="", nullable=False),
        sa.Column("person_in_charge", sa.String(length=100), server_default="", nullable=False),
        sa.Column("person_email", sa.String(length=254), server_default="", nullable=False),
        sa.Column("fiscal_year_end", sa.String(length=5), server_default="", nullable=False),
        sa.Column("years", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_settings")),
    )
    op.create_table(
        "trail",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=40), server_default="", nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), server_default="", nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("request_no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("previous", sa.String(length=64), server_default="", nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail")),
    )
    op.create_index("ix_trail_kind_record_id", "trail", ["kind", "record_id"], unique=False)
    op.create_table(
        "privacy_not_the_same",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("other_kind", sa.String(length=20), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_privacy_not_the_same_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_not_the_same")),
    )
    op.create_index(
        "ix_privacy_not_the_same_kind_record_id", "privacy_not_the_same", ["kind", "record_id"], unique=False
    )
    op.create_table(
        "privacy_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("no", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), server_default="", nullable=False),
        sa.Column("regime", sa.String(length=2), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=10), server_default="", nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("subject_kind", sa.String(length=20), server_default="", nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("subject_no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("subject_label", sa.String(length=100), server_default="", nullable=False),
        sa.Column("language", sa.String(length=5), server_default="", nullable=False),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("extended_on", sa.Date(), nullable=True),
        sa.Column("extension_reason", sa.String(length=200), server_default="", nullable=False),
        sa.Column("identity_method", sa.String(length=20), server_default="", nullable=False),
        sa.Column("identity_on", sa.Date(), nullable=True),
        sa.Column("identity_by", sa.Integer(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), server_default="", nullable=False),
        sa.Column("code_until", sa.DateTime(), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("repeat_of_id", sa.Integer(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('access', 'portability', 'correction', 'erasure', 'restriction', 'objection', 'withdrawal', 'deindexing', 'complaint')",
            name=op.f("ck_privacy_requests_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'verified', 'in_progress', 'answered', 'closed')",
            name=op.f("ck_privacy_requests_state"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_privacy_requests_created_by")),
        sa.ForeignKeyConstraint(["handler_id"], ["users.id"], name=op.f("fk_privacy_requests_handler_id")),
        sa.ForeignKeyConstraint(["identity_by"], ["users.id"], name=op.f("fk_privacy_requests_identity_by")),
        sa.ForeignKeyConstraint(
            ["repeat_of_id"], ["privacy_requests.id"], name=op.f("fk_privacy_requests_repeat_of_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_requests")),
        sa.UniqueConstraint("no", name=op.f("uq_privacy_requests_no")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_privacy_requests_due_on"), "privacy_requests", ["due_on"], unique=False)
    op.create_index("ix_privacy_requests_state_due_on", "privacy_requests", ["state", "due_on"], unique=False)
    op.create_index(
        "ix_privacy_requests_subject", "privacy_requests", ["subject_kind", "subject_id"], unique=False
    )
    op.create_table(
        "privacy_blocks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lift_reason", sa.String(length=200), server_default="", nullable=False),
        sa.Column("told_before", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_privacy_blocks_by_id")),
        sa.ForeignKeyConstraint(["lifted_by"], ["users.id"], name=op.f("fk_privacy_blocks_lifted_by")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["privacy_requests.id"], name=op.f("fk_privacy_blocks_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_blocks")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_privacy_blocks_kind_record_id", "privacy_blocks", ["kind", "record_id"], unique=False)
    op.create_index(op.f("ix_privacy_blocks_request_id"), "privacy_blocks", ["request_id"], unique=False)
    op.create_table(
        "privacy_erasures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_privacy_erasures_by_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["privacy_requests.id"], name=op.f("fk_privacy_erasures_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_erasures")),
    )
    op.create_index(op.f("ix_privacy_erasures_request_id"), "privacy_erasures", ["request_id"], unique=False)
    op.create_table(
        "privacy_exports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("selection", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), server_default="", nullable=False),
        sa.Column("form", sa.String(length=4), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("file_name", sa.String(length=80), server_default="", nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), server_default="", nullable=False),
        sa.Column("sheets", sa.JSON(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("outbox_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_privacy_exports_created_by")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["privacy_requests.id"], name=op.f("fk_privacy_exports_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_exports")),
    )
    op.create_index(op.f("ix_privacy_exports_created_at"), "privacy_exports", ["created_at"], unique=False)
    op.create_index(op.f("ix_privacy_exports_request_id"), "privacy_exports", ["request_id"], unique=False)
    op.create_table(
        "privacy_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=30), nullable=False),
        sa.Column("proof_kind", sa.String(length=20), server_default="", nullable=False),
        sa.Column("proof", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_privacy_steps_by_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["privacy_requests.id"], name=op.f("fk_privacy_steps_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_steps")),
    )
    op.create_index(op.f("ix_privacy_steps_request_id"), "privacy_steps", ["request_id"], unique=False)
