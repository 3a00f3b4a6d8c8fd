"""The pages of an import: five steps, without JavaScript and with htmx, and what they refuse (X1, R-XLSX)."""

import csv
import io
import stat
import threading

import pytest
from sqlalchemy import func, select

from extensions import db
from models import Customer, ImportBatch, ImportRow, Job, Vendor
from services import spreadsheets
from services.imports import batches
from tests.imports.support import NORTHWIND, table, work_off_all
from tests.support.pages import Page

ONE = table("No.,Name", "C1,Roy")


def send_file(client, content, name="file.csv", kind="customers", status=303, **more):
    """Upload a file; returns the page that follows."""
    form = client.page("/import").form(of="file")
    data = {**{key: value[0] for key, value in form.values.items()}, "kind": kind, **more}
    response = client.post("/import", {**data, "file": (io.BytesIO(content), name)})
    assert response.status_code == status, Page(response, "/import").text[:500]
    return client.read(response, "/import", status)


def to_check(client, content, name="file.csv", kind="customers", **typed):
    """Upload a file and check it with the columns that are recognised; returns the page of the check."""
    page = send_file(client, content, name, kind)
    return client.read(client.send(page.form(of="key"), typed), "columns", 303)


def to_result(client, content, **how):
    """Upload, check and run; returns the page of the result."""
    page = to_check(client, content, **how)
    client.read(client.send(page.form(f"/import/{batch_id(page)}/run")), "run", 303)
    work_off_all(client.app)
    return client.page(f"/import/{batch_id(page)}")


def batch_id(page):
    return int(next(link for link in page.links if link.endswith("/columns")).split("/")[2])


def in_database(app, query):
    with app.app_context():
        return db.session.scalar(query)


def number_of(app, model):
    return in_database(app, select(func.count()).select_from(model))


def files_kept(app):
    return list(batches.files(app.config["CARNET"].data).iterdir())


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_file_goes_through_all_five_steps(app, client_of, language):
    client = client_of("clerk", language=language)
    content = (NORTHWIND / "suppliers.csv").read_bytes()
    columns = send_file(client, content, "suppliers.csv", "vendors")
    assert "29" in columns.text
    [kept] = files_kept(app)
    assert (
        stat.S_IMODE(kept.stat().st_mode) == 0o600
        and kept.read_bytes() == content
        and "supplier" not in kept.name
    )
    check = client.read(client.send(columns.form(of="key")), "columns", 303)
    assert number_of(app, Vendor) == 0
    assert len(check.all("tr", css="warn")) == 2
    running = client.read(client.send(check.form("/import/1/run")), "run", 303)
    running.one("progress")
    assert files_kept(app) == []
    work_off_all(app)
    result = client.page("/import/1")
    assert number_of(app, Vendor) == 29
    assert len(result.all("tr", css="warn")) == 2
    assert "/vendors" in result.links
    confirm = client.page("/import/1/undo")
    client.read(client.send(confirm.form()), "undo", 303)
    work_off_all(app)
    assert number_of(app, Vendor) == 0
    client.page("/import/1")
    client.page("/import")
    client.page("/jobs")
    for job in (1, 2, 3):
        client.page(f"/jobs/{job}")


def test_the_list_page_leads_to_the_import_of_its_kind(client):
    page = client.page("/import?kind=vendors")
    assert page.form(of="file").values["kind"] == ["vendors"]
    assert client.page("/import?kind=nonsense").form(of="file").values["kind"] == ["customers"]


@pytest.mark.parametrize("role", ["privacy_officer", "reader"])
def test_only_administrators_and_clerks_import(client_of, role):
    client = client_of(role)
    for url in ("/import", "/jobs", "/import/1", "/import/template/customers.csv"):
        assert client.get(url).status_code == 403, url


def test_a_clerk_sees_own_imports_only_and_an_administrator_all(app, client_of):
    to_check(client_of("clerk"), ONE)
    admin = client_of("admin")
    assert "IMP-0001" in admin.page("/import").text
    to_check(admin, ONE)
    clerk = client_of("clerk")
    assert "IMP-0002" not in clerk.page("/import").text
    for url in ("/import/2", "/import/2/columns", "/import/2/errors.csv", "/jobs/2", "/import/999"):
        assert clerk.get(url).status_code == 404, url


