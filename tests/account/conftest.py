"""A first start, and browsers that sign in by the door."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from config import Config
from models import SecurityEvent
from services import passwords
from tests.conftest import close
from tests.support.client import Client
from tests.support.people import BY_ROLE, PASSWORD

CODE = "ABCD-EFGH-JKMN-PQRS"


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """New passwords cost little here; the real cost has its own test."""
    monkeypatch.setattr(passwords, "COST", 2**4)


@pytest.fixture
def new_app(empty_config: Config) -> Iterator[Flask]:
    """An application that was never set up."""
    from app import create_app

    app = create_app(replace(empty_config, setup_code=CODE))
    yield app
    close(app)


@pytest.fixture
def events(do: Callable[..., Any]) -> Callable[[], list[str]]:
    """The security events so far."""
    return lambda: do(
        lambda session: [row.event for row in session.query(SecurityEvent).order_by(SecurityEvent.id)]
    )


def sign_in(client: Client, role: str, password: str = PASSWORD, **more: Any) -> TestResponse:
    """Sign in by the form, from an address of its own when one is given."""
    address = more.pop("address", "10.0.0.1")
    values = {"email": BY_ROLE[role].email, "password": password, "csrf_token": token(client), **more}
    return client.post("/login", values, environ_base={"REMOTE_ADDR": address})


def token(client: Client) -> str:
    """A CSRF token for whoever this browser is at the moment."""
    page = client.browser.get("/account", follow_redirects=True)
    return page.get_data(as_text=True).partition('name="csrf-token" content="')[2].partition('"')[0]
