"""Filters and globals of the card and list templates."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from blueprints.common import card_forms, display, pages
from blueprints.common.record_types import RECORD_TYPES, Section
from extensions import db
from models import MODELS, AnyCard, Contact
from services import duplicates, fields, formats, relations
from services.relations import LinkState

# Fields that stay away from the card while they are empty; the form has them all.
RARELY_FILLED = (
    "name2",
    "address2",
    "fax",
    "middle_name",
    "title",
    "minor",
    "registration_no",
    "contact_person",
    "contact_person_title",
)
_EXAMPLE_DAY = date(2008, 2, 29)
COMMERCIAL = (
    "payment_terms_id",
    "payment_method",
    "tax_group_id",
    "credit_limit",
    "currency",
    "iban",
    "bic",
    "account_no",
    "account_currency",
)


def install(app: Flask) -> None:
    """Make them known to every template."""
    app.jinja_env.filters.update(
        b=lambda text: Markup("<strong>{}</strong>").format(text),
        card_name=lambda record: _capital(display.card_names([record])[0]),
        card_names=lambda cards: display.enumeration(display.card_names(cards)),
        change_sentence=change_sentence,
        bool=bool,
        relation_badge=relation_badge,
        whole=card_forms.whole,
    )
    app.jinja_env.globals.update(
        labels=Labels(),
        lookups=[name for name, field in fields.FIELDS.items() if field.type in card_forms.LOOKUPS],
        lookup_text=card_forms.lookup_text,
        wide_fields=("notes",),
        compared_fields=duplicates.FIELDS,
        rarely_filled=RARELY_FILLED,
        rarely_filled_of=rarely_filled_of,
        fact_url=fact_url,
        history_url_of=history_url,
        hint_of=hint_of,
        echoes={"birth_date": "date", "credit_limit": "number"},
    )


class Labels:
    """The names of fields in the reader's language: a card shows fifty of them."""

    def __getitem__(self, name: str) -> str:
        return self.all()[name]

    def all(self) -> dict[str, str]:
        """All of them, for a template that asks one after the other."""
        return _labels(str(get_locale()))


@lru_cache
def _labels(_locale: str) -> dict[str, str]:
    return {name: str(field.label) for name, field in fields.FIELDS.items()}


def rarely_filled_of(section: Section, values: Mapping[str, str]) -> list[str]:
    """The fields of a section that stay folded, for they are empty and mostly are."""
    return [name for name in RARELY_FILLED if name in section.fields and not values[name]]


def hint_of(name: str) -> str | None:
    """What a field expects, always visible under it; None for one that needs no word."""
    return _hints(pages.locale_code(), pages.number_locale()).get(name)


@lru_cache(maxsize=64)
def _hints(_locale: str, number_locale: str) -> dict[str, str]:
    return {
        "phone": _("Like 514 555-0100 ext. 12"),
        "email": _("Like name@example.com"),
        "website": _("Like https://example.com"),
        "iban": _("Like FR76 3000 6000 0112 3456 7890 189"),
        "account_no": _("In Canada: institution-transit-account, like 003-12345-1234567"),
        "birth_date": _(
            "Like %(example)s. Leave it empty where “Minor” suffices.",
            example=formats.format_date(_EXAMPLE_DAY, number_locale),
        ),
        "credit_limit": _("Like %(example)s", example=formats.format_number(5000, number_locale, 2)),
    }


def history_url(record: AnyCard) -> str:
    """The address of a card's history."""
    return f"/{pages.ADDRESSES[record.KIND]}/{record.id}/history"


def fact_url(record: AnyCard, name: str) -> str | None:
    """Where a field's value leads: a company, a primary contact, a mail program, a telephone, a website."""
    value = getattr(record, name)
    if not value:
        return None
    if name in ("company_id", "primary_contact_id"):
        contact = db.session.get(Contact, value)
        return pages.card_url(contact) if contact is not None else None
    if name == "website":
        return str(value)
    schemes = {"email": "mailto:", "email2": "mailto:", "phone": "tel:", "mobile": "tel:"}
    # Quoted: a question mark in an address would begin the fields of the mail program.
    return schemes[name] + quote(value, safe="@+") if name in schemes else None


def relation_badge(states: Sequence[LinkState], contact: Contact) -> str:
    """The business relation of a contact in one word, its company's included (rule C5); "" for none."""
    kinds = [state.link.kind for state in states]
    if contact.company is not None:
        company = contact.company
        of_company = relations.linked_cards(db.session(), "contact", [company])[company.id]
        kinds += [one.kind for one in of_company]
    words = {
        "none": "",
        "customer": _("Customer"),
        "vendor": _("Vendor"),
        "bank_account": _("Bank account"),
        "other": _("Other relation"),
        "multiple": _("Multiple relations"),
    }
    return words[relations.badge(kinds)]


def change_sentence(entry: Any, record: AnyCard) -> str:
    """Who changed a shared field last, when, and on which card (rule S10)."""
    facts = {
        "field": fields.label(entry.field),
        "time": formats.format_datetime(entry.at, pages.timezone(), pages.number_locale()),
        "name": display.user_name(entry.by_id),
    }
    origin = db.session.get(MODELS[entry.origin_kind], entry.origin_id) if entry.origin_kind else None
    if origin is None:
        return _("%(field)s changed %(time)s by %(name)s, on this card", **facts)
    return _("%(field)s changed %(time)s by %(name)s, from %(no)s", no=origin.no, **facts)


def empty_commercial(record: AnyCard) -> list[tuple[str, str]]:
    """The commercial fields of a party that are still empty, each with the section it stands in."""
    return [
        (name, section.name)
        for section in RECORD_TYPES[record.KIND].sections
        for name in section.fields
        if name in COMMERCIAL and getattr(record, name) in ("", None)
    ]


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
