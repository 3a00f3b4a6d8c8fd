"""Possible duplicates: by what cards are found, by what not, and at what cost (C7, R-TXT-3)."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from extensions import db
from models import MODELS, Office
from services import deletion, duplicates, likeness, records
from services.text import look_alike
from tests.support import factories as make
from tests.support.factories import BY, make_bank_account, make_card, make_contact, make_family, make_person
from tests.support.threads import write

KINDS = tuple(MODELS)
pytestmark = pytest.mark.both_databases

ROY: dict[str, Any] = {
    "name": "Boulangerie Roy inc.",
    "city": "Montréal",
    "phone": "+1 (514) 555-0100 ext. 12",
    "email": "Info@roy.example",
}


def found(session: Session, kind: str, **values: Any) -> list[tuple[str, list[str]]]:
    """The numbers of the matches with their reasons."""
    matches = duplicates.find(session, kind, values)
    return [(match.name, [str(reason) for reason in match.reasons]) for match in matches]


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_is_found_by_each_of_its_keys(session: Session, kind: str) -> None:
    """C7: name, e-mail, phone and tax number, however they are typed."""
    more = {} if kind == "bank_account" else {"vat_no": "CHE-123.456.789", "country": "CH"}
    card = make_card(session, kind, **ROY, mobile="06 12 34 56 78", **more)
    reasons = {
        ("name", "  BOULANGERIE roy INC. "): "same name",
        ("email", "INFO@ROY.example"): "same e-mail",
        ("email2", "info@roy.example"): "same e-mail",
        ("phone", "514.555.0100"): "same phone",
        ("mobile", "5145550100 #3"): "same phone",
        ("phone", "+33 6 12 34 56 78"): "same phone",
        ("vat_no", "che 123456789"): "same VAT or GST no.",
    }
    for (name, typed), reason in reasons.items():
        if kind == "bank_account" and name == "vat_no":
            continue
        assert found(session, kind, **{name: typed}) == [(card.name, [reason])], name
    assert found(session, kind, name="Garage Roy", phone="514 555-0199", email="me@roy.example") == []
    for other in set(KINDS) - {kind}:
        assert found(session, other, **ROY) == []


def test_nothing_is_like_nothing(session: Session) -> None:
    """C7: empty fields, short numbers and what no card can hold find no card."""
    make_contact(session, "X", phone="911", city="Laval")
    for values in (
        {},
        {"phone": "911", "name": ""},
        {"name": "Y", "city": "Laval"},
        {"name": "a\0b", "email": "\ud800", "phone": "9\x01", "vat_no": "\ufffe", "city": "\0"},
        {"name": "e\u0301" * 100_000, "city": "\u0301" * 100_000},
    ):
        assert found(session, "contact", **values) == []


def test_close_names_count_in_one_city(session: Session) -> None:
    """C7: a letter too few, a legal form, an article; elsewhere only the very name does."""
    make_contact(session, "Blauer See Delikatessen", city="Mannheim")
    make_contact(session, "The Big Cheese, Ltd.", city="Portland")
    assert found(session, "contact", name="Blauer See Delikatesen", city="mannheim") == [
        ("Blauer See Delikatessen", ["similar name (97 %)"])
    ]
    assert found(session, "contact", name="Blauer See Delikatesen", city="Köln") == []
    assert found(session, "contact", name="Blauer See Delikatesen") == []
    assert found(session, "contact", name="BLAUER SEE DELIKATESSEN", city="Köln") == [
        ("Blauer See Delikatessen", ["same name"])
    ]
    for name in ("Big Cheese", "Cheese, Big", "BIG CHEESE INC", "Big-Cheese"):
        assert found(session, "contact", name=name, city="Portland") == [
            ("The Big Cheese, Ltd.", ["same name"])
        ], name
    assert found(session, "contact", name="Big Bakery", city="Portland") == []
    make_contact(session, "Roy inc.", city="Portland")
    assert found(session, "contact", name="Ray", city="Portland") == []
    assert found(session, "contact", name="Roy", city="Portland") == [("Roy inc.", ["same name"])]


def test_how_alike_names_must_be_is_the_offices_choice(session: Session) -> None:
    """C7: 85 per cent at first; 100 leaves the same words only."""
    make_contact(session, "Boulangerie Roy", city="Lyon")
    office = session.get_one(Office, 1)
    assert office.duplicate_percent == 85
    cote = {"name": "Boulangerie Côté", "city": "Lyon"}
    assert found(session, "contact", **cote) == []
    office.duplicate_percent = 60
    assert found(session, "contact", **cote) == [("Boulangerie Roy", ["similar name (83 %)"])]
    office.duplicate_percent = 100
    assert found(session, "contact", name="Boulangerie Roi", city="Lyon") == []
    assert found(session, "contact", name="Roy Boulangerie", city="Lyon")


def test_the_likeliest_come_first_and_five_are_enough(session: Session) -> None:
    """C7: more reasons, then the closer name."""
    for number in range(8):
        make_contact(session, f"Firm {number}", phone="514 555-0100")
    make_contact(session, "Firm X", phone="514 555-0100", email="x@example.com")
    names = [
        match.name
        for match in duplicates.find(
            session, "contact", {"name": "Firm 3", "phone": "5145550100", "email": "x@example.com"}
        )
    ]
    assert len(names) == duplicates.LIMIT and set(names[:2]) == {"Firm 3", "Firm X"}


def test_a_person_is_not_the_duplicate_of_company_and_colleagues(session: Session) -> None:
    """C7: they share phone and e-mail, which a person takes over (C3); a colleague of the same name counts."""
    shared = {"phone": "514 555-0100", "email": "office@roy.example"}
    company = make_contact(session, "Roy Ltd", **shared)
    ada = make_person(session, "Ada Example", company)
    assert ada.phone == company.phone
    assert found(session, "contact", company_id=company.id, name="Bo Lind", **shared) == []
    assert found(session, "contact", company_id=company.id, name="Ada Example") == [
        ("Ada Example", ["same name"])
    ]
    assert len(found(session, "contact", name="Bo Lind", **shared)) == 2
    assert duplicates.find(session, "contact", shared, exclude_id=company.id) == []


def test_accounts_at_one_bank_are_not_duplicates_of_each_other(session: Session) -> None:
    """C7: while one is edited; a new one by hand is told, with the contact it can be made from."""
    family = make_family(session)
    values = {"name": family.bank_account.name, "phone": family.bank_account.phone}
    assert duplicates.find(session, "bank_account", values, exclude_id=family.bank_account.id) == []
    other = make_bank_account(session, "Family Ltd", linked=False)
    alone = duplicates.find(session, "bank_account", values, exclude_id=family.bank_account.id)
    assert [match.id for match in alone] == [other.id]
    new = duplicates.find_for_new(session, "bank_account", values)
    assert "contact" in {match.kind for match in new}


def test_a_new_party_is_compared_with_contacts_it_could_be_made_from(session: Session) -> None:
    """C7: not when no contact comes with it, nor with one whose party is in the list already."""
    contact = make_contact(session, "Nord SA")
    linked = make.make_customer(session, "Sud SA")
    assert [match.key for match in duplicates.find_for_new(session, "customer", {"name": "nord sa"})] == [
        f"contact-{contact.id}"
    ]
    assert [match.key for match in duplicates.find_for_new(session, "customer", {"name": "sud sa"})] == [
        f"customer-{linked.id}"
    ]
    session.get_one(Office, 1).create_contacts = False
    assert duplicates.find_for_new(session, "customer", {"name": "nord sa"}) == []


def test_keys_follow_every_save_and_come_back_from_the_bin(session: Session) -> None:
    """C7: linked cards too; a card of an older bin entry gets the keys it did not have."""
    family = make_family(session, **ROY)
    assert found(session, "customer", phone="514 555 0100")
    records.save(session, family.contact, {"phone": "04 00 00 00 00", "email": ""}, by=BY)
    for kind in ("contact", "customer", "vendor"):
        assert found(session, kind, phone="514 555 0100") == found(session, kind, email=ROY["email"]) == []
        assert found(session, kind, phone="0400000000")
    entry = deletion.delete(session, family.vendor, by=BY)
    assert entry.snapshot is not None
    (card,) = entry.snapshot["cards"]
    card["values"] = {name: value for name, value in card["values"].items() if not name.endswith("_key")}
    deletion.undo_delete(session, entry, by=BY)
    assert found(session, "vendor", phone="0400000000")


def test_many_are_looked_for_at_once(session: Session) -> None:
    """C7, X1: each gets what it would get alone, with as many queries as one."""
    values = [{"name": f"Firm {number} of {number}", "city": "Lyon"} for number in range(60)]
    for one in values:
        make_contact(session, one["name"], phone=f"514 555-{one['name'][5:7].strip():0>4}", city="Lyon")
    wanted = [*values, {"name": "Nobody", "city": "Lyon"}, {}, {"phone": "5145550007"}]
    statements = count_statements(session)
    many = duplicates.find_many(session, "contact", wanted)
    used = len(statements)
    assert many == [duplicates.find(session, "contact", one) for one in wanted]
    assert [match.name for match in many[-1]] == ["Firm 7 of 7"] and many[-2] == many[-3] == []
    assert many[7][0].name == "Firm 7 of 7"
    assert used <= 8


def test_a_large_city_is_searched_among_names_that_begin_alike(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C7: the cost does not grow with the city; a typing error within the first letters is then missed."""
    for name in ("Boulangerie Roy", "Boulangerie Côté", "Garage Roy", "Atelier 9"):
        make_contact(session, name, city="Montréal")
    monkeypatch.setattr(duplicates, "_SMALL_CITY", 3)
    assert found(session, "contact", name="Boulangerie Roi", city="Montréal") == [
        ("Boulangerie Roy", ["similar name (93 %)"])
    ]
    assert found(session, "contact", name="Bolangerie Roy", city="Montréal") == []
    make_contact(session, "Roy inc.", city="Montréal")
    assert found(session, "contact", name="Roy", city="Montréal") == [("Roy inc.", ["same name"])]
    monkeypatch.setattr(duplicates, "_SMALL_CITY", 5)
    assert found(session, "contact", name="Bolangerie Roy", city="Montréal")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("small_city", [500, 0])
