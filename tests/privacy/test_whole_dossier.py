"""A dossier leaves out no table of personal data, and counts as many rows as there are."""

from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from extensions import Base
from models import (
    Customer,
    ImportBatch,
    ImportRow,
    Interaction,
    PrivacyBlock,
    PrivacyExport,
    UndoEntry,
)
from models.base import now
from services import interactions, links, records
from services.documents import payments
from services.mail import outbox
from services.mail.letters import Attachment, Letter
from services.privacy import dossier, register, summary
from services.privacy.registry import MODULES, Dossier
from tests.documents.support import make_document, make_issued, tax_group
from tests.support.factories import BY, Family, make_contact, make_family

pytestmark = pytest.mark.both_databases


def of(session: Session, card: Any) -> Dossier:
    return dossier.collect(session, dossier.scope_of(session, card))


def fill_every_table(session: Session) -> Family:
    """A family with a row in every table that a part of Carnet answers for."""
    family = make_family(session)
    group = tax_group(session, "T", ("Tax", "5"))
    records.save(session, family.customer, {"tax_group_id": group.id}, by=BY)
    invoice = make_issued(session, "invoice", family.customer)
    payments.register(
        session, invoice, {"amount": invoice.total, "date": invoice.document_date, "method": "cash"}, by=BY
    )
    interactions.log(session, family.contact, {"action": "call", "subject": "Prices"}, by=BY)
    attachments = [Attachment("a.pdf", b"%PDF")]
    letter = Letter(
        to=["a@example.com"], subject="Hi", text="Hi", kind="card", contact_id=family.contact.id,
        attachments=attachments,
    )  # fmt: skip
    outbox.enqueue(session, letter, by=BY)
    batch = ImportBatch(kind="customer", sha256="x" * 64)
    session.add(batch)
    session.flush()
    session.add(ImportRow(batch_id=batch.id, row_number=1, outcome="updated", record_id=family.customer.id))
    asked = register.open_for_card(session, family.contact, "access", by=BY)
    session.add(PrivacyExport(request_id=asked.id))
    session.add(PrivacyBlock(kind="vendor", record_id=family.vendor.id, ground="request"))
    snapshot = {
        "cards": [],
        "interactions": {"entries": [{"contact_id": family.contact.id, "party_id": None}]},
    }
    session.add(UndoEntry(action="delete", expires_at=now(), snapshot=snapshot))
    session.flush()
    return family


def test_every_table_of_every_module_is_in_a_full_dossier(session: Session) -> None:
    """Y-A2: from any card of the family; what belongs to somebody else is in none."""
    family = fill_every_table(session)
    stranger = make_contact(session, "Stranger")
    answered = {table for module in MODULES.values() for table in module.tables}
    for card in family.linked:
        found = of(session, card)
        assert {table for table in answered if found.of(table)} == answered
    assert {line.table for line in summary.lines(session, of(session, family.vendor))} == answered
    alone = of(session, stranger)
    assert {table for table in answered if alone.of(table)} == {"contacts", "history"}


def test_two_persons_who_share_a_customer_have_nothing_of_each_other(session: Session) -> None:
    """R-PRIV-2: the customer is their company's; each has their own quotes, interactions and mail alone."""
    family = make_family(session)
    ben = records.create(
        session, "contact", {"name": "Ben Family", "type": "person", "company_id": family.contact.id}, by=BY
    ).record
    own: dict[int, Dossier] = {}
    for person in (family.person, ben):
        make_document(session, "quote", person)
        interactions.log(session, person, {"action": "call", "subject": person.name}, by=BY)
        letter = Letter(to=["x@example.com"], subject="Hi", text="Hi", kind="card", contact_id=person.id)
        outbox.enqueue(session, letter, by=BY)
    make_issued(session, "invoice", family.customer)
    for person in (family.person, ben):
        own[person.id] = of(session, person)
        assert len(own[person.id].of("documents")) == len(own[person.id].of("interactions")) == 1
        assert own[person.id].of("customers") == []
    first, second = own.values()
    for table in ("contacts", "documents", "document_lines", "interactions", "outbox_messages", "history"):
        assert not set(first.of(table)) & set(second.of(table)), table


def test_the_rows_that_the_dossier_names_are_there(session: Session) -> None:
    """The ids are primary keys of their table."""
    found = of(session, fill_every_table(session).customer)
    for rows in found.rows.values():
        for table, ids in rows.items():
            key = Base.metadata.tables[table].c.id
            assert sorted(session.scalars(select(key).where(key.in_(ids)))) == list(ids)


def test_y_b4_more_than_fifty_thousand_rows_are_counted_to_the_last(session: Session) -> None:
    """Nothing is cut: the total is exact."""
    customer = links.create_as(session, make_contact(session, "Large Ltd"), "customer", by=BY).record
    assert isinstance(customer, Customer)
    row = {"action": "call", "party_kind": "customer", "party_id": customer.id}
    for _turn in range(11):
        session.execute(insert(Interaction), [row] * 5_000)
    found = of(session, customer)
    assert len(found.of("interactions")) == 55_000
    assert (
        next(line.count for line in summary.lines(session, found) if line.table == "interactions") == 55_000
    )
