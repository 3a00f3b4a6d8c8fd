"""Members of the office: accounts, roles, sessions, invitations, and the security events about them."""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Invitation, Office, SecurityEvent, User, UserSession
from models.base import now
from services import checks, database, formats, passwords
from services.errors import Invalid, Refused
from services.text import TextProblem, clean

ROLES = ("admin", "clerk", "privacy_officer")
LANGUAGES = ("en", "fr")
NAME_LIMIT = 100
ABSOLUTE_HOURS = 12
CONFIRMED_MINUTES = 10
INVITATION_HOURS = 48
RESET_TIME = timedelta(minutes=30)
# How many links somebody may have mailed to them in that time.
MOST_RESETS = 3
EVENT_DAYS = 365

EMAIL_TAKEN = _l("Another user has this e-mail address. Enter a different one.")


# -- users ------------------------------------------------------------------------------------------


def create_user(session: Session, name: str, email: str, password: str, roles: Collection[str]) -> User:
    """Add a user from plain values, all checked; raises Invalid with a sentence for each wrong one."""
    errors = {}
    values = {"name": name, "email": email, "password": password}
    for field, check in (("name", _checked_name), ("email", checked_email)):
        try:
            values[field] = check(values[field])
        except TextProblem as problem:
            errors[field] = problem.message
    try:
        passwords.check(password, name=name, email=email)
    except TextProblem as problem:
        errors["password"] = problem.message
    if unknown := set(roles) - set(ROLES):
        errors["roles"] = _l("There is no role %(role)s.", role=sorted(unknown)[0])
    office = session.get(Office, 1)
    if office is None:
        raise Refused(_l("Set Carnet up in the browser first: it has no office and no administrator yet."))
    if errors:
        raise Invalid(errors)
    return add_user(
        session,
        name=values["name"],
        email=values["email"],
        password_hash=passwords.hashed(password),
        roles=roles,
        language=office.language[:2],
        country=office.country,
    )


def add_user(
    session: Session,
    *,
    name: str,
    email: str,
    language: str,
    country: str,
    roles: Collection[str],
    password_hash: str = "",
    by: User | None = None,
) -> User:
    """Add a user from checked values; without a password the user needs an invitation."""
    user = User(
        name=name,
        email=email,
        password_hash=password_hash,
        language=language if language in LANGUAGES else "en",
        formats=usual_formats(language, country),
        email_changed_at=now(),
        **{f"is_{role}": role in roles for role in ROLES},
    )
    session.add(user)
    _flush_email(session)
    note_event(session, "user added", user_id=by.id if by else None, about_id=user.id)
    return user


def update_user(
    session: Session,
    user: User,
    *,
    name: str,
    email: str,
    language: str,
    roles: Collection[str],
    active: bool,
    by: User,
) -> None:
    """Change a user; a new role renews their sessions, being no longer active ends them (R-AUTH-5, 6)."""
    administrators = _locked_administrators(session)
    before = (roles_of(user), user.active)
    if user in administrators and not (active and "admin" in roles) and len(administrators) == 1:
        raise Refused(
            _l(
                "%(name)s is the only active administrator. Make somebody else an administrator first.",
                name=user.name,
            )
        )
    user.name, user.language, user.active = name, language, active
    for role in ROLES:
        setattr(user, f"is_{role}", role in roles)
    change_email(session, user, email, by=by)
    if before[0] != roles_of(user):
        session.execute(update(UserSession).where(UserSession.user_id == user.id).values(renew=True))
        note_event(session, "role changed", user_id=by.id, about_id=user.id)
    if before[1] != active:
        note_event(session, "user enabled" if active else "user disabled", user_id=by.id, about_id=user.id)
        end_sessions(session, user)
        end_invitations(session, user)


def change_email(session: Session, user: User, email: str, *, by: User) -> None:
    """Give a user another e-mail address to sign in with; raises Invalid when somebody has it."""
    if email != user.email:
        user.email, user.email_changed_at = email, now()
        note_event(session, "e-mail changed", user_id=by.id, about_id=user.id)
    _flush_email(session)


