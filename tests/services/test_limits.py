"""How often something may be tried (R-AUTH-3, R-WEB-9)."""

import pytest
from sqlalchemy.orm import Session

from models import LoginThrottle
from services import limits
from services.errors import TooOften
from tests.support.clock import Clock

PAIR = ("a" * 64, "b" * 64)


def test_waits_double_and_never_exceed_a_minute() -> None:
    assert [limits.wait_after(failures) for failures in range(13)] == [
        0,
        0,
        0,
        0,
        0,
        1,
        2,
        4,
        8,
        16,
        32,
        60,
        60,
    ]
    assert limits.wait_after(10**6) == 60


def test_a_wait_holds_for_its_pair_only(session: Session, clock: Clock) -> None:
    for failures in range(1, 6):
        assert limits.begin_attempt(session, *PAIR) == failures
    with pytest.raises(TooOften) as refusal:
        limits.begin_attempt(session, *PAIR)
    assert refusal.value.retry_after == 1
    assert limits.begin_attempt(session, PAIR[0], "c" * 64) == 1
    clock.move(seconds=1)
    assert limits.begin_attempt(session, *PAIR) == 6
    limits.forget_attempts(session, *PAIR)
    assert limits.begin_attempt(session, *PAIR) == 1


def test_a_minute_is_the_longest_wait_however_many_fail(session: Session, clock: Clock) -> None:
    for _ in range(40):
        limits.begin_attempt(session, *PAIR)
        clock.move(seconds=61)
    clock.move(minutes=16)
    assert limits.begin_attempt(session, *PAIR) == 1


def test_old_failures_leave_the_table(session: Session, clock: Clock) -> None:
    limits.begin_attempt(session, *PAIR)
    clock.move(minutes=16)
    limits.begin_attempt(session, PAIR[0], "c" * 64)
    assert session.query(LoginThrottle).count() == 1


def test_a_clock_set_back_makes_no_endless_wait(session: Session, clock: Clock) -> None:
    """R-TIME-2"""
    for _ in range(5):
        limits.begin_attempt(session, *PAIR)
    clock.move(days=-1)
    assert limits.begin_attempt(session, *PAIR) == 6


def test_a_rate_is_kept_for_each_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """R-WEB-9: twenty searches a second."""
    moment = [100.0]
    monkeypatch.setattr(limits.time, "monotonic", lambda: moment[0])
    monkeypatch.setattr(limits, "_taken", type(limits._taken)(limits._taken.default_factory))
    for _ in range(20):
        limits.take("search", 1)
    with pytest.raises(TooOften) as refusal:
        limits.take("search", 1)
    assert refusal.value.retry_after == 1
    limits.take("search", 2)
    limits.take("export", 1)
    moment[0] += 1
    limits.take("search", 1)
