"""Blocks for privacy: they hold through the links, one by one, and leave the commercial block alone."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import HistoryEntry, PrivacyBlock, TrailEntry
from services import clock, records
from services.errors import Invalid, PrivacyBlocked, Refused
from services.privacy import blocks
from tests.documents.support import office
from tests.support.clock import Clock
from tests.support.counting import statements
from tests.support.factories import BY, Family, make_card, make_contact, make_family, make_person

pytestmark = pytest.mark.both_databases

KINDS = ("contact", "customer", "vendor", "bank_account")


def card_of(family: Family, kind: str) -> Any:
    return getattr(family, kind)


def grounds(session: Session, card: Any) -> list[str]:
    return [one.ground for one in blocks.active(session, card)]


def today(session: Session) -> date:
    return clock.today(office(session))


@pytest.mark.parametrize("kind", KINDS)
def test_a_block_holds_for_the_contact_and_all_its_parties_wherever_it_stands(
    session: Session, kind: str
) -> None:
    """Y-H9: read through the links, and never copied; persons of the company and others are free."""
    family, others = make_family(session), make_family(session, name="Others Ltd")
    place = card_of(family, kind)
    block = blocks.add(session, place, "request", by=BY)
    for card in family.linked:
        (found,) = blocks.active(session, card)
        assert (found.kind, found.record_id, found.no) == (kind, place.id, place.no)
        with pytest.raises(PrivacyBlocked) as refused:
            blocks.check(session, card)
        assert (refused.value.status, refused.value.code) == (409, "privacy_blocked")
        assert card.no in str(refused.value)
        assert card.name not in str(refused.value)
    assert session.scalars(select(PrivacyBlock)).all() == [block]
    assert grounds(session, family.person) == []
    for card in others.linked:
        assert grounds(session, card) == []


def test_a_blocked_person_does_not_block_the_company(session: Session) -> None:
    family = make_family(session)
    blocks.add(session, family.person, "request", by=BY)
    assert grounds(session, family.person) == ["request"]
    assert [grounds(session, card) for card in family.linked] == [[]] * 5


@pytest.mark.parametrize("commercial", ["none", "ship", "invoice", "all"])
@pytest.mark.parametrize("first", ["privacy", "commercial"])
def test_y_h7_neither_block_sets_or_clears_the_other(session: Session, commercial: str, first: str) -> None:
    """Y-H7: the commercial block is as it was after the privacy block came and went, and the other way round."""
    customer = make_family(session).customer
    if first == "commercial":
        records.save(session, customer, {"blocked": commercial}, by=BY)
    block = blocks.add(session, customer, "request", by=BY)
    if first == "privacy":
        records.save(session, customer, {"blocked": commercial}, by=BY)
    assert (customer.blocked, grounds(session, customer)) == (commercial, ["request"])
    records.save(session, customer, {"blocked": "invoice"}, by=BY)
    records.save(session, customer, {"blocked": commercial}, by=BY)
    assert grounds(session, customer) == ["request"]
    blocks.lift(session, block, by=BY)
    assert (customer.blocked, grounds(session, customer)) == (commercial, [])


def test_several_grounds_hold_at_once_and_each_is_lifted_by_itself(session: Session) -> None:
    family = make_family(session)
    first = blocks.add(session, family.contact, "request", by=BY)
    blocks.add(session, family.customer, "withdrawal", by=BY)
    assert blocks.add(session, family.contact, "request", by=BY) is first
    assert grounds(session, family.vendor) == ["request", "withdrawal"]
    blocks.lift(session, first, by=BY, reason="Called back")
    assert grounds(session, family.vendor) == ["withdrawal"]
    with pytest.raises(Refused):
        blocks.lift(session, first, by=BY)


@pytest.mark.parametrize("ground", blocks.RESTRICTIONS)
def test_y_j1_a_restriction_is_lifted_only_after_the_person_was_told(session: Session, ground: str) -> None:
    """Y-J1: the four grounds of GDPR art. 18(1), a day to look at it again, and art. 18(3)."""
    contact = make_contact(session)
    with pytest.raises(Invalid) as missing:
        blocks.add(session, contact, ground, by=BY)
    assert list(missing.value.errors) == ["review_on"]
    review = today(session) + timedelta(days=90)
    block = blocks.add(session, contact, ground, by=BY, review_on=review)
    assert blocks.active(session, contact)[0].ground in blocks.RESTRICTIONS
    with pytest.raises(Refused) as refused:
        blocks.lift(session, block, by=BY)
    assert refused.value.status == 409
    assert grounds(session, contact) == [ground]
    blocks.lift(session, block, by=BY, told_before=True)
    assert grounds(session, contact) == []


def test_a_block_with_a_last_day_ends_by_itself(session: Session, clock: Clock) -> None:
    contact = make_contact(session)
    blocks.add(session, contact, "request", by=BY, until=date(2026, 6, 16))
    clock.move(days=1)
    assert grounds(session, contact) == ["request"]
    clock.move(days=1)
    assert grounds(session, contact) == []


def test_days_in_the_wrong_order_and_unknown_grounds_are_refused(session: Session) -> None:
    contact = make_contact(session)
    day = timedelta(days=1)
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("ground", {"ground": "minor"}),
        ("ground", {"ground": "because"}),
        ("since", {"since": today(session) + day}),
        ("until", {"until": today(session) - day}),
        ("review_on", {"review_on": today(session) - day}),
    ]
    for field, values in wrong:
        with pytest.raises(Invalid) as refused:
            blocks.add(session, contact, **{"ground": "request", **values}, by=BY)
        assert list(refused.value.errors) == [field]
    assert grounds(session, contact) == []


def test_blocking_and_lifting_are_in_the_history_and_in_the_trail(session: Session) -> None:
    contact = make_contact(session)
    block = blocks.add(session, contact, "request", by=BY, reason="Zoé called")
    blocks.lift(session, block, by=BY)
    lines = session.scalars(select(HistoryEntry).where(HistoryEntry.field == "privacy_block")).all()
    assert [(one.action, one.new) for one in lines] == [
        ("privacy_blocked", "request"),
        ("privacy_lifted", "request"),
    ]
    trail = session.scalars(select(TrailEntry).order_by(TrailEntry.id)).all()
    assert [(one.action, one.kind, one.record_id) for one in trail] == [
        ("blocked", "contact", contact.id),
        ("lifted", "contact", contact.id),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_many_cards_cost_as_many_questions_as_one(session: Session, bare_app: Flask, kind: str) -> None:
    cards = [make_card(session, kind, f"Card {n}") for n in range(12)]
    ids = [card.id for card in cards]
    blocks.active(session, cards[0])
    assert statements(bare_app, lambda: blocks.active_among(session, kind, ids)) <= 3
    for card in cards[:6]:
        blocks.add(session, card, "request", by=BY)
    assert statements(bare_app, lambda: blocks.active_among(session, kind, ids)) <= 6
    assert sorted(blocks.active_among(session, kind, ids)) == ids[:6]


@pytest.mark.parametrize("kind", KINDS)
def test_r_inv_2_who_is_hidden_from_lists(session: Session, kind: str) -> None:
    """R-INV-2: what was blocked for an erasure or restricted is hidden with all its cards, the rest is not."""
    family, others = make_family(session), make_family(session, name="Others Ltd")
    blocks.add(session, card_of(family, kind), "erasure", by=BY)
    blocks.add(session, card_of(others, kind), "request", by=BY)
    make_person(session)
    for one in KINDS:
        ids = set(session.scalars(blocks.hidden(one, today(session))))
        assert ids == {card.id for card in family.linked if one == card.KIND}