def set_password(session: Session, user: User, password_hash: str, *, by: User) -> None:
    """Give a user another password; every session and every open invitation of theirs ends (R-AUTH-6)."""
    user.password_hash = password_hash
    end_sessions(session, user)
    end_invitations(session, user)
    note_event(session, "password changed", user_id=by.id, about_id=user.id)


def user_of(session: Session, email: str) -> User | None:
    """The user who signs in with an e-mail address, however its letters are typed."""
    return session.scalar(select(User).where(User.email == email.strip().lower()))


def users(session: Session) -> list[User]:
    """Every user, the active ones first."""
    return list(session.scalars(select(User).order_by(User.active.desc(), User.name, User.id)))


def roles_of(user: User) -> list[str]:
    """The roles a user holds; none means reading only."""
    return [role for role in ROLES if getattr(user, f"is_{role}")]


def checked_email(email: str | None) -> str:
    """An e-mail address to sign in with, in small letters; TextProblem when it is none."""
    found = checks.email(email).lower()
    if not found:
        raise TextProblem(_l("Enter an e-mail address like name@example.com."))
    return found


def usual_formats(language: str, country: str) -> str:
    """The formats of a language in a country, or the usual ones of the language."""
    usual = "fr_CA" if language.startswith("fr") else "en_CA"
    wanted = f"{language[:2]}_{country}"
    return wanted if wanted in formats.LOCALES else usual


# -- sessions ---------------------------------------------------------------------------------------


def open_session(session: Session, user: User, token_hash: str) -> UserSession:
    """Remember that a browser belongs to the user, by its keyed hash; what is past its time is removed."""
    oldest = now() - timedelta(hours=ABSOLUTE_HOURS)
    session.execute(delete(UserSession).where(UserSession.created_at < oldest))
    session.execute(delete(SecurityEvent).where(SecurityEvent.at < now() - timedelta(days=EVENT_DAYS)))
    # Who gets in needs no link for a forgotten password any more.
    end_invitations(session, user, kind="reset")
    row = UserSession(token_hash=token_hash, user_id=user.id, notices=[])
    session.add(row)
    session.flush()
    return row


# Made once: every request asks it, and needs the office's settings too.
_BY_HASH = (
    select(UserSession, Office)
    .outerjoin(Office, Office.id == 1)
    .where(UserSession.token_hash == bindparam("token_hash"))
)


def live_session(session: Session, token_hash: str, *, idle_minutes: int) -> UserSession | None:
    """The session of a browser while it may be used: the user active, neither limit passed (R-AUTH-7)."""
    row, office = session.execute(_BY_HASH, {"token_hash": token_hash}).one_or_none() or (None, None)
    database.hold(session, office)
    if row is None or not row.user.active:
        return None
    moment = now()
    # A clock that was set back does not lengthen a session: what is in the future counts as now.
    idle, age = moment - min(row.seen_at, moment), moment - min(row.created_at, moment)
    if idle > timedelta(minutes=idle_minutes) or age > timedelta(hours=ABSOLUTE_HOURS):
        return None
    return row


def touch(row: UserSession, moment: datetime) -> None:
    """Note that a session was used."""
    row.seen_at = moment
    row.created_at = min(row.created_at, moment)


def keep_session(row: UserSession, moment: datetime, token_hash: str) -> None:
    """Note that a session was used, by a browser whose cookie may be a new one."""
    touch(row, moment)
    if token_hash != row.token_hash:
        row.token_hash, row.renew = token_hash, False


def is_confirmed(row: UserSession) -> bool:
    """Whether the password was typed in this session a short while ago (R-AUTH-11)."""
    return timedelta(0) <= now() - row.confirmed_at <= timedelta(minutes=CONFIRMED_MINUTES)


def end_session(session: Session, token_hash: str) -> None:
    """Sign one browser out."""
    session.execute(delete(UserSession).where(UserSession.token_hash == token_hash))


