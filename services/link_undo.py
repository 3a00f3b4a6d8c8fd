"""Taking back a link or an unlinking, while nobody has edited one of the cards since (rules L9, L10)."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, Contact, Customer, Link, RelationCode, UndoEntry, Vendor
from models.base import now
from services import card_rules, fields, history, links, records, snapshots, sync
from services.documents import quotes
from services.errors import NotFound, Refused


def undo(session: Session, entry: UndoEntry, *, by: int | None) -> tuple[Contact, AnyCard | None]:
    """Take back a link or an unlinking, while none of the cards has been edited since."""
    cards = check(session, entry, lock=True)
    snapshot: dict[str, Any] = entry.snapshot or {}
    cause = history.cause(by)
    saved = snapshot["link"]
    contact = session.get_one(Contact, saved["contact_id"])
    party = session.get(MODELS[saved["kind"]], saved["party_id"]) if saved["kind"] else None
    if entry.action == "link":
        records.remove_link(session, session.get_one(Link, snapshot["link_id"]), cause)
        if isinstance(party, (Customer, Vendor)):
            quotes.release(session, snapshot.get("quotes", []), party, cause)
    elif party is not None:
        records.add_link(session, contact, party, _code_again(session, saved), cause)
    else:
        records.add_free_link(session, contact, saved["relation_code_id"], cause)
    undone = _still_allowed(session, _undone(cards, snapshot["changes"]))
    records.carry_out(session, [*undone, *_followers(session, undone)], cause)
    entry.undone_at = now()
    session.flush()
    return contact, party


def check(session: Session, entry: UndoEntry, *, lock: bool = False) -> dict[tuple[str, int], AnyCard]:
    """The cards that undoing would touch; raises Refused when it cannot be undone any more.

    With `lock` nobody else changes them until the transaction ends.
    """
    if entry.action not in ("link", "unlink"):
        raise NotFound()
    if entry.undone_at is not None:
        raise Refused(_l("This was undone already."))
    snapshot = entry.snapshot
    if snapshot is None or entry.expires_at <= now():
        raise Refused(
            _l(
                "This was done more than %(days)s days ago; it cannot be undone any more.",
                days=links.UNDO_DAYS,
            )
        )
    cards: dict[tuple[str, int], AnyCard] = {}
    for kind, id_, version in snapshot["versions"]:
        card = session.get(MODELS[kind], id_, with_for_update=lock or None, populate_existing=lock)
        if card is None or card.version != version:
            raise Refused(
                _l("One of the cards has been edited since, so this cannot be undone any more."), record=card
            )
        cards[(kind, id_)] = card
    if entry.action == "unlink":
        _check_can_link_again(session, snapshot["link"])
    else:
        link = session.get(Link, snapshot["link_id"])
        if link is None:
            raise Refused(_l("The two cards are not linked any more."))
        links.check_can_unlink(session, session.get_one(Contact, link.contact_id), link)
    return cards


# -- helpers ----------------------------------------------------------------------------------------


def _check_can_link_again(session: Session, saved: Mapping[str, Any]) -> None:
    """Refuse to link again what the rules do not allow any more since it was unlinked."""
    contact = session.get_one(Contact, saved["contact_id"])
    if saved["kind"]:
        party = session.get_one(MODELS[saved["kind"]], saved["party_id"])
        links.check_can_link(session, contact, saved["kind"])
        links.check_party_is_free(session, party)
        if not all(one.same for one in links.compare(contact, party)):
            raise Refused(
                _l("The two cards differ by now. Use “Link with existing” and choose which values to keep.")
            )
        return
    code = session.get(RelationCode, saved["relation_code_id"])
    if code is None:
        raise Refused(_l("The relation code was deleted since, so it cannot be given again."))
    links.check_free_code(session, contact, code)


def _code_again(session: Session, saved: Mapping[str, Any]) -> int | None:
    """The code that a link had, or the one its kind has now when that was deleted."""
    if session.get(RelationCode, saved["relation_code_id"]) is not None:
        return int(saved["relation_code_id"])
    return records.office(session).code_id(saved["kind"])


def _still_allowed(session: Session, undone: list[sync.Change]) -> list[sync.Change]:
    """Without a primary contact who was deleted or left the company since (rule L11)."""
    return [
        change
        for change in undone
        if change.field != "primary_contact_id"
        or card_rules.may_be_primary_contact(session, change.record, change.new)
    ]


def _undone(cards: Mapping[tuple[str, int], AnyCard], changes: list[list[Any]]) -> list[sync.Change]:
    undone = []
    for kind, id_, name, old in changes:
        card = cards[(kind, id_)]
        undone.append(sync.Change(card, name, getattr(card, name), snapshots.read(kind, name, old)))
    return undone


def _followers(session: Session, undone: list[sync.Change]) -> list[sync.Change]:
    """What follows on parties that were linked since: nobody edited them, and they stay in step."""
    done = {(change.record, change.field) for change in undone}
    contacts = [change.record.id for change in undone if isinstance(change.record, Contact)]
    families = sync.families(session, contacts, lock=True) if contacts else {}
    return [
        sync.Change(party, change.field, getattr(party, change.field), change.new, change.record)
        for change in undone
        if isinstance(change.record, Contact)
        for party in families[change.record.id].parties
        if fields.is_shared(party.KIND, change.field) and (party, change.field) not in done
    ]
