"""Blocks for privacy: why nothing new is done with a person's cards, and who may lift it (Y-H7 to Y-H9).

A block stands on one card and holds for the contact and all parties linked with it. It is read through the
links each time and never copied. Persons of a blocked company are not blocked by it. The commercial block is
a column of the card; neither sets nor clears the other.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, Contact, Link, Office, PrivacyBlock, PrivacyRequest
from models.base import now
from services import clock, database, history
from services.errors import Invalid, PrivacyBlocked, Refused, Sentence
from services.privacy import block_queries, minors, register, trail
from services.sync import Family
from services.text import TextProblem, clean

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
UNDO_TIME = timedelta(hours=1)
# What the register calls the request that a block begun on a card belongs to.
_ASKED_AS = {
    **dict.fromkeys(("request", "accuracy", "unlawful", "needed_for_claims"), "restriction"),
    "objection": "objection",
    "withdrawal": "withdrawal",
}

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
    no: str = ""
    id: int | None = None
    until: date | None = None
    review_on: date | None = None
    request_id: int | None = None
    request_no: str = ""
    by_id: int | None = None


# -- asking -----------------------------------------------------------------------------------------


def active(session: Session, card: AnyCard) -> list[Active]:
    """The blocks that hold for a card, its own and those of linked cards, the oldest first (Y-H9)."""
    return active_among(session, card.KIND, [card.id]).get(card.id, [])


def active_among(session: Session, kind: str, ids: Collection[int]) -> dict[int, list[Active]]:
    """By id, the blocks that hold for cards of one kind; cards without one are missing.

    One question where nothing is blocked, whatever the number of cards.
    """
    if not ids:
        return {}
    today = _today(session)
    rows = (
        session.connection().execute(block_queries.of_cards(kind), {"ids": list(ids), "today": today}).all()
    )
    if any(row.ground == "minor" for row in rows):
        of_age = minors.of_age(session)
        rows = [row for row in rows if row.ground != "minor" or row.until is None or row.until > of_age]
    if not rows:
        return {}
    numbers = _numbers(session, {(row.kind, row.record_id) for row in rows})
    found: dict[Card, list[Active]] = {}
    for row in rows:
        place = row.kind, row.record_id
        one = _of_minor(session, row) if row.ground == "minor" else _of_row(session, row)
        found.setdefault(place, []).append(replace(one, no=numbers.get(place, "")))
    by_card: dict[int, list[Active]] = {}
    for id_, places in _linked(session, kind, ids).items():
        of_card = [one for place in places for one in found.get(place, ())]
        if of_card:
            by_card[id_] = sorted(of_card, key=lambda one: (one.since, one.id or 0))
    return by_card


def active_in(session: Session, families: Iterable[Family]) -> Blocked:
    """The blocks that hold for the cards of families, in one question: parties have those of their contact."""
    families = [*_with_persons(families)]
    contacts = [family.contact.id for family in families if family.contact is not None]
    of_contacts = active_among(session, "contact", contacts)
    found: dict[Card, Sequence[Active]] = {}
    for family in families:
        if family.contact is None:
            found |= {(card.KIND, card.id): active(session, card) for card in family.parties}
        else:
            blocked = of_contacts.get(family.contact.id, [])
            found |= {(card.KIND, card.id): blocked for card in (family.contact, *family.parties)}
    return {card: blocked for card, blocked in found.items() if blocked}


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


def hides(found: Sequence[Active]) -> bool:
    """Whether only the privacy desk reads the card: one of the blocks restricts processing as a whole."""
    return any(one.ground in HIDING for one in found)


def sentence(no: str, found: Sequence[Active]) -> Sentence:
    """Why nothing is done with a card: its number and the day, and nothing about the person."""
    return _l(
        "%(no)s is blocked for privacy since %(date)s: nothing new is made for it, nothing is sent to it,"
        " and its shared fields stay as they are.",
        no=no,
        date=found[0].since.isoformat(),
    )


def any_hidden(session: Session) -> bool:
    """Whether any card is hidden from lists: mostly not, and then a list need not ask for them."""
    values = {"today": _today(session)}
    return session.scalar(block_queries.any_for(HIDING), values) is not None


@lru_cache(maxsize=16)
def hidden(kind: str, today: date) -> Select[Any]:
    """The ids of the cards of a kind that only the privacy desk reads in lists (R-INV-2); made once a day."""
    return block_queries.cards(kind, block_queries.holding(today, PrivacyBlock.ground.in_(HIDING)))


def all_blocked(session: Session, kind: str) -> Select[Any]:
    """The ids of all cards of a kind for which any block holds, minors among them."""
    young = select(Contact.id).where(minors.unagreed(session))
    return block_queries.cards(kind, block_queries.holding(_today(session)), young)


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
    reason = _checked("reason", reason)
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
    if request is not None:
        register.step(session, request, "blocked", by=by, proof_kind="block", proof=str(block.id))
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
    block.lift_reason, block.told_before = _checked("reason", reason), told_before
    session.flush()
    card = session.get(MODELS[block.kind], block.record_id)
    if card is not None:
        _record(session, card, "lifted", block.ground, by, _no_of(session, block))
    request = session.get(PrivacyRequest, block.request_id) if block.request_id else None
    if request is not None:
        register.step(session, request, "lifted", by=by, proof_kind="block", proof=str(block.id))


def undo(session: Session, block: PrivacyBlock, *, by: int | None) -> None:
    """Take back a block that was set by mistake: by who set it, within the hour, while it is the card's latest.

    Nobody has to be told: it never had an effect that somebody relied on.
    """
    card = session.get(MODELS[block.kind], block.record_id)
    changed_by, at = (None, None) if card is None else _last_change(session, card)
    if block.lifted_at is not None or changed_by != by or at is None or at < now() - UNDO_TIME:
        raise Refused(_l("This block cannot be undone any more. Lift it instead."))
    assert card is not None
    block.lifted_at, block.lifted_by = now(), by
    session.flush()
    _record(session, card, "undone", block.ground, by, _no_of(session, block))


def past(session: Session, card: AnyCard) -> list[PrivacyBlock]:
    """The blocks that stood on the card and hold no more, the latest first."""
    holding = {block.id for block in own(session, card)}
    query = select(PrivacyBlock).where(PrivacyBlock.kind == card.KIND, PrivacyBlock.record_id == card.id)
    found = session.scalars(query.order_by(PrivacyBlock.id.desc()))
    return [block for block in found if block.id not in holding]


def to_review(session: Session, limit: int = 50) -> list[PrivacyBlock]:
    """The blocks that hold and whose day to look at them again has come, the oldest first."""
    today = _today(session)
    condition = block_queries.holding(today, PrivacyBlock.review_on <= today)
    query = select(PrivacyBlock).where(condition).order_by(PrivacyBlock.review_on, PrivacyBlock.id)
    return list(session.scalars(query.limit(limit)))


def request_for(session: Session, card: AnyCard, ground: str, *, by: int | None) -> PrivacyRequest | None:
    """The request line that a block begun on a card belongs to; None for a ground that nobody sets."""
    kind = _ASKED_AS.get(ground)
    return register.open_for_card(session, card, kind, by=by) if kind else None


def own(session: Session, card: AnyCard) -> list[PrivacyBlock]:
    """The blocks that stand on the card itself and hold, the oldest first."""
    return list(
        session.scalars(
            select(PrivacyBlock)
            .where(
                PrivacyBlock.kind == card.KIND,
                PrivacyBlock.record_id == card.id,
                block_queries.holding(_today(session)),
            )
            .order_by(PrivacyBlock.id)
        )
    )


# -- helpers ----------------------------------------------------------------------------------------


def _with_persons(families: Iterable[Family]) -> Iterator[Family]:
    for family in families:
        yield family
        yield from _with_persons(family.persons)


def _linked(session: Session, kind: str, ids: Collection[int]) -> dict[int, set[Card]]:
    """For each card the cards whose blocks hold for it: itself, its contact and the contact's parties."""
    found: dict[int, set[Card]] = {id_: {(kind, id_)} for id_ in ids}
    hub_of = {id_: id_ for id_ in ids}
    if kind != "contact":
        key = block_queries.key(kind)
        hub_of = {row[0]: row[1] for row in session.execute(select(key, Link.contact_id).where(key.in_(ids)))}
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
    for kind in MODELS:
        ids = [id_ for one, id_ in places if one == kind]
        if ids:
            found |= {(kind, id_): no for id_, no in session.execute(block_queries.numbers(kind, ids))}
    return found


