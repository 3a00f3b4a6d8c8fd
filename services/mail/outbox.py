"""The outbox: messages written with what they are about, seen by those they concern, sent afterwards.

Saving never waits for mail: `enqueue` writes a row in the caller's transaction, and `sending` does the rest.
"""

import secrets
from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from models import OutboxAttachment, OutboxMessage, OutboxRecipient, User
from models.base import now
from services.errors import NotFound, Refused
from services.mail import letters, server
from services.mail.letters import Letter

# What Carnet does nothing more for by itself: a person looks at it.
FOR_A_PERSON = ("failed", "partly", "held")
# What a new attempt takes up again.
_RETRIED = ("failed", "unclear", "cancelled", "held")
# What has not left yet and can be kept from leaving.
_CANCELLED = ("waiting", "held")


def enqueue(session: Session, letter: Letter, *, by: int | None) -> OutboxMessage:
    """Put a letter in the outbox, in the caller's transaction; a thread sends it after the commit.

    Example: `enqueue(session, Letter(to=["a@example.com"], subject=…, text=…, kind="document",
    attachments=[Attachment("FV-1.pdf", pdf)], about=("invoice", 7), contact_id=3), by=user.id)`.
    Raises Invalid with sentences for the fields to, cc, bcc, subject, text and files. Without a mail server
    the message waits in the outbox, where it can be read and downloaded. It is in nobody's timeline
    before a server has accepted it (rule I6).
    """
    if letter.copy_to_accountant:
        letter = server.with_copy(session, letter)
    checked = letters.check(letter)
    about_kind, about_id = letter.about or ("", None)
    message = OutboxMessage(
        message_id=f"<{secrets.token_hex(16)}@{server.sender_domain(session)}>",
        kind=letter.kind,
        subject=checked.subject,
        body=checked.text,
        contact_id=letter.contact_id,
        about_kind=about_kind,
        about_id=about_id,
        created_by=by,
        good_until=letter.good_until,
        recipients=[
            OutboxRecipient(field=field, name=address.name, email=address.email)
            for field, address in checked.recipients
        ],
        attachments=[
            OutboxAttachment(
                name=file.name, content_type=file.type, size=len(file.content), content=file.content
            )
            for file in checked.attachments
        ],
    )
    session.add(message)
    session.flush()
    return message


# -- who sees what ------------------------------------------------------------------------------------


def visible_to(user: User) -> ColumnElement[bool]:
    """The messages a user may see: administrators all but privacy mails, clerks their own and those with
    documents, privacy officers their own and privacy mails; rights add up."""
    allowed: list[ColumnElement[bool]] = []
    if user.is_admin:
        allowed.append(OutboxMessage.kind != "privacy")
    if user.is_clerk:
        allowed.append(or_(OutboxMessage.created_by == user.id, OutboxMessage.kind == "document"))
    if user.is_privacy_officer:
        allowed.append(or_(OutboxMessage.kind == "privacy", OutboxMessage.created_by == user.id))
    return or_(*allowed) if allowed else false()


def get_visible(session: Session, user: User, id: int, *, lock: bool = False) -> OutboxMessage:
    """A message that the user may see; raises NotFound otherwise."""
    query = select(OutboxMessage).where(OutboxMessage.id == id, visible_to(user))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    message = session.scalar(query)
    if message is None:
        raise NotFound()
    return message


def recipients_of(session: Session, found: Sequence[OutboxMessage]) -> dict[int, list[OutboxRecipient]]:
    """The recipients of many messages, in one query."""
    by_message: dict[int, list[OutboxRecipient]] = {message.id: [] for message in found}
    query = select(OutboxRecipient).where(OutboxRecipient.outbox_id.in_(by_message))
    for one in session.scalars(query.order_by(OutboxRecipient.id)):
        by_message[one.outbox_id].append(one)
    return by_message


def not_sent(session: Session, user: User) -> int:
    """How many messages the user may see that a person has to look at, or that were tried and not yet accepted."""
    tried = and_(OutboxMessage.state == "waiting", OutboxMessage.attempts > 0)
    query = select(func.count(OutboxMessage.id)).where(
        visible_to(user), or_(OutboxMessage.state.in_(FOR_A_PERSON), tried)
    )
    return session.scalar(query) or 0


def waiting(session: Session) -> int:
    """How many messages wait to be sent, anybody's."""
    query = select(func.count(OutboxMessage.id)).where(OutboxMessage.state == "waiting")
    return session.scalar(query) or 0


def held(session: Session) -> int:
    """How many messages a restore has set aside, anybody's."""
    return session.scalar(select(func.count(OutboxMessage.id)).where(OutboxMessage.state == "held")) or 0


# -- what can be done with a message ------------------------------------------------------------------


def retry(message: OutboxMessage) -> None:
    """Try now: again for whom it failed, was cancelled or is held, at once for whom it waits; never for who
    has it."""
    _refuse_while_sending(message)
    if message.state == "sent":
        raise Refused(_l("This message was sent already."))
    for one in message.recipients:
        if one.state in _RETRIED:
            one.state, one.answer = "waiting", ""
    if message.state != "waiting":
        message.attempts, message.first_tried_at, message.unclear_times = 0, None, 0
    message.state, message.next_at, message.problem = "waiting", now(), ""


def cancel(message: OutboxMessage) -> None:
    """Do not send it to those who do not have it yet."""
    _refuse_while_sending(message)
    if message.state not in _CANCELLED:
        raise Refused(_l("This message does not wait any more: there is nothing to cancel."))
    for one in message.recipients:
        if one.state in _CANCELLED:
            one.state = "cancelled"
    settle(message)


def settle(message: OutboxMessage) -> None:
    """Give a message the state that follows from its recipients'."""
    states = {one.state for one in message.recipients}
    if states & {"waiting", "handed"}:
        message.state = "waiting"
    elif "sent" in states:
        message.state = "sent" if states == {"sent"} else "partly"
    else:
        message.state = "failed" if states & {"failed", "unclear"} else "cancelled"


def _refuse_while_sending(message: OutboxMessage) -> None:
    if message.state == "sending":
        raise Refused(_l("This message is being sent at this moment. Look again in a minute."))
