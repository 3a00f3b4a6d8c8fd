"""Saving the settings of the privacy desk: each value checked, no time shorter than the law asks (Y-K2)."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from models import PrivacySettings
from models.privacy import REGIMES
from services import checks
from services.errors import Invalid
from services.privacy import retention, settings, trail
from services.text import TextProblem, clean

NAME_LIMIT = 100
_DAY_AND_MONTH = re.compile(r"([0-9]{1,2})\s*[-/. ]\s*([0-9]{1,2})")


def save(session: Session, values: Mapping[str, Any], *, by: int | None) -> None:
    """Save what was typed; raises Invalid with a sentence for each field. The trail names what changed, not how.

    values: regime, next_working_day, person_in_charge, person_email, fiscal_year_end as it is typed, and for each
    category of retention the years, or None where the law or the usual time decides.
    """
    errors: dict[str, Any] = {}
    checked: dict[str, Any] = {"next_working_day": bool(values.get("next_working_day"))}
    checked["regime"] = values.get("regime") or ""
    if checked["regime"] not in ("", *REGIMES):
        errors["regime"] = _l("Choose one of the laws that Carnet knows.")
    readers: dict[str, Callable[[str | None], str]] = {
        "person_in_charge": lambda typed: clean(typed, limit=NAME_LIMIT),
        "person_email": checks.email,
        "fiscal_year_end": _month_and_day,
    }
    for name, read in readers.items():
        try:
            checked[name] = read(values.get(name))
        except TextProblem as problem:
            errors[name] = problem.message
    checked["years"] = _years(session, values, errors)
    if errors:
        raise Invalid(errors)
    row = session.get(PrivacySettings, 1) or settings.usual()
    changed = [name for name, value in checked.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, checked[name])
    session.add(row)
    session.flush()
    if changed:
        trail.write(session, "settings_changed", by=by, kind="settings", fields=changed)


def day_and_month(row: PrivacySettings) -> str:
    """The last day of the fiscal year as it is typed: 31-12."""
    month, _dash, day = (row.fiscal_year_end or settings.YEAR_END).partition("-")
    return f"{day}-{month}"


def _years(session: Session, values: Mapping[str, Any], errors: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for category in retention.RULES:
        years = values.get(category)
        if years is None:
            continue
        try:
            retention.check_years(session, category, years)
        except Invalid as problem:
            errors |= problem.errors
        found[category] = years
    return found


def _month_and_day(typed: str | None) -> str:
    """A day and a month as they are kept, 12-31; blank is the end of the calendar year."""
    text = clean(typed, limit=10)
    if not text:
        return settings.YEAR_END
    found = _DAY_AND_MONTH.fullmatch(text)
    day, month = (int(found[1]), int(found[2])) if found else (0, 0)
    if (day, month) == (29, 2):
        # The end of February, in other years its 28th.
        day = 28
    try:
        date(2023, month, day)
    except ValueError:
        raise TextProblem(_l("Enter a day and a month, like 31-12.")) from None
    return f"{month:02}-{day:02}"
