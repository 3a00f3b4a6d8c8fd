"""One import from upload to result, and back: the batch, its rows, and the jobs that work on it."""

import os
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from models import HistoryEntry, ImportBatch, ImportRow, Job, User
from models.base import now
from services import database, datadir, jobs, logs
from services.errors import CarnetError, NotFound, Refused, TooOften
from services.imports import columns, planning, undoing
from services.spreadsheets import Sheet

# A file of so many rows is checked while its user waits; a larger one is a job.
CHECKED_AT_ONCE = 500
ROWS_AT_A_TIME = 1000
UNFINISHED_DAYS = 7
KEPT_DAYS = 30
RETRY_SECONDS = 10
KINDS = ("import-check", "import", "import-undo")


def start(
    session: Session, kind: str, sheet: Sheet, *, original_name: str, stored_name: str, by: int | None
) -> ImportBatch:
    """Keep what a file holds, with the columns that are recognised; the caller commits."""
    batch = ImportBatch(
        kind=kind,
        original_name=original_name[:255],
        stored_name=stored_name,
        sha256=sheet.sha256,
        created_by=by,
    )
    session.add(batch)
    session.flush()
    take_rows(session, batch, sheet)
    return batch


def take_rows(session: Session, batch: ImportBatch, sheet: Sheet) -> None:
    """Replace the rows of a batch by those of its file as it was just read."""
    session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))
    found = columns.recognised(batch.kind, sheet.headers)
    batch.state = "uploaded"
    batch.options = {
        "headers": sheet.headers,
        "columns": found,
        "key": "no" if "no" in found else "email" if "email" in found else "none",
        "clear": False,
        "file_kind": sheet.kind,
        "separator": sheet.separator,
        "encoding": sheet.encoding,
        "decimal": sheet.decimal,
        "sheet": sheet.sheet,
        "others": sheet.others,
        "wrong_rows": {str(wrong.number): wrong.found for wrong in sheet.problems},
    }
    rows = [
        ImportRow(batch_id=batch.id, row_number=number, outcome="", cells=cells)
        for number, cells in [
            *sheet.rows,
            *((wrong.number, wrong.cells) for wrong in sheet.problems),
        ]
    ]
    for first in range(0, len(rows), ROWS_AT_A_TIME):
        session.add_all(rows[first : first + ROWS_AT_A_TIME])
        session.flush()


def name_of(batch: ImportBatch) -> str:
    """The number under which people and the history know an import."""
    return f"IMP-{batch.id:04d}"


def get_visible(session: Session, user: User, batch_id: int) -> ImportBatch:
    """An import that this user may see: administrators all, others their own; raises NotFound."""
    batch = session.get(ImportBatch, batch_id)
    if batch is None or batch.state == "discarded" or not (user.is_admin or batch.created_by == user.id):
        raise NotFound()
    return batch


def visible_to(session: Session, user: User, *, limit: int = 20) -> list[ImportBatch]:
    """The latest imports that this user may see."""
    query = select(ImportBatch).where(ImportBatch.state != "discarded")
    if not user.is_admin:
        query = query.where(ImportBatch.created_by == user.id)
    return list(session.scalars(query.order_by(ImportBatch.id.desc()).limit(limit)))


def same_file(session: Session, batch: ImportBatch) -> ImportBatch | None:
    """An earlier import of the very same file as the same kind of card that was run and not undone."""
    return session.scalar(
        select(ImportBatch)
        .where(ImportBatch.sha256 == batch.sha256, ImportBatch.kind == batch.kind, ImportBatch.id < batch.id)
        .where(ImportBatch.state.in_(("started", "done")))
        .order_by(ImportBatch.id.desc())
        .limit(1)
    )


def counts(session: Session, batch: ImportBatch) -> dict[str, int]:
    """How many rows have each outcome; "warnings" counts the rows with one, "total" all."""
    of_batch = ImportRow.batch_id == batch.id
    query = select(ImportRow.outcome, func.count()).where(of_batch).group_by(ImportRow.outcome)
    found = {str(outcome): int(number) for outcome, number in session.execute(query)}
    warned = select(func.count()).where(of_batch, ImportRow.warnings > 0)
    return {**found, "total": sum(found.values()), "warnings": session.scalar(warned) or 0}


