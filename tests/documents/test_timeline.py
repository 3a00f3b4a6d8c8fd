"""What happened with a document, on its page: when, what and by whom (U-C7, U-X6)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models import Document
from services import interactions
from services.documents import converting, payments, saving
from services.mail import outbox
from services.mail.letters import Address, Letter
from tests.documents.support import BY, issue, make_document
from tests.support import factories as make
from tests.support.client import Client
from tests.support.threads import write


def _sold(session: Session) -> tuple[Document, Document]:
    """A quote that became an invoice, changed, issued, printed, mailed, and paid in part."""
    quote = make_document(
        session, "quote", make.make_customer(session, "Buyer Ltd", email="buyer@example.org")
    )
    invoice = converting.convert(session, quote, "invoice", by=BY).document
    saving.save_header(session, invoice, {"reference": "PO 7", "discount_percent": Decimal(5)}, by=BY)
    line = {"description": "Rye", "quantity": Decimal(3), "unit_price": Decimal(4)}
    saving.add_line(session, invoice, line, by=BY)
    issue(session, invoice)
    interactions.record(session, "print_invoice", by=BY, document=invoice)
    letter = Letter(
        kind="document",
        subject="Your invoice",
        text="Hello",
        to=[Address("buyer@example.org")],
        about=("invoice", invoice.id),
    )
    outbox.enqueue(session, letter, by=BY)
    paid = {"amount": Decimal(30), "date": date.today(), "method": "cash"}
    payments.register(session, invoice, paid, by=BY)
    return quote, invoice


@pytest.mark.parametrize("language", ["en", "fr"])
def test_u_c7_a_document_tells_what_happened_with_it(app: Flask, language: str) -> None:
    """U-C7: changes, printing, mails on their way and payments in one stream, the latest first."""
    quote, invoice = write(app, _sold)
    client = Client(app, role="clerk", language=language)
    shown = client.page(f"/sales/invoices/{invoice.id}").one("section", id="timeline")
    lines = [line.text for line in shown.all("li")]
    wanted = {
        "en": [
            "Payment of 30.00 registered",
            "E-mail Your invoice",
            "Issued",
            "Line changed",
            "PO 7",
            "3 × Rye = 12.00",
        ],
        "fr": [
            "Paiement de 30,00 enregistré",
            "Courriel Your invoice",
            "Émis",
            "Modifié",
            "PO 7",
            "3 × Rye = 12,00",
        ],
    }
    for sentence in wanted[language]:
        assert any(sentence in line.replace("\xa0", " ") for line in lines), (sentence, lines)
    assert all("Claude Clerk" in line for line in lines)
    assert f"/sales/quotes/{quote.id}" in [link["href"] for link in shown.all("a")]
    told = client.page(f"/sales/quotes/{quote.id}").one("section", id="timeline").text
    assert told.count("Invoice" if language == "en" else "Facture") == 1


def test_u_x6_an_item_keeps_what_it_was(app: Flask, client_of: Any) -> None:
    """U-X6: entered, changed, deleted: on its page and in the activity, old and new value."""
    admin = client_of("admin")
    admin.submit("/settings/items/new", {"no": "PAIN-01", "description": "Bread", "unit_price": "3.25"})
    address = next(
        link for link in admin.page("/settings/items").links if link.startswith("/settings/items/1")
    )
    admin.submit(address, {"unit_price": "3.50", "blocked": "y"})
    shown = admin.page(address).one("section", id="item-history").text
    assert "Unit price: 3.25 → 3.5" in shown and "Blocked: No → Yes" in shown and "Created" in shown
    assert "Item PAIN-01 Bread changed" in admin.page("/activity").text
    admin.submit(f"{address}/delete", {})
    assert "Item PAIN-01 deleted" in admin.page("/activity").text
