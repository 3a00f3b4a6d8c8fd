"""Cards that documents keep: the page says why, lists them and offers to block; the others say what goes (D3)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from models import Document, UndoEntry
from tests.documents.support import make_document, make_issued
from tests.privacy.support import Do, change, delete_url, stored
from tests.support.client import Client
from tests.support.factories import make_family


def document_of(do: Do, factory: Callable[..., Document], kind: str, party: Any) -> Document:
    """A document of a card, committed."""
    made: Document = do(lambda session: factory(session, kind, session.get_one(type(party), party.id)))
    return made


def forged(client: Client, url: str, status: int = 409, **data: Any) -> None:
    """A form that no page offered."""
    assert client.post(url, {"csrf_token": client.csrf_token} | data).status_code == status


@pytest.mark.parametrize("kind", ["customer", "vendor"])
def test_d3_an_invoiced_card_is_not_deleted_and_can_be_blocked(do: Do, client: Client, kind: str) -> None:
    """D3: the page has the reason, the documents and no form to delete; a forged one is 409."""
    family = do(make_family)
    party = getattr(family, kind)
    document = document_of(do, make_issued, "invoice" if kind == "customer" else "purchase_invoice", party)
    page = client.page(delete_url(party))
    assert f"{party.no} cannot be deleted: the law keeps its issued documents." in page.text
    assert document.no in page.text and "$100.00" in page.text
    assert 'value="yes"' not in page.markup
    forged(client, delete_url(party), confirm="yes")
    assert stored(do, kind, party.id) is not None
    # The contact may go; the page of the contact says why its party is not offered.
    page = client.page(delete_url(family.contact))
    assert f"{party.no} cannot be deleted" in page.text and f'"{kind}-{party.id}"' not in page.markup
    after = client.submit(delete_url(party), {})
    assert "is blocked." in after.text and stored(do, kind, party.id).blocked == "all"
    page = client.page(delete_url(party))
    assert 'value="block"' not in page.markup


def test_d3_in_french(do: Do, client_of: Callable[..., Client]) -> None:
    family = do(make_family)
    document_of(do, make_issued, "invoice", family.customer)
    client = client_of("clerk", language="fr")
    assert "la loi fait garder ses documents émis" in client.page(delete_url(family.customer)).text


def test_d3_open_orders_and_nothing_at_all(do: Do, client: Client) -> None:
    """D3: an order is converted or deleted first; blocking is offered for what is issued only."""
    family = do(make_family)
    document_of(do, make_document, "order", family.customer)
    page = client.page(delete_url(family.customer))
    assert "while it has open orders" in page.text and 'value="block"' not in page.markup
    forged(client, delete_url(family.vendor), confirm="block")
    assert stored(do, "vendor", family.vendor.id).blocked == "none"


def test_d3_drafts_are_named_before_they_go(do: Do, client: Client) -> None:
    """D3, D7: and come back with the card."""
    family = do(make_family)
    draft = document_of(do, make_document, "invoice", family.customer)
    page = client.page(delete_url(family.customer))
    assert "These documents go with it:" in page.text and "Invoice Family Ltd" in page.text
    client.submit(delete_url(family.customer), {})
    assert client.page("/bin").text.count("Family Ltd") >= 1
    undo = do(lambda session: session.scalars(select(UndoEntry.id).order_by(UndoEntry.id.desc())).first())
    client.submit(f"/undo/{undo}", {})
    assert stored(do, "customer", family.customer.id) is not None
    assert do(lambda session: session.get(Document, draft.id)) is not None


def test_d3_of_ticked_rows_those_that_stay_say_why_and_a_forged_post_deletes_none(
    do: Do, client: Client
) -> None:
    """D3: the page offers to delete the others; asking for all of them deletes nothing."""
    family, other = do(make_family), do(make_family)
    document_of(do, make_issued, "invoice", family.customer)
    document_of(do, make_document, "quote", other.customer)
    address = f"/customers/delete?ids={family.customer.id}&ids={other.customer.id}"
    page = client.page(address)
    assert f"{family.customer.no} cannot be deleted" in page.text and "Delete one card" in page.text
    page = client.page(f"/customers/delete?ids={other.customer.id}")
    assert "These documents go with it: Quote Family Ltd." in page.text
    forged(client, "/customers/delete", confirm="yes", ids=[str(family.customer.id), str(other.customer.id)])
    assert stored(do, "customer", other.customer.id) is not None


def test_o11_a_blocked_card_can_still_be_changed(do: Do) -> None:
    family = do(make_family)
    change(do, family.customer, blocked="all")
    change(do, family.customer, city="Dijon")
    assert stored(do, "contact", family.contact.id).city == "Dijon"
