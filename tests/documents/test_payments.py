"""Payments: part payments, what is open, what is overdue, and what is refused (O7)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Document, OpenItem
from services.documents import converting, payments
from services.errors import Invalid, NotFound, Refused
from tests.documents.support import BY, make_document, make_issued, pdf
from tests.support import factories as make
from tests.support.threads import overlapping, read, write

D = Decimal


def paid(amount: str, **more: Any) -> dict[str, Any]:
    return {"amount": D(amount), "date": date(2026, 6, 20), "method": "transfer"} | more


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", ["invoice", "purchase_invoice", "credit_memo"])
def test_o7_a_document_is_paid_in_parts(session: Session, kind: str) -> None:
    """O7: what is open follows from the payments, and lists find it."""
    document = make_issued(session, kind)
    account = make.make_bank_account(session)
    for amount, left in (("30", D(70)), ("69.99", D("0.01"))):
        payments.register(session, document, paid(amount, bank_account_id=str(account.id)), by=BY)
        assert payments.open_amount(session, document) == left
        assert session.get_one(OpenItem, document.id).amount == left
    payments.register(session, document, paid("0.01"), by=BY)
    assert payments.open_amounts(session, [document.id]) == {}
    assert session.get(OpenItem, document.id) is None
    with pytest.raises(Refused, match="is paid"):
        payments.register(session, document, paid("1"), by=BY)
    assert [one.amount for one in payments.of_document(session, document)] == [D(30), D("69.99"), D("0.01")]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"amount": None}, "amount"),
    ({"amount": D(0)}, "amount"),
    ({"amount": D(-5)}, "amount"),
    ({"amount": D("100.01")}, "amount"),
    ({"amount": D("1.001")}, "amount"),
    ({"date": None}, "date"),
    ({"date": date(1, 1, 1)}, "date"),
    ({"method": "shells"}, "method"),
    ({"bank_account_id": "999"}, "bank_account_id"),
]


def test_what_is_no_payment_says_so(session: Session) -> None:
    """O7: more than is open is one of them."""
    invoice = make_issued(session)
    for values, field in WRONG:
        with pytest.raises(Invalid) as problem:
            payments.register(session, invoice, paid("10") | values, by=BY)
        assert set(problem.value.errors) == {field}
    assert payments.open_amount(session, invoice) == D(100)


@pytest.mark.parametrize("kind", ["invoice", "quote", "order", "purchase_order"])
def test_what_is_not_issued_is_not_paid(session: Session, kind: str) -> None:
    with pytest.raises(Refused):
        payments.register(session, make_document(session, kind), paid("10"), by=BY)


def test_a_payment_entered_by_mistake_is_cancelled_and_stays(session: Session) -> None:
    invoice, other = make_issued(session), make_issued(session)
    payment = payments.register(session, invoice, paid("100"), by=BY)
    for _ in range(2):
        payments.cancel(session, invoice, payment.id, by=BY)
    assert payments.open_amount(session, invoice) == D(100) == session.get_one(OpenItem, invoice.id).amount
    assert payment.cancelled_by == BY and payments.of_document(session, invoice) == [payment]
    with pytest.raises(NotFound):
        payments.cancel(session, other, payment.id, by=BY)


@pytest.mark.parametrize(("paid_back", "left"), [(0, 0), (30, 30), (100, 100)])
def test_o7_a_payment_cancelled_after_the_credit_memo_lets_that_pay_the_invoice(
    session: Session, paid_back: int, left: int
) -> None:
    """O6, O7: as far as the credit memo was not paid back, nothing is open of either, and nothing gets overdue."""
    invoice = make_issued(session)
    payment = payments.register(session, invoice, paid("100"), by=BY)
    memo = converting.cancel(session, invoice, make_pdf=pdf, by=BY)
    assert payments.open_amount(session, memo) == memo.total
    if paid_back:
        payments.register(session, memo, paid(str(paid_back)), by=BY)
    payments.cancel(session, invoice, payment.id, by=BY)
    assert (payments.open_amount(session, invoice), payments.open_amount(session, memo)) == (left, 0)
    assert payments.open_amounts(session, [invoice.id, memo.id]) == ({invoice.id: left} if left else {})


def test_o7_a_refund_that_is_cancelled_lets_the_credit_memo_pay_its_invoice_again(session: Session) -> None:
    """O7: what is open is as if nobody had ever paid back, whichever payment is cancelled first."""
    for refund_first in (True, False):
        invoice = make_issued(session)
        payment = payments.register(session, invoice, paid("100"), by=BY)
        memo = converting.cancel(session, invoice, make_pdf=pdf, by=BY)
        refund = payments.register(session, memo, paid("100"), by=BY)
        steps = [(memo, refund), (invoice, payment)]
        for document, one in steps if refund_first else reversed(steps):
            payments.cancel(session, document, one.id, by=BY)
        assert payments.open_amounts(session, [invoice.id, memo.id]) == {}
        assert (payments.open_amount(session, invoice), payments.open_amount(session, memo)) == (0, 0)


def test_o7_a_refund_of_what_was_paid_too_much_is_open_again(session: Session) -> None:
    """O7: the invoice needs nothing, so all of it stays to be paid back; one without an invoice too."""
    invoice = make_issued(session)
    payments.register(session, invoice, paid("100"), by=BY)
    for memo in (
        converting.cancel(session, invoice, make_pdf=pdf, by=BY),
        make_issued(session, "credit_memo"),
    ):
        refund = payments.register(session, memo, paid("40"), by=BY)
        payments.cancel(session, memo, refund.id, by=BY)
        assert payments.open_amounts(session, [invoice.id, memo.id]) == {memo.id: D(100)}


def test_o7_overdue_is_what_should_have_been_paid_before_today(session: Session) -> None:
    """O7: the due day itself is in time."""
    day = date(2026, 6, 15)
    invoice = make_issued(session, due_date=day, document_date=day)
    for today, left, overdue in (
        (day, D(100), False),
        (day + timedelta(days=1), D(100), True),
        (day + timedelta(days=1), D(0), False),
    ):
        assert payments.is_overdue(invoice, left, today) is overdue
    assert session.scalars(select(OpenItem.document_id).where(OpenItem.due_date <= day)).all() == [invoice.id]


def test_a_document_of_nothing_is_settled_from_the_start(session: Session) -> None:
    invoice = make_issued(session, "invoice", None, ("1", "0"))
    assert session.get(OpenItem, invoice.id) is None


@pytest.mark.both_databases
def test_two_who_register_the_last_payment_at_once_pay_it_once(bare_app: Flask) -> None:
    """The second one is refused: nothing is open any more."""
    invoice_id = write(bare_app, lambda session: make_issued(session).id)

    def pay(session: Session) -> int:
        return payments.register(session, session.get_one(Document, invoice_id), paid("100"), by=BY).id

    first, second = overlapping(bare_app, pay, pay)
    assert isinstance(first, int) and isinstance(second, Refused)
    assert read(bare_app, lambda session: payments.open_amounts(session, [invoice_id])) == {}
