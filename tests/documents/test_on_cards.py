"""The documents of a card on the card itself: counts that lead to lists, money per currency, the last invoices."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models import Document
from services import clock
from services.documents import figures, payments
from tests.documents.support import BY, issue, make_document, make_issued, office
from tests.support import factories as make
from tests.support.client import Client
from tests.support.threads import read, write

pytestmark = pytest.mark.both_databases


def _business(session: Session) -> Any:
    """A family with documents: two invoices, one half paid and overdue, a credit memo, a draft, orders, a bill."""
    family = make.make_family(session)
    today = clock.today(office(session))
    late = make_document(session, "invoice", family.customer, ("1", "100"), document_date=today)
    late.due_date = today - timedelta(days=1)
    issue(session, late)
    paid = {"amount": Decimal("40"), "date": today, "method": "transfer"}
    payments.register(session, late, paid, by=BY)
    make_issued(session, "invoice", family.customer, ("1", "20"), currency="EUR")
    make_issued(session, "credit_memo", family.customer, ("1", "10"))
    make_document(session, "invoice", family.customer)
    make_document(session, "order", family.customer)
    make_issued(session, "purchase_invoice", family.vendor, ("1", "7"))
    make_issued(session, "invoice", make.make_customer(session, "Somebody else"), ("1", "999"))
    return family


def test_u_c3_figures_count_each_kind_and_add_up_each_currency(app: Flask) -> None:
    """U-C3: credit memos are taken off; what a vendor gets is said apart; another card's documents are not there."""
    family = write(app, _business)

    def figures_of(session: Session) -> figures.OfCard:
        contact = session.merge(family.contact, load=False)
        return figures.of_card(session, contact, family.parties, clock.today(office(session)))

    found = read(app, figures_of)
    assert found.counts == {"order": 1, "invoice": 3, "credit_memo": 1, "purchase_invoice": 1}
    base = read(app, lambda session: session.get_one(Document, found.latest[-1].id).currency)
    assert found.owed == [
        figures.Owed("customer", base, Decimal(50), Decimal(60)),
        figures.Owed("customer", "EUR", Decimal(20), Decimal(0)),
        figures.Owed("vendor", base, Decimal(7), Decimal(0)),
    ]
    assert len(found.latest) == 4


@pytest.mark.parametrize("language", ["en", "fr"])
def test_u_c3_cards_show_their_documents(app: Flask, language: str) -> None:
    """U-C3: on the contact, the customer and the vendor; each count leads to a list with that many rows."""
    family = write(app, _business)
    client = Client(app, role="clerk", language=language)
    for url, kinds, lines in [
        (f"/contacts/{family.contact.id}", 4, 4),
        (f"/customers/{family.customer.id}", 3, 3),
        (f"/vendors/{family.vendor.id}", 1, 1),
    ]:
        panel = client.page(url).one("section", id="documents")
        counts = panel.one("p").all("a")
        assert len(counts) == kinds and len(panel.one("tbody").all("tr")) == lines
        for link in counts:
            listed = client.page(link["href"])
            assert len(listed.one(id="list").one("tbody").all("tr")) == int(link.text.split()[-1]), link[
                "href"
            ]
    shown = client.page(f"/customers/{family.customer.id}").one("section", id="documents").text
    assert "60.00" in shown.replace("\xa0", " ") or "60,00" in shown
    alone = write(app, lambda session: make.make_contact(session, "Nobody yet"))
    empty = client.page(f"/contacts/{alone.id}").one("section", id="documents")
    assert not empty.all("table") and not empty.all("dl")
    account = client.page(f"/bank-accounts/{family.bank_account.id}")
    assert not account.all("section", id="documents")


def test_a_quote_of_a_contact_alone_is_on_its_card(app: Flask) -> None:
    """O1: a contact carries its quotes before it is a customer; the list that the count leads to has them."""

    def quoted(session: Session) -> Any:
        contact = make.make_contact(session, "Not yet Ltd")
        make_document(session, "quote", contact)
        return contact

    contact = write(app, quoted)
    client = Client(app, role="clerk")
    (link,) = client.page(f"/contacts/{contact.id}").one("section", id="documents").all("a")
    assert "Not yet Ltd" in client.page(link["href"]).text
    assert client.get("/sales/quotes?contact=x").status_code == 422
