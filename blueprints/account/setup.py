"""The first start: whoever has the one-time code makes the company and its first administrator."""

import hmac
import re

from flask import Response, abort, current_app, make_response, redirect, render_template, request
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from blueprints.account import blueprint
from blueprints.account.forms import SetupForm
from blueprints.account.signing import sign_in
from blueprints.common import access, pages
from extensions import db
from services import accounts, datadir, passwords, settings

# Country, currency and time zone that a browser's language suggests. The language alone, and the American
# English that most browsers are delivered with, suggest Canada.
USUAL = {
    "fr-fr": ("FR", "EUR", "Europe/Paris"),
    "fr-be": ("BE", "EUR", "Europe/Brussels"),
    "fr-ch": ("CH", "CHF", "Europe/Zurich"),
    "fr-lu": ("LU", "EUR", "Europe/Luxembourg"),
    "en-gb": ("GB", "GBP", "Europe/London"),
    "en-ie": ("IE", "EUR", "Europe/Dublin"),
}
CANADA = ("CA", "CAD", "America/Toronto")


@blueprint.route("/setup", methods=["GET", "POST"])
@access.access("open", own_transaction=True)
def setup() -> Response:
    """Make the office and its first administrator, once (R-AUTH-1)."""
    if access.is_set_up():
        abort(404)
    form = SetupForm(**_usual_values())
    if request.method == "GET":
        return _page(form, 200)
    if not _is_code(form.code.data or ""):
        form.add_error(
            "code", _("Enter the code that Carnet printed when it started; the file setup-code has it too.")
        )
        return _page(form, 403)
    if not form.validate():
        return _page(form, 422)
    password_hash = passwords.hashed(form.password.data)
    try:
        access.transaction(lambda: _make_office(form, password_hash))
    except IntegrityError:
        # Somebody else set Carnet up at the same moment: the database takes only one office.
        abort(404)
    datadir.forget_setup_code(current_app.config["CARNET"].data)
    return make_response(redirect("/", 303))


def _make_office(form: SetupForm, password_hash: str) -> None:
    if access.is_set_up():
        abort(404)
    with force_locale(form.language.data):
        settings.first_settings(
            db.session(),
            name=form.company.data,
            currency=form.currency.data,
            language=form.language.data,
            country=form.country.data,
            timezone=form.timezone.data,
        )
    user = accounts.add_user(
        db.session(),
        name=form.name.data,
        email=form.email.data,
        language=form.language.data,
        country=form.country.data,
        roles=accounts.ROLES,
        password_hash=password_hash,
    )
    accounts.note_event(db.session(), "set up", user_id=user.id, route="/setup")
    sign_in(user)


def _is_code(typed: str) -> bool:
    config = current_app.config["CARNET"]
    code = datadir.setup_code(config.data, config.setup_code)
    return hmac.compare_digest(_plain(typed), _plain(code))


def _plain(code: str) -> bytes:
    """The code without the dashes and blanks that are only there to read it by."""
    return re.sub(r"[\s-]", "", code).upper().encode("utf-8", "surrogatepass")


def _usual_values() -> dict[str, str]:
    wanted = next(iter(request.accept_languages.values()), "").lower()
    country, currency, timezone = USUAL.get(wanted, CANADA)
    language = pages.locale_code()[:2]
    return {"country": country, "currency": currency, "timezone": timezone, "language": language}


def _page(form: SetupForm, status: int) -> Response:
    return make_response(render_template("account/setup.html", form=form, problem=status != 200), status)
