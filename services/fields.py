"""What a card's fields are called, how long they may be, and which of them linked cards share.

`SHARED` is the one map of the synchronisation: what to copy, whether it changed, what differs,
which fields a card marks with the sign of sharing and what a correction touches all come from it.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l

from models import MODELS, AnyCard
from services import checks, text
from services.errors import Invalid, Sentence

NAME = ("name", "name2")
ADDRESS = ("address", "address2", "post_code", "city", "region", "country")
COMMUNICATION = ("phone", "mobile", "fax", "email", "website")
TRADE = ("currency", "vat_no", "registration_no")

SHARED: dict[str, tuple[str, ...]] = {
    "customer": (*NAME, *ADDRESS, *COMMUNICATION, "language", *TRADE, "salesperson_id"),
    "vendor": (*NAME, *ADDRESS, *COMMUNICATION, "language", *TRADE),
    "bank_account": (*NAME, *ADDRESS, *COMMUNICATION, "language"),
}
# What a contact shares with at least one kind of party.
SHARED["contact"] = SHARED["customer"]

# What a person takes over from its company (rule C3), by the setting that switches it.
INHERITED: dict[str, tuple[str, ...]] = {
    "inherit_address": ADDRESS,
    "inherit_communication": ("phone", "email", "website"),
    "inherit_other": ("language", "currency", "salesperson_id"),
}
NAME_PARTS = ("first_name", "middle_name", "last_name")


@dataclass(frozen=True)
class Field:
    """One field: its label, its greatest length and the check of a typed text."""

    name: str
    label: Sentence
    limit: int = 0
    type: str = "text"
    check: Callable[[str], str] | None = None


def _fields(*fields: Field) -> dict[str, Field]:
    return {field.name: field for field in fields}


FIELDS: dict[str, Field] = _fields(
    Field("no", _l("No."), 20),
    Field("type", _l("Type"), type="choice"),
    Field("name", _l("Name"), 100),
    Field("name2", _l("Name 2"), 50),
    Field("address", _l("Address"), 100),
    Field("address2", _l("Address 2"), 50),
    Field("post_code", _l("Postal code"), 20),
    Field("city", _l("City"), 50),
    Field("region", _l("Province or state"), 50),
    Field("country", _l("Country"), 2, "choice", checks.country),
    Field("phone", _l("Phone"), 30, check=checks.phone),
    Field("mobile", _l("Mobile"), 30, check=checks.phone),
    Field("fax", _l("Fax"), 30, check=checks.phone),
    Field("email", _l("E-mail"), 254, check=checks.email),
    Field("email2", _l("Second e-mail"), 254, check=checks.email),
    Field("website", _l("Website"), 255, check=checks.website),
    Field("language", _l("Language"), 5, "choice", checks.language),
    Field("currency", _l("Currency"), 3, "choice", checks.currency),
    Field("vat_no", _l("VAT or GST no."), 20),
    Field("registration_no", _l("Registration no."), 20),
    Field("salesperson_id", _l("Salesperson"), type="user"),
    Field("purchaser_id", _l("Purchaser"), type="user"),
    Field("our_user_id", _l("In charge"), type="user"),
    Field("title", _l("Title"), 30),
    Field("first_name", _l("First name"), 50),
    Field("middle_name", _l("Middle name"), 50),
    Field("last_name", _l("Last name"), 50),
    Field("job_title", _l("Job title"), 60),
    Field("company_id", _l("Company"), type="company"),
    Field("birth_date", _l("Birth date"), type="date"),
    Field("minor", _l("Minor"), type="bool"),
    Field("guardian_consent_at", _l("Guardian's consent on"), type="date"),
    Field("guardian_consent_by", _l("Guardian's consent by"), 100),
    Field("contact_type", _l("Company or person"), type="choice"),
    Field("contact_person", _l("Contact person"), 100),
    Field("contact_person_title", _l("Contact person's job title"), 60),
    Field("primary_contact_id", _l("Primary contact"), type="primary_contact"),
    Field("payment_terms_id", _l("Payment terms"), type="payment_terms"),
    Field("payment_method", _l("Payment method"), 20, "choice"),
    Field("tax_group_id", _l("Tax group"), type="tax_group"),
    Field("credit_limit", _l("Credit limit"), type="money"),
    Field("blocked", _l("Blocked"), type="choice"),
    Field("our_account_no", _l("Our account no."), 30),
    Field("label", _l("What the office calls it"), 50),
    Field("bank_branch_no", _l("Branch no."), 20),
    Field("account_no", _l("Account no."), 30),
    Field("iban", _l("IBAN"), 34, check=checks.iban),
    Field("bic", _l("BIC"), 11, check=checks.bic),
    Field("account_currency", _l("Account currency"), 3, "choice", checks.currency),
    Field("notes", _l("Notes"), 10_000, "long"),
    Field("description", _l("Description"), 200),
    Field("unit", _l("Unit"), 20),
    Field("unit_price", _l("Unit price"), type="money"),
    Field("cost", _l("Cost"), type="money"),
)

KIND_NAMES: dict[str, Sentence] = {
    "contact": _l("contact"),
    "customer": _l("customer"),
    "vendor": _l("vendor"),
    "bank_account": _l("bank account"),
}

# Fixed lists: stored word → office's word, in the order in which they are offered.
TYPES = {"company": _l("Company"), "person": _l("Person")}
PAYMENT_METHODS = {
    "": _l("Not set"),
    "transfer": _l("Transfer"),
    "cheque": _l("Cheque"),
    "card": _l("Card"),
    "direct_debit": _l("Direct debit"),
    "cash": _l("Cash"),
}
BLOCKED: dict[str, dict[Any, Sentence]] = {
    "customer": {
        "none": _l("Not blocked"),
        "ship": _l("Shipping blocked"),
        "invoice": _l("Invoicing blocked"),
        "all": _l("Everything blocked"),
    },
    "vendor": {"none": _l("Not blocked"), "payment": _l("Payments blocked"), "all": _l("Everything blocked")},
    "bank_account": {False: _l("Not blocked"), True: _l("Blocked")},
    "item": {False: _l("Not blocked"), True: _l("Blocked")},
}


def label(name: str) -> Sentence:
    """The name of a field as the office says it."""
    return FIELDS[name].label


def choices(kind: str, name: str) -> dict[Any, Sentence]:
    """Stored values and words of a field with a fixed list; empty for every other field."""
    if name in ("type", "contact_type"):
        return dict(TYPES)
    if name == "payment_method":
        return dict(PAYMENT_METHODS)
    return dict(BLOCKED.get(kind, {})) if name == "blocked" else {}


def is_shared(kind: str, name: str) -> bool:
    """Whether linked cards of this kind keep the field equal."""
    return name in SHARED[kind]


def shared_of(record: AnyCard, kind: str = "contact") -> dict[str, Any]:
    """The values of a card that it shares, or could share, over a link with a card of that kind."""
    return {name: getattr(record, name) for name in SHARED[kind]}


def clean(kind: str, values: Mapping[str, Any], *, country: str = "") -> dict[str, Any]:
    """The values as they may be stored on a card of this kind; raises Invalid with a sentence per field.

    `country` is the card's present country: tax and registration numbers are checked by its rules
    when the values bring no country of their own.
    """
    cleaned: dict[str, Any] = {}
    errors: dict[str, Sentence] = {}
    known = _nullable(kind)
    for name, value in values.items():
        if name not in known:
            continue
        try:
            cleaned[name] = _clean_one(kind, FIELDS[name], value, known[name])
        except text.TextProblem as problem:
            errors[name] = problem.message
    country = cleaned.get("country", country)
    for name, check in (("vat_no", checks.vat_no), ("registration_no", checks.registration_no)):
        if cleaned.get(name):
            try:
                cleaned[name] = check(cleaned[name], country)
            except text.TextProblem as problem:
                errors[name] = problem.message
    if errors:
        raise Invalid(errors)
    return cleaned


def digest(name: str, value: Any) -> str:
    """A short mark of a field's value as somebody saw it; equal for equal values only."""
    return hashlib.sha256(f"{name}\0{as_text(value)}".encode("utf-8", "surrogatepass")).hexdigest()[:12]


