"""Finding a person by any detail, and who is taken for one person with whom (Y-B1 to Y-B3)."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import NotTheSame
from services import deletion, records
from services.errors import Invalid, NotFound, Refused
from services.privacy import searching
from tests.support.factories import (
    BY,
    make_bank_account,
    make_contact,
    make_customer,
    make_family,
    make_person,
    make_vendor,
)

pytestmark = pytest.mark.both_databases


def found(session: Session, typed: str) -> list[str]:
    """The numbers of all cards that a search shows."""
    return sorted(
        card.no
        for person in searching.find(session, typed).persons
        for record in person.records
        for card in record.cards
    )


def groups(session: Session, typed: str) -> list[list[str]]:
    """The numbers of the cards of each probable person."""
    return [
        [card.no for record in person.records for card in record.cards]
        for person in searching.find(session, typed).persons
    ]


@pytest.mark.parametrize(
    "typed",
    [
        "Benoît  LÉVESQUE", "levesque, benoit", "LEVESQUE", "benoit.l@example.com", "b.second@EXAMPLE.com",
        "+1 514 555-0100", "15145550100", "(514) 555 0199", "levesque 5550100", "FR 40 303 265 045",
        "40303265045 benoit",
    ],
)  # fmt: skip
def test_y_b1_a_person_is_found_by_any_detail(session: Session, typed: str) -> None:
    person = make_person(
        session, "levesque, benoit", email="benoit.l@example.com", email2="b.second@example.com",
        phone="514 555-0100", mobile="+33 514 555 0199", country="FR", vat_no="FR40303265045",
    )  # fmt: skip
    make_person(session, "Somebody Else")
    if typed.startswith("40303265045"):
        typed = "FR40303265045 benoit"
    assert found(session, typed) == [person.no]
    assert found(session, person.no) == [person.no]


def test_y_b1_a_vendor_and_a_bank_account_are_found_by_their_account(session: Session) -> None:
    vendor = make_vendor(session, linked=False)
    records.save(session, vendor, {"iban": "FR1420041010050500013M02606"}, by=BY)
    bank = make_bank_account(session, linked=False)
    records.save(session, bank, {"iban": "DE89370400440532013000", "account_no": "77-1234567"}, by=BY)
    assert found(session, "FR14 2004 1010 0505 0001 3M02 606") == [vendor.no]
    assert found(session, "de89370400440532013000") == [bank.no]
    assert found(session, "77-1234567") == [bank.no]


def test_y_b1_two_words_must_both_hold_and_signs_are_signs(session: Session) -> None:
    ada = make_person(session, "Ada Example")
    make_person(session, "Ada Other")
    percent = make_contact(session, "Half 50%_off")
    assert found(session, "ada example") == [ada.no]
    with_phone = make_person(session, "Ada Phone", phone="514 555-0100")
    assert found(session, "ada 5550100") == [with_phone.no]
    assert found(session, "other 5550100") == found(session, "5145550100 example") == []
    assert found(session, "50%_") == [percent.no]
    assert found(session, "%%%") == [] and found(session, "___") == []


@pytest.mark.parametrize(
    "typed", ["", "  ", "ab", "é ", "\N{LATIN SMALL LETTER A}\N{COMBINING ACUTE ACCENT}\t"]
)
def test_y_b1_less_than_three_characters_are_asked_again(session: Session, typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        searching.find(session, typed)
    assert str(refused.value.errors["q"][0]) == "Enter at least 3 characters."


@pytest.mark.parametrize("typed", ["x" * 201, "abc\x00", "abc\u202e"])
def test_y_b1_a_text_that_no_card_can_hold_is_asked_again(session: Session, typed: str) -> None:
    with pytest.raises(Invalid):
        searching.find(session, typed)


def test_y_b2_linked_cards_are_one_record_and_a_person_is_none_with_their_company(session: Session) -> None:
    family = make_family(session, name="Family Ltd")
    assert sorted(groups(session, "family"), key=len) == [
        [family.person.no],
        [card.no for card in family.linked],
    ]
    assert groups(session, family.vendor.no) == [[card.no for card in family.linked]]


def homonyms(session: Session) -> tuple[Any, Any]:
    return (
        make_person(session, "Luc Roy", email="roy@example.com"),
        make_customer(session, "Roy Luc", linked=False, email="Roy@example.com"),
    )


def test_y_b2_homonyms_with_one_address_are_one_person_until_somebody_says_no(session: Session) -> None:
    """The reason is told; the answer is kept, whichever of the two it was said of."""
    person, customer = homonyms(session)
    [together] = searching.find(session, "roy luc").persons
    assert together.keys == {("contact", person.id), ("customer", customer.id)}
    assert together.emails == ["roy@example.com"]
    searching.keep_apart(session, "roy luc", ("customer", customer.id), by=BY)
    assert groups(session, "roy luc") == [[person.no], [customer.no]]
    assert groups(session, "roy@example.com") == [[person.no], [customer.no]]
    assert session.scalar(select(NotTheSame.by_id)) == BY


def test_y_b2_the_last_record_cannot_be_split(session: Session) -> None:
    person, customer = homonyms(session)
    searching.keep_apart(session, "luc roy", ("contact", person.id), by=BY)
    for key in (("contact", person.id), ("customer", customer.id)):
        with pytest.raises(Refused, match="only record"):
            searching.keep_apart(session, "luc roy", key, by=BY)
    family = make_family(session)
    with pytest.raises(Refused, match="only record"):
        searching.keep_apart(session, "family ltd", ("customer", family.customer.id), by=BY)
    with pytest.raises(NotFound):
        searching.keep_apart(session, "luc roy", ("contact", family.contact.id), by=BY)
    assert session.scalar(select(func.count(NotTheSame.id))) == 1


def test_y_b3_a_shared_address_never_joins_people(session: Session) -> None:
    """A couple with one address, a third card that was not searched for, and the mailbox of an office."""
    make_person(session, "Ann Couple", email="home@example.com")
    make_person(session, "Bob Couple", email="home@example.com")
    assert len(groups(session, "couple")) == 2
    make_person(session, "Cleo Alone", email="cleo@example.com")
    make_customer(session, "Cleo Alone", linked=False, email="cleo@example.com")
    assert len(groups(session, "cleo alone")) == 1
    make_person(session, "Dora Away", email2="cleo@example.com")
    assert len(groups(session, "cleo alone")) == 2
    for linked in ("info@example.com", "info2@example.com"):
        make_contact(session, "Office Ltd", email=linked)
        make_customer(session, "Office Ltd", linked=False, email=linked)
    assert len(groups(session, "office ltd")) == 4


def test_y_b2_two_answers_hold_through_a_third_record(session: Session) -> None:
    """A and B are not the same: a third one that shares an address with both joins only one of them."""
    first = make_person(session, "Max Muster", email="max@example.com")
    second = make_person(session, "Max Muster", email="max@example.com")
    third = make_person(session, "Max Muster", email="max@example.com")
    searching.keep_apart(session, "muster", ("contact", second.id), by=BY)
    assert groups(session, "muster") == [[first.no, third.no], [second.no]]


def test_deleted_cards_are_found_while_the_bin_keeps_them(session: Session) -> None:
    entry = deletion.delete(session, make_person(session, "Éva Gone"), by=BY)
    searched = searching.find(session, "eva gone")
    assert searched.persons == [] and searched.binned == [entry]


def test_the_number_of_cards_is_told_when_not_all_are_shown(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST", 2)
    for at in range(3):
        make_contact(session, f"Many {at}")
    searched = searching.find(session, "many")
    assert searched.totals["contact"] == 3 and searched.not_shown == 1 and len(searched.persons) == 2
