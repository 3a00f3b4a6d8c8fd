"""Messages whose person was blocked for privacy after they were written: they are not sent any more (Y-H8).

Answers of the privacy desk itself are of another kind, and go.
"""

from sqlalchemy.orm import Session

from models import MODELS, Contact, Document, OutboxMessage
from services.documents import blocks as document_blocks
from services.errors import PrivacyBlocked
from services.privacy import blocks


def check(session: Session, message: OutboxMessage) -> None:
    """Raise PrivacyBlocked when a block holds for the card, the contact or the document that a message is about."""
    id_ = message.about_id
    if message.kind == "card":
        about = session.get(MODELS[message.about_kind], id_) if message.about_kind in MODELS and id_ else None
        person = session.get(Contact, message.contact_id) if message.contact_id else None
        blocks.check_many(session, [card for card in (about, person) if card is not None])
    document = session.get(Document, id_) if message.kind == "document" and id_ else None
    if document is not None:
        document_blocks.check_privacy(session, document)


def holds(session: Session, message: OutboxMessage) -> bool:
    """Whether a message is not sent for such a block."""
    try:
        check(session, message)
    except PrivacyBlocked:
        return True
    return False
