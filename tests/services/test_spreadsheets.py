"""Reading spreadsheets: real tables as they are, wrong rows by number, hostile files refused (X1, R-XLSX-1…3)."""

import contextlib
import io
import os
import random
import struct
import threading
import time
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest

from services import sheet_archive
from services.spreadsheets import SENTENCES, SpreadsheetProblem, access_url, blank, read

NORTHWIND = Path(__file__).parent.parent / "data" / "northwind"
SHEET = "xl/worksheets/sheet1.xml"
SHEET_START = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
SHEET_END = "</sheetData></worksheet>"


def workbook(*rows, change=None):
    """A real workbook with these rows."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_parts(data, parts, method=zipfile.ZIP_DEFLATED):
    """The workbook with some parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", method) as new:
        for name in [*old.namelist(), *(name for name in parts if name not in old.namelist())]:
            new.writestr(name, parts.get(name) if name in parts else old.read(name))
    return out.getvalue()


def sheet_xml(inside):
    return SHEET_START + inside + SHEET_END


def with_sheet(inside):
    return with_parts(workbook(["No.", "Name"], ["C1", "Roy"]), {SHEET: sheet_xml(inside)})


def refusal(data, filename="file.xlsx", **options):
    with pytest.raises(SpreadsheetProblem) as caught:
        read(data, filename, **options)
    assert caught.value.status == 422
    return caught.value.code


# --- tables as offices have them


@pytest.mark.parametrize(
    ("name", "rows", "columns", "separator", "encoding"),
    [
        ("customers.csv", 91, 11, ",", "utf-8"),
        ("suppliers.csv", 29, 12, ",", "utf-8"),
        ("customers-fr-cp1252.csv", 91, 11, ";", "cp1252"),
    ],
)
def test_x1_separator_and_encoding_are_detected_and_no_row_is_lost(name, rows, columns, separator, encoding):
    sheet = read(NORTHWIND / name, name)
    assert (sheet.kind, sheet.separator, sheet.encoding) == ("csv", separator, encoding)
    assert len(sheet.rows) == rows and not sheet.problems
    assert [row.number for row in sheet.rows] == list(range(2, rows + 2))
    assert {len(row.cells) for row in sheet.rows} == {columns} == {len(sheet.headers)}
    assert len(sheet.sha256) == 64


def test_x1_accents_are_intact_in_windows_1252_and_equal_those_in_utf_8():
    french = read(NORTHWIND / "customers-fr-cp1252.csv", "clients.csv")
    english = read(NORTHWIND / "customers.csv", "customers.csv")
    assert french.headers[:4] == ["N°", "Raison sociale", "Personne à contacter", "Fonction"]
    assert french.rows == english.rows


@pytest.mark.parametrize(
    ("name", "wrong", "right", "expected"),
    [("customers-unquoted-commas.csv", 24, 67, 11), ("suppliers-unquoted-commas.csv", 9, 20, 12)],
)
def test_x1_a_row_with_too_many_cells_is_reported_with_both_counts_and_never_shifted(
    name, wrong, right, expected
):
    sheet = read(NORTHWIND / "broken" / name, name)
    assert len(sheet.problems) == wrong and len(sheet.rows) == right
    assert all(problem.expected == expected and problem.found > expected for problem in sheet.problems)
    numbers = {problem.number for problem in sheet.problems}
    assert not numbers & {row.number for row in sheet.rows}


def test_x1_a_row_with_too_few_cells_is_a_problem_that_keeps_its_cells():
    sheet = read(b"No;Name;City\n1;Roy;Laval\n2;Luc\n3;Zoe;Gatineau\n", "a.csv")
    assert sheet.problems == [(3, 2, 3, ["2", "Luc"])]
    assert [row.number for row in sheet.rows] == [2, 4]


