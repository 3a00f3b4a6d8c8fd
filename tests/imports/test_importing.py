"""What an import does with each row: the check says it, the run does exactly it (X1)."""

import csv
import io
from random import Random

import pytest
from sqlalchemy import func, select

from extensions import db
from models import MODELS, BankAccount, Contact, Customer, HistoryEntry, Link, PaymentTerms, Vendor
from services import fields, records
from services.imports import batches
from tests.imports.support import NORTHWIND, check, rows, run, sentences, table, undo, upload, write
from tests.support.factories import BY, make_contact, make_customer


@pytest.fixture
def session(app):
    """A session outside a transaction: the jobs open their own."""
    with app.app_context():
        yield db.session()


def number_of(session, model):
    return session.scalar(select(func.count()).select_from(model))


def the(session, model, no):
    return session.scalars(
        select(model).where(model.no == no).execution_options(populate_existing=True)
    ).one()


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


def run_all(session, kind, content, **how):
    batch = upload(session, kind, content)
    check(session, batch, **how)
    run(session, batch)
    return batch


# --- updates


def test_an_update_shows_the_exact_changes_and_they_reach_the_whole_family(session):
    customer = write(session, lambda: make_customer(session, "Roy", no="C1", phone="1", city="Laval"))
    contact = customer_contact(session, customer)
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


def customer_contact(session, customer):
    link = records.links_of(session, customer)[0]
    return session.get_one(Contact, link.contact_id)


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


# --- values


def test_what_does_not_fit_is_a_warning_and_stays_readable_in_the_notes(session):
    batch = upload(
        session,
        "customer",
        table(
            "No.,Name,E-mail,Phone,Country,Payment terms,Credit limit,Remarks",
            "C1,Roy,info@,call us,Atlantis,N30,a lot,Good payer",
        ),
    )
    assert check(session, batch) == {"create": 1, "warnings": 1}
    assert rows(session, batch)[0].warnings == 5
    run(session, batch)
    customer = the(session, Customer, "C1")
    assert (customer.email, customer.phone, customer.country, customer.credit_limit) == ("", "", "", None)
    assert sorted(customer.notes.split("\n")) == sorted(
        [
            "Good payer",
            "E-mail: info@",
            "Phone: call us",
            "Country: Atlantis",
            "Payment terms: N30",
            "Credit limit: a lot",
        ]
    )


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (",City", "Enter a name."),
        ("x" * 101 + ",City", "Shorten this text to 100 characters"),
    ],
)
def test_a_row_without_a_usable_name_is_an_error(session, cells, sentence):
    batch = upload(session, "customer", table("No.,Name,City", f"C1,{cells}", f"{'9' * 21},Roy,City"))
    assert check(session, batch) == {"error": 2}
    assert sentence in rows(session, batch)[0].messages[0][3]
    assert run(session, batch) == {"refused": 2}


def test_names_of_countries_languages_and_words_of_lists_are_understood_in_both_languages(session):
    write(session, lambda: session.add(PaymentTerms(code="N30", name="30 days")))
    batch = upload(
        session,
        "customer",
        table(
            "No.,Name,Country,Language,Method,Blocked,Type,Terms,Limit,Salesperson",
            "1,A,Allemagne,Français,Virement,oui,Personne,n30,1500.50,clerk@example.com",
            "2,B,UK,en,transfer,shipping,company,,2000,Alice Admin",
            "3,C,États-Unis,French,,,,,,",
        ),
    )
    names = [
        "no",
        "name",
        "country",
        "language",
        "payment_method",
        "blocked",
        "contact_type",
        "payment_terms_id",
        "credit_limit",
        "salesperson_id",
    ]
    assert check(session, batch, names=names) == {"create": 3}, [
        sentences(row) for row in rows(session, batch)
    ]
    run(session, batch)
    first, second, third = (the(session, Customer, no) for no in "123")
    assert (first.country, first.language, first.payment_method, first.blocked) == (
        "DE",
        "fr",
        "transfer",
        "all",
    )
    assert (first.contact_type, str(first.credit_limit), first.salesperson_id) == ("person", "1500.5", 2)
    assert first.payment_terms_id is not None
    assert (second.country, second.blocked, second.salesperson_id) == ("GB", "ship", 1)
    assert (third.country, third.language, third.blocked) == ("US", "fr", "none")


@pytest.mark.parametrize(
    ("decimal", "typed", "stored"),
    [
        (",", "1 234,50", "1234.5"),
        (",", "1.234,50", "1234.5"),
        (".", "1,234.50", "1234.5"),
        (".", "1'234.5", "1234.5"),
        (".", "1,234", "1234"),
        (".", "12,34", None),
        (",", "12.34", None),
    ],
)
def test_amounts_follow_the_decimal_sign_of_the_file(session, decimal, typed, stored):
    content = table("No.;Name;Credit limit", f"C1;Roy;{typed}")
    batch = upload(session, "customer", content, decimal=decimal)
    check(session, batch)
    run(session, batch)
    limit = the(session, Customer, "C1").credit_limit
    assert (None if limit is None else fields.as_text(limit)) == stored


