"""Lists as files: what is shown, in cells that stay what they are, and back again without a change (X2, U-I1)."""

import csv
import io
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from extensions import db
from models import MODELS, Contact, PaymentTerms, SecurityEvent, TaxGroup, User
from services import exports, records
from services.imports import columns
from tests.imports import support as importing
from tests.privacy.support import ADDRESSES, Do
from tests.records.conftest import KINDS
from tests.support import factories as make
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.threads import read

# Texts that a spreadsheet program or an import might take for something else.
HOSTILE = (
    "=1+1", "+1 514 555-0100", "-2", "@SUM(A1)", "'=1+1", "''@x", "'", "007", "1e5", "TRUE", "NULL", "N/A", "1,5",
    "2.5", '"quoted", "twice"', "a;b,c|d", "_x0041_", "é🎉👨‍👩‍👧", "שלום", "sep=;", "#REF!", "2026-11-22", "{=1}",
    "<b>&amp;</b>", "\\n", "١٢٣", "%s {0}", "1 234,50", "x#y#z", "=HYPERLINK(\"http://evil.example\")",
)  # fmt: skip
NOTES = ('=1+1\n"two", lines;\ttab', "-", "'=quoted", "long " * 1999 + "end", "a\n\n b", "")
EMAILS = ("a#b#c@example.com", "o'neil@example.com", "+x@example.com", "=a@example.com", "")
WEBSITES = ("https://example.com/a#b#http://c#d", 'http://example.com/?q=,;"'.rstrip('"'), "")
AMOUNTS = (
    Decimal("0"), Decimal("-5.25"), Decimal("0.125"), Decimal("1234567.8901"), Decimal("999999999999.9999"), None,
    Decimal("1500.5"), Decimal("1000"),
)  # fmt: skip
DAYS = (date(1900, 1, 1), date(1900, 2, 28), date(1980, 12, 31), None)
Ask = Any


def cycle(values: Any, number: int) -> Any:
    return values[number % len(values)]


def hostile_values(number: int) -> dict[str, Any]:
    """Values that every kind of card may have, another mixture for each number."""
    return {
        "no": f"{cycle(HOSTILE, number)[:12]} {number}" if number % 3 else f"{number:05}",
        "name2": cycle(HOSTILE, number + 1)[:50],
        "address": cycle(HOSTILE, number + 2),
        "address2": cycle(HOSTILE, number + 3)[:50],
        "post_code": cycle(HOSTILE, number + 4)[:20].strip(),
        "city": cycle(HOSTILE, number + 5)[:50],
        "region": cycle(HOSTILE, number + 6)[:50],
        "country": cycle(("CA", "FR", "US", "GB", "CD", "CG", ""), number),
        "phone": cycle(("+1 514 555-0100 x12", "(514) 555.0100", "007", ""), number),
        "mobile": cycle(("-1 2", "+33 6 12", ""), number),
        "email": cycle(EMAILS, number),
        "website": cycle(WEBSITES, number),
        "language": cycle(("en", "fr-CA", "de", "fr", ""), number),
        "notes": cycle(NOTES, number),
    }


