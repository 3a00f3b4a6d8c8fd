"""Reads one spreadsheet in a process of its own, with its own limits: `python -I sheet_reader.py OPTIONS < file`.

It answers on stdout, one JSON value per line: the head, then the rows, then the end; or one line with the problem.
A file that breaks the reader breaks this process only. No Flask here: it starts in a few hundredths of a second.
"""

import csv
import datetime
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

sys.path.append(
    str(Path(__file__).resolve().parent.parent)
)  # last, so that no module of ours hides a standard one

from services.sheet_archive import MAX_PACKED, Unreadable, checked, repacked

MAX_ROWS = 20_000
MAX_COLUMNS = 50
LAST_ROW = 1_048_576  # of any spreadsheet program
STRAY_COLUMN = 1_000  # further right, the whole file is refused instead of the row
MAX_TEXT = 20_000_000
MAX_MEMORY = 512 * 1024 * 1024
MAX_SECONDS = 20
CELLS_KEPT = 100  # of a row with the wrong number of cells
SAMPLE = 65_536

SEPARATORS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8", "utf-16", "cp1252", "iso-8859-15", "cp850", "mac-roman")
TEXT_NAMES = ("csv", "txt", "tsv")
BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
AMOUNT = re.compile("-?[0-9][0-9 .,'’\u00a0\u202f\u2009]*")
NO_AMOUNT = re.compile(r"\s*|NULL|N/A", re.IGNORECASE)
END_OF_TEXT = "\x02end\x03"


def main() -> None:
    """Read the file on stdin and print it; a refusal is printed too."""
    _limit()
    options = json.loads(sys.argv[1])
    try:
        data = sys.stdin.buffer.read(MAX_PACKED + 1)
        for line in lines(data, **options):
            print(json.dumps(line))
    except Unreadable as problem:
        print(json.dumps({"problem": problem.code, **problem.values}))
    except MemoryError:
        print(json.dumps({"problem": "limits"}))


def lines(
    data: bytes,
    *,
    extension: str,
    separator: str | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
) -> Iterator[Any]:
    """The answer, line by line: head, rows as [number, cells], wrong rows as [number, cells, found, expected], end."""
    if len(data) > MAX_PACKED:
        raise Unreadable("too_big")
    if not data.strip():
        raise Unreadable("empty")
    if data.startswith(b"PK\x03\x04"):
        head, numbered = _workbook(data)
    else:
        _refuse_other_formats(data, extension)
        head, numbered = _text_table(data, separator, encoding)
    headers = _headings(numbered)
    rows: Iterable[tuple[int, list[str]]] = _filled(numbered)
    if head["kind"] == "csv":
        rows = list(rows)
        head["decimal"] = decimal or _decimal_sign(rows, head["separator"])
    yield {**head, "headers": headers}
    for row in rows:
        yield _counted(*row, len(headers), head["kind"])
    yield {"end": True}


def _limit() -> None:
    """Memory, time and core dumps, where the system has such limits; other requests go first."""
    try:
        import resource
    except ImportError:
        return
    os.nice(5)
    for limit, value in (
        (resource.RLIMIT_AS, MAX_MEMORY),
        (resource.RLIMIT_CPU, MAX_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(limit, (value, value))
        except (ValueError, OSError):
            continue


def _refuse_other_formats(data: bytes, extension: str) -> None:
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise Unreadable("password" if "EncryptedPackage".encode("utf-16-le") in data else "old_workbook")
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<table", b"<?xml")):
        raise Unreadable("web_page")
    if extension not in TEXT_NAMES:
        raise Unreadable("not_a_workbook")


# --- text tables


def _text_table(
    data: bytes, separator: str | None, encoding: str | None
) -> tuple[dict[str, Any], Iterator[Any]]:
    text, encoding = _decoded(data, encoding)
    if "\0" in text:
        raise Unreadable("nul")
    first = re.match(r"sep=(.)\r?\n", text)  # Excel's own way to declare the separator; it shows no such row
    if first:
        text, separator = text[first.end() :], separator or first[1]
    separator = separator if separator in SEPARATORS else _separator(text)
    csv.field_size_limit(len(text) + len(END_OF_TEXT))
    return {"kind": "csv", "separator": separator, "encoding": encoding}, _text_rows(text, separator)


def _decoded(data: bytes, encoding: str | None) -> tuple[str, str]:
    marked = next((name for mark, name in BYTE_ORDER_MARKS if data.startswith(mark)), None)
    chosen = encoding if encoding in ENCODINGS else marked
    tries = (chosen,) if chosen else ("utf-8", "cp1252")
    for name in tries:
        try:
            return data.decode("utf-8-sig" if name == "utf-8" else name), name
        except UnicodeDecodeError:
            continue
    raise Unreadable("encoding")


def _separator(text: str) -> str:
    """The separator under which most rows have as many cells as the headings, and the headings the most cells."""
    sample = text[:SAMPLE]
    if len(text) > SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample
    return max(SEPARATORS, key=lambda separator: _agreement(sample, separator))


def _agreement(sample: str, separator: str) -> int:
    try:
        rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator) if any(row)]
    except csv.Error:
        return 0
    return sum(len(row) == len(rows[0]) for row in rows) * (len(rows[0]) - 1) if rows else 0


