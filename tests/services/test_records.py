"""Making and saving cards: rules C1, C2, C4, L7, L11, R-TXT and what a card may hold."""

import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import MODELS, PARTY_KINDS, Contact, HistoryEntry, Link, Office
from services import links, making, records, sync
from services.errors import Exhausted, Invalid, MissingSetting, Refused
from tests.support import factories as make

pytestmark = pytest.mark.both_databases

BY = make.BY
KINDS = ("contact", *PARTY_KINDS)


# -- making a party makes its contact (L7) ------------------------------------------------------------


@pytest.mark.parametrize("kind", PARTY_KINDS)
def test_a_new_party_gets_a_linked_contact_with_the_same_shared_values(session: Session, kind: str) -> None:
    """L7; the seed: a contact card is made by itself for a customer, a vendor or a bank account."""
    values = {
        "name": "Nord SA",
        "city": "Lille",
        "phone": "03 20",
        "email": "a@example.com",
        "language": "fr",
    }
    saved = records.create(session, kind, {**values, "notes": "ours"}, by=BY)
    session.commit()
    assert saved.contact is not None
    (link,) = records.links_of(session, saved.record)
    assert (link.contact_id, link.kind, link.party_id) == (saved.contact.id, kind, saved.record.id)
    assert link.relation_code_id == records.office(session).code_id(kind)
    assert {name: getattr(saved.contact, name) for name in values} == values
    assert (saved.contact.type, saved.contact.notes) == ("company", "")
    actions = session.scalars(select(HistoryEntry.action).order_by(HistoryEntry.id)).all()
    assert actions == ["created", "created", "linked", "linked"]


@pytest.mark.parametrize("kind", PARTY_KINDS)
@pytest.mark.parametrize("missing", ["code", "series", "switch"])
def test_with_one_setting_absent_a_party_is_saved_alone_and_says_why(
    session: Session, kind: str, missing: str
) -> None:
    """L7: the code, the series of contacts, or the switch."""
    office = session.get_one(Office, 1)
    name, value = {
        "code": (f"{kind}_code_id", None),
        "series": ("contact_series_id", None),
        "switch": ("create_contacts", False),
    }[missing]
    setattr(office, name, value)
    session.commit()
    session.expire_all()
    saved = records.create(session, kind, {"name": "Alone Ltd"}, by=BY)
    session.commit()
    assert saved.contact is None
    assert records.links_of(session, saved.record) == []
    assert making.why_no_contact(office, kind) == missing
    other = next(other for other in PARTY_KINDS if other != kind)
    assert (making.why_no_contact(office, other) is None) == (missing == "code")


def test_an_exhausted_series_of_contacts_refuses_the_party(session: Session) -> None:
    """L7: only an exhausted series refuses (N4), and then nothing is written."""
    office = session.get_one(Office, 1)
    from models import NumberSeries

    session.get_one(NumberSeries, office.contact_series_id).lines[0].pattern = "CT{9}"
    session.flush()
    make.make_contact(session)
    session.commit()
    with pytest.raises(Exhausted):
        records.create(session, "customer", {"name": "Late Ltd"}, by=BY)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(MODELS["customer"])) == 0


def test_a_contact_series_without_automatic_numbers_saves_the_party_alone(session: Session) -> None:
    """L7: a series that gives no numbers is as good as none; only an exhausted one refuses."""
    from models import NumberSeries

    office = session.get_one(Office, 1)
    session.get_one(NumberSeries, office.contact_series_id).automatic = False
    session.flush()
    saved = records.create(session, "vendor", {"name": "Manual Ltd"}, by=BY)
    assert saved.contact is None
    assert making.why_no_contact(office, "vendor") == "series"


@pytest.mark.parametrize("kind", ["customer", "vendor"])
def test_a_contact_person_becomes_a_person_and_the_primary_contact(session: Session, kind: str) -> None:
    """L7, L8: the text is cleared, its title becomes the person's job title."""
    saved = records.create(
        session,
        kind,
        {
            "name": "Alfreds Futterkiste",
            "phone": "030-0074321",
            "contact_person": "Maria del Carmen Anders",
            "contact_person_title": "Sales Representative",
        },
        by=BY,
    )
    session.commit()
    party: Any = saved.record
    person = session.get_one(Contact, party.primary_contact_id)
    assert (party.contact_person, party.contact_person_title) == ("", "")
    assert (person.name, person.job_title, person.type) == (
        "Maria del Carmen Anders",
        "Sales Representative",
        "person",
    )
    assert person.company_id == sync.contact_id_of(session, party)
    assert person.phone == "030-0074321"


