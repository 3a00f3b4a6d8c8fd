"""Contacts made at once for many customers, vendors and bank accounts (L8)."""

from typing import Any

import pytest
from sqlalchemy import func, select

from extensions import db
from models import BankAccount, Contact, Customer, HistoryEntry, ImportBatch, Job, Link, Vendor
from services import contact_batches, deletion, jobs, links, records
from services.imports import batches, chunks
from tests.imports.support import (
    NORTHWIND,
    number_of,
    run_all,
    sentences,
    undo,
    work_off,
    work_off_all,
    write,
)
from tests.support.factories import BY, make_bank_account, make_customer

PLURALS = {"customer": "customers", "vendor": "vendors", "bank_account": "bank-accounts"}


def without_contacts(session: Any) -> None:
    """New parties get no contact by themselves."""
    write(session, lambda: setattr(records.office(session), "create_contacts", False))


def batch_of(session: Any, kind: str, *conditions: Any) -> ImportBatch:
    """Make the contacts of all cards of a kind that fulfil the conditions."""
    batch = write(session, lambda: contact_batches.start(session, kind, conditions, by=BY))
    work_off(session, batch.job_id)
    return batch


def of_type(session: Any, type_: str) -> int:
    return session.scalar(select(func.count()).where(Contact.type == type_)) or 0


@pytest.mark.both_databases
def test_l8_all_of_northwind_gets_its_companies_and_persons_and_a_second_run_nothing(session: Any) -> None:
    without_contacts(session)
    run_all(session, "customer", NORTHWIND / "customers.csv")
    run_all(session, "vendor", NORTHWIND / "suppliers.csv")
    for number in range(3):
        write(session, lambda number=number: make_bank_account(session, f"Bank {number}"))
    assert number_of(session, Contact) == 0
    for kind, count in (("customer", 91), ("vendor", 29), ("bank_account", 3)):
        assert contact_batches.count(session, kind, ()) == count
        batch_of(session, kind)
        assert contact_batches.count(session, kind, ()) == 0
    assert (of_type(session, "company"), of_type(session, "person")) == (91 + 29 + 3, 120)
    assert number_of(session, Link) == 123
    typed = select(func.count()).select_from(Customer).where(Customer.contact_person != "")
    assert session.scalar(typed) == 0
    assert session.scalar(select(func.count()).where(Customer.primary_contact_id.is_(None))) == 0
    with pytest.raises(Exception, match="has its contact already"):
        batch_of(session, "customer")


def test_l8_the_contact_person_becomes_the_primary_contact_with_the_typed_title(session: Any) -> None:
    without_contacts(session)
    customer = write(
        session,
        lambda: make_customer(
            session,
            "Firm",
            contact_person="Marie Côté",
            contact_person_title="Buyer",
            phone="1",
            city="Laval",
        ),
    )
    batch = batch_of(session, "customer")
    session.refresh(customer)
    person = session.get_one(Contact, customer.primary_contact_id)
    assert (person.name, person.job_title, person.city, customer.contact_person) == (
        "Marie Côté",
        "Buyer",
        "Laval",
        "",
    )
    lines = session.scalars(select(HistoryEntry.batch).where(HistoryEntry.batch != "")).all()
    assert set(lines) == {batches.name_of(batch)} and batches.name_of(batch).startswith("CON-")
    assert undo(session, batch) == {"undone": 1}
    session.refresh(customer)
    assert number_of(session, Contact) == 0
    assert (customer.primary_contact_id, customer.contact_person, customer.contact_person_title) == (
        None,
        "Marie Côté",
        "Buyer",
    )


