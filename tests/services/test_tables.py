"""Tables as files to take away: every text stays a text, in a spreadsheet program too (R-XLSX-5)."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from services import spreadsheets, tables

HOSTILE = ('=HYPERLINK("http://evil.example","x")', "+1 514 555-0100", "-1", "@SUM(A1)", "\t=1", "\r=1")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula(text: str) -> None:
    """In XLSX the cell is text and the value is whole; in CSV a quote comes before it."""
    book = openpyxl.load_workbook(io.BytesIO(tables.xlsx_file("Rows", ["Name"], [[text]])))
    cell = book.active["A2"]
    assert cell.data_type == "s" and cell.quotePrefix
    # No field of a card can hold a carriage return; in XML it is a line end.
    assert cell.value == text.replace("\r", "\n")
    content = tables.csv_file(["Name"], [[text]]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(content, newline="")))[1] == [f"'{text}"]


def test_a_quote_that_was_there_is_told_from_one_that_protects() -> None:
    """What is read back is what was written: a quote goes before a formula, and before such a quote."""
    texts = ["=1", "'=1", "''=1", "'", "'x", "x'=1"]
    content = tables.csv_file(["Name"], [[text] for text in texts]).decode("utf-8-sig")
    cells = [row[0] for row in list(csv.reader(io.StringIO(content, newline="")))[1:]]
    assert cells == ["'=1", "''=1", "'''=1", "'", "'x", "x'=1"]
    assert [spreadsheets.unprotected(cell, "csv") for cell in cells] == texts


def test_numbers_and_days_are_real_and_exact() -> None:
    """R-XLSX-5: in a workbook numbers and days, as texts where a spreadsheet program would round or shift them."""
    exact, wide = Decimal("-1234.5"), Decimal("999999999999.9999")
    row: list[tables.Cell] = [exact, wide, 7, date(2026, 2, 28), date(1900, 2, 28), None]
    book = openpyxl.load_workbook(io.BytesIO(tables.xlsx_file("Rows", list("abcdef"), [row])))
    cells = [cell.value for cell in book.active[2]]
    assert cells == [-1234.5, "999999999999.9999", 7, datetime(2026, 2, 28), "1900-02-28", None]
    lines = tables.csv_file(list("abcdef"), [row]).decode("utf-8-sig").splitlines()
    assert lines[1] == "-1234.50,999999999999.9999,7,2026-02-28,1900-02-28,"
    out = io.BytesIO()
    tables.write_csv(out, ["a"], [[Decimal("0.125")]], separator=";", decimal=",")
    assert out.getvalue().decode("utf-8-sig").splitlines()[1] == "0,1250", "three decimals might be thousands"


def test_what_looks_like_an_escape_of_a_workbook_is_a_text() -> None:
    """The reader of imports knows these escapes, as spreadsheet programs do."""
    sheet = spreadsheets.read(tables.xlsx_file("Rows", ["Name"], [["_x0041_"], [" a\n\tb "]]), "rows.xlsx")
    assert [row.cells for row in sheet.rows] == [["_x0041_"], [" a\n\tb "]]


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
