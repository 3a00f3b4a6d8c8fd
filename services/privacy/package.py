"""The files of an export: the workbook, and the package with data.json, the documents' PDFs and a note beside it.

Everything is written to a folder of the export alone, piece by piece, so that a thread can give way to others
in between; the folder goes when the work ends, however it ends (Y-F8).
"""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import DocumentFile, OutboxAttachment
from services import datadir, tables
from services.privacy.gathering import Gathered
from services.privacy.selecting import Sieve, Withheld
from services.privacy.sheets import closing, layout
from services.privacy.sheets.closing import Head
from services.privacy.sheets.layout import Sheet
from services.privacy.sheets.rows import Row

# After so many rows others get their turn.
GIVE_WAY = 2
_XLSX = "workbook.xlsx"
_JSON = "data.json"


@dataclass
class Made:
    """A finished export: the file, its size and checksum, and how many rows each sheet has."""

    path: Path
    sha256: str
    size: int
    sheets: dict[str, int]


@dataclass
class _Surveyed:
    """A sheet as it will be: how many rows, and into how many cells each column's longest text is cut."""

    count: int = 0
    parts: list[int] = field(default_factory=list)


class Maker:
    """Makes the file of one export; `steps` yields how many rows are written, and `made` holds the result."""

    def __init__(self, session: Session, gathered: Gathered, sieve: Sieve, head: Head, folder: Path) -> None:
        self._session, self._gathered, self._sieve = session, gathered, sieve
        self.head, self.folder = head, folder
        self._zone = ZoneInfo(head.timezone)
        self._files: list[str] = []
        self.made: Made | None = None

    def steps(self) -> Generator[int]:
        """Write everything; after each yield the caller may do something else."""
        self.folder.mkdir(mode=datadir.FOLDER_MODE)
        self._sieve.learn({name: self._gathered.rows(name) for name in self._gathered.names})
        surveyed: dict[str, _Surveyed] = {}
        digest = yield from self._write_json(surveyed)
        said = list(self._sieve.withheld)
        yield from self._write_workbook(surveyed, said, digest)
        path = self.folder / _XLSX
        if self._sieve.selection.form == "zip":
            path = self.folder / "package.zip"
            yield from self._write_zip(path)
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        counts = {name: one.count for name, one in surveyed.items()}
        self.made = Made(path, sha256, path.stat().st_size, counts)

    def remove(self) -> None:
        """Remove the folder with everything in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- data.json --------------------------------------------------------------------------------------

    def _write_json(self, surveyed: dict[str, _Surveyed]) -> Generator[int, None, str]:
        """Exact values, sheet by sheet; returns the checksum. What the workbook needs to know is noted meanwhile."""
        digest = hashlib.sha256()
        with _created(self.folder / _JSON) as out:

            def write(text: str) -> None:
                content = text.encode("ascii")
                digest.update(content)
                out.write(content)

            head = {"format": "carnet-personal-data", "version": 1, "request": self.head.request_no}
            head |= {"generated_at": self.head.at.isoformat(), "language": self.head.locale}
            write(json.dumps(head)[:-1] + ', "sheets": {')
            for position, (sheet, rows) in enumerate(self._sheets()):
                write(("," if position else "") + f"\n{json.dumps(sheet.name)}: [")
                seen = surveyed[sheet.name] = _Surveyed(parts=[1] * len(sheet.columns))
                for row in rows:
                    write(("," if seen.count else "") + "\n" + _as_json(sheet, row))
                    seen.count += 1
                    for place, column in enumerate(sheet.columns):
                        value = row.values.get(column.key)
                        if isinstance(value, str) and len(value) > tables.LONGEST_CELL:
                            seen.parts[place] = max(seen.parts[place], tables.parts_of(len(value)))
                    if seen.count % GIVE_WAY == 0:
                        yield 0
                write("]")
            write("}}\n")
        return digest.hexdigest()

    def _sheets(self) -> Iterator[tuple[Sheet, Iterable[Row]]]:
        """The sheets with data, in order, as they go into the package."""
        for sheet in self._gathered.sheets:
            rows = self._sieve.kept(sheet.name, self._gathered.rows(sheet.name))
            yield sheet, self._with_status(rows) if sheet.name == "attachments" else rows

    def _with_status(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Files say whether they are in the package."""
        chosen = self._sieve.selection
        in_package = chosen.form == "zip" and not chosen.without_files
        self._files = []
        for row in rows:
            path = str(row.values["file in package"])
            self._files.append(path)
            if chosen.without_files:
                self._sieve.note_file(path, chosen.reason or "disproportionate")
            status = closing.file_status("included" if in_package else "listed")
            shown = {"file": closing.without_overrides(str(row.values["file"])), "file status": status}
            yield Row(row.key, {**row.values, **shown}, row.day, row.about)

    # -- the workbook -----------------------------------------------------------------------------------

    def _write_workbook(
        self, surveyed: Mapping[str, _Surveyed], withheld: list[Withheld], digest: str
    ) -> Generator[int]:
        """All sheets in their fixed order; the first one says what the others hold."""
        import openpyxl  # here, because it is large and seldom needed

        book = openpyxl.Workbook(write_only=True)
        book.properties.creator = book.properties.lastModifiedBy = self.head.office
        moment = self.head.at.astimezone(UTC).replace(tzinfo=None)
        book.properties.created = book.properties.modified = moment
        counts = {name: one.count for name, one in surveyed.items()}
        self._sieve.withheld = []
        written = 0
        by_name = {
            "readme": closing.readme(self.head, self._sieve.selection, counts, withheld, digest),
            "withheld": closing.withheld(withheld, self.head),
            "dictionary": closing.dictionary(self._gathered.sheets),
        }
        rows_of = dict(self._sheets_by_name())
        for sheet in self._gathered.all_sheets:
            rows = by_name.get(sheet.name) or rows_of[sheet.name]
            parts = surveyed[sheet.name].parts if sheet.name in surveyed else [1] * len(sheet.columns)
            for count in self._write_sheet(book, sheet, rows, parts):
                yield written + count
            written += counts.get(sheet.name, 0)
        with _created(self.folder / _XLSX) as out:
            book.save(out)

    def _sheets_by_name(self) -> Iterator[tuple[str, Iterable[Row]]]:
        for sheet, rows in self._sheets():
            yield sheet.name, rows

    def _write_sheet(self, book: Any, sheet: Sheet, rows: Iterable[Row], parts: list[int]) -> Generator[int]:
        page = _Page(book, self.folder, sheet, parts, 1)
        count = 0
        for count, row in enumerate(rows, 1):
            if count > 1 and count % layout.MOST_ROWS == 1:
                page.close()
                page = _Page(book, self.folder, sheet, parts, count // layout.MOST_ROWS + 1)
            page.append([_shown(row.values.get(column.key), self._zone) for column in sheet.columns])
            if count % GIVE_WAY == 0:
                yield count
        if not count:
            page.append([str(layout.NO_DATA)])
        page.close()

    # -- the package ------------------------------------------------------------------------------------

    def _write_zip(self, path: Path) -> Generator[int]:
        """The workbook, its data, the files, and a text that says what is what."""
        stem = self.head.file_stem
        with _created(path) as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
            for name, source in ((f"{stem}.xlsx", _XLSX), (_JSON, _JSON)):
                with (
                    package.open(self._entry(name), "w") as target,
                    (self.folder / source).open("rb") as file,
                ):
                    while piece := file.read(1 << 18):
                        target.write(piece)
                        yield 0
            package.writestr(self._entry(closing.readme_name()), closing.readme_text(self.head))
            for name, content in self._contents():
                package.writestr(self._entry(name), content)
                yield 0

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, self.head.at.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = datadir.FILE_MODE << 16
        return entry

    def _contents(self) -> Iterator[tuple[str, bytes]]:
        """The files that are listed as being in the package, one by one."""
        if self._sieve.selection.without_files:
            return
        models: dict[str, Any] = {"documents": DocumentFile, "e-mails": OutboxAttachment}
        for name in self._files:
            folder, _slash, rest = name.partition("/")
            model = models[folder]
            id_ = int(rest.partition(".")[0].rpartition("-")[2])
            content = self._session.scalar(select(model.content).where(model.id == id_))
            if content is not None:
                yield name, content


class _Page:
    """One sheet of the workbook being written, in a file of the export's own folder."""

    def __init__(self, book: Any, folder: Path, sheet: Sheet, parts: list[int], number: int) -> None:
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet import _writer

        title = str(sheet.title) + (f" ({number})" if number > 1 else "")
        self._sheet = book.create_sheet(title)
        self._parts, self._is_split, self._rows = parts, max(parts) > 1, 1
        self._sheet.freeze_panes = "A2"
        self._sheet.sheet_format.defaultColWidth = 18
        self._last = get_column_letter(sum(parts))
        # By itself the library writes to the system's folder for temporary files, where nobody would remove
        # them after a crash.
        path = datadir.new_file(folder)
        _writer.ALL_TEMP_FILES.append(str(path))
        self._sheet._writer = _writer.WorksheetWriter(self._sheet, out=str(path))
        self._sheet._writer.write_top()
        self._cells = tables.Cells(self._sheet)
        names = [
            str(column.label) + (f" ({part + 1})" if part else "")
            for column, count in zip(sheet.columns, parts, strict=True)
            for part in range(count)
        ]
        self._sheet.append([self._cells.heading(name) for name in names])

    def append(self, values: list[tables.Cell]) -> None:
        """Write a row."""
        cells = tables.split(values, self._parts) if self._is_split else values
        self._sheet.append([self._cells.cell(value) for value in cells])
        self._rows += 1

    def close(self) -> None:
        """No more rows: the filter covers those that are there."""
        self._sheet.auto_filter.ref = f"A1:{self._last}{self._rows}"
        self._sheet.close()


def _created(path: Path) -> IO[bytes]:
    return datadir.create(path)


def _as_json(sheet: Sheet, row: Row) -> str:
    values = {column.key: row.values.get(column.key) for column in sheet.columns}
    return json.dumps({"row": row.key, **values}, default=_exact)


def _exact(value: Any) -> Any:
    """A value that JSON has no type for: amounts and days as text, exactly."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(type(value))


def _shown(value: Any, zone: ZoneInfo) -> tables.Cell:
    """A value as a cell of the workbook: times in the office's zone."""
    if isinstance(value, datetime):
        return value.astimezone(zone)
    shown: tables.Cell = value
    return shown
