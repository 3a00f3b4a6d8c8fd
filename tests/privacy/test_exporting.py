"""The export as a member of the office does it: the page that asks, the mail to oneself, the download."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from config import Config
from extensions import Base, db
from models import (
    Contact,
    Interaction,
    Job,
    OutboxAttachment,
    OutboxMessage,
    PrivacyExport,
    PrivacyRequest,
    PrivacyStep,
    SecurityEvent,
    TrailEntry,
    User,
    UserSession,
)
from models.base import now
from services import datadir, jobs, links, records
from services.privacy import blocks, export_making, exporting, trail
from tests.documents.support import make_issued
from tests.mail.support import MailServer, Office
from tests.privacy.support import Do
from tests.support import factories as make
from tests.support.client import Client
from tests.support.pages import Page
from tests.support.threads import write

Clients = Callable[..., Client]
LEVESQUE = "Benoît Lévesque"


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def office(app: Flask, mail_server: MailServer) -> Office:
    """The outbox of the application, sending to that server."""
    office = Office(app)
    office.uses(mail_server.port)
    return office


@pytest.fixture
def customer_id(do: Do) -> int:
    """A customer with an invoice, whose contact is a person of no company."""

    def fill(session: Any) -> int:
        person = make.make_person(session, LEVESQUE, email="benoit@example.net", notes="Prefers mornings.")
        customer = links.create_as(session, person, "customer", by=make.BY).record
        make_issued(session, "invoice", customer)
        return int(customer.id)

    return int(do(fill))


def url(customer_id: int) -> str:
    return f"/customers/{customer_id}/privacy/export"


def one(do: Do, model: Any) -> Any:
    return do(lambda session: session.scalars(select(model)).one())


def count(do: Do, model: Any) -> int:
    return int(do(lambda session: len(session.scalars(select(model)).all())))


@pytest.mark.both_databases
def test_the_first_seed_a_clerk_mails_the_data_of_a_customer_to_himself(
    app: Flask, client_of: Clients, office: Office, mail_server: MailServer, do: Do, customer_id: int
) -> None:
    """Y-G1, Y-G6, Y-G8: in French, with a real mail server; the workbook is an ordinary file."""
    clerk = client_of("clerk", language="fr")
    page = clerk.page(url(customer_id))
    assert page.title == "Exporter les données de confidentialité du client"
    assert "Vous êtes sur le point de vous envoyer ce courriel à vous-même." in page.text
    assert "clerk@example.com" in page.text and "carnet-donnees-pr-" in page.text
    assert page.all("input", name="to") == []
    queued = clerk.submit(url(customer_id), {}, button="mail")
    assert "Le courriel est en file" in queued.text
    assert office.send() == 1
    assert "Envoyé" in clerk.page(queued.url).text
    (delivery,) = mail_server.received
    request, made = one(do, PrivacyRequest), one(do, PrivacyExport)
    mail = delivery.mail
    assert delivery.recipients == ["clerk@example.com"]
    assert mail["Subject"] == f"Demande {request.no}" and mail["Auto-Submitted"] == "auto-generated"
    body = mail.get_body()
    assert body is not None and body.get_content_type() == "text/plain"
    for word in ("Lévesque", "levesque", "benoit", "Benoît"):
        assert word not in body.get_content() and word not in str(mail["Subject"])
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == made.file_name
    assert re.fullmatch(rf"carnet-donnees-{request.no.lower()}-20[0-9]{{6}}\.xlsx", made.file_name)
    content = attached.get_payload(decode=True)
    assert isinstance(content, bytes)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames[:4] == ["LISEZ-MOI", "Identité", "Liens", "Client"]
    assert LEVESQUE in [cell for row in book["Factures"].values for cell in row]
    assert "Bread" in [cell for row in book["Lignes"].values for cell in row]
    # The person who forwards it may take parts out first.
    del book["Notes"]
    book.save(again := io.BytesIO())
    assert "Notes" not in openpyxl.load_workbook(again).sheetnames
    steps = do(lambda session: [step.action for step in session.scalars(select(PrivacyStep))])
    assert steps == ["received", "export", "sent"]
    assert (request.state, request.kind, request.channel) == ("received", "access", "card")
    entry = do(
        lambda session: session.scalars(
            select(Interaction).where(Interaction.action == "privacy_export")
        ).one()
    )
    assert entry.outbox_id == made.outbox_id
    actions = do(lambda session: [line.action for line in session.scalars(select(TrailEntry))])
    assert actions == ["request_received", "exported", "export_sent"]
    assert do(trail.verify) == []
    assert do(lambda session: session.scalars(select(OutboxAttachment.content)).one()) is None
    assert clerk.get(f"/privacy/exports/{made.id}/file").status_code == 404
    assert list(datadir.temp(app.config["CARNET"].data).iterdir()) == []


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("htmx", [False, True])
def test_r_mail_6_another_recipient_in_the_form_is_ignored_and_recorded(
    client_of: Clients,
    office: Office,
    mail_server: MailServer,
    do: Do,
    customer_id: int,
    language: str,
    htmx: bool,
) -> None:
    clerk = client_of("clerk", language=language, htmx=htmx)
    form = clerk.page(url(customer_id)).form(of="seen")
    values = {**form.filled({}, button="mail"), "to": "thief@example.org", "cc": "thief@example.org"}
    assert clerk.post(url(customer_id), values).status_code == 303
    office.send()
    assert [delivery.recipients for delivery in mail_server.received] == [["clerk@example.com"]]
    noted = do(
        lambda session: session.scalars(
            select(TrailEntry).where(TrailEntry.action == "other_recipient_ignored")
        ).one()
    )
    assert noted.fields == ["to"] and "thief" not in json.dumps(noted.counts)
    again = clerk.post(url(customer_id), values)
    assert again.status_code == 303 and count(do, PrivacyExport) == 1, "a double click makes one export"


def test_new_rows_since_the_page_was_shown_are_looked_at_again(
    client_of: Clients, do: Do, customer_id: int, office: Office
) -> None:
    clerk = client_of()
    form = clerk.page(url(customer_id)).form(of="seen")
    do(
        lambda session: session.add(
            Interaction(action="call", party_kind="customer", party_id=customer_id, subject="New")
        )
    )
    page = clerk.read(clerk.send(form, {"since": "2020-01-01"}, button="mail"), url(customer_id), 409)
    assert (
        "The data changed meanwhile" in page.text and page.one("input", name="since")["value"] == "2020-01-01"
    )
    assert count(do, PrivacyExport) == count(do, PrivacyRequest) == 0
    assert clerk.send(page.form(of="seen"), {}, button="mail").status_code == 303


def test_what_is_left_out_needs_a_reason_and_identity_is_asked_twice(
    client_of: Clients, do: Do, customer_id: int, office: Office
) -> None:
    clerk = client_of()
    page = clerk.page(url(customer_id))
    form = page.form(of="seen")
    values = form.filled({}, button="download")
    kept = [value for value in as_list(values["sheet"]) if value != "identity"]
    page = clerk.read(clerk.post(url(customer_id), {**values, "sheet": kept}), url(customer_id), 422)
    assert "Choose why you leave something out" in page.text and "Confirm that you leave it out" in page.text
    assert "checked" not in page.one("input", id="sheet-identity").attrs
    values |= {"sheet": kept, "reason": "secret", "once": "another"}
    assert clerk.post(url(customer_id), values).status_code == 422
    assert count(do, PrivacyRequest) == 0
    assert clerk.post(url(customer_id), {**values, "identity_sure": "yes"}).status_code == 303
    book = openpyxl.load_workbook(io.BytesIO(download(clerk, do)))
    assert book["Identity"].max_row == 2 and "No data" in [
        cell for row in book["Identity"].values for cell in row
    ]
    assert ("Identity", "Trade secret") in {(row[0], row[4]) for row in book["Withheld"].values}


def as_list(value: Any) -> list[str]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def download(client: Client, do: Do) -> bytes:
    """The file of the latest export, as the page offers it."""
    made = do(
        lambda session: session.scalars(select(PrivacyExport).order_by(PrivacyExport.id.desc())).first()
    )
    page = client.page(f"/privacy/exports/{made.id}")
    (link,) = [one["href"] for one in page.all("a") if one.get("href", "").endswith("/file")]
    response = client.get(link)
    assert response.status_code == 200, response.status_code
    return bytes(response.get_data())


def test_y_g7_without_a_mail_server_the_file_is_downloaded(
    client_of: Clients, do: Do, customer_id: int, app: Flask
) -> None:
    """Y-F10, R-AUTH-11: the download has its headers, and asks for a password that is older than ten minutes."""
    clerk = client_of("clerk")
    page = clerk.page(url(customer_id))
    assert "Mail is not set up here" in page.text
    assert "disabled" in page.one("button", value="mail").attrs
    assert clerk.send(page.form(of="seen"), {}, button="mail").status_code == 422
    state = clerk.submit(url(customer_id), {"form": "zip"}, button="download")
    assert "The file is ready" in state.text and f"/customers/{customer_id}" in state.links
    made = one(do, PrivacyExport)
    response = clerk.get(f"/privacy/exports/{made.id}/file")
    name = made.file_name
    assert (
        response.headers["Content-Disposition"] == f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"
    )
    assert (
        response.headers["X-Content-Type-Options"] == "nosniff"
        and response.headers["Cache-Control"] == "no-store"
    )
    with zipfile.ZipFile(io.BytesIO(response.get_data())) as package:
        assert {"data.json", "README.txt", name.replace(".zip", ".xlsx")} <= set(package.namelist())
        assert [entry for entry in package.namelist() if entry.startswith("documents/")]
    assert one(do, PrivacyExport).state == "downloaded"
    assert one(do, Interaction).action == "privacy_export"
    clerk.get(f"/privacy/exports/{made.id}/file")
    assert count(do, Interaction) == 1
    # Somebody else's export is nobody's business but the privacy officer's.
    assert client_of("admin").get(f"/privacy/exports/{made.id}").status_code == 404
    assert client_of("privacy_officer").get(f"/privacy/exports/{made.id}").status_code == 200
    do(lambda session: age_password(session))
    assert clerk.get(f"/privacy/exports/{made.id}/file").status_code == 302


def age_password(session: Any) -> None:
    for row in session.scalars(select(UserSession)):
        row.confirmed_at = now() - timedelta(minutes=11)


def test_r_mail_6_an_address_changed_today_is_confirmed_by_the_password(
    client_of: Clients, do: Do, customer_id: int, office: Office
) -> None:
    clerk = client_of("clerk")

    def change(session: Any) -> None:
        user = session.get_one(User, 2)
        user.created_at = now() - timedelta(days=30)
        user.email_changed_at = now() - timedelta(hours=1)
        age_password(session)
        for row in session.scalars(select(UserSession)):
            row.confirmed_at = now() - timedelta(hours=2)

    do(change)
    for response in (
        clerk.get(url(customer_id)),
        clerk.post(url(customer_id), {"csrf_token": clerk.csrf_token}),
    ):
        assert response.status_code == 302 and response.headers["Location"].startswith("/confirm?next=")
    assert count(do, PrivacyExport) == 0
    do(lambda session: setattr(session.get_one(User, 2), "email_changed_at", now() - timedelta(hours=25)))
    assert clerk.page(url(customer_id)).status == 200


@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "450 4.2.1 mailbox busy"])
def test_y_g6_a_mail_that_is_refused_says_so_keeps_the_file_and_can_be_tried_again(
    client_of: Clients, do: Do, customer_id: int, office: Office, mail_server: MailServer, answer: str
) -> None:
    clerk = client_of("clerk", language="fr")
    queued = clerk.submit(url(customer_id), {}, button="mail")
    mail_server.recipients["clerk@example.com"] = answer
    office.send()
    page = clerk.page(queued.url)
    assert answer in page.text and "Réessayer" in page.text and one(do, PrivacyRequest).state == "received"
    assert openpyxl.load_workbook(io.BytesIO(download(clerk, do)))
    mail_server.recipients.clear()
    clerk.press(queued.url, f"{queued.url}/retry")
    office.send()
    office.send()
    assert len(mail_server.received) == 1, "never two mails"
    assert "Envoyé" in clerk.page(queued.url).text


def test_y_g4_a_file_too_large_for_a_mail_is_offered_for_download(
    client_of: Clients, do: Do, customer_id: int, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_making, "MAIL_BYTES", 1000)
    page = client_of().submit(url(customer_id), {}, button="mail")
    assert "too large for an e-mail" in page.text and count(do, OutboxMessage) == 0
    assert openpyxl.load_workbook(io.BytesIO(download(client_of(), do)))


def test_y_f6_what_is_too_large_for_one_file_is_refused_before_anything_is_written(
    client_of: Clients, do: Do, customer_id: int, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    """Y-F8: nor is anything begun when the disk has too little room."""
    clerk = client_of()
    form = clerk.page(url(customer_id)).form(of="seen")
    monkeypatch.setattr(exporting, "MOST_FILES", 0)
    page = clerk.read(clerk.send(form, {"form": "zip"}, button="download"), url(customer_id), 413)
    assert "Choose a period, or leave the files out." in page.text
    monkeypatch.setattr(datadir, "free_space", lambda data: 1)
    page = clerk.read(clerk.send(form, {"without_files": True}, button="download"), url(customer_id), 409)
    assert "The disk has too little room" in page.text
    assert count(do, PrivacyExport) == count(do, PrivacyRequest) == count(do, Job) == 0


def test_y_g10_the_sixth_export_of_an_hour_waits(
    client_of: Clients, do: Do, customer_id: int, app: Flask
) -> None:
    clerk = client_of()
    for _number in range(exporting.MOST_PER_HOUR):
        clerk.submit(url(customer_id), {}, button="download")
    form = clerk.page(url(customer_id)).form(of="seen")
    response = clerk.send(form, {}, button="download")
    assert response.status_code == 429 and 3500 < int(response.headers["Retry-After"]) <= 3600
    assert count(do, PrivacyExport) == exporting.MOST_PER_HOUR
    assert count(do, PrivacyRequest) == 1, "the same open request serves all of them"


def test_a_large_export_is_a_job_and_one_that_was_cut_off_begins_anew(
    client_of: Clients, do: Do, customer_id: int, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Y-F8: a process that is killed leaves an open request and no file."""
    monkeypatch.setattr(exporting, "SMALL_ROWS", 0)
    monkeypatch.setattr(jobs, "REPORT_SECONDS", 0)
    clerk = client_of("clerk")
    page = clerk.submit(url(customer_id), {}, button="download")
    assert "The file is being made" in page.text
    assert clerk.fragment(page.url).one(id="export")["hx-trigger"] == "every 2s"
    data = app.config["CARNET"].data
    job_id, made_id = one(do, Job).id, one(do, PrivacyExport).id
    asked = iter([False, False, False, True])
    with app.app_context():
        jobs.do_whole(db.session(), job_id, data, lambda: next(asked))
    assert (one(do, Job).state, one(do, PrivacyExport).state) == ("interrupted", "waiting")
    assert one(do, PrivacyRequest).state == "received"
    assert list(datadir.temp(data).iterdir()) == list(datadir.exports(data).iterdir()) == []
    # What a killed process left goes with the next start, and the work begins anew.
    leftover = datadir.temp(data) / f"export-{made_id}"
    leftover.mkdir()
    (leftover / "workbook.xlsx").write_bytes(b"half")
    datadir.remove_leftovers(data)
    assert not leftover.exists()
    do(lambda session: jobs.resume(session.get_one(Job, job_id)))
    with app.app_context():
        jobs.do_whole(db.session(), job_id, data)
    assert one(do, Job).state == "done" and list(datadir.temp(data).iterdir()) == []
    assert openpyxl.load_workbook(io.BytesIO(download(clerk, do)))
    # After a week nothing of it is kept.
    write(
        app,
        lambda session: setattr(
            session.scalars(select(PrivacyExport)).one(), "created_at", now() - timedelta(days=8)
        ),
    )
    write(app, lambda session: export_making._clean_up(session, data))
    assert list(datadir.exports(data).iterdir()) == [] and one(do, PrivacyExport).state == "gone"
    assert "not kept any more" in clerk.page(page.url).text


