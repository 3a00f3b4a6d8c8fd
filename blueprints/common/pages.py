"""What every page needs: language, formats, menu, notices, and addresses of cards and static files."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import flask_babel
from babel import Locale
from babel.support import NullTranslations
from flask import Flask, g, has_request_context, request, url_for
from flask_babel import Domain, get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from blueprints.common import access
from extensions import babel, db
from models import AnyCard, Document, Item, Office
from services import checks, formats, places
from services.documents.kinds import KINDS

LANGUAGES = ("en", "fr")
WORDS = {"contact": "contacts", "customer": "customers", "vendor": "vendors", "bank_account": "bank_accounts"}
ADDRESSES = {
    "contact": "contacts",
    "customer": "customers",
    "vendor": "vendors",
    "bank_account": "bank-accounts",
}

# The documents that are begun by themselves day after day; the others come from them or from their lists.
NEW_DOCUMENTS = ("quote", "order", "invoice", "purchase_quote", "purchase_order", "purchase_invoice")


@dataclass(frozen=True)
class MenuEntry:
    """A page of the main menu or of the menu "New"; `go` is the letter that opens it after a g."""

    url: str
    label: str
    group: str = ""
    permission: str = ""
    go: str = ""


def install(app: Flask) -> None:
    """Give templates their globals and filters, and Babel the user's language."""
    babel.init_app(
        app,
        default_translation_directories=str(Path(app.root_path) / "translations"),
        locale_selector=locale_code,
        timezone_selector=timezone,
    )
    found = Catalogues(str(Path(app.root_path) / "translations"))
    app.extensions["babel"].instance.domain_instance = found
    # Asked for each of a hundred sentences of a page: Flask-Babel's own goes through four proxies.
    flask_babel.get_domain = lambda: found
    app.context_processor(_of_every_page)
    app.jinja_env.filters.update(
        card_url=card_url,
        card_key=card_key,
        date=lambda day: formats.format_date(day, number_locale()),
        moment=lambda at: formats.format_datetime(at, timezone(), number_locale()),
        money=lambda amount, currency="": formats.format_money(amount, currency, number_locale()),
        number=lambda number: formats.format_number(number, number_locale()),
        price=lambda price, currency="": formats.format_price(price, currency, number_locale()),
        country=lambda code: places.country_name(code, locale_code()) if code else "",
        iban=iban,
        bdi=lambda text: Markup("<bdi>{}</bdi>").format(text),
    )
    app.jinja_env.globals.update(get_flashed_messages=take_notices, new_documents_of=new_documents_of)


def office() -> Office | None:
    """The office's settings; None before the first start is over."""
    if "office" not in g:
        g.office = db.session.get(Office, 1)
    found: Office | None = g.office
    return found


def locale_code() -> str:
    """The locale of texts: the user's language with the territory of the user's formats.

    Commands and jobs have no user before them: they choose a language with `force_locale`, or get English.
    """
    if not has_request_context():
        return "en"
    user = access.user()
    if user is not None:
        return places.locale_of_texts(user.language, user.formats)
    return request.accept_languages.best_match(LANGUAGES) or "en"


def number_locale() -> str:
    """The locale of numbers and dates: one of the five that are offered."""
    user = access.user()
    if user is not None and user.formats in formats.LOCALES:
        return user.formats
    return "fr_CA" if locale_code().startswith("fr") else "en_CA"


def timezone() -> str:
    """The office's time zone."""
    settings = office()
    return settings.timezone if settings is not None and settings.timezone else "UTC"


def card_url(record: AnyCard | Document | Item) -> str:
    """The address of a card, a document or an item."""
    if isinstance(record, Item):
        return url_for("settings.edit_item", id=record.id)
    if isinstance(record, Document):
        return document_url(record.kind, record.id)
    return f"/{ADDRESSES[record.KIND]}/{record.id}"


def card_key(record: AnyCard) -> str:
    """A card as fields and addresses name it where there may be several: customer-12."""
    return f"{record.KIND}-{record.id}"


def document_url(kind: str, id_: int) -> str:
    """The address of a document."""
    return f"{documents_url(kind)}/{id_}"


def documents_url(kind: str) -> str:
    """The address of the list of a kind of document."""
    return f"/{KINDS[kind].area}/{KINDS[kind].path}"


