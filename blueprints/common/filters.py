"""Filters of lists: what they offer, how their text is read, and the chips that show them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import exists, or_, select

from blueprints.common import display, pages
from blueprints.common.record_types import Filter, RecordType
from models import PARTY_KINDS, Contact, Link
from services import checks, clock, fields, formats, places
from services.errors import Invalid
from services.text import QUERY_LIMIT, TextProblem, clean, fold

_INTERVAL = re.compile(r"^(.*?)\.\.(.*)$")
_COMPARED = re.compile(r"^(>=|<=|>|<)(.+)$")


@dataclass(frozen=True)
class Active:
    """A filter in force: the words of its chip and the conditions it sets."""

    name: str
    label: str
    conditions: tuple[Any, ...]


@dataclass(frozen=True)
class Offered:
    """A filter that can be added: its choices, or none when it is typed."""

    name: str
    label: Any
    choices: tuple[tuple[str, str], ...]
    hint: str = ""


def read(record_type: RecordType, args: Mapping[str, str]) -> list[Active]:
    """The filters of an address; raises Invalid with the sentence for one it cannot read."""
    active = []
    for one in record_type.filters:
        try:
            wanted = clean(args.get(one.name), limit=QUERY_LIMIT)
        except TextProblem as problem:
            raise Invalid({one.name: problem.message}) from problem
        if wanted:
            active.append(_active(record_type, one, wanted))
    return active


def offered(record_type: RecordType, in_force: set[str]) -> tuple[Offered, ...]:
    """The filters that are not in force yet."""
    return tuple(
        _offered(record_type.kind, one, pages.locale_code(), _names_of(one))
        for one in record_type.filters
        if one.name not in in_force
    )


@lru_cache(maxsize=512)
def _offered(kind: str, one: Filter, locale: str, names: tuple[tuple[int, str], ...]) -> Offered:
    hints = {
        "range": _("Like C00010..C00020 or C00001, C00007"),
        "number": _("Like >100 or 100..500"),
        "day": _("Like 2026-08-01.. or t"),
        "country": _("Its name or its code, like CA"),
        "currency": _("Its code, like CAD"),
    }
    return Offered(
        one.name, str(one.label), tuple(_choices(kind, one, locale, names)), hints.get(one.type, "")
    )


def day(name: str, typed: str | None) -> date:
    """A day that was typed in the field `name`; raises Invalid for one that cannot be read."""
    try:
        return typed_day(clean(typed, limit=QUERY_LIMIT))
    except TextProblem as problem:
        raise Invalid({name: problem.message}) from problem


def _active(record_type: RecordType, one: Filter, wanted: str) -> Active:
    words = wanted
    if one.type == "choice":
        known = dict(_choices(record_type.kind, one, pages.locale_code(), _names_of(one)))
        if wanted not in known:
            raise Invalid({one.name: _("Choose one of the values of the filter %(label)s.", label=one.label)})
        words = known[wanted]
    conditions = _conditions(record_type, one, wanted)
    return Active(one.name, _("%(label)s: %(value)s", label=one.label, value=words), tuple(conditions))


def _names_of(one: Filter) -> tuple[tuple[int, str], ...]:
    """The users, payment terms or tax groups that a filter offers; nothing for other filters."""
    type_ = fields.FIELDS[one.name].type if one.name in fields.FIELDS else ""
    return tuple(display.names(type_).items()) if type_ in ("user", "payment_terms", "tax_group") else ()


def _choices(
    kind: str, one: Filter, locale: str, names: tuple[tuple[int, str], ...]
) -> list[tuple[str, str]]:
    if one.type != "choice":
        return []
    if one.name == "relation":
        kinds = [(kind, str(record_name).capitalize()) for kind, record_name in _party_names()]
        return [("none", _("Nothing")), *kinds, ("other", _("A free relation code"))]
    if one.name == "linked":
        return [("yes", _("A contact")), ("no", _("Nothing"))]
    if one.name == "language":
        return list(places.language_choices(locale))
    if one.name.endswith("_id"):
        return [(str(id_), name) for id_, name in names]
    return [(fields.as_text(value), str(word)) for value, word in fields.choices(kind, one.name).items()]


def _party_names() -> list[tuple[str, Any]]:
    return [(kind, fields.KIND_NAMES[kind]) for kind in PARTY_KINDS]


def _conditions(record_type: RecordType, one: Filter, wanted: str) -> list[Any]:
    model = record_type.model
    if one.name == "relation":
        return [_relation_condition(wanted)]
    if one.name == "linked":
        linked = exists(select(Link.id).where(getattr(Link, f"{record_type.kind}_id") == model.id))
        return [linked if wanted == "yes" else ~linked]
    if one.type == "country":
        return [model.country == _country(one, wanted)]
    if one.type == "currency":
        return [getattr(model, one.name) == wanted.upper()]
    if one.name == "city":
        return [model.search_city == fold(wanted)]
    try:
        if one.type == "range":
            return interval(model.no, wanted, lambda typed: typed)
        if one.type == "number":
            return interval(getattr(model, one.name), wanted, _amount)
        if one.type == "day":
            return _days(model.updated_at, wanted)
    except TextProblem as problem:
        raise Invalid({one.name: problem.message}) from problem
    column = getattr(model, one.name)
    if one.name == "blocked" and record_type.kind == "bank_account":
        return [column == (wanted == "yes")]
    return [column == (int(wanted) if one.name.endswith("_id") else wanted)]


def _country(one: Filter, wanted: str) -> str:
    """The code of a country that was typed; a list has no room for all 250 of them."""
    code = places.country_code(wanted)
    if code is None:
        raise Invalid(
            {one.name: _("Carnet knows no country of that name. Type its name or its code, like CA.")}
        )
    return code


def _relation_condition(wanted: str) -> Any:
    """Contacts with a link of that kind, their own or their company's (rule C5)."""
    link = select(Link.id).where(or_(Link.contact_id == Contact.id, Link.contact_id == Contact.company_id))
    if wanted == "none":
        return ~exists(link)
    return exists(link.where(Link.kind == ("" if wanted == "other" else wanted)))


