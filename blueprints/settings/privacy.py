"""By which law the office answers about personal data, who is in charge, and when its fiscal year ends."""

from typing import Any

from flask import Response
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import BooleanField, StringField

from blueprints.common.access import access
from blueprints.settings import answers, blueprint
from blueprints.settings.forms import SettingsForm, choice
from extensions import db
from services.privacy import regimes, settings


class PrivacyForm(SettingsForm):
    """The settings of the privacy desk."""

    regime = choice(
        _l("Requests are answered by the law of"),
        lambda: [
            ("", _l("Where the office is")),
            *((code, law.name) for code, law in regimes.REGIMES.items()),
        ],
    )
    next_working_day = BooleanField(_l("A deadline under EU law that falls on a weekend goes on to Monday"))
    person_in_charge = StringField(_l("Person in charge of personal data"))
    person_email = StringField(_l("Their e-mail"))
    fiscal_year_end = StringField(_l("Last day of the fiscal year"))


@blueprint.get("/privacy")
@access("settings")
def privacy() -> Any:
    present = settings.present(db.session())
    form = PrivacyForm(obj=present, data={"fiscal_year_end": settings.day_and_month(present)})
    return _page(form)


@blueprint.post("/privacy")
@access("settings")
def save_privacy() -> Any:
    form = PrivacyForm()
    if not answers.save(form, lambda values: settings.save(db.session(), values, by=current_user.id)):
        return _page(form, 422)
    return answers.saved("/settings/privacy")


def _page(form: PrivacyForm, status: int = 200) -> Response:
    present = regimes.of_office(answers.the_office(), settings.present(db.session()))
    return answers.form_page(
        "settings/privacy.html",
        form,
        status,
        law=regimes.REGIMES[present],
        laws=regimes.REGIMES.values(),
        not_advice=regimes.NOT_ADVICE,
    )
