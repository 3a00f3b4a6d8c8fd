"""Documents as sheets of a workbook: what stands above the lines, the lines, the taxes, the payments (X4).

A draft and a quote that was never sent have no number, so each row says the key by which its document is known.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from models import (
    BankAccount,
    Document,
    DocumentLine,
    DocumentTax,
    Item,
    OpenItem,
    Payment,
    PaymentTerms,
    TaxGroup,
    User,
)
from services import fields, places
from services.documents import kinds, payments
from services.errors import Sentence
from services.tables import Cell

QUOTES = ("quote", "purchase_quote")
ORDERS = tuple(name for name, kind in kinds.KINDS.items() if not kind.freezes and name not in QUOTES)
INVOICES = tuple(name for name, kind in kinds.KINDS.items() if kind.freezes)
CHUNK = 500


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its heading, where it is read, and how it is written."""

    heading: Sentence
    read: Any
    write: Callable[[Any], Cell] = lambda value: value


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook: its columns, and the rows that they are read from."""

    title: Sentence
    columns: Sequence[Column]
    query: Select[Any]

    def count(self, session: Session) -> int:
        """How many rows it has."""
        return session.scalar(select(func.count()).select_from(self.query.order_by(None).subquery())) or 0

    def headings(self) -> list[str]:
        """The headings, in the language of the moment."""
        return [str(column.heading) for column in self.columns]

    def rows(self, session: Session) -> Iterator[list[Cell]]:
        """Its rows, read a few hundred at a time."""
        writers = [column.write for column in self.columns]
        result = session.execute(self.query, execution_options={"yield_per": CHUNK})
        for row in result:
            yield [write(value) for write, value in zip(writers, row, strict=True)]

    def parts(self, _session: Session) -> list[int]:
        """Into how many cells each column is cut: no text of a document is longer than one holds."""
        return [1] * len(self.columns)


def documents(title: Sentence, of_kinds: Sequence[str], locale: str, zone: str, *conditions: Any) -> Sheet:
    """Documents of these kinds that meet the conditions, with what stands above their lines and the sums."""
    source = aliased(Document)
    words = _of(kinds.STATES)
    countries = _of(dict(places.country_choices(locale)))
    columns = [
        *_of_document(),
        Column(_l("State"), Document.state, words),
        Column(_l("Date"), Document.document_date),
        Column(_l("Due"), Document.due_date),
        Column(_l("Valid until"), Document.valid_until),
        Column(_l("Requested date"), Document.requested_date),
        Column(_l("Customer or vendor"), Document.party_no),
        Column(_l("Name"), Document.name),
        Column(_l("Name 2"), Document.name2),
        Column(_l("Contact person"), Document.contact_person),
        Column(_l("Address"), Document.address),
        Column(_l("Address 2"), Document.address2),
        Column(_l("Postal code"), Document.post_code),
        Column(_l("City"), Document.city),
        Column(_l("Province or region"), Document.region),
        Column(_l("Country"), Document.country, countries),
        Column(_l("E-mail"), Document.email),
        Column(_l("Phone"), Document.phone),
        Column(_l("Tax number"), Document.vat_no),
        Column(_l("Registration no."), Document.registration_no),
        Column(_l("Currency"), Document.currency),
        Column(_l("Sum of lines"), Document.lines_total),
        Column(_l("Discount on the whole (per cent)"), Document.discount_percent),
        Column(_l("Net"), Document.net),
        Column(_l("Tax"), Document.tax),
        Column(_l("Total"), Document.total),
        Column(_l("Open amount"), OpenItem.amount),
        Column(_l("Payment terms"), func.coalesce(func.nullif(Document.terms, ""), PaymentTerms.name, "")),
        Column(_l("Reference"), Document.reference),
        Column(_l("Vendor's number"), Document.vendor_invoice_no),
        Column(_l("Made from"), source.no),
        Column(_l("Salesperson"), User.name),
        Column(_l("Subject"), Document.subject),
        Column(_l("Text above the lines"), Document.intro),
        Column(_l("Text below the lines"), Document.notes),
        Column(_l("Issued"), Document.issued_at, _day(zone)),
    ]
    query = (
        select(*(column.read for column in columns))
        .outerjoin(OpenItem, OpenItem.document_id == Document.id)
        .outerjoin(PaymentTerms, PaymentTerms.id == Document.payment_terms_id)
        .outerjoin(source, source.id == Document.source_id)
        .outerjoin(User, User.id == Document.salesperson_id)
        .where(Document.kind.in_(of_kinds), *conditions)
        .order_by(Document.id)
    )
    return Sheet(title, columns, query)


def lines(title: Sentence, of_kinds: Sequence[str], *conditions: Any) -> Sheet:
    """The lines of these documents."""
    columns = [
        *_of_document(),
        Column(_l("Date"), Document.document_date),
        Column(_l("Line"), DocumentLine.position),
        Column(_l("Item"), Item.no),
        Column(_l("Description"), DocumentLine.description),
        Column(_l("Quantity"), DocumentLine.quantity),
        Column(_l("Unit"), DocumentLine.unit),
        Column(_l("Price"), DocumentLine.unit_price),
        Column(_l("Discount (per cent)"), DocumentLine.discount_percent),
        Column(_l("Tax group"), func.coalesce(func.nullif(DocumentLine.tax_code, ""), TaxGroup.code, "")),
        Column(_l("Amount"), DocumentLine.amount),
        Column(_l("Currency"), Document.currency),
    ]
    query = (
        select(*(column.read for column in columns))
        .join(Document, Document.id == DocumentLine.document_id)
        .outerjoin(Item, Item.id == DocumentLine.item_id)
        .outerjoin(TaxGroup, TaxGroup.id == DocumentLine.tax_group_id)
        .where(Document.kind.in_(of_kinds), *conditions)
        .order_by(DocumentLine.document_id, DocumentLine.position)
    )
    return Sheet(title, columns, query)


def taxes(title: Sentence, of_kinds: Sequence[str], *conditions: Any) -> Sheet:
    """The taxes of issued documents, one row for each percentage."""
    columns = [
        *_of_document(),
        Column(_l("Date"), Document.document_date),
        Column(_l("Tax"), DocumentTax.name),
        Column(_l("Percentage"), DocumentTax.percent),
        Column(_l("Taxed amount"), DocumentTax.base),
        Column(_l("Amount"), DocumentTax.amount),
        Column(_l("Currency"), Document.currency),
        Column(_l("Reason printed when there is no tax"), DocumentTax.exempt_reason),
    ]
    query = (
        select(*(column.read for column in columns))
        .join(Document, Document.id == DocumentTax.document_id)
        .where(Document.kind.in_(of_kinds), *conditions)
        .order_by(DocumentTax.document_id, DocumentTax.position)
    )
    return Sheet(title, columns, query)


def paid(title: Sentence, zone: str, *conditions: Any) -> Sheet:
    """The payments of these documents, cancelled ones too."""
    memo = aliased(Document)
    methods = _of(fields.PAYMENT_METHODS | {payments.CREDIT: _l("Credit memo")})
    columns = [
        *_of_document(),
        Column(_l("Name"), Document.name),
        Column(_l("Date"), Payment.date),
        Column(_l("Amount"), Payment.amount),
        Column(_l("Currency"), Document.currency),
        Column(_l("Payment method"), Payment.method, methods),
        Column(_l("Bank account"), BankAccount.no),
        Column(_l("Credit memo"), memo.no),
        Column(_l("Cancelled"), Payment.cancelled_at, _day(zone)),
    ]
    query = (
        select(*(column.read for column in columns))
        .join(Document, Document.id == Payment.document_id)
        .outerjoin(BankAccount, BankAccount.id == Payment.bank_account_id)
        .outerjoin(memo, memo.id == Payment.credit_memo_id)
        .where(*conditions)
        .order_by(Payment.id)
    )
    return Sheet(title, columns, query)


def items(title: Sentence) -> Sheet:
    """The items with their prices."""
    columns = [
        Column(_l("No."), Item.no),
        Column(_l("Description"), Item.description),
        Column(_l("Unit"), Item.unit),
        Column(_l("Price"), Item.unit_price),
        Column(_l("Cost"), Item.cost),
        Column(_l("Tax group"), TaxGroup.code),
        Column(_l("Blocked"), Item.blocked, lambda blocked: str(_l("Yes")) if blocked else ""),
    ]
    query = (
        select(*(column.read for column in columns))
        .outerjoin(TaxGroup, TaxGroup.id == Item.tax_group_id)
        .order_by(Item.no)
    )
    return Sheet(title, columns, query)


def issued_between(first: Any, last: Any) -> list[ColumnElement[bool]]:
    """The condition of a workbook of invoices: issued, with a date from the first to the last day."""
    return [
        Document.kind.in_(INVOICES),
        Document.state == "issued",
        Document.document_date.between(first, last),
    ]


# -- helpers ----------------------------------------------------------------------------------------


def _of_document() -> list[Column]:
    """What says in every row which document it is of."""
    labels = {name: kind.label for name, kind in kinds.KINDS.items()}
    return [
        Column(_l("Key"), Document.id),
        Column(_l("Kind"), Document.kind, _of(labels)),
        Column(_l("No."), Document.no),
    ]


def _of(words: Mapping[str, Any]) -> Callable[[Any], Cell]:
    """Words in place of what is stored, in the language of the moment; what has none stands for itself."""
    said = {stored: str(word) for stored, word in words.items()}
    return lambda stored: said.get(stored, stored)


def _day(zone: str) -> Callable[[Any], Cell]:
    """The day of a moment, where the office is."""
    place = ZoneInfo(zone)

    def write(moment: datetime | None) -> Cell:
        return moment.astimezone(place).date() if moment is not None else None

    return write
