"""What is done with a document on its pages: issued, printed, sent, converted, paid, credited, deleted."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from models import Document, DocumentSeries, Interaction, OutboxMessage, Payment
from services import records
from services.documents.kinds import KINDS
from tests.documents.support import issue, make_document
from tests.support import factories as make
from tests.support.client import Client
from tests.support.threads import read, write


def url(document: Document, action: str = "") -> str:
    """The address of a document, or of something done with it."""
    kind = KINDS[document.kind]
    return f"/{kind.area}/{kind.path}/{document.id}" + (f"/{action}" if action else "")


def press(client: Client, address: str, values: dict[str, Any]) -> Any:
    """The bare answer to a post that no form on the page sends."""
    return client.post(address, {"csrf_token": client.csrf_token, **values})


def made(app: Flask, kind: str = "invoice", *, issued: bool = False, **values: Any) -> Document:
    """A document of one line, 100.00 in all."""

    def work(session: Any) -> Document:
        document = make_document(session, kind, **values)
        return issue(session, document) if issued else document

    return write(app, work)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_page_of_every_kind_answers(app: Flask, kind: str, language: str) -> None:
    document = made(app, kind)
    client = Client(app, role="clerk", language=language)
    client.page(url(document))
    for action in ("payments", "delete", "send", "issue"):
        client.page(url(document, action))
    for target in KINDS[kind].converts_to:
        client.page(url(document, f"convert/{target}"))
    answer = client.get(url(document, "print"))
    assert answer.status_code == 200 and answer.data.startswith(b"%PDF")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_o6_o7_an_invoice_is_issued_paid_in_parts_and_no_more(app: Flask, language: str) -> None:
    """O6, O7: issued twice it is the same; too much is refused beside its field; a payment can be cancelled."""
    document = made(app)
    client = Client(app, role="clerk", language=language)
    client.submit(url(document, "issue"), {})
    first = read(app, lambda session: session.get_one(Document, document.id).no)
    press(client, url(document, "issue"), {})
    assert first and read(app, lambda session: session.get_one(Document, document.id).no) == first
    page = client.submit(url(document, "payments"), {"amount": "100.01"}, status=422)
    assert page.one("input", id="amount")["aria-invalid"] == "true"
    client.submit(url(document, "payments"), {"amount": "40"})
    client.submit(url(document, "payments"), {"amount": "60"}, of="amount")
    payment = read(app, lambda session: session.scalars(select(Payment).order_by(Payment.id)).all())
    assert [str(one.amount.normalize()) for one in payment] == ["4E+1", "6E+1"]
    press(client, url(document, f"payments/{payment[0].id}/cancel"), {})
    assert read(app, lambda session: session.get_one(Payment, payment[0].id).cancelled_at) is not None


def test_o6_a_draft_without_lines_is_not_issued(app: Flask) -> None:
    """O6: the page says what is missing, and the post answers 422."""

    def work(session: Any) -> Document:
        document = make_document(session)
        document.lines.clear()
        return document

    document = write(app, work)
    client = Client(app, role="clerk")
    page = client.page(url(document, "issue"))
    assert "without lines" in page.text and f"{url(document)}#lines" in page.links
    assert press(client, url(document, "issue"), {}).status_code == 422


@pytest.mark.parametrize("language", ["en", "fr"])
def test_o6_the_page_says_which_number_comes_and_leads_to_what_is_missing(app: Flask, language: str) -> None:
    """O6, U-S2: the number of this moment, which nothing takes; each thing that is missing has its own link."""
    document = made(app)
    client = Client(app, role="admin", language=language)
    page = client.page(url(document, "issue"))
    assert f"INV-{document.document_date.year}-00001" in page.text
    wanted = {
        f"/customers/{document.customer_id}/invoicing/edit",
        f"{url(document)}/details/edit#document-details",
    }
    assert wanted <= set(page.links)
    for link in wanted:
        assert client.get(link).status_code == 200
    assert client.page(url(document, "issue")).text.count("00001") == page.text.count("00001")

    def no_series(session: Any) -> None:
        session.get_one(DocumentSeries, "invoice").series = None

    write(app, no_series)
    page = client.page(url(document, "issue"))
    assert not page.main.all("button", type="submit", css="primary")
    assert any("/settings/" in link["href"] for link in page.main.all("a"))


def test_o11_a_block_refuses_issuing_and_converting(app: Flask) -> None:
    """O11: the page of the action says why; its post answers 409 and changes nothing."""
    draft, order = made(app), made(app, "order")

    def block(session: Any) -> None:
        for document in (draft, order):
            customer = session.get_one(Document, document.id).customer
            records.save(session, customer, {"blocked": "all"}, by=make.BY)

    write(app, block)
    client = Client(app, role="clerk")
    for document, action in ((draft, "issue"), (order, "convert/invoice"), (order, "send")):
        assert "blocked for everything" in client.page(url(document, action)).text
        assert press(client, url(document, action), {}).status_code == 409
    assert read(app, lambda session: session.scalar(select(func.count()).select_from(Document))) == 2


def test_o4_o6_a_quote_becomes_an_invoice_that_a_credit_memo_cancels(app: Flask) -> None:
    """O4, O6, U-D5, U-D6: each page leads to the other; a second cancellation is refused."""
    quote = made(app, "quote")
    client = Client(app, role="clerk")
    client.submit(url(quote, "convert/invoice"), {})
    invoice = read(app, lambda session: session.scalar(select(Document).where(Document.kind == "invoice")))
    assert url(invoice) in client.get(url(quote)).text and url(quote) in client.get(url(invoice)).text
    press(client, url(invoice, "issue"), {})
    client.submit(url(invoice, "cancel"), {})
    memo = read(app, lambda session: session.scalar(select(Document).where(Document.kind == "credit_memo")))
    assert memo.state == "issued" and memo.total == invoice.total
    assert press(client, url(invoice, "cancel"), {}).status_code == 409


@pytest.mark.parametrize("language", ["en", "fr"])
def test_o6_o10_a_purchase_invoice_is_cancelled_by_the_vendors_credit_memo(app: Flask, language: str) -> None:
    """O6, O10: the page asks for the vendor's number; without it the form comes back, and nothing is made."""
    bill = made(app, "purchase_invoice", issued=True)
    client = Client(app, role="clerk", language=language)
    refused = client.submit(url(bill, "cancel"), {"vendor_invoice_no": " "}, status=422)
    assert refused.main.one("input", name="vendor_invoice_no")["aria-invalid"]
    assert read(app, lambda session: session.scalar(select(func.count()).select_from(Document))) == 1
    client.submit(url(bill, "cancel"), {"vendor_invoice_no": "C-77"})
    query = select(Document).where(Document.kind == "purchase_credit_memo")
    memo = read(app, lambda session: session.scalar(query))
    assert (memo.state, memo.vendor_invoice_no, memo.total) == ("issued", "C-77", bill.total)


