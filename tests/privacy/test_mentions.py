"""Texts of others that name the person are listed to be looked at; the dossier in figures."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models import ImportBatch, ImportRow, OutboxMessage
from models.base import now
from services import interactions, links, records
from services.documents import payments, saving
from services.mail import outbox
from services.mail.letters import Letter
from services.privacy import dossier, mentions, summary
from tests.documents.support import make_document, make_issued
from tests.support.factories import BY, make_contact, make_customer, make_family, make_person

pytestmark = pytest.mark.both_databases


def seen(session: Session, card: Any) -> list[tuple[str, str]]:
    found = mentions.find(session, dossier.collect(session, dossier.scope_of(session, card)))
    return [(one.table, one.field) for one in found]


def test_every_free_text_of_others_that_names_the_person_is_found(session: Session) -> None:
    """Notes, interactions, line descriptions, document texts and sent mail, by name, address or phone."""
    person = make_person(session, "Benoît Lévesque", email="benoit@example.com", phone="514 555-0100")
    other = make_contact(session, "Other Ltd", notes="Ask LEVESQUE, Benoit about it.")
    customer = make_customer(session, "Buyer Ltd", linked=False, contact_person="benoît lévesque")
    interactions.log(
        session, other, {"action": "call", "subject": "x", "body": "from +1 (514) 555.0100"}, by=BY
    )
    quote = make_document(session, "quote", customer, subject="For Benoit Levesque")
    line = {"description": "Cake for Benoît Lévesque", "quantity": Decimal(1), "unit_price": Decimal(1)}
    saving.add_line(session, quote, line, by=BY)
    letter = Letter(to=["x@example.com"], subject="Hi", text="Write to BENOIT@example.com!", kind="card")
    outbox.enqueue(session, letter, by=BY)
    batch = ImportBatch(kind="contact", sha256="x" * 64)
    session.add(batch)
    session.flush()
    session.add(ImportRow(batch_id=batch.id, row_number=1, outcome="refused", label="Benoit Levesque"))
    session.flush()
    assert sorted(seen(session, person)) == [
        ("contacts", "notes"), ("customers", "contact_person"), ("document_lines", "description"),
        ("documents", "contact_person"), ("documents", "subject"), ("import_rows", "label"), ("interactions", "body"),
        ("outbox_messages", "body"),
    ]  # fmt: skip


def test_what_is_in_the_dossier_is_no_mention_and_other_words_are_none(session: Session) -> None:
    """The person's own notes and quotes are theirs; a longer name, another number and a part of a word are not they."""
    person = make_person(session, "Ann Roy", phone="514 555-0100", notes="Ann Roy herself")
    customer = links.create_as(session, person, "customer", by=BY).record
    records.save(session, customer, {"notes": "Ann Roy again"}, by=BY)
    make_document(session, "quote", customer, subject="Ann Roy")
    make_contact(session, "Other", notes="Joann Royal, Ann Royer, call 514 555-0199, an royal")
    make_contact(session, "Third", notes="1514555010012")
    assert seen(session, person) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Łukasz Żółw", "dla lukasz zolw"), ("Œuvre Côté", "oeuvre cote"), ("Roy", "chez ROY."),
        ("Garage Tremblay inc.", "the garage tremblay"), ("O'Neil & Fils", "o’neil & fils"),
    ],
)  # fmt: skip
def test_names_are_found_however_they_are_typed(session: Session, name: str, text: str) -> None:
    """What the database picks beforehand never loses one."""
    card = make_contact(session, name)
    make_contact(session, "Other", notes=f"See {text}!")
    assert seen(session, card) == [("contacts", "notes")]


def test_the_dossier_in_figures(session: Session) -> None:
    """Y-B4: rows by table with first and last day, what keeps documents, and who had mail."""
    family = make_family(session)
    invoice = make_issued(session, "invoice", family.customer)
    order = make_document(session, "order", family.customer)
    payments.register(
        session, invoice, {"amount": Decimal(1), "date": invoice.document_date, "method": "cash"}, by=BY
    )
    for address in ("a@example.com", "A@example.com", "b@example.com"):
        letter = Letter(to=[address], subject="Hi", text="Hi", kind="card", contact_id=family.contact.id)
        outbox.enqueue(session, letter, by=BY)
    for message in session.query(OutboxMessage).order_by(OutboxMessage.id).limit(2):
        for recipient in message.recipients:
            recipient.state, recipient.sent_at = "sent", now()
    session.flush()
    found = dossier.collect(session, dossier.scope_of(session, family.person.company or family.contact))
    figures = {line.table: line for line in summary.lines(session, found)}
    assert figures["documents"].count == 2
    assert figures["documents"].first == min(invoice.document_date, order.document_date)
    assert figures["payments"].count == 1 and figures["history"].last is not None
    assert figures["document_lines"].first is None
    assert [(one.email, one.count) for one in summary.recipients(session, found)] == [("A@example.com", 2)]
    kept = summary.blockers(session, found)
    assert (kept.issued, kept.issued_count) == ([invoice], 1)
    assert (kept.orders, kept.orders_count) == ([order], 1)
    assert summary.blockers(session, found, most=0).issued_count == 1