def test_a_text_that_a_careful_program_protected_from_being_a_formula_is_itself_again(session):
    batch = upload(session, "customer", table("No.,Name,Phone", "C1,'=Roy,'+1 514 555-0100", "C2,'t Hof,"))
    check(session, batch)
    run(session, batch)
    assert (the(session, Customer, "C1").name, the(session, Customer, "C1").phone) == (
        "=Roy",
        "+1 514 555-0100",
    )
    assert the(session, Customer, "C2").name == "'t Hof"


def test_control_characters_are_refused_in_fields_and_marked_in_the_notes(session):
    batch = upload(session, "customer", table("No.,Name,City", "C1,Roy,La\x07val", "C2,R\x07y,"))
    assert check(session, batch) == {"create": 1, "warnings": 1, "error": 1}
    run(session, batch)
    assert the(session, Customer, "C1").notes == "City: La\ufffdval"


def test_persons_find_their_company_by_number_by_name_or_in_an_earlier_row(session):
    write(session, lambda: make_contact(session, "Old Company", no="OLD", city="Laval"))
    batch = upload(
        session,
        "contact",
        table(
            "No.,Name,First name,Last name,Company",
            "N1,New Company,,,",
            "P1,,Marie,Côté,Old Company",
            "P2,,Luc,Roy,N1",
            "P3,,Zoé,Tremblay,new company",
            "P4,,Anne,Noël,Nobody",
        ),
    )
    names = ["no", "name", "first_name", "last_name", "company_id"]
    assert check(session, batch, names=names) == {"create": 5, "warnings": 1}
    assert run(session, batch) == {"created": 5, "warnings": 1}
    company = {no: the(session, Contact, no).company for no in ("P1", "P2", "P3", "P4")}
    assert [company[no].no if company[no] else None for no in company] == ["OLD", "N1", "N1", None]
    person = the(session, Contact, "P1")
    assert (person.name, person.type, person.city) == ("Marie Côté", "person", "Laval")
    assert the(session, Contact, "P4").notes == "Company: Nobody"


def test_bank_accounts_are_imported_with_their_contacts(session):
    batch = upload(
        session,
        "bank_account",
        table("No.,Bank,IBAN,BIC", "B1,Banque,FR14 2004 1010 0505 0001 3M02 606,BOUSFRPPXXX"),
    )
    assert check(session, batch) == {"create": 1}
    run(session, batch)
    account = the(session, BankAccount, "B1")
    assert (account.iban, account.bic) == ("FR1420041010050500013M02606", "BOUSFRPPXXX")
    assert number_of(session, Link) == 1


# --- one row and the others


def test_one_bad_row_does_not_stop_the_others_and_leaves_nothing(session, monkeypatch):
    create = records.create

    def failing(session, kind, values, **how):
        saved = create(session, kind, values, **how)
        if values["no"] == "C2":
            raise RuntimeError("after writing")
        return saved

    batch = upload(
        session, "customer", table("No.,Name,Contact person", "C1,A,P One", "C2,B,P Two", "C3,C,P Three")
    )
    check(session, batch)
    monkeypatch.setattr(records, "create", failing)
    assert run(session, batch) == {"created": 2, "refused": 1}
    assert (number_of(session, Customer), number_of(session, Contact), number_of(session, Link)) == (2, 4, 2)
    assert "Tell your administrator the number" in rows(session, batch, "refused")[0].messages[0][3]


def test_a_series_without_automatic_numbers_refuses_rows_without_one(session):
    def only_manual():
        settings = records.office(session)
        series = session.get_one(batches_series(), settings.series_id("customer"))
        series.automatic = False

    write(session, only_manual)
    batch = upload(session, "customer", table("No.,Name", "C1,A", ",B"))
    assert check(session, batch) == {"create": 1, "error": 1}


def batches_series():
    from models import NumberSeries

    return NumberSeries


# --- undo (U-I5)


@pytest.mark.both_databases
def test_undoing_removes_what_was_made_and_brings_old_values_back(session):
    customer = write(session, lambda: make_customer(session, "Old", no="C1", phone="1"))
    before = (number_of(session, Customer), number_of(session, Contact), number_of(session, Link))
    batch = upload(
        session,
        "customer",
        table("No.,Name,Phone,Contact person", "C1,Renamed,2,", "C2,New,,Marie Côté", "C3,Third,3,"),
    )
    check(session, batch)
    assert run(session, batch) == {"updated": 1, "created": 2}
    assert undo(session, batch) == {"undone": 3}
    assert (number_of(session, Customer), number_of(session, Contact), number_of(session, Link)) == before
    assert (the(session, Customer, "C1").name, the(session, Customer, "C1").phone) == ("Old", "1")
    assert customer_contact(session, customer).name == "Old"