def test_data_that_changed_before_the_worker_came_to_it_is_not_exported(
    client_of: Clients, do: Do, customer_id: int, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "SMALL_ROWS", 0)
    clerk = client_of()
    page = clerk.submit(url(customer_id), {}, button="download")
    do(
        lambda session: records.save(
            session, session.scalars(select(Contact)).one(), {"city": "Gaspé"}, by=make.BY
        )
    )
    with app.app_context():
        jobs.do_whole(db.session(), one(do, Job).id, app.config["CARNET"].data)
    assert "The data changed while the file was made" in clerk.page(page.url).text
    assert list(datadir.exports(app.config["CARNET"].data).iterdir()) == []


def test_an_export_changes_nothing_but_the_register_the_trail_and_the_outbox(
    client_of: Clients, do: Do, customer_id: int, office: Office, config: Config
) -> None:
    mine = {"privacy_requests", "privacy_steps", "privacy_exports", "trail", "trail_head", "outbox_messages"}
    mine |= {"outbox_recipients", "outbox_attachments", "jobs", "once_tokens", "sessions", "security_events"}

    def stored(session: Any) -> dict[str, list[Any]]:
        return {
            table.name: [tuple(row) for row in session.execute(select(table))]
            for table in Base.metadata.sorted_tables
            if table.name not in mine
        }

    clerk = client_of()
    clerk.page(url(customer_id))
    before = do(stored)
    clerk.submit(url(customer_id), {}, button="mail")
    assert do(stored) == before
    assert do(lambda session: {event.event for event in session.scalars(select(SecurityEvent))}) >= {
        "privacy export"
    }


