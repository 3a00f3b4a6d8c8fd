"""The home page draws what was invoiced in the last twelve months, with the same figures as a table (U-H2)."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from services.documents import figures
from tests.documents.support import make_document, make_issued
from tests.home.support import Do
from tests.support import factories as make
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.threads import read

TODAY = date(2026, 6, 15)


def _year(session: Session) -> None:
    """Invoices and credit memos inside and outside of the twelve months, in two currencies."""
    for day, kind, price, currency in [
        (date(2025, 6, 30), "invoice", "999", "CAD"),
        (date(2025, 7, 1), "invoice", "100", "CAD"),
        (date(2026, 3, 5), "invoice", "7", "EUR"),
        (date(2026, 6, 1), "invoice", "50.25", "CAD"),
        (date(2026, 6, 2), "invoice", "40", "CAD"),
        (date(2026, 5, 9), "credit_memo", "30", "CAD"),
        (date(2026, 6, 3), "credit_memo", "0.25", "CAD"),
    ]:
        customer = make.make_customer(session, f"Buyer of {day}")
        make_issued(session, kind, customer, ("1", price), document_date=day, currency=currency)
    make_document(session, "invoice", make.make_customer(session, "Draft"), ("1", "5000"))
    make_issued(session, "purchase_invoice", make.make_vendor(session, "Seller"), ("1", "6000"))


@pytest.mark.both_databases
def test_u_h2_what_was_invoiced_is_added_up_by_month_and_currency(app: Flask, clock: Clock, do: Do) -> None:
    """U-H2: by the date of the document, before tax, credit memos taken off; no drafts, no purchases."""
    clock.set(2026, 6, 15, 16)
    do(_year)
    found = read(app, lambda session: figures.invoiced(session, TODAY))
    assert figures.first_month(TODAY) == date(2025, 7, 1)
    zero = [Decimal(0)]
    assert found["CAD"] == [Decimal(100), *zero * 9, Decimal(-30), Decimal(90)]
    assert found["EUR"] == [*zero * 8, Decimal(7), *zero * 3]
    assert figures.first_month(date(2026, 12, 31)) == date(2026, 1, 1)


def test_u_h2_it_is_read_from_an_index_alone(app: Flask) -> None:
    asked = figures._INVOICED.params(first=date(2025, 7, 1), last=TODAY)
    statement = asked.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    plan = read(app, lambda session: session.execute(text(f"EXPLAIN QUERY PLAN {statement}")).all())
    assert any("COVERING INDEX ix_documents_invoiced" in str(row) for row in plan), plan


@pytest.mark.parametrize("language", ["en", "fr"])
def test_u_h2_the_picture_and_its_table_show_the_same(
    app: Flask, clock: Clock, do: Do, language: str
) -> None:
    """U-H2: title and description, a bar for each month, and a table in a fold; no style inside."""
    clock.set(2026, 6, 15, 16)
    do(_year)
    page = Client(app, role="clerk", language=language).page("/")
    panel = page.one("section", id="invoiced")
    pictures = panel.all("svg")
    assert len(pictures) == 2
    for picture in pictures:
        assert len(picture.all("rect")) == 12 and picture["role"] == "img"
        names = {picture.one("title")["id"], picture.one("desc")["id"]}
        assert names == set(picture["aria-labelledby"].split())
    bars = [int(bar["height"]) for bar in pictures[0].all("rect")]
    assert (bars[0], bars[10], bars[11]) == (150, 0, 135)
    rows = [[cell.text for cell in row.all("td")] for row in panel.one("tbody").all("tr")]
    assert len(rows) == 12
    normal = [[re.sub(r"[\s\xa0\u202f]", "", cell) for cell in row] for row in rows]
    assert [row[0] for row in (normal[0], normal[10], normal[11])] == (
        ["$100.00", "-$30.00", "$90.00"] if language == "en" else ["100,00$", "-30,00$", "90,00$"]
    )
    assert "160" in panel.one("tfoot").text and ("in all" in panel.text or "en tout" in panel.text)


def test_nothing_is_drawn_before_anything_was_invoiced(
    client: Client, client_of: Callable[..., Client]
) -> None:
    assert not client.page("/").all(id="invoiced")
    assert not client_of("reader").page("/").all(id="invoiced")
