"""The home page: greeting, tiles, reminder of the setup, latest changes; and the watcher's answer (U-S1)."""

import os
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from config import Config
from models import ImportBatch, Job, User
from tests.documents.support import make_document, make_issued
from tests.home.support import Do, change, make
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.databases import dump, plain_engine
from tests.support.factories import make_contact, make_family


def tiles(client: Client) -> dict[str, tuple[str, str]]:
    """Label of each tile, with its number and address."""
    found = {}
    for tile in client.page("/").main.all("a", css="tile"):
        found[tile.one("span").text] = (tile.one("strong").text, tile["href"])
    return found


@pytest.mark.parametrize(
    ("hour", "greeting"),
    [
        (4, "Good evening, Claude"),
        (9, "Good morning, Claude"),
        (15, "Good morning, Claude"),
        (16, "Good afternoon, Claude"),
        (21, "Good afternoon, Claude"),
        (22, "Good evening, Claude"),
    ],
)
def test_the_greeting_follows_the_clock_of_the_office(
    clock: Clock, client_of: Callable[..., Client], hour: int, greeting: str
) -> None:
    """R-TIME-1: UTC hours; the office is four hours behind in June."""
    clock.set(2026, 6, 15, hour)
    page = client_of("clerk").page("/")
    assert page.title == greeting
    assert ("Sunday, June 14, 2026" if hour < 4 else "June 15, 2026") in page.main.text


def test_tiles_count_and_lead_to_their_lists(do: Do, client: Client) -> None:
    """Home: each tile is a link; zero tiles stay, told apart by more than colour."""
    do(make_family)
    found = tiles(client)
    assert found == {
        "Contacts": ("2", "/contacts"),
        "Customers": ("1", "/customers"),
        "Vendors": ("1", "/vendors"),
        "Bank accounts": ("2", "/bank-accounts"),
        "Draft invoices": ("0", "/sales/invoices?state=draft"),
        "Invoices overdue": ("0", "/sales/invoices?state=overdue"),
        "E-mails not sent": ("0", "/outbox"),
        "Jobs running": ("0", "/jobs"),
        "Imports to look at": ("0", "/import"),
    }
    assert len(client.page("/").main.all("a", css="zero")) == 5


def test_u_h1_invoices_that_wait_are_counted_and_lead_to_the_filtered_list(do: Do, client: Client) -> None:
    """Drafts and overdue invoices; a paid or a young one is neither."""

    def work(session: Session) -> None:
        make_document(session)
        make_issued(session, document_date=date(2026, 1, 5), due_date=date(2026, 1, 20))
        make_issued(session, document_date=date(2026, 1, 6), due_date=date(2099, 1, 1))

    do(work)
    found = tiles(client)
    assert (found["Draft invoices"][0], found["Invoices overdue"][0]) == ("1", "1")
    for label in ("Draft invoices", "Invoices overdue"):
        assert len(client.page(found[label][1]).main.one("tbody").all("tr")) == 1


def test_work_that_waits(do: Do, client: Client, client_of: Callable[..., Client]) -> None:
    """Home: jobs at work and imports not run yet: one's own, and for an administrator all."""

    def work(session: Session) -> None:
        session.add(Job(kind="import", state="running", created_by=1))
        session.add(Job(kind="import", state="done", created_by=2))
        session.add(ImportBatch(kind="contact", state="checked", sha256="0" * 64, created_by=2))
        session.add(ImportBatch(kind="contact", state="done", sha256="1" * 64, created_by=2))

    do(work)
    assert (tiles(client)["Jobs running"][0], tiles(client)["Imports to look at"][0]) == ("0", "1")
    admin = tiles(client_of("admin"))
    assert (admin["Jobs running"][0], admin["Imports to look at"][0]) == ("1", "1")


