"""Linking contacts with parties: the checks, the table of differences, linking, unlinking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from models import (
    MODELS,
    PARTY_KINDS,
    AnyCard,
    Contact,
    Customer,
    Document,
    Link,
    PartyTemplate,
    RelationCode,
    UndoEntry,
    Vendor,
)
from models.base import now
from services import card_rules, clock, fields, history, numbers, records, snapshots, sync
from services.documents import quotes
from services.errors import AlreadyLinked, Invalid, MissingSetting, NotFound, Refused
from services.history import Cause
from services.privacy import blocks
from services.records import Saved

UNDO_DAYS = 30
TEMPLATE_FIELDS = ("payment_terms_id", "payment_method", "tax_group_id", "currency", "country")
SETTINGS_PAGE = ("settings.contacts", _l("Open Settings › Contacts"))
# One sentence for each kind of party: translations need the whole of it.
_NO_CODE = {
    "customer": _l("Set a business relation code for customers first."),
    "vendor": _l("Set a business relation code for vendors first."),
    "bank_account": _l("Set a business relation code for bank accounts first."),
}


@dataclass(frozen=True)
class Comparison:
    """One shared field on both sides of a link to be made; `suggested` is "contact", "party" or ""."""

    name: str
    contact_value: Any
    party_value: Any
    suggested: str

    @property
    def same(self) -> bool:
        return bool(self.contact_value == self.party_value)


# -- before linking ---------------------------------------------------------------------------------


def hub_of(session: Session, contact: Contact) -> Contact:
    """The contact that carries the link: a person's company when it has one (rule L5)."""
    return contact if contact.company_id is None else session.get_one(Contact, contact.company_id)


def check_can_link(session: Session, contact: Contact, kind: str) -> None:
    """The checks before creating a party from a contact or linking one, in the order of rule L5.

    Raises AlreadyLinked, Refused or MissingSetting with the sentence that says what to do, PrivacyBlocked for
    a contact with which nothing is done.
    """
    blocks.check(session, contact)
    if kind != "bank_account":
        for link in records.links_of(session, contact):
            if link.kind == kind:
                other = session.get_one(MODELS[kind], link.party_id)
                raise AlreadyLinked(
                    _l(
                        "%(no)s is already linked with %(kind)s %(other)s. Unlink it first.",
                        no=contact.no,
                        kind=fields.KIND_NAMES[kind],
                        other=other.no,
                    ),
                    record=other,
                )
    elif contact.type == "person":
        raise Refused(
            _l(
                "A bank account belongs to a company. Give %(no)s a company first, or create a company contact"
                " for the bank.",
                no=contact.no,
            )
        )
    if records.office(session).code_id(kind) is None:
        raise MissingSetting(_NO_CODE[kind], link=SETTINGS_PAGE)


def check_can_create(session: Session, contact: Contact, kind: str) -> None:
    """The checks before creating a party from a contact: those of linking, and a number for the new card."""
    check_can_link(session, contact, kind)
    _check_has_number(session, kind)


def check_party_is_free(session: Session, party: AnyCard) -> None:
    """Refuse a party that has a contact already (rule L1), and one that is blocked for privacy."""
    blocks.check(session, party)
    for link in records.links_of(session, party):
        other = session.get_one(Contact, link.contact_id)
        raise AlreadyLinked(
            _l(
                "%(kind)s %(no)s is already linked with contact %(other)s."
                " Choose another one, or unlink it first.",
                kind=fields.KIND_NAMES[party.KIND],
                no=party.no,
                other=other.no,
            ),
            record=other,
        )


def check_can_have_contact(session: Session, party: AnyCard) -> None:
    """The checks before making the contact of a party that has none."""
    check_party_is_free(session, party)
    check_can_make_contacts(session, party.KIND)


def check_can_make_contacts(session: Session, kind: str) -> None:
    """What the settings must hold before contacts are made of parties of this kind (rule L2)."""
    if records.office(session).code_id(kind) is None:
        raise MissingSetting(_NO_CODE[kind], link=SETTINGS_PAGE)
    _check_has_number(session, "contact")


