"""What the office configures: itself, number series, payment terms, taxes and templates."""

from datetime import date
from decimal import Decimal

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Base
from models.base import NOT_PERSONAL, Money, long_text, text


class Office(Base):
    """The single row of the office's own settings."""

    __tablename__ = "office"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    name: Mapped[str] = text(100, NOT_PERSONAL)
    address: Mapped[str] = text(100, NOT_PERSONAL)
    address2: Mapped[str] = text(50, NOT_PERSONAL)
    post_code: Mapped[str] = text(20, NOT_PERSONAL)
    city: Mapped[str] = text(50, NOT_PERSONAL)
    region: Mapped[str] = text(50, NOT_PERSONAL)
    country: Mapped[str] = text(2, NOT_PERSONAL)
    phone: Mapped[str] = text(30, NOT_PERSONAL)
    email: Mapped[str] = text(254, NOT_PERSONAL)
    website: Mapped[str] = text(255, NOT_PERSONAL)
    registration_no: Mapped[str] = text(20, NOT_PERSONAL)
    vat_no: Mapped[str] = text(20, NOT_PERSONAL)
    # Where there are two: the number for the QST beside that for the GST.
    vat_no2: Mapped[str] = text(20, NOT_PERSONAL)
    currency: Mapped[str] = text(3, NOT_PERSONAL)
    language: Mapped[str] = text(5, NOT_PERSONAL)
    timezone: Mapped[str] = text(50, NOT_PERSONAL)
    is_demo: Mapped[bool] = mapped_column(Boolean, default=False, nullable=False, info=NOT_PERSONAL)

    customer_code_id: Mapped[int | None] = mapped_column(ForeignKey("relation_codes.id"), info=NOT_PERSONAL)
    vendor_code_id: Mapped[int | None] = mapped_column(ForeignKey("relation_codes.id"), info=NOT_PERSONAL)
    bank_account_code_id: Mapped[int | None] = mapped_column(
        ForeignKey("relation_codes.id"), info=NOT_PERSONAL
    )
    create_contacts: Mapped[bool] = mapped_column(Boolean, default=True, nullable=False, info=NOT_PERSONAL)
    inherit_address: Mapped[bool] = mapped_column(Boolean, default=True, nullable=False, info=NOT_PERSONAL)
    inherit_communication: Mapped[bool] = mapped_column(
        Boolean, default=True, nullable=False, info=NOT_PERSONAL
    )
    inherit_other: Mapped[bool] = mapped_column(Boolean, default=True, nullable=False, info=NOT_PERSONAL)

    # How alike two names in one city are, in per cent, when the office wants to be told.
    duplicate_percent: Mapped[int] = mapped_column(
        Integer, default=85, server_default="85", nullable=False, info=NOT_PERSONAL
    )

    contact_series_id: Mapped[int | None] = mapped_column(ForeignKey("number_series.id"), info=NOT_PERSONAL)
    customer_series_id: Mapped[int | None] = mapped_column(ForeignKey("number_series.id"), info=NOT_PERSONAL)
    vendor_series_id: Mapped[int | None] = mapped_column(ForeignKey("number_series.id"), info=NOT_PERSONAL)
    bank_account_series_id: Mapped[int | None] = mapped_column(
        ForeignKey("number_series.id"), info=NOT_PERSONAL
    )

    # What documents begin with, and what they print.
    tax_group_id: Mapped[int | None] = mapped_column(ForeignKey("tax_groups.id"), info=NOT_PERSONAL)
    payment_terms_id: Mapped[int | None] = mapped_column(ForeignKey("payment_terms.id"), info=NOT_PERSONAL)
    payment_account_id: Mapped[int | None] = mapped_column(ForeignKey("bank_accounts.id"), info=NOT_PERSONAL)
    payment_text: Mapped[str] = long_text(NOT_PERSONAL)
    # Every request reads this row, and none but printing needs the picture.
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True, info=NOT_PERSONAL)
    logo_type: Mapped[str] = text(20, NOT_PERSONAL)

    contact_series: Mapped["NumberSeries | None"] = relationship(foreign_keys=[contact_series_id])

    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    def code_id(self, kind: str) -> int | None:
        """The relation code that new links with a party of this kind get; None when it is not set."""
        value: int | None = getattr(self, f"{kind}_code_id")
        return value

    def series_id(self, kind: str) -> int | None:
        """The number series of a kind of card; None when it is not set."""
        value: int | None = getattr(self, f"{kind}_series_id")
        return value


class NumberSeries(Base):
    """Gives the next "No."; automatic and manual numbers are never both off."""

    __tablename__ = "number_series"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    code: Mapped[str] = mapped_column(String(20), unique=True, nullable=False, info=NOT_PERSONAL)
    description: Mapped[str] = text(100, NOT_PERSONAL)
    automatic: Mapped[bool] = mapped_column(Boolean, default=True, nullable=False, info=NOT_PERSONAL)
    manual: Mapped[bool] = mapped_column(Boolean, default=True, nullable=False, info=NOT_PERSONAL)

    lines: Mapped[list["NumberSeriesLine"]] = relationship(
        order_by="NumberSeriesLine.starts_on, NumberSeriesLine.id",
        back_populates="series",
        cascade="all, delete-orphan",
    )

    __table_args__ = (CheckConstraint("automatic OR manual", name="automatic_or_manual"),)


