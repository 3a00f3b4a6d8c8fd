"""Every page of Carnet in both languages and both colour schemes: axe, CSP, 320 px, nothing clipped."""

import re

import pytest
from playwright.sync_api import Browser, Page

from config import Config
from tests.browser.audit import Audit
from tests.browser.conftest import serving, visited
from tests.browser.support import Site, save_refused
from tests.support.world import World, make_world

SECTIONS = {
    "contacts": ("general", "address", "communication", "notes"),
    "customers": ("general", "address", "communication", "invoicing", "payments", "notes"),
    "vendors": ("general", "address", "communication", "invoicing", "payments", "notes"),
    "bank-accounts": ("general", "bank", "address", "communication", "notes"),
}
PARTIES = ("customer", "vendor", "bank-account")
HELP = (
    "start",
    "lists",
    "card",
    "contacts",
    "customers",
    "link",
    "delete",
    "privacy",
    "import",
    "history",
    "settings",
)
TABLES = ("relations", "terms", "templates", "taxes", "number-series")
LANGUAGES = ("en", "fr")

both_languages = pytest.mark.parametrize("language", LANGUAGES)
slow = pytest.mark.slow


@both_languages
@slow
def test_cards_and_lists(site: Site, config: Config, language: str) -> None:
    """U-X17, U-X13, U-X11: lists empty and filled, cards of the four kinds and each section while edited."""
    audit = Audit(site.visitor("admin", language=language))
    audit.visit(*(f"/{kind}" for kind in SECTIONS))
    ids = make_world(site.app, config).ids
    audit.visit(
        "/contacts", "/bank-accounts?q=family", "/customers?city=Lyon&sort=-name", "/vendors?q=nobody"
    )
    for kind, sections in SECTIONS.items():
        card = f"/{kind}/{ids[kind.replace('-', '_')]}"
        audit.visit(card, f"/{kind}/new", f"{card}/delete", f"{card}/history")
        audit.visit(*(f"{card}/{section}/edit" for section in sections))
    draft = f"/sales/invoices/{ids['documents']}"
    audit.visit("/sales/invoices", "/purchases/orders", "/sales/quotes/new", draft, f"{draft}/details/edit")
    audit.visit(f"/contacts/{ids['person']}", f"/contacts/{ids['person']}/person/edit")
    assert audit.faults == []


@both_languages
@slow
def test_pages_of_a_contact_and_states_of_a_form(site: Site, config: Config, language: str) -> None:
    """U-X17, U-X13: linking, relations, a form with errors, two values to choose from, open menus and boxes."""
    ids = make_world(site.app, config).ids
    page = site.visitor("admin", language=language)
    audit = Audit(page)
    lone = _contact_alone(page, audit)
    contact, customer = f"/contacts/{ids['contacts']}", f"/customers/{ids['customers']}"
    audit.visit(f"{contact}/relations", f"{contact}/unlink/{ids['link']}", f"{contact}/create-as/customer")
    audit.visit(*(f"{lone}/create-as/{party}" for party in PARTIES))
    audit.visit(*(f"{lone}/link/{party}" for party in PARTIES))
    audit.visit(
        f"{lone}/link/customer?party_id={ids['customers'] + 1}", f"{lone}/link/customer?party_id_text=zz"
    )
    audit.visit(f"/customers/{ids['customers'] + 1}", f"/customers/{ids['customers'] + 1}/contact")
    _errors(page, audit, f"{customer}/communication/edit")
    _conflict(site, page, audit, f"{contact}/address/edit")
    _open_boxes(page, audit, contact)
    assert audit.faults == []


@both_languages
@slow
def test_the_pages_around_the_cards(site: Site, config: Config, language: str) -> None:
    """U-X17, U-X13, U-X10, U-S1: home, activity, bin, undo, import, jobs, settings, users, help, errors."""
    page = site.visitor("admin", language=language)
    audit = Audit(page)
    audit.visit("/", "/bin", "/jobs", "/activity", "/import")
    world = make_world(site.app, config)
    audit.visit("/", "/bin", "/activity", "/go?q=family", "/account", "/confirm", "/settings/sync-check")
    audit.visit(*_import_pages(world), *_settings_pages(world))
    audit.visit(*(f"/help/{name}" for name in (*HELP, "users", "account", "keys")))
    audit.visit("/contacts/99999", "/nowhere", f"/undo/{world.ids['undo']}")
    page.goto(f"/undo/{world.ids['undo']}")
    page.click("main form .primary")
    audit.look("after undo")
    audit.visit(f"/undo/{world.ids['undo']}")
    visitor = site.visitor("clerk", language=language)
    forbidden = Audit(visitor)
    forbidden.visit("/settings")
    forbidden.page = site.visitor("", language=language)
    forbidden.visit("/login", f"/invite/{'i' * 43}")
    forbidden.page.goto("/login")
    forbidden.page.click("main form .primary")
    forbidden.look("login refused")
    assert audit.faults + forbidden.faults == []


