"""How many statements a page takes: as many with one card as with a hundred, and no more than it needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from extensions import db
from tests.privacy.support import ADDRESSES, Do
from tests.records.conftest import KINDS
from tests.support import factories
from tests.support.client import HTMX, Client

# For each kind: the list, a search in it, the card, a section opened, and a telephone saved on the whole family.
# The session with its user comes first; BEGIN is not counted. A card counts its documents in one statement,
# and with invoices reads the last of them in a second one; one is about its privacy, and two more where it has
# documents. A list asks once whether anybody is hidden from it, and a save and a suggestion once whether one of
# the cards is blocked for privacy.
MOST = {
    "contact": {"list": 5, "search": 5, "card": 9, "edit": 4, "save": 12},
    "customer": {"list": 7, "search": 7, "card": 8, "edit": 6, "save": 16},
    "vendor": {"list": 6, "search": 6, "card": 8, "edit": 6, "save": 16},
    "bank_account": {"list": 4, "search": 4, "card": 7, "edit": 6, "save": 16},
}
LOOKUP = 3
# A contact made with the next number of its series, after its like was looked for, and deleted again. PostgreSQL
# takes one more for each: it locks rows.
MADE, DELETED = 23, 24


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """What the application sends to the database."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith("BEGIN"):
            found.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


@contextmanager
def at_most(most: int, statements: list[str]) -> Iterator[None]:
    statements.clear()
    yield
    assert len(statements) <= most, "\n".join(statement[:150] for statement in statements)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_takes_no_more_queries_than_it_needs(
    app: Flask, do: Do, statements: list[str], kind: str
) -> None:
    card_ids = do(lambda session: _families(session, kind))
    client, most, address = Client(app, role="clerk"), MOST[kind], f"/{ADDRESSES[kind]}"
    card = f"{address}/{card_ids[0]}"
    # The first pages of an application read what stays, and those of a browser that it is there.
    client.page(address)
    client.page(card)
    with at_most(most["list"], statements):
        client.page(address)
    with at_most(most["search"], statements):
        client.fragment(f"{address}?q=family")
    with at_most(most["card"], statements):
        client.page(card)
    with at_most(most["edit"], statements):
        form = client.fragment(f"{card}/communication/edit").form()
    with at_most(most["save"], statements):
        saved = client.post(f"{card}/communication", form.filled({"phone": "514 555-0177"}), headers=HTMX)
        assert saved.status_code == 200


def test_suggestions_take_no_more_queries_than_they_need(app: Flask, do: Do, statements: list[str]) -> None:
    do(lambda session: _families(session, "contact"))
    client = Client(app, role="clerk")
    client.fragment("/lookup/companies?q=fam")
    with at_most(LOOKUP, statements):
        client.fragment("/lookup/companies?q=fam")


def test_making_and_deleting_take_no_more_queries_than_they_need(app: Flask, statements: list[str]) -> None:
    client = Client(app, role="clerk")
    for name in ("First company", "Another one"):
        form = client.page("/contacts/new").form(of="once")
        with at_most(MADE, statements):
            made = client.send(form, {"name": name, "phone": "514 555-0177", "city": "Laval"})
        assert made.status_code == 303
        page = f"{made.location.partition('?')[0]}/delete"
        form = client.page(page).form(of="confirm")
        with at_most(DELETED, statements):
            assert client.send(form).status_code == 303


@pytest.mark.parametrize("kind", KINDS)
def test_a_longer_list_takes_no_more_queries(app: Flask, do: Do, statements: list[str], kind: str) -> None:
    client, address = Client(app, role="clerk"), f"/{ADDRESSES[kind]}"
    do(lambda session: _families(session, kind))
    client.page(address)
    statements.clear()
    client.page(address)
    few = len(statements)
    for _more in range(4):
        do(lambda session: _families(session, kind))
    with at_most(few, statements):
        client.page(address)


def test_the_list_of_invoices_counts_none_of_them(app: Flask, statements: list[str]) -> None:
    """U-L: how many there are is kept, so that a list of a hundred thousand costs what a short one does."""
    client = Client(app, role="clerk")
    client.page("/sales/invoices")
    with at_most(4, statements):
        client.page("/sales/invoices")
    assert not [one for one in statements if "count(" in one.lower()]


def _families(session: Session, kind: str) -> list[int]:
    """Two linked families; the cards of the kind."""
    families = [factories.make_family(session) for _two in range(2)]
    return [card.id for family in families for card in family.linked if kind == card.KIND]
