"""Mail on its way out, how it is sent, and the texts that documents are sent with."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Base
from models.base import (
    NEVER_REUSED,
    NOT_PERSONAL,
    UtcDateTime,
    business,
    long_text,
    now,
    personal,
    text,
    user_key,
)


class OutboxMessage(Base):
    """An e-mail, written in the transaction of what it is about and sent afterwards by one thread."""

    __tablename__ = "outbox_messages"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    # The same in every attempt, so that a repeated delivery can be known as one.
    message_id: Mapped[str] = mapped_column(String(100), unique=True, nullable=False, info=NOT_PERSONAL)
    # document, card, reset, test or privacy: it decides who sees the message.
    kind: Mapped[str] = mapped_column(String(20), nullable=False, info=NOT_PERSONAL)
    # waiting, sending, sent, partly (sent to some of its recipients and given up for the others), failed,
    # cancelled, or held: it waited in a backup that was restored, and may have been sent since that was made.
    state: Mapped[str] = mapped_column(String(20), default="waiting", nullable=False, info=NOT_PERSONAL)
    subject: Mapped[str] = text(200, personal("subject", subject="contact_id", erase="null"))
    body: Mapped[str] = long_text(personal("text", subject="contact_id", erase="null"))
    # Whom and what it is about; without foreign keys, for a sent message outlives both.
    contact_id: Mapped[int | None] = mapped_column(
        Integer, index=True, info=personal("contact", subject="contact_id", erase="null")
    )
    about_kind: Mapped[str] = text(30, business("about", subject="contact_id"))
    about_id: Mapped[int | None] = mapped_column(Integer, info=business("about", subject="contact_id"))
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=business("created", subject="contact_id")
    )
    created_by: Mapped[int | None] = user_key()
    attempts: Mapped[int] = mapped_column(Integer, default=0, nullable=False, info=NOT_PERSONAL)
    first_tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info=NOT_PERSONAL)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, nullable=False, info=NOT_PERSONAL)
    # After this moment the message is of no use, such as a link that works for half an hour.
    good_until: Mapped[datetime | None] = mapped_column(UtcDateTime, info=NOT_PERSONAL)
    # How often the connection was lost while the server was being given the message.
    unclear_times: Mapped[int] = mapped_column(Integer, default=0, nullable=False, info=NOT_PERSONAL)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info=NOT_PERSONAL)
    # Why the last attempt reached nobody, and what was said in it, without secrets.
    problem: Mapped[str] = text(500, personal("", subject="contact_id", erase="null"))
    conversation: Mapped[str] = long_text(personal("", subject="contact_id", erase="null"))

    recipients: Mapped[list["OutboxRecipient"]] = relationship(
        order_by="OutboxRecipient.id", cascade="all, delete-orphan", back_populates="message"
    )
    attachments: Mapped[list["OutboxAttachment"]] = relationship(
        order_by="OutboxAttachment.id", cascade="all, delete-orphan"
    )

    __table_args__ = (
        Index("ix_outbox_messages_state_next_at", "state", "next_at"),
        Index("ix_outbox_messages_created_by_id", "created_by", "id"),
        Index("ix_outbox_messages_kind_id", "kind", "id"),
        Index("ix_outbox_messages_about_id", "about_id"),
        # Interactions and exports name the message by its id when it is long gone.
        NEVER_REUSED,
    )

    @property
    def may_have_arrived_twice(self) -> bool:
        """Whether it was given to the server again after a connection lost at the very end."""
        return self.unclear_times > 0


class OutboxRecipient(Base):
    """One address of a message, and what became of the message there."""

    __tablename__ = "outbox_recipients"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    outbox_id: Mapped[int] = mapped_column(
        ForeignKey("outbox_messages.id"),
        index=True,
        nullable=False,
        info=personal("message", subject="outbox_id"),
    )
    # to, cc or bcc; a bcc stands in the envelope only.
    field: Mapped[str] = mapped_column(String(3), nullable=False, info=NOT_PERSONAL)
    name: Mapped[str] = text(100, personal("name", subject="outbox_id", erase="null"))
    email: Mapped[str] = text(254, personal("e-mail", subject="outbox_id", erase="null"))
    # waiting, handed (the server is being given the message at this moment), sent, failed, unclear (it was given
    # twice, and the connection was lost each time before the server said that it has it), cancelled or held.
    state: Mapped[str] = mapped_column(String(20), default="waiting", nullable=False, info=NOT_PERSONAL)
    # What the server said last about this address.
    answer: Mapped[str] = text(500, personal("", subject="outbox_id", erase="null"))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info=NOT_PERSONAL)

    message: Mapped[OutboxMessage] = relationship(back_populates="recipients")


class OutboxAttachment(Base):
    """A file that goes with a message; its bytes are read only where they are needed."""

    __tablename__ = "outbox_attachments"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    outbox_id: Mapped[int] = mapped_column(
        ForeignKey("outbox_messages.id"),
        index=True,
        nullable=False,
        info=personal("message", subject="outbox_id"),
    )
    name: Mapped[str] = text(100, personal("file", subject="outbox_id", erase="null"))
    content_type: Mapped[str] = text(100, NOT_PERSONAL)
    size: Mapped[int] = mapped_column(Integer, nullable=False, info=NOT_PERSONAL)
    content: Mapped[bytes | None] = mapped_column(
        LargeBinary, deferred=True, info=personal("file", subject="outbox_id", erase="null")
    )


class MailSettings(Base):
    """The single row that says how mail leaves the office; the password is in a file, never here."""

    __tablename__ = "mail_settings"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    host: Mapped[str] = text(255, NOT_PERSONAL)
    port: Mapped[int | None] = mapped_column(Integer, info=NOT_PERSONAL)
    # auto, starttls, tls or none
    security: Mapped[str] = text(10, NOT_PERSONAL)
    username: Mapped[str] = text(254, NOT_PERSONAL)
    sender_name: Mapped[str] = text(100, NOT_PERSONAL)
    sender_email: Mapped[str] = text(254, NOT_PERSONAL)
    # Documents are also sent to the accountant: "", cc or bcc.
    copy_field: Mapped[str] = text(3, NOT_PERSONAL)
    copy_email: Mapped[str] = text(254, NOT_PERSONAL)


class LetterText(Base):
    """The office's own subject and text for a kind of letter in one language."""

    __tablename__ = "letter_texts"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    kind: Mapped[str] = mapped_column(String(30), nullable=False, info=NOT_PERSONAL)
    language: Mapped[str] = mapped_column(String(2), nullable=False, info=NOT_PERSONAL)
    subject: Mapped[str] = text(200, NOT_PERSONAL)
    body: Mapped[str] = long_text(NOT_PERSONAL)
    changed_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, onupdate=now, nullable=False, info=NOT_PERSONAL
    )

    __table_args__ = (UniqueConstraint("kind", "language"),)
