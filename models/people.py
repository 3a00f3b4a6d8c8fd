"""The members of the office: accounts, sessions, invitations, throttling and security events."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Base
from models.base import NOT_PERSONAL, SECRET, UtcDateTime, now, staff, text, user_key


class User(Base):
    """Somebody who signs in; rights come from the roles, which add up, and none means reading only."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    name: Mapped[str] = text(100, staff("name", subject="self", erase="placeholder"))
    email: Mapped[str] = mapped_column(
        String(254), unique=True, nullable=False, info=staff("e-mail", subject="self", erase="placeholder")
    )
    password_hash: Mapped[str] = text(255, SECRET)
    is_admin: Mapped[bool] = mapped_column(
        Boolean, default=False, nullable=False, info=staff("role", subject="self")
    )
    is_clerk: Mapped[bool] = mapped_column(
        Boolean, default=False, nullable=False, info=staff("role", subject="self")
    )
    is_privacy_officer: Mapped[bool] = mapped_column(
        Boolean, default=False, nullable=False, info=staff("role", subject="self")
    )
    active: Mapped[bool] = mapped_column(
        Boolean, default=True, nullable=False, info=staff("active", subject="self")
    )
    language: Mapped[str] = text(5, staff("language", subject="self"))
    formats: Mapped[str] = text(5, staff("formats", subject="self"))
    preferences: Mapped[dict[str, Any]] = mapped_column(
        JSON, default=dict, nullable=False, info=staff("preferences", subject="self", erase="null")
    )
    email_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info=staff("", subject="self"))
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=staff("created", subject="self")
    )

    # Flask-Login asks these of every user.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.active

    def get_id(self) -> str:
        return str(self.id)

    @property
    def single_keys(self) -> bool:
        """Whether keyboard shortcuts of one key work (WCAG 2.1.4)."""
        return bool(self.preferences.get("single_keys", True))


class UserSession(Base):
    """One signed-in browser; the cookie's value is kept only as a hash."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, nullable=False, info=SECRET)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id"),
        index=True,
        nullable=False,
        info=staff("session", subject="user_id", erase="delete_row"),
    )
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=staff("", subject="user_id", erase="delete_row")
    )
    seen_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=staff("", subject="user_id", erase="delete_row")
    )
    confirmed_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=staff("", subject="user_id", erase="delete_row")
    )
    # What the next page shows once: sentences about saves made, with card numbers and no other values.
    notices: Mapped[list[Any]] = mapped_column(
        JSON, default=list, nullable=False, info=staff("", subject="user_id", erase="delete_row")
    )

    # The rights of the user changed: the browser gets a new cookie with its next page (R-AUTH-5).
    renew: Mapped[bool] = mapped_column(Boolean, default=False, nullable=False, info=NOT_PERSONAL)

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class Invitation(Base):
    """A one-time link by which a member of the office chooses a password; kept only as a hash.

    `kind` is "invitation", made by an administrator, or "reset", asked for on the sign-in page.
    """

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, nullable=False, info=SECRET)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id"),
        index=True,
        nullable=False,
        info=staff("", subject="user_id", erase="delete_row"),
    )
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=staff("", subject="user_id", erase="delete_row")
    )
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, info=NOT_PERSONAL)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info=NOT_PERSONAL)
    created_by: Mapped[int | None] = user_key()
    kind: Mapped[str] = mapped_column(
        String(10), default="invitation", server_default="invitation", nullable=False, info=NOT_PERSONAL
    )

    user: Mapped[User] = relationship(foreign_keys=[user_id])


class LoginThrottle(Base):
    """Failed sign-ins of one account from one address, both kept as keyed hashes."""

    __tablename__ = "login_throttles"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    account_hash: Mapped[str] = mapped_column(String(64), nullable=False, info=SECRET)
    address_hash: Mapped[str] = mapped_column(String(64), nullable=False, info=SECRET)
    failures: Mapped[int] = mapped_column(Integer, default=0, nullable=False, info=NOT_PERSONAL)
    first_failure_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, info=NOT_PERSONAL)
    last_failure_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, info=NOT_PERSONAL)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime, info=NOT_PERSONAL)

    __table_args__ = (UniqueConstraint("account_hash", "address_hash"),)


class SecurityEvent(Base):
    """A sign-in, refusal or change of rights; kept a year, holds ids and no personal values."""

    __tablename__ = "security_events"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, index=True, info=NOT_PERSONAL
    )
    event: Mapped[str] = mapped_column(String(40), nullable=False, info=NOT_PERSONAL)
    user_id: Mapped[int | None] = user_key()
    about_id: Mapped[int | None] = mapped_column(Integer, info=staff("", subject="about_id"))
    route: Mapped[str] = text(200, NOT_PERSONAL)