def fill(session: Session, kind: str, count: int) -> None:
    """Cards that the rules of today, or of yesterday, allow."""
    terms, taxes = PaymentTerms(code="ÉCH-30", name="30 jours"), TaxGroup(code="=QC", name="Québec")
    left = User(name="Émile Côté", email="emile@example.com", language="fr", formats="fr_CA", active=False)
    twins = [
        User(name="Jean Roy", email=f"roy{n}@example.com", language="fr", formats="fr_CA") for n in (1, 2)
    ]
    session.add_all([terms, taxes, left, *twins])
    session.flush()
    users = (left.id, twins[0].id, twins[1].id, 1, None)
    company = make.make_contact(session, '=Company, "Ltd"', no="'=CO")
    for number in range(count):
        values = hostile_values(number) | {"name": cycle(HOSTILE, number + 7)}
        if kind == "contact" and number % 2:
            values |= {
                "type": "person", "name": f"{cycle(HOSTILE, number)} Marie de la Tour",
                "birth_date": cycle(DAYS, number // 2),
                "company_id": company.id if number % 4 == 1 else None, "job_title": cycle(HOSTILE, number),
                "title": cycle(HOSTILE, number + 1)[:30], "email2": cycle(EMAILS, number + 1),
            }  # fmt: skip
        if kind in ("contact", "customer"):
            values["salesperson_id"] = cycle(users, number)
        if kind == "customer":
            values |= {
                "credit_limit": cycle(AMOUNTS, number),
                "tax_group_id": cycle((taxes.id, None), number),
            }
        if kind in ("customer", "vendor"):
            values |= {
                "payment_terms_id": cycle((terms.id, None), number), "currency": cycle(("CAD", "EUR", ""), number),
                "payment_method": cycle(("transfer", "direct_debit", ""), number),
                "contact_person": cycle(HOSTILE, number),
                "contact_person_title": cycle(HOSTILE, number + 1), "blocked": cycle(("none", "all"), number),
            }  # fmt: skip
        if kind == "vendor":
            values |= {
                "iban": cycle(("FR1420041010050500013M02606", ""), number),
                "our_account_no": cycle(HOSTILE, number)[:30],
            }
        if kind == "bank_account":
            values |= {
                "label": cycle(HOSTILE, number),
                "account_no": cycle(("003-12345-1234567", "007", "1E5"), number),
            }
            values |= {
                "iban": cycle(("DE89370400440532013000", ""), number),
                "blocked": cycle((True, False), number),
            }
        card = make.make_card(session, kind, **values)
        if kind == "contact" and number % 4 == 1:
            records.save(session, card, {"first_name": "Marie", "last_name": "de la Tour"}, by=make.BY)
        if kind != "bank_account" and card.country == "FR":
            # The number was right where the card was; its new country has other numbers.
            records.save(session, card, {"vat_no": "FR40303265045"}, by=make.BY)
            records.save(session, card, {"country": "CA"}, by=make.BY)


def download(client: Client, url: str) -> bytes:
    response = client.get(url)
    assert response.status_code == 200, response.get_data(as_text=True)[:500]
    return response.data


def sheet(content: bytes) -> list[tuple[Any, ...]]:
    """The cells of a workbook; none of them is a formula."""
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows())
    assert not [cell.coordinate for row in rows for cell in row if cell.data_type == "f"]
    return [tuple(cell.value for cell in row) for row in rows]


def text_table(content: bytes, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator))


# -- there and back -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "file_type", "language", "count"),
    [
        ("contact", "xlsx", "en", 300),
        ("contact", "csv", "fr", 100),
        ("customer", "csv", "en", 300),
        ("customer", "xlsx", "fr", 60),
        ("vendor", "csv", "fr", 40),
        ("vendor", "xlsx", "en", 40),
        ("bank_account", "csv", "en", 40),
        ("bank_account", "xlsx", "fr", 40),
    ],
)
def test_a_file_that_comes_back_unchanged_changes_nothing(
    app: Flask, do: Do, clock: Clock, kind: str, file_type: str, language: str, count: int
) -> None:
    """R-XLSX-6, U-I2: cards that no rule forbids, in every kind of file and both languages: nothing is proposed."""
    do(lambda session: fill(session, kind, count))
    client = Client(app, role="clerk", language=language)
    content = download(client, f"/{ADDRESSES[kind]}/export.{file_type}?all=yes")
    with app.app_context(), force_locale(f"{language}_CA"):
        session = db.session()
        batch = importing.upload(session, kind, content, f"list.{file_type}")
        recognised = [name for name in batch.options["columns"] if name]
        assert sorted(recognised) == sorted(columns.targets(kind))
        found = importing.check(session, batch)
        said = [
            (row.cells, importing.sentences(row), row.changes)
            for row in importing.rows(session, batch)
            if row.changes or row.messages
        ]
        number = importing.number_of(session, MODELS[kind])
        assert found == {"skip": number}, said[:3]


