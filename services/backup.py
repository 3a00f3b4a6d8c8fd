"""Backups: one file that proves itself, made from a running office, and the way back.

A backup is a tar archive of `manifest.json` and the database, then a line with the SHA-256 of all
before it: any single changed byte shows. The secret key and uploads go to files of their own beside it.
"""

import hashlib
import io
import itertools
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from alembic.runtime.migration import MigrationContext
from flask_babel import lazy_gettext as _l
from sqlalchemy import URL, Connection, create_engine, inspect, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from config import Config
from services import datadir, lockfile, migrating, postgres_tools, set_aside

SUFFIX = ".carnet"
BUSY = "Another backup is being made in this folder. Wait until it is done, then try again."
FORMAT = 1
SQLITE, POSTGRESQL, UPLOADS = "database.sqlite", "database.dump", "uploads.tar"
MANIFEST = "manifest.json"
TRAILER = b"carnet sha256 %s\n"
TRAILER_LENGTH = len(TRAILER % (b"0" * 64))
CHUNK = 1024 * 1024
# Whoever had a session or an unused link when the backup was made has none after it is restored.
ENDED_BY_RESTORE = ("sessions", "invitations", "once_tokens")
# What waited to be mailed when the backup was made may have been sent since: a person decides (R-MAIL-5).
HELD_BY_RESTORE = {
    "outbox_messages": "UPDATE outbox_messages SET state = 'held' WHERE state IN ('waiting', 'sending')",
    "outbox_recipients": "UPDATE outbox_recipients SET state = 'held' WHERE state IN ('waiting', 'handed')",
}

SyncCheck = Callable[[Session], Iterable[Any]]


class BadBackup(Exception):
    """The file is no whole backup: a sentence that says why."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: which database, which version, how many rows of each table."""

    holds: str
    made_at: str
    revision: str | None
    rows: dict[str, int]
    disagreements: int | None
    format: int = FORMAT


@dataclass(frozen=True)
class Backup:
    """The files that one backup made; key and uploads only when there are any."""

    path: Path
    manifest: Manifest
    key: Path | None
    uploads: Path | None


@dataclass(frozen=True)
class Restored:
    """What a restore did: what it brought back, and where the database before it is kept."""

    manifest: Manifest
    aside: Path


def make(
    config: Config, *, sync_check: SyncCheck | None = None, name: str = "carnet", folder: Path | None = None
) -> Backup:
    """Write a verified backup; the office may go on working meanwhile. Raises BadBackup or StartRefused."""
    folder = folder or datadir.backups(config.data)
    try:
        folder.mkdir(mode=datadir.FOLDER_MODE, parents=True, exist_ok=True)
        with lockfile.held(folder / datadir.BACKUP_LOCK, BUSY), _scratch(folder) as database:
            take = _take_sqlite if config.is_sqlite else _take_postgresql
            manifest = take(config, database, sync_check)
            target = _free_name(folder, f"{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}")
            _pack(target, manifest, database)
            return Backup(target, manifest, _copy_key(config, target), _pack_uploads(config, target))
    except (OSError, sqlite3.Error) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise BadBackup(
            _l(
                "The backup could not be written in %(folder)s (%(why)s). The backups from before are intact.",
                folder=folder,
                why=why,
            )
        ) from error


def verify(path: Path) -> Manifest:
    """Prove that a backup is whole and what it holds is sound; raises BadBackup."""
    with _opened(path) as (manifest, content):
        if manifest.holds == SQLITE:
            _compare_rows(manifest.rows, _sound_rows(content))
        elif manifest.holds == POSTGRESQL:
            postgres_tools.check_dump(content)
    return manifest


def restore(config: Config, path: Path, *, before: Callable[[], None] = lambda: None) -> Restored:
    """Put a backup in the place of the present database, which is kept aside; all sessions end.

    `before` is called while the present database is still there and nobody else uses it.
    Raises StartRefused (3) while Carnet runs, BadBackup when the file or the result is not sound.
    """
    datadir.prepare(config.data)
    manifest = verify(path)
    wanted, put = (SQLITE, _put_sqlite) if config.is_sqlite else (POSTGRESQL, _put_postgresql)
    if manifest.holds != wanted:
        raise BadBackup(f"This backup holds {manifest.holds}, but Carnet is set to use {wanted} here.")
    migrating.check_version(manifest.revision)
    with (
        lockfile.held(config.data / lockfile.LOCK_NAME),
        _opened(path) as (_, content),
        _opened_uploads(config, path) as uploads,
    ):
        before()
        aside = put(config, manifest, content)
        if uploads is not None:
            _unpack_uploads(config, uploads)
    return Restored(manifest, aside)


# -- the file -------------------------------------------------------------------------------------


