"""What must hold before the first request: folder, lock, a sound database of this version."""

import logging
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from config import Config, StartRefused
from services import backup, datadir, lockfile, migrating
from services.privacy import dossier, registry, settling  # noqa: F401  the modules say how they find their rows

SQLITE_HEADER = b"SQLite format 3\0"
SAFE_SETTINGS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "mmap_size": 0,
}

# Tables that hold nothing of the office's: of the search index and of the migrations.
_OF_THE_DATABASE = ("alembic_version", "paused_search", "sqlite_sequence")

log = logging.getLogger("carnet")


@contextmanager
def prepared(config: Config) -> Iterator[None]:
    """The data folder, locked, with a sound database of this version; raises StartRefused.

    3 when another process has the folder, 4 when the folder or the database has a problem.
    """
    for sentence in config.warnings:
        log.warning(sentence)
    datadir.prepare(config.data)
    with ExitStack() as locks:
        if config.is_sqlite:
            locks.enter_context(lockfile.held(config.data / lockfile.LOCK_NAME))
            datadir.remove_leftovers(config.data)
            _warn_about_network_drive(config.data)
            check_sqlite(_database_file(config))
        else:
            engine = migrating.plain_engine(config)
            _check_reachable(engine)
            locks.enter_context(lockfile.held_in_database(engine, alone=False))
            # Several servers may share the folder as well; the first one cleans it.
            with suppress(StartRefused):
                locks.enter_context(lockfile.held(config.data / lockfile.LOCK_NAME))
                datadir.remove_leftovers(config.data)
        migrating.upgrade(config, copy=(lambda: _copy(config)) if config.copy else None)
        _mark(config)
        if again := settling.settle(config):
            log.warning("Erasures that this database did not know were done again: %s.", again)
        yield


def make_database(config: Config) -> None:
    """An empty database of this version in a new folder, for tests and the sample company."""
    datadir.prepare(config.data)
    if config.is_sqlite:
        check_sqlite(_database_file(config))
    migrating.upgrade(config)
    _mark(config)


def check_present(config: Config) -> None:
    """Refuse (4) a command when there is no database of this version; changes nothing."""
    if config.is_sqlite and not _database_file(config).exists():
        raise StartRefused(f"There is no database {_database_file(config)}. Start Carnet first.", 4)
    engine = migrating.plain_engine(config)
    _check_reachable(engine)
    migrating.check_current(engine)


def check_sqlite(path: Path) -> None:
    """Make the file of a first start, or prove that the one from before is there, whole and writable."""
    if not path.exists():
        if datadir.marker(path).exists():
            raise StartRefused(
                f"The database {path} is missing, though it was there before."
                " Put it back, or restore a backup with: flask --app app restore FILE."
                f" To begin again with nothing, remove {datadir.marker(path)}.",
                4,
            )
        datadir.create(path).close()
        return
    _check_header(path)
    _check_log(path)
    _check_pages(path)


def check_settings(engine: Engine) -> None:
    """Refuse to serve from a SQLite connection that could lose an acknowledged save."""
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        for name, wanted in SAFE_SETTINGS.items():
            found = connection.scalar(text(f"PRAGMA {name}"))
            if found != wanted:
                raise StartRefused(
                    f"SQLite runs with {name} = {found} and not {wanted}, so a save could be lost."
                    " Move the data folder to a local disk with CARNET_DATA.",
                    4,
                )


def check_privacy(engine: Engine) -> None:
    """Refuse to serve from a database with a column that does not say how personal it is (Y-A1)."""
    with engine.connect() as connection:
        found = inspect(connection).get_multi_columns()
    live = {
        table: [column["name"] for column in columns]
        for (_schema, table), columns in found.items()
        if table not in _OF_THE_DATABASE and "_search" not in table
    }
    try:
        registry.check_complete(live)
    except registry.Undeclared as problem:
        raise StartRefused(f"Carnet does not start: {problem}.", 4) from problem


def _database_file(config: Config) -> Path:
    assert config.database_file is not None
    return config.database_file


def _mark(config: Config) -> None:
    if config.database_file is not None:
        datadir.marker(config.database_file).touch(mode=datadir.FILE_MODE)


def _copy(config: Config) -> None:
    made = backup.make(config, name="before-upgrade")
    log.info("copy before the upgrade: %s", made.path.name)


def _warn_about_network_drive(data: Path) -> None:
    kind = datadir.network_file_system(data)
    if kind:
        log.warning(
            "The data folder is on a network drive (%s), where SQLite can lose data."
            " Use a local disk, or PostgreSQL with DATABASE_URL.",
            kind,
        )


def _check_reachable(engine: Engine) -> None:
    try:
        with engine.connect():
            return
    except SQLAlchemyError as error:
        url = engine.url
        raise StartRefused(
            f"The PostgreSQL database {url.database} on {url.host or 'this machine'} does not answer."
            " Check that it runs, and the name and password in DATABASE_URL.",
            4,
        ) from error


def _check_header(path: Path) -> None:
    try:
        with path.open("r+b") as file:
            header = file.read(100)
    except OSError as error:
        raise StartRefused(
            f"The database {path} cannot be written ({error.strerror})."
            " Give Carnet's user the right to write it.",
            4,
        ) from error
    if not header and not datadir.marker(path).exists():
        return
    if not header.startswith(SQLITE_HEADER):
        raise _damaged(path, "it is not a database any more")


def _check_log(path: Path) -> None:
    """Refuse a write-ahead log that has lost its end: SQLite would start without a word, saves missing.

    The index beside the log tells how many frames it had when the last save was acknowledged. After a
    normal stop there is neither; after a kill the log has at least these frames, if it is of the same run.
    """
    index, log_file = path.with_name(path.name + "-shm"), path.with_name(path.name + "-wal")
    if not index.exists() or index.stat().st_size < 100:
        return
    head = index.read_bytes()[:100]
    page_size, frames = struct.unpack_from("=HI", head, 14)
    salts, (moved,) = head[32:40], struct.unpack_from("=I", head, 96)
    page_size = 65536 if page_size == 1 else page_size
    if not frames or moved >= frames:
        return
    size = log_file.stat().st_size if log_file.exists() else 0
    if size >= 32:
        with log_file.open("rb") as file:
            file.seek(16)
            if file.read(8) != salts:
                return
    if size < 32 + frames * (24 + page_size):
        raise StartRefused(
            f"The file {log_file} is shorter than it was: saved work is missing."
            " Put it back, or restore a backup with: flask --app app restore FILE."
            f" To go on without that work, remove {index} and start again.",
            4,
        )


def _check_pages(path: Path) -> None:
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)
        try:
            found = [row[0] for row in connection.execute("PRAGMA quick_check(1)")]
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise _damaged(path, str(error)) from error
    if found != ["ok"]:
        raise _damaged(path, "pages are corrupt")


def _damaged(path: Path, why: str) -> StartRefused:
    return StartRefused(
        f"The database {path} is damaged: {why}. Nothing was changed. Restore a backup with:"
        " flask --app app restore FILE; the damaged file is kept aside.",
        4,
    )
