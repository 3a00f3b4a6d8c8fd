"""Tables as files to take away: CSV and XLSX in which every text stays the text it is.

A spreadsheet program must never read a stored text as a formula (R-XLSX-5): in CSV such a text begins with
a quote, in XLSX its cell says that it is text. Workbooks are written row by row, and give way to other people's pages.
"""

import csv
import io
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import IO, Any

Cell = str | int | Decimal | date | None

# What a spreadsheet program takes for the beginning of a formula, or drops.
LONGEST_CELL = 32_767
# A cell of a workbook keeps so many digits of a number exactly.
MOST_DIGITS = 15
# Spreadsheet programs agree on days from this one on.
FIRST_DAY = date(1900, 3, 1)
GIVE_WAY_ROWS = 20
# A sheet has so many rows, its heading among them.
MOST_ROWS = 1_048_576

_NEEDS_QUOTE = re.compile("'*[=+\\-@\t\r\0]")
# What begins a formula in a workbook, behind blanks and in full width too; "#" begins the name of an error there.
_LIKE_A_FORMULA = re.compile("\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\0#]")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Such a piece of a text would be read as one character of a workbook.
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def csv_file(headers: Sequence[str], rows: Iterable[Sequence[Cell]], separator: str = ",") -> bytes:
    """A small CSV file as a whole."""
    out = io.BytesIO()
    write_csv(out, headers, rows, separator=separator)
    return out.getvalue()


