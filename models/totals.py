"""How many cards and documents of each kind there are, kept by the database itself."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.base import NOT_PERSONAL


class RowTotal(Base):
    """A part of the number of rows of a table of cards, or of a kind of document; the parts are added up.

    On PostgreSQL writers at the same moment count in different parts, so that none waits for another.
    """

    __tablename__ = "row_totals"

    counted: Mapped[str] = mapped_column(String(40), primary_key=True, info=NOT_PERSONAL)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, info=NOT_PERSONAL)
    total: Mapped[int] = mapped_column(BigInteger, nullable=False, info=NOT_PERSONAL)
