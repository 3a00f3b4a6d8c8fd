"""What the database itself refuses: changes of issued documents, and deleting whom they are for."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models import BankAccount, Customer, Document, DocumentFile, DocumentLine, DocumentTax, Payment, Vendor
from models.base import now
from services import freezing
from tests.support import factories as make

pytestmark = pytest.mark.both_databases

WRITES = (
    "UPDATE documents SET name = 'Other'",
    "UPDATE documents SET state = 'draft'",
    "DELETE FROM documents",
    "UPDATE document_lines SET amount = 0",
    "DELETE FROM document_lines",
    "INSERT INTO document_lines (document_id, position, description, quantity, unit_price, discount_percent, amount)"
    " VALUES (1, 2, 'More', 10000, 10000, 0, 10000)",
    "UPDATE document_taxes SET amount = 0",
    "DELETE FROM document_taxes",
    "UPDATE document_files SET size = 1",
    "DELETE FROM document_files",
)


def make_document(session: Session, kind: str, customer: Customer | None, vendor: Vendor | None) -> Document:
    """A document with a line, a tax and a PDF."""
    document = Document(
        kind=kind,
        state="draft",
        customer=customer,
        vendor=vendor,
        document_date=date(2026, 6, 15),
        lines=[DocumentLine(position=1, description="Bread", amount=Decimal(100))],
        taxes=[DocumentTax(position=1, name="GST", percent=Decimal(5), amount=Decimal(5))],
    )
    session.add(document)
    session.flush()
    session.add(
        DocumentFile(document_id=document.id, reason="issued", content=b"%PDF", size=4, sha256="0" * 64)
    )
    session.flush()
    return document


def issue(session: Session, document: Document, no: str) -> None:
    document.state, document.no, document.issued_at = "issued", no, now()
    session.flush()


def refused(session: Session, statement: str) -> bool:
    """Whether the database refuses a statement that comes past the program."""
    try:
        with session.begin_nested():
            session.execute(text(statement))
    except DBAPIError:
        return True
    return False


@pytest.mark.parametrize("kind", ["invoice", "credit_memo", "purchase_invoice", "purchase_credit_memo"])
def test_r_inv_1_the_database_refuses_every_change_of_an_issued_document(session: Session, kind: str) -> None:
    """R-INV-1: also by statements that come past the program."""
    is_sale = not kind.startswith("purchase")
    customer = make.make_customer(session) if is_sale else None
    document = make_document(session, kind, customer, None if is_sale else make.make_vendor(session))
    issue(session, document, "NO-2026-00001")
    for statement in WRITES:
        assert refused(session, statement.replace("VALUES (1,", f"VALUES ({document.id},")), statement


def test_a_draft_beside_an_issued_document_can_still_be_changed(session: Session) -> None:
    customer = make.make_customer(session)
    issue(session, make_document(session, "invoice", customer, None), "INV-2026-00001")
    draft = make_document(session, "invoice", customer, None)
    draft.name = "Other"
    draft.lines[0].description = "Cake"
    session.flush()
    session.delete(session.query(DocumentFile).filter_by(document_id=draft.id).one())
    session.delete(draft)
    session.flush()


def test_d3_the_database_keeps_whom_an_issued_document_is_for(session: Session) -> None:
    """D3: the last line, when everything else was passed by."""
    customer, vendor = make.make_customer(session, linked=False), make.make_vendor(session, linked=False)
    account: BankAccount = make.make_bank_account(session, linked=False)
    sale = make_document(session, "invoice", customer, None)
    purchase = make_document(session, "purchase_invoice", None, vendor)
    issue(session, sale, "INV-2026-00001")
    issue(session, purchase, "PI-2026-00001")
    session.add(
        Payment(
            document_id=sale.id,
            amount=Decimal(5),
            date=date(2026, 6, 16),
            method="transfer",
            bank_account_id=account.id,
        )
    )
    session.flush()
    for table, record in (("customers", customer), ("vendors", vendor), ("bank_accounts", account)):
        assert refused(session, f"DELETE FROM {table} WHERE id = {record.id}"), table


def test_an_issued_document_names_no_contact(session: Session) -> None:
    """It outlives the contact: the database refuses to issue one that still refers to it."""
    document = make_document(session, "invoice", make.make_customer(session), None)
    contact = make.make_contact(session, "Other")
    document.contact_id = contact.id
    session.flush()
    statement = "UPDATE documents SET state = 'issued', no = 'X', issued_at = '2026-06-15 12:00:00'"
    assert refused(session, statement)


def test_the_freeze_is_made_again_after_tables_were_rebuilt(session: Session) -> None:
    """R-INV-1: twice is as good as once."""
    document = make_document(session, "invoice", make.make_customer(session), None)
    issue(session, document, "INV-2026-00001")
    connection = session.connection()
    freezing.create_freeze(connection)
    freezing.create_freeze(connection)
    assert refused(session, "UPDATE documents SET name = 'Other'")
    freezing.drop_freeze(connection)
    assert not refused(session, "UPDATE documents SET name = 'Other'")
    session.rollback()
