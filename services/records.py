"""The doors through which cards are made and saved; `links` and `deletion` have the others.

A door locks the family, checks the values at every end, lets `services.sync` plan the changes, carries
them out and writes the history. It flushes; the caller commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, Contact, Document, Link, Office
from models.base import now
from services import card_rules, database, fields, history, making, new_cards, numbers, sync, tripwire
from services.errors import CarnetError, Invalid
from services.history import Cause
from services.new_cards import NewCard
from services.privacy import blocks
from services.privacy.blocks import Blocked


@dataclass(frozen=True)
class Saved:
    """What a door did: the card it was called for, and every change it brought."""

    record: AnyCard
    changes: list[sync.Change] = field(default_factory=list)
    # The family of a saved card, which the door has read.
    family: sync.Family | None = None
    contact: Contact | None = None
    # Open quotes of the contact that went along to its new customer or vendor.
    quotes: list[Document] = field(default_factory=list)

    @property
    def elsewhere(self) -> list[sync.Change]:
        """The changes on other cards than the one saved."""
        return [change for change in self.changes if change.record is not self.record]


# -- creating ---------------------------------------------------------------------------------------


def create(
    session: Session, kind: str, values: Mapping[str, Any], *, by: int | None, batch: str = ""
) -> Saved:
    """Make a card. A party gets its contact too, when the settings allow it (rule L7)."""
    made = _made(making.create_many(session, kind, [values], by=by, batch=batch))
    assert made.card is not None
    contact = session.get_one(Contact, made.contact.id) if made.contact is not None else None
    return Saved(session.get_one(MODELS[kind], made.card.id), contact=contact)


def create_contact_of(session: Session, party: AnyCard, *, by: int | None) -> Contact:
    """Make and link the contact of a party; its contact person becomes a person contact (rule L8)."""
    made = _made(making.create_contacts(session, [party], by=by))
    assert made.contact is not None
    return session.get_one(Contact, made.contact.id)


def create_card(
    session: Session, kind: str, values: Mapping[str, Any], cause: Cause, *, origin: AnyCard | None = None
) -> AnyCard:
    """Make one card and nothing beside it; a person takes over from its company what it lacks."""
    card = NewCard(kind, preview_new(session, kind, values), cause)
    new_cards.write(session, [card])
    record = session.get_one(MODELS[kind], card.id)
    history.write(session, record, "created", cause, origin=origin)
    return record


def preview_new(session: Session, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that `create` would store, and the errors it would raise; writes nothing.

    Without a number among them, the card would take the next one of its series.
    """
    return new_cards.check(session, new_cards.known_for(session, kind, [values]), kind, values)


def add_link(session: Session, contact: Contact, party: AnyCard, code_id: int | None, cause: Cause) -> Link:
    """Link two cards that already agree; `services.links` is for cards that may differ."""
    link = Link(contact_id=contact.id, relation_code_id=code_id, kind=party.KIND, created_by=cause.by)
    setattr(link, f"{party.KIND}_id", party.id)
    tripwire.announce_new(session, link)
    session.flush()
    history.write(session, contact, "linked", cause, origin=party)
    history.write(session, party, "linked", cause, origin=contact)
    return link


def add_free_link(session: Session, contact: Contact, code_id: int, cause: Cause) -> Link:
    """Give a contact a relation code without a party."""
    link = Link(contact_id=contact.id, relation_code_id=code_id, kind="", created_by=cause.by)
    tripwire.announce_new(session, link)
    session.flush()
    history.write(session, contact, "linked", cause)
    return link


def remove_link(session: Session, link: Link, cause: Cause) -> None:
    """Remove a link; both cards keep their values."""
    contact = session.get_one(Contact, link.contact_id)
    party = get_party(session, link)
    history.write(session, contact, "unlinked", cause, origin=party)
    if party is not None:
        history.write(session, party, "unlinked", cause, origin=contact)
    tripwire.announce_deleted(session, link)
    session.flush()


# -- saving -----------------------------------------------------------------------------------------


def save(
    session: Session,
    record: AnyCard,
    values: Mapping[str, Any],
    *,
    by: int | None,
    seen: Mapping[str, str] | None = None,
    batch: str = "",
    correcting: bool = False,
) -> Saved:
    """Save values on a card and on its whole family.

    `seen` holds the digest of each field as its editor saw it: untouched fields are left alone, and a
    field that somebody changed meanwhile raises Conflict. Raises Invalid when a value does not fit this
    card or any card it would travel to, PrivacyBlocked when one of them is blocked for privacy and this is
    no correction that a request asked for (`correcting`); then nothing is changed anywhere.
    """
    family = sync.family_of(session, record, lock=True)
    changes = preview(session, record, values, seen=seen, family=family, correcting=correcting)
    carry_out(session, changes, history.cause(by, batch))
    return Saved(record, changes, family)


