"""Stored values as people read them: names instead of keys, the user's formats, masked bank details."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import g
from flask_babel import gettext as _
from sqlalchemy import select

from blueprints.common import access, pages
from extensions import db
from models import AnyCard, Contact, Document, PaymentTerms, TaxGroup, User
from services import checks, fields, formats, places
from services.documents import kinds
from services.fields import FIELDS

_NAMED: dict[str, Any] = {
    type_: select(model.id, model.name).order_by(model.name)
    for type_, model in (("user", User), ("payment_terms", PaymentTerms), ("tax_group", TaxGroup))
}
BANK_DETAILS = ("iban", "account_no")


def field(record: AnyCard, name: str) -> str:
    """A card's field as it is shown on its card and in lists."""
    return value(record.KIND, name, getattr(record, name))


def value(kind: str, name: str, stored: Any) -> str:
    """A stored value of a field as it is shown; "" for an empty one."""
    if name == "blocked" or name in ("type", "contact_type", "payment_method"):
        return "" if stored in ("", None) else str(fields.choices(kind, name)[stored])
    if stored is None or stored == "":
        return ""
    if name in _BY_CODE:
        return _BY_CODE[name](stored, pages.locale_code())
    if name in BANK_DETAILS:
        return _bank_detail(name, stored)
    type_ = FIELDS[name].type
    if type_ in _NAMED:
        return names(type_).get(stored, "")
    if type_ in ("company", "primary_contact"):
        contact = db.session.get(Contact, stored)
        return contact.name if contact is not None else ""
    if isinstance(stored, bool):
        return _("Yes") if stored else _("No")
    if isinstance(stored, Decimal):
        return formats.format_number(stored, pages.number_locale(), 2)
    if isinstance(stored, datetime):
        return formats.format_datetime(stored, pages.timezone(), pages.number_locale())
    if isinstance(stored, date):
        return formats.format_date(stored, pages.number_locale())
    return str(stored)


def names(type_: str) -> dict[int, str]:
    """Names by id of the users, payment terms or tax groups: short tables, read once a request."""
    cache: dict[str, dict[int, str]] = g.setdefault("names", {})
    if type_ not in cache:
        cache[type_] = dict(db.session.connection().execute(_NAMED[type_]).all())
    return cache[type_]


def user_name(user_id: int | None) -> str:
    """Who a user is; the program itself when nobody."""
    present = access.user()
    if present is not None and present.id == user_id:
        return present.name
    return names("user").get(user_id, _("somebody")) if user_id is not None else "Carnet"


def card_names(records: Iterable[AnyCard | Document]) -> list[str]:
    """Cards and documents as a sentence names them: "customer C00012"."""
    return [
        _("%(kind)s %(no)s", **kinds.named(record))
        if isinstance(record, Document)
        else _("%(kind)s %(no)s", kind=fields.KIND_NAMES[record.KIND], no=record.no)
        for record in records
    ]


def enumeration(words: list[str]) -> str:
    """Words joined as in a sentence: "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s", first=", ".join(words[:-1]), last=words[-1])


def brief(record: AnyCard, names_: Iterable[str], shown: Mapping[str, str]) -> str:
    """One line that stands for a folded section."""
    return ", ".join(text for name in names_ if (text := shown[name]))[:120]


def _bank_detail(name: str, stored: str) -> str:
    if access.can("bank_details"):
        return checks.format_iban(stored) if name == "iban" else stored
    return checks.mask_iban(stored)


def _currency(code: str, _locale: str) -> str:
    return code


def _language(code: str, locale: str) -> str:
    return dict(places.language_choices(locale)).get(code, code)


# Fields that hold a code, by what shows it.
_BY_CODE: dict[str, Callable[[str, str], str]] = {
    "country": places.country_name,
    "currency": _currency,
    "account_currency": _currency,
    "language": _language,
}
