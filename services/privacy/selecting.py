"""What of a dossier goes into the workbook: parts left out with a reason, a period, names of others hidden.

What is left out is absent from every byte of the package and stands in the sheet of what is withheld: what,
why, and who decided. A document that is left out takes its lines, payments, notes, files and history with it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _

from services import tables
from services.privacy.others import Others
from services.privacy.sheets import layout
from services.privacy.sheets.rows import Row, Value

# Sheets whose rows are documents or messages: leaving one out takes along what belongs to it.
_HEADS = ("quotes", "orders", "invoices", "sent_mail")
# Where the notes and the identity stand once more, by the names of fields.
_NOTES = ("notes", "cells", "changes", "undo")
FORMS = ("xlsx", "zip")


@dataclass(frozen=True)
class Selection:
    """What was chosen on the page: sheets and rows left out, with the code of the reason, and the form."""

    sheets_out: tuple[str, ...] = ()
    # "invoices|Invoice FV-2026-00001": a sheet and the key of a row.
    rows_out: tuple[str, ...] = ()
    reason: str = ""
    without_notes: bool = False
    without_names: bool = True
    since: date | None = None
    until: date | None = None
    without_files: bool = False
    language: str = "fr"
    form: str = "xlsx"
    # Mailed to who asked for it; else it waits to be downloaded.
    by_mail: bool = True

    def as_json(self) -> dict[str, Any]:
        """For the table of exports: codes, numbers and days alone."""
        kept = asdict(self)
        return kept | {name: kept[name].isoformat() if kept[name] else "" for name in ("since", "until")}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Selection":
        """The selection that `as_json` made JSON of."""
        days = {name: date.fromisoformat(kept[name]) if kept[name] else None for name in ("since", "until")}
        lists = {name: tuple(kept[name]) for name in ("sheets_out", "rows_out")}
        return cls(**{**kept, **days, **lists})

    def is_out(self, sheet: str) -> bool:
        """Whether a whole sheet is left out."""
        return sheet in self.sheets_out or (self.without_notes and sheet == "notes")


@dataclass(frozen=True)
class Withheld:
    """A line of the sheet of what is withheld: the codes of sheet and reason, and what of it."""

    sheet: str
    row: str
    field: str
    what: str
    reason: str


@dataclass
class Sieve:
    """Takes the rows of the sheets one by one, keeps what was chosen, and notes what it held back."""

    selection: Selection
    others: Others
    withheld: list[Withheld] = field(default_factory=list)
    _out: set[str] = field(default_factory=set)
    # The records whose notes or identity are left out row by row: their history tells neither.
    _untold: dict[str, set[str]] = field(default_factory=dict)

    def learn(self, sheets: Mapping[str, Iterable[Row]]) -> None:
        """Look which documents and messages are left out, so that everything of them is; and what no log tells."""
        for name in _HEADS:
            self._out |= self._left_out(name, sheets)
        self._untold = {name: self._left_out(name, sheets) for name in ("notes", "identity")}

    def kept(self, sheet: str, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows of a sheet that go into the package, as they go into it."""
        outside = 0
        for row in rows:
            if not self._in_period(row):
                outside += 1
                continue
            reason = self._reason_of(sheet, row)
            if reason:
                self._note(sheet, row.key, "", "row", reason)
                continue
            yield self._readable(sheet, row)
        if outside:
            said = _("%(count)s rows outside of the period", count=outside)
            self.withheld.append(Withheld(sheet, said, "", "row", "disproportionate"))

    def note_file(self, path: str, reason: str) -> None:
        """A file that is listed and not in the package."""
        self._note("attachments", path, "", "file", reason)

    # -- one row --------------------------------------------------------------------------------------

    def _left_out(self, sheet: str, sheets: Mapping[str, Iterable[Row]]) -> set[str]:
        """What the rows of a sheet that are left out are about; not read where all of them stay."""
        chosen = self.selection
        drops_some = chosen.is_out(sheet) or any(one.startswith(f"{sheet}|") for one in chosen.rows_out)
        rows = sheets.get(sheet, ()) if drops_some else ()
        return {row.about for row in rows if chosen.is_out(sheet) or f"{sheet}|{row.key}" in chosen.rows_out}

    def _tells(self, row: Row, sheet: str) -> bool:
        """Whether a row of the log may tell what a sheet leaves out; one that names no record may."""
        out = self._untold.get(sheet, set())
        is_of_it = sheet in self.selection.sheets_out or bool(out and (not row.about or row.about in out))
        return is_of_it and (row.field in _NOTES if sheet == "notes" else bool(row.field))

    def _reason_of(self, sheet: str, row: Row) -> str:
        """The code of the reason why a row is left out; "" when it stays."""
        chosen = self.selection
        if chosen.without_notes and (sheet == "notes" or (sheet == "log" and row.field in _NOTES)):
            return "secret"
        is_out = chosen.is_out(sheet) or f"{sheet}|{row.key}" in chosen.rows_out or row.about in self._out
        if sheet == "log" and not is_out:
            is_out = self._tells(row, "notes") or self._tells(row, "identity")
        return (chosen.reason or "secret") if is_out else ""

    def _in_period(self, row: Row) -> bool:
        chosen = self.selection
        if row.day is None:
            return True
        return (chosen.since is None or row.day >= chosen.since) and (
            chosen.until is None or row.day <= chosen.until
        )

    def _readable(self, sheet: str, row: Row) -> Row:
        """The row without names of others, and with a word on each cell that no workbook can hold as it is."""
        values: Mapping[str, Value] = row.values
        if self.selection.without_names:
            values, touched = self.others.hidden(values)
            for key in touched:
                self._note(sheet, row.key, key, "cell", "third_party")
            if touched and "free-text verdict" in values:
                values = {**values, "free-text verdict": _("names of others withheld")}
        elif "free-text verdict" in values and self.others.found_in(row):
            values = {**values, "free-text verdict": _("names of others found")}
        for key, value in values.items():
            if isinstance(value, str) and not value.isprintable() and tables.seen(value) != value:
                self._note(sheet, row.key, key, "cell", layout.UNREADABLE)
        return Row(row.key, values, row.day, row.about, row.field)

    def _note(self, sheet: str, row: str, field: str, what: str, reason: str) -> None:
        self.withheld.append(Withheld(sheet, row, field, what, reason))