def test_x1_blank_rows_are_skipped_and_counted_in_the_numbers():
    sheet = read(b"\r\nNo,Name\r\n1,A\r\n\r\n , \r\n,,,\r\n2,B\r\n\r\n", "a.csv")
    assert sheet.headers == ["No", "Name"]
    assert [tuple(row) for row in sheet.rows] == [(3, ["1", "A"]), (7, ["2", "B"])]


def test_x1_a_quoted_cell_with_line_breaks_and_separators_is_one_cell_of_one_row():
    sheet = read(b'No,Notes\r\n1,"two\r\nlines, and ""quotes"""\r\n2,12" pipe\r\n', "a.csv")
    assert [tuple(row) for row in sheet.rows] == [
        (2, ["1", 'two\r\nlines, and "quotes"']),
        (3, ["2", '12" pipe']),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_x1_every_separator_and_encoding(separator, encoding):
    text = "No,Raison sociale,Adresse\n1,Crème Brûlée,“Rue Côté”\n".replace(",", separator)
    sheet = read(text.encode(encoding), "a.csv")
    assert sheet.rows[0].cells == ["1", "Crème Brûlée", "“Rue Côté”"]
    assert (sheet.separator, sheet.encoding) == (separator, encoding.removesuffix("-sig"))


def test_x1_what_was_detected_can_be_changed():
    data = "No;Nom, prénom;Ville\n1;Côté;Laval\n".encode("cp850")
    assert read(data, "a.csv", encoding="cp850").rows[0].cells == ["1", "Côté", "Laval"]
    assert read(data, "a.csv", separator=",").headers[0] == "No;Nom"
    assert refusal(b"No,Name\n1,\xe9\n", "a.csv", encoding="utf-8") == "encoding"


def test_x1_a_separator_inside_headings_does_not_mislead():
    sheet = read(b"Name;Address, city;Phone\nA;1, Main St, Laval;5\nB;2, Main St, Laval;6\n", "a.csv")
    assert sheet.separator == ";" and not sheet.problems


def test_x1_the_line_excel_writes_to_declare_a_separator_is_not_a_row():
    sheet = read(b"sep=|\r\nNo|Name\r\n1|a;b;c\r\n", "a.csv")
    assert (sheet.separator, sheet.headers, sheet.rows[0].number) == ("|", ["No", "Name"], 2)


def test_x1_the_decimal_sign_is_detected_and_can_be_changed():
    assert read(b"No;Limit\n1;1500,50\n2;3,5\n", "a.csv").decimal == ","
    assert read(b"No;Limit\n1;1500.50\n2;3.5\n", "a.csv").decimal == "."
    assert read(b"No;Limit\n1;1500\n", "a.csv").decimal == ","
    assert read(b"No,Limit\n1,1500\n", "a.csv").decimal == "."
    assert read(b"No,Limit\n1,1500\n", "a.csv", decimal=",").decimal == ","


@pytest.mark.parametrize("value", ["", "  ", "NULL", "N/A", " n/a "])
def test_x1_null_and_blanks_are_empty(value):
    assert blank(value)
    assert not blank("Null & Sons") and not blank("Null") and not blank("0")


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("#CAJUN.HTM#", "CAJUN.HTM"),
        ("Mayumi's (on the Web)#http://www.example.com/a.htm#", "http://www.example.com/a.htm"),
        ("http://example.com#http://example.com/b#", "http://example.com/b"),
        ("Shown#http://example.com/#part#tip", "http://example.com/"),
        ("http://example.com/#part", "http://example.com/#part"),
        ("http://example.com/#a#b", "http://example.com/#a#b"),
        ("www.example.com", "www.example.com"),
        ("", ""),
    ],
)
def test_x1_access_style_links_keep_the_address(typed, address):
    assert access_url(typed) == address


# --- values of workbooks


