"""The rows of a list as their template shows them, prepared column by column: a page has hundreds of cells."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from blueprints.common import display, pages
from blueprints.common.record_types import Column, RecordType
from extensions import db
from models import MODELS, Contact
from services import fields, formats, relations

# What a cell looks like, where it is not a plain text; `_list.html` has a branch for each.
_SHAPES = {
    "no": "no",
    "name": "name",
    "links": "badges",
    "blocked": "blocked",
    "type": "soft",
    "updated_at": "soft",
    "credit_limit": "number",
}
# The database columns behind a column of the list, where there are more than the one of its name.
_BEHIND: dict[str, tuple[str, ...]] = {
    "contact_person": ("contact_person", "primary_contact_id"),
    "links": (),
}


T = TypeVar("T")

# The address and the words of a link that narrows the list to the value of a cell (U-L4).
Only = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """A card in a list: each cell has its shape, its text or badges, and the link to the rows like it, or None."""

    id: str
    url: str
    label: str
    cells: tuple[tuple[str, Any, Only | None], ...]


_COMPANY = aliased(Contact)


@lru_cache(maxsize=256)
def query(kind: str, columns: tuple[str, ...]) -> Select[Any]:
    """What a page with these columns reads, unordered; whole records would cost twice as much.

    Of a person it has the company's id and name too.
    """
    names = dict.fromkeys(["id", *(name for one in columns for name in _BEHIND.get(one, (one,)))])
    found = select(*(getattr(MODELS[kind], name) for name in names))
    if kind != "contact":
        return found
    return found.add_columns(Contact.company_id, _COMPANY.name.label("company_name")).outerjoin(
        _COMPANY, _COMPANY.id == Contact.company_id
    )


def shown(
    record_type: RecordType, columns: Sequence[Column], found: Sequence[Any], only: Mapping[str, str]
) -> list[Row]:
    """The rows of what was read with `query`; cards they mention are read for all together.

    `only` has, for columns with a filter, the address that the value of a cell completes.
    """
    days = _days(found) if any(one.name == "updated_at" for one in columns) else []
    cells = []
    for one in columns:
        shapes = _column(record_type, one.name, found, days)
        links = (
            _only(
                one.name,
                only[one.name],
                days if one.name == "updated_at" else [getattr(row, one.name) for row in found],
                shapes,
            )
            if one.name in only
            else [None] * len(found)
        )
        cells.append([(shape, text, link) for (shape, text), link in zip(shapes, links, strict=True)])
    label = _("Select %(no)s")
    return [
        Row(str(one.id), f"/{record_type.address}/{one.id}", label % {"no": one.no}, row)
        for one, row in zip(found, zip(*cells, strict=True), strict=True)
    ]


def _days(found: Sequence[Any]) -> list[date]:
    """The day of the office on which each card was changed last."""
    zone = ZoneInfo(pages.timezone())
    return [row.updated_at.astimezone(zone).date() for row in found]


def _column(
    record_type: RecordType, name: str, found: Sequence[Any], days: Sequence[date]
) -> list[tuple[str, Any]]:
    shape = _SHAPES.get(name, "text")
    if name == "links":
        return [(shape, badges) for badges in _badges(record_type, found)]
    if name == "type":
        return [(shape, text) for text in _types(found)]
    if name == "contact_person":
        people = _names([row.primary_contact_id for row in found])
        return [(shape, people.get(row.primary_contact_id) or row.contact_person) for row in found]
    if name == "blocked":
        text_of = _remembering(lambda stored: display.value(record_type.kind, name, stored))
        return [(shape, "" if row.blocked in ("none", False) else text_of(row.blocked)) for row in found]
    if name == "updated_at":
        locale = pages.number_locale()
        return [(shape, formats.format_date(day, locale)) for day in days]
    values = [getattr(row, name) for row in found]
    if fields.FIELDS[name].type == "text" and name not in display.BANK_DETAILS:
        return [(shape, value) for value in values]
    text_of = _remembering(lambda stored: display.value(record_type.kind, name, stored))
    return [(shape, text_of(value)) for value in values]


def _only(
    name: str, address: str, stored: Sequence[Any], cells: Sequence[tuple[str, Any]]
) -> list[Only | None]:
    """The link of each cell that shows something; the same value has the same link."""
    known: dict[Any, Only | None] = {}
    label = _("Only %(value)s")
    for value, (_shape, text) in zip(stored, cells, strict=True):
        if value not in known:
            word = fields.TYPES[value] if name == "type" else text
            link = (address + _quoted(fields.as_text(value)), label % {"value": word})
            known[value] = link if text else None
    return [known[value] for value in stored]


def _types(found: Sequence[Any]) -> list[str]:
    """Company or person, and of a person its company's name."""
    words = {stored: str(word) for stored, word in fields.TYPES.items()}
    return [
        f"{words[row.type]} · {row.company_name}" if row.company_name else words[row.type] for row in found
    ]


def _names(ids: Sequence[int | None]) -> dict[int | None, str]:
    """Names of the primary contacts that the rows mention."""
    wanted = {id_ for id_ in ids if id_ is not None}
    if not wanted:
        return {}
    rows = db.session.execute(select(Contact.id, Contact.name).where(Contact.id.in_(wanted)))
    return dict(rows.all())  # type: ignore[arg-type]


def _badges(record_type: RecordType, found: Sequence[Any]) -> list[list[str]]:
    """ "Customer", "Bank account ×2", PRESS; of a party the number of its contact."""
    if record_type.kind != "contact":
        linked = relations.linked_cards(db.session(), record_type.kind, found)
        return [[one.no for one in linked.get(row.id, [])] for row in found]
    words, codes = _words(str(get_locale())), relations.codes_of(db.session(), found)

    def badges_of(linked: tuple[tuple[str, str], ...]) -> list[str]:
        counted = Counter(words.get(kind, code) for kind, code in linked)
        return [word + (f" ×{count}" if count > 1 else "") for word, count in counted.items()]

    # Most contacts are linked with the same few kinds.
    shown_as = _remembering(badges_of)
    return [shown_as(tuple(codes[row.id])) for row in found]


# The same towns and days stand on page after page.
_quoted = lru_cache(maxsize=4096)(quote_plus)


@lru_cache
def _words(_locale: str) -> dict[str, str]:
    """The kinds of card with a capital, in one language."""
    words = {kind: str(name) for kind, name in fields.KIND_NAMES.items()}
    return {kind: word[:1].upper() + word[1:] for kind, word in words.items()}


def _remembering(shown_as: Callable[[Any], T]) -> Callable[[Any], T]:
    """The function, asked once for each value of a page."""
    known: dict[Any, T] = {}

    def text_of(stored: Any) -> T:
        if stored not in known:
            known[stored] = shown_as(stored)
        return known[stored]

    return text_of
