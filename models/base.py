"""Column types, the six privacy facts of a column, and what every card has in common."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

MONEY_UNITS = Decimal(10_000)


class Money(TypeDecorator[Decimal]):
    """An exact amount or percentage, kept as a whole number of 1/10 000 on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> int | None:
        if value is None:
            return None
        return int((Decimal(value) * MONEY_UNITS).to_integral_value(ROUND_HALF_UP))

    def process_result_value(self, value: Any, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value) / MONEY_UNITS


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time in Python, a UTC time without zone in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def sort_text(limit: int) -> Any:
    """Text compared byte by byte on both databases, so that keyset pages have one order."""
    return String(limit).with_variant(String(limit, collation="C"), "postgresql")


def _clock() -> datetime:
    return datetime.now(UTC)


def now() -> datetime:
    """The present time in UTC; the one clock of Carnet, which tests set by replacing `_clock`."""
    return _clock()


# -- the six privacy facts ------------------------------------------------------------------------

CLASSES = ("none", "business", "personal", "sensitive", "secret")
ERASE_ACTIONS = ("delete_row", "null", "placeholder", "keep_legal", "keep_pseudonym", "not_personal")
FACTS = ("class", "subject_path", "export_key", "erase", "legal_basis", "retention_code")


def privacy(
    class_: str, erase: str, *, subject: str = "", export: str = "", basis: str = "", retention: str = ""
) -> dict[str, Any]:
    """The `info` of a column: how personal it is, whose it is, and what export and erasure do with it."""
    if class_ not in CLASSES or erase not in ERASE_ACTIONS:
        raise ValueError(f"unknown privacy class or erase action: {class_}, {erase}")
    facts = (class_, subject, export, erase, basis, retention)
    return {"privacy": dict(zip(FACTS, facts, strict=True))}


def personal(export: str, *, subject: str = "self", erase: str = "delete_row") -> dict[str, Any]:
    """Facts of a column that says something about the subject of a card."""
    return privacy("personal", erase, subject=subject, export=export, basis="contract", retention="relation")


def business(export: str, *, subject: str = "self") -> dict[str, Any]:
    """Facts of a commercial column of a card: exported with it, deleted with it."""
    return privacy(
        "business", "delete_row", subject=subject, export=export, basis="contract", retention="relation"
    )


def posted(
    export: str, *, subject: str = "customer_id,vendor_id,contact_id", class_: str = "personal"
) -> dict[str, Any]:
    """Facts of a column of a document: once it is issued, the law keeps it longer than the card."""
    return privacy(
        class_, "keep_legal", subject=subject, export=export, basis="legal", retention="accounting"
    )


def staff(export: str, *, subject: str = "user", erase: str = "keep_pseudonym") -> dict[str, Any]:
    """Facts of a column about a member of the office."""
    return privacy("personal", erase, subject=subject, export=export, basis="employment", retention="account")


NOT_PERSONAL = privacy("none", "not_personal")
SECRET = privacy("secret", "delete_row", subject="user", basis="security", retention="session")


def text(limit: int, info: dict[str, Any], **more: Any) -> Mapped[str]:
    """A text column with a limit; empty is the empty string, never NULL."""
    return mapped_column(String(limit), default="", server_default="", nullable=False, info=info, **more)


def long_text(info: dict[str, Any]) -> Mapped[str]:
    """A text column without a limit of its own; the service that writes it has one."""
    return mapped_column(Text, default="", server_default="", nullable=False, info=info)


def user_key(info: dict[str, Any] | None = None) -> Mapped[int | None]:
    """A nullable reference to the user who did something or is in charge."""
    return mapped_column(ForeignKey("users.id"), info=info or staff("user"))


def one_of(column: str, words: tuple[str, ...]) -> str:
    """The condition that a column holds one of these words."""
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def _key(limit: int) -> Mapped[str | None]:
    """A value of a card as it is compared with that of another."""
    return mapped_column(String(limit), index=True, info=personal(""))


# A deleted card's id is never given again: its history and its place in the bin are kept by it.
NEVER_REUSED = {"sqlite_autoincrement": True}

# -- what cards have in common ----------------------------------------------------------------------


class Card:
    """Identity, version and bookkeeping of a contact, customer, vendor or bank account."""

    KIND: str

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    no: Mapped[str] = mapped_column(sort_text(20), unique=True, nullable=False, info=business("no"))
    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1, info=NOT_PERSONAL)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=business("created")
    )
    updated_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, index=True, info=business("modified")
    )
    notes: Mapped[str] = long_text(personal("notes"))
    search_name: Mapped[str] = mapped_column(
        sort_text(100), default="", server_default="", nullable=False, info=personal("")
    )
    search_city: Mapped[str] = mapped_column(
        sort_text(50), default="", server_default="", nullable=False, info=personal("")
    )
    search_text: Mapped[str] = long_text(personal(""))
    # What possible duplicates are found by; empty is NULL here, for an empty phone is like no other.
    email_key: Mapped[str | None] = _key(254)
    phone_key: Mapped[str | None] = _key(9)
    mobile_key: Mapped[str | None] = _key(9)
    vat_key: Mapped[str | None] = _key(20)

    @declared_attr
    def created_by(cls) -> Mapped[int | None]:
        return user_key(staff("created by"))

    @declared_attr
    def updated_by(cls) -> Mapped[int | None]:
        return user_key(staff("modified by"))

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        # Two overlapping transactions on one card: the later one fails to update and is run again.
        return {"version_id_col": cls.version}


class NameAndAddress:
    """The shared fields that every kind of card has."""

    name: Mapped[str] = text(100, personal("name"))
    name2: Mapped[str] = text(50, personal("name 2"))
    address: Mapped[str] = text(100, personal("address 1"))
    address2: Mapped[str] = text(50, personal("address 2"))
    post_code: Mapped[str] = text(20, personal("postal code"))
    city: Mapped[str] = text(50, personal("city"))
    region: Mapped[str] = text(50, personal("province"))
    country: Mapped[str] = text(2, personal("country"))
    phone: Mapped[str] = text(30, personal("phone"))
    mobile: Mapped[str] = text(30, personal("mobile"))
    fax: Mapped[str] = text(30, personal("fax"))
    email: Mapped[str] = text(254, personal("e-mail"))
    website: Mapped[str] = text(255, personal("website"))
    language: Mapped[str] = text(5, personal("language"))


class TradeNumbers:
    """The shared fields that a contact has in common with its customer and vendor only."""

    currency: Mapped[str] = text(3, business("currency"))
    vat_no: Mapped[str] = text(20, personal("tax id"))
    registration_no: Mapped[str] = text(20, personal("registration no."))


class ContactPerson:
    """Whom to ask for at a customer or vendor: a person contact, or just a name while there is none."""

    contact_person: Mapped[str] = text(100, personal("contact person"))
    contact_person_title: Mapped[str] = text(60, personal("contact person's job"))

    @declared_attr
    def primary_contact_id(cls) -> Mapped[int | None]:
        return mapped_column(
            ForeignKey("contacts.id"), index=True, info=personal("primary contact", erase="null")
        )

    @declared_attr
    def payment_terms_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("payment_terms.id"), info=business("payment terms"))

    payment_method: Mapped[str] = text(20, business("payment method"))