def test_a_contact_person_stays_a_text_when_there_is_no_contact(session: Session) -> None:
    with make.no_contacts(session):
        saved = records.create(session, "customer", {"name": "A", "contact_person": "Bo Lind"}, by=BY)
    party: Any = saved.record
    assert (party.contact_person, party.primary_contact_id) == ("Bo Lind", None)


def test_a_customer_that_is_a_person_gets_a_person_as_contact(session: Session) -> None:
    """C1, L5: a freelancer is a customer; the contact has the parts of the name."""
    customer = make.make_customer(session, "Grace Brewster Hopper", contact_type="person")
    contact = session.get_one(Contact, sync.contact_id_of(session, customer))
    assert (contact.type, contact.first_name, contact.middle_name, contact.last_name) == (
        *("person", "Grace", "Brewster", "Hopper"),
    )


@pytest.mark.parametrize(("kind", "field"), [("customer", "contact_person"), ("vendor", "contact_person")])
def test_a_contact_person_that_no_person_can_be_called_is_refused_at_its_field(
    session: Session, kind: str, field: str
) -> None:
    """S6: the sentence stands where the user typed."""
    with pytest.raises(Invalid) as refused:
        records.create(session, kind, {"name": "A", field: "x" * 60}, by=BY)
    assert set(refused.value.errors) == {field}


def test_a_person_whose_name_does_not_split_is_refused_at_the_name(session: Session) -> None:
    with pytest.raises(Invalid) as refused:
        records.create(session, "contact", {"type": "person", "name": "x" * 60}, by=BY)
    assert set(refused.value.errors) == {"name"}


# -- names of persons (C2) ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Cher", ("Cher", "", "")),
        ("Ada Lovelace", ("Ada", "", "Lovelace")),
        ("Ada King Lovelace", ("Ada", "King", "Lovelace")),
        ("Anna Maria Sofia Borg", ("Anna Maria", "Sofia", "Borg")),
        ("  Ada   Lovelace ", ("Ada", "", "Lovelace")),
        ("José Ortega y Gasset", ("José Ortega", "y", "Gasset")),
    ],
)
def test_a_name_is_split_into_first_middle_and_last(
    session: Session, name: str, parts: tuple[str, ...]
) -> None:
    """C2: 1 word first; 2 first and last; 3 or more: the last word, the one before it is the middle."""
    person = make.make_person(session, name)
    assert (person.first_name, person.middle_name, person.last_name) == parts


def test_the_name_is_composed_from_the_parts(session: Session) -> None:
    person = make.make_person(session, "", first_name="Jean", last_name="de la Tour")
    assert person.name == "Jean de la Tour"
    records.save(session, person, {"middle_name": "Marie"}, by=BY)
    assert person.name == "Jean Marie de la Tour"


def test_corrected_parts_survive_until_another_name_comes_in(session: Session) -> None:
    """C2: split again only when an incoming name differs from the composed one."""
    person = make.make_person(session, "Jean de la Tour")
    customer = links.create_as(session, person, "customer", by=BY).record
    assert person.last_name == "Tour"
    records.save(session, person, {"first_name": "Jean", "middle_name": "", "last_name": "de la Tour"}, by=BY)
    assert (person.name, customer.name) == ("Jean de la Tour", "Jean de la Tour")
    records.save(session, customer, {"name": "Jean de la Tour", "city": "Nice"}, by=BY)
    assert (person.first_name, person.middle_name, person.last_name) == ("Jean", "", "de la Tour")
    records.save(session, customer, {"name": "Jean Petit"}, by=BY)
    assert (person.first_name, person.middle_name, person.last_name) == ("Jean", "", "Petit")


def test_a_composed_name_over_100_characters_is_refused(session: Session) -> None:
    """Data dictionary: a composed name over 100 is refused, not cut."""
    person = make.make_person(session, "Ada Lovelace")
    with pytest.raises(Invalid):
        records.save(session, person, {"first_name": "a" * 50, "last_name": "b" * 50}, by=BY)
    with pytest.raises(Invalid):
        make.make_person(session, "", first_name="a" * 50, last_name="b" * 50)


