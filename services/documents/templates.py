"""The template of a customer or vendor that was made for a document on the way (rules L6, O1)."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Customer, Document, PartyTemplate, Vendor
from services import clock, records
from services.documents import blocks, changes, header, saving
from services.documents.kinds import of
from services.errors import Refused

# The country of a template is for cards without an address; the rest is what can be chosen again.
FIELDS = ("payment_terms_id", "payment_method", "tax_group_id", "currency")


def of_side(session: Session, side: str) -> list[PartyTemplate]:
    """The templates that can be chosen for customers, or for vendors."""
    query = select(PartyTemplate).where(PartyTemplate.kind == side).order_by(PartyTemplate.code)
    return list(session.scalars(query))


def only_one(session: Session, side: str) -> PartyTemplate | None:
    """The template of an office that has one: nobody needs to choose it."""
    found = of_side(session, side)
    return found[0] if len(found) == 1 else None


def party_of(session: Session, document: Document) -> Customer | Vendor:
    """The customer or vendor that has nothing but this document and quotes; Refused when there is none to change."""
    changes.check_open(document)
    blocks.check_privacy(session, document)
    party = document.party
    if party is None or _has_more(session, document, party):
        raise Refused(
            _l(
                "Only a card that was made for this document takes another template here. Open the card instead."
            ),
            record=document,
        )
    return party


def change(session: Session, document: Document, template: PartyTemplate, *, by: int | None) -> Document:
    """Give the card the values that the template has, and the document the terms that follow from them.

    The currency of the document follows while it has no lines, whose prices would mean something else.
    """
    document = changes.lock(session, document)
    party = party_of(session, document)
    values = {name: value for name in FIELDS if (value := getattr(template, name))}
    records.save(session, party, values, by=by)
    office = records.office(session)
    first = header.first_values(session, document, office, clock.today(office))
    follows = ["payment_terms_id", *([] if document.lines else ["currency"])]
    if of(document).is_credit:
        follows.remove("payment_terms_id")
    return saving.save_header(session, document, {name: first[name] for name in follows}, by=by)


def _has_more(session: Session, document: Document, party: Customer | Vendor) -> bool:
    """Whether a card has other documents than this one, and than the quotes that its contact brought along."""
    others = select(Document.id).where(
        getattr(Document, f"{party.KIND}_id") == party.id,
        Document.id != document.id,
        Document.kind.not_in(("quote", "purchase_quote")),
    )
    return session.scalar(others.limit(1)) is not None
