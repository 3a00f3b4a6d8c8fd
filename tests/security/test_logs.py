"""The log says who and what, never anything that somebody typed (R-LOG-1 to 3)."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from blueprints.common import access
from config import Config
from services import database, records
from tests.security.conftest import Raw
from tests.support import databases
from tests.support.asking import ask, events
from tests.support.client import Client
from tests.support.people import PASSWORD
from tests.support.world import World

# One value for each field of a card that takes free text; none occurs anywhere else.
PLANTED = {
    "name": "Zyxname Planted",
    "name2": "Zyxname Second",
    "address": "17 Zyxstreet",
    "address2": "Zyxfloor",
    "city": "Zyxville",
    "county": "Zyxcounty",
    "post_code": "ZYX 9Z9",
    "phone": "+1 514 555 0142",
    "mobile_phone": "+1 514 555 0143",
    "email": "zyxmail@example.com",
    "email2": "zyxsecond@example.com",
    "website": "https://zyxsite.example.com",
    "vat_no": "ZYXVAT42",
    "notes": "Zyxnotes\nof many lines",
    "job_title": "Zyxtitle",
    "salutation": "Zyxdear",
    "iban": "GB29NWBK60161331926819",
    "bic": "ZYXBFRPPXXX",
    "account_no": "99-7654321-zyx",
}
OTHERS = (
    *(
        "zyxsearch",
        "zyxlogin@example.com",
        "zyxpassword wrong",
        "zyxpath",
        "zyxsort",
        "zyxheader",
        "zyxtoken",
    ),
    *("zyxforged", "zyxfile", "zyxbody"),
)
REQUEST = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO request [A-Z]+ \S+( \S+\))?( [^=]*>)?.* record=(-|\d+)"
    r" user=(-|\d+) status=\d{3} ms=\d+( incident=[A-Z2-9]{8})?"
)


def test_nothing_that_was_typed_is_logged(
    in_office: Flask, config: Config, world: World, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-LOG-1: about thirty values in every field, searches and wrong sign-ins; 404, 409, 422, 500 and 503."""
    client = Client(in_office, role="clerk")
    statuses = {*fill_everything(client, world)}
    statuses |= {*ask_for_strange_things(client, in_office)}
    save = records.save
    for failure in (RuntimeError(PLANTED["name"]), ValueError(PLANTED["iban"]), database.Busy()):
        monkeypatch.setattr(records, "save", fails(failure))
        statuses |= {*fill_everything(client, world)}
    monkeypatch.setattr(records, "save", save)
    assert {200, 303, 400, 404, 405, 409, 422, 500, 503} <= statuses, statuses
    log = written.getvalue()
    assert log.count("status=500") >= 2 and log.count("incident=") >= 4
    secrets = [client.cookie, client.csrf_token, PASSWORD, in_office.config["SECRET_KEY"], "@example.com"]
    found = [value for value in (*words(), *secrets) if value.lower() in log.lower()]
    assert not found
    # The number of an incident is made of letters too, by chance of these.
    assert re.search("zyx", re.sub("incident=[A-Z2-9]{8}", "", log), re.IGNORECASE) is None
    # The tables that serve as logs hold none of it either.
    for name in ("security_events", "login_throttles", "jobs"):
        rows = databases.dump(config).get(name, [])
        assert "zyx" not in repr(rows).lower(), name


def test_a_line_has_all_its_facts_and_no_other(app: Flask, world: World, written: io.StringIO) -> None:
    """R-LOG-1: time, user, the pattern of the route, record, status, duration."""
    client = Client(app, role="clerk")
    client.get(f"/contacts/{world.ids['contacts']}?q=zyxsearch")
    client.get("/zyxpath/zyxname")
    lines = [line for line in written.getvalue().splitlines() if " request " in line]
    assert len(lines) == 2
    assert "GET /contacts/<int:id> record=" in lines[0] and "user=2 status=200" in lines[0]
    assert f"record={world.ids['contacts']}" in lines[0]
    assert "GET - record=- user=- status=404" in lines[1] or "user=2 status=404" in lines[1]
    for line in lines:
        assert REQUEST.fullmatch(line), line


