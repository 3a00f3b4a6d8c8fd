"""What cells say: words, amounts, references, and what does not fit (X1, R-TXT)."""

import pytest

from models import BankAccount, Contact, Customer, Link, PaymentTerms
from services import fields
from tests.imports.support import check, number_of, rows, run, sentences, table, the, upload, write
from tests.support.factories import make_contact


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
