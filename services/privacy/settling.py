"""Before anybody can sign in: the database and the ledger of erasures agree, whatever happened before.

An erasure that a crash cut off is confirmed or forgotten, as the database says. One that the database does
not know, because an older backup was put in its place, is done again (R-BAK-3).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from config import Config
from models import Document, Office, PrivacyErasure, PrivacyRequest
from services import database, history
from services.documents import guards, kept
from services.privacy import certificate, erasing, ledger, regimes, register, settings, trail
from services.privacy.ledger import Entry
from services.privacy.reaching import keys_where
from services.privacy.registry import Scope


def settle(config: Config) -> int:
    """Bring the database and the ledger to agree; returns how many erasures were done again."""
    file = ledger.path(config)
    entries = [entry for entry in ledger.read(file) if entry.state != ledger.VOID]
    again = 0
    with _session(config) as session:
        known = _tokens(session)
        for entry in entries:
            if entry.token not in known and entry.state == ledger.DONE:
                _erase_again(session, config, entry)
                again += 1
            elif entry.state == ledger.INTENDED:
                ledger.note(file, entry.token, ledger.DONE if entry.token in known else ledger.VOID)
        session.rollback()
        for erasure_id in certificate.unfinished(session):
            certificate.finish(session, config, erasure_id)
    return again


def settle_before_restore(config: Config) -> None:
    """Confirm or forget what a crash cut off, while the database that knows is still there.

    Where it cannot be read any more, what was ordered counts as done: the person has asked for it.
    """
    file = ledger.path(config)
    cut_off = [entry.token for entry in ledger.read(file) if entry.state == ledger.INTENDED]
    if not cut_off:
        return
    try:
        with _session(config) as session:
            known = _tokens(session)
    except SQLAlchemyError:
        known = set(cut_off)
    for token in cut_off:
        ledger.note(file, token, ledger.DONE if token in known else ledger.VOID)


# -- helpers ----------------------------------------------------------------------------------------


@contextmanager
def _session(config: Config) -> Iterator[Session]:
    engine = create_engine(config.sqlalchemy_url, poolclass=NullPool, hide_parameters=True)
    database.configure(engine)
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def _tokens(session: Session) -> set[str]:
    return {report["token"] for report in session.scalars(select(PrivacyErasure.report))}


def _erase_again(session: Session, config: Config, entry: Entry) -> None:
    """Erase the same cards in a database that still has them, whatever was open there."""
    scope = Scope.of_cards(entry.cards)

    def work() -> int:
        if entry.token in _tokens(session):
            # Another server that started at the same moment was faster.
            return 0
        _remove_open_orders(session, scope)
        found = erasing.preview(session, scope)
        request = _request(session, entry)
        erasure = erasing.carry_out(session, found, request, by=None, token=entry.token)
        _note_answered(session, request, entry, is_kept=bool(found.reduced))
        kind, id_ = entry.cards[0]
        counts = erasure.report["removed"]
        trail.write(
            session, "erased", by=None, kind=kind, record_id=id_, counts=counts, request_no=request.no
        )
        certificate.remember(erasure.id, found.steps, [])
        return erasure.id

    erasure_id = database.in_own_transaction(session, work)
    if erasure_id:
        certificate.finish(session, config, erasure_id)


def _remove_open_orders(session: Session, scope: Scope) -> None:
    """Orders that were converted or deleted after the backup was made."""
    are_open = (Document.state == "open", Document.kind.in_(guards.ORDERS))
    ids = keys_where(session, Document.id, Document.customer_id, scope.customer, *are_open)
    ids |= keys_where(session, Document.id, Document.vendor_id, scope.vendor, *are_open)
    found = [session.get_one(Document, id_) for id_ in sorted(ids)]
    kept.remove(session, found, history.cause(None))


def _request(session: Session, entry: Entry) -> PrivacyRequest:
    """The request that the erasure answered; made anew when the backup is older than it."""
    found = session.scalar(select(PrivacyRequest).where(PrivacyRequest.no == entry.request_no))
    if found is not None:
        return found
    kind, id_ = entry.cards[0]
    day = entry.at.date()
    made = PrivacyRequest(
        no=entry.request_no,
        kind="erasure",
        channel="card",
        regime=regimes.of_office(session.get_one(Office, 1), settings.present(session)),
        received_on=day,
        due_on=day,
        subject_kind=kind,
        subject_id=id_,
    )
    session.add(made)
    session.flush()
    return made


def _note_answered(session: Session, request: PrivacyRequest, entry: Entry, *, is_kept: bool) -> None:
    """Close the request that the erasure answered when it was done first; who was identified how is lost."""
    if request.state not in register.UNANSWERED:
        return
    request.outcome, request.reasons = ("partly", ["accounting"]) if is_kept else ("granted", [])
    request.state, request.answered_on = "closed", entry.at.date()
    request.closed_on = request.answered_on
    session.flush()