def _text_rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Every row with the number a spreadsheet shows. A line added at the end tells a quote that never closes."""
    ended = io.StringIO(text if text.endswith(("\n", "\r")) else text + "\n", newline="")
    ended.seek(0, io.SEEK_END)
    ended.write(END_OF_TEXT)
    ended.seek(0)
    number = 0
    try:
        for number, cells in enumerate(csv.reader(ended, delimiter=separator), 1):
            if cells == [END_OF_TEXT]:
                return
            if cells and cells[-1].endswith(END_OF_TEXT):
                raise Unreadable("quote", row=number)
            yield number, cells
    except csv.Error:
        raise Unreadable("quote", row=number + 1) from None


def _decimal_sign(rows: list[tuple[int, list[str]]], separator: str) -> str:
    """The sign most amounts are written with, in the columns that hold nothing else; without any, what goes with
    the separator."""
    commas = points = 0
    for column in zip_longest(*(cells for _, cells in rows), fillvalue=""):
        amounts = [cell for cell in column if not NO_AMOUNT.fullmatch(cell)]
        if all(AMOUNT.fullmatch(cell) for cell in amounts):
            commas += sum(bool(re.fullmatch(r"-?\d+,\d{1,2}", cell)) for cell in amounts)
            points += sum(bool(re.fullmatch(r"-?\d+\.\d{1,2}", cell)) for cell in amounts)
    if commas == points:
        return "," if separator == ";" else "."
    return "," if commas > points else "."


# --- workbooks


def _workbook(data: bytes) -> tuple[dict[str, Any], Iterator[Any]]:
    archive = repacked(checked(data))
    import python_calamine  # after the check, and in this process only: it is large

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(archive))
        visible = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
            and sheet.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        if not visible:
            raise Unreadable("no_sheet")
        sheet = workbook.get_sheet_by_name(visible[0])
        if sheet.end is None:
            raise Unreadable("empty")
    except python_calamine.PasswordError:
        raise Unreadable("password") from None
    except python_calamine.CalamineError:
        raise Unreadable("damaged") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how a fault inside the Rust reader arrives
            raise
        raise Unreadable("limits") from None
    rows, columns = sheet.end
    if columns >= STRAY_COLUMN:
        raise Unreadable("too_wide", most=MAX_COLUMNS)
    if rows >= 2 * MAX_ROWS:
        raise Unreadable("too_long", most=MAX_ROWS)
    head = {
        "kind": "xlsx",
        "separator": "",
        "encoding": "",
        "decimal": ".",
        "sheet": visible[0],
        "others": visible[1:],
    }
    return head, _sheet_rows(sheet)


def _sheet_rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    left = sheet.start[1]  # the rows come from row 1 on, but their cells from the first column used
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [""] * left + [_cell_text(value) for value in row]
        while cells and not cells[-1].strip():
            cells.pop()
        yield number, cells


def _cell_text(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)


# --- both


def _headings(numbered: Iterator[tuple[int, list[str]]]) -> list[str]:
    for _, cells in numbered:
        if any(cell.strip() for cell in cells):
            if len(cells) > MAX_COLUMNS:
                raise Unreadable("too_wide", most=MAX_COLUMNS)
            return [" ".join(cell.split()) for cell in cells]
    raise Unreadable("empty")


def _filled(numbered: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """The rows with something in them, up to the limits; Unreadable beyond, or without any."""
    count = text = 0
    for number, cells in numbered:
        filled = any(cell.strip() for cell in cells)
        count += filled
        text += sum(map(len, cells))
        if count > MAX_ROWS or number > LAST_ROW:
            raise Unreadable("too_long", most=MAX_ROWS)
        if text > MAX_TEXT:
            raise Unreadable("limits")
        if filled:
            yield number, cells
    if not count:
        raise Unreadable("no_rows")


def _counted(number: int, cells: list[str], expected: int, kind: str) -> list[Any]:
    """A row as it is; with both counts when it has another number of cells than the headings. A workbook leaves
    out empty cells at the end of a row, a text file does not."""
    found = len(cells)
    if kind == "xlsx" and found < expected:
        return [number, cells + [""] * (expected - found)]
    return [number, cells] if found == expected else [number, cells[:CELLS_KEPT], found, expected]


if __name__ == "__main__":
    main()
