"""How much, how often, and which values of parameters are taken (R-WEB-6, 8, 9)."""

import io
from typing import Any

import pytest
from flask import Flask

from blueprints.imports import routes as imports
from config import BODY_LIMIT, FORM_LIMIT, FORM_PARTS, Config
from models import UserSession
from services import limits
from tests.support import databases
from tests.support.asking import BESIDE, POSTS, Cell, address, assert_headers, case
from tests.support.client import HTMX, Client
from tests.support.pages import Page, check
from tests.support.people import BY_ROLE
from tests.support.threads import read
from tests.support.world import World

LISTS = ("contacts", "customers", "vendors", "bank-accounts")
HOSTILE = (
    *("(case when 1=1 then name else email end)", "name; drop table contacts", "-1", "1e9", "abc", "'", '"'),
    *(
        "%",
        "_",
        "\\",
        "\u202e",
        "\u0000",
        "9" * 40,
        "<script>",
        "{{7*7}}",
        "à" * 300,
        "*",
        "OR",
        "NEAR(",
        "(",
        "^",
    ),
)
PARAMETERS = (
    "sort",
    "after",
    "before",
    "q",
    "page",
    "columns",
    "country",
    "salesperson",
    "blocked",
    "created",
)
IMPORT = "imports.upload"


# -- how much (R-WEB-8) ---------------------------------------------------------------------------------------


def test_the_limits_are_the_promised_ones() -> None:
    """R-WEB-8, R-WEB-9."""
    assert (BODY_LIMIT, FORM_LIMIT, FORM_PARTS) == (2 * 1024 * 1024, 500_000, 1000)
    assert limits.RATES == {"search": (20, 1.0), "export": (6, 60.0), "mail": (10, 60.0)}


@pytest.mark.parametrize("cell", POSTS, ids=case)
def test_a_body_that_is_too_large_is_413_everywhere(
    app: Flask, config: Config, world: World, cell: Cell
) -> None:
    """R-WEB-8: before anything of it is read, for nobody and for who may."""
    endpoint = cell[2]
    url = address(app, world, endpoint, "POST")
    length = str((11 if endpoint == IMPORT else 2) * 1024 * 1024 + 1)
    before = databases.dump(config, without=BESIDE)
    for client in (Client(app), Client(app, role="admin")):
        for htmx in ({}, HTMX):
            response = client.browser.post(
                url,
                input_stream=io.BytesIO(b"csrf_token="),
                headers=htmx,
                environ_overrides={"CONTENT_LENGTH": length},
                content_type="application/x-www-form-urlencoded",
            )
            assert response.status_code == 413, response.status_code
            assert_headers(response)
    assert databases.dump(config, without=BESIDE) == before


@pytest.mark.parametrize(
    "values",
    [
        {"notes": "x" * (FORM_LIMIT + 1)},
        {f"field{number}": "x" for number in range(FORM_PARTS + 1)},
    ],
    ids=["field", "parts"],
)
def test_a_form_with_too_much_in_it_is_413(
    app: Flask, config: Config, world: World, values: dict[str, str]
) -> None:
    """R-WEB-8: 500 kB, 1000 parts, with and without a file."""
    client = Client(app, role="clerk")
    sent = {**values, "csrf_token": client.csrf_token}
    before = databases.dump(config, without=BESIDE)
    for url in ("/contacts/new", f"/contacts/{world.ids['contacts']}/notes", "/import"):
        for kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
            response = client.post(url, sent, content_type=kind)
            assert response.status_code == 413, f"{url} {kind}: {response.status_code}"
            assert_headers(response)
    assert databases.dump(config, without=BESIDE) == before


def test_a_file_may_be_larger_than_a_form(app: Flask, world: World) -> None:
    """R-WEB-8: an import is read up to 10 MB; 422 says that this one is no workbook."""
    client = Client(app, role="clerk")
    form = client.page("/import").form()
    file = (io.BytesIO(b"x" * (3 * 1024 * 1024)), "rows.xlsx")
    response = client.post("/import", {**form.values, "file": file}, content_type="multipart/form-data")
    assert response.status_code == 422, response.status_code


