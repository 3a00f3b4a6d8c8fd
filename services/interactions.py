"""The log of what happened with contacts: by itself when documents and mail leave, and by hand.

Recording never fails the action that it records, and says nothing of mail that no server accepted (rules I1, I6).
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, union_all
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models import (
    AnyCard,
    Contact,
    Customer,
    Document,
    Interaction,
    InteractionSetting,
    Link,
    Office,
    OutboxMessage,
    Vendor,
)
from models.base import now
from models.documents import DOCUMENT_KINDS
from services import clock, logs, rows
from services.errors import Invalid, NotFound, Refused, Sentence
from services.text import TextProblem, clean

BY_HAND: dict[str, Sentence] = {
    "call": _l("Call"),
    "meeting": _l("Meeting"),
    "email": _l("E-mail"),
    "letter": _l("Letter"),
    "note": _l("Note"),
}
# What Carnet records, and its usual words; {document} is the document with its number, {subject} the mail's.
AUTOMATIC: dict[str, Sentence] = {
    **{f"print_{kind}": _l("%(document)s printed", document="{document}") for kind in DOCUMENT_KINDS},
    **{f"email_{kind}": _l("%(document)s e-mailed", document="{document}") for kind in DOCUMENT_KINDS},
    "create_service_order": _l("%(document)s created", document="{document}"),
    "convert": _l("Converted to %(document)s", document="{document}"),
    "email_card": _l("E-mail sent: %(subject)s", subject="{subject}"),
    "privacy_export": _l("Personal data exported"),
}
PLACEHOLDERS = ("{document}", "{no}", "{subject}")
DIRECTIONS = ("", "in", "out")
WORDING_LIMIT = 200
SUBJECT_LIMIT = 200
BODY_LIMIT = 10_000
EDIT_TIME = timedelta(hours=24)
_OLDEST = date(1900, 1, 1)


# -- by itself ----------------------------------------------------------------------------------------


def record(
    session: Session,
    action: str,
    *,
    by: int | None,
    contact_id: int | None = None,
    document: Document | None = None,
    party: Customer | Vendor | None = None,
    outbox_id: int | None = None,
    subject: str = "",
) -> Interaction | None:
    """Record an action in the transaction that does it; None when its kind is switched off or it cannot be written.

    `action` is a key of AUTOMATIC, such as print_invoice or convert. It is logged on the contact that is given;
    without one on whom the document is for, or on the contact of the party. Only what fails before, in the
    caller's own transaction, is raised here.
    """
    assert action in AUTOMATIC, action
    session.flush()
    try:
        with session.begin_nested():
            setting = session.get(InteractionSetting, action)
            if setting is not None and not setting.enabled:
                return None
            entry = Interaction(action=action, created_by=by, outbox_id=outbox_id, direction="out")
            entry.subject = subject[:SUBJECT_LIMIT]
            if document is not None:
                entry.document_kind, entry.document_id, entry.document_no = (
                    document.kind, document.id, document.no,
                )  # fmt: skip
                party = party or _party_of(session, document)
                contact_id = contact_id or document.contact_id
            if party is not None:
                entry.party_kind, entry.party_id = party.KIND, party.id
            _place(session, entry, contact_id or _contact_of(session, party))
            session.add(entry)
            session.flush()
            return entry
    except SQLAlchemyError as error:
        logs.error(logs.new_incident(), error)
        return None


def record_mail(session: Session, message: OutboxMessage) -> None:
    """Record a message that a server has just accepted for one of its recipients (rules I2, I6)."""
    document = session.get(Document, message.about_id) if message.about_kind in DOCUMENT_KINDS else None
    if message.kind == "document" and message.about_kind in DOCUMENT_KINDS:
        action = f"email_{message.about_kind}"
    elif message.kind == "card":
        action = "email_card"
    else:
        return
    models: dict[str, Any] = {"customer": Customer, "vendor": Vendor}
    party = (
        session.get(models[message.about_kind], message.about_id) if message.about_kind in models else None
    )
    record(
        session,
        action,
        by=message.created_by,
        contact_id=message.contact_id,
        document=document,
        party=party,
        outbox_id=message.id,
        subject=message.subject,
    )


# -- by hand ------------------------------------------------------------------------------------------


def log(session: Session, contact: Contact, values: Mapping[str, Any], *, by: int) -> Interaction:
    """Enter a call, a meeting, an e-mail, a letter or a note; raises Invalid.

    Values: action, day (a date), direction, subject, body.
    """
    found = _checked(session, values)
    entry = Interaction(created_by=by, **found)
    _place(session, entry, contact.id)
    session.add(entry)
    session.flush()
    return entry


def edit(session: Session, entry: Interaction, values: Mapping[str, Any], *, by: int) -> None:
    """Change one's own entry within a day; raises Refused afterwards, Invalid for what cannot be saved."""
    check_editable(entry, by=by)
    found = _checked(session, values, before=entry)
    rows.write(entry, found)
    session.flush()


