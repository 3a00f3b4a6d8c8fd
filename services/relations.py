"""What a card is linked with: badges of contacts, and the links' state for cards and lists."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from models import (
    MODELS,
    PARTY_KINDS,
    AnyCard,
    Contact,
    HistoryEntry,
    Link,
    RelationCode,
)
from services import fields, history, sync

# A link with the card at its other end; none for a free relation code.
End = tuple[Link, AnyCard | None]

# Made once: building a statement takes longer than running it.
_CODES = (
    select(Link.contact_id, Link.kind, RelationCode.code)
    .join(RelationCode, RelationCode.id == Link.relation_code_id)
    .where(Link.contact_id.in_(bindparam("contact_ids", expanding=True)))
    .order_by(Link.id)
)
_CONTACT_AND_LINK = {
    kind: select(Link, Contact)
    .join(Contact, Contact.id == Link.contact_id)
    .where(getattr(Link, f"{kind}_id") == bindparam("id"))
    for kind in PARTY_KINDS
}


@dataclass(frozen=True)
class Linked:
    """A card at the other end of a link, or a free relation code when it has no card."""

    kind: str
    id: int | None
    no: str
    code: str = ""


@dataclass(frozen=True)
class LinkState:
    """A link of a card with its other end, whether they agree, and the last change that travelled it."""

    link: Link
    other: AnyCard | None
    differing: tuple[str, ...]
    last_change: HistoryEntry | None
    since: datetime

    @property
    def in_step(self) -> bool:
        return not self.differing


def linked_cards(session: Session, kind: str, cards: Sequence[Any]) -> dict[int, list[Linked]]:
    """The linked cards of each card of a kind, in a fixed number of queries; a person has its company's too.

    A card is a record, or a row with its `id` and, for a contact, its `company_id`.
    """
    if kind != "contact":
        return _contacts_of(session, kind, [card.id for card in cards])
    own = {card.id: card.id for card in cards}
    companies = {card.id: card.company_id for card in cards if card.company_id}
    by_contact = _parties_of(session, {*own, *companies.values()})
    return {
        card.id: by_contact.get(card.id, []) + by_contact.get(companies.get(card.id, 0), []) for card in cards
    }


def codes_of(session: Session, contacts: Sequence[Any]) -> dict[int, list[tuple[str, str]]]:
    """Kind and code of every link of each contact, a person's company included: what a list shows of them."""
    companies = {contact.id: contact.company_id for contact in contacts}
    wanted = {*companies, *companies.values()} - {None}
    found: dict[int | None, list[tuple[str, str]]] = {}
    for contact_id, kind, code in session.connection().execute(_CODES, {"contact_ids": list(wanted)}):
        found.setdefault(contact_id, []).append((kind, code))
    return {
        id_: found.get(id_, []) + (found.get(company_id, []) if company_id else [])
        for id_, company_id in companies.items()
    }


def badge(kinds: Collection[str]) -> str:
    """The business relation of a contact in one word: none, a kind, other or multiple (rule C5).

    `kinds` are those of its links and of its company's; "" is a free relation code.
    """
    different = {kind or "other" for kind in kinds}
    if not different:
        return "none"
    return different.pop() if len(different) == 1 else "multiple"


def ends_of(session: Session, card: AnyCard) -> list[End]:
    """The links of a card in the order in which they were made, each with its other end, in one query."""
    if isinstance(card, Contact):
        return [*sync.ends_of_contacts(session, [card.id]).get(card.id, [])]
    return [
        (link, contact) for link, contact in session.execute(_CONTACT_AND_LINK[card.KIND], {"id": card.id})
    ]


def ends_in(family: sync.Family, card: AnyCard) -> list[End]:
    """The same, of a card whose family was read already."""
    if isinstance(card, Contact):
        return [(link, party) for link, party in family.ends]
    return [(link, family.contact) for link, party in family.ends if party is card]


def states(
    session: Session,
    card: AnyCard,
    *,
    ends: Sequence[End] | None = None,
    recent: Sequence[HistoryEntry] | None = None,
) -> list[LinkState]:
    """The links of a card as its panel shows them (rule S10).

    `ends` and `recent` are what `ends_of` and the history gave, where they were read before.
    """
    if ends is None:
        ends = ends_of(session, card)
    if recent is None:
        recent = history.of_card(session, card, limit=history.RECENT)
    last_changes = {
        kind: _last_change(session, card, kind, recent)
        for kind in {link.kind for link, _other in ends} - {""}
    }
    found = []
    for link, other in ends:
        shared = fields.SHARED[link.kind] if link.kind else ()
        differing = tuple(name for name in shared if getattr(card, name) != getattr(other, name))
        change = last_changes.get(link.kind)
        if change is not None and change.at < link.created_at:
            change = None
        found.append(LinkState(link, other, differing, change, link.created_at))
    return found


def _last_change(
    session: Session, card: AnyCard, kind: str, recent: Sequence[HistoryEntry]
) -> HistoryEntry | None:
    """The latest change that travelled a link of this kind; asked for only when it is older than the recent ones."""
    for entry in recent:
        if entry.action == "changed" and entry.field in fields.SHARED[kind]:
            return entry
    return history.last_shared_change(session, card, kind) if len(recent) >= history.RECENT else None


def _parties_of(session: Session, contact_ids: set[int]) -> dict[int, list[Linked]]:
    """The parties and free relation codes of contacts; a free code has its own text for a number."""
    found: dict[int, list[Linked]] = {}
    columns: list[Any] = [MODELS[kind].no for kind in PARTY_KINDS]
    query: Any = select(
        Link.contact_id, Link.kind, Link.customer_id, Link.vendor_id, Link.bank_account_id, RelationCode.code
    )
    query = query.add_columns(*columns).join(RelationCode, RelationCode.id == Link.relation_code_id)
    for kind in PARTY_KINDS:
        query = query.outerjoin(MODELS[kind], MODELS[kind].id == getattr(Link, f"{kind}_id"))
    rows = session.execute(query.where(Link.contact_id.in_(contact_ids)).order_by(Link.id))
    for contact_id, kind, customer_id, vendor_id, account_id, code, *numbers in rows:
        party_id = customer_id or vendor_id or account_id
        number = next((number for number in numbers if number), code)
        found.setdefault(contact_id, []).append(Linked(kind, party_id, number, code))
    return found


def _contacts_of(session: Session, kind: str, party_ids: list[int]) -> dict[int, list[Linked]]:
    key = getattr(Link, f"{kind}_id")
    rows = session.execute(
        select(key, Contact.id, Contact.no)
        .join(Contact, Contact.id == Link.contact_id)
        .where(key.in_(party_ids))
    )
    return {party_id: [Linked("contact", contact_id, no)] for party_id, contact_id, no in rows}
