"""One's own account: name, language, formats, keys, e-mail and password."""

from typing import Any

from flask import Response, g, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import current_user

from blueprints.account import blueprint
from blueprints.account.forms import AccountForm, DetailsForm, EmailForm, PasswordForm
from blueprints.account.signing import password_status, sign_in
from blueprints.common import access, pages
from extensions import db
from models import User
from services import accounts, passwords
from services.errors import Invalid


@blueprint.get("/account")
@access.access("account")
def account() -> Response:
    """One's own account."""
    return _page()


@blueprint.post("/account")
@access.access("account")
def save_details() -> Response:
    """Save name, language, formats and keys."""
    form = DetailsForm()
    if not form.validate():
        return _page(422, details=form)
    user = _me()
    user.name, user.language, user.formats = form.name.data, form.language.data, form.formats.data
    user.preferences = {**user.preferences, "single_keys": form.single_keys.data}
    refresh()
    pages.notify(_("Saved."))
    return _back()


@blueprint.post("/account/email")
@access.access("account", own_transaction=True)
def save_email() -> Response:
    """Change the address one signs in with; asks for the password."""
    form, user = EmailForm(), _me()
    form.validate()
    status = password_status(form, "email_password", user, user.email, _not_yours())
    if status != 200:
        return _page(status, email=form)

    def work() -> None:
        accounts.change_email(db.session(), user, form.email.data, by=user)
        pages.notify(_("Your e-mail address was changed. Sign in with it from now on."))

    try:
        access.transaction(work)
    except Invalid as problem:
        form.add_error("email", problem.errors["email"][0])
        return _page(422, email=form)
    return _back()


@blueprint.post("/account/password")
@access.access("account", own_transaction=True)
def save_password() -> Response:
    """Change the password; every other session of the user ends, and this one gets a new cookie."""
    user = _me()
    form = PasswordForm(name=user.name, email=user.email)
    form.validate()
    status = password_status(form, "old_password", user, user.email, _not_yours())
    if status != 200:
        return _page(status, password=form)
    password_hash = passwords.hashed(form.password.data)

    def work() -> None:
        accounts.set_password(db.session(), user, password_hash, by=user)
        sign_in(user)
        pages.notify(_("Your password was changed. You were signed out everywhere else."))

    access.transaction(work)
    return _back()


def _page(status: int = 200, **sent: AccountForm) -> Response:
    """The page with its three forms: the one that was sent, and the others as they are stored."""
    user = _me()
    shown: dict[str, AccountForm] = {
        "details": sent.get("details") or DetailsForm(formdata=None, data=_details(user)),
        "email": sent.get("email") or EmailForm(formdata=None, data={"email": user.email}),
        "password": sent.get("password") or PasswordForm(name=user.name, email=user.email, formdata=None),
    }
    problem = next(iter(sent.values()), None)
    response = make_response(
        render_template("account/account.html", sent=problem, problem=bool(sent), **shown), status
    )
    if status == 429:
        response.headers["Retry-After"] = str(g.retry_after)
    return response


def _details(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "language": user.language or "en",
        "formats": pages.number_locale(),
        "single_keys": user.single_keys,
    }


def _back() -> Response:
    return make_response(redirect(url_for("account.account"), 303))


def _me() -> User:
    user: User = current_user._get_current_object()
    return user


def _not_yours() -> str:
    return _("This is not your password. Type it once more, and mind the capitals.")
