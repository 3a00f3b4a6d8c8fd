"""Documents to begin a test with, made through the doors that Carnet itself uses."""

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from models import Contact, Customer, Document, Office, TaxGroup, TaxRate, Vendor
from services.documents import issuing, saving
from services.documents.kinds import KINDS
from tests.support import factories as make

BY = make.BY
Line = tuple[str, str] | tuple[str, str, str]


def pdf(_session: Session, document: Document) -> bytes:
    """Stands for the PDF where a test is not about it; says the number, as a PDF would."""
    return f"%PDF {document.kind} {document.no}".encode()


def make_document(
    session: Session,
    kind: str = "invoice",
    owner: Customer | Vendor | Contact | None = None,
    *lines: Line,
    **values: Any,
) -> Document:
    """A document with lines of (quantity, price) or (quantity, price, discount); for a new party without one."""
    if owner is None:
        owner = make.make_party(session, KINDS[kind].side, "Buyer Ltd", city="Lyon")
    if kind in ("purchase_invoice", "purchase_credit_memo"):
        values.setdefault("vendor_invoice_no", f"V-{session.query(Document).count()}")
    document = saving.create(session, kind, owner, values, by=BY)
    for quantity, price, *discount in lines or (("2", "50"),):
        saving.add_line(
            session,
            document,
            {
                "description": "Bread",
                "quantity": Decimal(quantity),
                "unit_price": Decimal(price),
                "discount_percent": Decimal(discount[0]) if discount else None,
            },
            by=BY,
        )
    return document


def issue(session: Session, document: Document) -> Document:
    """Issue it, with a stand-in for the PDF."""
    return issuing.issue(session, document, make_pdf=pdf, by=BY)


def make_issued(
    session: Session,
    kind: str = "invoice",
    owner: Customer | Vendor | None = None,
    *lines: Line,
    **values: Any,
) -> Document:
    """An issued document."""
    return issue(session, make_document(session, kind, owner, *lines, **values))


def tax_group(session: Session, code: str, *rates: tuple[str, str], reason: str = "") -> TaxGroup:
    """A tax group with taxes of (name, percentage)."""
    group = TaxGroup(
        code=code,
        name=code,
        exempt_reason=reason,
        rates=[
            TaxRate(position=at, name=name, percent=Decimal(rate)) for at, (name, rate) in enumerate(rates)
        ],
    )
    session.add(group)
    session.flush()
    return group


def office(session: Session) -> Office:
    """The office's settings."""
    return session.get_one(Office, 1)


def is_cancelled(session: Session, invoice: Document) -> bool:
    """Whether credit memos took back all of an issued invoice."""
    return invoice.is_issued and 0 < invoice.total <= issuing.credited(session, invoice)