# --- what is refused


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"<html></html>", "a.xlsx", "web page"),
        (b"No,Name\n", "a.csv", "no rows below"),
        (b"No,Name\n1,A\0\n", "a.csv", "not plain text"),
        (b"x", "a.pdf", "ends in .csv or .xlsx"),
        (b"PK\x03\x04broken", "a.xlsx", "damaged"),
        (b"", "", "ends in .csv or .xlsx"),
    ],
)
def test_an_unusable_file_is_answered_422_with_a_sentence_at_the_field(app, client, content, name, sentence):
    page = send_file(client, content, name, status=422)
    assert sentence in page.errors["file"]
    assert page.one("div", css="summary")
    assert files_kept(app) == [] and number_of(app, ImportBatch) == 0


@pytest.mark.slow
def test_r_web_8_a_body_over_10_mb_is_answered_413_and_a_file_of_5_mb_is_not(app, client):
    five = b"No,Name,Notes\n" + b"".join(b"C%d,Name,%s\n" % (n, b"x" * 250) for n in range(19_000))
    assert 4_500_000 < len(five) < 10_000_000
    form = client.page("/import").form(of="file").values
    big = {
        **{name: value[0] for name, value in form.items()},
        "file": (io.BytesIO(bytes(12_000_000)), "a.csv"),
    }
    assert client.post("/import", big).status_code == 413
    assert number_of(app, ImportBatch) == 0 and files_kept(app) == []
    send_file(client, five)
    assert number_of(app, ImportRow) == 19_000


def test_r_web_9_a_second_file_while_one_is_read_is_answered_429(app, client, monkeypatch):
    reading, go_on = threading.Event(), threading.Event()
    read = spreadsheets.read

    def slow(*args, **options):
        reading.set()
        assert go_on.wait(20)
        return read(*args, **options)

    monkeypatch.setattr(spreadsheets, "read", slow)
    form = {name: value[0] for name, value in client.page("/import").form(of="file").values.items()}
    answers = []

    def first():
        other = app.test_client()
        other.set_cookie(app.config["SESSION_COOKIE_NAME"], client.cookie)
        answers.append(other.post("/import", data={**form, "file": (io.BytesIO(ONE), "a.csv")}))

    thread = threading.Thread(target=first)
    thread.start()
    assert reading.wait(20)
    second = client.post("/import", {**form, "once": "y" * 20, "file": (io.BytesIO(ONE), "a.csv")})
    go_on.set()
    thread.join(20)
    assert second.status_code == 429 and int(second.headers["Retry-After"]) > 0
    assert answers[0].status_code == 303
    assert len(files_kept(app)) == 1


def test_r_web_9_one_run_at_a_time_for_a_user(app, client, client_of):
    for content in (ONE, table("No.,Name", "C2,Roy")):
        to_check(client, content)
    client.read(client.send(client.page("/import/1").form("/import/1/run")), "run", 303)
    token = client.page("/import").form(of="file").values["csrf_token"][0]
    refused = client.post("/import/2/run", {"csrf_token": token})
    assert refused.status_code == 429 and refused.headers["Retry-After"]
    work_off_all(app)
    assert client.post("/import/2/run", {"csrf_token": token}).status_code == 303


def test_r_con_3_the_same_upload_twice_is_one_import_and_other_content_is_refused(app, client):
    form = {name: value[0] for name, value in client.page("/import").form(of="file").values.items()}
    places = [client.post("/import", {**form, "file": (io.BytesIO(ONE), "a.csv")}).location for _ in range(2)]
    assert places[0] == places[1] and number_of(app, ImportBatch) == 1
    other = client.post("/import", {**form, "file": (io.BytesIO(ONE + b"C9,X\n"), "a.csv")})
    assert other.status_code == 409
    assert number_of(app, ImportBatch) == 1 and len(files_kept(app)) == 1


def test_columns_chosen_twice_or_without_a_name_are_refused_at_the_column(client):
    page = send_file(client, table("No.,Name,City", "C1,Roy,Laval"))
    again = client.read(client.send(page.form(of="key"), {"column-2": "name"}), "columns", 422)
    assert "Two columns" in again.errors["column-2"]
    again = client.read(client.send(page.form(of="key"), {"column-1": ""}), "columns", 422)
    assert "Choose the column with the name" in again.errors["column-0"]
    again = client.read(client.send(page.form(of="key"), {"column-0": "", "key": "no"}), "columns", 422)
    assert "No column is imported as" in again.text


