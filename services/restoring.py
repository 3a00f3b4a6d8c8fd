"""Bringing deleted cards back from the bin, with their links and documents (rule D7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, Contact, Document, RelationCode
from services import (
    card_rules,
    fields,
    history,
    interactions_bin,
    new_cards,
    records,
    snapshots,
    sync,
    tripwire,
)
from services.documents import kept
from services.errors import Refused
from services.history import Cause


@dataclass(frozen=True)
class Restored:
    """The cards that came back; linked cards that went their own way since and were left unlinked; and the
    cards that came back without the link they had, because its other end is gone."""

    cards: list[AnyCard]
    left_alone: list[AnyCard]
    alone: list[AnyCard]
    documents: list[Document] = field(default_factory=list)


def restore(session: Session, snapshot: Mapping[str, Any], cause: Cause) -> Restored:
    """Make deleted cards, links and documents again, each as far as the others still allow it."""
    cards = [snapshots.record_from(saved["kind"], saved["values"]) for saved in snapshot["cards"]]
    # Companies come back before their persons, contacts before those who name them.
    cards.sort(key=lambda card: (not isinstance(card, Contact), getattr(card, "company_id", None) or 0))
    for card in cards:
        _forget_what_is_gone(session, card)
        new_cards.fold_card(card)
        tripwire.announce_new(session, card)
        session.flush()
        history.write(session, card, "restored", cause, field="no", new=card.no)
    left_alone: list[AnyCard] = []
    alone: list[AnyCard] = []
    for saved in snapshot["links"]:
        changed, missing = _restore_link(session, saved, cards, cause)
        left_alone += changed
        alone += missing
    _restore_references(session, snapshot["references"], cause)
    interactions_bin.bring_back(session, snapshot.get("interactions") or {"entries": [], "companies": []})
    _clear_lost_primary_contacts(session, cards, cause)
    documents = kept.restore(session, snapshot.get("documents", []), cause)
    kept.remember_contacts(session, snapshot.get("document_contacts", []))
    return Restored(cards, left_alone, alone, documents)


def check_number_free(session: Session, kind: str, no: str) -> None:
    """Refuse to bring back a card whose number another one has by now."""
    model = MODELS[kind]
    holder = session.scalar(select(model).where(model.no == no))
    if holder is not None:
        raise Refused(
            _l("Another card has the number %(no)s now. Give that card another number first.", no=no),
            record=holder,
        )


# -- helpers ----------------------------------------------------------------------------------------


def _clear_lost_primary_contacts(session: Session, cards: Sequence[AnyCard], cause: Cause) -> None:
    """A party that came back without its link has no persons to choose from (rule L11)."""
    changes = []
    for card in cards:
        chosen = getattr(card, "primary_contact_id", None)
        if chosen is not None and not card_rules.may_be_primary_contact(session, card, chosen):
            changes.append(sync.Change(card, "primary_contact_id", chosen, None))
    records.carry_out(session, changes, cause)


def _forget_what_is_gone(session: Session, card: AnyCard) -> None:
    """Empty the references of a card about to come back to rows that were removed meanwhile."""
    for column in card.__table__.columns:
        value = getattr(card, column.key)
        for key in column.foreign_keys if value is not None else ():
            if session.scalar(select(key.column).where(key.column == value)) is None:
                setattr(card, column.key, None)
    if isinstance(card, Contact) and card.company_id and not _is_company(session, card.company_id):
        card.company_id = None


def _restore_link(
    session: Session, saved: Mapping[str, Any], cards: Sequence[AnyCard], cause: Cause
) -> tuple[list[AnyCard], list[AnyCard]]:
    """Link two cards again, unless they differ by now: a card that went its own way is not overwritten.

    Returns the cards that stay unlinked because they changed, and those whose other end is gone.
    """
    contact = session.get(Contact, saved["contact_id"])
    party = session.get(MODELS[saved["kind"]], saved["party_id"]) if saved["kind"] else None
    ends = [end for end in (contact, party) if end is not None]
    if contact is None or (saved["kind"] and party is None):
        return [], [end for end in ends if end in cards]
    others = [end for end in ends if end not in cards]
    if session.get(RelationCode, saved["relation_code_id"]) is None:
        return others, []
    if party is None:
        records.add_free_link(session, contact, saved["relation_code_id"], cause)
        return [], []
    differ = any(getattr(contact, name) != getattr(party, name) for name in fields.SHARED[party.KIND])
    if differ or any(_has_link(session, end, saved["kind"]) for end in others):
        return others, []
    records.add_link(session, contact, party, saved["relation_code_id"], cause)
    return [], []


def _has_link(session: Session, end: AnyCard, kind: str) -> bool:
    """Whether the end of a link is taken by now: a party by a contact, a contact by a party of this kind."""
    links = [link for link in records.links_of(session, end) if link.kind]
    if isinstance(end, Contact):
        return kind != "bank_account" and any(link.kind == kind for link in links)
    return bool(links)


def _restore_references(session: Session, references: Sequence[Mapping[str, Any]], cause: Cause) -> None:
    """Choose companies and primary contacts again where nobody chose another meanwhile."""
    # A person belongs to the company again before it can be its primary contact.
    for saved in sorted(references, key=lambda one: one["field"] != "company_id"):
        holder = session.get(MODELS[saved["kind"]], saved["id"])
        if holder is None or getattr(holder, saved["field"]) is not None:
            continue
        if _fits(session, holder, saved["value"]):
            change = sync.Change(holder, saved["field"], None, saved["value"])
            records.carry_out(session, [change], cause)


def _fits(session: Session, holder: AnyCard, contact_id: int) -> bool:
    """Whether a card may have this contact as its company or primary contact again."""
    if isinstance(holder, Contact):
        return holder.type == "person" and _is_company(session, contact_id)
    return card_rules.may_be_primary_contact(session, holder, contact_id)


def _is_company(session: Session, contact_id: int) -> bool:
    contact = session.get(Contact, contact_id)
    return contact is not None and contact.type == "company"
