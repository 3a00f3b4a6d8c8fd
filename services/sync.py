"""Keeping linked cards in step.

A family is a tree with the contact as its hub: a party reaches its contact, the contact reaches its
other parties, and a company reaches its persons, who have parties of their own. Nothing leads back
up, so one pass over the tree settles everything:

    party ──> contact ──> other parties
                 └──> persons of the company ──> their parties

`plan` says what a save changes and writes nothing; the doors of `services.records` carry it out.
The form's "this also changes …" and the answer's "also changed …" are the same plan.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from models import (
    MODELS,
    PARTY_KINDS,
    AnyCard,
    BankAccount,
    Contact,
    Customer,
    Link,
    Office,
    Party,
    Vendor,
)
from services import database
from services.errors import NotFound
from services.fields import ADDRESS, INHERITED, NAME_PARTS, SHARED


@dataclass(frozen=True)
class Change:
    """A field of a card that a save changes; `origin` is the card it comes from, None on the edited one."""

    record: AnyCard
    field: str
    old: Any
    new: Any
    origin: AnyCard | None = None


@dataclass
class Family:
    """A contact, its parties, and the families of its persons; a party without a contact stands alone.

    `ends` are the links of the contact in the order in which they were made, free relation codes included.
    """

    contact: Contact | None
    parties: list[Party] = field(default_factory=list)
    persons: list["Family"] = field(default_factory=list)
    ends: list[tuple[Link, Party | None]] = field(default_factory=list)


Writes = dict[AnyCard, dict[str, Change]]

# Made once: building a statement takes longer than running it.
_IDS: Any = bindparam("ids", expanding=True)
_CONTACTS = (
    select(Contact).where(or_(Contact.id.in_(_IDS), Contact.company_id.in_(_IDS))).order_by(Contact.id)
)
_LOCKED_CONTACTS = _CONTACTS.with_for_update().execution_options(populate_existing=True)
_PARTIES = (
    select(Link, Customer, Vendor, BankAccount)
    .outerjoin(Customer, Customer.id == Link.customer_id)
    .outerjoin(Vendor, Vendor.id == Link.vendor_id)
    .outerjoin(BankAccount, BankAccount.id == Link.bank_account_id)
    .where(Link.contact_id.in_(bindparam("contact_ids", expanding=True)))
    .order_by(Link.id)
)
_PARTIES_AFRESH = _PARTIES.execution_options(populate_existing=True)


# -- the family of a card ---------------------------------------------------------------------------


def family_of(session: Session, record: AnyCard, *, lock: bool = False) -> Family:
    """The family a save of this card may change.

    With `lock`, the contacts and then the card are locked in one order and read anew, so that two
    saves in one family never overlap; SQLite has a single writer and ignores the lock.
    """
    while True:
        contact_id = record.id if isinstance(record, Contact) else contact_id_of(session, record)
        if contact_id is None and lock:
            relock(session, record)
            contact_id = contact_id_of(session, record)
        if contact_id is None:
            return _alone(record)
        family = families(session, [contact_id], lock=lock).get(contact_id)
        if family is None and isinstance(record, Contact):
            raise NotFound()
        if family is not None and (isinstance(record, Contact) or record in family.parties):
            return family
        # The link was removed while we waited for the lock: the card has another family now.


def families(session: Session, contact_ids: Iterable[int], *, lock: bool = False) -> dict[int, Family]:
    """The families of several contacts, in a few queries whatever their number."""
    ids = set(contact_ids)
    if lock and database.locks_rows(session):
        # First the hubs alone: a person that joins one has its lock, and is seen by the next query.
        session.execute(select(Contact.id).where(Contact.id.in_(ids)).order_by(Contact.id).with_for_update())
    contacts = list(session.scalars(_LOCKED_CONTACTS if lock else _CONTACTS, {"ids": list(ids)}))
    ends = ends_of_contacts(session, [contact.id for contact in contacts], fresh=lock)
    found = {
        contact.id: Family(contact, _parties(ends.get(contact.id, [])), [], ends.get(contact.id, []))
        for contact in contacts
    }
    for contact in contacts:
        if contact.company_id in ids and contact.company_id in found:
            found[contact.company_id].persons.append(found[contact.id])
    return {contact_id: found[contact_id] for contact_id in ids if contact_id in found}


def families_of(
    session: Session, kind: str, cards: Sequence[AnyCard], *, lock: bool = False
) -> dict[AnyCard, Family]:
    """The families that saves of these cards of one kind may change, in a few queries for all of them."""
    if kind == "contact":
        hubs = {card.id: card.id for card in cards}
    else:
        key = getattr(Link, f"{kind}_id")
        linked = select(key, Link.contact_id).where(key.in_([card.id for card in cards]))
        hubs = dict(session.execute(linked).all()) if cards else {}  # type: ignore[arg-type]
    found = families(session, hubs.values(), lock=lock) if hubs else {}
    return {card: found[hubs[card.id]] if card.id in hubs else _alone(card) for card in cards}


def contact_id_of(session: Session, party: AnyCard) -> int | None:
    """The id of the contact a party is linked with, or None."""
    return session.scalar(select(Link.contact_id).where(getattr(Link, f"{party.KIND}_id") == party.id))


def _alone(record: AnyCard) -> Family:
    """The family of a party that has no contact."""
    return Family(None, [] if isinstance(record, Contact) else [record])


def relock(session: Session, record: AnyCard) -> None:
    """Lock one card and read it anew; raises NotFound when it was deleted meanwhile."""
    try:
        session.refresh(record, with_for_update=True)
    except InvalidRequestError:
        raise NotFound() from None


def ends_of_contacts(
    session: Session, contact_ids: list[int], *, fresh: bool = False
) -> dict[int, list[tuple[Link, Party | None]]]:
    """The links of several contacts in the order in which they were made, with their other ends, in one query."""
    query = _PARTIES_AFRESH if fresh else _PARTIES
    found: dict[int, list[tuple[Link, Party | None]]] = {}
    for link, customer, vendor, account in session.execute(query, {"contact_ids": contact_ids}):
        found.setdefault(link.contact_id, []).append((link, customer or vendor or account))
    return found


def _parties(ends: Sequence[tuple[Link, Party | None]]) -> list[Party]:
    """The parties among the ends, customers first."""
    return sorted(
        (party for _link, party in ends if party is not None),
        key=lambda party: (PARTY_KINDS.index(party.KIND), party.id),
    )


# -- what a save changes ----------------------------------------------------------------------------


def plan(family: Family, record: AnyCard, values: Mapping[str, Any], office: Office) -> list[Change]:
    """Every change that saving these values on this card brings, in the order of writing.

    Only fields whose value differs are in it: an unchanged card stays untouched (rule S3).
    """
    writes: Writes = {}
    _write(writes, record, values)
    hub = family.contact
    if hub is None:
        return _in_order(writes)
    if record is not hub:
        _write(writes, hub, _shared(writes, record, record.KIND), origin=record)
    _settle_contact(writes, family, record)
    if hub.type == "company" and hub in writes:
        for person in family.persons:
            _inherit_change(writes, hub, person, office)
    return _in_order(writes)


def inherited_by_new_person(
    company: Mapping[str, Any], values: Mapping[str, Any], office: Office
) -> dict[str, Any]:
    """What a person takes over from the company it is assigned to: only what it has not itself (rule C3)."""
    taken: dict[str, Any] = {}
    for switch, names in INHERITED.items():
        if not getattr(office, switch):
            continue
        if names is ADDRESS:
            if not any(values.get(name) for name in names):
                taken.update({name: company.get(name) for name in names})
        else:
            taken.update({name: company.get(name) for name in names if not values.get(name)})
    return {name: value for name, value in taken.items() if value}


def split_name(name: str) -> dict[str, str]:
    """First, middle and last name of a full name (rule C2)."""
    words = name.split()
    if len(words) < 2:
        return dict(zip(NAME_PARTS, (name.strip(), "", ""), strict=True))
    first = words[:1] if len(words) == 2 else words[:-2]
    return dict(zip(NAME_PARTS, (" ".join(first), " ".join(words[len(first) : -1]), words[-1]), strict=True))


def compose_name(parts: Mapping[str, str]) -> str:
    """The full name made of first, middle and last name."""
    return " ".join(parts[name] for name in NAME_PARTS if parts[name])


def _settle_contact(writes: Writes, family: Family, record: AnyCard) -> None:
    """Give a changed contact the name parts that go with its name, and its parties what they share with it.

    `record` is the card that the change comes from: the edited one, or the company that a person follows.
    """
    contact = family.contact
    if contact is None or contact not in writes:
        return
    if _new(writes, contact, "type") == "person":
        _settle_name(writes, contact)
    for party in family.parties:
        if party is not record:
            _write(writes, party, _shared(writes, contact, party.KIND), origin=record)


def _settle_name(writes: Writes, contact: Contact) -> None:
    """Make a person's name and its three parts agree; parts that were typed win over a typed name (rule C2)."""
    changed = writes[contact]
    parts = {name: _new(writes, contact, name) for name in NAME_PARTS}
    if any(name in changed for name in NAME_PARTS):
        if compose_name(parts):
            _write(writes, contact, {"name": compose_name(parts)})
    elif "name" in changed and changed["name"].new != compose_name(parts):
        _write(writes, contact, split_name(changed["name"].new), origin=changed["name"].origin)


