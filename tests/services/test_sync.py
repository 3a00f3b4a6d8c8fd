"""Linked cards stay in step: rules S1 to S10 and the inheritance of persons (C3)."""

from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from models import Contact, Customer, HistoryEntry, Link, Office
from services import fields, history, links, records, sync
from services.errors import Conflict, Invalid
from tests.support import factories as make

pytestmark = pytest.mark.both_databases

BY = make.BY
# The table of the data dictionary, typed out a second time on purpose.
EVERYBODY = {
    *("name", "name2", "address", "address2", "post_code", "city", "region", "country"),
    *("phone", "mobile", "fax", "email", "website", "language"),
}
TRADERS = {"currency", "vat_no", "registration_no"}
NEW_VALUES = {
    "name": "Renamed Ltd",
    "name2": "Second line",
    "address": "1 Rue Neuve",
    "address2": "Bât. B",
    "post_code": "H2X 1Y4",
    "city": "Montréal",
    "region": "Québec",
    "country": "FR",
    "phone": "514 555-0101",
    "mobile": "514 555-0102",
    "fax": "514 555-0103",
    "email": "new@example.com",
    "website": "https://example.com",
    "language": "fr",
    "currency": "EUR",
    "vat_no": "FR40303265045",
    "registration_no": "732829320",
    "salesperson_id": 1,
}


def test_the_shared_fields_are_those_of_the_data_dictionary() -> None:
    assert set(fields.SHARED["customer"]) == EVERYBODY | TRADERS | {"salesperson_id"}
    assert set(fields.SHARED["vendor"]) == EVERYBODY | TRADERS
    assert set(fields.SHARED["bank_account"]) == EVERYBODY
    assert set(NEW_VALUES) == set(fields.SHARED["contact"])


@pytest.mark.parametrize("end", range(5))
def test_every_shared_field_saved_on_one_end_is_on_all_ends_that_have_it(session: Session, end: int) -> None:
    """S1, S2: contact → parties, and party → contact → the other parties."""
    family = make.make_family(session)
    card = family.linked[end]
    values = {name: value for name, value in NEW_VALUES.items() if name in fields.SHARED[card.KIND]}
    if "country" not in values or "vat_no" not in values:
        values.pop("vat_no", None)
    saved = records.save(session, card, values, by=BY)
    session.commit()
    session.expire_all()
    for other in family.linked:
        for name in values:
            if name in fields.SHARED[other.KIND]:
                assert getattr(other, name) == values[name], f"{name} on {other.no}"
    assert {change.record for change in saved.elsewhere if change.record is not family.person} == {
        other for other in family.linked if other is not card
    }


def test_what_is_not_shared_stays_where_it_is(session: Session) -> None:
    """Numbers, notes, posting data and blocks are never shared."""
    family = make.make_family(session)
    before = {card.no: card.version for card in family.linked}
    own: dict[str, Any] = {"notes": "ours", "blocked": "all", "payment_method": "cash", "credit_limit": 500}
    records.save(session, family.customer, own, by=BY)
    records.save(
        session, family.bank_account, {"iban": "FR1420041010050500013M02606", "blocked": True}, by=BY
    )
    records.save(session, family.vendor, {"purchaser_id": 1}, by=BY)
    session.commit()
    assert family.contact.version == before[family.contact.no]
    assert family.second_account.version == before[family.second_account.no]
    assert (family.contact.notes, family.vendor.blocked, family.vendor.payment_method) == ("", "none", "")
    assert family.customer.salesperson_id is None


def test_a_save_without_change_writes_nothing(session: Session) -> None:
    """S3, R-CON-2: ten saves of the same values leave versions, times and history as they were."""
    family = make.make_family(session)
    records.save(session, family.contact, NEW_VALUES, by=BY)
    session.commit()
    before = _state(session)
    for card in family.linked:
        values = {name: getattr(card, name) for name in fields.SHARED[card.KIND]}
        for _ in range(2):
            assert records.save(session, card, values, by=1).changes == []
            session.commit()
    assert _state(session) == before


def test_only_the_cards_that_change_get_a_new_version(session: Session) -> None:
    """S3: a currency does not touch the bank accounts, and each changed card is written once."""
    family = make.make_family(session)
    session.commit()
    before = [card.version for card in family.linked]
    saved = records.save(session, family.vendor, {"currency": "EUR"}, by=BY)
    session.commit()
    steps = [card.version - was for card, was in zip(family.linked, before, strict=True)]
    assert steps == [1, 1, 1, 0, 0]
    assert len(saved.changes) == 3


