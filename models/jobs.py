"""Long work as rows of a table: jobs, and imports with one row for each line of the file."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Base
from models.base import NOT_PERSONAL, UtcDateTime, now, personal, text, user_key


class Job(Base):
    """Work for the worker thread; state and position survive a restart."""

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    kind: Mapped[str] = mapped_column(String(20), nullable=False, info=NOT_PERSONAL)
    # The import batch (or whatever the kind says) that the job works on.
    subject_id: Mapped[int | None] = mapped_column(Integer, info=NOT_PERSONAL)
    state: Mapped[str] = mapped_column(
        String(20), default="queued", nullable=False, index=True, info=NOT_PERSONAL
    )
    position: Mapped[int] = mapped_column(Integer, default=0, nullable=False, info=NOT_PERSONAL)
    total: Mapped[int] = mapped_column(Integer, default=0, nullable=False, info=NOT_PERSONAL)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, nullable=False, info=NOT_PERSONAL)
    message: Mapped[str] = text(500, NOT_PERSONAL)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, nullable=False, info=NOT_PERSONAL)
    created_by: Mapped[int | None] = user_key()
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info=NOT_PERSONAL)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info=NOT_PERSONAL)


class ImportBatch(Base):
    """One file on its way into the cards, from upload to result, and back when it is undone.

    Contacts made for many cards at once are such a batch too; then the rows are the cards.
    """

    __tablename__ = "import_batches"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    kind: Mapped[str] = mapped_column(String(20), nullable=False, info=NOT_PERSONAL)
    source: Mapped[str] = mapped_column(
        String(10), default="file", server_default="file", nullable=False, info=NOT_PERSONAL
    )
    state: Mapped[str] = mapped_column(String(20), default="uploaded", nullable=False, info=NOT_PERSONAL)
    original_name: Mapped[str] = text(255, personal("file", subject="rows"))
    stored_name: Mapped[str] = text(64, NOT_PERSONAL)
    sha256: Mapped[str] = mapped_column(String(64), nullable=False, index=True, info=NOT_PERSONAL)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, nullable=False, info=NOT_PERSONAL)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"), info=NOT_PERSONAL)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, nullable=False, info=NOT_PERSONAL)
    created_by: Mapped[int | None] = user_key()
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info=NOT_PERSONAL)

    job: Mapped[Job | None] = relationship()


class ImportRow(Base):
    """What became of one line of an imported file, and what undoing it needs."""

    __tablename__ = "import_rows"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    batch_id: Mapped[int] = mapped_column(
        ForeignKey("import_batches.id"), nullable=False, info=personal("import", subject="record_id")
    )
    row_number: Mapped[int] = mapped_column(
        Integer, nullable=False, info=personal("import row", subject="record_id")
    )
    outcome: Mapped[str] = mapped_column(
        String(20), nullable=False, info=personal("outcome", subject="record_id")
    )
    record_id: Mapped[int | None] = mapped_column(Integer, info=personal("record", subject="record_id"))
    messages: Mapped[list[Any]] = mapped_column(
        JSON, default=list, nullable=False, info=personal("messages", subject="record_id")
    )
    # Cards made or changed by the row, with the version they then had: any later change forbids undoing it.
    undo: Mapped[list[Any] | None] = mapped_column(
        JSON, info=personal("undo", subject="record_id", erase="null")
    )

    # What the row says and would do, for the check; emptied once the row is done and never for a refused one.
    cells: Mapped[list[Any] | None] = mapped_column(
        JSON, info=personal("import row", subject="record_id", erase="null")
    )
    changes: Mapped[list[Any] | None] = mapped_column(
        JSON, info=personal("import row", subject="record_id", erase="null")
    )
    label: Mapped[str] = text(100, personal("import row", subject="record_id"))
    warnings: Mapped[int] = mapped_column(Integer, default=0, nullable=False, info=NOT_PERSONAL)
    # What rows are told apart by: two of them about one card would undo each other.
    no: Mapped[str] = text(20, personal("import row", subject="record_id"))
    email: Mapped[str] = text(254, personal("import row", subject="record_id"))

    # What a new card looks like: cards or earlier rows, how alike in per cent and why; and what is to be
    # done then: "skip", "create", or the id of the card to update.
    alike: Mapped[list[Any] | None] = mapped_column(
        JSON, info=personal("import row", subject="record_id", erase="null")
    )
    choice: Mapped[str] = text(20, personal("import row", subject="record_id"))
    alike_key: Mapped[str] = text(200, personal("import row", subject="record_id"))

    __table_args__ = (
        UniqueConstraint("batch_id", "row_number"),
        Index("ix_import_rows_batch_id_alike_key", "batch_id", "alike_key"),
        Index("ix_import_rows_batch_id_no", "batch_id", "no"),
        Index("ix_import_rows_batch_id_email", "batch_id", "email"),
        Index("ix_import_rows_batch_id_outcome", "batch_id", "outcome"),
        Index("ix_import_rows_record_id", "record_id"),
    )
