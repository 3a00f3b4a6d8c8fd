"""What a field was and became, as the history shows it: by the fields of cards, documents and items."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints.common import display, pages
from models import Document, HistoryEntry, Item
from services import fields, formats, items
from services.documents import labels
from services.documents.kinds import STATES
from services.errors import Sentence
from services.fields import FIELDS

_NAMED_FIELDS = 3
# What is not shown on cards, by the way it is written.
_OTHER: dict[str, Mapping[str, Sentence]] = {Document.KIND: labels.IN_HISTORY, Item.KIND: items.LABELS}
_TABLES = {"payment_terms_id": "payment_terms", "salesperson_id": "user", "tax_group_id": "tax_group"}
_DAYS = ("document_date", "due_date", "valid_until", "requested_date")
_NUMBERS = ("discount_percent", "unit_price", "cost")
_LINE = re.compile(r"(-?[0-9.]+) × (.*) = (-?[0-9]+)(\.[0-9]+)?", re.DOTALL)
# Cards are named by the line itself, or by the page that it stands on.
_CARDS = ("contact_id", "customer_id", "vendor_id")


@dataclass(frozen=True)
class Value:
    """What a field was and became; "" is empty."""

    label: str
    old: str
    new: str


def names(entries: Sequence[HistoryEntry]) -> str:
    """The fields that an action changed, as a sentence names them."""
    known = [_label(entry.kind, entry.field) for entry in entries]
    named = [label for label in dict.fromkeys(known) if label]
    if len(named) > _NAMED_FIELDS:
        return ngettext("%(num)s field", "%(num)s fields", len(named))
    return display.enumeration(named)


def of(entries: Sequence[HistoryEntry]) -> list[Value]:
    """Old and new values of what was changed."""
    return [
        Value(
            label,
            _shown(entry.kind, entry.field, entry.old or ""),
            _shown(entry.kind, entry.field, entry.new or ""),
        )
        for entry in entries
        if entry.action == "changed"
        and entry.field not in _CARDS
        and (label := _label(entry.kind, entry.field))
    ]


def _label(kind: str, name: str) -> str:
    """What a field is called where it stands; "" for one that no page shows."""
    if kind in _OTHER:
        return str(_OTHER[kind].get(name, ""))
    return str(fields.label(name)) if name in FIELDS else ""


def _shown(kind: str, name: str, text: str) -> str:
    """A value of the history as its page shows it, in the reader's formats."""
    if not text:
        return ""
    if kind in _OTHER:
        return _of_document_or_item(name, text)
    choices = {fields.as_text(stored): str(word) for stored, word in fields.choices(kind, name).items()}
    if choices:
        return choices.get(text, text)
    type_ = FIELDS[name].type
    if type_ in ("user", "payment_terms", "tax_group", "company", "primary_contact"):
        return display.value(kind, name, int(text)) or _gone()
    stored: Any = text
    if type_ == "money":
        stored = Decimal(text)
    elif type_ == "date":
        stored = date.fromisoformat(text[:10])
    elif type_ == "bool":
        stored = text == "yes"
    return display.value(kind, name, stored)


def _of_document_or_item(name: str, text: str) -> str:
    if name in _TABLES:
        return display.names(_TABLES[name]).get(int(text)) or _gone()
    if name in _DAYS:
        return formats.format_date(date.fromisoformat(text[:10]), pages.number_locale())
    if name in _NUMBERS:
        return formats.format_number(Decimal(text), pages.number_locale())
    if name == "line" and (line := _LINE.fullmatch(text)):
        return _line(line)
    if name == "state":
        return str(STATES[text])
    if name == "blocked":
        return _("Yes") if text == "yes" else _("No")
    return text


def _line(stored: re.Match[str]) -> str:
    """A line of a document: what is stored without a locale, with the reader's numbers."""
    quantity, description, whole, decimals = stored.groups(default="")
    locale = pages.number_locale()
    amount = formats.format_number(Decimal(whole + decimals), locale, max(len(decimals) - 1, 0))
    return f"{formats.format_number(Decimal(quantity), locale)} × {description} = {amount}"


def _gone() -> str:
    return _("something that was deleted since")
