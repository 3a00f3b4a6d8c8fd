"""Members of the office: signing in and out, sessions, passwords, throttling, invitations, roles."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import SecurityEvent, UserSession
from models.base import now

ABSOLUTE_HOURS = 12


def token_hash(token: str) -> str:
    """How a random token is kept: the table of sessions opens no door to who reads it."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, user_id: int, token: str) -> UserSession:
    """Remember that the browser with this cookie belongs to the user."""
    row = UserSession(token_hash=token_hash(token), user_id=user_id, notices=[])
    session.add(row)
    session.flush()
    return row


def live_session(session: Session, token: str, *, idle_minutes: int) -> UserSession | None:
    """The session of a cookie while it may be used: the user active, neither limit passed (R-AUTH-7)."""
    row = session.scalar(select(UserSession).where(UserSession.token_hash == token_hash(token)))
    if row is None or not row.user.active:
        return None
    moment = now()
    # A clock that was set back does not lengthen a session: last seen in the future counts as now.
    idle = moment - min(row.seen_at, moment)
    if idle > timedelta(minutes=idle_minutes) or moment - row.created_at > timedelta(hours=ABSOLUTE_HOURS):
        return None
    return row


def touch(row: UserSession, moment: datetime) -> None:
    """Note that a session was used."""
    row.seen_at = moment


def note_event(
    session: Session, event: str, *, user_id: int | None = None, about_id: int | None = None, route: str = ""
) -> None:
    """Record a security event: ids and the route's pattern, never a value."""
    session.add(SecurityEvent(event=event, user_id=user_id, about_id=about_id, route=route[:200]))
    session.flush()
