"""The work on imports: three kinds of job that check, run and take back the rows of a batch."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import HistoryEntry, ImportBatch, ImportRow, Job
from models.base import now
from services import database, jobs, logs, records
from services.errors import CarnetError, Refused
from services.imports import planning, undoing
from services.imports.batches import counts, name_of

ROWS_READ = 50


@jobs.step("import-check")
def check_rows(session: Session, job: Job) -> bool:
    """Plan the next rows of a batch."""
    batch = session.get_one(ImportBatch, job.subject_id)

    def check(row: ImportRow) -> None:
        found = planning.plan(session, batch.kind, row, batch.options)
        row.outcome, row.label, row.no, row.email = found.action, found.label, found.no, found.email
        row.record_id = found.record.id if found.record is not None else None
        row.messages = [message.stored() for message in found.messages]
        row.warnings = sum(message.level == "warning" for message in found.messages)
        row.changes = found.changes

    if _do_some(session, job, ("",), check):
        return False
    batch.state = "checked"
    job.counts = counts(session, batch)
    return True


@jobs.step("import")
def run_rows(session: Session, job: Job) -> bool:
    """Do the next rows of a batch, each under its own savepoint."""
    batch = session.get_one(ImportBatch, job.subject_id)

    def run(row: ImportRow) -> None:
        if row.outcome == "error":
            row.outcome = "refused"
        elif row.outcome == "skip":
            _done(row, "unchanged")
        else:
            _run_row(session, batch, row, job.created_by)

    if _do_some(session, job, ("create", "update", "skip", "error"), run):
        return False
    batch.state = "done"
    job.counts = counts(session, batch)
    return True


@jobs.step("import-undo")
def undo_rows(session: Session, job: Job) -> bool:
    """Take back the next rows of a batch, the last one first; rows used since stay and say so."""
    batch = session.get_one(ImportBatch, job.subject_id)

    def take_back(row: ImportRow) -> None:
        why = _in_savepoint(
            session, lambda: undoing.take_back(session, row, name_of(batch), by=job.created_by)
        )
        row.outcome = "undone" if why is None else "kept"
        if why is None:
            row.undo = None
        else:
            row.messages = [*row.messages, ["error", "", "", why]]

    if _do_some(session, job, undoing.CAN_BE_UNDONE, take_back, last_first=True):
        return False
    batch.state, batch.undone_at = "undone", now()
    job.counts = counts(session, batch)
    return True


# -- helpers ----------------------------------------------------------------------------------------


def _run_row(session: Session, batch: ImportBatch, row: ImportRow, by: int | None) -> None:
    checked = row.outcome

    def work() -> None:
        found = planning.plan(session, batch.kind, row, batch.options)
        _refuse_surprise(session, batch, row, found)
        if found.action in ("create", "update"):
            record, row.undo = planning.carry_out(session, batch.kind, found, by=by, batch=name_of(batch))
            row.record_id = record.id

    why = _in_savepoint(session, work)
    if why is None:
        _done(row, {"create": "created", "update": "updated"}[checked] if row.undo else "unchanged")
    else:
        row.outcome = "refused"
        row.messages = [*row.messages, ["error", "", "", why]]


def _in_savepoint(session: Session, work: Any) -> str | None:
    """Do it whole or not at all; returns why not, in the present reader's language."""
    savepoint = session.begin_nested()
    try:
        work()
        session.flush()
        savepoint.commit()
        return None
    except CarnetError as problem:
        savepoint.rollback()
        said = [sentence for sentences in getattr(problem, "errors", {}).values() for sentence in sentences]
        return " ".join(str(sentence) for sentence in said or [problem.message])
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


def _refuse_surprise(session: Session, batch: ImportBatch, row: ImportRow, found: planning.Plan) -> None:
    """Refuse what the check did not show: a card that came, went or was changed by somebody meanwhile."""
    if found.action == "error":
        said = [str(message.sentence) for message in found.messages if message.level == "error"]
        raise Refused(" ".join(said))
    if (found.record.id if found.record is not None else None) != row.record_id:
        raise Refused(_l("The card was created or deleted after the check. Import this row again."))
    if found.record is None:
        return
    own = (found.record.KIND, found.record.no)
    expected = {name: old for kind, no, name, old, _new in row.changes or [] if (kind, no) == own}
    for kind, no, name, old, _new in found.changes:
        if (kind, no) != own or expected.get(name) == old:
            continue
        if not _last_changed_by(session, found.record, name, name_of(batch)):
            raise Refused(_l("Somebody changed %(no)s after the check. Import this row again.", no=no))


def _last_changed_by(session: Session, record: Any, name: str, batch: str) -> bool:
    last = session.scalar(
        select(HistoryEntry.batch)
        .where(
            HistoryEntry.kind == record.KIND, HistoryEntry.record_id == record.id, HistoryEntry.field == name
        )
        .order_by(HistoryEntry.id.desc())
        .limit(1)
    )
    return last == batch


def _done(row: ImportRow, outcome: str) -> None:
    """The row did its work: what it said is on the card now, and not kept here."""
    row.outcome, row.cells, row.changes = outcome, None, None


def _do_some(
    session: Session,
    job: Job,
    outcomes: Sequence[str],
    do: Callable[[ImportRow], None],
    *,
    last_first: bool = False,
) -> bool:
    """Do the next rows, for about as long as a chunk may take; returns whether there were any."""
    deadline = time.monotonic() + jobs.CHUNK_SECONDS
    _kept = records.office(session)  # else it would be read anew for every row
    last = job.counts.get("row")
    query = select(ImportRow).where(ImportRow.batch_id == job.subject_id, ImportRow.outcome.in_(outcomes))
    if last is not None:
        query = query.where(ImportRow.row_number < last if last_first else ImportRow.row_number > last)
    order = ImportRow.row_number.desc() if last_first else ImportRow.row_number
    done = 0
    for row in list(session.scalars(query.order_by(order).limit(ROWS_READ))):
        do(row)
        session.flush()
        done, last = done + 1, row.row_number
        if time.monotonic() > deadline:
            break
    job.position += done
    job.counts = {"row": last}
    return done > 0
