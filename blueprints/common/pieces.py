"""Pieces of pages that look the same again and again: menus, headers, filters.

Each is made once for every language and every set of values, for making one takes longer than all that a
page has of its own. What differs on every page is put in afterwards: the id of a card, an address, the token
of the reader's forms.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import Flask, current_app
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from blueprints.common import pages

KEPT = 512
_TOKEN = "\0token\0"


def install(app: Flask) -> None:
    """Make pieces known to every template."""
    app.jinja_env.globals["piece"] = piece


def piece(template: str, slots: Mapping[str, Any] | None = None, **values: Any) -> Markup:
    """The piece with these values, which are hashable; `slots` are values that differ from page to page.

    A slot is only shown, never asked. The template knows nothing but its values: neither the user's rights
    nor the record of the page.
    """
    slots = slots or {}
    made = _made(template, pages.locale_code(), pages.number_locale(), tuple(slots), tuple(values.items()))
    for name, value in slots.items():
        made = made.replace(_mark(name), str(escape(value)))
    return Markup(made.replace(_TOKEN, generate_csrf()) if _TOKEN in made else made)


@lru_cache(maxsize=KEPT)
def _made(
    template: str, _language: str, _formats: str, slots: tuple[str, ...], values: tuple[tuple[str, Any], ...]
) -> str:
    known = {**dict(values), **{name: _mark(name) for name in slots}}
    made = current_app.jinja_env.get_template(template).render(known)
    return made.strip().replace(generate_csrf(), _TOKEN)


def _mark(name: str) -> str:
    return f"\0{name}\0"
