"""The migrations make what the models say, on both databases, and lose nothing on the way."""

import re
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.orm import Session

from config import HOME, Config
from extensions import Base
from services import database, deletion, migrating, records
from services.text import fold
from tests.support import databases
from tests.support import factories as make
from tests.support.databases import Databases

pytestmark = pytest.mark.both_databases

SCRIPTS = HOME / "migrations"
REVISIONS = [script.revision for script in reversed(list(ScriptDirectory(str(SCRIPTS)).walk_revisions()))]


@pytest.fixture
def own_config(database_kind: str, all_databases: Databases, tmp_path: Path) -> Config:
    """An upgraded database that no other test uses: this one changes its tables."""
    return all_databases.fresh(database_kind, tmp_path, office=False)


@pytest.fixture
def bare_config(own_config: Config) -> Config:
    """A database without a single table."""
    engine = migrating.plain_engine(own_config)
    with engine.begin() as connection:
        _drop_everything(connection)
    return own_config


def test_an_empty_database_upgraded_is_what_the_models_say(own_config: Config) -> None:
    """Tables, columns, types, keys, constraints and indexes, by Alembic's own comparison."""
    # SQLite spells the default '' otherwise than the model; PostgreSQL compares it.
    options = {
        "compare_type": True,
        "compare_server_default": not own_config.is_sqlite,
        "include_object": _is_ours,
    }
    with migrating.plain_engine(own_config).connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_check_constraints_and_partial_indexes_are_there_too(own_config: Config) -> None:
    """What Alembic does not compare: conditions."""
    with migrating.plain_engine(own_config).connect() as connection:
        live = inspect(connection)
        for table in Base.metadata.sorted_tables:
            wanted = {str(one.name) for one in table.constraints if type(one).__name__ == "CheckConstraint"}
            found = {one["name"] for one in live.get_check_constraints(table.name)}
            assert wanted <= found, f"{table.name}: {wanted - found}"
        dialect = connection.dialect.name
        partial = [
            index
            for index in live.get_indexes("links")
            if index["dialect_options"].get(f"{dialect}_where") is not None
        ]
        assert {index["name"] for index in partial} == {
            "uq_links_contact_customer",
            "uq_links_contact_vendor",
            "uq_links_contact_free_code",
        }
        assert all(index["unique"] for index in partial)


def test_ids_that_others_remember_are_never_given_again(own_config: Config) -> None:
    """AUTOINCREMENT on SQLite: the history of a deleted card is kept by its id, an export names its e-mail."""
    if own_config.is_sqlite:
        with migrating.plain_engine(own_config).connect() as connection:
            for name in (*database.SEARCHED, "links", "outbox_messages"):
                sql = connection.scalar(
                    text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name}
                )
                assert "AUTOINCREMENT" in sql, name


def test_the_search_index_and_what_keeps_it_in_step_are_there(own_config: Config) -> None:
    """Triggers on SQLite, trigram indexes on PostgreSQL, for each kind of card."""
    with migrating.plain_engine(own_config).connect() as connection:
        for table in database.SEARCHED:
            assert _search_objects(connection, table) == _wanted(connection, table)


def test_the_search_index_follows_every_write(own_config: Config) -> None:
    """Insert, update and delete: what is found is what is stored."""
    databases.fill(own_config, _office)
    databases.fill(own_config, _write_and_look)


def test_migrations_stand_in_one_row(bare_config: Config) -> None:
    """One head, each step after the one before it, numbered as its file."""
    scripts = ScriptDirectory(str(SCRIPTS))
    assert len(scripts.get_heads()) == 1
    for script in scripts.walk_revisions():
        assert Path(script.path).name.startswith(f"{script.revision}_"), script.path
        assert re.fullmatch(r"\d{4}", script.revision)
        assert script.doc, f"{script.path} does not say what it does"


@pytest.mark.parametrize("revision", REVISIONS)
def test_data_survives_each_step(bare_config: Config, revision: str) -> None:
    """Rows written at every version are there, unchanged, at the next ones; search finds them at the end."""
    _upgrade(bare_config, revision)
    engine = migrating.plain_engine(bare_config)
    with engine.begin() as connection:
        before = _fill(connection)
    migrating.upgrade(bare_config)
    with engine.connect() as connection:
        for table, row in before.items():
            # A step may add rows of its own.
            (key,) = Base.metadata.tables[table].primary_key.columns.keys()
            query = text(f'SELECT * FROM "{table}" WHERE "{key}" = :key')
            found = connection.execute(query, {"key": row[key]}).mappings().one()
            assert {name: found[name] for name in row if name in found} == {
                name: value for name, value in row.items() if name in found
            }, table
        for table in database.SEARCHED:
            assert _search_objects(connection, table) == _wanted(connection, table)
    assert migrating.revision_of(engine) == REVISIONS[-1]


