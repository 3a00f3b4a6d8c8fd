"""The company profile."""

from typing import Any

from blueprints.common.access import access
from blueprints.settings import answers, blueprint
from blueprints.settings.forms import CompanyForm
from services import settings


@blueprint.get("/company")
@access("settings")
def company() -> Any:
    return answers.form_page("settings/company.html", CompanyForm(obj=answers.the_office()))


@blueprint.post("/company")
@access("settings")
def save_company() -> Any:
    office = answers.the_office()
    form = CompanyForm(obj=office)
    if not answers.save(form, lambda values: settings.save_company(office, values)):
        return answers.form_page("settings/company.html", form, 422)
    return answers.saved("/settings/company")
