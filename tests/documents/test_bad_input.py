"""What people type wrongly or too late on documents, through the pages: said, never lost, never doubled."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from models import Customer, Document, DocumentSeries, NumberSeries, OutboxMessage, Payment, TaxGroup
from services import records
from services.documents import converting
from services.documents.kinds import KINDS
from tests.documents.support import tax_group
from tests.documents.test_actions import made, press, url
from tests.mail.support import MailServer, Office, SilentServer
from tests.support import factories as make
from tests.support.client import Client
from tests.support.threads import read, write

ClientOf = Callable[..., Client]


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A mail server that takes everything until it is told otherwise."""
    with MailServer() as server:
        yield server


LANGUAGES = pytest.mark.parametrize("language", ["en", "fr"])


@LANGUAGES
def test_a_tax_group_that_is_deleted_meanwhile_is_said_at_the_line(
    app: Flask, client_of: ClientOf, language: str
) -> None:
    """O5: the line is not saved with another tax than the one that was chosen, and not without a word."""
    document = made(app)
    group = write(app, lambda session: tax_group(session, "GONE", ("GST", "5")).id)
    client = client_of("clerk", language=language)
    assert "GONE" in client.page(url(document)).text
    write(app, lambda session: session.delete(session.get_one(TaxGroup, group)))
    typed = {"description": "Tea", "unit_price": "4", "tax_group_id": group}
    refused = press(client, url(document, "lines"), typed)
    assert refused.status_code == 422 and 'value="Tea"' in refused.text
    assert ("list" if language == "en" else "liste") in refused.text
    assert read(app, lambda session: len(session.get_one(Document, document.id).lines)) == 1


@LANGUAGES
def test_a_credit_memo_that_is_larger_than_its_invoice_is_not_issued(
    app: Flask, client_of: ClientOf, language: str
) -> None:
    """O6: the page says so before and after, names the invoice, and the memo stays a draft."""
    invoice = made(app, issued=True)
    memo = write(
        app,
        lambda session: (
            converting.convert(
                session, session.get_one(Document, invoice.id), "credit_memo", by=make.BY
            ).document
        ),
    )
    client = client_of("clerk", language=language)
    (line,) = read(app, lambda session: [one.id for one in session.get_one(Document, memo.id).lines])
    seen = client.page(url(memo)).one("form", id=f"line-{line}-form").one("input", name="seen")["value"]
    more = {"description": "Bread", "quantity": "3", "seen": seen}
    assert press(client, url(memo, f"lines/{line}"), more).status_code == 303
    assert invoice.no in client.page(url(memo, "issue")).main.text
    refused = press(client, url(memo, "issue"), {})
    assert refused.status_code == 422 and invoice.no in refused.text
    assert read(app, lambda session: session.get_one(Document, memo.id).state) == "draft"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"amount": "100.01"}, "amount"),
        ({"amount": "1,234"}, "amount"),
        ({"amount": "many"}, "amount"),
        ({"amount": "1234567890123456"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "10", "date": "2026-02-30"}, "date"),
        ({"amount": "10", "date": "yesterday-ish"}, "date"),
    ],
)
def test_o7_what_is_no_payment_is_said_beside_its_field(
    app: Flask, client: Client, typed: dict[str, str], field: str
) -> None:
    """O7: and what was typed stands there still."""
    document = made(app, issued=True)
    page = client.submit(url(document, "payments"), typed, status=422)
    shown = page.one("input", name=field)
    assert shown["aria-invalid"] == "true" and shown["value"] == typed[field]
    assert read(app, lambda session: session.scalar(select(func.count(Payment.id)))) == 0


@LANGUAGES
@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.freezes])
def test_n4_a_missing_series_refuses_the_issue_and_leads_to_the_settings(
    app: Flask, client_of: ClientOf, kind: str, language: str
) -> None:
    """N4: 409 with the way to the settings; the draft is as it was, and is issued once a series is chosen."""
    document = made(app, kind)
    series = read(app, lambda session: session.get_one(DocumentSeries, kind).series_id)
    write(app, lambda session: setattr(session.get_one(DocumentSeries, kind), "series", None))
    client = client_of("clerk", language=language)
    refused = press(client, url(document, "issue"), {})
    assert refused.status_code == 409 and "/settings/number-series" in refused.text
    assert read(app, lambda session: session.get_one(Document, document.id).no) == ""
    write(
        app,
        lambda session: setattr(
            session.get_one(DocumentSeries, kind), "series", session.get_one(NumberSeries, series)
        ),
    )
    for _click in range(2):
        answer = press(client, url(document, "issue"), {})
        assert (answer.status_code, answer.location) == (303, url(document))
    assert read(app, lambda session: session.get_one(Document, document.id).no).endswith("1")


@LANGUAGES
@pytest.mark.parametrize("trouble", ["refuses", "stalls", "drops", "rejects one", "keeps and drops"])
def test_r_mail_4_the_outbox_says_what_a_mail_server_did(
    app: Flask,
    client_of: ClientOf,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    trouble: str,
) -> None:
    """R-MAIL-4, R-MAIL-5: a document mailed to two; each address has its state and what the server said of it."""
    document = made(app, "order")
    outbox, client = Office(app), client_of("clerk", language=language)
    client.submit(url(document, "send"), {"to": "ada@example.com", "cc": "bo@example.com"})
    monkeypatch.setattr("services.mail.conversation.STEP_SECONDS", 0.5)
    with SilentServer() as silent:
        outbox.uses(silent.port if trouble == "stalls" else mail_server.port)
        if trouble == "refuses":
            mail_server.bodies = ["451 4.3.0 disk full"]
        elif trouble == "rejects one":
            mail_server.recipients["bo@example.com"] = "550 5.1.1 no such user"
        elif trouble in ("drops", "keeps and drops"):
            mail_server.bodies = [MailServer.DROP if trouble == "drops" else MailServer.KEEP_AND_DROP]
        outbox.send()
    id_ = read(app, lambda session: session.scalar(select(OutboxMessage.id)))
    page = client.page(f"/outbox/{id_}").main.text
    english, french, deliveries = {
        "refuses": ("451 4.3.0 disk full", "451 4.3.0 disk full", 0),
        "stalls": ("did not answer in time", "pas répondu à temps", 0),
        "drops": ("was lost", "perdue", 0),
        "rejects one": ("no such user", "no such user", 1),
        "keeps and drops": ("may have arrived twice", "arrivé deux fois", 1),
    }[trouble]
    assert (english if language == "en" else french) in page
    assert len(mail_server.received) == deliveries
    assert read(app, lambda session: session.scalar(select(func.count(OutboxMessage.id)))) == 1


@LANGUAGES
def test_a_customer_that_is_blocked_meanwhile_is_refused_at_new_and_what_was_chosen_is_named(
    app: Flask, client_of: ClientOf, language: str
) -> None:
    """O11: the form was open when the block was set; no document is made."""
    customer = write(app, lambda session: make.make_customer(session, "Slow Payer").id)
    client = client_of("clerk", language=language)
    form = client.page(f"/sales/invoices/new?customer_id={customer}").form(action="/sales/invoices/new")
    write(
        app,
        lambda session: records.save(
            session, session.get_one(Customer, customer), {"blocked": "all"}, by=make.BY
        ),
    )
    answer = client.send(form)
    assert answer.status_code == 409 and ("blocked" if language == "en" else "bloqué") in answer.text
    assert read(app, lambda session: session.scalar(select(func.count(Document.id)))) == 0
