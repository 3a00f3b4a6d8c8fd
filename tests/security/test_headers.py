"""The headers that every answer carries, whatever its status (R-WEB-2)."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.conftest import close
from tests.security.conftest import Raw
from tests.support.asking import ask, assert_headers, assert_security_headers
from tests.support.client import HTMX, Client
from tests.support.databases import Databases
from tests.support.world import INVITATION, World

# Written out once more, so that a change of the promise is seen here.
PROMISED = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cache-Control": "no-store",
}


@pytest.mark.parametrize("htmx", [False, True], ids=["page", "htmx"])
@pytest.mark.parametrize(
    "status, role, method, url",
    [
        (200, "admin", "GET", "/contacts"),
        (200, "", "GET", "/healthz"),
        (200, "admin", "GET", "/import/template/customers.csv"),
        (200, "admin", "GET", "/settings/backup/{backup}"),
        (302, "", "GET", "/contacts"),
        (303, "admin", "POST", "/hide-setup"),
        (400, "admin", "GET", "/contacts?sort=nonsense"),
        (403, "reader", "GET", "/settings"),
        (404, "admin", "GET", "/nowhere"),
        (404, "admin", "GET", "/contacts/999999"),
        (404, "admin", "GET", "/static/nothing.css"),
        (405, "admin", "POST", "/contacts"),
        (409, "clerk", "POST", "/contacts/{contacts}/address"),
        (422, "clerk", "POST", "/contacts/new"),
    ],
)
def test_every_answer_has_the_headers(
    app: Flask, world: World, status: int, role: str, method: str, url: str, htmx: bool
) -> None:
    """R-WEB-2, literally; no version of anything."""
    typed = {"city": "Paris", "seen": '{"city": "old"}'}
    response = ask(Client(app, role=role), method, url.format(**world.ids), htmx=htmx, typed=typed)
    if not htmx:
        assert response.status_code == status, response.status_code
    assert {name: response.headers.get(name) for name in PROMISED} == PROMISED
    assert_headers(response)
    for name in ("Strict-Transport-Security", "Expires", "Server", "X-Powered-By"):
        assert name not in response.headers


def test_an_error_has_the_headers(in_office: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-WEB-2: 500, as page and as fragment."""

    def broken(**_arguments: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setitem(in_office.view_functions, "contacts.show", broken)
    client = Client(in_office, role="clerk")
    for headers in ({}, HTMX):
        response = client.get(f"/contacts/{world.ids['contacts']}", headers=headers)
        assert response.status_code == 500
        assert {name: response.headers.get(name) for name in PROMISED} == PROMISED


def test_a_large_body_and_a_limit_have_the_headers(app: Flask, world: World) -> None:
    """R-WEB-2: 413 and 429."""
    client = Client(app, role="clerk")
    large = client.post("/contacts/new", {"notes": "x" * (2 * 1024 * 1024 + 1)})
    answers = [client.get("/lookup/companies?q=a") for _ in range(25)]
    assert (large.status_code, answers[-1].status_code) == (413, 429)
    for response in (large, answers[-1]):
        assert {name: response.headers.get(name) for name in PROMISED} == PROMISED


def test_static_files_are_kept_and_carry_no_cookie(app: Flask, world: World) -> None:
    """R-WEB-2: all but the ban on keeping them."""
    response = Client(app).get("/static/carnet.css")
    assert_security_headers(response)
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in response.headers


def test_a_one_time_link_is_told_to_nobody(app: Flask, world: World) -> None:
    """R-WEB-2: the pages of an invitation send no referrer, also when it is wrong."""
    for url in (f"/invite/{INVITATION}", "/invite/" + "x" * 43):
        assert Client(app).get(url).headers["Referrer-Policy"] == "no-referrer"


def test_https_mode_adds_transport_security(
    all_databases: Databases, database_kind: str, tmp_path: Path
) -> None:
    """R-WEB-2, R-AUTH-8: on pages, files and errors; the mode is a setting and no header."""
    from app import create_app

    secure = create_app(all_databases.fresh(database_kind, tmp_path, https=True))
    browser = Client(secure).browser
    for url in ("/login", "/static/carnet.css", "/nowhere", "/contacts"):
        response = browser.get(url, base_url="https://localhost", headers={"X-Forwarded-Proto": "http"})
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    cookie = Client(secure).browser.get("/login", base_url="https://localhost").headers["Set-Cookie"]
    assert cookie.startswith("__Host-carnet=") and cookie.endswith("; Secure; HttpOnly; Path=/; SameSite=Lax")
    close(secure)


def test_the_server_does_not_name_itself(raw: Raw, world: World) -> None:
    """R-WEB-2, R-WEB-8: with waitress, for pages, for what is missing, and for what is no request."""
    for request in (
        b"GET /login HTTP/1.1\nHost: localhost\nConnection: close\n\n",
        b"GET /static/carnet.css HTTP/1.1\nHost: localhost\nConnection: close\n\n",
        b"GET /nowhere HTTP/1.1\nHost: evil.example\nConnection: close\n\n",
        b"GET / HTTP/1.1\nHost: localhost\nContent-Length: abc\nConnection: close\n\n",
        b"NONSENSE\n\n",
    ):
        head = raw(request).split(b"\r\n\r\n")[0].lower()
        assert head.startswith(b"http/1.")
        assert b"\r\nserver:" not in head and b"waitress" not in head and b"werkzeug" not in head
