"""Number series: the next "No." of a kind of card, and the patterns that numbers follow."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from models import MODELS, NumberCounter, NumberSeries, NumberSeriesLine, Office
from services import database
from services.errors import Exhausted, Invalid, MissingSetting
from services.fields import KIND_NAMES

SETTINGS_PAGE = ("settings.number_series", _l("Open Settings › Number series"))
_BRACES = re.compile(r"\{(\d+)\}")


@dataclass(frozen=True)
class Pattern:
    """A pattern such as INV-{yyyy}-{0001}: what stands around the counter, its width and first value."""

    before: str
    after: str
    width: int
    first: int

    @property
    def has_year(self) -> bool:
        return "{yyyy}" in self.before + self.after

    @property
    def last(self) -> int:
        """The greatest value that fits the digits of the pattern."""
        return int("9" * self.width)

    def number(self, value: int, day: date) -> str:
        """The number that a counter value makes on a day."""
        return f"{self.before}{value:0{self.width}d}{self.after}".replace("{yyyy}", f"{day.year:04d}")


def parse_pattern(pattern: str) -> Pattern:
    """The parts of a pattern; raises Invalid on `pattern` when it cannot give numbers."""
    pattern = pattern.strip()
    found = _BRACES.findall(pattern)
    rest = _BRACES.sub("", pattern).replace("{yyyy}", "")
    if len(found) != 1 or "{" in rest or "}" in rest or len(found[0]) > 9:
        raise Invalid(
            {"pattern": _l("Write the first number in braces once, like CT{000001} or INV-{yyyy}-{0001}.")}
        )
    before, after = _BRACES.split(pattern)[0], _BRACES.split(pattern)[2]
    parsed = Pattern(before, after, len(found[0]), int(found[0]))
    if len(parsed.number(parsed.last, date.max)) > 20:
        raise Invalid({"pattern": _l("Numbers of this pattern are longer than 20 characters. Shorten it.")})
    return parsed


def next_card_numbers(session: Session, office: Office, kind: str, day: date, count: int) -> list[str]:
    """So many free numbers of a kind of card, taken from its series in this transaction (rule N1).

    Numbers that cards have already are skipped. Raises Exhausted when there are too few left.
    """
    found: list[str] = []
    while len(found) < count:
        given = next_numbers(session, card_series(session, office, kind), day, count - len(found))
        taken = ids_by_number(session, kind, given)
        found += [no for no in given if no not in taken]
    return found


def ids_by_number(session: Session, kind: str, numbers: Collection[str]) -> dict[str, int]:
    """The ids of the cards of a kind that have these numbers, by number."""
    rows = session.connection().execute(_numbered(kind), {"numbers": list(numbers)})
    return dict(rows.all())  # type: ignore[arg-type]


@cache
def _numbered(kind: str) -> Select[Any]:
    model = MODELS[kind]
    return select(model.no, model.id).where(model.no.in_(bindparam("numbers", expanding=True)))


def check_card_number(
    session: Session, office: Office, kind: str, no: str, record_id: int | None = None
) -> None:
    """Refuse a typed number that the series does not allow or that another card has (rule N2)."""
    model = MODELS[kind]
    other = session.scalar(select(model.id).where(model.no == no, model.id != (record_id or 0)))
    check_typed(session, office, kind, no, taken=other is not None)


def check_typed(session: Session, office: Office, kind: str, no: str, *, taken: bool) -> None:
    """Refuse a typed number that is taken or that the series does not allow (rule N2)."""
    if taken:
        raise Invalid(
            {
                "no": _l(
                    "Another %(kind)s has the number %(no)s. Type another one.", kind=KIND_NAMES[kind], no=no
                )
            }
        )
    series = series_of(session, office, kind)
    if series is not None and not series.manual:
        raise Invalid(
            {
                "no": _l(
                    "The series %(code)s gives the numbers itself. Leave the number empty.", code=series.code
                )
            }
        )


def card_series(session: Session, office: Office, kind: str) -> NumberSeries:
    """The series of a kind of card that can give a number; raises MissingSetting when there is none."""
    return usable(series_of(session, office, kind), kind)


def usable(series: NumberSeries | None, kind: str) -> NumberSeries:
    """The series, when it can give numbers to this kind of card; raises MissingSetting when it cannot."""
    if series is None:
        raise MissingSetting(
            _l(
                "No number series is set for this kind of card (%(kind)s). Choose one in the settings,"
                " or type a number.",
                kind=KIND_NAMES[kind],
            ),
            link=SETTINGS_PAGE,
        )
    if not series.automatic:
        raise MissingSetting(
            _l(
                "The series %(code)s gives no numbers by itself. Type a number, or allow automatic numbers"
                " in the settings.",
                code=series.code,
            ),
            link=SETTINGS_PAGE,
        )
    return series


def series_of(session: Session, office: Office, kind: str) -> NumberSeries | None:
    """The series that numbers a kind of card; None when the settings name none."""
    series_id = office.series_id(kind)
    return session.get(NumberSeries, series_id) if series_id else None


def next_number(session: Session, series: NumberSeries, day: date) -> str:
    """Take the next number of the series; raises Exhausted when no line in force has one left (rule N4)."""
    return next_numbers(session, series, day, 1)[0]


def next_numbers(session: Session, series: NumberSeries, day: date, count: int) -> list[str]:
    """Take the next numbers of the series, from one line after the other; raises Exhausted for too few."""
    found: list[str] = []
    for line in lines_in_force(series, day):
        if len(found) == count:
            break
        pattern = parse_pattern(line.pattern)
        year = day.year if pattern.has_year else 0
        counter = _locked_counter(session, line, year)
        first = pattern.first if counter is None else counter.last_value + 1
        last = min(pattern.last, first + count - len(found) - 1)
        if last < first:
            continue
        found += [pattern.number(value, day) for value in range(first, last + 1)]
        if counter is None:
            session.add(NumberCounter(line_id=line.id, year=year, last_value=last, last_no=found[-1]))
        else:
            counter.last_value, counter.last_no = last, found[-1]
        session.flush()
    if len(found) < count:
        raise _exhausted(series)
    return found


def check_has_next(session: Session, office: Office, kind: str, day: date) -> None:
    """Refuse, before anything is typed, what a missing or exhausted series would refuse (rule N4)."""
    series = card_series(session, office, kind)
    if peek(session, series, day) is None:
        raise _exhausted(series)


def lock(session: Session, series: NumberSeries) -> None:
    """Keep everybody else from taking a number of the series until the transaction ends."""
    query = select(NumberSeriesLine.id).where(NumberSeriesLine.series_id == series.id)
    session.execute(query.order_by(NumberSeriesLine.id).with_for_update())


def counts_by_year(series: NumberSeries, day: date) -> bool:
    """Whether the numbers of a day begin anew with its year."""
    return any(parse_pattern(line.pattern).has_year for line in lines_in_force(series, day))


def peek(session: Session, series: NumberSeries, day: date) -> str | None:
    """The number that would come next, without taking it; None when the series is exhausted."""
    for line in lines_in_force(series, day):
        pattern = parse_pattern(line.pattern)
        year = day.year if pattern.has_year else 0
        last = session.scalar(
            select(NumberCounter.last_value).where(
                NumberCounter.line_id == line.id, NumberCounter.year == year
            )
        )
        value = pattern.first if last is None else last + 1
        if value <= pattern.last:
            return pattern.number(value, day)
    return None


def remaining(session: Session, line: NumberSeriesLine, day: date) -> int:
    """How many numbers a line has left in the year of the day."""
    pattern = parse_pattern(line.pattern)
    year = day.year if pattern.has_year else 0
    last = session.scalar(
        select(NumberCounter.last_value).where(NumberCounter.line_id == line.id, NumberCounter.year == year)
    )
    return pattern.last - (pattern.first - 1 if last is None else last)


def lines_in_force(series: NumberSeries, day: date) -> list[NumberSeriesLine]:
    """The lines with the latest start that has come: an exhausted newer line does not wake an older one."""
    started = [line for line in series.lines if line.starts_on is None or line.starts_on <= day]
    latest = max((line.starts_on or date.min for line in started), default=None)
    return [line for line in started if (line.starts_on or date.min) == latest]


def _exhausted(series: NumberSeries) -> Exhausted:
    return Exhausted(
        _l(
            "The number series %(code)s has no number left. Give it a new line in the settings.",
            code=series.code,
        ),
        link=SETTINGS_PAGE,
    )


# Made once: every new card and document asks them.
_LOCK = select(NumberSeriesLine.id).where(NumberSeriesLine.id == bindparam("line")).with_for_update()
_COUNTER = (
    select(NumberCounter)
    .where(NumberCounter.line_id == bindparam("line"), NumberCounter.year == bindparam("year"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def _locked_counter(session: Session, line: NumberSeriesLine, year: int) -> NumberCounter | None:
    if database.locks_rows(session):
        # The line is locked first: two first numbers of a line cannot both find no counter.
        session.execute(_LOCK, {"line": line.id})
    return session.scalar(_COUNTER, {"line": line.id, "year": year})
