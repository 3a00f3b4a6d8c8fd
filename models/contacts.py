"""The contact: a person or a company the office knows, and the hub of its family of cards."""

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Base
from models.base import (
    NEVER_REUSED,
    Card,
    NameAndAddress,
    TradeNumbers,
    UtcDateTime,
    personal,
    staff,
    text,
    user_key,
)


class Contact(Card, NameAndAddress, TradeNumbers, Base):
    """A company, or a person who may belong to one."""

    __tablename__ = "contacts"
    KIND = "contact"

    type: Mapped[str] = mapped_column(
        String(10), default="company", nullable=False, info=personal("record type")
    )
    salesperson_id: Mapped[int | None] = user_key(staff("salesperson"))
    title: Mapped[str] = text(30, personal("civil title"))
    first_name: Mapped[str] = text(50, personal("first name"))
    middle_name: Mapped[str] = text(50, personal("middle name"))
    last_name: Mapped[str] = text(50, personal("last name"))
    job_title: Mapped[str] = text(60, personal("job"))
    company_id: Mapped[int | None] = mapped_column(
        ForeignKey("contacts.id"), index=True, info=personal("company")
    )
    email2: Mapped[str] = text(254, personal("e-mail 2"))
    birth_date: Mapped[date | None] = mapped_column(Date, info=personal("birth date"))
    minor: Mapped[bool] = mapped_column(Boolean, default=False, nullable=False, info=personal("minor"))
    guardian_consent_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, info=personal("parental consent")
    )
    guardian_consent_by: Mapped[str] = text(100, personal("parental consent by"))

    company: Mapped["Contact | None"] = relationship(remote_side="Contact.id", foreign_keys=[company_id])

    __table_args__ = (
        CheckConstraint("type IN ('company', 'person')", name="type"),
        CheckConstraint("type = 'person' OR company_id IS NULL", name="company_of_person"),
        CheckConstraint("company_id IS NULL OR company_id <> id", name="not_own_company"),
        Index("ix_contacts_search_name_id", "search_name", "id"),
        Index("ix_contacts_search_city_id", "search_city", "id"),
        Index("ix_contacts_search_city_name", "search_city", "search_name"),
        NEVER_REUSED,
    )

    @property
    def is_person(self) -> bool:
        return self.type == "person"
