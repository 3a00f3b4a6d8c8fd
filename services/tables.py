"""Tables as files to take away: CSV and XLSX in which every text stays the text it is.

A spreadsheet program must never read a stored text as a formula (R-XLSX-5): in CSV such a text begins with
a quote, in XLSX its cell says that it is text.
"""

import csv
import io
import re
from collections.abc import Sequence

# What a spreadsheet program takes for the beginning of a formula, or drops.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")
LONGEST_CELL = 32_767
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def csv_file(headers: Sequence[str], rows: Sequence[Sequence[str]], separator: str = ",") -> bytes:
    """A CSV file in UTF-8 with its mark, as spreadsheet programs open it with accents intact."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator)
    for row in (headers, *rows):
        writer.writerow([_protected(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig", "replace")


def xlsx_file(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook of one sheet; a text longer than a cell may be goes on in a column added beside it."""
    import openpyxl  # here, because it is large and seldom needed
    from openpyxl.cell import WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
    width = max([len(headers), *map(len, rows)])
    parts = [
        max(_parts(row[column]) if column < len(row) else 1 for row in (headers, *rows))
        for column in range(width)
    ]
    for row in (headers, *rows):
        cells = []
        for text, count in zip([*row, *[""] * (width - len(row))], parts, strict=True):
            for part in range(count):
                shown = _seen(text)[part * LONGEST_CELL : (part + 1) * LONGEST_CELL]
                if row is headers and part:
                    shown = f"{text} ({part + 1})"
                cell = WriteOnlyCell(sheet, value=shown)
                cell.data_type = "s"
                cell.quotePrefix = shown.startswith(FORMULA_STARTS)
                cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _protected(text: str) -> str:
    return _seen(f"'{text}" if text.startswith(FORMULA_STARTS) else text)


def _seen(text: str) -> str:
    """The text without characters that no file of this kind can hold."""
    return _UNSEEN.sub("\ufffd", text)


def _parts(text: str) -> int:
    return max(1, -(-len(text) // LONGEST_CELL))
