"""Linking contacts with parties: rules L1 to L6, L9 to L11, C5 and the state of a link (S10)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import MODELS, PARTY_KINDS, Contact, HistoryEntry, Link, Office, PartyTemplate, RelationCode
from models.base import now
from services import fields, link_undo, links, records, relations, sync
from services.errors import AlreadyLinked, CarnetError, Invalid, MissingSetting, NotFound, Refused
from tests.support import factories as make
from tests.support.clock import Clock

pytestmark = pytest.mark.both_databases

BY = make.BY


def link(session: Session, contact: Contact, party: Any, **wins: str) -> Any:
    return links.link(session, contact, party, wins, by=BY)


# -- one customer, one vendor, any number of bank accounts (L1) ------------------------------------------


@pytest.mark.parametrize("kind", ["customer", "vendor"])
def test_a_second_party_of_a_kind_is_refused_and_names_the_first(session: Session, kind: str) -> None:
    """L1: create-as and link alike."""
    contact = make.make_contact(session)
    first = links.create_as(session, contact, kind, by=BY).record
    free = make.make_party(session, kind, linked=False)
    session.commit()
    for attempt in (
        lambda: links.create_as(session, contact, kind, by=BY),
        lambda: link(session, contact, free),
        lambda: links.check_can_link(session, contact, kind),
    ):
        with pytest.raises(AlreadyLinked) as refused:
            attempt()
        session.rollback()
        assert first.no in str(refused.value) and refused.value.record is first


def test_a_contact_has_any_number_of_the_offices_accounts(session: Session) -> None:
    contact = make.make_contact(session, "Bank")
    for _ in range(3):
        links.create_as(session, contact, "bank_account", by=BY)
    link(session, contact, make.make_bank_account(session, "Bank", linked=False))
    assert len(records.links_of(session, contact)) == 4


@pytest.mark.parametrize("kind", PARTY_KINDS)
def test_a_party_that_has_a_contact_is_refused_and_names_it(session: Session, kind: str) -> None:
    """L1: a party has at most one contact."""
    party = make.make_party(session, kind)
    other = make.make_contact(session)
    owner = session.get_one(Contact, sync.contact_id_of(session, party))
    for attempt in (
        lambda: link(session, other, party),
        lambda: links.create_contact(session, party, by=BY),
    ):
        with pytest.raises(AlreadyLinked) as refused:
            attempt()
        assert owner.no in str(refused.value) and refused.value.record is owner


@pytest.mark.parametrize("kind", PARTY_KINDS)
def test_the_database_itself_refuses_what_the_rules_refuse(session: Session, kind: str) -> None:
    """L1 as constraints: even a door with a fault could not write it."""
    contact, other = make.make_contact(session), make.make_contact(session)
    party = links.create_as(session, contact, kind, by=BY).record
    session.commit()
    code_id = records.office(session).code_id(kind)
    cause = records.history.cause(BY)
    with pytest.raises(IntegrityError):
        records.add_link(session, other, party, code_id, cause)
    session.rollback()
    if kind != "bank_account":
        with pytest.raises(IntegrityError):
            records.add_link(session, contact, make.make_party(session, kind, linked=False), code_id, cause)


# -- relation codes (L2, L3, L4) -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", PARTY_KINDS)
def test_without_its_code_a_kind_is_not_linked_and_the_setting_is_named(session: Session, kind: str) -> None:
    """L2: existing links keep synchronising, and only this kind is stopped."""
    family = make.make_family(session)
    other = make.make_contact(session, "Other")
    free = make.make_party(session, kind, linked=False)
    setattr(session.get_one(Office, 1), f"{kind}_code_id", None)
    session.commit()
    for attempt in (
        lambda: links.create_as(session, other, kind, by=BY),
        lambda: link(session, other, free),
        lambda: links.create_contact(session, free, by=BY),
    ):
        with pytest.raises(MissingSetting) as refused:
            attempt()
        session.rollback()
        assert refused.value.link is not None and str(refused.value)
    linked_before = next(card for card in family.parties if kind == card.KIND)
    records.save(session, linked_before, {"city": "Nice"}, by=BY)
    assert family.contact.city == "Nice"
    for open_kind in PARTY_KINDS:
        if open_kind != kind:
            links.create_as(session, other, open_kind, by=BY)


def test_the_three_sentences_differ(session: Session) -> None:
    """L2: each names its own setting."""
    office = session.get_one(Office, 1)
    contact = make.make_contact(session)
    said = set()
    for kind in PARTY_KINDS:
        setattr(office, f"{kind}_code_id", None)
        with pytest.raises(MissingSetting) as refused:
            links.check_can_link(session, contact, kind)
        said.add(str(refused.value))
    assert len(said) == 3


def test_reserved_codes_are_not_given_by_hand_and_free_ones_are(session: Session) -> None:
    """L3."""
    contact = make.make_contact(session)
    office = session.get_one(Office, 1)
    for kind in PARTY_KINDS:
        with pytest.raises(Refused):
            links.add_relation(session, contact, session.get_one(RelationCode, office.code_id(kind)), by=BY)
    press = session.scalars(select(RelationCode).where(RelationCode.code == "PRESS")).one()
    given = links.add_relation(session, contact, press, by=BY)
    assert (given.kind, given.party_id, given.party) == ("", None, None)
    with pytest.raises(AlreadyLinked):
        links.add_relation(session, contact, press, by=BY)


def test_renaming_a_code_keeps_all_links(session: Session) -> None:
    """L4."""
    family = make.make_family(session)
    code = session.get_one(RelationCode, session.get_one(Office, 1).customer_code_id)
    code.code = "CLIENT"
    session.commit()
    records.save(session, family.contact, {"city": "Nice"}, by=BY)
    assert family.customer.city == "Nice"
    assert [link.relation_code.code for link in records.links_of(session, family.customer)] == ["CLIENT"]


# -- create a party from a contact (L5, L6) --------------------------------------------------------------


@pytest.mark.parametrize("kind", PARTY_KINDS)
def test_a_party_made_from_a_contact_has_its_shared_values(session: Session, kind: str) -> None:
    """L6: and nothing commercial, which the contact card does not hold."""
    values = {"city": "Laval", "phone": "1 23", "currency": "CAD", "language": "fr", "salesperson_id": 1}
    contact = make.make_contact(session, notes="private", **values)
    saved = links.create_as(session, contact, kind, by=BY)
    session.commit()
    for name in fields.SHARED[kind]:
        assert getattr(saved.record, name) == getattr(contact, name)
    assert saved.record.notes == "" and saved.contact is contact
    assert contact.version == 1
    for name in ("payment_terms_id", "tax_group_id", "credit_limit", "iban", "bic", "account_no"):
        assert not getattr(saved.record, name, None)
        assert not hasattr(contact, name)


def test_a_person_with_a_company_creates_for_the_company(session: Session) -> None:
    """L5."""
    company = make.make_contact(session, "Company Ltd")
    person = make.make_person(session, "Ada Inside", company)
    saved = links.create_as(session, person, "customer", by=BY)
    assert saved.contact is company and saved.record.name == "Company Ltd"
    assert records.links_of(session, person) == []


@pytest.mark.parametrize("kind", ["customer", "vendor"])
def test_a_lone_person_can_become_a_customer_or_a_vendor(session: Session, kind: str) -> None:
    """L5: a freelancer."""
    person = make.make_person(session, "Ada Free")
    party: Any = links.create_as(session, person, kind, by=BY).record
    assert party.name == "Ada Free"
    assert getattr(party, "contact_type", "person") == "person"


def test_a_lone_person_has_no_bank_account(session: Session) -> None:
    """L5: a bank account needs a company contact."""
    person = make.make_person(session, "Ada Free")
    account = make.make_bank_account(session, linked=False)
    for attempt in (
        lambda: links.create_as(session, person, "bank_account", by=BY),
        lambda: link(session, person, account),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert person.no in str(refused.value)


@pytest.mark.parametrize("kind", ["customer", "vendor"])
def test_a_template_fills_only_what_is_still_empty(session: Session, kind: str) -> None:
    """L6: and what it fills among the shared fields is on the contact and its other parties too."""
    contact = make.make_contact(session, currency="USD")
    vendor_first = links.create_as(session, contact, "bank_account", by=BY).record
    template = PartyTemplate(
        kind=kind,
        code="EU",
        payment_terms_id=2,
        payment_method="transfer",
        tax_group_id=1,
        currency="EUR",
        country="FR",
    )
    session.add(template)
    party: Any = links.create_as(session, contact, kind, template=template, by=BY).record
    session.commit()
    assert (party.payment_terms_id, party.payment_method, party.currency, party.country) == (
        2,
        "transfer",
        "USD",
        "FR",
    )
    assert getattr(party, "tax_group_id", 1) == 1
    assert (contact.country, vendor_first.country, contact.currency) == ("FR", "FR", "USD")


def test_the_contact_is_made_for_a_party_that_has_none(session: Session) -> None:
    """S10: the card of an unlinked party offers it."""
    customer = make.make_customer(session, "Late SA", linked=False, city="Metz", contact_person="Bo Lind")
    contact = links.create_contact(session, customer, by=BY)
    session.commit()
    assert (contact.name, contact.city) == ("Late SA", "Metz")
    assert session.get_one(Contact, customer.primary_contact_id).name == "Bo Lind"


# -- link with existing (L9) -----------------------------------------------------------------------------


def different(session: Session) -> tuple[Contact, Any]:
    """Two cards that differ in every way a field can."""
    contact = make.make_contact(session, "Contact Ltd", phone="11", city="Lyon", mobile="99")
    party = make.make_customer(
        session, "Party Ltd", linked=False, phone="22", city="Lyon", fax="33", currency="EUR", notes="own"
    )
    session.commit()
    return contact, party


def test_the_table_shows_every_shared_field_and_suggests_the_filled_side(session: Session) -> None:
    """L9."""
    contact, party = different(session)
    table = {row.name: row for row in links.compare(contact, party)}
    assert tuple(table) == fields.SHARED["customer"]
    assert table["city"].same and table["address"].same
    assert {name: row.suggested for name, row in table.items() if not row.same} == {
        **dict.fromkeys(("name", "phone"), ""),
        "mobile": "contact",
        "fax": "party",
        "currency": "party",
    }
    assert (table["phone"].contact_value, table["phone"].party_value) == ("11", "22")


def test_nothing_is_written_while_a_choice_is_missing(session: Session) -> None:
    """L9: where both differ the user must choose."""
    contact, party = different(session)
    with pytest.raises(Invalid) as refused:
        link(session, contact, party, name="contact")
    session.rollback()
    assert set(refused.value.errors) == {"phone"}
    with pytest.raises(Invalid):
        link(session, contact, party, name="contact", phone="nobody")
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Link)) == 0
    assert (contact.version, party.version) == (1, 1)


def test_each_field_takes_the_chosen_side_and_the_result_is_told(session: Session) -> None:
    """L9."""
    contact, party = different(session)
    saved, entry = link(session, contact, party, name="party", phone="contact")
    session.commit()
    for card in (contact, party):
        assert (card.name, card.phone, card.mobile, card.fax, card.currency) == (
            "Party Ltd",
            "11",
            "99",
            "33",
            "EUR",
        )
    assert {(change.record.no, change.field) for change in saved.changes} == {
        *((contact.no, name) for name in ("name", "fax", "currency")),
        *((party.no, name) for name in ("phone", "mobile")),
    }
    assert party.notes == "own"
    assert entry.label


def test_a_chosen_side_may_be_the_empty_one(session: Session) -> None:
    contact, party = different(session)
    link(session, contact, party, name="party", phone="party", fax="contact", mobile="party")
    assert (contact.fax, party.fax, contact.mobile) == ("", "", "")


def test_the_partys_values_reach_the_contacts_other_parties(session: Session) -> None:
    """L9 and S2 in one transaction."""
    contact, party = different(session)
    vendor = links.create_as(session, contact, "vendor", by=BY).record
    person = make.make_person(session, "Ada Follows", contact)
    link(session, contact, party, name="party", phone="party")
    session.commit()
    assert (vendor.name, vendor.phone, vendor.fax, vendor.currency) == ("Party Ltd", "22", "33", "EUR")
    assert person.phone == "22"


def test_a_value_that_does_not_fit_refuses_the_link(session: Session) -> None:
    """S6 on the way to a link: a person cannot take that name."""
    person = make.make_person(session, "Ada Free")
    party = make.make_customer(session, "x" * 60 + " y", linked=False, contact_type="company")
    session.commit()
    with pytest.raises(Invalid):
        link(session, person, party, name="party")
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Link)) == 0


def test_a_person_with_a_company_links_its_company(session: Session) -> None:
    company = make.make_contact(session, "Same")
    person = make.make_person(session, "Ada Inside", company)
    saved, _entry = link(session, person, make.make_vendor(session, "Same", linked=False))
    assert saved.contact is company


# -- undoing a link or an unlinking (L9) ------------------------------------------------------------------


def test_a_link_is_undone_while_nobody_edited_a_card(session: Session) -> None:
    """L9: every value is as it was, and the cards follow each other no more."""
    contact, party = different(session)
    vendor = links.create_as(session, contact, "vendor", by=BY).record
    person = make.make_person(session, "Ada Follows", contact)
    session.commit()
    before = [_shared(card) for card in (contact, party, vendor, person)]
    _saved, entry = link(session, contact, party, name="party", phone="party")
    session.commit()
    link_undo.undo(session, entry, by=BY)
    session.commit()
    session.expire_all()
    assert [_shared(card) for card in (contact, party, vendor, person)] == before
    assert records.links_of(session, party) == []
    with pytest.raises(Refused):
        link_undo.undo(session, entry, by=BY)


@pytest.mark.parametrize("edited", ["contact", "party", "vendor"])
def test_a_link_is_not_undone_over_a_later_edit(session: Session, edited: str) -> None:
    contact, party = different(session)
    vendor = links.create_as(session, contact, "vendor", by=BY).record
    _saved, entry = link(session, contact, party, name="party", phone="party")
    session.commit()
    card = {"contact": contact, "party": party, "vendor": vendor}[edited]
    records.save(session, card, {"notes": "later"}, by=BY)
    session.commit()
    with pytest.raises(Refused):
        link_undo.undo(session, entry, by=BY)
    session.rollback()
    assert len(records.links_of(session, party)) == 1


def test_undoing_a_link_reaches_a_party_made_since(session: Session) -> None:
    """S1: every save runs the synchronisation, undo included."""
    contact, party = different(session)
    _saved, entry = link(session, contact, party, name="party", phone="party")
    session.commit()
    vendor = links.create_as(session, contact, "vendor", by=BY).record
    session.commit()
    try:
        link_undo.undo(session, entry, by=BY)
    except Refused:
        session.rollback()
    session.commit()
    assert sync.mismatches(session) == []
    assert vendor.phone == contact.phone


def test_a_link_is_not_undone_after_its_time(session: Session, clock: Clock) -> None:
    contact, party = different(session)
    _saved, entry = link(session, contact, party, name="party", phone="party")
    clock.move(days=links.UNDO_DAYS, seconds=1)
    with pytest.raises(Refused):
        link_undo.undo(session, entry, by=BY)


def test_only_links_and_unlinkings_are_undone_here(session: Session) -> None:
    from services import deletion

    entry = deletion.delete(session, make.make_contact(session), by=BY)
    with pytest.raises(NotFound):
        link_undo.undo(session, entry, by=BY)


def test_an_unlinking_is_undone(session: Session) -> None:
    family = make.make_family(session)
    records.save(session, family.customer, {"primary_contact_id": family.person.id}, by=BY)
    entry = links.unlink(session, records.links_of(session, family.customer)[0], by=BY)
    session.commit()
    link_undo.undo(session, entry, by=BY)
    session.commit()
    assert family.customer.primary_contact_id == family.person.id
    records.save(session, family.contact, {"city": "Nice"}, by=BY)
    assert family.customer.city == "Nice"


def test_an_unlinking_is_not_undone_when_the_place_is_taken(session: Session) -> None:
    """L1 holds for undo too."""
    family = make.make_family(session)
    entry = links.unlink(session, records.links_of(session, family.customer)[0], by=BY)
    links.create_as(session, family.contact, "customer", by=BY)
    session.commit()
    with pytest.raises(Refused):
        link_undo.undo(session, entry, by=BY)


# -- unlink (L10) -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", range(4))
def test_unlinked_cards_keep_their_values_and_follow_no_more(session: Session, place: int) -> None:
    """L10: for each kind of party."""
    family = make.make_family(session)
    party = family.parties[place]
    session.commit()
    before = [(card.version, _shared(card)) for card in family.linked]
    links.unlink(session, records.links_of(session, party)[0], by=BY)
    session.commit()
    assert [(card.version, _shared(card)) for card in family.linked] == before
    records.save(session, family.contact, {"city": "Nice"}, by=BY)
    records.save(session, party, {"phone": "00"}, by=BY)
    session.commit()
    for card in family.linked:
        assert card.city == ("Lyon" if card is party else "Nice")
        assert card.phone == ("00" if card is party else "04 72 00 00 00")


def test_a_primary_contact_of_the_company_is_cleared_on_unlinking(session: Session) -> None:
    """L10: and the history says so."""
    family = make.make_family(session)
    records.save(session, family.vendor, {"primary_contact_id": family.person.id}, by=BY)
    links.unlink(session, records.links_of(session, family.vendor)[0], by=BY)
    session.commit()
    assert family.vendor.primary_contact_id is None
    last = session.scalars(select(HistoryEntry).order_by(HistoryEntry.id.desc()).limit(1)).one()
    assert (last.field, last.old, last.new) == ("primary_contact_id", str(family.person.id), "")


def test_a_free_code_is_taken_away_again(session: Session) -> None:
    contact = make.make_contact(session)
    press = session.scalars(select(RelationCode).where(RelationCode.code == "PRESS")).one()
    given = links.add_relation(session, contact, press, by=BY)
    entry = links.unlink(session, given, by=BY)
    session.commit()
    assert records.links_of(session, contact) == []
    link_undo.undo(session, entry, by=BY)
    assert [link.relation_code.code for link in records.links_of(session, contact)] == ["PRESS"]


# -- badges and states (C5, S10) ---------------------------------------------------------------------------


def badge(session: Session, contact: Contact) -> str:
    linked = relations.linked_cards(session, "contact", [contact])[contact.id]
    return relations.badge([one.kind for one in linked])


def test_the_badge_says_what_the_contact_is_to_the_office(session: Session) -> None:
    """C5: none, a kind, other, or multiple."""
    contact = make.make_contact(session)
    assert badge(session, contact) == "none"
    for kind in PARTY_KINDS:
        one = make.make_contact(session)
        links.create_as(session, one, kind, by=BY)
        assert badge(session, one) == kind
    two_accounts = make.make_family(session)
    assert badge(session, two_accounts.contact) == "multiple"
    press = session.scalars(select(RelationCode).where(RelationCode.code == "PRESS")).one()
    links.add_relation(session, contact, press, by=BY)
    assert badge(session, contact) == "other"
    links.create_as(session, contact, "vendor", by=BY)
    assert badge(session, contact) == "multiple"


def test_a_person_also_counts_its_company(session: Session) -> None:
    """C5."""
    company = make.make_contact(session)
    person = make.make_person(session, "Ada Inside", company)
    assert badge(session, person) == "none"
    links.create_as(session, company, "customer", by=BY)
    assert badge(session, person) == "customer"


def test_the_badge_is_recomputed_after_unlinking(session: Session) -> None:
    """L10."""
    contact = make.make_contact(session)
    links.create_as(session, contact, "customer", by=BY)
    links.unlink(session, records.links_of(session, contact)[0], by=BY)
    assert badge(session, contact) == "none"


def test_a_list_of_contacts_reads_its_badges_in_a_fixed_number_of_queries(session: Session) -> None:
    from sqlalchemy import event

    for _ in range(4):
        make.make_family(session)
    contacts = list(session.scalars(select(Contact)))
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", remember := lambda *args: asked.append(args[2]))
    relations.linked_cards(session, "contact", contacts)
    event.remove(session.get_bind(), "before_cursor_execute", remember)
    assert len(asked) == 1


@pytest.mark.damaged
def test_each_card_shows_the_state_of_its_links(session: Session) -> None:
    """S10: in step or what differs, who changed it last, when and from which card."""
    from sqlalchemy import text

    family = make.make_family(session)
    records.save(session, family.vendor, {"city": "Nice"}, by=1)
    session.commit()
    for card in family.linked:
        for state in relations.states(session, card):
            assert state.in_step and state.last_change is not None
            assert state.last_change.by_id == 1
            assert (state.last_change.origin_kind or card.KIND) == "vendor"
            assert state.last_change.at <= now()
    session.execute(text("UPDATE vendors SET city = 'Metz', fax = '1'"))
    session.commit()
    session.expire_all()
    (state,) = relations.states(session, family.vendor)
    assert state.differing == ("city", "fax") and not state.in_step and state.other is family.contact


def test_a_link_names_a_change_that_it_carried(session: Session) -> None:
    """S10: a currency changed last is told of the customer, and not of the bank account, which has none."""
    family = make.make_family(session)
    records.save(session, family.customer, {"city": "Bonn"}, by=BY)
    records.save(session, family.customer, {"currency": "EUR"}, by=BY)
    told = {
        state.link.kind: state.last_change.field
        for state in relations.states(session, family.contact)
        if state.last_change is not None
    }
    assert told == {"customer": "currency", "vendor": "currency", "bank_account": "city"}


def test_every_refusal_has_a_sentence_and_status_409(session: Session) -> None:
    contact = make.make_contact(session)
    links.create_as(session, contact, "customer", by=BY)
    refusals: list[Callable[[], Any]] = [
        lambda: links.create_as(session, contact, "customer", by=BY),
        lambda: links.create_as(session, make.make_person(session), "bank_account", by=BY),
    ]
    for refusal in refusals:
        with pytest.raises(CarnetError) as refused:
            refusal()
        assert refused.value.status == 409 and str(refused.value).endswith(".")


def _shared(card: Any) -> dict[str, Any]:
    return {
        name: getattr(card, name)
        for name in fields.SHARED["contact"]
        if name in MODELS[card.KIND].__table__.columns
    }
