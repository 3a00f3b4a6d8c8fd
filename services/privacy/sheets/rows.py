"""Rows of the workbook, and how they are read: many at a time, as plain values and never as records."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MODELS, Document, User
from services import fields
from services.documents.kinds import KINDS
from services.errors import Sentence

CHUNK = 100
# Whether this thread rests after each piece that it reads, so that others are served meanwhile.
PATIENT: ContextVar[bool] = ContextVar("patient", default=False)
REST_SECONDS = 0.006
Value = str | int | bool | Decimal | date | datetime | list[Any] | None

ROLES: dict[str, Sentence] = {
    "admin": _l("administrator"),
    "clerk": _l("clerk"),
    "privacy_officer": _l("privacy officer"),
    "": _l("reader"),
}
PROGRAM = _l("Carnet itself")
KIND_WORDS: dict[str, Sentence] = {
    **fields.KIND_NAMES,
    **{name: kind.label for name, kind in KINDS.items()},
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the record behind it, its values by the keys of the columns, and the day a period is asked by.

    about: the document or message that the row belongs to, such as document:12, and goes where that goes; of
    identity and notes the card.
    field: the stored name of the field whose values stand in a row of the log.
    """

    key: str
    values: Mapping[str, Value]
    day: date | None = None
    about: str = ""
    field: str = ""


# The rows of a sheet, to be read as often as they are needed.
Source = Callable[[], Iterable[Row]]
Sources = dict[str, Source]


@dataclass
class Names:
    """Numbers and roles that rows name others by, read once and kept."""

    session: Session
    _roles: dict[int, str] = field(default_factory=dict)
    _numbers: dict[tuple[str, int], str] = field(default_factory=dict)

    def role(self, user_id: int | None) -> str:
        """The role of a member of the office, who is not named."""
        if user_id is None:
            return str(PROGRAM)
        if not self._roles:
            for user in self.session.scalars(select(User)):
                held = [name for name in ("admin", "clerk", "privacy_officer") if getattr(user, f"is_{name}")]
                self._roles[user.id] = ", ".join(str(ROLES[name]) for name in held or [""])
        return self._roles.get(user_id, str(ROLES[""]))

    def number(self, kind: str, id_: int | None) -> str:
        """The number of a card or document; "" when it is gone."""
        if id_ is None or not (kind in MODELS or kind in KINDS or kind == Document.KIND):
            return ""
        if (kind, id_) not in self._numbers:
            model = MODELS.get(kind, Document)
            found = self.session.scalar(select(model.no).where(model.id == id_))
            self._numbers[kind, id_] = str(found or "")
        return self._numbers[kind, id_]

    def learn(self, kind: str, ids: Iterable[int | None]) -> None:
        """Read the numbers of many records in one query each few hundred."""
        model = MODELS.get(kind, Document)
        missing = [id_ for id_ in dict.fromkeys(ids) if id_ is not None and (kind, id_) not in self._numbers]
        for row in read(self.session, [model.id, model.no], model.id, missing):
            self._numbers[kind, row.id] = row.no

    def title(self, kind: str, id_: int | None) -> str:
        """Kind and number of a record: "customer C00012"."""
        return titled(kind, self.number(kind, id_))


def titled(kind: str, no: str) -> str:
    """Kind and number of a record, in the reader's language."""
    word = str(KIND_WORDS.get(kind, kind))
    return f"{word} {no}".strip()


def read(session: Session, columns: Sequence[Any], key: Any, ids: Sequence[int]) -> Iterator[Any]:
    """Rows of plain values whose key is among the ids, in the order of the key, a few hundred at a time."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), CHUNK):
        part = ordered[start : start + CHUNK]
        yield from session.execute(select(*columns).where(key.in_(part)).order_by(key)).all()
        if PATIENT.get():
            time.sleep(REST_SECONDS)


def columns_of(model: Any, *left_out: str) -> list[Any]:
    """The columns of a table without those named."""
    return [column for column in model.__table__.columns if column.key not in left_out]


def day_of(moment: datetime | None) -> date | None:
    """The day of a time."""
    return moment.date() if moment is not None else None


def joined(*parts: str) -> str:
    """Several fields in one cell, the empty ones left out."""
    return ", ".join(part for part in parts if part)
