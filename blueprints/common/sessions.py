"""Browser sessions: a random cookie, and a row of a table once somebody signed in.

Flask's own session is a signed cookie that signing out does not end. Here the cookie is only a random
name; the row behind it says who it is and can be removed. The CSRF token is derived from the cookie, so
it lives exactly as long as the session and needs no storage before the sign-in.
"""

import hmac
import secrets
from hashlib import sha256
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin


class BrowserSession(dict[str, Any], SessionMixin):
    """The cookie's value; Flask-WTF finds its CSRF secret in it."""

    def __init__(self, token: str, csrf_secret: str, *, is_new: bool) -> None:
        super().__init__(csrf_token=csrf_secret)
        self.token = token
        self.is_new = is_new


class BrowserSessions(SessionInterface):
    """Reads the cookie of a request and gives one to browsers that have none."""

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        token = request.cookies.get(self.get_cookie_name(app), "")
        known = 32 <= len(token) <= 64 and token.isascii()
        return start(app, token if known else secrets.token_urlsafe(32), is_new=not known)

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


def start(app: Flask, token: str, *, is_new: bool) -> BrowserSession:
    """The session that a cookie's value names."""
    key = str(app.config["SECRET_KEY"]).encode()
    return BrowserSession(token, hmac.new(key, b"csrf:" + token.encode(), sha256).hexdigest(), is_new=is_new)


def renew(app: Flask, session: BrowserSession) -> str:
    """Give the browser a new random cookie, as at every sign-in; returns its value."""
    fresh = start(app, secrets.token_urlsafe(32), is_new=True)
    session.token, session.is_new = fresh.token, True
    session["csrf_token"] = fresh["csrf_token"]
    return session.token


def token_of(session: Any) -> str:
    """The cookie's value of the request's session."""
    assert isinstance(session._get_current_object(), BrowserSession)
    return str(session.token)
