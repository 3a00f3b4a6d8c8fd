"""The cards a user opened last: on the home page and in the empty go box, for hardly any writing."""

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from models import User
from services import deletion, recent
from tests.documents.support import make_document
from tests.privacy.support import Do
from tests.support import factories as make
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.people import BY_ROLE
from tests.support.threads import read


def written(app: Flask) -> Any:
    """What is kept of the clerk's cards."""
    return read(app, lambda session: session.get_one(User, BY_ROLE["clerk"].id).preferences.get("recent"))


def listed(client: Client) -> list[str]:
    return [link["href"] for link in client.page("/").one(id="recent").all("a")]


def test_the_cards_opened_last_are_named_the_latest_first(do: Do, client: Client, client_of: Any) -> None:
    """Each once, those of this user alone, and none that was deleted."""
    family = do(make.make_family)
    urls = [
        f"/contacts/{family.contact.id}",
        f"/vendors/{family.vendor.id}",
        f"/customers/{family.customer.id}",
    ]
    assert not client.page("/").all(id="recent")
    for url in (*urls, urls[0]):
        client.page(url)
    assert listed(client) == [urls[0], urls[2], urls[1]]
    options = [
        option["data-url"]
        for option in client.fragment("/lookup/go?q=").all(role="option")
        if option.get("data-url")
    ]
    assert options[:3] == [urls[0], urls[2], urls[1]]
    assert not client_of("reader").page("/").all(id="recent")

    def gone(session: Session) -> None:
        deletion.delete(session, session.get_one(type(family.vendor), family.vendor.id), by=make.BY)

    do(gone)
    assert listed(client) == [urls[0], urls[2]]


def test_documents_are_named_among_the_cards_and_the_blocked_are_marked(do: Do, client: Client) -> None:
    """Home: a draft has no number yet; a customer that is blocked says so."""

    def work(session: Session) -> Any:
        customer = make.make_customer(session, "Garage Tremblay", blocked="ship")
        return customer, make_document(session, "invoice", customer)

    customer, draft = do(work)
    client.page(f"/customers/{customer.id}")
    client.page(f"/sales/invoices/{draft.id}")
    assert listed(client) == [f"/sales/invoices/{draft.id}", f"/customers/{customer.id}"]
    shown = client.page("/").one(id="recent")
    assert "Invoice, without number Garage Tremblay" in shown.text and shown.text.endswith("Blocked")
    assert f"/sales/invoices/{draft.id}" in [
        option.get("data-url") for option in client.fragment("/lookup/go?q=").all(role="option")
    ]


def test_opening_cards_writes_once_a_minute(app: Flask, do: Do, clock: Clock) -> None:
    """What waits in memory goes with the note that the session is in use; a new process knows it then."""
    ids = do(lambda session: [make.make_contact(session, f"Card {number}").id for number in range(20)])
    client = Client(app, role="clerk")
    for id_ in ids:
        client.page(f"/contacts/{id_}")
    assert written(app) is None
    clock.moment += timedelta(minutes=2)
    client.page("/")
    latest = [["contact", id_] for id_ in reversed(ids)][: recent.KEPT]
    assert written(app) == latest
    recent._waiting.clear()
    assert listed(client) == [f"/contacts/{id_}" for _kind, id_ in latest[:8]]
    client.page(f"/contacts/{ids[0]}")
    clock.moment += timedelta(minutes=2)
    client.page("/")
    assert written(app)[:2] == [["contact", ids[0]], latest[0]] and len(written(app)) == recent.KEPT
