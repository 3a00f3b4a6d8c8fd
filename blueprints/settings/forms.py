"""The forms of the settings: texts as typed, read in the user's formats; the services check them."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, StringField
from wtforms.validators import InputRequired

from blueprints.common import pages
from blueprints.common.choice_field import ChoiceField
from extensions import db
from models import NumberSeries, PaymentTerms, RelationCode, TaxGroup
from services import clock, fields, formats, places
from services.errors import Invalid
from services.text import TextProblem

MOST_LINES = 50


class TypedField(StringField):  # type: ignore[misc]
    """A text box for a number or a day: `read` from the user's formats, and `show`n in them."""

    def _value(self) -> str:
        if isinstance(self.data, str):
            return self.data
        return "" if self.data is None else self.show(self.data)


class WholeField(TypedField):
    """A whole number."""

    def read(self, typed: str) -> int | None:
        number = typed.strip()
        if not number:
            return None
        if not re.fullmatch("[0-9]{1,9}", number):
            raise TextProblem(_l("Enter a whole number, like 30."))
        return int(number)

    def show(self, value: int) -> str:
        return str(value)


class PercentField(TypedField):
    """A percentage. None has a thousands sign, so a comma can only part the decimals, in either language."""

    def read(self, typed: str) -> Decimal | None:
        return formats.parse_decimal(typed.strip().removesuffix("%").replace(",", "."), "en_CA")

    def show(self, value: Decimal) -> str:
        return formats.format_number(value, pages.number_locale())


class DayField(TypedField):
    """A day, in any style that dates can be typed."""

    def read(self, typed: str) -> date | None:
        office = pages.office()
        assert office is not None
        return formats.parse_date(typed, clock.today(office), pages.number_locale())

    def show(self, value: date) -> str:
        return formats.format_date(value, pages.number_locale())


def choice(label: Any, options: Callable[[], Iterable[tuple[str, str]]], **more: Any) -> ChoiceField:
    """A list whose options are looked up when the form is made; a stored value stays in it."""
    return ChoiceField(label, choices=lambda: list(options()), coerce=_as_text, **more)


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def _with_empty(options: Callable[[str], Iterable[tuple[str, str]]]) -> Callable[[], list[tuple[str, str]]]:
    return lambda: [("", ""), *options(pages.locale_code())]


def rows_of(model: Any, name: str) -> Callable[[], list[tuple[str, str]]]:
    """The rows of a code table as options, by their codes."""

    def options() -> list[tuple[str, str]]:
        found = db.session.execute(select(model.id, model.code, getattr(model, name)).order_by(model.code))
        return [("", ""), *((str(id_), f"{code} – {words}" if words else code) for id_, code, words in found)]

    return options


class SettingsForm(FlaskForm):  # type: ignore[misc]
    """A form of the settings. CSRF is checked for every request before the view."""

    # How much room there is for new lines, in a form that has lines.
    blank_lines = 1

    class Meta:
        csrf = False

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.problems: dict[str, list[str]] = {}
        for field in self._fields.values():
            if isinstance(field, ChoiceField) and field.data and field.data not in dict(field.choices):
                field.choices.append((field.data, field.data))

    def add_blank_lines(self) -> None:
        """Show room for more lines after those that are there."""
        for field in self._fields.values():
            if isinstance(field, FieldList):
                for _line in range(min(self.blank_lines, MOST_LINES - len(field))):
                    field.append_entry()

    def values(self) -> dict[str, Any]:
        """What was typed, read; raises Invalid with a sentence for each field that cannot be read."""
        errors: dict[str, Any] = {}
        read = _read(self._fields.values(), errors)
        if errors:
            raise Invalid(errors)
        return read

    def show_errors(self, problem: Invalid) -> None:
        """Put each sentence beside its field, and all of them where the summary finds them."""
        by_id = {field.id: field for field in _all_fields(self._fields.values())}
        for name, sentences in problem.errors.items():
            self.problems[name] = [str(sentence) for sentence in sentences]
            if name in by_id:
                by_id[name].errors = self.problems[name]


