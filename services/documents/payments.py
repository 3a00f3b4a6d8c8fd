"""Payments of issued documents: what was paid, what is open, what is overdue (rule O7)."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import BankAccount, Document, OpenItem, Payment
from models.base import now
from services import fields, formats, history, rows
from services.documents import blocks, changes
from services.documents.kinds import named, of
from services.errors import NotFound, Refused
from services.text import TextProblem

ZERO = Decimal(0)
# How a credit memo pays an invoice.
CREDIT = "credit_memo"


def register(session: Session, document: Document, values: Mapping[str, Any], *, by: int | None) -> Payment:
    """Register money received or paid: `amount`, `date`, `method`, `bank_account_id`; part payments are fine.

    Raises Invalid for an amount above what is open, Refused for a blocked bank account or vendor.
    """
    document = changes.lock(session, document)
    check_issued(document)
    open_now = open_amount(session, document)
    if open_now <= 0:
        raise Refused(_l("%(kind)s %(no)s is paid.", **named(document)), record=document)
    rules = {
        "amount": lambda value: _amount(value, open_now, document.currency),
        "date": lambda value: _day(value, document),
        "method": rows.one_of(fields.PAYMENT_METHODS),
        "bank_account_id": rows.row_of(session, BankAccount),
    }
    found = rows.cleaned({"amount": None, "date": None, "method": ""} | dict(values), rules)
    account_id = found.get("bank_account_id")
    account = session.get(BankAccount, account_id) if account_id is not None else None
    blocks.check_payment(document, account)
    payment = Payment(document_id=document.id, created_by=by, **found)
    session.add(payment)
    session.flush()
    settle(session, document)
    cause = history.cause(by)
    history.write(session, document, "paid", cause, field="amount", old=open_now, new=found["amount"])
    session.flush()
    return payment


def cancel(session: Session, document: Document, payment_id: int, *, by: int | None) -> Payment:
    """Cancel a payment that was entered by mistake: it stays in the list, and counts no more."""
    document = changes.lock(session, document)
    payment = session.get(Payment, payment_id, with_for_update=True, populate_existing=True)
    if payment is None or payment.document_id != document.id:
        raise NotFound()
    if payment.credit_memo_id is not None:
        raise Refused(_l("A credit memo stays set against its invoice."), record=document)
    if payment.cancelled_at is None:
        payment.cancelled_at, payment.cancelled_by = now(), by
        session.flush()
        _set_against_again(session, document, by=by)
        cause = history.cause(by)
        history.write(session, document, "payment_cancelled", cause, field="amount", old=payment.amount)
        session.flush()
    return payment


def set_against(session: Session, invoice: Document, credit_memo: Document, *, by: int | None) -> None:
    """Let an issued credit memo pay what is open of its invoice; the rest of it stays to be paid back."""
    amount = min(open_amount(session, invoice), open_amount(session, credit_memo))
    if amount > 0:
        session.add(
            Payment(
                document_id=invoice.id,
                amount=amount,
                date=credit_memo.document_date,
                method=CREDIT,
                credit_memo_id=credit_memo.id,
                created_by=by,
            )
        )
        session.flush()
    settle(session, invoice)
    settle(session, credit_memo)


def of_document(session: Session, document: Document) -> list[Payment]:
    """The payments of a document, cancelled ones too, in the order in which they were entered."""
    query = select(Payment).where(Payment.document_id == document.id).order_by(Payment.id)
    return list(session.scalars(query))


def open_amount(session: Session, document: Document) -> Decimal:
    """What is still to be paid: the total less the payments that count; nothing before it is issued."""
    return document.total - _paid(session, document.id) if document.is_issued else ZERO


def open_amounts(session: Session, document_ids: Iterable[int]) -> dict[int, Decimal]:
    """What is open of several documents, in one query; those that are settled are left out."""
    ids = list(document_ids)
    query = select(OpenItem.document_id, OpenItem.amount).where(OpenItem.document_id.in_(ids))
    return dict(session.execute(query).all())


def is_overdue(document: Document, open_now: Decimal, today: date) -> bool:
    """Whether a document should have been paid by now; the due day itself is in time."""
    return open_now > 0 and document.due_date is not None and document.due_date < today


def check_issued(document: Document) -> None:
    """Raise Refused for a document that nobody pays: a draft, a quote, an order."""
    if not document.is_issued:
        raise Refused(
            _l("Issue %(kind)s %(no)s first: only an issued document is paid.", **named(document))
            if of(document).freezes
            else _l("%(kind)s %(no)s is not paid. Convert it to an invoice first.", **named(document)),
            record=document,
        )


def settle(session: Session, document: Document) -> None:
    """Keep what is open of a document for the lists, as the payments have it; the caller holds its lock."""
    item = session.get(OpenItem, document.id)
    left = open_amount(session, document)
    if left > 0:
        if item is None:
            item = OpenItem(document_id=document.id)
            session.add(item)
        item.amount, item.due_date = left, document.due_date
    elif item is not None:
        session.delete(item)
    session.flush()


def _set_against_again(session: Session, document: Document, *, by: int | None) -> None:
    """An invoice and its credit memos pay each other, as far as both are open again."""
    if of(document).is_credit:
        if document.source_id is not None:
            invoice = changes.load(session, document.source_id, lock=True)
            set_against(session, invoice, document, by=by)
        settle(session, document)
        return
    invoice = document
    query = select(Document.id).where(Document.source_id == invoice.id, Document.state == "issued")
    for memo_id in session.scalars(query.order_by(Document.id)).all():
        set_against(session, invoice, changes.load(session, memo_id, lock=True), by=by)
    settle(session, invoice)


def _paid(session: Session, document_id: int) -> Decimal:
    """What was paid of a document, and what a credit memo paid of its invoice."""
    query = select(func.sum(Payment.amount)).where(
        (Payment.document_id == document_id) | (Payment.credit_memo_id == document_id),
        Payment.cancelled_at.is_(None),
    )
    return session.scalar(query) or ZERO


def _amount(value: Decimal | None, open_now: Decimal, currency: str) -> Decimal:
    if value is None or value <= 0:
        raise TextProblem(_l("Enter the amount that was paid, more than zero."))
    if value != formats.round_money(value, currency):
        raise TextProblem(_l("Enter an amount that can be paid in this currency, without more decimals."))
    if value > open_now:
        raise TextProblem(
            _l("Only %(open)s are open. Enter that amount or less.", open=fields.as_text(open_now))
        )
    return value


def _day(value: date | None, document: Document) -> date:
    if value is None:
        raise TextProblem(_l("Enter the day of the payment."))
    if not date(1900, 1, 1) <= value <= date(2999, 12, 31):
        raise TextProblem(_l("Enter a day between 1900 and 2999."))
    return value
