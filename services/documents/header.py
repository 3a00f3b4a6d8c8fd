"""What stands above the lines of a document: dates, terms, references, texts, and the party's copy."""

import calendar
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from models import Document, Office, PaymentTerms, User
from services import checks, fields, rows
from services.documents import lines
from services.documents.kinds import of
from services.errors import Invalid
from services.rows import Rule
from services.text import TextProblem
from services.text import clean as clean_text

LONG_TEXT = 10_000
# How long a quote holds when nothing else is said.
VALID_DAYS = 30

# Every field that a form may set, with what it may hold.
_LINES_OF_TEXT = (
    *("name", "name2", "contact_person", "address", "address2", "post_code", "city", "region"),
    *("reference", "vendor_invoice_no", "subject"),
)
FIELDS = (
    *_LINES_OF_TEXT,
    *("no", "country", "phone", "email", "language", "vat_no", "registration_no", "salesperson_id"),
    *("document_date", "due_date", "valid_until", "requested_date", "payment_terms_id"),
    *("currency", "discount_percent", "intro", "notes"),
)


def first_values(session: Session, document: Document, office: Office, day: date) -> dict[str, Any]:
    """The date, terms and currency that a new document begins with; the party's go before the office's."""
    party = document.party
    values: dict[str, Any] = {
        "document_date": day,
        "payment_terms_id": getattr(party, "payment_terms_id", None) or office.payment_terms_id,
        "currency": getattr(party or document.contact, "currency", "") or office.currency,
        "salesperson_id": getattr(party or document.contact, "salesperson_id", None),
    }
    if document.kind == "quote":
        values["valid_until"] = day + timedelta(days=VALID_DAYS)
    if of(document).freezes:
        values["due_date"] = due_date(session, values["payment_terms_id"], day)
    return values


def due_date(session: Session, payment_terms_id: int | None, day: date) -> date | None:
    """The day on which a document of that day is due: so many days later, then the end of that month."""
    terms = session.get(PaymentTerms, payment_terms_id) if payment_terms_id is not None else None
    if terms is None:
        return None
    due = day + timedelta(days=terms.days)
    if terms.end_of_month:
        due = due.replace(day=calendar.monthrange(due.year, due.month)[1])
    return due


def cleaned(session: Session, document: Document, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they may be stored; raises Invalid with a sentence for each field."""
    found = rows.cleaned(values, _rules(session, document))
    country = found.get("country", document.country)
    found |= rows.cleaned(
        {name: value for name, value in found.items() if value != getattr(document, name)},
        {
            "vat_no": lambda value: checks.vat_no(value, country),
            "registration_no": lambda value: checks.registration_no(value, country),
        },
    )
    return found


def with_due_date(session: Session, document: Document, values: dict[str, Any]) -> dict[str, Any]:
    """The values with the due date that follows from a new date or new terms, unless one was typed too.

    Raises Invalid for a document that ends before its own date.
    """
    moved = any(
        name in values and values[name] != getattr(document, name)
        for name in ("document_date", "payment_terms_id")
    )
    typed = "due_date" in values and values["due_date"] != document.due_date
    if moved and not typed and of(document).freezes:
        terms = values.get("payment_terms_id", document.payment_terms_id)
        due = due_date(session, terms, values.get("document_date", document.document_date))
        values = values | {"due_date": due or values.get("due_date", document.due_date)}
    _check_order_of_dates(document, values)
    return values


def _rules(session: Session, document: Document) -> dict[str, Rule]:
    rules: dict[str, Rule] = {name: rows.line(Document, name) for name in _LINES_OF_TEXT}
    rules |= dict.fromkeys(("due_date", "valid_until", "requested_date"), _day)
    rules |= dict.fromkeys(("intro", "notes"), _long)
    return rules | {
        "no": rows.line(Document, "no"),
        "name": rows.line(Document, "name", _l("Enter a name.")),
        "country": checks.country,
        "phone": checks.phone,
        "email": checks.email,
        "language": checks.language,
        "vat_no": rows.line(Document, "vat_no"),
        "registration_no": rows.line(Document, "registration_no"),
        "salesperson_id": rows.row_of(session, User),
        "document_date": _required_day,
        "payment_terms_id": rows.row_of(session, PaymentTerms),
        "currency": _currency(document),
        "discount_percent": _discount,
    }


def _currency(document: Document) -> Callable[[Any], str]:
    def rule(value: Any) -> str:
        currency = rows.filled(checks.currency, _l("Choose the currency."))(value)
        # Prices would mean other amounts all of a sudden, and nothing is converted.
        if currency != document.currency and document.lines:
            raise TextProblem(_l("The lines have prices in the present currency. Delete them first."))
        return str(currency)

    return rule


def _discount(value: Any) -> Decimal:
    return lines.percentage(value if isinstance(value, Decimal) else None)


def _day(value: date | None) -> date | None:
    if value is not None and not date(1900, 1, 1) <= value <= date(2999, 12, 31):
        raise TextProblem(_l("Enter a day between 1900 and 2999."))
    return value


def _required_day(value: date | None) -> date:
    day = _day(value)
    if day is None:
        raise TextProblem(_l("Enter the date of the document."))
    return day


def _long(value: Any) -> str:
    return clean_text(value, limit=LONG_TEXT, multiline=True)


def _check_order_of_dates(document: Document, values: Mapping[str, Any]) -> None:
    """A document is not due, and a quote does not end, before its own date, whichever of the two moves."""
    if not {"document_date", "due_date", "valid_until"} & values.keys():
        return
    day = values.get("document_date", document.document_date)
    wrong = {}
    for name, sentence in (
        ("due_date", _l("The due date is before the date of the document.")),
        ("valid_until", _l("A quote cannot end before its own date.")),
    ):
        end = values.get(name, getattr(document, name))
        if end is not None and day is not None and end < day:
            wrong[name] = sentence
    if wrong:
        raise Invalid(wrong)


def as_seen(document: Document) -> dict[str, str]:
    """The digest of each field, for a form to send back as what its user saw."""
    return {name: fields.digest(name, getattr(document, name)) for name in FIELDS}
