"""A browser for all tests here, and the application served on a free port for each."""

import os
import shutil
import threading
from collections.abc import Iterator
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
def servers() -> Iterator[dict[int, Any]]:
    """The servers of the applications that tests use in turn."""
    running: dict[int, Any] = {}
    yield running
    for server in running.values():
        server.close()


@pytest.fixture
def site(app: Flask, chromium: Browser, servers: dict[int, Any]) -> Iterator[Site]:
    """The application of the test behind a real server. No browser may have met a blocked script or an error."""
    if id(app) not in servers:
        server: Any = create_server(app, host="127.0.0.1", port=0, threads=6)
        threading.Thread(target=server.run, daemon=True).start()
        servers[id(app)] = server
    site = Site(app, f"http://localhost:{servers[id(app)].effective_port}", chromium)
    yield site
    site.close()
    assert site.complaints == []
