"""The export of a customer with a thousand invoices, and what others notice of it while the worker makes it."""

import re
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import create_engine, insert, select, update
from sqlalchemy.pool import NullPool

from bench.browser import Ask, Browser
from config import Config
from models import Document, DocumentLine, DocumentTax, Job
from models.base import now

LINES = 10
CUSTOMER = 1
LOOKS = 40
ACTIVE = ("queued", "running")
_SEEN = re.compile(rb'name="seen" value="([0-9a-f]+)"')
_SHEETS = re.compile(rb'name="sheet" id="[^"]+" value="([a-z_]+)"')


class Personal:
    """An office where a person with many invoices asks for their data."""

    def __init__(self, config: Config, port: int, invoices: int, megabytes: Callable[[], float]) -> None:
        self._engine = create_engine(config.sqlalchemy_url, poolclass=NullPool)
        self._browser, self._other = Browser(port), Browser(port, 1)
        self._megabytes, self._invoices = megabytes, invoices

    def export(self) -> dict[str, str]:
        """How long the export takes, how much slower lists are meanwhile, and what memory it leaves."""
        self._fill()
        # The first export imports what later ones have: what it leaves in memory is not its data.
        self._made(None)
        alone = [self._list() for _turn in range(LOOKS)]
        memory = self._megabytes()
        meanwhile: list[float] = []
        seconds = self._made(meanwhile)
        slower = statistics.median(meanwhile or alone) / statistics.median(alone)
        what = f"export of {self._invoices:,} invoices with {LINES} lines each"
        return {
            f"{what}, as a job": f"{seconds:.1f} s",
            "a list opened meanwhile, compared with before": f"{slower:.2f} ×",
            "memory after it, compared with before": f"{self._megabytes() / memory:.2f} ×",
        }

    def _made(self, meanwhile: list[float] | None) -> float:
        """Seconds from the button to the file; the times of lists opened by somebody else go to `meanwhile`."""
        address = f"/customers/{CUSTOMER}/privacy/export"
        self._browser.close()  # it was silent while the last export was made
        page = self._browser.ask(Ask("GET", address))
        seen = _SEEN.search(page)
        assert seen is not None, page[:500]
        form: dict[str, Any] = {
            "csrf_token": self._browser.csrf(), "once": token_hex(8), "seen": seen[1].decode(), "form": "xlsx",
            "language": "en", "do": "download", "sheet": [name.decode() for name in _SHEETS.findall(page)],
        }  # fmt: skip
        began = time.monotonic()
        self._browser.ask(Ask("POST", address, status=303, body=urlencode(form, doseq=True).encode()))
        while self._is_busy():
            if meanwhile is None:
                time.sleep(0.1)
            else:
                meanwhile.append(self._list())
        return time.monotonic() - began

    def _list(self) -> float:
        """Seconds to open a list."""
        began = time.monotonic()
        self._other.ask(Ask("GET", "/contacts"))
        seconds = time.monotonic() - began
        time.sleep(0.02)
        return seconds

    def _is_busy(self) -> bool:
        with self._engine.connect() as connection:
            return connection.execute(select(Job.id).where(Job.state.in_(ACTIVE))).first() is not None

    def _fill(self) -> None:
        """Issued invoices of one customer, past the doors."""
        begin, amount = date(2025, 1, 1), Decimal("129.35")
        with self._engine.begin() as connection:
            for number in range(1, self._invoices + 1):
                document: dict[str, Any] = {
                    "kind": "invoice", "state": "draft", "customer_id": CUSTOMER, "name": "Bench Ltd",
                    "currency": "CAD", "document_date": begin + timedelta(days=number % 600),
                    "net": amount * LINES, "total": amount * LINES,
                }  # fmt: skip
                (id_,) = connection.execute(insert(Document).values(document)).inserted_primary_key or (0,)
                line = {"document_id": id_, "unit_price": amount, "amount": amount}
                connection.execute(
                    insert(DocumentLine),
                    [
                        {**line, "position": position, "description": f"Bread no. {position} of {number}"}
                        for position in range(1, LINES + 1)
                    ],
                )
                tax = {"document_id": id_, "position": 1, "name": "GST", "base": amount * LINES, "amount": 0}
                connection.execute(insert(DocumentTax).values(tax))
                issued = {"state": "issued", "no": f"BENCH-{number:05d}", "issued_at": now()}
                connection.execute(update(Document).where(Document.id == id_).values(issued))
