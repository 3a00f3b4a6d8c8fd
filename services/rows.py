"""Cleaning what was typed into a row of the settings: a rule for each value, a sentence for each problem."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.errors import Invalid, Sentence
from services.text import TextProblem, clean

Rule = Callable[[Any], Any]


def cleaned(values: Mapping[str, Any], rules: Mapping[str, Rule]) -> dict[str, Any]:
    """The values that have a rule, as they may be stored; raises Invalid with a sentence for each field."""
    found: dict[str, Any] = {}
    errors: dict[str, Sentence] = {}
    for name, rule in rules.items():
        if name in values:
            try:
                found[name] = rule(values[name])
            except TextProblem as problem:
                errors[name] = problem.message
    if errors:
        raise Invalid(errors)
    return found


def write(row: Any, values: Mapping[str, Any]) -> None:
    """Set the values on a row."""
    for name, value in values.items():
        setattr(row, name, value)


def line(model: Any, name: str, required: Sentence | None = None) -> Rule:
    """A text of one line, as long as its column allows; `required` is said when it is empty."""
    limit = model.__table__.columns[name].type.length

    def rule(value: Any) -> str:
        text = clean(value, limit=limit)
        if not text and required is not None:
            raise TextProblem(required)
        return text

    return rule


def filled(check: Rule, required: Sentence) -> Rule:
    """A check whose value may not be empty."""

    def rule(value: Any) -> Any:
        checked = check(value)
        if not checked:
            raise TextProblem(required)
        return checked

    return rule


def one_of(options: Collection[str]) -> Rule:
    """One of the words that a list offers."""

    def rule(value: Any) -> str:
        if value not in options:
            raise TextProblem(_l("Choose one of the values in the list."))
        return str(value)

    return rule


def row_of(session: Session, model: Any) -> Rule:
    """The id of a row that a list offers; None for the empty choice."""

    def rule(value: Any) -> int | None:
        text = str(value or "")
        if not text:
            return None
        known = text.isascii() and text.isdigit() and len(text) < 10
        if not known or session.get(model, int(text)) is None:
            raise TextProblem(_l("Choose one of the values in the list."))
        return int(text)

    return rule


def code(session: Session, model: Any, row: Any, among: Mapping[str, Any] | None = None) -> Rule:
    """A code that no other row has, capitals or not; `among` narrows the rows it is compared with."""

    def rule(value: Any) -> str:
        text = str(line(model, "code", _l("Enter a code, like 30D or PRESS."))(value))
        # Compared here: the two databases disagree on the capitals of letters with accents.
        others = session.execute(select(model.id, model.code).filter_by(**(among or {})))
        own_id = row.id if row is not None else None
        if any(other.casefold() == text.casefold() and id_ != own_id for id_, other in others):
            raise TextProblem(_l("The code %(code)s exists already. Enter another one.", code=text))
        return text

    return rule


def whole(least: int, most: int, required: bool = False) -> Rule:
    """A whole number between two limits; None when empty and not required."""

    def rule(value: Any) -> int | None:
        if (value is None and required) or (value is not None and not least <= value <= most):
            raise TextProblem(_l("Enter a whole number from %(least)s to %(most)s.", least=least, most=most))
        return None if value is None else int(value)

    return rule
