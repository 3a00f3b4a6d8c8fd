"""The tables that cards choose from by a code: relations, terms, taxes, templates and number series.

Their pages are alike: a list, a form for a new or an old row, a page that asks before deleting.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from blueprints.common import display, once, pages
from blueprints.common.access import access
from blueprints.settings import answers, blueprint, forms
from extensions import db
from models import MODELS, PARTY_KINDS, NumberSeries, PartyTemplate, PaymentTerms, RelationCode, TaxGroup
from services import clock, links, series, settings, taxes
from services.documents import series as document_series
from services.documents.kinds import KINDS
from services.errors import Invalid, NotFound, Sentence

KIND_TITLES = {
    "contact": _l("Contacts"),
    "customer": _l("Customers"),
    "vendor": _l("Vendors"),
    "bank_account": _l("Bank accounts"),
} | {kind.name: kind.plural for kind in KINDS.values()}
# What a new row's form begins with.
NEW: dict[str, dict[str, Any]] = {
    "templates": {"kind": "customer", "payment_method": ""},
    "number-series": {"automatic": True, "manual": True},
}


@dataclass(frozen=True)
class Table:
    """One code table: what its pages are called, its form, how a row is shown in it and stored from it."""

    name: str
    title: Sentence
    new: Sentence
    model: Any
    form: type[forms.SettingsForm]
    as_typed: Callable[[Any], dict[str, Any]]
    store: Callable[[Session, Any, dict[str, Any]], Any]
    # What the list says of the rows beside their own columns.
    facts: Callable[[Sequence[Any]], dict[Any, Any]] = lambda _rows: {}


def _columns(*names: str) -> Callable[[Any], dict[str, Any]]:
    return lambda row: {name: getattr(row, name) for name in names}


def _today() -> date:
    return clock.today(answers.the_office())


def _tax_as_typed(group: TaxGroup) -> dict[str, Any]:
    rates = [{name: getattr(rate, name) for name in taxes.RATE_FIELDS} for rate in group.rates]
    return {"code": group.code, "name": group.name, "exempt_reason": group.exempt_reason, "rates": rates}


def _series_as_typed(one: NumberSeries) -> dict[str, Any]:
    lines = [series.as_typed(line, _today()) for line in one.lines]
    return _columns("code", "description", "automatic", "manual")(one) | {"lines": lines}


def _store_series(session: Session, row: NumberSeries | None, values: dict[str, Any]) -> NumberSeries:
    return series.save(session, row, values, _today())


def _names_in_templates(_rows: Sequence[Any]) -> dict[Any, Any]:
    """What the payment terms and tax groups are called, by id."""
    return {"payment_terms": display.names("payment_terms"), "tax_groups": display.names("tax_group")}


def _kinds_of_codes(_rows: Sequence[Any]) -> dict[Any, Any]:
    """The kind of card whose links get a relation code, by the code's id."""
    office = answers.the_office()
    return {code_id: kind for kind in PARTY_KINDS if (code_id := office.code_id(kind)) is not None}


def _state_of_series(rows: Sequence[NumberSeries]) -> dict[Any, Any]:
    """The state of each series and the kinds of card and document that it numbers, by the id of the series."""
    office, session = answers.the_office(), db.session()
    numbered = {kind: office.series_id(kind) for kind in MODELS} | document_series.chosen(session)
    return {
        row.id: {
            "state": series.state(session, row, _today()),
            "kinds": [kind for kind, series_id in numbered.items() if series_id == row.id],
        }
        for row in rows
    }


TABLES = {
    table.name: table
    for table in (
        Table(
            "relations", _l("Business relation codes"), _l("New relation code"), RelationCode,
            forms.RelationForm, _columns("code", "description"), settings.save_relation_code, _kinds_of_codes,
        ),
        Table(
            "terms", _l("Payment terms"), _l("New payment terms"), PaymentTerms, forms.TermsForm,
            _columns("code", "name", "days", "end_of_month"), settings.save_terms,
        ),
        Table(
            "templates", _l("Templates"), _l("New template"), PartyTemplate, forms.TemplateForm,
            _columns("kind", "code", "description", *links.TEMPLATE_FIELDS), settings.save_template,
            _names_in_templates,
        ),
        Table(
            "taxes", _l("Tax groups"), _l("New tax group"), TaxGroup, forms.TaxForm, _tax_as_typed,
            taxes.save_group,
        ),
        Table(
            "number-series", _l("Number series"), _l("New number series"), NumberSeries, forms.SeriesForm,
            _series_as_typed, _store_series, _state_of_series,
        ),
    )
}  # fmt: skip
TABLE = "<any(relations, terms, templates, taxes, 'number-series'):name>"


