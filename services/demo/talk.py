"""What the sample company said and wrote: calls, meetings and notes entered by hand, and its e-mails.

It has no mail server: its older e-mails stand as accepted, as if one had taken them, and the latest wait.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Contact, Document, OutboxMessage, User
from models.base import now
from services import interactions
from services.mail import outbox, texts
from services.mail.letters import Attachment, Letter


@dataclass(frozen=True)
class Said:
    """A call, meeting, letter or note, entered by hand on a contact so many working days ago."""

    days: int
    by: str
    contact: str
    action: str
    subject: str
    body: str = ""
    direction: str = ""


@dataclass(frozen=True)
class Wrote:
    """An e-mail from the card of a contact; `waits` when no server has it yet."""

    days: int
    by: str
    contact: str
    subject: str
    text: str
    waits: bool = False


@dataclass(frozen=True)
class Cancelled:
    """The last thing that was entered on a contact, cancelled: it stays to be read and counts no more."""

    days: int
    by: str
    contact: str


Talk = Said | Wrote | Cancelled

TALKS: tuple[Talk, ...] = (
    Said(
        43, "marcus", "Maple Street Café", "call", "Tables for the terrace", "Wants five, before June.", "in"
    ),
    Said(
        40, "marcus", "Harbour Hotel", "meeting", "Visit of the dining room", "Sixty chairs over the season."
    ),
    Said(
        39, "antoine", "Architectes Beaulieu", "call", "Bibliothèque de la salle de réunion", direction="in"
    ),
    Said(26, "zoe", "Théâtre de la Ruelle", "letter", "Plan de la scène reçu", direction="in"),
    Said(27, "marcus", "Lakeside Gallery", "note", "Pays by card, the same week."),
    Said(
        20, "zoe", "Boulangerie Roy", "call", "Rappel : trois factures en retard", "Promet un chèque.", "out"
    ),
    Wrote(
        19,
        "zoe",
        "Boulangerie Roy",
        "Vos factures en retard",
        "Bonjour,\n\nTrois de vos factures attendent leur paiement. Quand arrivera-t-il ?\n\nZoé Caron",
    ),
    Said(17, "antoine", "Café Ünal", "meeting", "Mesures prises sur place", "Huit tables, pieds de 72 cm."),
    Said(14, "marcus", "Margaret O’Neill", "call", "The chairs are ready", direction="out"),
    Said(13, "marcus", "Margaret O’Neill", "call", "The chairs are ready", "Entered twice.", "out"),
    Cancelled(13, "marcus", "Margaret O’Neill"),
    Wrote(
        6,
        "marcus",
        "Harbour Hotel",
        "Your next twelve chairs",
        "Hello,\n\nThe next twelve chairs leave the workshop on Friday.\n\nMarcus Webb",
    ),
    Said(2, "antoine", "Résidence Les Tilleuls", "call", "Livraison un mardi, par la cour", direction="in"),
    Wrote(
        0,
        "antoine",
        "Café Ünal",
        "Votre devis",
        "Bonjour,\n\nAvez-vous pu regarder notre devis ? Il est encore valable.\n\nAntoine Gagné",
        waits=True,
    ),
)


def happen(session: Session, talk: Talk, by: int) -> None:
    """Enter what was said, or write what was written."""
    found = select(Contact).where(Contact.name == talk.contact).order_by(Contact.id).limit(1)
    contact = session.scalars(found).one()
    match talk:
        case Said():
            values = {name: getattr(talk, name) for name in ("action", "direction", "subject", "body")}
            interactions.log(session, contact, values, by=by)
        case Wrote():
            letter = Letter(
                to=[contact.email],
                subject=talk.subject,
                text=talk.text,
                kind="card",
                about=("contact", contact.id),
                contact_id=contact.id,
            )
            message = outbox.enqueue(session, letter, by=by)
            if not talk.waits:
                _accept(session, message)
        case Cancelled():
            interactions.cancel(interactions.of_card(session, contact, contact, limit=1)[0], by=by)


def mail(session: Session, document: Document, content: bytes, by: int) -> None:
    """Send a document with its PDF, in its customer's language."""
    subject, text = texts.of_document(session, document, user=session.get_one(User, by).name)
    letter = Letter(
        to=[document.email],
        subject=subject,
        text=text,
        kind="document",
        attachments=[Attachment(f"{document.no}.pdf", content, "application/pdf")],
        about=(document.kind, document.id),
        contact_id=document.contact_id,
    )
    _accept(session, outbox.enqueue(session, letter, by=by))


def _accept(session: Session, message: OutboxMessage) -> None:
    """Let it stand as taken by a mail server at this moment, with its line on the timeline."""
    for one in message.recipients:
        one.state, one.sent_at, one.answer = "sent", now(), "250 OK"
    message.attempts, message.first_tried_at, message.sent_at = 1, now(), now()
    outbox.settle(message)
    interactions.record_mail(session, message)