class NumberSeriesLine(Base):
    """A pattern such as CT{000001} in force from a day on; the braces hold the first value."""

    __tablename__ = "number_series_lines"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    series_id: Mapped[int] = mapped_column(
        ForeignKey("number_series.id"), index=True, nullable=False, info=NOT_PERSONAL
    )
    starts_on: Mapped[date | None] = mapped_column(Date, info=NOT_PERSONAL)
    pattern: Mapped[str] = mapped_column(String(40), nullable=False, info=NOT_PERSONAL)
    warn_at: Mapped[int | None] = mapped_column(Integer, info=NOT_PERSONAL)

    series: Mapped[NumberSeries] = relationship(back_populates="lines")
    counters: Mapped[list["NumberCounter"]] = relationship(
        order_by="NumberCounter.year", back_populates="line", cascade="all, delete-orphan"
    )


class NumberCounter(Base):
    """The last value used of a line; one row a year when the pattern names the year, else year 0."""

    __tablename__ = "number_counters"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    line_id: Mapped[int] = mapped_column(
        ForeignKey("number_series_lines.id"), nullable=False, info=NOT_PERSONAL
    )
    year: Mapped[int] = mapped_column(Integer, default=0, nullable=False, info=NOT_PERSONAL)
    last_value: Mapped[int] = mapped_column(Integer, nullable=False, info=NOT_PERSONAL)
    last_no: Mapped[str] = text(20, NOT_PERSONAL)

    line: Mapped[NumberSeriesLine] = relationship(back_populates="counters")

    __table_args__ = (UniqueConstraint("line_id", "year"),)


class DocumentSeries(Base):
    """The number series of a kind of document; empty while none is chosen."""

    __tablename__ = "document_series"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True, info=NOT_PERSONAL)
    series_id: Mapped[int | None] = mapped_column(ForeignKey("number_series.id"), info=NOT_PERSONAL)

    series: Mapped[NumberSeries | None] = relationship()


class PaymentTerms(Base):
    """When an invoice is due: a number of days, or so many days after the end of the month."""

    __tablename__ = "payment_terms"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    code: Mapped[str] = mapped_column(String(20), unique=True, nullable=False, info=NOT_PERSONAL)
    name: Mapped[str] = text(100, NOT_PERSONAL)
    days: Mapped[int] = mapped_column(Integer, default=0, nullable=False, info=NOT_PERSONAL)
    end_of_month: Mapped[bool] = mapped_column(Boolean, default=False, nullable=False, info=NOT_PERSONAL)


class TaxGroup(Base):
    """One or more taxes charged together (GST + QST), or none with the reason that is printed."""

    __tablename__ = "tax_groups"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    code: Mapped[str] = mapped_column(String(20), unique=True, nullable=False, info=NOT_PERSONAL)
    name: Mapped[str] = text(100, NOT_PERSONAL)
    exempt_reason: Mapped[str] = text(200, NOT_PERSONAL)

    rates: Mapped[list["TaxRate"]] = relationship(
        order_by="TaxRate.position, TaxRate.valid_from, TaxRate.id", cascade="all, delete-orphan"
    )


class TaxRate(Base):
    """One tax of a group and its percentage, from a day on and until another."""

    __tablename__ = "tax_rates"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    group_id: Mapped[int] = mapped_column(
        ForeignKey("tax_groups.id"), index=True, nullable=False, info=NOT_PERSONAL
    )
    position: Mapped[int] = mapped_column(Integer, default=0, nullable=False, info=NOT_PERSONAL)
    name: Mapped[str] = text(50, NOT_PERSONAL)
    percent: Mapped[Decimal] = mapped_column(Money, nullable=False, info=NOT_PERSONAL)
    valid_from: Mapped[date | None] = mapped_column(Date, info=NOT_PERSONAL)
    valid_to: Mapped[date | None] = mapped_column(Date, info=NOT_PERSONAL)


class PartyTemplate(Base):
    """Commercial values that a customer or vendor made from a contact starts with, where it has none."""

    __tablename__ = "party_templates"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    kind: Mapped[str] = mapped_column(String(20), nullable=False, info=NOT_PERSONAL)
    code: Mapped[str] = mapped_column(String(20), nullable=False, info=NOT_PERSONAL)
    description: Mapped[str] = text(100, NOT_PERSONAL)
    payment_terms_id: Mapped[int | None] = mapped_column(ForeignKey("payment_terms.id"), info=NOT_PERSONAL)
    payment_method: Mapped[str] = text(20, NOT_PERSONAL)
    tax_group_id: Mapped[int | None] = mapped_column(ForeignKey("tax_groups.id"), info=NOT_PERSONAL)
    currency: Mapped[str] = text(3, NOT_PERSONAL)
    country: Mapped[str] = text(2, NOT_PERSONAL)

    __table_args__ = (
        UniqueConstraint("kind", "code"),
        CheckConstraint("kind IN ('customer', 'vendor')", name="kind"),
    )
