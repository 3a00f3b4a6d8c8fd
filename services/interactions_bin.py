"""Interactions go with the contact that they belong to, and come back with it from the bin (rule D6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from models import AnyCard, Contact, Interaction


def take(session: Session, cards: Sequence[AnyCard]) -> dict[str, Any]:
    """Remove the interactions of cards that are being deleted; returns what bringing them back needs.

    Those of persons who stay only forget the company that goes.
    """
    contacts = [card.id for card in cards if isinstance(card, Contact)]
    own = or_(Interaction.contact_id.in_(contacts), *(_without_contact(card) for card in cards))
    entries = [_as_json(entry) for entry in session.scalars(select(Interaction).where(own))]
    if entries:
        session.execute(delete(Interaction).where(own))
    of_company = Interaction.company_id.in_(contacts)
    companies = session.execute(select(Interaction.id, Interaction.company_id).where(of_company)).all()
    if companies:
        session.execute(update(Interaction).where(of_company).values(company_id=None))
    return {"entries": entries, "companies": [list(pair) for pair in companies]}


def bring_back(session: Session, kept: Mapping[str, Any]) -> None:
    """Give cards that came back from the bin their interactions again."""
    mentioned = {values["company_id"] for values in kept["entries"]}
    mentioned |= {company_id for _id, company_id in kept["companies"]}
    known = set(session.scalars(select(Contact.id).where(Contact.id.in_(mentioned - {None}))))
    for values in kept["entries"]:
        entry = Interaction(**{name: _from_json(name, value) for name, value in values.items()})
        if entry.company_id not in known:
            entry.company_id = None
        session.add(entry)
    for id_, company_id in kept["companies"]:
        if company_id in known:
            session.execute(
                update(Interaction)
                .where(Interaction.id == id_, Interaction.company_id.is_(None))
                .values(company_id=company_id)
            )
    session.flush()


def _without_contact(card: AnyCard) -> ColumnElement[bool]:
    return and_(
        Interaction.party_kind == card.KIND,
        Interaction.party_id == card.id,
        Interaction.contact_id.is_(None),
    )


def _as_json(entry: Interaction) -> dict[str, Any]:
    values = {column.key: getattr(entry, column.key) for column in Interaction.__table__.columns}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }


def _from_json(name: str, value: Any) -> Any:
    is_time = name in ("at", "created_at", "cancelled_at") and value is not None
    return datetime.fromisoformat(value) if is_time else value
