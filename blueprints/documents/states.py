"""What people call the state of a document: overdue, paid, sent and credited follow from more than one row."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from flask_babel.speaklater import LazyString
from sqlalchemy import select
from sqlalchemy.orm import Session

from blueprints.common import pages
from models import Document, DocumentFile, OpenItem
from services import clock
from services.documents import kinds
from services.documents.kinds import KINDS

# The tone of a badge, and its word.
State = tuple[str, Any]
Conditions = Callable[[date], list[Any]]

_DRAFT: State = ("warn", kinds.STATES["draft"])
_OPEN: State = ("", kinds.STATES["open"])
_SENT: State = ("", _l("Sent"))
_CONVERTED: State = ("plain", kinds.STATES["converted"])
_ISSUED: State = ("", kinds.STATES["issued"])
# French says it otherwise of an invoice than of a credit memo.
_ISSUED_INVOICE: State = ("", LazyString(lambda: pgettext("invoice", "Issued")))
_OVERDUE: State = ("bad", _l("Overdue"))
_PAID: State = ("plain", _l("Paid"))
_CREDITED: State = ("plain", _l("Credited"))


def _is(state: str) -> Conditions:
    return lambda _today: [Document.state == state]


def _unpaid(_today: date) -> list[Any]:
    return [Document.id.in_(select(OpenItem.document_id))]


def _overdue(today: date) -> list[Any]:
    return [Document.id.in_(select(OpenItem.document_id).where(OpenItem.due_date < today))]


def _settled(_today: date) -> list[Any]:
    return [Document.state == "issued", Document.id.not_in(select(OpenItem.document_id))]


# What a list can be narrowed to, by what its documents go through.
STATE_FILTERS: dict[str, dict[str, tuple[Any, Conditions]]] = {
    "order": {"open": (_OPEN[1], _is("open")), "converted": (_CONVERTED[1], _is("converted"))},
    "credit": {"draft": (_DRAFT[1], _is("draft")), "issued": (_ISSUED[1], _is("issued"))},
    "invoice": {
        "draft": (_DRAFT[1], _is("draft")),
        "issued": (_ISSUED_INVOICE[1], _is("issued")),
        "unpaid": (_l("Not paid yet"), _unpaid),
        "overdue": (_OVERDUE[1], _overdue),
        "paid": (_l("Paid or credited"), _settled),
    },
}


def states_of(session: Session, rows: Sequence[Any], open_now: Mapping[int, Decimal]) -> list[State]:
    """The state of each document or row of a list, read for all of them at once.

    `open_now` holds what is still to be paid, without those that are settled.
    """
    office = pages.office()
    assert office is not None
    today = clock.today(office)
    sent = _sent(session, [row.id for row in rows if row.state == "open"])
    settled = [row.id for row in rows if row.state == "issued" and row.id not in open_now]
    credited = _credited(session, settled)
    return [_state(row, open_now.get(row.id), today, sent, credited) for row in rows]


def _state(
    row: Any, open_amount: Decimal | None, today: date, sent: set[int], credited: set[int | None]
) -> State:
    if row.state != "issued":
        found = {"draft": _DRAFT, "open": _SENT if row.id in sent else _OPEN, "converted": _CONVERTED}
        return found[row.state]
    if KINDS[row.kind].is_credit:
        return _ISSUED
    if open_amount is not None:
        return _OVERDUE if row.due_date is not None and row.due_date < today else _ISSUED_INVOICE
    return _CREDITED if row.id in credited else _PAID


def _sent(session: Session, ids: Sequence[int]) -> set[int]:
    """Those of which a PDF left the office."""
    if not ids:
        return set()
    query = select(DocumentFile.document_id).where(DocumentFile.document_id.in_(ids))
    return set(session.scalars(query))


def _credited(session: Session, ids: Sequence[int]) -> set[int | None]:
    """Those of which an issued credit memo was made."""
    if not ids:
        return set()
    credits = [kind.name for kind in KINDS.values() if kind.is_credit]
    query = select(Document.source_id).where(
        Document.source_id.in_(ids), Document.kind.in_(credits), Document.state == "issued"
    )
    return set(session.scalars(query))
