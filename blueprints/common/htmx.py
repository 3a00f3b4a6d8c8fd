"""Answers to htmx: when a fragment is wanted, and where messages go."""

from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _


def is_partial() -> bool:
    """Whether the request wants a fragment; restored history and whole-page targets want the page."""
    return request.headers.get("HX-Request-Type") == "partial"


def is_htmx() -> bool:
    """Whether htmx sent the request."""
    return request.headers.get("HX-Request") == "true"


def to_messages(response: Response) -> Response:
    """Send a fragment to the page's message line, so that the form on the page stays as it was typed."""
    response.headers["HX-Retarget"] = "#messages"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def go_to(url: str) -> Response:
    """Send htmx to another page, as a whole page."""
    response = make_response("", 200)
    response.headers["HX-Redirect"] = url
    return response


def message(
    text: Any, status: int, *, url: str | None = None, label: Any = "", new_tab: bool = False
) -> Response:
    """A sentence for the message line, with the status it reports."""
    body = render_template("_message.html", text=text, url=url, label=label, new_tab=new_tab)
    return to_messages(make_response(body, status))


def signed_out() -> Response:
    """The answer to htmx when nobody is signed in: what was typed stays on the page."""
    if request.method == "GET":
        response = make_response("", 401)
        response.headers["HX-Redirect"] = "/login"
        return response
    return message(
        _("You were signed out. What you typed is still here: sign in in another tab, then save again."),
        401,
        url="/login",
        label=_("Sign in in another tab"),
        new_tab=True,
    )


def unconfirmed(url: str) -> Response:
    """The answer to htmx when the password must be typed again first."""
    if request.method == "GET":
        response = make_response("", 401)
        response.headers["HX-Redirect"] = url
        return response
    return message(
        _(
            "Enter your password again first. What you typed is still here: confirm in another tab, then save again."
        ),
        401,
        url=url,
        label=_("Confirm in another tab"),
        new_tab=True,
    )
