"""By which law the office answers, who is in charge of personal data, and when its fiscal year ends."""

import calendar
import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from models import PrivacySettings
from models.privacy import REGIMES
from services import checks
from services.errors import Invalid
from services.privacy import trail
from services.text import TextProblem, clean

YEAR_END = "12-31"
NAME_LIMIT = 100
_DAY_AND_MONTH = re.compile(r"([0-9]{1,2})\s*[-/. ]\s*([0-9]{1,2})")
# Any year that has no 29 February: a fiscal year ends on a day that every year has.
_COMMON_YEAR = 2023


def present(session: Session) -> PrivacySettings:
    """The office's privacy settings; an unsaved row with the usual values before they were ever saved."""
    found = session.get(PrivacySettings, 1)
    return found or PrivacySettings(
        id=1,
        regime="",
        person_in_charge="",
        person_email="",
        fiscal_year_end=YEAR_END,
        next_working_day=False,
        years={},
    )


def save(session: Session, values: Mapping[str, Any], *, by: int | None) -> None:
    """Save what was typed; raises Invalid with a sentence for each field. What changed stands on the trail by name."""
    errors: dict[str, Any] = {}
    checked: dict[str, Any] = {"next_working_day": bool(values.get("next_working_day"))}
    checked["regime"] = values.get("regime") or ""
    if checked["regime"] not in ("", *REGIMES):
        errors["regime"] = _l("Choose one of the laws that Carnet knows.")
    for name, check in (
        ("person_in_charge", lambda typed: clean(typed, limit=NAME_LIMIT)),
        ("person_email", checks.email),
        ("fiscal_year_end", _month_and_day),
    ):
        try:
            checked[name] = check(values.get(name))
        except TextProblem as problem:
            errors[name] = problem.message
    if errors:
        raise Invalid(errors)
    row = present(session)
    changed = [name for name, value in checked.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, checked[name])
    session.add(row)
    session.flush()
    if changed:
        trail.write(session, "settings_changed", by=by, kind="settings", fields=changed)


def day_and_month(row: PrivacySettings) -> str:
    """The last day of the fiscal year as it is typed: 31-12."""
    month, _dash, day = (row.fiscal_year_end or YEAR_END).partition("-")
    return f"{day}-{month}"


def _month_and_day(typed: str | None) -> str:
    """A day and a month as they are kept, 12-31; blank is the end of the calendar year."""
    text = clean(typed, limit=10)
    if not text:
        return YEAR_END
    found = _DAY_AND_MONTH.fullmatch(text)
    day, month = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(_COMMON_YEAR, month)[1]):
        raise TextProblem(_l("Enter a day and a month that every year has, like 31-12."))
    return f"{month:02}-{day:02}"