def test_what_is_no_column_or_key_of_the_form_is_refused(client):
    page = send_file(client, ONE)
    values = {name: value[0] for name, value in page.form(of="key").values.items()}
    for wrong in (
        {"column-0": "credit"},
        {"column-0": "primary_contact_id"},
        {"key": "id"},
        {"clear": "maybe"},
    ):
        assert client.post("/import/1/columns", {**values, **wrong}).status_code == 422, wrong


def test_a_step_out_of_turn_is_refused_and_its_page_says_so(app, client):
    page = send_file(client, ONE)
    token = page.form(of="key").values["csrf_token"][0]
    for step in ("run", "undo"):
        assert client.post(f"/import/1/{step}", {"csrf_token": token}).status_code == 409
    assert "Nothing of this import is left to undo" in client.page("/import/1/undo").text
    to_result(client, table("No.,Name", "C2,Other"))
    for step, data in (("run", {}), ("discard", {}), ("read", {"separator": ";"})):
        assert client.post(f"/import/2/{step}", {"csrf_token": token, **data}).status_code in (409, 422), step
    for url in ("/import/1?show=nonsense", "/import/2?after=x", "/import/2?after=-1"):
        assert client.get(url).status_code in (302, 400)


# --- reading again (U-I7), the same file, discarding


def test_a_file_is_read_again_with_another_separator_and_encoding(app, client):
    content = "No.;Nom, prénom;Ville\nC1;Côté;Montréal\n".encode("cp850")
    page = send_file(client, content)
    assert "Montréal" not in page.text
    page = client.read(client.send(page.form("/import/1/read"), {"encoding": "cp850"}), "read", 303)
    assert "Montréal" in page.text
    page = client.read(client.send(page.form("/import/1/read"), {"encoding": "utf-8"}), "read", 422)
    assert "another encoding" in page.errors["encoding"]


def test_the_same_file_again_is_noticed(client):
    to_result(client, ONE)
    page = send_file(client, ONE)
    assert "imported already, as IMP-0001" in page.text
    check = client.read(client.send(page.form(of="key")), "columns", 303)
    assert "imported already, as IMP-0001" in check.text and "Nothing would change" in check.text
    assert not [form for form in check.main.all("form") if form.get("action").endswith("/run")]


def test_discarding_removes_the_file_and_the_rows(app, client):
    page = to_check(client, ONE)
    client.read(client.send(page.form("/import/1/discard")), "discard", 303)
    assert files_kept(app) == [] and client.get("/import/1").status_code == 404
    with app.app_context():
        assert not batches.rows(db.session(), db.session.get_one(ImportBatch, 1))


# --- the check, its rows (U-I4) and files


def test_the_rows_of_the_check_are_filtered_and_paged_with_htmx_and_without(client):
    content = table("No.,Name", *(f"C{n},Name {n}" for n in range(60)), ",", "X1,", "X2,")
    page = to_check(client, content)
    assert len(page.main.one("table").all("tr")) == 51
    second = client.page(next(link for link in page.links if "after=" in link))
    assert len(second.main.one("table").all("tr")) == 13
    errors = client.fragment("/import/1?show=error")
    assert len(errors.one("table").all("tr")) == 3 and errors.one(id="list")


def test_the_error_sheet_has_the_rows_with_their_reasons_and_comes_back_corrected(app, client):
    to_check(client, table("No.,Name,Phone", "C1,,'+1 514", "C2,Good,+1", "C3,Too,many,cells"))
    response = client.get("/import/1/errors.csv")
    assert response.headers["Content-Disposition"] == 'attachment; filename="IMP-0001-errors.csv"'
    rows = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"))))
    assert rows[0] == ["Row", "Problem", "No.", "Name", "Phone"]
    assert [row[0] for row in rows[1:]] == ["2", "4"] and rows[1][4] == "'+1 514"
    assert "4 cells" in rows[2][1] and rows[2][2:] == ["C3", "Too", "many", "cells"]
    workbook = spreadsheets.read(client.get("/import/1/errors.xlsx").data, "errors.xlsx")
    assert workbook.headers[:2] == ["Row", "Problem"] and workbook.problems[0].number == 3
    corrected = "\n".join(["Row,Problem,No.,Name,Phone", "2,,C1,Named,'+1 514", "4,,C3,Too,"]).encode()
    check = to_check(client, corrected)
    assert "2 new" in check.text


