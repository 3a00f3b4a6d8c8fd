"""Forms of card sections: one WTForms field for each card field, values as `services.records` takes them."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import false, select
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired

from blueprints.common import display, pages
from blueprints.common.choice_field import ChoiceField
from extensions import db
from models import AnyCard, Contact, User
from services import clock, fields, formats, places, search, sync
from services.errors import Invalid
from services.fields import FIELDS
from services.text import TextProblem, fold

_LISTS = {
    "country": places.country_choices,
    "currency": places.currency_choices,
    "account_currency": places.currency_choices,
    "language": places.language_choices,
}
LOOKUPS = ("company", "primary_contact")
WIDE = ("notes", "address", "website")
AUTOCOMPLETE = {
    "email": {"inputmode": "email"},
    "phone": {"inputmode": "tel"},
    "mobile": {"inputmode": "tel"},
    "website": {"inputmode": "url"},
}


class CardForm(FlaskForm):  # type: ignore[misc]
    """The fields of one section, or of a new card. CSRF is checked for every request before the view."""

    class Meta:
        csrf = False

    kind: str = ""

    def show(self, values: Mapping[str, Any]) -> None:
        """Fill the fields with stored values as people type them."""
        for name, field in self._fields.items():
            if name in values:
                field.data = _typed(self.kind, name, values[name])
        self.offer_choices()

    def offer_choices(self) -> None:
        """Give every list what it offers, and the chosen value even when it is not offered any more."""
        for name, field in self._fields.items():
            if isinstance(field, ChoiceField):
                field.choices = _choices(self.kind, name, field.data)
                if field.data and field.data not in dict(field.choices):
                    field.choices.append((field.data, field.data))

    def values(self) -> dict[str, Any]:
        """The values that were sent, read from the user's formats; raises Invalid with a sentence per field.

        A field that was not sent is not in the answer: it keeps its value.
        """
        read: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for name, field in self._fields.items():
            if name not in request.form:
                continue
            try:
                read[name] = _read(self.kind, name, field.data or "")
            except TextProblem as problem:
                errors[name] = problem.message
        if errors:
            raise Invalid(errors)
        return read

    def show_errors(self, problem: Invalid) -> dict[str, Any]:
        """Put each sentence beside its field; returns those whose field is not in this form."""
        elsewhere: dict[str, Any] = {}
        for name, sentences in problem.errors.items():
            if name in self._fields:
                self._fields[name].errors = [str(sentence) for sentence in sentences]
            else:
                elsewhere[name] = [str(sentence) for sentence in sentences]
        return elsewhere


def form_for(kind: str, names: Iterable[str]) -> CardForm:
    """An empty form with these fields, filled with what the request sent."""
    form: CardForm = _form_class(kind, tuple(names))()
    form.offer_choices()
    return form


@cache
def _form_class(kind: str, names: tuple[str, ...]) -> type[CardForm]:
    """The form with these fields; making a class takes longer than filling it."""
    members: dict[str, Any] = {name: _field(kind, name) for name in names}
    return type("SectionForm", (CardForm,), {**members, "kind": kind})


def lookup_text(name: str, contact_id: int | None) -> str:
    """What the box of a lookup shows for a chosen contact."""
    if f"{name}_text" in request.form:
        return request.form[f"{name}_text"]
    contact = db.session.get(Contact, contact_id) if contact_id else None
    return f"{contact.no} {contact.name}" if contact is not None else ""


def lookup_matches(name: str, party: AnyCard | None) -> list[Any]:
    """Without JavaScript: the contacts that the typed text finds, to choose one from."""
    where = (Contact.type == "company",) if name == "company_id" else persons_of(party)
    return list(
        search.find(db.session(), "contact", request.form.get(f"{name}_text", ""), limit=20, where=where)
    )


def persons_of(party: AnyCard | None) -> tuple[Any, ...]:
    """The condition for whom a party may choose as primary contact: nobody while it has no contact (rule L11)."""
    hub = sync.contact_id_of(db.session(), party) if party is not None else None
    if hub is None:
        return (false(),)
    return (Contact.type == "person", (Contact.company_id == hub) | (Contact.id == hub))


def _field(kind: str, name: str) -> Any:
    definition = FIELDS[name]
    required = [InputRequired()] if name == "name" else []
    render = {"maxlength": None, "autocomplete": "off", **AUTOCOMPLETE.get(name, {})}
    if (
        definition.type in ("user", "payment_terms", "tax_group", "bool")
        or name in _LISTS
        or fields.choices(kind, name)
    ):
        return ChoiceField(definition.label, coerce=str)
    if definition.type == "long":
        return TextAreaField(definition.label, render_kw={"rows": 6})
    return StringField(
        definition.label, validators=required, render_kw={k: v for k, v in render.items() if v}
    )


def _choices(kind: str, name: str, chosen: Any) -> list[tuple[str, str]]:
    """What a list offers; a value that is not offered any more stays on a card that has it."""
    type_ = FIELDS[name].type
    if name in _LISTS:
        return [("", ""), *_LISTS[name](pages.locale_code())]
    if type_ == "bool":
        return [("no", _("No")), ("yes", _("Yes"))]
    if type_ == "user":
        users = db.session.execute(
            select(User.id, User.name).where(User.active | (User.id == whole(chosen))).order_by(User.name)
        )
        return [("", ""), *((str(id_), user) for id_, user in users)]
    if type_ in ("payment_terms", "tax_group"):
        return [("", ""), *((str(id_), label) for id_, label in display.names(type_).items())]
    return [(fields.as_text(stored), str(word)) for stored, word in fields.choices(kind, name).items()]


def _typed(kind: str, name: str, stored: Any) -> str:
    """A stored value as somebody would type it."""
    if FIELDS[name].type in ("money", "date", "iban") or name == "iban":
        return display.value(kind, name, stored)
    return fields.as_text(stored)


def _read(kind: str, name: str, sent: str) -> Any:
    """A sent text as a value for `services.records`; raises TextProblem."""
    type_ = FIELDS[name].type
    if type_ == "money":
        return formats.parse_decimal(sent, pages.number_locale())
    if type_ == "date":
        settings = pages.office()
        assert settings is not None
        return formats.parse_date(sent, clock.today(settings), pages.number_locale())
    if type_ == "bool" or (name == "blocked" and kind == "bank_account"):
        return sent == "yes"
    if type_ in LOOKUPS:
        return _looked_up(name, sent)
    if type_ in ("user", "payment_terms", "tax_group"):
        return whole(sent)
    return sent


def _looked_up(name: str, sent: str) -> int | None:
    """The contact that a lookup means: the chosen one, or the one its text names."""
    chosen = whole(sent)
    text = request.form.get(f"{name}_text")
    if text is None:
        return chosen
    if not text.strip():
        return None
    contact = db.session.get(Contact, chosen) if chosen else None
    if contact is not None and fold(text) == fold(f"{contact.no} {contact.name}"):
        return chosen
    found = search.find(db.session(), "contact", text, limit=2)
    exact = [
        row for row in found if fold(text) in (fold(row.no), fold(row.name), fold(f"{row.no} {row.name}"))
    ]
    if len(exact) == 1:
        return int(exact[0].id)
    if len(found) == 1:
        return int(found[0].id)
    raise TextProblem(_("Choose one of the contacts in the list."))


def whole(text: Any) -> int | None:
    """A key in a form; None when there is none."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