def test_a_request_cannot_forge_a_line(app: Flask, world: World, written: io.StringIO) -> None:
    """R-LOG-2: line breaks and control characters in names, paths, parameters and headers."""
    forged = "a\n2026-01-01T00:00:00.000Z INFO zyxforged login ok\r\x1b[2J\u2028b\u0085\x00"
    client, nobody = Client(app, role="clerk"), Client(app)
    client.browser.get("/contacts", query_string={"q": forged, "sort": forged})
    client.browser.get("/zyx%0a2026-01-01%20zyxforged%20ok")
    client.browser.get("/help/x%0d%0azyxforged")
    login = {"email": forged, "password": forged, "csrf_token": nobody.csrf_token}
    client.post("/contacts/new", {"name": forged, "csrf_token": client.csrf_token})
    nobody.post("/login", login)
    lines = written.getvalue().split("\n")
    assert len(lines) == 8, lines
    assert all(line == "" or " INFO request " in line for line in lines)
    assert "zyx" not in written.getvalue()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028]", written.getvalue())


def test_the_server_forges_no_line_either(raw: Raw, world: World, written: io.StringIO) -> None:
    """R-LOG-1, R-LOG-2: what waitress refuses by itself is not repeated in the log."""
    for request in (
        b"GET /zyxforged\x00 HTTP/1.1\nHost: localhost\nConnection: close\n\n",
        b"GET /x?q=zyxsearch HTTP/1.1\nHost: localhost\nX: zyx\x0bheader\nConnection: close\n\n",
        b"POST / HTTP/1.1\nHost: localhost\nContent-Length: zyxforged\nConnection: close\n\n",
        b"zyxforged\n\n",
    ):
        assert raw(request).startswith(b"HTTP/1.")
    assert "zyx" not in written.getvalue()


# -- security events (R-LOG-3) --------------------------------------------------------------------------------

Act = Callable[[Flask, World], Any]


def sign_in(app: Flask, _world: World, password: str = PASSWORD) -> None:
    browser = Client(app)
    typed = {"email": "clerk@example.com", "password": password, "csrf_token": browser.csrf_token}
    assert browser.post("/login", typed).status_code == (303 if password == PASSWORD else 422)


def sign_in_wrongly(app: Flask, world: World) -> None:
    sign_in(app, world, "not the right horse")


def sign_out(app: Flask, _world: World) -> None:
    assert ask(Client(app, role="clerk"), "POST", "/logout").status_code == 303


def ask_what_is_not_allowed(app: Flask, _world: World) -> None:
    assert Client(app, role="clerk").get("/settings/users").status_code == 403


def forge(app: Flask, _world: World) -> None:
    assert ask(Client(app, role="clerk"), "POST", "/contacts/new", token="forged").status_code == 400


def change_role(app: Flask, _world: World) -> None:
    Client(app, role="admin").submit("/settings/users/4", {"clerk": "y"}, of="clerk")


def change_settings(app: Flask, _world: World) -> None:
    Client(app, role="admin").submit("/settings/company", {"city": "Laval"}, of="city")


def make_backup(app: Flask, _world: World) -> None:
    assert ask(Client(app, role="admin"), "POST", "/settings/backup").status_code == 303


def fetch_backup(app: Flask, world: World) -> None:
    assert Client(app, role="admin").get(f"/settings/backup/{world.ids['backup']}").status_code == 200


@pytest.mark.parametrize(
    "act, event",
    [
        (sign_in, "signed in"),
        (sign_in_wrongly, "sign-in failed"),
        (sign_out, "signed out"),
        (ask_what_is_not_allowed, "refused"),
        (forge, "csrf refused"),
        (change_role, "role changed"),
        (change_settings, "settings changed"),
        (make_backup, "backup made"),
        (fetch_backup, "backup downloaded"),
    ],
)
def test_each_event_is_recorded_once(app: Flask, world: World, act: Act, event: str) -> None:
    """R-LOG-3."""
    before = len(events(app))
    act(app, world)
    assert events(app)[before:] == [event]


def test_throttling_is_recorded(app: Flask, world: World) -> None:
    """R-LOG-3: five failures, and the wait that follows them."""
    before = len(events(app))
    for _ in range(5):
        sign_in_wrongly(app, world)
    assert events(app)[before:] == ["sign-in failed"] * 5 + ["throttled"]


