"""Payments of issued documents, and what is still open of them."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Base
from models.base import NOT_PERSONAL, Money, UtcDateTime, now, posted, staff, text, user_key
from models.parties import BankAccount


def _of_document(export: str) -> dict[str, object]:
    return posted(export, subject="document_id", class_="business")


class Payment(Base):
    """Money received or paid for a document, in its currency, or a credit memo set against it.

    A payment that was entered by mistake is cancelled and stays; what counts are the others.
    """

    __tablename__ = "payments"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id"), nullable=False, info=_of_document("document")
    )
    amount: Mapped[Decimal] = mapped_column(Money, nullable=False, info=_of_document("amount"))
    date: Mapped[date] = mapped_column(Date, nullable=False, index=True, info=_of_document("paid on"))
    method: Mapped[str] = text(20, _of_document("payment method"))
    bank_account_id: Mapped[int | None] = mapped_column(
        ForeignKey("bank_accounts.id"), index=True, info=_of_document("bank account")
    )
    credit_memo_id: Mapped[int | None] = mapped_column(
        ForeignKey("documents.id"), index=True, info=_of_document("credit memo")
    )
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=_of_document("created")
    )
    created_by: Mapped[int | None] = user_key(staff("created by"))
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info=_of_document("cancelled"))
    cancelled_by: Mapped[int | None] = user_key(staff("cancelled by"))

    bank_account: Mapped[BankAccount | None] = relationship()

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("credit_memo_id IS NULL OR bank_account_id IS NULL", name="one_source"),
        Index("ix_payments_document_id_amount", "document_id", "amount"),
    )


class OpenItem(Base):
    """What is still open of an issued document; no row when nothing is.

    It follows from the total and the payments, and is kept so that lists and the home page find what is
    unpaid without adding up every payment there ever was. `services.documents.payments` alone writes it.
    """

    __tablename__ = "open_items"

    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id"), primary_key=True, autoincrement=False, info=_of_document("document")
    )
    amount: Mapped[Decimal] = mapped_column(Money, nullable=False, info=_of_document("open amount"))
    due_date: Mapped[date | None] = mapped_column(Date, index=True, info=_of_document("due date"))
