"""Cards that a new document makes on the way: their template, the way back, persons, quotes (O1, O2, D8)."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Contact, Customer, Document, PartyTemplate, PaymentTerms
from services import records
from services.documents import converting
from tests.documents.support import make_document, tax_group
from tests.support import factories as make
from tests.support.client import Client
from tests.support.threads import read, write


def _template(session: Session, code: str, days: int) -> PartyTemplate:
    """A template with terms and a tax group of its own."""
    terms = PaymentTerms(code=code, name=code, days=days)
    group = tax_group(session, f"T-{code}", ("GST", "5"))
    session.add(terms)
    session.flush()
    template = PartyTemplate(kind="customer", code=code, payment_terms_id=terms.id, tax_group_id=group.id)
    session.add(template)
    session.flush()
    return template


@pytest.mark.parametrize("language", ["en", "fr"])
def test_o1_another_template_for_the_customer_that_was_made(app: Flask, language: str) -> None:
    """O1, L6: the only template is taken by itself; another one changes the card, and the document follows."""
    first = write(app, lambda session: _template(session, "NEAR", 10))
    contact = write(app, lambda session: make.make_contact(session, "Boulangerie Neuve"))
    client = Client(app, role="clerk", language=language)
    page = client.submit(f"/sales/invoices/new?contact_id={contact.id}", {})
    customer = read(app, lambda session: session.scalars(select(Customer)).one())
    assert customer.payment_terms_id == first.payment_terms_id
    assert f"?also=customer-{customer.id}" in page.url
    address = page.url.partition("?")[0]
    assert {f"{address}/template", f"{address}/delete?also=customer-{customer.id}"} <= set(page.links)
    far = write(app, lambda session: _template(session, "FAR", 60))
    asked = client.page(f"{address}/template")
    assert [one["value"] for one in asked.main.all("option")] == [str(far.id), str(first.id)]
    client.submit(f"{address}/template", {"template_id": "999"}, 422)
    client.submit(f"{address}/template", {"template_id": far.id})
    customer = read(app, lambda session: session.get_one(Customer, customer.id))
    invoice = read(app, lambda session: session.scalars(select(Document)).one())
    assert (customer.payment_terms_id, customer.tax_group_id) == (far.payment_terms_id, far.tax_group_id)
    assert (invoice.due_date - invoice.document_date).days == 60
    write(app, lambda session: make_document(session, "order", session.get_one(Customer, customer.id)))
    refused = client.page(f"{address}/template")
    assert not [form for form in refused.main.all("form") if form.get("method") == "post"]
    values = {"csrf_token": client.csrf_token, "template_id": first.id}
    assert client.post(f"{address}/template", values).status_code == 409


@pytest.mark.parametrize(("kind", "cards"), [("invoices", 2), ("orders", 2), ("quotes", 1)])
def test_d8_undo_in_a_new_document_takes_back_what_it_made(app: Flask, kind: str, cards: int) -> None:
    """D8: a name that nobody knew; the page behind Undo has the new cards ticked, and then only the bin has them."""
    client = Client(app, role="clerk")
    page = client.submit(f"/sales/{kind}/new", {"customer_name": "Nobody Yet"})
    undo = next(link for link in page.main.all("a") if "/delete?also=" in link["href"])["href"]
    # Another parameter in the address does not go along.
    again = client.page(f"{undo.replace('/delete', '')}&q=caf%E9")
    assert undo in [link["href"] for link in again.main.all("a")]
    asked = client.page(undo)
    boxes = asked.all("input", name="also")
    assert len(boxes) == cards and all(box.get("checked") is not None for box in boxes)
    client.submit(undo, {})
    left = read(
        app, lambda session: [session.scalars(select(one)).all() for one in (Document, Customer, Contact)]
    )
    assert left == [[], [], []]


def test_d8_the_contact_of_a_quote_stays_when_more_belongs_to_it(app: Flask) -> None:
    """D8: with a second quote, a person or a link it is not offered."""

    def quoted(session: Session, change: Any) -> Document:
        contact = make.make_contact(session, "Company")
        change(session, contact)
        return make_document(session, "quote", contact)

    changes = [
        lambda session, contact: make_document(session, "quote", contact),
        lambda session, contact: make.make_person(session, "Ada", contact),
    ]
    client = Client(app, role="clerk")
    for change in changes:
        quote = write(app, lambda session, change=change: quoted(session, change))
        assert not client.page(f"/sales/quotes/{quote.id}/delete").all("input", name="also")


def test_o2_a_person_at_a_customer_is_found_and_named_on_the_document(app: Flask) -> None:
    """O2, U-T3: in a group of its own, with the company; a blocked customer blocks its persons."""
    family = write(app, make.make_family)
    client = Client(app, role="clerk")
    name = family.person.name
    found = client.fragment(f"/lookup/parties?kind=invoice&q={name}")
    group = found.one(id="lookup-persons")
    assert group.text == "Persons at customers" and family.contact.name in found.text
    page = client.submit(f"/sales/invoices/new?contact_id={family.person.id}", {})
    invoice = read(app, lambda session: session.scalars(select(Document)).one())
    assert (invoice.customer_id, invoice.contact_person) == (
        family.customer.id,
        name,
    ) and "also=" not in page.url

    def block(session: Session) -> None:
        records.save(session, session.get_one(Customer, family.customer.id), {"blocked": "all"}, by=make.BY)

    write(app, block)
    options = client.fragment(f"/lookup/parties?kind=invoice&q={name}").all(role="option")
    assert [one.get("aria-disabled") for one in options if name in one.text][0] == "true"


def test_o1_what_becomes_of_a_contacts_quote_has_the_number_of_the_customer(app: Flask) -> None:
    """O1, O4: the quote keeps the number of its contact; the order prints that of the customer made on the way."""

    def ordered(session: Session) -> tuple[str, str, str]:
        contact = make.make_contact(session, "Not yet Ltd")
        quote = make_document(session, "quote", contact)
        order = converting.convert(session, quote, "order", by=make.BY).document
        return quote.party_no, order.party_no, order.customer.no if order.customer else ""

    of_quote, of_order, of_customer = write(app, ordered)
    assert of_quote.startswith("CT") and of_order == of_customer == "C00001"
