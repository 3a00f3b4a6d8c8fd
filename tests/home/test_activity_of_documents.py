"""The activity tells what happened to documents, in both languages, with a link while they are there."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from services.documents import converting, deleting, payments, saving
from tests.documents.support import BY, issue, make_document, pdf
from tests.privacy.support import Do
from tests.support.client import Client
from tests.support.factories import make_customer


def _happen(session: Session) -> None:
    quote = make_document(session, "quote", make_customer(session, "Buyer Ltd"))
    invoice = converting.convert(session, quote, "invoice", by=BY).document
    saving.save_header(session, invoice, {"reference": "PO 7", "document_date": date(2026, 6, 15)}, by=BY)
    issue(session, invoice)
    paid = {"amount": Decimal(30), "date": date(2026, 6, 16), "method": "cash"}
    payment = payments.register(session, invoice, paid, by=BY)
    payments.cancel(session, invoice, payment.id, by=BY)
    converting.cancel(session, invoice, make_pdf=pdf, by=BY)
    deleting.delete(session, make_document(session, "order", quote.customer), by=BY)


def test_the_activity_tells_of_documents(do: Do, client_of: Callable[..., Client]) -> None:
    """U-X4: converted, changed, issued, paid, credited, deleted."""
    do(_happen)
    said = client_of("clerk").page("/activity")
    for sentence in (
        "Quote QU-",
        "converted to Invoice INV-2026-00001",
        "Invoice INV-2026-00001 Buyer Ltd changed",
        "Invoice INV-2026-00001 Buyer Ltd issued",
        "Payment of Invoice INV-2026-00001",
        "credited with Credit memo CM-2026-00001",
        "Document Buyer Ltd deleted",
    ):
        assert sentence in said.text, sentence
    assert any(link.startswith("/sales/invoices/") for link in said.links)
    french = client_of("clerk", language="fr").page("/activity")
    assert "Émission de Facture INV-2026-00001" in french.text
