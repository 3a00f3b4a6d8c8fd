"""What is recorded about contacts, by itself and by hand."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Contact, Interaction, InteractionSetting
from services import deletion, interactions, records
from services.errors import Invalid, NotFound, Refused
from tests.support import factories as make
from tests.support.clock import Clock

CALL = {
    "action": "call",
    "day": date(2026, 6, 15),
    "direction": "in",
    "subject": "Price list",
    "body": "Two\nlines",
}


def said(entries: list[Interaction]) -> list[str]:
    return [entry.subject for entry in entries]


@pytest.mark.both_databases
def test_i1_what_cannot_be_recorded_does_not_fail_the_action(session: Session) -> None:
    """I1: the savepoint takes back the line alone; what the caller wrote stays."""
    contact = make.make_contact(session, "Before")
    assert interactions.record(session, "email_card", by=999, contact_id=contact.id, subject="x") is None
    contact_id = contact.id
    session.commit()
    assert session.get_one(type(contact), contact_id).name == "Before"
    assert interactions.record(session, "email_card", by=make.BY, contact_id=contact_id, subject="y" * 300)
    session.commit()
    assert said(list(session.scalars(select(Interaction)))) == ["y" * 200]


def test_i1_a_kind_that_is_switched_off_is_not_recorded_and_each_has_its_words(session: Session) -> None:
    """I1: one line of the settings for each kind of action."""
    contact = make.make_contact(session)
    usual = str(interactions.wording("print_invoice", {}))
    interactions.save_settings(session, {"print_invoice": (False, ""), "email_invoice": (True, "{no} parti")})
    assert interactions.record(session, "print_invoice", by=make.BY, contact_id=contact.id) is None
    assert interactions.record(session, "email_invoice", by=make.BY, contact_id=contact.id) is not None
    found = interactions.settings_of(session)
    assert (found["email_invoice"].wording, str(interactions.wording("print_invoice", found))) == (
        "{no} parti", usual,
    )  # fmt: skip
    interactions.save_settings(session, dict.fromkeys(interactions.AUTOMATIC, (True, "")))
    assert session.query(InteractionSetting).count() == 2
    with pytest.raises(Invalid):
        interactions.save_settings(session, {"convert": (True, "x" * 201)})


@pytest.mark.both_databases
def test_i5_an_entry_is_the_persons_and_keeps_the_company_of_that_time(session: Session) -> None:
    """I3, I5: the company's timeline has its persons' entries, also of one who left since, and can do without."""
    family = make.make_family(session)
    one = interactions.log(session, family.person, CALL, by=make.BY)
    two = interactions.log(session, family.contact, {**CALL, "subject": "Visit"}, by=make.BY)
    assert (one.contact_id, one.company_id, two.company_id) == (
        family.person.id, family.contact.id, None,
    )  # fmt: skip
    records.save(session, family.person, {"company_id": None}, by=make.BY)
    three = interactions.log(session, family.person, {**CALL, "subject": "Alone"}, by=make.BY)
    assert three.company_id is None

    def timeline(card: Any, contact: Any, **how: Any) -> set[str]:
        return set(said(interactions.of_card(session, card, contact, **how)))

    assert timeline(family.contact, family.contact) == {"Price list", "Visit"}
    assert timeline(family.contact, family.contact, persons=False) == {"Visit"}
    assert timeline(family.customer, family.contact) == {"Price list", "Visit"}
    assert timeline(family.person, family.person) == {"Price list", "Alone"}


def test_a_party_without_a_contact_keeps_its_entries_itself(session: Session) -> None:
    customer = make.make_customer(session, linked=False)
    interactions.record(session, "email_card", by=make.BY, party=customer, subject="Hello")
    assert said(interactions.of_card(session, customer, None)) == ["Hello"]
    linked = make.make_customer(session, "Linked Ltd")
    entry = interactions.record(session, "email_card", by=make.BY, party=linked, subject="Hello")
    assert entry is not None and entry.contact_id is not None


def test_i2_what_is_entered_by_hand_is_checked(session: Session, clock: Clock) -> None:
    """I2: kind, day, direction, subject and a text of 10 000 characters."""
    contact = make.make_contact(session)
    for wrong in (
        {"action": "print_invoice"}, {"action": ""}, {"direction": "up"}, {"subject": " "},
        {"subject": "x" * 201}, {"body": "x" * 10_001}, {"day": date(1, 1, 1)}, {"day": date(2099, 1, 1)},
    ):  # fmt: skip
        with pytest.raises(Invalid) as problem:
            interactions.log(session, contact, {**CALL, **wrong}, by=make.BY)
        assert list(problem.value.errors) == list(wrong)
    entry = interactions.log(session, contact, {**CALL, "day": date(2026, 6, 1)}, by=make.BY)
    assert entry.at.isoformat() == "2026-06-01T12:00:00-04:00"
    assert interactions.log(session, contact, {**CALL, "day": None}, by=make.BY).at == clock()


def test_an_entry_can_be_changed_by_who_made_it_for_a_day(session: Session, clock: Clock) -> None:
    contact = make.make_contact(session)
    entry = interactions.log(session, contact, CALL, by=make.BY)
    at = entry.at
    clock.move(hours=24)
    interactions.edit(session, entry, {**CALL, "subject": "Prices"}, by=make.BY)
    assert (entry.subject, entry.at) == ("Prices", at)
    with pytest.raises(Refused):
        interactions.edit(session, entry, CALL, by=1)
    clock.move(minutes=1)
    with pytest.raises(Refused):
        interactions.edit(session, entry, CALL, by=make.BY)
    clock.move(days=-400)
    interactions.check_editable(entry, by=make.BY)
    interactions.cancel(entry, by=1)
    with pytest.raises(Refused):
        interactions.check_editable(entry, by=make.BY)
    made = interactions.record(session, "convert", by=make.BY, contact_id=contact.id)
    assert made is not None
    with pytest.raises(Refused):
        interactions.check_editable(made, by=make.BY)


def test_i4_cancelling_keeps_the_entry_and_leaves_the_count(session: Session) -> None:
    """I4: undone, it counts again; only a cancelled one can be deleted."""
    contact = make.make_contact(session)
    entry = interactions.log(session, contact, CALL, by=make.BY)
    own = Interaction.contact_id == contact.id
    assert interactions.count(session, own) == 1
    with pytest.raises(Refused):
        interactions.remove(session, entry)
    interactions.cancel(entry, by=1)
    session.flush()
    assert (interactions.count(session, own), entry.cancelled_by) == (0, 1)
    assert said(interactions.of_card(session, contact, contact)) == ["Price list"]
    interactions.restore(entry)
    session.flush()
    assert interactions.count(session, own) == 1
    interactions.cancel(entry, by=1)
    interactions.remove(session, entry)
    with pytest.raises(NotFound):
        interactions.get(session, entry.id)


@pytest.mark.both_databases
def test_d6_interactions_go_with_their_contact_and_come_back_with_it(session: Session) -> None:
    """D6: those of persons who stay forget the company, and know it again."""
    family = make.make_family(session)
    own = interactions.log(session, family.contact, CALL, by=make.BY)
    theirs = interactions.log(session, family.person, {**CALL, "subject": "Hers"}, by=make.BY)
    interactions.cancel(own, by=1)
    session.commit()
    own_id, their_id, company_id, person_id = own.id, theirs.id, family.contact.id, family.person.id
    before = {column.key: getattr(own, column.key) for column in Interaction.__table__.columns}
    entry = deletion.delete(session, family.contact, by=make.BY)
    session.commit()
    session.expire_all()
    assert session.get(Interaction, own_id) is None
    assert session.get_one(Interaction, their_id).company_id is None
    deletion.undo_delete(session, entry, by=make.BY)
    session.commit()
    session.expire_all()
    back = session.get_one(Interaction, own_id)
    assert {column.key: getattr(back, column.key) for column in Interaction.__table__.columns} == before
    assert session.get_one(Interaction, their_id).company_id == company_id
    company, person = session.get_one(Contact, company_id), session.get_one(Contact, person_id)
    both = deletion.delete(session, company, also=[person], by=make.BY)
    assert session.query(Interaction).count() == 0
    deletion.undo_delete(session, both, by=make.BY)
    assert session.get_one(Interaction, their_id).company_id == company_id


def test_a_card_with_many_interactions_reads_its_latest(session: Session, clock: Clock) -> None:
    contact = make.make_contact(session)
    for number in range(12):
        clock.move(minutes=1)
        interactions.record(session, "email_card", by=make.BY, contact_id=contact.id, subject=str(number))
    assert said(interactions.of_card(session, contact, contact, limit=3)) == ["11", "10", "9"]
    assert clock() - timedelta(minutes=11) == min(session.scalars(select(Interaction.at)))