def test_an_edited_file_changes_what_was_edited(app: Flask, do: Do, client: Client) -> None:
    """U-I2: matched by the number; a last name changed in the file changes the composed name as well."""
    do(lambda session: make.make_person(session, "Marie Roy", phone="+1 514 555-0100"))
    table = text_table(download(client, "/contacts/export.csv?all=yes"))
    table[1][table[0].index("Last name")] = "Tremblay"
    edited = io.StringIO(newline="")
    csv.writer(edited).writerows(table)
    with app.app_context():
        importing.run_all(db.session(), "contact", edited.getvalue().encode())
        person = importing.the(db.session(), Contact, "CT000001")
        assert (person.name, person.phone) == ("Marie Tremblay", "+1 514 555-0100")


# -- as shown -------------------------------------------------------------------------------------------


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", KINDS)
def test_the_file_has_the_rows_and_columns_that_the_list_shows(do: Do, either: Client, kind: str) -> None:
    """X2, U-I1: search, filters, sort and chosen columns; the number always."""

    def three(session: Session) -> None:
        for name, country in (("Alpha Roy", "CA"), ("Beta Roy", "FR"), ("Gamma Roy", "CA"), ("Delta", "CA")):
            make.make_card(session, kind, name, country=country, phone="+1 514 555-0100")

    do(three)
    url = f"/{ADDRESSES[kind]}?q=roy&country=CA&sort=-name&columns=no,name,phone,country"
    links = [link for link in either.piece(url).links if "/export." in link]
    assert len(links) == 4
    for link in links:
        assert "q=roy" in link and "country=CA" in link and "sort=-name" in link
    rows = sheet(download(either, next(link for link in links if ".xlsx" in link and "all=" not in link)))
    assert rows[0] == (
        ("No.", "Name", "Phone", "Country") if either.language == "en" else ("N°", "Nom", "Téléphone", "Pays")
    )
    assert [row[1:] for row in rows[1:]] == [
        ("Gamma Roy", "+1 514 555-0100", "Canada"),
        ("Alpha Roy", "+1 514 555-0100", "Canada"),
    ]
    separator = ";" if either.language == "fr" else ","
    text = text_table(
        download(either, next(link for link in links if ".csv" in link and "all=" not in link)), separator
    )
    assert [row[2] for row in text[1:]] == ["'+1 514 555-0100"] * 2


def test_cells_are_real_numbers_and_days_and_texts(do: Do, client: Client) -> None:
    """R-XLSX-5: every text is a text, also one that looks like a formula or a number; the value is whole."""
    payloads = ["=1+1", "+1 514 555-0100", "007", "@x", "-1", "'=1", 'a "b"', "=cmd|' /C calc'!A1"]

    def several(session: Session) -> None:
        for number, text in enumerate(payloads):
            make.make_card(
                session, "customer", text, city=text, credit_limit=Decimal("1234.5"), no=f"{number:03}"
            )

    do(several)
    content = download(client, "/customers/export.xlsx?all=yes&sort=no")
    headers, *rows = sheet(content)
    at = {name: place for place, name in enumerate(headers)}
    assert [row[at["Name"]] for row in rows] == payloads == [row[at["City"]] for row in rows]
    assert [row[at["No."]] for row in rows] == [f"{number:03}" for number in range(len(payloads))]
    assert {row[at["Credit limit"]] for row in rows} == {1234.5}
    assert all(isinstance(row[at["Changed"]], datetime) for row in rows)
    column = openpyxl.load_workbook(io.BytesIO(content)).active.iter_cols(at["Name"] + 1, at["Name"] + 1, 2)
    quoted = [cell.quotePrefix for cell in next(column)]
    assert quoted == [text.startswith(("=", "+", "-", "@")) for text in payloads]
    french = Client(client.app, role="clerk", language="fr")
    names, *lines = text_table(download(french, "/customers/export.csv?all=yes&sort=no"), ";")
    assert lines[0][names.index("Limite de crédit")] == "1234,50"
    assert [line[names.index("Nom")] for line in lines][:2] == ["'=1+1", "'+1 514 555-0100"]


