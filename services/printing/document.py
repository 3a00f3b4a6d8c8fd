"""What a printed document says, every value already a text in the customer's language."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Fact:
    """A value with what it is called: a due date, an IBAN, a tax number."""

    label: str
    value: str


@dataclass(frozen=True)
class PrintedOffice:
    """Who sends the document. The logo is a PNG or JPEG; the country decides on paper and envelope."""

    name: str
    lines: tuple[str, ...] = ()
    numbers: tuple[Fact, ...] = ()
    logo: bytes | None = field(default=None, repr=False)
    country: str = ""


@dataclass(frozen=True)
class PrintedLine:
    """A line; every column may be empty except the description."""

    description: str
    quantity: str = ""
    unit: str = ""
    unit_price: str = ""
    discount: str = ""
    tax: str = ""
    amount: str = ""


@dataclass(frozen=True)
class PrintedSum:
    """A line below the table; `strong` for what the reader looks for: the total, what is left to pay."""

    label: str
    amount: str
    strong: bool = False


@dataclass(frozen=True)
class PrintedDocument:
    """One document as it is printed. `number` is empty on a draft that has none yet."""

    kind: str
    language: str
    number: str
    day: date
    office: PrintedOffice
    recipient: tuple[str, ...]
    lines: tuple[PrintedLine, ...]
    sums: tuple[PrintedSum, ...] = ()
    facts: tuple[Fact, ...] = ()
    payment: str = ""
    payment_facts: tuple[Fact, ...] = ()
    exempt_reasons: tuple[str, ...] = ()
    subject: str = ""
    introduction: str = ""
    footer: str = ""
    draft: bool = False


@dataclass(frozen=True)
class Pdf:
    """A finished PDF, and the characters that no font of Carnet has, in the order of their appearance.

    Without any it is PDF/A, which archives accept; with some it is plain PDF and shows boxes in their place.
    """

    content: bytes = field(repr=False)
    missing: tuple[str, ...] = ()
