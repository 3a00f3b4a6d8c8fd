"""What cells refer to by code, name or number, read for many rows at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models import Contact, ImportRow, PaymentTerms, TaxGroup, User
from services import fields
from services.fields import FIELDS
from services.spreadsheets import unprotected
from services.text import TextProblem, fold

# What a cell may say for each: any of these columns, capitals aside; what an earlier query finds counts.
# The tables are short, and compared here, because the databases disagree on capitals.
_SPELLINGS: dict[str, tuple[Any, ...]] = {
    # Somebody who left the office stays on the cards that have them.
    "user": (
        select(User.id, User.email, User.name).where(User.active),
        select(User.id, User.email, User.name).where(~User.active),
    ),
    "payment_terms": (select(PaymentTerms.id, PaymentTerms.code),),
    "tax_group": (select(TaxGroup.id, TaxGroup.code),),
}


class Planned(int):
    """The row of the same file that will create the card which another row refers to."""


@dataclass
class References:
    """The rows that cells may refer to; each answer is an id, or a TextProblem that says what to do."""

    ids: dict[str, dict[str, set[int]]] = field(default_factory=dict)
    companies: dict[str, set[int]] = field(default_factory=dict)
    planned: dict[str, int] = field(default_factory=dict)

    def coded(self, name: str, cell: str) -> int:
        """A user, payment terms or a tax group by what the office calls it."""
        found = self.ids[FIELDS[name].type].get(cell.strip().casefold(), set())
        if len(found) == 1:
            return next(iter(found))
        raise TextProblem(
            _l("No such %(field)s. Add it to the settings, or correct the cell.", field=fields.label(name))
            if not found
            else _l("Several fit as %(field)s. Write it so that only one does.", field=fields.label(name))
        )

    def company(self, cell: str) -> int:
        """The company a person belongs to, by number or name; one that another row creates counts too."""
        for key in (_by_number(cell), _by_name(cell)):
            found = self.companies.get(key, set())
            if len(found) == 1:
                return next(iter(found))
            if found:
                raise TextProblem(_l("Several companies have this name. Write the number of the right one."))
        planned = self.planned.get(cell.strip().lower())
        if planned:
            return Planned(planned)
        raise TextProblem(_l("No company has this number or name. Import it first, or correct the cell."))

    def plan(self, row_number: int, no: str, name: str) -> None:
        """Note that a row will create a card of this number and name; the first one counts."""
        for spelling in (no, name):
            self.planned.setdefault(spelling.lower(), row_number)


def read(
    session: Session,
    batch_id: int,
    rows: Iterable[Sequence[str] | None],
    options: Mapping[str, Any],
    *,
    until: int = 0,
) -> References:
    """The references that these rows of cells may need, in a few queries.

    A company that a row after `until` creates is not there in time for these.
    """
    found = References()
    wanted = {FIELDS[name].type for name in options["columns"] if name}
    for type_ in wanted & _SPELLINGS.keys():
        found.ids[type_] = {}
        for query in _SPELLINGS[type_]:
            found.ids[type_] = _spelled(session, query) | found.ids[type_]
    if "company" in wanted:
        at = options["columns"].index("company_id")
        cells = {
            unprotected(cells[at], options["file_kind"])
            for cells in rows
            if cells and at < len(cells) and cells[at].strip()
        }
        _read_companies(session, found, cells)
        _read_planned(session, found, batch_id, {cell.strip() for cell in cells}, until)
    return found


def _spelled(session: Session, query: Any) -> dict[str, set[int]]:
    known: dict[str, set[int]] = {}
    for id_, *spellings in session.execute(query):
        for spelling in spellings:
            known.setdefault(spelling.casefold(), set()).add(id_)
    return known


def _read_companies(session: Session, found: References, cells: Iterable[str]) -> None:
    numbers, names = {cell.strip() for cell in cells}, {fold(cell)[:100] for cell in cells}
    query = select(Contact.id, Contact.no, Contact.search_name).where(
        Contact.type == "company", or_(Contact.no.in_(numbers), Contact.search_name.in_(names))
    )
    for id_, no, name in session.execute(query):
        found.companies.setdefault(_by_number(no), set()).add(id_)
        found.companies.setdefault(f"name {name}", set()).add(id_)


def _read_planned(session: Session, found: References, batch_id: int, cells: set[str], until: int) -> None:
    """Rows of this file that will create a card of that number or name; the first one counts."""
    lowered = {cell.lower() for cell in cells}
    query = (
        select(ImportRow.row_number, ImportRow.no, ImportRow.label)
        .where(
            ImportRow.batch_id == batch_id,
            ImportRow.row_number <= until,
            ImportRow.outcome.in_(("create", "duplicate")),
            or_(
                ImportRow.no.in_(cells), ImportRow.label.in_(cells), func.lower(ImportRow.label).in_(lowered)
            ),
        )
        .order_by(ImportRow.row_number)
    )
    for row_number, no, label in session.execute(query):
        found.plan(row_number, no, label)


def _by_number(cell: str) -> str:
    return f"no {cell.strip()}"


def _by_name(cell: str) -> str:
    return f"name {fold(cell)[:100]}"
