"""The doors through which cards are made and saved; `links` and `deletion` have the others.

A door locks the family, checks the values at every end, lets `services.sync` plan the changes, carries
them out and writes the history. It flushes; the caller commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import (
    MODELS,
    AnyCard,
    Contact,
    Customer,
    Link,
    Office,
    PaymentTerms,
    TaxGroup,
    User,
    Vendor,
)
from models.base import now
from services import clock, fields, history, numbers, sync, tripwire
from services.errors import Conflict, ConflictField, Invalid, Refused
from services.fields import FIELDS, NAME_PARTS
from services.history import Cause
from services.text import fold, search_text

_SEARCHED = {"no", "name", "name2", "email", "email2", "phone", "mobile", "fax", "city", "label", "contact_person"}
_REFERENCES = {
    "user": User,
    "payment_terms": PaymentTerms,
    "tax_group": TaxGroup,
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


def create(session: Session, kind: str, values: Mapping[str, Any], *, by: int | None, batch: str = "") -> Saved:
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
    """Which setting keeps a new party of this kind from getting a contact: a code, a series, a switch; or None."""
    if settings.code_id(kind) is None:
        return "code"
    if settings.series_id("contact") is None:
        return "series"
    return None if settings.create_contacts else "switch"


def create_contact_of(session: Session, party: AnyCard, cause: Cause) -> Contact:
    """Make and link the contact of an unlinked party; its contact person becomes a person contact (rule L8)."""
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
    _fold(record)
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
        cleaned = _complete_contact(session, settings, cleaned)
    _check_references(session, None, kind, cleaned)
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
    cleaned = fields.clean(record.KIND, _only_known(record.KIND, values), country=record.country)
    if seen is not None:
        cleaned = _leave_untouched(session, record, cleaned, seen)
    cleaned = {name: value for name, value in cleaned.items() if getattr(record, name) != value}
    settings = office(session)
    if cleaned.get("no"):
        numbers.check_card_number(session, settings, record.KIND, cleaned["no"], record.id)
    elif "no" in cleaned:
        raise Invalid({"no": _l("Type a number: a saved card keeps one.")})
    if isinstance(record, Contact):
        cleaned = _prepare_contact(session, settings, record, family, cleaned)
    _check_references(session, record, record.KIND, cleaned)
    changes = sync.plan(family, record, cleaned, settings)
    check_ends(record, values, changes)
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
    """The links of a card in the order in which they were made: several for a contact, at most one for a party."""
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


# -- helpers: what a card may hold ------------------------------------------------------------------


def _only_known(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    columns = MODELS[kind].__table__.columns
    return {name: value for name, value in values.items() if name in FIELDS and name in columns}


def _complete_contact(session: Session, settings: Office, values: dict[str, Any]) -> dict[str, Any]:
    """A new contact's values with its name or name parts, and what it takes over from its company."""
    values.setdefault("type", "company")
    if values["type"] == "company":
        return {name: value for name, value in values.items() if name not in (*NAME_PARTS, "company_id")}
    parts = {name: values.get(name, "") for name in NAME_PARTS}
    if not any(parts.values()):
        values.update(fields.clean("contact", sync.split_name(values["name"])))
    else:
        values["name"] = sync.compose_name(parts)
    values.update(fields.clean("contact", {"name": values["name"]}))
    if values.get("company_id"):
        company = session.get(Contact, values["company_id"], with_for_update=True)
        if company is None or company.type != "company":
            raise Invalid({"company_id": _l("Choose a company from the contacts.")})
        values.update(sync.inherited_by_new_person(company, values, settings))
    return values


def _prepare_contact(
    session: Session, settings: Office, contact: Contact, family: sync.Family, values: dict[str, Any]
) -> dict[str, Any]:
    """Check a change of type and carry over what a person takes from the company it is assigned to."""
    if "type" in values:
        _check_type_change(session, contact, family, values["type"])
        if values["type"] == "company":
            values.update(dict.fromkeys(NAME_PARTS, ""))
        elif not any(values.get(name) for name in NAME_PARTS):
            values.update(sync.split_name(values.get("name", contact.name)))
    if values.get("company_id"):
        company = session.get(Contact, values["company_id"], with_for_update=True)
        if company is None or company.type != "company" or company.id == contact.id:
            raise Invalid({"company_id": _l("Choose a company from the contacts.")})
        if values.get("type", contact.type) == "company":
            raise Invalid({"company_id": _l("Only a person belongs to a company.")})
        present = {name: values.get(name, getattr(contact, name)) for name in fields.SHARED["contact"]}
        values.update(sync.inherited_by_new_person(company, present, settings))
    if "company_id" in values:
        _check_not_primary_elsewhere(session, contact)
    return values


