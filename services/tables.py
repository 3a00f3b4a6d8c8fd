"""Tables as files to take away: CSV and XLSX in which every text stays the text it is.

A spreadsheet program must never read a stored text as a formula (R-XLSX-5): in CSV such a text begins with
a quote, in XLSX its cell says that it is text. Workbooks are written here piece by piece, because the usual
library takes twenty times as long for a large one, while other people's pages wait.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import IO, Final
from xml.sax.saxutils import escape, quoteattr

Cell = str | int | Decimal | date | None

# What a spreadsheet program takes for the beginning of a formula, or drops.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")
LONGEST_CELL = 32_767
# A cell of a workbook keeps so many digits of a number exactly.
MOST_DIGITS = 15
# Spreadsheet programs count days from 1899-12-30, and agree on them from this day on.
FIRST_DAY = date(1900, 3, 1)
_DAY_ZERO = date(1899, 12, 30).toordinal()

_NEEDS_QUOTE = re.compile("'*[=+\\-@\t\r\0]")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Such a piece of a text would be read as one character of a workbook.
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

# The styles of cells, by their place in the list below.
_PLAIN, _TEXT, _QUOTED, _HEADING, _AMOUNT, _DAY = range(6)
_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS: Final = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="6"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


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
    name = re.sub(r"[\[\]:*?/\\]", " ", title)[:31]
    book = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name={quoteattr(name)} sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for part, content in {**_PARTS, "xl/workbook.xml": book}.items():
            archive.writestr(part, _XML + content)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for piece in _sheet(headers, rows, parts):
                sheet.write(piece.encode())


def parts_of(length: int) -> int:
    """How many cells a text of this length takes."""
    return max(1, -(-length // LONGEST_CELL))


# -- workbooks --------------------------------------------------------------------------------------


def _sheet(headers: Sequence[str], rows: Iterable[Sequence[Cell]], parts: Sequence[int]) -> Iterator[str]:
    """The sheet in pieces: its first row stays in sight, and what is typed into an empty cell stays a text."""
    letters = [_letters(column) for column in range(1, sum(parts) + 1)]
    yield (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<cols><col min="1" max="{len(letters)}" width="18" style="{_TEXT}" customWidth="1"/></cols><sheetData>'
    )
    headings = [*headers, *[""] * (len(parts) - len(headers))]
    names = [
        name if part == 0 else f"{name} ({part + 1})"
        for name, count in zip(headings, parts, strict=True)
        for part in range(count)
    ]
    cells = [_text_cell(f"{letter}1", name, _HEADING) for letter, name in zip(letters, names, strict=True)]
    yield f'<row r="1">{"".join(cells)}</row>'
    is_split = any(count > 1 for count in parts)
    for number, row in enumerate(rows, 2):
        values = _split(row, parts) if is_split else row
        yield (
            f'<row r="{number}">'
            + "".join(
                [
                    _xlsx_cell(f"{letter}{number}", value)
                    for letter, value in zip(letters, values, strict=False)
                    if value not in ("", None)
                ]
            )
            + "</row>"
        )
    yield "</sheetData></worksheet>"


def _xlsx_cell(place: str, value: Cell) -> str:
    """The one decision what a value becomes: never a formula, and never a number that is not exact."""
    if isinstance(value, str):
        return _text_cell(place, value, _QUOTED if value.startswith(FORMULA_STARTS) else _TEXT)
    if isinstance(value, date):
        if value < FIRST_DAY:
            return _text_cell(place, value.isoformat(), _TEXT)
        return f'<c r="{place}" s="{_DAY}"><v>{value.toordinal() - _DAY_ZERO}</v></c>'
    plain = format(Decimal(value or 0).normalize(), "f")
    if len(plain.strip("-").replace(".", "")) > MOST_DIGITS:
        return _text_cell(place, plain, _TEXT)
    return f'<c r="{place}" s="{_AMOUNT if isinstance(value, Decimal) else _PLAIN}"><v>{plain}</v></c>'


def _text_cell(place: str, text: str, style: int) -> str:
    shown = _LIKE_AN_ESCAPE.sub("_x005F_", escape(_seen(text), {"\r": "&#13;"}))
    kept = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t{kept}>{shown}</t></is></c>'


def _split(row: Sequence[Cell], parts: Sequence[int]) -> Iterator[Cell]:
    for value, count in zip(row, parts, strict=False):
        if count == 1 or not isinstance(value, str):
            yield from [value, *[None] * (count - 1)]
        else:
            yield from (value[part * LONGEST_CELL : (part + 1) * LONGEST_CELL] for part in range(count))


def _letters(column: int) -> str:
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def _parts(value: Cell) -> int:
    return parts_of(len(value)) if isinstance(value, str) else 1


# -- text files -------------------------------------------------------------------------------------


def _csv_cell(value: Cell, decimal: str) -> str:
    """The same decision for a text file: a quote before what would be a formula, and before such a quote."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _seen(f"'{value}" if _NEEDS_QUOTE.match(value) else value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    # Three decimals might be read as thousands.
    digits = 2 if value == round(value, 2) else 4
    return f"{value:.{digits}f}".replace(".", decimal)


def _seen(text: str) -> str:
    """The text without characters that no file of this kind can hold."""
    return _UNSEEN.sub("\ufffd", text)
