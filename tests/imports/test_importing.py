"""What an import does with each row: the check says it, the run does exactly it (X1)."""

import pytest
from sqlalchemy import select

from models import Contact, Customer, HistoryEntry, Link, NumberSeries, Vendor
from services import new_cards, records
from services.imports import batches
from tests.imports.support import (
    NORTHWIND,
    check,
    contact_of,
    number_of,
    rows,
    run,
    run_all,
    sentences,
    table,
    the,
    upload,
    write,
)
from tests.support.factories import BY, make_customer


@pytest.mark.both_databases
def test_northwind_customers_arrive_whole_with_contact_and_contact_person(session):
    batch = upload(session, "customer", NORTHWIND / "customers.csv", "customers.csv")
    assert check(session, batch) == {"create": 91}
    assert number_of(session, Customer) == 0
    assert run(session, batch) == {"created": 91}
    assert (number_of(session, Customer), number_of(session, Link), number_of(session, Contact)) == (
        91,
        91,
        182,
    )
    customer = the(session, Customer, "BERGS")
    assert (customer.name, customer.city, customer.country) == ("Berglunds snabbköp", "Luleå", "SE")
    person = customer.primary_contact
    assert (person.name, person.job_title, person.type) == (
        "Christina Berglund",
        "Order Administrator",
        "person",
    )
    assert person.company.name == customer.name and customer.contact_person == ""
    assert the(session, Customer, "ANTON").fax == ""


@pytest.mark.both_databases
def test_northwind_suppliers_give_exactly_two_warnings_and_the_home_pages_go_to_the_notes(session):
    batch = upload(session, "vendor", NORTHWIND / "suppliers.csv", "suppliers.csv")
    assert check(session, batch) == {"create": 29, "warnings": 2}
    warned = [
        (row.row_number, row.messages[0][1], row.messages[0][2]) for row in rows(session, batch, "warnings")
    ]
    assert warned == [(3, "homePage", "#CAJUN.HTM#"), (15, "homePage", "#FORMAGGI.HTM#")]
    assert run(session, batch) == {"created": 29, "warnings": 2}
    assert the(session, Vendor, "2").notes == "homePage: #CAJUN.HTM#"
    assert the(session, Vendor, "6").website == "http://www.microsoft.com/accessdev/sampleapps/mayumi.htm"
    assert the(session, Vendor, "20").post_code == "0512"


def test_the_same_customers_in_french_match_on_the_number_without_a_change(session):
    run_all(session, "customer", NORTHWIND / "customers.csv")
    french = upload(session, "customer", NORTHWIND / "customers-fr-cp1252.csv", "clients.csv")
    assert french.options["key"] == "no"
    assert check(session, french) == {"skip": 91}


def test_importing_the_same_file_again_changes_nothing_and_is_noticed(session):
    first = run_all(session, "vendor", NORTHWIND / "suppliers.csv")
    again = upload(session, "vendor", NORTHWIND / "suppliers.csv", "suppliers.csv")
    assert batches.same_file(session, again) == first
    assert check(session, again) == {"skip": 29, "warnings": 2}
    assert run(session, again) == {"unchanged": 29, "warnings": 2}
    assert number_of(session, Vendor) == 29


@pytest.mark.parametrize(
    ("kind", "name", "wrong", "right"),
    [
        ("customer", "customers-unquoted-commas.csv", 24, 67),
        ("vendor", "suppliers-unquoted-commas.csv", 9, 20),
    ],
)
def test_rows_with_too_many_cells_are_errors_and_nothing_is_shifted(session, kind, name, wrong, right):
    batch = upload(session, kind, NORTHWIND / "broken" / name, name)
    found = check(session, batch)
    assert (found["error"], found["create"]) == (wrong, right)
    row = rows(session, batch, "error")[0]
    assert f"{len(row.cells)} cells" in row.messages[0][3] and row.row_number == 8
    found = run(session, batch)
    assert (found["refused"], found["created"]) == (wrong, right)
    good = upload(session, kind, NORTHWIND / name.replace("-unquoted-commas", ""), "good.csv")
    found = check(session, good)
    assert (found["create"], found["skip"]) == (wrong, right)


# --- updates


def test_an_update_shows_the_exact_changes_and_they_reach_the_whole_family(session):
    customer = write(session, lambda: make_customer(session, "Roy", no="C1", phone="1", city="Laval"))
    contact = contact_of(session, customer)
    batch = upload(session, "customer", table("No.,Name,Phone,City", "C1,Roy,514 555-0100,NULL"))
    assert check(session, batch) == {"update": 1}
    changes = rows(session, batch)[0].changes
    assert changes == [
        ["customer", "C1", "phone", "1", "514 555-0100"],
        ["contact", contact.no, "phone", "1", "514 555-0100"],
    ]
    assert run(session, batch) == {"updated": 1}
    assert (the(session, Customer, "C1").phone, the(session, Contact, contact.no).phone) == (
        "514 555-0100",
    ) * 2
    assert the(session, Customer, "C1").city == "Laval"
    entries = session.scalars(select(HistoryEntry).where(HistoryEntry.batch == batches.name_of(batch))).all()
    assert {(entry.kind, entry.field, entry.by_id) for entry in entries} == {
        ("customer", "phone", BY),
        ("contact", "phone", BY),
    }


