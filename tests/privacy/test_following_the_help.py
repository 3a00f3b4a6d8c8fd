"""A new user follows the help, line by line, in French: deleting a customer, being refused, and the detour."""

from typing import Any

import pytest
from sqlalchemy import select

from models import Customer
from tests.documents.support import make_issued
from tests.privacy.support import Do, make, stored
from tests.support.client import Client, local
from tests.support.factories import make_contact, make_customer


@pytest.fixture
def clerk(client_of: Any) -> Client:
    """A clerk who works in French."""
    client: Client = client_of("clerk", language="fr")
    return client


def link(page: Any, words: str) -> str:
    """The address behind the first link with these words."""
    return next(str(one["href"]) for one in page.all("a") if one.text.strip().startswith(words))


def opened(client: Client, word: str, search: str) -> Any:
    """From the home page over the list to the card."""
    listed = client.page(f"{link(client.page('/'), word)}?q={search}")
    return client.page(link(listed, search))


def test_a_customer_without_invoices_is_deleted(do: Do, clerk: Client) -> None:
    """Page d'accueil, Clients, le nom, Supprimer."""
    customer = make(do, make_customer, "Boulangerie")
    card = opened(clerk, "Clients", "Boulangerie")
    page = clerk.submit(link(card, "Supprimer"), {})
    assert "est dans la corbeille" in page.text and stored(do, "customer", customer.id) is None


def test_a_customer_with_an_invoice_is_refused_and_blocked(do: Do, clerk: Client) -> None:
    """Si une facture a été envoyée, le client ne peut pas être supprimé; il est bloqué à la place."""
    customer = make(do, make_customer, "Facturée")
    do(lambda session: make_issued(session, "invoice", session.get_one(Customer, customer.id)))
    delete = link(opened(clerk, "Clients", "Facturée"), "Supprimer")
    assert "ne peut pas être supprimé" in clerk.page(delete).text
    clerk.submit(delete, {})
    assert stored(do, "customer", customer.id).blocked == "all"
    new = link(clerk.page("/"), "Nouvelle facture")
    assert "bloqué" in clerk.page(f"{new}?customer_id={customer.id}").text
    form = {**clerk.page(new).form().filled({}), "customer_id": customer.id}
    assert clerk.post(new, form).status_code == 409


def test_the_detour_for_a_contact_that_is_no_customer(do: Do, clerk: Client) -> None:
    """Nouvelle facture, le contact, la facture provisoire est supprimée, puis le client et le contact (D8)."""
    contact = make(do, make_contact, "Détour")
    new = link(clerk.page("/"), "Nouvelle facture")
    # The list below the name puts the contact that is chosen beside it.
    form = {**clerk.page(new).form().filled({"customer_name": "Détour"}), "contact_id": contact.id}
    draft = local(clerk.post(new, form).location)
    customer = do(lambda session: session.scalars(select(Customer)).one())
    boxes = {"also": [f"customer-{customer.id}", f"contact-{contact.id}"]}
    clerk.submit(link(clerk.page(draft), "Supprimer"), boxes)
    assert stored(do, "contact", contact.id) is None and stored(do, "customer", customer.id) is None
    assert "Détour" in clerk.page("/bin").text
