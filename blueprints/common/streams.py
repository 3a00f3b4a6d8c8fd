"""Lists of what happened, newest first: filters in the address, and pages that cost the same however far back."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import abort, request
from sqlalchemy import Select, literal, select, tuple_

from extensions import db

SIZE = 50
END = "end"


@dataclass
class Stream:
    """One page of such a list; `parameters` are the filters in force."""

    address: str
    parameters: dict[str, str]
    rows: list[Any] = field(default_factory=list)
    has_newer: bool = False
    has_older: bool = False

    def url(self, **changed: str | None) -> str:
        """The address of this list with some parameters changed or, with None, left out."""
        kept = {name: value for name, value in {**self.parameters, **changed}.items() if value}
        return self.address + (f"?{urlencode(kept)}" if kept else "")

    def page_urls(self) -> dict[str, str | None]:
        """Addresses of the first, previous, next and last page; None at that end."""
        first, last = (str(self.rows[0].id), str(self.rows[-1].id)) if self.rows else (None, None)
        return {
            "first": self.url() if self.has_newer else None,
            "previous": self.url(before=first) if self.has_newer else None,
            "next": self.url(after=last) if self.has_older else None,
            "last": self.url(before=END) if self.has_older else None,
        }


def read(address: str, names: tuple[str, ...]) -> Stream:
    """The list that the address asks for, its rows still to be read."""
    return Stream(address, {name: value for name in names if (value := request.args.get(name, "").strip())})


def fill(stream: Stream, query: Select[Any], model: Any, *order: Any) -> None:
    """Read the rows of the page: a seek by the columns of `order` and the id, both newest first."""
    after, before = request.args.get("after"), request.args.get("before")
    backwards = before is not None
    columns = (*order, model.id)
    position = _position(model, columns, before if backwards else after)
    if position is not None:
        place = tuple_(
            *(literal(value, column.type) for value, column in zip(position, columns, strict=True))
        )
        key = tuple_(*columns)
        query = query.where(key > place if backwards else key < place)
    query = query.order_by(*(column.asc() if backwards else column.desc() for column in columns))
    rows = list(db.session.scalars(query.limit(SIZE + 1)))
    more = len(rows) > SIZE
    rows = rows[:SIZE]
    stream.rows = rows[::-1] if backwards else rows
    stream.has_newer = more if backwards else position is not None
    stream.has_older = (before != END and position is not None) if backwards else more


def _position(model: Any, columns: tuple[Any, ...], mark: str | None) -> Any:
    """The place of the row that a page begins or ends at; None for either end, or when it was deleted."""
    if mark is None or mark == END:
        return None
    if not (mark.isascii() and mark.isdigit() and len(mark) < 10):
        abort(400)
    return db.session.execute(select(*columns).where(model.id == int(mark))).first()
