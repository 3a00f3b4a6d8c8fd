"""What the office sells and buys again and again: a line of a document begins with its values."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Boolean, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.base import NEVER_REUSED, NOT_PERSONAL, Money, UtcDateTime, long_text, now, sort_text, text


class Item(Base):
    """An article or a service with its usual price, before tax and in the office's currency."""

    __tablename__ = "items"
    KIND = "item"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    no: Mapped[str] = mapped_column(sort_text(20), unique=True, nullable=False, info=NOT_PERSONAL)
    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1, info=NOT_PERSONAL)
    description: Mapped[str] = text(200, NOT_PERSONAL)
    unit: Mapped[str] = text(20, NOT_PERSONAL)
    unit_price: Mapped[Decimal | None] = mapped_column(Money, info=NOT_PERSONAL)
    cost: Mapped[Decimal | None] = mapped_column(Money, info=NOT_PERSONAL)
    tax_group_id: Mapped[int | None] = mapped_column(ForeignKey("tax_groups.id"), info=NOT_PERSONAL)
    # Kept for the documents that have it, and offered for no new line.
    blocked: Mapped[bool] = mapped_column(Boolean, default=False, nullable=False, info=NOT_PERSONAL)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, nullable=False, info=NOT_PERSONAL)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, nullable=False, info=NOT_PERSONAL)
    search_name: Mapped[str] = mapped_column(
        sort_text(200), default="", server_default="", nullable=False, info=NOT_PERSONAL
    )
    search_text: Mapped[str] = long_text(NOT_PERSONAL)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (Index("ix_items_search_name_id", "search_name", "id"), NEVER_REUSED)
