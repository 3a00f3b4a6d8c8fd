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
from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, BankAccount, Contact, Link, Office, UndoEntry
from models.base import now
from services import (
    card_rules,
    history,
    interactions_bin,
    jobs,
    records,
    restoring,
    snapshots,
    sync,
    tripwire,
)
from services.documents import guards, kept
from services.errors import NotFound, PrivacyBlocked, Refused
from services.history import Cause
from services.privacy import blocks

BIN_DAYS = 30


@dataclass(frozen=True)
class Plan:
    """What deleting a card means: what stays linked to nothing, whom it leaves alone, what it empties."""

    record: AnyCard
    linked: list[AnyCard] = field(default_factory=list)
    persons: list[Contact] = field(default_factory=list)
    loses_primary_contact: list[AnyCard] = field(default_factory=list)
    free_codes: list[str] = field(default_factory=list)
    # What documents say: why the card must stay, or which of them go with it (rules D1, D3).
    documents: guards.Verdict = field(default_factory=guards.Verdict)


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
    verdicts = guards.verdicts(session, cards) | _blocked(session, cards)
    contact_ids = [link.contact_id for card_links in links.values() for link in card_links]
    if not isinstance(cards[0], Contact):
        contacts = {contact.id: contact for contact in all_of(session, "contact", contact_ids)}
        return [
            Plan(
                card,
                linked=[contacts[link.contact_id] for link in links.get(card.id, [])],
                documents=verdicts[card.id],
            )
            for card in cards
        ]
    # Read at once: the loop finds them in the session.
    _kept = [*_parties_of(session, links), *all_of(session, "contact", contact_ids)]
    ids = [card.id for card in cards]
    persons = _persons_of(session, ids)
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
                documents=verdicts[card.id],
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
    for kind in {card.KIND for card in (*cards, *also)}:
        for verdict in _blocked(session, [one for one in (*cards, *also) if kind == one.KIND]).values():
            raise PrivacyBlocked(verdict.sentence)
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
    """Remove cards with their links and open documents, and let go of them where others refer to them.

    Returns what bringing them back needs. Raises Invoiced for a card that documents keep (rule D3).
    """
    for record in cards:
        sync.family_of(session, record, lock=True)
    documents = kept.remove(session, guards.check(session, cards), cause)
    contacts = [record.id for record in cards if isinstance(record, Contact)]
    links = list({link.id: link for record in cards for link in records.links_of(session, record)}.values())
    snapshot = {
        "cards": [{"kind": record.KIND, "values": snapshots.values_of(record)} for record in cards],
        "links": [_link_values(link) for link in links],
        "references": _clear_references(session, cards, links, cause),
        "interactions": interactions_bin.take(session, cards),
        "documents": documents,
        "document_contacts": kept.forget_contacts(session, contacts),
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


def _blocked(session: Session, cards: Sequence[AnyCard]) -> dict[int, guards.Verdict]:
    """Cards of one kind that somebody blocked for privacy stay: what the block is for would go with them.

    A minor without consent may go: less is kept then.
    """
    active = blocks.active_among(session, cards[0].KIND, [card.id for card in cards])
    return {
        card.id: guards.Verdict(
            _l(
                "%(no)s is blocked for privacy since %(date)s, so it is not deleted here."
                " Lift the block first, or let the privacy desk erase it.",
                no=card.no,
                date=set_by_hand[0].since.isoformat(),
            )
        )
        for card in cards
        if (set_by_hand := [one for one in active.get(card.id, ()) if one.id is not None])
    }


def undo_delete(session: Session, entry: UndoEntry, *, by: int | None) -> restoring.Restored:
    """Bring deleted cards back with their links; raises Refused when their time or numbers have passed."""
    snapshot = check_undo(session, entry)
    restored = restoring.restore(session, snapshot, history.cause(by))
    entry.undone_at = now()
    entry.snapshot, entry.label = None, ""
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
        restoring.check_number_free(session, saved["kind"], saved["values"]["no"])
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
    """Forget what the bin and other undo entries keep beyond their time. Returns how many.

    One that was taken back has no snapshot any more, and may still have a label that names the card.
    """
    says_something = or_(UndoEntry.snapshot.is_not(None), UndoEntry.label != "")
    expired = session.scalars(select(UndoEntry).where(UndoEntry.expires_at <= now(), says_something)).all()
    for entry in expired:
        entry.snapshot = None
        entry.label = ""
    session.flush()
    return len(expired)


# -- helpers ----------------------------------------------------------------------------------------


# Made once: making a statement takes longer than running it.
_IDS: Any = bindparam("ids", expanding=True)
_PERSONS = select(Contact).where(Contact.company_id.in_(_IDS)).order_by(Contact.search_name, Contact.id)
_KEYS = {kind: getattr(Link, f"{kind}_id") for kind in MODELS}
_LINKS = {kind: select(key, Link).where(key.in_(_IDS)).order_by(Link.id) for kind, key in _KEYS.items()}


def _persons_of(session: Session, companies: Sequence[int]) -> Sequence[Contact]:
    """The persons of several companies, by name."""
    return session.scalars(_PERSONS, {"ids": list(companies)}).all()


def _links_of(session: Session, cards: Sequence[AnyCard]) -> dict[int, list[Link]]:
    """The links of cards of one kind by their ids, in the order in which they were made."""
    found: dict[int, list[Link]] = {}
    for id_, link in session.execute(_LINKS[cards[0].KIND], {"ids": [card.id for card in cards]}):
        found.setdefault(id_, []).append(link)
    return found


def _parties_of(session: Session, links: Mapping[int, Sequence[Link]]) -> list[AnyCard]:
    """The parties at the end of links, in one query for each kind."""
    ids: dict[str, list[int]] = {}
    for link in (link for card_links in links.values() for link in card_links):
        if link.party_id is not None:
            ids.setdefault(link.kind, []).append(link.party_id)
    return [party for kind, found in ids.items() for party in all_of(session, kind, found)]


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
    persons = _persons_of(session, ids) if ids else []
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


def _empty_daily(session: Session, _data: Path) -> None:
    empty_expired(session)


jobs.DAILY.append(_empty_daily)
