"""The ways a card is used: in two languages, with htmx and without."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.client import Client

KINDS = ("contact", "customer", "vendor", "bank_account")
WAYS = [(language, htmx) for language in ("en", "fr") for htmx in (False, True)]


@pytest.fixture(params=WAYS, ids=[f"{language}-{'htmx' if htmx else 'plain'}" for language, htmx in WAYS])
def way(request: pytest.FixtureRequest, app: Flask) -> Client:
    """The clerk's browser, in each language, with htmx and without."""
    language, htmx = request.param
    return Client(app, role="clerk", language=language, htmx=htmx)


@pytest.fixture(params=[("en", False), ("fr", True)], ids=["en-plain", "fr-htmx"])
def either(request: pytest.FixtureRequest, app: Flask) -> Client:
    """The clerk's browser in two of the ways, which is enough where they do not meet."""
    language, htmx = request.param
    return Client(app, role="clerk", language=language, htmx=htmx)


@pytest.fixture(params=["en", "fr"])
def reader(request: pytest.FixtureRequest, client_of: Callable[..., Client]) -> Client:
    """The browser of somebody who may only read."""
    found: Client = client_of("reader", language=request.param)
    return found
