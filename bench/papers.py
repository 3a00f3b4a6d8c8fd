"""Fills the database with invoices, past the doors: as many issued ones as contacts, and drafts to work on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, text

from bench.names import Names
from models import Document, DocumentLine, OpenItem
from services.text import fold, search_text

CHUNK = 5000
BROWSERS = 16
SHORT, LONG, USUAL = 5, 100, 20
# So many drafts of the usual length each browser issues at once, and so many are there for single requests: a
# third is issued, so that there are 160 rounds at most.
EACH = 6
SINGLE = 480
WHAT = ("Bread", "Coffee, ground", "Delivery on Tuesday", "Hours of work", "Flour, 25 kg")
DAYS = 700


@dataclass(frozen=True)
class Papers:
    """Which invoices there are: issued ones from 1 to `issued`, then drafts, by their length."""

    issued: int

    def short(self, number: int) -> int:
        """A draft of five lines: each browser has its own."""
        return self.issued + 1 + number % BROWSERS

    def long(self, number: int) -> int:
        """A draft of a hundred lines."""
        return self.issued + 1 + BROWSERS + number % BROWSERS

    def usual(self, number: int) -> int:
        """A draft of twenty lines; each of these numbers has another one."""
        return self.issued + 1 + 2 * BROWSERS + number

    def to_issue(self, browser: int, number: int) -> int:
        """A draft of twenty lines that one browser issues while others issue theirs."""
        return self.usual(SINGLE + browser * EACH + number)

    def lengths(self) -> list[int]:
        """How many lines the drafts have, in their order."""
        return [SHORT] * BROWSERS + [LONG] * BROWSERS + [USUAL] * (SINGLE + BROWSERS * EACH)

    def first_line(self, document: int) -> int:
        """The id of a draft's first line; issued invoices have one each."""
        before = self.lengths()[: document - self.issued - 1]
        return self.issued + sum(before) + 1


def fill_papers(connection: Connection, size: int) -> Papers:
    """Add the invoices; the search index is made afterwards, by the caller."""
    papers = Papers(size)
    names, today = Names(), datetime.now(ZoneInfo("America/Toronto")).date()
    for rows in _chunks(range(1, size + 1)):
        connection.execute(insert(Document), [_issued(number, size, names, today) for number in rows])
        connection.execute(insert(DocumentLine), [_line(number, number, 1) for number in rows])
        connection.execute(insert(OpenItem), [_open(number, today) for number in rows if number % 5 == 0])
    drafts = range(size + 1, size + 1 + len(papers.lengths()))
    connection.execute(insert(Document), [_draft(number, size, names, today) for number in drafts])
    id_ = size
    for number, length in zip(drafts, papers.lengths(), strict=True):
        lines = [_line(id_ + position, number, position) for position in range(1, length + 1)]
        connection.execute(insert(DocumentLine), lines)
        id_ += length
    connection.execute(text("UPDATE documents SET state = 'issued' WHERE id <= :last"), {"last": size})
    return papers


def _chunks(numbers: range) -> Iterator[range]:
    return (numbers[first : first + CHUNK] for first in range(0, len(numbers), CHUNK))


def _issued(number: int, size: int, names: Names, today: date) -> dict[str, Any]:
    day = today - timedelta(days=1 + (size - number) * DAYS // size)
    at = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
    return _document(number, size, names, day, f"INV-{number:08d}") | {"issued_at": at, "issued_by": 1}


def _draft(number: int, size: int, names: Names, today: date) -> dict[str, Any]:
    return _document(number, size, names, today, "") | {"issued_at": None, "issued_by": None}


def _document(number: int, size: int, names: Names, day: date, no: str) -> dict[str, Any]:
    # Families have the first of each ten contacts, and each of them a customer.
    customer = 1 + 10 * (number % max(1, size // 10))
    who = names.company(customer)
    city, region, country, post_code = who.town
    party_no = f"C{customer:08d}"
    return {
        "id": number, "kind": "invoice", "state": "draft", "no": no, "customer_id": customer, "party_no": party_no,
        "name": who.name, "address": who.address, "post_code": post_code, "city": city, "region": region,
        "country": country, "language": "en", "currency": "CAD", "document_date": day,
        "due_date": day + timedelta(days=30), "lines_total": _AMOUNT, "net": _AMOUNT, "total": _AMOUNT,
        "created_by": 1, "updated_by": 1, "search_name": fold(who.name)[:100],
        "search_text": search_text(no=no, names=[who.name, party_no], city=city),
    }  # fmt: skip


_AMOUNT = Decimal("53.97")


def _line(id_: int, document: int, position: int) -> dict[str, Any]:
    return {
        "id": id_, "document_id": document, "position": position, "description": WHAT[position % len(WHAT)],
        "quantity": Decimal(3), "unit": "kg", "unit_price": Decimal("19.99"), "discount_percent": Decimal(10),
        "amount": _AMOUNT,
    }  # fmt: skip


def _open(number: int, today: date) -> dict[str, Any]:
    return {"document_id": number, "amount": _AMOUNT, "due_date": today + timedelta(days=number % 60 - 30)}