def _read(form_fields: Iterable[Any], errors: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in form_fields:
        if isinstance(field, FieldList):
            # A form always has an empty line at least: none at all means that the lines were not sent.
            if len(field):
                found[field.short_name] = [_read(entry.form, errors) for entry in field]
        elif isinstance(field, TypedField) and isinstance(field.data, str):
            try:
                found[field.short_name] = field.read(field.data)
            except TextProblem as problem:
                errors[field.id] = problem.message
        elif isinstance(field, TypedField):
            found[field.short_name] = field.data
        else:
            found[field.short_name] = "" if field.data is None else field.data
    return found


def _all_fields(form_fields: Iterable[Any]) -> Iterable[Any]:
    for field in form_fields:
        if isinstance(field, FieldList):
            for entry in field:
                yield from entry.form
        else:
            yield field


# -- the forms --------------------------------------------------------------------------------------


class CompanyForm(SettingsForm):
    """Who the office is."""

    name = StringField(_l("Name of the office"), [InputRequired()])
    registration_no = StringField(_l("Registration no."))
    vat_no = StringField(_l("VAT or GST no."))
    vat_no2 = StringField(_l("Second tax no."))
    address = StringField(_l("Address"))
    address2 = StringField(_l("Address 2"))
    post_code = StringField(_l("Postal code"))
    city = StringField(_l("City"))
    region = StringField(_l("Province or state"))
    country = choice(_l("Country"), _with_empty(places.country_choices))
    phone = StringField(_l("Phone"))
    email = StringField(_l("E-mail"))
    website = StringField(_l("Website"))
    currency = choice(_l("Currency"), _with_empty(places.currency_choices), validators=[InputRequired()])
    language = choice(_l("Language"), _with_empty(places.language_choices), validators=[InputRequired()])
    timezone = choice(_l("Time zone"), places.time_zone_choices, validators=[InputRequired()])


class ContactRulesForm(SettingsForm):
    """How contacts are linked, made, numbered and followed."""

    customer_code_id = choice(_l("Code for customers"), rows_of(RelationCode, "description"))
    vendor_code_id = choice(_l("Code for vendors"), rows_of(RelationCode, "description"))
    bank_account_code_id = choice(_l("Code for bank accounts"), rows_of(RelationCode, "description"))
    create_contacts = BooleanField(
        _l("Create a contact automatically with each new customer, vendor or bank account")
    )
    inherit_address = BooleanField(_l("Address"))
    inherit_communication = BooleanField(_l("Phone, e-mail and website"))
    inherit_other = BooleanField(_l("Language, currency and salesperson"))
    duplicate_percent = WholeField(_l("Warn when names are alike by (%)"))
    contact_series_id = choice(_l("Series for contacts"), rows_of(NumberSeries, "description"))
    customer_series_id = choice(_l("Series for customers"), rows_of(NumberSeries, "description"))
    vendor_series_id = choice(_l("Series for vendors"), rows_of(NumberSeries, "description"))
    bank_account_series_id = choice(_l("Series for bank accounts"), rows_of(NumberSeries, "description"))


class RelationForm(SettingsForm):
    """A business relation code."""

    code = StringField(_l("Code"), [InputRequired()])
    description = StringField(_l("Description"))


class TermsForm(SettingsForm):
    """Payment terms."""

    code = StringField(_l("Code"), [InputRequired()])
    name = StringField(_l("Name"), [InputRequired()])
    days = WholeField(_l("Days until payment"), [InputRequired()])
    end_of_month = BooleanField(_l("Count the days from the end of the month of the invoice"))


class TemplateForm(SettingsForm):
    """A template for customers or vendors made from contacts."""

    kind = choice(
        _l("For"),
        lambda: (("customer", _l("Customers")), ("vendor", _l("Vendors"))),
        validators=[InputRequired()],
    )
    code = StringField(_l("Code"), [InputRequired()])
    description = StringField(_l("Description"))
    payment_terms_id = choice(_l("Payment terms"), rows_of(PaymentTerms, "name"))
    payment_method = choice(_l("Payment method"), lambda: fields.PAYMENT_METHODS.items())
    tax_group_id = choice(_l("Tax group"), rows_of(TaxGroup, "name"))
    currency = choice(_l("Currency"), _with_empty(places.currency_choices))
    country = choice(_l("Country"), _with_empty(places.country_choices))


class RateForm(Form):  # type: ignore[misc]
    """One tax of a group."""

    name = StringField(_l("Tax"))
    percent = PercentField(_l("Percentage"))
    valid_from = DayField(_l("From"))
    valid_to = DayField(_l("Until"))
    remove = BooleanField(_l("Remove"))


class TaxForm(SettingsForm):
    """A tax group with its taxes."""

    blank_lines = 2  # GST and QST

    code = StringField(_l("Code"), [InputRequired()])
    name = StringField(_l("Name"), [InputRequired()])
    exempt_reason = StringField(_l("Reason printed when there is no tax"))
    rates = FieldList(FormField(RateForm), max_entries=MOST_LINES)


class SeriesLineForm(Form):  # type: ignore[misc]
    """One line of a number series."""

    id = HiddenField()
    shown = HiddenField()
    starts_on = DayField(_l("Starts on"))
    pattern = StringField(_l("Pattern"))
    last_no = StringField(_l("Last number used"))
    warn_at = WholeField(_l("Warn when so many are left"))
    remove = BooleanField(_l("Remove"))


class SeriesForm(SettingsForm):
    """A number series with its lines."""

    code = StringField(_l("Code"), [InputRequired()])
    description = StringField(_l("Description"))
    automatic = BooleanField(_l("Carnet gives the next number when a card is saved without one"))
    manual = BooleanField(_l("Numbers may be typed"))
    lines = FieldList(FormField(SeriesLineForm), max_entries=MOST_LINES)