def test_the_empty_table_is_a_file_whose_headings_are_recognised(client):
    response = client.get("/import/template/vendors.csv")
    assert response.data.startswith(b"\xef\xbb\xbfNo.,")
    assert client.get("/import/template/planets.csv").status_code == 404


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.csv", "C:\\x\\a.csv", "a\tb.csv", "CON.csv", "é" * 300 + ".csv"]
)
def test_r_web_10_a_file_name_is_only_shown(app, client, name):
    send_file(client, ONE, name)
    shown = in_database(app, select(ImportBatch.original_name))
    assert "/" not in shown and "\\" not in shown and shown.isprintable() and len(shown) <= 255
    [kept] = files_kept(app)
    assert kept.parent == batches.files(app.config["CARNET"].data)


@pytest.mark.parametrize(
    "payload", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "=1+1"]
)
def test_r_web_4_what_a_file_says_is_shown_literally(client, payload):
    quoted = '"' + payload.replace('"', '""') + '"'
    content = f"No.,Name,{quoted}\nC1,{quoted},x\nC2,,{quoted}\n".encode()
    page = send_file(client, content, payload.replace("/", "").replace('"', "") + ".csv")
    assert payload in page.text and not page.main.all("img") and not page.main.all("script")
    check = client.read(client.send(page.form(of="key"), {"column-2": "email"}), "columns", 303)
    assert payload in check.text and not check.main.all("img") and not check.main.all("script")


# --- progress


def test_progress_is_told_at_the_quarters_only_and_ends_at_the_result(app, client):
    to_check(client, ONE)
    client.read(client.send(client.page("/import/1").form("/import/1/run")), "run", 303)
    job = in_database(app, select(func.max(Job.id)))
    page = client.page("/import/1")
    assert page.one(id=f"job-{job}")["hx-get"] == f"/jobs/{job}?said=0"
    assert page.one(id=f"job-{job}-said").get("role") == "status"
    piece = client.fragment(f"/jobs/{job}?said=0")
    assert not piece.all("hx-partial")
    work_off_all(app)
    piece = client.fragment(f"/jobs/{job}?said=0")
    assert piece.one("hx-partial").text == "100 % done" and "HX-Redirect" not in piece.headers
    assert piece.one(id=f"job-{job}")["hx-get"] == f"/jobs/{job}?said=100"
    piece = client.fragment(f"/jobs/{job}?said=100")
    assert piece.headers["HX-Redirect"] == "/import/1" and not piece.one(id=f"job-{job}").get("hx-get")


def test_a_job_is_stopped_and_resumed_from_its_page(app, client):
    to_check(client, ONE)
    client.read(client.send(client.page("/import/1").form("/import/1/run")), "run", 303)
    job = in_database(app, select(func.max(Job.id)))
    page = client.read(client.send(client.page("/import/1").form(f"/jobs/{job}/stop")), "stop", 303)
    assert page.url == "/import/1" and "Stopped" in page.text
    work_off_all(app)
    assert number_of(app, Customer) == 0
    page = client.read(client.send(page.form(f"/jobs/{job}/resume")), "resume", 303)
    work_off_all(app)
    assert number_of(app, Customer) == 1
    assert in_database(app, select(Job.state).where(Job.id == job)) == "done"


def test_a_large_file_is_checked_by_the_worker(app, client, monkeypatch):
    monkeypatch.setattr(batches, "CHECKED_AT_ONCE", 2)
    page = to_check_later(client, table("No.,Name", *(f"C{n},N" for n in range(5))))
    page.one("progress")
    assert in_database(app, select(Job.state)) == "queued"
    work_off_all(app)
    assert "5 new" in client.page("/import/1").text


def to_check_later(client, content):
    page = send_file(client, content)
    return client.read(client.send(page.form(of="key")), "columns", 303)