def _pack(target: Path, manifest: Manifest, content: Path) -> None:
    """Write the archive under an unfinished name, prove it, and only then give it its name."""
    part = target.with_name(target.name + datadir.PART)
    facts = json.dumps(asdict(manifest), indent=1, sort_keys=True).encode()
    with datadir.create(part) as file:
        with tarfile.open(fileobj=file, mode="w:", format=tarfile.PAX_FORMAT) as archive:
            entry = tarfile.TarInfo(MANIFEST)
            entry.size, entry.mode = len(facts), datadir.FILE_MODE
            archive.addfile(entry, io.BytesIO(facts))
            entry = tarfile.TarInfo(manifest.holds)
            entry.size, entry.mode = content.stat().st_size, datadir.FILE_MODE
            with content.open("rb") as source:
                archive.addfile(entry, source)
        length = file.tell()
        file.write(TRAILER % _digest(file, length))
        file.flush()
        os.fsync(file.fileno())
    try:
        verify(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    datadir.sync_folder(target.parent)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Manifest, Path]]:
    """The manifest of a whole backup, and what it holds in a file of its own while the block lasts."""
    folder = path.parent if os.access(path.parent, os.W_OK) else Path(tempfile.gettempdir())
    with _scratch(folder) as content:
        yield _unpack(path, content), content


def _unpack(path: Path, content: Path) -> Manifest:
    try:
        with path.open("rb") as file:
            length = file.seek(0, os.SEEK_END) - TRAILER_LENGTH
            if length <= 0 or TRAILER % _digest(file, length) != file.read():
                raise BadBackup(
                    _l(
                        "%(name)s is damaged, or not a backup of Carnet: its checksum does not fit.",
                        name=path.name,
                    )
                )
            file.seek(0)
            with tarfile.open(fileobj=file, mode="r:") as archive, content.open("wb") as copy:
                manifest = Manifest(**json.load(_member(archive, MANIFEST)))
                shutil.copyfileobj(_member(archive, manifest.holds), copy, CHUNK)
    except OSError as error:
        raise BadBackup(_l("%(name)s cannot be read (%(why)s).", name=path, why=error.strerror)) from error
    except (tarfile.TarError, ValueError, TypeError) as error:
        raise BadBackup(
            _l("%(name)s is not a backup of Carnet, or one of a newer version.", name=path.name)
        ) from error
    return manifest


