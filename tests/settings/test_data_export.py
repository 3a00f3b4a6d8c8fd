"""The administrator's exports (X4): what is in the workbooks, who gets them, and what a stop or a crash leaves."""

import io
import os
import stat
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from extensions import db
from models import Customer, Document, Job, SecurityEvent, User, UserSession
from models.base import now
from services import datadir, jobs, made_files, office_export, tables
from services.documents import payments
from services.privacy import blocks
from tests.documents.support import BY, make_document, make_issued, tax_group
from tests.support import factories as make
from tests.support.client import Client
from tests.support.people import BY_ROLE

URL = "/settings/export"
FORMULA = '=HYPERLINK("http://evil.example","Pay")'
Database = Callable[[], AbstractContextManager[Session]]


@pytest.fixture
def office(data: Database) -> None:
    """A customer called like a formula, with documents of every group, a payment and a credit memo."""
    with data() as session:
        customer = make.make_customer(session, FORMULA, city="Lyon")
        group = tax_group(session, "GSTQST", ("GST", "5"), ("QST", "9.975"))
        make_document(session, "quote", customer)
        make_document(session, "order", customer, ("3", "19.99", "10"))
        for day in (date(2026, 1, 31), date(2026, 2, 1)):
            invoice = make_issued(session, "invoice", customer, ("2", "50"), document_date=day)
        payments.register(
            session, invoice, {"amount": Decimal("30"), "date": date(2026, 2, 3), "method": "cash"}, by=BY
        )
        draft = make_document(session, "invoice", customer, document_date=date(2026, 2, 2))
        draft.lines[0].tax_group_id = group.id
        make_issued(session, "purchase_invoice", None, ("1", "7.5"), document_date=date(2026, 2, 28))
        make.make_vendor(session, "Supplier Ltd", iban="FR1420041010050500013M02606")


def ask(client: Client, action: str = URL, **typed: str) -> int:
    """Ask for an export on its page; returns the job's id."""
    answer = client.send(client.page(URL).form(action=action), typed)
    assert answer.status_code == 303
    return int(answer.location.rpartition("/")[2])


def work_off(app: Flask, config: Config, job_id: int, *stop: bool, language: str = "en") -> None:
    """What the worker does with the job."""
    with app.app_context(), force_locale(language):
        jobs.do_whole(db.session(), job_id, config.data, *(lambda answer=answer: answer for answer in stop))


def taken(client: Client, job_id: int) -> dict[str, list[dict[str, Any]]]:
    """The workbook that is downloaded: the rows of each sheet by their headings; no cell is a formula."""
    answer = client.get(f"{URL}/{job_id}/file")
    assert answer.status_code == 200 and answer.headers["Content-Disposition"].startswith("attachment;")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    found = {}
    for sheet in book:
        headings, *rows = list(sheet.iter_rows())
        assert not any(cell.data_type == "f" for row in rows for cell in row)
        names = [cell.value for cell in headings]
        found[sheet.title] = [dict(zip(names, (cell.value for cell in row), strict=True)) for row in rows]
    return found


@pytest.mark.both_databases
@pytest.mark.usefixtures("office")
def test_x4_the_whole_database_is_one_workbook(admin: Client, app: Flask, config: Config) -> None:
    """X4: cards, items, documents with lines and taxes, payments; amounts are those that are stored."""
    job_id = ask(admin)
    work_off(app, config, job_id)
    book = taken(admin, job_id)
    assert list(book) == [
        *("Contacts", "Customers", "Vendors", "Bank accounts", "Items", "Quotes", "Lines of quotes"),
        *("Orders", "Lines of orders", "Invoices", "Lines of invoices", "Taxes", "Payments"),
    ]
    assert {row["Name"] for row in book["Customers"]} == {FORMULA}
    assert "FR1420041010050500013M02606" in {row["IBAN"] for row in book["Vendors"]}
    assert [row["No."] for row in book["Quotes"]] == [None] and len(book["Lines of quotes"]) == 1
    (line,) = book["Lines of orders"]
    assert (line["Quantity"], line["Price"], line["Discount (per cent)"], line["Amount"]) == (
        *(3, 19.99, 10, 53.97),
    )
    assert line["Key"] == book["Orders"][0]["Key"]
    assert [row["Kind"] for row in book["Invoices"]] == ["Invoice", "Invoice", "Invoice", "Purchase invoice"]
    with app.app_context():
        stored = db.session.scalars(
            select(Document.total).where(Document.kind.in_(office_export.INVOICES)).order_by(Document.id)
        ).all()
    assert [Decimal(str(row["Total"])) for row in book["Invoices"]] == stored
    assert [row["Open amount"] for row in book["Invoices"]] == [100, 70, None, 7.5]
    (payment,) = book["Payments"]
    assert (payment["Amount"], payment["Payment method"]) == (30, "Cash")


