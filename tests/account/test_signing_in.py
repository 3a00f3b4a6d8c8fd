"""Signing in and out (R-AUTH-3, 4, 5, 6, 8, 10, R-WEB-1)."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from config import Config
from models import LoginThrottle, User
from services import passwords
from tests.account.conftest import sign_in, token
from tests.conftest import close
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.databases import dump
from tests.support.people import BY_ROLE, PASSWORD

ClientOf = Callable[..., Client]
WRONG = "a wrong password indeed"


def test_a_page_that_was_asked_for_comes_after_signing_in(client_of: ClientOf) -> None:
    browser = client_of("")
    response = browser.get("/contacts?q=roy")
    assert (response.status_code, response.location) == (302, "/login?next=/contacts?q%3Droy")
    form = browser.page(response.location).form()
    response = browser.send(form, {"email": " CLERK@example.com ", "password": PASSWORD})
    assert (response.status_code, response.location) == (303, "/contacts?q=roy")


def test_the_cookie_is_new_after_signing_in_and_worthless_after_signing_out(client_of: ClientOf) -> None:
    """R-AUTH-5, R-AUTH-6"""
    browser = client_of("")
    browser.get("/login")
    before = browser.cookie
    assert sign_in(browser, "clerk").status_code == 303
    used = browser.cookie
    assert used not in ("", before)
    assert browser.get("/account").status_code == 200
    assert browser.post("/logout", {"csrf_token": token(browser)}).location == "/login"
    assert browser.cookie != used
    thief = client_of("")
    for cookie in (before, used):
        thief.cookie = cookie
        assert thief.get("/account").location == "/login?next=/account"


def test_only_the_hash_of_the_cookie_is_kept(client: Client, config: Config) -> None:
    assert client.cookie not in repr(dump(config))


def test_the_cookie_is_set_as_promised(client_of: ClientOf) -> None:
    """R-AUTH-8"""
    response = client_of("").get("/login", headers={"X-Forwarded-Proto": "https"})
    assert re.fullmatch(r"carnet=[\w-]{43}; HttpOnly; Path=/; SameSite=Lax", response.headers["Set-Cookie"])


def test_the_cookie_of_https_mode(empty_config: Config) -> None:
    """R-AUTH-8"""
    from app import create_app

    app = create_app(replace(empty_config, https=True))
    response = app.test_client().get("/setup")
    wanted = r"__Host-carnet=[\w-]{43}; Secure; HttpOnly; Path=/; SameSite=Lax"
    assert re.fullmatch(wanted, response.headers["Set-Cookie"])
    close(app)


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-AUTH-4"""
    checked: list[str] = []
    scrypt = passwords._scrypt

    def watched(password: str, *costs: Any) -> str:
        checked.append(password)
        return scrypt(password, *costs)

    monkeypatch.setattr(passwords, "_scrypt", watched)
    bodies = []
    for email in ("clerk@example.com", "nobody@example.com"):
        browser = client_of("")
        response = browser.post("/login", {"email": email, "password": WRONG, "csrf_token": token(browser)})
        assert response.status_code == 422
        body = response.get_data(as_text=True).replace(email, "")
        bodies.append(re.sub(r'"[\w.-]{60,}"', "", body).replace(token(browser), ""))
    assert bodies[0] == bodies[1]
    assert checked == [WRONG, WRONG]
    assert "password" in browser.read(response, "/login", 422).errors


def test_the_sixth_wrong_password_waits(client_of: ClientOf, clock: Clock, app: Flask) -> None:
    """R-AUTH-3"""
    browser = client_of("")
    for _ in range(5):
        assert sign_in(browser, "clerk", WRONG).status_code == 422
    for password in (WRONG, PASSWORD):
        response = sign_in(browser, "clerk", password)
        assert (response.status_code, response.headers["Retry-After"]) == (429, "1")
    assert sign_in(browser, "clerk", address="10.0.0.2").status_code == 303, "another address is not kept out"
    assert sign_in(client_of(""), "admin").status_code == 303, "nor another account"
    clock.move(seconds=1.1)
    response = sign_in(browser, "clerk", WRONG)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "2")
    clock.move(seconds=2.1)
    assert sign_in(browser, "clerk").status_code == 303
    browser.post("/logout", {"csrf_token": token(browser)})
    assert sign_in(browser, "clerk", WRONG).status_code == 422, "a right password forgives"


