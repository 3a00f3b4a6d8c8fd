"""The work that concerns many cards: records a second through the jobs, as the office runs them, and exports."""

import re
import statistics
import time
from secrets import token_hex

from sqlalchemy import create_engine, select, update
from sqlalchemy.pool import NullPool

from bench.browser import Ask, Browser
from bench.names import TOWNS, unlike
from config import Config
from models import Job, Office

BOUNDARY = "bench-boundary"
EXPORTED = 10_000
ACTIVE = ("queued", "running", "stopping")
_BATCH = re.compile(r"/import/\d+")
_SELECT = re.compile(rb'<select[^>]*\bname="(column-\d+)"[^>]*>(.*?)</select>', re.DOTALL)
_SELECTED = re.compile(rb'<option selected value="([^"]*)"')


class Jobs:
    """An office whose worker has nothing else to do."""

    def __init__(self, config: Config, port: int, rows: int) -> None:
        self._engine = create_engine(config.sqlalchemy_url, poolclass=NullPool)
        self._browser, self._rows = Browser(port), rows
        self._meanwhile: list[float] = []

    def rates(self) -> dict[str, str]:
        """What an import of new customers and a batch of contacts do in a second; both with link and history."""
        alone = [self._look() for _turn in range(20)]
        self._meanwhile.clear()
        checked, created = self._import("customers", 0)
        slower = statistics.median(self._meanwhile or alone) / statistics.median(alone)
        self._set(create_contacts=False)
        self._import("vendors", self._rows)
        self._set(create_contacts=True)
        batch = self._seconds(Ask("POST", "/vendors/create-contacts", {"once": token_hex(8)}, status=303))
        return {
            "import: rows checked a second": f"{self._rows / checked:,.0f}",
            "import: customers made a second, each with its contact": f"{self._rows / created:,.0f}",
            "a card opened during the import, compared with before": f"{slower:.1f} ×",
            "batch: contacts made a second": f"{self._rows / batch:,.0f}",
        }

    def exports(self, size: int) -> dict[str, str]:
        """How long a list of ten thousand rows takes as a file."""
        found = {}
        for kind in ("csv", "xlsx"):
            address = f"/contacts/export.{kind}?no=CT00000001..CT{EXPORTED:08d}"
            began = time.monotonic()
            self._browser.ask(Ask("GET", address))
            seconds = time.monotonic() - began
            found[f"export of {min(size, EXPORTED):,} rows, {kind.upper()}"] = f"{seconds:.2f} s"
        return found

    def _import(self, what: str, start: int) -> tuple[float, float]:
        """Seconds to check and to make the rows of a file."""
        browser = self._browser
        browser.ask(_upload(browser, what, start, self._rows))
        batch = _BATCH.search(browser.location)
        assert batch is not None, browser.location
        page = browser.ask(Ask("GET", f"{batch[0]}/columns"))
        columns = {**_columns(page), "key": "none", "clear": "no"}
        checked = self._seconds(Ask("POST", f"{batch[0]}/columns", columns, status=303))
        # A few invented names look like one another: those are made as well.
        self._seconds(Ask("POST", f"{batch[0]}/choices/all", {"alike": "create"}, status=303))
        return checked, self._seconds(Ask("POST", f"{batch[0]}/run", {}, status=303))

    def _seconds(self, begin: Ask) -> float:
        """How long a job takes, from its button to its end."""
        began = time.monotonic()
        self._browser.ask(begin)
        while self._is_busy():
            self._meanwhile.append(self._look())
            time.sleep(0.05)
        return time.monotonic() - began

    def _look(self) -> float:
        """Seconds to open a card."""
        began = time.monotonic()
        self._browser.ask(Ask("GET", "/contacts/1"))
        return time.monotonic() - began

    def _is_busy(self) -> bool:
        with self._engine.connect() as connection:
            return connection.execute(select(Job.id).where(Job.state.in_(ACTIVE))).first() is not None

    def _set(self, **values: bool) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(Office).values(**values))


def _upload(browser: Browser, what: str, start: int, rows: int) -> Ask:
    lines = ["name;address;post_code;city;country;phone;email"]
    for number in range(start, start + rows):
        city, _region, country, post_code = TOWNS[number % len(TOWNS)]
        name, phone = unlike(1_000_000 + number), f"581 {number // 10000:03d}-{number % 10000:04d}"
        mail = f"{name.lower()}@mail.example"
        lines.append(";".join((name, f"{number}, rue Neuve", post_code, city, country, phone, mail)))
    detected = {"separator": "", "encoding": "", "decimal": ""}
    sent = {"csrf_token": browser.csrf(), "kind": what, "once": token_hex(8), **detected}
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in sent.items()
    ]
    parts.append(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="bench-{token_hex(4)}.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n" + "\r\n".join(lines) + f"\r\n--{BOUNDARY}--\r\n"
    )
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return Ask("POST", "/import", status=303, body="".join(parts).encode(), content_type=kind)


def _columns(page: bytes) -> dict[str, str]:
    """The columns as the page proposes them."""
    found: dict[str, str] = {}
    for name, options in _SELECT.findall(page):
        chosen = _SELECTED.search(options)
        found[name.decode()] = chosen[1].decode() if chosen else ""
    return found
