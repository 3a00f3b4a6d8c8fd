"""Contacts made at once for many customers, vendors or bank accounts that have none (rule L8)."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, func, insert, literal, select
from sqlalchemy.orm import Session

from models import MODELS, ImportBatch, ImportRow, Job, Link
from services import jobs, links, making, snapshots
from services.errors import CarnetError, Refused, TooOften
from services.imports import batches, chunks
from services.privacy import blocks

JOB = "make-contacts"


def count(session: Session, kind: str, conditions: Sequence[Any]) -> int:
    """How many cards of this kind fulfil the conditions and have no contact."""
    return (
        session.scalar(select(func.count()).select_from(MODELS[kind]).where(*_without(kind, conditions))) or 0
    )


def first(session: Session, kind: str, conditions: Sequence[Any], *, limit: int) -> list[Any]:
    """The first of them by name: their id, no, name and city."""
    model = MODELS[kind]
    query = select(model.id, model.no, model.name, model.city).where(*_without(kind, conditions))
    return list(session.execute(query.order_by(model.search_name, model.id).limit(limit)))


def start(session: Session, kind: str, conditions: Sequence[Any], *, by: int | None) -> ImportBatch:
    """Put the making of their contacts in the queue; raises Refused when there is none to make.

    The cards are those of this moment: one that comes later is not among them.
    """
    links.check_can_make_contacts(session, kind)
    if jobs.active_of(session, by, batches.RUNNING) is not None:
        raise TooOften(
            batches.RETRY_SECONDS, _l("Another import of yours is still running. Wait until it is done.")
        )
    batch = ImportBatch(kind=kind, source="cards", state="started", sha256="", created_by=by)
    session.add(batch)
    session.flush()
    model = MODELS[kind]
    rows = select(
        literal(batch.id),
        func.row_number().over(order_by=(model.search_name, model.id)),
        literal("create"),
        model.id,
        model.no,
        model.name,
        literal([], JSON),
    ).where(*_without(kind, conditions))
    names = ["batch_id", "row_number", "outcome", "record_id", "no", "label", "messages"]
    session.execute(insert(ImportRow).from_select(names, rows))
    total = session.scalar(batches.number_of_rows(batch)) or 0
    if not total:
        raise Refused(_l("Every one of these cards has its contact already."))
    batch.job_id = jobs.enqueue(session, JOB, subject_id=batch.id, total=total, by=by).id
    return batch


@jobs.step(JOB)
def make_contacts(session: Session, job: Job) -> bool:
    """Make the contacts of the next cards of a batch."""
    batch = session.get_one(ImportBatch, job.subject_id)

    def make(rows: Sequence[ImportRow]) -> None:
        chunks.together(session, rows, lambda some: _make(session, batch, some, job.created_by))

    if chunks.do_some(session, job, ("create",), make):
        return False
    batch.state = "done"
    job.counts = batches.counts(session, batch)
    return True


def _without(kind: str, conditions: Sequence[Any]) -> list[Any]:
    model = MODELS[kind]
    linked = select(Link.id).where(getattr(Link, f"{kind}_id") == model.id)
    return [~linked.exists(), *conditions]


def _make(session: Session, batch: ImportBatch, rows: Sequence[ImportRow], by: int | None) -> None:
    model, key = MODELS[batch.kind], getattr(Link, f"{batch.kind}_id")
    ids = [row.record_id for row in rows]
    # Locked, so that nobody links one of them at the same moment.
    locked = select(model).where(model.id.in_(ids)).order_by(model.id).with_for_update()
    parties = {party.id: party for party in session.scalars(locked.execution_options(populate_existing=True))}
    linked = set(session.scalars(select(key).where(key.in_(ids))))
    why = _missing_setting(session, batch.kind)
    blocked = blocks.active_among(session, batch.kind, list(parties))
    ready = []
    for row in rows:
        if row.record_id in linked:
            chunks.done(row, "unchanged")
        elif row.record_id not in parties:
            chunks.refuse(row, _l("The card was deleted meanwhile."))
        elif why:
            chunks.refuse(row, why)
        elif row.record_id in blocked:
            chunks.refuse(row, blocks.sentence(row.no, blocked[row.record_id]))
        else:
            ready.append(row)
    chosen = [parties[row.record_id] for row in ready if row.record_id is not None]
    outcomes = making.create_contacts(session, chosen, by=by, batch=batches.name_of(batch))
    for row, outcome in zip(ready, outcomes, strict=True):
        if isinstance(outcome, CarnetError):
            chunks.refuse(row, chunks.said(outcome))
            continue
        row.undo = [["created", card.kind, card.id] for card in outcome.made]
        row.undo += [
            ["changed", *outcome.subject, name, snapshots.storable(old)]
            for name, old, _new in outcome.changes
        ]
        chunks.done(row, "created")


def _missing_setting(session: Session, kind: str) -> str:
    """Why no contact can be made any more, such as a code that was emptied meanwhile; "" when it can."""
    try:
        links.check_can_make_contacts(session, kind)
    except Refused as refusal:
        return str(refusal.message)
    return ""