def test_a_company_has_no_name_parts_and_no_company(session: Session) -> None:
    company = make.make_contact(session, "Parts Ltd", first_name="Ada", last_name="King")
    assert (company.name, company.first_name, company.company_id) == ("Parts Ltd", "", None)


# -- company or person (C1, C4) -----------------------------------------------------------------------


def test_only_a_company_can_be_somebodys_company(session: Session) -> None:
    """C1."""
    person = make.make_person(session, "Ada Alone")
    company = make.make_contact(session)
    for company_id in (person.id, 999):
        with pytest.raises(Invalid) as refused:
            records.save(session, make.make_person(session), {"company_id": company_id}, by=BY)
        assert set(refused.value.errors) == {"company_id"}
    with pytest.raises(Invalid):
        records.save(session, company, {"company_id": make.make_contact(session).id}, by=BY)
    with pytest.raises(Invalid):
        records.save(session, person, {"company_id": person.id}, by=BY)
    with pytest.raises(Invalid):
        records.create(session, "contact", {"type": "person", "name": "Bo", "company_id": 999}, by=BY)


def test_the_type_changes_while_nothing_would_be_orphaned(session: Session) -> None:
    contact = make.make_contact(session, "Ada Lovelace")
    links.create_as(session, contact, "customer", by=BY)
    records.save(session, contact, {"type": "person"}, by=BY)
    assert (contact.first_name, contact.last_name) == ("Ada", "Lovelace")
    records.save(session, contact, {"type": "company"}, by=BY)
    assert (contact.type, contact.first_name, contact.last_name) == ("company", "", "")


@pytest.mark.parametrize("why", ["persons", "vendor", "bank_account"])
def test_a_company_stays_one_while_it_has_persons_vendor_or_bank_links(session: Session, why: str) -> None:
    """C4: refused, with the reason."""
    company = make.make_contact(session)
    if why == "persons":
        make.make_person(session, "Ada Kept", company)
    else:
        links.create_as(session, company, why, by=BY)
    with pytest.raises(Refused) as refused:
        records.save(session, company, {"type": "person"}, by=BY)
    assert company.no in str(refused.value) and refused.value.records


@pytest.mark.parametrize("own", [{"job_title": "CEO"}, {"birth_date": date(1990, 1, 1)}, {"minor": True}])
def test_a_person_stays_one_while_it_has_data_of_a_person(session: Session, own: dict[str, Any]) -> None:
    """C4: data would be orphaned."""
    person = make.make_person(session, "Ada Lovelace", **own)
    with pytest.raises(Refused):
        records.save(session, person, {"type": "company"}, by=BY)


def test_a_person_of_a_company_stays_a_person(session: Session) -> None:
    person = make.make_person(session, "Ada Lovelace", make.make_contact(session))
    with pytest.raises(Refused):
        records.save(session, person, {"type": "company"}, by=BY)


# -- primary contact (L11) ----------------------------------------------------------------------------


def test_a_primary_contact_is_a_person_of_the_linked_company(session: Session) -> None:
    """L11: otherwise 409; choosing one changes no phone and no e-mail."""
    family = make.make_family(session)
    stranger = make.make_person(session, "Bo Stranger")
    other = make.make_person(session, "Bo Other", make.make_contact(session))
    session.commit()
    for wrong in (stranger.id, other.id, family.contact.id, 999):
        with pytest.raises(Refused):
            records.save(session, family.customer, {"primary_contact_id": wrong}, by=BY)
        session.rollback()
    records.save(session, family.person, {"phone": "1", "email": "ada@example.com"}, by=BY)
    saved = records.save(session, family.customer, {"primary_contact_id": family.person.id}, by=BY)
    assert [change.field for change in saved.changes] == ["primary_contact_id"]
    assert (family.customer.phone, family.customer.email) == ("04 72 00 00 00", "")


def test_a_lone_person_is_its_own_primary_contact(session: Session) -> None:
    """L11: or the person itself."""
    person = make.make_person(session, "Ada Free")
    customer = links.create_as(session, person, "customer", by=BY).record
    records.save(session, customer, {"primary_contact_id": person.id}, by=BY)
    assert customer.primary_contact_id == person.id


