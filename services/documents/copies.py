"""The copy of a party that a document carries, and how it differs from the card by now (rule S7)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from models import Contact, Customer, Document, Vendor
from services import records
from services.documents import changes
from services.fields import ADDRESS, NAME
from services.history import Cause

COPIED = (
    "party_no",
    *NAME,
    "contact_person",
    *ADDRESS,
    "phone",
    "email",
    "language",
    "vat_no",
    "registration_no",
)

Owner = Customer | Vendor | Contact


@dataclass(frozen=True)
class Difference:
    """A value of the card that changed since the document copied it."""

    name: str
    copied: str
    present: str


def copy_of(session: Session, owner: Owner, person: Contact | None = None) -> dict[str, Any]:
    """What a document takes over from a card; `person` is the one of the company whom it is for.

    A quote for a person of a company goes to the company, for the attention of the person.
    """
    card = owner
    if isinstance(owner, Contact) and owner.company_id is not None:
        card, person = session.get_one(Contact, owner.company_id), owner
    copied = {name: getattr(card, name) for name in COPIED if name not in ("party_no", "contact_person")}
    copied |= {"party_no": card.no, "contact_person": _contact_person(session, card, person)}
    copied["language"] = copied["language"] or records.office(session).language
    if person is not None and person.email:
        copied["email"] = person.email
    return copied


def take(session: Session, document: Document, owner: Owner, person: Contact | None = None) -> None:
    """Copy the card onto the document."""
    for name, value in copy_of(session, owner, person).items():
        setattr(document, name, value)


def differences(session: Session, document: Document) -> list[Difference]:
    """What changed on the card since the document copied it; nothing for an issued one, which never changes."""
    owner = document.party or document.contact
    if document.is_issued or owner is None:
        return []
    present = copy_of(session, owner, _person(session, document))
    return [
        Difference(name, getattr(document, name), present[name])
        for name in COPIED
        if getattr(document, name) != present[name]
    ]


def refresh(session: Session, document: Document, cause: Cause) -> list[Difference]:
    """Copy the card again; returns what that changed."""
    found = differences(session, document)
    changes.carry_out(session, document, {one.name: one.present for one in found}, cause)
    return found


def _person(session: Session, document: Document) -> Contact | None:
    """The person of a company whom the document is for."""
    contact = document.contact
    return contact if contact is not None and contact.company_id is not None else None


def _contact_person(session: Session, card: Owner, person: Contact | None) -> str:
    if person is not None:
        return person.name
    if isinstance(card, Contact):
        return ""
    if card.primary_contact is not None and card.primary_contact.name != card.name:
        return card.primary_contact.name
    return card.contact_person
