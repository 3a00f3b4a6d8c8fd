"""Users made by a command, their roles, and their formats."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from models import Office, SecurityEvent, User
from services import accounts
from services.errors import Invalid, Refused
from tests.support.clock import Clock

GOOD: dict[str, Any] = {
    "name": "Luc Roy",
    "email": "Luc@Example.com",
    "password": "lampe verte cheval",
    "roles": ["clerk"],
}


def test_a_user_is_made_from_plain_values(session: Session) -> None:
    user = accounts.create_user(session, **GOOD)
    assert (user.email, user.language, user.formats) == ("luc@example.com", "en", "en_CA")
    assert accounts.roles_of(user) == ["clerk"] and user.active
    assert user.password_hash.startswith("scrypt")
    assert accounts.user_of(session, " LUC@example.COM ") is user
    session.flush()
    assert session.query(SecurityEvent).one().event == "user added"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 101),
        ("email", ""),
        ("email", "luc"),
        ("email", "clerk@EXAMPLE.com"),
        ("password", "short"),
        ("roles", ["owner"]),
    ],
)
def test_each_wrong_value_is_named(session: Session, field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        accounts.create_user(session, **(GOOD | {field: value}))
    assert set(refusal.value.errors) == {field}


def test_the_office_comes_first(session: Session) -> None:
    session.delete(session.get_one(Office, 1))
    session.flush()
    with pytest.raises(Refused, match="in the browser first"):
        accounts.create_user(session, **GOOD)


@pytest.mark.parametrize(
    ("language", "country", "formats"),
    [
        ("fr", "FR", "fr_FR"),
        ("fr", "CA", "fr_CA"),
        ("fr", "BE", "fr_CA"),
        ("en", "GB", "en_GB"),
        ("en", "FR", "en_CA"),
    ],
)
def test_formats_follow_language_and_country(language: str, country: str, formats: str) -> None:
    assert accounts.usual_formats(language, country) == formats


def test_security_events_are_kept_a_year(session: Session, clock: Clock) -> None:
    """R-LOG-3"""
    user = session.get_one(User, 1)
    accounts.note_event(session, "signed in", user_id=user.id)
    session.flush()
    for days, left in ((364, 1), (2, 0)):
        clock.move(days=days)
        accounts.open_session(session, user, str(days) * 32)
        assert session.query(SecurityEvent).count() == left


def test_single_keys_work_until_they_are_switched_off(session: Session) -> None:
    user = session.get_one(User, 1)
    assert user.single_keys
    user.preferences = {"single_keys": False}
    assert not user.single_keys