def test_a_text_over_its_limit_is_422_and_never_cut(app: Flask, config: Config, world: World) -> None:
    """R-WEB-8, R-TXT-1: every text field of every form that makes a card, ten thousand characters."""
    client = Client(app, role="clerk")
    for kind in LISTS:
        form = client.page(f"/{kind}/new").form()
        texts = [
            node["name"]
            for node in form.node.walk()
            if node.tag in ("input", "textarea")
            and node.get("type", "text") in ("text", "email", "tel", "url")
        ]
        assert len(texts) >= 5
        before = databases.dump(config, without=BESIDE)
        for name in texts:
            response = client.send(form, {"name": "Long Ltd"} | {name: "x" * 10_001})
            assert response.status_code == 422, f"{kind} {name}: {response.status_code}"
        assert databases.dump(config, without=BESIDE) == before


# -- how often (R-WEB-9) --------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/lookup/companies", "/lookup/unlinked-vendors/all", "/lookup/go"])
def test_too_many_searches_are_429(
    app: Flask, world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-WEB-9: 20 a second for each session; the others go on, and after the wait this one too."""
    moment = [100.0]
    monkeypatch.setattr(limits.time, "monotonic", lambda: moment[0])
    client, other = Client(app, role="clerk"), Client(app, role="admin")
    answers = [client.get(f"{url}?q=a") for _ in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert answers[-1].headers["Retry-After"] == "1"
    assert_headers(answers[-1])
    fragment = client.get(f"{url}?q=a", headers=HTMX)
    assert (fragment.status_code, fragment.headers["HX-Retarget"]) == (429, "#messages")
    assert other.get(f"{url}?q=a").status_code == 200
    assert client.get("/contacts?q=a").status_code == 200
    moment[0] += 1.01
    assert client.get(f"{url}?q=a").status_code == 200


def test_one_file_is_read_at_a_time(app: Flask, config: Config, world: World) -> None:
    """R-WEB-9: a second file of the same browser meanwhile is 429; another person's is read."""
    client = Client(app, role="clerk")
    form = client.page("/import").form()
    of_clerk = read(
        app,
        lambda session: session.query(UserSession).filter_by(user_id=BY_ROLE["clerk"].id).one().id,
    )
    before = databases.dump(config, without=BESIDE)
    imports._reading.add(of_clerk)
    try:
        response = upload(client, form.values)
        assert response.status_code == 429 and int(response.headers["Retry-After"]) > 0
        assert databases.dump(config, without=BESIDE) == before
        other = Client(app, role="admin")
        assert upload(other, other.page("/import").form().values).status_code == 303
    finally:
        imports._reading.discard(of_clerk)
    assert upload(client, form.values).status_code == 303


def upload(client: Client, values: dict[str, Any]) -> Any:
    file = (io.BytesIO(b"name;city\nQuick;Lyon\n"), "rows.csv")
    return client.post("/import", {**values, "file": file}, content_type="multipart/form-data")


# -- parameters (R-WEB-6) -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_lists_take_only_what_they_offer(app: Flask, world: World, name: str) -> None:
    """R-WEB-6: a list, 400, or 422 for what cannot be searched; never 500; hostile words are only words."""
    client = Client(app, role="clerk")
    for place, parameter in enumerate(PARAMETERS):
        for number, value in enumerate(HOSTILE):
            # Every value is searched for; the other parameters share them out.
            if parameter not in ("q", "sort") and number % 3 != place % 3:
                continue
            response = client.browser.get(f"/{name}", query_string={parameter: value})
            assert response.status_code in (200, 400, 422), f"{parameter}={value}: {response.status_code}"
            if response.status_code == 200 and parameter == "q":
                check(Page(response, f"/{name}?{parameter}"))
            assert parameter != "sort" or response.status_code == 400


@pytest.mark.parametrize(
    "url", ["/activity", "/bin", "/jobs", "/contacts/{contacts}/history", "/import/{imports}"]
)
def test_other_lists_take_only_what_they_offer(app: Flask, world: World, url: str) -> None:
    """R-WEB-6."""
    client = Client(app, role="clerk")
    for place, parameter in enumerate(("before", "after", "show")):
        for value in HOSTILE[place::3]:
            response = client.browser.get(url.format(**world.ids), query_string={parameter: value})
            assert response.status_code in (200, 302, 400, 404, 422), (
                f"{parameter}={value}: {response.status}"
            )


def test_suggestions_take_hostile_words(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-WEB-6: they are words to find, and nothing else."""
    monkeypatch.setattr(limits, "take", lambda *_what: None)
    client = Client(app, role="clerk")
    for value in HOSTILE:
        for url in ("/lookup/companies", "/lookup/go", "/lookup/unlinked-customers/all", "/go"):
            response = client.browser.get(url, query_string={"q": value})
            assert response.status_code in (200, 302, 303, 400, 422), f"{url} {value}: {response.status}"
