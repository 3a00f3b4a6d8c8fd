"""What goes wrong is told on a page or in a line, with nothing of the inside, and nothing is half saved."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from config import Config
from services import database, records, search
from tests.support import databases
from tests.support.asking import BESIDE, ask, assert_headers
from tests.support.client import HTMX, Client
from tests.support.pages import Page, check
from tests.support.people import PASSWORD
from tests.support.world import World

INCIDENT = re.compile(r"\b[A-HJ-NP-Z2-9]{8}\b")
SECRET = "Benoit Plante"
INSIDE = (
    SECRET,
    "Traceback",
    "RuntimeError",
    "IntegrityError",
    "SELECT",
    ".py",
    "/work",
    "site-packages",
    "sqlite",
)
FAILURES = [
    RuntimeError(f"no such person: {SECRET}"),
    KeyError(SECRET),
    IntegrityError(f"SELECT {SECRET}", {"name": SECRET}, Exception(SECRET)),
    ProgrammingError(f"SELECT {SECRET}", {"name": SECRET}, Exception(SECRET)),
    RecursionError(SECRET),
]


def name_of(failure: Exception) -> str:
    return type(failure).__name__


# -- 500 ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", FAILURES, ids=name_of)
def test_what_is_unexpected_is_500_with_a_number(
    in_office: Flask, config: Config, world: World, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Common answers: no trace, no query, no path; what the save had done is undone."""
    save = records.save

    def save_and_fail(*args: Any, **how: Any) -> None:
        save(*args, **how)
        raise failure

    client = Client(in_office, role="clerk")
    url = f"/contacts/{world.ids['contacts']}/address"
    form = client.page(f"{url}/edit").form(of="seen")
    before = databases.dump(config, without=BESIDE)
    monkeypatch.setattr(records, "save", save_and_fail)
    values = form.filled({"city": "Elsewhere"})
    page = check(Page(client.post(url, values), url), 500)
    assert page.is_whole and "nothing was saved" in page.text
    fragment = check(Page(client.post(url, values, headers=HTMX), url), 500)
    assert not fragment.is_whole and fragment.headers["HX-Retarget"] == "#messages"
    numbers = [INCIDENT.findall(answer.text) for answer in (page, fragment)]
    assert all(numbers) and numbers[0] != numbers[1]
    for answer in (page, fragment):
        assert not [inside for inside in INSIDE if inside in answer.markup.replace("/static/", "")]
    assert databases.dump(config, without=BESIDE) == before
    monkeypatch.setattr(records, "save", save)
    assert client.post(url, values).status_code == 303


