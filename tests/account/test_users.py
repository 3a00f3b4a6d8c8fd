"""Users: added, invited, given roles, kept out (R-AUTH-5, 6, 12, R-PERM-4)."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from models import User
from tests.account.conftest import sign_in, token
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.databases import dump
from tests.support.pages import Page
from tests.support.people import BY_ROLE, PASSWORD
from tests.support.threads import read

ClientOf = Callable[..., Client]
NEW = {"name": "Luc Roy", "email": "Luc@Example.com"}


def invite(admin: Client) -> str:
    """Add a user, and return the path of the link."""
    page = admin.submit("/settings/users/new", NEW)
    link = page.one(id="invitation").one("input")["value"]
    return str(link[link.index("/invite/") :])


def test_a_new_user_gets_a_link_that_is_shown_once(client_of: ClientOf, config: Any) -> None:
    admin = client_of("admin")
    path = invite(admin)
    assert len(path.rpartition("/")[2]) == 64
    assert path.rpartition("/")[2] not in repr(dump(config)), "only its hash is kept"
    assert not admin.page("/settings/users/5").all(id="invitation")
    assert "Invited" in admin.page("/settings/users").text

    guest = client_of("")
    assert guest.get(path).headers["Referrer-Policy"] == "no-referrer"
    assert guest.get("/invite/unknown").headers["Referrer-Policy"] == "no-referrer"
    values = guest_form(guest, path).filled({"password": "lampe verte cheval"})
    # A browser that sends no referrer sends no origin either.
    response = guest.post(path, values, headers={"Origin": "null"})
    assert (response.status_code, response.location) == (303, "/")
    assert guest.page("/account").form(of="name").values["name"] == ["Luc Roy"]
    assert guest.get(path).status_code == 404
    assert "Active" in admin.page("/settings/users").text


def guest_form(guest: Client, path: str) -> Any:
    """The form behind a link; its page has headers of its own, so it is not checked like others."""
    return Page(guest.get(path), path).form()


def test_a_link_ends_after_48_hours_or_with_a_newer_one(clock: Clock, client_of: ClientOf) -> None:
    admin, guest = client_of("admin"), client_of("")
    first = invite(admin)
    page = admin.read(admin.send(admin.page("/settings/users/5").form("/settings/users/5/link")), "/", 303)
    second = page.one(id="invitation").one("input")["value"]
    second = second[second.index("/invite/") :]
    assert guest.get(first).status_code == 404
    assert guest.get("/invite/" + "0" * 64).status_code == 404
    clock.move(hours=47, minutes=59)
    assert guest.get(second).status_code == 200
    clock.move(minutes=2)
    assert guest.get(second).status_code == 404


def test_the_password_of_a_link_is_checked(client_of: ClientOf) -> None:
    """R-AUTH-2"""
    path, guest = invite(client_of("admin")), client_of("")
    for password in ("elevenchars", "x" * 129, "luc@example.com", "password1234"):
        values = guest_form(guest, path).filled({"password": password})
        assert guest.post(path, values).status_code == 422, password
    values = guest_form(guest, path).filled({"password": ("phrase 🎉 " * 16)[:128]})
    assert guest.post(path, values).status_code == 303
    other = client_of("")
    long = {"email": "luc@example.com", "csrf_token": token(other)}
    assert other.post("/login", long | {"password": ("phrase 🎉 " * 16)[:127]}).status_code == 422
    assert other.post("/login", long | {"password": ("phrase 🎉 " * 16)[:128]}).status_code == 303


def test_a_new_password_by_link_ends_the_sessions_of_its_user(client_of: ClientOf) -> None:
    """R-AUTH-6"""
    admin, clerk, guest = client_of("admin"), client_of("clerk"), client_of("")
    page = admin.read(admin.send(admin.page("/settings/users/2").form("/settings/users/2/link")), "/", 303)
    link = page.one(id="invitation").one("input")["value"]
    path = link[link.index("/invite/") :]
    assert clerk.get("/account").status_code == 200, "until it is used nothing changes"
    assert (
        guest.post(path, guest_form(guest, path).filled({"password": "lampe verte cheval"})).status_code
        == 303
    )
    assert clerk.get("/account").status_code == 302
    assert sign_in(client_of(""), "clerk", PASSWORD).status_code == 422
    assert sign_in(client_of(""), "clerk", "lampe verte cheval").status_code == 303


def test_an_address_belongs_to_one_user(client_of: ClientOf) -> None:
    admin = client_of("admin")
    taken = NEW | {"email": "CLERK@example.com"}
    page = admin.submit("/settings/users/new", taken, 422)
    assert set(page.errors) == {"email"} and page.form().values["name"] == ["Luc Roy"]
    assert set(admin.submit("/settings/users/1", {"email": "clerk@example.com"}, 422, of="email").errors) == {
        "email"
    }


def test_a_double_click_adds_one_user(client_of: ClientOf, app: Flask) -> None:
    """R-CON-3"""
    admin = client_of("admin")
    form = admin.page("/settings/users/new").form()
    assert [admin.send(form, NEW).location for _ in range(2)] == ["/settings/users/5"] * 2
    assert read(app, lambda session: session.query(User).count()) == 5


def test_extra_fields_change_nothing(client_of: ClientOf, app: Flask) -> None:
    """R-PERM-4"""
    admin = client_of("admin")
    values = admin.page("/settings/users/2").form("/settings/users/2").values
    extra = {"id": "1", "password_hash": "x", "is_admin": "1", "created_at": "2020-01-01", "role": "admin"}
    assert admin.post("/settings/users/2", values | extra).status_code == 303
    clerk = read(app, lambda session: session.get(User, 2))
    assert not clerk.is_admin and clerk.password_hash.startswith("scrypt") and clerk.created_at.year > 2020


def test_another_role_gives_the_browser_a_new_cookie(client_of: ClientOf, events: Any) -> None:
    """R-AUTH-5, R-PERM-2, R-LOG-3"""
    admin, clerk = client_of("admin"), client_of("clerk")
    before = clerk.cookie
    assert clerk.get("/settings/users").status_code == 403
    admin.submit("/settings/users/2", {"admin": "y"}, of="email")
    assert clerk.get("/settings/users").status_code == 200
    assert clerk.cookie != before
    assert clerk.page("/settings/users")
    thief = client_of("")
    thief.cookie = before
    assert thief.get("/account").status_code == 302
    assert events()[-1] == "role changed"


def test_who_is_kept_out_is_signed_out_at_once(client_of: ClientOf, events: Any) -> None:
    """R-AUTH-6"""
    admin, clerk = client_of("admin"), client_of("clerk")
    form = admin.page("/settings/users/2").form(of="email")
    values = {name: value for name, value in form.values.items() if name != "active"}
    assert admin.post("/settings/users/2", values).status_code == 303
    assert clerk.get("/account").location == "/login?next=/account"
    assert events()[-1] == "user disabled"
    assert admin.post("/settings/users/2/link", {"csrf_token": admin.csrf_token}).status_code == 409


@pytest.mark.parametrize("without", ["admin", "active"])
def test_the_last_administrator_stays(client_of: ClientOf, app: Flask, without: str) -> None:
    """R-AUTH-12"""
    admin = client_of("admin")
    values = admin.page("/settings/users/1").form(of="email").values
    del values[without]
    page = admin.read(admin.post("/settings/users/1", values), "/settings/users/1", 409)
    assert set(page.errors) == {without}
    user = read(app, lambda session: session.get(User, 1))
    assert user.is_admin and user.active


@pytest.mark.both_databases
def test_two_administrators_cannot_demote_each_other(
    app: Flask, client_of: ClientOf, do: Callable[..., Any]
) -> None:
    """R-AUTH-12, at the same moment."""

    def promote(session: Any) -> None:
        session.get(User, BY_ROLE["clerk"].id).is_admin = True

    do(promote)
    browsers = {1: client_of("admin"), 2: client_of("clerk")}
    values = {}
    for id, other in ((1, 2), (2, 1)):
        values[id] = browsers[id].page(f"/settings/users/{other}").form(of="email").values
        del values[id]["admin"]
    gate, statuses = threading.Barrier(2), {}

    def run(id: int, other: int) -> None:
        gate.wait()
        statuses[id] = browsers[id].post(f"/settings/users/{other}", values[id]).status_code

    threads = [threading.Thread(target=run, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    # Who comes a moment later is no administrator any more, and is told so instead.
    assert sorted(statuses.values()) in ([303, 409], [303, 403])
    assert read(app, lambda session: session.query(User).filter_by(is_admin=True, active=True).count()) == 1


def test_only_administrators_see_users(client_of: ClientOf) -> None:
    for role in ("clerk", "privacy_officer", "reader"):
        browser = client_of(role)
        for url in ("/settings/users", "/settings/users/new", "/settings/users/1"):
            assert browser.get(url).status_code == 403
        assert browser.post("/settings/users/1/link", {"csrf_token": browser.csrf_token}).status_code == 403


@pytest.mark.parametrize(
    "url", ["/settings/users", "/settings/users/new", "/settings/users/2", "/account", "/confirm"]
)
def test_every_page_is_whole(client_of: ClientOf, url: str) -> None:
    assert client_of("admin").page(url).title