def test_a_cleared_field_is_cleared_everywhere(session: Session) -> None:
    """S4: blanks travel too."""
    family = make.make_family(session, phone="514 555-0000", salesperson_id=1)
    records.save(session, family.second_account, {"phone": ""}, by=BY)
    records.save(session, family.customer, {"salesperson_id": None}, by=BY)
    session.commit()
    session.expire_all()
    assert [card.phone for card in family.linked] == [""] * 5
    assert family.contact.salesperson_id is None


def test_a_preview_says_what_a_save_will_change_and_writes_nothing(session: Session) -> None:
    """S5: the same plan serves the notice before the save and the answer after it."""
    family = make.make_family(session)
    session.commit()
    before = _state(session)
    planned = records.preview(session, family.customer, {"city": "Bonn", "notes": "x"})
    session.commit()
    assert _state(session) == before
    done = records.save(session, family.customer, {"city": "Bonn", "notes": "x"}, by=BY).changes
    assert [(c.record, c.field, c.old, c.new) for c in done] == [
        (c.record, c.field, c.old, c.new) for c in planned
    ]
    assert [change.record for change in planned if change.field == "city"] == [
        *(family.customer, family.contact, family.vendor, family.bank_account, family.second_account),
        family.person,
    ]


def test_a_value_that_does_not_fit_at_another_end_refuses_the_whole_save(session: Session) -> None:
    """S6, R-CON-6: the customer's name is fine for it, but no first name of a person is that long."""
    customer = make.make_customer(session, "Ann Lee", contact_type="person")
    session.commit()
    before = _state(session)
    with pytest.raises(Invalid) as refused:
        records.save(session, customer, {"name": "A" * 60 + " Lee", "phone": "555 1234"}, by=BY)
    session.rollback()
    assert set(refused.value.errors) == {"name"}
    contact = session.get_one(Contact, sync.contact_id_of(session, customer))
    assert contact.no in str(refused.value.errors["name"][0])
    assert _state(session) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("city", "x" * 51),
        ("phone", "call me"),
        ("email", "a@b@c"),
        ("website", "javascript:alert(1)"),
        ("country", "XX"),
        ("language", "klingon"),
        ("currency", "XYZ"),
        ("vat_no", "FR00000000000"),
        ("salesperson_id", 99),
    ],
)
def test_a_wrong_value_changes_no_end(session: Session, name: str, value: Any) -> None:
    """R-CON-6 per shared field: 422 on the field that was typed, and no end changes."""
    family = make.make_family(session, country="FR")
    session.commit()
    before = _state(session)
    with pytest.raises(Invalid) as refused:
        records.save(session, family.customer, {name: value, "city": "Paris"} | {name: value}, by=BY)
    session.rollback()
    assert set(refused.value.errors) == {name}
    assert str(refused.value.errors[name][0])
    assert _state(session) == before


def test_a_wrong_number_of_the_party_alone_is_refused_too(session: Session) -> None:
    customer = make.make_customer(session, linked=False, country="FR")
    with pytest.raises(Invalid):
        records.save(session, customer, {"registration_no": "123456789"}, by=BY)


def test_every_changed_end_has_one_line_of_history_that_names_its_origin(session: Session) -> None:
    """S10: who, when, old and new, and from which card."""
    family = make.make_family(session)
    session.commit()
    last = session.scalar(select(func.max(HistoryEntry.id)))
    records.save(session, family.customer, {"city": "Bonn"}, by=BY)
    session.commit()
    entries = session.scalars(
        select(HistoryEntry).where(HistoryEntry.id > last).order_by(HistoryEntry.id)
    ).all()
    assert [(e.kind, e.record_id) for e in entries] == [
        ("customer", family.customer.id),
        ("contact", family.contact.id),
        ("vendor", family.vendor.id),
        ("bank_account", family.bank_account.id),
        ("bank_account", family.second_account.id),
        ("contact", family.person.id),
    ]
    assert {(e.field, e.old, e.new, e.by_id) for e in entries} == {("city", "Lyon", "Bonn", BY)}
    assert len({e.change_id for e in entries}) == 1
    assert (entries[0].origin_kind, entries[0].origin_id) == ("", None)
    assert {(e.origin_kind, e.origin_id) for e in entries[1:5]} == {("customer", family.customer.id)}
    shown = history.last_shared_change(session, family.vendor, "vendor")
    assert shown is not None and (shown.by_id, shown.origin_id) == (BY, family.customer.id)


def test_unlinked_cards_never_change(session: Session) -> None:
    """Isolation: the same name and number of letters do not make a family."""
    family = make.make_family(session)
    others = [
        make.make_card(session, kind, "Family Ltd")
        for kind in ("contact", *fields.SHARED)
        if kind != "contact"
    ]
    twin = make.make_family(session)
    session.commit()
    before = [(card.no, card.version, card.city) for card in [*others, *twin.linked]]
    for card in family.linked:
        records.save(session, card, {"city": f"City {card.no}"}, by=BY)
        session.commit()
    assert [(card.no, card.version, card.city) for card in [*others, *twin.linked]] == before


