"""Orders of another program entered as invoices: counted, summed, each once."""

import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import HOME, Config
from models import Document, DocumentFile, Item
from services.documents import lines, order_files
from services.errors import Invalid, NotFound
from tests.documents.support import BY, make_issued, office, pdf, tax_group
from tests.support import databases
from tests.support import factories as make

NORTHWIND = HOME / "tests" / "data" / "northwind"
FILES = NORTHWIND / "orders.csv", NORTHWIND / "order-details.csv"


def test_every_order_is_read_in_the_order_of_the_days() -> None:
    """R-MON-1: 830 orders; their lines, rounded half up one by one, come to 1,265,793.29."""
    orders = order_files.read(*FILES)
    assert len(orders) == 830 and sum(len(order.lines) for order in orders) == 2155
    assert Counter(order.day.year for order in orders) == {1996: 152, 1997: 408, 1998: 270}
    assert [order.day for order in orders] == sorted(order.day for order in orders)
    amounts = [
        lines.amount(line.quantity, line.unit_price, line.discount, "USD")
        for order in orders
        for line in order.lines
    ]
    assert sum(amounts) == Decimal("1265793.29")


@pytest.mark.both_databases
def test_an_order_becomes_an_issued_invoice_of_its_day_without_tax(session: Session) -> None:
    """N5: numbered in its own year, beside those of today; the item's name where there is one."""
    office(session).tax_group_id = tax_group(session, "TWO", ("GST", "5")).id
    make_issued(session)
    customer = make.make_customer(session, "Vins et alcools", no="VINET")
    session.add(Item(no="11", description="Queso Cabrales", unit="kg", unit_price=Decimal(21)))
    session.flush()
    first = order_files.read(*FILES)[0]
    names = order_files.product_names(NORTHWIND / "products.csv")
    invoice = order_files.enter(session, first, names, make_pdf=pdf, by=BY)
    assert (invoice.no, invoice.customer, invoice.reference) == ("INV-1996-00001", customer, "10248")
    assert (invoice.total, invoice.tax) == (Decimal(440), Decimal(0))
    assert [tax.exempt_reason for tax in invoice.taxes] == ["Not subject to tax"]
    assert [(line.description, line.unit, line.unit_price) for line in invoice.lines][:2] == [
        ("Queso Cabrales", "kg", Decimal(14)),
        ("Singaporean Hokkien Fried Mee", "", Decimal("9.8")),
    ]
    assert order_files.entered(session, [first]) == {first.key}
    with pytest.raises(NotFound, match="TOMSP"):
        order_files.enter(session, order_files.read(*FILES)[1], names, make_pdf=pdf, by=BY)


@pytest.mark.parametrize(
    ("orders", "details", "said"),
    [
        ("orderID,customerID,orderDate\n1,A,1996-07-04\n", "", "requiredDate"),
        ("orderID,customerID,orderDate,requiredDate\n1,A,1996-02-30,NULL\n", "", "orders.csv, 2"),
        ("orderID,customerID,orderDate,requiredDate\n1,A,1996-07-04\n", "", "row 2"),
        (
            "orderID,customerID,orderDate,requiredDate\n1,A,1996-07-04,NULL\n",
            "orderID,productID,unitPrice,quantity,discount\n2,11,14.00,12,0.00\n",
            "no order 2",
        ),
        (
            "orderID,customerID,orderDate,requiredDate\n1,A,1996-07-04,NULL\n",
            "orderID,productID,unitPrice,quantity,discount\n1,11,dear,12,0.00\n",
            "dear",
        ),
    ],
)
def test_a_file_that_cannot_be_read_names_the_row(
    tmp_path: Path, orders: str, details: str, said: str
) -> None:
    first, second = tmp_path / "orders.csv", tmp_path / "details.csv"
    first.write_text(orders)
    second.write_text(details or "orderID,productID,unitPrice,quantity,discount\n1,1,1,1,0\n")
    with pytest.raises(Invalid) as problem:
        order_files.read(first, second)
    assert said in str(problem.value.errors[""][0])


@pytest.mark.slow
def test_the_command_enters_each_order_once(all_databases: databases.Databases, tmp_path: Path) -> None:
    """The same files again enter nothing; what cannot be entered is named, and comes when it can."""
    config = all_databases.fresh("sqlite", tmp_path / "office")
    folder = tmp_path / "files"
    folder.mkdir()
    for name, most in (("orders.csv", 7), ("order-details.csv", 18), ("products.csv", 77)):
        kept = (NORTHWIND / name).read_text("utf-8").splitlines()[: most + 1]
        (folder / name).write_text("\n".join(kept) + "\n", "utf-8")
    buyers = ["VINET", "TOMSP", "HANAR", "VICTE", "SUPRD"]
    databases.fill(config, lambda session: [make.make_customer(session, no, no=no) for no in buyers] and None)
    first = _import_orders(config, str(folder))
    assert (first.returncode, first.stdout) == (
        1,
        "6 invoices entered, 0 were there already, 1 could not be entered.\n",
    )
    assert "There is no customer CHOPS." in first.stderr
    databases.fill(config, lambda session: make.make_customer(session, "CHOPS", no="CHOPS") and None)
    for sentence in (
        "1 invoices entered, 6 were there already, 0 could not be entered.\n",
        "0 invoices entered, 7 were there already, 0 could not be entered.\n",
    ):
        again = _import_orders(config, str(folder / "orders.csv"), str(folder / "order-details.csv"))
        assert (again.returncode, again.stdout) == (0, sentence), again.stderr
    with Session(databases.plain_engine(config)) as session:
        assert session.scalars(select(Document.no).order_by(Document.no)).all() == [
            f"INV-1996-0000{number}" for number in range(1, 8)
        ]
        assert session.scalar(select(func.count()).select_from(DocumentFile)) == 7


def _import_orders(config: Config, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "import-orders", *arguments],
        cwd=HOME,
        env=os.environ | {"CARNET_DATA": str(config.data), "DATABASE_URL": ""},
        check=False,
        capture_output=True,
        text=True,
    )