@pytest.mark.parametrize("kind", ["contacts", "customers", "vendors", "bank-accounts"])
def test_y_g1_all_four_cards_have_the_page_worded_for_their_kind(
    client_of: Clients, do: Do, kind: str, office: Office
) -> None:
    family = do(lambda session: make.make_family(session))
    ids = {
        "contacts": family.contact.id, "customers": family.customer.id,
        "vendors": family.vendor.id, "bank-accounts": family.bank_account.id,
    }  # fmt: skip
    words = {
        "contacts": "du contact",
        "customers": "du client",
        "vendors": "du fournisseur",
        "bank-accounts": "du compte bancaire",
    }
    page: Page = client_of("privacy_officer", language="fr").page(f"/{kind}/{ids[kind]}/privacy/export")
    assert page.title == f"Exporter les données de confidentialité {words[kind]}"
    assert "2 × compte bancaire" in page.text
    assert client_of("reader").get(f"/{kind}/{ids[kind]}/privacy/export").status_code == 403


def test_a_user_without_an_address_downloads(app: Flask) -> None:
    """Y-G1: the button is disabled, with the reason."""
    assert "no e-mail address" in str(exporting.no_mail_because(User(email=""), configured=True))
    assert exporting.no_mail_because(User(email="zoe@example.com"), configured=True) == ""


