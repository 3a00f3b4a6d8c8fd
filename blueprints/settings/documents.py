"""What documents begin with, print and are numbered by, and the logo."""

from typing import Any

from flask import Response, make_response
from flask_babel import gettext as _

from blueprints.common.access import access
from blueprints.settings import answers, blueprint
from blueprints.settings.document_forms import DocumentsForm, LogoForm
from extensions import db
from services import logos, settings
from services.documents import series
from services.errors import Invalid, NotFound

PAGE = "/settings/company/documents"


@blueprint.get("/company/documents")
@access("settings")
def documents() -> Any:
    return _page(_form())


@blueprint.post("/company/documents")
@access("settings")
def save_documents() -> Any:
    form = _form()
    return answers.saved(PAGE) if answers.save(form, _store) else _page(form, 422)


@blueprint.get("/company/logo")
@access("settings")
def logo() -> Any:
    office = answers.the_office()
    if office.logo is None:
        raise NotFound()
    response = make_response(office.logo)
    response.headers["Content-Type"] = office.logo_type
    return response


@blueprint.post("/company/logo")
@access("settings")
def save_logo() -> Any:
    form = LogoForm()
    try:
        logos.set_logo(answers.the_office(), form.logo.data.read() if form.logo.data else b"")
    except Invalid as problem:
        form.logo.errors = [str(sentence) for sentence in problem.errors["logo"]]
        return _page(_form(fresh=True), 422, form)
    answers.note()
    return answers.saved(PAGE)


@blueprint.post("/company/logo/remove")
@access("settings")
def remove_logo() -> Any:
    logos.remove_logo(answers.the_office())
    answers.note()
    return answers.saved(PAGE, _("The logo was removed."))


def _form(fresh: bool = False) -> DocumentsForm:
    """The form with what is stored, or with what the request sent; fresh: the request sent another form."""
    office = answers.the_office()
    names = ("tax_group_id", "payment_terms_id", "payment_account_id", "payment_text")
    stored = {name: getattr(office, name) for name in names}
    stored |= {f"{kind}{series.SUFFIX}": id_ for kind, id_ in series.chosen(db.session()).items()}
    return DocumentsForm(formdata=None, data=stored) if fresh else DocumentsForm(data=stored)


def _store(values: dict[str, Any]) -> None:
    office = answers.the_office()
    settings.save_document_defaults(db.session(), office, values)
    series.save(db.session(), office, values)


def _page(form: DocumentsForm, status: int = 200, logo_form: LogoForm | None = None) -> Response:
    picture = logo_form or LogoForm(formdata=None)
    return answers.form_page(
        "settings/documents.html",
        form,
        status,
        logo_form=picture,
        has_logo=bool(answers.the_office().logo_type),
    )