def _of_row(session: Session, row: Any) -> Active:
    return Active(
        ground=row.ground,
        since=clock.local(row.since, _office(session)).date(),
        kind=row.kind,
        record_id=row.record_id,
        id=row.id,
        until=row.until,
        review_on=row.review_on,
        request_id=row.request_id,
        request_no=row.request_no or "",
        by_id=row.by_id,
    )


def _of_minor(session: Session, row: Any) -> Active:
    """The block of a minor without consent, since the last change that made it one."""
    contact = session.get_one(Contact, row.record_id)
    changes = history.last_change_of(session, contact, ("birth_date", "minor", "guardian_consent_at"))
    since = max((at for _by, at in changes.values()), default=contact.created_at)
    return Active("minor", clock.local(since, _office(session)).date(), contact.KIND, contact.id)


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


def _checked(name: str, text: str) -> str:
    try:
        return clean(text, limit=REASON_LIMIT)
    except TextProblem as problem:
        raise Invalid({name: problem.message}) from problem


def _last_change(session: Session, card: AnyCard) -> tuple[int | None, datetime | None]:
    """Who changed the blocks on a card last, and when."""
    return history.last_change_of(session, card, ("privacy_block",)).get("privacy_block", (None, None))


def _no_of(session: Session, block: PrivacyBlock) -> str:
    request = session.get(PrivacyRequest, block.request_id) if block.request_id else None
    return request.no if request is not None else ""


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
