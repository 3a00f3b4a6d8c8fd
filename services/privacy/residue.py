"""Whether anything of an erased person is left: in the tables, the search index, and the files of the data folder.

The values that are looked for are known in memory alone, from before the erasure until it is certified.
"""

import json
import mmap
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, String, cast, or_, select
from sqlalchemy.orm import Session

from config import Config
from extensions import Base
from models import MODELS
from services import backup, datadir, set_aside, text
from services.privacy import dossier, ledger
from services.privacy.fates import DELETE
from services.privacy.reaching import keys_where
from services.privacy.registry import Scope, Step

# Shorter values, such as a language or the beginning of a postal code, are everybody's.
SHORTEST = 6
# A longer text is looked for by its beginning: it lies on the disk in pieces.
LONGEST = 60
# So many bytes are read at most, all values together.
MOST_BYTES = 6_000_000_000
FEWEST, MOST = 8, 40
# What a search for a person begins with: rows of other tables follow.
_CARDS = tuple(model.__tablename__ for model in MODELS.values())
# Words of the program, and what follows from other columns: neither says anything of a person by itself.
_NO_TEXT = {
    "type", "contact_type", "language", "currency", "kind", "action", "field", "origin_kind", "party_kind",
    "document_kind", "direction", "outcome", "choice", "search_name", "search_city", "search_text",
}  # fmt: skip


@dataclass(frozen=True)
class Residue:
    """What was found: rows that should be gone, files that hold a value, and how much was looked for.

    elsewhere counts the values that stand on somebody else's records too, where they belong to them.
    """

    rows: dict[str, int]
    files: list[str]
    values: int
    elsewhere: int
    files_read: int

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left."""
        return not self.rows and not self.files


def values_of(session: Session, steps: Sequence[Step]) -> list[str]:
    """The texts that identify or describe the subject in the rows that go, those of the cards first."""
    found: dict[str, None] = {}
    ordered = sorted(steps, key=lambda step: step.table not in _CARDS)
    for step in ordered:
        if step.action in (DELETE, "empty") and len(found) < MOST:
            for value in _texts(session, step):
                found[value] = None
    return list(found)[:MOST]


def scan(
    session: Session, config: Config, scope: Scope, steps: Sequence[Step] | None, values: Sequence[str]
) -> Residue:
    """Look for the rows of a plan that should be gone, and for the values of the subject.

    Rows that came while the erasure was carried out are looked for by their cards; after a restart, without
    the steps, only those that no card but an erased one can have.
    """
    rows = _left_of_scope(session, scope, steps or ())
    if steps is not None:
        rows |= _left_of_plan(session, steps)
    files = list(_files(config))
    size = sum(path.stat().st_size for path in files) or 1
    looked_for = list(values)[: max(FEWEST, min(MOST, MOST_BYTES // (3 * size)))]
    hits: dict[str, list[Path]] = {}
    for path in files:
        for value in _in_file(path, looked_for):
            hits.setdefault(value, []).append(path)
    live = _live(session, hits) if hits else set()
    held = dict.fromkeys(path.name for value, paths in hits.items() if value not in live for path in paths)
    return Residue(rows, list(held), len(looked_for), len(live), len(files))


def exempt(config: Config) -> list[Path]:
    """The files that may still hold an erased person: backups, and databases set aside by a restore."""
    found = [*datadir.backups(config.data).glob("*" + backup.SUFFIX)]
    if config.database_file is not None:
        found += set_aside.kept(config.database_file)
    return sorted(path for path in found if path.is_file())


# -- helpers ----------------------------------------------------------------------------------------

# What only a card that is there can have.
_OF_CARDS = ("links", "undo_entries", "import_rows")
_WRITTEN_MEANWHILE = ("outbox_messages", "outbox_recipients", "history")


def _left_of_plan(session: Session, steps: Sequence[Step]) -> dict[str, int]:
    left: dict[str, int] = {}
    for step in steps:
        if step.action == DELETE:
            key = Base.metadata.tables[step.table].c.id
            if there := keys_where(session, key, key, step.ids):
                left[step.table] = left.get(step.table, 0) + len(there)
    return left


def _left_of_scope(session: Session, scope: Scope, steps: Sequence[Step]) -> dict[str, int]:
    found = dossier.collect(session, scope)
    stays = {(step.table, id_) for step in steps if step.action != DELETE for id_ in step.ids}
    tables = _OF_CARDS + (_WRITTEN_MEANWHILE if steps else ())
    left = {table: [id_ for id_ in found.of(table) if (table, id_) not in stays] for table in tables}
    return {table: len(ids) for table, ids in left.items() if ids}


def _texts(session: Session, step: Step) -> Iterator[str]:
    table: Any = Base.metadata.tables[step.table]
    columns = [
        column
        for column in table.columns
        if column.info["privacy"]["class"] in ("personal", "sensitive")
        and isinstance(column.type, String)
        and column.name not in _NO_TEXT
    ]
    if not columns:
        return
    for row in session.execute(select(*columns).where(table.c.id.in_(step.ids[:500])).order_by(table.c.id)):
        for value in row:
            if value is not None and len(value.strip()) >= SHORTEST:
                yield value.strip()[:LONGEST]


def _files(config: Config) -> Iterator[Path]:
    """Everything in the data folder but what may hold the person for a while yet."""
    left_out = {*exempt(config), ledger.path(config)}
    for path in sorted(config.data.rglob("*")):
        if path.is_file() and path not in left_out and datadir.backups(config.data) not in path.parents:
            yield path


def _in_file(path: Path, values: Sequence[str]) -> Iterator[str]:
    """The values that a file holds, however they are spelled there."""
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for value in values:
            if any(content.find(spelled) >= 0 for spelled in _spellings(value)):
                yield value


def _spellings(value: str) -> set[bytes]:
    """A value as text, as JSON has it, and as searches have it."""
    spelled = {value, json.dumps(value)[1:-1], text.fold(value)}
    return {one.encode("utf-8", "surrogatepass") for one in spelled if len(one) >= SHORTEST}


def _live(session: Session, values: Collection[str]) -> set[str]:
    """Those of the values that stand in a row of the database: it is somebody else's, or the law keeps it."""
    found: set[str] = set()
    wanted = {value: {one.decode("utf-8", "surrogatepass") for one in _spellings(value)} for value in values}
    # What is kept is found in the documents mostly; there are many more cards to look through.
    for table in sorted(
        Base.metadata.sorted_tables, key=lambda one: (one.name != "documents", one.name in _CARDS)
    ):
        columns = [column for column in table.columns if isinstance(column.type, (String, JSON))]
        if not columns or len(found) == len(wanted):
            continue
        for value, spelled in wanted.items():
            if value in found:
                continue
            tests = [
                cast(column, String).contains(one, autoescape=True) for column in columns for one in spelled
            ]
            if session.execute(select(1).select_from(table).where(or_(*tests)).limit(1)).first():
                found.add(value)
    return found
