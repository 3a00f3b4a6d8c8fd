"""The frame around every page: header, main menu and dialogs."""

from dataclasses import dataclass

from flask import Flask, current_app, request
from markupsafe import Markup

from blueprints.common import access, pages
from blueprints.common.pages import MenuEntry
from blueprints.common.pieces import piece


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
    present, settings, entries = access.user(), pages.office(), pages.nav()
    header = piece(
        "frame/_header.html",
        {"go_text": go_text or ""},
        user=present.name if present is not None else "",
        office_name=settings.name if settings is not None else "",
        demo=current_app.config["CARNET"].demo,
        help_page=help_page or "start",
        new_menu=pages.new_menu(),
    )
    menu = piece("frame/_menu.html", entries=entries, current=_current(entries)) if entries else Markup("")
    return Frame(header, menu, piece("frame/_dialogs.html", signed_in=present is not None))


def _current(entries: tuple[MenuEntry, ...]) -> str:
    """The address of the entry that this page belongs to, or ""."""
    path = request.path
    for one in entries:
        if path == one.url or (one.url != "/" and path.startswith(one.url + "/")):
            return one.url
    return ""
