"""People in front of real browsers: what they open, type and see."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, ViewportSize
from sqlalchemy.orm import Session

from tests.support.client import Client
from tests.support.threads import read, write

WIDE: ViewportSize = {"width": 1280, "height": 900}
# Long enough for two busy processors; what is waited for usually takes a tenth of a second.
PATIENCE = 8_000
SAVE = "section.editing [data-save]"


@dataclass
class Site:
    """The running application, its browser, and what the browsers of the test complained about."""

    app: Flask
    address: str
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def visitor(self, role: str = "clerk", *, language: str = "en", **how: Any) -> Page:
        """A page in a browser of its own, signed in as the user of this role; "" is nobody."""
        cookie = Client(self.app, role=role, language=language).cookie if role else ""
        how = {"viewport": WIDE, "locale": f"{language}-CA", "reduced_motion": "reduce"} | how
        context = self.browser.new_context(base_url=self.address, **how)
        context.set_default_timeout(PATIENCE)
        if cookie:
            name = self.app.config["SESSION_COOKIE_NAME"]
            context.add_cookies([{"name": name, "value": cookie, "url": self.address}])
        context.on("console", self._listen)
        context.on("weberror", lambda problem: self.complaints.append(str(problem.error)))
        self.contexts.append(context)
        return context.new_page()

    def without_javascript(self, role: str = "clerk", **how: Any) -> Page:
        """A page in a browser that runs no scripts."""
        return self.visitor(role, java_script_enabled=False, **how)

    def do(self, work: Callable[[Session], Any]) -> Any:
        """A committed transaction of somebody who is not in a browser."""
        return write(self.app, work)

    def read(self, work: Callable[[Session], Any]) -> Any:
        """Look at the database as it is now."""
        return read(self.app, work)

    def values(self, card: tuple[type, int], *names: str) -> tuple[Any, ...]:
        """What the database holds in these fields of a card."""
        return tuple(self.read(lambda session: [getattr(session.get_one(*card), name) for name in names]))

    def close(self) -> None:
        """Close the browsers of the test."""
        for context in self.contexts:
            context.close()

    def _listen(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Refused to" in message.text:
            self.complaints.append(message.text)


def address_of(card: Any) -> str:
    """The address of a card."""
    return "/{}s/{}".format(card.KIND.replace("_", "-"), card.id)


def edit(page: Page, section: str) -> Locator:
    """Open a section of the card that is shown for editing; the section as it is edited."""
    page.click(f"section[id$='-{section}'] a.act")
    form = page.locator(f"section.editing[id$='-{section}']")
    form.wait_for()
    return form


def save(page: Page) -> None:
    """Save the section that is edited, and wait until it is read-only again."""
    page.click(SAVE)
    page.locator("section.editing").wait_for(state="detached")


def save_refused(page: Page) -> None:
    """Save the section that is edited, and wait for the box that says what is wrong."""
    page.click(SAVE)
    page.locator(".summary").wait_for()


def submit(page: Page) -> None:
    """Press the button that a form on a page of its own is sent with."""
    page.locator("main form .button:is(.primary, .danger)").first.click()


def toast(page: Page) -> str:
    """What the last message of a result says."""
    found = page.locator("#toasts .toast").last
    found.wait_for()
    return said(found)


def said(place: Locator) -> str:
    """The text that a reader sees, with single spaces."""
    return re.sub(r"\s+", " ", place.inner_text()).strip()


def focused(page: Page) -> str:
    """Which element has the focus: its id, or else its name, its text, or its tag."""
    name = page.evaluate(
        "() => { const e = document.activeElement;"
        " return e.id || e.name || e.className || e.textContent.trim() || e.tagName; }"
    )
    return str(name)


def tab_to(page: Page, selector: str, *, most: int = 60) -> None:
    """Press Tab until the element that matches has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector} on {page.url}")


@contextmanager
def loading(page: Page) -> Iterator[None]:
    """What happens inside leads to another page; waits until that one is there."""
    with page.expect_navigation():
        yield
