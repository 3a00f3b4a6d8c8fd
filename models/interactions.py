"""Interactions: what happened with a contact, written by Carnet or by hand; and how each kind is worded."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.base import NEVER_REUSED, NOT_PERSONAL, UtcDateTime, long_text, now, personal, text, user_key


class Interaction(Base):
    """Something that happened with a contact: a call, a letter, a printed invoice, an e-mail that was accepted.

    It belongs to the person (or company) for whom it happened and goes with that contact when it is deleted;
    one about a customer or vendor without a contact belongs to that party.
    """

    __tablename__ = "interactions"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    # A word of services.interactions: call, print_invoice, email_card…
    action: Mapped[str] = mapped_column(
        String(40), nullable=False, info=personal("type", subject="contact_id")
    )
    at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=personal("date-time", subject="contact_id")
    )
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("contacts.id"), info=personal("contact", subject="contact_id")
    )
    # The company that the person belonged to at that time (rule I5).
    company_id: Mapped[int | None] = mapped_column(
        ForeignKey("contacts.id"), info=personal("company", subject="contact_id", erase="null")
    )
    # The customer or vendor that it happened with; without a foreign key, for it outlives the party.
    party_kind: Mapped[str] = text(20, personal("party", subject="contact_id"))
    party_id: Mapped[int | None] = mapped_column(Integer, info=personal("party", subject="contact_id"))
    # "in", "out" or empty: who began.
    direction: Mapped[str] = text(3, personal("direction", subject="contact_id"))
    subject: Mapped[str] = text(200, personal("subject", subject="contact_id", erase="null"))
    body: Mapped[str] = long_text(personal("text", subject="contact_id", erase="null"))
    # What it leads to; when that is gone, the entry says so (rule I7).
    document_kind: Mapped[str] = text(20, personal("document", subject="contact_id"))
    document_id: Mapped[int | None] = mapped_column(
        Integer, index=True, info=personal("document", subject="contact_id")
    )
    document_no: Mapped[str] = text(20, personal("document", subject="contact_id"))
    outbox_id: Mapped[int | None] = mapped_column(
        Integer, index=True, info=personal("message", subject="contact_id")
    )
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=personal("", subject="contact_id")
    )
    created_by: Mapped[int | None] = user_key()
    # Cancelled: still to be read, and counted nowhere (rule I4).
    cancelled_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, info=personal("cancelled", subject="contact_id")
    )
    cancelled_by: Mapped[int | None] = user_key()

    __table_args__ = (
        Index("ix_interactions_at_id", "at", "id"),
        Index("ix_interactions_contact_id_at_id", "contact_id", "at", "id"),
        Index("ix_interactions_company_id_at_id", "company_id", "at", "id"),
        Index("ix_interactions_party_at_id", "party_kind", "party_id", "at", "id"),
        # The bin brings an entry back under the id that it had.
        NEVER_REUSED,
    )


class InteractionSetting(Base):
    """Whether a kind of action is recorded, and in the office's own words; no row means yes, in the usual ones."""

    __tablename__ = "interaction_settings"

    action: Mapped[str] = mapped_column(String(40), primary_key=True, info=NOT_PERSONAL)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True, nullable=False, info=NOT_PERSONAL)
    wording: Mapped[str] = text(200, NOT_PERSONAL)
