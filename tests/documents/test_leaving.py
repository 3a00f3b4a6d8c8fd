"""Documents on their way out: what a block stops, what is kept of them, and what was typed meanwhile (O8, O11)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from models import Document, DocumentFile, DocumentSeries, MailSettings, OutboxMessage
from services import records
from services.documents.kinds import KINDS
from tests.documents.test_actions import made, press, url
from tests.support import factories as make
from tests.support.client import Client
from tests.support.threads import read, write

ClientOf = Callable[..., Client]
MAIL = {"to": "buyer@example.com", "subject": "As agreed", "text": "Typed for an hour."}
OPEN = [name for name, kind in KINDS.items() if not kind.freezes]


@pytest.mark.parametrize("kind", KINDS)
def test_o11_what_has_its_number_goes_out_whatever_the_block_and_nothing_gets_one(
    app: Flask, kind: str
) -> None:
    """O11: one rule for printing and sending: without a number a document is something new for its party."""
    new, out = made(app, kind), made(app, kind, issued=KINDS[kind].freezes)
    client = Client(app, role="clerk")
    if not KINDS[kind].freezes:
        assert press(client, url(out, "print"), {}).status_code == 303
    write(app, lambda session: [block(session, document) for document in (new, out)])
    refused = "all" in KINDS[kind].refused_by
    for action, form in (("print", {}), ("send", MAIL)):
        assert press(client, url(out, action), form).status_code == 303
        answer = press(client, url(new, action), form)
        # A draft of what is issued later is printed as a draft, and never sent.
        as_draft = action == "print" or not KINDS[kind].freezes
        assert answer.status_code == (409 if refused or not as_draft else 303)
    assert ("blocked for everything" in client.page(url(new, "send")).text) == (refused and kind in OPEN)
    assert not read(app, lambda session: session.get_one(Document, new.id).no) or not refused
    assert count(app, OutboxMessage) == (1 if refused or KINDS[kind].freezes else 2)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_o8_a_block_set_while_a_mail_is_typed_leaves_what_was_typed(
    app: Flask, client_of: ClientOf, language: str
) -> None:
    """O8, O11: the answer is 409 with the form, so that the text can be kept or sent once the block is gone."""
    order = made(app, "order")
    client = client_of("clerk", language=language)
    form = client.page(url(order, "send")).form()
    write(app, lambda session: block(session, order))
    refused = client.browser.post(form.action, data=form.filled(MAIL))
    assert refused.status_code == 409
    assert "Typed for an hour." in refused.text and 'value="As agreed"' in refused.text
    number = "Customer" if language == "en" else "client"
    assert number in refused.text and count(app, OutboxMessage) == 0
    write(app, lambda session: block(session, order, "none"))
    assert client.browser.post(form.action, data=form.filled(MAIL)).status_code == 303
    assert client.browser.post(form.action, data=form.filled(MAIL)).status_code == 303
    assert count(app, OutboxMessage) == 1


def test_o8_a_missing_number_series_leaves_what_was_typed(app: Flask) -> None:
    """O8, N4: the number is given when it is sent; without a series the form comes back."""
    order = made(app, "order")
    client = Client(app, role="clerk")
    write(app, without_series)
    refused = press(client, url(order, "send"), MAIL)
    assert refused.status_code == 409 and "Typed for an hour." in refused.text
    assert count(app, OutboxMessage) == 0 and count(app, DocumentFile) == 0


def test_o8_a_pdf_is_kept_once_until_it_changes(app: Flask) -> None:
    """O8: printed and sent again unchanged, a quote keeps one PDF; a changed one keeps another."""
    quote = made(app, "quote")
    client = Client(app, role="clerk")
    for _time in range(2):
        assert press(client, url(quote, "print"), {}).status_code == 303
    assert press(client, url(quote, "send"), MAIL).status_code == 303
    assert count(app, DocumentFile) == 1
    assert press(client, url(quote, "lines"), {"description": "Tea", "unit_price": "4"}).status_code == 303
    assert press(client, url(quote, "print"), {}).status_code == 303
    assert count(app, DocumentFile) == 2


def test_o8_the_copy_to_the_accountant_is_offered_when_there_is_one(app: Flask) -> None:
    """O8: the box is there, and ticked, once the settings name an address; else nothing promises a copy."""
    order = made(app, "order")
    client = Client(app, role="clerk")
    assert 'name="accountant"' not in client.get(url(order, "send")).text
    assert press(client, url(order, "send"), MAIL | {"accountant": "y"}).status_code == 303
    write(
        app, lambda session: session.add(MailSettings(id=1, copy_field="bcc", copy_email="books@example.com"))
    )
    page = client.page(url(order, "send"))
    assert page.form().values["accountant"] == ["y"] and "books@example.com" in page.text
    client.submit(url(order, "send"), MAIL)
    client.submit(url(order, "send"), MAIL | {"accountant": None})
    copies = read(
        app,
        lambda session: [
            [one.email for one in message.recipients if one.field == "bcc"]
            for message in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        ],
    )
    assert copies == [[], ["books@example.com"], []]


def block(session: Any, document: Document, state: str = "all") -> None:
    """Block the party of a document."""
    records.save(session, session.get_one(Document, document.id).party, {"blocked": state}, by=make.BY)


def without_series(session: Any) -> None:
    for row in session.scalars(select(DocumentSeries)):
        session.delete(row)


def count(app: Flask, model: Any) -> int:
    return int(read(app, lambda session: session.scalar(select(func.count()).select_from(model))))