def check_editable(entry: Interaction, *, by: int) -> None:
    """Refuse an entry that Carnet wrote, somebody else's, a cancelled one, and one older than a day."""
    if entry.action not in BY_HAND:
        raise Refused(_l("Carnet recorded this by itself: it can be cancelled, but not changed."))
    if entry.created_by != by:
        raise Refused(_l("Somebody else entered this. It can be cancelled, but not changed."))
    if entry.cancelled_at is not None:
        raise Refused(_l("This entry is cancelled. Restore it first."))
    if now() - min(entry.created_at, now()) > EDIT_TIME:
        raise Refused(
            _l("An entry can be changed for 24 hours. It can still be cancelled, and entered anew.")
        )


def cancel(entry: Interaction, *, by: int) -> None:
    """Mark an entry as cancelled; it stays to be read and is counted nowhere (rule I4)."""
    if entry.cancelled_at is None:
        entry.cancelled_at, entry.cancelled_by = now(), by


def restore(entry: Interaction) -> None:
    """Take a cancellation back."""
    entry.cancelled_at = entry.cancelled_by = None


def remove(session: Session, entry: Interaction) -> None:
    """Delete a cancelled entry for good; raises Refused for one that is not cancelled."""
    if entry.cancelled_at is None:
        raise Refused(_l("Only cancelled entries can be deleted. Cancel it first."))
    session.delete(entry)
    session.flush()


# -- reading ------------------------------------------------------------------------------------------


def get(session: Session, id: int, *, lock: bool = False) -> Interaction:
    """An entry; raises NotFound."""
    entry = session.get(Interaction, id, with_for_update=lock, populate_existing=lock)
    if entry is None:
        raise NotFound()
    return entry


def of_card(
    session: Session, record: AnyCard, contact: Contact | None, *, persons: bool = True, limit: int = 8
) -> list[Interaction]:
    """The latest entries of a card, newest first, in one query: of its contact, of the persons who then
    belonged to that company, and of a party that had no contact."""
    branches = []
    if contact is not None:
        branches.append("contact")
        if persons and contact.type == "company":
            branches.append("company")
    if not isinstance(record, Contact):
        branches.append("party")
    values = {"contact": contact.id if contact is not None else 0, "kind": record.KIND, "party": record.id}
    return list(session.scalars(_latest(tuple(branches), limit), values))


@lru_cache
def _latest(branches: tuple[str, ...], limit: int) -> Select[Any]:
    """The statement of `of_card`, made once: every card asks it, and making it takes longer than running it."""
    conditions = {
        "contact": Interaction.contact_id == bindparam("contact"),
        "company": Interaction.company_id == bindparam("contact"),
        "party": (Interaction.party_kind == bindparam("kind"))
        & (Interaction.party_id == bindparam("party"))
        & Interaction.contact_id.is_(None),
    }
    # Each branch walks an index of its own and stops after so many.
    newest = [
        select(Interaction.id, Interaction.at)
        .where(conditions[branch])
        .order_by(Interaction.at.desc(), Interaction.id.desc())
        .limit(limit)
        .subquery()
        for branch in branches
    ]
    ids = union_all(*(select(one.c.id) for one in newest))
    found = select(Interaction).where(Interaction.id.in_(ids))
    return found.order_by(Interaction.at.desc(), Interaction.id.desc()).limit(limit)


def about_contact(contact: Contact, *, persons: bool) -> ColumnElement[bool]:
    """The condition for the entries of a contact; of a company, with those of its persons or without."""
    if persons and contact.type == "company":
        return or_(Interaction.contact_id == contact.id, Interaction.company_id == contact.id)
    return Interaction.contact_id == contact.id


