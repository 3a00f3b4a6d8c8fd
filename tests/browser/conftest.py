"""A browser for all tests here, and the application served on a free port for each."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from waitress.server import create_server

from tests.browser.support import Site
from tests.support.databases import REQUIRE_ALL

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run; every test has profiles of its own in it."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if REQUIRE_ALL:
            pytest.fail("CARNET_REQUIRE_ALL=1 needs Chromium")
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[ExitStack, dict[int, str]]]:
    """The addresses of the applications that tests use in turn; their servers end with the run."""
    with ExitStack() as stack:
        yield stack, {}


@pytest.fixture
def site(app: Flask, chromium: Browser, servers: tuple[ExitStack, dict[int, str]]) -> Iterator[Site]:
    """The application of the test behind a real server; no browser may have met a blocked script or an error."""
    stack, addresses = servers
    if id(app) not in addresses:
        addresses[id(app)] = stack.enter_context(serving(app))
    with visited(app, addresses[id(app)], chromium) as site:
        yield site


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an application on a free port; its address."""
    server: Any = create_server(app, host="127.0.0.1", port=0, threads=6)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://localhost:{server.effective_port}"
    server.close()


@contextmanager
def visited(app: Flask, address: str, chromium: Browser) -> Iterator[Site]:
    """A site with browsers, which are closed and had nothing to complain about."""
    site = Site(app, address, chromium)
    yield site
    site.close()
    assert site.complaints == []
