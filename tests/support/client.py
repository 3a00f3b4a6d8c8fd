"""A browser without JavaScript, or with htmx: signs in, reads pages, fills and sends forms."""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from blueprints.common import sessions
from extensions import db
from models import User
from services import accounts, database
from tests.support.pages import Form, Page, check
from tests.support.people import BY_ROLE

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Client:
    """One browser. Every answer that is HTML is read and checked."""

    def __init__(self, app: Flask, *, role: str = "", language: str = "en", htmx: bool = False) -> None:
        self.app = app
        self.htmx = htmx
        self.language = language
        self.browser = app.test_client()
        self.browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        if role:
            self.sign_in(role)

    # -- signing in ----------------------------------------------------------------------------------

    def sign_in(self, role: str) -> None:
        """Sign in as the user of this role, past the password: the door itself has its own tests."""
        token = secrets.token_urlsafe(32)
        with self.app.app_context():
            session = db.session()
            with database.writing(session):
                user = session.get_one(User, BY_ROLE[role].id)
                user.language, user.formats = self.language, f"{self.language}_CA"
                browser = sessions.BrowserSession(self.app, token, is_new=False)
                accounts.open_session(session, user, browser.token_hash)
                session.commit()
        self.cookie = token

    @property
    def cookie(self) -> str:
        """The value of the session cookie."""
        found = self.browser.get_cookie(self._cookie_name)
        return found.value if found is not None else ""

    @cookie.setter
    def cookie(self, value: str) -> None:
        self.browser.set_cookie(self._cookie_name, value)

    @property
    def csrf_token(self) -> str:
        """A token that is good for this browser's session."""
        return self.page("/account" if self.cookie else "/login").one("meta", name="csrf-token")["content"]

    # -- asking --------------------------------------------------------------------------------------

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> TestResponse:
        """The bare answer to a GET."""
        return self.browser.get(url, headers=dict(headers or {}))

    def post(
        self,
        url: str,
        data: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        """The bare answer to a POST, with nothing added to what is given."""
        return self.browser.post(url, data=dict(data or {}), headers=dict(headers or {}), **more)

    def page(self, url: str, status: int = 200) -> Page:
        """A whole page, checked."""
        page = check(Page(self.get(url), url), status, language=self.language)
        assert page.is_whole, f"{url} is a fragment"
        return page

    def fragment(self, url: str, status: int = 200) -> Page:
        """A piece of a page as htmx asks for it, checked."""
        page = check(Page(self.get(url, headers=HTMX), url), status, language=self.language)
        assert not page.is_whole, f"{url} is a whole page"
        return page

    def piece(self, url: str, status: int = 200) -> Page:
        """The answer as this browser asks: a fragment with htmx, a page without."""
        return self.fragment(url, status) if self.htmx else self.page(url, status)

    # -- sending -------------------------------------------------------------------------------------

    def send(self, form: Form, typed: Mapping[str, Any] | None = None, *, button: str = "") -> TestResponse:
        """Send a form of a page as the browser would; the hidden fields come with it."""
        values = form.filled(typed or {}, button=button)
        if form.method == "get":
            return self.browser.get(form.action, query_string=values, headers=self._headers(form))
        return self.browser.post(form.action, data=values, headers=self._headers(form))

    def submit(
        self, url: str, typed: Mapping[str, Any], status: int = 0, *, of: str = "", button: str = ""
    ) -> Page:
        """Open a page, fill its form, send it, and read what comes: after 303 the page it leads to.

        `status` is the answer of the POST itself; 0 means saved: 200 with htmx, 303 without.
        """
        form = self.piece(url).form(of=of) if of else self.piece(url).form()
        response = self.send(form, typed, button=button)
        wanted = status or (200 if self.htmx and is_htmx(form) else 303)
        return self.read(response, form.action, wanted)

    def press(self, url: str, action: str, status: int = 303) -> Page:
        """Open a page, press the button of the form with this action, and read what comes."""
        return self.read(self.send(self.page(url).form(action)), action, status)

    def read(self, response: TestResponse, url: str, status: int) -> Page:
        """The answer, checked; a redirect is followed to its page."""
        if status in (302, 303):
            assert response.status_code == status, (
                f"{url}: {response.status_code} {Page(response, url).text[:600]}"
            )
            return self.page(local(response.location))
        return check(Page(response, url), status, language=self.language)

    def _headers(self, form: Form) -> dict[str, str]:
        return HTMX if self.htmx and is_htmx(form) else {}

    @property
    def _cookie_name(self) -> str:
        return str(self.app.config["SESSION_COOKIE_NAME"])


def is_htmx(form: Form) -> bool:
    """Whether htmx sends the form."""
    return "hx-post" in form.node.attrs or "hx-get" in form.node.attrs


def local(location: str | None) -> str:
    """The path of a redirect, which stays on this site."""
    parts = urlsplit(location or "")
    assert not parts.netloc and parts.path.startswith("/"), f"redirected to {location}"
    return parts.path + (f"?{parts.query}" if parts.query else "")