def count(session: Session, *conditions: ColumnElement[bool]) -> int:
    """How many entries there are, the cancelled ones left out (rule I4)."""
    query = select(func.count(Interaction.id)).where(Interaction.cancelled_at.is_(None), *conditions)
    return session.scalar(query) or 0


# -- settings -----------------------------------------------------------------------------------------


def wording(action: str, settings: Mapping[str, InteractionSetting]) -> Sentence:
    """What an entry of this kind says, its placeholders still to be filled: the office's words or the usual."""
    row = settings.get(action)
    if row is not None and row.wording:
        return row.wording
    return AUTOMATIC.get(action) or BY_HAND.get(action) or action


def settings_of(session: Session) -> dict[str, InteractionSetting]:
    """What the office has set, by kind of action."""
    return {row.action: row for row in session.scalars(select(InteractionSetting))}


def save_settings(session: Session, values: Mapping[str, tuple[bool, str]]) -> None:
    """Save for each kind of action whether it is recorded, and its words; empty means the usual ones."""
    errors: dict[str, Sentence] = {}
    found = settings_of(session)
    for action in AUTOMATIC:
        if action not in values:
            continue
        enabled, typed = values[action]
        try:
            wording = clean(typed, limit=WORDING_LIMIT)
        except TextProblem as problem:
            errors[action] = problem.message
            continue
        row = found.get(action)
        if row is None and (not enabled or wording):
            row = InteractionSetting(action=action)
            session.add(row)
        if row is not None:
            row.enabled, row.wording = enabled, wording
    if errors:
        raise Invalid(errors)
    session.flush()


# -- helpers ------------------------------------------------------------------------------------------


def _place(session: Session, entry: Interaction, contact_id: int | None) -> None:
    """Whose entry it is, and the company of that person at this time (rule I5)."""
    contact = session.get(Contact, contact_id) if contact_id is not None else None
    if contact is not None:
        entry.contact_id, entry.company_id = contact.id, contact.company_id


def _party_of(session: Session, document: Document) -> Customer | Vendor | None:
    if document.customer_id is not None:
        return session.get(Customer, document.customer_id)
    return session.get(Vendor, document.vendor_id) if document.vendor_id is not None else None


def _contact_of(session: Session, party: Customer | Vendor | None) -> int | None:
    """Whom one speaks with at a party: its primary contact, or else the contact it is linked with."""
    if party is None:
        return None
    column = Link.customer_id if party.KIND == "customer" else Link.vendor_id
    return party.primary_contact_id or session.scalar(select(Link.contact_id).where(column == party.id))


def _checked(
    session: Session, values: Mapping[str, Any], before: Interaction | None = None
) -> dict[str, Any]:
    rules: dict[str, rows.Rule] = {
        "action": rows.one_of(tuple(BY_HAND)),
        "direction": rows.one_of(DIRECTIONS),
        "subject": lambda value: _filled(clean(value, limit=SUBJECT_LIMIT)),
        "body": lambda value: clean(value, limit=BODY_LIMIT, multiline=True),
    }
    office = session.get_one(Office, 1)
    day = values.get("day") or clock.today(office)
    values = {"action": "", "direction": "", "subject": "", "body": ""} | dict(values)
    errors: dict[str, Any] = {}
    if not _OLDEST <= day <= clock.today(office) + timedelta(days=366):
        errors["day"] = _l("Enter the day on which it happened.")
    try:
        found = rows.cleaned(values, rules)
    except Invalid as problem:
        raise Invalid({**errors, **problem.errors}) from None
    if errors:
        raise Invalid(errors)
    kept = before is not None and clock.local(before.at, office).date() == day
    return found | ({} if kept else {"at": _moment(day, office)})


def _moment(day: date, office: Office) -> datetime:
    """When something entered by hand is placed: now if it was today, else the noon of its day."""
    if day == clock.today(office):
        return now()
    return datetime.combine(day, time(12), ZoneInfo(office.timezone or "UTC"))


def _filled(text: str) -> str:
    if not text:
        raise TextProblem(_l("Say in a few words what it was about."))
    return text