def test_an_upgrade_twice_does_nothing(own_config: Config) -> None:
    assert migrating.upgrade(own_config) is False


def _is_ours(_object: object, name: str | None, kind: str, *_more: object) -> bool:
    # The index over parts of words is made by its own function, for the models cannot say it.
    return (
        "_search" not in (name or "")
        or kind == "column"
        or (name or "").endswith(("search_name_id", "search_city_id"))
    )


def _upgrade(config: Config, revision: str) -> None:
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", str(SCRIPTS))
    with migrating.plain_engine(config).begin() as connection:
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, revision)


def _drop_everything(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS original CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
        return
    names = connection.execute(
        text(
            "SELECT type, name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%' OR type = 'table' ORDER BY sql DESC"
        )
    ).all()
    for _type, name in names:
        if not name.startswith("sqlite_"):
            connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}"')


def _fill(connection: Connection) -> dict[str, dict[str, Any]]:
    """One row in every table as the database has it now; foreign keys point to the first row."""
    live = inspect(connection)
    filled: dict[str, dict[str, Any]] = {}
    known = set(live.get_table_names()) - {databases.COUNTED}
    tables = [table for table in Base.metadata.sorted_tables if table.name in known]
    for table in tables:
        row = {
            column["name"]: _value(table.name, column)
            for column in live.get_columns(table.name)
            if not column["nullable"] or column["name"] in ("customer_id",)
        }
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join(f":{name}" for name in row)
        connection.execute(text(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'), row)
        stored = connection.execute(text(f'SELECT * FROM "{table.name}"')).mappings().one()
        filled[table.name] = dict(stored)
    if connection.dialect.name == "postgresql":
        for name in filled:
            # A later step that adds a row takes the next number, as it would in an office.
            sequence = connection.scalar(text("SELECT to_regclass(:name)"), {"name": f"{name}_id_seq"})
            if sequence is not None:
                connection.execute(text(f"SELECT setval('{name}_id_seq', 1)"))
    return filled


def _value(table: str, column: Any) -> Any:
    fixed = {
        ("contacts", "type"): "company",
        ("customers", "contact_type"): "company",
        ("customers", "blocked"): "none",
        ("vendors", "blocked"): "none",
        ("links", "kind"): "customer",
        ("links", "customer_id"): 1,
        ("party_templates", "kind"): "customer",
        ("documents", "kind"): "invoice",
        ("documents", "state"): "draft",
        ("documents", "customer_id"): 1,
        ("privacy_requests", "kind"): "access",
        ("privacy_requests", "state"): "received",
    }
    name, kind = column["name"], column["type"].python_type
    if (table, name) in fixed:
        return fixed[table, name]
    if name == "customer_id":
        return None
    if kind.__name__ in ("dict", "list", "object"):
        return "{}"
    values = {
        "int": 1,
        "bool": True,
        "str": "Levesque",
        "datetime": "2026-01-02 03:04:05",
        "date": "2026-01-02",
        "bytes": b"Levesque",
    }
    text_value = values[kind.__name__]
    if isinstance(text_value, str) and kind.__name__ == "str":
        return text_value[: getattr(column["type"], "length", None) or 20]
    return text_value


def _search_objects(connection: Connection, table: str) -> set[str]:
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE name LIKE :pattern AND type IN ('trigger', 'table')"
        names = connection.execute(text(query), {"pattern": f"{table}_search%"}).scalars()
        return {name for name in names if not name.endswith(("_data", "_idx", "_docsize", "_config"))}
    query = "SELECT indexname FROM pg_indexes WHERE tablename = :table AND indexdef LIKE '%gin_trgm_ops%'"
    return set(connection.execute(text(query), {"table": table}).scalars())


def _wanted(connection: Connection, table: str) -> set[str]:
    if connection.dialect.name == "sqlite":
        return {f"{table}_search", *(f"{table}_search_{when}" for when in ("insert", "update", "delete"))}
    return {f"ix_{table}_search_text"}


def _office(session: Session) -> None:
    databases._office_and_people(session)


def _write_and_look(session: Session) -> None:
    for kind, model in records.MODELS.items():
        table = model.__table__
        card = make.make_card(session, kind, "Élan Vital")

        def found(words: str, table: Any = table, model: Any = model) -> list[int]:
            condition = database.search_condition(session, table, [fold(words)])
            return list(session.scalars(session.query(model.id).where(*condition).statement))

        assert found("elan") == found("vita") == [card.id]
        records.save(session, card, {"name": "Brume"}, by=make.BY)
        assert (found("elan"), found("brume")) == ([], [card.id])
        deletion.delete(session, card, by=make.BY)
        assert found("brume") == []