def test_an_unlinked_party_has_no_primary_contact(session: Session) -> None:
    customer = make.make_customer(session, linked=False)
    person = make.make_person(session, "Ada Free")
    with pytest.raises(Refused):
        records.save(session, customer, {"primary_contact_id": person.id}, by=BY)
    with pytest.raises((Refused, Invalid)):
        records.create(session, "customer", {"name": "A", "primary_contact_id": person.id}, by=BY)


def test_a_primary_contact_stays_with_its_company(session: Session) -> None:
    """L11: moving the person away would leave a primary contact of another company."""
    family = make.make_family(session)
    records.save(session, family.vendor, {"primary_contact_id": family.person.id}, by=BY)
    elsewhere = make.make_contact(session, "Elsewhere")
    with pytest.raises(Refused) as refused:
        records.save(session, family.person, {"company_id": elsewhere.id}, by=BY)
    assert family.vendor.no in str(refused.value)


# -- what a card may hold -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_all_a_card_needs(session: Session, kind: str) -> None:
    card = make.make_card(session, kind, "Only a name")
    session.commit()
    assert card.no and card.version == 1 and card.created_by == card.updated_by == BY
    assert card.created_at == card.updated_at or (card.updated_at - card.created_at).total_seconds() < 5
    with pytest.raises(Invalid) as refused:
        records.create(session, kind, {"city": "Lyon"}, by=BY)
    assert set(refused.value.errors) == {"name"}


@pytest.mark.parametrize("kind", KINDS)
def test_no_value_is_set_that_the_card_does_not_offer(session: Session, kind: str) -> None:
    """R-PERM-4 at the door: bookkeeping columns are not fields."""
    other = make.make_card(session, kind, "Other")
    card = make.make_card(
        session, kind, "Mine", id=777, version=9, created_by=1, search_text="x", customer_id=1
    )
    session.commit()
    before = {c.key: getattr(card, c.key) for c in card.__table__.columns}
    saved = records.save(
        session,
        card,
        {"id": other.id, "version": 9, "created_by": 1, "search_name": "x", "role": "admin"},
        by=1,
    )
    session.commit()
    assert saved.changes == [] and before == {c.key: getattr(card, c.key) for c in card.__table__.columns}
    assert (card.created_by, card.search_name) == (BY, "mine")


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_card_keeps_a_number(session: Session, kind: str) -> None:
    card = make.make_card(session, kind)
    with pytest.raises(Invalid) as refused:
        records.save(session, card, {"no": ""}, by=BY)
    assert set(refused.value.errors) == {"no"}


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("customer", "payment_terms_id", 99),
        ("customer", "tax_group_id", 99),
        ("vendor", "purchaser_id", 99),
        ("bank_account", "our_user_id", 99),
        ("customer", "blocked", "payment"),
        ("vendor", "blocked", "ship"),
        ("customer", "contact_type", "dog"),
        ("vendor", "payment_method", "gold"),
        ("vendor", "iban", "FR7630006000011234567890188"),
        ("bank_account", "bic", "NOTABIC"),
    ],
)
def test_a_reference_or_choice_that_does_not_exist_is_refused(
    session: Session, kind: str, name: str, value: Any
) -> None:
    card = make.make_card(session, kind)
    session.commit()
    for attempt in (
        lambda: records.save(session, card, {name: value}, by=BY),
        lambda: records.create(session, kind, {"name": "New", name: value}, by=BY),
    ):
        with pytest.raises(Invalid) as refused:
            attempt()
        session.rollback()
        assert set(refused.value.errors) == {name}


def test_amounts_and_dates_come_back_as_they_were(session: Session) -> None:
    """R-MON-1: exact, on both databases."""
    customer = make.make_customer(session, linked=False)
    records.save(session, customer, {"credit_limit": Decimal("999999999.99")}, by=BY)
    person = make.make_person(session, "Ada", birth_date=date(2000, 2, 29), minor=True)
    session.commit()
    session.expire_all()
    assert customer.credit_limit == Decimal("999999999.99")
    assert (person.birth_date, person.minor) == (date(2000, 2, 29), True)
    assert records.save(session, customer, {"credit_limit": Decimal("999999999.990")}, by=BY).changes == []


