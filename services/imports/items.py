"""Rows of a file that become items: the same plan, run and way back as for cards, through `services.items`."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import ImportBatch, ImportRow, Item
from services import fields, items, snapshots
from services.errors import Invalid, Refused
from services.imports import references
from services.imports import values as cell_values
from services.imports.planning import Plan, wrong_count
from services.imports.values import Message, Reading

KIND = "item"


class ItemPlanner:
    """Plans the rows of one chunk of an import of items."""

    def __init__(self, session: Session, batch: ImportBatch, rows: Sequence[ImportRow]) -> None:
        self._session, self._options = session, batch.options
        self._references = references.read(session, batch.id, [row.cells for row in rows], batch.options)
        self._earlier = _earlier_rows(session, batch, rows)

    def plan(self, row: ImportRow) -> Plan:
        """What a row would do at this moment."""
        if str(row.row_number) in self._options["wrong_rows"]:
            return wrong_count(row, self._options)
        reading = cell_values.read(KIND, row.cells or [], self._options, self._references)
        no = str(reading.values.get("no") or "")
        item = self._item(no)
        if no and not row.outcome:
            self._note_earlier_row(row, no, reading)
        found = self._planned(item, reading)
        if reading.has_errors:
            found = Plan("error")
        label = str(reading.values.get("description") or (item.description if item is not None else ""))
        found.label, found.no, found.messages = label[:100], no[:20], reading.messages
        return found

    def _item(self, no: str) -> Item | None:
        if self._options["key"] != "no" or not no:
            return None
        return self._session.scalar(select(Item).where(func.lower(Item.no) == no.strip().lower()))

    def _note_earlier_row(self, row: ImportRow, no: str, reading: Reading) -> None:
        """An item stands in one row of a file only: the second one would undo the first."""
        earlier = self._earlier.setdefault(no.strip().lower()[:20], row.row_number)
        if earlier != row.row_number:
            sentence = _l("Row %(row)s is about the same item. Keep one of the two rows.", row=earlier)
            reading.messages.append(Message("error", "", no, sentence))

    def _planned(self, item: Item | None, reading: Reading) -> Plan:
        """The values that are new, without those that do not fit."""
        while not reading.has_errors:
            try:
                needed = {} if item is not None else {"no": "", "description": ""}
                checked = items.cleaned(self._session, item, needed | reading.values)
            except Invalid as problem:
                for name, sentences in problem.errors.items():
                    reading.leave_out(name, sentences[0])
                continue
            present = {name: getattr(item, name) if item is not None else None for name in checked}
            # A new item lists what it brings, an old one what differs.
            values = {
                name: value
                for name, value in checked.items()
                if (value != present[name] if item is not None else value not in (None, "", False))
            }
            shown = [_shown(name, present[name], value, item, reading) for name, value in values.items()]
            action = "create" if item is None else "update" if values else "skip"
            return Plan(action, record=item, values=values, changes=shown)
        return Plan("error")


def carry_out(session: Session, found: Plan, *, by: int | None, batch: str) -> tuple[Item, list[Any]]:
    """Do what a plan says; returns the item and what undoing it needs, the version it then has included."""
    record = found.record if isinstance(found.record, Item) else None
    old = {name: snapshots.storable(getattr(record, name)) for name in found.values if record is not None}
    item = items.save(session, record, found.values, by=by, batch=batch)
    if record is None:
        return item, [["created", KIND, item.id, item.version]]
    return item, [["changed", KIND, item.id, name, value, item.version] for name, value in old.items()]


def take_back(session: Session, row: ImportRow, *, by: int | None) -> None:
    """Delete the item that a row made, or give it its old values; Refused when it was used since."""
    for entry in row.undo or []:
        item = session.get(Item, entry[2], with_for_update=True, populate_existing=True)
        if item is None:
            continue
        if item.version != entry[-1]:
            raise _used(item)
        if entry[0] == "created":
            if items.uses(session, item):
                raise _used(item)
            items.delete(session, item, by=by)
    changed = [entry for entry in row.undo or [] if entry[0] == "changed"]
    item = session.get(Item, changed[0][2]) if changed else None
    if item is not None:
        values = {entry[3]: snapshots.read_column(Item, entry[3], entry[4]) for entry in changed}
        items.save(session, item, values, by=by)


def _used(item: Item) -> Refused:
    return Refused(_l("%(no)s was used or changed after the import, so this row stays.", no=item.no))


def _earlier_rows(session: Session, batch: ImportBatch, rows: Sequence[ImportRow]) -> dict[str, int]:
    """Rows of earlier chunks by the number of their item, capitals aside."""
    if not rows or rows[0].outcome:
        return {}
    query = select(ImportRow.no, ImportRow.row_number).where(
        ImportRow.batch_id == batch.id,
        ImportRow.no != "",
        ImportRow.row_number < rows[0].row_number,
        ImportRow.outcome.in_(("create", "update", "skip")),
    )
    return {no.lower(): number for no, number in session.execute(query)}


def _shown(name: str, old: Any, new: Any, item: Item | None, reading: Reading) -> list[str]:
    """A change as the check shows it: a reference by what was typed for it."""
    said = reading.typed.get(name, "") if name.endswith("_id") else fields.as_text(new)
    return [
        KIND if item is not None else "",
        item.no if item is not None else "",
        name,
        fields.as_text(old),
        said,
    ]
