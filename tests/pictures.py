"""Renews the pictures of docs/pictures: drives the sample company in Chromium (`make pictures`).

The clock stands still, so that a picture changes only when the page does. `python -m tests.pictures card`
renews only the pictures whose names begin so.
"""

import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import force_locale
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from waitress.server import create_server

import models.base
from app import create_app
from config import HOME, Config
from extensions import db
from models import MODELS, Document, PrivacyRequest, User
from services import database, demo, jobs, starting
from services.documents.kinds import KINDS
from tests.support.png import with_palette

FOLDER = HOME / "docs" / "pictures"
# A Tuesday morning in Montréal.
MOMENT = datetime(2026, 11, 24, 15, 42, tzinfo=UTC)
WIDE = {"width": 1366, "height": 768}
NARROW = {"width": 320, "height": 640}
LARGEST = 150_000
SHEET = """No;Nom;Téléphone;Courriel;Ville;Pays
CT000048;Café Ünal;438 555-0149;bonjour@cafe-unal.example;Longueuil;Canada
CT000027;Transport Lavoie;514 555-0188;info@transport-lavoie.example;Montréal-Est;Canada
;Fleuriste Lalonde;514 555-0157;bonjour@lalonde.example;Montréal;Canada
;Cidrerie du Verger;450 555-0158;info@;Rougemont;Canada
;Ateliers Poirier;418 555-0159;info@poirier.example;Québec;Canada
;Marina Beauport;418 555-0163;info@marina.example;Québec
;Auberge du Quai;418 555-0164;auberge@quai.example;Rimouski;Canada
"""
# By language: a contact that is no customer yet, and for each line an item and a quantity.
EDITED = {
    "en": ("townships", (("tab", "2"), ("chaise", "2*4"))),
    "fr": ("solène", (("chaise", "3*2"), ("rep", "1,5"))),
}


@dataclass(frozen=True)
class Way:
    """In which language, colours and width a page is drawn."""

    language: str = "en"
    scheme: str = "light"
    narrow: bool = False

    @property
    def suffix(self) -> str:
        """What the way adds to the name of a picture."""
        dark = "-dark" if self.scheme == "dark" else ""
        return f"-{self.language}{dark}{'-narrow' if self.narrow else ''}"


ENGLISH, FRENCH = Way(), Way("fr")
DARK, FRENCH_DARK = Way(scheme="dark"), Way("fr", "dark")
SMALL, FRENCH_SMALL, DARK_SMALL = Way(narrow=True), Way("fr", narrow=True), Way(scheme="dark", narrow=True)


