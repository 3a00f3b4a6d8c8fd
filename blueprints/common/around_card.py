"""What stands around a card: the cards that a save reaches, its neighbours, and why it is linked with nothing."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import Select, bindparam, select, tuple_

from blueprints.common import display
from blueprints.common.record_types import Section
from extensions import db
from models import PARTY_KINDS, AnyCard, Contact
from services import fields, making, records, relations, sync


def reached_by(
    record: AnyCard, section: Section | None, others: list[AnyCard], persons: list[Contact]
) -> dict[str, Any]:
    """What saving an open section reaches; of a contact its page has read everything already."""
    if section is None:
        return {"linked": [], "persons_follow": False}
    if not isinstance(record, Contact):
        return reached(record, section)
    in_order = sorted(others, key=lambda card: (PARTY_KINDS.index(card.KIND), card.id))
    return _sharing(record, section, in_order, bool(persons))


def reached(record: AnyCard, section: Section) -> dict[str, Any]:
    """The cards that share a field of the section with this one, and whether persons may follow (rule S5)."""
    family = sync.family_of(db.session(), record)
    others: list[AnyCard] = [
        card for card in (family.contact, *family.parties) if card is not None and card is not record
    ]
    return _sharing(record, section, others, bool(family.persons))


def _sharing(record: AnyCard, section: Section, others: list[AnyCard], has_persons: bool) -> dict[str, Any]:
    mine = set(fields.SHARED[record.KIND]) & set(section.fields)
    settings = records.office(db.session())
    inherited = {
        name for switch, names in fields.INHERITED.items() if getattr(settings, switch) for name in names
    }
    return {
        "linked": [card for card in others if mine & set(fields.SHARED[card.KIND])],
        "persons_follow": has_persons and bool(mine & inherited),
    }


def persons(record: AnyCard, family: sync.Family | None = None) -> list[Contact]:
    """The persons of a company by name, of its family where that was read."""
    if not isinstance(record, Contact):
        return []
    if family is None:
        return records.persons_of(db.session(), record)
    found = [person.contact for person in family.persons if person.contact is not None]
    return sorted(found, key=lambda person: (person.search_name, person.id))


def neighbours(record: AnyCard) -> dict[str, Any]:
    """The cards before and after this one in the list by name (U-C5)."""
    place = {"name": record.search_name, "id": record.id}
    found = db.session.connection().execute(_beside(type(record)), place).one()
    return {"previous": found[0], "next": found[1]}


@lru_cache
def _beside(model: Any) -> Select[Any]:
    key = tuple_(model.search_name, model.id)
    here = tuple_(bindparam("name", type_=model.search_name.type), bindparam("id", type_=model.id.type))
    query = select(model.id).limit(1)
    previous = query.where(key < here).order_by(model.search_name.desc(), model.id.desc())
    following = query.where(key > here).order_by(model.search_name, model.id)
    return select(previous.scalar_subquery(), following.scalar_subquery())


def linked_through_company(record: AnyCard) -> str:
    """The parties that a person's company is linked with, as a sentence lists them."""
    if not isinstance(record, Contact) or record.company_id is None:
        return ""
    company = db.session.get_one(Contact, record.company_id)
    linked = relations.linked_cards(db.session(), "contact", [company])[company.id]
    return display.enumeration(
        [_("%(kind)s %(no)s", kind=fields.KIND_NAMES[one.kind], no=one.no) for one in linked if one.kind]
    )


def why_unlinked(record: AnyCard) -> dict[str, Any]:
    """Why a party has no contact: the setting that is missing, with its page."""
    reason = making.why_no_contact(records.office(db.session()), record.KIND)
    sentences: Mapping[str | None, Any] = {
        "code": _("No contact: no business relation code is set for this kind of card."),
        "series": _("No contact: no number series is set for contacts."),
        "switch": _("No contact: creating contacts automatically is switched off."),
        None: _("This card has no contact."),
    }
    page = "settings.number_series" if reason == "series" else "settings.contacts"
    return {"reason": reason, "sentence": sentences[reason], "url": url_for(page) if reason else None}
