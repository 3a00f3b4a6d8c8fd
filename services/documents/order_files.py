"""Orders of another program entered as invoices: one file of orders, one of their lines, one of products.

The files are those of the Northwind sample: their headings are fixed. What an order ships for, and where to,
is left out: an invoice here has neither freight nor a shipping address.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Customer, Document, Item, TaxGroup
from services import spreadsheets, taxes
from services.documents import issuing, saving
from services.documents.issuing import MakePdf
from services.errors import Invalid, NotFound

ORDERS = ("orderID", "customerID", "orderDate", "requiredDate")
LINES = ("orderID", "productID", "unitPrice", "quantity", "discount")
PRODUCTS = ("productID", "productName")


@dataclass(frozen=True)
class OrderLine:
    """One line of an order; the discount is in percent."""

    product: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal


@dataclass(frozen=True)
class Order:
    """One order with its lines."""

    no: str
    customer_no: str
    day: date
    requested: date | None
    lines: list[OrderLine] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What its invoice is known by when the file comes again."""
        return f"order {self.no}"


def read(orders: Path, lines: Path) -> list[Order]:
    """The orders of two files in the order of their dates; Invalid names the row that cannot be read."""
    found: dict[str, Order] = {}
    for place, cells in _rows(orders, ORDERS):
        no, customer, day, requested = cells
        needed = "" if spreadsheets.blank(requested) else requested
        found[no] = Order(no, customer, _read(place, date.fromisoformat, day), _read(place, _day, needed))
    for place, (no, product, price, quantity, discount) in _rows(lines, LINES):
        if no not in found:
            raise Invalid({"": _l("%(place)s: there is no order %(no)s.", place=place, no=no)})
        numbers = [_read(place, Decimal, cell) for cell in (quantity, price, discount)]
        found[no].lines.append(OrderLine(product, numbers[0], numbers[1], numbers[2] * 100))
    return sorted(found.values(), key=lambda order: (order.day, order.no))


def product_names(products: Path | None) -> dict[str, str]:
    """What products are called, by their numbers; nothing without a file."""
    if products is None:
        return {}
    return {no: name for _place, (no, name) in _rows(products, PRODUCTS)}


def entered(session: Session, orders: Iterable[Order]) -> set[str]:
    """The keys of those orders that have an invoice already."""
    keys = {order.key for order in orders}
    query = select(Document.import_key).where(Document.import_key.in_(keys))
    return set(session.scalars(query))


def without_tax(session: Session) -> TaxGroup:
    """The group that charges nothing; a new one when the office has none."""
    groups = session.scalars(select(TaxGroup).where(TaxGroup.exempt_reason != "").order_by(TaxGroup.id))
    found = groups.first()
    if found is None:
        (found,) = (group for group in taxes.usual_groups("") if group.exempt_reason)
        session.add(found)
        session.flush()
    return found


def enter(
    session: Session, order: Order, names: dict[str, str], *, make_pdf: MakePdf, by: int | None
) -> Document:
    """Enter one order as an issued invoice of its day, without tax; NotFound when there is no such customer."""
    customer = session.scalar(select(Customer).where(Customer.no == order.customer_no))
    if customer is None:
        raise NotFound(_l("There is no customer %(no)s.", no=order.customer_no))
    values: dict[str, Any] = {"document_date": order.day, "reference": order.no}
    invoice = saving.create(session, "invoice", customer, values, by=by)
    invoice.requested_date, invoice.import_key = order.requested, order.key
    group = str(without_tax(session).id)
    saving.add_lines(
        session, invoice, [_line_values(session, line, names, group) for line in order.lines], by=by
    )
    return issuing.issue(session, invoice, make_pdf=make_pdf, by=by)


# -- helpers ----------------------------------------------------------------------------------------


def _line_values(session: Session, line: OrderLine, names: dict[str, str], group: str) -> dict[str, Any]:
    item = session.scalar(select(Item).where(Item.no == line.product))
    name = item.description if item is not None else names.get(line.product)
    return {
        "item_id": str(item.id) if item is not None and not item.blocked else None,
        "description": name or str(_l("Product %(no)s", no=line.product)),
        "quantity": line.quantity,
        "unit": item.unit if item is not None else "",
        "unit_price": line.unit_price,
        "discount_percent": line.discount,
        "tax_group_id": group,
    }


def _rows(file: Path, headings: tuple[str, ...]) -> Iterable[tuple[str, list[str]]]:
    """The cells below the headings that are wanted, each row with the place that a sentence names."""
    sheet = spreadsheets.read(file, file.name)
    missing = [heading for heading in headings if heading not in sheet.headers]
    if missing:
        raise Invalid(
            {"": _l("%(file)s has no column %(column)s.", file=file.name, column=", ".join(missing))}
        )
    if sheet.problems:
        raise Invalid(
            {
                "": _l(
                    "%(file)s, row %(row)s: there are %(found)s cells instead of %(expected)s.",
                    file=file.name,
                    row=sheet.problems[0].number,
                    found=sheet.problems[0].found,
                    expected=sheet.problems[0].expected,
                )
            }
        )
    columns = [sheet.headers.index(heading) for heading in headings]
    for row in sheet.rows:
        yield f"{file.name}, {row.number}", [row.cells[column].strip() for column in columns]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _read(place: str, reader: Callable[[str], Any], text: str) -> Any:
    try:
        return reader(text)
    except (ValueError, InvalidOperation):
        raise Invalid({"": _l("%(place)s: “%(text)s” cannot be read.", place=place, text=text)}) from None
