"""The register of requests: what a person asked, when it is due, what was done, and how it was answered (Y-C1)."""

from collections.abc import Collection, Mapping
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from models import AnyCard, Office, PrivacyRequest, PrivacyStep
from models.privacy import REQUEST_KINDS
from services import clock, sync
from services.errors import NotFound, Refused, Sentence
from services.privacy import regimes, settings, trail

KINDS: dict[str, Sentence] = {
    "access": _l("Access"),
    "portability": _l("Portability"),
    "correction": _l("Correction"),
    "erasure": _l("Erasure"),
    "restriction": _l("Restriction"),
    "objection": _l("Objection"),
    "withdrawal": _l("Withdrawal of consent"),
    "deindexing": _l("De-indexing"),
    "complaint": _l("Complaint"),
}
CHANNELS: dict[str, Sentence] = {
    "email": _l("E-mail"),
    "letter": _l("Letter"),
    "phone": _l("Phone"),
    "in_person": _l("In person"),
    "form": _l("Form"),
    "card": _l("Begun on a card"),
}
STATES: dict[str, Sentence] = {
    "received": _l("Identity to check"),
    "verified": _l("Identity checked"),
    "in_progress": _l("In progress"),
    "answered": _l("Answered"),
    "closed": _l("Closed"),
}
UNANSWERED = ("received", "verified", "in_progress")
# Steps that the register notes about itself; any other is an action, and puts a checked request in progress.
OWN_STEPS = ("received", "code", "identity", "extended", "begun", "answered", "closed")


