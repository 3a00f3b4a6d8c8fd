"""Every address, asked as nobody and as each role: R-PERM-1 to 5, R-WEB-1, 2, 6, 7 and the common answers."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.test import TestResponse

from config import Config
from models import BankAccount, SecurityEvent, User, UserSession, Vendor
from services import checks, sync
from tests.conftest import close
from tests.support import databases
from tests.support.client import HTMX, Client
from tests.support.databases import Databases
from tests.support.pages import HEADERS, Page, check
from tests.support.people import BY_ROLE, ROLES
from tests.support.routes import LIST, cells, listed
from tests.support.threads import read, write
from tests.support.world import ACCOUNT_IBAN, VENDOR_IBAN, World, make_world

# The table of rights, typed out a second time on purpose: who may use what.
EVERYBODY = set(ROLES)
MAY = {
    "view_cards": EVERYBODY,
    "history": EVERYBODY,
    "help": EVERYBODY,
    "account": EVERYBODY,
    "edit_cards": {"admin", "clerk"},
    "edit_bank": {"admin", "clerk"},
    "delete_cards": {"admin", "clerk"},
    "import": {"admin", "clerk"},
    "jobs": {"admin", "clerk"},
    "settings": {"admin"},
    "users": {"admin"},
    "backup": {"admin"},
}
CELLS = cells()
GUARDED = [cell for cell in CELLS if cell[1] != "open"]
POSTS = [cell for cell in CELLS if cell[0] == "POST"]
WITH_ID = [cell for cell in GUARDED if "<int:id>" in cell[3]]
# After the first who may, the record is gone or the import runs.
ONLY_ONCE = ("contacts.unlink", "imports.discard", "imports.undo", "account.logout")
# What a request may write although it is refused: its session's time, and the event.
BESIDE = ("sessions", "security_events")
IMPOSSIBLE_IDS = ("999999", "0", "-1", "abc", "1.5", "9223372036854775808", "99999999999999999999999", "1%00")


def case(cell: tuple[str, str, str, str]) -> str:
    return f"{cell[0]} {cell[2]}"


@pytest.fixture(scope="module")
def kept_world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return {"folder": tmp_path_factory.mktemp("world") / "kept", "world": None}


@pytest.fixture
def world(app: Flask, config: Config, kept_world: dict[str, Any]) -> World:
    """One of everything, made once and brought back for each test."""
    if kept_world["world"] is None:
        kept_world["world"] = make_world(app, config)
        close(app)
        databases.keep(config, kept_world["folder"], "world")
    else:
        close(app)
        databases.bring_back(config, kept_world["folder"], "world")
    made: World = kept_world["world"]
    return made


def address(app: Flask, world: World, endpoint: str, method: str, **other: Any) -> str:
    """The address of an endpoint with arguments that exist, but for those given."""
    (rule,) = [
        rule
        for rule in app.url_map.iter_rules(endpoint)
        if method in (rule.methods or ()) and (rule.arguments or not other)
    ][:1]
    values = {
        **world.arguments(endpoint, rule.arguments),
        **{k: v for k, v in other.items() if k in rule.arguments},
    }
    found = str(rule)
    for name, value in values.items():
        found = re.sub(rf"<(?:[^<>]*:)?{name}>", str(value), found)
    assert "<" not in found, found
    return found


def ask(
    client: Client,
    method: str,
    url: str,
    *,
    htmx: bool = False,
    token: str | None = "",
    typed: dict[str, str] | None = None,
) -> TestResponse:
    """The bare answer; a POST carries the session's own token unless another is given (None: no token)."""
    headers = dict(HTMX) if htmx else {}
    if method == "GET":
        return client.get(url, headers=headers)
    data = {} if token is None else {"csrf_token": token or client.csrf_token}
    return client.post(url, {**data, **(typed or {})}, headers=headers)


# -- the list ---------------------------------------------------------------------------------------------


