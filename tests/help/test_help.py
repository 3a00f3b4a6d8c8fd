"""Help for each page, whole or in the ? panel, always in the same place (U-X10, WCAG 3.2.6)."""

from collections.abc import Callable

import pytest
from flask import Flask

from blueprints.help.routes import TITLES
from tests.support.client import Client


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("page", list(TITLES))
def test_every_help_page_opens(client_of: Callable[..., Client], page: str, language: str) -> None:
    """A whole page with the list of the others, and the piece for the panel."""
    reader = client_of("reader", language=language)
    whole = reader.page(f"/help/{page}")
    assert whole.one("a", href=f"/help/{page}", aria_current="page").text == whole.title
    assert len(whole.main.one("div", css="prose").text) > 60
    piece = reader.fragment(f"/help/{page}")
    assert piece.all("h2")[0].text == whole.title


@pytest.mark.parametrize("page", ["nothing", "_panel", "page", "START", "..%2Fstart", "start.html"])
def test_an_unknown_help_page(client: Client, page: str) -> None:
    assert client.get(f"/help/{page}").status_code == 404


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("/", "start"),
        ("/contacts", "lists"),
        ("/vendors", "lists"),
        ("/contacts/new", "contacts"),
        ("/customers/new", "customers"),
        ("/bin", "delete"),
        ("/activity", "history"),
        ("/go?q=nothing", "start"),
        ("/help/keys", "keys"),
        ("/account", "account"),
    ],
)
def test_the_question_mark_knows_the_page(client: Client, url: str, page: str) -> None:
    """U-X10: one link in the same place on every page, leading to that page's help."""
    link = client.page(url).one("header").one("a", data_help="")
    assert link["href"] == f"/help/{page}"


def test_help_is_for_members(app: Flask) -> None:
    """Not signed in: to the sign-in page, which leads back."""
    answer = Client(app).get("/help/start")
    assert answer.status_code == 302 and answer.location.startswith("/login?next=")