def test_r_xlsx_3_values_arrive_as_the_text_people_see():
    import datetime

    row = [12, 12.5, 1e-7, 123456789012345, "00123", True, False, datetime.date(2026, 11, 22)]
    row += [datetime.datetime(2026, 11, 22, 10, 30), datetime.time(9, 5), None, "a\nb"]
    sheet = read(workbook([f"h{n}" for n in range(len(row))], row), "a.xlsx")
    assert sheet.kind == "xlsx"
    assert sheet.rows[0].number == 2
    assert sheet.rows[0].cells == [
        "12", "12.5", "0.0000001", "123456789012345", "00123", "TRUE", "FALSE", "2026-11-22",
        "2026-11-22 10:30:00", "09:05:00", "", "a\nb",
    ]  # fmt: skip


def test_r_xlsx_3_long_identifiers_and_error_cells_are_kept_exactly():
    sheet = read(
        with_sheet(
            '<row r="1"><c r="A1" t="str"><v>No.</v></c><c r="B1" t="str"><v>Name</v></c></row>'
            '<row r="2"><c r="A2"><v>12345678901234567890</v></c><c r="B2" t="e"><v>#REF!</v></c></row>'
            '<row r="3"><c r="A3" s="0" t="n"><v>9007199254740993</v></c>'
            '<c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
        ),
        "a.xlsx",
    )
    assert [row.cells for row in sheet.rows] == [
        ["12345678901234567890", "#REF!"],
        ["9007199254740993", "#DIV/0!"],
    ]


def test_r_xlsx_3_a_formula_is_its_stored_result_and_is_never_evaluated():
    sheet = read(
        with_sheet(
            '<row r="1"><c r="A1" t="str"><v>No.</v></c><c r="B1" t="str"><v>Name</v></c></row>'
            '<row r="2"><c r="A2"><f>40+2</f><v>41</v></c>'
            '<c r="B2" t="str"><f>HYPERLINK("http://evil.example","Roy")</f><v>Roy</v></c></row>'
            '<row r="3"><c r="A3" t="str"><v>x</v></c><c r="B3"><f>WEBSERVICE("http://evil.example")</f></c></row>'
        ),
        "a.xlsx",
    )
    assert [row.cells for row in sheet.rows] == [["41", "Roy"], ["x", ""]]


def test_x1_cells_left_out_at_the_end_of_a_workbook_row_are_empty_and_cells_beyond_the_headings_a_problem():
    sheet = read(
        workbook(["No.", "Name", "City"], ["1"], ["2", "B", "C", None, "stray"], [], ["3", "D", "E"]),
        "a.xlsx",
    )
    assert [tuple(row) for row in sheet.rows] == [(2, ["1", "", ""]), (5, ["3", "D", "E"])]
    assert sheet.problems == [(3, 5, 3, ["2", "B", "C", "", "stray"])]


def test_x1_a_table_away_from_the_corner_keeps_its_row_numbers():
    def move(book):
        book.active.move_range("A1:B2", rows=3, cols=1)

    sheet = read(workbook(["No.", "Name"], ["1", "A"], change=move), "a.xlsx")
    assert sheet.headers == ["", "No.", "Name"]
    assert [tuple(row) for row in sheet.rows] == [(5, ["", "1", "A"])]


def test_x1_the_first_visible_sheet_is_read_and_the_others_are_named():
    def sheets(book):
        book.create_sheet("Hidden", 0).sheet_state = "hidden"
        book["Hidden"].append(["secret"])
        book.create_sheet("More")

    sheet = read(workbook(["No."], ["1"], change=sheets), "a.xlsx")
    assert (sheet.sheet, sheet.others, sheet.headers) == ("Sheet", ["More"], ["No."])


# --- limits


def test_20_000_rows_and_50_columns_are_read_and_one_more_is_not():
    head = ",".join(f"h{n}" for n in range(50)) + "\n"
    line = ",".join("x" * 50) + "\n"
    assert len(read((head + line * 20_000).encode(), "a.csv").rows) == 20_000
    assert refusal((head + line * 20_001).encode(), "a.csv") == "too_long"
    assert refusal(("h," + head + line).encode(), "a.csv") == "too_wide"


