"""What is done with documents and mail, in both languages and colour schemes: axe, 320 px, nothing clipped."""

from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from config import Config
from models import Document, OutboxMessage
from tests.browser.audit import Audit
from tests.browser.support import Site
from tests.documents.support import make_document
from tests.support import factories as make
from tests.support.world import make_world

LANGUAGES = ("en", "fr")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.slow
def test_what_is_done_with_documents(site: Site, config: Config, language: str) -> None:
    """U-X17, U-X13: issue, pay, cancel, convert, call off, send, delete; refused and with errors too."""
    ids = make_world(site.app, config).ids
    made = site.do(_documents)
    page = site.visitor("admin", language=language)
    audit = Audit(page)
    draft, paid = f"/sales/invoices/{ids['documents']}", f"/sales/invoices/{ids['paid']}"
    order, blanket = f"/sales/orders/{made['order']}", f"/sales/blanket-orders/{made['blanket_order']}"
    audit.visit(paid, f"{draft}/issue", f"{paid}/payments", f"{paid}/cancel", f"{paid}/delete")
    audit.visit(f"/sales/quotes/{made['quote']}/convert/invoice", f"{blanket}/convert/order")
    audit.visit(f"{order}/send", f"{order}/delete", f"/sales/invoices/{made['empty']}/issue")
    _refused(page, audit, f"{paid}/payments", "#amount", "1000")
    _refused(page, audit, f"{order}/send", "#to", "a@example.com, b@example.com")
    assert audit.faults == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.slow
def test_mail_interactions_and_their_settings(site: Site, config: Config, language: str) -> None:
    """U-X17, U-X13: the outbox, a held message, mail from a card, entries, and what administrators set."""
    ids = make_world(site.app, config).ids
    site.do(lambda session: _hold(session, ids["outbox"]))
    page = site.visitor("admin", language=language)
    audit = Audit(page)
    contact, message = f"/contacts/{ids['person']}", f"/outbox/{ids['outbox']}"
    audit.visit("/outbox", message, f"{contact}/email", "/interactions", f"{contact}/interactions/new")
    audit.visit(
        f"/interactions/{ids['interactions']}", "/settings/items", "/settings/mail", "/settings/texts"
    )
    audit.visit("/settings/texts/invoice/fr", "/settings/interactions", "/settings/export")
    _refused(page, audit, f"{contact}/email", "#to", "nobody")
    assert audit.faults == []


def _documents(session: Session) -> dict[str, int]:
    """A document of each kind that something can be made from, for a customer with a long name."""
    customer = make.make_customer(
        session, "Société coopérative des maraîchers réunis de la Montérégie", city="Laval"
    )
    found = {kind: make_document(session, kind, customer).id for kind in ("quote", "order", "blanket_order")}
    empty: Document = make_document(session, "invoice", customer)
    empty.lines.clear()
    return found | {"empty": empty.id}


def _hold(session: Session, id: int) -> None:
    message = session.get_one(OutboxMessage, id)
    message.state = message.recipients[0].state = "held"


def _refused(page: Page, audit: Audit, url: str, field: str, typed: Any) -> None:
    page.goto(url)
    page.fill(field, typed)
    page.click("main form .primary")
    page.locator(".summary").wait_for()
    audit.look(f"{url} refused")