def as_text(value: Any) -> str:
    """A stored value in one unambiguous spelling, for history and digests; None and "" are both ""."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)


def empty_value(record: AnyCard, name: str) -> Any:
    """What an emptied field holds: "" for texts, None for numbers, dates and references."""
    return None if record.__table__.columns[name].nullable else ""


@cache
def _nullable(kind: str) -> dict[str, bool]:
    """The fields of a kind of card, and whether each may be NULL."""
    columns = MODELS[kind].__table__.columns
    return {name: bool(columns[name].nullable) for name in FIELDS if name in columns}


def _clean_one(kind: str, field: Field, value: Any, nullable: bool) -> Any:
    if value is None or value == "":
        return None if nullable else (False if field.type == "bool" else _required(kind, field))
    if not isinstance(value, str):
        if isinstance(value, bool) and field.name == "blocked" and kind != "bank_account":
            raise text.TextProblem(_l("Choose one of the values in the list."))
        return checks.amount(value) if isinstance(value, Decimal) else value
    if field.name == "blocked" or field.name in ("type", "contact_type", "payment_method"):
        if value not in choices(kind, field.name):
            raise text.TextProblem(_l("Choose one of the values in the list."))
        return value
    if field.check is not None:
        return field.check(value)
    return text.clean(value, limit=field.limit, multiline=field.type == "long") or _required(kind, field)


def _required(kind: str, field: Field) -> str:
    if field.name == "name":
        raise text.TextProblem(_l("Enter a name."))
    if field.name in ("type", "contact_type") or (field.name == "blocked" and kind != "bank_account"):
        raise text.TextProblem(_l("Choose one of the values in the list."))
    return ""
