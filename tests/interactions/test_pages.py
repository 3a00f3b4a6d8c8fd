"""Interactions through their pages: entering, changing, cancelling, deleting, and the list."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from models import Contact, Interaction
from services import interactions
from tests.support import factories as make
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.threads import read, write

ClientOf = Callable[..., Client]


@pytest.fixture
def contact_id(app: Flask) -> int:
    made: int = write(app, lambda session: make.make_contact(session, "Boulangerie Roy").id)
    return made


@pytest.mark.parametrize("language", ["en", "fr"])
def test_i2_a_call_is_entered_on_a_card(
    app: Flask, client_of: ClientOf, contact_id: int, language: str
) -> None:
    """I2: what is missing is said beside its field; a second click makes no second entry."""
    client = client_of("clerk", language=language)
    url = f"/contacts/{contact_id}/interactions/new"
    page = client.submit(
        url, {"action": "call", "subject": "", "day": "never", "body": "Two\nlines"}, status=422
    )
    assert page.form().values["body"][0].split() == ["Two", "lines"]
    form = client.page(url).form()
    typed = {"action": "call", "subject": "<b>Prices</b>", "body": "Two\nlines", "direction": "in"}
    for _turn in range(2):
        assert client.send(form, typed).status_code == 303
    assert read(app, lambda session: session.query(Interaction).count()) == 1
    assert "<b>Prices</b>" in client.page(f"/interactions?contact={contact_id}").text
    page = client.page("/interactions/1")
    assert "Two" in page.text and "Boulangerie Roy" in page.text


def test_i4_an_entry_is_cancelled_restored_and_deleted(
    app: Flask, client_of: ClientOf, contact_id: int, clock: Clock
) -> None:
    """I4: only an administrator deletes, and only what is cancelled; after a day nobody changes it."""
    values: dict[str, Any] = {"action": "note", "day": None, "subject": "Hello", "direction": "", "body": ""}
    id = write(
        app,
        lambda session: (
            interactions.log(session, session.get_one(Contact, contact_id), values, by=make.BY).id
        ),
    )
    clerk, admin = client_of("clerk"), client_of("admin")
    url = f"/interactions/{id}"
    assert "Only cancelled entries" in admin.page(f"{url}/delete").text
    assert "Prices" in clerk.submit(f"{url}/edit", {"subject": "Prices"}).text
    assert admin.page(f"{url}/edit").all("form", method="post", action=f"{url}/edit") == []
    assert "Cancelled" in clerk.press(url, f"{url}/cancel").text
    assert "Prices" not in clerk.page("/interactions?cancelled=no").text
    assert "Prices" in clerk.page("/interactions?cancelled=only").text
    assert "Cancelled" not in clerk.press(url, f"{url}/restore").text
    clock.move(hours=25)
    clerk.sign_in("clerk")
    admin.sign_in("admin")
    assert "24 hours" in clerk.page(f"{url}/edit").text
    clerk.press(url, f"{url}/cancel")
    admin.submit(f"{url}/delete", {})
    assert read(app, lambda session: session.query(Interaction).count()) == 0


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_was_typed_stays_when_the_entry_cannot_be_changed_any_more(
    app: Flask, client_of: ClientOf, contact_id: int, clock: Clock, language: str
) -> None:
    """I2: the day is over, or it was cancelled, while the text is typed: 409 with the reason and the text."""
    client = client_of("clerk", language=language)
    client.submit(f"/contacts/{contact_id}/interactions/new", {"action": "note", "subject": "Hello"})
    form = client.page("/interactions/1/edit").form()
    clock.move(hours=25)
    client.sign_in("clerk")
    typed = {"csrf_token": client.csrf_token, "body": "Typed for an hour."}
    refused = client.read(client.send(form, typed), form.action, 409)
    assert ("24 hours" if language == "en" else "24 heures") in refused.main.text
    assert refused.form().values["body"][0].strip() == "Typed for an hour."
    assert read(app, lambda session: session.get_one(Interaction, 1).body) == ""


def test_the_list_has_filters_and_pages_that_go_back_and_forth(
    app: Flask, client: Client, contact_id: int, clock: Clock
) -> None:
    """R-WEB-6: what the list does not offer is refused."""

    def fill(session: Any) -> None:
        for number in range(120):
            clock.move(minutes=1)
            interactions.record(
                session, "email_card", by=make.BY, contact_id=contact_id, subject=f"No {number} "
            )

    write(app, fill)
    page = client.page("/interactions")
    assert "No 119" in page.text and "No 70" in page.text and "No 69" not in page.text
    older = client.page(page.one("a", rel="next")["href"])
    assert "No 69" in older.text and "No 20" in older.text
    assert "No 119" in client.page(older.one("a", rel="prev")["href"]).text
    assert "No 0 " in client.page("/interactions?before=end").text
    assert "No 5" not in client.page("/interactions?action=call").text
    assert client.page("/interactions?since=2026-06-16").all("tr", id="interaction-1") == []
    assert client.page("/interactions?since=someday", 422)
    for wrong in ("action=x", "by=x", "cancelled=x", "contact=x", "after=x", "before=-1"):
        assert client.get(f"/interactions?{wrong}").status_code == 400


def test_i7_an_entry_says_that_what_it_led_to_is_gone(app: Flask, client: Client, contact_id: int) -> None:
    """I7: the document and the message were deleted; the entry stays."""

    def fill(session: Any) -> int:
        entry = interactions.record(
            session, "print_invoice", by=make.BY, contact_id=contact_id, outbox_id=999
        )
        assert entry is not None
        entry.document_kind, entry.document_id, entry.document_no = "invoice", 999, "INV-7"
        return entry.id

    page = client.page(f"/interactions/{write(app, fill)}")
    assert "Invoice INV-7 (deleted since)" in page.text and "The message was deleted since." in page.text


def test_i3_timelines_show_what_happened_beside_what_changed(app: Flask, client_of: ClientOf) -> None:
    """I3, U-C7: on the company, its customer and the person; a company's list can leave its persons out."""

    def fill(session: Any) -> Any:
        family = make.make_family(session)
        for card, subject in ((family.person, "Hers"), (family.contact, "Theirs")):
            interactions.record(session, "email_card", by=make.BY, contact_id=card.id, subject=subject)
        return family.contact.id, family.customer.id, family.person.id

    company, customer, person = write(app, fill)
    for role in ("clerk", "reader"):
        client = client_of(role)
        for url in (f"/contacts/{company}", f"/customers/{customer}"):
            shown = client.page(url).one(id="timeline").text
            assert "Hers" in shown and "Theirs" in shown and "Created" in shown
        assert "Theirs" not in client.page(f"/contacts/{person}").one(id="timeline").text
        assert "Hers" in client.page(f"/interactions?contact={company}").text
        assert "Hers" not in client.page(f"/interactions?contact={company}&persons=no").text
