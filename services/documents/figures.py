"""What documents come to: how many a card has and what is open of them, and what the office invoiced by month."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Integer, and_, bindparam, case, func, literal, literal_column, or_, select
from sqlalchemy.orm import Session

from models import AnyCard, Contact, Customer, Document, OpenItem, Vendor
from models.base import Money
from services.documents.kinds import KINDS

LATEST = 5
MONTHS = 12
ZERO = Decimal(0)
_INVOICES = ("invoice", "purchase_invoice")
_CREDITS = tuple(kind.name for kind in KINDS.values() if kind.is_credit)


@dataclass(frozen=True)
class Owed:
    """What is open in one currency, credit memos taken off, and how much of it is overdue.

    `side` says whose it is: what a customer still pays, or what a vendor still gets.
    """

    side: str
    currency: str
    balance: Decimal
    overdue: Decimal


@dataclass(frozen=True)
class OfCard:
    """The documents of a card: how many of each kind, what is open, and the last invoices as rows."""

    counts: dict[str, int] = field(default_factory=dict)
    owed: list[Owed] = field(default_factory=list)
    latest: list[Any] = field(default_factory=list)


def of_card(session: Session, card: AnyCard, linked: Iterable[AnyCard], today: date) -> OfCard:
    """The documents of a customer, a vendor, or a contact with the cards that it is linked with.

    One query where there are no invoices, else two.
    """
    cards = [card, *linked] if isinstance(card, Contact) else [card]
    ids = {kind: next((one.id for one in cards if kind == one.KIND), None) for kind in _OWNERS}
    counts: dict[str, int] = {}
    owed: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    for kind, currency, number, balance, overdue in session.connection().execute(
        _FIGURES, {**ids, "today": today}
    ):
        if not currency:
            counts[kind] = number
            continue
        key, sign = (KINDS[kind].side, currency), -1 if kind in _CREDITS else 1
        before = owed.get(key, (ZERO, ZERO))
        owed[key] = before[0] + sign * balance, before[1] + sign * overdue
    has_invoices = any(kind in counts for kind in _INVOICES)
    return OfCard(
        {kind: counts[kind] for kind in KINDS if kind in counts},
        [Owed(*key, *amounts) for key, amounts in sorted(owed.items())],
        list(session.connection().execute(_LATEST, ids)) if has_invoices else [],
    )


def of_contact(contact: Contact, party: Customer | Vendor | None) -> Any:
    """The condition for the documents that the card of a contact counts: its own, and those of its party."""
    own = Document.contact_id == contact.id
    return own if party is None else or_(own, getattr(Document, f"{party.KIND}_id") == party.id)


def first_month(today: date) -> date:
    """The first day of the earliest of the last twelve months."""
    month = today.year * 12 + today.month - MONTHS
    return date(month // 12, month % 12 + 1, 1)


def invoiced(session: Session, today: date) -> dict[str, list[Decimal]]:
    """For each currency what was invoiced in each of the last twelve months, this one last.

    Before tax; credit memos are taken off in the month of their own date.
    """
    first = first_month(today)
    found: dict[str, list[Decimal]] = {}
    for kind, day, currency, net in session.execute(_INVOICED, {"first": first, "last": today}):
        months = found.setdefault(currency, [ZERO] * MONTHS)
        months[(day.year - first.year) * 12 + day.month - first.month] += -net if kind in _CREDITS else net
    return found


# -- statements, made once --------------------------------------------------------------------------

_OWNERS = {
    "customer": Document.customer_id == bindparam("customer", type_=Integer),
    "vendor": Document.vendor_id == bindparam("vendor", type_=Integer),
    "contact": Document.contact_id == bindparam("contact", type_=Integer),
}
_OF_CARD = or_(*_OWNERS.values())

# What is open by kind and currency, then how many documents by kind: these read the indexes alone.
_OVERDUE = case(
    (OpenItem.due_date < bindparam("today", type_=Date), OpenItem.amount), else_=literal(ZERO, Money)
)
_FIGURES = (
    select(Document.kind, Document.currency, func.count(), func.sum(OpenItem.amount), func.sum(_OVERDUE))
    .join(OpenItem, OpenItem.document_id == Document.id)
    .where(_OF_CARD)
    .group_by(Document.kind, Document.currency)
    .union_all(
        select(Document.kind, literal(""), func.count(), literal(ZERO, Money), literal(ZERO, Money))
        .where(_OF_CARD)
        .group_by(Document.kind)
    )
)


def _last(owner: str) -> Any:
    ids = select(Document.id).where(_OWNERS[owner], Document.kind.in_(_INVOICES))
    last = ids.order_by(Document.id.desc()).limit(LATEST).subquery()
    return select(last.c.id)


_LATEST = (
    select(
        *(Document.id, Document.kind, Document.state, Document.no, Document.document_date),
        *(Document.due_date, Document.currency, Document.total, OpenItem.amount.label("open")),
    )
    .outerjoin(OpenItem, OpenItem.document_id == Document.id)
    .where(Document.id.in_(_last("customer").union_all(_last("vendor"))))
    .order_by(Document.document_date.desc(), Document.id.desc())
    .limit(LATEST)
)

# The words of the condition are those of the index, so that databases see that it serves.
_INVOICED = (
    select(Document.kind, Document.document_date, Document.currency, func.sum(Document.net))
    .where(
        and_(
            Document.kind.in_(("invoice", "credit_memo")),
            Document.state == literal_column("'issued'"),
            Document.document_date.between(bindparam("first", type_=Date), bindparam("last", type_=Date)),
        )
    )
    .group_by(Document.kind, Document.document_date, Document.currency)
)
