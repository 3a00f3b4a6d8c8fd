"""Deleting cards and bringing them back: rules D1, D2, D4, D5, D7."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import (
    MODELS,
    PARTY_KINDS,
    Contact,
    HistoryEntry,
    Link,
    PaymentTerms,
    RelationCode,
    UndoEntry,
    Vendor,
)
from services import deletion, fields, links, records, relations, restoring
from services.errors import NotFound, Refused
from tests.support import factories as make
from tests.support.clock import Clock

pytestmark = pytest.mark.both_databases

BY = make.BY


def delete(session: Session, record: Any, *also: Any) -> UndoEntry:
    entry = deletion.delete(session, record, also=also, by=BY)
    session.commit()
    return entry


def undo(session: Session, entry: UndoEntry) -> restoring.Restored:
    restored = deletion.undo_delete(session, entry, by=BY)
    session.commit()
    session.expire_all()
    return restored


def values(card: Any, *, without: tuple[str, ...] = ("version",)) -> dict[str, Any]:
    return {c.key: getattr(card, c.key) for c in card.__table__.columns if c.key not in without}


def count(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


# -- a contact (D1) -------------------------------------------------------------------------------------


def test_deleting_a_contact_leaves_its_parties_as_they_are(session: Session) -> None:
    """D1: removed are the contact and its links; versions and values of the parties stay."""
    family = make.make_family(session)
    session.commit()
    before = [values(party, without=()) for party in family.parties]
    contact_id = family.contact.id
    delete(session, family.contact)
    session.expire_all()
    assert [values(party, without=()) for party in family.parties] == before
    assert session.get(Contact, contact_id) is None
    assert count(session, Link) == 0


def test_a_deleted_contact_comes_back_with_everything(session: Session) -> None:
    """D7: values, number, links, free codes, persons and primary contacts."""
    family = make.make_family(session, notes="kept", salesperson_id=1)
    press = session.scalars(select(RelationCode).where(RelationCode.code == "PRESS")).one()
    links.add_relation(session, family.contact, press, by=BY)
    records.save(session, family.customer, {"primary_contact_id": family.person.id}, by=BY)
    session.commit()
    before = values(family.contact)
    contact_id = family.contact.id
    entry = delete(session, family.contact)
    assert family.person.company_id is None and family.customer.primary_contact_id is None
    restored = undo(session, entry)
    contact = session.get_one(Contact, contact_id)
    assert values(contact) == before
    assert restored.cards == [contact] and restored.left_alone == []
    assert sorted(link.kind for link in records.links_of(session, contact)) == [
        *("", "bank_account", "bank_account", "customer", "vendor")
    ]
    assert family.person.company_id == contact_id
    assert family.customer.primary_contact_id == family.person.id
    records.save(session, family.vendor, {"city": "Nice"}, by=BY)
    assert contact.city == "Nice"


def test_the_plan_names_everything_that_deleting_touches(session: Session) -> None:
    """D1, D2, D4, D5: what the page says before."""
    family = make.make_family(session)
    press = session.scalars(select(RelationCode).where(RelationCode.code == "PRESS")).one()
    links.add_relation(session, family.contact, press, by=BY)
    records.save(session, family.vendor, {"primary_contact_id": family.person.id}, by=BY)
    plan = deletion.plan(session, family.contact)
    assert plan.linked == family.parties
    assert plan.persons == [family.person]
    assert plan.free_codes == ["PRESS"]
    assert plan.loses_primary_contact == [family.vendor]
    assert deletion.plan(session, family.person).loses_primary_contact == [family.vendor]
    assert deletion.plan(session, family.customer).linked == [family.contact]


# -- a party (D2) ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", range(4))
def test_deleting_a_party_leaves_the_contact_and_the_others(session: Session, place: int) -> None:
    """D2: for each kind; the badge is recomputed; undo brings card and link back."""
    family = make.make_family(session)
    party: Any = family.parties[place]
    records.save(session, party, {"notes": "own"}, by=BY)
    session.commit()
    others = [card for card in family.linked if card is not party]
    before, own = [values(card, without=()) for card in others], values(party)
    entry = delete(session, party)
    assert [values(card, without=()) for card in others] == before
    linked = relations.linked_cards(session, "contact", [family.contact])[family.contact.id]
    assert len(linked) == 3 and party.no not in {one.no for one in linked}
    restored = undo(session, entry)
    assert [values(card) for card in restored.cards] == [own]
    assert len(records.links_of(session, family.contact)) == 4


@pytest.mark.parametrize("kind", PARTY_KINDS)
def test_the_other_end_goes_with_it_when_chosen(session: Session, kind: str) -> None:
    """D2: from either side, each in one step and one undo."""
    for first in (0, 1):
        party = make.make_party(session, kind)
        contact = session.get_one(Contact, records.links_of(session, party)[0].contact_id)
        session.commit()
        cards = [party, contact] if first else [contact, party]
        entry = delete(session, *cards)
        assert count(session, MODELS[kind]) == count(session, Contact) == 0
        restored = undo(session, entry)
        assert len(restored.cards) == 2
        assert count(session, Link) == 1
        delete(session, restored.cards[0], restored.cards[1])


def test_a_party_goes_together_with_its_contact_and_its_primary_contact(session: Session) -> None:
    """D2, D4, D5: references between the cards that go do not hold them back, and come back with them."""
    family = make.make_family(session)
    for party in (family.customer, family.vendor):
        records.save(session, party, {"primary_contact_id": family.person.id}, by=BY)
    session.commit()
    person_id, vendor_id = family.person.id, family.vendor.id
    entry = delete(session, family.contact, family.customer, family.person)
    assert session.get_one(Vendor, vendor_id).primary_contact_id is None
    restored = undo(session, entry)
    customer: Any = next(card for card in restored.cards if card.KIND == "customer")
    assert customer.primary_contact_id == person_id
    assert session.get_one(Vendor, vendor_id).primary_contact_id == person_id
    assert session.get_one(Contact, person_id).company_id == family.contact.id


def test_a_lone_person_that_is_its_own_primary_contact_goes_with_its_customer(session: Session) -> None:
    for first in (0, 1):
        person = make.make_person(session, "Ada Free")
        customer = links.create_as(session, person, "customer", by=BY).record
        records.save(session, customer, {"primary_contact_id": person.id}, by=BY)
        cards = [person, customer] if first else [customer, person]
        restored = undo(session, delete(session, *cards))
        back: Any = next(card for card in restored.cards if card.KIND == "customer")
        assert back.primary_contact_id == next(card.id for card in restored.cards if card.KIND == "contact")


def test_nothing_goes_that_was_not_on_the_page(session: Session) -> None:
    """D4: nothing cascades unseen, and nothing else can be slipped in."""
    family, stranger = make.make_family(session), make.make_contact(session)
    session.commit()
    for record, also in [
        (family.contact, stranger),
        (family.customer, family.vendor),
        (family.person, family.vendor),
    ]:
        with pytest.raises(Refused):
            deletion.delete(session, record, also=[also], by=BY)
        session.rollback()
    assert count(session, Contact) == 3 and count(session, Link) == 4


# -- persons and primary contacts (D4, D5) -----------------------------------------------------------------


def test_persons_of_a_deleted_company_stay_unless_chosen(session: Session) -> None:
    """D4: asked for each."""
    company = make.make_contact(session, city="Lyon")
    stays, goes = (
        make.make_person(session, "Ada Stays", company),
        make.make_person(session, "Bo Goes", company),
    )
    session.commit()
    goes_id = goes.id
    entry = delete(session, company, goes)
    assert session.get(Contact, goes_id) is None
    assert (stays.company_id, stays.city) == (None, "Lyon")
    undo(session, entry)
    assert stays.company_id == company.id
    assert session.get_one(Contact, goes_id).company_id == company.id


def test_a_deleted_primary_contact_is_cleared_where_it_was_one(session: Session) -> None:
    """D5: with a line of history there."""
    family = make.make_family(session)
    for party in (family.customer, family.vendor):
        records.save(session, party, {"primary_contact_id": family.person.id}, by=BY)
    session.commit()
    person_id = family.person.id
    entry = delete(session, family.person)
    assert (family.customer.primary_contact_id, family.vendor.primary_contact_id) == (None, None)
    lines = session.scalars(
        select(HistoryEntry).where(HistoryEntry.field == "primary_contact_id", HistoryEntry.new == "")
    ).all()
    assert {line.kind for line in lines} == {"customer", "vendor"}
    undo(session, entry)
    assert (family.customer.primary_contact_id, family.vendor.primary_contact_id) == (person_id, person_id)


# -- the bin (D7) -------------------------------------------------------------------------------------------


def test_the_bin_keeps_cards_for_thirty_days(session: Session, clock: Clock) -> None:
    """D7: then they are gone for good."""
    contact = make.make_contact(session, "Kept Ltd")
    entry = delete(session, contact)
    clock.move(days=29, hours=23)
    assert deletion.bin_entries(session) == [entry]
    assert deletion.empty_expired(session) == 0
    clock.move(hours=1, seconds=1)
    assert deletion.bin_entries(session) == []
    with pytest.raises(Refused):
        deletion.undo_delete(session, entry, by=BY)
    assert deletion.empty_expired(session) == 1
    session.commit()
    assert (entry.snapshot, entry.label) == (None, "")
    with pytest.raises(Refused):
        deletion.undo_delete(session, entry, by=BY)


def test_a_deletion_that_was_taken_back_forgets_the_name(session: Session, clock: Clock) -> None:
    """D7: its entry has nothing to bring back, and would name the card for good; older entries do until they expire."""
    contact = make.make_contact(session, "Kept Ltd")
    entry = delete(session, contact)
    undo(session, entry)
    assert entry.label == ""
    entry.label = f"{contact.no} Kept Ltd"
    assert deletion.empty_expired(session) == 0
    clock.move(days=30, seconds=1)
    assert deletion.empty_expired(session) == 1 and entry.label == ""
    assert deletion.empty_expired(session) == 0


def test_a_card_comes_back_once(session: Session) -> None:
    entry = delete(session, make.make_contact(session))
    undo(session, entry)
    assert entry.snapshot is None and deletion.bin_entries(session) == []
    with pytest.raises(Refused):
        deletion.undo_delete(session, entry, by=BY)
    assert count(session, Contact) == 1


def test_the_bin_gives_back_only_deletions(session: Session) -> None:
    family = make.make_family(session)
    entry = links.unlink(session, records.links_of(session, family.vendor)[0], by=BY)
    with pytest.raises(NotFound):
        deletion.undo_delete(session, entry, by=BY)


@pytest.mark.parametrize("kind", ["contact", *PARTY_KINDS])
def test_a_card_does_not_come_back_over_another_with_its_number(session: Session, kind: str) -> None:
    """N2 holds for the bin: numbers are unique per kind."""
    card = make.make_card(session, kind, no="TWICE-1")
    entry = delete(session, card)
    other = make.make_card(session, kind, "Other", no="TWICE-1")
    session.commit()
    with pytest.raises(Refused) as refused:
        deletion.undo_delete(session, entry, by=BY)
    session.rollback()
    assert "TWICE-1" in str(refused.value) and refused.value.record.id == other.id


def test_ids_of_deleted_cards_are_never_given_again(session: Session) -> None:
    """The history and the bin speak of an id: another card must not take it."""
    for kind in ("contact", *PARTY_KINDS):
        card = make.make_card(session, kind)
        gone = card.id
        delete(session, card)
        assert make.make_card(session, kind).id > gone


@pytest.mark.parametrize("edited", ["contact", "customer"])
def test_a_card_that_went_its_own_way_is_left_unlinked(session: Session, edited: str) -> None:
    """D7 with S1: coming back never overwrites what was saved since, and says whom it left alone."""
    customer = make.make_customer(session, "Apart Ltd", city="Lyon")
    contact = session.get_one(Contact, records.links_of(session, customer)[0].contact_id)
    session.commit()
    stays, goes = (contact, customer) if edited == "contact" else (customer, contact)
    entry = delete(session, goes)
    records.save(session, stays, {"city": "Nice"}, by=BY)
    session.commit()
    restored = undo(session, entry)
    assert stays.city == "Nice" and restored.cards[0].city == "Lyon"
    assert restored.left_alone == [stays]
    assert count(session, Link) == 0


@pytest.mark.parametrize("kind", ["customer", "vendor"])
def test_a_card_does_not_come_back_to_a_place_that_is_taken(session: Session, kind: str) -> None:
    """L1 holds for the bin."""
    party = make.make_party(session, kind)
    contact = session.get_one(Contact, records.links_of(session, party)[0].contact_id)
    entry = delete(session, party)
    links.create_as(session, contact, kind, by=BY)
    session.commit()
    restored = undo(session, entry)
    assert restored.left_alone == [contact]
    assert len(records.links_of(session, contact)) == 1


def test_two_ends_deleted_one_after_the_other_come_back_in_any_order(session: Session) -> None:
    for order in ((0, 1), (1, 0)):
        family = make.make_family(session)
        session.commit()
        entries = [delete(session, family.customer), delete(session, family.contact)]
        for place in order:
            undo(session, entries[place])
    assert count(session, Contact) == 4 and count(session, MODELS["customer"]) == 2


def test_what_a_card_referred_to_may_be_gone(session: Session) -> None:
    terms = PaymentTerms(code="X", name="X")
    session.add(terms)
    session.flush()
    customer = make.make_customer(session, linked=False, payment_terms_id=terms.id)
    entry = delete(session, customer)
    session.delete(terms)
    session.commit()
    restored = undo(session, entry)
    back: Any = restored.cards[0]
    assert back.payment_terms_id is None


def test_history_of_a_deleted_card_stays_and_goes_on(session: Session) -> None:
    contact = make.make_contact(session, "Kept Ltd")
    contact_id = contact.id
    undo(session, delete(session, contact))
    actions = session.scalars(
        select(HistoryEntry.action)
        .where(HistoryEntry.kind == "contact", HistoryEntry.record_id == contact_id)
        .order_by(HistoryEntry.id)
    ).all()
    assert actions == ["created", "deleted", "restored"]


def test_search_texts_come_back_too(session: Session) -> None:
    contact = make.make_contact(session, "Élan Vital", phone="514 555")
    before = (contact.search_name, contact.search_text)
    restored = undo(session, delete(session, contact))
    assert (restored.cards[0].search_name, restored.cards[0].search_text) == before


def test_every_column_survives_the_bin(session: Session) -> None:
    """A column added later must not be forgotten by the snapshot."""
    from datetime import UTC, date, datetime
    from decimal import Decimal

    person = make.make_person(
        session,
        "Ada Minor",
        make.make_contact(session),
        birth_date=date(2015, 1, 31),
        minor=True,
        guardian_consent_by="Bo Minor",
        title="Dr",
        email2="b@example.com",
        salesperson_id=1,
    )
    from services import tripwire

    tripwire.announce(session, person, "guardian_consent_at", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    customer = make.make_customer(session, linked=False, credit_limit=Decimal("1234.5678"), tax_group_id=1)
    vendor = make.make_vendor(session, linked=False, iban="FR1420041010050500013M02606", purchaser_id=1)
    account = make.make_bank_account(session, linked=False, label="Main", blocked=True, our_user_id=2)
    session.commit()
    for card in (person, customer, vendor, account):
        session.refresh(card)
        before = values(card)
        restored = undo(session, delete(session, card))
        assert values(restored.cards[0]) == before
        assert set(before) >= set(fields.SHARED[card.KIND])