def _digest(file: IO[bytes], length: int) -> bytes:
    """The SHA-256 of the first `length` bytes, as hex digits; leaves the file at that place."""
    file.seek(0)
    digest = hashlib.sha256()
    while length:
        read = file.read(min(CHUNK, length))
        digest.update(read)
        length -= len(read)
    return digest.hexdigest().encode()


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        found = archive.extractfile(name)
    except KeyError:
        found = None
    if found is None:
        raise tarfile.TarError(name)
    return found


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A file for the duration of a block; after a kill its name lets the next start remove it."""
    path = datadir.new_file(folder, datadir.PART)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _free_name(folder: Path, stem: str) -> Path:
    names = itertools.chain([stem], (f"{stem}-{count}" for count in itertools.count(2)))
    return next(path for name in names if not (path := folder / (name + SUFFIX)).exists())


# -- SQLite ---------------------------------------------------------------------------------------


def _take_sqlite(config: Config, target: Path, sync_check: SyncCheck | None) -> Manifest:
    assert config.database_file is not None
    source_uri = f"{config.database_file.as_uri()}?mode=rw"
    with closing(sqlite3.connect(source_uri, uri=True)) as source, closing(sqlite3.connect(target)) as copy:
        # One step: a consistent moment, whatever is written meanwhile.
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    with target.open("rb+") as file:
        os.fsync(file.fileno())
    rows = _sound_rows(target)
    engine = create_engine(
        URL.create("sqlite", database=str(target)), poolclass=NullPool, hide_parameters=True
    )
    with Session(engine) as session:
        differing = None if sync_check is None else len(list(sync_check(session)))
    return Manifest(SQLITE, _now(), migrating.revision_of(engine), rows, differing)


def _put_sqlite(config: Config, manifest: Manifest, content: Path) -> Path:
    assert config.database_file is not None
    file = config.database_file
    new = file.with_name(file.name + datadir.PART)
    new.unlink(missing_ok=True)
    with content.open("rb") as source, datadir.create(new) as copy:
        shutil.copyfileobj(source, copy, CHUNK)
    with closing(sqlite3.connect(new)) as connection, connection:
        for statement in _after_restore(manifest):
            connection.execute(statement)
    with new.open("rb+") as written:
        os.fsync(written.fileno())
    aside = set_aside.keep(file)
    new.replace(file)
    datadir.marker(file).touch(mode=datadir.FILE_MODE)
    datadir.sync_folder(file.parent)
    _compare_rows(manifest.rows, _sound_rows(file))
    return aside


def _sound_rows(database: Path) -> dict[str, int]:
    """The rows of each table of a SQLite file; raises BadBackup when the file is damaged."""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True)) as connection:
            if connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
                raise BadBackup(_l("The database is damaged: pages are corrupt."))
            if orphans := connection.execute("PRAGMA foreign_key_check").fetchone():
                raise BadBackup(
                    _l("The database is damaged: a row of %(table)s points nowhere.", table=orphans[0])
                )
            tables = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
            return {name: _count(connection, name) for (name,) in tables.fetchall()}
    except sqlite3.Error as error:
        raise BadBackup(_l("The database is damaged: %(why)s.", why=error)) from error


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])


def _compare_rows(expected: dict[str, int], found: dict[str, int]) -> None:
    wrong = sorted(
        name for name, rows in expected.items() if name not in ENDED_BY_RESTORE and found.get(name) != rows
    )
    if wrong:
        raise BadBackup(_l("The numbers of rows do not agree: %(tables)s.", tables=", ".join(wrong)))


# -- PostgreSQL -----------------------------------------------------------------------------------


def _take_postgresql(config: Config, target: Path, sync_check: SyncCheck | None) -> Manifest:
    engine = migrating.plain_engine(config).execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        # The dump, the counts and the check all see this one moment.
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        postgres_tools.dump(config.sqlalchemy_url, target, snapshot)
        revision = MigrationContext.configure(connection).get_current_revision()
        rows = _postgresql_rows(connection)
        with Session(connection) as session:
            differing = None if sync_check is None else len(list(sync_check(session)))
    return Manifest(POSTGRESQL, _now(), revision, rows, differing)


def _put_postgresql(config: Config, manifest: Manifest, content: Path) -> Path:
    engine = migrating.plain_engine(config)
    with lockfile.held_in_database(engine, alone=True):
        aside = make(config, name="before-restore").path
        postgres_tools.load(config.sqlalchemy_url, content, after=_after_restore(manifest))
        with engine.connect() as connection:
            _compare_rows(manifest.rows, _postgresql_rows(connection))
    return aside


def _postgresql_rows(connection: Connection) -> dict[str, int]:
    tables = inspect(connection).get_table_names()
    return {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in tables}


# -- both databases -------------------------------------------------------------------------------


def _after_restore(manifest: Manifest) -> list[str]:
    """What a restored database is changed by before anybody sees it; older ones lack some of the tables."""
    statements = {table: f"DELETE FROM {table}" for table in ENDED_BY_RESTORE} | HELD_BY_RESTORE
    return [statement for table, statement in statements.items() if table in manifest.rows]


# -- what is kept beside the database -------------------------------------------------------------


def _copy_key(config: Config, target: Path) -> Path | None:
    source = config.data / datadir.KEY_NAME
    if config.secret_key or not source.exists():
        return None
    copy = target.with_suffix(".key")
    with datadir.create(copy) as file:
        file.write(source.read_bytes())
    return copy


def _pack_uploads(config: Config, target: Path) -> Path | None:
    folder = datadir.uploads(config.data)
    files = [path for path in folder.rglob("*") if path.is_file()]
    if not files:
        return None
    with _scratch(target.parent) as packed:
        with tarfile.open(packed, "w:") as archive:
            for path in files:
                archive.add(path, arcname=path.relative_to(folder).as_posix())
        beside = _uploads_of(target)
        _pack(beside, Manifest(UPLOADS, _now(), None, {}, None), packed)
    return beside


@contextmanager
def _opened_uploads(config: Config, backup: Path) -> Iterator[Path | None]:
    """The uploads saved with a backup while the block lasts, known to be sound; None without any."""
    beside = _uploads_of(backup)
    if not beside.exists():
        yield None
        return
    with _opened(beside) as (_, packed):
        if not _is_sound(config, packed):
            raise BadBackup(
                _l("%(name)s is not a backup of Carnet, or one of a newer version.", name=beside.name)
            )
        yield packed


def _is_sound(config: Config, packed: Path) -> bool:
    """Whether uploads can be unpacked, and nothing of them outside of their folder."""
    folder = datadir.uploads(config.data).resolve()
    try:
        with tarfile.open(packed, "r:") as archive:
            return all((folder / entry.name).resolve().is_relative_to(folder) for entry in archive)
    except tarfile.TarError:
        return False


def _unpack_uploads(config: Config, packed: Path) -> None:
    """Bring back uploads that are known to be sound; files of the same name are replaced, others stay."""
    with tarfile.open(packed, "r:") as archive:
        for entry in (one for one in archive if one.isfile()):
            target = datadir.uploads(config.data) / entry.name
            target.parent.mkdir(mode=datadir.FOLDER_MODE, parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            with _member(archive, entry.name) as source, datadir.create(target) as file:
                shutil.copyfileobj(source, file, CHUNK)


def _uploads_of(backup: Path) -> Path:
    return backup.with_name(backup.stem + ".uploads" + SUFFIX)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