def interval(column: Any, wanted: str, read_one: Callable[[str], Any]) -> list[Any]:
    """Conditions for `a..b`, `>100` and comma lists."""
    if (found := _INTERVAL.match(wanted)) is not None:
        low, high = (part.strip() for part in found.groups())
        from_low = [column >= read_one(low)] if low else []
        return from_low + ([column <= read_one(high)] if high else [])
    if (found := _COMPARED.match(wanted)) is not None:
        value = read_one(found[2].strip())
        return [
            {">": column > value, "<": column < value, ">=": column >= value, "<=": column <= value}[found[1]]
        ]
    return [column.in_([read_one(part.strip()) for part in wanted.split(",") if part.strip()])]


def _amount(typed: str) -> Decimal:
    amount = formats.parse_decimal(typed, pages.number_locale())
    if amount is None:
        raise TextProblem(_("Enter a number like %(example)s.", example="100"))
    return checks.amount(amount)


def _days(column: Any, wanted: str) -> list[Any]:
    """Whole days of the office for a column of UTC times."""
    if (found := _INTERVAL.match(wanted)) is not None:
        low, high = (part.strip() for part in found.groups())
        from_low = [column >= midnight(typed_day(low))] if low else []
        return from_low + ([column < midnight(typed_day(high) + timedelta(days=1))] if high else [])
    if (found := _COMPARED.match(wanted)) is not None:
        one = typed_day(found[2].strip())
        start, end = midnight(one), midnight(one + timedelta(days=1))
        return [
            {">": column >= end, ">=": column >= start, "<": column < start, "<=": column < end}[found[1]]
        ]
    one = typed_day(wanted)
    return [column >= midnight(one), column < midnight(one + timedelta(days=1))]


def typed_day(typed: str) -> date:
    """A day that was typed as part of a filter; raises TextProblem."""
    settings = pages.office()
    assert settings is not None
    found = formats.parse_date(typed, clock.today(settings), pages.number_locale())
    # The first and last years leave no room for the day after and for time zones.
    if found is None or not date.min.year < found.year < date.max.year:
        raise TextProblem(_("Enter a date like 2026-11-22, or t for today."))
    return found


def midnight(day: date) -> datetime:
    """When a day begins in the office, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(pages.timezone())).astimezone(UTC)
