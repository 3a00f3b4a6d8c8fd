"""The outbox, mail from a card, and the settings of mail and texts, through their pages."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models import Interaction, OutboxMessage
from services import datadir
from services.mail import outbox
from services.mail.letters import Letter
from tests.mail.support import MailServer, Office
from tests.support import factories as make
from tests.support.client import Client
from tests.support.people import BY_ROLE
from tests.support.threads import read, write

ClientOf = Callable[..., Client]


def letter(app: Flask, *, by: str = "clerk", **changed: Any) -> int:
    values = {"to": ["ada@example.com"], "subject": "Your quote", "text": "Good morning.", "kind": "card"}
    wanted = Letter(**(values | changed))
    made: int = write(app, lambda session: outbox.enqueue(session, wanted, by=BY_ROLE[by].id).id)
    return made


@pytest.mark.parametrize("language", ["en", "fr"])
def test_i2_an_email_from_a_card_goes_through_the_outbox_and_is_logged_when_it_is_accepted(
    app: Flask, client_of: ClientOf, mail_server: MailServer, language: str
) -> None:
    """I2, I6: to, subject and text stand there already; files go along; nothing is logged before."""
    office = Office(app)
    contact_id = write(
        app, lambda session: make.make_person(session, "Ada Example", email="ada@example.com").id
    )
    client = client_of("clerk", language=language)
    form = client.page(f"/contacts/{contact_id}/email").form()
    assert form.values["to"] == ["ada@example.com"] and "Ada Example" in form.values["text"][0]
    sent: dict[str, Any] = form.filled({"subject": "Prix", "text": "Voilà."})
    sent["files"] = [(io.BytesIO(b"a,b"), "prix.csv")]
    assert client.browser.post(form.action, data=sent).status_code == 303
    assert mail_server.received == []
    assert read(app, lambda session: session.scalars(select(Interaction)).all()) == []
    office.uses(mail_server.port)
    assert office.send() == 1
    (delivery,) = mail_server.received
    assert [part.get_filename() for part in delivery.mail.iter_attachments()] == ["prix.csv"]
    (entry,) = read(app, lambda session: session.scalars(select(Interaction)).all())
    assert (entry.action, entry.contact_id, entry.subject) == ("email_card", contact_id, "Prix")
    page = client.page(f"/interactions?contact={contact_id}")
    assert "Prix" in page.text and "Ada Example" in page.text
    assert "Prix" in client.page(f"/outbox/{entry.outbox_id}").text


def test_i6_mail_that_was_not_accepted_is_not_logged(app: Flask, mail_server: MailServer) -> None:
    """I6: refused for good, there is nothing on the timeline."""
    office = Office(app)
    office.uses(mail_server.port)
    contact_id = write(app, lambda session: make.make_contact(session).id)
    mail_server.recipients["ada@example.com"] = "550 no such user"
    id = letter(app, contact_id=contact_id)
    office.send()
    assert office.look(id)["state"] == "failed"
    assert read(app, lambda session: session.query(Interaction).count()) == 0


def test_what_is_wrong_with_an_email_is_said_beside_its_field(app: Flask, client: Client) -> None:
    """R-MAIL-1: 422 with what was typed; nothing is in the outbox."""
    customer_id = write(app, lambda session: make.make_customer(session).id)
    page = client.submit(
        f"/customers/{customer_id}/email",
        {"to": "a@example.com, b@example.com", "subject": "Hello", "text": ""},
        status=422,
    )
    assert "Enter one e-mail address only" in page.text and "Enter the text" in page.text
    assert page.form().values["to"] == ["a@example.com, b@example.com"]
    assert read(app, lambda session: session.query(OutboxMessage).count()) == 0


def test_the_outbox_shows_each_reader_what_concerns_them(app: Flask, client_of: ClientOf) -> None:
    """Administrators see all but privacy mails, clerks their own and documents, officers privacy mails."""
    ids = {
        "own": letter(app), "other": letter(app, by="admin"), "document": letter(app, by="admin", kind="document"),
        "privacy": letter(app, by="admin", kind="privacy"),
    }  # fmt: skip
    seen = {
        "admin": {"own", "other", "document"},
        "clerk": {"own", "document"},
        "privacy_officer": {"privacy"},
    }
    for role, names in seen.items():
        client = client_of(role)
        for name, id in ids.items():
            assert client.get(f"/outbox/{id}").status_code == (200 if name in names else 404), (role, name)
            assert client.get(f"/outbox/{id}/message.eml").status_code == (200 if name in names else 404)
        rows = client.page("/outbox").all("tr")
        assert sum(row.get("id").startswith("outbox-") for row in rows) == len(names)


def test_a_message_can_be_cancelled_tried_again_and_taken_away(app: Flask, client: Client) -> None:
    """Q2: without a mail server it waits, is shown and can be downloaded."""
    id = letter(app, subject="Devis n° 7")
    page = client.page(f"/outbox/{id}")
    assert "Mail is not set up" in page.text and "Good morning." in page.text
    download = client.get(f"/outbox/{id}/message.eml")
    assert b"Good morning." in download.data and "attachment" in download.headers["Content-Disposition"]
    assert "Cancelled" in client.press(f"/outbox/{id}", f"/outbox/{id}/cancel").text
    assert client.press(f"/outbox/{id}", f"/outbox/{id}/retry").text
    assert read(app, lambda session: session.get_one(OutboxMessage, id).state) == "waiting"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_u_s3_a_test_shows_the_conversation_when_it_fails(
    app: Flask, client_of: ClientOf, mail_server: MailServer, language: str
) -> None:
    """U-S3, R-SEC-2: the password is written, kept in a file and shown nowhere; the refusal is."""
    client = client_of("admin", language=language)
    client.submit(
        "/settings/mail",
        {
            "host": "127.0.0.1", "port": str(mail_server.port), "username": "carnet", "password": "open-sesame",
            "sender_email": "office@example.com", "copy_field": "bcc", "copy_email": "books@example.com",
        },
    )  # fmt: skip
    assert datadir.mail_password(app.config["CARNET"].data).read_text() == "open-sesame\n"
    assert datadir.mail_password(app.config["CARNET"].data).stat().st_mode & 0o777 == 0o600
    assert "sesame" not in client.get("/settings/mail").get_data(as_text=True)
    mail_server.recipients["admin@example.com"] = "550 5.7.1 not here"
    client.submit("/settings/mail", {"username": "", "forget_password": "y"}, of="host")
    page = client.press("/settings/mail", "/settings/mail/test")
    Office(app).send()
    page = client.page(page.url)
    assert "→ rcpt TO:<admin@example.com>" in page.text and "550 5.7.1 not here" in page.text
    assert not datadir.mail_password(app.config["CARNET"].data).exists()


def test_wrong_mail_settings_are_refused(client_of: ClientOf) -> None:
    client = client_of("admin")
    page = client.submit(
        "/settings/mail",
        {"host": "mail server", "port": "70000", "sender_email": "a@b@c", "copy_field": "cc"},
        status=422,
    )
    assert {"host", "port", "sender_email"} <= {
        node["id"] for node in page.all("input") if node.get("aria-invalid")
    }


def test_o8_texts_are_changed_for_a_kind_and_a_language(client_of: ClientOf) -> None:
    """O9: the office's texts, with what is filled in; an unknown mark is named."""
    client = client_of("admin")
    page = client.submit("/settings/texts/invoice/fr", {"subject": "Facture {nr}", "body": "x"}, status=422)
    assert "{nr}" in page.text
    page = client.submit("/settings/texts/invoice/fr", {"subject": "Facture {no}", "body": "Bonjour {name}"})
    assert "Text of the office" in page.text
    assert client.page("/settings/texts/invoice/fr").form().values["subject"] == ["Facture {no}"]


def test_i1_each_kind_of_action_has_a_line_in_the_settings(client_of: ClientOf) -> None:
    """I1."""
    client = client_of("admin")
    page = client.submit("/settings/interactions", {"wording-convert": "x" * 201}, status=422)
    assert page.form().values["wording-convert"] == ["x" * 201]
    client.submit("/settings/interactions", {"wording-convert": "Fait : {document}"})
    assert client.page("/settings/interactions").form().values["wording-convert"] == ["Fait : {document}"]
