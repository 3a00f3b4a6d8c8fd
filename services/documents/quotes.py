"""Quotes that a contact carries alone: they follow it when it becomes a customer or vendor (rule O3)."""

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Contact, Customer, Document, Vendor
from services.documents import changes
from services.history import Cause

# A quote of the office is for a customer to be, a purchase quote for a vendor to be.
_KINDS = {"customer": "quote", "vendor": "purchase_quote"}


def assign(session: Session, contact: Contact, party: Customer | Vendor, cause: Cause) -> list[Document]:
    """Give a new customer or vendor the open quotes of its contact and of the contact's persons, and no other.

    Returns them. Their copy of name and address stays as it is; the page offers to refresh it.
    """
    query = (
        select(Document)
        .join(Contact, Contact.id == Document.contact_id)
        .where(
            Document.kind == _KINDS[party.KIND],
            Document.state == "open",
            Document.customer_id.is_(None),
            Document.vendor_id.is_(None),
            or_(Contact.id == contact.id, Contact.company_id == contact.id),
        )
        .order_by(Document.id)
    )
    found = list(session.scalars(query))
    for quote in found:
        changes.carry_out(session, quote, {f"{party.KIND}_id": party.id}, cause)
    session.flush()
    return found


def release(session: Session, quote_ids: Iterable[int], party: Customer | Vendor, cause: Cause) -> None:
    """Give quotes back to their contact alone when the link is undone; those that went on stay."""
    key = f"{party.KIND}_id"
    query = select(Document).where(
        Document.id.in_(list(quote_ids)),
        Document.state == "open",
        Document.contact_id.is_not(None),
        getattr(Document, key) == party.id,
    )
    for quote in session.scalars(query.with_for_update()):
        changes.carry_out(session, quote, {key: None}, cause)
    session.flush()