def test_the_list_of_routes_is_complete(app: Flask) -> None:
    """R-PERM-1: renew it with python -m tests.support.routes > tests/route_list.txt and read the difference."""
    assert listed(app) == LIST.read_text()


def test_every_permission_is_one_of_the_table() -> None:
    assert {permission for _method, permission, _endpoint, _rule in GUARDED} <= set(MAY)
    open_ones = {endpoint for _method, permission, endpoint, _rule in CELLS if permission == "open"}
    assert open_ones == {"static", "home.healthz", "account.setup", "account.login", "account.invite"}


def test_a_route_without_permission_does_not_start(config: Config) -> None:
    """R-PERM-1."""
    from blueprints.common import access

    strange = Flask("strange")
    strange.add_url_rule("/open-door", "door", lambda: "come in")
    rules = dict(access.RULES)
    with pytest.raises(RuntimeError, match="door"):
        access.check_routes(strange)
    access.RULES.clear()
    access.RULES.update(rules)


def test_no_address_changes_anything_by_get() -> None:
    """State changes are POST, and only POST: an address that does something has no GET of the same view."""
    both = {endpoint for method, _p, endpoint, _r in CELLS if method == "GET"}
    both &= {endpoint for method, _p, endpoint, _r in CELLS if method == "POST"}
    assert both <= {"account.login", "account.setup", "account.confirm", "account.invite"}


# -- each cell of the table (R-PERM-1) -----------------------------------------------------------------------


@pytest.mark.parametrize("cell", GUARDED, ids=case)
def test_each_role_gets_what_the_table_says(
    app: Flask, config: Config, world: World, cell: tuple[str, ...]
) -> None:
    """R-PERM-1, 100 % of cells: the refused first, who change nothing; then those who may."""
    method, permission, endpoint, _rule = cell
    url = address(app, world, endpoint, method)
    refused = [role for role in ROLES if role not in MAY[permission]]
    before = databases.dump(config, without=BESIDE)
    nobody(app, method, url)
    for role in refused:
        client = Client(app, role=role)
        for htmx in (False, True):
            response = ask(client, method, url, htmx=htmx)
            assert response.status_code == 403, f"{role}: {response.status_code}"
            assert_headers(response)
    assert databases.dump(config, without=BESIDE) == before
    if refused:
        assert events(app).count("refused") == 2 * len(refused)
    clients = [Client(app, role=role) for role in sorted(MAY[permission])]
    if endpoint in ONLY_ONCE:
        clients = clients[:1]
    for client in clients:
        response = ask(client, method, url, typed={"country": "CA"})
        # An empty form is asked again (422), or is none that Carnet made (400).
        assert response.status_code in (200, 302, 303, 400, 409, 422), response.status_code
        if endpoint != "account.logout":
            assert not (response.location or "").startswith(("/login", "/confirm"))
        assert_headers(response)


def nobody(app: Flask, method: str, url: str) -> None:
    """Not signed in: 302 to the sign-in page; htmx gets 401 and keeps what was typed."""
    client = Client(app)
    response = ask(client, method, url, token=None)
    assert response.status_code == 302 and response.location.startswith("/login"), response.status_code
    if method == "GET" and url != "/":
        assert response.location == f"/login?next={url.replace('/', '%2F')}" or "next=/" in response.location
    assert_headers(response)
    response = ask(client, method, url, htmx=True, token=None)
    assert response.status_code == 401
    assert_headers(response)
    if method == "GET":
        assert response.headers["HX-Redirect"].startswith("/login")
    else:
        assert "HX-Redirect" not in response.headers
        assert response.headers["HX-Retarget"] == "#messages"
    assert client.get(url, headers={"Accept": "application/json"}).status_code in (401, 405)