def test_a_person_who_is_blocked_still_gets_their_data_and_one_request_serves_all_cards(
    client_of: Clients, do: Do, customer_id: int, app: Flask
) -> None:
    """Y-H8: the export for a request goes on, begun on whichever card of the person."""
    person = do(lambda session: session.scalars(select(Contact)).one())
    do(lambda session: blocks.add(session, session.merge(person), "request", by=make.BY))
    for address in (url(customer_id), f"/contacts/{person.id}/privacy/export"):
        page = client_of("clerk").submit(address, {}, button="download")
        assert "The file is ready" in page.text and "identity not checked" in page.text
    assert (count(do, PrivacyRequest), count(do, PrivacyExport)) == (1, 2)
    book = openpyxl.load_workbook(io.BytesIO(download(client_of("clerk"), do)))
    assert "blocked for privacy" in [cell for row in book["Identity"].values for cell in row]


def test_an_export_that_waits_while_the_person_is_erased_stops_no_other_work(
    client_of: Clients, do: Do, customer_id: int, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was chosen is forgotten with the person; the worker finds nothing to do, and goes on."""
    monkeypatch.setattr(exporting, "SMALL_ROWS", 0)
    client_of("clerk").submit(url(customer_id), {}, button="download")
    job_id = one(do, Job).id

    def erased(session: Any) -> None:
        made = session.scalars(select(PrivacyExport)).one()
        made.selection, made.state = {}, "gone"

    write(app, erased)
    with app.app_context():
        worker = jobs.Worker(app, lambda language: nullcontext())
        worker._do(db.session(), job_id)
    assert (one(do, Job).state, one(do, PrivacyExport).state) == ("done", "gone")


def test_an_export_begun_on_a_bank_account_is_an_interaction_of_its_contact(
    client_of: Clients, do: Do, app: Flask
) -> None:
    family = do(lambda session: make.make_family(session))
    clerk = client_of("clerk")
    clerk.submit(f"/bank-accounts/{family.bank_account.id}/privacy/export", {}, button="download")
    download(clerk, do)
    assert one(do, Interaction).contact_id == family.contact.id
    lone = do(lambda session: make.make_bank_account(session, "Alone Bank", linked=False))
    clerk.submit(f"/bank-accounts/{lone.id}/privacy/export", {}, button="download")
    download(clerk, do)
    assert count(do, Interaction) == 1
