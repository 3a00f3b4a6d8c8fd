"""Every address, asked as nobody and as each role: R-PERM-1 and 2, the common answers, the order of checks."""

import re

import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound

from blueprints.common import access
from config import Config
from models import User
from tests.conftest import close
from tests.support import databases
from tests.support.asking import (
    BESIDE,
    CELLS,
    EVERYBODY,
    GUARDED,
    MAY,
    Cell,
    address,
    ask,
    assert_headers,
    case,
    events,
    readable_pages,
)
from tests.support.client import Client
from tests.support.people import BY_ROLE, ROLES
from tests.support.routes import LIST, listed
from tests.support.threads import write
from tests.support.world import World

ADMIN = {"admin"}
OFFICE = {"admin", "clerk"}
LOGGERS = OFFICE | {"privacy_officer"}
OFFICER = {"privacy_officer"}
TRAIL = ADMIN | OFFICER
NOBODY: set[str] = set()
KINDS = "(contacts|customers|vendors|bank-accounts)"
WORDS = "<any[(][^>]*:kind>"
# Who may read an address and who may send to it, whatever Carnet calls the permission; the first that fits.
TABLE = (
    (r"/account(/\w+)?|/confirm|/logout", EVERYBODY, EVERYBODY),
    (r"/|/help/<page>|/go|/lookup/go|/lookup/echo|/activity", EVERYBODY, EVERYBODY),
    (r"/settings/items(/.*)?", OFFICE, OFFICE),
    (r"/settings(/.*)?|/hide-setup", ADMIN, ADMIN),
    (r"/(import|jobs)(/.*)?", OFFICE, OFFICE),
    (r"/bin|/undo/<int:id>", OFFICE, OFFICE),
    (r"/privacy/trail", TRAIL, NOBODY),
    (rf"/{WORDS}/<int:id>/privacy/export|/privacy/exports/<int:id>(/.*)?", LOGGERS, LOGGERS),
    (r"/privacy(/not-the-same)?", OFFICER, OFFICER),
    (rf"/{WORDS}/<int:id>/privacy(/mentions)?", OFFICER, NOBODY),
    (rf"/{WORDS}/<int:id>/privacy/(erase|block|unblock|correct)", OFFICER, OFFICER),
    (r"/contacts/<int:id>/privacy/consent", OFFICER, OFFICER),
    (rf"/{WORDS}/privacy/erase", OFFICER, OFFICER),
    (r"/privacy/(requests(\.xlsx|/.*)?|erasures/.*)", OFFICER, OFFICER),
    (r"/outbox(/.*)?", LOGGERS, LOGGERS),
    (r"/contacts/<int:id>/interactions/new", LOGGERS, LOGGERS),
    (r"/interactions(/<int:id>)?", EVERYBODY, NOBODY),
    (r"/interactions/<int:id>/(edit|cancel|restore)", OFFICE, OFFICE),
    (r"/interactions/<int:id>/delete", ADMIN, ADMIN),
    (r"/lookup/(parties|items)(/all)?", OFFICE, NOBODY),
    (r"/lookup/<any[(][^>]*:what>(/all)?", OFFICE, NOBODY),
    (
        r"/<document_kind:kind>(/<int:id>(/<any[(][^>]*:section>|/lines|/payments|/print)?)?",
        EVERYBODY,
        OFFICE,
    ),
    (r"/<document_kind:kind>/.*", OFFICE, OFFICE),
    (r"/contacts/<int:id>\.vcf", EVERYBODY, NOBODY),
    (rf"/({KINDS}|{WORDS})(/<int:id>(/<any[(][^>]*:section>|/history|/relations)?)?", EVERYBODY, OFFICE),
    (rf"/({KINDS}|{WORDS})/.*", OFFICE, OFFICE),
)
# Addresses that people keep and scripts use: they stay. "1" is any record.
PROMISED = (
    *(
        "/setup",
        "/login",
        "/reset",
        "/confirm",
        "/account",
        "/",
        "/healthz",
        "/go",
        "/activity",
        "/bin",
        "/undo/1",
    ),
    *("/help/start", "/lookup/companies", "/lookup/persons", "/import", "/jobs", "/jobs/1"),
    *(
        "/contacts/1/relations",
        "/contacts/1/unlink/1",
        "/settings",
        "/settings/company",
        "/settings/contacts",
    ),
    *("/settings/relations", "/settings/number-series", "/settings/templates", "/settings/taxes"),
    *("/outbox", "/outbox/1", "/interactions", "/settings/mail", "/settings/texts", "/settings/interactions"),
    *("/contacts/1/interactions/new", "/contacts/1/email", "/customers/1/email", "/vendors/1/email"),
    *("/settings/terms", "/settings/users", "/settings/backup", "/settings/sync-check", "/settings/export"),
    *(
        f"/{kind}{rest}"
        for kind in ("contacts", "customers", "vendors", "bank-accounts")
        for rest in ("", "/new", "/1", "/1/address", "/1/address/edit", "/1/delete", "/1/history")
    ),
    *(
        f"/contacts/1/{act}/{party}"
        for act in ("create-as", "link")
        for party in ("customer", "vendor", "bank-account")
    ),
)
WITH_ID = [cell for cell in GUARDED if "<int:id>" in cell[3]]
# After the first who may, the record is gone or the import runs; an export is the business of who made it.
ONLY_ONCE = (
    *("contacts.unlink", "imports.discard", "imports.undo", "account.logout", "settings.delete_item"),
    *("interactions.delete", "documents.delete_line", "documents.delete"),
    *("privacy.export_state", "privacy.export_file", "privacy.retry_export"),
)
IMPOSSIBLE_IDS = ("999999", "0", "-1", "abc", "1.5", "9223372036854775808", "99999999999999999999999", "1%00")


