"""The administrator's exports (X4): the whole database as one workbook, or the invoices between two dates.

Who is blocked for privacy is left out, with quotes and orders: such data leaves by a request alone (Y-H8). What is
issued stays, for the law keeps it.

A job writes them, for they may take minutes: it reads one moment, nobody waits for it, and the file is for who asked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from models import MODELS, Document, Job, Office, User
from models.base import now
from services import clock, exports, jobs, made_files, tables
from services.documents import sheets
from services.documents.sheets import INVOICES, ORDERS, QUOTES
from services.errors import Invalid, NotFound, Refused, Sentence
from services.privacy import blocks
from services.tables import Cell
from services.text import fold

ALL, BETWEEN = "export-all", "export-invoices"
KINDS = (ALL, BETWEEN)
LABELS: dict[str, Sentence] = {
    ALL: _l("Export of the whole database"),
    BETWEEN: _l("Export of invoices"),
}
_CARDS: dict[str, Sentence] = {
    "contact": _l("Contacts"),
    "customer": _l("Customers"),
    "vendor": _l("Vendors"),
    "bank_account": _l("Bank accounts"),
}


@dataclass(frozen=True)
class CardSheet:
    """The cards of a kind, as the export of their list writes them with every column."""

    title: Sentence
    kind: str
    reader: exports.Reader
    blocked: Select[Any]

    def count(self, session: Session) -> int:
        """How many cards there are."""
        return session.scalar(select(func.count()).select_from(self._query.order_by(None).subquery())) or 0

    def headings(self) -> list[str]:
        """The headings, in the language of the moment."""
        return [exports.heading(name) for name in self._names]

    def rows(self, session: Session) -> Iterator[list[Cell]]:
        """Every card."""
        return exports.rows(session, self.kind, self._names, self._query, self.reader)

    def parts(self, session: Session) -> list[int]:
        """Into how many cells each column is cut."""
        return exports.cells_of(session, self.kind, self._names, self._query)

    @property
    def _names(self) -> list[str]:
        return exports.all_names(self.kind)

    @property
    def _query(self) -> Select[Any]:
        model: Any = MODELS[self.kind]
        return select(model).where(model.id.not_in(self.blocked)).order_by(model.no, model.id)


AnySheet = CardSheet | sheets.Sheet


def ask_for_all(session: Session, *, by: int) -> Job:
    """Ask for the whole database; raises Refused while an export of the same user is being made."""
    return _enqueue(session, ALL, {}, by)


def ask_for_invoices(session: Session, first: date | None, last: date | None, *, by: int) -> Job:
    """Ask for the issued invoices and credit memos whose dates lie between two days, both of them included."""
    missing = _l("Enter a date.")
    errors = {name: missing for name, day in (("first", first), ("last", last)) if day is None}
    if first is not None and last is not None and first > last:
        errors = {"last": _l("The last day is before the first one.")}
    if errors:
        raise Invalid(errors)
    assert first is not None and last is not None
    return _enqueue(session, BETWEEN, {"first": first.isoformat(), "last": last.isoformat()}, by)


def of_user(session: Session, user_id: int) -> list[Job]:
    """The exports that a user asked for within the last day, newest first."""
    since = now() - made_files.KEPT
    query = select(Job).where(Job.created_by == user_id, Job.kind.in_(KINDS), Job.created_at > since)
    return list(session.scalars(query.order_by(Job.id.desc())))


def file_of(session: Session, data: Path, job_id: int, user_id: int) -> tuple[Path, str]:
    """The file of an export and the name it is taken away under; raises NotFound for anybody else's."""
    job = session.get(Job, job_id)
    if job is None or job.kind not in KINDS or job.created_by != user_id or job.state != "done":
        raise NotFound()
    return made_files.find(data, job.counts["file"]), job.counts["name"]


def is_there(data: Path, job: Job) -> bool:
    """Whether the file of an export can still be taken away."""
    try:
        made_files.find(data, job.counts.get("file", ""))
    except NotFound:
        return False
    return True