def preview(
    session: Session,
    record: AnyCard,
    values: Mapping[str, Any],
    *,
    seen: Mapping[str, str] | None = None,
    family: sync.Family | None = None,
    blocked: Blocked | None = None,
    correcting: bool = False,
) -> list[sync.Change]:
    """The changes that `save` would carry out, and the errors it would raise; writes nothing.

    `family` is the card's, and `blocked` the cards of such families that are blocked for privacy, when its
    caller has read them together with others.
    """
    family = family or sync.family_of(session, record)
    if seen is not None:
        # What its editor left alone is not judged by rules that came after it, such as another country's.
        values = {
            name: value for name, value in values.items() if fields.digest(name, value) != seen.get(name)
        }
    cleaned = fields.clean(record.KIND, new_cards.only_known(record.KIND, values), country=record.country)
    if seen is not None:
        cleaned = card_rules.leave_untouched(session, record, cleaned, seen)
    cleaned = {name: value for name, value in cleaned.items() if getattr(record, name) != value}
    settings = office(session)
    if cleaned.get("no"):
        numbers.check_card_number(session, settings, record.KIND, cleaned["no"], record.id)
    elif "no" in cleaned:
        raise Invalid({"no": _l("Type a number: a saved card keeps one.")})
    if isinstance(record, Contact):
        cleaned = card_rules.prepare_contact(session, settings, record, family, cleaned)
    card_rules.check_references(session, record, record.KIND, cleaned)
    card_rules.check_birth_date(settings, cleaned)
    changes = sync.plan(family, record, cleaned, settings)
    card_rules.check_ends(record, values, changes)
    if changes and not correcting:
        known = blocks.active_in(session, [family]) if blocked is None else blocked
        card_rules.check_not_blocked(changes, known)
    return changes


def carry_out(session: Session, changes: Sequence[sync.Change], cause: Cause) -> None:
    """Write planned changes with their history; a card without a change is not touched."""
    carry_out_many(session, [(changes, cause)])


def carry_out_many(session: Session, actions: Sequence[tuple[Sequence[sync.Change], Cause]]) -> None:
    """Write what several actions change, each planned from cards that no other of them changes."""
    changed: dict[AnyCard, dict[str, Any]] = {}
    lines = []
    moment = now()
    for changes, cause in actions:
        for change in changes:
            card, origin = change.record, change.origin
            changed.setdefault(card, {"updated_at": moment, "updated_by": cause.by})[change.field] = (
                change.new
            )
            came_from = (origin.KIND, origin.id) if origin is not None else None
            said = {"field": change.field, "old": change.old, "new": change.new, "origin": came_from}
            lines.append(history.line((card.KIND, card.id), "changed", cause, **said))
    for card, values in changed.items():
        folded = new_cards.folded_with(card, values)
        values |= {name: value for name, value in folded.items() if getattr(card, name) != value}
    tripwire.update(session, changed)
    history.write_many(session, lines)


# -- reading ----------------------------------------------------------------------------------------


def office(session: Session) -> Office:
    """The office's settings."""
    return database.hold(session, session.get_one(Office, 1))


def links_of(session: Session, record: AnyCard) -> list[Link]:
    """The links of a card in the order in which they were made; a party has at most one."""
    key = Link.contact_id if isinstance(record, Contact) else getattr(Link, f"{record.KIND}_id")
    return list(session.scalars(select(Link).where(key == record.id).order_by(Link.id)))


def get_party(session: Session, link: Link) -> AnyCard | None:
    """The party at the end of a link; None for a free relation code."""
    return session.get(MODELS[link.kind], link.party_id) if link.kind else None


_PERSONS = (
    select(Contact)
    .where(Contact.company_id == bindparam("company_id"))
    .order_by(Contact.search_name, Contact.id)
)


def persons_of(session: Session, company: Contact) -> list[Contact]:
    """The persons of a company, by name."""
    return list(session.scalars(_PERSONS, {"company_id": company.id}))


# -- helpers ----------------------------------------------------------------------------------------


def _made(outcomes: Sequence[making.Outcome]) -> making.Making:
    """What was made of the only one asked for, or its refusal raised."""
    if isinstance(outcomes[0], CarnetError):
        raise outcomes[0]
    return outcomes[0]
