"""An import from file to result without the pages, and the worker's work done here and now."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extensions import db
from models import Contact, ImportBatch, ImportRow
from services import database, jobs, records, spreadsheets
from services.imports import batches, work
from tests.support.factories import BY

NORTHWIND = Path(__file__).parent.parent / "data" / "northwind"
STEPS = work  # imported so that its kinds of job are known


def write(session: Session, what: Any) -> Any:
    """One committed transaction of a session that lives on, and sees what others wrote before."""
    session.rollback()
    with database.writing(session):
        return database.in_transaction(session, what)


def table(headers: str, *rows: str) -> bytes:
    """A CSV file."""
    return "\n".join((headers, *rows, "")).encode()


def upload(
    session: Session, kind: str, content: bytes | Path, name: str = "file.csv", **options: Any
) -> ImportBatch:
    """A batch as it is after the upload."""
    sheet = spreadsheets.read(content, name, **options)
    batch: ImportBatch = write(
        session, lambda: batches.start(session, kind, sheet, original_name=name, stored_name="", by=BY)
    )
    return batch


def check(
    session: Session,
    batch: ImportBatch,
    *,
    key: str = "",
    clear: bool = False,
    names: Sequence[str] | None = None,
    alike: str = "skip",
) -> dict[str, int]:
    """Check a batch to the end; returns its counts."""
    columns = batch.options["columns"] if names is None else names
    wanted = key or batch.options["key"]
    how = {"names": columns, "key": wanted, "clear": clear, "alike": alike}
    job = write(session, lambda: batches.check(session, batch, **how, by=BY))
    work_off(session, job.id)
    return counts(session, batch)


def run(session: Session, batch: ImportBatch) -> dict[str, int]:
    """Run a checked batch to the end; returns its counts."""
    job = write(session, lambda: batches.run(session, batch, by=BY))
    work_off(session, job.id)
    return counts(session, batch)


def undo(session: Session, batch: ImportBatch) -> dict[str, int]:
    """Take a batch back to the end; returns its counts."""
    job = write(session, lambda: batches.undo(session, batch, by=BY))
    work_off(session, job.id)
    return counts(session, batch)


def work_off(session: Session, job_id: int) -> None:
    """Do a job to its end, as the worker does."""
    while jobs.advance(session, job_id):
        pass


def work_off_all(app: Flask) -> None:
    """Do every waiting job."""
    with app.app_context():
        session = db.session()
        for job in jobs.visible_to(session, session.get_one(jobs.User, 1)):
            work_off(session, job.id)


def counts(session: Session, batch: ImportBatch) -> dict[str, int]:
    """The outcomes with at least one row, without the total."""
    found = batches.counts(session, batch)
    return {name: number for name, number in found.items() if number and name != "total"}


def rows(session: Session, batch: ImportBatch, show: str = "") -> list[ImportRow]:
    """The rows of a batch, read anew."""
    session.expire_all()
    return batches.rows(session, batch, show=show, limit=None)


def sentences(row: ImportRow) -> list[str]:
    """What is said about a row: level, heading and sentence of each message."""
    return [
        " ".join(part for part in (level, heading, sentence) if part)
        for level, heading, _, sentence in row.messages
    ]


def number_of(session: Session, model: Any) -> int:
    """How many rows a table has."""
    return session.scalar(select(func.count()).select_from(model)) or 0


def the(session: Session, model: Any, no: str) -> Any:
    """The card with this number, read anew."""
    return session.scalars(
        select(model).where(model.no == no).execution_options(populate_existing=True)
    ).one()


def contact_of(session: Session, party: Any) -> Contact:
    """The contact a party is linked with."""
    link = records.links_of(session, party)[0]
    return session.get_one(Contact, link.contact_id)


def run_all(session: Session, kind: str, content: bytes | Path, **how: Any) -> ImportBatch:
    """Upload, check and run a file; returns its batch."""
    batch = upload(session, kind, content)
    check(session, batch, **how)
    run(session, batch)
    return batch
