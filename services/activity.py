"""What happened lately, on all cards: the lines of the history, one group for each save or import."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import HistoryEntry

_CHUNK = 200


@dataclass
class Group:
    """What one action wrote, oldest line first; of an import its last line, and how many cards it touched."""

    entries: list[HistoryEntry] = field(default_factory=list)
    batch: str = ""
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def last(self) -> HistoryEntry:
        return self.entries[-1]


def latest(session: Session, *, before: int | None = None, limit: int = 30) -> tuple[list[Group], int | None]:
    """The latest groups, newest first, and the id to go on from; None when nothing older is left.

    `before` is the id where the last page ended. The lines of one action lie side by side, so the walk reads
    little more than it shows; an import's lines are counted, not read.
    """
    groups: dict[str, Group] = {}
    imports: set[str] = set()
    while len(groups) <= limit:
        query = select(HistoryEntry).where(HistoryEntry.batch.not_in(imports))
        if before is not None:
            query = query.where(HistoryEntry.id < before)
        entries = session.scalars(query.order_by(HistoryEntry.id.desc()).limit(_CHUNK)).all()
        if not entries:
            return _counted(session, list(groups.values())), None
        for entry in entries:
            if not entry.batch:
                groups.setdefault(entry.change_id, Group()).entries.insert(0, entry)
            elif entry.batch not in imports:
                imports.add(entry.batch)
                # On a later page, an import that was shown where its last line is stays there.
                if entry.id == _last_line(session, entry.batch):
                    groups[entry.batch] = Group([entry], entry.batch)
        before = entries[-1].id
    shown = _counted(session, list(groups.values())[:limit])
    return shown, min(group.entries[0].id for group in shown)


def numbers_of_deleted(session: Session, kind: str, ids: Sequence[int]) -> dict[int, str]:
    """The numbers that deleted cards had, by id."""
    rows = session.execute(
        select(HistoryEntry.record_id, HistoryEntry.old)
        .where(HistoryEntry.kind == kind, HistoryEntry.record_id.in_(ids), HistoryEntry.action == "deleted")
        .order_by(HistoryEntry.id)
    )
    return {record_id: no or "" for record_id, no in rows}


def _last_line(session: Session, batch: str) -> int | None:
    return session.scalar(select(func.max(HistoryEntry.id)).where(HistoryEntry.batch == batch))


def _counted(session: Session, groups: list[Group]) -> list[Group]:
    """The groups, with the cards of imports counted by kind and action."""
    for group in groups:
        if group.batch:
            rows = session.execute(
                select(HistoryEntry.kind, HistoryEntry.action, func.count(HistoryEntry.record_id.distinct()))
                .where(HistoryEntry.batch == group.batch)
                .group_by(HistoryEntry.kind, HistoryEntry.action)
            )
            group.counts = {(kind, action): count for kind, action, count in rows}
    return groups