@dataclass(frozen=True)
class Site:
    """The running sample company: its address, its cards, and Zoé, whose browser it is."""

    address: str
    app: Flask
    browser: Browser

    def url_of(self, kind: str, name: str) -> str:
        """The address of a card."""
        model = MODELS[kind]
        with self.app.app_context():
            found = db.session.scalar(select(model.id).where(model.name == name).order_by(model.id))
        return f"{self.address}/{kind.replace('_', '-')}s/{found}"

    def id_of(self, kind: str, name: str) -> str:
        """The id of a card."""
        return self.url_of(kind, name).rpartition("/")[2]

    def url_of_document(self, kind: str, name: str) -> str:
        """The address of the latest document of somebody."""
        named = select(Document.id).where(Document.kind == kind, Document.name == name)
        with self.app.app_context():
            found = db.session.scalar(named.order_by(Document.id.desc()))
        return f"{self.address}/{KINDS[kind].area}/{KINDS[kind].path}/{found}"

    def url_of_request(self, label: str) -> str:
        """The address of what somebody asked about their data."""
        with self.app.app_context():
            asked = select(PrivacyRequest.id).where(PrivacyRequest.subject_label == label)
            return f"{self.address}/privacy/requests/{db.session.scalar(asked)}"

    def speak(self, language: str) -> None:
        """Give Zoé another language."""
        with self.app.app_context(), database.writing(db.session()):
            zoe = db.session.scalars(select(User).where(User.email == demo.email_of("zoe"))).one()
            zoe.language, zoe.formats = language, f"{language}_CA"
            db.session.commit()

    @contextmanager
    def page(self, way: Way, user: str = "zoe") -> Iterator[Page]:
        """A page of Zoé's, or of another user's, in a browser of its own."""
        context = self.browser.new_context(
            viewport=NARROW if way.narrow else WIDE,
            color_scheme=way.scheme,
            locale=f"{way.language}-CA",
            timezone_id=demo.TIMEZONE,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(f"{self.address}/login")
        page.fill("[name=email]", demo.email_of(user))
        page.fill("[name=password]", demo.PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{self.address}/")
        yield page
        context.close()


# -- what is drawn ----------------------------------------------------------------------------------


def home(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/")


def contacts(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/contacts")


def customers_filtered(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/customers?city=Montréal&q=bou")


def card(site: Site, page: Page) -> None:
    page.goto(site.url_of("contact", "Caisse du Plateau"))


def card_editing(site: Site, page: Page) -> None:
    url = site.url_of("contact", "Caisse du Plateau")
    page.goto(url)
    page.click(f"a[href$='/{url.rpartition('/')[2]}/communication/edit']")
    page.fill("[name=phone]", "514 555-0179")
    page.locator(".also", has_text="0179").wait_for()
    _fold(page)


def card_error(site: Site, page: Page) -> None:
    page.goto(site.url_of("customer", "Garage Tremblay") + "/communication/edit")
    page.fill("[name=phone]", "cell 418 555-0154")
    page.fill("[name=email]", "atelier@")
    _save(page)
    page.locator(".summary[role=alert]").wait_for()
    _fold(page)


def conflict(site: Site, page: Page) -> None:
    """Zoé's form is open while Antoine saves another phone."""
    edit = site.url_of("contact", "Studio Kim Design") + "/communication/edit"
    page.goto(edit)
    with site.page(FRENCH, "antoine") as other:
        other.goto(edit)
        before = int(other.input_value("[name=phone]")[-2:])
        other.fill("[name=phone]", f"416 555-01{before + 1}")
        _save(other)
        other.locator("section.editing").wait_for(state="detached")
    page.fill("[name=phone]", "416 555-0199")
    _save(page)
    page.locator("[data-choices]").wait_for()
    _fold(page)


def link(site: Site, page: Page) -> None:
    contact = site.url_of("contact", "Imprimerie Laliberté inc.")
    page.goto(f"{contact}/link/customer?party_id={site.id_of('customer', 'Impr. Laliberté enr.')}")
    page.check("[name=wins_name][value=contact]")
    page.check("[name=wins_phone][value=party]")


def create_as(site: Site, page: Page) -> None:
    page.goto(site.url_of("contact", "Café Ünal") + "/create-as/customer")


def delete(site: Site, page: Page) -> None:
    page.goto(site.url_of("contact", "Boulangerie Côté") + "/delete")


def bin_(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/bin")


def document_new(site: Site, page: Page) -> None:
    """The suggestions name customers and contacts that would become one."""
    page.goto(f"{site.address}/sales/invoices/new")
    page.locator("#party").press_sequentially("th")
    page.locator("[role=option][data-field=contact_id]").first.wait_for()


def document(site: Site, page: Page) -> None:
    page.goto(site.url_of_document("invoice", "Harbour Hotel"))


def editor(site: Site, page: Page) -> None:
    """An invoice for a contact who becomes a customer by it, with two lines and a third one begun."""
    name, lines = EDITED[page.evaluate("document.documentElement.lang")[:2]]
    page.goto(f"{site.address}/sales/invoices/new")
    page.locator("#party").press_sequentially(name)
    page.locator("[role=option][data-field=contact_id]").first.wait_for()
    page.keyboard.press("Enter")
    for count, (item, quantity) in enumerate(lines, start=1):
        page.locator("#line-new-item_id").press_sequentially(item)
        page.locator("[role=option]").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        row = page.locator(f"tr[data-line]:nth-child({count})")
        row.locator("[name=quantity][value='1']").fill(quantity)
        row.locator("[name=quantity]").press("Tab")
        page.locator("#line-new-item_id").focus()
        row.locator(".acts .good").wait_for()
    page.locator(".toast [data-close]").click()


def card_privacy(site: Site, page: Page) -> None:
    page.goto(site.url_of("customer", "Gérald Hamel"))


def privacy(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/privacy")
    page.fill("#q", "roy")
    page.press("#q", "Enter")
    page.locator("#q[value=roy]").wait_for()


def dossier(site: Site, page: Page) -> None:
    page.goto(site.url_of("customer", "Margaret O’Neill") + "/privacy")


def privacy_requests(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/privacy/requests")


def request(site: Site, page: Page) -> None:
    page.goto(site.url_of_request("Margaret O’Neill"))


def export(site: Site, page: Page) -> None:
    page.goto(site.url_of("customer", "Margaret O’Neill") + "/privacy/export")


def erase(site: Site, page: Page) -> None:
    page.goto(site.url_of("customer", "Architectes Beaulieu") + "/privacy/erase?also=all")


def outbox(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/outbox")


def import_check(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/import")
    page.check("[name=kind][value=contacts]")
    file = {"name": "contacts.csv", "mimeType": "text/csv", "buffer": SHEET.encode("cp1252")}
    page.set_input_files("[name=file]", files=[file])
    _save(page)
    page.locator("table select").first.wait_for()
    _save(page)
    page.locator("form[action$='/run']").wait_for()


def settings(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/settings")


def settings_contacts(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/settings/contacts")


def users(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/settings/users")


def sync_check(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/settings/sync-check")


def shortcuts(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/contacts")
    page.keyboard.press("?")
    page.locator("dialog[open]").wait_for()


Draw = Callable[[Site, Page], None]
# The last ones write something, which the others would show.
PICTURES: tuple[tuple[str, Draw, tuple[Way, ...]], ...] = (
    ("home", home, (ENGLISH, FRENCH, FRENCH_DARK)),
    ("contacts", contacts, (ENGLISH, FRENCH, DARK, SMALL)),
    ("customers-filtered", customers_filtered, (ENGLISH, FRENCH)),
    ("card", card, (ENGLISH, FRENCH, DARK, FRENCH_SMALL)),
    ("card-editing", card_editing, (ENGLISH, FRENCH, DARK, DARK_SMALL)),
    ("card-error", card_error, (ENGLISH, FRENCH, DARK, FRENCH_DARK)),
    ("create-as", create_as, (ENGLISH, FRENCH)),
    ("link", link, (ENGLISH, FRENCH, DARK)),
    ("delete", delete, (ENGLISH, FRENCH)),
    ("bin", bin_, (ENGLISH, FRENCH)),
    ("settings", settings, (ENGLISH, FRENCH)),
    ("settings-contacts", settings_contacts, (ENGLISH, FRENCH)),
    ("users", users, (ENGLISH, FRENCH)),
    ("sync-check", sync_check, (ENGLISH, FRENCH)),
    ("shortcuts", shortcuts, (ENGLISH, FRENCH)),
    ("document-new", document_new, (ENGLISH, FRENCH)),
    ("document", document, (ENGLISH, FRENCH, DARK)),
    ("outbox", outbox, (ENGLISH, FRENCH)),
    ("privacy", privacy, (ENGLISH, FRENCH)),
    ("privacy-card", card_privacy, (ENGLISH, FRENCH)),
    ("privacy-dossier", dossier, (ENGLISH, FRENCH)),
    ("privacy-requests", privacy_requests, (ENGLISH, FRENCH)),
    ("privacy-request", request, (ENGLISH, FRENCH)),
    ("privacy-export", export, (ENGLISH, FRENCH)),
    ("privacy-erase", erase, (ENGLISH, FRENCH)),
    ("import", import_check, (ENGLISH, FRENCH)),
    ("conflict", conflict, (ENGLISH, FRENCH, DARK)),
    ("editor", editor, (ENGLISH, FRENCH)),
)


def main(starts: str) -> None:
    """Draw the pictures whose names begin with `starts`."""
    models.base._clock = lambda: MOMENT
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as site:
        for name, draw, ways in PICTURES:
            for way in ways if name.startswith(starts) else ():
                site.speak(way.language)
                with site.page(way) as page:
                    draw(site, page)
                    keep(page, f"{name}{way.suffix}.png")


def keep(page: Page, name: str) -> None:
    """Write the picture of the page as it stands."""
    page.wait_for_load_state("networkidle")
    small = with_palette(page.screenshot(animations="disabled", caret="hide"))
    assert len(small) < LARGEST, f"{name} has {len(small)} bytes"
    (FOLDER / name).write_bytes(small)
    print(f"{name}  {len(small) // 1000} kB", flush=True)


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """The sample company on a free port of this machine, and a browser."""
    config = Config.from_env({}, ["--demo", "--data", str(folder)])
    with starting.prepared(config), sync_playwright() as playwright:
        app = create_app(config)
        demo.prepare(app)
        worker = jobs.Worker(app, force_locale)
        worker.start()
        server: Any = create_server(app, host="127.0.0.1", port=0, threads=4)
        threading.Thread(target=server.run, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--disable-lcd-text"])
        yield Site(f"http://127.0.0.1:{server.effective_port}", app, browser)
        browser.close()
        worker.stop()
        server.close()


def _save(page: Page) -> None:
    page.locator("main form button.primary").first.click()


def _fold(page: Page) -> None:
    """Fold the sections above the one that is edited, and go to the top of the page."""
    for section in ("general", "address"):
        page.locator(f"section.card[id$=-{section}] summary").first.click()
    page.evaluate("scrollTo(0, 0)")


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
