"""Texts that look like code are only texts, wherever a card shows them."""

from itertools import cycle
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, expect

from models import MODELS
from services.fields import FIELDS
from tests.browser.support import Site, address_of, said
from tests.support import factories as make

HOSTILE = (
    '"><script>window.broken=1</script>',
    "<img src=x onerror=window.broken=1>",
    "'onfocus='window.broken=1' autofocus='",
    "javascript:window.broken=1",
    "<svg/onload=window.broken=1>",
    "{{7*7}}${7*7}<%=7*7%>",
    "</textarea></title><b id=injected>",
    "&lt;b id=injected&gt;&#60;",
    "<b id=injected>",
    "<svg onload=x>",
)
PAGES = ("", "/history", "/delete")
# What no page of Carnet has, and what a text that became markup would have brought.
BROUGHT = "#injected, main script, main [onload], main [onerror], main [onfocus], main img, main svg[onload]"


@pytest.mark.parametrize("kind", MODELS)
def test_hostile_texts_in_every_text_field_are_shown_as_they_are(site: Site, kind: str) -> None:
    """R-WEB-4: shown literally on the card, in its forms, history, list and suggestions; nothing runs."""
    texts = _texts(kind)
    assert len(texts) > 8
    card = site.do(lambda session: make.make_card(session, kind, **texts))
    page = site.visitor("admin")
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    seen: dict[str, str] = {}
    for section in _sections(page, address_of(card)):
        page.goto(section)
        seen |= {
            name: _typed(page, name) for name in texts if page.locator(f".editing [name={name}]").count()
        }
        _nothing_ran(page)
    assert {name: seen.get(name) for name in texts if name in seen} == {name: texts[name] for name in seen}
    assert len(seen) > 6
    for path in PAGES:
        page.goto(address_of(card) + path)
        assert texts["name"] in said(page.locator("main"))
        assert texts["name"] in page.title() or path == "/history"
        _nothing_ran(page)
    page.goto(address_of(card).rpartition("/")[0])
    expect(page.locator("#list tbody")).to_contain_text(texts["name"])
    page.keyboard.press("Control+k")
    page.keyboard.type(card.no)
    page.locator("#go-list [role=option]", has_text=texts["name"]).first.wait_for()
    _nothing_ran(page)
    assert dialogs == []


def _texts(kind: str) -> dict[str, str]:
    """A hostile text for every field of the kind that takes any text."""
    hostile = cycle(HOSTILE)
    texts = {}
    for name, field in FIELDS.items():
        if (
            field.type in ("text", "long")
            and not field.check
            and name != "no"
            and hasattr(MODELS[kind], name)
        ):
            texts[name] = next(text for text in hostile if len(text) <= field.limit)
    for name in ("job_title", "vat_no", "registration_no", "account_no", "bank_branch_no", "our_account_no"):
        texts.pop(name, None)
    return texts


def _sections(page: Page, address: str) -> list[str]:
    page.goto(address)
    found: list[Any] = page.evaluate("[...document.querySelectorAll('[data-edit]')].map(one => one.href)")
    return found


def _typed(page: Page, name: str) -> str:
    return page.input_value(f".editing [name={name}]")


def _nothing_ran(page: Page) -> None:
    assert page.evaluate("window.broken === undefined"), page.url
    assert page.locator(BROUGHT).count() == 0, page.url