# -- texts (R-TXT) ------------------------------------------------------------------------------------

TEXT_COLUMNS = [
    (kind, column.key, column.type.length)
    for kind in KINDS
    for column in MODELS[kind].__table__.columns
    if column.key
    in ("name", "name2", "address", "city", "contact_person", "our_account_no", "label", "job_title")
]


@pytest.mark.parametrize(("kind", "name", "limit"), TEXT_COLUMNS)
def test_a_text_at_its_limit_is_kept_and_one_over_it_refused(
    session: Session, kind: str, name: str, limit: int
) -> None:
    """R-TXT-1: over the limit is 422, never cut."""
    word = ("é" * 40 + " ") * 5
    fits = word[: limit - 1] + "é"
    card = make.make_card(session, kind, "Limits", **({"type": "person"} if name == "job_title" else {}))
    records.save(session, card, {name: fits}, by=BY)
    session.commit()
    session.expire_all()
    assert getattr(card, name) == fits
    for length in (limit + 1, 10**4, 10**6):
        with pytest.raises(Invalid) as refused:
            records.save(session, card, {name: "x" * length}, by=BY)
        assert name in refused.value.errors or "name" in refused.value.errors
        session.rollback()


def test_notes_hold_ten_thousand_characters_in_lines(session: Session) -> None:
    contact = make.make_contact(session, notes="a\r\nb\tc")
    assert contact.notes == "a\nb\tc"
    records.save(session, contact, {"notes": "x" * 10_000}, by=BY)
    with pytest.raises(Invalid):
        records.save(session, contact, {"notes": "x" * 10_001}, by=BY)


@pytest.mark.parametrize(
    "bad", ["\0", "\x07", "\x85", "\ud800", "\ufffe", "\u202e", "\u2066", "a\nb", "a\tb"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_characters_that_cannot_be_shown_are_refused(session: Session, kind: str, bad: str) -> None:
    """R-TXT-2: the same answer on both databases."""
    card = make.make_card(session, kind)
    with pytest.raises(Invalid) as refused:
        records.save(session, card, {"city": f"Ly{bad}on"}, by=BY)
    assert set(refused.value.errors) == {"city"}


@pytest.mark.parametrize("kept", ["שלום עולם", "شركة النور", "👩‍👩‍👧 Family", "q\u0307ua", "株式会社"])
def test_every_script_is_kept(session: Session, kept: str) -> None:
    """R-TXT-2: Hebrew, Arabic, emoji with joiners, combining marks."""
    contact = make.make_contact(session, kept)
    session.commit()
    session.expire_all()
    assert contact.name == unicodedata.normalize("NFC", kept)


def test_texts_are_trimmed_and_composed(session: Session) -> None:
    """R-TXT-1: NFC on save, trimmed."""
    contact = make.make_contact(session, "  Cafe\u0301 \u00a0", city="\tLyon ")
    assert (contact.name, contact.city) == ("Café", "Lyon")
    assert records.save(session, contact, {"name": "Cafe\u0301"}, by=BY).changes == []


def test_search_texts_follow_every_save(session: Session) -> None:
    """C6's ground: folded once, on each card that changed."""
    family = make.make_family(session)
    records.save(session, family.vendor, {"name": "Café Élan", "phone": "514-555.0199"}, by=BY)
    session.commit()
    for card in family.linked:
        assert card.search_name == "cafe elan"
        assert {"cafe", "elan", "5145550199"} <= set(card.search_text.split())
        assert card.no.lower() in card.search_text


def test_free_codes_and_links_count_for_a_contact(session: Session) -> None:
    """One link row for each, whatever its kind."""
    family = make.make_family(session)
    assert session.scalar(select(func.count()).select_from(Link)) == 4
    assert {link.kind for link in records.links_of(session, family.contact)} == set(PARTY_KINDS)
    assert records.persons_of(session, family.contact) == [family.person]


def test_no_series_for_a_kind_refuses_a_card_without_number(session: Session) -> None:
    """N4: the sentence links to the settings; a typed number is enough."""
    session.get_one(Office, 1).contact_series_id = None
    with pytest.raises(MissingSetting) as refused:
        make.make_contact(session)
    assert refused.value.link is not None
    assert make.make_contact(session, no="OWN-1").no == "OWN-1"
