"""What a line shows while it is edited, and the values that its form sends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import abort, request
from flask_babel import gettext as _

from blueprints.common import once, pages
from blueprints.common.card_forms import whole
from extensions import db
from models import DocumentLine, Item
from services import fields, formats, items
from services.documents import lines, saving
from services.errors import Conflict, Invalid
from services.text import TextProblem, fold

SEPARATOR = ","
# The names of the form where they are not those of the columns.
FORM_NAMES = {"discount_percent": "discount"}
MANY = 5


@dataclass
class LineForm:
    """A line as its form shows it: texts as typed, what is wrong with each, and what others saved meanwhile."""

    line: DocumentLine | None
    values: dict[str, str]
    seen: str = ""
    once: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    is_saved: bool = False
    is_stale: bool = False

    @property
    def id(self) -> str:
        """The id of its row."""
        return f"line-{self.line.id}" if self.line is not None else "line-new"


def filled(line: DocumentLine | None, *, is_saved: bool = False) -> LineForm:
    """The form of a line as it is stored; without a line, the empty one at the end of the table."""
    if line is None:
        return LineForm(None, {}, once=once.fresh())
    locale, currency = pages.number_locale(), line.document.currency
    values = {
        "item_id": fields.as_text(line.item_id),
        "item_id_text": line.item.no if line.item is not None else "",
        "description": line.description,
        "quantity": formats.format_number(line.quantity, locale),
        "unit": line.unit,
        "unit_price": formats.format_price(line.unit_price, currency, locale),
        "discount": formats.format_number(line.discount_percent, locale) if line.discount_percent else "",
        "tax_group_id": fields.as_text(line.tax_group_id),
    }
    return LineForm(line, values, _joined(saving.line_as_seen(line)), is_saved=is_saved)


def read(line: DocumentLine | None) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that were sent, and the digests of what their user saw; raises Invalid."""
    readers: dict[str, Callable[[str], Any]] = {
        "item_id": _item,
        "description": str,
        "quantity": lambda typed: lines.parse_quantity(typed, pages.number_locale()),
        "unit": str,
        "unit_price": lambda typed: lines.parse_number(typed, pages.number_locale()),
        "discount_percent": lambda typed: lines.parse_number(typed, pages.number_locale()),
        "tax_group_id": lambda typed: whole(typed) or (typed or None),
    }
    values: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for name, reader in readers.items():
        sent = FORM_NAMES.get(name, name)
        if sent in request.form or (name == "item_id" and "item_id_text" in request.form):
            try:
                values[name] = reader(request.form.get(sent, ""))
            except TextProblem as problem:
                errors[name] = problem.message
    if errors:
        raise Invalid(errors)
    seen = _sent_seen() if line is not None else {}
    return _following_item(values, seen) if line is not None else values, seen


def typed(values: dict[str, Any]) -> dict[str, Any]:
    """Without what was left empty: the rest was typed on while the line was being added."""
    filled_in = {name for name, text in request.form.items() if text.strip()}
    if "item_id_text" in filled_in:
        filled_in.add("item_id")
    return {name: value for name, value in values.items() if FORM_NAMES.get(name, name) in filled_in}


def shown_again(line: DocumentLine | None, problem: Invalid | Conflict) -> LineForm:
    """The form as it was typed, with a sentence for each problem.

    After a conflict each sentence says what somebody else saved; saving once more keeps what was typed.
    """
    names = (
        "item_id",
        "item_id_text",
        "description",
        "quantity",
        "unit",
        "unit_price",
        "discount",
        "tax_group_id",
    )
    form = LineForm(line, {name: request.form.get(name, "") for name in names}, request.form.get("seen", ""))
    form.once = once.token() if line is None else ""
    if isinstance(problem, Invalid):
        form.errors = {
            FORM_NAMES.get(name, name): str(sentences[0]) for name, sentences in problem.errors.items()
        }
        return form
    assert line is not None
    present = filled(line)
    seen = _sent_seen()
    for one in problem.fields:
        name = FORM_NAMES.get(one.name, one.name)
        theirs = present.values["item_id_text" if name == "item_id" else name]
        form.errors[name] = _("Somebody changed this to “%(value)s” meanwhile.", value=theirs)
        seen[one.name] = fields.digest(one.name, getattr(line, one.name))
    form.seen, form.is_stale = _joined(seen), True
    return form


# -- helpers ----------------------------------------------------------------------------------------


def _item(sent: str) -> int | None:
    """The item that was chosen in the list, or that the typed text names; None for none."""
    text = request.form.get("item_id_text")
    chosen = whole(sent)
    if text is None:
        return chosen
    if not text.strip():
        return None
    item = db.session.get(Item, chosen) if chosen else None
    if item is not None and fold(text).startswith(fold(item.no)):
        return chosen
    found, more = items.page(db.session(), text, mark=None, backwards=False, size=MANY)
    typed = fold(text.strip())
    exact = [one for one in found if fold(one.no) == typed]
    exact = exact or [one for one in found if fold(one.description) == typed]
    if len(exact) == 1 or len(found) == 1:
        return int((exact or list(found))[0].id)
    if not found:
        raise TextProblem(_("There is no such item. Clear the field for a line without one."))
    names = ", ".join(one.no for one in found)
    raise TextProblem(
        _("Several items match: %(items)s. Type the number of one.", items=names + (" …" if more else ""))
    )


def _following_item(values: dict[str, Any], seen: dict[str, str]) -> dict[str, Any]:
    """With another item, the texts and the price that were left alone follow it."""
    chosen = values.get("item_id")
    if not chosen or seen.get("item_id") == fields.digest("item_id", chosen):
        return values
    follow = ("description", "unit", "unit_price")
    return {
        name: value
        for name, value in values.items()
        if name not in follow or seen.get(name) != fields.digest(name, value)
    }


def _sent_seen() -> dict[str, str]:
    sent = request.form.get("seen", "")
    if not sent:
        abort(400)
    return dict(pair.split("=", 1) for pair in sent.split(SEPARATOR) if "=" in pair)


def _joined(seen: dict[str, str]) -> str:
    return SEPARATOR.join(f"{name}={digest}" for name, digest in seen.items())
