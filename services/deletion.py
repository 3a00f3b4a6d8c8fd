"""Deleting cards, and bringing them back from the bin.

Deleting a contact leaves its parties, deleting a party leaves its contact (rules D1, D2). Nothing
cascades unseen: what else goes is named in the plan and chosen one by one (rule D4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, Contact, Link, UndoEntry
from models.base import now
from services import history, records, snapshots, sync, tripwire
from services.errors import NotFound, Refused
from services.history import Cause

BIN_DAYS = 30


@dataclass(frozen=True)
class Plan:
    """What deleting a card means: what stays linked to nothing, whom it leaves alone, what it empties."""

    record: AnyCard
    linked: list[AnyCard] = field(default_factory=list)
    persons: list[Contact] = field(default_factory=list)
    primary_contact_of: list[AnyCard] = field(default_factory=list)
    free_codes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Restored:
    """The cards that came back, and the cards that had changed since and were left unlinked."""

    cards: list[AnyCard]
    left_alone: list[AnyCard]


def plan(session: Session, record: AnyCard) -> Plan:
    """What will happen when the card is deleted, for the page that asks."""
    links = records.links_of(session, record)
    if not isinstance(record, Contact):
        return Plan(record, linked=[session.get_one(Contact, link.contact_id) for link in links])
    parties = [party for link in links if (party := records.get_party(session, link)) is not None]
    return Plan(
        record,
        linked=parties,
        persons=records.persons_of(session, record),
        primary_contact_of=records.primary_contact_holders(session, [record.id]),
        free_codes=[link.relation_code.code for link in links if not link.kind],
    )


def delete(session: Session, record: AnyCard, *, also: Sequence[AnyCard] = (), by: int | None) -> UndoEntry:
    """Delete a card and the ones chosen with it; returns the entry of the bin that can undo it.

    `also` may hold linked cards and persons of the company; any other card raises Refused.
    """
    allowed = plan(session, record)
    chosen = [record, *also]
    if any(card not in (*allowed.linked, *allowed.persons) for card in also):
        raise Refused(_l("The cards to delete have changed meanwhile. Look at the list again."))
    entry = UndoEntry(
        action="delete",
        created_by=by,
        expires_at=now() + timedelta(days=BIN_DAYS),
        label=f"{record.no} {record.name}",
        snapshot=remove(session, chosen, history.cause(by)),
    )
    session.add(entry)
    session.flush()
    return entry


def remove(session: Session, cards: Sequence[AnyCard], cause: Cause) -> dict[str, Any]:
    """Remove cards with their links, and let go of them where others refer to them. Returns what `restore` takes."""
    for record in cards:
        sync.family_of(session, record, lock=True)
    links = list({link.id: link for record in cards for link in records.links_of(session, record)}.values())
    touched = _other_ends(session, links, cards)
    references = _clear_references(session, cards, cause)
    snapshot = {
        "cards": [{"kind": record.KIND, "values": snapshots.values_of(record)} for record in cards],
        "links": [_link_values(link) for link in links],
        "references": references,
        "versions": [[card.KIND, card.id, card.version] for card in touched],
    }
    for link in links:
        records.remove_link(session, link, cause)
    # Persons go before their companies: the database keeps every reference whole.
    for record in sorted(cards, key=lambda card: getattr(card, "company_id", None) is None):
        history.write(session, record, "deleted", cause)
        tripwire.announce_deleted(session, record)
        session.flush()
    return snapshot


def undo_delete(session: Session, entry: UndoEntry, *, by: int | None) -> Restored:
    """Bring deleted cards back with their links; raises Refused when their time or numbers have passed."""
    if entry.action != "delete" or entry.snapshot is None:
        raise NotFound()
    if entry.undone_at is not None:
        raise Refused(_l("This was undone already."))
    if entry.expires_at < now():
        raise Refused(_l("The bin keeps deleted cards for %(days)s days; this one is gone.", days=BIN_DAYS))
    restored = _restore(session, entry.snapshot, history.cause(by))
    entry.undone_at = now()
    entry.snapshot = None
    session.flush()
    return restored


def bin_entries(session: Session) -> list[UndoEntry]:
    """What the bin holds, the latest first."""
    return list(
        session.scalars(
            select(UndoEntry)
            .where(UndoEntry.action == "delete", UndoEntry.undone_at.is_(None), UndoEntry.expires_at > now())
            .order_by(UndoEntry.id.desc())
        )
    )


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


def _other_ends(session: Session, links: Sequence[Link], cards: Sequence[AnyCard]) -> list[AnyCard]:
    """The linked cards that stay."""
    ends: list[AnyCard] = []
    for link in links:
        for card in (session.get_one(Contact, link.contact_id), records.get_party(session, link)):
            if card is not None and card not in cards and card not in ends:
                ends.append(card)
    return ends


def _clear_references(session: Session, cards: Sequence[AnyCard], cause: Cause) -> list[dict[str, Any]]:
    """Empty the primary contacts and companies that name a card about to go; returns what they were."""
    ids = [card.id for card in cards if isinstance(card, Contact)]
    holders: list[tuple[AnyCard, str]] = [
        (holder, "primary_contact_id") for holder in records.primary_contact_holders(session, ids)
    ]
    holders += [(person, "company_id") for person in session.scalars(select(Contact).where(Contact.company_id.in_(ids)))]
    references = [
        {"kind": holder.KIND, "id": holder.id, "field": name, "value": getattr(holder, name)}
        for holder, name in holders
        if holder not in cards
    ]
    changes = [
        sync.Change(holder, name, getattr(holder, name), None) for holder, name in holders if holder not in cards
    ]
    records.carry_out(session, changes, cause)
    # A customer deleted together with its primary contact: the snapshot keeps the reference, the row lets go.
    return references


def _link_values(link: Link) -> dict[str, Any]:
    return {
        "contact_id": link.contact_id,
        "relation_code_id": link.relation_code_id,
        "kind": link.kind,
        "party_id": link.party_id,
    }


def _restore(session: Session, snapshot: Mapping[str, Any], cause: Cause) -> Restored:
    cards = [snapshots.record_from(saved["kind"], saved["values"]) for saved in snapshot["cards"]]
    for card in cards:
        _check_number_free(session, card)
    # Companies come back before their persons, contacts before those who name them.
    cards.sort(key=lambda card: (not isinstance(card, Contact), getattr(card, "company_id", None) is not None))
    for card in cards:
        tripwire.announce_new(session, card)
        session.flush()
        history.write(session, card, "restored", cause)
    versions = {(kind, id_): version for kind, id_, version in snapshot["versions"]}
    left_alone: list[AnyCard] = []
    for saved in snapshot["links"]:
        left_alone += _restore_link(session, saved, cards, versions, cause)
    _restore_references(session, snapshot["references"], cause)
    return Restored(cards, left_alone)


def _check_number_free(session: Session, card: AnyCard) -> None:
    model = MODELS[card.KIND]
    holder = session.scalar(select(model).where(model.no == card.no))
    if holder is not None:
        raise Refused(
            _l("Another card has the number %(no)s now. Give that card another number first.", no=card.no),
            record=holder,
        )


def _restore_link(
    session: Session,
    saved: Mapping[str, Any],
    cards: Sequence[AnyCard],
    versions: Mapping[tuple[str, int], int],
    cause: Cause,
) -> list[AnyCard]:
    """Link two cards again unless one changed since: a card that went its own way is not overwritten."""
    contact = session.get(Contact, saved["contact_id"])
    party = session.get(MODELS[saved["kind"]], saved["party_id"]) if saved["kind"] else None
    if contact is None or (saved["kind"] and party is None):
        return []
    ends = [end for end in (contact, party) if end is not None and end not in cards]
    changed = [end for end in ends if versions.get((end.KIND, end.id)) != end.version]
    if changed or any(_has_link(session, end, saved["kind"]) for end in ends):
        return changed or ends
    if party is not None:
        records.add_link(session, contact, party, saved["relation_code_id"], cause)
    else:
        records.add_free_link(session, contact, saved["relation_code_id"], cause)
    return []


def _has_link(session: Session, end: AnyCard, kind: str) -> bool:
    """Whether the end of a link is taken by now: a party by any contact, a contact by a party of this kind."""
    links = [link for link in records.links_of(session, end) if link.kind]
    if isinstance(end, Contact):
        return kind != "bank_account" and any(link.kind == kind for link in links)
    return bool(links)


def _restore_references(session: Session, references: Sequence[Mapping[str, Any]], cause: Cause) -> None:
    """Choose primary contacts and companies again where nobody chose another meanwhile."""
    changes = []
    for saved in references:
        holder = session.get(MODELS[saved["kind"]], saved["id"])
        if holder is not None and getattr(holder, saved["field"]) is None and session.get(Contact, saved["value"]):
            if saved["field"] == "company_id" or _is_person_of(session, holder, saved["value"]):
                changes.append(sync.Change(holder, saved["field"], None, saved["value"]))
    records.carry_out(session, changes, cause)


def _is_person_of(session: Session, party: AnyCard, person_id: int) -> bool:
    hub = sync.contact_id_of(session, party)
    person = session.get_one(Contact, person_id)
    return hub is not None and hub in (person.company_id, person.id)
