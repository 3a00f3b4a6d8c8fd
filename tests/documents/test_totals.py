"""Sums of documents: several taxes in a group, discounts on the whole, rates by day (O5, R-MON-1)."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from models import TaxGroup, TaxRate
from services.documents import saving, totals
from tests.documents.support import BY, make_document, make_issued, office, tax_group
from tests.support import factories as make

D = Decimal
DAY = date(2026, 6, 15)


def group(id_: int, *rates: tuple[str, str], reason: str = "") -> TaxGroup:
    return TaxGroup(
        id=id_,
        code=str(id_),
        exempt_reason=reason,
        rates=[TaxRate(name=name, percent=D(rate)) for name, rate in rates],
    )


QC = group(1, ("TPS/GST", "5"), ("TVQ/QST", "9.975"))
GST = group(2, ("TPS/GST", "5"))
EXEMPT = group(3, reason="Not subject to tax")


def taxes(found: totals.Totals) -> list[tuple[str, Decimal, Decimal]]:
    return [(tax.name or tax.exempt_reason, tax.base, tax.amount) for tax in found.taxes]


def test_o5_two_taxes_are_each_computed_on_the_sum_of_the_lines() -> None:
    """R-MON-1: 156.00 with GST 5 % and QST 9.975 % is 179.36; the second is not charged on the first."""
    found = totals.compute([(D(156), QC)], D(0), "CAD", DAY)
    assert taxes(found) == [("TPS/GST", D(156), D("7.80")), ("TVQ/QST", D(156), D("15.56"))]
    assert (found.net, found.tax, found.total) == (D(156), D("23.36"), D("179.36"))


def test_r_mon_1_a_tax_is_rounded_once_whatever_the_number_of_lines() -> None:
    """Ten lines of 0.10 at 5 % are 0.05 of tax, not ten times 0.01."""
    found = totals.compute([(D("0.10"), GST)] * 10, D(0), "CAD", DAY)
    assert taxes(found) == [("TPS/GST", D("1.00"), D("0.05"))]


def test_the_same_tax_of_two_groups_is_one_line() -> None:
    found = totals.compute([(D(100), QC), (D("50.10"), GST), (D(10), EXEMPT)], D(0), "CAD", DAY)
    assert taxes(found) == [
        ("TPS/GST", D("150.10"), D("7.51")),
        ("TVQ/QST", D(100), D("9.98")),
        ("Not subject to tax", D(10), D(0)),
    ]
    assert found.total == D("160.10") + D("17.49")


def test_a_discount_on_the_whole_is_spread_so_that_everything_adds_up() -> None:
    found = totals.compute([(D("33.33"), QC), (D("33.33"), GST), (D("33.39"), EXEMPT)], D(10), "CAD", DAY)
    assert (found.lines_total, found.net, found.discount) == (D("100.05"), D("90.05"), D("10.00"))
    bases = {name: base for name, base, _amount in taxes(found)}
    assert bases["TPS/GST"] + bases["Not subject to tax"] == found.net


def test_lines_without_a_group_and_documents_without_lines() -> None:
    assert totals.compute([(D(10), None)], D(0), "CAD", DAY).taxes == []
    empty = totals.compute([], D(10), "CAD", DAY)
    assert (empty.net, empty.total) == (D(0), D(0))


def test_the_percentage_is_the_one_of_the_documents_day() -> None:
    """O5: rates have a first and a last day, both included."""
    old = TaxRate(name="HST", percent=D(15), valid_to=date(2025, 3, 31))
    new = TaxRate(name="HST", percent=D(14), valid_from=date(2025, 4, 1))
    hst = TaxGroup(id=9, code="NS", exempt_reason="", rates=[old, new])
    assert totals.compute([(D(100), hst)], D(0), "CAD", date(2025, 3, 31)).tax == D(15)
    assert totals.compute([(D(100), hst)], D(0), "CAD", date(2025, 4, 1)).tax == D(14)
    later = TaxGroup(id=8, code="Z", exempt_reason="", rates=[new])
    assert totals.compute([(D(100), later)], D(0), "CAD", date(2025, 1, 1)).untaxed == [later]


def test_yen_and_dinars_are_rounded_in_their_own_units() -> None:
    ten = group(4, ("Tax", "10"))
    assert totals.compute([(D(101), ten)], D(0), "JPY", DAY).tax == D(10)
    assert totals.compute([(D("1.235"), ten)], D(0), "KWD", DAY).tax == D("0.124")


def test_large_amounts_stay_exact() -> None:
    found = totals.compute([(D("999999999.99"), QC)], D(0), "CAD", DAY)
    assert found.total == D("999999999.99") + D("50000000.00") + D("99750000.00")


@pytest.mark.both_databases
def test_o5_the_group_comes_from_the_line_the_item_the_customer_then_the_office(session: Session) -> None:
    """O5."""
    groups = {
        code: tax_group(session, code, (code, rate))
        for code, rate in (("LINE", "1"), ("ITEM", "2"), ("CUST", "3"), ("OFFICE", "4"))
    }
    office(session).tax_group_id = groups["OFFICE"].id
    plain, taxed = make.make_customer(session), make.make_customer(session, tax_group_id=groups["CUST"].id)
    item = saving_item(session, groups["ITEM"].id)
    document = make_document(session, "invoice", plain, ("1", "100"))
    assert document.tax == D(4)
    document = make_document(session, "invoice", taxed, ("1", "100"))
    assert document.tax == D(3)
    line = saving.add_line(session, document, {"item_id": str(item), "quantity": D(1)}, by=BY)
    assert (line.description, line.unit_price, document.tax) == ("Loaf", D(100), D(5))
    saving.save_line(session, document, line.id, {"tax_group_id": str(groups["LINE"].id)}, by=BY)
    assert document.tax == D(4)


@pytest.mark.both_databases
def test_r_mon_1_what_is_stored_is_what_is_shown(session: Session) -> None:
    """R-MON-1: the stored sums of an issued document are those of its own lines and taxes."""
    office(session).tax_group_id = tax_group(session, "QC2", ("GST", "5"), ("QST", "9.975")).id
    document = make_issued(session, "invoice", None, ("1", "2.675"), ("3", "33.3333"), ("1", "0.01", "50"))
    found = totals.of_document(session, document, office(session))
    assert (found.net, found.tax, found.total) == (document.net, document.tax, document.total)
    assert document.net == sum(line.amount for line in document.lines) == D("102.69")
    assert document.tax == sum(tax.amount for tax in document.taxes) == D("5.13") + D("10.24")
    assert [line.tax_code for line in document.lines] == ["QC2"] * 3


def saving_item(session: Session, group_id: int) -> int:
    from models import Item

    item = Item(no="LOAF", description="Loaf", unit_price=D(100), tax_group_id=group_id)
    session.add(item)
    session.flush()
    return item.id
