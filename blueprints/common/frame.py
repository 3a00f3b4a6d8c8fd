"""The frame around every page: header, main menu and dialogs.

They look the same on page after page, so each is made once for every way in which it can look. A form in
them holds the token of its reader: where it stands is remembered, and the token put in for every page.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from blueprints.common import access, pages
from blueprints.common.pages import MenuEntry

_TOKEN = "\0token\0"


@dataclass(frozen=True)
class Frame:
    """The three pieces; nobody who is not signed in has a menu."""

    header: Markup
    menu: Markup
    dialogs: Markup


def install(app: Flask) -> None:
    """Make the frame known to the page that all pages extend."""
    app.jinja_env.globals["page_frame"] = page_frame


def page_frame(help_page: str | None, go_text: str | None) -> Frame:
    """The frame of this page; `go_text` is what was typed in the field that goes to a page."""
    present, settings = access.user(), pages.office()
    shown = (
        pages.locale_code(),
        present.name if present is not None else "",
        settings.name if settings is not None else "",
        current_app.config["CARNET"].demo,
        help_page or "start",
        pages.new_menu(),
    )
    # What somebody typed is not kept.
    header = _header(*shown) if not go_text else _header.__wrapped__(*shown, go_text)
    entries = pages.nav()
    return Frame(
        Markup(header.replace(_TOKEN, generate_csrf())),
        _menu(pages.locale_code(), entries, _current(entries)) if entries else Markup(""),
        _dialogs(pages.locale_code(), present is not None),
    )


@lru_cache(maxsize=256)
def _header(
    _locale: str,
    user: str,
    office_name: str,
    demo: bool,
    help_page: str,
    new_menu: tuple[MenuEntry, ...],
    go_text: str = "",
) -> str:
    shown = {"user": user, "office_name": office_name, "demo": demo, "help_page": help_page}
    made = _rendered("frame/_header.html", **shown, new_menu=new_menu, go_text=go_text)
    return made.replace(generate_csrf(), _TOKEN)


@lru_cache(maxsize=256)
def _menu(_locale: str, entries: tuple[MenuEntry, ...], current: str) -> Markup:
    return _rendered("frame/_menu.html", entries=entries, current=current)


@lru_cache(maxsize=16)
def _dialogs(_locale: str, signed_in: bool) -> Markup:
    return _rendered("frame/_dialogs.html", signed_in=signed_in)


def _rendered(template: str, **values: Any) -> Markup:
    """A piece without what every page knows: it depends on its values and the language alone."""
    return Markup(current_app.jinja_env.get_template(template).render(values).strip())


def _current(entries: tuple[MenuEntry, ...]) -> str:
    """The address of the entry that this page belongs to, or ""."""
    path = request.path
    return next(
        (
            one.url
            for one in entries
            if path == one.url or (one.url != "/" and path.startswith(one.url + "/"))
        ),
        "",
    )
