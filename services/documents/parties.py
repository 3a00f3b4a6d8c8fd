"""Whom a new document is for: a customer or vendor, a contact that becomes one on the way, or a new name.

Rules O1 to O3: choosing a contact for an order or invoice makes the customer (or vendor) from it, says so,
and can be undone; a quote leaves the contact what it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, Contact, Customer, Document, Link, Vendor
from services import links, records
from services.documents import blocks, templates
from services.documents.kinds import KINDS, Kind
from services.errors import Invalid, NotFound
from services.text import fold

_CHOOSE = {"customer": _l("Choose a customer."), "vendor": _l("Choose a vendor.")}


@dataclass(frozen=True)
class Choice:
    """The card that a document is for, the person of it who was chosen, and the cards made on the way."""

    owner: Customer | Vendor | Contact
    person: Contact | None = None
    created: list[AnyCard] = field(default_factory=list)
    quotes: list[Document] = field(default_factory=list)


def choose(session: Session, kind: str, values: Mapping[str, Any], *, by: int | None) -> Choice:
    """Whom the form of a new document names: `customer_id` (or `vendor_id`), `contact_id`, or a typed name.

    Raises Invalid when it names nobody or several, Refused when a document of this kind cannot be made.
    """
    of_kind = KINDS[kind]
    party_id, contact_id = _id(values, f"{of_kind.side}_id"), _id(values, "contact_id")
    if party_id is not None:
        return Choice(_card(session, of_kind.side, party_id), _person(session, contact_id))
    if contact_id is not None:
        return of_contact(session, kind, _card(session, "contact", contact_id), by=by)
    name = str(values.get(f"{of_kind.side}_name") or "").strip()
    if not name:
        raise Invalid({f"{of_kind.side}_name": _CHOOSE[of_kind.side]})
    return _of_name(session, of_kind, name, str(values.get("new_type") or "company"), by=by)


def of_contact(session: Session, kind: str, contact: Contact, *, by: int | None) -> Choice:
    """A contact's customer or vendor, made from it where the kind of document needs one (rule O1)."""
    of_kind = KINDS[kind]
    hub = links.hub_of(session, contact)
    person = contact if contact is not hub else None
    party = linked_party(session, hub, of_kind.side)
    if party is not None:
        return Choice(party, person)
    if not of_kind.needs_party:
        return Choice(contact)
    blocks.check(session, kind, contact)
    template = templates.only_one(session, of_kind.side)
    saved = links.create_as(session, hub, of_kind.side, template=template, by=by)
    made = saved.record
    assert isinstance(made, (Customer, Vendor))
    return Choice(made, person, created=[made], quotes=saved.quotes)


def linked_party(session: Session, contact: Contact, side: str) -> Customer | Vendor | None:
    """The customer or vendor that a contact is linked with; None when it is none yet."""
    model = MODELS[side]
    query = select(model).join(Link, getattr(Link, f"{side}_id") == model.id)
    found: Customer | Vendor | None = session.scalar(query.where(Link.contact_id == contact.id))
    return found


def _of_name(session: Session, kind: Kind, name: str, new_type: str, *, by: int | None) -> Choice:
    """The only card of this name, or a new contact with its customer (rule O2)."""
    for side in (kind.side, "contact"):
        found = _named(session, side, name)
        if len(found) > 1:
            raise Invalid(
                {
                    f"{kind.side}_name": _l(
                        "Several cards are called %(name)s. Choose one of them in the list.", name=name
                    )
                }
            )
        if found and side == "contact":
            return of_contact(session, kind.name, found[0], by=by)
        if found:
            return Choice(found[0])
    if new_type not in ("company", "person"):
        raise Invalid({"new_type": _l("Choose one of the values in the list.")})
    try:
        return _new(session, kind, name, new_type, by=by)
    except Invalid as problem:
        raise Invalid({f"{kind.side}_name": next(iter(problem.errors.values()))}) from problem


def _new(session: Session, kind: Kind, name: str, new_type: str, *, by: int | None) -> Choice:
    """A new contact, and its customer or vendor unless a quote can do without."""
    contact = records.create(session, "contact", {"name": name, "type": new_type}, by=by).record
    assert isinstance(contact, Contact)
    if not kind.needs_party:
        return Choice(contact, created=[contact])
    made = of_contact(session, kind.name, contact, by=by)
    return Choice(made.owner, made.person, created=[*made.created, contact], quotes=made.quotes)


def _named(session: Session, kind: str, name: str) -> list[Any]:
    """Two cards at most whose name is this one, capitals and accents aside."""
    model = MODELS[kind]
    query = select(model).where(model.search_name == fold(name)[:100]).order_by(model.id).limit(2)
    return list(session.scalars(query))


def _card(session: Session, kind: str, id_: int) -> Any:
    card = session.get(MODELS[kind], id_)
    if card is None:
        raise NotFound()
    return card


def _person(session: Session, contact_id: int | None) -> Contact | None:
    return session.get(Contact, contact_id) if contact_id is not None else None


def _id(values: Mapping[str, Any], name: str) -> int | None:
    text = str(values.get(name) or "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound()
    return int(text)