def test_reading_and_saving_are_no_security_events(app: Flask, world: World) -> None:
    """R-LOG-3: the table stays short enough to be read."""
    before = events(app)
    client = Client(app, role="clerk")
    client.page("/contacts")
    client.submit(f"/contacts/{world.ids['contacts']}/address/edit", {"city": "Laval"}, of="seen")
    assert events(app) == before


def test_an_event_that_cannot_be_recorded_keeps_nobody_from_the_answer(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-LOG-3: a refusal stays a refusal while the database is busy."""
    monkeypatch.setattr(access.accounts, "note_event", fails(database.Busy()))
    assert Client(app, role="clerk").get("/settings/users").status_code == 403


# -- helpers --------------------------------------------------------------------------------------------------


def fill_everything(client: Client, world: World) -> list[int]:
    """Type the planted values in every form for cards, rightly, wrongly and too late; the statuses."""
    statuses = []
    for kind in ("contacts", "customers", "vendors", "bank-accounts"):
        id_ = world.ids[kind.replace("-", "_")]
        card = client.page(f"/{kind}/{id_}")
        edits = sorted({node["href"] for node in card.all("a") if node.get("href").endswith("/edit")})
        for url in (f"/{kind}/new", *edits):
            page = client.page(url)
            form = page.form(of="seen") if url.endswith("/edit") else page.form()
            values = form.filled({name: value for name, value in PLANTED.items() if name in form.names})
            wrong = {name: f"zyx \x01 {value}" for name, value in PLANTED.items() if name in form.names}
            statuses += [
                client.post(form.action, {**values, **wrong}).status_code,
                client.post(
                    form.action, {**values, **dict.fromkeys(("email", "iban"), "zyx nonsense")}
                ).status_code,
                client.post(form.action, values).status_code,
            ]
            if "seen" in values:
                late = {**values, "seen": ["{}"], "city": ["Zyxelsewhere"], "phone": ["+1 514 555 0199"]}
                statuses.append(client.post(form.action, late).status_code)
    return statuses


def ask_for_strange_things(client: Client, app: Flask) -> list[int]:
    """Search, ask for what is not there, send what cannot be read, and sign in wrongly; the statuses."""
    nobody = Client(app)
    wrong = {
        "email": "zyxlogin@example.com",
        "password": "zyxpassword wrong",
        "csrf_token": nobody.csrf_token,
    }
    answers = [
        *(
            client.get(f"/{place}?q={word}")
            for place in ("contacts", "go", "lookup/companies")
            for word in words()
        ),
        client.get("/zyxpath/Zyxname"),
        client.get("/contacts/zyxpath"),
        client.get("/contacts?sort=zyxsort&city=Zyxville"),
        client.get("/static/zyxfile.css"),
        client.get("/invite/zyxtoken" + "x" * 40),
        client.get("/contacts", headers={"User-Agent": "zyxheader", "Referer": "http://localhost/zyxheader"}),
        client.get("/contacts", headers={"Cookie": "carnet=zyxtoken; other=zyxheader"}),
        client.get("/contacts", headers={"Host": "zyxheader.example"}),
        client.post("/contacts", {"name": "zyxbody"}),
        client.post("/contacts/new", {"name": "zyxbody", "csrf_token": "zyxtoken"}),
        client.post("/contacts/new?csrf_token=zyxtoken", data={}),
        nobody.get("/contacts?q=zyxsearch"),
        nobody.post("/login?next=/zyxpath", wrong),
        upload(client),
    ]
    return [answer.status_code for answer in answers]


def upload(client: Client) -> Any:
    form = client.page("/import").form()
    file = (io.BytesIO(b"PK\x03\x04 zyxbody"), "zyxfile.xlsx")
    return client.post("/import", {**form.values, "file": file}, content_type="multipart/form-data")


def words() -> list[str]:
    """The planted values, line by line."""
    return [line for value in (*PLANTED.values(), *OTHERS) for line in value.splitlines()]


def fails(failure: Exception) -> Any:
    def fail(*_args: Any, **_how: Any) -> None:
        raise failure

    return fail