@blueprint.get("/number-series")
@access("settings")
def number_series() -> Any:
    return _list(TABLES["number-series"])


@blueprint.get(f"/{TABLE}")
@access("settings")
def table(name: str) -> Any:
    return _list(TABLES[name])


@blueprint.get(f"/{TABLE}/new")
@access("settings")
def new_row(name: str) -> Any:
    return _form_page(TABLES[name], None, _form(TABLES[name], None))


@blueprint.post(f"/{TABLE}/new")
@access("settings")
def create_row(name: str) -> Any:
    return _save(TABLES[name], None)


@blueprint.get(f"/{TABLE}/<int:id>")
@access("settings")
def edit_row(name: str, id: int) -> Any:
    row = _row(TABLES[name], id)
    return _form_page(TABLES[name], row, _form(TABLES[name], row))


@blueprint.post(f"/{TABLE}/<int:id>")
@access("settings")
def save_row(name: str, id: int) -> Any:
    return _save(TABLES[name], _row(TABLES[name], id))


@blueprint.get(f"/{TABLE}/<int:id>/delete")
@access("settings")
def confirm_delete_row(name: str, id: int) -> Any:
    row = _row(TABLES[name], id)
    uses = settings.uses(db.session(), row)
    return render_template("settings/delete.html", table=TABLES[name], row=row, uses=uses)


@blueprint.post(f"/{TABLE}/<int:id>/delete")
@access("settings")
def delete_row(name: str, id: int) -> Any:
    row = _row(TABLES[name], id)
    settings.delete(db.session(), row)
    answers.note()
    return answers.saved(_address(TABLES[name]), _("%(code)s was deleted.", code=row.code))


@blueprint.post("/taxes/usual")
@access("settings")
def add_usual_taxes() -> Any:
    country = request.form.get("country", "")
    if country not in taxes.PRESETS:
        raise NotFound()
    added = len(taxes.add_usual_groups(db.session(), country))
    answers.note()
    said = _("All of them are here already.")
    if added:
        said = ngettext("%(num)s tax group was added.", "%(num)s tax groups were added.", added)
    return answers.saved(_address(TABLES["taxes"]), said)


# -- helpers ----------------------------------------------------------------------------------------


def _list(table: Table) -> str:
    rows = db.session.scalars(select(table.model).order_by(table.model.code)).all()
    return render_template(
        f"settings/{table.name}.html",
        table=table,
        rows=rows,
        uses=settings.uses_by_row(db.session(), table.model),
        facts=table.facts(rows),
        kinds=KIND_TITLES,
    )


def _form(table: Table, row: Any) -> forms.SettingsForm:
    """The form of a row or of a new one, with what the request sent; a blank one has room for more lines."""
    form = table.form(data=table.as_typed(row) if row is not None else NEW.get(table.name, {}))
    if request.method == "GET":
        form.add_blank_lines()
    return form


def _save(table: Table, row: Any) -> Any:
    form = _form(table, row)

    def store() -> str:
        saved = table.store(db.session(), row, form.values())
        answers.note()
        pages.notify(_("%(code)s was saved.", code=saved.code))
        return _address(table)

    try:
        return once.creating(store) if row is None else redirect(store(), 303)
    except Invalid as problem:
        form.show_errors(problem)
        return _form_page(table, row, form, 422)


def _form_page(table: Table, row: Any, form: forms.SettingsForm, status: int = 200) -> Response:
    return answers.form_page(
        f"settings/{table.name}_form.html",
        form,
        status,
        table=table,
        row=row,
        once=once.token(),
        today=_today(),
    )


def _row(table: Table, id: int) -> Any:
    row = db.session.get(table.model, id)
    if row is None:
        raise NotFound()
    return row


def _address(table: Table) -> str:
    return url_for("settings.table", name=table.name)
