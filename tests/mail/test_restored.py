"""Mail that waited in a backup which is restored: nothing of it leaves by itself (R-BAK-3, R-MAIL-5)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from config import Config
from extensions import db
from models import OutboxMessage, User
from services import backup
from services.mail import sending
from services.mail.outbox import cancel, not_sent, retry
from tests.mail.support import MailServer, Office
from tests.support import databases
from tests.support.client import Client
from tests.support.people import BY_ROLE
from tests.support.threads import read, write


@pytest.fixture
def config(database_kind: str, all_databases: databases.Databases, tmp_path: Path) -> Config:
    """An office of this test's own: its database is put back."""
    return all_databases.fresh(database_kind, tmp_path)


@pytest.mark.both_databases
def test_r_bak_3_what_waited_in_a_backup_is_held_and_nothing_is_sent_twice(
    config: Config, bare_app: Flask, office: Office, mail_server: MailServer
) -> None:
    """R-BAK-3, R-MAIL-5: sent after the backup was made, then restored: it is not sent again by itself."""
    waiting, cut_off = office.post(), office.post(to=["bob@example.com"])
    done = office.post(to=["carol@example.com"])
    office.change(waiting, lambda message: setattr(message, "attempts", 1))
    office.change(cut_off, _being_given)
    office.change(done, _sent)
    made = backup.make(config)
    office.change(cut_off, retry_after_all)
    assert office.send() == 2
    arrived = len(mail_server.received)
    _let_go(bare_app)
    backup.restore(config, made.path)
    write(bare_app, sending.recover)
    assert office.send() == 0 and len(mail_server.received) == arrived
    assert {office.look(id)["state"] for id in (waiting, cut_off)} == {"held"}
    assert office.look(cut_off)["recipients"] == {"bob@example.com": "held"}
    assert office.look(done)["state"] == "sent"
    assert read(bare_app, _not_sent) == 2
    office.change(waiting, retry)
    office.change(cut_off, cancel)
    assert office.send() == 1
    assert office.look(cut_off)["recipients"] == {"bob@example.com": "cancelled"}
    assert office.look(waiting)["state"] == "sent"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Held", "may have been sent", "Send anyway")),
        ("fr", ("Retenu", "pu partir", "Envoyer quand même")),
    ],
)
def test_r_mail_5_the_page_of_a_held_message_says_why_and_offers_to_send_it(
    app: Flask, client_of: Callable[..., Client], language: str, words: tuple[str, ...]
) -> None:
    """R-MAIL-5: a person decides."""
    id = Office(app).post()
    Office(app).change(id, _held)
    client = client_of("admin", language=language)
    page = client.page(f"/outbox/{id}")
    assert all(word in page.text for word in words)
    assert words[0] in client.page("/outbox?state=not-sent").text
    assert words[0] in client.page("/outbox?state=held").text
    assert client.press(f"/outbox/{id}", f"/outbox/{id}/retry").text
    assert Office(app).look(id)["state"] == "waiting"


def retry_after_all(message: OutboxMessage) -> None:
    """As the sender does when it starts again after a cut."""
    message.state = "waiting"
    for one in message.recipients:
        one.state = "waiting"


def _not_sent(session: Session) -> int:
    return not_sent(session, session.get_one(User, BY_ROLE["admin"].id))


def _being_given(message: OutboxMessage) -> None:
    message.state = "sending"
    message.recipients[0].state = "handed"


def _sent(message: OutboxMessage) -> None:
    message.state = message.recipients[0].state = "sent"


def _held(message: OutboxMessage) -> None:
    message.state = message.recipients[0].state = "held"


def _let_go(app: Flask) -> None:
    """A restore needs the database for itself."""
    with app.app_context():
        db.engine.dispose()
