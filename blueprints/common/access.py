"""Who may call which route, and the transaction a call runs in.

Every view carries `@access("permission")`; a route without it stops the start. The checks run in one
fixed order before the view: first start, host, signed in, CSRF, permission.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, make_response, redirect, request, session, url_for
from flask_login import current_user
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import BadRequest

from blueprints.common import htmx, sessions
from extensions import csrf, db, login
from models import User, UserSession
from models.base import now
from services import accounts, addresses, database
from services.errors import Busy

View = TypeVar("View", bound=Callable[..., Any])

# Who holds a permission, besides everybody who is signed in for the last four.
PERMISSIONS: dict[str, tuple[str, ...]] = {
    "edit_cards": ("admin", "clerk"),
    "edit_bank": ("admin", "clerk"),
    "bank_details": ("admin", "clerk"),
    "delete_cards": ("admin", "clerk"),
    "import": ("admin", "clerk"),
    "jobs": ("admin", "clerk"),
    "settings": ("admin",),
    "users": ("admin",),
    "backup": ("admin",),
    "view_cards": (),
    "history": (),
    "help": (),
    "account": (),
}
OPEN = "open"
# Routes that answer before the first administrator exists.
BEFORE_SETUP = ("static", "healthz", "account.setup")
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Rule:
    """What a view demands: a permission, whether the wrapper runs its POST as one transaction, and how much
    it takes when that is not the usual limit."""

    permission: str
    own_transaction: bool
    body_limit: int | None


RULES: dict[str, Rule] = {}


def access(
    permission: str, *, own_transaction: bool = False, body_limit: int | None = None
) -> Callable[[View], View]:
    """Declare the permission of a view; its POST runs in one write transaction, committed when it succeeds.

    With `own_transaction` the view opens `transaction()` itself: for slow work that must not keep
    other writers waiting, such as checking a password or reading a file.
    """
    if permission != OPEN and permission not in PERMISSIONS:
        raise ValueError(f"unknown permission {permission}")

    def declare(view: View) -> View:
        @wraps(view)
        def call(*args: Any, **kwargs: Any) -> Any:
            if request.method in ("GET", "HEAD") or own_transaction:
                return view(*args, **kwargs)
            return database.in_transaction(db.session(), lambda: _committable(view(*args, **kwargs)))

        call.access = Rule(permission, own_transaction, body_limit)  # type: ignore[attr-defined]
        return call  # type: ignore[return-value]

    return declare


def transaction(work: Callable[[], Any]) -> Any:
    """Run work as one write transaction, for views with `own_transaction`; returns what it returns."""
    db.session.rollback()
    with database.writing(db.session()):
        return database.in_transaction(db.session(), work)


def can(permission: str) -> bool:
    """Whether the signed-in user holds a permission."""
    return may(current_user, permission)


def may(user: Any, permission: str) -> bool:
    """Whether a user holds a permission; nobody signed in holds none."""
    if not user.is_authenticated:
        return False
    roles = PERMISSIONS[permission]
    return not roles or any(getattr(user, f"is_{role}") for role in roles)


def install(app: Flask) -> None:
    """Check every request; refuse to start when a route declares no permission."""
    app.session_interface = sessions.BrowserSessions()
    login.init_app(app)
    login.request_loader(_load_user)
    csrf.init_app(app)
    app.before_request(_check_request)
    app.teardown_request(_end_transaction)
    app.jinja_env.globals["can"] = can


def check_routes(app: Flask) -> None:
    """Refuse an application with a route that declares no permission."""
    RULES.clear()
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        declared = getattr(app.view_functions[rule.endpoint], "access", None)
        if declared is None:
            raise RuntimeError(f"the route {rule.rule} ({rule.endpoint}) declares no permission")
        RULES[rule.endpoint] = declared


def write_aside(work: Callable[[], None]) -> None:
    """A small write of its own beside what a request does: a busy database does not fail the request."""
    db.session.rollback()
    try:
        with database.writing(db.session()):
            work()
            db.session.commit()
    except (Busy, DBAPIError):
        db.session.rollback()


def note_event(event: str, *, user_id: int | None = None, about_id: int | None = None) -> None:
    """Record a security event of this request, whatever becomes of the request itself (R-LOG-3)."""
    who = user_id if user_id is not None else getattr(current_user, "id", None)
    route = str(request.url_rule or "")
    write_aside(
        lambda: accounts.note_event(db.session(), event, user_id=who, about_id=about_id, route=route)
    )


def session_row() -> UserSession | None:
    """The signed-in session of this request."""
    row: UserSession | None = g.get("session_row")
    return row


# -- the checks -------------------------------------------------------------------------------------


def _check_request() -> Response | None:
    config = current_app.config["CARNET"]
    endpoint = request.endpoint or ""
    if endpoint == "static":
        return None if addresses.answers_to(config, request.host) else abort(400)
    if not _is_set_up() and endpoint not in BEFORE_SETUP:
        return make_response(redirect(url_for("account.setup")))
    if not addresses.answers_to(config, request.host):
        abort(400)
    if request.routing_exception is not None:
        return None
    rule = RULES[endpoint]
    if rule.body_limit is not None:
        request.max_content_length = rule.body_limit
    writes = request.method not in ("GET", "HEAD", "OPTIONS")
    if writes and not rule.own_transaction:
        g.exits = ExitStack()
        g.exits.enter_context(database.writing(db.session()))
    if rule.permission != OPEN and not current_user.is_authenticated:
        return _ask_to_sign_in()
    if writes:
        _check_origin()
        csrf.protect()
    if rule.permission != OPEN and not can(rule.permission):
        note_event("refused")
        abort(403)
    _note_use()
    return None


def _is_set_up() -> bool:
    """Whether an administrator exists; asked of the database until the first time it does."""
    if not current_app.extensions.get("carnet_set_up"):
        current_app.extensions["carnet_set_up"] = db.session.query(User.id).first() is not None
    return bool(current_app.extensions["carnet_set_up"])


def _load_user(_request: Any) -> User | None:
    row = accounts.live_session(
        db.session(), sessions.token_of(session), idle_minutes=current_app.config["CARNET"].idle_minutes
    )
    g.session_row = row
    g.user_id = row.user_id if row is not None else None
    return row.user if row is not None else None


def _ask_to_sign_in() -> Response:
    if request.headers.get("HX-Request") == "true":
        return htmx.signed_out()
    target = request.full_path.rstrip("?") if request.method == "GET" else ""
    return make_response(redirect(url_for("account.login", next=target or None)))


def _check_origin() -> None:
    origin = request.headers.get("Origin")
    if origin and origin != "null" and origin.split("://", 1)[-1] != request.host:
        raise BadRequest("The request comes from another site.")
    if origin == "null":
        raise BadRequest("The request comes from nowhere.")


def _note_use() -> None:
    """Write the time of the last use, at most once a minute; on GET in a transaction of its own."""
    row = session_row()
    moment = now()
    if row is None or (timedelta(0) <= moment - row.seen_at < SEEN_EVERY):
        return
    if request.method in ("GET", "HEAD"):
        write_aside(lambda: accounts.touch(row, moment))
    elif g.get("exits") is not None:
        accounts.touch(row, moment)


def _committable(answer: Any) -> Response:
    """The view's answer; a refusal rolls back what the view began."""
    response = make_response(answer)
    if response.status_code >= 400:
        db.session.rollback()
    return response


def _end_transaction(_error: BaseException | None) -> None:
    exits = g.pop("exits", None)
    if exits is not None:
        exits.close()

