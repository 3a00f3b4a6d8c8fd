"""A line that is sent twice is added once, with and without JavaScript (R-CON-3)."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models import Document, DocumentLine, OnceToken
from services import items
from tests.documents.test_actions import made, press, url
from tests.support.client import Client
from tests.support.threads import read, write

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.mark.parametrize("htmx", [False, True])
def test_r_con_3_a_line_that_is_sent_twice_is_added_once(app: Flask, htmx: bool) -> None:
    """R-CON-3: the second answer shows the same line; the empty row that follows has a token of its own."""
    document = made(app)
    client = Client(app, role="clerk")
    sent = {"description": "Tea", "unit_price": "4", "once": token(client, document)}
    answers = [send(client, document, sent, htmx) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200] if htmx else [303, 303]
    assert said(app) == ["Bread", "Tea"]
    if htmx:
        assert f'value="{sent["once"]}"' not in answers[0].text and 'name="once"' in answers[0].text
        assert all('id="line-new"' in answer.text for answer in answers)
    else:
        assert answers[0].location == answers[1].location
    assert send(client, document, sent | {"once": token(client, document)}, htmx).status_code < 400
    assert said(app) == ["Bread", "Tea", "Tea"]


@pytest.mark.parametrize("htmx", [False, True])
def test_r_con_3_what_is_typed_on_while_a_line_is_added_goes_into_that_line(app: Flask, htmx: bool) -> None:
    """R-CON-3: an item is chosen, and a quantity typed before the answer is there: one line with both."""
    bread = {"no": "PAIN-01", "description": "Pain", "unit": "kg", "unit_price": Decimal("3.25")}
    item = write(app, lambda session: items.save(session, None, bread, by=None).id)
    document = made(app)
    client = Client(app, role="clerk")
    empty = dict.fromkeys(("description", "quantity", "unit", "unit_price", "discount"), "")
    chosen = empty | {"item_id": item, "item_id_text": "PAIN-01", "once": token(client, document)}
    assert send(client, document, chosen, htmx).status_code < 400
    answer = send(client, document, chosen | {"quantity": "12"}, htmx)
    assert said(app) == ["Bread", "Pain"]
    line = read(app, lambda session: session.scalar(select(DocumentLine).where(DocumentLine.item_id == item)))
    assert (line.quantity, line.unit, line.amount) == (12, "kg", Decimal("39"))
    assert not htmx or answer.headers["HX-Retarget"] == "#lines"
    wrong = send(client, document, chosen | {"quantity": "many"}, htmx)
    assert wrong.status_code == 422 and 'value="many"' in wrong.text and chosen["once"] in wrong.text


@pytest.mark.both_databases
def test_r_con_3_the_same_line_from_two_requests_at_one_moment_is_added_once(app: Flask) -> None:
    """R-CON-3: the later one waits for the first and finds its line, on either database."""
    document = made(app)
    client = Client(app, role="clerk")
    sent = {"description": "Tea", "unit_price": "4", "once": token(client, document)}
    twins = [Client(app, role="clerk") for _twin in range(3)]
    with ThreadPoolExecutor(len(twins)) as pool:
        done = list(pool.map(lambda twin: send(twin, document, sent, False).status_code, twins))
    assert done == [303, 303, 303]
    assert said(app) == ["Bread", "Tea"]


def test_r_con_3_a_line_that_was_refused_is_added_once_it_is_right(app: Flask) -> None:
    """R-CON-3: a form that failed made nothing, so its token is still good; one of another document is not."""
    document, other = made(app), made(app)
    client = Client(app, role="clerk")
    sent = {"description": "", "once": token(client, document)}
    assert send(client, document, sent, False).status_code == 422
    assert read(app, lambda session: session.get(OnceToken, sent["once"])) is None
    assert send(client, document, sent | {"description": "Tea"}, False).status_code == 303
    assert send(client, other, sent | {"description": "Tea"}, False).status_code == 404
    assert said(app) == ["Bread", "Tea"]


def token(client: Client, document: Document) -> str:
    """The token in the empty row of a document."""
    form = client.page(url(document)).one("form", id="line-new-form")
    return str(form.one("input", name="once")["value"])


def send(client: Client, document: Document, values: dict[str, Any], htmx: bool) -> Any:
    if not htmx:
        return press(client, url(document, "lines"), values)
    values = {"csrf_token": client.csrf_token, **values}
    return client.post(url(document, "lines"), values, headers=HTMX)


def said(app: Flask) -> list[str]:
    """The lines of the first document, in their order."""
    query = select(Document).order_by(Document.id).limit(1)
    return read(app, lambda session: [line.description for line in session.scalar(query).lines])
