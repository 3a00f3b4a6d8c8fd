"""Business relation codes, and the links between contacts and parties that carry them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Base
from models.base import (
    NEVER_REUSED,
    NOT_PERSONAL,
    UtcDateTime,
    business,
    now,
    personal,
    staff,
    text,
    user_key,
)
from models.contacts import Contact
from models.parties import BankAccount, Customer, Party, Vendor


class RelationCode(Base):
    """Names a kind of relation; links refer to the row, so a renamed code keeps all its links."""

    __tablename__ = "relation_codes"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    code: Mapped[str] = mapped_column(String(20), unique=True, nullable=False, info=NOT_PERSONAL)
    description: Mapped[str] = text(100, NOT_PERSONAL)


class Link(Base):
    """A contact's relation: with one party for the three reserved kinds, with none for a free code."""

    __tablename__ = "links"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contacts.id"), index=True, nullable=False, info=personal("from", subject="contact_id")
    )
    relation_code_id: Mapped[int] = mapped_column(
        ForeignKey("relation_codes.id"),
        index=True,
        nullable=False,
        info=business("relation code", subject="contact_id"),
    )
    kind: Mapped[str] = text(20, business("to type", subject="contact_id"))
    customer_id: Mapped[int | None] = mapped_column(
        ForeignKey("customers.id"), unique=True, info=business("to", subject="contact_id")
    )
    vendor_id: Mapped[int | None] = mapped_column(
        ForeignKey("vendors.id"), unique=True, info=business("to", subject="contact_id")
    )
    bank_account_id: Mapped[int | None] = mapped_column(
        ForeignKey("bank_accounts.id"), unique=True, info=business("to", subject="contact_id")
    )
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=business("since", subject="contact_id")
    )
    created_by: Mapped[int | None] = user_key(staff("linked by"))

    contact: Mapped[Contact] = relationship()
    relation_code: Mapped[RelationCode] = relationship(lazy="joined", innerjoin=True)
    customer: Mapped[Customer | None] = relationship()
    vendor: Mapped[Vendor | None] = relationship()
    bank_account: Mapped[BankAccount | None] = relationship()

    __table_args__ = (
        CheckConstraint(
            "(kind = '' AND customer_id IS NULL AND vendor_id IS NULL AND bank_account_id IS NULL)"
            " OR (kind = 'customer' AND customer_id IS NOT NULL AND vendor_id IS NULL AND bank_account_id IS NULL)"
            " OR (kind = 'vendor' AND vendor_id IS NOT NULL AND customer_id IS NULL AND bank_account_id IS NULL)"
            " OR (kind = 'bank_account' AND bank_account_id IS NOT NULL AND customer_id IS NULL"
            " AND vendor_id IS NULL)",
            name="one_party",
        ),
        # At most one customer and one vendor for a contact; any number of the office's bank accounts.
        Index(
            "uq_links_contact_customer",
            "contact_id",
            unique=True,
            sqlite_where=sql_text("kind = 'customer'"),
            postgresql_where=sql_text("kind = 'customer'"),
        ),
        Index(
            "uq_links_contact_vendor",
            "contact_id",
            unique=True,
            sqlite_where=sql_text("kind = 'vendor'"),
            postgresql_where=sql_text("kind = 'vendor'"),
        ),
        Index(
            "uq_links_contact_free_code",
            "contact_id",
            "relation_code_id",
            unique=True,
            sqlite_where=sql_text("kind = ''"),
            postgresql_where=sql_text("kind = ''"),
        ),
        # An undo entry and a page still open name the link by its id.
        NEVER_REUSED,
    )

    @property
    def party(self) -> Party | None:
        """The linked card; None for a free code."""
        return self.customer or self.vendor or self.bank_account

    @property
    def party_id(self) -> int | None:
        return self.customer_id or self.vendor_id or self.bank_account_id
