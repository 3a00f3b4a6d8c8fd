"""How many cards of each kind there are, kept by the database itself."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.base import NOT_PERSONAL


class CardTotal(Base):
    """A part of the number of rows of a table; triggers keep it, and the parts of a table are added up.

    On PostgreSQL writers at the same moment count in different parts, so that none waits for another.
    """

    __tablename__ = "card_totals"

    table: Mapped[str] = mapped_column("table_name", String(40), primary_key=True, info=NOT_PERSONAL)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, info=NOT_PERSONAL)
    total: Mapped[int] = mapped_column(BigInteger, nullable=False, info=NOT_PERSONAL)
