"""No state changes without the token of the browser's own session, or on the word of another site (R-WEB-1)."""

import pytest
from flask import Flask

from config import Config
from services import datadir
from tests.conftest import close
from tests.support import databases
from tests.support.asking import BESIDE, POSTS, Cell, address, assert_headers, case, events
from tests.support.client import HTMX, Client
from tests.support.world import World

# This address is gone once the office is set up; it has its own test below.
FIRST_START = "account.setup"
EVIL = ("http://evil.example", "http://localhost.evil.example", "http://localhost:81", "null", "")


@pytest.mark.parametrize("cell", [cell for cell in POSTS if cell[2] != FIRST_START], ids=case)
def test_a_post_needs_the_token_of_its_own_session(
    app: Flask, config: Config, world: World, cell: Cell
) -> None:
    """R-WEB-1: none, another user's, in the query only, from another site: 400 and nothing changed."""
    _method, permission, endpoint, _rule = cell
    url = address(app, world, endpoint, "POST")
    client = Client(app, role="" if permission == "open" else "admin")
    own, foreign = client.csrf_token, Client(app, role="clerk").csrf_token
    before, noted = databases.dump(config, without=BESIDE), len(events(app))
    forged = [
        ("", {}, {}),
        ("", {"csrf_token": ""}, {}),
        ("", {"csrf_token": foreign}, {}),
        ("", {}, {"X-CSRFToken": foreign}),
        (f"?csrf_token={own}", {}, {}),
        *(("", {"csrf_token": own}, {"Origin": origin}) for origin in EVIL),
    ]
    if endpoint in ("account.invite", "account.reset"):
        # Its page sends no referrer, so that browsers send "null" with its own form.
        forged = [one for one in forged if one[2] != {"Origin": "null"}]
    for htmx in ({}, HTMX):
        for query, data, headers in forged:
            response = client.post(url + query, data, headers={**htmx, **headers})
            assert response.status_code == 400, f"{url}{query} {data} {headers}: {response.status_code}"
            assert_headers(response)
            assert not htmx or response.headers["HX-Retarget"] == "#messages"
    assert databases.dump(config, without=BESIDE) == before
    assert events(app)[noted:] == ["csrf refused"] * (2 * len(forged))


@pytest.mark.parametrize("cell", [cell for cell in POSTS if cell[2] != FIRST_START], ids=case)
def test_the_right_token_is_taken_from_the_form_or_the_header(app: Flask, world: World, cell: Cell) -> None:
    """R-WEB-1: the same requests with what a browser would send."""
    _method, permission, endpoint, _rule = cell
    url = address(app, world, endpoint, "POST")
    client = Client(app, role="" if permission == "open" else "admin")
    own = client.csrf_token
    client.post(url, {}, headers={"X-CSRFToken": own})
    if endpoint != "account.logout":
        client.post(url, {"csrf_token": own}, headers={"Origin": "http://localhost"})
    assert "csrf refused" not in events(app)


def test_the_first_start_needs_a_token_too(empty_config: Config) -> None:
    """R-WEB-1, R-AUTH-1."""
    from app import create_app

    fresh = create_app(empty_config)
    client, other = Client(fresh), Client(fresh)
    good = {
        "code": datadir.setup_code(empty_config.data, "ABCD-EFGH-JKMN-PQRS"),
        "company": "Office",
        "currency": "CAD",
        "language": "en",
        "name": "Ada",
        "email": "ada@example.com",
        "password": "green horse lamp",
    }
    pages = [browser.page("/setup") for browser in (client, other)]
    before = databases.dump(empty_config, without=BESIDE)
    own, foreign = (page.one("meta", name="csrf-token")["content"] for page in pages)
    for query, token, headers in (
        ("", "", {}),
        ("", foreign, {}),
        (f"?csrf_token={own}", "", {}),
        ("", own, {"Origin": "http://evil.example"}),
    ):
        response = client.post(f"/setup{query}", {**good, "csrf_token": token}, headers=headers)
        assert response.status_code == 400
    assert databases.dump(empty_config, without=BESIDE) == before
    assert client.post("/setup", {**good, "csrf_token": own}).status_code == 303
    close(fresh)
