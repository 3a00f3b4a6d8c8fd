"""The doors through which cards are made and saved; `links` and `deletion` have the others.

A door locks the family, checks the values at every end, lets `services.sync` plan the changes, carries
them out and writes the history. It flushes; the caller commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, Contact, Customer, Link, Office, Vendor
from models.base import now
from services import card_rules, clock, fields, history, likeness, numbers, sync, tripwire
from services.errors import Invalid
from services.fields import FIELDS, NAME_PARTS
from services.history import Cause
from services.text import search_text

_SEARCHED = {
    "no",
    "name",
    "name2",
    "email",
    "email2",
    "phone",
    "mobile",
    "fax",
    "city",
    "label",
    "contact_person",
    "vat_no",
}


@dataclass(frozen=True)
class Saved:
    """What a door did: the card it was called for, and every change it brought."""

    record: AnyCard
    changes: list[sync.Change] = field(default_factory=list)
    contact: Contact | None = None

    @property
    def elsewhere(self) -> list[sync.Change]:
        """The changes on other cards than the one saved."""
        return [change for change in self.changes if change.record is not self.record]


# -- creating ---------------------------------------------------------------------------------------


def create(
    session: Session, kind: str, values: Mapping[str, Any], *, by: int | None, batch: str = ""
) -> Saved:
    """Make a card. A party gets its contact too, when the settings allow it (rule L7)."""
    cause = history.cause(by, batch)
    record = create_card(session, kind, values, cause)
    if isinstance(record, Contact):
        return Saved(record)
    contact = None
    if why_no_contact(office(session), kind) is None:
        contact = create_contact_of(session, record, cause)
    return Saved(record, contact=contact)


def why_no_contact(settings: Office, kind: str) -> str | None:
    """What keeps a new party of this kind from getting a contact: "code", "series", "switch"; or None."""
    if settings.code_id(kind) is None:
        return "code"
    if settings.contact_series is None or not settings.contact_series.automatic:
        return "series"
    return None if settings.create_contacts else "switch"


def create_contact_of(session: Session, party: AnyCard, cause: Cause) -> Contact:
    """Make and link the contact of a party; its contact person becomes a person contact (rule L8)."""
    settings = office(session)
    values = {name: getattr(party, name) for name in fields.SHARED[party.KIND]}
    values["type"] = getattr(party, "contact_type", "company")
    contact = create_card(session, "contact", values, cause, origin=party)
    assert isinstance(contact, Contact)
    add_link(session, contact, party, settings.code_id(party.KIND), cause)
    if isinstance(party, (Customer, Vendor)) and party.contact_person and contact.type == "company":
        _create_primary_contact(session, party, contact, cause)
    return contact


def create_card(
    session: Session, kind: str, values: Mapping[str, Any], cause: Cause, *, origin: AnyCard | None = None
) -> AnyCard:
    """Make one card and nothing beside it; a person takes over from its company what it lacks."""
    values = preview_new(session, kind, values)
    no = values.pop("no", "")
    if not no:
        settings = office(session)
        no = numbers.next_card_number(session, settings, kind, clock.today(settings))
    record = MODELS[kind](no=no, created_by=cause.by, updated_by=cause.by, **values)
    fold_card(record)
    tripwire.announce_new(session, record)
    session.flush()
    history.write(session, record, "created", cause, origin=origin)
    return record


def preview_new(session: Session, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that `create_card` would store, and the errors it would raise; writes nothing.

    Without a number among them, the card would take the next one of its series.
    """
    settings = office(session)
    known = _only_known(kind, values)
    if kind == "contact" and any(known.get(name) for name in NAME_PARTS):
        known["name"] = known.get("name") or sync.compose_name({**dict.fromkeys(NAME_PARTS, ""), **known})
    cleaned = fields.clean(kind, {"name": "", **known})
    if kind == "contact":
        cleaned = card_rules.complete_contact(session, settings, cleaned)
    card_rules.check_references(session, None, kind, cleaned)
    if cleaned.get("no"):
        numbers.check_card_number(session, settings, kind, cleaned["no"])
    else:
        numbers.card_series(session, settings, kind)
    return cleaned


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
) -> Saved:
    """Save values on a card and on its whole family.

    `seen` holds the digest of each field as its editor saw it: untouched fields are left alone, and a
    field that somebody changed meanwhile raises Conflict. Raises Invalid when a value does not fit this
    card or any card it would travel to; then nothing is changed anywhere.
    """
    changes = preview(session, record, values, seen=seen, lock=True)
    carry_out(session, changes, history.cause(by, batch))
    return Saved(record, changes)


