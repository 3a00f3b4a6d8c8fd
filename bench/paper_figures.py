"""What is measured of invoices: their list, one of them, a line that is saved, the PDF, and issuing."""

from collections import Counter
from decimal import Decimal

from bench.browser import Ask, Browser
from bench.figures import Figure
from bench.papers import SINGLE, Papers
from services import fields

# The PDFs are made of other drafts than those that are issued, and the floor's of others than Carnet's.
_PDFS, _FLOOR_PDFS = 0, SINGLE // 3
_ISSUED = 2 * SINGLE // 3


class LineSaver:
    """Saves the quantity of a line again and again, as a browser that knows what it saw."""

    def __init__(self, papers: Papers) -> None:
        self._papers = papers
        self._saved: Counter[int] = Counter()

    def ask(self, browser: Browser, _number: int) -> Ask:
        """Save the first line of the browser's own draft with the next quantity."""
        document = self._papers.short(browser.number)
        before = 3 + self._saved[browser.number]
        self._saved[browser.number] += 1
        stored = {
            "item_id": None, "description": "Coffee, ground", "quantity": Decimal(before), "unit": "kg",
            "unit_price": Decimal("19.99"), "discount_percent": Decimal(10), "tax_group_id": None,
        }  # fmt: skip
        typed = {
            "item_id": "", "item_id_text": "", "description": "Coffee, ground", "quantity": str(before + 1),
            "unit": "kg", "unit_price": "19.99", "discount": "10", "tax_group_id": "",
            "seen": ",".join(f"{name}={fields.digest(name, value)}" for name, value in stored.items()),
        }  # fmt: skip
        line = self._papers.first_line(document)
        return Ask("POST", f"/sales/invoices/{document}/lines/{line}", typed, htmx=True)


def paper_figures(papers: Papers) -> list[Figure]:
    """All figures of invoices, in the order in which they are printed."""
    saver = LineSaver(papers)

    def thin_save(_browser: Browser, number: int) -> Ask:
        line = papers.first_line(papers.usual(number % SINGLE))
        return Ask("POST", f"/floor/line/{line}", {"quantity": str(number % 90 + 1)})

    def thin_pdf(browser: Browser, number: int) -> Ask:
        draft = papers.usual(_FLOOR_PDFS + number)
        browser.ask(Ask("POST", f"/floor/compose/{draft}", {}))
        return Ask("GET", f"/floor/pdf/{draft}")

    return [
        Figure(
            "list of invoices",
            lambda _b, _n: Ask("GET", "/sales/invoices"),
            lambda _b, _n: Ask("GET", "/floor/invoices"),
            4,
        ),
        Figure(
            "invoice of 5 lines",
            lambda _b, n: Ask("GET", f"/sales/invoices/{papers.short(n)}"),
            lambda _b, n: Ask("GET", f"/floor/invoice/{papers.short(n)}"),
        ),
        Figure(
            "invoice of 100 lines",
            lambda _b, n: Ask("GET", f"/sales/invoices/{papers.long(n)}"),
            lambda _b, n: Ask("GET", f"/floor/invoice/{papers.long(n)}"),
        ),
        Figure("save a line", saver.ask, thin_save, 4),
        Figure(
            "PDF of 20 lines",
            lambda _b, n: Ask("GET", f"/sales/invoices/{papers.usual(_PDFS + n)}/print"),
            thin_pdf,
            1.5,
        ),
        Figure("issue 20 lines", lambda _b, n: issue(papers.usual(_ISSUED + n)), thin_save, 20),
    ]


def issue(document: int) -> Ask:
    """Issue a draft, its PDF included."""
    return Ask("POST", f"/sales/invoices/{document}/issue", {}, status=303)
