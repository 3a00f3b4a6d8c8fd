"""A forgotten password: a link by mail, good once and for half an hour (R-AUTH-9)."""

import time

from flask import Response, abort, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from blueprints.account import blueprint
from blueprints.account.forms import InviteForm, ResetForm
from blueprints.account.signing import sign_in
from blueprints.common import access
from extensions import db
from models import User
from models.base import now
from services import accounts, passwords, places
from services.errors import Refused
from services.mail import outbox, resets, server
from services.mail.letters import Address, Letter

# Every answer takes at least so long, whether or not the address belongs to somebody.
ANSWER_SECONDS = 0.4


@blueprint.get("/reset")
@access.access("open")
def ask_reset() -> Response:
    """The form that asks for the address; without mail it says who can help instead."""
    return _page(ResetForm(), sent="sent" in request.args)


@blueprint.post("/reset")
@access.access("open", own_transaction=True)
def mail_reset() -> Response:
    """Mail a link to whoever has the address; the answer is the same for one that nobody has."""
    began = time.monotonic()
    if reason := _why_not():
        raise Refused(reason)
    form = ResetForm()
    if not form.validate():
        return _page(form, 422)
    access.transaction(lambda: _mail_link(accounts.user_of(db.session(), form.email.data)))
    time.sleep(max(0.0, began + ANSWER_SECONDS - time.monotonic()))
    return make_response(redirect(url_for("account.ask_reset", sent=1), 303))


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@access.access("open", own_transaction=True)
def reset(token: str) -> Response:
    """Choose a new password by the link, and begin to work."""
    found = accounts.open_invitation(db.session(), token, kind="reset")
    if found is None:
        abort(404)
    user = found.user
    form = InviteForm(name=user.name, email=user.email)
    if not form.is_submitted() or not form.validate():
        status = 422 if form.is_submitted() else 200
        page = render_template("account/invite.html", form=form, user=user, problem=status != 200)
        return make_response(page, status)
    password_hash = passwords.hashed(form.password.data)

    def work() -> None:
        # The link may have been used while the password was hashed.
        if accounts.open_invitation(db.session(), token, kind="reset") is None:
            abort(404)
        accounts.set_password(db.session(), user, password_hash, by=user)
        sign_in(user)

    access.transaction(work)
    return make_response(redirect("/", 303))


def _mail_link(user: User | None) -> None:
    """Make a link and put it in the outbox; the event is written for an unknown address as well."""
    session = db.session()
    about_id = user.id if user is not None else None
    accounts.note_event(session, "reset asked", about_id=about_id, route="/reset")
    if user is None or not accounts.may_reset(session, user):
        return
    with force_locale(places.locale_of_texts(user.language, user.formats)):
        letter = Letter(
            to=[Address(user.email, user.name)],
            subject=_("A new password for Carnet"),
            text=_(
                "Somebody, probably you, asked for a new password. Choose it here within 30 minutes:\n\n%(link)s\n\n"
                "If it was not you, nothing needs to be done: your password stays as it is.",
                link=resets.LINK,
            ),
            kind="reset",
            good_until=now() + accounts.RESET_TIME,
        )
    message = outbox.enqueue(session, letter, by=None)
    token = resets.token(message.message_id, current_app.config["SECRET_KEY"])
    accounts.start_reset(session, user, token)


def _why_not() -> str:
    """Why no link can be mailed; empty when it can."""
    config = current_app.config["CARNET"]
    if not server.is_configured(db.session(), config) or not config.url:
        return _(
            "Carnet cannot mail links here. Ask an administrator for one: they make it in Settings › Users."
        )
    return ""


def _page(form: ResetForm, status: int = 200, *, sent: bool = False) -> Response:
    page = render_template(
        "account/reset.html", form=form, sent=sent, reason=_why_not(), problem=status != 200
    )
    return make_response(page, status)