@pytest.mark.parametrize("cell", WITH_ID, ids=case)
def test_a_record_that_does_not_exist_is_404(
    app: Flask, config: Config, world: World, cell: tuple[str, ...]
) -> None:
    """Common answers: foreign, malformed, negative and endless ids, with and without htmx, changing nothing."""
    method, permission, endpoint, rule = cell
    client = Client(app, role="admin")
    token = client.csrf_token
    before = databases.dump(config, without=BESIDE)
    ids = [*IMPOSSIBLE_IDS, *(["999999"] if "link_id" not in rule else [])]
    for id_ in ids:
        url = address(app, world, endpoint, method, id=id_)
        for htmx in (False, True):
            response = ask(client, method, url, htmx=htmx, token=token)
            assert response.status_code == 404, f"{url}: {response.status_code}"
            assert_headers(response)
            if htmx:
                assert response.headers["HX-Retarget"] == "#messages"
    assert databases.dump(config, without=BESIDE) == before


def test_an_address_with_a_word_that_does_not_exist_is_404(app: Flask, world: World) -> None:
    client = Client(app, role="admin")
    contact = world.ids["contacts"]
    for url in (
        "/nowhere", "/contacts/new/x", f"/contacts/{contact}/bank", f"/contacts/{contact}/nothing/edit",
        f"/contacts/{contact}/create-as/contact", f"/contacts/{contact}/link/press", "/lookup/passwords",
        "/settings/nothing", "/help/nothing", "/import/template/users.csv", "/settings/backup/..%2Fcarnet.db",
        f"/contacts/{contact}/unlink/999999", f"/customers/{contact}/unlink/1", "/bank_accounts", "/static/nothing.css",
        "/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/invite/" + "x" * 43,
    ):  # fmt: skip
        response = client.get(url)
        assert response.status_code in (404, 308), f"{url}: {response.status_code}"
        if response.status_code == 404:
            assert_headers(response)


def test_a_link_of_another_contact_is_404(app: Flask, world: World) -> None:
    """Foreign ids: the link exists, and is not this contact's."""
    client = Client(app, role="clerk")
    url = f"/contacts/{world.ids['person']}/unlink/{world.ids['link']}"
    assert client.get(url).status_code == 404
    assert ask(client, "POST", url).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_405(app: Flask, world: World, method: str) -> None:
    client = Client(app, role="admin")
    for url in ("/contacts", f"/contacts/{world.ids['contacts']}", "/settings/company"):
        response = client.browser.open(url, method=method)
        assert response.status_code == 405 and "Allow" in response.headers
        assert_headers(response)
    assert client.get(f"/contacts/{world.ids['contacts']}/address/changes").status_code == 405


def test_a_role_change_acts_on_the_next_request(app: Flask, world: World) -> None:
    """R-PERM-2."""
    client = Client(app, role="clerk")
    token = client.csrf_token
    write(app, lambda session: setattr(session.get_one(User, BY_ROLE["clerk"].id), "is_clerk", False))
    url = f"/contacts/{world.ids['contacts']}/address"
    assert ask(client, "POST", url, token=token).status_code == 403
    assert client.get(f"{url}/edit").status_code == 403
    assert client.get(f"/contacts/{world.ids['contacts']}").status_code == 200


def test_a_disabled_user_is_out_at_the_next_request(app: Flask, world: World) -> None:
    """R-AUTH-6."""
    client = Client(app, role="clerk")
    assert client.get("/contacts").status_code == 200
    write(app, lambda session: setattr(session.get_one(User, BY_ROLE["clerk"].id), "active", False))
    assert client.get("/contacts").location.startswith("/login")


# -- what is not shown (R-PERM-1, 3) -------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["reader", "privacy_officer", "clerk"])
def test_no_page_offers_what_its_reader_may_not_do(app: Flask, world: World, role: str) -> None:
    """R-PERM-1: the control is not shown; every link and form on every page leads somewhere allowed."""
    client = Client(app, role=role)
    for url in readable_pages(app, world, role):
        page = client.page(url)
        for form in page.all("form"):
            if form.get("method") != "dialog":
                assert_allowed(app, form.get("method", "get").upper(), form.get("action") or url, role)
        for node in page.root.walk():
            for name, method in (
                ("href", "GET"),
                ("hx-get", "GET"),
                ("hx-post", "POST"),
                ("data-lookup", "GET"),
            ):
                if node.get(name).startswith("/"):
                    assert_allowed(app, method, node[name], role)


