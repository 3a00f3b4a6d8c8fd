"""What Carnet knows about people, part by part, and the one list of tables that hold it (Y-A1, Y-A2).

Every part of Carnet that keeps personal data is a module here. It says how to find the rows of a person
(`locates`), how they are shown in the workbook (`exports`), and how they go (`erases`). The desk knows no
table by itself: a module that is registered appears in the dossier, in the workbook, in the plan of an
erasure and in its certificate.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from extensions import Base
from models import MODELS
from models.base import FACTS
from services.errors import Sentence
from services.history import Cause

# Rows of a person: the primary keys by the name of the table.
Rows = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Scope:
    """The cards whose data is asked for: ids by kind of card."""

    contact: frozenset[int] = frozenset()
    customer: frozenset[int] = frozenset()
    vendor: frozenset[int] = frozenset()
    bank_account: frozenset[int] = frozenset()

    @classmethod
    def of_cards(cls, cards: Collection[tuple[str, int]]) -> "Scope":
        """The scope of these cards, by kind and id."""
        return cls(**{kind: frozenset(id_ for of, id_ in cards if of == kind) for kind in MODELS})

    def of(self, kind: str) -> frozenset[int]:
        """The ids of one kind of card."""
        found: frozenset[int] = getattr(self, kind)
        return found

    def __iter__(self) -> Iterator[tuple[str, int]]:
        for kind in MODELS:
            for id_ in sorted(self.of(kind)):
                yield kind, id_


@dataclass(frozen=True)
class Dossier:
    """Everything located for a scope: the rows by module and table, and the modules that failed to look."""

    scope: Scope
    rows: Mapping[str, Rows]
    failed: tuple[str, ...] = ()

    def of(self, table: str) -> list[int]:
        """The ids of a table's rows in the dossier, whichever module found them."""
        return sorted({id_ for rows in self.rows.values() for id_ in rows.get(table, ())})


@dataclass(frozen=True)
class Step:
    """One line of the plan of an erasure: so many rows of a table, what happens with them, and why.

    action: delete, empty, keep or look; reason: a code such as asked, accounting, open_order, mention.
    until: the ISO day until which a kept row stays; ids: the rows, in order.
    """

    module: str
    table: str
    action: str
    reason: str
    ids: tuple[int, ...]
    until: str = ""
    # What the row looked like when the plan was made, so that a changed one is seen.
    marks: tuple[str, ...] = ()


@dataclass
class Erased:
    """What a module did: rows removed and rows retained by table, codes of messages, and whether it is done."""

    removed: dict[str, int] = field(default_factory=dict)
    retained: dict[str, int] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    done: bool = True
    # Files of the data folder that go once the erasure is committed, by their place in it.
    files: list[str] = field(default_factory=list)


Locate = Callable[[Session, Scope], Rows]
# Sheets and their rows: see `services.privacy.sheets`.
Export = Callable[[Session, Dossier], Mapping[str, Any]]
Plan = Callable[[Session, Dossier], Sequence[Step]]
# The cause says who acts, and marks the lines of history that the erasure writes itself.
Erase = Callable[[Session, Sequence[Step], Cause], Erased]


@dataclass
class Module:
    """A part of Carnet that keeps personal data, and the tables that it answers for."""

    name: str
    label: Sentence
    tables: tuple[str, ...]
    locate: Locate | None = None
    export: Export | None = None
    plan: Plan | None = None
    erase: Erase | None = None


MODULES: dict[str, Module] = {}


def register(name: str, label: Sentence, *tables: str) -> Module:
    """Declare a module; its functions are added by the decorators of this file."""
    MODULES[name] = Module(name, label, tables)
    return MODULES[name]


def locates(name: str) -> Callable[[Locate], Locate]:
    """Declare how a module finds the rows of a scope."""
    return _sets(name, "locate")


def exports(name: str) -> Callable[[Export], Export]:
    """Declare how a module shows its rows in the workbook."""
    return _sets(name, "export")


def plans(name: str) -> Callable[[Plan], Plan]:
    """Declare what an erasure would do with a module's rows."""
    return _sets(name, "plan")


def erases(name: str) -> Callable[[Erase], Erase]:
    """Declare how a module carries its part of the plan out."""
    return _sets(name, "erase")


class Undeclared(RuntimeError):
    """A column, a table or a module that says too little about personal data; the message names it."""


def check_complete(live: Mapping[str, Iterable[str]] | None = None) -> None:
    """Raise Undeclared when a column says nothing about privacy, or a table of personal data has no module.

    `live` holds the columns by table as the database has them: one that no model knows is undeclared too.
    Every module has to say how it finds its rows.
    """
    answered = {table for module in MODULES.values() for table in module.tables}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            facts = column.info.get("privacy", {})
            if tuple(facts) != FACTS:
                raise Undeclared(f"{table.name}.{column.name} does not declare how personal it is")
            about_cards = facts["class"] in ("personal", "sensitive") and facts["subject_path"] != "user"
            if about_cards and not _of_staff(facts) and table.name not in answered:
                raise Undeclared(f"{table.name}.{column.name} is personal, and no privacy module has it")
    for name, columns in (live or {}).items():
        known = Base.metadata.tables[name].columns if name in Base.metadata.tables else ()
        for unknown in [one for one in columns if one not in known]:
            raise Undeclared(f"{name}.{unknown} does not declare how personal it is")
    for module in MODULES.values():
        if module.locate is None:
            raise Undeclared(f"the privacy module {module.name} does not say how it finds its rows")


def _of_staff(facts: Mapping[str, str]) -> bool:
    return facts["legal_basis"] == "employment"


def _sets(name: str, part: str) -> Callable[[Any], Any]:
    def declare(function: Any) -> Any:
        setattr(MODULES[name], part, function)
        return function

    return declare
