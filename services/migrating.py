"""Bring a database to the version of this program: all steps in one transaction, or none."""

import logging
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from config import HOME, Config, StartRefused

SCRIPTS = HOME / "migrations"
# Several servers on one PostgreSQL database: one migrates, the others wait and find it done.
MIGRATION_LOCK = 0x63617264

log = logging.getLogger("carnet")


def plain_engine(config: Config) -> Engine:
    """An engine without a pool, whose transactions begin by taking the write lock."""
    engine = create_engine(config.sqlalchemy_url, poolclass=NullPool, hide_parameters=True)
    if config.is_sqlite:

        @event.listens_for(engine, "connect")
        def _settings(connection: object, _record: object) -> None:
            connection.isolation_level = None  # type: ignore[attr-defined]

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def upgrade(config: Config, copy: Callable[[], object] | None = None, scripts: Path = SCRIPTS) -> bool:
    """Apply what is missing, after `copy()` when there is data to lose; returns whether anything was.

    Raises StartRefused for a database of a newer version of Carnet.
    """
    alembic = _alembic(scripts)
    newest = ScriptDirectory.from_config(alembic).get_current_head()
    engine = plain_engine(config)
    try:
        with engine.connect() as connection:
            at, filled = _revision(connection), bool(inspect(connection).get_table_names())
        check_version(at, scripts)
        if at == newest:
            return False
        if filled and copy is not None:
            copy()
        with engine.connect() as connection:
            if config.is_sqlite:
                _upgrade_sqlite(connection, alembic)
            else:
                _upgrade_postgresql(connection, alembic)
    except (SQLAlchemyError, CommandError) as error:
        log.exception("upgrade failed")
        raise StartRefused(
            f"The database could not be brought to this version of Carnet ({type(error).__name__});"
            " nothing was changed. Go on with the version you had, and report this with the line above.",
            4,
        ) from error
    finally:
        engine.dispose()
    return True


def check_version(revision: str | None, scripts: Path = SCRIPTS) -> None:
    """Raise StartRefused when a database, or a backup, has a version that this program does not know."""
    known = {script.revision for script in ScriptDirectory.from_config(_alembic(scripts)).walk_revisions()}
    if revision is not None and revision not in known:
        raise StartRefused(
            f"This data was made by a newer version of Carnet (its version is {revision})."
            " Install that version again, or restore an older backup.",
            4,
        )


def check_current(engine: Engine, scripts: Path = SCRIPTS) -> None:
    """Raise StartRefused when a database is not of exactly this version."""
    revision = revision_of(engine)
    check_version(revision, scripts)
    if revision != ScriptDirectory.from_config(_alembic(scripts)).get_current_head():
        raise StartRefused("The database is of an older version. Start Carnet: it brings it up to date.", 4)


def revision_of(engine: Engine) -> str | None:
    """The version that a database has reached, or None when it has no tables yet."""
    with engine.connect() as connection:
        return _revision(connection)


def _alembic(scripts: Path) -> AlembicConfig:
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return alembic


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade_sqlite(connection: Connection, alembic: AlembicConfig) -> None:
    # Rebuilding a table drops it, and with foreign keys on its rows would take others with them.
    # The switch has no effect inside a transaction, so it comes first, past SQLAlchemy's own BEGIN.
    raw = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
    with connection.begin():
        _run(connection, alembic)
        orphans = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
        if orphans:
            tables = ", ".join(sorted({row[0] for row in orphans}))
            raise StartRefused(
                f"The upgrade was taken back: rows in {tables} point to rows that do not exist."
                " The database is as it was; go on with the version you had, and report this.",
                4,
            )


def _upgrade_postgresql(connection: Connection, alembic: AlembicConfig) -> None:
    with connection.begin():
        connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        _run(connection, alembic)


def _run(connection: Connection, alembic: AlembicConfig) -> None:
    alembic.attributes["connection"] = connection
    command.upgrade(alembic, "head")
