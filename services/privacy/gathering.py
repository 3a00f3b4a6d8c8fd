"""The rows of a dossier sheet by sheet, from every module of the registry (Y-A2)."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Session

from extensions import Base
from models import OutboxMessage
from services import database, logs
from services.errors import Sentence
from services.privacy import sheets  # noqa: F401  the parts of Carnet declare what they export
from services.privacy.registry import MODULES, Dossier
from services.privacy.sheets import layout
from services.privacy.sheets.columns import Column
from services.privacy.sheets.exchanges import OURS
from services.privacy.sheets.layout import Sheet
from services.privacy.sheets.rows import Row, read

# What an export itself adds to: not a change of what was looked at.
_OWN_TABLES = ("privacy_requests", "privacy_steps", "privacy_exports")
Give = Callable[[], Iterable[Row]]


class Gathered:
    """What the modules give for a dossier. A sheet that no part of Carnet knows stands before the last two."""

    def __init__(self, session: Session, dossier: Dossier) -> None:
        self._session, self.dossier = session, dossier
        self.failed: list[str] = list(dossier.failed)
        self._sources: dict[str, list[tuple[str, Give]]] = {}
        self._extra: list[Sheet] = []
        for module in MODULES.values():
            if module.export is None or module.name in self.failed:
                continue
            try:
                for name, source in module.export(session, dossier).items():
                    self._take(module.name, module.label, name, source)
            except Exception as error:
                self._note_failure(module.name, error)

    @property
    def names(self) -> list[str]:
        """The names of the sheets with data."""
        return [sheet.name for sheet in self.sheets]

    @property
    def sheets(self) -> list[Sheet]:
        """The sheets with data, in their order."""
        return [sheet for sheet in layout.SHEETS if not sheet.fixed] + self._extra

    @property
    def all_sheets(self) -> list[Sheet]:
        """Every sheet of the workbook, in its order."""
        first, last = layout.SHEETS[:1], layout.SHEETS[-2:]
        return [*first, *self.sheets, *last]

    def rows(self, name: str) -> Iterator[Row]:
        """The rows of a sheet, module after module; read anew each time."""
        return chain.from_iterable(source() for _module, source in self._sources.get(name, ()))

    def looked_at(self, name: str) -> Iterator[Row]:
        """The same for a page: a module that fails is named, and the others go on."""
        for module, source in self._sources.get(name, ()):
            try:
                yield from source()
            except Exception as error:
                self._note_failure(module, error)

    def digest(self) -> str:
        """A mark of all that is located, so that new and changed rows are noticed."""
        mark = hashlib.sha256()
        ours = self._own_messages()
        for name, table in sorted(Base.metadata.tables.items()):
            ids = self.dossier.of(name) if name not in _OWN_TABLES else []
            if ids:
                # What became of an earlier export is no change either.
                is_mail = name.startswith("outbox_")
                columns = [one for one in table.columns if not isinstance(one.type, LargeBinary)]
                for row in read(self._session, columns, table.c.id, ids):
                    if is_mail and (row.id if name == "outbox_messages" else row.outbox_id) in ours:
                        continue
                    mark.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))
        return mark.hexdigest()

    def _own_messages(self) -> set[int]:
        wanted, ids = [OutboxMessage.id, OutboxMessage.kind], self.dossier.of("outbox_messages")
        return {one.id for one in read(self._session, wanted, OutboxMessage.id, ids) if one.kind == OURS}

    def _take(self, module: str, label: Sentence, name: str, source: Any) -> None:
        give: Give = source if callable(source) else lambda: source
        if name not in layout.BY_NAME and all(one.name != name for one in self._extra):
            keys = list(dict.fromkeys(key for row in give() for key in row.values))
            columns = tuple(Column(key, key, label, "personal") for key in keys) or (
                Column("value", label, label),
            )
            self._extra.append(Sheet(name, label, columns))
        self._sources.setdefault(name, []).append((module, give))

    def _note_failure(self, module: str, error: Exception) -> None:
        if database.is_overlap(error) or database.is_unavailable(error):
            raise error
        logs.error(logs.new_incident(), error)
        if module not in self.failed:
            self.failed.append(module)
