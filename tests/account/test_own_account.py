"""One's own account: language, formats, keys, e-mail and password (R-AUTH-5, 6)."""

from collections.abc import Callable

import pytest
from flask import Flask

from models import User
from services.formats import LOCALES
from tests.account.conftest import sign_in
from tests.support.client import Client
from tests.support.people import BY_ROLE, PASSWORD
from tests.support.threads import read

ClientOf = Callable[..., Client]
NEW = "lampe verte cheval"


def test_language_formats_and_keys_are_kept(client: Client, app: Flask) -> None:
    form = client.page("/account").form(of="name")
    values = {name: value for name, value in form.values.items() if name != "single_keys"}
    response = client.post("/account", values | {"name": " Claude  ", "language": "fr", "formats": "fr_FR"})
    assert (response.status_code, response.location) == (303, "/account")
    page = client.get("/account").get_data(as_text=True)
    assert '<html lang="fr-FR">' in page and 'data-single-keys="off"' in page
    user = read(app, lambda session: session.get(User, BY_ROLE["clerk"].id))
    assert (user.name, user.language, user.formats, user.single_keys) == ("Claude", "fr", "fr_FR", False)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("formats", LOCALES)
def test_each_language_goes_with_every_format(client: Client, language: str, formats: str) -> None:
    """U-X15: the pages and the numbers are chosen apart, and Babel does not know every pair."""
    form = client.page("/account").form(of="name")
    client.post("/account", form.values | {"language": language, "formats": formats})
    assert f'<html lang="{language}' in client.get("/account").get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 101), ("name", "a\x00b"), ("language", "de"), ("formats", "de_DE")],
)
def test_wrong_details_are_said_at_their_field(client: Client, field: str, value: str) -> None:
    values = client.page("/account").form(of="name").values | {field: value}
    page = client.read(client.post("/account", values), "/account", 422)
    assert set(page.errors) == {field}


def test_a_new_password_ends_every_other_session(client_of: ClientOf) -> None:
    """R-AUTH-5, R-AUTH-6"""
    browser, elsewhere = client_of("clerk"), client_of("clerk")
    before = browser.cookie
    browser.submit("/account", {"old_password": PASSWORD, "password": NEW}, of="old_password")
    assert browser.cookie != before
    assert elsewhere.get("/account").status_code == 302
    thief = client_of("")
    thief.cookie = before
    assert thief.get("/account").status_code == 302
    assert sign_in(client_of(""), "clerk", PASSWORD).status_code == 422
    assert sign_in(client_of(""), "clerk", NEW).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("not my password", NEW, "old_password"),
        (PASSWORD, "elevenchars", "password"),
        (PASSWORD, "clerk@example.com", "password"),
        (PASSWORD, "motdepasse1234", "password"),
        (PASSWORD, "carnet carnet", "password"),
    ],
)
def test_a_password_that_is_not_allowed_is_refused(client: Client, old: str, new: str, wrong: str) -> None:
    """R-AUTH-2"""
    page = client.submit("/account", {"old_password": old, "password": new}, 422, of="old_password")
    assert set(page.errors) == {wrong}
    form = page.form(of="old_password")
    assert form.values["old_password"] == form.values["password"] == [""]


def test_another_address_needs_the_password(client_of: ClientOf) -> None:
    browser = client_of("clerk")
    wanted = {"email": "Claude@example.com", "email_password": "not my password"}
    assert set(browser.submit("/account", wanted, 422, of="email").errors) == {"email_password"}
    browser.submit("/account", wanted | {"email_password": PASSWORD}, of="email")
    assert browser.page("/account").form(of="email").values["email"] == ["claude@example.com"]
    taken = {"email": "admin@example.com", "email_password": PASSWORD}
    assert set(browser.submit("/account", taken, 422, of="email").errors) == {"email"}
