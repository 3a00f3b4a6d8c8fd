"""By which law the office answers, who is in charge of personal data, and when its fiscal year ends."""

from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import PrivacySettings

YEAR_END = "12-31"
# Made once: every card with documents asks it.
_PRESENT = select(PrivacySettings).where(PrivacySettings.id == 1)


def present(session: Session) -> PrivacySettings:
    """The office's privacy settings, the usual ones before they were ever saved.

    They have the attributes of the record and are no record: many pages read them, and one changes them.
    """
    found = session.connection().execute(_PRESENT).first()
    return cast(PrivacySettings, found) if found is not None else usual()


def usual() -> PrivacySettings:
    """The settings of an office that saved none, as a new record."""
    return PrivacySettings(
        id=1,
        regime="",
        person_in_charge="",
        person_email="",
        fiscal_year_end=YEAR_END,
        next_working_day=False,
        years={},
    )
