"""Number series as the office configures them: their lines, their last number, and how many are left."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import NumberCounter, NumberSeries, NumberSeriesLine
from services import numbers, rows
from services.errors import Invalid, Sentence

MOST_LEFT = 999_999_999


@dataclass(frozen=True)
class State:
    """What a series gives next, how many numbers it has left, and whether those are few."""

    next_no: str | None
    left: int
    few: bool


def state(session: Session, series: NumberSeries, day: date) -> State:
    """The state of a series on a day; next_no is None when it is exhausted or not begun."""
    lines = numbers.lines_in_force(series, day)
    left = sum(max(0, numbers.remaining(session, line, day)) for line in lines)
    few = any(line.warn_at is not None and left <= line.warn_at for line in lines)
    return State(numbers.peek(session, series, day), left, few)


def as_typed(line: NumberSeriesLine, day: date) -> dict[str, Any]:
    """A line as its form shows it; when it counts by year, with the last number of the year of the day."""
    counter = _counter(line, numbers.parse_pattern(line.pattern), day)
    last_no = counter.last_no if counter is not None else ""
    return {
        "id": str(line.id),
        "starts_on": line.starts_on,
        "pattern": line.pattern,
        "warn_at": line.warn_at,
        "last_no": last_no,
        "shown": last_no,
    }


def save(session: Session, series: NumberSeries | None, values: Mapping[str, Any], day: date) -> NumberSeries:
    """Add or change a series with its lines; an empty line is left out, a ticked one removed.

    Without `lines` in the values the series keeps those it has. Raises Invalid with names such as
    "lines-0-pattern" for the field of a line.
    """
    rules = {
        "code": rows.code(session, NumberSeries, series),
        "description": rows.line(NumberSeries, "description"),
        "automatic": bool,
        "manual": bool,
    }
    errors: dict[str, Any] = {}
    found: dict[str, Any] = {}
    try:
        found = rows.cleaned(values, rules)
    except Invalid as problem:
        errors |= problem.errors
    series = series or NumberSeries()
    lines = values["lines"] if "lines" in values else [as_typed(line, day) for line in series.lines]
    kept = _read_lines(lines, errors, day)
    if not errors:
        errors |= _contradictions(found, kept)
    if errors:
        raise Invalid(errors)
    rows.write(series, found)
    session.add(series)
    own = {str(line.id): line for line in series.lines}
    stored = [_store_line(session, own.get(line["id"]), line, day) for line in kept]
    series.lines = stored
    session.flush()
    return series


def _read_lines(
    lines: Sequence[Mapping[str, Any]], errors: dict[str, Any], day: date
) -> list[dict[str, Any]]:
    """The lines that stay; problems go into `errors`."""
    kept = []
    for row, line in enumerate(lines):
        is_empty = not (line["pattern"].strip() or line["last_no"].strip() or line["starts_on"])
        if line.get("remove") or (is_empty and not line["id"]):
            continue
        try:
            kept.append(_read_line(line, day))
        except Invalid as problem:
            errors |= {f"lines-{row}-{name}": said for name, said in problem.errors.items()}
    return kept


def _read_line(line: Mapping[str, Any], day: date) -> dict[str, Any]:
    """A line as it is stored, and in "last" the value of its last number when that was typed anew."""
    rules = {
        "pattern": rows.line(NumberSeriesLine, "pattern", _l("Enter a pattern like CT{000001}.")),
        "warn_at": rows.whole(0, MOST_LEFT),
    }
    found = rows.cleaned(line, rules)
    pattern = numbers.parse_pattern(found["pattern"])
    typed = line["last_no"].strip()
    # What was shown may be older than the last number given meanwhile: only what was changed is written.
    is_new = typed != line["shown"].strip()
    return found | {
        "id": line["id"],
        "starts_on": line["starts_on"],
        "is_new": is_new,
        "last": _value(pattern, typed, day) if is_new and typed else None,
    }


def _value(pattern: numbers.Pattern, typed: str, day: date) -> int:
    """The counter value of a number typed as it looks, or of its digits alone."""
    before, after = (part.replace("{yyyy}", f"{day.year:04d}") for part in (pattern.before, pattern.after))
    found = re.fullmatch(
        f"(?:{re.escape(before)})?([0-9]{{1,{pattern.width}}})(?:{re.escape(after)})?", typed
    )
    if not found:
        example = pattern.number(pattern.first, day)
        raise Invalid(
            {"last_no": _l("Enter a number of this series, like %(no)s, or leave it empty.", no=example)}
        )
    return int(found[1])


def _contradictions(values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> dict[str, Sentence]:
    if not values["automatic"] and not values["manual"]:
        return {"automatic": _l("Allow automatic numbers, typed numbers, or both.")}
    if values["automatic"] and not lines:
        return {"lines-0-pattern": _l("Enter a pattern like CT{000001}: automatic numbers need one.")}
    return {}


def _store_line(
    session: Session, line: NumberSeriesLine | None, values: Mapping[str, Any], day: date
) -> NumberSeriesLine:
    line = line or NumberSeriesLine()
    rows.write(line, {name: values[name] for name in ("starts_on", "pattern", "warn_at")})
    if not values["is_new"]:
        return line
    if line.id is not None:
        # Who takes a number waits here, as in `numbers`.
        session.execute(select(NumberSeriesLine.id).where(NumberSeriesLine.id == line.id).with_for_update())
        session.refresh(line, ["counters"])
    pattern = numbers.parse_pattern(line.pattern)
    counter = _counter(line, pattern, day)
    if values["last"] is None:
        if counter is not None:
            line.counters.remove(counter)
        return line
    if counter is None:
        counter = NumberCounter(year=day.year if pattern.has_year else 0)
        line.counters.append(counter)
    counter.last_value, counter.last_no = values["last"], pattern.number(values["last"], day)
    return line


def _counter(line: NumberSeriesLine, pattern: numbers.Pattern, day: date) -> NumberCounter | None:
    year = day.year if pattern.has_year else 0
    return next((counter for counter in line.counters if counter.year == year), None)