def _inherit_change(writes: Writes, company: Contact, person: Family, office: Office) -> None:
    """A person follows its company where it had the company's old, non-empty value."""
    changed = writes[company]
    contact = person.contact
    assert contact is not None
    follows: dict[str, Any] = {}
    for switch, names in INHERITED.items():
        if not getattr(office, switch):
            continue
        if names is ADDRESS:
            old = [changed[name].old if name in changed else getattr(company, name) for name in names]
            if any(old) and old == [getattr(contact, name) for name in names]:
                follows.update({name: changed[name].new for name in names if name in changed})
        else:
            for name in names:
                if name in changed and changed[name].old and getattr(contact, name) == changed[name].old:
                    follows[name] = changed[name].new
    _write(writes, contact, follows, origin=company)
    _settle_contact(writes, person, company)


def _write(writes: Writes, record: AnyCard, values: Mapping[str, Any], origin: AnyCard | None = None) -> None:
    """Note the values that differ from the card's own."""
    for name, new in values.items():
        old = getattr(record, name)
        if old != new:
            writes.setdefault(record, {})[name] = Change(record, name, old, new, origin)


def _shared(writes: Writes, source: AnyCard, kind: str) -> dict[str, Any]:
    """The changed values of a card that a party of this kind shares with its contact."""
    return {name: change.new for name, change in writes.get(source, {}).items() if name in SHARED[kind]}