@pytest.mark.usefixtures("office")
def test_x4_the_invoices_between_two_dates_are_the_issued_ones(app: Flask, config: Config) -> None:
    """X4: both days included, by the dates of the documents; in the words of who asked."""
    admin = Client(app, role="admin", language="fr")
    job_id = ask(admin, f"{URL}/invoices", first="2026-02-01", last="2026-02-28")
    work_off(app, config, job_id, language="fr")
    book = taken(admin, job_id)
    assert list(book) == ["Factures", "Lignes de factures", "Taxes", "Paiements"]
    assert [row["Sorte"] for row in book["Factures"]] == ["Facture", "Facture achat"]
    assert [len(rows) for rows in book.values()] == [2, 2, 0, 1]
    assert "factures-2026-02-01-2026-02-28.xlsx" in admin.get(URL).text
    refused = admin.submit(URL, {"first": "2026-02-30", "last": ""}, of="first", status=422)
    assert refused.one("input", name="first")["value"] == "2026-02-30"
    admin.submit(URL, {"first": "2026-03-02", "last": "2026-03-01"}, of="first", status=422)


@pytest.mark.usefixtures("office")
def test_x4_a_file_is_for_who_asked_within_a_day_and_after_the_password(
    admin: Client, app: Flask, config: Config
) -> None:
    """X4, R-AUTH-11: mode 0600, a name that says nothing, gone after a day; no other administrator gets it."""
    job_id = ask(admin)
    assert admin.get(f"{URL}/{job_id}/file").status_code == 404
    work_off(app, config, job_id)
    (path,) = datadir.made(config.data).iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and not list(datadir.temp(config.data).iterdir())
    assert "carnet-" in admin.page(URL).main.text
    with app.app_context():
        db.session.get_one(User, BY_ROLE["clerk"].id).is_admin = True
        db.session.commit()
    other = Client(app, role="clerk")
    assert other.get(f"{URL}/{job_id}/file").status_code == 404
    assert "carnet-" not in other.page(URL).main.text
    taken(admin, job_id)
    with app.app_context():
        events = db.session.scalars(select(SecurityEvent.event)).all()
        assert events.count("export asked for") == events.count("export downloaded") == 1
        for row in db.session.scalars(select(UserSession)):
            row.confirmed_at = now() - timedelta(minutes=11)
        db.session.commit()
    for method, address in (("get", URL), ("get", f"{URL}/{job_id}/file"), ("post", URL)):
        answer = getattr(admin, method)(address, *([{"csrf_token": admin.csrf_token}] * (method == "post")))
        assert answer.status_code in (302, 303) and answer.location.startswith("/confirm")
    yesterday = (now() - timedelta(days=1, seconds=1)).timestamp()
    os.utime(path, (yesterday, yesterday))
    with app.app_context():
        with pytest.raises(made_files.NotFound):
            made_files.find(config.data, path.name)
        for clean in jobs.HOURLY:
            clean(db.session(), config.data)
    assert not list(datadir.made(config.data).iterdir())