def test_a_full_workbook_is_read_within_the_limits():
    words = [str(random.Random(n).random()) for n in range(1000)]
    rows = "".join(
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t>{words[(n * 7 + m * m) % 1000]}</t></is></c>' for m in range(50))
        + "</row>"
        for n in range(20_001)
    )
    sheet = read(with_sheet(rows), "a.xlsx")
    assert len(sheet.rows) == 20_000 and len(sheet.headers) == 50


# --- hostile files (R-XLSX-1, R-XLSX-2)


def lying_sizes(data, name, size):
    """The archive with another unpacked size declared for a part, in both headers."""
    out = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        at, start = archive.getinfo(name).header_offset, archive.start_dir
    struct.pack_into("<L", out, at + 22, size)
    entry = out.index(b"PK\x01\x02", start)
    while out[entry + 46 : entry + 46 + len(name)] != name.encode():
        entry = out.index(b"PK\x01\x02", entry + 4)
    struct.pack_into("<L", out, entry + 24, size)
    return bytes(out)


def packed_hard(size):
    """A part that unpacks to this size with a ratio under 100, made without holding it."""
    block = random.Random(1).randbytes(12_000) + bytes(988_000)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    crc, out = 0, []
    for _ in range(size // len(block)):
        crc = zlib.crc32(block, crc)
        out.append(packer.compress(block))
    out.append(packer.flush())
    return b"".join(out), crc, size // len(block) * len(block)


def raw_archive(*entries):
    """An archive of (name, packed, crc, size), deflated."""
    out, directory = bytearray(), bytearray()
    for name, packed, crc, size in entries:
        raw = name if isinstance(name, bytes) else name.encode()
        sizes = (crc, len(packed), size)
        directory += struct.pack(
            "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 33, *sizes, len(raw), 0, 0, 0, 0, 0, len(out)
        )
        directory += raw
        out += struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 33, *sizes, len(raw), 0) + raw + packed
    count = len(entries)
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, count % 65536, count % 65536, len(directory), len(out), 0
    )
    return bytes(out + directory + end)


def deflated(content):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush(), zlib.crc32(content), len(content)


GOOD = workbook(["No.", "Name"], ["C1", "Roy"])
BOMB = with_parts(GOOD, {"xl/media/image1.png": bytes(60_000_000)})
DTD = '<?xml version="1.0" encoding="%s"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'

