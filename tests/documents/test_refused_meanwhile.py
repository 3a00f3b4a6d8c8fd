"""What happens between the opening of a page and its button: refused, and nothing typed is lost (O4, O6, O11)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Document
from services import deletion, items
from services.documents import converting, deleting, saving
from services.errors import Invalid, PrivacyBlocked
from services.privacy import blocks as privacy
from tests.documents.support import BY, issue, make_document
from tests.documents.test_actions import made, press, url
from tests.documents.test_leaving import block, without_series
from tests.support import factories as make
from tests.support.client import Client
from tests.support.threads import read, write

ClientOf = Callable[..., Client]
LANGUAGES = pytest.mark.parametrize("language", ["en", "fr"])


@LANGUAGES
def test_o11_a_block_set_while_quantities_are_typed_leaves_them(
    app: Flask, client_of: ClientOf, language: str
) -> None:
    """O4, O11: 409 with the form; once the block is gone the same form makes the order, once."""
    blanket = made(app, "blanket_order")
    line = read(app, lambda session: session.get_one(Document, blanket.id).lines[0].id)
    client = client_of("clerk", language=language)
    typed = {f"quantity-{line}": "1"}
    form = client.page(url(blanket, "convert/order")).form()
    write(app, lambda session: block(session, blanket))
    refused = client.read(client.send(form, typed), form.action, 409)
    assert ("is blocked for everything" if language == "en" else "bloqué") in refused.main.text
    assert refused.form().values[f"quantity-{line}"] == ["1"]
    write(app, lambda session: block(session, blanket, "none"))
    for _click in range(2):
        assert client.send(refused.form(), {}).status_code == 303
    assert orders(app) == [Decimal(1)]


@LANGUAGES
@pytest.mark.parametrize("htmx", [False, True])
def test_o6_what_was_typed_above_the_lines_stays_when_the_document_is_issued_meanwhile(
    app: Flask, client_of: ClientOf, language: str, htmx: bool
) -> None:
    """O6: 409 with the reason and the form, so that the text can be taken elsewhere."""
    draft = made(app, "invoice")
    client, action = client_of("clerk", language=language, htmx=htmx), url(draft, "texts")
    form = client.piece(f"{action}/edit").form(action)
    write(app, lambda session: issue(session, session.get_one(Document, draft.id)))
    page = client.read(client.send(form, {"notes": "Typed for long."}), action, 409)
    assert page.form(action).values["notes"] == ["Typed for long."]
    assert ("is issued and never changes" if language == "en" else "est émis et ne change plus") in page.text
    assert read(app, lambda session: session.get_one(Document, draft.id).notes) == ""


def test_n4_a_missing_series_leaves_the_quantities(app: Flask) -> None:
    """N4, O4: the blanket order would get its number by this; without a series the form comes back."""
    blanket = made(app, "blanket_order")
    line = read(app, lambda session: session.get_one(Document, blanket.id).lines[0].id)
    write(app, without_series)
    refused = press(Client(app, role="clerk"), url(blanket, "convert/order"), {f"quantity-{line}": "1"})
    assert refused.status_code == 409 and f'name="quantity-{line}" value="1"' in refused.text


@LANGUAGES
def test_u_d2_what_is_called_off_is_a_number_or_a_calculation(
    app: Flask, client_of: ClientOf, language: str
) -> None:
    """U-D2: as in a line; five decimals are refused, and so is a division by zero."""
    blanket = made(app, "blanket_order")
    line = read(app, lambda session: session.get_one(Document, blanket.id).lines[0].id)
    client, name = client_of("clerk", language=language), f"quantity-{line}"
    comma = "." if language == "en" else ","
    for typed in (f"0{comma}00001", "1/0", "two"):
        page = client.submit(url(blanket, "convert/order"), {name: typed}, status=422)
        assert page.form().values[name] == [typed] and page.main.one("input", name=name)["aria-invalid"]
    client.submit(url(blanket, "convert/order"), {name: "3/2"})
    assert orders(app) == [Decimal("1.5")]


def test_o11_a_person_blocked_for_privacy_stops_what_a_company_would_get(session: Session) -> None:
    """O11: the document names the person, so nothing is made of it or issued; a credit memo stays possible."""
    company = make.make_contact(session, "Mill Ltd")
    person = make.make_person(session, "Ada Roy", company)
    customer = make.make_customer(session, "Mill Ltd")
    order, draft = (
        saving.create(session, kind, customer, person=person, by=BY) for kind in ("order", "invoice")
    )
    for document in (order, draft):
        saving.add_line(session, document, {"description": "Bread", "unit_price": Decimal(5)}, by=BY)
    privacy.add(session, person, "request", by=BY)
    with pytest.raises(PrivacyBlocked):
        converting.convert(session, order, "invoice", by=BY)
    with pytest.raises(PrivacyBlocked):
        issue(session, draft)


@pytest.mark.parametrize(("kind", "end"), [("quote", "valid_until"), ("invoice", "due_date")])
def test_a_date_that_moves_behind_the_end_is_refused_beside_the_end(
    session: Session, kind: str, end: str
) -> None:
    """The end was left as it was shown: it is no less wrong, and without terms no other one follows."""
    document = make_document(session, kind, document_date=date(2026, 3, 1), **{end: date(2026, 3, 20)})
    document.payment_terms_id = None
    with pytest.raises(Invalid) as problem:
        saving.save_header(session, document, {"document_date": date(2026, 4, 1)}, by=BY)
    assert list(problem.value.errors) == [end]


def test_d7_an_order_back_from_the_bin_uses_its_blanket_order_up_again(session: Session) -> None:
    """D7, O4: all was called off by it, so nothing is left that another order could be made of."""
    blanket = make_document(session, "blanket_order")
    order = converting.convert(session, blanket, "order", by=BY).document
    entry = deleting.delete(session, order, by=BY)
    assert blanket.state == "open"
    deletion.undo_delete(session, entry, by=BY)
    assert blanket.state == "converted"


def orders(app: Flask) -> list[Any]:
    """The quantities of the orders there are."""
    query = select(Document).where(Document.kind == "order").order_by(Document.id)
    return read(app, lambda session: [one.lines[0].quantity for one in session.scalars(query)])


@LANGUAGES
def test_o5_an_item_is_named_by_its_whole_description_too(
    app: Flask, client_of: ClientOf, language: str
) -> None:
    """O5: “Tofu” is that item, though “Longlife Tofu” has the word; part of a name that two have is refused."""
    for no, description in (("14", "Tofu"), ("74", "Longlife Tofu"), ("75", "Tofu rolls")):
        values = {"no": no, "description": description, "unit_price": Decimal(3)}
        write(app, lambda session, values=values: items.save(session, None, values, by=None))
    order, client = made(app, "order"), client_of("clerk", language=language)
    for typed, status in (("tofu", 303), ("longlife", 303), ("tof", 422)):
        assert press(client, url(order, "lines"), {"item_id_text": typed}).status_code == status
    found = read(app, lambda session: [one.description for one in session.get_one(Document, order.id).lines])
    assert found == ["Bread", "Tofu", "Longlife Tofu"]
