"""A card as JSON can hold it, for the bin and for undoing."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date

from models import MODELS, AnyCard
from models.base import Money, UtcDateTime
from services.fields import as_text


def values_of(record: AnyCard) -> dict[str, Any]:
    """Every column of a card; times, dates and amounts as text."""
    return {column.key: storable(getattr(record, column.key)) for column in record.__table__.columns}


def record_from(kind: str, values: Mapping[str, Any]) -> AnyCard:
    """A new record, in no session, with the values that `values_of` gave."""
    model = MODELS[kind]
    return model(
        **{column.key: read(kind, column.key, values.get(column.key)) for column in model.__table__.columns}
    )


def storable(value: Any) -> Any:
    """A column's value as JSON can hold it."""
    return as_text(value) if isinstance(value, (date, datetime, Decimal)) else value


def read(kind: str, name: str, value: Any) -> Any:
    """The column value that `storable` made JSON of."""
    return read_column(MODELS[kind], name, value)


def read_column(model: Any, name: str, value: Any) -> Any:
    """The same for a column of any table."""
    column_type = model.__table__.columns[name].type
    if not isinstance(value, str):
        return value
    if isinstance(column_type, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(column_type, Money):
        return Decimal(value)
    return date.fromisoformat(value) if isinstance(column_type, Date) else value
