"""Whom a new document can be for: customers or vendors, and contacts that are none yet (rule O2)."""

from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import exists, or_, select

from blueprints.common import display, pages, privacy_blocks
from extensions import db
from models import MODELS, Contact, Link
from services import search
from services.documents import blocks
from services.documents.kinds import KINDS

SHOWN = 8


@dataclass(frozen=True)
class Option:
    """A card to choose; `blocked` says why it cannot be."""

    id: int
    no: str
    name: str
    city: str
    url: str
    blocked: str


@dataclass(frozen=True)
class Group:
    """Cards of one kind that match, sent in one field: the first of them, and how many there are."""

    name: str
    field: str
    heading: str
    options: list[Option]
    total: int


def groups(kind: str, query: str, limit: int = SHOWN) -> list[Group]:
    """The customers (or vendors) that match, the persons of such companies, and the contacts that are none yet."""
    side = KINDS[kind].side
    headings = {"customer": _("Customers"), "vendor": _("Vendors")}
    contacts = {
        "customer": _("Contacts that are not customers yet"),
        "vendor": _("Contacts that are not vendors yet"),
    }
    persons = {"customer": _("Persons at customers"), "vendor": _("Persons at vendors")}
    return [
        _group(kind, side, headings[side], query, limit),
        _persons(kind, side, persons[side], query, limit),
        _group(kind, "contact", contacts[side], query, limit, (_has_no(side),)),
    ]


def _persons(kind: str, side: str, heading: str, query: str, limit: int) -> Group:
    """Persons whose company is a customer or vendor already: the document is for that, and names them."""
    found = _group(kind, "contact", heading, query, limit, (_works_at(side),))
    model = MODELS[side]
    asked = (
        select(Contact.id, model)
        .join(Link, Link.contact_id == Contact.company_id)
        .join(model, model.id == getattr(Link, f"{side}_id"))
        .where(Contact.id.in_([one.id for one in found.options]))
    )
    parties: dict[int, Any] = dict(db.session.execute(asked).all())  # type: ignore[arg-type]
    refused = blocks.refusals(db.session(), kind, list(parties.values()))
    options = []
    for one in found.options:
        party = parties[one.id]
        blocked = one.blocked or (_reason(party) if party.id in refused else "")
        options.append(replace(one, city=party.name if one.name else "", blocked=blocked))
    return replace(found, name="persons", options=options)


def _group(kind: str, of: str, heading: str, query: str, limit: int, where: tuple[Any, ...] = ()) -> Group:
    rows = search.find(db.session(), of, query, limit=limit, where=where)
    model = MODELS[of]
    cards = {
        card.id: card for card in db.session.scalars(select(model).where(model.id.in_([r.id for r in rows])))
    }
    refused = blocks.refusals(db.session(), kind, list(cards.values()))
    _reasons, unnamed = privacy_blocks.not_to_choose(of, list(refused))
    options = [
        Option(
            row.id,
            row.no,
            "" if row.id in unnamed else row.name,
            "" if row.id in unnamed else row.city,
            pages.card_url(cards[row.id]),
            _reason(cards[row.id]) if row.id in refused else "",
        )
        for row in rows
    ]
    return Group(of, f"{of}_id", heading, options, search.total(db.session(), of, query, where=where))


def _reason(card: Any) -> str:
    """The commercial block of a card, or that it is blocked for privacy: never the reason of that."""
    blocked = getattr(card, "blocked", "none")
    return display.value(card.KIND, "blocked", blocked) if blocked != "none" else _("blocked for privacy")


def _works_at(side: str) -> Any:
    """The condition for a person whose company is a customer or vendor."""
    of_company = Link.contact_id == Contact.company_id
    return exists(select(Link.id).where(of_company, getattr(Link, f"{side}_id").is_not(None)))


def _has_no(side: str) -> Any:
    """The condition for a contact without a customer or vendor, its own or its company's."""
    own = or_(Link.contact_id == Contact.id, Link.contact_id == Contact.company_id)
    return ~exists(select(Link.id).where(own, getattr(Link, f"{side}_id").is_not(None)))