def iban(value: str) -> str:
    """An IBAN in groups, or its last four for who may not see more (R-PERM-3)."""
    if not value:
        return ""
    return checks.format_iban(value) if access.can("bank_details") else checks.mask_iban(value)


def new_documents_of(card: str, id_: Any) -> list[dict[str, str]]:
    """The documents that can be begun on a card (rule O1): a customer's, a vendor's, or both of a contact."""
    return [
        {
            "url": f"{documents_url(name)}/new?{card}_id={id_}",
            "label": str(kind.label),
        }
        for name, kind in KINDS.items()
        if card in ("contact", kind.side) and not kind.is_credit
    ]


# -- notices: what the next page says once ------------------------------------------------------------


def notify(text: Any, *, url: str | None = None, label: Any = "", post: dict[str, str] | None = None) -> None:
    """Say something on the next page, once; written in the same transaction as what it reports."""
    row = access.session_row()
    if row is not None:
        row.notices = [*row.notices, {"text": str(text), "url": url, "label": str(label), "post": post}]


def take_notices() -> list[dict[str, Any]]:
    """The notices of this page, which are then forgotten."""
    row = access.session_row()
    if row is None or not row.notices or request.method != "GET":
        return []
    notices = list(row.notices)

    def forget() -> None:
        row.notices = []

    access.write_aside(forget)
    return notices


# -- helpers ----------------------------------------------------------------------------------------


class Catalogues(Domain):  # type: ignore[misc]
    """The translations of the present language, looked up once a request and not at every sentence.

    They lie where Flask-Babel itself forgets them, when a stretch of work has another language.
    """

    def get_translations(self) -> Any:
        try:
            present = g._get_current_object().get("_flask_babel")
        except RuntimeError:  # outside of the application there is no language
            return NullTranslations()
        found = getattr(present, "babel_translations", None)
        if found is None:
            found = super().get_translations()
            if present is not None:
                present.babel_translations = found
        return found


def _of_every_page() -> dict[str, Any]:
    return {"locale": get_locale() or Locale("en")}


def nav() -> tuple[MenuEntry, ...]:
    """The entries of the main menu that this user may open; none for nobody."""
    if access.user() is None:
        return ()
    return tuple(one for one in _nav(locale_code()) if not one.permission or access.can(one.permission))


@lru_cache(maxsize=16)
def _nav(_locale: str) -> tuple[MenuEntry, ...]:
    """All entries, in one language."""
    office_group = _("Office")
    groups = {"sales": _("Sales"), "purchases": _("Purchases")}
    documents = (
        MenuEntry(
            documents_url(kind.name),
            str(kind.plural),
            groups[kind.area],
            go="i" if kind.name == "invoice" else "",
        )
        for kind in KINDS.values()
    )
    return (
        MenuEntry("/", _("Home"), go="h"),
        MenuEntry("/contacts", _("Contacts"), go="c"),
        MenuEntry("/customers", _("Customers"), go="u"),
        MenuEntry("/vendors", _("Vendors")),
        MenuEntry("/bank-accounts", _("Bank accounts")),
        *documents,
        MenuEntry("/interactions", _("Interactions"), office_group),
        MenuEntry("/privacy", _("Privacy"), office_group, "privacy_desk", go="p"),
        MenuEntry("/activity", _("Activity"), office_group),
        MenuEntry("/outbox", _("Outbox"), office_group, "outbox"),
        MenuEntry("/import", _("Import"), office_group, "import"),
        MenuEntry("/bin", _("Bin"), office_group, "delete_cards"),
        MenuEntry("/settings", _("Settings"), office_group, "settings"),
    )


def new_menu() -> tuple[MenuEntry, ...]:
    """What this user may make on any page."""
    return tuple(one for one in _new_menu(locale_code()) if access.can(one.permission))


@lru_cache(maxsize=16)
def _new_menu(_locale: str) -> tuple[MenuEntry, ...]:
    cards = (
        ("/contacts/new", _("Contact")),
        ("/customers/new", _("Customer")),
        ("/vendors/new", _("Vendor")),
        ("/bank-accounts/new", _("Bank account")),
    )
    kinds = (KINDS[name] for name in NEW_DOCUMENTS)
    return (
        *(MenuEntry(url, label, permission="edit_cards") for url, label in cards),
        *(
            MenuEntry(f"{documents_url(kind.name)}/new", str(kind.label), permission="edit_documents")
            for kind in kinds
        ),
    )
