"""Settings › Mail: the mail server, the sender, copies to the accountant, and a test (U-S3)."""

from typing import Any

from flask import Response, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import BooleanField, PasswordField, StringField

from blueprints.common.access import access
from blueprints.settings import answers, blueprint
from blueprints.settings.backups import config
from blueprints.settings.forms import SettingsForm, WholeField, choice
from extensions import db
from services.errors import MissingSetting
from services.mail import outbox, server
from services.mail.letters import Address, Letter

SECURITIES = {
    "auto": _l("Encrypted when the server can (STARTTLS)"),
    "starttls": _l("Always encrypted (STARTTLS, port 587)"),
    "tls": _l("Always encrypted from the first byte (TLS, port 465)"),
    "none": _l("Not encrypted"),
}
COPIES = {"": _l("No copy"), "cc": _l("As a visible copy (Cc)"), "bcc": _l("As a hidden copy (Bcc)")}


class MailForm(SettingsForm):
    """How mail leaves the office. The password is written here and never shown (R-SEC-2)."""

    host = StringField(_l("Mail server"))
    port = WholeField(_l("Port"))
    security = choice(_l("Encryption"), lambda: SECURITIES.items())
    username = StringField(_l("User name"))
    password = PasswordField(_l("Password"))
    forget_password = BooleanField(_l("Forget the password that is kept"))
    sender_name = StringField(_l("Sender's name"))
    sender_email = StringField(_l("Sender's address"))
    copy_field = choice(_l("Copy of each document to the accountant"), lambda: COPIES.items())
    copy_email = StringField(_l("Accountant's address"))


@blueprint.get("/mail")
@access("settings")
def mail() -> Any:
    return _page(MailForm(obj=server.settings_of(db.session())))


@blueprint.post("/mail")
@access("settings")
def save_mail() -> Any:
    form = MailForm(obj=server.settings_of(db.session()))
    if not answers.save(form, lambda values: server.save(db.session(), config(), values)):
        return _page(form, 422)
    return answers.saved(url_for("settings.mail"))


@blueprint.post("/mail/test")
@access("settings", limit="mail")
def send_test() -> Any:
    """Send oneself a message; its page shows what was said with the server when it does not arrive."""
    session = db.session()
    if not server.is_configured(session, config()):
        raise MissingSetting(
            _l("Name the mail server and the sender's address first, and save."),
            link=("settings.mail", _l("Open Settings › Mail")),
        )
    letter = Letter(
        to=[Address(current_user.email, current_user.name)],
        subject=_("Test message from Carnet"),
        text=_("This message shows that Carnet can send mail. Nothing needs to be done."),
        kind="test",
    )
    message = outbox.enqueue(session, letter, by=current_user.id)
    return redirect(url_for("outbox.show", id=message.id), 303)


def _page(form: MailForm, status: int = 200) -> Response:
    session = db.session()
    return answers.form_page(
        "settings/mail.html",
        form,
        status,
        from_environment=bool(config().smtp_url),
        server=server.of(session, config()),
        sender=server.sender(session),
        has_password=server.has_password(config().data),
        configured=server.is_configured(session, config()),
        waiting=outbox.waiting(session),
        links_lead_here=bool(config().url),
        demo=config().demo,
    )
