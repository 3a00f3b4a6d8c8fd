"""Items: what the office sells and buys again and again, with its usual price (rule O9)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, literal, select, tuple_
from sqlalchemy.orm import Session

from models import DocumentLine, Item, TaxGroup
from models.base import now
from services import checks, database, history, rows
from services.errors import Conflict, ConflictField, InUse, Sentence
from services.text import TextProblem, clean, fold, search_terms, search_text

FIELDS = ("no", "description", "unit", "unit_price", "cost", "tax_group_id", "blocked")
PRICE_DECIMALS = 4
LABELS: dict[str, Sentence] = {
    "no": _l("No."),
    "description": _l("Description"),
    "unit": _l("Unit"),
    "unit_price": _l("Unit price"),
    "cost": _l("Cost"),
    "tax_group_id": _l("Tax group"),
    "blocked": _l("Blocked"),
}


def save(
    session: Session,
    item: Item | None,
    values: Mapping[str, Any],
    *,
    by: int | None,
    seen: int | None = None,
    batch: str = "",
) -> Item:
    """Add or change an item, with a line of history for each field that differs.

    Raises Invalid, or Conflict when it was changed since version `seen`. `batch` names the import it came in.
    """
    found = cleaned(session, item, values)
    item = item or Item()
    differing = {name: value for name, value in found.items() if getattr(item, name) != value}
    if seen is not None and item.id is not None and differing and item.version != seen:
        raise Conflict([ConflictField(name, value, getattr(item, name)) for name, value in differing.items()])
    if not differing and item.id is not None:
        return item
    is_new, old = item.id is None, {name: getattr(item, name) for name in differing}
    rows.write(item, differing)
    item.search_name = fold(item.description)[:200]
    item.search_text = search_text(no=item.no, names=[item.description, item.unit or ""])
    item.updated_at = now()
    session.add(item)
    session.flush()
    cause = history.cause(by, batch)
    if is_new:
        history.write(session, item, "created", cause)
    else:
        for name, value in old.items():
            history.write(session, item, "changed", cause, field=name, old=value, new=differing[name])
        session.flush()
    return item


def cleaned(session: Session, item: Item | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they may be stored; raises Invalid with a sentence for each field."""
    rules: dict[str, rows.Rule] = {
        "no": _number(session, item),
        "description": rows.line(Item, "description", _l("Enter what it is.")),
        "unit": rows.line(Item, "unit"),
        "unit_price": _price,
        "cost": _price,
        "tax_group_id": rows.row_of(session, TaxGroup),
        "blocked": bool,
    }
    return rows.cleaned(values, rules)


def uses(session: Session, item: Item) -> int:
    """On how many lines of documents the item stands."""
    query = select(func.count()).select_from(DocumentLine).where(DocumentLine.item_id == item.id)
    return session.scalar(query) or 0


def delete(session: Session, item: Item, *, by: int | None, batch: str = "") -> None:
    """Delete an item; raises InUse while a document has it: then it can be blocked instead."""
    if uses(session, item):
        raise InUse(
            _l("%(no)s stands on documents, so it cannot be deleted. Block it instead.", no=item.no),
            link=(("settings.edit_item", {"id": item.id}), _l("Open the item")),
        )
    history.write(session, item, "deleted", history.cause(by, batch), field="no", old=item.no)
    session.delete(item)
    session.flush()


def page(
    session: Session, query: str, *, mark: Item | None = None, backwards: bool = False, size: int = 50
) -> tuple[Sequence[Item], bool]:
    """The matching items after `mark` by description, or with `backwards` those before it; and whether more follow.

    Without a mark it is the first page, or the last. Raises TextProblem for a search that cannot be read.
    """
    place = tuple_(Item.search_name, Item.id)
    wanted = select(Item).where(*_matching(session, query))
    if mark is not None:
        there = tuple_(literal(mark.search_name, Item.search_name.type), literal(mark.id))
        wanted = wanted.where(place < there if backwards else place > there)
    order = [column.desc() if backwards else column.asc() for column in (Item.search_name, Item.id)]
    found = list(session.scalars(wanted.order_by(*order).limit(size + 1)))
    more, found = len(found) > size, found[:size]
    return (found[::-1] if backwards else found), more


def count(session: Session, query: str = "") -> int:
    """How many items match."""
    return session.scalar(select(func.count()).select_from(Item).where(*_matching(session, query))) or 0


def _matching(session: Session, query: str) -> list[Any]:
    terms = search_terms(query)
    return list(database.search_condition(session, Item.__table__, terms)) if terms else []


def _number(session: Session, item: Item | None) -> rows.Rule:
    """A number that no other item has, capitals or not."""

    def rule(value: Any) -> str:
        no = clean(value, limit=20)
        if not no:
            raise TextProblem(_l("Enter a number or a short code, like PAIN-01."))
        others = select(Item.id).where(func.lower(Item.no) == no.lower())
        if item is not None and item.id is not None:
            others = others.where(Item.id != item.id)
        if session.scalar(others.limit(1)) is not None:
            raise TextProblem(_l("Another item has the number %(no)s. Enter another one.", no=no))
        return no

    return rule


def _price(value: Decimal | str | None) -> Decimal | None:
    if value is None or isinstance(value, str):  # a cell that empties the field
        return None
    if value < 0:
        raise TextProblem(_l("Enter a price of 0 or more."))
    if value != round(value, PRICE_DECIMALS):
        raise TextProblem(_l("Enter at most four decimals."))
    return checks.amount(value)