def test_o4_orders_are_called_off_a_blanket_order(app: Flask) -> None:
    """O4: a quantity above what is left is refused beside its field."""
    blanket = made(app, "blanket_order")
    line = read(app, lambda session: session.get_one(Document, blanket.id).lines[0].id)
    client = Client(app, role="clerk")
    client.submit(url(blanket, "convert/order"), {f"quantity-{line}": "3"}, status=422)
    client.submit(url(blanket, "convert/order"), {f"quantity-{line}": "1"})
    assert read(app, lambda session: session.get_one(Document, blanket.id).state) == "open"


def test_i1_o8_printing_numbers_an_order_and_is_recorded(app: Flask) -> None:
    """I1, O8: opening the PDF logs nothing; the Print button numbers, keeps the file and records it."""
    order = made(app, "order")
    client = Client(app, role="clerk")
    client.get(url(order, "print"))
    assert read(app, lambda session: session.scalar(select(func.count()).select_from(Interaction))) == 0
    assert press(client, url(order, "print"), {}).status_code == 303
    assert read(app, lambda session: session.get_one(Document, order.id).no)
    assert read(app, lambda session: session.scalars(select(Interaction.action)).all()) == ["print_order"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_o8_a_document_is_sent_with_its_pdf(app: Flask, language: str) -> None:
    """O8, U-D9: the number that it gets on the way is in the text; what was typed stays when it is refused."""
    quote = made(app, "quote")
    client = Client(app, role="clerk", language=language)
    client.submit(url(quote, "send"), {"to": "two@example.com, three"}, status=422)
    client.submit(url(quote, "send"), {"to": "buyer@example.com"})
    message = read(app, lambda session: session.scalar(select(OutboxMessage)))
    no = read(app, lambda session: session.get_one(Document, quote.id).no)
    assert no and no in message.subject and "{no}" not in message.body
    names = read(app, lambda session: [one.name for one in session.scalar(select(OutboxMessage)).attachments])
    assert names == [f"{no}.pdf"]


@pytest.mark.parametrize("kind", ["invoice", "order", "quote"])
def test_o7_the_payments_of_what_is_not_issued_are_a_reason_and_no_form(app: Flask, kind: str) -> None:
    """O7: the page answers and says why; its post is refused."""
    document = made(app, kind)
    client = Client(app, role="clerk")
    page = client.page(url(document, "payments"))
    assert ("Issue" if kind == "invoice" else "is not paid") in page.main.text
    assert not [form for form in page.main.all("form") if form.get("method") == "post"]
    answer = press(client, url(document, "payments"), {"amount": "5", "date": "t", "method": "cash"})
    assert answer.status_code == 409 and "<h1>Payments</h1>" in answer.text.replace("\n", "")


def test_d8_the_offer_that_changed_meanwhile_keeps_what_was_ticked(app: Flask) -> None:
    """D8: its own page says so, with the boxes as they were; nothing is deleted."""
    draft = made(app)
    client = Client(app, role="clerk")
    form = client.page(url(draft, "delete"))
    ticked = [box["value"] for box in form.all("input", name="also")]
    assert len(ticked) == 2
    answer = press(client, url(draft, "delete"), {"confirm": "yes", "also": [*ticked, "customer-999"]})
    page = client.read(answer, url(draft, "delete"), 409)
    assert "The cards to delete have changed meanwhile." in page.text
    assert [box.get("checked") is not None for box in page.all("input", name="also")] == [True, True]
    assert read(app, lambda session: session.get(Document, draft.id)) is not None


def test_d8_a_draft_goes_with_the_customer_that_was_made_for_it(app: Flask) -> None:
    """D8: the boxes are offered; an issued document stays."""
    draft = made(app)
    client = Client(app, role="clerk")
    page = client.page(url(draft, "delete"))
    assert f"customer-{draft.customer_id}" in str(client.get(url(draft, "delete")).text) and page
    client.submit(url(draft, "delete"), {"also": f"customer-{draft.customer_id}"})
    assert read(app, lambda session: session.get(Document, draft.id)) is None
    issued = made(app, issued=True)
    assert "never changes" in client.page(url(issued, "delete")).text
    assert press(client, url(issued, "delete"), {"confirm": "yes"}).status_code == 409
