"""The dossier: everything that Carnet knows about a person or company, from any of its cards (Y-B4)."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from models import MODELS, AnyCard, Contact, HistoryEntry, Link
from services import database, logs
from services.privacy import locating, locating_past  # noqa: F401  say how each part finds its rows
from services.privacy.reaching import chunks, keys_where
from services.privacy.registry import MODULES, Dossier, Rows, Scope

Card = tuple[str, int]


def scope_of(session: Session, card: AnyCard) -> Scope:
    """The cards of the person or company that a card is about.

    From a contact or any of its parties: the contact and all its parties, of a company its persons with
    theirs as well. From a person who belongs to a company: the person and their own parties, never the company.
    Cards that were deleted while they were linked with one of these belong to it too, for what is left of them.
    """
    contact = card if isinstance(card, Contact) else _contact_of(session, card)
    if contact is None:
        cards: set[Card] = {(card.KIND, card.id)}
    else:
        contacts = {contact.id} | keys_where(session, Contact.id, Contact.company_id, {contact.id})
        cards = {("contact", id_) for id_ in contacts} | _parties_of(session, contacts)
    cards |= _deleted_ends(session, cards)
    return Scope.of_cards(cards)


def collect(session: Session, scope: Scope) -> Dossier:
    """Everything that the modules find for a scope; one that fails is named, and the others go on (Y-A2)."""
    rows: dict[str, Rows] = {}
    failed: list[str] = []
    for module in MODULES.values():
        if module.locate is None:
            continue
        try:
            # What fails in the database must not take the transaction of the others with it.
            with session.begin_nested():
                rows[module.name] = module.locate(session, scope)
        except Exception as error:
            if database.is_overlap(error) or database.is_unavailable(error):
                raise
            logs.error(logs.new_incident(), error)
            failed.append(module.name)
    return Dossier(scope, rows, tuple(failed))


# -- helpers ----------------------------------------------------------------------------------------


def _contact_of(session: Session, party: AnyCard) -> Contact | None:
    key = getattr(Link, f"{party.KIND}_id")
    return session.scalar(select(Contact).join(Link, Link.contact_id == Contact.id).where(key == party.id))


def _parties_of(session: Session, contacts: Collection[int]) -> set[Card]:
    parties: set[Card] = set()
    for kind in ("customer", "vendor", "bank_account"):
        ids = keys_where(session, getattr(Link, f"{kind}_id"), Link.contact_id, contacts, Link.kind == kind)
        parties |= {(kind, id_) for id_ in ids}
    return parties


def _deleted_ends(session: Session, cards: Collection[Card]) -> set[Card]:
    """The cards that were deleted together with their link to one of these: one action wrote both lines."""
    unlinked, deleted = aliased(HistoryEntry), aliased(HistoryEntry)
    found: set[Card] = set()
    for kind in MODELS:
        for ids in chunks({id_ for one, id_ in cards if one == kind}):
            query = (
                select(deleted.kind, deleted.record_id)
                .join(unlinked, unlinked.change_id == deleted.change_id)
                .where(
                    unlinked.kind == kind,
                    unlinked.record_id.in_(ids),
                    unlinked.action == "unlinked",
                    unlinked.origin_kind == deleted.kind,
                    unlinked.origin_id == deleted.record_id,
                    deleted.action == "deleted",
                )
            )
            found |= {(one, id_) for one, id_ in session.execute(query)}
    for kind, model in MODELS.items():
        there = keys_where(session, model.id, model.id, {id_ for one, id_ in found if one == kind})
        found -= {(kind, id_) for id_ in there}
    return found
