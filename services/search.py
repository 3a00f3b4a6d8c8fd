"""Finding cards by number, name, e-mail, phone or city (rule C6)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, case, func, literal, select
from sqlalchemy.orm import Session

from models import MODELS
from services import database, totals
from services.text import TextProblem, fold, search_terms


class Row(NamedTuple):
    """A card as suggestions and result lists show it; `type` is "" where a kind has none."""

    id: int
    no: str
    name: str
    city: str
    type: str


def find(session: Session, kind: str, query: str, *, limit: int = 8, where: Sequence[Any] = ()) -> list[Row]:
    """The best matches: the exact number, then names that start like the query, then the others by name.

    A blank query finds the first cards by name. `where` holds further conditions on the kind's model.
    """
    conditions = _conditions(session, kind, query)
    if conditions is None:
        return []
    model = MODELS[kind]
    folded = fold(query)
    rank = case(
        (func.lower(model.no) == folded, 0),
        (model.search_name.startswith(folded, autoescape=True), 1),
        else_=2,
    )
    rows = select(model.id, model.no, model.name, model.city, _type_column(kind)).where(*conditions, *where)
    return [
        Row(*row) for row in session.execute(rows.order_by(rank, model.search_name, model.id).limit(limit))
    ]


def all_cards(session: Session, kind: str) -> int:
    """How many cards of the kind there are; it costs the same for a hundred as for a million."""
    return totals.of(session, MODELS[kind].__tablename__)


def total(session: Session, kind: str, query: str, *, where: Sequence[Any] = ()) -> int:
    """How many cards of the kind match."""
    conditions = _conditions(session, kind, query)
    if conditions is None:
        return 0
    counted: Select[Any] = select(func.count()).select_from(MODELS[kind]).where(*conditions, *where)
    return session.execute(counted).scalar_one()


def exact(session: Session, kind: str, no: str) -> Row | None:
    """The card with exactly this number, capitals aside."""
    found = find(session, kind, no, limit=1) if no.strip() else []
    return found[0] if found and has_number(found[0], no) else None


def has_number(row: Row, query: str) -> bool:
    """Whether the query is the number of this card, capitals aside."""
    return fold(row.no) == fold(query)


def _conditions(session: Session, kind: str, query: str) -> list[Any] | None:
    """What a matching card fulfils; None for a query that no card can hold (control characters)."""
    try:
        return list(database.search_condition(session, MODELS[kind].__table__, search_terms(query)))
    except TextProblem:
        return None


def _type_column(kind: str) -> Any:
    columns = MODELS[kind].__table__.columns
    name = next((name for name in ("type", "contact_type") if name in columns), None)
    return columns[name] if name else literal("").label("type")