def test_empty_cells_empty_fields_only_when_asked(session):
    write(session, lambda: make_customer(session, "Roy", no="C1", city="Laval", notes="keep"))
    batch = upload(session, "customer", table("No.,Name,City,Blocked", "C1,,N/A,"))
    assert check(session, batch, clear=False) == {"skip": 1}
    assert check(session, batch, clear=True) == {"update": 1}
    run(session, batch)
    customer = the(session, Customer, "C1")
    assert (customer.city, customer.name, customer.blocked) == ("", "Roy", "none")


def test_cards_are_recognised_by_e_mail_whatever_its_capitals(session):
    write(session, lambda: make_customer(session, "Roy", no="C1", email="Info@Roy.example"))
    batch = upload(
        session, "customer", table("Name,E-mail,City", "Roy,info@roy.EXAMPLE,Laval", "New,new@x.example,Hull")
    )
    assert batch.options["key"] == "email"
    assert check(session, batch) == {"update": 1, "create": 1}
    run(session, batch)
    assert the(session, Customer, "C1").city == "Laval"


def test_an_e_mail_address_that_two_cards_have_recognises_neither(session):
    for no in ("C1", "C2"):
        write(session, lambda no=no: make_customer(session, no, no=no, email="a@x.example"))
    batch = upload(session, "customer", table("Name,E-mail", "Roy,a@x.example", "Other,not an address"))
    assert check(session, batch) == {"error": 2}
    assert "C1 and C2" in rows(session, batch)[0].messages[0][3]


def test_creating_all_refuses_a_number_that_exists(session):
    write(session, lambda: make_customer(session, "Roy", no="C1"))
    batch = upload(session, "customer", table("No.,Name", "C1,Other", ",Third"))
    assert check(session, batch, key="none") == {"error": 1, "create": 1}
    assert run(session, batch) == {"refused": 1, "created": 1}
    assert number_of(session, Customer) == 2


def test_a_card_stands_in_one_row_only(session):
    batch = upload(session, "customer", table("No.,Name", "C1,First", "C2,Second", "C1,Third"))
    assert check(session, batch) == {"create": 2, "error": 1}
    assert sentences(rows(session, batch)[2]) == [
        "error Row 2 is about the same card. Keep one of the two rows."
    ]


def test_a_primary_contact_is_kept_and_takes_a_new_title(session):
    run_all(session, "customer", table("No.,Name,Contact person,Contact title", "C1,Roy,Marie Côté,Buyer"))
    same = upload(
        session, "customer", table("No.,Name,Contact person,Contact title", "C1,Roy,marie cote,Owner")
    )
    assert check(session, same) == {"update": 1}
    assert [change[2:] for change in rows(session, same)[0].changes] == [["job_title", "Buyer", "Owner"]]
    run(session, same)
    person = the(session, Customer, "C1").primary_contact
    session.refresh(person)
    assert (person.name, person.job_title) == ("Marie Côté", "Owner")
    other = upload(session, "customer", table("No.,Name,Contact person", "C1,Roy,Luc Roy"))
    assert check(session, other) == {"skip": 1, "warnings": 1}


def test_somebody_who_changed_the_field_after_the_check_is_not_overwritten(session):
    write(
        session,
        lambda: [make_customer(session, no, no=no, phone="1", city="Laval") for no in ("C1", "C2", "C3")],
    )
    batch = upload(session, "customer", table("No.,Name,Phone", "C1,C1,2", "C2,C2,2", "C3,C3,2", "C4,C4,2"))
    assert check(session, batch) == {"update": 3, "create": 1}
    write(session, lambda: records.save(session, the(session, Customer, "C1"), {"phone": "3"}, by=1))
    write(session, lambda: records.save(session, the(session, Customer, "C2"), {"city": "Hull"}, by=1))
    write(session, lambda: make_customer(session, "C4", no="C4"))
    assert run(session, batch) == {"updated": 2, "refused": 2}
    phones = {no: the(session, Customer, no).phone for no in ("C1", "C2", "C3", "C4")}
    assert phones == {"C1": "3", "C2": "2", "C3": "2", "C4": ""}
    assert [row.no for row in rows(session, batch, "refused")] == ["C1", "C4"]


# --- one row and the others


def test_one_bad_row_does_not_stop_the_others_and_leaves_nothing(session, monkeypatch):
    write_cards = new_cards.write

    def failing(session, cards):
        write_cards(session, cards)
        if any(card.no == "C2" for card in cards):
            raise RuntimeError("after writing")

    batch = upload(
        session, "customer", table("No.,Name,Contact person", "C1,A,P One", "C2,B,P Two", "C3,C,P Three")
    )
    check(session, batch)
    monkeypatch.setattr(new_cards, "write", failing)
    assert run(session, batch) == {"created": 2, "refused": 1}
    assert (number_of(session, Customer), number_of(session, Contact), number_of(session, Link)) == (2, 4, 2)
    assert "Tell your administrator the number" in rows(session, batch, "refused")[0].messages[0][3]


def test_a_series_without_automatic_numbers_refuses_rows_without_one(session):
    def only_manual():
        settings = records.office(session)
        series = session.get_one(NumberSeries, settings.series_id("customer"))
        series.automatic = False

    write(session, only_manual)
    batch = upload(session, "customer", table("No.,Name", "C1,A", ",B"))
    assert check(session, batch) == {"create": 1, "error": 1}
