"""The rate of the work that concerns many cards: records a second through the job, as the office runs it."""

import re
import time
from secrets import token_hex

from bench.browser import Ask, Browser
from bench.names import Names

BOUNDARY = "bench-boundary"
_BATCH = re.compile(r"/import/(\d+)")
_SELECT = re.compile(rb'<select[^>]*\bname="(column-\d+)"[^>]*>(.*?)</select>', re.DOTALL)
_SELECTED = re.compile(rb'<option selected value="([^"]*)"')


def import_rate(port: int, rows: int) -> tuple[float, float]:
    """Rows a second that an import of new customers checks, and then creates with contact, link and history."""
    browser = Browser(port)
    browser.ask(_upload(browser, rows))
    batch = _BATCH.search(browser.location)
    assert batch is not None, browser.location
    address = batch[0]
    page = browser.ask(Ask("GET", f"{address}/columns"))
    columns = {**_columns(page), "key": "none", "clear": "no"}
    checked = _seconds(browser, address, Ask("POST", f"{address}/columns", columns, status=303), b"/run")
    created = _seconds(browser, address, Ask("POST", f"{address}/run", {}, status=303), b"/undo")
    return rows / checked, rows / created


def _upload(browser: Browser, rows: int) -> Ask:
    names = Names()
    lines = ["name;address;post_code;city;country;phone;email"]
    for number in range(rows):
        who = names.company(number)
        city, _region, country, post_code = who.town
        phone = f"581 {number // 10000:03d}-{number % 10000:04d}"
        lines.append(
            ";".join((f"{who.name} {number}", who.address, post_code, city, country, phone, who.email))
        )
    parts = []
    detected = {"separator": "", "encoding": "", "decimal": ""}
    sent = {"csrf_token": browser.csrf(), "kind": "customers", "once": token_hex(8), **detected}
    for name, value in sent.items():
        parts.append(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n')
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


def _seconds(browser: Browser, address: str, begin: Ask, sign: bytes) -> float:
    """How long a step takes, from its button until the page of the import offers the next step."""
    began = time.monotonic()
    browser.ask(begin)
    while sign not in browser.ask(Ask("GET", address)):
        if time.monotonic() - began > 1800:
            raise TimeoutError(address)
        time.sleep(0.1)
    return time.monotonic() - began