def rows(
    session: Session, batch: ImportBatch, *, show: str = "", after: int = 0, limit: int | None = 50
) -> list[ImportRow]:
    """Rows in the order of the file: all, those of one outcome, or those with warnings."""
    query = select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.row_number > after)
    if show == "warnings":
        query = query.where(ImportRow.warnings > 0)
    elif show:
        query = query.where(ImportRow.outcome == show)
    return list(session.scalars(query.order_by(ImportRow.row_number).limit(limit)))


# -- the jobs ---------------------------------------------------------------------------------------


def check(
    session: Session, batch: ImportBatch, *, names: Sequence[str], key: str, clear: bool, by: int | None
) -> Job:
    """Choose the columns and begin the check; a small file's job is for the caller to do at once."""
    _not_while_busy(session, batch)
    if batch.state not in ("uploaded", "checked"):
        raise Refused(_l("This import was run already. Upload the file again to import it once more."))
    batch.options = {**batch.options, "columns": list(names), "key": key, "clear": clear}
    batch.state = "uploaded"
    session.execute(
        update(ImportRow)
        .where(ImportRow.batch_id == batch.id)
        .values(outcome="", messages=[], changes=None, warnings=0, match="", label="", record_id=None)
    )
    total = session.scalar(_number_of_rows(batch, "")) or 0
    job = jobs.enqueue(
        session, "import-check", subject_id=batch.id, total=total, by=by, here=total <= CHECKED_AT_ONCE
    )
    batch.job_id = job.id
    return job


def run(session: Session, batch: ImportBatch, *, by: int | None) -> Job:
    """Put the run of a checked import in the queue; one at a time for each user."""
    _not_while_busy(session, batch)
    if batch.state != "checked":
        raise Refused(_l("Check the columns first. This import cannot be run as it is now."))
    if jobs.active_of(session, by, ("import", "import-undo")) is not None:
        raise TooOften(RETRY_SECONDS, _l("Another import of yours is still running. Wait until it is done."))
    total = session.scalar(_number_of_rows(batch)) or 0
    job = jobs.enqueue(session, "import", subject_id=batch.id, total=total, by=by)
    batch.state, batch.job_id = "started", job.id
    return job


def undo(session: Session, batch: ImportBatch, *, by: int | None) -> Job:
    """Put the undoing of an import in the queue, also of one that was stopped half way."""
    _not_while_busy(session, batch)
    if batch.state not in ("started", "done", "undone"):
        raise Refused(_l("This import was not run, so there is nothing to undo."))
    total = session.scalar(_number_of_rows(batch, *undoing.CAN_BE_UNDONE)) or 0
    if not total:
        raise Refused(_l("Nothing of this import is left to undo."))
    if jobs.active_of(session, by, ("import", "import-undo")) is not None:
        raise TooOften(RETRY_SECONDS, _l("Another import of yours is still running. Wait until it is done."))
    job = jobs.enqueue(session, "import-undo", subject_id=batch.id, total=total, by=by)
    batch.job_id = job.id
    return job


def discard(session: Session, batch: ImportBatch, folder: Path) -> None:
    """Forget an import that was not run: its rows and its file."""
    _not_while_busy(session, batch)
    if batch.state not in ("uploaded", "checked"):
        raise Refused(_l("This import was run already. You can undo it instead."))
    _forget(session, batch, folder)


def remove_file(batch: ImportBatch, folder: Path) -> None:
    """Remove the uploaded file; the rows are in the database."""
    if batch.stored_name:
        (datadir.uploads(folder) / os.path.basename(batch.stored_name)).unlink(missing_ok=True)
        batch.stored_name = ""


