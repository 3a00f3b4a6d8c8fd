"""Items, documents with their lines, taxes, files and payments, and the number series of each kind."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Kind of document, code of its series, and the pattern in French and in English. Invoices and credit memos
# of the office take no typed numbers: theirs have no gap.
SERIES = (
    ("quote", "S-QUOTE", "DE-{yyyy}-{00001}", "QU-{yyyy}-{00001}"),
    ("order", "S-ORDER", "CV-{yyyy}-{00001}", "SO-{yyyy}-{00001}"),
    ("blanket_order", "S-BLANKET", "CO-{yyyy}-{00001}", "BO-{yyyy}-{00001}"),
    ("service_order", "S-SERVICE", "CS-{yyyy}-{00001}", "SV-{yyyy}-{00001}"),
    ("invoice", "S-INVOICE", "FV-{yyyy}-{00001}", "INV-{yyyy}-{00001}"),
    ("credit_memo", "S-CREDIT", "AV-{yyyy}-{00001}", "CM-{yyyy}-{00001}"),
    ("purchase_quote", "P-QUOTE", "DP-{yyyy}-{00001}", "PQ-{yyyy}-{00001}"),
    ("purchase_order", "P-ORDER", "CA-{yyyy}-{00001}", "PO-{yyyy}-{00001}"),
    ("purchase_invoice", "P-INVOICE", "FA-{yyyy}-{00001}", "PI-{yyyy}-{00001}"),
    ("purchase_credit_memo", "P-CREDIT", "AA-{yyyy}-{00001}", "PC-{yyyy}-{00001}"),
)
GAPLESS = ("invoice", "credit_memo")


def upgrade() -> None:
    op.create_table(
        "document_series",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"], ["number_series.id"], name=op.f("fk_document_series_series_id")
        ),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_document_series")),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "no",
            sa.String(length=20).with_variant(sa.String(length=20, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(length=200), server_default="", nullable=False),
        sa.Column("unit", sa.String(length=20), server_default="", nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("tax_group_id", sa.Integer(), nullable=True),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column(
            "search_name",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["tax_group_id"], ["tax_groups.id"], name=op.f("fk_items_tax_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("no", name=op.f("uq_items_no")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_items_search_name_id", "items", ["search_name", "id"], unique=False)

    op.create_table(
        "documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column(
            "no",
            sa.String(length=20).with_variant(sa.String(length=20, collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("vendor_id", sa.Integer(), nullable=True),
        sa.Column("party_no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("name2", sa.String(length=50), server_default="", nullable=False),
        sa.Column("contact_person", sa.String(length=100), server_default="", nullable=False),
        sa.Column("address", sa.String(length=100), server_default="", nullable=False),
        sa.Column("address2", sa.String(length=50), server_default="", nullable=False),
        sa.Column("post_code", sa.String(length=20), server_default="", nullable=False),
        sa.Column("city", sa.String(length=50), server_default="", nullable=False),
        sa.Column("region", sa.String(length=50), server_default="", nullable=False),
        sa.Column("country", sa.String(length=2), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=30), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), server_default="", nullable=False),
        sa.Column("language", sa.String(length=5), server_default="", nullable=False),
        sa.Column("vat_no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("registration_no", sa.String(length=20), server_default="", nullable=False),
        sa.Column("salesperson_id", sa.Integer(), nullable=True),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("requested_date", sa.Date(), nullable=True),
        sa.Column("payment_terms_id", sa.Integer(), nullable=True),
        sa.Column("terms", sa.String(length=100), server_default="", nullable=False),
        sa.Column("reference", sa.String(length=50), server_default="", nullable=False),
        sa.Column("vendor_invoice_no", sa.String(length=35), server_default="", nullable=False),
        sa.Column("subject", sa.String(length=200), server_default="", nullable=False),
        sa.Column("intro", sa.Text(), server_default="", nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="", nullable=False),
        sa.Column("discount_percent", sa.BigInteger(), nullable=False),
        sa.Column("lines_total", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("import_key", sa.String(length=60), server_default="", nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=True),
        sa.Column("issued_by", sa.Integer(), nullable=True),
        sa.Column("issuer", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=True),
        sa.Column(
            "search_name",
            sa.String(length=100).with_variant(sa.String(length=100, collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "CASE WHEN kind IN ('quote', 'order', 'blanket_order', 'service_order', 'invoice', 'credit_memo') THEN vendor_id ELSE customer_id END IS NULL",
            name=op.f("ck_documents_party_of_its_side"),
        ),
        sa.CheckConstraint(
            "customer_id IS NOT NULL OR vendor_id IS NOT NULL OR (kind IN ('quote', 'purchase_quote') AND contact_id IS NOT NULL)",
            name=op.f("ck_documents_has_party"),
        ),
        sa.CheckConstraint(
            "kind IN ('quote', 'order', 'blanket_order', 'service_order', 'invoice', 'credit_memo', 'purchase_quote', 'purchase_order', 'purchase_invoice', 'purchase_credit_memo')",
            name=op.f("ck_documents_kind"),
        ),
        sa.CheckConstraint(
            "state <> 'issued' OR (no <> '' AND issued_at IS NOT NULL AND contact_id IS NULL)",
            name=op.f("ck_documents_issued_whole"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'converted', 'issued')", name=op.f("ck_documents_state")
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_documents_contact_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_documents_created_by")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_documents_customer_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["users.id"], name=op.f("fk_documents_issued_by")),
        sa.ForeignKeyConstraint(
            ["payment_terms_id"], ["payment_terms.id"], name=op.f("fk_documents_payment_terms_id")
        ),
        sa.ForeignKeyConstraint(["salesperson_id"], ["users.id"], name=op.f("fk_documents_salesperson_id")),
        sa.ForeignKeyConstraint(["source_id"], ["documents.id"], name=op.f("fk_documents_source_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_documents_updated_by")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_documents_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_documents_contact_id"), "documents", ["contact_id"], unique=False)
    op.create_index(
        "ix_documents_customer_id_kind_id", "documents", ["customer_id", "kind", "id"], unique=False
    )
    op.create_index(
        "ix_documents_kind_document_date_id", "documents", ["kind", "document_date", "id"], unique=False
    )
    op.create_index("ix_documents_kind_no_id", "documents", ["kind", "no", "id"], unique=False)
    op.create_index(
        "ix_documents_kind_search_name_id", "documents", ["kind", "search_name", "id"], unique=False
    )
    op.create_index(
        "ix_documents_kind_state_document_date_id",
        "documents",
        ["kind", "state", "document_date", "id"],
        unique=False,
    )
    op.create_index("ix_documents_kind_total_id", "documents", ["kind", "total", "id"], unique=False)
    op.create_index(op.f("ix_documents_source_id"), "documents", ["source_id"], unique=False)
    op.create_index("ix_documents_vendor_id_kind_id", "documents", ["vendor_id", "kind", "id"], unique=False)
    op.create_index(
        "uq_documents_import_key",
        "documents",
        ["import_key"],
        unique=True,
        sqlite_where=sa.text("import_key <> ''"),
        postgresql_where=sa.text("import_key <> ''"),
    )
    op.create_index(
        "uq_documents_kind_no",
        "documents",
        ["kind", "no"],
        unique=True,
        sqlite_where=sa.text("no <> ''"),
        postgresql_where=sa.text("no <> ''"),
    )
    op.create_index(
        "uq_documents_vendor_invoice_no",
        "documents",
        ["vendor_id", "kind", "vendor_invoice_no"],
        unique=True,
        sqlite_where=sa.text("vendor_invoice_no <> ''"),
        postgresql_where=sa.text("vendor_invoice_no <> ''"),
    )

    op.create_table(
        "document_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_document_files_created_by")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_files_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_files")),
    )
    op.create_index(op.f("ix_document_files_document_id"), "document_files", ["document_id"], unique=False)

    op.create_table(
        "document_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("description", sa.String(length=200), server_default="", nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), server_default="", nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("discount_percent", sa.BigInteger(), nullable=False),
        sa.Column("tax_group_id", sa.Integer(), nullable=True),
        sa.Column("tax_code", sa.String(length=20), server_default="", nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("source_line_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_lines_document_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_document_lines_item_id")),
        sa.ForeignKeyConstraint(
            ["source_line_id"], ["document_lines.id"], name=op.f("fk_document_lines_source_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["tax_group_id"], ["tax_groups.id"], name=op.f("fk_document_lines_tax_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_lines")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_document_lines_document_id_position", "document_lines", ["document_id", "position"], unique=False
    )
    op.create_index(op.f("ix_document_lines_item_id"), "document_lines", ["item_id"], unique=False)
    op.create_index(
        op.f("ix_document_lines_source_line_id"), "document_lines", ["source_line_id"], unique=False
    )

    op.create_table(
        "document_taxes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=50), server_default="", nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("exempt_reason", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_taxes_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_taxes")),
        sa.UniqueConstraint("document_id", "position", name=op.f("uq_document_taxes_document_id_position")),
    )
    op.create_table(
        "open_items",
        sa.Column("document_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_open_items_document_id")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_open_items")),
    )
    op.create_index(op.f("ix_open_items_due_date"), "open_items", ["due_date"], unique=False)

    op.create_table(
        "payments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("method", sa.String(length=20), server_default="", nullable=False),
        sa.Column("bank_account_id", sa.Integer(), nullable=True),
        sa.Column("credit_memo_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(), nullable=True),
        sa.Column("cancelled_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.CheckConstraint(
            "credit_memo_id IS NULL OR bank_account_id IS NULL", name=op.f("ck_payments_one_source")
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_id"], ["bank_accounts.id"], name=op.f("fk_payments_bank_account_id")
        ),
        sa.ForeignKeyConstraint(["cancelled_by"], ["users.id"], name=op.f("fk_payments_cancelled_by")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_payments_created_by")),
        sa.ForeignKeyConstraint(
            ["credit_memo_id"], ["documents.id"], name=op.f("fk_payments_credit_memo_id")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_payments_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index(op.f("ix_payments_bank_account_id"), "payments", ["bank_account_id"], unique=False)
    op.create_index(op.f("ix_payments_credit_memo_id"), "payments", ["credit_memo_id"], unique=False)
    op.create_index(op.f("ix_payments_date"), "payments", ["date"], unique=False)
    op.create_index("ix_payments_document_id_amount", "payments", ["document_id", "amount"], unique=False)

    with op.batch_alter_table(
        "office", table_args=[sa.CheckConstraint("id = 1", name=op.f("ck_office_single_row"))]
    ) as batch_op:
        batch_op.add_column(sa.Column("tax_group_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("payment_terms_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("payment_account_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("payment_text", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("logo", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("logo_type", sa.String(length=20), server_default="", nullable=False))
        batch_op.create_foreign_key(
            batch_op.f("fk_office_payment_terms_id"), "payment_terms", ["payment_terms_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_office_payment_account_id"), "bank_accounts", ["payment_account_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_office_tax_group_id"), "tax_groups", ["tax_group_id"], ["id"]
        )

    connection = op.get_bind()
    language = connection.scalar(sa.text("SELECT language FROM office"))
    if language is not None:
        _add_series(connection, is_french=language.startswith("fr"))


def _add_series(connection: sa.Connection, *, is_french: bool) -> None:
    """Give an office that was set up earlier the series that a new one begins with."""
    series, lines, of_kinds = (
        sa.table("number_series", *map(sa.column, ("id", "code", "description", "automatic", "manual"))),
        sa.table("number_series_lines", *map(sa.column, ("series_id", "pattern", "warn_at"))),
        sa.table("document_series", *map(sa.column, ("kind", "series_id"))),
    )
    for kind, code, french, english in SERIES:
        taken = connection.scalar(sa.select(series.c.id).where(series.c.code == code))
        if taken is None:
            connection.execute(
                series.insert().values(code=code, description="", automatic=True, manual=kind not in GAPLESS)
            )
            series_id = connection.scalar(sa.select(series.c.id).where(series.c.code == code))
            pattern = french if is_french else english
            connection.execute(lines.insert().values(series_id=series_id, pattern=pattern, warn_at=100))
            connection.execute(of_kinds.insert().values(kind=kind, series_id=series_id))
        else:
            # The office has a series of this code for another use: it chooses one for these documents itself.
            connection.execute(of_kinds.insert().values(kind=kind, series_id=None))
