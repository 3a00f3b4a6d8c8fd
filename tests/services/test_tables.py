"""Tables as files to take away: every text stays a text, in a spreadsheet program too (R-XLSX-5)."""

import csv
import io

import openpyxl
import pytest

from services import tables

HOSTILE = ('=HYPERLINK("http://evil.example","x")', "+1 514 555-0100", "-1", "@SUM(A1)", "\t=1", "\r=1")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula(text: str) -> None:
    """In XLSX the cell is text and the value is whole; in CSV a quote comes before it."""
    book = openpyxl.load_workbook(io.BytesIO(tables.xlsx_file("Rows", ["Name"], [[text]])))
    cell = book.active["A2"]
    assert cell.data_type == "s" and cell.quotePrefix
    # XML reads a carriage return as a line feed.
    assert cell.value == text.replace("\r", "\n")
    content = tables.csv_file(["Name"], [[text]]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(content, newline="")))[1] == [f"'{text}"]


def test_accents_survive_and_a_spreadsheet_program_sees_them() -> None:
    content = tables.csv_file(["Nom"], [["Côté, Léa"]], separator=";")
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines()[1] == "Côté, Léa"


def test_a_text_longer_than_a_cell_goes_on_beside_it() -> None:
    """Never cut."""
    long = "x" * (tables.LONGEST_CELL + 5)
    book = openpyxl.load_workbook(io.BytesIO(tables.xlsx_file("Rows", ["Notes", "No."], [[long, "1"]])))
    headers, row = book.active.iter_rows(values_only=True)
    assert headers == ("Notes", "Notes (2)", "No.")
    assert row[0] + row[1] == long and row[2] == "1"


def test_characters_that_no_file_can_hold_are_replaced() -> None:
    book = openpyxl.load_workbook(io.BytesIO(tables.xlsx_file("Rows", ["Name"], [["a\x0bb\ud800c"]])))
    assert book.active["A2"].value == "a\ufffdb\ufffdc"
    assert "a\ufffdb\ufffdc" in tables.csv_file(["Name"], [["a\x0bb\ud800c"]]).decode("utf-8-sig")
