"""Fresh databases for tests: made by the migrations once, then copied for each test."""

import os
import shutil
from collections.abc import Callable
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from config import Config
from extensions import Base
from models import Office, User
from services import settings, starting
from tests.support.people import PEOPLE, password_hash

SERVER = os.environ.get("CARNET_TEST_POSTGRES", "")
REQUIRE_ALL = os.environ.get("CARNET_REQUIRE_ALL", "") == "1"
KINDS = ("sqlite", "postgresql") if SERVER else ("sqlite",)


class Databases:
    """Hands out databases that begin like a template.

    One test after the other gets the same one, brought back to its beginning: the application and its
    engine stay, and with them the compiled statements, which take most of a short test's time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._templates: dict[tuple[str, bool], Config] = {}
        self._current: dict[str, Config] = {}
        self._names = (f"carnet_test_{os.getpid()}_{number}" for number in count(1))
        self._made: list[str] = []

    def renewed(self, kind: str) -> Config:
        """The database that tests share in turn, as the template has it."""
        if kind not in self._current:
            self._current[kind] = self.fresh(kind, self._folder / f"{kind}-current")
            return self._current[kind]
        config = self._current[kind]
        bring_back(config, self._templates[kind, True].data, "original")
        return config

    def fresh(self, kind: str, folder: Path, *, office: bool = True, **more: Any) -> Config:
        """A database of its own; without `office` it is one that was never set up."""
        template = self._templates.get((kind, office)) or self._make_template(kind, office)
        shutil.copytree(template.data, folder / "data")
        url = self._create(template.database_url) if kind == "postgresql" else ""
        return configuration(folder / "data", url, **more)

    def close(self) -> None:
        """Remove the databases from the PostgreSQL server."""
        for name in self._made:
            self._on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _make_template(self, kind: str, office: bool) -> Config:
        name = f"{kind}-{'office' if office else 'empty'}"
        url = self._create() if kind == "postgresql" else ""
        config = configuration(self._folder / name, url)
        starting.make_database(config)
        if office:
            fill(config, _office_and_people)
        if url:
            _keep_rows(url, "original")
        self._templates[(kind, office)] = config
        return config

    def _create(self, template_url: str = "") -> str:
        name = next(self._names)
        template = make_url(template_url).database if template_url else "template0"
        self._on_server(f"CREATE DATABASE {name} TEMPLATE {template}")
        self._made.append(name)
        return str(_server_url().set(database=name).render_as_string(hide_password=False))

    def _on_server(self, statement: str) -> None:
        _run(_server_url(), statement)


def keep(config: Config, folder: Path, name: str) -> None:
    """Keep the data folder and the rows as they are, for `bring_back`; nobody has the database open."""
    shutil.copytree(config.data, folder)
    if not config.is_sqlite:
        _keep_rows(config.database_url, name)


def bring_back(config: Config, folder: Path, name: str) -> None:
    """Make the data folder and the rows what they were at `keep`; nobody has the database open."""
    shutil.rmtree(config.data)
    shutil.copytree(folder, config.data)
    if not config.is_sqlite:
        _bring_back_rows(config.database_url, name)


def configuration(data: Path, database_url: str = "", **more: Any) -> Config:
    """The configuration of a test: strict, on this machine only, with a known key."""
    values: dict[str, Any] = {"testing": True, "secret_key": "k" * 32, "hosts": ("localhost",), "copy": False}
    return Config(data=data, database_url=database_url, **(values | more))


def plain_engine(config: Config) -> Engine:
    """An engine beside the application's own, as another program would open the database."""
    return _engine(config.sqlalchemy_url)


@cache
def _engine(url: URL) -> Engine:
    return create_engine(url, poolclass=NullPool)


def fill(config: Config, write: Callable[[Session], None]) -> None:
    """Write to a database that no application has open yet."""
    engine = plain_engine(config)
    with Session(engine) as session:
        write(session)
        session.commit()


# Triggers keep it, each connection in a part of its own.
COUNTED = "row_totals"


def dump(config: Config, *, without: tuple[str, ...] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but those left out, for “nothing changed” comparisons."""
    engine = plain_engine(config)
    with engine.connect() as connection:
        found = {
            name: sorted(map(tuple, connection.execute(text(f'SELECT * FROM "{name}"'))), key=repr)
            for name in _tables(connection)
            if name not in (*without, COUNTED)
        }
    return found


def _tables(connection: Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_search%'"
    else:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    return sorted(connection.execute(text(query)).scalars())


def _office_and_people(session: Session) -> None:
    office: Office = settings.first_settings(
        session, name="Office", currency="CAD", language="en", country="CA", timezone="America/Toronto"
    )
    assert office.id == 1
    for person in PEOPLE:
        session.add(User(password_hash=password_hash(), **person.columns()))
        session.flush()


def _keep_rows(url: str, schema: str) -> None:
    tables = [table.name for table in Base.metadata.sorted_tables]
    _run(
        url,
        f"CREATE SCHEMA {schema}",
        *(f"CREATE TABLE {schema}.{table} AS TABLE {table}" for table in tables),
    )


def _bring_back_rows(url: str, schema: str) -> None:
    tables = [table.name for table in Base.metadata.sorted_tables]
    numbered = [
        table.name
        for table in Base.metadata.sorted_tables
        if table.autoincrement_column is not None and table.name != "office"
    ]
    _run(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        # What is frozen goes too: these rows are no office's.
        "SET session_replication_role = replica",
        *(f"DELETE FROM {table}" for table in reversed(tables)),
        *(f"INSERT INTO {table} SELECT * FROM {schema}.{table}" for table in tables),
        *(
            f"SELECT setval('{table}_id_seq', coalesce(max(id), 0) + 1, false) FROM {table}"
            for table in numbered
        ),
    )


def _run(url: Any, *statements: str) -> None:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(";".join(statements))


def _server_url() -> Any:
    return make_url(SERVER).set(drivername="postgresql+psycopg")
