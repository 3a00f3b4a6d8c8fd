"""By which law the office answers, who is in charge of personal data, and when its fiscal year ends."""

from sqlalchemy.orm import Session

from models import PrivacySettings
from services import database

YEAR_END = "12-31"


def present(session: Session) -> PrivacySettings:
    """The office's privacy settings; an unsaved row with the usual values before they were ever saved."""
    found = session.get(PrivacySettings, 1)
    if found is not None:
        return database.hold(session, found)
    return PrivacySettings(
        id=1,
        regime="",
        person_in_charge="",
        person_email="",
        fiscal_year_end=YEAR_END,
        next_working_day=False,
        years={},
    )
