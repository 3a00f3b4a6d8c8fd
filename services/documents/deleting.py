"""Deleting a draft, quote or order, with the customer that was made for it when nothing else is its (rule D8)."""

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AnyCard, Contact, Document, UndoEntry
from models.base import now
from services import deletion, history, records
from services.documents import changes, guards, kept
from services.documents.kinds import named
from services.errors import Refused


def check(session: Session, document: Document) -> None:
    """Refuse to delete what is issued, and what something issued came from."""
    changes.check_not_issued(document)
    issued = issued_from(session, document)
    if issued:
        raise Refused(
            _l("%(kind)s %(no)s stays: issued documents came from it.", **named(document)), records=issued
        )


def issued_from(session: Session, document: Document) -> list[Document]:
    """The issued documents that came from this one, directly or over others."""
    ids, found = {document.id}, []
    while ids:
        made = session.scalars(
            select(Document).where(Document.source_id.in_(ids)).order_by(Document.id)
        ).all()
        found += [one for one in made if one.is_issued]
        ids = {one.id for one in made if not one.is_issued}
    return found


def offers(session: Session, document: Document) -> list[AnyCard]:
    """The customer or vendor that has nothing but this document, and its contact: they may go along.

    Of a quote that a contact carries alone: the contact, while nothing else belongs to it.
    """
    party = document.party
    if party is None:
        return _contact_alone(session, document)
    found = guards.verdict(session, party)
    # An open order keeps its customer, and goes before it.
    all_of_it = found.goes_along if found.sentence is None else found.in_the_way
    if found.can_be_blocked or [one.id for one in all_of_it] != [document.id]:
        return []
    contacts = [session.get_one(Contact, link.contact_id) for link in records.links_of(session, party)]
    return [party, *(one for one in contacts if not guards.verdict(session, one).goes_along)]


def _contact_alone(session: Session, document: Document) -> list[AnyCard]:
    contact = document.contact
    if contact is None or records.links_of(session, contact) or records.persons_of(session, contact):
        return []
    carried = guards.verdict(session, contact).goes_along
    return [contact] if [one.id for one in carried] == [document.id] else []


def delete(
    session: Session, document: Document, *, also: Sequence[AnyCard] = (), by: int | None
) -> UndoEntry:
    """Delete a document and the offered cards that were chosen with it; returns the entry of the bin."""
    document = changes.lock(session, document)
    check(session, document)
    allowed = offers(session, document)
    if any(card not in allowed for card in also):
        raise Refused(_l("The cards to delete have changed meanwhile. Look at the list again."))
    cause = history.cause(by)
    removed = kept.remove(session, [document], cause)
    snapshot = deletion.remove(session, also, cause)
    entry = UndoEntry(
        action="delete",
        created_by=by,
        expires_at=now() + timedelta(days=deletion.BIN_DAYS),
        label=f"{document.no} {document.name}".strip(),
        # The document was asked for, and its cards went along: the bin names it first.
        snapshot={**snapshot, "documents": [*removed, *snapshot["documents"]], "of_document": True},
    )
    session.add(entry)
    session.flush()
    return entry
