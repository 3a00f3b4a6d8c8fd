"""A link by mail for a forgotten password (R-AUTH-9)."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from extensions import db
from models import OutboxMessage
from services.mail.sending import Sender
from tests.mail.support import MailServer, Office
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.pages import Page
from tests.support.people import PASSWORD
from tests.support.threads import read

ClientOf = Callable[..., Client]
NEW = "a sentence nobody guesses"


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An application that mails, and knows where users reach it."""
    monkeypatch.setattr("blueprints.account.resetting.ANSWER_SECONDS", 0.0)
    monkeypatch.setitem(app.config, "CARNET", replace(app.config["CARNET"], url="https://carnet.example.com"))
    return Office(app)


def links(office: Office, server: MailServer) -> list[str]:
    """Send what waits; the paths in every mail that arrived so far."""
    office.sender = Sender(office.app)
    office.send()
    bodies = [delivery.mail.get_content().replace("=\n", "") for delivery in server.received]
    return [re.search(r"https://carnet\.example\.com(/reset/[0-9a-f]{64})", body)[1] for body in bodies]  # type: ignore[index]


def ask(client: Client, email: str) -> str:
    page = client.submit("/reset", {"email": email})
    return re.sub(r'content="[^"]*"|"X-CSRFToken": "[^"]*"', "", page.markup)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_r_auth_9_a_mailed_link_sets_a_password_once(
    office: Office, client_of: ClientOf, language: str
) -> None:
    """R-AUTH-9: the answer is the same for an address that nobody has; the outbox holds no link."""
    with MailServer() as server:
        office.uses(server.port)
        client = client_of("", language=language)
        known = ask(client, "clerk@example.com")
        assert known == ask(client, "nobody@example.com")
        (path,) = links(office, server)
    kept = read(office.app, lambda session: session.query(OutboxMessage).one())
    assert path.rpartition("/")[2] not in kept.body + kept.conversation and "{link}" in kept.body
    # Its page keeps the link to itself.
    page = Page(client.get(path), path)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert client.send(page.form(), {"password": "short"}).status_code == 422
    assert client.send(page.form(), {"password": NEW}).status_code == 303
    assert client.get("/contacts").status_code == 200
    assert client_of("", language=language).get(path).status_code == 404


def test_r_auth_9_only_the_latest_link_works_and_only_for_half_an_hour(
    office: Office, client_of: ClientOf, clock: Clock
) -> None:
    """R-AUTH-9: the older of two is 404; a few are mailed at most; a sign-in ends them all."""
    client = client_of("")
    with MailServer() as server:
        office.uses(server.port)
        for _turn in range(5):
            ask(client, "clerk@example.com")
        found = links(office, server)
        assert len(found) == 3
        assert [client.get(path).status_code for path in found] == [404, 404, 200]
        clock.move(minutes=31)
        assert client.get(found[-1]).status_code == 404
        ask(client, "clerk@example.com")
        latest = links(office, server)[-1]
    assert client.get(latest).status_code == 200
    client.submit("/login", {"email": "clerk@example.com", "password": PASSWORD})
    assert client_of("").get(latest).status_code == 404


def test_r_auth_9_without_mail_or_an_address_of_its_own_carnet_says_who_helps(
    app: Flask, client_of: ClientOf
) -> None:
    """R-AUTH-9: no form, and 409 for who sends one; another host is refused before."""
    client = client_of("")
    page = client.page("/reset")
    assert "Ask an administrator" in page.text and page.main.all("form") == []
    answer = client.post(
        "/reset", {"email": "clerk@example.com", "csrf_token": page.one("meta", name="csrf-token")["content"]}
    )
    assert answer.status_code == 409
    assert client.get("/reset", headers={"Host": "evil.example"}).status_code == 400
    with app.app_context():
        assert db.session.query(OutboxMessage).count() == 0
