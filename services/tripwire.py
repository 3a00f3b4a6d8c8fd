"""Refuses a write to a card or link that did not come through a door of `services.records`.

A door announces every value before it sets it. At each flush the session's changes are compared with
what was announced; anything else is somebody writing behind the synchronisation's back, and raises.
Nothing is repaired here. Raw SQL and bulk mappings are not seen: a test forbids them in the source.
"""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Insert, bindparam, event, inspect
from sqlalchemy import insert as sql_insert
from sqlalchemy import update as sql_update
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from models import MODELS, AnyCard, Link

GUARDED: tuple[type[Any], ...] = (*MODELS.values(), Link)
_GUARDED_TABLES = {model.__tablename__ for model in GUARDED}
_ANNOUNCED = "announced"
_WRITTEN = "written"
# Kept by the mapper itself at every flush.
_UNGUARDED = ("version",)


class Bypassed(RuntimeError):
    """Code wrote to a card or link without a door: a fault in Carnet, never of a user."""


def install() -> None:
    """Watch every session; called once when the application is made."""
    if not event.contains(Session, "before_flush", _check_flush):
        event.listen(Session, "before_flush", _check_flush)
        event.listen(Session, "do_orm_execute", _check_statement)
        event.listen(Session, "after_flush_postexec", _forget)
        event.listen(Session, "after_rollback", _forget)
        event.listen(Session, "after_soft_rollback", _expire_written)
        event.listen(Session, "after_transaction_end", _forget_written)


def announce(session: Session, record: AnyCard, name: str, value: Any) -> None:
    """Say that a door is about to set this value, and set it."""
    _announced(session)[(id(record), name)] = value
    setattr(record, name, value)


def announce_new(session: Session, record: AnyCard | Link) -> None:
    """Say that a door makes this card or link, and add it."""
    _announced(session)[(id(record), "new")] = True
    session.add(record)


def insert(session: Session, model: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of new cards or links that a door makes, in one statement.

    The connection executes it, below what is watched here: only doors call this function.
    """
    session.connection().execute(_insert_into(model.__table__), list(rows))


def update(session: Session, changed: Mapping[AnyCard, Mapping[str, Any]]) -> None:
    """Write what a door changes on cards: one statement for all cards of a kind that change the same fields.

    A card that another transaction changed since it was read raises StaleDataError, as in a flush. The records
    hold the values afterwards. The connection executes it, below what is watched here: only doors call this.
    """
    session.flush()
    alike: dict[tuple[str, tuple[str, ...]], list[AnyCard]] = {}
    for record, values in changed.items():
        alike.setdefault((record.KIND, tuple(sorted(values))), []).append(record)
    for (kind, names), records in alike.items():
        rows = [
            {"own_id": record.id, "own_version": record.version}
            | {f"new_{name}": changed[record][name] for name in names}
            for record in records
        ]
        done = session.connection().execute(_update_of(kind, names), rows)
        if done.rowcount != len(rows):
            raise StaleDataError(f"{len(rows) - done.rowcount} of {len(rows)} cards were changed meanwhile")
        session.info.setdefault(_WRITTEN, []).extend(records)
        for record in records:
            for name in names:
                set_committed_value(record, name, changed[record][name])
            set_committed_value(record, "version", record.version + 1)


@cache
def _insert_into(table: Any) -> Insert:
    return sql_insert(table)


@lru_cache(maxsize=1024)
def _update_of(kind: str, names: tuple[str, ...]) -> Any:
    table: Any = MODELS[kind].__table__
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return (
        sql_update(table)
        .where(table.c.id == bindparam("own_id"), table.c.version == bindparam("own_version"))
        .values({**values, "version": table.c.version + 1})
    )


def announce_deleted(session: Session, record: AnyCard | Link) -> None:
    """Say that a door removes this card or link, and mark it for removal."""
    _announced(session)[(id(record), "deleted")] = True
    session.delete(record)


def _announced(session: Session) -> dict[tuple[int, str], Any]:
    announced: dict[tuple[int, str], Any] = session.info.setdefault(_ANNOUNCED, {})
    return announced


def _check_flush(session: Session, _context: Any, _instances: Any) -> None:
    announced = _announced(session)
    for what, records in (("new", session.new), ("deleted", session.deleted)):
        for record in records:
            if isinstance(record, GUARDED) and (id(record), what) not in announced:
                raise Bypassed(f"a {type(record).__name__} is {what} without a door of services.records")
    for record in session.dirty:
        if isinstance(record, GUARDED):
            _check_record(record, announced)


def _check_record(record: Any, announced: dict[tuple[int, str], Any]) -> None:
    state = inspect(record)
    for name in set(state.committed_state) & set(state.mapper.columns.keys()) - set(_UNGUARDED):
        if not state.attrs[name].history.has_changes():
            continue
        if announced.get((id(record), name), _ANNOUNCED) != getattr(record, name):
            raise Bypassed(f"{type(record).__name__}.{name} is written without a door of services.records")


def _check_statement(execution: ORMExecuteState) -> None:
    if not (execution.is_update or execution.is_delete or execution.is_insert):
        return
    # By name: a statement on a mapped class holds an annotated copy of its table.
    table = getattr(execution.statement, "table", None)
    if table is not None and table.name in _GUARDED_TABLES:
        raise Bypassed(f"a statement writes {table.name} without a door of services.records")


def _forget(session: Session, *_context: Any) -> None:
    session.info.pop(_ANNOUNCED, None)


def _expire_written(session: Session, _transaction: Any) -> None:
    """What `update` wrote may be gone with a savepoint: the records are read anew."""
    for record in session.info.get(_WRITTEN, ()):
        if record in session:
            session.expire(record)


def _forget_written(session: Session, transaction: Any) -> None:
    if transaction.parent is None:
        session.info.pop(_WRITTEN, None)