def preview(
    session: Session,
    record: AnyCard,
    values: Mapping[str, Any],
    *,
    seen: Mapping[str, str] | None = None,
    lock: bool = False,
) -> list[sync.Change]:
    """The changes that `save` would carry out, and the errors it would raise; writes nothing."""
    family = sync.family_of(session, record, lock=lock)
    if seen is not None:
        # What its editor left alone is not judged by rules that came after it, such as another country's.
        values = {
            name: value for name, value in values.items() if fields.digest(name, value) != seen.get(name)
        }
    cleaned = fields.clean(record.KIND, _only_known(record.KIND, values), country=record.country)
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
    changes = sync.plan(family, record, cleaned, settings)
    card_rules.check_ends(record, values, changes)
    return changes


def carry_out(session: Session, changes: Sequence[sync.Change], cause: Cause) -> None:
    """Write planned changes with their history; a card without a change is not touched."""
    touched: dict[int, AnyCard] = {}
    for change in changes:
        tripwire.announce(session, change.record, change.field, change.new)
        touched[id(change.record)] = change.record
        history.write(
            session,
            change.record,
            "changed",
            cause,
            field=change.field,
            old=change.old,
            new=change.new,
            origin=change.origin,
        )
    for record in touched.values():
        tripwire.announce(session, record, "updated_at", now())
        tripwire.announce(session, record, "updated_by", cause.by)
        for name, value in _folded(record).items():
            tripwire.announce(session, record, name, value)
    session.flush()


# -- reading ----------------------------------------------------------------------------------------


def office(session: Session) -> Office:
    """The office's settings."""
    return session.get_one(Office, 1)


def links_of(session: Session, record: AnyCard) -> list[Link]:
    """The links of a card in the order in which they were made; a party has at most one."""
    key = Link.contact_id if isinstance(record, Contact) else getattr(Link, f"{record.KIND}_id")
    return list(session.scalars(select(Link).where(key == record.id).order_by(Link.id)))


def get_party(session: Session, link: Link) -> AnyCard | None:
    """The party at the end of a link; None for a free relation code."""
    return session.get(MODELS[link.kind], link.party_id) if link.kind else None


def persons_of(session: Session, company: Contact) -> list[Contact]:
    """The persons of a company, by name."""
    return list(
        session.scalars(
            select(Contact).where(Contact.company_id == company.id).order_by(Contact.search_name, Contact.id)
        )
    )


# -- folded columns ------------------------------------------------------------------------------


def folded(values: Mapping[str, Any]) -> dict[str, str | None]:
    """The columns that searches, alphabetical lists and possible duplicates read, of a card with these values."""
    get = {name: values.get(name) or "" for name in _SEARCHED}
    return {
        "search_name": likeness.folded_name(get["name"]),
        "search_city": likeness.folded_city(get["city"]),
        "search_text": search_text(
            no=get["no"],
            names=[get["name"], get["name2"], get["label"], get["contact_person"]],
            emails=[get["email"], get["email2"]],
            phones=[get["phone"], get["mobile"], get["fax"]],
            city=get["city"],
        ),
        **likeness.keys(get),
    }


def fold_card(record: AnyCard) -> None:
    """Set the folded columns of a card on its way in, whatever its values came with."""
    for name in ("name", "city"):
        if getattr(record, name) is None:
            setattr(record, name, "")
    for name, value in _folded(record).items():
        setattr(record, name, value)


# -- helpers ----------------------------------------------------------------------------------------


def _only_known(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    columns = MODELS[kind].__table__.columns
    return {name: value for name, value in values.items() if name in FIELDS and name in columns}


def _folded(record: AnyCard) -> dict[str, str | None]:
    return folded({name: getattr(record, name, "") for name in _SEARCHED})


def _create_primary_contact(
    session: Session, party: Customer | Vendor, company: Contact, cause: Cause
) -> None:
    """Turn the typed contact person of a party into a person of its company contact (rule L8)."""
    values = {
        "type": "person",
        "name": party.contact_person,
        "job_title": party.contact_person_title,
        "company_id": company.id,
    }
    try:
        person = create_card(session, "contact", values, cause, origin=party)
    except Invalid as problem:
        raise Invalid(
            {"contact_person": problem.errors.get("name") or problem.errors["job_title"]}
        ) from problem
    carry_out(
        session,
        [
            sync.Change(party, "primary_contact_id", None, person.id),
            sync.Change(party, "contact_person", party.contact_person, ""),
            sync.Change(party, "contact_person_title", party.contact_person_title, ""),
        ],
        cause,
    )
