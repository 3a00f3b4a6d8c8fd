"""Spreadsheets that people upload: CSV and XLSX, read in a child process with its own limits."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

from flask_babel import lazy_gettext as _l

from services.errors import CarnetError

READER = Path(__file__).with_name("sheet_reader.py")
EXTENSIONS = ("csv", "txt", "tsv", "xlsx", "xlsm", "xls")
MAX_BYTES = 10_000_000
MAX_SECONDS = 20
MAX_ANSWER = 150_000_000

EMPTY_WORDS = frozenset({"", "NULL", "null", "N/A", "n/a"})
# How a text file that Carnet or another careful program wrote keeps a text from being read as a formula.
_PROTECTED = re.compile("'+[=+\\-@\t\r]")
ACCESS_LINK = re.compile(r"(?P<shown>[^#]*)#(?P<address>[^#]+)#[^#]*(#.*)?", re.DOTALL)


def N_(sentence: str) -> str:
    """Mark a sentence for translation where it is only kept."""
    return sentence


SENTENCES: dict[str, str] = {
    "empty": N_(
        "This file is empty. Choose a file with headings in its first row and one record in each row below."
    ),
    "no_rows": N_("This file has headings but no rows below them. Add the rows and upload it again."),
    "too_big": N_("This file is larger than 10 MB. Split it into several files."),
    "too_long": N_("This file has more than %(most)s rows. Split it into several files."),
    "too_wide": N_(
        "This file has more than %(most)s columns. Delete the columns you do not need, and any stray cell far to "
        "the right, then upload it again."
    ),
    "limits": N_(
        "This file is too large to be read safely. Keep one table of at most 20 000 rows and 50 columns on the first "
        "sheet, without stray cells far from it."
    ),
    "kind": N_("Choose a file that ends in .csv or .xlsx."),
    "not_a_workbook": N_(
        "This file is not an XLSX workbook. Open it in your spreadsheet program and save it as .xlsx."
    ),
    "old_workbook": N_("This is a workbook in the old .xls format. Save it as .xlsx and upload it again."),
    "web_page": N_(
        "This file is a web page, not a spreadsheet. Open it in your spreadsheet program and save it as .xlsx."
    ),
    "password": N_(
        "This workbook is protected with a password. Save it without a password and upload it again."
    ),
    "macros": N_(
        "This workbook contains macros. Save it as a workbook without macros (.xlsx) and upload it again."
    ),
    "embedded": N_("This workbook contains embedded files. Remove them, save it and upload it again."),
    "external": N_(
        "This workbook links to other workbooks. Break the links in your spreadsheet program, save it and upload it "
        "again."
    ),
    "bomb": N_(
        "This workbook unpacks to far more data than it should. Save only the table as a new .xlsx file."
    ),
    "entries": N_("This workbook has more than 200 parts. Save only the table as a new .xlsx file."),
    "names": N_(
        "This workbook has parts that do not belong in one. Save only the table as a new .xlsx file."
    ),
    "dtd": N_(
        "This workbook contains a document type definition, which is not allowed. Save it again as .xlsx."
    ),
    "damaged": N_(
        "This workbook is damaged or incomplete. Open it in your spreadsheet program and save it again."
    ),
    "no_sheet": N_(
        "This workbook has no visible sheet. Show the sheet with the table, save it and upload it again."
    ),
    "nul": N_("This file is not plain text. Save it as “CSV UTF-8” or as .xlsx."),
    "encoding": N_(
        "This file cannot be read in that encoding. Choose another encoding, or save it as “CSV UTF-8”."
    ),
    "quote": N_(
        "Row %(row)s opens a quotation mark that is never closed. Close or remove it, then upload the file again."
    ),
}


class SpreadsheetProblem(CarnetError):
    """The whole file cannot be imported; the sentence says what to do. The code is for tests."""

    status = 422

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(_l(SENTENCES[code], **values))
        self.code = code


class Row(NamedTuple):
    """One row; number is the one a spreadsheet shows beside it (the headings are row 1)."""

    number: int
    cells: list[str]


class WrongRow(NamedTuple):
    """A row with too many or too few cells, never to be shifted into place."""

    number: int
    found: int
    expected: int
    cells: list[str]


@dataclass(frozen=True)
class Sheet:
    """What a file holds. sheet names the workbook sheet that was read, others those that were not."""

    headers: list[str]
    kind: str
    separator: str
    encoding: str
    decimal: str
    sha256: str
    sheet: str = ""
    others: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    problems: list[WrongRow] = field(default_factory=list)


def read(
    source: Path | bytes,
    filename: str,
    *,
    separator: str | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
) -> Sheet:
    """Read a spreadsheet, at most 20 000 rows of 50 columns; SpreadsheetProblem when the whole file is unusable."""
    extension = filename.rpartition(".")[2].lower()
    if extension not in EXTENSIONS:
        raise SpreadsheetProblem("kind")
    if extension == "xlsm":
        raise SpreadsheetProblem("macros")
    options = {"extension": extension, "separator": separator, "encoding": encoding, "decimal": decimal}
    with _opened(source) as file:
        if os.fstat(file.fileno()).st_size > MAX_BYTES:
            raise SpreadsheetProblem("too_big")
        sha256 = hashlib.sha256(file.read()).hexdigest()
        file.seek(0)
        with closing(_answers(file, options)) as answers:
            return _sheet(answers, sha256)


def blank(value: str) -> bool:
    """Whether a cell counts as empty: nothing in it, NULL or N/A."""
    return value.strip() in EMPTY_WORDS


def unprotected(cell: str, file_kind: str) -> str:
    """What a cell says, without the quote that keeps it from being a formula; a workbook needs none."""
    return cell[1:] if file_kind != "xlsx" and _PROTECTED.match(cell) else cell


def access_url(value: str) -> str:
    """The address in an Access-style link (`text#address#`); any other text as it is."""
    match = ACCESS_LINK.fullmatch(value.strip())
    if not match:
        return value.strip()
    shown, address = match["shown"].strip(), match["address"].strip()
    is_plain_address = re.match(r"https?://", shown) and not re.match(r"https?://", address)
    return value.strip() if is_plain_address else address


@contextmanager
def _opened(source: Path | bytes) -> Iterator[IO[bytes]]:
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file
    else:
        with tempfile.TemporaryFile() as file:
            file.write(source)
            file.seek(0)
            yield file


def _sheet(answers: Iterator[Any], sha256: str) -> Sheet:
    head = next(answers, None)
    if not isinstance(head, dict):
        raise SpreadsheetProblem("limits")
    _raise_problem(head)
    sheet = Sheet(sha256=sha256, **head)
    for answer in answers:
        match answer:
            case [number, cells]:
                sheet.rows.append(Row(number, cells))
            case [number, cells, found, expected]:
                sheet.problems.append(WrongRow(number, found, expected, cells))
            case {"end": True}:
                return sheet
            case _:
                _raise_problem(answer)
    # The reader stopped without a word: out of memory, out of time, or broken by the file.
    raise SpreadsheetProblem("limits")


def _raise_problem(answer: dict[str, Any]) -> None:
    if "problem" in answer:
        raise SpreadsheetProblem(answer.pop("problem"), **answer)


def _answers(file: IO[bytes], options: dict[str, Any]) -> Generator[Any]:
    """What the child process says, a line at a time; it is killed after 20 seconds and when nobody listens any more."""
    # Nothing of our environment (passwords may be in it) goes to a process that reads strangers' files.
    environment = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    child = subprocess.Popen(
        [sys.executable, "-I", str(READER), json.dumps(options)],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    assert child.stdout is not None
    timer = threading.Timer(MAX_SECONDS, child.kill)
    timer.start()
    length = 0
    try:
        for line in child.stdout:
            length += len(line)
            if length > MAX_ANSWER or not line.endswith(b"\n"):
                return
            yield json.loads(line)
    finally:
        timer.cancel()
        child.kill()
        child.stdout.close()
        child.wait()