def test_a_failing_template_is_still_an_answer(
    in_office: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Common answers: when the page of the error fails too, the number is left."""
    client = Client(in_office, role="clerk")
    monkeypatch.setattr(in_office.jinja_env, "get_or_select_template", None)
    response = client.get("/contacts")
    assert response.status_code == 500
    assert re.fullmatch(r"500 [A-HJ-NP-Z2-9]{8}", response.get_data(as_text=True))
    assert_headers(response)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_there_is_no_debugger(in_office: Flask, world: World, language: str) -> None:
    """R-SEC-3."""
    client = Client(in_office, role="admin", language=language)
    for url in ("/console", "/contacts?__debugger__=yes&cmd=resource&f=debugger.js"):
        response = client.get(url)
        assert b"debugger.js" not in response.data.replace(b"f=debugger.js", b"")
    assert client.get("/console").status_code == 404
    assert not in_office.debug


# -- 503 ------------------------------------------------------------------------------------------------------


@pytest.fixture
def busy(app: Flask, config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another writer does not let go."""
    if not config.is_sqlite:
        pytest.skip("PostgreSQL has many writers at once")
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with database._write_lock:
            held.set()
            done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    yield
    done.set()
    thread.join(10)


def test_a_busy_database_keeps_what_was_typed(
    app: Flask, config: Config, world: World, request: pytest.FixtureRequest
) -> None:
    """Common answers: 503 with Retry-After, the typed values in a form, and no partial write."""
    client = Client(app, role="clerk")
    url = f"/contacts/{world.ids['contacts']}/address"
    values = client.page(f"{url}/edit").form(of="seen").filled({"city": "Elsewhere", "address": "1 <b> & Co"})
    before = databases.dump(config, without=BESIDE)
    request.getfixturevalue("busy")
    page = check(Page(client.post(url, values), url), 503)
    assert int(page.headers["Retry-After"]) > 0
    kept = page.form().values
    assert (kept["city"], kept["address"]) == (["Elsewhere"], ["1 <b> & Co"])
    assert kept["seen"] == values["seen"]
    fragment = check(Page(client.post(url, values, headers=HTMX), url), 503)
    assert fragment.headers["HX-Retarget"] == "#messages" and int(fragment.headers["Retry-After"]) > 0
    assert client.get(f"/contacts/{world.ids['contacts']}").status_code == 200, "reading goes on"
    assert databases.dump(config, without=BESIDE) == before


def test_the_form_of_a_busy_page_saves_later(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Common answers: “Try again” sends the same once more."""
    client = Client(app, role="clerk")
    url = f"/contacts/{world.ids['contacts']}/address"
    values = client.page(f"{url}/edit").form(of="seen").filled({"city": "Elsewhere"})
    with monkeypatch.context() as patched:
        patched.setattr(records, "save", fails(locked()))
        form = check(Page(client.post(url, values), url), 503).form()
    response = client.send(form)
    assert response.status_code == 303
    assert "Elsewhere" in client.page(f"/contacts/{world.ids['contacts']}").text


def test_passwords_are_not_kept_on_a_busy_page(
    app: Flask, world: World, request: pytest.FixtureRequest
) -> None:
    """Common answers: typed values stay, secrets do not."""
    client = Client(app, role="clerk")
    token = client.csrf_token
    request.getfixturevalue("busy")
    sent = {"old_password": PASSWORD, "password": "my new horse 22", "csrf_token": token}
    response = client.post("/account/password", sent)
    assert response.status_code == 503
    assert "horse" not in response.get_data(as_text=True)


@pytest.mark.parametrize(
    "said", ["database is locked", "database or disk is full", "attempt to write a readonly"]
)
def test_full_and_read_only_disks_are_503(
    app: Flask, world: World, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Common answers, R-DUR-5: reading and writing."""
    client = Client(app, role="clerk")
    url = f"/contacts/{world.ids['contacts']}/address"
    monkeypatch.setattr(records, "save", fails(locked(said)))
    monkeypatch.setattr(search, "find", fails(locked(said)))
    form = client.page(f"{url}/edit").form(of="seen")
    for response in (client.post(url, form.filled({"city": "x"})), client.get("/go?q=anything")):
        assert response.status_code == 503 and int(response.headers["Retry-After"]) > 0
        assert said not in response.get_data(as_text=True)
        assert_headers(response)


def fails(failure: Exception) -> Any:
    def fail(*_args: Any, **_how: Any) -> None:
        raise failure

    return fail


def locked(said: str = "database is locked") -> OperationalError:
    return OperationalError(f"UPDATE {SECRET}", {"name": SECRET}, Exception(said))


# -- refusals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "status, role, method, url",
    [
        (403, "reader", "GET", "/settings"),
        (403, "reader", "POST", "/contacts/{contacts}/address"),
        (404, "clerk", "GET", "/nowhere"),
        (404, "clerk", "GET", "/contacts/999999"),
        (404, "clerk", "POST", "/contacts/999999/address"),
        (405, "clerk", "POST", "/contacts"),
        (405, "clerk", "GET", "/contacts/{contacts}/address/changes"),
        (400, "clerk", "GET", "/contacts?sort=x"),
    ],
)
def test_a_refusal_is_a_page_or_a_line(
    app: Flask, world: World, status: int, role: str, method: str, url: str, language: str
) -> None:
    """Common answers: a whole page with a way on; for htmx a line where messages go."""
    client = Client(app, role=role, language=language)
    url = url.format(**world.ids)
    page = check(Page(ask(client, method, url), url), status, language=language)
    assert page.is_whole and page.title and "/" in page.links
    fragment = check(Page(ask(client, method, url, htmx=True), url), status, language=language)
    assert not fragment.is_whole and fragment.text
    assert fragment.headers["HX-Retarget"] == "#messages" and fragment.headers["HX-Reswap"] == "innerHTML"
    if status == 405:
        assert "Allow" in page.headers and "Allow" in fragment.headers


def test_refusals_say_nothing_of_what_was_asked(app: Flask, world: World) -> None:
    """Common answers: the address, the query and what was typed are not repeated."""
    client = Client(app, role="clerk")
    for response in (
        client.get("/Plante-Benoit"),
        client.get("/contacts/999999?q=Plante"),
        client.post("/contacts", {"name": "Plante"}),
        client.post("/contacts/new", {"name": "Plante"}),
        client.get("/contacts?sort=Plante"),
    ):
        assert response.status_code in (400, 404, 405)
        assert "Plante" not in response.get_data(as_text=True)
