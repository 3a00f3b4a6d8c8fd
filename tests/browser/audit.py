"""What is looked at on every page: axe, both colour schemes, a narrow window, clipped buttons.

The colours of the dark scheme are the same in every language, so they are looked at in English.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize

from tests.browser.support import WIDE

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
NARROW: ViewportSize = {"width": 320, "height": 640}
EVERY_RULE = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
# What can differ between two colour schemes of the same page.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}

RUN_AXE = """
async wanted => (await axe.run(document, {runOnly: wanted, resultTypes: ["violations"]})).violations.flatMap(
  rule => rule.nodes.map(node => `${rule.id} ${node.target.join(" ")}: ${node.any.concat(node.all, node.none)
    .map(check => check.message).join("; ").slice(0, 200)}`))
"""
CLIPPED = """
() => [...document.querySelectorAll(".button, summary, th, nav a")]
  .filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
  .filter(one => getComputedStyle(one).display !== "inline")
  .map(one => one.textContent.trim().slice(0, 60))
"""


@dataclass
class Audit:
    """The faults of all pages of one run, so that one run names them all."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Each page that is opened from now on brings it along, which takes less time than sending it there.
        self.page.context.add_init_script(AXE)

    def visit(self, *urls: str) -> None:
        """Open pages and look at each."""
        for url in urls:
            self.page.goto(url)
            self.look(url)

    def look(self, name: str) -> None:
        """Look at the page as it stands, wide and narrow, in light and in English in dark."""
        page = self.page
        if not page.evaluate("'axe' in window"):
            page.evaluate(f"() => {{ {AXE} }}")
        self._note(f"{name} light", page.evaluate(RUN_AXE, EVERY_RULE))
        if page.evaluate("document.documentElement.lang").startswith("en"):
            page.emulate_media(color_scheme="dark")
            self._note(f"{name} dark", page.evaluate(RUN_AXE, COLOURS))
            page.emulate_media(color_scheme="light")
        self._note(f"{name} clipped", page.evaluate(CLIPPED))
        page.set_viewport_size(NARROW)
        width = page.evaluate("document.documentElement.scrollWidth")
        self._note(f"{name} at 320 px", [f"is {width} px wide"] if width > NARROW["width"] else [])
        page.set_viewport_size(WIDE)

    def _note(self, where: str, found: list[Any]) -> None:
        self.faults += [f"{where}: {one}" for one in found]
