"""Fixtures of the mail tests."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.mail.support import MailServer, Office


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A mail server that takes everything until it is told otherwise."""
    with MailServer() as server:
        yield server


@pytest.fixture
def office(bare_app: Flask, mail_server: MailServer) -> Office:
    """An outbox that sends through that server."""
    office = Office(bare_app)
    office.uses(mail_server.port)
    return office