@both_languages
@slow
def test_the_register_of_requests(site: Site, config: Config, language: str) -> None:
    """U-X17, U-X13: the list, a new request, one that waits and one that was refused, its letter, the trail."""
    page = site.visitor("privacy_officer", language=language)
    audit = Audit(page)
    audit.visit("/privacy/requests", "/privacy/trail")
    world = make_world(site.app, config)
    request = f"/privacy/requests/{world.ids['request']}"
    audit.visit(
        "/",
        "/privacy/requests",
        "/privacy/trail",
        "/privacy/requests/new",
        f"{request}/edit",
        f"{request}/letter",
    )
    page.goto("/privacy/requests/new")
    page.fill("#received_on", "2020-01-01")
    page.click("main form .primary")
    page.locator(".summary").wait_for()
    audit.look("a new request refused")
    page.goto(request)
    page.click(f"form[action='{request}/identity'] button")
    page.locator(".summary").wait_for()
    audit.look("an identity that was not chosen")
    page.click(f"form[action='{request}/answer'] button")
    page.locator(f"form[action='{request}/close']").wait_for()
    audit.look("a refused request")
    assert audit.faults == []


def test_the_first_start(chromium: Browser, empty_config: Config) -> None:
    """U-S1, U-X17: the page on which the company and the first administrator are made, in both languages."""
    from app import create_app

    faults = []
    made = create_app(empty_config)
    with serving(made) as address, visited(made, address, chromium) as site:
        for language in LANGUAGES:
            audit = Audit(site.visitor("", language=language))
            audit.visit("/setup")
            audit.page.click("main form .primary")
            audit.page.locator(".summary").wait_for()
            audit.look("/setup refused")
            faults += audit.faults
    assert faults == []


def _contact_alone(page: Page, audit: Audit) -> str:
    """Make a contact that is linked with nothing, through the page; its address."""
    page.goto("/contacts/new")
    page.fill("[name=email]", "nobody")
    page.click("main form .primary")
    page.locator(".summary").wait_for()
    audit.look("/contacts/new refused")
    page.fill("[name=name]", "Alone Ltd")
    page.fill("[name=email]", "alone@example.com")
    page.fill("[name=city]", "Nantes")
    page.click("main form .primary")
    page.wait_for_url(re.compile(r"/contacts/\d+"))
    audit.look("a new card")
    return page.url.partition("?")[0]


def _errors(page: Page, audit: Audit, url: str) -> None:
    page.goto(url)
    page.fill("[name=email]", "nobody@")
    page.fill("[name=website]", "x" * 300)
    save_refused(page)
    audit.look(f"{url} refused")


def _conflict(site: Site, page: Page, audit: Audit, url: str) -> None:
    page.goto(url)
    other = site.visitor("clerk")
    other.goto(url)
    other.fill("[name=city]", "Dijon")
    other.click("section.editing [data-save]")
    other.locator("section.editing").wait_for(state="detached")
    page.fill("[name=city]", "Rennes")
    page.click("section.editing [data-save]")
    page.locator("[data-choices]").wait_for()
    audit.look(f"{url} in conflict")


def _open_boxes(page: Page, audit: Audit, contact: str) -> None:
    page.goto(contact)
    page.click(".actions details.menu summary >> nth=0")
    audit.look("a menu open")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("family")
    page.locator("#go-list [role=option]").first.wait_for()
    audit.look("go-anywhere with suggestions")
    page.keyboard.press("Escape")
    page.click("a[data-help]")
    page.locator("#help[open] h2").first.wait_for()
    audit.look("help open")
    page.keyboard.press("Escape")
    page.goto("/contacts")
    page.click("#list .menu summary >> nth=0")
    audit.look("filters open")


def _import_pages(world: World) -> list[str]:
    batch, job = world.ids["imports"], world.ids["jobs"]
    return [
        "/import",
        f"/import/{batch}",
        f"/import/{batch}/columns",
        f"/import/{batch}/undo",
        "/jobs",
        f"/jobs/{job}",
    ]


def _settings_pages(world: World) -> list[str]:
    pages = [
        f"/settings/{name}" for name in ("company", "contacts", "backup", "users", "users/new", "users/2")
    ]
    for table in TABLES:
        pages += [f"/settings/{table}", f"/settings/{table}/new", f"/settings/{table}/1"]
    return [
        "/settings",
        *pages,
        f"/settings/terms/{world.ids['settings']}/delete",
        "/settings/relations/1/delete",
    ]