def test_the_wait_survives_a_restart_and_ends(config: Config, client_of: ClientOf, clock: Clock) -> None:
    """R-AUTH-3: counted in the database, never a lock for good; R-TIME-2."""
    from app import create_app

    for _ in range(5):
        sign_in(client_of(""), "clerk", WRONG)
    again = create_app(config)
    assert sign_in(Client(again), "clerk").status_code == 429
    clock.move(days=-400)
    assert sign_in(Client(again), "clerk").status_code == 303, "a clock set back makes no endless wait"
    close(again)


def test_tries_long_ago_do_not_count(client_of: ClientOf, clock: Clock) -> None:
    """R-AUTH-3: within 15 minutes."""
    for _ in range(4):
        assert sign_in(client_of(""), "clerk", WRONG).status_code == 422
    clock.move(minutes=16)
    for _ in range(5):
        assert sign_in(client_of(""), "clerk", WRONG).status_code == 422


def test_the_table_of_failures_names_nobody(
    config: Config, client_of: ClientOf, do: Callable[..., Any]
) -> None:
    """R-LOG-1"""
    sign_in(client_of(""), "clerk", WRONG, address="10.9.8.7")
    rows = repr(dump(config)["login_throttles"])
    assert "clerk" not in rows and "10.9.8.7" not in rows
    assert do(lambda session: session.query(LoginThrottle).count()) == 1


def test_who_may_not_sign_in_is_told_no_more_than_others(client_of: ClientOf, do: Callable[..., Any]) -> None:
    def disable(session: Any) -> None:
        session.get(User, BY_ROLE["clerk"].id).active = False

    do(disable)
    assert sign_in(client_of(""), "clerk").status_code == 422


@pytest.mark.parametrize(
    "target",
    [
        "//evil",
        "https:evil",
        "/\\evil",
        "/%09/evil",
        "/\t/evil",
        "javascript:alert(1)",
        "http://evil/",
        "/%2f/evil",
        "///evil",
        "\\\\evil",
        "evil",
        "",
    ],
)
def test_it_goes_on_only_on_this_site(client_of: ClientOf, target: str) -> None:
    """R-AUTH-10"""
    assert sign_in(client_of(""), "clerk", next=target).location == "/"


def test_every_form_needs_the_token_of_its_session(client_of: ClientOf, config: Config, events: Any) -> None:
    """R-WEB-1"""
    browser, other = client_of(""), client_of("admin")
    good = {"email": "clerk@example.com", "password": PASSWORD}
    before = dump(config, without=("security_events",))
    assert browser.post("/login", good).status_code == 400
    assert browser.post("/login", good | {"csrf_token": token(other)}).status_code == 400
    assert browser.post(f"/login?csrf_token={token(browser)}", good).status_code == 400
    good["csrf_token"] = token(browser)
    for origin in ("http://evil.example", "null"):
        assert browser.post("/login", good, headers={"Origin": origin}).status_code == 400
    assert dump(config, without=("security_events",)) == before
    assert events() == ["csrf refused"] * 5
    assert browser.post("/login", good, headers={"Origin": "http://localhost"}).status_code == 303


def test_each_event_is_recorded_once(client_of: ClientOf, events: Any) -> None:
    """R-LOG-3"""
    browser = client_of("")
    sign_in(browser, "clerk", WRONG)
    sign_in(browser, "clerk")
    browser.get("/settings/users")
    browser.post("/logout", {"csrf_token": token(browser)})
    assert events() == ["sign-in failed", "signed in", "refused", "signed out"]


def test_htmx_is_told_without_losing_what_was_typed(client_of: ClientOf) -> None:
    """Common answers: not logged in."""
    htmx = {"HX-Request": "true", "HX-Request-Type": "partial"}
    browser = client_of("")
    response = browser.get("/contacts", headers=htmx)
    assert (response.status_code, response.headers["HX-Redirect"]) == (401, "/login")
    response = browser.post("/account", headers=htmx)
    assert response.status_code == 401 and "HX-Redirect" not in response.headers
    assert "sign in in another tab" in response.get_data(as_text=True)
    assert browser.get("/contacts", headers={"Accept": "application/json"}).status_code == 401


def test_a_page_left_open_gets_the_new_token(client_of: ClientOf) -> None:
    """R-CON-4"""
    browser = client_of("clerk")
    sign_in(browser, "clerk")
    fresh = browser.get("/account/token").get_data(as_text=True)
    assert re.fullmatch(r"[\w.-]+", fresh)
    assert browser.post("/logout", {"csrf_token": fresh}).status_code == 303