def get(session: Session, id: int, *, lock: bool = False) -> PrivacyRequest:
    """A request by its id; raises NotFound."""
    query = select(PrivacyRequest).where(PrivacyRequest.id == id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound()
    return found


def check_unanswered(request: PrivacyRequest) -> None:
    """Raise Refused for a request that has its answer: nothing more is done for it."""
    if request.state not in UNANSWERED:
        raise Refused(_l("This request was answered already. Enter a new one for what is asked now."))


def next_no(session: Session, day: date | None = None) -> str:
    """The next number of the year: PR-2026-007. Of two at the same moment the database refuses one."""
    year = (day or clock.today(session.get_one(Office, 1))).year
    prefix = f"PR-{year}-"
    query = select(PrivacyRequest.no).where(PrivacyRequest.no.startswith(prefix))
    # After 999 the numbers grow longer.
    latest = session.scalar(
        query.order_by(func.length(PrivacyRequest.no).desc(), PrivacyRequest.no.desc()).limit(1)
    )
    return f"{prefix}{int(latest.removeprefix(prefix)) + 1 if latest else 1:03}"


def open_for_card(
    session: Session, card: AnyCard, kind: str, *, by: int | None, channel: str = "card"
) -> PrivacyRequest:
    """The request that an action on a card belongs to: an open one of the same kind, else a new one."""
    if kind not in REQUEST_KINDS:
        raise ValueError(f"unknown kind of request {kind}")
    found = open_request(session, card, kind)
    if found is not None:
        return found
    office = session.get_one(Office, 1)
    return add(
        session,
        kind,
        card=card,
        channel=channel,
        received_on=clock.today(office),
        language=card.language or office.language,
        by=by,
    )


def open_request(session: Session, card: AnyCard, kind: str) -> PrivacyRequest | None:
    """The latest unanswered request of a kind for a card; an export answers a request for portability as well."""
    kinds = ("access", "portability") if kind == "access" else (kind,)
    return session.scalar(
        select(PrivacyRequest)
        .where(
            PrivacyRequest.kind.in_(kinds),
            PrivacyRequest.subject_kind == card.KIND,
            PrivacyRequest.subject_id == card.id,
            PrivacyRequest.state.in_(UNANSWERED),
        )
        .order_by(PrivacyRequest.id.desc())
        .limit(1)
    )


def add(
    session: Session,
    kind: str,
    *,
    channel: str,
    received_on: date,
    language: str,
    by: int | None,
    card: AnyCard | None = None,
    label: str = "",
    regime: str = "",
    handler_id: int | None = None,
    notes: str = "",
) -> PrivacyRequest:
    """Enter a request from checked values; its deadline is counted from the day it was received."""
    chosen = settings.present(session)
    regime = regime or regimes.of_office(session.get_one(Office, 1), chosen)
    request = PrivacyRequest(
        no=next_no(session, received_on),
        kind=kind,
        channel=channel,
        regime=regime,
        received_on=received_on,
        due_on=regimes.due(regime, received_on, next_working_day=chosen.next_working_day),
        subject_kind=card.KIND if card is not None else "",
        subject_id=card.id if card is not None else None,
        subject_no=card.no if card is not None else "",
        subject_label=(card.name if card is not None else label)[:100],
        language=language,
        handler_id=handler_id or by,
        notes=notes,
        created_by=by,
    )
    former = _same_before(session, request, card)
    request.repeat_of_id = former.id if former is not None else None
    session.add(request)
    session.flush()
    step(session, request, "received", by=by)
    note(session, request, "request_received", by=by)
    return request


def step(
    session: Session,
    request: PrivacyRequest,
    action: str,
    *,
    by: int | None,
    proof_kind: str = "",
    proof: str = "",
) -> PrivacyStep:
    """Note something that was done for a request, with what proves it: codes and ids, never a personal value.

    An action for a person whose identity was checked puts the request in progress.
    """
    if action not in OWN_STEPS and request.state == "verified":
        request.state = "in_progress"
    found = PrivacyStep(request_id=request.id, by_id=by, action=action, proof_kind=proof_kind, proof=proof)
    session.add(found)
    session.flush()
    return found


def steps(session: Session, request: PrivacyRequest) -> list[PrivacyStep]:
    """What was done for a request, in order."""
    query = select(PrivacyStep).where(PrivacyStep.request_id == request.id)
    return list(session.scalars(query.order_by(PrivacyStep.id)))


def note(
    session: Session,
    request: PrivacyRequest,
    action: str,
    *,
    by: int | None,
    fields: Collection[str] = (),
    counts: Mapping[str, int] | None = None,
) -> None:
    """Write a line about a request to the permanent trail."""
    trail.write(
        session,
        action,
        by=by,
        kind=request.subject_kind,
        record_id=request.subject_id,
        fields=fields,
        counts=counts,
        request_no=request.no,
    )


def own_cards(session: Session, card: AnyCard) -> list[AnyCard]:
    """The cards of the person or company alone: of a company not those of its persons, who ask for themselves."""
    family = sync.family_of(session, card)
    return [*([family.contact] if family.contact is not None else []), *family.parties]


def of_card(session: Session, id: int, card: AnyCard) -> PrivacyRequest:
    """The request that an action on a card answers; raises NotFound for one about somebody else.

    A person of a company asks for themselves and not for the company, nor the company for its persons.
    """
    found = get(session, id)
    if (found.subject_kind, found.subject_id) not in [(one.KIND, one.id) for one in own_cards(session, card)]:
        raise NotFound()
    return found


def _same_before(session: Session, request: PrivacyRequest, card: AnyCard | None) -> PrivacyRequest | None:
    """The latest identical request of the twelve months before, from any card of the person (Y-C7).

    It is only said; nothing is refused for it.
    """
    whom: ColumnElement[bool]
    if card is not None:
        cards = [(one.KIND, one.id) for one in own_cards(session, card)]
        whom = tuple_(PrivacyRequest.subject_kind, PrivacyRequest.subject_id).in_(cards)
    elif request.subject_label:
        whom = func.lower(PrivacyRequest.subject_label) == request.subject_label.lower()
    else:
        return None
    year_before = regimes.months_before(request.received_on, 12)
    query = select(PrivacyRequest).where(
        whom, PrivacyRequest.kind == request.kind, PrivacyRequest.received_on >= year_before
    )
    return session.scalar(query.order_by(PrivacyRequest.id.desc()).limit(1))
