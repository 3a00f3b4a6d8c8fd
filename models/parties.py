"""The parties: cards with commercial data that may be linked to a contact."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Base
from models.base import (
    NEVER_REUSED,
    Card,
    ContactPerson,
    Money,
    NameAndAddress,
    TradeNumbers,
    business,
    staff,
    text,
    user_key,
)
from models.contacts import Contact


class Customer(Card, NameAndAddress, TradeNumbers, ContactPerson, Base):
    """Whom the office sells to."""

    __tablename__ = "customers"
    KIND = "customer"

    contact_type: Mapped[str] = mapped_column(
        String(10), default="company", nullable=False, info=business("contact type")
    )
    salesperson_id: Mapped[int | None] = user_key(staff("salesperson"))
    tax_group_id: Mapped[int | None] = mapped_column(ForeignKey("tax_groups.id"), info=business("tax group"))
    credit_limit: Mapped[Decimal | None] = mapped_column(Money, info=business("credit limit"))
    blocked: Mapped[str] = mapped_column(String(10), default="none", nullable=False, info=business("blocked"))

    primary_contact: Mapped[Contact | None] = relationship(foreign_keys="Customer.primary_contact_id")

    __table_args__ = (
        CheckConstraint("contact_type IN ('company', 'person')", name="contact_type"),
        CheckConstraint("blocked IN ('none', 'ship', 'invoice', 'all')", name="blocked"),
        Index("ix_customers_search_name_id", "search_name", "id"),
        Index("ix_customers_search_city_id", "search_city", "id"),
        Index("ix_customers_search_city_name", "search_city", "search_name"),
        NEVER_REUSED,
    )


class Vendor(Card, NameAndAddress, TradeNumbers, ContactPerson, Base):
    """Whom the office buys from."""

    __tablename__ = "vendors"
    KIND = "vendor"

    purchaser_id: Mapped[int | None] = user_key(staff("purchaser"))
    our_account_no: Mapped[str] = text(30, business("our account no."))
    iban: Mapped[str] = text(34, business("iban"))
    bic: Mapped[str] = text(11, business("bic"))
    blocked: Mapped[str] = mapped_column(String(10), default="none", nullable=False, info=business("blocked"))

    primary_contact: Mapped[Contact | None] = relationship(foreign_keys="Vendor.primary_contact_id")

    __table_args__ = (
        CheckConstraint("blocked IN ('none', 'payment', 'all')", name="blocked"),
        Index("ix_vendors_search_name_id", "search_name", "id"),
        Index("ix_vendors_search_city_id", "search_city", "id"),
        Index("ix_vendors_search_city_name", "search_city", "search_name"),
        NEVER_REUSED,
    )


class BankAccount(Card, NameAndAddress, Base):
    """An account of the office at a bank; the shared fields describe the bank."""

    __tablename__ = "bank_accounts"
    KIND = "bank_account"

    label: Mapped[str] = text(50, business("label"))
    bank_branch_no: Mapped[str] = text(20, business("branch"))
    account_no: Mapped[str] = text(30, business("account no."))
    iban: Mapped[str] = text(34, business("iban"))
    bic: Mapped[str] = text(11, business("bic"))
    account_currency: Mapped[str] = text(3, business("account currency"))
    our_user_id: Mapped[int | None] = user_key(staff("in charge"))
    blocked: Mapped[bool] = mapped_column(Boolean, default=False, nullable=False, info=business("blocked"))

    __table_args__ = (
        Index("ix_bank_accounts_search_name_id", "search_name", "id"),
        Index("ix_bank_accounts_search_city_id", "search_city", "id"),
        Index("ix_bank_accounts_search_city_name", "search_city", "search_name"),
        NEVER_REUSED,
    )


Party = Customer | Vendor | BankAccount
AnyCard = Contact | Customer | Vendor | BankAccount

MODELS: dict[str, type[Any]] = {model.KIND: model for model in (Contact, Customer, Vendor, BankAccount)}
PARTY_KINDS = ("customer", "vendor", "bank_account")