def check_can_unlink(session: Session, contact: Contact, link: Link) -> None:
    """Refuse to part cards that are blocked for privacy: the block would not hold for one of them any more."""
    if link.kind:
        blocks.check(session, contact)


def check_free_code(session: Session, contact: Contact, code: RelationCode) -> None:
    """Refuse a code that comes with a party, or that the contact has already (rule L3).

    A contact that is blocked for privacy gets none: codes say who is written to.
    """
    blocks.check(session, contact)
    settings = records.office(session)
    if code.id in {settings.code_id(kind) for kind in PARTY_KINDS}:
        raise Refused(
            _l(
                "The code %(code)s is given when a contact is linked."
                " Use “Create as” or “Link with existing”.",
                code=code.code,
            )
        )
    for existing in records.links_of(session, contact):
        if existing.relation_code_id == code.id:
            raise AlreadyLinked(_l("%(no)s has the code %(code)s already.", no=contact.no, code=code.code))


def compare(contact: Contact, party: AnyCard) -> list[Comparison]:
    """Every shared field side by side; where one side is empty the filled one is suggested (rule L9)."""
    found = []
    for name in fields.SHARED[party.KIND]:
        mine, theirs = getattr(contact, name), getattr(party, name)
        suggested = "" if mine == theirs or (mine and theirs) else ("contact" if mine else "party")
        found.append(Comparison(name, mine, theirs, suggested))
    return found


# -- the doors --------------------------------------------------------------------------------------


def create_as(
    session: Session, contact: Contact, kind: str, *, template: PartyTemplate | None = None, by: int | None
) -> Saved:
    """Make a customer, vendor or bank account from a contact and link it (rules L5, L6)."""
    hub = hub_of(session, contact)
    sync.family_of(session, hub, lock=True)
    check_can_create(session, hub, kind)
    cause = history.cause(by)
    values = {name: getattr(hub, name) for name in fields.SHARED[kind]}
    if kind == "customer":
        values["contact_type"] = hub.type
    filled = _from_template(template, kind, values)
    party = records.create_card(session, kind, values | filled, cause, origin=hub)
    records.add_link(session, hub, party, records.office(session).code_id(kind), cause)
    # What the template filled among the shared fields belongs to the contact and its other parties too.
    shared = {name: value for name, value in filled.items() if fields.is_shared(kind, name)}
    changes = sync.plan(sync.family_of(session, hub), hub, shared, records.office(session))
    records.carry_out(session, changes, cause)
    return Saved(party, changes, contact=hub, quotes=_assign_quotes(session, hub, party, cause))


def create_contact(session: Session, party: AnyCard, *, by: int | None) -> Contact:
    """Make the contact of a party that has none."""
    check_can_have_contact(session, party)
    return records.create_contact_of(session, party, by=by)


def link(
    session: Session, contact: Contact, party: AnyCard, wins: Mapping[str, str], *, by: int | None
) -> tuple[Saved, UndoEntry]:
    """Link two existing cards; `wins` says for each field that differs whether "contact" or "party" is kept.

    The values spread to the whole family in the same transaction. Raises Invalid for a field that
    differs on both sides and has no choice.
    """
    hub = hub_of(session, contact)
    sync.family_of(session, hub, lock=True)
    sync.relock(session, party)
    check_can_link(session, hub, party.KIND)
    check_party_is_free(session, party)
    to_party, to_contact = _chosen(compare(hub, party), wins)
    cause = history.cause(by)
    new = records.add_link(session, hub, party, records.office(session).code_id(party.KIND), cause)
    changes = [sync.Change(party, name, getattr(party, name), value, hub) for name, value in to_party.items()]
    changes += [
        change
        for change in sync.plan(sync.family_of(session, hub), hub, to_contact, records.office(session))
        if change.record is not party
    ]
    card_rules.check_ends(hub, {}, changes)
    records.carry_out(session, changes, cause)
    assigned = _assign_quotes(session, hub, party, cause)
    entry = _undo_entry(session, "link", hub, party, new, changes, by, assigned)
    return Saved(hub, changes, contact=hub, quotes=assigned), entry


