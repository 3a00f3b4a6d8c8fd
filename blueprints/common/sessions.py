"""Browser sessions: a random cookie, and a row of a table once somebody signed in.

Flask's own session is a signed cookie that signing out does not end. Here the cookie is only a random
name; the row behind it says who it is and can be removed. The CSRF token is derived from the cookie, so
it lives exactly as long as the session and needs no storage before the sign-in.
"""

import hmac
import secrets
from hashlib import sha256
from typing import Any

from flask import Flask, Request, Response, session
from flask.sessions import SessionInterface, SessionMixin


class BrowserSession(dict[str, Any], SessionMixin):
    """The cookie's value; Flask-WTF finds its CSRF secret in it."""

    def __init__(self, app: Flask, token: str, *, is_new: bool) -> None:
        super().__init__()
        self._key = str(app.config["SECRET_KEY"]).encode()
        self.take(token, is_new=is_new)

    def take(self, token: str, *, is_new: bool) -> None:
        """Become the session that a cookie's value names; a new one is sent to the browser."""
        self.token, self.is_new = token, is_new
        self["csrf_token"] = self._derived("csrf")

    def renew(self) -> None:
        """Give the browser a new random cookie, as at every sign-in."""
        self.take(secrets.token_urlsafe(32), is_new=True)

    @property
    def token_hash(self) -> str:
        """How the cookie is kept in the table: it opens no door to who reads it, and another key ends it."""
        return self._derived("session")

    def _derived(self, use: str) -> str:
        return hmac.new(self._key, f"{use}:{self.token}".encode(), sha256).hexdigest()


class BrowserSessions(SessionInterface):
    """Reads the cookie of a request and gives one to browsers that have none."""

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        token = request.cookies.get(self.get_cookie_name(app), "")
        known = 32 <= len(token) <= 64 and token.isascii()
        return BrowserSession(app, token if known else secrets.token_urlsafe(32), is_new=not known)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, BrowserSession)
        if session.is_new and not response.headers.get("Cache-Control", "").startswith("public"):
            response.set_cookie(
                self.get_cookie_name(app),
                session.token,
                httponly=True,
                secure=self.get_cookie_secure(app),
                samesite="Lax",
                path="/",
            )


def current() -> BrowserSession:
    """The browser session of this request."""
    found = session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(found, BrowserSession)
    return found
