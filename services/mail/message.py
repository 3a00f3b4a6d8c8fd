"""A message as mail servers take it: headers, encoded words, short lines, files (R-MAIL-7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from models import OutboxMessage
from services.mail.letters import Address, Attachment

# Seven bits and 78 characters a line: every server on the way takes it, whatever it says it can do.
POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, kw_only=True)
class Content:
    """Everything that the bytes of a message are made of."""

    message_id: str
    at: datetime
    sender: Address
    to: Sequence[Address]
    cc: Sequence[Address]
    subject: str
    body: str
    attachments: Sequence[Attachment] = ()
    # Nobody wrote it: programs are asked not to answer.
    is_automatic: bool = False


def content_of(message: OutboxMessage, sender: Address, body: str | None = None) -> Content:
    """What a row of the outbox says, with another body where a link has been put in."""
    named = {
        field: [Address(one.email, one.name) for one in message.recipients if one.field == field]
        for field in ("to", "cc")
    }
    return Content(
        message_id=message.message_id,
        at=message.created_at,
        sender=sender,
        to=named["to"],
        cc=named["cc"],
        subject=message.subject,
        body=message.body if body is None else body,
        attachments=[
            Attachment(file.name, file.content or b"", file.content_type) for file in message.attachments
        ],
        is_automatic=message.kind == "privacy",
    )


def as_bytes(content: Content) -> bytes:
    """The message; the same bytes whenever it is asked for, so that what is downloaded is what was sent."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _header([content.sender])
    mail["To"] = _header(content.to)
    if content.cc:
        mail["Cc"] = _header(content.cc)
    mail["Subject"] = content.subject
    mail["Date"] = format_datetime(content.at)
    mail["Message-ID"] = content.message_id
    if content.is_automatic:
        # No answer by a machine: it would go astray (RFC 3834).
        mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(content.body)
    for file in content.attachments:
        main, _slash, sub = file.type.partition("/")
        if main in ("message", "multipart"):
            main, sub = "application", "octet-stream"
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    if content.attachments:
        mail.set_boundary("=_" + sha256(content.message_id.encode()).hexdigest()[:40])
    return mail.as_bytes()


def _header(addresses: Sequence[Address]) -> list[HeaderAddress]:
    return [HeaderAddress(display_name=one.name, addr_spec=one.email) for one in addresses]