def readable_pages(app: Flask, world: World, role: str) -> Iterator[str]:
    for method, permission, endpoint, _rule in GUARDED:
        if (
            method == "GET"
            and role in MAY[permission]
            and not piece(endpoint)
            and not endpoint.endswith(".section")
        ):
            yield address(app, world, endpoint, method)


def piece(endpoint: str) -> bool:
    """Whether an address answers something else than a page: suggestions, files, a token."""
    return endpoint in (
        *(
            "lookup.suggest",
            "lookup.everything",
            "home.suggest",
            "home.go",
            "account.token",
            "account.confirm",
        ),
        *("imports.errors_csv", "imports.errors_xlsx", "imports.template", "imports.choose_columns"),
        *("settings.download_backup", "settings.overview"),
    )


def assert_allowed(app: Flask, method: str, url: str, role: str) -> None:
    adapter = app.url_map.bind("localhost")
    try:
        endpoint, _arguments = adapter.match(url.partition("?")[0].partition("#")[0], method=method)
    except MethodNotAllowed:
        raise AssertionError(f"{method} {url} is not an address") from None
    permission = {cell[2]: cell[1] for cell in CELLS}.get(endpoint, "open")
    assert permission == "open" or role in MAY[permission], f"{role} is offered {method} {url}"


@pytest.mark.parametrize("role", ["reader", "privacy_officer"])
def test_a_full_iban_reaches_nobody_without_the_right(app: Flask, world: World, role: str) -> None:
    """R-PERM-3: searched in every answer: pages, fragments, suggestions, refusals, history."""
    client = Client(app, role=role)
    planted = [checks.format_iban(iban) for iban in (VENDOR_IBAN, ACCOUNT_IBAN)] + [
        VENDOR_IBAN,
        ACCOUNT_IBAN,
        "77-1234567",
    ]
    ids = {"vendors": world.ids["vendors"], "bank_accounts": world.ids["bank_accounts"]}
    seen_masked = False
    for method, _permission, endpoint, rule in CELLS:
        if endpoint == "static":
            continue
        urls = [address(app, world, endpoint, method)]
        if "section" in rule:
            section = "bank" if "bank_accounts" in endpoint else "payments"
            urls += [address(app, world, endpoint, method, section=section)] if section in rule else []
        if "kind" in rule:
            urls += [address(app, world, endpoint, method, kind="vendors", id=ids["vendors"])]
            urls += [address(app, world, endpoint, method, kind="bank-accounts", id=ids["bank_accounts"])]
        for url in urls:
            for htmx in (False, True):
                query = "?q=2606&sort=name" if method == "GET" else ""
                text = ask(client, method, url + query, htmx=htmx, token="x").get_data(as_text=True)
                for iban in planted:
                    assert iban not in text, f"{iban} in {method} {url}"
                seen_masked |= "2606" in text and "vendors" in url
    assert seen_masked
    # And who has the right sees it.
    assert (
        checks.format_iban(VENDOR_IBAN) in Client(app, role="clerk").page(f"/vendors/{ids['vendors']}").text
    )


# -- tokens and origins (R-WEB-1) ----------------------------------------------------------------------------