@jobs.whole(ALL)
def make_all(session: Session, job: Job, data: Path, report: jobs.Report) -> dict[str, Any]:
    """Write the whole database into one workbook."""
    reader = _reader(session, job)
    found: list[AnySheet] = [
        *(
            CardSheet(title, kind, reader, blocks.all_blocked(session, kind))
            for kind, title in _CARDS.items()
        ),
        sheets.items(_l("Items")),
    ]
    for title, of_lines, kinds in (
        (_l("Quotes"), _l("Lines of quotes"), QUOTES),
        (_l("Orders"), _l("Lines of orders"), ORDERS),
        (_l("Invoices"), _l("Lines of invoices"), INVOICES),
    ):
        wanted = [] if kinds == INVOICES else _of_nobody_blocked(session)
        found += [
            sheets.documents(title, kinds, reader.locale, reader.timezone, *wanted),
            sheets.lines(of_lines, kinds, *wanted),
        ]
    found += [sheets.taxes(_l("Taxes"), INVOICES), sheets.paid(_l("Payments"), reader.timezone)]
    return _write(session, data, found, report, f"carnet-{_today(session)}")


@jobs.whole(BETWEEN)
def make_invoices(session: Session, job: Job, data: Path, report: jobs.Report) -> dict[str, Any]:
    """Write what was issued between two days into a workbook, with its lines, taxes and payments."""
    reader = _reader(session, job)
    first, last = (date.fromisoformat(job.counts[name]) for name in ("first", "last"))
    wanted = sheets.issued_between(first, last)
    title = _l("Invoices")
    found: list[AnySheet] = [
        sheets.documents(title, INVOICES, reader.locale, reader.timezone, *wanted),
        sheets.lines(_l("Lines of invoices"), INVOICES, *wanted),
        sheets.taxes(_l("Taxes"), INVOICES, *wanted),
        sheets.paid(_l("Payments"), reader.timezone, *wanted),
    ]
    word = re.sub(r"[^a-z0-9]+", "-", fold(str(title)))
    return _write(session, data, found, report, f"{word}-{first}-{last}") | job.counts


# -- helpers ----------------------------------------------------------------------------------------


def _enqueue(session: Session, kind: str, wanted: dict[str, Any], by: int) -> Job:
    active = jobs.active_of(session, by, KINDS)
    if active is not None:
        raise Refused(
            _l("An export of yours is being made at this moment. Wait until it is done, or stop it."),
            link=(("jobs.show", {"id": active.id}), _l("Look how far it is")),
        )
    job = jobs.enqueue(session, kind, subject_id=None, total=0, by=by)
    job.counts = wanted
    return job


def _write(
    session: Session, data: Path, found: Sequence[AnySheet], report: jobs.Report, name: str
) -> dict[str, Any]:
    total, done = sum(sheet.count(session) for sheet in found), 0

    def counted(rows: Iterator[list[Cell]]) -> Iterator[list[Cell]]:
        nonlocal done
        for row in rows:
            yield row
            done += 1
            report(done, total)

    with tables.Workbook() as book:
        for sheet in found:
            book.add(str(sheet.title), sheet.headings(), counted(sheet.rows(session)), sheet.parts(session))
        file = made_files.write(data, ".xlsx", book.save)
    return {"file": file, "name": f"{name}.xlsx", "rows": done}


def _of_nobody_blocked(session: Session) -> list[ColumnElement[bool]]:
    owners = {
        "customer": Document.customer_id,
        "vendor": Document.vendor_id,
        "contact": Document.contact_id,
    }
    return [
        or_(column.is_(None), column.not_in(blocks.all_blocked(session, kind)))
        for kind, column in owners.items()
    ]


def _reader(session: Session, job: Job) -> exports.Reader:
    """For whom it is: only administrators ask for it, and they see bank details."""
    user = session.get(User, job.created_by) if job.created_by else None
    office = session.get_one(Office, 1)
    return exports.Reader(jobs.language_of(user), office.timezone, bank_details=True)


def _today(session: Session) -> date:
    return clock.today(session.get_one(Office, 1))


def first_of_last_month(today: date) -> date:
    """The first day of the month before this one: what an accountant asks for in most cases."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
