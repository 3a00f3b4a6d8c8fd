"""Rows done in chunks: so many at a time, each whole or not at all, and what became of it written on it."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ImportRow, Job
from services import database, jobs, logs, records
from services.errors import CarnetError

# Fewer together take longer for each.
FEWEST_ROWS = 50
# More together take no less time for each, and the parameters of a statement are counted.
ROWS_AT_ONCE = 500
# Some clocks move no oftener than this, and a few rows may be done in between.
TICK_SECONDS = 0.016


def do_some(
    session: Session,
    job: Job,
    outcomes: Sequence[str],
    do: Callable[[Sequence[ImportRow]], None],
    *,
    last_first: bool = False,
) -> bool:
    """Do the next rows, for about as long as a chunk may take; returns whether there were any."""
    _kept = records.office(session)  # else it would be read anew for every row
    began = time.monotonic()
    last, at_once = job.counts.get("row"), min(job.counts.get("at_once", FEWEST_ROWS), ROWS_AT_ONCE)
    query = select(ImportRow).where(ImportRow.batch_id == job.subject_id, ImportRow.outcome.in_(outcomes))
    if last is not None:
        query = query.where(ImportRow.row_number < last if last_first else ImportRow.row_number > last)
    order = ImportRow.row_number.desc() if last_first else ImportRow.row_number
    rows = list(session.scalars(query.order_by(order).limit(at_once)))
    if not rows:
        return False
    do(rows)
    session.flush()
    # As many next time as fit into a chunk at this pace: a busy machine does fewer, and keeps nobody waiting longer.
    pace = len(rows) / max(time.monotonic() - began, TICK_SECONDS)
    job.position += len(rows)
    job.counts = {"row": rows[-1].row_number, "at_once": max(FEWEST_ROWS, int(pace * jobs.CHUNK_SECONDS))}
    return True


def together(session: Session, rows: Sequence[ImportRow], do: Callable[[Sequence[ImportRow]], None]) -> None:
    """Do rows in a few statements; when something unforeseen happens, each by itself."""
    try:
        with session.begin_nested():
            do(rows)
    except Exception as error:
        if database.is_overlap(error) or database.is_unavailable(error):
            raise
        for row in rows:
            why = in_savepoint(session, lambda row=row: do([row]))
            if why is not None:
                refuse(row, why)


def in_savepoint(session: Session, work: Any) -> str | None:
    """Do it whole or not at all; returns why not, in the present reader's language."""
    savepoint = session.begin_nested()
    try:
        work()
        session.flush()
        savepoint.commit()
        return None
    except CarnetError as problem:
        savepoint.rollback()
        return said(problem)
    except Exception as error:
        if database.is_overlap(error) or database.is_unavailable(error):
            raise
        savepoint.rollback()
        incident = logs.new_incident()
        logs.error(incident, error)
        return _(
            "Something went wrong with this row. Tell your administrator the number %(incident)s.",
            incident=incident,
        )


def done(row: ImportRow, outcome: str) -> None:
    """The row did its work: what it said is on the card now, and not kept here."""
    row.outcome, row.cells, row.changes, row.alike = outcome, None, None, None


def refuse(row: ImportRow, why: Any) -> None:
    """The row was not done; why stands on it, in the present reader's language."""
    row.outcome = "refused"
    row.messages = [*row.messages, ["error", "", "", str(why)]]


def said(problem: CarnetError) -> str:
    """A refusal as one text, in the present reader's language."""
    sentences = [one for several in getattr(problem, "errors", {}).values() for one in several]
    return " ".join(str(sentence) for sentence in sentences or [problem.message])