@pytest.mark.parametrize("cell", POSTS, ids=case)
def test_a_post_needs_the_token_of_its_own_session(
    app: Flask, config: Config, world: World, cell: tuple[str, ...]
) -> None:
    """R-WEB-1: none, another user's, in the query only, from another site: 400 and nothing changed."""
    _method, permission, endpoint, _rule = cell
    if endpoint == "account.setup":
        pytest.skip("this address is gone once the office is set up; tests/account has its own test")
    url = address(app, world, endpoint, "POST")
    role = "" if permission == "open" else "admin"
    client, other = Client(app, role=role), Client(app, role="clerk")
    own, foreign = client.csrf_token, other.csrf_token
    before = databases.dump(config, without=BESIDE)
    for htmx in ({}, HTMX):
        answers = [
            client.post(url, {}, headers=htmx),
            client.post(url, {"csrf_token": ""}, headers=htmx),
            client.post(url, {"csrf_token": foreign}, headers=htmx),
            client.post(url, {}, headers={**htmx, "X-CSRFToken": foreign}),
            client.post(f"{url}?csrf_token={own}", {}, headers=htmx),
            client.post(url, {"csrf_token": own}, headers={**htmx, "Origin": "http://evil.example"}),
            client.post(
                url, {"csrf_token": own}, headers={**htmx, "Origin": "http://localhost.evil.example"}
            ),
        ]
        if endpoint != "account.invite":  # its page sends no referrer, so browsers send “null”
            answers.append(client.post(url, {"csrf_token": own}, headers={**htmx, "Origin": "null"}))
        for response in answers:
            assert response.status_code == 400, f"{url}: {response.status_code}"
            assert_headers(response)
            if htmx:
                assert response.headers["HX-Retarget"] == "#messages"
    assert databases.dump(config, without=BESIDE) == before
    refused = events(app).count("csrf refused")
    assert refused >= 14
    client.post(url, {"csrf_token": own}, headers={"Origin": "http://localhost"})
    client.post(url, {}, headers={"X-CSRFToken": own})
    assert events(app).count("csrf refused") == refused


# -- the order of checks ---------------------------------------------------------------------------


def test_the_checks_come_in_their_order(app: Flask, world: World) -> None:
    """host → size → signed in → CSRF → permission → exists → rule: the earlier answer wins."""
    url, missing = f"/contacts/{world.ids['contacts']}/address", "/contacts/999999/address"
    nobody, reader, clerk = Client(app), Client(app, role="reader"), Client(app, role="clerk")
    big = {"notes": "x" * (2 * 1024 * 1024 + 1)}
    evil = {"Host": "evil.example"}
    assert nobody.post(url, big, headers=evil).status_code == 400
    assert nobody.post(url, big).status_code == 413
    assert nobody.post(missing, {"csrf_token": "wrong"}).status_code == 302
    assert reader.post(missing, {"csrf_token": "wrong"}).status_code == 400
    assert ask(reader, "POST", missing).status_code == 403
    assert ask(clerk, "POST", missing).status_code == 404
    assert clerk.post(url, {"csrf_token": clerk.csrf_token, "city": "x" * 51, "seen": "{}"}).status_code in (
        409,
        422,
    )


def test_before_the_first_start_every_page_leads_to_the_set_up(empty_config: Config) -> None:
    """R-AUTH-1, first in the order: also with a foreign host or a large body; /healthz and files answer."""
    from app import create_app

    fresh = create_app(empty_config)
    client = Client(fresh)
    for method, _permission, _endpoint, rule in CELLS:
        if rule not in ("/setup", "/healthz") and not rule.startswith("/static"):
            url = re.sub(r"<[^>]*int:[^>]*>", "1", rule)
            url = re.sub(r"<any\(([^,)]*)[^>]*>", r"\1", url).replace("<name>", "x").replace("<token>", "x")
            url = url.replace("<page>", "start").replace("<word>", "customers")
            response = client.browser.open(url, method=method)
            assert (response.status_code, response.location) == (302, "/setup"), url
            assert_headers(response)
    assert client.get("/healthz").status_code == 200
    assert client.get("/static/carnet.css").status_code == 200
    client.page("/setup")
    close(fresh)


# -- hosts (R-WEB-7) ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil.example:80",
        "localhost@evil.example",
        "",
        "localhost, evil.example",
        "127.1",
    ],
)
def test_a_foreign_host_is_400(app: Flask, world: World, host: str) -> None:
    """R-WEB-7: pages, files and posts alike."""
    client = Client(app, role="admin")
    for url in ("/", "/login", "/healthz", "/static/carnet.css", "/contacts/1"):
        response = client.get(url, headers={"Host": host})
        assert response.status_code == 400, f"{url}: {response.status_code}"
        assert_security_headers(response)
        assert host == "" or host not in response.get_data(as_text=True)


