"""The consent of a parent or guardian for a minor: given, withdrawn, and the day on which it ends (Y-J5)."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Contact
from services import clock, records
from services.errors import Invalid, Refused
from services.privacy import minors, trail


def give(session: Session, contact: Contact, day: date | None, who: str, *, by: int | None) -> None:
    """Record who agreed and when: that lifts the block of the minor, and no other one."""
    office = records.office(session)
    errors = {}
    if day is None:
        errors["given_on"] = _l("Enter the day on which the consent was given.")
    elif day > clock.today(office):
        errors["given_on"] = _l("A consent was given today or earlier. Choose another date.")
    elif contact.birth_date is not None and day < contact.birth_date:
        errors["given_on"] = _l("This day is before the birth of the person. Choose another date.")
    if not who.strip():
        errors["given_by"] = _l("Enter who agreed.")
    if errors or day is None:
        raise Invalid(errors)
    at = datetime.combine(day, time(12), ZoneInfo(office.timezone or "UTC"))
    try:
        _save(session, contact, by, "consent_given", guardian_consent_at=at, guardian_consent_by=who)
    except Invalid as problem:
        # The page has names of its own for the two fields of the card.
        names = {"guardian_consent_at": "given_on", "guardian_consent_by": "given_by"}
        raise Invalid({names.get(name, name): said for name, said in problem.errors.items()}) from problem


def withdraw(session: Session, contact: Contact, *, by: int | None) -> None:
    """Take the consent back: a minor is blocked again from now on."""
    if contact.guardian_consent_at is None:
        raise Refused(_l("No consent is recorded for this person."))
    _save(session, contact, by, "consent_withdrawn", guardian_consent_at=None, guardian_consent_by="")


def note_majority(session: Session, contact: Contact, *, by: int | None) -> None:
    """The person is of age: neither the flag nor a parent's consent means anything any more."""
    if not has_come_of_age(session, contact):
        raise Refused(_l("By the birth date, this person is not of age, or the card says so already."))
    values = {"minor": False, "guardian_consent_at": None, "guardian_consent_by": ""}
    _save(session, contact, by, "majority_noted", **values)


def has_come_of_age(session: Session, contact: Contact) -> bool:
    """Whether somebody has to look at the card of a person who is of age by now."""
    query = select(Contact.id).where(Contact.id == contact.id, minors.came_of_age(session))
    return session.scalar(query) is not None


def to_look_at(session: Session, limit: int = 50) -> list[Contact]:
    """The persons who came of age and are still treated as minors, by name: a task for the privacy desk."""
    query = select(Contact).where(minors.came_of_age(session)).order_by(Contact.search_name, Contact.id)
    return list(session.scalars(query.limit(limit)))


def majority_of(session: Session, contact: Contact) -> date | None:
    """The day on which a person reaches the age; None without a birth date."""
    if contact.birth_date is None:
        return None
    return minors.majority_of(contact.birth_date, minors.age_of_consent(session))


def day_of(session: Session, contact: Contact) -> date | None:
    """The day on which the consent was given, as the office counts days."""
    at = contact.guardian_consent_at
    return clock.local(at, records.office(session)).date() if at is not None else None


def _save(session: Session, contact: Contact, by: int | None, action: str, **values: object) -> None:
    records.save(session, contact, values, by=by, correcting=True)
    trail.write(session, action, by=by, kind="contact", record_id=contact.id, fields=sorted(values))
