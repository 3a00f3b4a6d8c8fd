"""How long a session lasts, and what ends it (R-AUTH-5, 6, 7, 11, R-SEC-1)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from config import Config
from models import User, UserSession
from services import limits
from tests.account.conftest import sign_in
from tests.conftest import close
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.people import BY_ROLE, PASSWORD

ClientOf = Callable[..., Client]


def test_it_ends_after_four_hours_without_a_click(clock: Clock, client: Client) -> None:
    """R-AUTH-7"""
    clock.move(hours=3, minutes=59)
    assert client.get("/account").status_code == 200
    clock.move(hours=4, minutes=1)
    assert client.get("/account").status_code == 302


def test_a_clock_set_back_does_not_lengthen_it(clock: Clock, client: Client) -> None:
    """R-AUTH-7: last seen in the future counts as now."""
    clock.move(hours=-1)
    assert client.get("/account").status_code == 200
    clock.move(hours=4, minutes=1)
    assert client.get("/account").status_code == 302


def test_it_ends_after_twelve_hours_whatever_happens(clock: Clock, client: Client) -> None:
    """R-AUTH-7, also when the clock was a year ahead at the sign-in (R-TIME-2)."""
    clock.move(days=-365)
    for _ in range(4):
        assert client.get("/account").status_code == 200
        clock.move(hours=2, minutes=59)
    assert client.get("/account").status_code == 200
    clock.move(minutes=10)
    assert client.get("/account").status_code == 302


def test_use_is_written_at_most_once_a_minute(clock: Clock, client: Client, do: Callable[..., Any]) -> None:
    def seen() -> Any:
        return do(lambda session: session.query(UserSession).one().seen_at)

    start = clock()
    clock.move(seconds=59)
    client.get("/account")
    assert seen() == start
    clock.move(seconds=2)
    client.get("/account")
    assert seen() == clock()


def test_sessions_past_their_end_leave_the_table(
    clock: Clock, client: Client, do: Callable[..., Any]
) -> None:
    clock.move(hours=13)
    sign_in(client, "clerk")
    assert do(lambda session: session.query(UserSession).count()) == 1


def test_another_secret_key_ends_sessions(client: Client, config: Config) -> None:
    """R-SEC-1"""
    from app import create_app

    other = create_app(replace(config, secret_key="o" * 32))
    browser = Client(other)
    browser.cookie = client.cookie
    assert browser.get("/account").status_code == 302
    close(other)


def test_sensitive_actions_ask_the_password_again_after_ten_minutes(
    clock: Clock, client_of: ClientOf
) -> None:
    """R-AUTH-11: afterwards the action must be sent again, it does not run by itself."""
    browser = client_of("admin")
    values = {
        "name": "New Person",
        "email": "new@example.com",
        "language": "en",
        "csrf_token": browser.csrf_token,
    }
    clock.move(minutes=11)
    response = browser.post("/settings/users/new", values)
    assert (response.status_code, response.location) == (302, "/confirm?next=/settings/users/new")
    page = browser.page(response.location)
    assert set(browser.submit(response.location, {"password": "not my password"}, 422).errors) == {"password"}
    response = browser.send(page.form(), {"password": PASSWORD})
    assert (response.status_code, response.location) == (303, "/settings/users/new")
    assert "new@example.com" not in browser.page("/settings/users").text
    assert browser.post("/settings/users/new", values).status_code == 303
    clock.move(hours=-1)
    assert browser.get("/settings/users/new").status_code == 302, "nor does a clock set back lengthen it"


def test_htmx_is_asked_for_the_password_too(clock: Clock, client_of: ClientOf) -> None:
    browser = client_of("admin")
    clock.move(minutes=11)
    htmx = {"HX-Request": "true", "HX-Request-Type": "partial"}
    response = browser.get("/settings/users/new", headers=htmx)
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/confirm?next=/settings/users/new"
    response = browser.post("/settings/users/new", {"csrf_token": browser.csrf_token}, headers=htmx)
    assert response.status_code == 401 and "HX-Redirect" not in response.headers


def test_wrong_passwords_are_throttled_there_too(clock: Clock, client: Client) -> None:
    """R-AUTH-3"""
    values = {"password": "not my password", "csrf_token": client.csrf_token}
    assert [client.post("/confirm", values).status_code for _ in range(6)] == [422] * 5 + [429]


def test_a_role_acts_on_the_next_request(client_of: ClientOf, do: Callable[..., Any]) -> None:
    """R-PERM-2"""
    browser = client_of("admin")
    values = {"name": "New Person", "email": "new@example.com", "csrf_token": browser.csrf_token}

    def demote(session: Any) -> None:
        session.get(User, BY_ROLE["admin"].id).is_admin = False

    do(demote)
    assert browser.post("/settings/users/new", values).status_code == 403


def test_addresses_of_records_that_cannot_be_do_not_exist(client_of: ClientOf) -> None:
    """Common answers: malformed, negative, too large."""
    browser = client_of("admin")
    for id in ("0x1", "-1", "1.0", "99", str(2**31), str(2**63), "9" * 5000):
        assert browser.get(f"/settings/users/{id}").status_code == 404, id[:20]


def test_signing_in_again_ends_the_former_session_of_the_browser(
    client: Client, do: Callable[..., Any]
) -> None:
    former = client.cookie
    sign_in(client, "clerk")
    assert client.cookie != former
    assert do(lambda session: session.query(UserSession).count()) == 1


def test_quick_searches_are_told_to_wait(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-WEB-9: so many for each session."""
    assert limits.RATES["search"] == (20, 1.0)
    monkeypatch.setitem(limits.RATES, "search", (3, 60.0))
    statuses = [client.get("/lookup/companies?q=a").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert 1 <= int(client.get("/lookup/companies?q=a").headers["Retry-After"]) <= 60
