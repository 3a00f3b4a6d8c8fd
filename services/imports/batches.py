"""One import from upload to result, and back: the batch, its rows, and the jobs that work on it."""

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from models import ImportBatch, ImportRow, Job, User
from models.base import now
from services import datadir, jobs
from services.errors import NotFound, Refused, TooOften
from services.imports import columns, undoing
from services.spreadsheets import Sheet

# A file of so many rows is checked while its user waits; a larger one is a job.
CHECKED_AT_ONCE = 500
UNFINISHED_DAYS = 7
KEPT_DAYS = 30
RETRY_SECONDS = 10
# Of these a user has one at a time.
RUNNING = ("import", "import-undo", "make-contacts")
KINDS = ("import-check", "import", "import-undo", "make-contacts")


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
    rows = [(row.number, row.cells) for row in sheet.rows]
    rows += [(wrong.number, wrong.cells) for wrong in sheet.problems]
    # One statement for all: twenty thousand objects would keep other writers waiting.
    session.execute(
        insert(ImportRow),
        [
            {"batch_id": batch.id, "row_number": number, "outcome": "", "cells": cells}
            for number, cells in rows
        ],
    )


def name_of(batch: ImportBatch) -> str:
    """The number under which people and the history know an import, or the making of contacts."""
    return f"{'CON' if batch.source == 'cards' else 'IMP'}-{batch.id:04d}"


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


def number_of_rows(batch: ImportBatch, *outcomes: str) -> Any:
    """The query that counts the rows of a batch: all, or those with one of these outcomes."""
    query = select(func.count()).select_from(ImportRow).where(ImportRow.batch_id == batch.id)
    return query.where(ImportRow.outcome.in_(outcomes)) if outcomes else query


# -- what happens to it -----------------------------------------------------------------------------


def check(
    session: Session,
    batch: ImportBatch,
    *,
    names: Sequence[str],
    key: str,
    clear: bool,
    by: int | None,
    alike: str = "skip",
) -> Job:
    """Choose the columns and begin the check; a small file's job is for the caller to do at once.

    `alike` says what becomes of rows that look like a card which is there: "skip", "create" or "update".
    """
    _not_while_busy(session, batch)
    if batch.state not in ("uploaded", "checked"):
        raise Refused(_l("This import was run already. Upload the file again to import it once more."))
    batch.options = {**batch.options, "columns": list(names), "key": key, "clear": clear, "alike": alike}
    batch.state = "uploaded"
    session.execute(
        update(ImportRow)
        .where(ImportRow.batch_id == batch.id)
        .values(
            outcome="",
            messages=[],
            changes=None,
            warnings=0,
            no="",
            email="",
            label="",
            record_id=None,
            alike=None,
            choice="",
            alike_key="",
        )
    )
    total = session.scalar(number_of_rows(batch, "")) or 0
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
    if jobs.active_of(session, by, RUNNING) is not None:
        raise TooOften(RETRY_SECONDS, _l("Another import of yours is still running. Wait until it is done."))
    total = session.scalar(number_of_rows(batch)) or 0
    job = jobs.enqueue(session, "import", subject_id=batch.id, total=total, by=by)
    batch.state, batch.job_id = "started", job.id
    return job


def undo(session: Session, batch: ImportBatch, *, by: int | None) -> Job:
    """Put the undoing of an import in the queue, also of one that was stopped half way."""
    _not_while_busy(session, batch)
    if batch.state not in ("started", "done", "undone"):
        raise Refused(_l("This import was not run, so there is nothing to undo."))
    total = session.scalar(number_of_rows(batch, *undoing.CAN_BE_UNDONE)) or 0
    if not total:
        raise Refused(_l("Nothing of this import is left to undo."))
    if jobs.active_of(session, by, RUNNING) is not None:
        raise TooOften(RETRY_SECONDS, _l("Another import of yours is still running. Wait until it is done."))
    job = jobs.enqueue(session, "import-undo", subject_id=batch.id, total=total, by=by)
    batch.job_id = job.id
    return job


def discard(session: Session, batch: ImportBatch, data: Path) -> None:
    """Forget an import that was not run: its rows and its file."""
    _not_while_busy(session, batch)
    if batch.state not in ("uploaded", "checked"):
        raise Refused(_l("This import was run already. You can undo it instead."))
    _forget(session, batch, data)


def files(data: Path) -> Path:
    """The folder of the uploaded files, for this user alone."""
    folder = datadir.uploads(data) / "imports"
    folder.mkdir(mode=datadir.FOLDER_MODE, exist_ok=True)
    return folder


def file_of(batch: ImportBatch, data: Path) -> Path:
    """The uploaded file of an import that was not run yet; raises Refused when it is gone."""
    path = files(data) / os.path.basename(batch.stored_name or "-")
    if batch.state not in ("uploaded", "checked") or not path.is_file():
        raise Refused(_l("The file is not here any more. Upload it again."))
    return path


def remove_file(batch: ImportBatch, data: Path) -> None:
    """Remove the uploaded file; the rows are in the database."""
    if batch.stored_name:
        (files(data) / os.path.basename(batch.stored_name)).unlink(missing_ok=True)
        batch.stored_name = ""


# -- helpers ----------------------------------------------------------------------------------------


def _not_while_busy(session: Session, batch: ImportBatch) -> None:
    job = session.get(Job, batch.job_id) if batch.job_id else None
    if job is not None and job.state in jobs.ACTIVE:
        raise Refused(_l("This import is being worked on. Wait until that is done, or stop it."))


def _forget(session: Session, batch: ImportBatch, data: Path) -> None:
    session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))
    remove_file(batch, data)
    batch.state, batch.original_name, batch.options = "discarded", "", {}


def _tidy(session: Session, data: Path) -> None:
    """Forget imports that nobody finished, and what finished ones no longer need."""
    old = now() - timedelta(days=UNFINISHED_DAYS)
    known = set()
    for batch in session.scalars(select(ImportBatch).where(ImportBatch.stored_name != "")):
        known.add(batch.stored_name)
        if batch.state not in ("uploaded", "checked"):
            remove_file(batch, data)
        elif batch.created_at < old:
            _forget(session, batch, data)
    for path in files(data).iterdir():
        # One whose upload was cut off before its batch was kept.
        if path.name not in known and path.stat().st_mtime < old.timestamp():
            path.unlink()
    long_ago = now() - timedelta(days=KEPT_DAYS)
    done = select(ImportBatch.id).where(
        ImportBatch.created_at < long_ago, ImportBatch.state.in_(("started", "done", "undone"))
    )
    session.execute(
        update(ImportRow)
        .where(ImportRow.batch_id.in_(done))
        .values(
            cells=None,
            changes=None,
            undo=None,
            messages=[],
            label="",
            no="",
            email="",
            alike=None,
            alike_key="",
        )
    )


jobs.DAILY.append(_tidy)
