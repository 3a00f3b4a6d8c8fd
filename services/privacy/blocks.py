"""Blocks for privacy: why nothing new is done with a person's cards, and who may lift it (Y-H7 to Y-H9).

A block stands on one card and holds for the contact and all parties linked with it. It is read through the
links each time and never copied. Persons of a blocked company are not blocked by it. The commercial block is
a column of the card; neither sets nor clears the other.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select, union
from sqlalchemy.orm import Session

from models import MODELS, PARTY_KINDS, AnyCard, Contact, Link, Office, PrivacyBlock, PrivacyRequest
from models.base import now
from services import clock, database, history
from services.errors import Invalid, PrivacyBlocked, Refused, Sentence
from services.privacy import minors, trail

# The four grounds of GDPR art. 18(1) for which a person can ask that processing is restricted.
RESTRICTIONS = ("accuracy", "unlawful", "needed_for_claims", "objection")
GROUNDS: dict[str, Sentence] = {
    "request": _l("The person asked for it"),
    "accuracy": _l("Restriction: the person says that the data is wrong"),
    "unlawful": _l("Restriction: processing was not lawful, and the person does not want it deleted"),
    "needed_for_claims": _l("Restriction: we no longer need the data, the person does for legal claims"),
    "objection": _l("Restriction: the person objected, and we still compare the interests"),
    "withdrawal": _l("The person withdrew consent"),
    "erasure": _l("The person asked for erasure, and the law keeps documents"),
    "minor": _l("Minor without the consent of a parent or guardian"),
}
# What the page offers: an erasure sets its own, and that of a minor follows from the card.
OFFERED = ("request", *RESTRICTIONS, "withdrawal")
# Cards blocked for these are read by the privacy desk alone, and not edited at all (R-INV-2).
HIDING = ("erasure", *RESTRICTIONS)
REASON_LIMIT = 200

Card = tuple[str, int]
# The blocks that hold for cards, by kind and id; cards without one are missing.
Blocked = Mapping[Card, Sequence["Active"]]


@dataclass(frozen=True)
class Active:
    """A block that holds: why, since when, on which card it stands, and by which request."""

    ground: str
    since: date
    kind: str
    record_id: int
    no: str
    id: int | None = None
    until: date | None = None
    review_on: date | None = None
    request_id: int | None = None
    request_no: str = ""
    by_id: int | None = None

    @property
    def is_restriction(self) -> bool:
        return self.ground in RESTRICTIONS


# -- asking -----------------------------------------------------------------------------------------


def active(session: Session, card: AnyCard) -> list[Active]:
    """The blocks that hold for a card, its own and those of linked cards, the oldest first (Y-H9)."""
    return active_among(session, card.KIND, [card.id]).get(card.id, [])


def active_among(session: Session, kind: str, ids: Collection[int]) -> dict[int, list[Active]]:
    """By id, the blocks that hold for cards of one kind; cards without one are missing.

    Two questions where nothing is blocked, four otherwise, whatever the number of cards.
    """
    if not ids:
        return {}
    rows = session.execute(_BLOCKS[kind], {"ids": list(ids), "today": _today(session)}).all()
    minors_found = session.scalars(
        select(Contact).where(Contact.id.in_(_hubs(kind, list(ids))), minors.unagreed(session))
    ).all()
    if not rows and not minors_found:
        return {}
    office = _office(session)
    numbers = _numbers(session, {(row.PrivacyBlock.kind, row.PrivacyBlock.record_id) for row in rows})
    found: dict[Card, list[Active]] = {}
    for block, request_no in rows:
        place = block.kind, block.record_id
        found.setdefault(place, []).append(_as_active(block, numbers.get(place, ""), request_no, office))
    for contact in minors_found:
        found.setdefault((contact.KIND, contact.id), []).append(_of_minor(session, contact, office))
    linked = _linked(session, kind, ids)
    shown = {
        id_: sorted(
            (one for place in places for one in found.get(place, ())),
            key=lambda one: (one.since, one.id or 0),
        )
        for id_, places in linked.items()
    }
    return {id_: of_card for id_, of_card in shown.items() if of_card}


def active_of(session: Session, cards: Collection[Card]) -> Blocked:
    """The same for cards of several kinds."""
    found: dict[Card, Sequence[Active]] = {}
    for kind in {kind for kind, _id in cards}:
        of_kind = active_among(session, kind, [id_ for one, id_ in cards if one == kind])
        found |= {(kind, id_): active for id_, active in of_kind.items()}
    return found


def check(session: Session, card: AnyCard) -> None:
    """Raise PrivacyBlocked when a block for privacy holds for the card."""
    check_many(session, [card])


def check_many(session: Session, cards: Iterable[AnyCard]) -> None:
    """The same for several cards, in a few questions for each kind."""
    by_kind: dict[str, dict[int, AnyCard]] = {}
    for card in cards:
        by_kind.setdefault(card.KIND, {})[card.id] = card
    for kind, of_kind in by_kind.items():
        for id_, found in active_among(session, kind, of_kind).items():
            raise PrivacyBlocked(sentence(of_kind[id_].no, found), record=of_kind[id_])


def sentence(no: str, found: Sequence[Active]) -> Sentence:
    """Why nothing is done with a card: its number and the day, and nothing about the person."""
    return _l(
        "%(no)s is blocked for privacy since %(date)s: nothing new is made for it, nothing is sent to it,"
        " and its shared fields stay as they are.",
        no=no,
        date=found[0].since.isoformat(),
    )


def hidden(kind: str, today: date) -> Select[Any]:
    """The ids of the cards of a kind that only the privacy desk reads in lists (R-INV-2).

    It names no card by itself, so a list runs it once, over the few rows of blocks alone.
    """
    return _cards(kind, _holds(today, PrivacyBlock.ground.in_(HIDING)))


def all_blocked(session: Session, kind: str) -> Select[Any]:
    """The ids of all cards of a kind for which any block holds, minors among them."""
    return _cards(kind, _holds(_today(session)), select(Contact.id).where(minors.unagreed(session)))


def _cards(kind: str, holding: ColumnElement[bool], *more: Select[Any]) -> Select[Any]:
    """The ids of the cards of a kind reached by the blocks that fulfil a condition, and by more contacts."""
    hubs = union(
        select(PrivacyBlock.record_id).where(PrivacyBlock.kind == "contact", holding),
        *(
            select(Link.contact_id)
            .join(PrivacyBlock, getattr(Link, f"{party}_id") == PrivacyBlock.record_id)
            .where(PrivacyBlock.kind == party, holding)
            for party in PARTY_KINDS
        ),
        *more,
    ).subquery()
    own = select(PrivacyBlock.record_id).where(PrivacyBlock.kind == kind, holding)
    key = _key(kind)
    if kind == "contact":
        return select(hubs.c[0])
    return select(
        union(own, select(key).where(Link.contact_id.in_(select(hubs.c[0])), key.is_not(None)))
        .subquery()
        .c[0]
    )


# -- the doors --------------------------------------------------------------------------------------


def add(
    session: Session,
    card: AnyCard,
    ground: str,
    *,
    by: int | None,
    reason: str = "",
    request: PrivacyRequest | None = None,
    since: date | None = None,
    until: date | None = None,
    review_on: date | None = None,
) -> PrivacyBlock:
    """Block a card for privacy; the same ground on the same card is not set twice.

    Raises Invalid for a ground that nobody sets, and for days in the wrong order.
    """
    today = _today(session)
    _check_days(today, ground, since, until, review_on)
    for block in own(session, card):
        if block.ground == ground:
            return block
    block = PrivacyBlock(
        kind=card.KIND,
        record_id=card.id,
        ground=ground,
        reason=reason,
        request_id=request.id if request is not None else None,
        since=now() if since in (None, today) else _begin_of(since, _office(session)),
        by_id=by,
        until=until,
        review_on=review_on,
    )
    session.add(block)
    session.flush()
    _record(session, card, "blocked", ground, by, request.no if request is not None else "")
    return block


def lift(
    session: Session, block: PrivacyBlock, *, by: int | None, reason: str = "", told_before: bool = False
) -> None:
    """End a block; the person has to be told before a restriction is lifted (Y-J1)."""
    if block.lifted_at is not None:
        raise Refused(_l("This block was lifted already."))
    if block.ground in RESTRICTIONS and not told_before:
        raise Refused(
            _l(
                "A restriction is lifted only after the person was told. Tell them first,"
                " then tick “The person was told”."
            )
        )
    block.lifted_at, block.lifted_by = now(), by
    block.lift_reason, block.told_before = reason, told_before
    session.flush()
    card = session.get(MODELS[block.kind], block.record_id)
    if card is not None:
        request = session.get(PrivacyRequest, block.request_id) if block.request_id else None
        _record(session, card, "lifted", block.ground, by, request.no if request is not None else "")


def own(session: Session, card: AnyCard) -> list[PrivacyBlock]:
    """The blocks that stand on the card itself and hold, the oldest first."""
    return list(
        session.scalars(
            select(PrivacyBlock)
            .where(
                PrivacyBlock.kind == card.KIND,
                PrivacyBlock.record_id == card.id,
                _holds(_today(session)),
            )
            .order_by(PrivacyBlock.id)
        )
    )


# -- helpers ----------------------------------------------------------------------------------------


def _key(kind: str) -> Any:
    """The column of a link that names a card of the kind."""
    return getattr(Link, f"{kind}_id")


def _hubs(kind: str, ids: Any) -> Any:
    """The contacts at the hub of cards of one kind."""
    return ids if kind == "contact" else select(Link.contact_id).where(_key(kind).in_(ids))


def _holds(today: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(
        PrivacyBlock.lifted_at.is_(None),
        or_(PrivacyBlock.until.is_(None), PrivacyBlock.until >= today),
        *conditions,
    )


def _statement(kind: str) -> Any:
    """The blocks on cards of a kind and on everything linked with them."""
    ids: Any = bindparam("ids", expanding=True)
    hubs = _hubs(kind, ids)
    places = [and_(PrivacyBlock.kind == kind, PrivacyBlock.record_id.in_(ids))]
    if kind != "contact":
        places.append(and_(PrivacyBlock.kind == "contact", PrivacyBlock.record_id.in_(hubs)))
    places += [
        and_(
            PrivacyBlock.kind == party,
            PrivacyBlock.record_id.in_(
                select(_key(party)).where(Link.contact_id.in_(hubs), Link.kind == party)
            ),
        )
        for party in PARTY_KINDS
    ]
    return (
        select(PrivacyBlock, PrivacyRequest.no)
        .outerjoin(PrivacyRequest, PrivacyRequest.id == PrivacyBlock.request_id)
        .where(_holds(bindparam("today", type_=PrivacyBlock.until.type)), or_(*places))
    )


# Made once: every door asks it, and making a statement takes longer than running it.
_BLOCKS = {kind: _statement(kind) for kind in MODELS}


def _linked(session: Session, kind: str, ids: Collection[int]) -> dict[int, set[Card]]:
    """For each card the cards whose blocks hold for it: itself, its contact and the contact's parties."""
    found: dict[int, set[Card]] = {id_: {(kind, id_)} for id_ in ids}
    hub_of = {id_: id_ for id_ in ids}
    if kind != "contact":
        hub_of = dict(session.execute(select(_key(kind), Link.contact_id).where(_key(kind).in_(ids))).all())  # type: ignore[arg-type]
    links = session.execute(
        select(Link.contact_id, Link.kind, Link.customer_id, Link.vendor_id, Link.bank_account_id).where(
            Link.contact_id.in_(hub_of.values()), Link.kind != ""
        )
    )
    of_hub: dict[int, set[Card]] = {}
    for contact_id, party, *keys in links:
        of_hub.setdefault(contact_id, set()).add((party, next(key for key in keys if key is not None)))
    for id_, hub in hub_of.items():
        found[id_] |= {("contact", hub)} | of_hub.get(hub, set())
    return found