def test_l8_a_filter_makes_only_what_it_leaves_and_a_bad_row_does_not_stop_the_others(session: Any) -> None:
    without_contacts(session)
    for name, city in (("One", "Laval"), ("Two", "Hull"), ("Three", "Hull")):
        person = "x" * 60 if name == "Two" else ""
        write(
            session,
            lambda name=name, city=city, person=person: make_customer(
                session, name, city=city, contact_person=person
            ),
        )
    batch = batch_of(session, "customer", Customer.search_city == "hull")
    outcomes = {row.label: row.outcome for row in batches.rows(session, batch)}
    assert outcomes == {"Two": "refused", "Three": "created"}
    refused = next(row for row in batches.rows(session, batch) if row.outcome == "refused")
    assert "at most 50 characters" in sentences(refused)[0]
    assert contact_batches.count(session, "customer", ()) == 2


def test_l8_cut_off_in_the_middle_and_resumed_each_is_done_once(session: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(jobs, "CHUNK_SECONDS", 0)
    monkeypatch.setattr(chunks, "ROWS_AT_ONCE", 2)
    without_contacts(session)
    made = [write(session, lambda n=n: make_customer(session, f"Firm {n}")) for n in range(6)]
    batch = write(session, lambda: contact_batches.start(session, "customer", (), by=BY))
    jobs.advance(session, batch.job_id)
    write(session, lambda: jobs._settle(session, batch.job_id, "interrupted"))
    # One of those left gets its contact by hand, another is deleted.
    left = sorted(made, key=lambda card: card.name)[2:]
    write(session, lambda: links.create_contact(session, left[0], by=BY))
    write(session, lambda: deletion.delete(session, left[1], by=BY))
    write(session, lambda: jobs.resume(session.get_one(Job, batch.job_id, populate_existing=True)))
    work_off(session, batch.job_id)
    assert number_of(session, Contact) == 5
    found = batches.counts(session, batch)
    assert (found["created"], found["unchanged"], found["refused"]) == (4, 1, 1)


def test_l8_a_code_that_is_emptied_while_it_runs_refuses_the_rest(session: Any) -> None:
    without_contacts(session)
    write(session, lambda: make_customer(session, "Firm"))
    batch = write(session, lambda: contact_batches.start(session, "customer", (), by=BY))
    write(session, lambda: setattr(records.office(session), "customer_code_id", None))
    work_off(session, batch.job_id)
    row = batches.rows(session, batch)[0]
    assert (
        row.outcome == "refused" and "Set a business relation code for customers first." in sentences(row)[0]
    )


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", ["customer", "vendor", "bank_account"])
def test_l8_the_page_counts_what_the_list_leaves_and_leads_to_the_result(
    app: Any, do: Any, client_of: Any, kind: str, language: str
) -> None:
    plural = PLURALS[kind]
    do(lambda session: setattr(records.office(session), "create_contacts", False))
    do(lambda session: [records.create(session, kind, {"name": name}, by=BY) for name in ("Abel", "Basil")])
    client = client_of("clerk", language=language)
    listed = client.page(f"/{plural}?q=abel")
    assert f"/{plural}/create-contacts?q=abel" in listed.links
    address = f"/{plural}/create-contacts?q=abel"
    page = client.page(address)
    assert "Abel" in page.text and "Basil" not in page.text
    result = client.read(client.send(page.form(address)), address, 303)
    assert "CON-" in result.text
    work_off_all(app)
    assert "Abel" in client.page(result.url).text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Contact)) == 1
    again = client.page(address)
    assert address not in [form.get("action") for form in again.all("form")]


@pytest.mark.parametrize(
    ("kind", "model"), [("customer", Customer), ("vendor", Vendor), ("bank_account", BankAccount)]
)
def test_l2_without_its_code_the_page_says_so_and_the_post_is_409(
    do: Any, client: Any, kind: str, model: Any
) -> None:
    def prepare(session: Any) -> None:
        records.office(session).create_contacts = False
        records.create(session, kind, {"name": "Abel"}, by=BY)
        setattr(records.office(session), f"{kind}_code_id", None)

    do(prepare)
    address = f"/{PLURALS[kind]}/create-contacts"
    page = client.page(address)
    assert "Set a business relation code" in page.text
    assert address not in [form.get("action") for form in page.all("form")]
    assert client.post(address, {"csrf_token": client.csrf_token}).status_code == 409