# -- persons of a company (C3, S8) -------------------------------------------------------------------


def test_a_person_takes_over_what_it_lacks_from_its_company(session: Session) -> None:
    """C3: address as one block, phone, e-mail, website, language, currency and salesperson."""
    company = make.make_contact(session, **NEW_VALUES)
    person = make.make_person(session, "Ada Lovelace", company, phone="1 23", city="London")
    assert (person.phone, person.city) == ("1 23", "London")
    assert person.address == "" and person.country == ""  # its own block, however short
    assert (person.email, person.website) == (company.email, company.website)
    assert (person.language, person.currency, person.salesperson_id) == ("fr", "EUR", 1)
    assert (person.mobile, person.fax, person.vat_no, person.registration_no) == ("", "", "", "")


def test_a_person_assigned_later_takes_over_the_same_and_its_parties_follow(session: Session) -> None:
    company = make.make_contact(session, **NEW_VALUES)
    person = make.make_person(session, "Ada Lovelace")
    customer = links.create_as(session, person, "customer", by=BY).record
    saved = records.save(session, person, {"company_id": company.id}, by=BY)
    assert (person.city, person.phone) == (company.city, company.phone)
    assert (customer.city, customer.phone) == (company.city, company.phone)
    assert {change.record for change in saved.changes} == {person, customer}


@pytest.mark.parametrize(
    ("switch", "name"),
    [("inherit_address", "city"), ("inherit_communication", "phone"), ("inherit_other", "currency")],
)
def test_each_switch_stops_one_group(session: Session, switch: str, name: str) -> None:
    """C3: three switches, for new persons and for changes of the company."""
    company = make.make_contact(session, **NEW_VALUES)
    follower = make.make_person(session, "Ada One", company)
    setattr(session.get_one(Office, 1), switch, False)
    person = make.make_person(session, "Ada Two", company)
    other = {"city": "Rome", "phone": "555 99", "currency": "USD"}
    records.save(session, company, other, by=BY)
    for field, value in other.items():
        assert getattr(follower, field) == (NEW_VALUES[field] if field == name else value)
        assert getattr(person, field) == ("" if field == name else value)


def test_only_persons_with_the_old_value_follow_their_company(session: Session) -> None:
    """C3: personal values are never overwritten, and an empty one is not filled by a change."""
    company = make.make_contact(session, "Old Ltd", phone="11", city="Lyon", address="1 Rue A")
    follows = make.make_person(session, "Ada Follows", company)
    own = make.make_person(session, "Ada Own", company, phone="22", city="Lyon")
    empty = make.make_person(session, "Ada Empty", company)
    records.save(session, empty, {"phone": ""}, by=BY)
    records.save(session, company, {"phone": "33", "city": "Nice", "name": "New Ltd"}, by=BY)
    session.commit()
    assert (follows.phone, follows.city, follows.address) == ("33", "Nice", "1 Rue A")
    assert (own.phone, own.city) == ("22", "Lyon")  # same city, other address: not the company's block
    assert empty.phone == ""
    assert follows.name == "Ada Follows"


def test_an_empty_old_value_of_the_company_reaches_nobody(session: Session) -> None:
    """C3: where the company had nothing, persons have their own, even nothing."""
    company = make.make_contact(session, "Old Ltd")
    person = make.make_person(session, "Ada Empty", company)
    records.save(session, company, {"phone": "33", "city": "Nice", "salesperson_id": 1}, by=BY)
    assert (person.phone, person.city, person.salesperson_id) == ("", "", None)


def test_a_change_on_a_companys_customer_reaches_persons_and_their_parties(session: Session) -> None:
    """S2: party → contact → persons → their parties, in one transaction."""
    family = make.make_family(session)
    freelancer = make.make_person(session, "Bo Free")
    own_customer = links.create_as(session, freelancer, "customer", by=BY).record
    records.save(session, freelancer, {"company_id": family.contact.id}, by=BY)
    assert own_customer.phone == family.contact.phone
    records.save(session, family.second_account, {"phone": "99 99", "city": "Nantes"}, by=BY)
    session.commit()
    session.expire_all()
    assert {card.phone for card in [*family.linked, family.person, freelancer, own_customer]} == {"99 99"}
    assert {card.city for card in [*family.linked, family.person, freelancer, own_customer]} == {"Nantes"}


def test_editing_a_person_changes_no_party_of_its_company(session: Session) -> None:
    """S8."""
    family = make.make_family(session)
    records.save(session, family.customer, {"primary_contact_id": family.person.id}, by=BY)
    session.commit()
    before = [card.version for card in family.linked]
    saved = records.save(
        session, family.person, {"phone": "00 00", "last_name": "Byron", "city": "Bath"}, by=BY
    )
    session.commit()
    assert {change.record for change in saved.changes} == {family.person}
    assert [card.version for card in family.linked] == before


