"""Who may call which route, and the transaction a call runs in.

Every view carries `@access("permission")`; a route without it stops the start. The checks run in one
fixed order before the view: first start, host, size, signed in, CSRF, permission, rate, password typed.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    request,
    url_for,
)
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.routing import IntegerConverter

from blueprints.common import htmx, sessions
from extensions import csrf, db, login
from models import User, UserSession
from models.base import now
from services import accounts, addresses, database, limits, recent
from services.errors import Busy

View = TypeVar("View", bound=Callable[..., Any])

# Which roles hold a permission; none named means everybody who is signed in.
PERMISSIONS: dict[str, tuple[str, ...]] = {
    "edit_cards": ("admin", "clerk"),
    "edit_bank": ("admin", "clerk"),
    "bank_details": ("admin", "clerk"),
    "delete_cards": ("admin", "clerk"),
    "export": ("admin", "clerk"),
    "import": ("admin", "clerk"),
    "items": ("admin", "clerk"),
    "jobs": ("admin", "clerk"),
    "outbox": ("admin", "clerk", "privacy_officer"),
    "send_mail": ("admin", "clerk"),
    "add_entries": ("admin", "clerk", "privacy_officer"),
    "edit_entries": ("admin", "clerk"),
    "drop_entries": ("admin",),
    "edit_documents": ("admin", "clerk"),
    # The privacy desk: register, search for a person, correction, erasure, blocks, answers to the person.
    "privacy_desk": ("privacy_officer",),
    # The data of one card, mailed to oneself.
    "privacy_export": ("admin", "clerk", "privacy_officer"),
    "trail": ("admin", "privacy_officer"),
    "settings": ("admin",),
    "users": ("admin",),
    "backup": ("admin",),
    "view_cards": (),
    "view_documents": (),
    "history": (),
    "help": (),
    "account": (),
}
OPEN = "open"
# Routes that answer before the first administrator exists.
BEFORE_SETUP = ("static", "home.healthz", "account.setup")
# Their pages send no referrer, so that the link stays secret; browsers then send Origin "null" with a form.
SECRET_LINKS = ("account.invite", "account.reset")
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Rule:
    """What a view demands of a request."""

    permission: str
    own_transaction: bool
    body_limit: int | None
    limit: str
    confirm: bool


RULES: dict[str, Rule] = {}


def access(
    permission: str,
    *,
    own_transaction: bool = False,
    body_limit: int | None = None,
    limit: str = "",
    confirm: bool = False,
) -> Callable[[View], View]:
    """Declare the permission of a view; its POST runs in one write transaction, committed when it succeeds.

    own_transaction: the view opens `transaction()` itself, for slow work that must not keep other writers
    waiting, such as checking a password or reading a file. body_limit: bytes, when not the usual 2 MB.
    limit: a name in `services.limits.RATES`, such as "search". confirm: the password must have been typed
    within ten minutes (R-AUTH-11); put it on the GET of the form as well, so that nothing typed is lost.
    """
    if permission != OPEN and permission not in PERMISSIONS:
        raise ValueError(f"unknown permission {permission}")

    def declare(view: View) -> View:
        @wraps(view)
        def call(*args: Any, **kwargs: Any) -> Any:
            if request.method in ("GET", "HEAD") or own_transaction:
                return view(*args, **kwargs)
            return database.in_transaction(db.session(), lambda: _committable(view(*args, **kwargs)))

        call.access = Rule(permission, own_transaction, body_limit, limit, confirm)  # type: ignore[attr-defined]
        return call  # type: ignore[return-value]

    return declare


def transaction(work: Callable[[], Any]) -> Any:
    """Run work as one write transaction, for views with `own_transaction`; returns what it returns."""
    assert "exits" not in g, "this view runs in a transaction already"
    db.session.rollback()
    with database.writing(db.session()):
        return database.in_transaction(db.session(), work)


def user() -> User | None:
    """Who is signed in; None for nobody. Asked often, so it does not go through the proxy each time."""
    try:
        row = g.session_row
    except (AttributeError, RuntimeError):
        # Nobody has asked yet: in a request this reads the session of the browser.
        return current_user._get_current_object() if current_user and current_user.is_authenticated else None
    return row.user if row is not None else None


def can(permission: str) -> bool:
    """Whether the signed-in user holds a permission."""
    present = user()
    return present is not None and may(present, permission)


def may(user: Any, permission: str) -> bool:
    """Whether a user holds a permission; nobody signed in holds none."""
    if not user.is_authenticated:
        return False
    roles = PERMISSIONS[permission]
    return not roles or any(getattr(user, f"is_{role}") for role in roles)


def install(app: Flask) -> None:
    """Check every request; refuse to start when a route declares no permission."""
    app.session_interface = sessions.BrowserSessions()
    app.url_map.converters["int"] = RecordId
    # The checks below ask for the token themselves, after whether somebody is signed in. They compare the
    # Origin, which browsers send also where they withhold the Referer.
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_SSL_STRICT=False)
    login.session_protection = None
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


def write_aside(work: Callable[[], None]) -> bool:
    """A small write of its own beside what a request does; what the request changed before it is rolled back.

    A busy database does not fail the request: the answer says whether it was written.
    """
    db.session.rollback()
    try:
        with database.writing(db.session()):
            work()
            db.session.commit()
    except (Busy, DBAPIError, StaleDataError):
        db.session.rollback()
        return False
    return True


def note_event(event: str, *, user_id: int | None = None, about_id: int | None = None) -> None:
    """Record a security event of a request that is being refused: it stays when the request is rolled back.

    Where the request itself is what happened, `accounts.note_event` records it in the same transaction.
    """
    who = user_id if user_id is not None else getattr(current_user, "id", None)
    route = str(request.url_rule or "")
    write_aside(lambda: accounts.note_event(db.session(), event, user_id=who, about_id=about_id, route=route))


def session_row() -> UserSession | None:
    """The signed-in session of this request."""
    row: UserSession | None = g.get("session_row")
    return row


def is_set_up() -> bool:
    """Whether the first administrator exists; asked of the database until the first time one does."""
    if not current_app.extensions.get("carnet_set_up"):
        current_app.extensions["carnet_set_up"] = db.session.query(User.id).first() is not None
    return bool(current_app.extensions["carnet_set_up"])


class RecordId(IntegerConverter):
    """A record's id in an address; more than nine digits name no record, and no address either.

    The pattern itself says so: refused later, the address would exist for other methods (405, not 404).
    """

    regex = "[0-9]{1,9}"


# -- the checks -------------------------------------------------------------------------------------


def _check_request() -> Response | None:
    config = current_app.config["CARNET"]
    endpoint = request.endpoint or ""
    if endpoint not in BEFORE_SETUP and not is_set_up():
        return make_response(redirect(url_for("account.setup")))
    if not addresses.answers_to(config, request.host):
        abort(400)
    if endpoint == "static" or request.routing_exception is not None:
        return None
    rule = RULES[endpoint]
    _check_size(rule)
    writes = request.method not in ("GET", "HEAD", "OPTIONS")
    if writes and not rule.own_transaction:
        db.session.rollback()
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
    row = session_row()
    if row is None:
        return None
    if rule.limit:
        limits.take(rule.limit, row.id)
    if rule.confirm and not accounts.is_confirmed(row):
        return _ask_for_password()
    _keep_session(row)
    return None


def _load_user(_request: Any) -> User | None:
    row = accounts.live_session(
        db.session(), sessions.current().token_hash, idle_minutes=current_app.config["CARNET"].idle_minutes
    )
    g.session_row = row
    g.user_id = row.user_id if row is not None else None
    return row.user if row is not None else None


def _check_size(rule: Rule) -> None:
    if rule.body_limit is not None:
        request.max_content_length = rule.body_limit
    # Werkzeug holds its limits of forms only against those that may carry files.
    is_plain_form = request.mimetype == "application/x-www-form-urlencoded"
    most = request.max_form_memory_size if is_plain_form else request.max_content_length
    if (request.content_length or 0) > (most or 0):
        abort(413)
    if is_plain_form and sum(map(len, request.form.listvalues())) > (request.max_form_parts or 0):
        abort(413)


def _ask_to_sign_in() -> Response:
    if htmx.is_htmx():
        return htmx.signed_out()
    if request.accept_mimetypes and not request.accept_mimetypes.accept_html:
        abort(401)
    return make_response(redirect(url_for("account.login", next=_way_back())))


def _ask_for_password() -> Response:
    target = url_for("account.confirm", next=_way_back())
    return htmx.unconfirmed(target) if htmx.is_htmx() else make_response(redirect(target))


def _way_back() -> str:
    """The page to go to after signing in: the one asked for, or the one behind the form that was sent."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    adapter = current_app.create_url_adapter(request)
    return request.path if adapter is not None and adapter.test(method="GET") else "/"


def _check_origin() -> None:
    origin = request.headers.get("Origin")
    if origin is None or (origin == "null" and request.endpoint in SECRET_LINKS):
        return
    if origin.partition("://")[2] != request.host:
        raise CSRFError("The request comes from another site.")


def _keep_session(row: UserSession) -> None:
    """Write the time of the last use and the cards opened since, at most once a minute.

    After a change of rights the cookie is renewed too.
    """
    moment = now()
    is_due = not timedelta(0) <= moment - row.seen_at < SEEN_EVERY
    if request.method not in ("GET", "HEAD"):
        # With a transaction of its own the view may not begin with one that is open.
        if is_due and g.get("exits") is not None:
            accounts.touch(row, moment)
        return
    browser, former = sessions.current(), sessions.current().token
    # Pieces of one page come together: only whole pages renew, so that none is left with the former cookie.
    if row.renew and not htmx.is_htmx():
        browser.renew()
    elif not is_due:
        return
    user_id, opened = row.user_id, recent.waiting(row.user_id)

    def write() -> None:
        accounts.keep_session(row, moment, browser.token_hash)
        recent.keep(db.session(), user_id, opened)

    if write_aside(write):
        recent.forget(user_id, opened)
    else:
        browser.take(former, is_new=False)


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
