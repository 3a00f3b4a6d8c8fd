"""The workbook of a person: its sheets, its cells, and what is left out of it."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from config import HOME, Config
from extensions import Base
from models import MODELS, Contact, Customer, Interaction, OutboxAttachment, OutboxMessage
from services import clock, datadir, interactions, records
from services.documents import payments
from services.mail import outbox
from services.mail.letters import Attachment, Letter
from services.privacy import blocks, dossier, others
from services.privacy.gathering import Gathered
from services.privacy.package import Maker
from services.privacy.registry import MODULES
from services.privacy.selecting import Selection, Sieve
from services.privacy.sheets import closing, layout
from services.privacy.sheets.closing import Head
from services.privacy.sheets.rows import Row
from tests.documents.support import make_document, make_issued, office
from tests.privacy import canary
from tests.support import factories as make

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
# Texts that spreadsheet programs take for formulas, errors, numbers, dates, links, or cannot hold as they are.
PAYLOADS = [
    '=HYPERLINK("http://x","y")', "=1+1", "==1", "=cmd|' /C calc'!A0", "=WEBSERVICE(\"http://x\")", "+1", "-1", "@A1",
    "+1 514 555-0199", "-2+3", "@SUM(1)", " =1", "  +1", "\t=1", "\n=1", "＝1+1", "＋1", "－1", "＠A1", " ＝1",
    "007", "1E5", "1-2", "2026-01-02", "1/2", "0x1F", "TRUE", "VRAI", "#N/A", "#REF!", "#NAME?", "'quoted", "''", "'=1",
    "<b>bold</b>", "&amp;", "]]>", "<![CDATA[x]]>", "a\"b", "a'b", "{=1}", "%0A=1", "\\n", "a\nb", "a\tb", " leading",
    "trailing ", "é",
    "e\u0301", "日本語", "שלום", "مرحبا", "👩‍👩‍👧", "\u202egnp.exe", "\u2066x\u2069", "\u00a0x", "\u200b=1",
    "|calc", ";=1", ",=1", "=" * 300, "x" * 32_767,
]  # fmt: skip
assert len(PAYLOADS) >= 60
HEAD = Head(
    request_no="PR-2026-008", subject="Family Ltd", subject_no="CT000001", scope=("contact CT000001",),
    office="Atelier Roy inc.", address="", person_in_charge="", regime="QC", role="clerk", locale="en",
    timezone="America/Toronto", at=NOON,
)  # fmt: skip


@contextmanager
def exported(session: Session, card: Any, tmp_path: Path, **chosen: Any) -> Iterator[Maker]:
    """An export of everything about a card."""
    scope = dossier.scope_of(session, card)
    gathered = Gathered(session, dossier.collect(session, scope))
    sieve = Sieve(Selection(**{"language": "en", **chosen}), others.near(session, scope))
    maker = Maker(session, gathered, sieve, HEAD, tmp_path / "export")
    for _written in maker.steps():
        pass
    assert maker.made is not None and not gathered.failed
    yield maker
    maker.remove()


def sheets_of(maker: Maker) -> dict[str, list[list[Any]]]:
    """The rows of each sheet, without the headings, by title."""
    assert maker.made is not None
    book = openpyxl.load_workbook(maker.made.path)
    return {page.title: [list(row) for row in page.iter_rows(min_row=2, values_only=True)] for page in book}


def rows_as_dicts(maker: Maker, title: str) -> list[dict[str, Any]]:
    assert maker.made is not None
    page = openpyxl.load_workbook(maker.made.path)[title]
    head, *rows = page.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_the_workbook_has_its_twenty_sheets_and_an_empty_one_says_so(
    session: Session, tmp_path: Path
) -> None:
    contact = make.make_contact(session, "Lonely Ltd")
    with exported(session, contact, tmp_path) as maker:
        found = sheets_of(maker)
    assert list(found) == [str(sheet.title) for sheet in layout.SHEETS] and len(found) == 20
    assert found["Invoices"] == [["No data", *[None] * (len(layout.BY_NAME["invoices"].columns) - 1)]]
    assert found["Identity"][0][1] == contact.no
    keys = {(row[0], row[2]) for row in found["Dictionary"]}
    assert len(keys) == sum(len(sheet.columns) for sheet in layout.SHEETS if not sheet.fixed)


def test_y_f7_names_of_sheets_come_from_code_in_both_languages(app: Flask) -> None:
    with app.app_context():
        for language in ("en", "fr"):
            with force_locale(language):
                titles = [str(sheet.title) for sheet in layout.SHEETS]
                labels = [[str(column.label) for column in sheet.columns] for sheet in layout.SHEETS]
            assert len({title.lower() for title in titles}) == 20
            for title in titles:
                assert len(f"{title} (99)") <= 31 and not re.search(r"[\[\]:*?/\\]|^'|'$", title)
                assert title.lower() not in ("history", "historique")
            assert all(len(set(one)) == len(one) for one in labels), labels
    assert titles[:2] == ["LISEZ-MOI", "Identité"] and titles[-2:] == ["Retenu", "Dictionnaire"]


def test_every_value_of_a_row_has_a_column_of_its_sheet(session: Session) -> None:
    """Y-A1: what is exported under the export keys of the models is explained by the dictionary."""
    family = _family(session)
    scope = dossier.scope_of(session, family.contact)
    gathered = Gathered(session, dossier.collect(session, scope))
    for name in gathered.names:
        keys = {column.key for column in layout.BY_NAME[name].columns}
        for row in gathered.rows(name):
            assert set(row.values) <= keys | _of_other_sheets(name), (name, set(row.values) - keys)


def _of_other_sheets(name: str) -> set[str]:
    """One function gives the rows of three sheets of documents and of two of parties."""
    together = {
        "quotes": ("orders", "invoices"),
        "orders": ("quotes", "invoices"),
        "invoices": ("quotes", "orders"),
    }
    together |= {"customer": ("vendor",), "vendor": ("customer",)}
    return {column.key for other in together.get(name, ()) for column in layout.BY_NAME[other].columns}


def test_y_f1_f2_every_text_comes_back_as_it_was_and_nothing_is_a_formula_or_a_link(
    session: Session, tmp_path: Path
) -> None:
    """Y-F1, Y-F2, R-XLSX-5: 60 payloads in the notes, the lines and the interactions."""
    contact = make.make_contact(session, "Payload Ltd")
    for text in PAYLOADS:
        session.add(Interaction(action="note", contact_id=contact.id, subject="x", body=text))
    session.flush()
    with exported(session, contact, tmp_path) as maker:
        assert maker.made is not None
        bodies = [row["Text"] for row in rows_as_dicts(maker, "Interactions")]
        with zipfile.ZipFile(maker.made.path) as package:
            parts = {name: package.read(name) for name in package.namelist()}
        exact = json.loads((maker.made.path.parent / "data.json").read_text())
    assert bodies == PAYLOADS
    assert [row["text"] for row in exact["sheets"]["interactions"]] == PAYLOADS
    assert not [name for name, content in parts.items() if b"<f>" in content or b"<f " in content]
    assert not [name for name in parts if "externalLink" in name or "vba" in name or "comments" in name]
    assert not [
        name
        for name, content in parts.items()
        if b"hyperlink" in content.lower() and b"HYPERLINK(" not in content
    ]
    assert b'quotePrefix="1"' in parts["xl/styles.xml"]
    assert b"Atelier Roy" in parts["docProps/core.xml"]


def test_y_f3_f4_control_characters_and_long_texts_lose_nothing(session: Session, tmp_path: Path) -> None:
    """Y-F3, Y-F4: 40 000 characters go on in a second column."""
    contact = make.make_contact(session, "Old Ltd")
    long = "".join(chr(97 + place % 26) for place in range(40_000))
    session.add(Interaction(action="note", contact_id=contact.id, subject="x", body=long))
    session.add(Interaction(action="note", contact_id=contact.id, subject="x", body="a\x0bb\x00c"))
    session.flush()
    with exported(session, contact, tmp_path) as maker:
        first, second = rows_as_dicts(maker, "Interactions")
        withheld = rows_as_dicts(maker, "Withheld")
        assert maker.made is not None
        exact = json.loads((maker.made.path.parent / "data.json").read_text())
    assert first["Text"] + first["Text (2)"] == long
    assert second["Text"] == "a\ufffdb\ufffdc"
    assert [row["text"] for row in exact["sheets"]["interactions"]] == [long, "a\x0bb\x00c"]
    assert [(row["Sheet"], row["Field"], row["Reason"]) for row in withheld] == [
        ("Interactions", "Text", "Unreadable character")
    ]


def test_y_f5_names_of_files_show_what_turns_the_direction_of_writing() -> None:
    assert closing.without_overrides("a\u202egnp.exe") == "a⟦U+202E⟧gnp.exe"


def test_y_f6_many_rows_go_on_in_a_second_sheet(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "MOST_ROWS", 10)
    contact = make.make_contact(session, "Talkative Ltd")
    for number in range(25):
        session.add(Interaction(action="note", contact_id=contact.id, subject=str(number)))
    session.flush()
    with exported(session, contact, tmp_path) as maker:
        found = sheets_of(maker)
    assert [len(found[name]) for name in ("Interactions", "Interactions (2)", "Interactions (3)")] == [
        10,
        10,
        5,
    ]


def test_the_workbook_holds_everything_about_a_company(session: Session, tmp_path: Path) -> None:
    """R-PRIV-2: cards, persons, documents with lines and payments, interactions, e-mails, history; real numbers."""
    family = _family(session)
    with exported(session, family.customer, tmp_path, form="zip") as maker:
        assert maker.made is not None
        with zipfile.ZipFile(maker.made.path) as package:
            names = package.namelist()
            data = json.loads(written := package.read("data.json"))
            book = openpyxl.load_workbook(io.BytesIO(package.read("carnet-data-pr-2026-008-20260615.xlsx")))
            pdfs = [package.read(name) for name in names if name.endswith(".pdf")]
            note = package.read("README.txt").decode()
    identity = [row["name"] for row in data["sheets"]["identity"]]
    assert identity.count("Family Ltd") == 5 and "Ada Family" in identity
    (invoice,) = data["sheets"]["invoices"]
    assert (invoice["printed name"], invoice["open amount"]) == ("Family Ltd", "99")
    head, row = list(book["Invoices"].iter_rows(values_only=True))
    shown = dict(zip(head, row, strict=True))
    assert shown["Total"] == 100 and shown["Date"].date() == date.fromisoformat(invoice["posting date"])
    assert [line["description"] for line in data["sheets"]["lines"]] == ["Bread", "Bread"]
    assert [entry["amount"] for entry in data["sheets"]["entries"]] == ["1"]
    assert [mail["subject"] for mail in data["sheets"]["sent_mail"]] == ["Your invoice"]
    assert {entry["event"] for entry in data["sheets"]["log"]} >= {"created", "linked", "issued", "paid"}
    assert {row["status"] for row in data["sheets"]["quotes"]} == {"Open"}
    assert b"%PDF" in pdfs[0] and "PR-2026-008" in note
    (checksum,) = [row[1] for row in book["README"].values if row[0] == "SHA-256 (data.json)"]
    assert checksum == hashlib.sha256(written).hexdigest()


def test_r_priv_2_a_person_of_a_company_is_exported_without_the_others(
    session: Session, tmp_path: Path
) -> None:
    """Two persons share a customer: what one of them gets does not name the other, nor anybody of the office."""
    family = _family(session)
    other = make.make_person(session, "Benoît Lévesque", family.contact)
    body = "Ada came with benoit  LEVESQUE; Claude Clerk called back."
    session.add(Interaction(action="note", contact_id=family.person.id, subject="Visit", body=body))
    session.flush()
    with exported(session, family.person, tmp_path, form="zip") as maker:
        assert maker.made is not None
        with zipfile.ZipFile(maker.made.path) as package:
            data = package.read("data.json").decode()
        withheld = rows_in(maker, "Withheld")
    folded = data.lower()
    assert "ada" in folded and other.no.lower() in folded
    for word in ("levesque", "lévesque", "claude clerk"):
        assert word not in folded
    assert ["Interactions", "It concerns another person"] in [[row[0], row[4]] for row in withheld]


def rows_in(maker: Maker, title: str) -> list[tuple[Any, ...]]:
    """The rows of a sheet in the workbook beside the package."""
    assert maker.made is not None
    book = openpyxl.load_workbook(maker.made.path.parent / "workbook.xlsx")
    return list(book[title].iter_rows(min_row=2, values_only=True))


def test_what_is_left_out_is_absent_from_every_byte_and_listed(session: Session, tmp_path: Path) -> None:
    family = _family(session)
    records.save(session, family.contact, {"notes": "Pays late, MARKWORD"}, by=make.BY)
    chosen = {"sheets_out": ("invoices",), "reason": "secret", "without_notes": True, "form": "zip"}
    with exported(session, family.contact, tmp_path, **chosen) as maker:
        assert maker.made is not None
        with zipfile.ZipFile(maker.made.path) as package:
            everything = b"".join(package.read(name) for name in package.namelist())
            data = json.loads(package.read("data.json"))
        workbook = zipfile.ZipFile(maker.made.path.parent / "workbook.xlsx")
        everything += b"".join(workbook.read(name) for name in workbook.namelist())
        withheld = rows_in(maker, "Withheld")
    assert b"MARKWORD" not in everything
    assert [line["document kind"] for line in data["sheets"]["lines"]] == ["Quote"]
    assert data["sheets"]["invoices"] == data["sheets"]["notes"] == data["sheets"]["entries"] == []
    assert {row[0] for row in withheld} >= {"Invoices", "Notes", "Lines", "Entries", "Attachments", "Log"}
    assert {row[4] for row in withheld} == {"Trade secret"}
    assert {row[5] for row in withheld} == {"clerk"}


@pytest.mark.parametrize("sheet", ["notes", "identity"])
def test_a_row_that_is_left_out_is_not_told_by_the_log_either(
    session: Session, tmp_path: Path, sheet: str
) -> None:
    """The history of the same card says what stood there, and before; that of another card stays."""
    family = _family(session)
    for card, mark in ((family.contact, "MARKWORD"), (family.person, "OTHERWORD")):
        records.save(session, card, {"notes": f"Before {mark}"}, by=make.BY)
        records.save(session, card, {"notes": f"After {mark}"}, by=make.BY)
    records.save(session, family.contact, {"city": "Laval"}, by=make.BY)
    out = [f"notes|{family.contact.no}", f"{sheet}|{family.contact.no}"]
    chosen = {"rows_out": tuple(out), "reason": "secret", "without_names": False}
    with exported(session, family.contact, tmp_path, **chosen) as maker:
        sheets = sheets_of(maker)
    assert "MARKWORD" not in str(sheets) and str(sheets).count("After OTHERWORD") == 2
    of_contact = [row for row in sheets["Log"] if family.contact.no in str(row[2])]
    assert any("Laval" in str(row) for row in of_contact) is (sheet == "notes")


def test_y_a5_no_secret_is_in_any_byte(session: Session, tmp_path: Path) -> None:
    family = _family(session)
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.info["privacy"]["class"] == "secret" and column.type.python_type is str:
                session.execute(update(table).values({column: f"SECRETWORD{column.name}"[:32]}) if not column.unique
                                else select(column))  # fmt: skip
    with exported(session, family.contact, tmp_path, form="zip") as maker:
        assert maker.made is not None
        with zipfile.ZipFile(maker.made.path) as package:
            assert not [name for name in package.namelist() if b"SECRETWORD" in package.read(name)]


def test_y_a2_a_module_of_its_own_gets_a_sheet_and_one_that_fails_is_named(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.privacy.registry import Module

    found = Module("parrots", "Parrots", ())
    found.locate = lambda session, scope: {}
    found.export = lambda session, dossier: {"parrots": [Row("1", {"name": "Coco"})]}
    monkeypatch.setitem(MODULES, "parrots", found)
    contact = make.make_contact(session)
    with exported(session, contact, tmp_path) as maker:
        sheets = sheets_of(maker)
    assert sheets["Parrots"] == [["Coco"]] and list(sheets)[-3:] == ["Parrots", "Withheld", "Dictionary"]
    found.export = lambda session, dossier: 1 / 0  # type: ignore[assignment, return-value]
    scope = dossier.scope_of(session, contact)
    gathered = Gathered(session, dossier.collect(session, scope))
    assert gathered.failed == ["parrots"]
    assert [row.values["name"] for row in gathered.rows("identity")] == ["Example Ltd"]


def test_bank_details_show_their_last_four_characters_only(session: Session, tmp_path: Path) -> None:
    family = _family(session)
    records.save(session, family.vendor, {"iban": "FR1420041010050500013M02606"}, by=make.BY)
    with exported(session, family.contact, tmp_path, form="zip") as maker:
        assert maker.made is not None
        with zipfile.ZipFile(maker.made.path) as package:
            data = package.read("data.json").decode()
    assert "20041010050500013" not in data and "2606" in data


def test_y_h9_a_block_is_in_the_sheets_of_all_linked_cards_while_it_holds(
    session: Session, tmp_path: Path
) -> None:
    family = _family(session)
    block = blocks.add(session, family.contact, "request", by=make.BY, reason="Asked by phone")
    for since, reason in ((clock.local(block.since, office(session)).date(), "Asked by phone"), (None, None)):
        with exported(session, family.contact, tmp_path) as maker:
            for title in ("Customer", "Vendor", "Bank accounts"):
                (row, *_more) = rows_as_dicts(maker, title)
                told = row["Blocked for privacy since"]
                assert (told and told.date(), row["Reason of the privacy block"]) == (since, reason), title
        block.until = date(2020, 1, 1)
        session.flush()


def test_files_of_the_making_are_private_and_none_is_left(session: Session, tmp_path: Path) -> None:
    """Y-F8: mode 0600 in a folder of its own."""
    contact = make.make_contact(session)
    with exported(session, contact, tmp_path):
        folder = tmp_path / "export"
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {datadir.FILE_MODE}
        assert folder.stat().st_mode & 0o777 == datadir.FOLDER_MODE
    assert not folder.exists()


def test_the_version_that_the_workbook_names_is_that_of_carnet() -> None:
    assert f'version = "{closing.VERSION}"' in (HOME / "pyproject.toml").read_text()


def test_y_f10_the_name_of_the_file_says_nothing_about_anybody() -> None:
    for no in ("PR-2026-008", "../../etc/passwd", 'a"b', "😀", "\u202egnp"):
        stem = closing.file_stem(no, date(2026, 11, 22), "fr")
        assert re.fullmatch(r"carnet-donnees-[a-z0-9-]*20261122", stem), stem
    assert closing.file_stem("PR-2026-008", date(2026, 11, 22), "fr") == "carnet-donnees-pr-2026-008-20261122"


def _family(session: Session) -> make.Family:
    """A company with everything: a quote, a paid-in-part invoice, a call, and a mail with a file."""
    family = make.make_family(session)
    make_document(session, "quote", family.customer)
    invoice = make_issued(session, "invoice", family.customer)
    values = {"amount": Decimal(1), "date": invoice.document_date, "method": "cash"}
    payments.register(session, invoice, values, by=make.BY)
    interactions.record(session, "convert", by=make.BY, contact_id=family.contact.id, document=invoice)
    letter = Letter(
        to=["info@family.example"], subject="Your invoice", text="Here it is.", kind="document",
        attachments=[Attachment("invoice.pdf", b"%PDF mailed")], about=("invoice", invoice.id),
        contact_id=family.contact.id,
    )  # fmt: skip
    outbox.enqueue(session, letter, by=make.BY)
    session.flush()
    assert isinstance(family.customer, Customer) and isinstance(family.contact, Contact)
    assert session.scalars(select(OutboxMessage)).one() and session.scalars(select(OutboxAttachment)).one()
    return family


def test_r_priv_2_the_export_contains_what_was_planted_in_every_personal_column(
    session: Session, config: Config, tmp_path: Path
) -> None:
    """R-PRIV-2: a canary in every personal column and free text, and each of them is in the package."""
    planted = canary.plant(session, config)
    with exported(session, planted.family.contact, tmp_path, form="zip", without_names=False) as maker:
        assert maker.made is not None
        with zipfile.ZipFile(maker.made.path) as package:
            everything = b"".join(package.read(name) for name in package.namelist()).lower()
    missing = [column for column, value in planted.values.items() if value.encode() not in everything]
    # Copies made for searching and comparing, and the talk with a mail server, have no name in an export.
    assert {name for column in missing for name in export_keys(column)} <= {""}, missing


def export_keys(column: str) -> set[str]:
    """Under which names a planted column is exported; what cards share is planted once for all of them."""
    table, _dot, name = column.partition(".")
    tables = [model.__tablename__ for model in MODELS.values()] if table == "cards" else [table]
    columns = [Base.metadata.tables[one].columns.get(name) for one in tables]
    return {one.info["privacy"]["export_key"] for one in columns if one is not None}
