"""What happened to cards: their history, what can be undone, and forms that were already sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.base import NOT_PERSONAL, UtcDateTime, now, personal, staff, text, user_key


class HistoryEntry(Base):
    """One field of one card changed, or the card was created, linked, unlinked, deleted or restored.

    There is no foreign key to the card: the history of a deleted card stays until it is erased.
    """

    __tablename__ = "history"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=personal("date-time", subject="kind,record_id")
    )
    by_id: Mapped[int | None] = user_key(staff("actor"))
    kind: Mapped[str] = mapped_column(
        String(20), nullable=False, info=personal("object", subject="kind,record_id")
    )
    record_id: Mapped[int] = mapped_column(
        Integer, nullable=False, info=personal("object", subject="kind,record_id")
    )
    action: Mapped[str] = mapped_column(
        String(20), nullable=False, info=personal("event", subject="kind,record_id")
    )
    field: Mapped[str] = text(40, personal("field", subject="kind,record_id"))
    old: Mapped[str | None] = mapped_column(
        Text, info=personal("old", subject="kind,record_id", erase="null")
    )
    new: Mapped[str | None] = mapped_column(
        Text, info=personal("new", subject="kind,record_id", erase="null")
    )
    # The card that the change was made on, when it came from a linked one.
    origin_kind: Mapped[str] = text(20, personal("from", subject="kind,record_id"))
    origin_id: Mapped[int | None] = mapped_column(Integer, info=personal("from", subject="kind,record_id"))
    # Everything that one save changed carries the same mark; an import's rows name their batch.
    change_id: Mapped[str] = mapped_column(String(36), nullable=False, index=True, info=NOT_PERSONAL)
    batch: Mapped[str] = text(40, NOT_PERSONAL, index=True)

    __table_args__ = (
        Index("ix_history_kind_record_id_id", "kind", "record_id", "id"),
        # What other cards and documents say of a card: most lines name none.
        Index(
            "ix_history_origin_id",
            "origin_id",
            sqlite_where=sql_text("origin_id IS NOT NULL"),
            postgresql_where=sql_text("origin_id IS NOT NULL"),
        ),
    )


class UndoEntry(Base):
    """A link, unlinking or deletion that can be taken back; deletions are the bin."""

    __tablename__ = "undo_entries"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    action: Mapped[str] = mapped_column(String(20), nullable=False, info=NOT_PERSONAL)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, index=True, info=NOT_PERSONAL
    )
    created_by: Mapped[int | None] = user_key()
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, info=NOT_PERSONAL)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info=NOT_PERSONAL)
    label: Mapped[str] = text(200, personal("bin", subject="snapshot"))
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), info=personal("bin", subject="snapshot", erase="null")
    )


class OnceToken(Base):
    """A creating form that was sent: the same form again leads to the same result."""

    __tablename__ = "once_tokens"

    token: Mapped[str] = mapped_column(String(64), primary_key=True, info=NOT_PERSONAL)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), info=staff("", subject="user_id"))
    digest: Mapped[str] = mapped_column(String(64), nullable=False, info=NOT_PERSONAL)
    location: Mapped[str] = text(200, NOT_PERSONAL)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, index=True, info=NOT_PERSONAL
    )
