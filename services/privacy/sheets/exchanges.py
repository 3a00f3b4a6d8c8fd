"""Interactions and sent e-mails in the workbook, with the files that went along."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from models import Interaction, OutboxAttachment, OutboxMessage, OutboxRecipient
from services import interactions
from services.errors import Sentence
from services.privacy.registry import Dossier, exports
from services.privacy.sheets.rows import Names, Row, Sources, columns_of, day_of, joined, read, titled

# The kind of the e-mails by which workbooks leave.
OURS = "privacy"
DIRECTIONS: dict[str, Sentence] = {"": "", "in": _l("incoming"), "out": _l("outgoing")}
TEMPLATES: dict[str, Sentence] = {
    "document": _l("Document"),
    "card": _l("E-mail from a card"),
    "privacy": _l("Personal data"),
}
STATES: dict[str, Sentence] = {
    "waiting": _l("Waiting"),
    "sending": _l("Being sent"),
    "sent": _l("Sent"),
    "partly": _l("Sent in part"),
    "failed": _l("Failed"),
    "cancelled": _l("Cancelled"),
}


@exports("interactions")
def export_interactions(session: Session, dossier: Dossier) -> Sources:
    """What happened with the person."""
    return {"interactions": lambda: _interactions(session, dossier)}


@exports("mail")
def export_mail(session: Session, dossier: Dossier) -> Sources:
    """What was mailed, and the files that went along."""
    return {
        "sent_mail": lambda: _messages(session, dossier),
        "attachments": lambda: _files(session, dossier),
    }


def attachment_path(file: Any) -> str:
    """The name of a mailed file in the package; its ending only where it is one of letters and digits."""
    ending = file.name.rpartition(".")[2].lower()
    plain = ending if ending.isascii() and ending.isalnum() and len(ending) <= 5 else "bin"
    return f"e-mails/{file.outbox_id}-{file.id}.{plain}"


def _interactions(session: Session, dossier: Dossier) -> Iterator[Row]:
    names = Names(session)
    settings = interactions.settings_of(session)
    for one in read(session, columns_of(Interaction), Interaction.id, dossier.of("interactions")):
        document = titled(one.document_kind, one.document_no) if one.document_kind else ""
        words = str(interactions.wording(one.action, settings))
        words = words.replace("{document}", document).replace("{no}", one.document_no)
        yield Row(
            f"#{one.id}",
            {
                "no": str(one.id),
                "date-time": one.at,
                "direction": str(DIRECTIONS.get(one.direction, one.direction)),
                "type": words.replace("{subject}", one.subject),
                "subject": one.subject,
                "text": one.body,
                "initiated by": _("the person") if one.direction == "in" else _("the office"),
                "handled by": names.role(one.created_by),
                "document": one.document_no,
                "message": str(one.outbox_id or ""),
                "legal basis": _("contract"),
                "free-text verdict": _("nobody else found"),
                "cancelled": one.cancelled_at,
            },
            day_of(one.at),
        )


def _messages(session: Session, dossier: Dossier) -> Iterator[Row]:
    names = Names(session)
    to = defaultdict(list)
    for one in read(
        session, columns_of(OutboxRecipient), OutboxRecipient.id, dossier.of("outbox_recipients")
    ):
        to[one.outbox_id].append(one)
    for message in read(session, columns_of(OutboxMessage), OutboxMessage.id, dossier.of("outbox_messages")):
        # A workbook goes to a member of the office, who is not named.
        is_ours = message.kind == OURS
        recipients = [] if is_ours else to[message.id]
        yield Row(
            f"#{message.id}",
            {
                "no": str(message.id),
                "date-time": message.sent_at or message.created_at,
                "to": names.role(message.created_by)
                if is_ours
                else joined(*(_address(one) for one in recipients)),
                "subject": message.subject,
                "text": message.body,
                "template": str(TEMPLATES.get(message.kind, message.kind)),
                "about": names.title(message.about_kind, message.about_id) if message.about_kind else "",
                "delivery state": str(STATES.get(message.state, message.state)),
                "answer": "" if is_ours else joined(message.problem, *(one.answer for one in recipients)),
            },
            day_of(message.sent_at or message.created_at),
            _about(message.id),
        )


def _heads(session: Session, dossier: Dossier) -> Iterator[Any]:
    wanted = [OutboxMessage.id, OutboxMessage.kind]
    return read(session, wanted, OutboxMessage.id, dossier.of("outbox_messages"))


def _address(one: Any) -> str:
    return f"{one.name} <{one.email}>" if one.name else one.email


def _files(session: Session, dossier: Dossier) -> Iterator[Row]:
    wanted = columns_of(OutboxAttachment, "content")
    ours = {one.id for one in _heads(session, dossier) if one.kind == OURS}
    for file in read(session, wanted, OutboxAttachment.id, dossier.of("outbox_attachments")):
        if file.outbox_id in ours:
            continue
        path = attachment_path(file)
        yield Row(
            path,
            {
                "object": _("e-mail %(no)s", no=file.outbox_id),
                "file in package": path,
                "file": file.name,
                "file type": file.content_type,
                "bytes": file.size,
            },
            about=_about(file.outbox_id),
        )


def _about(id_: int) -> str:
    return f"e-mail:{id_}"
