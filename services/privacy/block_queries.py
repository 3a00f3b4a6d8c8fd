"""The questions to the database about blocks for privacy: which of them hold for cards, and for which cards one holds.

A block holds for the card on which it stands, for the contact linked with it, and for all parties of that
contact (Y-H9).
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, null, or_, select, union, union_all

from models import MODELS, PARTY_KINDS, Contact, Link, PrivacyBlock, PrivacyRequest

_TODAY: Any = bindparam("today", type_=PrivacyBlock.until.type)


def holding(today: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition for a block that holds on a day."""
    return and_(
        PrivacyBlock.lifted_at.is_(None),
        or_(PrivacyBlock.until.is_(None), PrivacyBlock.until >= today),
        *conditions,
    )


def key(kind: str) -> Any:
    """The column of a link that names a card of the kind."""
    return getattr(Link, f"{kind}_id")


def cards(kind: str, condition: ColumnElement[bool], *more: Select[Any]) -> Select[Any]:
    """The ids of the cards of a kind reached by the blocks that fulfil a condition, and by more contacts.

    It names no card by itself, so a list runs it once, over the few rows of blocks alone.
    """
    hubs = union(
        select(PrivacyBlock.record_id).where(PrivacyBlock.kind == "contact", condition),
        *(
            select(Link.contact_id)
            .join(PrivacyBlock, key(party) == PrivacyBlock.record_id)
            .where(PrivacyBlock.kind == party, condition)
            for party in PARTY_KINDS
        ),
        *more,
    ).subquery()
    contacts = select(hubs.c[0])
    if kind == "contact":
        return contacts
    own = select(PrivacyBlock.record_id).where(PrivacyBlock.kind == kind, condition)
    linked = select(key(kind)).where(Link.contact_id.in_(contacts), key(kind).is_not(None))
    return select(union(own, linked).subquery().c[0])


@lru_cache
def of_cards(kind: str) -> Any:
    """What may hold for cards of a kind (`ids`), in one question: blocks of today, and young persons without consent.

    The latter come as lines of the ground "minor" with the birth date as `until`; whether they are minors
    the caller says. Made once: making the statement takes longer than running it.
    """
    ids: Any = bindparam("ids", expanding=True)
    hubs = ids if kind == "contact" else select(Link.contact_id).where(key(kind).in_(ids))
    places = [and_(PrivacyBlock.kind == kind, PrivacyBlock.record_id.in_(ids))]
    if kind != "contact":
        places.append(and_(PrivacyBlock.kind == "contact", PrivacyBlock.record_id.in_(hubs)))
    for party in PARTY_KINDS:
        # Not by `Link.kind`: SQLite prepares a statement anew each time when a value decides about a partial index.
        linked = select(key(party)).where(Link.contact_id.in_(hubs), key(party).is_not(None))
        places.append(and_(PrivacyBlock.kind == party, PrivacyBlock.record_id.in_(linked)))
    block = PrivacyBlock
    blocks = (
        select(block.id, block.kind, block.record_id, block.ground, block.since, block.until)
        .add_columns(block.review_on, block.request_id, block.by_id, PrivacyRequest.no.label("request_no"))
        .outerjoin(PrivacyRequest, PrivacyRequest.id == block.request_id)
        .where(holding(_TODAY), or_(*places))
    )
    young = select(
        null(), _word("contact"), Contact.id, _word("minor"), Contact.created_at, Contact.birth_date,
        null(), null(), null(), null(),
    ).where(
        Contact.id.in_(hubs),
        Contact.guardian_consent_at.is_(None),
        or_(Contact.minor, Contact.birth_date.is_not(None)),
    )  # fmt: skip
    return union_all(blocks, young)


@lru_cache
def any_for(grounds: tuple[str, ...]) -> Any:
    """One block of today for one of these grounds."""
    return select(PrivacyBlock.id).where(holding(_TODAY, PrivacyBlock.ground.in_(grounds))).limit(1)


def numbers(kind: str, ids: Any) -> Any:
    """The numbers of cards of a kind."""
    model = MODELS[kind]
    return select(model.id, model.no).where(model.id.in_(ids))


def _word(word: str) -> Any:
    return bindparam(f"word_{word}", word, type_=PrivacyBlock.kind.type, unique=True)
