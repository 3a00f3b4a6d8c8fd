"""Correcting a person's data: on all linked cards at once, on open documents, never on issued ones (Y-I1, Y-I2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from models import (
    MODELS,
    AnyCard,
    Contact,
    Document,
    HistoryEntry,
    OutboxMessage,
    OutboxRecipient,
    PrivacyRequest,
)
from models.base import now
from services import fields, history, records, sync
from services.documents import changes as document_changes
from services.documents import copies
from services.documents.kinds import KINDS
from services.errors import Refused
from services.fields import ADDRESS, COMMUNICATION, NAME, NAME_PARTS
from services.privacy import reaching, register, trail
from services.privacy.registry import Scope
from services.sync import Change

# So far back one looks for whom to tell.
TOLD_SINCE = timedelta(days=731)
# So many documents and messages are listed.
MOST = 100
_OPEN = ("draft", "open")
_MORE = {"contact": ("email2",)}
_OF_PERSON = ("title", *NAME_PARTS, "job_title", "birth_date")
_NUMBERS = ("language", "vat_no", "registration_no")


@dataclass(frozen=True)
class Told:
    """An address that Carnet sent one of the documents or a message to, what it was about, and when last."""

    email: str
    name: str
    at: datetime
    document: Document | None


@dataclass(frozen=True)
class Plan:
    """What a correction does: the changes by card, the open documents it may reach, and what stays as it was."""

    changes: list[Change] = field(default_factory=list)
    open: list[Document] = field(default_factory=list)
    issued: list[Document] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)


def names_of(card: AnyCard) -> tuple[str, ...]:
    """The fields of a card that a correction may touch, in the order of its form."""
    is_person = isinstance(card, Contact) and card.is_person
    # The name of a person is put together from its parts.
    first = (*_OF_PERSON, "name2") if is_person else NAME
    known = type(card).__table__.columns
    wanted = (*first, *ADDRESS, *COMMUNICATION, *_MORE.get(card.KIND, ()), *_NUMBERS)
    return tuple(name for name in wanted if name in known and name in fields.FIELDS)


def plan(
    session: Session, card: AnyCard, values: Mapping[str, Any], *, seen: Mapping[str, str] | None = None
) -> Plan:
    """What correcting these values would do; raises what `carry_out` would raise, and writes nothing."""
    changes = records.preview(session, card, values, seen=seen, correcting=True)
    scope = _scope(session, card, changes)
    documents = _documents(session, scope)
    issued = [one for one in documents if one.is_issued]
    return Plan(
        changes,
        [one for one in documents if one.state in _OPEN],
        issued,
        _told(session, scope, issued),
    )


def carry_out(
    session: Session,
    card: AnyCard,
    values: Mapping[str, Any],
    *,
    seen: Mapping[str, str] | None,
    documents: Collection[int],
    request: PrivacyRequest,
    by: int | None,
) -> list[Change]:
    """Correct a card with its whole family, and renew what the chosen open documents copied of it.

    One transaction: raises Conflict when somebody changed the same field since, Refused for a document that is
    issued or is not one of these cards'.
    """
    own = {one.id: one for one in _documents(session, _scope(session, card, ()))}
    if not own.keys() >= set(documents):
        raise Refused(_l("One of the documents is not this person's any more. Look at the list again."))
    for id_ in documents:
        document_changes.check_open(own[id_])
    saved = records.save(session, card, values, seen=seen, by=by, correcting=True)
    cause = history.cause(by)
    for id_ in sorted(documents):
        copies.refresh(session, document_changes.load(session, id_, lock=True), cause)
    session.flush()
    names = sorted({change.field for change in saved.changes})
    register.step(session, request, "corrected", by=by, proof_kind="history", proof=_mark(session, card))
    trail.write(
        session,
        "corrected",
        by=by,
        kind=card.KIND,
        record_id=card.id,
        fields=names,
        counts={"cards": len({change.record for change in saved.changes}), "documents": len(documents)},
        request_no=request.no,
    )
    return saved.changes


# -- helpers ----------------------------------------------------------------------------------------


def _scope(session: Session, card: AnyCard, changes: Sequence[Change]) -> Scope:
    """The card's family without the persons of a company, and every card that changes."""
    family = sync.family_of(session, card)
    own = [one for one in (family.contact, *family.parties) if one is not None]
    cards = {(one.KIND, one.id) for one in (card, *own, *(change.record for change in changes))}
    return Scope.of_cards(cards)


def _documents(session: Session, scope: Scope) -> list[Document]:
    """Their documents, the latest first."""
    ids = sorted(reaching.document_ids(session, scope), reverse=True)
    # An open document is always there; of the others the latest are.
    query = select(Document).where(Document.id.in_(ids)).order_by(Document.id.desc())
    still_open = list(session.scalars(query.where(Document.state.in_(_OPEN))))
    return still_open + list(session.scalars(query.where(Document.state.not_in(_OPEN)).limit(MOST)))


def _told(session: Session, scope: Scope, issued: Sequence[Document]) -> list[Told]:
    """Whom Carnet sent these documents, or messages from these cards, in the last two years; each address once."""
    by_id = {one.id: one for one in issued}
    about = [and_(OutboxMessage.about_kind.in_(KINDS), OutboxMessage.about_id.in_(by_id))]
    about += [
        and_(OutboxMessage.about_kind == kind, OutboxMessage.about_id.in_(scope.of(kind))) for kind in MODELS
    ]
    query = (
        select(OutboxRecipient, OutboxMessage.about_kind, OutboxMessage.about_id)
        .join(OutboxMessage, OutboxMessage.id == OutboxRecipient.outbox_id)
        .where(
            OutboxRecipient.state == "sent",
            OutboxRecipient.sent_at >= now() - TOLD_SINCE,
            OutboxMessage.kind.in_(("document", "card")),
            or_(*about),
        )
        .order_by(OutboxRecipient.sent_at.desc(), OutboxRecipient.id.desc())
    )
    found: dict[str, Told] = {}
    for one, kind, id_ in session.execute(query.limit(10 * MOST)):
        document = by_id.get(id_ or 0) if kind in KINDS else None
        found.setdefault(one.email.lower(), Told(one.email, one.name, one.sent_at or now(), document))
    return list(found.values())[:MOST]


def _mark(session: Session, card: AnyCard) -> str:
    """The mark of the latest change of a card in its history."""
    query = select(HistoryEntry.change_id).where(
        HistoryEntry.kind == card.KIND, HistoryEntry.record_id == card.id
    )
    return session.scalar(query.order_by(HistoryEntry.id.desc()).limit(1)) or ""