def test_every_search_goes_through_an_index(
    app: Flask, monkeypatch: pytest.MonkeyPatch, kind: str, small_city: int
) -> None:
    """C7: on both databases, no statement of a search reads a table from end to end."""
    monkeypatch.setattr(duplicates, "_SMALL_CITY", small_city)
    write(app, lambda session: make_card(session, kind, **ROY, mobile="06 12 34 56 78"))
    with app.app_context():
        session = db.session()
        statements = count_statements(session)
        many = [{**ROY, "vat_no": "X 1"}, {"name": "Boulangerie Roi", "city": "Montréal"}]
        assert all(duplicates.find_many(session, kind, many))
        asked = [one for one in statements if MODELS[kind].__tablename__ in one[0]]
        assert len(asked) >= 7
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            # A table of one row is read whole whatever there is.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, values in asked:
            explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
            plan = " ".join(str(row) for row in connection.exec_driver_sql(f"{explain} {statement}", values))
            assert "SCAN" not in plan and "Seq Scan" not in plan, f"{statement}\n{plan}"


def test_look_alikes_have_the_same_name(session: Session) -> None:
    """R-TXT-3: what is equal after NFKC and casefold is a possible duplicate, and is not refused."""
    make_contact(session, "ＡＣＭＥ  Straße")
    assert look_alike("ＡＣＭＥ  Straße") == look_alike("acme strasse")
    assert found(session, "contact", name="acme strasse") == [("ＡＣＭＥ  Straße", ["same name"])]
    assert make_contact(session, "acme strasse").no


def test_names_without_what_tells_nothing() -> None:
    """C7: legal forms in their spellings, articles, order; never nothing at all."""
    for name in ("s.a.r.l. roy", "roy sarl", "Roy (S.A.R.L.)", "la roy", "Roy, Inc."):
        assert likeness.core_name(likeness.folded_name(name)) == "roy"
    assert likeness.core_name(likeness.folded_name("The SA")) == "sa the"
    assert likeness.core_name(likeness.folded_name("***")) == "***"
    assert likeness.phone_key("1-800-555-0199 poste 4") == "005550199"
    assert likeness.phone_key("12 34") is None and likeness.vat_key(" - ") is None


def count_statements(session: Session) -> list[tuple[str, Any]]:
    """A list that fills with the statements that the session's database gets, with their values."""
    seen: list[tuple[str, Any]] = []

    @event.listens_for(session.connection(), "before_cursor_execute")
    def _note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if not statement.startswith("EXPLAIN"):
            seen.append((statement, values))

    return seen