def unlink(session: Session, link: Link, *, by: int | None) -> UndoEntry:
    """Remove a link: both cards keep their values and follow each other no more (rule L10).

    A primary contact of the company that is no longer linked is cleared.
    """
    contact = session.get(Contact, link.contact_id)
    if contact is None:
        raise NotFound()
    sync.family_of(session, contact, lock=True)
    if session.get(Link, link.id, populate_existing=True) is None:
        raise NotFound()
    check_can_unlink(session, contact, link)
    party = records.get_party(session, link)
    cause = history.cause(by)
    changes = []
    if isinstance(party, (Customer, Vendor)) and party.primary_contact_id is not None:
        changes.append(sync.Change(party, "primary_contact_id", party.primary_contact_id, None))
    records.remove_link(session, link, cause)
    records.carry_out(session, changes, cause)
    return _undo_entry(session, "unlink", contact, party, link, changes, by)


def add_relation(session: Session, contact: Contact, code: RelationCode, *, by: int | None) -> Link:
    """Give a contact a free relation code such as PRESS; the reserved ones come with a party (rule L3)."""
    check_free_code(session, contact, code)
    return records.add_free_link(session, contact, code.id, history.cause(by))


# -- helpers ----------------------------------------------------------------------------------------


def _check_has_number(session: Session, kind: str) -> None:
    settings = records.office(session)
    numbers.check_has_next(session, settings, kind, clock.today(settings))


def _from_template(template: PartyTemplate | None, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The template's values for fields that are still empty."""
    columns = MODELS[kind].__table__.columns
    return {
        name: getattr(template, name)
        for name in TEMPLATE_FIELDS
        if template is not None and name in columns and getattr(template, name) and not values.get(name)
    }


def _chosen(comparisons: list[Comparison], wins: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values that go to the party and to the contact."""
    to_party: dict[str, Any] = {}
    to_contact: dict[str, Any] = {}
    undecided = {}
    for field in comparisons:
        winner = wins.get(field.name) or field.suggested
        if field.same:
            continue
        if winner == "contact":
            to_party[field.name] = field.contact_value
        elif winner == "party":
            to_contact[field.name] = field.party_value
        else:
            undecided[field.name] = _l("Choose which value to keep.")
    if undecided:
        raise Invalid(undecided)
    return to_party, to_contact


def _assign_quotes(session: Session, hub: Contact, party: AnyCard, cause: Cause) -> list[Document]:
    """The contact's open quotes are its customer's or vendor's from now on (rule O3)."""
    return quotes.assign(session, hub, party, cause) if isinstance(party, (Customer, Vendor)) else []


def _undo_entry(
    session: Session,
    action: str,
    contact: Contact,
    party: AnyCard | None,
    link: Link,
    changes: list[sync.Change],
    by: int | None,
    assigned: Sequence[Document] = (),
) -> UndoEntry:
    ends = (contact, party, *(change.record for change in changes))
    touched = {id(card): card for card in ends if card is not None}
    entry = UndoEntry(
        action=action,
        created_by=by,
        expires_at=now() + timedelta(days=UNDO_DAYS),
        label=" – ".join(card.no for card in (contact, party) if card is not None),
        snapshot={
            "link_id": link.id,
            "link": {
                "contact_id": contact.id,
                "relation_code_id": link.relation_code_id,
                "kind": link.kind,
                "party_id": party.id if party is not None else None,
            },
            "changes": [
                [change.record.KIND, change.record.id, change.field, snapshots.storable(change.old)]
                for change in changes
            ],
            "versions": [[card.KIND, card.id, card.version] for card in touched.values()],
            "quotes": [quote.id for quote in assigned],
        },
    )
    session.add(entry)
    session.flush()
    return entry
