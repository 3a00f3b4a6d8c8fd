"""How often something may be tried: sign-ins counted in the database, requests of a session in memory."""

import math
import threading
import time
from collections import defaultdict, deque
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import LoginThrottle
from models.base import now
from services.errors import TooOften

FREE_FAILURES = 5
WINDOW = timedelta(minutes=15)
LONGEST_WAIT = 60

# What is limited for each session: how many in how many seconds (R-WEB-9).
RATES = {"search": (20, 1.0), "export": (6, 60.0), "mail": (10, 60.0)}

_lock = threading.Lock()
_taken: dict[tuple[str, int], deque[float]] = defaultdict(deque)


def begin_attempt(session: Session, account_hash: str, address_hash: str) -> int:
    """Count a password about to be checked as a failure, and return how many there now are in a row.

    It is counted before the check, so that many tries at the same moment are not all free; a right
    password takes it back with `forget_attempts`. Raises TooOften while an earlier wait lasts (R-AUTH-3).
    """
    moment = now()
    session.execute(delete(LoginThrottle).where(LoginThrottle.last_failure_at < moment - WINDOW))
    row = _row(session, account_hash, address_hash, moment)
    wait = (row.blocked_until - moment).total_seconds() if row.blocked_until else 0
    # A clock that was set back leaves a wait longer than any: it does not count (R-TIME-2).
    if 0 < wait <= LONGEST_WAIT:
        raise TooOften(math.ceil(wait))
    if row.failures < FREE_FAILURES and not timedelta(0) <= moment - row.first_failure_at <= WINDOW:
        row.failures, row.first_failure_at = 0, moment
    row.failures += 1
    row.last_failure_at = moment
    seconds = wait_after(row.failures)
    row.blocked_until = moment + timedelta(seconds=seconds) if seconds else None
    session.flush()
    return row.failures


def wait_after(failures: int) -> int:
    """Seconds to wait after so many failures: none for the first four, then 1, 2, 4 … 60."""
    return min(2 ** min(failures - FREE_FAILURES, 10), LONGEST_WAIT) if failures >= FREE_FAILURES else 0


def forget_attempts(session: Session, account_hash: str, address_hash: str) -> None:
    """The password was right: the next wrong one is the first again."""
    session.execute(
        delete(LoginThrottle).where(
            LoginThrottle.account_hash == account_hash, LoginThrottle.address_hash == address_hash
        )
    )


def take(what: str, session_id: int) -> None:
    """Count one request of a session; raises TooOften when it asks faster than RATES allow."""
    most, seconds = RATES[what]
    moment = time.monotonic()
    with _lock:
        times = _taken[what, session_id]
        while times and times[0] <= moment - seconds:
            times.popleft()
        if len(times) >= most:
            raise TooOften(math.ceil(times[0] + seconds - moment))
        times.append(moment)
        _drop_idle(moment)


def _row(session: Session, account_hash: str, address_hash: str, moment: datetime) -> LoginThrottle:
    query = (
        select(LoginThrottle)
        .where(LoginThrottle.account_hash == account_hash, LoginThrottle.address_hash == address_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = session.scalar(query)
    if row is not None:
        return row
    row = LoginThrottle(account_hash=account_hash, address_hash=address_hash, failures=0)
    row.first_failure_at = row.last_failure_at = moment
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Another try at the same moment has just made the row.
        return session.scalars(query).one()
    return row


def _drop_idle(moment: float) -> None:
    """Forget sessions that have asked nothing lately, once there are many."""
    if len(_taken) < 1000:
        return
    longest = max(seconds for _most, seconds in RATES.values())
    for key in [key for key, times in _taken.items() if not times or times[-1] < moment - longest]:
        del _taken[key]
