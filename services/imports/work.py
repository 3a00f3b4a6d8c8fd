"""The work on imports: three kinds of job that check, run and take back the rows of a batch."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import HistoryEntry, ImportBatch, ImportRow, Job
from models.base import now
from services import history, jobs, making, records, snapshots
from services.errors import CarnetError, Refused
from services.imports import alike, chunks, items, undoing
from services.imports.batches import counts, name_of
from services.imports.items import ItemPlanner
from services.imports.planning import Plan, Planner, note


@jobs.step("import-check")
def check_rows(session: Session, job: Job) -> bool:
    """Plan the next rows of a batch."""
    batch = session.get_one(ImportBatch, job.subject_id)

    def check(rows: Sequence[ImportRow]) -> None:
        planner = _planner(session, batch, rows)
        new = []
        for row in rows:
            found = planner.plan(row)
            row.outcome = found.action
            note(row, found)
            if found.action == "create" and batch.kind != items.KIND:
                new.append((row, found))
        alike.mark(session, batch, new)

    if chunks.do_some(session, job, ("",), check):
        return False
    batch.state = "checked"
    job.counts = counts(session, batch)
    return True


@jobs.step("import")
def run_rows(session: Session, job: Job) -> bool:
    """Do the next rows of a batch: new cards and changes together, each row whole or not at all."""
    batch = session.get_one(ImportBatch, job.subject_id)

    def run(rows: Sequence[ImportRow]) -> None:
        for row in rows:
            if row.outcome == "error":
                row.outcome = "refused"
            elif row.outcome == "skip":
                chunks.done(row, "unchanged")
            elif alike.is_left_out(row):
                chunks.done(row, "left_out")
        new, changed = ([row for row in rows if alike.does(row, what)] for what in ("create", "update"))
        if batch.kind == items.KIND:
            _do_items(session, batch, [*new, *changed])
        else:
            chunks.together(session, new, lambda some: _create_rows(session, batch, some, job.created_by))
            chunks.together(session, changed, lambda some: _update_rows(session, batch, some, job.created_by))

    if chunks.do_some(session, job, ("create", "update", "skip", "error", "duplicate"), run):
        return False
    batch.state = "done"
    job.counts = counts(session, batch)
    return True


@jobs.step("import-undo")
def undo_rows(session: Session, job: Job) -> bool:
    """Take back the next rows of a batch, the last one first; rows used since stay and say so."""
    batch = session.get_one(ImportBatch, job.subject_id)

    def take_back(rows: Sequence[ImportRow]) -> None:
        for row in rows:
            why = chunks.in_savepoint(
                session, lambda row=row: undoing.take_back(session, row, name_of(batch), by=job.created_by)
            )
            row.outcome = "undone" if why is None else "kept"
            if why is None:
                row.undo = None
            else:
                row.messages = [*row.messages, ["error", "", "", why]]

    if chunks.do_some(session, job, undoing.CAN_BE_UNDONE, take_back, last_first=True):
        return False
    batch.state, batch.undone_at = "undone", now()
    job.counts = counts(session, batch)
    return True


# -- helpers ----------------------------------------------------------------------------------------


def _planner(session: Session, batch: ImportBatch, rows: Sequence[ImportRow]) -> Planner | ItemPlanner:
    return (ItemPlanner if batch.kind == items.KIND else Planner)(session, batch, rows)


def _do_items(session: Session, batch: ImportBatch, rows: Sequence[ImportRow]) -> None:
    """Make and change the items of these rows, each whole or not at all."""
    planner = ItemPlanner(session, batch, rows)

    def do(row: ImportRow) -> None:
        found = planner.plan(row)
        why = _surprise(session, batch, row, found)
        if why is not None:
            raise Refused(why)
        item, row.undo = items.carry_out(session, found, by=batch.created_by, batch=name_of(batch))
        row.record_id = item.id

    for row in rows:
        outcome = "created" if row.outcome == "create" else "updated"
        why = chunks.in_savepoint(session, lambda row=row: do(row))
        if why is None:
            chunks.done(row, outcome)
        else:
            chunks.refuse(row, why)


def _create_rows(session: Session, batch: ImportBatch, rows: Sequence[ImportRow], by: int | None) -> None:
    """Make the cards of these rows; persons after the companies that the same rows make."""
    while rows:
        planner = Planner(session, batch, rows)
        here = {row.row_number for row in rows}
        ready: list[tuple[ImportRow, Plan]] = []
        later: list[tuple[ImportRow, Plan]] = []
        for row in rows:
            found = planner.plan(row)
            (later if found.waits_for in here else ready).append((row, found))
        if not ready:
            ready, later = later, []
        _make(session, batch, ready, by)
        rows = [row for row, _found in later]


def _make(
    session: Session, batch: ImportBatch, planned: Sequence[tuple[ImportRow, Plan]], by: int | None
) -> None:
    fit = []
    for row, found in planned:
        why = _surprise(session, batch, row, found)
        if why is None:
            fit.append((row, found))
        else:
            chunks.refuse(row, why)
    outcomes = making.make_many(
        session, batch.kind, [found.values for _row, found in fit], by=by, batch=name_of(batch)
    )
    for (row, _found), outcome in zip(fit, outcomes, strict=True):
        if isinstance(outcome, CarnetError):
            chunks.refuse(row, chunks.said(outcome))
        else:
            row.undo = [["created", card.kind, card.id] for card in outcome.made]
            row.record_id = outcome.subject[1]
            chunks.done(row, "created")


def _update_rows(session: Session, batch: ImportBatch, rows: Sequence[ImportRow], by: int | None) -> None:
    """Change the cards of these rows; persons after the companies that the same rows rename."""
    later = _update_ready(session, batch, rows, by, {row.row_number for row in rows})
    _update_ready(session, batch, later, by, set())


def _update_ready(
    session: Session, batch: ImportBatch, rows: Sequence[ImportRow], by: int | None, unready: set[int]
) -> list[ImportRow]:
    """Change the cards of these rows; returns those whose company one of the unready rows renames."""
    planner = Planner(session, batch, rows, lock=True)
    later: list[ImportRow] = []
    planned: list[Plan] = []
    for row in rows:
        found = planner.plan(row)
        if planned and _follows(planner, found, planned):
            _write(session, batch, planned, by)
            planned, found = [], planner.plan(row)
        if found.waits_for in unready:
            later.append(row)
            continue
        why = _surprise(session, batch, row, found)
        if why is not None:
            chunks.refuse(row, why)
            continue
        row.undo = [
            ["changed", change.record.KIND, change.record.id, change.field, snapshots.storable(change.old)]
            for change in found.writes
        ]
        planned.append(found)
        chunks.done(row, "updated" if found.writes else "unchanged")
    _write(session, batch, planned, by)
    return later


def _follows(planner: Planner, found: Plan, planned: Sequence[Plan]) -> bool:
    """Whether what a row does depends on what the planned ones change, which is not written yet."""
    changed = {change.record for one in planned for change in one.writes}
    # A person takes over from its new company, which may be any card.
    return not changed.isdisjoint(planner.reached(found)) or any(
        change.field == "company_id" for change in found.writes
    )


def _write(session: Session, batch: ImportBatch, planned: Sequence[Plan], by: int | None) -> None:
    """Carry out what several rows change, in a few statements."""
    records.carry_out_many(
        session, [(found.writes, history.cause(by, name_of(batch))) for found in planned if found.writes]
    )


def _surprise(session: Session, batch: ImportBatch, row: ImportRow, found: Plan) -> Any:
    """Why a row does not do what the check showed: a card that came, went or was changed meanwhile; or None."""
    if found.action == "error":
        return " ".join(str(message.sentence) for message in found.messages if message.level == "error")
    if (found.record.id if found.record is not None else None) != row.record_id:
        return _l("The card was created or deleted after the check. Import this row again.")
    if found.record is None:
        return None
    own = (found.record.KIND, found.record.no)
    expected = {name: old for kind, no, name, old, _new in row.changes or [] if (kind, no) == own}
    for kind, no, name, old, _new in found.changes:
        if (kind, no) != own or expected.get(name) == old:
            continue
        # What a person takes over from a company of the same file could not be shown yet.
        if name not in expected and "company_id" in expected and not old:
            continue
        if not _last_changed_by(session, found.record, name, name_of(batch)):
            return _l("Somebody changed %(no)s after the check. Import this row again.", no=no)
    return None


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
