"""The forms above the lines: which fields each section has, how they are shown, and how they are read."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired

from blueprints.common import display, pages
from blueprints.common.card_forms import whole
from blueprints.common.choice_field import ChoiceField
from extensions import db
from models import Document, User
from services import clock, fields, formats, places
from services.documents import lines
from services.documents.kinds import KINDS
from services.documents.labels import LABELS
from services.errors import Invalid
from services.text import TextProblem

TITLES: dict[str, Any] = {"details": _l("Details"), "address": _l("Address"), "texts": _l("Texts")}
DATES = ("document_date", "due_date", "valid_until", "requested_date")
CHOICES = ("payment_terms_id", "salesperson_id", "currency", "country", "language")
LONG = ("intro", "notes")
_ADDRESS = (
    *("name", "name2", "contact_person", "address", "address2", "post_code", "city", "region", "country"),
    *("email", "phone", "language", "vat_no", "registration_no"),
)


class HeaderForm(FlaskForm):  # type: ignore[misc]
    """The fields of one section. CSRF is checked for every request before the view."""

    class Meta:
        csrf = False

    def show(self, document: Document) -> None:
        """Fill the fields with what is stored, as people type it."""
        for name, field in self._fields.items():
            field.data = _typed(document, name)

    def values(self) -> dict[str, Any]:
        """The values that were sent, read from the user's formats; raises Invalid with a sentence per field."""
        found: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for name, field in self._fields.items():
            if name in request.form:
                try:
                    found[name] = _read(name, field.data or "")
                except TextProblem as problem:
                    errors[name] = problem.message
        if errors:
            raise Invalid(errors)
        return found

    def show_errors(self, problem: Invalid) -> dict[str, Any]:
        """Put each sentence beside its field; returns all of them for the summary."""
        said = {name: [str(one) for one in sentences] for name, sentences in problem.errors.items()}
        for name, sentences in said.items():
            if name in self._fields:
                self._fields[name].errors = sentences
        return said


def section_fields(document: Document, name: str) -> tuple[str, ...]:
    """The fields of a section, for this kind of document."""
    kind = KINDS[document.kind]
    if name == "address":
        return _ADDRESS
    if name == "texts":
        return ("subject", "intro", "notes")
    return (
        *(() if kind.gapless or kind.freezes else ("no",)),
        "document_date",
        *(("due_date",) if kind.freezes and not kind.is_credit else ()),
        *(("valid_until",) if document.kind in ("quote", "purchase_quote") else ()),
        *(("requested_date",) if not kind.freezes else ()),
        *("payment_terms_id", "currency", "discount_percent", "reference"),
        *(("vendor_invoice_no",) if kind.side == "vendor" and kind.freezes else ()),
        "salesperson_id",
    )


def form_for(document: Document, name: str) -> HeaderForm:
    """The form of a section, filled with what the request sent."""
    members = {one: _field(one) for one in section_fields(document, name)}
    form: HeaderForm = type("SectionForm", (HeaderForm,), members)()
    for one, field in form._fields.items():
        if isinstance(field, ChoiceField):
            field.choices = _choices(one)
    return form


def shown(document: Document, name: str) -> str:
    """A field as the page shows it."""
    stored = getattr(document, name)
    if name == "payment_terms_id":
        return document.terms or display.names("payment_terms").get(stored, "")
    if name == "salesperson_id":
        return display.user_name(stored) if stored else ""
    if name == "country":
        return places.country_name(stored, pages.locale_code()) if stored else ""
    if name == "language":
        return dict(places.language_choices(pages.locale_code())).get(stored, stored)
    return _typed(document, name)


def _field(name: str) -> Any:
    label = LABELS[name]
    if name in CHOICES:
        return ChoiceField(label, coerce=str)
    if name in LONG:
        return TextAreaField(label, render_kw={"rows": 3})
    required = [InputRequired()] if name in ("name", "document_date") else []
    return StringField(label, validators=required, render_kw={"autocomplete": "off"})


def _choices(name: str) -> list[tuple[str, str]]:
    locale = pages.locale_code()
    if name == "payment_terms_id":
        return [("", ""), *((str(id_), label) for id_, label in display.names("payment_terms").items())]
    if name == "salesperson_id":
        users = db.session.execute(select(User.id, User.name).order_by(User.name))
        return [("", ""), *((str(id_), user) for id_, user in users)]
    offered: Mapping[str, Any] = {
        "currency": places.currency_choices,
        "country": places.country_choices,
        "language": places.language_choices,
    }
    return [("", ""), *offered[name](locale)]


def _typed(document: Document, name: str) -> str:
    stored = getattr(document, name)
    if name in DATES:
        return formats.format_date(stored, pages.number_locale())
    if name == "discount_percent":
        return formats.format_number(stored, pages.number_locale()) if stored else ""
    return fields.as_text(stored)


def _read(name: str, sent: str) -> Any:
    settings = pages.office()
    assert settings is not None
    if name in DATES:
        return formats.parse_date(sent, clock.today(settings), pages.number_locale())
    if name == "discount_percent":
        return lines.parse_number(sent, pages.number_locale())
    if name in ("payment_terms_id", "salesperson_id"):
        return whole(sent) or (sent or None)
    return sent
