"""A dossier in figures: rows by table with their first and last day, what keeps documents, who had mail (Y-B4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extensions import Base
from models import Document, OutboxRecipient
from services.documents import guards
from services.privacy import retention
from services.privacy.reaching import chunks
from services.privacy.registry import MODULES, Dossier
from services.privacy.retention import Release
from services.text import fold

# The column that says when a row of a table came about; rows of the other tables go with another one's.
_DATES = {
    "contacts": "created_at", "customers": "created_at", "vendors": "created_at", "bank_accounts": "created_at",
    "links": "created_at", "documents": "document_date", "document_files": "created_at", "payments": "date",
    "interactions": "at", "outbox_messages": "created_at", "history": "at", "undo_entries": "created_at",
    "import_batches": "created_at", "privacy_requests": "received_on", "privacy_steps": "at",
    "privacy_blocks": "since", "privacy_exports": "created_at",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """How many rows of a table are in the dossier, and from when to when."""

    module: str
    table: str
    count: int
    first: date | datetime | None
    last: date | datetime | None


@dataclass(frozen=True)
class Recipient:
    """An address that had e-mail from Carnet in this dossier: how many messages, and when the last."""

    name: str
    email: str
    count: int
    last: datetime | None


@dataclass(frozen=True)
class Blockers:
    """What keeps the dossier from being deleted: issued documents and open orders, the latest first."""

    issued: list[Document]
    issued_count: int
    orders: list[Document]
    orders_count: int
    # The last day on which each of the issued documents shown is kept, and why.
    releases: Mapping[int, Release]


def lines(session: Session, dossier: Dossier) -> list[Line]:
    """The tables with rows in the dossier, in the order of the modules."""
    found = []
    for module, rows in dossier.rows.items():
        for table, ids in rows.items():
            if ids:
                found.append(Line(module, table, len(ids), *_span(session, table, ids)))
    order = list(MODULES)
    return sorted(found, key=lambda line: order.index(line.module))


def recipients(session: Session, dossier: Dossier) -> list[Recipient]:
    """The addresses that a mail server has taken messages for, the latest first."""
    found: dict[str, Recipient] = {}
    one = OutboxRecipient
    for some in chunks(dossier.of("outbox_recipients")):
        query = select(one.name, one.email, one.sent_at).where(one.id.in_(some), one.state == "sent")
        for name, email, at in session.execute(query.order_by(one.id)):
            former = found.get(fold(email), Recipient("", email, 0, None))
            last = max((moment for moment in (former.last, at) if moment), default=None)
            found[fold(email)] = Recipient(name or former.name, email, former.count + 1, last)
    never = datetime.min
    return sorted(
        found.values(), key=lambda one: one.last.replace(tzinfo=None) if one.last else never, reverse=True
    )


def blockers(session: Session, dossier: Dossier, *, most: int = guards.MOST_LISTED) -> Blockers:
    """The issued documents and open orders of the dossier, the latest `most` of each, and how many there are."""
    ids = dossier.of("documents")
    issued, issued_count = _latest(session, ids, most, Document.state == "issued")
    is_order = Document.kind.in_(guards.ORDERS)
    orders, orders_count = _latest(session, ids, most, is_order, Document.state == "open")
    releases = retention.releases(session, [document.id for document in issued])
    return Blockers(issued, issued_count, orders, orders_count, releases)


# -- helpers ----------------------------------------------------------------------------------------


def _span(session: Session, table: str, ids: Any) -> tuple[Any, Any]:
    """The first and the last moment of rows; none where the table keeps none."""
    if table not in _DATES or table not in Base.metadata.tables:
        return None, None
    columns = Base.metadata.tables[table].columns
    when = columns[_DATES[table]]
    ends: list[Any] = []
    for some in chunks(ids):
        ends += session.execute(select(func.min(when), func.max(when)).where(columns["id"].in_(some))).one()
    known = [one for one in ends if one is not None]
    return min(known, default=None), max(known, default=None)


def _latest(session: Session, ids: Any, most: int, *conditions: Any) -> tuple[list[Document], int]:
    found: list[int] = []
    for some in chunks(ids):
        found += session.scalars(select(Document.id).where(Document.id.in_(some), *conditions))
    latest = sorted(found, reverse=True)[:most]
    query = select(Document).where(Document.id.in_(latest)).order_by(Document.id.desc())
    return list(session.scalars(query)), len(found)
