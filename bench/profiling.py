"""Where the time of a page goes: its requests in this process, measured in processor time, and by function.

Processor time is what a page costs whatever else the machine does, so it can be compared from day to day.
"""

import cProfile
import io
import pstats
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app import create_app
from bench.browser import Ask, Browser, Failed
from bench.figures import Figure, figures
from bench.filling import BROWSERS, Samples
from bench.floors import make_floors
from bench.paper_figures import paper_figures
from config import HOME, Config
from services import starting

WARM_UP = 20
FUNCTIONS = 12
_PORT = 8000
_LIBRARIES = "site-packages/"


class InsideBrowser(Browser):
    """Calls the applications in this process instead of sending; knows what the last call took."""

    def __init__(self, number: int, answer: Callable[[dict[str, Any], Any], Any]) -> None:
        super().__init__(_PORT, number)
        self._answer = answer
        self.milliseconds = 0.0
        self.profile: cProfile.Profile | None = None

    def send(self, request: bytes, status: int) -> bytes:
        """The body of the answer; what it took is measured, and profiled where a profile is set."""
        environ = _environ(request)
        answered: dict[str, str] = {}

        def start(said: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            answered.update(headers, status=said)

        began = time.thread_time()
        if self.profile is not None:
            self.profile.enable()
        pieces = self._answer(environ, start)
        body = b"".join(pieces)
        if hasattr(pieces, "close"):
            pieces.close()
        if self.profile is not None:
            self.profile.disable()
        self.milliseconds = (time.thread_time() - began) * 1000
        if not answered["status"].startswith(str(status)):
            raise Failed(f"{environ['PATH_INFO']} answered {answered['status']}, not {status}")
        self.location = answered.get("Location", "")
        return body


def report(config: Config, samples: Samples, rounds: int, wanted: Callable[[Figure], bool]) -> str:
    """A table of what each figure costs, and the functions that the three most expensive ones spend it in."""
    costs: dict[str, tuple[float, float]] = {}
    with _inside(config) as answer:
        browsers = [InsideBrowser(number, answer) for number in range(BROWSERS)]
        chosen = [figure for figure in (*figures(samples), *paper_figures(samples.papers)) if wanted(figure)]
        for figure in chosen:
            costs[figure.name] = _cost(figure, browsers, rounds)
        # Of pages that differ in nothing but what they find, one is enough.
        dearest = sorted(chosen, key=lambda figure: costs[figure.name][0], reverse=True)[:3]
        first = WARM_UP + rounds
        tables = [_functions(figure, browsers, range(first, first + rounds)) for figure in dearest]
    rows = [
        f"| {name} | {carnet:.2f} | {thin:.2f} | {carnet / thin:.1f} |"
        for name, (carnet, thin) in costs.items()
    ]
    heads = "| Processor time of a request | Carnet, ms | Thin, ms | × thin |\n|---|---|---|---|"
    return "\n\n".join(["\n".join([heads, *rows]), *tables]) + "\n"


@contextmanager
def _inside(config: Config) -> Iterator[Callable[[dict[str, Any], Any], Any]]:
    with starting.prepared(config):
        app = create_app(config)
        floors = make_floors(config, app)

        def answer(environ: dict[str, Any], start: Any) -> Any:
            return (floors if environ["PATH_INFO"].startswith("/floor/") else app)(environ, start)

        yield answer


def _cost(figure: Figure, browsers: list[InsideBrowser], rounds: int) -> tuple[float, float]:
    """The median milliseconds of Carnet and of thin, asked in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(WARM_UP + rounds):
        browser = browsers[number % len(browsers)]
        for measured, request in zip(times, (figure.carnet, figure.thin), strict=True):
            ask: Ask = request(browser, number)
            browser.send(browser.prepare(ask), ask.status)
            measured.append(browser.milliseconds)
    carnet, thin = (statistics.median(measured[WARM_UP:]) for measured in times)
    return carnet, thin


def _functions(figure: Figure, browsers: list[InsideBrowser], numbers: range) -> str:
    """The functions with most time of their own, as shares of the page."""
    profile = cProfile.Profile()
    for number in numbers:
        browser = browsers[number % len(browsers)]
        ask = figure.carnet(browser, number)
        prepared = browser.prepare(ask)
        browser.profile = profile
        browser.send(prepared, ask.status)
        browser.profile = None
    stats: Any = pstats.Stats(profile)
    whole, requests = stats.total_tt, len(numbers)
    shares: dict[str, float] = {}
    rows: list[str] = []
    for (file, line, name), (_primitive, calls, own, _below, _callers) in sorted(
        stats.stats.items(), key=lambda entry: entry[1][2], reverse=True
    ):
        part = _part(file)
        shares[part] = shares.get(part, 0) + own
        if len(rows) < FUNCTIONS:
            rows.append(f"| `{_place(file, line)}{name}` | {calls / requests:.0f} | {own / whole:.1%} |")
    by_part = ", ".join(
        f"{part} {share / whole:.0%}"
        for part, share in sorted(shares.items(), key=lambda one: -one[1])
        if share > whole / 100
    )
    title = f"**{figure.name}**: {stats.total_calls / requests:,.0f} calls of functions; {by_part}."
    return "\n".join([title, "", "| Function | Calls | Own time |", "|---|---|---|", *rows])


def _part(file: str) -> str:
    """What a function belongs to: Carnet, its templates, a library, or Python itself."""
    if "/templates/" in file or file.startswith("<template"):
        return "templates"
    if _LIBRARIES in file:
        return file.partition(_LIBRARIES)[2].partition("/")[0]
    return "Carnet" if file.startswith(str(HOME)) else "Python"


def _place(file: str, line: int) -> str:
    if not line:
        return ""
    path = file.partition(_LIBRARIES)[2] if _LIBRARIES in file else file.removeprefix(f"{HOME}/")
    return f"{path if not Path(path).is_absolute() else Path(path).name}:{line} "


def _environ(request: bytes) -> dict[str, Any]:
    """A prepared request as a server hands it to an application."""
    head, _blank, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, address, version = first.split(" ")
    path, _sign, query = address.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": str(_PORT), "SERVER_PROTOCOL": version,
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    for line in lines:
        name, _sign, value = line.partition(": ")
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return environ