# -- the list ---------------------------------------------------------------------------------------------


def test_the_list_of_routes_is_complete(app: Flask) -> None:
    """R-PERM-1: renew it with python -m tests.support.routes > tests/route_list.txt and read the difference."""
    assert listed(app) == LIST.read_text()


def test_promised_addresses_are_there(app: Flask) -> None:
    """Addresses are stable: each is read with GET; signing out is sent."""
    adapter = app.url_map.bind("localhost")
    for url in PROMISED:
        try:
            adapter.match(url, method="GET")
        except (NotFound, MethodNotAllowed):
            pytest.fail(f"{url} is no address any more")
    adapter.match("/logout", method="POST")


def test_every_permission_is_the_one_of_the_table() -> None:
    """R-PERM-1: what an address demands and what the table says are the same people."""
    for method, permission, _endpoint, rule in GUARDED:
        readers, senders = next(
            (readers, senders) for pattern, readers, senders in TABLE if re.fullmatch(pattern, rule)
        )
        assert MAY[permission] == (readers if method == "GET" else senders), f"{method} {rule}: {permission}"
    open_ones = {endpoint for _method, permission, endpoint, _rule in CELLS if permission == "open"}
    assert open_ones == {
        *("static", "home.healthz", "account.setup", "account.login", "account.invite"),
        *("account.ask_reset", "account.mail_reset", "account.reset"),
    }


def test_a_route_without_permission_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """R-PERM-1."""
    strange = Flask("strange")
    strange.add_url_rule("/open-door", "door", lambda: "come in")
    monkeypatch.setattr(access, "RULES", {})
    with pytest.raises(RuntimeError, match="door"):
        access.check_routes(strange)


def test_no_address_changes_anything_by_get() -> None:
    """State changes are POST, and only POST: an address that does something has no GET of the same view."""
    both = {endpoint for method, _p, endpoint, _r in CELLS if method == "GET"}
    both &= {endpoint for method, _p, endpoint, _r in CELLS if method == "POST"}
    assert both <= {"account.login", "account.setup", "account.confirm", "account.invite", "account.reset"}


# -- each cell of the table (R-PERM-1) -----------------------------------------------------------------------


@pytest.mark.parametrize("cell", GUARDED, ids=case)
def test_each_role_gets_what_the_table_says(app: Flask, config: Config, world: World, cell: Cell) -> None:
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
def test_a_record_that_does_not_exist_is_404(app: Flask, config: Config, world: World, cell: Cell) -> None:
    """Common answers: foreign, malformed, negative and endless ids, with and without htmx, changing nothing."""
    method, permission, endpoint, _rule = cell
    # Whom nothing else refuses: the administrator, and at the privacy desk its officer.
    client = Client(app, role=next(role for role in ("admin", "privacy_officer") if role in MAY[permission]))
    token = client.csrf_token
    before = databases.dump(config, without=BESIDE)
    for id_ in IMPOSSIBLE_IDS:
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


# -- what is offered ------------------------------------------------------------------------------------------


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


def assert_allowed(app: Flask, method: str, url: str, role: str) -> None:
    adapter = app.url_map.bind("localhost")
    try:
        endpoint, _arguments = adapter.match(url.partition("?")[0].partition("#")[0], method=method)
    except MethodNotAllowed:
        raise AssertionError(f"{method} {url} is not an address") from None
    permission = {cell[2]: cell[1] for cell in CELLS}.get(endpoint, "open")
    assert permission == "open" or role in MAY[permission], f"{role} is offered {method} {url}"


def test_sessions_are_the_only_thing_that_reading_writes(app: Flask, config: Config, world: World) -> None:
    """Every page that can be read leaves the office's data as it is."""
    client = Client(app, role="admin")
    before = databases.dump(config, without=("sessions",))
    for url in readable_pages(app, world, "admin"):
        client.page(url)
    assert databases.dump(config, without=("sessions",)) == before


# -- the order of checks --------------------------------------------------------------------------------------


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
