"""The history of cards and documents: who changed what, when, and from which card."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Integer, bindparam, insert, select
from sqlalchemy.orm import Session

from models import AnyCard, Document, HistoryEntry, Item
from models.base import now
from services import fields, turns

# What a card's page reads of its history: enough for its timeline, and for its links' last changes mostly.
RECENT = 48


@dataclass(frozen=True)
class Cause:
    """Who acts, and the mark that everything written by one action carries."""

    by: int | None
    change_id: str
    batch: str = ""


def cause(by: int | None, batch: str = "") -> Cause:
    """A new action of a user, or of the program when `by` is None."""
    return Cause(by, uuid.uuid4().hex, batch)


def line(
    card: tuple[str, int],
    action: str,
    cause: Cause,
    *,
    field: str = "",
    old: Any = None,
    new: Any = None,
    origin: tuple[str, int] | None = None,
) -> dict[str, Any]:
    """One line of the history of a card, named by kind and id."""
    return {
        "at": now(),
        "kind": card[0],
        "record_id": card[1],
        "action": action,
        "field": field,
        "old": fields.as_text(old) if field else None,
        "new": fields.as_text(new) if field else None,
        "by_id": cause.by,
        "change_id": cause.change_id,
        "batch": cause.batch,
        "origin_kind": origin[0] if origin is not None else "",
        "origin_id": origin[1] if origin is not None else None,
    }


def write(
    session: Session,
    record: AnyCard | Document | Item,
    action: str,
    cause: Cause,
    *,
    field: str = "",
    old: Any = None,
    new: Any = None,
    origin: AnyCard | Document | None = None,
) -> None:
    """Add one line to the history of a card, document or item that already has its id."""
    came_from = (origin.KIND, origin.id) if origin is not None else None
    values = line((record.KIND, record.id), action, cause, field=field, old=old, new=new, origin=came_from)
    session.add(HistoryEntry(**values))


def write_many(session: Session, lines: Sequence[Mapping[str, Any]]) -> None:
    """Add lines to the history in few statements, after those that wait in the session."""
    session.flush()
    for some in turns.in_turns(lines):
        session.connection().execute(_NEW, list(some))


_NEW = insert(HistoryEntry)

# Made once: every card asks it, and making a statement takes longer than running it.
_OF_CARD = (
    select(HistoryEntry)
    .where(HistoryEntry.kind == bindparam("kind"), HistoryEntry.record_id == bindparam("record_id"))
    .order_by(HistoryEntry.id.desc())
    .limit(bindparam("limit", type_=Integer))
)


def of_card(
    session: Session, record: AnyCard | Document | Item, *, before: int | None = None, limit: int = 50
) -> list[HistoryEntry]:
    """The latest lines of a card, document or item, newest first; `before` is where the last page ended.

    They have the attributes of entries and are no records: a page reads fifty of them, and changes none.
    """
    query = _OF_CARD if before is None else _OF_CARD.where(HistoryEntry.id < before)
    values = {"kind": record.KIND, "record_id": record.id, "limit": limit}
    return cast(list[HistoryEntry], session.connection().execute(query, values).all())


def last_shared_change(session: Session, record: AnyCard, kind: str) -> HistoryEntry | None:
    """The latest change of a field that the card shares over a link of this kind; None before the first."""
    return session.scalar(
        select(HistoryEntry)
        .where(
            HistoryEntry.kind == record.KIND,
            HistoryEntry.record_id == record.id,
            HistoryEntry.action == "changed",
            HistoryEntry.field.in_(fields.SHARED[kind]),
        )
        .order_by(HistoryEntry.id.desc())
        .limit(1)
    )


def last_change_of(
    session: Session, record: AnyCard, names: Iterable[str]
) -> dict[str, tuple[int | None, datetime]]:
    """Who last changed each of the fields, and when; fields never changed are missing."""
    found: dict[str, tuple[int | None, datetime]] = {}
    for name in names:
        entry = session.execute(
            select(HistoryEntry.by_id, HistoryEntry.at)
            .where(
                HistoryEntry.kind == record.KIND,
                HistoryEntry.record_id == record.id,
                HistoryEntry.field == name,
            )
            .order_by(HistoryEntry.id.desc())
            .limit(1)
        ).first()
        if entry is not None:
            found[name] = (entry.by_id, entry.at)
    return found