def test_x4_one_export_at_a_time_and_a_form_makes_one(admin: Client, app: Flask) -> None:
    """X4, R-CON-3: the same form leads to the same job; another one waits, and says for what."""
    form = admin.page(URL).form(action=URL)
    answers = [admin.send(form) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    refused = admin.send(admin.page(URL).form(action=URL))
    assert refused.status_code == 409 and "/jobs/" in refused.text


@pytest.mark.usefixtures("office")
def test_x4_what_stops_an_export_leaves_nothing_and_it_begins_anew(
    admin: Client, app: Flask, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X4: stopped by its user, by the end of the program, by a crash, by an error on the way."""
    monkeypatch.setattr(jobs, "REPORT_SECONDS", 0)
    job_id = ask(admin)
    work_off(app, config, job_id, True)
    assert state_of(app, job_id) == "interrupted"
    assert "begin anew" in admin.page(f"/jobs/{job_id}").text
    admin.press(f"/jobs/{job_id}", f"/jobs/{job_id}/resume")
    save = tables.Workbook.save
    monkeypatch.setattr(tables.Workbook, "save", lambda book, out: (out.write(b"half"), 1 / 0))
    with pytest.raises(ZeroDivisionError):
        work_off(app, config, job_id)
    assert not list(datadir.made(config.data).iterdir()) and not list(datadir.temp(config.data).iterdir())
    monkeypatch.setattr(tables.Workbook, "save", save)
    admin.press(f"/jobs/{job_id}", f"/jobs/{job_id}/stop")
    work_off(app, config, job_id)
    assert state_of(app, job_id) == "stopped"
    admin.press(f"/jobs/{job_id}", f"/jobs/{job_id}/resume")
    work_off(app, config, job_id)
    assert state_of(app, job_id) == "done" and taken(admin, job_id)
    (datadir.temp(config.data) / "left.xlsx").touch()
    datadir.remove_leftovers(config.data)
    assert not list(datadir.temp(config.data).iterdir()) and taken(admin, job_id)


@pytest.mark.both_databases
@pytest.mark.usefixtures("office")
def test_x4_others_save_while_an_export_reads_and_it_shows_one_moment(
    admin: Client, app: Flask, config: Config, data: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X4: what is saved meanwhile waits for nobody, and is not in the file."""
    add, saved = tables.Workbook.add, threading.Event()

    def save_a_customer() -> None:
        with data() as session:
            make.make_customer(session, "Latecomer Ltd")
        saved.set()

    def slow(book: tables.Workbook, title: str, *more: Any) -> None:
        if title == "Customers" and not saved.is_set():
            other = threading.Thread(target=save_a_customer)
            other.start()
            other.join(20)
        add(book, title, *more)

    monkeypatch.setattr(tables.Workbook, "add", slow)
    job_id = ask(admin)
    work_off(app, config, job_id)
    assert saved.is_set()
    assert [row["Name"] for row in taken(admin, job_id)["Customers"]] == [FORMULA]
    with app.app_context():
        assert db.session.scalar(select(Customer.id).where(Customer.name == "Latecomer Ltd"))


@pytest.mark.usefixtures("office")
def test_y_h8_who_is_blocked_for_privacy_is_left_out_but_for_what_is_issued(
    admin: Client, app: Flask, config: Config, data: Database
) -> None:
    """Y-H8: the card, its quotes and orders leave by a request alone; the law keeps the invoices."""
    with data() as session:
        customer = session.scalars(select(Customer)).one()
        blocks.add(session, customer, "withdrawal", by=BY)
    job_id = ask(admin)
    work_off(app, config, job_id)
    book = taken(admin, job_id)
    for title in ("Customers", "Quotes", "Lines of quotes", "Orders", "Lines of orders"):
        assert book[title] == [], title
    assert FORMULA not in {row["Name"] for row in book["Contacts"]}
    assert len(book["Invoices"]) == 4 and len(book["Vendors"]) == 2


def test_a_sheet_that_is_full_goes_on_in_another_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """X4, R-XLSX-5: nothing is cut silently."""
    monkeypatch.setattr(tables, "MOST_ROWS", 4)
    book, out = tables.Workbook(), tmp_path / "long.xlsx"
    book.add("Lines", ["No."], ([number] for number in range(7)), [1])
    with out.open("wb") as file:
        book.save(file)
    sheets = openpyxl.load_workbook(out)
    assert [[cell.value for (cell,) in sheet] for sheet in sheets] == [
        ["No.", 0, 1, 2],
        ["No.", 3, 4, 5],
        ["No.", 6],
    ]
    assert sheets.sheetnames == ["Lines", "Lines 2", "Lines 3"]


def state_of(app: Flask, job_id: int) -> str:
    with app.app_context():
        return db.session.get_one(Job, job_id).state
