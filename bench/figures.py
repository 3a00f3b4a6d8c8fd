"""What is measured one request at a time: each figure's request to Carnet, and the same to the thin floor."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bench.browser import Ask, Browser
from bench.filling import Samples
from bench.names import unlike
from services import fields

_INPUT = re.compile(rb'<input[^>]*\bname="(\w+)"[^>]*\bvalue="([^"]*)"')


@dataclass(frozen=True)
class Figure:
    """One thing people do; `carnet` and `thin` give the request of a round, preparing what it needs."""

    name: str
    carnet: Callable[[Browser, int], Ask]
    thin: Callable[[Browser, int], Ask]
    # What is asked for at most: a list page and its twin show as many rows.
    limit: float = 0.0


class Saver:
    """Saves telephones again and again, as a browser that has the section open: it knows what it saw."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._seen: dict[int, dict[str, str]] = {}

    def ask(self, browser: Browser, number: int) -> Ask:
        """The save of another telephone on the contact of a family."""
        card = self._samples.family(number)
        known = self._seen.get(card) or self._read(browser, card)
        form = dict(known)
        form["phone"] = f"514 555-{number % 10000:04d}" if number % 2 else f"418 555-{number % 10000:04d}"
        self._seen[card] = form
        form["seen"] = ",".join(
            f"{name}={fields.digest(name, known[name])}" for name in form if name != "seen"
        )
        return Ask("POST", f"/contacts/{card}/communication", form, htmx=True)

    def _read(self, browser: Browser, card: int) -> dict[str, str]:
        page = browser.ask(Ask("GET", f"/contacts/{card}/communication/edit", htmx=True))
        found = {name.decode(): value.decode() for name, value in _INPUT.findall(page)}
        return {
            name: found.get(name, "") for name in ("phone", "mobile", "fax", "email", "email2", "website")
        }


def figures(samples: Samples) -> list[Figure]:
    """All figures, in the order in which they are printed."""
    saver = Saver(samples)

    def part(pieces: list[str], number: int) -> str:
        return pieces[number % len(pieces)]

    def searches(pieces: list[str]) -> tuple[Callable[[Browser, int], Ask], Callable[[Browser, int], Ask]]:
        return (
            lambda _browser, number: Ask("GET", f"/contacts?q={folded(part(pieces, number))}", htmx=True),
            lambda _browser, number: Ask("GET", f"/floor/search?limit=51&q={folded(part(pieces, number))}"),
        )

    return [
        Figure("list", lambda _b, _n: Ask("GET", "/contacts"), lambda _b, _n: Ask("GET", "/floor/list"), 4),
        Figure(
            "last page",
            lambda _b, _n: Ask("GET", "/contacts?before=end"),
            lambda _b, _n: Ask("GET", "/floor/last"),
            4,
        ),
        Figure("search, rare part", *searches(samples.rare), 4),
        Figure("search, frequent part", *searches(samples.common), 4),
        Figure(
            "typeahead",
            lambda _b, n: Ask("GET", f"/lookup/companies?q={folded(part(samples.common, n))}", htmx=True),
            lambda _b, n: Ask("GET", f"/floor/search?limit=8&q={folded(part(samples.common, n))}"),
            4,
        ),
        Figure(
            "card",
            lambda _b, n: Ask("GET", f"/contacts/{samples.family(n)}"),
            lambda _b, n: Ask("GET", f"/floor/card/{samples.family(n)}"),
            5,
        ),
        Figure(
            "save reaching three cards",
            saver.ask,
            lambda _b, n: Ask(
                "POST", f"/floor/save/{samples.other(n)}", {"phone": f"450 555-{n % 10000:04d}"}
            ),
            4,
        ),
        Figure("create", create, thin_create),
        Figure("delete", _delete, _thin_delete),
    ]


def create(_browser: Browser, number: int) -> Ask:
    """A new contact, by the form; it looks like no other one, for then the form would ask first."""
    form = {"type": "company", "name": unlike(number), "phone": f"579 {number + 2_000_000}"}
    return Ask("POST", "/contacts/new", {**form, "city": "Laval", "country": "CA"}, status=303)


def thin_create(_browser: Browser, number: int) -> Ask:
    """The same as one row."""
    return Ask("POST", "/floor/create", {"name": f"nouvelle societe {number}", "phone": "514"}, status=303)


def folded(piece: str) -> str:
    """A piece of a name as an address and the thin search take it: without accents."""
    plain = {"é": "e", "ê": "e", "è": "e", "ç": "c", "ô": "o", "ï": "i"}
    return "".join(plain.get(letter, letter) for letter in piece.lower())


def _delete(browser: Browser, number: int) -> Ask:
    browser.ask(create(browser, number + 500_000))
    made = browser.location.rpartition("/")[2].partition("?")[0]
    return Ask("POST", f"/contacts/{made}/delete", {"confirm": "yes"}, status=303)


def _thin_delete(browser: Browser, number: int) -> Ask:
    made = browser.ask(thin_create(browser, number)).decode()
    return Ask("POST", f"/floor/delete/{made}", {}, status=303)
