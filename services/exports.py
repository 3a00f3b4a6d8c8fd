"""The rows of a list as a file takes them away, in the form in which an import reads them back (X2).

A file that comes back unchanged changes nothing (R-XLSX-6): references are written as the import looks for
them, words of fixed lists in the reader's language, and what it does not read has a heading it does not know.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from models import MODELS, Contact, PaymentTerms, TaxGroup, User
from services import checks, fields, places, relations, tables
from services.errors import Sentence
from services.fields import FIELDS
from services.imports import columns
from services.tables import Cell

CHUNK = 500

# What is written beside the fields; no import knows these headings.
_BESIDE: dict[str, Sentence] = {
    "company_name": _l("Name of the company"),
    "links": _l("In step with"),
    "updated_at": _l("Changed"),
}
_BANK_DETAILS = ("iban", "account_no")
_CODES: dict[str, Any] = {"payment_terms": PaymentTerms, "tax_group": TaxGroup}
_Write = Callable[[Any, Mapping[int, str]], Cell]


@dataclass(frozen=True)
class Reader:
    """For whom the file is: the locale of its words, the office's time zone, and whether bank details show."""

    locale: str
    timezone: str
    bank_details: bool


def names(kind: str, shown: Sequence[str]) -> list[str]:
    """What is written for the columns that a list shows: a person's company is part of its type there."""
    beside = {"type": ("company_id", "company_name")} if kind == "contact" else {}
    return [one for name in shown for one in (name, *beside.get(name, ()))]


def all_names(kind: str) -> list[str]:
    """Every field that an import reads, and what a list shows beside them."""
    found = columns.targets(kind)
    if kind == "contact":
        found.insert(found.index("company_id") + 1, "company_name")
    return [*found, "links", "updated_at"]


def heading(name: str) -> str:
    """The heading of a column, in the reader's language."""
    return str(_BESIDE[name] if name in _BESIDE else fields.label(name))


def cells_of(session: Session, kind: str, wanted: Sequence[str], query: Select[Any]) -> list[int]:
    """Into how many cells the longest text of each column is cut (`tables.write_xlsx`)."""
    model = MODELS[kind]
    texts = [name for name in wanted if name in FIELDS and FIELDS[name].type == "long"]
    if not texts:
        return [1] * len(wanted)
    longest = [func.max(func.length(getattr(model, name))) for name in texts]
    found = session.execute(query.with_only_columns(*longest).order_by(None)).one()
    lengths = dict(zip(texts, found, strict=True))
    return [tables.parts_of(lengths.get(name) or 0) for name in wanted]


def rows(
    session: Session, kind: str, wanted: Sequence[str], query: Select[Any], reader: Reader
) -> Iterator[list[Cell]]:
    """The cells of each card that the query selects, in its order; reads a few hundred cards at a time."""
    model: Any = MODELS[kind]
    other = aliased(Contact)
    selected = [column for column in model.__table__.columns if column.key in {"id", "company_id", *wanted}]
    if kind == "contact":
        query = query.outerjoin(other, other.id == model.company_id)
        selected += [other.no.label("company_no"), other.name.label("company_name")]
    elif kind != "bank_account":
        query = query.outerjoin(other, other.id == model.primary_contact_id)
        selected += [other.name.label("primary_name"), other.job_title.label("primary_title")]
    writers = [_writer(session, kind, name, reader) for name in wanted]
    result = session.execute(query.with_only_columns(*selected), execution_options={"yield_per": CHUNK})
    for chunk in result.partitions():
        links = _links(session, kind, chunk) if "links" in wanted else {}
        for row in chunk:
            yield [write(row, links) for write in writers]


# -- one value --------------------------------------------------------------------------------------


def _writer(session: Session, kind: str, name: str, reader: Reader) -> _Write:
    """How the value of a column is written."""
    if name == "links":
        return lambda row, links: links.get(row.id)
    if name == "updated_at":
        zone = ZoneInfo(reader.timezone)
        return lambda row, _: row.updated_at.astimezone(zone).date()
    if name in ("contact_person", "contact_person_title"):
        shown = "primary_name" if name == "contact_person" else "primary_title"
        return lambda row, _: getattr(row, name if row.primary_name is None else shown)
    if name in _BANK_DETAILS and not reader.bank_details:
        return lambda row, _: checks.mask_iban(getattr(row, name))
    stored = attrgetter({"company_id": "company_no"}.get(name, name))
    words = _words(session, kind, name, reader)
    if not words:
        return lambda row, _: stored(row)
    return lambda row, _: words.get(stored(row), stored(row))


def _words(session: Session, kind: str, name: str, reader: Reader) -> Mapping[Any, Cell]:
    """What stands for the stored values of a field; those that are not here stand for themselves."""
    type_ = FIELDS[name].type if name in FIELDS else ""
    if name == "country":
        return _readable(places.country_choices(reader.locale), places.country_code)
    if name == "language":
        return _readable(places.language_choices(reader.locale), places.language_code)
    if type_ == "user":
        users = session.execute(select(User.id, User.name, User.email)).all()
        often = Counter(user_name.casefold() for _id, user_name, _email in users)
        return {id_: email if often[word.casefold()] > 1 else word for id_, word, email in users}
    if type_ in _CODES:
        return dict(session.execute(select(_CODES[type_].id, _CODES[type_].code)).all())  # type: ignore[arg-type]
    return {stored: str(word) if stored != "" else "" for stored, word in fields.choices(kind, name).items()}


def _readable(choices: places.Choices, read: Callable[[str], str | None]) -> dict[Any, Cell]:
    """Names in place of codes, where the name leads back to its code."""
    return {code: name if read(name) == code else code for code, name in choices}


def _links(session: Session, kind: str, cards: Sequence[Any]) -> dict[int, str]:
    """What each card is linked with, as "customer C00012, vendor V00003"."""
    found = relations.linked_cards(session, kind, cards)
    return {
        id_: ", ".join(f"{fields.KIND_NAMES[one.kind]} {one.no}" if one.kind else one.code for one in linked)
        for id_, linked in found.items()
    }
