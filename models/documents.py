"""Quotes, orders, invoices and credit memos, of sales and purchases: one model with lines for all of them.

A document carries its own copy of the party's name and address. The copy is renewed on demand while the
document is open, and frozen with everything else when it is issued: the database itself then refuses
every change (`services.freezing.create_freeze`).
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Base
from models.base import (
    NEVER_REUSED,
    NOT_PERSONAL,
    Money,
    UtcDateTime,
    long_text,
    now,
    one_of,
    posted,
    sort_text,
    staff,
    text,
    user_key,
)
from models.contacts import Contact
from models.items import Item
from models.parties import Customer, Vendor

SALES_KINDS = ("quote", "order", "blanket_order", "service_order", "invoice", "credit_memo")
PURCHASE_KINDS = ("purchase_quote", "purchase_order", "purchase_invoice", "purchase_credit_memo")
DOCUMENT_KINDS = (*SALES_KINDS, *PURCHASE_KINDS)

# draft: not issued yet. open: a quote or order that may still change. converted: nothing of it is left to
# convert. issued: frozen; a purchase document is issued when it is registered.
DOCUMENT_STATES = ("draft", "open", "converted", "issued")

ZERO = Decimal(0)


def _amount(export: str, **more: Any) -> Mapped[Decimal]:
    return mapped_column(Money, default=ZERO, nullable=False, info=posted(export, class_="business"), **more)


def _of_document(export: str, class_: str = "business") -> dict[str, Any]:
    return posted(export, subject="document_id", class_=class_)


class Document(Base):
    """A quote, order, invoice or credit memo; `kind` says which, and `services.documents.kinds` what follows."""

    __tablename__ = "documents"
    KIND = "document"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    kind: Mapped[str] = mapped_column(
        String(20), nullable=False, info=posted("document kind", class_="business")
    )
    state: Mapped[str] = mapped_column(String(10), nullable=False, info=posted("status", class_="business"))
    # Empty until the document is numbered; then unique for its kind.
    no: Mapped[str] = mapped_column(
        sort_text(20), default="", server_default="", nullable=False, info=posted("no", class_="business")
    )
    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1, info=NOT_PERSONAL)

    # Whom it is for. The contact is set while nothing is issued: an issued document outlives its contact.
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("contacts.id"), index=True, info=posted("contact")
    )
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), info=posted("customer"))
    vendor_id: Mapped[int | None] = mapped_column(ForeignKey("vendors.id"), info=posted("vendor"))

    # The copy of the party.
    party_no: Mapped[str] = text(20, posted("printed no", class_="business"))
    name: Mapped[str] = text(100, posted("printed name"))
    name2: Mapped[str] = text(50, posted("printed name"))
    contact_person: Mapped[str] = text(100, posted("contact person"))
    address: Mapped[str] = text(100, posted("printed address"))
    address2: Mapped[str] = text(50, posted("printed address"))
    post_code: Mapped[str] = text(20, posted("printed address"))
    city: Mapped[str] = text(50, posted("printed address"))
    region: Mapped[str] = text(50, posted("printed address"))
    country: Mapped[str] = text(2, posted("printed address"))
    phone: Mapped[str] = text(30, posted("phone"))
    email: Mapped[str] = text(254, posted("e-mail"))
    language: Mapped[str] = text(5, posted("language"))
    vat_no: Mapped[str] = text(20, posted("tax id"))
    registration_no: Mapped[str] = text(20, posted("registration no."))
    salesperson_id: Mapped[int | None] = user_key(staff("salesperson"))

    # Dates are days of the office, without a time.
    document_date: Mapped[date] = mapped_column(
        Date, nullable=False, info=posted("posting date", class_="business")
    )
    due_date: Mapped[date | None] = mapped_column(Date, info=posted("due date", class_="business"))
    valid_until: Mapped[date | None] = mapped_column(Date, info=posted("valid until", class_="business"))
    requested_date: Mapped[date | None] = mapped_column(
        Date, info=posted("requested date", class_="business")
    )
    payment_terms_id: Mapped[int | None] = mapped_column(
        ForeignKey("payment_terms.id"), info=posted("payment terms", class_="business")
    )
    # The name of the terms as it was when the document was issued.
    terms: Mapped[str] = text(100, posted("payment terms", class_="business"))
    # What the customer calls it; on a purchase document what the vendor calls it, once for each vendor.
    reference: Mapped[str] = text(50, posted("reference", class_="business"))
    vendor_invoice_no: Mapped[str] = text(35, posted("vendor's no.", class_="business"))
    subject: Mapped[str] = text(200, posted("subject as printed"))
    intro: Mapped[str] = long_text(posted("text as printed"))
    notes: Mapped[str] = long_text(posted("notes"))

    # Amounts, prices and discounts are before tax, in the currency of the document.
    currency: Mapped[str] = text(3, posted("currency", class_="business"))
    discount_percent: Mapped[Decimal] = _amount("discount")
    lines_total: Mapped[Decimal] = _amount("sum of lines")
    net: Mapped[Decimal] = _amount("excl. tax")
    tax: Mapped[Decimal] = _amount("tax")
    total: Mapped[Decimal] = _amount("total")

    # The document that it was made from: an order from a quote, a credit memo from an invoice.
    source_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"), index=True, info=NOT_PERSONAL)
    # What the row of a file that it was imported from is known by: the same row makes it once.
    import_key: Mapped[str] = text(60, NOT_PERSONAL)

    issued_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, info=posted("issued at", class_="business")
    )
    issued_by: Mapped[int | None] = user_key(staff("issued by"))
    # Who the office was when it issued the document: name, address, tax numbers, where to pay.
    issuer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), info=NOT_PERSONAL)

    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=posted("created", class_="business")
    )
    created_by: Mapped[int | None] = user_key(staff("created by"))
    updated_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=posted("modified", class_="business")
    )
    updated_by: Mapped[int | None] = user_key(staff("modified by"))
    search_name: Mapped[str] = mapped_column(
        sort_text(100), default="", server_default="", nullable=False, info=posted("")
    )
    search_text: Mapped[str] = long_text(posted(""))

    lines: Mapped[list["DocumentLine"]] = relationship(
        order_by="DocumentLine.position, DocumentLine.id",
        back_populates="document",
        cascade="all, delete-orphan",
    )
    # Empty until the document is issued: an open one is taxed by the rates of the day it is looked at.
    taxes: Mapped[list["DocumentTax"]] = relationship(
        order_by="DocumentTax.position", cascade="all, delete-orphan"
    )
    contact: Mapped[Contact | None] = relationship()
    customer: Mapped[Customer | None] = relationship()
    vendor: Mapped[Vendor | None] = relationship()

    # Two overlapping transactions on one document: the later one fails to update and is run again.
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint(one_of("kind", DOCUMENT_KINDS), name="kind"),
        CheckConstraint(one_of("state", DOCUMENT_STATES), name="state"),
        CheckConstraint(
            f"CASE WHEN {one_of('kind', SALES_KINDS)} THEN vendor_id ELSE customer_id END IS NULL",
            name="party_of_its_side",
        ),
        CheckConstraint(
            "customer_id IS NOT NULL OR vendor_id IS NOT NULL"
            " OR (kind IN ('quote', 'purchase_quote') AND contact_id IS NOT NULL)",
            name="has_party",
        ),
        CheckConstraint(
            "state <> 'issued' OR (no <> '' AND issued_at IS NOT NULL AND contact_id IS NULL)",
            name="issued_whole",
        ),
        Index(
            "uq_documents_kind_no",
            "kind",
            "no",
            unique=True,
            sqlite_where=sql_text("no <> ''"),
            postgresql_where=sql_text("no <> ''"),
        ),
        Index(
            "uq_documents_vendor_invoice_no",
            "vendor_id",
            "kind",
            "vendor_invoice_no",
            unique=True,
            sqlite_where=sql_text("vendor_invoice_no <> ''"),
            postgresql_where=sql_text("vendor_invoice_no <> ''"),
        ),
        Index(
            "uq_documents_import_key",
            "import_key",
            unique=True,
            sqlite_where=sql_text("import_key <> ''"),
            postgresql_where=sql_text("import_key <> ''"),
        ),
        # The orders in which the lists of each kind are read, page after page.
        Index("ix_documents_kind_document_date_id", "kind", "document_date", "id"),
        Index("ix_documents_kind_no_id", "kind", "no", "id"),
        Index("ix_documents_kind_search_name_id", "kind", "search_name", "id"),
        Index("ix_documents_kind_total_id", "kind", "total", "id"),
        Index("ix_documents_kind_state_document_date_id", "kind", "state", "document_date", "id"),
        # What was invoiced by day; drafts, which change often, are not in it. SQLite asks for the state again.
        Index(
            "ix_documents_invoiced",
            *("kind", "document_date", "currency", "net", "state"),
            sqlite_where=sql_text("state = 'issued'"),
            postgresql_where=sql_text("state = 'issued'"),
        ),
        Index("ix_documents_customer_id_kind_id", "customer_id", "kind", "id"),
        Index("ix_documents_vendor_id_kind_id", "vendor_id", "kind", "id"),
        NEVER_REUSED,
    )

    @property
    def is_issued(self) -> bool:
        return self.state == "issued"

    @property
    def party(self) -> Customer | Vendor | None:
        """The customer or vendor; None for a quote that its contact alone carries."""
        return self.customer or self.vendor


class DocumentLine(Base):
    """One line: what, how many, at which price. Texts are the document's own, not those of the item."""

    __tablename__ = "document_lines"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id"), nullable=False, info=_of_document("document")
    )
    position: Mapped[int] = mapped_column(Integer, nullable=False, info=_of_document("line"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"), index=True, info=_of_document("item"))
    description: Mapped[str] = text(200, _of_document("description", "personal"))
    quantity: Mapped[Decimal] = mapped_column(
        Money, default=Decimal(1), nullable=False, info=_of_document("quantity")
    )
    unit: Mapped[str] = text(20, _of_document("unit"))
    unit_price: Mapped[Decimal] = mapped_column(
        Money, default=ZERO, nullable=False, info=_of_document("unit price")
    )
    discount_percent: Mapped[Decimal] = mapped_column(
        Money, default=ZERO, nullable=False, info=_of_document("discount")
    )
    # Chosen on the line; empty means the group of the item, the customer or the office.
    tax_group_id: Mapped[int | None] = mapped_column(
        ForeignKey("tax_groups.id"), info=_of_document("tax group")
    )
    # The group by which the line was taxed when the document was issued, as it was called then.
    tax_code: Mapped[str] = text(20, _of_document("tax group"))
    amount: Mapped[Decimal] = mapped_column(Money, default=ZERO, nullable=False, info=_of_document("amount"))
    # The line that it was made from; what is left of a line of a blanket order follows from these.
    source_line_id: Mapped[int | None] = mapped_column(
        ForeignKey("document_lines.id"), index=True, info=NOT_PERSONAL
    )

    document: Mapped[Document] = relationship(back_populates="lines")
    item: Mapped[Item | None] = relationship()

    # A page still open names the line by its id.
    __table_args__ = (
        Index("ix_document_lines_document_id_position", "document_id", "position"),
        NEVER_REUSED,
    )


class DocumentTax(Base):
    """One tax of an issued document as it was computed: name, percentage, what it is on; or why there is none."""

    __tablename__ = "document_taxes"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id"), nullable=False, info=_of_document("document")
    )
    position: Mapped[int] = mapped_column(Integer, nullable=False, info=_of_document("line"))
    name: Mapped[str] = text(50, _of_document("tax", "personal"))
    percent: Mapped[Decimal] = mapped_column(
        Money, default=ZERO, nullable=False, info=_of_document("percentage")
    )
    base: Mapped[Decimal] = mapped_column(Money, default=ZERO, nullable=False, info=_of_document("base"))
    amount: Mapped[Decimal] = mapped_column(Money, default=ZERO, nullable=False, info=_of_document("tax"))
    exempt_reason: Mapped[str] = text(200, _of_document("no tax because"))
    # The groups of the lines that brought it; a credit memo takes back what they charged then.
    tax_group_ids: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True), info=NOT_PERSONAL)

    __table_args__ = (UniqueConstraint("document_id", "position"),)


class DocumentFile(Base):
    """A PDF of a document as it was issued, printed or sent; it never changes."""

    __tablename__ = "document_files"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id"), index=True, nullable=False, info=_of_document("document")
    )
    # "issued", or "sent" when a quote or order was printed or mailed.
    reason: Mapped[str] = mapped_column(String(10), nullable=False, info=_of_document("reason"))
    # Read only where it is asked for.
    content: Mapped[bytes] = mapped_column(
        LargeBinary, nullable=False, deferred=True, info=_of_document("pdf", "personal")
    )
    size: Mapped[int] = mapped_column(Integer, nullable=False, info=NOT_PERSONAL)
    sha256: Mapped[str] = mapped_column(String(64), nullable=False, info=NOT_PERSONAL)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=_of_document("created")
    )
    created_by: Mapped[int | None] = user_key(staff("created by"))