HOSTILE = {
    "zip bomb": ("bomb", BOMB),
    "zip bomb that declares ten bytes": ("bomb", lying_sizes(BOMB, "xl/media/image1.png", 10)),
    "more than 100 MB in all": (
        "bomb",
        raw_archive(*((f"xl/media/image{n}.png", *packed_hard(30_000_000)) for n in range(4))),
    ),
    "one deflated block declared as a thousand parts": (
        "entries",
        raw_archive(*((f"xl/media/{n}.png", *deflated(b"x")) for n in range(1000))),
    ),
    "200 000 parts": ("entries", raw_archive(*((b"a", b"", 0, 0) for _ in range(60_000)))),
    "a size that lies": ("damaged", lying_sizes(GOOD, SHEET, 10)),
    "an entity bomb": ("dtd", with_parts(GOOD, {SHEET: DTD % "UTF-8"})),
    "an entity bomb in UTF-16": (
        "dtd",
        with_parts(GOOD, {"xl/styles.xml": (DTD % "UTF-16").encode("utf-16")}),
    ),
    "an entity bomb in UTF-16, big end first, no mark": (
        "dtd",
        with_parts(GOOD, {"docProps/app.xml": (DTD % "UTF-16").encode("utf-16-be")}),
    ),
    "a small-letter doctype across two chunks": (
        "dtd",
        with_parts(
            GOOD, {"docProps/app.xml": random.Random(2).randbytes(sheet_archive.CHUNK - 5) + b"<!doctype a>"}
        ),
    ),
    "macros": ("macros", with_parts(GOOD, {"xl/vbaProject.bin": b"macro"})),
    "macros by content type": (
        "macros",
        with_parts(
            GOOD,
            {"[Content_Types].xml": '<Types><Override ContentType="x.sheet.macroEnabled.main+xml"/></Types>'},
        ),
    ),
    "an embedded object": ("embedded", with_parts(GOOD, {"xl/embeddings/oleObject1.bin": b"ole"})),
    "a link to another workbook": (
        "external",
        with_parts(GOOD, {"xl/externalLinks/externalLink1.xml": b"<a/>"}),
    ),
    "a path upwards": ("names", with_parts(GOOD, {"xl/../../../etc/passwd.xml": b"a"})),
    "an absolute path": ("names", with_parts(GOOD, {"/etc/passwd.xml": b"a"})),
    "a Windows path": ("names", with_parts(GOOD, {"xl\\..\\evil.xml": b"a"})),
    "a drive": ("names", with_parts(GOOD, {"C:/evil.xml": b"a"})),
    "a program": ("names", with_parts(GOOD, {"xl/run.exe": b"MZ"})),
    "a name that is no text": ("names", raw_archive((b"xl/\xff\xfe.xml", *deflated(b"x")))),
    "one name twice": ("names", raw_archive(*((name, *deflated(b"x")) for name in (SHEET, SHEET.upper())))),
    "a NUL in a name": ("names", raw_archive((b"xl/a\0.xml", *deflated(b"x")))),
    "an archive of something else": ("names", with_parts(GOOD, {"word/document.xml": b"<a/>"})),
    "an archive without content types": ("not_a_workbook", raw_archive((SHEET, *deflated(b"<a/>")))),
    "cut in the middle": ("damaged", GOOD[: len(GOOD) // 2]),
    "cut at the end": ("damaged", GOOD[:-5]),
    "bytes after the end": ("damaged", GOOD + b"more"),
    "packed data broken": ("damaged", raw_archive((SHEET, b"\xff" * 100, 0, 100))),
    "no sheet part": ("damaged", with_parts(GOOD, {"xl/workbook.xml": b"<workbook"})),
    "a web page": ("web_page", b"<html><table><tr><td>No.</td></tr></table></html>"),
    "random bytes": ("not_a_workbook", random.Random(3).randbytes(5000)),
    "nothing": ("empty", b""),
    "spaces": ("empty", b" \r\n \r\n"),
    "the old format": ("old_workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000)),
    "a password": (
        "password",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(500)
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(500),
    ),
    "headings only": ("no_rows", workbook(["No.", "Name"])),
    "an empty sheet": ("empty", workbook()),
    "a cell in the last corner": (
        "limits",
        with_sheet(
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        ),
    ),
    "only a cell in the last corner": (
        "too_wide",
        with_sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    ),
    "a cell beyond any sheet": (
        "too_wide",
        with_sheet('<row r="99999999999"><c r="ZZZZZZ99999999999"><v>1</v></c></row>'),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_r_xlsx_1_and_2_a_hostile_file_is_refused_with_a_sentence_within_a_second(name):
    code, data = HOSTILE[name]
    assert refusal(data) == code
    assert SENTENCES[code]
    assert _seconds(lambda: refusal(data)) < 1


def _seconds(work):
    """What it costs the processor: a busy machine makes it no slower."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


def test_r_xlsx_1_a_file_over_10_mb_is_refused():
    assert refusal(bytes(10_000_001)) == "too_big"


def test_r_xlsx_1_the_check_of_a_bomb_takes_little_memory():
    resource = pytest.importorskip("resource", reason="no memory measure on this system")
    for code in ("bomb", "entries"):
        for wanted, data in HOSTILE.values():
            if wanted == code:
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                with pytest.raises(sheet_archive.Unreadable):
                    sheet_archive.checked(data)
                assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_r_xlsx_2_a_million_rows_are_refused():
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 1_000_001))
    assert refusal(with_sheet(rows)) == "too_long"


def test_r_xlsx_2_huge_shared_strings_are_refused():
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings = "".join(f"<si><t>{random.Random(n).randbytes(16_000).hex()}</t></si>" for n in range(100))
    strings = f'<sst xmlns="{space}">{strings}</sst>'
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>{n * 7 % 100}</v></c><c r="B{n}" t="s"><v>{n * n % 100}</v></c></row>'
        for n in range(1, 20_001)
    )
    types = zipfile.ZipFile(io.BytesIO(GOOD)).read("[Content_Types].xml").decode()
    rels = zipfile.ZipFile(io.BytesIO(GOOD)).read("xl/_rels/workbook.xml.rels").decode()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    rels = rels.replace(
        "</Relationships>",
        f'<Relationship Id="rId99" Type="{kind}" Target="sharedStrings.xml"/></Relationships>',
    )
    hostile = {
        "xl/sharedStrings.xml": strings,
        "[Content_Types].xml": types,
        "xl/_rels/workbook.xml.rels": rels,
    }
    assert refusal(with_parts(GOOD, {SHEET: sheet_xml(rows), **hostile})) == "limits"


def test_r_xlsx_2_others_are_answered_meanwhile_and_no_process_is_left():
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 500_000))
    data = with_sheet(rows)
    reading = threading.Thread(target=refusal, args=(data,))
    reading.start()
    began, longest = time.monotonic(), 0.0
    while reading.is_alive():
        start = time.monotonic()
        sum(range(1000))
        time.sleep(0.001)
        longest = max(longest, time.monotonic() - start)
    assert longest < (time.monotonic() - began) / 2
    assert not _readers()


def _readers():
    """The reading processes that this one started and that are still there, running or not yet collected."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            name, rest = (folder / "stat").read_text().rsplit(")", 1)
            words = (folder / "cmdline").read_bytes()
            is_python_left_over = not words and "(python" in name
            if int(rest.split()[1]) == os.getpid() and (b"sheet_reader" in words or is_python_left_over):
                found.append(folder.name)
    return found


def test_r_xlsx_2_a_reader_that_takes_too_long_is_stopped(monkeypatch, tmp_path):
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr("services.spreadsheets.READER", slow)
    monkeypatch.setattr("services.spreadsheets.MAX_SECONDS", 0.3)
    start = time.monotonic()
    assert refusal(GOOD) == "limits"
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    ("code", "data", "filename"),
    [
        ("kind", GOOD, "a.ods"),
        ("kind", b"a,b\n1,2\n", "noextension"),
        ("macros", GOOD, "a.xlsm"),
        ("not_a_workbook", b"No,Name\n1,A\n", "a.xlsx"),
        ("nul", b"No,Name\n1,A\0B\n", "a.csv"),
        ("nul", "No,Name\n1,A\n".encode("utf-16-le"), "a.csv"),
        ("quote", b'No,Name\n1,A\n2,"B\n3,C\n', "a.csv"),
        ("no_rows", b"No,Name\n", "a.csv"),
        ("empty", b"\n\n", "a.csv"),
        ("empty", b"\xef\xbb\xbf,,\n", "a.csv"),
        ("encoding", b"No,Name\n1,\x81\x8d\n", "a.csv"),
        ("too_long", b"No\n" + b"\n" * 9_900_000, "a.csv"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(code, data, filename):
    assert refusal(data, filename) == code


def test_an_unclosed_quote_is_refused_with_the_number_of_its_row():
    with pytest.raises(SpreadsheetProblem) as caught:
        read(b'No,Name\n1,A\n2,"B\n3,C\n', "a.csv")
    assert caught.value.message._kwargs == {"row": 3}


def test_a_workbook_named_csv_is_still_read_as_a_workbook():
    assert read(GOOD, "a.csv").kind == "xlsx"