def test_long_notes_are_whole(app: Flask, do: Do, client: Client) -> None:
    """R-XLSX-5: what no cell holds goes on in the column beside it, also notes of an older time."""
    made = do(lambda session: make.make_contact(session, notes="short"))
    long = "=" + "n" * 39_998 + "é"
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(update(Contact).where(Contact.id == made.id).values(notes=long))
    headers, row = sheet(download(client, "/contacts/export.xlsx?all=yes"))
    place = headers.index("Notes")
    assert headers[place + 1] == "Notes (2)" and row[place] + row[place + 1] == long


def test_what_a_card_refers_to_can_be_read(do: Do, client: Client) -> None:
    """A person's company by number and name, the primary contact by name, linked cards by kind and number."""

    def family(session: Session) -> None:
        made = make.make_family(session)
        records.save(session, made.customer, {"primary_contact_id": made.person.id}, by=make.BY)
        records.save(session, made.person, {"job_title": "Buyer"}, by=make.BY)

    do(family)
    headers, *rows = sheet(download(client, "/contacts/export.xlsx?sort=no"))
    assert headers[:7] == ("No.", "Name", "Type", "Company", "Name of the company", "Phone", "City")
    assert rows[1][2:5] == ("Person", "CT000001", "Family Ltd")
    assert rows[0][7].startswith("customer C00001, vendor V00001, bank account B00001")
    headers, row = sheet(download(client, "/customers/export.xlsx?all=yes"))
    found = dict(zip(headers, row, strict=True))
    assert (found["Contact person"], found["Contact person's job title"]) == ("Ada Family", "Buyer")
    assert found["In step with"] == "contact CT000001"


# -- around it ------------------------------------------------------------------------------------------


def test_a_file_is_named_for_its_kind_and_day_and_its_making_is_recorded(
    app: Flask, do: Do, client: Client
) -> None:
    """R-LOG-3: each file is a security event; its name says nothing about anybody."""
    do(lambda session: make.make_contact(session))
    response = client.get("/bank-accounts/export.csv?q=Ada")
    assert re.fullmatch(
        r"attachment; filename=bank-accounts-\d{4}-\d\d-\d\d\.csv", response.headers["Content-Disposition"]
    )
    events = read(app, lambda session: list(session.scalars(select(SecurityEvent.event))))
    assert events.count("list exported") == 1
    french = Client(app, role="clerk", language="fr")
    assert (
        "filename=comptes-bancaires-"
        in french.get("/bank-accounts/export.xlsx").headers["Content-Disposition"]
    )


def test_who_may_not_see_bank_details_gets_none(do: Do, app: Flask) -> None:
    """R-PERM-3: the file itself asks, not the page before it."""
    do(lambda session: make.make_card(session, "vendor", iban="FR1420041010050500013M02606"))
    with app.app_context():
        reader = exports.Reader("en", "UTC", bank_details=False)
        query = select(MODELS["vendor"])
        assert list(exports.rows(db.session(), "vendor", ["no", "iban"], query, reader)) == [
            ["V00001", "•••• 2606"]
        ]


def test_readers_and_officers_are_offered_no_file(do: Do, client_of: Any) -> None:
    """R-PERM-1."""
    do(lambda session: make.make_contact(session))
    for role in ("reader", "privacy_officer"):
        assert "export" not in client_of(role).page("/contacts").main.text.lower()


def test_a_filter_that_cannot_be_read_makes_no_file(client: Client) -> None:
    for url in ("?country=Atlantis", "?changed=never", "?type=dog", "?q=" + "x" * 300):
        assert client.get(f"/contacts/export.xlsx{url}").status_code == 422, url
    for url in ("/contacts/export.xlsx?sort=secret", "/contacts/export.xlsx?chosen=yes&ids=x"):
        assert client.get(url).status_code == 400, url


def test_six_files_a_minute(client: Client) -> None:
    """R-WEB-9."""
    answers = [client.get("/contacts/export.csv") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 50