def xlsx_file(title: str, headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """A small workbook as a whole; a row may have more cells than there are headings."""
    width = max([len(headers), *map(len, rows)])
    parts = [
        max(_parts(row[column]) if column < len(row) else 1 for row in (headers, *rows))
        for column in range(width)
    ]
    out = io.BytesIO()
    write_xlsx(out, title, headers, rows, parts)
    return out.getvalue()


def write_csv(
    out: IO[bytes],
    headers: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    separator: str = ",",
    decimal: str = ".",
) -> None:
    """Write CSV in UTF-8 with its mark, as spreadsheet programs open it with accents intact."""
    text = io.TextIOWrapper(out, "utf-8-sig", errors="replace", newline="")
    writer = csv.writer(text, delimiter=separator)
    for row in chain([headers], rows):
        writer.writerow([_csv_cell(value, decimal) for value in row])
    text.flush()
    text.detach()


def write_xlsx(
    out: IO[bytes],
    title: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    parts: Sequence[int],
) -> None:
    """Write a workbook of one sheet, row by row.

    `parts` says for each column into how many cells its longest text is cut: what does not fit into the first
    goes on in columns added beside it (`parts_of`).
    """
    with Workbook() as book:
        book.add(title, headers, rows, parts)
        book.save(out)


def parts_of(length: int) -> int:
    """How many cells a text of this length takes."""
    return max(1, -(-length // LONGEST_CELL))


class Workbook:
    """A workbook that is written sheet by sheet and row by row, so that it may be larger than the memory.

    Its rows wait in temporary files, of which nothing is left after the `with`, whatever happened in it.
    """

    def __init__(self) -> None:
        import openpyxl  # here, because it is large and seldom needed

        self._book = openpyxl.Workbook(write_only=True)

    def __enter__(self) -> "Workbook":
        return self

    def __exit__(self, *_error: object) -> None:
        for sheet in self._book.worksheets:
            if not sheet.closed:
                sheet.close()
            if os.path.exists(sheet._writer.out):
                sheet._writer.cleanup()

    def add(
        self, title: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]], parts: Sequence[int]
    ) -> None:
        """Add a sheet (`write_xlsx` says what `parts` are); rows that no sheet can take go on in another one."""
        headings = [*headers, *[""] * (len(parts) - len(headers))]
        names = [
            name if part == 0 else f"{name} ({part + 1})"
            for name, count in zip(headings, parts, strict=True)
            for part in range(count)
        ]
        is_split = any(count > 1 for count in parts)
        sheet, cells = self._sheet(title, names)
        for number, row in enumerate(rows, 1):
            if number > 1 and number % (MOST_ROWS - 1) == 1:
                sheet, cells = self._sheet(f"{title[:27]} {number // (MOST_ROWS - 1) + 1}", names)
            sheet.append([cells.cell(value) for value in (split(row, parts) if is_split else row)])
            if number % GIVE_WAY_ROWS == 0:
                # Others wait for this thread's turn to end; it ends here.
                time.sleep(0.001)

    def save(self, out: IO[bytes]) -> None:
        """Write all of it."""
        self._book.save(out)

    def _sheet(self, title: str, names: Sequence[str]) -> tuple[Any, "Cells"]:
        sheet = self._book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
        # The headings stay in sight.
        sheet.freeze_panes = "A2"
        sheet.sheet_format.defaultColWidth = 18
        cells = Cells(sheet)
        sheet.append([cells.heading(name) for name in names])
        return sheet, cells


# -- workbooks --------------------------------------------------------------------------------------


class Cells:
    """Makes the cells of a sheet; their styles are made once, because that takes longer than a cell."""

    def __init__(self, sheet: Any) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font

        self._sheet, self._make = sheet, WriteOnlyCell
        heading, quoted, amount, day, moment = (WriteOnlyCell(sheet) for _ in range(5))
        heading.font, quoted.quotePrefix = Font(bold=True), True
        amount.number_format, day.number_format = "#,##0.00", "yyyy-mm-dd"
        moment.number_format = "yyyy-mm-dd hh:mm:ss"
        self._heading, self._quoted, self._amount, self._day, self._moment = (
            one._style for one in (heading, quoted, amount, day, moment)
        )

    def heading(self, name: str) -> Any:
        """A column's name."""
        return self._text(name, self._heading)

    def cell(self, value: Cell) -> Any:
        """The one decision what a value becomes: never a formula, and never a number that is not exact."""
        if isinstance(value, str):
            if _LIKE_A_FORMULA.match(value):
                return self._text(value, self._quoted)
            return _written(value) or None
        if isinstance(value, datetime):
            # Times are given in the zone that they are to be read in: a workbook knows none.
            value = value.replace(tzinfo=None)
            return value.isoformat(" ") if value.date() < FIRST_DAY else self._styled(value, self._moment)
        if isinstance(value, date):
            return value.isoformat() if value < FIRST_DAY else self._styled(value, self._day)
        if value is None:
            return None
        plain = format(Decimal(value).normalize(), "f")
        if len(plain.strip("-").replace(".", "")) > MOST_DIGITS:
            return self._text(plain, self._quoted)
        return self._styled(value, self._amount) if isinstance(value, Decimal) else value

    def _text(self, text: str, style: Any) -> Any:
        made = self._styled(_written(text), style)
        made.data_type = "s"
        return made

    def _styled(self, value: Any, style: Any) -> Any:
        made = self._make(self._sheet, value)
        made._style = style
        return made


def _written(text: str) -> str:
    """A text as the library writes it into XML, where a carriage return is read back as a line end anyway."""
    return _LIKE_AN_ESCAPE.sub("_x005F_", seen(text))


def split(row: Sequence[Cell], parts: Sequence[int]) -> Iterator[Cell]:
    """The cells of a row, long texts cut into as many as their columns take."""
    for value, count in zip(row, parts, strict=False):
        if count == 1 or not isinstance(value, str):
            yield from [value, *[None] * (count - 1)]
        else:
            yield from (value[part * LONGEST_CELL : (part + 1) * LONGEST_CELL] for part in range(count))


def _parts(value: Cell) -> int:
    return parts_of(len(value)) if isinstance(value, str) else 1


# -- text files -------------------------------------------------------------------------------------


def _csv_cell(value: Cell, decimal: str) -> str:
    """The same decision for a text file: a quote before what would be a formula, and before such a quote."""
    if value is None:
        return ""
    if isinstance(value, str):
        return seen(f"'{value}" if _NEEDS_QUOTE.match(value) else value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    # Three decimals might be read as thousands.
    digits = 2 if value == round(value, 2) else 4
    return f"{value:.{digits}f}".replace(".", decimal)


def seen(text: str) -> str:
    """The text without characters that no file of this kind can hold."""
    return _UNSEEN.sub("\ufffd", text)
