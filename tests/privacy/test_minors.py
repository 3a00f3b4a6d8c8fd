"""Minors: blocked without the consent of a parent or guardian, by the age of the law (Y-J5)."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Contact, PrivacySettings
from models.base import now
from services import links, records
from services.privacy import blocks, minors
from tests.documents.support import office
from tests.support.clock import Clock
from tests.support.counting import statements
from tests.support.factories import BY, make_person

pytestmark = pytest.mark.both_databases


def answers_to(session: Session, regime: str = "", country: str = "CA", region: str = "QC") -> None:
    session.merge(PrivacySettings(id=1, regime=regime, fiscal_year_end="12-31", years={}))
    office(session).country, office(session).region = country, region
    session.flush()


def grounds(session: Session, card: Any) -> list[str]:
    return [one.ground for one in blocks.active(session, card)]


def save(session: Session, card: Contact, **values: Any) -> None:
    records.save(session, card, values, by=BY)


@pytest.mark.parametrize(
    ("regime", "country", "region", "age"),
    [
        ("QC", "CA", "QC", 14),
        ("", "CA", "Québec", 14),
        ("CA", "CA", "ON", 13),
        ("", "CA", "ON", 13),
        ("EU", "FR", "", 15),
        ("", "FR", "", 15),
        ("EU", "DE", "", 16),
        ("EU", "CA", "QC", 16),
    ],
)
def test_the_age_follows_from_the_law(
    session: Session, regime: str, country: str, region: str, age: int
) -> None:
    answers_to(session, regime, country, region)
    assert minors.age_of_consent(session) == age


@pytest.mark.parametrize(
    ("birth", "today", "is_minor"),
    [
        (date(2012, 6, 15), date(2026, 6, 14), True),
        (date(2012, 6, 15), date(2026, 6, 15), False),
        # Born on 29 February: of age on 1 March of a year without one, and on the day itself in a leap year.
        (date(2012, 2, 29), date(2026, 2, 28), True),
        (date(2012, 2, 29), date(2026, 3, 1), False),
        (date(2014, 3, 1), date(2028, 2, 29), True),
        (date(2014, 2, 28), date(2028, 2, 28), False),
        (date(2014, 2, 28), date(2028, 2, 29), False),
    ],
)
def test_a_minor_becomes_of_age_on_the_day(
    session: Session, clock: Clock, birth: date, today: date, is_minor: bool
) -> None:
    answers_to(session, "QC")
    clock.set(today.year, today.month, today.day, 17)
    person = make_person(session, birth_date=birth)
    assert minors.is_minor(session, person) is is_minor
    assert grounds(session, person) == (["minor"] if is_minor else [])
    assert (session.scalar(select(Contact.id).where(minors.unagreed(session))) is not None) is is_minor
    assert (minors.majority_of(birth, 14) <= today) is not is_minor


def test_consent_lifts_the_block_of_a_minor_only_and_its_withdrawal_restores_it(session: Session) -> None:
    """Y-J5: the flag suffices, and no birth date is stored."""
    person = make_person(session, minor=True)
    customer = links.create_as(session, make_person(session, "Bo Example"), "customer", by=BY).record
    blocks.add(session, person, "request", by=BY)
    assert sorted(grounds(session, person)) == ["minor", "request"]
    save(session, person, guardian_consent_at=now(), guardian_consent_by="A parent")
    assert grounds(session, person) == ["request"]
    save(session, person, guardian_consent_at=None, guardian_consent_by="")
    assert sorted(grounds(session, person)) == ["minor", "request"]
    assert person.birth_date is None
    assert grounds(session, customer) == []


def test_a_minor_blocks_their_customer_too(session: Session) -> None:
    person = make_person(session)
    customer = links.create_as(session, person, "customer", by=BY).record
    save(session, person, minor=True)
    (found,) = blocks.active(session, customer)
    assert (found.ground, found.kind, found.no) == ("minor", "contact", person.no)


def test_many_birth_dates_cost_as_many_questions_as_one(session: Session, bare_app: Flask) -> None:
    ids = [make_person(session, f"Person {n}", birth_date=date(1980, 1, n + 1)).id for n in range(9)]
    blocks.active_among(session, "contact", ids)
    one = statements(bare_app, lambda: blocks.active_among(session, "contact", ids[:1]))
    assert statements(bare_app, lambda: blocks.active_among(session, "contact", ids)) == one


def test_who_came_of_age_is_to_be_looked_at(session: Session, clock: Clock) -> None:
    """Y-J5: on the day of majority, until flag and consent are gone."""
    answers_to(session, "QC")
    person = make_person(session, birth_date=date(2012, 6, 16), minor=True)
    wanted = select(Contact.id).where(minors.came_of_age(session))
    assert session.scalars(wanted).all() == []
    clock.move(days=1)
    wanted = select(Contact.id).where(minors.came_of_age(session))
    assert session.scalars(wanted).all() == [person.id]
    save(session, person, minor=False)
    assert session.scalars(wanted).all() == []
