"""The database underneath: SQLite's settings, one writer at a time, and the search index.

All that differs between SQLite and PostgreSQL sits here, each half beside its twin.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, PoolProxiedConnection, bindparam, event, inspect, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from services import logs, turns
from services.errors import Busy
from services.fair_lock import FairLock

BUSY_SECONDS = 5
RETRIES = 3
# SQLSTATE of PostgreSQL for a serialisation failure, a deadlock, and a row that another transaction has
# just made or removed: run again, the rules see it and answer with their sentence.
RETRY_CODES = ("40001", "40P01", "23505", "23503")
CARDS = ("contacts", "customers", "vendors", "bank_accounts")
SEARCHED = (*CARDS, "documents", "items")

_write_lock = FairLock()
_writing: ContextVar[bool] = ContextVar("writing", default=False)
T = TypeVar("T")


def configure(engine: Engine) -> None:
    """Give every connection its settings: on both databases only a stretch of `writing` can write."""
    if engine.dialect.name == "sqlite":
        _configure_sqlite(engine)
    else:
        _configure_postgresql(engine)


def _configure_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _settings(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
            "secure_delete=ON",
            "wal_autocheckpoint=0",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        record.info["file"] = cursor.execute("PRAGMA database_list").fetchone()[2]
        record.info["seen"] = os.stat(record.info["file"])
        cursor.close()

    @event.listens_for(engine, "checkout")
    def _still_there(_connection: Any, record: Any, _proxy: Any) -> None:
        # SQLite goes on with a file that was deleted or replaced, and every later save would be lost.
        try:
            same = os.path.samestat(os.stat(record.info["file"]), record.info["seen"])
        except OSError:
            same = False
        if not same:
            raise DisconnectionError("the database file was deleted or replaced")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


def _configure_postgresql(engine: Engine) -> None:
    import psycopg  # here, because only PostgreSQL needs it

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.read_only = not _writing.get()

    def end(dbapi_connection: PoolProxiedConnection) -> None:
        driver: Any = dbapi_connection
        # The driver forgets its prepared statements at a ROLLBACK, and planning a card's takes a quarter of its
        # time. What could only read has nothing to roll back.
        if driver.read_only:
            driver.commit()
        else:
            driver.rollback()

    engine.dialect.do_rollback = end  # type: ignore[method-assign]

    @event.listens_for(engine, "do_execute")
    def _execute(cursor: Any, statement: str, parameters: Any, _context: Any) -> bool:
        # What is looked for decides how: prepared once for every word, a search goes through the whole table.
        # A cursor that streams never prepares.
        is_search = "LIKE " in statement and not isinstance(cursor, psycopg.ServerCursor)
        if is_search:
            cursor.execute(statement, parameters, prepare=False)
        return is_search


@contextmanager
def writing(session: Session) -> Iterator[None]:
    """A stretch of work whose transactions may write; on SQLite only one thread is in it at a time.

    Checkpoints happen here too, under the same lock. Raises Busy when the lock is not free in time.
    """
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    if on_sqlite and not _write_lock.acquire(blocking=False):
        with turns.standing_by():
            if not _write_lock.acquire(timeout=BUSY_SECONDS):
                raise Busy()
    mark = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(mark)
        # Whatever fails here, the lock goes to the next writer.
        try:
            session.rollback()
            if on_sqlite:
                _checkpoint_when_due(session)
        finally:
            if on_sqlite:
                _write_lock.release()


def in_transaction(session: Session, work: Callable[[], T]) -> T:
    """Do the work and commit it once; overlaps with other transactions are run again, up to three times."""
    for attempt in range(RETRIES + 1):
        try:
            result = work()
            session.commit()
            return result
        except (StaleDataError, DBAPIError) as error:
            session.rollback()
            if not is_overlap(error) or attempt == RETRIES:
                raise
            time.sleep(0.01 * (attempt + 1))
    raise AssertionError("unreachable")


@contextmanager
def snapshot(session: Session) -> Iterator[Session]:
    """A session beside this one that reads what was committed at one moment, however long it takes."""
    bind = session.get_bind()
    engine = bind if isinstance(bind, Engine) else bind.engine
    more = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**more) as connection, Session(connection) as reading:
        yield reading


def in_own_transaction(session: Session, work: Callable[[], T]) -> T:
    """Do the work as one write transaction of a thread that has no request around it."""
    session.rollback()  # a transaction that only read could not write any more
    with writing(session):
        return in_transaction(session, work)


def hold(session: Session, record: T) -> T:
    """The record, held by the session as long as it lives: by itself it forgets what nobody uses."""
    session.info[type(record)] = record
    return record


def locks_rows(session: Session) -> bool:
    """Whether transactions that write lock rows; on SQLite there is only one of them at a time."""
    return session.get_bind().dialect.name != "sqlite"


def is_overlap(error: Exception) -> bool:
    """Whether running the transaction again may succeed."""
    if isinstance(error, StaleDataError):
        return True
    return getattr(getattr(error, "orig", None), "sqlstate", None) in RETRY_CODES


def is_unavailable(error: Exception) -> bool:
    """Whether the database is locked, full, read-only or gone for the moment."""
    if not isinstance(error, DBAPIError):
        return False
    said = str(error.orig).lower()
    return error.connection_invalidated or any(
        sign in said
        for sign in (
            "database is locked",
            "disk is full",
            "readonly",
            "read-only",
            "disk i/o",
            "unable to open",
            "malformed",
            "connection failed",
            "server closed",
            "could not connect",
            "no space left",
        )
    )


# -- search: parts of words are found through an index, on either database --------------------------


def create_search(connection: Connection) -> None:
    """Make the search index and what keeps it in step; safe to call again after a table was rebuilt."""
    present = set(inspect(connection).get_table_names())
    for table in SEARCHED:
        if table not in present:
            continue
        if connection.dialect.name == "sqlite":
            _create_sqlite_search(connection, table)
        elif _has_trigrams(connection):
            connection.execute(
                text(
                    f"CREATE INDEX IF NOT EXISTS ix_{table}_search_text ON {table}"
                    " USING gin (search_text gin_trgm_ops)"
                )
            )


@contextmanager
def indexed_at_once(session: Session, table: str) -> Iterator[None]:
    """Rows that are inserted here enter the search index together at the end, and not one by one.

    On SQLite a trigger writes its piece of the index to the disk for every row, which takes five times as
    long as the row itself.
    """
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        yield
        return
    last = connection.execute(text(f"SELECT coalesce(max(id), 0) FROM {table}")).scalar_one()
    connection.execute(text("INSERT INTO paused_search (name) VALUES (:name)"), {"name": table})
    yield
    connection.execute(text("DELETE FROM paused_search"))
    connection.execute(
        text(
            f"INSERT INTO {table}_search (rowid, search_text) SELECT id, search_text FROM {table} WHERE id > :last"
        ),
        {"last": last},
    )


def search_condition(session: Session, table: Any, terms: list[str]) -> Any:
    """A condition that holds where the folded text of a card contains every term."""
    conditions = []
    indexed = [term for term in terms if len(term) >= 3]
    if session.get_bind().dialect.name == "sqlite" and indexed:
        phrases = " AND ".join('"' + term.replace('"', '""') + '"' for term in indexed)
        conditions.append(
            text(
                f"{table.name}.id IN (SELECT rowid FROM {table.name}_search WHERE {table.name}_search MATCH :phrases)"
            ).bindparams(bindparam("phrases", phrases, unique=True))
        )
        terms = [term for term in terms if len(term) < 3]
    conditions.extend(table.c.search_text.contains(term, autoescape=True) for term in terms)
    return conditions


def _create_sqlite_search(connection: Connection, table: str) -> None:
    connection.execute(
        text(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {table}_search USING fts5"
            f"(search_text, content='{table}', content_rowid='id', tokenize='trigram')"
        )
    )
    forget = (
        f"INSERT INTO {table}_search ({table}_search, rowid, search_text)"
        " VALUES ('delete', old.id, old.search_text);"
    )
    learn = f"INSERT INTO {table}_search (rowid, search_text) VALUES (new.id, new.search_text);"
    connection.execute(text("CREATE TABLE IF NOT EXISTS paused_search (name TEXT PRIMARY KEY) WITHOUT ROWID"))
    unless = f"WHEN NOT EXISTS (SELECT 1 FROM paused_search WHERE name = '{table}')"
    for name, when, body in (
        ("insert", f"AFTER INSERT ON {table} {unless}", learn),
        ("update", f"AFTER UPDATE OF search_text ON {table}", forget + learn),
        ("delete", f"AFTER DELETE ON {table}", forget),
    ):
        connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_search_{name}"))
        connection.execute(text(f"CREATE TRIGGER {table}_search_{name} {when} BEGIN {body} END"))


def _has_trigrams(connection: Connection) -> bool:
    """Whether PostgreSQL has pg_trgm or lets us add it; without it searches read the whole table."""
    available = connection.execute(
        text("SELECT installed_version FROM pg_available_extensions WHERE name = 'pg_trgm'")
    ).first()
    if available is None:
        return False
    if available[0] is None:
        try:
            with connection.begin_nested():
                connection.execute(text("CREATE EXTENSION pg_trgm"))
        except DBAPIError:
            return False
    return True


# -- checkpoints ------------------------------------------------------------------------------------

_CHECKPOINT_SECONDS = 30.0
_last_checkpoint = time.monotonic()


def _checkpoint_when_due(session: Session) -> None:
    """Move the write-ahead log into the database file now and then, while no other thread writes."""
    global _last_checkpoint
    if time.monotonic() - _last_checkpoint < _CHECKPOINT_SECONDS:
        return
    _last_checkpoint = time.monotonic()
    try:
        checkpoint(session.get_bind().engine)
    except DBAPIError as error:
        # Nothing is lost: what was saved stays in the log until the next checkpoint.
        logs.error(logs.new_incident(), error)


def checkpoint(engine: Engine) -> None:
    """Move the write-ahead log into the database file; nothing on PostgreSQL."""
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        raw = connection.connection.cursor()
        connection.rollback()
        raw.execute("PRAGMA wal_checkpoint(PASSIVE)")
        raw.close()


# -- one worker among several processes -------------------------------------------------------------

_SEATS = {"jobs": 0x0CA12E7, "mail": 0x0CA12E8}


@contextmanager
def worker_seat(engine: Engine, work: str) -> Iterator[bool]:
    """Whether this process does the work: the only one on SQLite, the first to ask on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        yield True
        return
    lock = _SEATS[work]
    with engine.connect() as connection:
        seated = bool(connection.execute(text(f"SELECT pg_try_advisory_lock({lock})")).scalar())
        connection.commit()
        try:
            yield seated
        finally:
            if seated:
                connection.execute(text(f"SELECT pg_advisory_unlock({lock})"))
                connection.commit()