def test_no_address_is_built_from_the_host(app: Flask, world: World) -> None:
    """R-WEB-7: redirects and links are paths."""
    client = Client(app, role="admin")
    response = client.get(
        "/login", headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    )
    assert "evil" not in response.get_data(as_text=True) + str(response.headers)
    for url in ("/", "/contacts", f"/contacts/{world.ids['contacts']}"):
        assert "http://localhost" not in client.page(url).markup
    response = Client(app).get("/contacts?q=a")
    assert response.location.startswith("/login?next=")


# -- headers (R-WEB-2) ----------------------------------------------------------------------------------------


def test_every_answer_has_the_headers(app: Flask, world: World) -> None:
    """R-WEB-2: pages, refusals, files and downloads; no version of anything."""
    client = Client(app, role="admin")
    for url in (
        "/contacts", "/nowhere", "/healthz", "/lookup/persons?q=ada", "/import/template/customers.csv",
        f"/settings/backup/{world.ids['backup']}", "/contacts?sort=nonsense", "/undo/1",
    ):  # fmt: skip
        assert_headers(client.get(url))
    response = client.get("/static/carnet.css")
    assert_security_headers(response)
    assert "max-age" in response.headers["Cache-Control"] and "carnet=" not in response.headers.get(
        "Set-Cookie", ""
    )
    assert "Strict-Transport-Security" not in response.headers
    assert "Expires" not in client.get("/contacts").headers


def test_https_mode_adds_transport_security(
    all_databases: Databases, database_kind: str, tmp_path: Any
) -> None:
    """R-WEB-2, R-AUTH-8."""
    from app import create_app

    secure = create_app(all_databases.fresh(database_kind, tmp_path, https=True))
    response = Client(secure).browser.get("/login", base_url="https://localhost")
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    close(secure)


def assert_security_headers(response: TestResponse) -> None:
    for name, value in HEADERS.items():
        if name not in ("Cache-Control", "Referrer-Policy"):
            assert response.headers.get(name) == value, f"{name}: {response.headers.get(name)}"
    assert "Server" not in response.headers and "X-Powered-By" not in response.headers
    for inside in ("unsafe-inline", "unsafe-eval", "http:", "https:"):
        assert inside not in response.headers["Content-Security-Policy"]


def assert_headers(response: TestResponse) -> None:
    assert_security_headers(response)
    secret = response.request.path.startswith("/invite/")
    assert response.headers["Referrer-Policy"] == ("no-referrer" if secret else "same-origin")
    assert response.headers["Cache-Control"] == "no-store"


# -- parameters (R-WEB-6, R-PERM-5) --------------------------------------------------------------------------


LISTS = ("contacts", "customers", "vendors", "bank-accounts")
HOSTILE = (
    "(case when 1=1 then name else email end)", "name; drop table contacts", "-1", "1e9", "abc", "'", '"', "%", "_",
    "\\", "\u202e", "\u0000", "9" * 40, "<script>", "{{7*7}}", "à" * 300, "*", "OR", "NEAR(", "-", "name:", "(", "^",
)  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_lists_take_only_what_they_offer(app: Flask, world: World, name: str) -> None:
    """R-WEB-6: a list, 400, or 422 for what cannot be searched; never 500; hostile words are only words."""
    client = Client(app, role="clerk")
    for parameter in (
        "sort",
        "after",
        "before",
        "q",
        "page",
        "columns",
        "country",
        "city",
        "salesperson",
        "blocked",
    ):
        for value in HOSTILE:
            response = client.browser.get(f"/{name}", query_string={parameter: value})
            assert response.status_code in (200, 400, 422), f"{parameter}={value}: {response.status_code}"
            if response.status_code == 200:
                check(Page(response, f"/{name}?{parameter}"))
    assert client.browser.get(f"/{name}", query_string={"sort": HOSTILE[0]}).status_code == 400


