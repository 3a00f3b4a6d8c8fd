"""Signing in and out, the password once more, and the one-time link that sets one."""

import hmac
import re
from hashlib import sha256
from urllib.parse import unquote

from flask import Response, abort, current_app, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from blueprints.account import blueprint
from blueprints.account.forms import AccountForm, ConfirmForm, InviteForm, LoginForm
from blueprints.common import access, sessions
from extensions import db
from models import User
from models.base import now
from services import accounts, limits, passwords
from services.errors import TooOften

LONGEST_ADDRESS = 2000
NOT_IN_PATHS = re.compile(r"[\x00-\x1f\x7f\\]")


@blueprint.route("/login", methods=["GET", "POST"])
@access.access("open", own_transaction=True)
def login() -> Response:
    """Sign in with e-mail and password."""
    target = safe_path(request.form.get("next") or request.args.get("next"))
    if request.method == "GET" and current_user.is_authenticated:
        return make_response(redirect(target))
    form = LoginForm()
    if not form.is_submitted():
        return _page("account/login.html", form, 200, target=target)
    user = accounts.user_of(db.session(), form.email.data or "") if form.validate() else None
    wrong = _("The e-mail address or the password is not right. Check both, then try again.")
    status = password_status(form, "password", user, form.email.data or "", wrong)
    if user is None or status != 200:
        return _page("account/login.html", form, status, target=target)

    def work() -> None:
        sign_in(user)
        accounts.note_event(db.session(), "signed in", user_id=user.id, about_id=user.id, route="/login")

    access.transaction(work)
    return make_response(redirect(target, 303))


@blueprint.post("/logout")
@access.access("account")
def logout() -> Response:
    """Sign out: the session ends on the server, and the browser gets a new cookie."""
    accounts.note_event(db.session(), "signed out", user_id=current_user.id, route="/logout")
    db.session.delete(access.session_row())
    sessions.current().renew()
    return make_response(redirect(url_for("account.login"), 303))


@blueprint.route("/confirm", methods=["GET", "POST"])
@access.access("account", own_transaction=True)
def confirm() -> Response:
    """Ask for the password again before something sensitive, which is then to be sent once more."""
    target = safe_path(request.form.get("next") or request.args.get("next"))
    form = ConfirmForm()
    if not form.is_submitted():
        return _page("account/confirm.html", form, 200, target=target)
    form.validate()
    user: User = current_user._get_current_object()
    wrong = _("This is not your password. Type it once more, and mind the capitals.")
    status = password_status(form, "password", user, user.email, wrong)
    if status != 200:
        return _page("account/confirm.html", form, status, target=target)
    row = access.session_row()
    assert row is not None

    def work() -> None:
        row.confirmed_at = now()

    access.transaction(work)
    return make_response(redirect(target, 303))


@blueprint.route("/invite/<token>", methods=["GET", "POST"])
@access.access("open", own_transaction=True)
def invite(token: str) -> Response:
    """Choose a password by a one-time link, and begin to work."""
    invitation = accounts.open_invitation(db.session(), token)
    if invitation is None:
        abort(404)
    user = invitation.user
    form = InviteForm(name=user.name, email=user.email)
    if not form.is_submitted():
        return _page("account/invite.html", form, 200, user=user)
    if not form.validate():
        return _page("account/invite.html", form, 422, user=user)
    password_hash = passwords.hashed(form.password.data)

    def work() -> None:
        # The link may have been used while the password was hashed.
        if accounts.open_invitation(db.session(), token) is None:
            abort(404)
        accounts.set_password(db.session(), user, password_hash, by=user)
        sign_in(user)

    access.transaction(work)
    return make_response(redirect("/", 303))


@blueprint.get("/account/token")
@access.access("account")
def token() -> Response:
    """The CSRF token of the session, for a page left open while its user signed in again elsewhere."""
    return make_response(generate_csrf(), 200, {"Content-Type": "text/plain; charset=utf-8"})


@blueprint.after_request
def keep_links_secret(response: Response) -> Response:
    """A one-time link never leaves as the referrer of another request."""
    if request.endpoint in access.SECRET_LINKS:
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


# -- for the other modules of this subject ------------------------------------------------------------


def sign_in(user: User) -> None:
    """Open a session for the user in this browser, with a new cookie; in the caller's transaction."""
    browser = sessions.current()
    accounts.end_session(db.session(), browser.token_hash)
    browser.renew()
    g.session_row = accounts.open_session(db.session(), user, browser.token_hash)


def password_status(form: AccountForm, name: str, user: User | None, email: str, wrong: str) -> int:
    """200 when the form holds the user's password; else 422 or 429, and the form says what is wrong.

    Runs outside any transaction. The answer and its time are the same for a wrong password and for a user
    that does not exist (R-AUTH-4); tries are counted for each account from each address (R-AUTH-3).
    """
    if form.errors:
        return 422
    pair = (_keyed("account", email.strip().lower()), _keyed("address", request.remote_addr or ""))
    kept = user.password_hash if user is not None and user.active else ""
    about_id = user.id if user is not None else None
    try:
        failures = access.transaction(lambda: limits.begin_attempt(db.session(), *pair))
        if passwords.matches(form[name].data, kept):
            access.transaction(lambda: limits.forget_attempts(db.session(), *pair))
            return 200
        access.transaction(lambda: _note_failure(failures, about_id))
        if failures > limits.FREE_FAILURES:
            raise TooOften(limits.wait_after(failures))
    except TooOften as refusal:
        g.retry_after = refusal.retry_after
        form.add_error(
            name,
            ngettext(
                "Too many tries. Wait %(num)s second, then try again.",
                "Too many tries. Wait %(num)s seconds, then try again.",
                refusal.retry_after,
            ),
        )
        return 429
    form.add_error(name, wrong)
    return 422


def safe_path(target: str | None) -> str:
    """A path on this site to go on to; the home page for anything else (R-AUTH-10)."""
    if not target or len(target) > LONGEST_ADDRESS or not target.startswith("/"):
        return "/"
    # Browsers drop control characters, take a backslash for a slash, and two slashes for another site.
    path = unquote(target.partition("?")[0])
    leaves = path.startswith("//") or NOT_IN_PATHS.search(path) or NOT_IN_PATHS.search(target)
    return "/" if leaves else target


def _page(template: str, form: AccountForm, status: int, **more: object) -> Response:
    response = make_response(render_template(template, form=form, problem=status != 200, **more), status)
    if status == 429:
        response.headers["Retry-After"] = str(g.retry_after)
    return response


def _note_failure(failures: int, about_id: int | None) -> None:
    accounts.note_event(db.session(), "sign-in failed", about_id=about_id, route=str(request.url_rule))
    if limits.wait_after(failures):
        accounts.note_event(db.session(), "throttled", about_id=about_id, route=str(request.url_rule))


def _keyed(use: str, value: str) -> str:
    """Neither accounts nor addresses can be read from the table of failures."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"throttle {use}:{value}".encode("utf-8", "surrogatepass"), sha256).hexdigest()
