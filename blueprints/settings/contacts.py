"""How contacts behave: their relation codes, whether they are made by themselves, what persons take over."""

from typing import Any

from flask import Response, url_for
from flask_babel import gettext as _

from blueprints.common.access import access
from blueprints.settings import answers, blueprint
from blueprints.settings.forms import ContactRulesForm
from extensions import db
from models import PARTY_KINDS
from services import settings
from services.errors import Invalid


@blueprint.get("/contacts")
@access("settings")
def contacts() -> Any:
    return _page(ContactRulesForm(obj=answers.the_office()))


@blueprint.post("/contacts")
@access("settings")
def save_contacts() -> Any:
    office = answers.the_office()
    form = ContactRulesForm(obj=office)
    if not answers.save(form, lambda values: settings.save_contact_rules(db.session(), office, values)):
        return _page(form, 422)
    return answers.saved(url_for("settings.contacts"))


@blueprint.post("/contacts/usual")
@access("settings")
def use_usual_codes() -> Any:
    office = answers.the_office()
    form = ContactRulesForm(obj=office, formdata=None)
    try:
        codes = settings.use_usual_codes(db.session(), office)
    except Invalid as problem:
        form.show_errors(problem)
        return _page(form, 422)
    answers.note()
    said = _("Set: %(codes)s", codes=", ".join(codes)) if codes else _("All three codes were set already.")
    return answers.saved(url_for("settings.contacts"), said)


def _page(form: ContactRulesForm, status: int = 200) -> Response:
    office = answers.the_office()
    missing = [kind for kind in PARTY_KINDS if office.code_id(kind) is None]
    return answers.form_page("settings/contacts.html", form, status, missing=missing)