# -- 409: somebody saved meanwhile (S11, R-CON-1) ----------------------------------------------------


def test_a_stale_field_is_a_conflict_also_when_the_change_came_through_a_link(session: Session) -> None:
    """R-CON-1: contact then stale contact, and contact then stale customer."""
    family = make.make_family(session)
    session.commit()
    seen = {card: _seen(card, "city", "phone", "notes") for card in (family.contact, family.customer)}
    records.save(session, family.contact, {"city": "Nice"}, by=1)
    session.commit()
    for card, digests in seen.items():
        with pytest.raises(Conflict) as conflict:
            records.save(session, card, {"city": "Metz", "phone": "5 55"}, seen=digests, by=BY)
        session.rollback()
        (field,) = conflict.value.fields
        assert (field.name, field.mine, field.theirs) == ("city", "Metz", "Nice")
        assert field.changed_by == 1 and field.changed_at is not None
        assert (card.city, card.phone) == ("Nice", "04 72 00 00 00")


def test_edits_of_different_fields_do_not_conflict(session: Session) -> None:
    """S11: the field nobody touched keeps what the other wrote."""
    family = make.make_family(session)
    session.commit()
    seen = _seen(family.customer, "city", "phone")
    records.save(session, family.vendor, {"city": "Nice"}, seen=_seen(family.vendor, "city", "phone"), by=1)
    session.commit()
    records.save(session, family.customer, {"city": "Lyon", "phone": "5 55"}, seen=seen, by=BY)
    session.commit()
    session.expire_all()
    assert {(card.city, card.phone) for card in family.linked} == {("Nice", "5 55")}


def test_the_same_value_typed_twice_is_no_conflict(session: Session) -> None:
    family = make.make_family(session)
    seen = _seen(family.contact, "city")
    records.save(session, family.contact, {"city": "Nice"}, by=1)
    assert records.save(session, family.contact, {"city": "Nice"}, seen=seen, by=BY).changes == []


def test_a_field_without_its_digest_counts_as_stale(session: Session) -> None:
    """A form that lost its hidden field must not overwrite anything unseen."""
    contact = make.make_contact(session, city="Lyon")
    with pytest.raises(Conflict):
        records.save(session, contact, {"city": "Nice"}, seen={}, by=BY)


# -- proof (S10) -------------------------------------------------------------------------------------


@pytest.mark.damaged
def test_sync_check_names_every_field_changed_behind_its_back(session: Session) -> None:
    """S10: plain SQL is found, on each kind, and nothing is repaired."""
    family = make.make_family(session)
    session.commit()
    assert sync.mismatches(session) == []
    assert sync.linked_pairs(session) == 4
    session.execute(text("UPDATE customers SET city = 'Elsewhere', salesperson_id = 1"))
    session.execute(
        text("UPDATE bank_accounts SET phone = '' WHERE no = :no"), {"no": family.second_account.no}
    )
    session.commit()
    found = sync.mismatches(session)
    assert {(m.kind, m.party_no, m.field, m.contact_value, m.party_value) for m in found} == {
        ("customer", family.customer.no, "city", "Lyon", "Elsewhere"),
        ("customer", family.customer.no, "salesperson_id", None, 1),
        ("bank_account", family.second_account.no, "phone", "04 72 00 00 00", ""),
    }
    assert {m.contact_no for m in found} == {family.contact.no}
    assert session.scalar(select(Customer.city)) == "Elsewhere"


def test_sync_check_reads_a_fixed_number_of_queries(session: Session) -> None:
    """One join per kind, whatever the number of families."""
    from sqlalchemy import event

    for _ in range(3):
        make.make_family(session)
    session.commit()
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *args: asked.append(args[2]))
    sync.mismatches(session)
    assert len(asked) <= 4


def test_a_rogue_write_raises(session: Session) -> None:
    """The tripwire has its own tests."""
    from services.tripwire import Bypassed

    family = make.make_family(session)
    with pytest.raises(Bypassed):
        session.execute(update(Customer).values(city="x"))
    family.contact.city = "x"
    with pytest.raises(Bypassed):
        session.flush()
    session.rollback()


def _seen(card: Any, *names: str) -> dict[str, str]:
    return {name: fields.digest(name, getattr(card, name)) for name in names}


def _state(session: Session) -> list[Any]:
    """Everything a save could touch."""
    session.rollback()
    found: list[Any] = [
        [tuple(row) for row in session.execute(select(*model.__table__.columns).order_by(model.id))]
        for model in (*records.MODELS.values(), Link)
    ]
    return [*found, session.scalar(select(func.count()).select_from(HistoryEntry))]