@jobs.step("import-check")
def check_rows(session: Session, job: Job) -> bool:
    """Plan the next rows of a batch."""
    batch = session.get_one(ImportBatch, job.subject_id)
    for row in _next_rows(session, batch, ("",)):
        found = planning.plan(session, batch.kind, row, batch.options)
        row.outcome, row.match, row.label = found.action, found.match, found.label
        row.record_id = found.record.id if found.record is not None else None
        row.messages = [message.stored() for message in found.messages]
        row.warnings = sum(message.level == "warning" for message in found.messages)
        row.changes = found.changes
        job.position += 1
        session.flush()
    if session.scalar(_number_of_rows(batch, "")):
        return False
    batch.state = "checked"
    job.counts = counts(session, batch)
    return True


@jobs.step("import")
def run_rows(session: Session, job: Job) -> bool:
    """Do the next rows of a batch, each under its own savepoint."""
    batch = session.get_one(ImportBatch, job.subject_id)
    for row in _next_rows(session, batch, ("create", "update", "skip", "error")):
        if row.outcome == "error":
            row.outcome = "refused"
        elif row.outcome == "skip":
            _done(row, "unchanged")
        else:
            _run_row(session, batch, row, job.created_by)
        job.position += 1
        session.flush()
    if session.scalar(_number_of_rows(batch, "create", "update", "skip", "error")):
        return False
    batch.state = "done"
    job.counts = counts(session, batch)
    return True


@jobs.step("import-undo")
def undo_rows(session: Session, job: Job) -> bool:
    """Take back the next rows of a batch, the last one first; rows used since stay and say so."""
    batch = session.get_one(ImportBatch, job.subject_id)
    for row in _next_rows(session, batch, undoing.CAN_BE_UNDONE, last_first=True):
        why = _in_savepoint(
            session, lambda row=row: undoing.take_back(session, row, name_of(batch), by=job.created_by)
        )
        row.outcome = "undone" if why is None else "kept"
        if why is None:
            row.undo = None
        else:
            row.messages = [*row.messages, ["error", "", "", why]]
        job.position += 1
        session.flush()
    if session.scalar(_number_of_rows(batch, *undoing.CAN_BE_UNDONE)):
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


def _next_rows(
    session: Session, batch: ImportBatch, outcomes: Sequence[str], *, last_first: bool = False
) -> Iterator[ImportRow]:
    """Rows still to be done, for about as long as a chunk may take."""
    deadline = time.monotonic() + jobs.CHUNK_SECONDS
    order = ImportRow.row_number.desc() if last_first else ImportRow.row_number
    query = (
        select(ImportRow)
        .where(ImportRow.batch_id == batch.id, ImportRow.outcome.in_(outcomes))
        .order_by(order)
        .limit(50)
    )
    for row in list(session.scalars(query)):
        yield row
        if time.monotonic() > deadline:
            return


def _number_of_rows(batch: ImportBatch, *outcomes: str) -> Any:
    query = select(func.count()).select_from(ImportRow).where(ImportRow.batch_id == batch.id)
    return query.where(ImportRow.outcome.in_(outcomes)) if outcomes else query


def _not_while_busy(session: Session, batch: ImportBatch) -> None:
    job = session.get(Job, batch.job_id) if batch.job_id else None
    if job is not None and job.state in jobs.ACTIVE:
        raise Refused(_l("This import is being worked on. Wait until that is done, or stop it."))


def _forget(session: Session, batch: ImportBatch, folder: Path) -> None:
    session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))
    remove_file(batch, folder)
    batch.state, batch.original_name, batch.options = "discarded", "", {}


def _tidy(session: Session, folder: Path) -> None:
    """Forget imports that nobody finished, and what finished ones no longer need."""
    old = now() - timedelta(days=UNFINISHED_DAYS)
    for batch in session.scalars(select(ImportBatch).where(ImportBatch.stored_name != "")):
        if batch.state not in ("uploaded", "checked"):
            remove_file(batch, folder)
        elif batch.created_at < old:
            _forget(session, batch, folder)
    long_ago = now() - timedelta(days=KEPT_DAYS)
    done = select(ImportBatch.id).where(
        ImportBatch.created_at < long_ago, ImportBatch.state.in_(("started", "done", "undone"))
    )
    session.execute(
        update(ImportRow)
        .where(ImportRow.batch_id.in_(done))
        .values(cells=None, changes=None, undo=None, messages=[], label="", match="")
    )


jobs.DAILY.append(_tidy)
