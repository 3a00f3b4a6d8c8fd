"""The users of the office: administrators add them, give them roles, and let them choose a password."""

import hmac
import secrets
from hashlib import sha256

from flask import Response, abort, current_app, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.account import blueprint
from blueprints.account.forms import UserForm
from blueprints.common import access, once, pages
from extensions import db
from models import User
from services import accounts, serving
from services.errors import Invalid, Refused


@blueprint.get("/settings/users")
@access.access("users")
def users() -> Response:
    """Every user, with roles and state."""
    found = accounts.users(db.session())
    rows = [(user, _roles(user), _state(user)) for user in found]
    return make_response(render_template("account/users.html", rows=rows))


@blueprint.get("/settings/users/new")
@access.access("users", confirm=True)
def new_user() -> Response:
    """The form for a new user."""
    office = pages.office()
    language = office.language[:2] if office is not None else "en"
    return _form_page(None, UserForm(data={"clerk": True, "active": True, "language": language}))


@blueprint.post("/settings/users/new")
@access.access("users", confirm=True)
def add_user() -> Response:
    """Add a user, and make the link by which they choose a password."""
    form = UserForm()
    if not form.validate():
        return _form_page(None, form, 422)
    office = pages.office()

    def make() -> str:
        user = accounts.add_user(
            db.session(),
            name=form.name.data,
            email=form.email.data,
            language=form.language.data,
            country=office.country if office is not None else "",
            roles=form.roles,
            by=current_user,
        )
        _make_link(user, _("The user was added."))
        return url_for("account.user", id=user.id)

    try:
        return make_response(once.creating(make))
    except Invalid as problem:
        form.add_error("email", problem.errors["email"][0])
        return _form_page(None, form, 422)


@blueprint.get("/settings/users/<int:id>")
@access.access("users", confirm=True)
def user(id: int) -> Response:
    """A user, to be changed; after a link was made, it is shown here once."""
    found = _user(id)
    form = UserForm(data=_values(found))
    return _form_page(found, form, link=_take_link(found))


@blueprint.post("/settings/users/<int:id>")
@access.access("users", own_transaction=True, confirm=True)
def save_user(id: int) -> Response:
    """Change a user, their roles, and whether they may sign in."""
    found, form = _user(id), UserForm()
    if not form.validate():
        return _form_page(found, form, 422)

    def work() -> None:
        accounts.update_user(
            db.session(),
            found,
            name=form.name.data,
            email=form.email.data,
            language=form.language.data,
            roles=form.roles,
            active=form.active.data,
            by=current_user,
        )
        # Who signs themselves out for good has no page left to read it on.
        if found.active or found.id != current_user.id:
            pages.notify(_("Saved."))

    try:
        access.transaction(work)
    except Invalid as problem:
        form.add_error("email", problem.errors["email"][0])
        return _form_page(found, form, 422)
    except Refused as refusal:
        form.add_error("admin" if form.active.data else "active", refusal.message)
        return _form_page(found, form, 409)
    # Who has just given up the role of administrator may not see the list any more.
    return make_response(redirect(url_for("account.users") if access.can("users") else "/", 303))


@blueprint.post("/settings/users/<int:id>/link")
@access.access("users", confirm=True)
def make_link(id: int) -> Response:
    """Make a link by which a user chooses a new password; links made before stop working."""
    found = _user(id)
    if not found.active:
        raise Refused(_("%(name)s may not sign in. Allow it first, then make a link.", name=found.name))
    _make_link(found, _("The link was made."))
    return make_response(redirect(url_for("account.user", id=found.id), 303))


# -- links: the database has their hash, the key alone does not give them, and only its maker sees one --


def _make_link(user: User, sentence: str) -> None:
    """Make a link, and leave what it is derived from for the next page of this administrator."""
    seed = secrets.token_urlsafe(32)
    accounts.invite(db.session(), user, _token(seed), by=current_user)
    row = access.session_row()
    assert row is not None
    notice = {"text": sentence, "url": None, "label": "", "post": None, "seed": seed, "user": user.id}
    row.notices = [*row.notices, notice]


def _take_link(user: User) -> str:
    """The link that was just made for this user, once; empty when there is none."""
    row = access.session_row()
    assert row is not None
    mine = [notice for notice in row.notices if notice.get("user") == user.id]
    if not mine:
        return ""
    others = [notice for notice in row.notices if notice not in mine]

    def forget() -> None:
        row.notices = others

    access.write_aside(forget)
    return _site() + url_for("account.invite", token=_token(mine[-1]["seed"]))


def _token(seed: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"invitation:{seed}".encode(), sha256).hexdigest()


def _site() -> str:
    """Where others reach this Carnet, by its configuration: what a request calls itself proves nothing."""
    config = current_app.config["CARNET"]
    found = serving.sites(config, config.port)
    return config.url or next((site for site in found if "//localhost" not in site), found[0])


# -- helpers ----------------------------------------------------------------------------------------


def _user(id: int) -> User:
    found = db.session.get(User, id)
    if found is None:
        abort(404)
    return found


def _form_page(user: User | None, form: UserForm, status: int = 200, link: str = "") -> Response:
    return make_response(
        render_template(
            "account/user.html",
            user=user,
            form=form,
            link=link,
            state=_state(user) if user is not None else None,
            once_token=once.token(),
            problem=status != 200,
        ),
        status,
    )


def _values(user: User) -> dict[str, object]:
    values: dict[str, object] = {role: getattr(user, f"is_{role}") for role in accounts.ROLES}
    return values | {"name": user.name, "email": user.email, "language": user.language, "active": user.active}


def _roles(user: User) -> list[str]:
    names = {
        "admin": _("Administrator"),
        "clerk": _("Clerk"),
        "privacy_officer": _("Privacy officer"),
    }
    return [names[role] for role in accounts.roles_of(user)] or [_("Reader")]


def _state(user: User) -> tuple[str, str]:
    """What can be said of a user's account, and the tone of its badge."""
    if not user.active:
        return _("May not sign in"), "bad"
    if user.password_hash:
        return _("Active"), ""
    if accounts.is_invited(db.session(), user):
        return _("Invited"), "warn"
    return _("No password yet"), "warn"