def _new(writes: Writes, record: AnyCard, name: str) -> Any:
    """The value a field will have."""
    change = writes.get(record, {}).get(name)
    return getattr(record, name) if change is None else change.new


def _in_order(writes: Writes) -> list[Change]:
    return [change for changes in writes.values() for change in changes.values()]


# -- proof ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mismatch:
    """Two linked cards that disagree on a shared field."""

    contact_id: int
    contact_no: str
    kind: str
    party_id: int
    party_no: str
    field: str
    contact_value: Any
    party_value: Any


def mismatches(session: Session, *, limit: int | None = None) -> list[Mismatch]:
    """Every disagreement of linked cards on a shared field, by one join per kind; empty when all is well."""
    found: list[Mismatch] = []
    for kind in PARTY_KINDS:
        model = MODELS[kind]
        differs = [getattr(Contact, name).is_distinct_from(getattr(model, name)) for name in SHARED[kind]]
        query = (
            select(Contact, model)
            .join(Link, Link.contact_id == Contact.id)
            .join(model, model.id == getattr(Link, f"{kind}_id"))
            .where(or_(*differs))
            .order_by(Contact.id, model.id)
            .limit(limit)
            .execution_options(populate_existing=True)
        )
        for contact, party in session.execute(query):
            found.extend(
                Mismatch(contact.id, contact.no, kind, party.id, party.no, name, mine, theirs)
                for name in SHARED[kind]
                if (mine := getattr(contact, name)) != (theirs := getattr(party, name))
            )
    return found


def linked_pairs(session: Session) -> int:
    """How many pairs of linked cards `mismatches` compares."""
    return session.scalar(select(func.count()).select_from(Link).where(Link.kind != "")) or 0
