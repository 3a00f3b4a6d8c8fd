"""Deleting cards, and bringing them back from the bin.

Deleting a contact leaves its parties, deleting a party leaves its contact (rules D1, D2). Nothing
cascades unseen: what else goes is named in the plan and chosen one by one (rule D4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, BankAccount, Contact, Link, Office, RelationCode, UndoEntry
from models.base import now
from services import (
    card_rules,
    fields,
    history,
    interactions_bin,
    jobs,
    new_cards,
    records,
    snapshots,
    sync,
    tripwire,
)
from services.errors import NotFound, Refused
from services.history import Cause

BIN_DAYS = 30


@dataclass(frozen=True)
class Plan:
    """What deleting a card means: what stays linked to nothing, whom it leaves alone, what it empties."""

    record: AnyCard
    linked: list[AnyCard] = field(default_factory=list)
    persons: list[Contact] = field(default_factory=list)
    loses_primary_contact: list[AnyCard] = field(default_factory=list)
    free_codes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Restored:
    """The cards that came back; linked cards that went their own way since and were left unlinked; and the
    cards that came back without the link they had, because its other end is gone."""

    cards: list[AnyCard]
    left_alone: list[AnyCard]
    alone: list[AnyCard]


def all_of(session: Session, kind: str, ids: Sequence[int]) -> list[Any]:
    """The cards of a kind with these ids that are there."""
    model = MODELS[kind]
    return list(session.scalars(select(model).where(model.id.in_(ids)))) if ids else []


def plan(session: Session, record: AnyCard) -> Plan:
    """What will happen when the card is deleted, for the page that asks."""
    return plans(session, [record])[0]


def plans(session: Session, cards: Sequence[AnyCard]) -> list[Plan]:
    """What deleting cards of one kind together means, one by one, in a few queries whatever their number.

    A card that goes itself is not named among those that stay.
    """
    links = _links_of(session, cards)
    contact_ids = [link.contact_id for card_links in links.values() for link in card_links]
    if not isinstance(cards[0], Contact):
        contacts = {contact.id: contact for contact in all_of(session, "contact", contact_ids)}
        return [
            Plan(card, linked=[contacts[link.contact_id] for link in links.get(card.id, [])])
            for card in cards
        ]
    # Read at once: the loop finds them in the session.
    _kept = [*_parties_of(session, links), *all_of(session, "contact", contact_ids)]
    ids = [card.id for card in cards]
    persons = session.scalars(
        select(Contact).where(Contact.company_id.in_(ids)).order_by(Contact.search_name, Contact.id)
    ).all()
    holders = card_rules.primary_contact_holders(session, ids)
    found = []
    for card in cards:
        own = links.get(card.id, [])
        parties = [party for link in own if (party := records.get_party(session, link)) is not None]
        losing = [holder for holder in holders if holder.primary_contact_id == card.id]  # type: ignore[union-attr]
        losing += [party for party in parties if _has_primary(party) and party not in losing]
        found.append(
            Plan(
                card,
                linked=parties,
                persons=[one for one in persons if one.company_id == card.id and one not in cards],
                loses_primary_contact=losing,
                free_codes=[link.relation_code.code for link in own if not link.kind],
            )
        )
    return found


def delete(session: Session, record: AnyCard, *, also: Sequence[AnyCard] = (), by: int | None) -> UndoEntry:
    """Delete a card and the ones chosen with it; returns the entry of the bin that can undo it."""
    return delete_together(session, [record], also=also, by=by)


def delete_together(
    session: Session, cards: Sequence[AnyCard], *, also: Sequence[AnyCard] = (), by: int | None
) -> UndoEntry:
    """Delete cards of one kind and the ones chosen with them, all or none, as one entry of the bin.

    `also` may hold their linked cards and the persons of companies among them; any other card raises Refused.
    """
    allowed = [card for one in plans(session, cards) for card in (*one.linked, *one.persons)]
    if any(card not in allowed for card in also):
        raise Refused(_l("The cards to delete have changed meanwhile. Look at the list again."))
    entry = UndoEntry(
        action="delete",
        created_by=by,
        expires_at=now() + timedelta(days=BIN_DAYS),
        label=f"{cards[0].no} {cards[0].name}",
        snapshot=remove(session, [*cards, *also], history.cause(by)),
    )
    session.add(entry)
    session.flush()
    return entry


def remove(session: Session, cards: Sequence[AnyCard], cause: Cause) -> dict[str, Any]:
    """Remove cards with their links, and let go of them where others refer to them.

    Returns what bringing them back needs.
    """
    for record in cards:
        sync.family_of(session, record, lock=True)
    links = list({link.id: link for record in cards for link in records.links_of(session, record)}.values())
    snapshot = {
        "cards": [{"kind": record.KIND, "values": snapshots.values_of(record)} for record in cards],
        "links": [_link_values(link) for link in links],
        "references": _clear_references(session, cards, links, cause),
        "interactions": interactions_bin.take(session, cards),
    }
    for link in links:
        records.remove_link(session, link, cause)
    _forget_payment_account(session, cards)
    for record in cards:
        # The number is all that the history of a deleted card needs to be read.
        history.write(session, record, "deleted", cause, field="no", old=record.no)
    # Persons go before their companies: the database keeps every reference whole.
    for record in sorted(cards, key=lambda card: getattr(card, "company_id", None) is None):
        tripwire.announce_deleted(session, record)
        session.flush()
    return snapshot


def undo_delete(session: Session, entry: UndoEntry, *, by: int | None) -> Restored:
    """Bring deleted cards back with their links; raises Refused when their time or numbers have passed."""
    snapshot = check_undo(session, entry)
    restored = _restore(session, snapshot, history.cause(by))
    entry.undone_at = now()
    entry.snapshot = None
    session.flush()
    return restored


def check_undo(session: Session, entry: UndoEntry) -> dict[str, Any]:
    """What the bin keeps of the deleted cards; raises Refused when they cannot come back."""
    if entry.action != "delete":
        raise NotFound()
    if entry.undone_at is not None:
        raise Refused(_l("This was undone already."))
    if entry.expires_at <= now() or entry.snapshot is None:
        raise Refused(_l("The bin keeps deleted cards for %(days)s days; this one is gone.", days=BIN_DAYS))
    for saved in entry.snapshot["cards"]:
        _check_number_free(session, saved["kind"], saved["values"]["no"])
    return entry.snapshot


def bin_entries(session: Session, *, before: int | None = None, limit: int = 50) -> list[UndoEntry]:
    """What the bin holds, the latest first; `before` is the id where the last page ended."""
    query = select(UndoEntry).where(
        UndoEntry.action == "delete",
        UndoEntry.undone_at.is_(None),
        UndoEntry.snapshot.is_not(None),
        UndoEntry.expires_at > now(),
    )
    if before is not None:
        query = query.where(UndoEntry.id < before)
    return list(session.scalars(query.order_by(UndoEntry.id.desc()).limit(limit)))


def empty_expired(session: Session) -> int:
    """Forget what the bin and other undo entries keep beyond their time. Returns how many."""
    expired = session.scalars(
        select(UndoEntry).where(UndoEntry.expires_at <= now(), UndoEntry.snapshot.is_not(None))
    ).all()
    for entry in expired:
        entry.snapshot = None
        entry.label = ""
    session.flush()
    return len(expired)


# -- helpers ----------------------------------------------------------------------------------------


def _links_of(session: Session, cards: Sequence[AnyCard]) -> dict[int, list[Link]]:
    """The links of cards of one kind by their ids, in the order in which they were made."""
    key = Link.contact_id if isinstance(cards[0], Contact) else getattr(Link, f"{cards[0].KIND}_id")
    query = select(key, Link).where(key.in_([card.id for card in cards])).order_by(Link.id)
    found: dict[int, list[Link]] = {}
    for id_, link in session.execute(query):
        found.setdefault(id_, []).append(link)
    return found


def _parties_of(session: Session, links: Mapping[int, Sequence[Link]]) -> list[AnyCard]:
    """The parties at the end of links, in one query for each kind."""
    ids: dict[str, list[int]] = {}
    for link in (link for card_links in links.values() for link in card_links):
        if link.party_id is not None:
            ids.setdefault(link.kind, []).append(link.party_id)
    return [party for kind, found in ids.items() for party in all_of(session, kind, found)]


def _all(session: Session, model: Any, ids: Sequence[int]) -> list[Any]:
    return list(session.scalars(select(model).where(model.id.in_(ids))))


def _has_primary(party: AnyCard) -> bool:
    return getattr(party, "primary_contact_id", None) is not None


def _holders(session: Session, cards: Sequence[AnyCard], links: Sequence[Link]) -> list[AnyCard]:
    """Customers and vendors that lose their primary contact: it goes, or its company is no longer theirs."""
    contacts = [card.id for card in cards if isinstance(card, Contact)]
    holders = card_rules.primary_contact_holders(session, contacts)
    for link in links:
        party = records.get_party(session, link)
        if party is None or party in holders:
            continue
        if _has_primary(party):
            holders.append(party)
    return [holder for holder in holders if holder not in cards]


def _clear_references(
    session: Session, cards: Sequence[AnyCard], links: Sequence[Link], cause: Cause
) -> list[dict[str, Any]]:
    """Empty the primary contacts and companies that cannot stay; returns what they were."""
    ids = [card.id for card in cards if isinstance(card, Contact)]
    holders: list[tuple[AnyCard, str]] = [
        (holder, "primary_contact_id") for holder in _holders(session, cards, links)
    ]
    persons = session.scalars(select(Contact).where(Contact.company_id.in_(ids)))
    holders += [(person, "company_id") for person in persons if person not in cards]
    references = [
        {"kind": holder.KIND, "id": holder.id, "field": name, "value": getattr(holder, name)}
        for holder, name in holders
    ]
    changes = [sync.Change(holder, name, getattr(holder, name), None) for holder, name in holders]
    records.carry_out(session, changes, cause)
    # A customer that goes together with its primary contact lets go of it first, without a line of history.
    for card in cards:
        if getattr(card, "primary_contact_id", None) in ids:
            tripwire.announce(session, card, "primary_contact_id", None)
    session.flush()
    return references


def _forget_payment_account(session: Session, cards: Sequence[AnyCard]) -> None:
    """Invoices no longer name a bank account that goes; the checklist of the settings then says so."""
    office = session.get(Office, 1)
    gone = [card.id for card in cards if isinstance(card, BankAccount)]
    if office is not None and office.payment_account_id in gone:
        office.payment_account_id = None
        session.flush()


def _link_values(link: Link) -> dict[str, Any]:
    return {
        "contact_id": link.contact_id,
        "relation_code_id": link.relation_code_id,
        "kind": link.kind,
        "party_id": link.party_id,
    }


def _restore(session: Session, snapshot: Mapping[str, Any], cause: Cause) -> Restored:
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
    return Restored(cards, left_alone, alone)


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


def _check_number_free(session: Session, kind: str, no: str) -> None:
    model = MODELS[kind]
    holder = session.scalar(select(model).where(model.no == no))
    if holder is not None:
        raise Refused(
            _l("Another card has the number %(no)s now. Give that card another number first.", no=no),
            record=holder,
        )


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


def _empty_daily(session: Session, _data: Path) -> None:
    empty_expired(session)


jobs.DAILY.append(_empty_daily)
