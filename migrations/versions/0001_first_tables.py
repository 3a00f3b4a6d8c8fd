"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "login_throttles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_hash", sa.String(length=64), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("first_failure_at", sa.DateTime(), nullable=False),
        sa.Column("last_failure_at", sa.DateTime(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_throttles")),
        sa.UniqueConstraint(
            "account_hash", "address_hash", name=op.f("uq_login_throttles_account_hash_address_hash")
        ),
    )
    op.create_table(
        "number_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("description", sa.String(length=100), server_default="", nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("manual", sa.Boolean(), nullable=False),
        sa.CheckConstraint("automatic OR manual", name=op.f("ck_number_series_automatic_or_manual")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_series")),
        sa.UniqueConstraint("code", name=op.f("uq_number_series_code")),
    )
    op.create_table(
        "payment_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("end_of_month", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_terms")),
        sa.UniqueConstraint("code", name=op.f("uq_payment_terms_code")),
    )
    op.create_table(
        "relation_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("description", sa.String(length=100), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relation_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_relation_codes_code")),
    )
    op.create_table(
        "tax_groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("exempt_reason", sa.String(length=200), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_groups")),
        sa.UniqueConstraint("code", name=op.f("uq_tax_groups_code")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=255), server_default="", nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("is_clerk", sa.Boolean(), nullable=False),
        sa.Column("is_privacy_officer", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=5), server_default="", nullable=False),
        sa.Column("formats", sa.String(length=5), server_default="", nullable=False),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.Column("email_changed_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "bank_accounts",
        sa.Column("label", sa.String(length=50), server_default="", nullable=False),
        sa.Column("bank_branch_no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("account_no", sa.String(length=30), server_default="", nullable=False),
        sa.Column("iban", sa.String(length=34), server_default="", nullable=False),
        sa.Column("bic", sa.String(length=11), server_default="", nullable=False),
        sa.Column("account_currency", sa.String(length=3), server_default="", nullable=False),
        sa.Column("our_user_id", sa.Integer(), nullable=True),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "no",
            sa.String(length=20).with_variant(sa.String(length=20, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "search_name",
            sa.String(length=100).with_variant(sa.String(length=100, collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column(
            "search_city",
            sa.String(length=50).with_variant(sa.String(length=50, collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("updated_by", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("name2", sa.String(length=50), server_default="", nullable=False),
        sa.Column("address", sa.String(length=100), server_default="", nullable=False),
        sa.Column("address2", sa.String(length=50), server_default="", nullable=False),
        sa.Column("post_code", sa.String(length=20), server_default="", nullable=False),
        sa.Column("city", sa.String(length=50), server_default="", nullable=False),
        sa.Column("region", sa.String(length=50), server_default="", nullable=False),
        sa.Column("country", sa.String(length=2), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=30), server_default="", nullable=False),
        sa.Column("mobile", sa.String(length=30), server_default="", nullable=False),
        sa.Column("fax", sa.String(length=30), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), server_default="", nullable=False),
        sa.Column("website", sa.String(length=255), server_default="", nullable=False),
        sa.Column("language", sa.String(length=5), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_bank_accounts_created_by")),
        sa.ForeignKeyConstraint(["our_user_id"], ["users.id"], name=op.f("fk_bank_accounts_our_user_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_bank_accounts_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_accounts")),
        sa.UniqueConstraint("no", name=op.f("uq_bank_accounts_no")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_bank_accounts_search_city_id", "bank_accounts", ["search_city", "id"], unique=False)
    op.create_index("ix_bank_accounts_search_name_id", "bank_accounts", ["search_name", "id"], unique=False)
    op.create_index(op.f("ix_bank_accounts_updated_at"), "bank_accounts", ["updated_at"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("salesperson_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=30), server_default="", nullable=False),
        sa.Column("first_name", sa.String(length=50), server_default="", nullable=False),
        sa.Column("middle_name", sa.String(length=50), server_default="", nullable=False),
        sa.Column("last_name", sa.String(length=50), server_default="", nullable=False),
        sa.Column("job_title", sa.String(length=60), server_default="", nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("email2", sa.String(length=254), server_default="", nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("minor", sa.Boolean(), nullable=False),
        sa.Column("guardian_consent_at", sa.DateTime(), nullable=True),
        sa.Column("guardian_consent_by", sa.String(length=100), server_default="", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "no",
            sa.String(length=20).with_variant(sa.String(length=20, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "search_name",
            sa.String(length=100).with_variant(sa.String(length=100, collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column(
            "search_city",
            sa.String(length=50).with_variant(sa.String(length=50, collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("updated_by", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("name2", sa.String(length=50), server_default="", nullable=False),
        sa.Column("address", sa.String(length=100), server_default="", nullable=False),
        sa.Column("address2", sa.String(length=50), server_default="", nullable=False),
        sa.Column("post_code", sa.String(length=20), server_default="", nullable=False),
        sa.Column("city", sa.String(length=50), server_default="", nullable=False),
        sa.Column("region", sa.String(length=50), server_default="", nullable=False),
        sa.Column("country", sa.String(length=2), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=30), server_default="", nullable=False),
        sa.Column("mobile", sa.String(length=30), server_default="", nullable=False),
        sa.Column("fax", sa.String(length=30), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), server_default="", nullable=False),
        sa.Column("website", sa.String(length=255), server_default="", nullable=False),
        sa.Column("language", sa.String(length=5), server_default="", nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="", nullable=False),
        sa.Column("vat_no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("registration_no", sa.String(length=20), server_default="", nullable=False),
        sa.CheckConstraint(
            "type = 'person' OR company_id IS NULL", name=op.f("ck_contacts_company_of_person")
        ),
        sa.CheckConstraint("type IN ('company', 'person')", name=op.f("ck_contacts_type")),
        sa.CheckConstraint(
            "company_id IS NULL OR company_id <> id", name=op.f("ck_contacts_not_own_company")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["contacts.id"], name=op.f("fk_contacts_company_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_contacts_created_by")),
        sa.ForeignKeyConstraint(["salesperson_id"], ["users.id"], name=op.f("fk_contacts_salesperson_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_contacts_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("no", name=op.f("uq_contacts_no")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_contacts_company_id"), "contacts", ["company_id"], unique=False)
    op.create_index("ix_contacts_search_city_id", "contacts", ["search_city", "id"], unique=False)
    op.create_index("ix_contacts_search_name_id", "contacts", ["search_name", "id"], unique=False)
    op.create_index(op.f("ix_contacts_updated_at"), "contacts", ["updated_at"], unique=False)
    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("field", sa.String(length=40), server_default="", nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("origin_kind", sa.String(length=20), server_default="", nullable=False),
        sa.Column("origin_id", sa.Integer(), nullable=True),
        sa.Column("change_id", sa.String(length=36), nullable=False),
        sa.Column("batch", sa.String(length=40), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_history_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index(op.f("ix_history_batch"), "history", ["batch"], unique=False)
    op.create_index(op.f("ix_history_change_id"), "history", ["change_id"], unique=False)
    op.create_index("ix_history_kind_record_id_id", "history", ["kind", "record_id", "id"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_invitations_created_by")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_invitations_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index(op.f("ix_invitations_user_id"), "invitations", ["user_id"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("message", sa.String(length=500), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_jobs_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_state"), "jobs", ["state"], unique=False)
    op.create_table(
        "number_series_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("pattern", sa.String(length=40), nullable=False),
        sa.Column("warn_at", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"], ["number_series.id"], name=op.f("fk_number_series_lines_series_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_series_lines")),
    )
    op.create_index(
        op.f("ix_number_series_lines_series_id"), "number_series_lines", ["series_id"], unique=False
    )
    op.create_table(
        "office",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("address", sa.String(length=100), server_default="", nullable=False),
        sa.Column("address2", sa.String(length=50), server_default="", nullable=False),
        sa.Column("post_code", sa.String(length=20), server_default="", nullable=False),
        sa.Column("city", sa.String(length=50), server_default="", nullable=False),
        sa.Column("region", sa.String(length=50), server_default="", nullable=False),
        sa.Column("country", sa.String(length=2), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=30), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), server_default="", nullable=False),
        sa.Column("website", sa.String(length=255), server_default="", nullable=False),
        sa.Column("registration_no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("vat_no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="", nullable=False),
        sa.Column("language", sa.String(length=5), server_default="", nullable=False),
        sa.Column("timezone", sa.String(length=50), server_default="", nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("customer_code_id", sa.Integer(), nullable=True),
        sa.Column("vendor_code_id", sa.Integer(), nullable=True),
        sa.Column("bank_account_code_id", sa.Integer(), nullable=True),
        sa.Column("create_contacts", sa.Boolean(), nullable=False),
        sa.Column("inherit_address", sa.Boolean(), nullable=False),
        sa.Column("inherit_communication", sa.Boolean(), nullable=False),
        sa.Column("inherit_other", sa.Boolean(), nullable=False),
        sa.Column("contact_series_id", sa.Integer(), nullable=True),
        sa.Column("customer_series_id", sa.Integer(), nullable=True),
        sa.Column("vendor_series_id", sa.Integer(), nullable=True),
        sa.Column("bank_account_series_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_office_single_row")),
        sa.ForeignKeyConstraint(
            ["bank_account_code_id"], ["relation_codes.id"], name=op.f("fk_office_bank_account_code_id")
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_series_id"], ["number_series.id"], name=op.f("fk_office_bank_account_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["contact_series_id"], ["number_series.id"], name=op.f("fk_office_contact_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_code_id"], ["relation_codes.id"], name=op.f("fk_office_customer_code_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_series_id"], ["number_series.id"], name=op.f("fk_office_customer_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_code_id"], ["relation_codes.id"], name=op.f("fk_office_vendor_code_id")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_series_id"], ["number_series.id"], name=op.f("fk_office_vendor_series_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
    )
    op.create_table(
        "once_tokens",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("location", sa.String(length=200), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_once_tokens_user_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_once_tokens")),
    )
    op.create_index(op.f("ix_once_tokens_created_at"), "once_tokens", ["created_at"], unique=False)
    op.create_table(
        "party_templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("description", sa.String(length=100), server_default="", nullable=False),
        sa.Column("payment_terms_id", sa.Integer(), nullable=True),
        sa.Column("payment_method", sa.String(length=20), server_default="", nullable=False),
        sa.Column("tax_group_id", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), server_default="", nullable=False),
        sa.Column("country", sa.String(length=2), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('customer', 'vendor')", name=op.f("ck_party_templates_kind")),
        sa.ForeignKeyConstraint(
            ["payment_terms_id"], ["payment_terms.id"], name=op.f("fk_party_templates_payment_terms_id")
        ),
        sa.ForeignKeyConstraint(
            ["tax_group_id"], ["tax_groups.id"], name=op.f("fk_party_templates_tax_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_templates")),
        sa.UniqueConstraint("kind", "code", name=op.f("uq_party_templates_kind_code")),
    )
    op.create_table(
        "security_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("route", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_security_events_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_events")),
    )
    op.create_index(op.f("ix_security_events_at"), "security_events", ["at"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=False),
        sa.Column("notices", sa.JSON(), nullable=False),
        sa.Column("renew", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "tax_rates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=50), server_default="", nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["tax_groups.id"], name=op.f("fk_tax_rates_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rates")),
    )
    op.create_index(op.f("ix_tax_rates_group_id"), "tax_rates", ["group_id"], unique=False)
    op.create_table(
        "undo_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("label", sa.String(length=200), server_default="", nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_undo_entries_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undo_entries")),
    )
    op.create_index(op.f("ix_undo_entries_created_at"), "undo_entries", ["created_at"], unique=False)
    op.create_table(
        "customers",
        sa.Column("contact_type", sa.String(length=10), nullable=False),
        sa.Column("salesperson_id", sa.Integer(), nullable=True),
        sa.Column("tax_group_id", sa.Integer(), nullable=True),
        sa.Column("credit_limit", sa.BigInteger(), nullable=True),
        sa.Column("blocked", sa.String(length=10), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "no",
            sa.String(length=20).with_variant(sa.String(length=20, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "search_name",
            sa.String(length=100).with_variant(sa.String(length=100, collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column(
            "search_city",
            sa.String(length=50).with_variant(sa.String(length=50, collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("updated_by", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("name2", sa.String(length=50), server_default="", nullable=False),
        sa.Column("address", sa.String(length=100), server_default="", nullable=False),
        sa.Column("address2", sa.String(length=50), server_default="", nullable=False),
        sa.Column("post_code", sa.String(length=20), server_default="", nullable=False),
        sa.Column("city", sa.String(length=50), server_default="", nullable=False),
        sa.Column("region", sa.String(length=50), server_default="", nullable=False),
        sa.Column("country", sa.String(length=2), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=30), server_default="", nullable=False),
        sa.Column("mobile", sa.String(length=30), server_default="", nullable=False),
        sa.Column("fax", sa.String(length=30), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), server_default="", nullable=False),
        sa.Column("website", sa.String(length=255), server_default="", nullable=False),
        sa.Column("language", sa.String(length=5), server_default="", nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="", nullable=False),
        sa.Column("vat_no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("registration_no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("contact_person", sa.String(length=100), server_default="", nullable=False),
        sa.Column("contact_person_title", sa.String(length=60), server_default="", nullable=False),
        sa.Column("payment_method", sa.String(length=20), server_default="", nullable=False),
        sa.Column("primary_contact_id", sa.Integer(), nullable=True),
        sa.Column("payment_terms_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "blocked IN ('none', 'ship', 'invoice', 'all')", name=op.f("ck_customers_blocked")
        ),
        sa.CheckConstraint("contact_type IN ('company', 'person')", name=op.f("ck_customers_contact_type")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_customers_created_by")),
        sa.ForeignKeyConstraint(
            ["payment_terms_id"], ["payment_terms.id"], name=op.f("fk_customers_payment_terms_id")
        ),
        sa.ForeignKeyConstraint(
            ["primary_contact_id"], ["contacts.id"], name=op.f("fk_customers_primary_contact_id")
        ),
        sa.ForeignKeyConstraint(["salesperson_id"], ["users.id"], name=op.f("fk_customers_salesperson_id")),
        sa.ForeignKeyConstraint(["tax_group_id"], ["tax_groups.id"], name=op.f("fk_customers_tax_group_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_customers_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("no", name=op.f("uq_customers_no")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_customers_primary_contact_id"), "customers", ["primary_contact_id"], unique=False
    )
    op.create_index("ix_customers_search_city_id", "customers", ["search_city", "id"], unique=False)
    op.create_index("ix_customers_search_name_id", "customers", ["search_name", "id"], unique=False)
    op.create_index(op.f("ix_customers_updated_at"), "customers", ["updated_at"], unique=False)
    op.create_table(
        "import_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("original_name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("stored_name", sa.String(length=64), server_default="", nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_import_batches_created_by")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_import_batches_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batches")),
    )
    op.create_index(op.f("ix_import_batches_sha256"), "import_batches", ["sha256"], unique=False)
    op.create_table(
        "number_counters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last_value", sa.Integer(), nullable=False),
        sa.Column("last_no", sa.String(length=20), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["number_series_lines.id"], name=op.f("fk_number_counters_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_counters")),
        sa.UniqueConstraint("line_id", "year", name=op.f("uq_number_counters_line_id_year")),
    )
    op.create_table(
        "vendors",
        sa.Column("purchaser_id", sa.Integer(), nullable=True),
        sa.Column("our_account_no", sa.String(length=30), server_default="", nullable=False),
        sa.Column("iban", sa.String(length=34), server_default="", nullable=False),
        sa.Column("bic", sa.String(length=11), server_default="", nullable=False),
        sa.Column("blocked", sa.String(length=10), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "no",
            sa.String(length=20).with_variant(sa.String(length=20, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "search_name",
            sa.String(length=100).with_variant(sa.String(length=100, collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column(
            "search_city",
            sa.String(length=50).with_variant(sa.String(length=50, collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("updated_by", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("name2", sa.String(length=50), server_default="", nullable=False),
        sa.Column("address", sa.String(length=100), server_default="", nullable=False),
        sa.Column("address2", sa.String(length=50), server_default="", nullable=False),
        sa.Column("post_code", sa.String(length=20), server_default="", nullable=False),
        sa.Column("city", sa.String(length=50), server_default="", nullable=False),
        sa.Column("region", sa.String(length=50), server_default="", nullable=False),
        sa.Column("country", sa.String(length=2), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=30), server_default="", nullable=False),
        sa.Column("mobile", sa.String(length=30), server_default="", nullable=False),
        sa.Column("fax", sa.String(length=30), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), server_default="", nullable=False),
        sa.Column("website", sa.String(length=255), server_default="", nullable=False),
        sa.Column("language", sa.String(length=5), server_default="", nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="", nullable=False),
        sa.Column("vat_no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("registration_no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("contact_person", sa.String(length=100), server_default="", nullable=False),
        sa.Column("contact_person_title", sa.String(length=60), server_default="", nullable=False),
        sa.Column("payment_method", sa.String(length=20), server_default="", nullable=False),
        sa.Column("primary_contact_id", sa.Integer(), nullable=True),
        sa.Column("payment_terms_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("blocked IN ('none', 'payment', 'all')", name=op.f("ck_vendors_blocked")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_vendors_created_by")),
        sa.ForeignKeyConstraint(
            ["payment_terms_id"], ["payment_terms.id"], name=op.f("fk_vendors_payment_terms_id")
        ),
        sa.ForeignKeyConstraint(
            ["primary_contact_id"], ["contacts.id"], name=op.f("fk_vendors_primary_contact_id")
        ),
        sa.ForeignKeyConstraint(["purchaser_id"], ["users.id"], name=op.f("fk_vendors_purchaser_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_vendors_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendors")),
        sa.UniqueConstraint("no", name=op.f("uq_vendors_no")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_vendors_primary_contact_id"), "vendors", ["primary_contact_id"], unique=False)
    op.create_index("ix_vendors_search_city_id", "vendors", ["search_city", "id"], unique=False)
    op.create_index("ix_vendors_search_name_id", "vendors", ["search_name", "id"], unique=False)
    op.create_index(op.f("ix_vendors_updated_at"), "vendors", ["updated_at"], unique=False)
    op.create_table(
        "import_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.Column("undo", sa.JSON(), nullable=True),
        sa.Column("cells", sa.JSON(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=True),
        sa.Column("label", sa.String(length=100), server_default="", nullable=False),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.Column("no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batches.id"], name=op.f("fk_import_rows_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rows")),
        sa.UniqueConstraint("batch_id", "row_number", name=op.f("uq_import_rows_batch_id_row_number")),
    )
    op.create_index("ix_import_rows_batch_id_email", "import_rows", ["batch_id", "email"], unique=False)
    op.create_index("ix_import_rows_batch_id_no", "import_rows", ["batch_id", "no"], unique=False)
    op.create_index("ix_import_rows_batch_id_outcome", "import_rows", ["batch_id", "outcome"], unique=False)
    op.create_table(
        "links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("relation_code_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), server_default="", nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("vendor_id", sa.Integer(), nullable=True),
        sa.Column("bank_account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(kind = '' AND customer_id IS NULL AND vendor_id IS NULL AND bank_account_id IS NULL) OR (kind = 'customer' AND customer_id IS NOT NULL AND vendor_id IS NULL AND bank_account_id IS NULL) OR (kind = 'vendor' AND vendor_id IS NOT NULL AND customer_id IS NULL AND bank_account_id IS NULL) OR (kind = 'bank_account' AND bank_account_id IS NOT NULL AND customer_id IS NULL AND vendor_id IS NULL)",
            name=op.f("ck_links_one_party"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_id"], ["bank_accounts.id"], name=op.f("fk_links_bank_account_id")
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_links_contact_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_links_created_by")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_links_customer_id")),
        sa.ForeignKeyConstraint(
            ["relation_code_id"], ["relation_codes.id"], name=op.f("fk_links_relation_code_id")
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_links_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("bank_account_id", name=op.f("uq_links_bank_account_id")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_links_customer_id")),
        sa.UniqueConstraint("vendor_id", name=op.f("uq_links_vendor_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_links_contact_id"), "links", ["contact_id"], unique=False)
    op.create_index(op.f("ix_links_relation_code_id"), "links", ["relation_code_id"], unique=False)
    op.create_index(
        "uq_links_contact_customer",
        "links",
        ["contact_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'customer'"),
        postgresql_where=sa.text("kind = 'customer'"),
    )
    op.create_index(
        "uq_links_contact_free_code",
        "links",
        ["contact_id", "relation_code_id"],
        unique=True,
        sqlite_where=sa.text("kind = ''"),
        postgresql_where=sa.text("kind = ''"),
    )
    op.create_index(
        "uq_links_contact_vendor",
        "links",
        ["contact_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'vendor'"),
        postgresql_where=sa.text("kind = 'vendor'"),
    )