def test_a_reader_sees_only_what_a_reader_may(do: Do, client_of: Callable[..., Client]) -> None:
    """R-PERM: no buttons, jobs, imports or setup for who may not use them."""
    do(make_family)
    page = client_of("reader").page("/")
    assert set(tiles(client_of("reader"))) == {"Contacts", "Customers", "Vendors", "Bank accounts"}
    assert not [
        link for link in page.links if link.endswith("/new") or link.startswith(("/settings", "/bin"))
    ]


def test_an_empty_book_says_where_to_begin(client: Client, client_of: Callable[..., Client]) -> None:
    """U-X11: what it is, why empty, and the next step for who may take it."""
    page = client.page("/")
    assert "The address book is still empty" in page.main.text and "/import" in page.links
    assert "/import" not in client_of("reader").page("/").links


def test_the_setup_reminder(do: Do, client: Client, client_of: Callable[..., Client]) -> None:
    """U-S1: for administrators, with the number of steps done; hidden for good by its user only."""
    assert "Setup:" not in client.page("/").text
    admin = client_of("admin")
    page = admin.page("/")
    assert "of 10 done" in page.main.text and "/settings" in page.links
    after = admin.submit("/", {})
    assert (
        "What is left to set up stays under Settings." in after.text and "of 10 done" not in after.main.text
    )
    assert "of 10 done" not in admin.page("/").main.text
    do(lambda session: setattr(session.get_one(User, 2), "is_admin", True))
    assert "of 10 done" in client.page("/").main.text


def test_only_administrators_hide_the_reminder(client: Client) -> None:
    """R-PERM-1."""
    assert client.post("/hide-setup", {"csrf_token": client.csrf_token}).status_code == 403
    assert client.get("/hide-setup").status_code == 405


def test_latest_changes(do: Do, client: Client) -> None:
    """One line for a save, whatever number of cards it reached."""
    family = do(make_family)
    change(do, family.customer, phone="514 555-0199")
    first = client.page("/").main.one("ol", css="timeline").all("li")[0]
    assert first.text.startswith("Phone changed on customer C00001 Family Ltd and 5 linked cards Phone: ")
    assert "04 72 00 00 00 → 514 555-0199" in first.text and "Claude Clerk" in first.text
    assert first.one("a", href=f"/customers/{family.customer.id}").text == "customer C00001"


def test_health(app: Flask) -> None:
    """Open to programs that watch: 200 while the database answers, and nothing about anybody."""
    answer = Client(app).get("/healthz")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "ok\n", "text/plain")


def test_health_without_a_database(app: Flask, config: Config) -> None:
    """503 with Retry-After when the database does not answer, and well again when it does."""
    browser = Client(app)
    assert browser.get("/healthz").status_code == 200
    change_tables(config, "ALTER TABLE office RENAME TO office_away")
    answer = browser.get("/healthz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert (answer.text, answer.mimetype) == ("the database does not answer\n", "text/plain")
    change_tables(config, "ALTER TABLE office_away RENAME TO office")
    assert browser.get("/healthz").status_code == 200


def change_tables(config: Config, statement: str) -> None:
    engine = plain_engine(config)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.skipif(
    os.environ.get("CARNET_TEST_DATABASE") == "postgresql", reason="PostgreSQL has no file to lose"
)
def test_health_without_the_database_file(app: Flask, config: Config) -> None:
    """R-DUR: a deleted file is noticed although SQLite would go on with it."""
    browser = Client(app)
    assert browser.get("/healthz").status_code == 200
    file = config.database_file
    assert file is not None
    file.rename(file.with_suffix(".away"))
    assert browser.get("/healthz").status_code == 503
    file.with_suffix(".away").rename(file)


def test_looking_writes_nothing(do: Do, client: Client, config: Config) -> None:
    """A GET leaves the database as it is."""
    make(do, make_contact)
    client.page("/")
    before = dump(config)
    for url in ("/", "/activity", "/go?q=example", "/healthz", "/help/start", "/bin"):
        assert client.get(url).status_code in (200, 303)
    assert dump(config) == before
