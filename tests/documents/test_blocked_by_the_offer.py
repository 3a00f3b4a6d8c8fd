"""A card that issued documents keep, blocked by the offer of its page: what that stops and leaves (D3, O11)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from models import Document
from services import records
from services.documents import converting
from services.documents.kinds import KINDS
from tests.documents.support import BY, issue, make_document
from tests.documents.test_actions import press, url
from tests.support import factories as make
from tests.support.client import Client
from tests.support.threads import read, write

ClientOf = Callable[..., Client]
MAIL = {"to": "buyer@example.com", "subject": "As agreed", "text": "Once more."}
SIDES = {
    "customer": ("order", "invoice", "credit_memo"),
    "vendor": ("purchase_order", "purchase_invoice", "purchase_credit_memo"),
}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("side", SIDES)
def test_d3_the_offered_block_stops_what_is_new_and_leaves_what_is_issued(
    app: Flask, client_of: ClientOf, side: str, language: str
) -> None:
    """D3, O11: no new document by any door; the issued one is printed, sent, paid and credited as before."""
    order_kind, invoice_kind, credit_kind = SIDES[side]

    def work(session: Any) -> tuple[Any, ...]:
        party = make.make_party(session, side, "Buyer Ltd")
        quote = make_document(session, "quote" if side == "customer" else "purchase_quote", party)
        order = make_document(session, order_kind, party)
        converting.convert(session, order, invoice_kind, by=BY)
        draft, issued = (make_document(session, invoice_kind, party) for _one in range(2))
        return party, quote, draft, issue(session, issued)

    party, quote, draft, issued = write(app, work)
    client = client_of("clerk", language=language)
    card = f"/{side}s/{party.id}"
    page = client.page(f"{card}/delete")
    assert issued.no in page.main.text and not page.main.all("input", name="also")
    assert press(client, f"{card}/delete", {"confirm": "yes"}).status_code == 409
    client.submit(f"{card}/delete", {})
    assert read(app, lambda session: session.get_one(type(party), party.id).blocked) == "all"

    before = _count(app)
    said = "blocked for everything" if language == "en" else "bloqué"
    for kind in (name for name, one in KINDS.items() if one.side == side and not one.is_credit):
        new = f"/{KINDS[kind].area}/{KINDS[kind].path}/new"
        page = client.page(f"{new}?{side}_id={party.id}")
        assert said in page.main.text and not page.main.all("form", method="post")
        assert press(client, new, {f"{side}_id": party.id}).status_code == 409
    for target in KINDS[quote.kind].converts_to:
        assert said in client.page(url(quote, f"convert/{target}")).main.text
        assert press(client, url(quote, f"convert/{target}"), {}).status_code == 409
    for door in (url(draft, "issue"), url(quote, "send"), url(quote, "print")):
        assert press(client, door, MAIL).status_code == 409
    assert _count(app) == before

    assert press(client, url(issued, "print"), {}).status_code == 303
    client.submit(url(issued, "send"), MAIL)
    client.submit(url(issued, "payments"), {"amount": "1", "method": "cash"})
    client.submit(url(issued, "cancel"), {"vendor_invoice_no": "C-1"} if side == "vendor" else {})
    credit = read(app, lambda session: session.scalar(select(Document).where(Document.kind == credit_kind)))
    assert (credit.state, credit.source_id) == ("issued", issued.id)


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        ("invoice", {"quote", "order", "blanket_order", "service_order", "invoice"}),
        ("ship", {"order", "blanket_order", "service_order"}),
    ],
)
def test_o11_what_a_block_for_invoicing_or_shipping_refuses_on_the_pages(
    app: Flask, client_of: ClientOf, state: str, refused: set[str]
) -> None:
    """O11: each page for a new document gives the reason and no form, or makes it."""
    customer = write(app, lambda session: make.make_customer(session, "Buyer Ltd"))
    write(app, lambda session: records.save(session, session.merge(customer), {"blocked": state}, by=BY))
    client = client_of("clerk")
    sales = [name for name, kind in KINDS.items() if kind.side == "customer"]
    found = {
        name
        for name in sales
        if press(client, f"/sales/{KINDS[name].path}/new", {"customer_id": customer.id}).status_code == 409
    }
    assert found == refused and _count(app) == len(sales) - len(refused)
    for name in sales:
        page = client.page(f"/sales/{KINDS[name].path}/new?customer_id={customer.id}")
        assert (customer.no in page.main.text and "is blocked for" in page.main.text) == (name in refused)


def _count(app: Flask) -> int:
    return int(read(app, lambda session: session.scalar(select(func.count()).select_from(Document))))
