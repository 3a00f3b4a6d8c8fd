"""By which law the office answers about personal data, who is in charge, and when its fiscal year ends."""

from typing import Any

from flask import Response
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import BooleanField, StringField

from blueprints.common import pages
from blueprints.common.access import access
from blueprints.settings import answers, blueprint
from blueprints.settings.forms import SettingsForm, WholeField, choice
from extensions import db
from services import places
from services.privacy import regimes, retention, saving_settings, settings


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
    # Years by category of retention; each is named for its category.
    accounting = WholeField(retention.RULES["accounting"].label)
    quote = WholeField(retention.RULES["quote"].label)
    relation = WholeField(retention.RULES["relation"].label)
    contact = WholeField(retention.RULES["contact"].label)


@blueprint.get("/privacy")
@access("settings")
def privacy() -> Any:
    present = settings.present(db.session())
    names = ("regime", "next_working_day", "person_in_charge", "person_email")
    values = {name: getattr(present, name) for name in names} | present.years
    values["fiscal_year_end"] = saving_settings.day_and_month(present)
    return _page(PrivacyForm(formdata=None, data=values))


@blueprint.post("/privacy")
@access("settings")
def save_privacy() -> Any:
    form = PrivacyForm()
    if not answers.save(form, lambda values: saving_settings.save(db.session(), values, by=current_user.id)):
        return _page(form, 422)
    return answers.saved("/settings/privacy")


def _page(form: PrivacyForm, status: int = 200) -> Response:
    office = answers.the_office()
    present = regimes.of_office(office, settings.present(db.session()))
    return answers.form_page(
        "settings/privacy.html",
        form,
        status,
        law=regimes.REGIMES[present],
        laws=regimes.REGIMES.values(),
        rules=[
            (rule, retention.laws_of(rule.category, [office.country])) for rule in retention.RULES.values()
        ],
        country=places.country_name(office.country, pages.locale_code()) if office.country else "",
        not_advice=regimes.NOT_ADVICE,
    )