def end_sessions(session: Session, user: User) -> None:
    """Sign a user out everywhere, as of the next request."""
    session.execute(delete(UserSession).where(UserSession.user_id == user.id))


# -- invitations ------------------------------------------------------------------------------------


def invite(session: Session, user: User, token: str, *, by: User) -> Invitation:
    """Let a user choose a password by a link; older links of theirs stop working."""
    end_invitations(session, user)
    row = _open_link(session, user, token, timedelta(hours=INVITATION_HOURS), kind="invitation")
    row.created_by = by.id
    note_event(session, "invitation made", user_id=by.id, about_id=user.id)
    return row


def may_reset(session: Session, user: User) -> bool:
    """Whether a link for a forgotten password is mailed: to an active user, and a few times at most."""
    lately = select(func.count(Invitation.id)).where(
        Invitation.user_id == user.id, Invitation.kind == "reset", Invitation.created_at > now() - RESET_TIME
    )
    return user.active and bool(user.password_hash) and (session.scalar(lately) or 0) < MOST_RESETS


def start_reset(session: Session, user: User, token: str) -> Invitation:
    """Let a user choose another password by the link that was mailed; only the latest works (R-AUTH-9)."""
    end_invitations(session, user, kind="reset")
    return _open_link(session, user, token, RESET_TIME, kind="reset")


def open_invitation(session: Session, token: str, *, kind: str = "invitation") -> Invitation | None:
    """The invitation or reset of a link that may still be used, locked until the transaction ends."""
    row = session.scalar(
        select(Invitation)
        .where(
            Invitation.token_hash == _plain_hash(token),
            Invitation.kind == kind,
            Invitation.used_at.is_(None),
        )
        .with_for_update()
    )
    if row is None or not row.user.active:
        return None
    return row if row.expires_at > now() else None


def is_invited(session: Session, user: User) -> bool:
    """Whether a link for this user may still be used."""
    open_ones = select(Invitation.id).where(
        Invitation.user_id == user.id, Invitation.used_at.is_(None), Invitation.expires_at > now()
    )
    return session.scalar(open_ones.limit(1)) is not None


def end_invitations(session: Session, user: User, *, kind: str = "") -> None:
    """No link made for this user until now works any longer; with a kind, only links of that kind."""
    ended = update(Invitation).where(Invitation.user_id == user.id, Invitation.used_at.is_(None))
    session.execute((ended.where(Invitation.kind == kind) if kind else ended).values(used_at=now()))


def _open_link(session: Session, user: User, token: str, lasts: timedelta, *, kind: str) -> Invitation:
    row = Invitation(token_hash=_plain_hash(token), user_id=user.id, expires_at=now() + lasts, kind=kind)
    session.add(row)
    return row


# -- security events --------------------------------------------------------------------------------


def note_event(
    session: Session, event: str, *, user_id: int | None = None, about_id: int | None = None, route: str = ""
) -> None:
    """Record a security event: ids and the route's pattern, never a value (R-LOG-3)."""
    session.add(SecurityEvent(event=event, user_id=user_id, about_id=about_id, route=route[:200]))


# -- helpers ----------------------------------------------------------------------------------------


def _locked_administrators(session: Session) -> list[User]:
    """The active administrators, locked in one order: two who demote each other do so one after the other."""
    return list(
        session.scalars(
            select(User)
            .where(User.is_admin, User.active)
            .order_by(User.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _flush_email(session: Session) -> None:
    """Write what there is; the database itself knows best whether an e-mail address is taken."""
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Invalid({"email": EMAIL_TAKEN}) from None


def _checked_name(name: str | None) -> str:
    found = clean(name, limit=NAME_LIMIT)
    if not found:
        raise TextProblem(_l("Enter the name."))
    return found


def _plain_hash(token: str) -> str:
    """How a random link is kept: the table opens no door to who reads it."""
    return hashlib.sha256(token.encode()).hexdigest()