def _check_type_change(session: Session, contact: Contact, family: sync.Family, new: str) -> None:
    """Refuse a change of type that would leave data without a place (rule C4)."""
    if new == "person":
        if family.persons:
            raise Refused(_l("%(no)s has persons, so it stays a company. Move or delete its persons first.",
                             no=contact.no), records=[person.contact for person in family.persons])
        linked = [party for party in family.parties if party.KIND in ("vendor", "bank_account")]
        if linked:
            raise Refused(_l("%(no)s is linked with %(other)s, so it stays a company. Unlink it first.",
                             no=contact.no, other=linked[0].no), records=linked)
        return
    if contact.company_id is not None:
        raise Refused(_l("%(no)s belongs to a company, so it stays a person. Empty its company first.",
                         no=contact.no))
    _check_not_primary_elsewhere(session, contact)
    if contact.job_title or contact.birth_date or contact.minor or contact.title:
        raise Refused(_l("%(no)s has data that only a person has. Empty the section “Person” first.",
                         no=contact.no))


def _check_not_primary_elsewhere(session: Session, contact: Contact) -> None:
    holders = primary_contact_holders(session, [contact.id])
    if holders:
        raise Refused(
            _l("%(no)s is the primary contact of %(other)s. Choose another one there first.",
               no=contact.no, other=holders[0].no),
            records=holders,
        )


def primary_contact_holders(session: Session, contact_ids: Iterable[int]) -> list[AnyCard]:
    """The customers and vendors whose primary contact is one of these contacts."""
    ids = list(contact_ids)
    found: list[AnyCard] = []
    for model in (Customer, Vendor):
        found.extend(session.scalars(select(model).where(model.primary_contact_id.in_(ids)).order_by(model.id)))
    return found


def _check_references(session: Session, record: AnyCard | None, kind: str, values: Mapping[str, Any]) -> None:
    """Refuse references to what does not exist, and a primary contact of another company (rule L11)."""
    for name, value in values.items():
        model = _REFERENCES.get(FIELDS[name].type)
        if model is not None and value is not None:
            if session.get(model, value) is None:
                raise Invalid({name: _l("This choice does not exist any more. Choose another one.")})
    if values.get("primary_contact_id"):
        person = session.get(Contact, values["primary_contact_id"])
        hub = sync.contact_id_of(session, record) if record is not None else None
        if person is None or hub is None or hub not in (person.company_id, person.id) or person.type != "person":
            raise Refused(_l("A primary contact is a person of the linked company. Choose one of its persons."))


def _leave_untouched(
    session: Session, record: AnyCard, values: dict[str, Any], seen: Mapping[str, str]
) -> dict[str, Any]:
    """The values their editor really changed; raises Conflict for those somebody else changed meanwhile."""
    wanted: dict[str, Any] = {}
    stale: list[str] = []
    for name, value in values.items():
        present = getattr(record, name)
        shown = seen.get(name)
        if value == present or fields.digest(name, value) == shown:
            continue
        if shown != fields.digest(name, present):
            stale.append(name)
        wanted[name] = value
    if stale:
        changed = history.last_change_of(session, record, stale)
        raise Conflict(
            [ConflictField(name, wanted[name], getattr(record, name), *changed.get(name, (None, None))) for name in stale]
        )
    return wanted


def check_ends(record: AnyCard, typed: Mapping[str, Any], changes: Sequence[sync.Change]) -> None:
    """Refuse the whole save when a value does not fit one of the cards it travels to (rule S6)."""
    ends: dict[int, tuple[AnyCard, dict[str, Any]]] = {}
    for change in changes:
        ends.setdefault(id(change.record), (change.record, {}))[1][change.field] = change.new
    for end, values in ends.values():
        try:
            fields.clean(end.KIND, values, country=end.country)
        except Invalid as problem:
            if end is record and all(name in typed for name in problem.errors):
                raise
            raise Invalid(
                {
                    name if name in typed else "name": _l(
                        "%(sentence)s (%(kind)s %(no)s, %(field)s)",
                        sentence=said[0], kind=fields.KIND_NAMES[end.KIND], no=end.no, field=fields.label(name),
                    )
                    for name, said in problem.errors.items()
                }
            ) from problem


# -- helpers: searching, contact persons ------------------------------------------------------------


def _folded(record: AnyCard) -> dict[str, str]:
    """The columns that searches and alphabetical lists read."""
    get = {name: getattr(record, name, "") or "" for name in _SEARCHED}
    return {
        "search_name": fold(record.name)[:100],
        "search_city": fold(record.city)[:50],
        "search_text": search_text(
            no=record.no or "",
            names=[get["name"], get["name2"], get["label"], get["contact_person"]],
            emails=[get["email"], get["email2"]],
            phones=[get["phone"], get["mobile"], get["fax"]],
            city=record.city or "",
        ),
    }


def _fold(record: AnyCard) -> None:
    for name in ("name", "city"):
        if getattr(record, name) is None:
            setattr(record, name, "")
    for name, value in _folded(record).items():
        setattr(record, name, value)


def _create_primary_contact(session: Session, party: Customer | Vendor, company: Contact, cause: Cause) -> None:
    """Turn the typed contact person of a party into a person of its company contact (rule L8)."""
    person = create_card(
        session,
        "contact",
        {
            "type": "person",
            "name": party.contact_person,
            "job_title": party.contact_person_title,
            "company_id": company.id,
        },
        cause,
        origin=party,
    )
    carry_out(
        session,
        [
            sync.Change(party, "primary_contact_id", None, person.id),
            sync.Change(party, "contact_person", party.contact_person, ""),
            sync.Change(party, "contact_person_title", party.contact_person_title, ""),
        ],
        cause,
    )
