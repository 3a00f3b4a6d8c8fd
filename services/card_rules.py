"""What a card may hold beyond its single fields: its name, its type, its references, its far ends."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from models import AnyCard, Contact, Customer, Office, PaymentTerms, TaxGroup, User, Vendor
from services import clock, fields, history, sync
from services.errors import Conflict, ConflictField, Invalid, PrivacyBlocked, Refused
from services.fields import FIELDS, NAME_PARTS
from services.privacy import blocks, minors
from services.privacy.blocks import Blocked

_REFERENCES = {"user": User, "payment_terms": PaymentTerms, "tax_group": TaxGroup}


def complete_contact(
    settings: Office, values: dict[str, Any], companies: Mapping[int, Contact]
) -> dict[str, Any]:
    """A new contact's values with its name or name parts, and what it takes over from its company.

    `companies` holds the contacts that `company_id` may name.
    """
    values.setdefault("type", "company")
    if values["type"] == "company":
        for name in ("company_id", "job_title"):
            if values.get(name):
                raise Invalid(
                    {name: _l("Only a person has this. Choose the type “Person”, or leave it empty.")}
                )
        return {name: value for name, value in values.items() if name not in (*NAME_PARTS, "company_id")}
    parts = {name: values.get(name, "") for name in NAME_PARTS}
    if not any(parts.values()):
        values.update(_split(values["name"]))
    else:
        values["name"] = sync.compose_name(parts)
    values.update(fields.clean("contact", {"name": values["name"]}))
    if values.get("company_id"):
        company = companies.get(values["company_id"])
        if company is None or company.type != "company":
            raise Invalid({"company_id": _l("Choose a company from the contacts.")})
        values.update(sync.inherited_by_new_person(fields.shared_of(company), values, settings))
    return values


def _split(name: str) -> dict[str, Any]:
    try:
        return fields.clean("contact", sync.split_name(name))
    except Invalid:
        # The name is what was typed: the sentence belongs there.
        raise Invalid(
            {"name": _l("Each part of a person's name has at most 50 characters. Shorten the name.")}
        ) from None


def prepare_contact(
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
        values.update(sync.inherited_by_new_person(fields.shared_of(company), present, settings))
    if "company_id" in values:
        _check_not_primary_elsewhere(session, contact)
    return values


def _check_type_change(session: Session, contact: Contact, family: sync.Family, new: str) -> None:
    """Refuse a change of type that would leave data without a place (rule C4)."""
    if new == "person":
        if family.persons:
            raise Refused(
                _l(
                    "%(no)s has persons, so it stays a company. Move or delete its persons first.",
                    no=contact.no,
                ),
                records=[person.contact for person in family.persons],
            )
        linked = [party for party in family.parties if party.KIND in ("vendor", "bank_account")]
        if linked:
            raise Refused(
                _l(
                    "%(no)s is linked with %(other)s, so it stays a company. Unlink it first.",
                    no=contact.no,
                    other=linked[0].no,
                ),
                records=linked,
            )
        return
    if contact.company_id is not None:
        raise Refused(
            _l("%(no)s belongs to a company, so it stays a person. Empty its company first.", no=contact.no)
        )
    _check_not_primary_elsewhere(session, contact)
    if contact.job_title or contact.birth_date or contact.minor or contact.title:
        raise Refused(
            _l("%(no)s has data that only a person has. Empty the section “Person” first.", no=contact.no)
        )


def _check_not_primary_elsewhere(session: Session, contact: Contact) -> None:
    holders = primary_contact_holders(session, [contact.id])
    if holders:
        raise Refused(
            _l(
                "%(no)s is the primary contact of %(other)s. Choose another one there first.",
                no=contact.no,
                other=holders[0].no,
            ),
            records=holders,
        )


# Made once: deleting a contact asks them twice.
_HOLDERS: tuple[Select[Any], ...] = tuple(
    select(model).where(model.primary_contact_id.in_(bindparam("ids", expanding=True))).order_by(model.id)
    for model in (Customer, Vendor)
)


def primary_contact_holders(session: Session, contact_ids: Iterable[int]) -> list[AnyCard]:
    """The customers and vendors whose primary contact is one of these contacts."""
    ids = list(contact_ids)
    found: list[AnyCard] = []
    if ids:
        for query in _HOLDERS:
            found.extend(session.scalars(query, {"ids": ids}))
    return found


def check_references(session: Session, record: AnyCard | None, kind: str, values: Mapping[str, Any]) -> None:
    """Refuse references to what does not exist, and a primary contact of another company (rule L11)."""
    for name, value in values.items():
        model = _REFERENCES.get(FIELDS[name].type)
        if model is not None and value is not None and session.get(model, value) is None:
            raise Invalid({name: _l("This choice does not exist any more. Choose another one.")})
    chosen = values.get("primary_contact_id")
    if chosen and (record is None or not may_be_primary_contact(session, record, chosen)):
        raise Refused(_l("A primary contact is a person of the linked company. Choose one of its persons."))


def check_birth_date(office: Office, values: Mapping[str, Any]) -> None:
    """Refuse a birth date that nobody has: one to come, or one so long ago that it is a slip (Y-J5)."""
    born = values.get("birth_date")
    if born is None:
        return
    today = clock.today(office)
    if born > today:
        raise Invalid({"birth_date": _l("This day is to come. Enter the day of birth, or leave it empty.")})
    if minors.majority_of(born, minors.OLDEST) < today:
        raise Invalid(
            {"birth_date": _l("Nobody is older than %(years)s years. Check the year.", years=minors.OLDEST)}
        )


def check_not_blocked(changes: Sequence[sync.Change], blocked: Blocked) -> None:
    """Raise PrivacyBlocked when a save would change a shared field of a card that is blocked for privacy (Y-H8).

    Where processing is restricted, nothing else changes either; the commercial block is free (Y-H7).
    """
    for change in changes:
        card = change.record
        found = blocked.get((card.KIND, card.id), [])
        restricted = blocks.hides(found) and change.field != "blocked"
        if found and (restricted or fields.is_shared(card.KIND, change.field)):
            raise PrivacyBlocked(blocks.sentence(card.no, found), record=card)


def may_be_primary_contact(session: Session, party: AnyCard, contact_id: int) -> bool:
    """Whether a contact is a person of the company that a party is linked with, or that person itself."""
    person, hub = session.get(Contact, contact_id), sync.contact_id_of(session, party)
    if person is None or hub is None or person.type != "person":
        return False
    return hub in (person.company_id, person.id)


def leave_untouched(
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
            [
                ConflictField(name, wanted[name], getattr(record, name), *changed.get(name, (None, None)))
                for name in stale
            ]
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
                        sentence=said[0],
                        kind=fields.KIND_NAMES[end.KIND],
                        no=end.no,
                        field=fields.label(name),
                    )
                    for name, said in problem.errors.items()
                }
            ) from problem
