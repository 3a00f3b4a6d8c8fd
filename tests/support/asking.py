"""Asking every address: the cells of the route list, addresses that exist, and what every answer carries."""

import re
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from models import SecurityEvent
from tests.support.client import HTMX, Client
from tests.support.pages import HEADERS
from tests.support.people import ROLES
from tests.support.routes import cells
from tests.support.threads import read
from tests.support.world import World

# The table of rights, typed out a second time on purpose: who may use what.
EVERYBODY = set(ROLES)
MAY = {
    "view_cards": EVERYBODY,
    "view_documents": EVERYBODY,
    "edit_documents": {"admin", "clerk"},
    "history": EVERYBODY,
    "help": EVERYBODY,
    "account": EVERYBODY,
    "edit_cards": {"admin", "clerk"},
    "edit_bank": {"admin", "clerk"},
    "delete_cards": {"admin", "clerk"},
    "export": {"admin", "clerk"},
    "import": {"admin", "clerk"},
    "privacy_desk": {"privacy_officer"},
    "privacy_export": {"admin", "clerk", "privacy_officer"},
    "trail": {"admin", "privacy_officer"},
    "items": {"admin", "clerk"},
    "jobs": {"admin", "clerk"},
    "outbox": {"admin", "clerk", "privacy_officer"},
    "send_mail": {"admin", "clerk"},
    "add_entries": {"admin", "clerk", "privacy_officer"},
    "edit_entries": {"admin", "clerk"},
    "drop_entries": {"admin"},
    "settings": {"admin"},
    "users": {"admin"},
    "backup": {"admin"},
}
Cell = tuple[str, str, str, str]
CELLS: list[Cell] = cells()
GUARDED = [cell for cell in CELLS if cell[1] != "open"]
POSTS = [cell for cell in CELLS if cell[0] == "POST"]
# What a request may write although it is refused: its session's time, and the event.
BESIDE = ("sessions", "security_events")
# Addresses that answer something else than a page: suggestions, files, a token.
PIECES = (
    *("lookup.suggest", "lookup.everything", "home.suggest", "home.go", "account.token", "account.confirm"),
    *("imports.errors_csv", "imports.errors_xlsx", "imports.template", "imports.choose_columns"),
    *("outbox.download", "outbox.attachment"),
    *("settings.download_backup", "settings.download_export", "settings.overview", "settings.logo"),
    *("contacts.vcard", "documents.show_pdf", "privacy.export_register", "privacy.erasure_pdf"),
    "privacy.export_file",
    *("lookup.suggest_parties", "lookup.all_parties", "lookup.suggest_items", "documents.lines"),
    *(f"{kind}.export" for kind in ("contacts", "customers", "vendors", "bank_accounts")),
)


def case(cell: Cell) -> str:
    """The name of a cell in the list of tests."""
    return f"{cell[0]} {cell[2]}"


def address(app: Flask, world: World, endpoint: str, method: str, **other: Any) -> str:
    """The address of an endpoint with arguments that exist, but for those given."""
    rules = [rule for rule in app.url_map.iter_rules(endpoint) if method in (rule.methods or ())]
    rule = next(rule for rule in rules if rule.arguments or not other)
    values = world.arguments(endpoint, rule.arguments)
    values |= {name: value for name, value in other.items() if name in rule.arguments}
    found = str(rule)
    for name, value in values.items():
        found = re.sub(rf"<(?:[^<>]*:)?{name}>", str(value), found)
    assert "<" not in found, found
    return found


def ask(
    client: Client,
    method: str,
    url: str,
    *,
    htmx: bool = False,
    token: str | None = "",
    typed: dict[str, str] | None = None,
) -> TestResponse:
    """The bare answer; a POST carries the session's own token unless another is given (None: no token)."""
    headers = dict(HTMX) if htmx else {}
    if method == "GET":
        return client.get(url, headers=headers)
    data = {} if token is None else {"csrf_token": token or client.csrf_token}
    return client.post(url, {**data, **(typed or {})}, headers=headers)


# The export of a person's data was made by the administrator.
OF_OTHERS = {"clerk": ("privacy.export_state",)}


def readable_pages(app: Flask, world: World, role: str) -> list[str]:
    """The addresses of all pages that a role may read; what somebody made for themselves is theirs alone."""
    return [
        address(app, world, endpoint, method)
        for method, permission, endpoint, _rule in GUARDED
        if method == "GET" and role in MAY[permission]
        if endpoint not in PIECES and not endpoint.endswith(".section")
        if endpoint not in OF_OTHERS.get(role, ())
    ]


def events(app: Flask) -> list[str]:
    """The security events, oldest first."""
    query = select(SecurityEvent.event).order_by(SecurityEvent.id)
    return list(read(app, lambda session: list(session.scalars(query))))


def assert_security_headers(response: TestResponse) -> None:
    """The headers of every answer, files included (R-WEB-2)."""
    for name, value in HEADERS.items():
        if name not in ("Cache-Control", "Referrer-Policy"):
            assert response.headers.get(name) == value, f"{name}: {response.headers.get(name)}"
    assert "Server" not in response.headers and "X-Powered-By" not in response.headers
    for inside in ("unsafe-inline", "unsafe-eval", "http:", "https:"):
        assert inside not in response.headers["Content-Security-Policy"]


def assert_headers(response: TestResponse) -> None:
    """The headers of every answer that is not a static file (R-WEB-2)."""
    assert_security_headers(response)
    secret = response.request.path.startswith(("/invite/", "/reset/"))
    assert response.headers["Referrer-Policy"] == ("no-referrer" if secret else "same-origin")
    assert response.headers["Cache-Control"] == "no-store"
