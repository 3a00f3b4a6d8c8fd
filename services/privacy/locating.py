"""How the parts of Carnet find the rows of a scope: cards, links, documents, interactions, e-mails, requests.

Each question is asked for all cards at once. What happened before, such as the history and the bin, is in
`locating_past`.
"""

from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Session

from models import (
    MODELS,
    DocumentFile,
    DocumentLine,
    DocumentTax,
    Interaction,
    Link,
    OutboxAttachment,
    OutboxMessage,
    OutboxRecipient,
    Payment,
    PrivacyBlock,
    PrivacyExport,
    PrivacyRequest,
    PrivacyStep,
)
from models.documents import DOCUMENT_KINDS
from services.privacy import modules
from services.privacy.reaching import (
    deleted_document_ids,
    document_ids,
    keys_named,
    keys_where,
    own_emails,
)
from services.privacy.registry import Rows, Scope, locates

# Letters to members of the office, and tests of the mail server: they are about no card.
_OFFICE_MAIL = ("reset", "test")


@locates(modules.CARDS.name)
def cards(session: Session, scope: Scope) -> Rows:
    """The cards of the scope that are there; the others were deleted and left traces only."""
    return {
        model.__tablename__: sorted(keys_where(session, model.id, model.id, scope.of(kind)))
        for kind, model in MODELS.items()
    }


@locates(modules.LINKS.name)
def links(session: Session, scope: Scope) -> Rows:
    """The links that begin or end at a card of the scope, and its free relation codes."""
    found: set[int] = set()
    for kind in MODELS:
        found |= keys_where(session, Link.id, getattr(Link, f"{kind}_id"), scope.of(kind))
    return {"links": sorted(found)}


@locates(modules.DOCUMENTS.name)
def documents(session: Session, scope: Scope) -> Rows:
    """The documents of the cards with all they are made of, and the payments for them or set against them."""
    ids = document_ids(session, scope)
    paid = keys_where(session, Payment.id, Payment.document_id, ids)
    paid |= keys_where(session, Payment.id, Payment.credit_memo_id, ids)
    return {
        "documents": sorted(ids),
        **{
            part.__tablename__: sorted(keys_where(session, part.id, part.document_id, ids))
            for part in (DocumentLine, DocumentTax, DocumentFile)
        },
        "payments": sorted(paid),
    }


@locates(modules.INTERACTIONS.name)
def interactions(session: Session, scope: Scope) -> Rows:
    """What happened with the contacts and parties, and with persons while they belonged to the company."""
    found = keys_where(session, Interaction.id, Interaction.contact_id, scope.contact)
    found |= keys_where(session, Interaction.id, Interaction.company_id, scope.contact)
    found |= keys_named(session, Interaction.id, Interaction.party_kind, Interaction.party_id, scope)
    return {"interactions": sorted(found)}


@locates(modules.MAIL.name)
def mail(session: Session, scope: Scope) -> Rows:
    """Messages to the contacts or about the cards and their documents, whole, and those sent to an own address.

    A message about somebody else that also went to an address of the subject's is in the dossier with that
    recipient alone: its other recipients and its attachments are not the subject's.
    """
    about = _messages_about(session, scope)
    is_card_mail = OutboxRecipient.message.has(OutboxMessage.kind.not_in(_OFFICE_MAIL))
    address: Any = func.lower(OutboxRecipient.email)
    received = keys_where(session, OutboxRecipient.id, address, own_emails(session, scope), is_card_mail)
    recipients = keys_where(session, OutboxRecipient.id, OutboxRecipient.outbox_id, about)
    messages = keys_where(session, OutboxRecipient.outbox_id, OutboxRecipient.id, received)
    return {
        "outbox_messages": sorted(about | messages),
        "outbox_recipients": sorted(recipients | received),
        "outbox_attachments": sorted(
            keys_where(session, OutboxAttachment.id, OutboxAttachment.outbox_id, about)
        ),
    }


@locates(modules.DESK.name)
def desk(session: Session, scope: Scope) -> Rows:
    """What was asked about the cards, what was done for it, and the blocks that were set on them."""
    asked = keys_named(
        session, PrivacyRequest.id, PrivacyRequest.subject_kind, PrivacyRequest.subject_id, scope
    )
    blocked = keys_named(session, PrivacyBlock.id, PrivacyBlock.kind, PrivacyBlock.record_id, scope)
    return {
        "privacy_requests": sorted(asked),
        "privacy_steps": sorted(keys_where(session, PrivacyStep.id, PrivacyStep.request_id, asked)),
        "privacy_blocks": sorted(blocked),
        "privacy_exports": sorted(keys_where(session, PrivacyExport.id, PrivacyExport.request_id, asked)),
    }


def _messages_about(session: Session, scope: Scope) -> set[int]:
    """The messages that name a contact of the scope, one of its cards, or a document that is or was theirs."""
    message = OutboxMessage
    found = keys_where(session, message.id, message.contact_id, scope.contact)
    found |= keys_named(session, message.id, message.about_kind, message.about_id, scope)
    papers = document_ids(session, scope) | deleted_document_ids(session, scope)
    found |= keys_where(session, message.id, message.about_id, papers, message.about_kind.in_(DOCUMENT_KINDS))
    return keys_where(session, message.id, message.id, found, message.kind.not_in(_OFFICE_MAIL))
