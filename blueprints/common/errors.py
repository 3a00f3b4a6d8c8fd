"""Every refusal and failure as a page or a fragment, in the user's language, with its status."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from blueprints.common import access, htmx
from extensions import db, login
from services import database, logs
from services.errors import Busy, CarnetError, Invalid, NotFound, Refused, TooOften

RETRY_SECONDS = 5


def install(app: Flask) -> None:
    """Turn errors into answers."""
    handlers: dict[type[Exception], Callable[[Any], Response]] = {
        CSRFError: _csrf,
        HTTPException: _http,
        CarnetError: _carnet,
        DBAPIError: _database,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.register_error_handler(kind, handler)


def page(
    sentence: Any,
    status: int,
    *,
    title: Any = "",
    link: tuple[str, Any] | None = None,
    records: Any = (),
    incident: str = "",
) -> Response:
    """An error as a whole page, or as a line for the message place of the page that htmx is on."""
    db.session.rollback()
    if htmx.is_htmx() and htmx.is_partial():
        url, label = link if link else (None, "")
        return htmx.message(sentence, status, url=url, label=label)
    return make_response(
        render_template(
            "error.html",
            title=title or _heading(status),
            sentence=sentence,
            link=link,
            records=records,
            incident=incident,
            retry=_typed() if status == 503 else [],
        ),
        status,
    )


def link_of(error: Refused) -> tuple[str, Any] | None:
    """Where a refusal sends the reader, as address and label."""
    if error.link is None:
        return None
    target, label = error.link
    endpoint, values = (target, {}) if isinstance(target, str) else target
    return url_for(endpoint, **values), label


def _carnet(error: CarnetError) -> Response:
    if isinstance(error, Refused):
        return page(error.message, error.status, link=link_of(error), records=error.records)
    if isinstance(error, Invalid):
        said = [str(sentence) for sentences in error.errors.values() for sentence in sentences]
        return page(" ".join(said), error.status)
    response = page(error.message, error.status)
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Busy):
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _csrf(_error: CSRFError) -> Response:
    access.note_event("csrf refused")
    return page(
        _("This form is too old or comes from another place. Open the page again, then send it once more."),
        400,
    )


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400 and error.response is not None:
        return make_response(error.response)
    sentences = {
        400: _("Carnet does not understand this request. Go back and try again."),
        403: _("You are not allowed to do this. Ask an administrator if you need it."),
        404: NotFound.message,
        405: _("This address does not take that kind of request. Go back and use the form."),
        413: _("What you sent is too large. Send less at a time."),
        429: TooOften.message,
    }
    response = page(sentences.get(status, CarnetError.message), status)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _database(error: DBAPIError) -> Response:
    if not database.is_unavailable(error):
        return _unexpected(error)
    g.incident = logs.new_incident()
    logs.error(g.incident, error)
    try:
        return _carnet(Busy())
    except DBAPIError:
        # Nothing can be read either: the page does without the user and the office, and keeps what was typed.
        g._login_user, g.office = login.anonymous_user(), None
        return _carnet(Busy())


def _unexpected(error: Exception) -> Response:
    incident = logs.new_incident()
    g.incident = incident
    logs.error(incident, error)
    if current_app.config["CARNET"].testing:
        raise error
    try:
        return page(
            _(
                "Something went wrong, and nothing was saved. Tell your administrator the number %(incident)s.",
                incident=incident,
            ),
            500,
            incident=incident,
        )
    except Exception:  # the page itself may be what fails: the answer must not
        return make_response(f"500 {incident}", 500)


def _heading(status: int) -> str:
    headings = {
        403: _("Not allowed"),
        404: _("Not found"),
        409: _("This cannot be done now"),
        413: _("Too large"),
        422: _("There is a problem"),
        429: _("Too many tries"),
        503: _("Carnet is busy"),
    }
    return headings.get(status) or _("There is a problem")


def _typed() -> list[tuple[str, str]]:
    """What was typed, for a form that sends it once more; never passwords or tokens."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != "csrf_token" and "password" not in name and name != "code"
    ]