def test_suggestions_take_hostile_words(app: Flask, world: World) -> None:
    client = Client(app, role="clerk")
    for value in HOSTILE[::3]:
        for url in ("/lookup/persons", "/lookup/go", "/lookup/unlinked-customers/all", "/go"):
            response = client.browser.get(url, query_string={"q": value})
            assert response.status_code in (200, 302, 303, 400, 429), f"{url} {value}: {response.status_code}"


@pytest.mark.parametrize("kind", ["contacts", "customers", "vendors", "bank-accounts"])
def test_no_form_sets_what_it_does_not_show(app: Flask, config: Config, world: World, kind: str) -> None:
    """R-PERM-4: extra fields of every section form are ignored; the record is equal before and after."""
    client = Client(app, role="clerk")
    id_ = world.ids[kind.replace("-", "_")]
    extra = {
        "role": "admin", "id": "999", "version": "77", "issued_at": "2020-01-01", "created_by": "1", "created_at": "x",
        "customer_id": "1", "search_text": "x", "is_admin": "1", "updated_by": "4", "contact_id": "1", "kind": "vendor",
    }  # fmt: skip
    card = Client(app, role="clerk").page(f"/{kind}/{id_}")
    edits = sorted({node["href"] for node in card.all("a") if node.get("href").endswith("/edit")})
    assert len(edits) >= 4
    for url in edits:
        form = client.page(url).form(of="seen")
        before = databases.dump(config, without=BESIDE)
        # The fields of the other sections are strangers to this one as well.
        others = {
            name: "9"
            for name in ("no", "city", "phone", "notes", "blocked", "vat_no")
            if name not in form.names
        }
        response = client.post(form.action, {**form.values, **extra, **others})
        assert response.status_code == 303, f"{url}: {response.status_code}"
        assert databases.dump(config, without=BESIDE) == before, url


def test_new_cards_do_not_take_what_is_not_offered(app: Flask, world: World) -> None:
    """R-PERM-4 when creating."""
    client = Client(app, role="clerk")
    form = client.page("/vendors/new").form()
    values = form.filled({"name": "Fresh"}) | {
        "id": "500",
        "version": "9",
        "created_by": "1",
        "search_text": "x",
    }
    assert client.post(form.action, values).status_code == 303
    made = read(app, lambda session: session.scalars(select(Vendor).where(Vendor.name == "Fresh")).one())
    assert (made.version, made.created_by) == (1, BY_ROLE["clerk"].id) and made.id < 500


def test_of_repeated_values_only_the_first_of_the_body_counts(app: Flask, world: World) -> None:
    """R-PERM-5."""
    client = Client(app, role="clerk")
    url = f"/bank-accounts/{world.ids['bank_accounts']}/address"
    form = client.page(f"{url}/edit").form(of="seen")
    values = form.filled({"city": "First"})
    values["city"] = ["First", "Second"]
    response = client.post(f"{form.action}?city=Query&id=999", values)
    assert response.status_code == 303
    found = read(app, lambda session: session.get_one(BankAccount, world.ids["bank_accounts"]).city)
    assert found == "First"
    assert read(app, sync.mismatches) == []


# -- helpers ----------------------------------------------------------------------------------------------------


def events(app: Flask) -> list[str]:
    return read(app, lambda session: list(session.scalars(select(SecurityEvent.event))))


def test_sessions_are_the_only_thing_that_reading_writes(app: Flask, config: Config, world: World) -> None:
    """Every page that can be read leaves the office's data as it is."""
    client = Client(app, role="admin")
    before = databases.dump(config, without=("sessions",))
    for url in readable_pages(app, world, "admin"):
        client.page(url)
    assert databases.dump(config, without=("sessions",)) == before
    assert read(app, lambda session: session.query(UserSession).count()) >= 1
