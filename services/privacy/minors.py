"""Persons too young to agree by themselves: the age by law, and who is under it (Y-J5).

With a birth date the age decides; without one the flag does. A person born on 29 February comes of age on
1 March of a year that has none.
"""

from datetime import date

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Session

from models import Contact, Office
from services import clock, database
from services.privacy import regimes, settings

# Quebec: act respecting the protection of personal information in the private sector, s. 4.1.
# Canada: guidelines of the privacy commissioner for obtaining consent. European Union: GDPR art. 8.
AGES = {"QC": 14, "CA": 13, "EU": 16}
# What a member state made of art. 8; France: loi Informatique et Libertés, art. 45.
AGES_IN_EUROPE = {"FR": 15}
OLDEST = 130


def age_of_consent(session: Session) -> int:
    """From which age a person agrees alone, by the law that the office answers to."""
    office = _office(session)
    regime = regimes.of_office(office, settings.present(session))
    if regime in ("QC", "CA"):
        return AGES[regime]
    return AGES_IN_EUROPE.get(office.country, AGES["EU"])


def is_minor(session: Session, contact: Contact) -> bool:
    """Whether a contact is a person under the age of consent."""
    return contact.birth_date > of_age(session) if contact.birth_date else bool(contact.minor)


def of_age(session: Session) -> date:
    """The latest birth date of those who are of age today: whoever was born later is not."""
    return latest_birth(clock.today(_office(session)), age_of_consent(session))


def unagreed(session: Session) -> ColumnElement[bool]:
    """The minors for whom nobody agreed, as a condition on contacts."""
    return and_(
        or_(Contact.minor, Contact.birth_date.is_not(None)),
        Contact.guardian_consent_at.is_(None),
        or_(Contact.birth_date > of_age(session), Contact.birth_date.is_(None)),
    )


def came_of_age(session: Session) -> ColumnElement[bool]:
    """The contacts that are of age and still marked as minors: somebody has to look at them."""
    return and_(
        or_(Contact.minor, Contact.birth_date.is_not(None)),
        Contact.birth_date <= of_age(session),
        or_(Contact.minor, Contact.guardian_consent_at.is_not(None)),
    )


def majority_of(birth: date, age: int) -> date:
    """The day on which somebody reaches an age."""
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:  # born on 29 February
        return date(birth.year + age, 3, 1)


def latest_birth(today: date, age: int) -> date:
    """The latest day on which somebody of that age today was born."""
    try:
        return today.replace(year=today.year - age)
    except ValueError:  # today is 29 February
        return date(today.year - age, 2, 28)


def _office(session: Session) -> Office:
    return database.hold(session, session.get_one(Office, 1))