def test_rows_used_since_are_kept_and_say_so(session):
    batch = run_all(session, "customer", table("No.,Name", "C1,A", "C2,B", "C3,C"))
    write(session, lambda: records.save(session, the(session, Customer, "C1"), {"phone": "9"}, by=1))
    contact = customer_contact(session, the(session, Customer, "C2"))
    write(session, lambda: make_contact(session, "Somebody New", type="person", company_id=contact.id))
    assert undo(session, batch) == {"kept": 2, "undone": 1}
    assert [row.no for row in rows(session, batch, "kept")] == ["C1", "C2"]
    assert "C1 was used or changed" in rows(session, batch, "kept")[0].messages[-1][3]
    assert number_of(session, Customer) == 2


def test_undoing_an_import_whose_later_rows_changed_cards_of_earlier_ones(session):
    batch = upload(
        session,
        "contact",
        table(
            "No.,Name,Phone,First name,Last name,Company",
            "N1,Firm,1,,,",
            "P1,,,Marie,Côté,N1",
            "P2,,5,Luc,Roy,N1",
        ),
    )
    check(session, batch, names=["no", "name", "phone", "first_name", "last_name", "company_id"])
    run(session, batch)
    change = run_all(session, "contact", table("No.,Name,Phone", "N1,Firm,7"))
    assert the(session, Contact, "P1").phone == "7" and the(session, Contact, "P2").phone == "5"
    assert undo(session, change) == {"undone": 1}
    assert the(session, Contact, "P1").phone == "1"
    assert undo(session, batch) == {"kept": 2, "undone": 1}


# --- the check and the run


def a_cell(random, column):
    """A value as files have them: right, wrong, empty, too long or strange."""
    texts = [
        "",
        "NULL",
        "Roy",
        "Côté & Fils",
        "x" * 60,
        "x" * 101,
        "=1+1",
        "été\tx",
        "a\x07b",
        "\u202eabc",
        "0",
        "N/A",
    ]
    of_column = {
        "No.": ["", "C1", "C2", "C3", "N1", "N2", "x" * 21, "12"],
        "E-mail": ["", "a@x.example", "A@X.EXAMPLE", "info@", "a@x.example;b@x.example"],
        "Phone": ["", "514 555-0100", "call", "1" * 31],
        "Country": ["", "Canada", "Allemagne", "Atlantis", "FR"],
        "VAT": ["", "FR40303265045", "FR1", "DE136695976"],
        "Website": ["", "#A.HTM#", "x#http://x.example#", "www.x.example", "javascript:alert(1)"],
        "Blocked": ["", "yes", "none", "perhaps"],
        "Contact person": ["", "Marie Côté", "y" * 60, "Marie de la Tour", "\u200bA"],
        "Notes": ["", "a note", "z" * 9_990, "z" * 10_001],
    }
    return random.choice(of_column.get(column, texts))


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["customer", "vendor", "contact"])
def test_the_run_does_to_each_row_exactly_what_the_check_said(session, kind, seed):
    random = Random(seed)
    for no in ("C1", "C2"):
        write(
            session, lambda no=no: records.create(session, kind, {"no": no, "name": no, "phone": "1"}, by=BY)
        )
    headers = [
        "No.",
        "Name",
        "E-mail",
        "Phone",
        "Country",
        "VAT",
        "Website",
        "Blocked",
        "Contact person",
        "Notes",
        "City",
    ]
    out = io.StringIO()
    csv.writer(out).writerows([headers, *([a_cell(random, column) for column in headers] for _ in range(40))])
    batch = upload(session, kind, out.getvalue().encode())
    check(session, batch, key=random.choice(["no", "email", "none"]), clear=random.random() < 0.5)
    planned = {row.row_number: (row.outcome, row.changes, row.warnings) for row in rows(session, batch)}
    assert {outcome for outcome, _, _ in planned.values()} >= {"create", "error"}
    run(session, batch)
    becomes = {"create": "created", "update": "updated", "skip": "unchanged", "error": "refused"}
    for row in rows(session, batch):
        outcome, changes, _ = planned[row.row_number]
        assert row.outcome == becomes[outcome], (row.row_number, outcome, row.outcome, row.messages)
        if outcome == "update":
            assert {(name, old) for _, _, name, old, _ in changes} == {
                (name, fields.as_text(old)) for _, _, _, name, old in row.undo
            }
        if outcome == "create":
            record = session.get_one(MODELS[kind], row.record_id)
            stored = {name: fields.as_text(getattr(record, name)) for _, _, name, _, _ in changes}
            shown = {name: new for _, _, name, _, new in changes}
            moved = {"contact_person"} if getattr(record, "primary_contact_id", None) else set()
            assert {**stored, **dict.fromkeys(moved, "")} == {**shown, **dict.fromkeys(moved, "")}
