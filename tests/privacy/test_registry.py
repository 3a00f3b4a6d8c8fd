"""The registry: every table of personal data belongs to a part that finds its rows, or Carnet does not start."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Column, Integer, String, Table

from config import StartRefused
from extensions import Base, db
from models.base import NOT_PERSONAL, personal
from services import starting
from services.privacy import registry
from services.privacy.registry import Undeclared


@pytest.fixture
def guests() -> Iterator[Table]:
    """A table that a module of tomorrow might bring."""
    table = Table("guests", Base.metadata, Column("id", Integer, primary_key=True, info=NOT_PERSONAL))
    yield table
    Base.metadata.remove(table)


def test_y_a1_everything_is_declared_and_every_part_finds_its_rows(bare_app: Flask) -> None:
    registry.check_complete()
    with bare_app.app_context():
        starting.check_privacy(db.engine)


def test_y_a1_a_column_without_declaration_stops_the_start_by_its_name(
    bare_app: Flask, guests: Table
) -> None:
    guests.append_column(Column("shoe_size", String(5)))
    with bare_app.app_context(), pytest.raises(StartRefused, match=r"guests\.shoe_size does not declare"):
        starting.check_privacy(db.engine)


def test_y_a1_a_personal_table_without_a_module_stops_the_start(guests: Table) -> None:
    guests.append_column(Column("name", String(50), info=personal("name")))
    with pytest.raises(Undeclared, match=r"guests\.name is personal, and no privacy module has it"):
        registry.check_complete()


def test_y_a1_a_column_of_the_database_that_no_model_knows_stops_the_start() -> None:
    with pytest.raises(Undeclared, match=r"contacts\.nickname does not declare"):
        registry.check_complete({"contacts": ["id", "nickname"]})


def test_y_a2_a_module_that_does_not_find_its_rows_stops_the_start() -> None:
    registry.register("plants", "Plants", "plants")
    try:
        with pytest.raises(Undeclared, match="the privacy module plants does not say"):
            registry.check_complete()
    finally:
        del registry.MODULES["plants"]