def _numbers(session: Session, places: Collection[Card]) -> dict[Card, str]:
    """The number of each card on which a block stands."""
    found: dict[Card, str] = {}
    for kind, model in MODELS.items():
        ids = [id_ for one, id_ in places if one == kind]
        if ids:
            found |= {
                (kind, id_): no
                for id_, no in session.execute(select(model.id, model.no).where(model.id.in_(ids)))
            }
    return found


def _as_active(block: PrivacyBlock, no: str, request_no: str | None, office: Office) -> Active:
    return Active(
        ground=block.ground,
        since=clock.local(block.since, office).date(),
        kind=block.kind,
        record_id=block.record_id,
        no=no,
        id=block.id,
        until=block.until,
        review_on=block.review_on,
        request_id=block.request_id,
        request_no=request_no or "",
        by_id=block.by_id,
    )


def _of_minor(session: Session, contact: Contact, office: Office) -> Active:
    """The block of a minor without consent, since the last change that made it one."""
    changes = history.last_change_of(session, contact, ("birth_date", "minor", "guardian_consent_at"))
    since = max((at for _by, at in changes.values()), default=contact.created_at)
    return Active("minor", clock.local(since, office).date(), contact.KIND, contact.id, contact.no)


def _check_days(
    today: date, ground: str, since: date | None, until: date | None, review_on: date | None
) -> None:
    errors: dict[str, Sentence] = {}
    if ground not in GROUNDS or ground == "minor":
        errors["ground"] = _l("Choose one of the values in the list.")
    if since is not None and since > today:
        errors["since"] = _l("A block begins today or earlier. Choose another date.")
    if until is not None and until < today:
        errors["until"] = _l("This day is past. Choose a later one, or leave it empty.")
    if review_on is not None and review_on < today:
        errors["review_on"] = _l("This day is past. Choose a later one, or leave it empty.")
    if ground in RESTRICTIONS and review_on is None:
        errors["review_on"] = _l("A restriction is looked at again: enter the day.")
    if errors:
        raise Invalid(errors)


def _record(
    session: Session, card: AnyCard, action: str, ground: str, by: int | None, request_no: str
) -> None:
    """The line of the history of the card, and that of the permanent trail."""
    history.write(session, card, f"privacy_{action}", history.cause(by), field="privacy_block", new=ground)
    trail.write(
        session, action, by=by, kind=card.KIND, record_id=card.id, fields=[ground], request_no=request_no
    )


def _begin_of(day: date | None, office: Office) -> datetime:
    assert day is not None
    return datetime.combine(day, time(), ZoneInfo(office.timezone or "UTC"))


def _office(session: Session) -> Office:
    return database.hold(session, session.get_one(Office, 1))


def _today(session: Session) -> date:
    return clock.today(_office(session))
