"""The dossier: from any card everything about its person or company, and nothing about anybody else."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from models import (
    DocumentFile,
    DocumentLine,
    HistoryEntry,
    ImportBatch,
    ImportRow,
    Interaction,
    Link,
    OutboxRecipient,
    Payment,
    PrivacyBlock,
    PrivacyRequest,
    UndoEntry,
)
from models.base import now
from services import clock, deletion, interactions, jobs, links, records, spreadsheets
from services.documents import deleting, payments
from services.imports import batches
from services.mail import outbox
from services.mail.letters import Letter
from services.privacy import dossier, registry
from services.privacy.registry import Dossier, Scope
from tests.documents.support import make_document, make_issued, office
from tests.support.counting import statements
from tests.support.factories import BY, make_contact, make_customer, make_family, make_person

pytestmark = pytest.mark.both_databases


def of(session: Session, card: Any) -> Dossier:
    return dossier.collect(session, dossier.scope_of(session, card))


def send(session: Session, *to: str, **about: Any) -> Any:
    letter = Letter(to=list(to), subject="Hello", text="Good morning.", kind="card", **about)
    return outbox.enqueue(session, letter, by=BY)


def own_customer(session: Session, person: Any) -> Any:
    """A customer of a person's own, from before they belonged to a company."""
    company = person.company_id
    records.save(session, person, {"company_id": None}, by=BY)
    customer = links.create_as(session, person, "customer", by=BY).record
    records.save(session, person, {"company_id": company}, by=BY)
    return customer


def request_about(session: Session, card: Any) -> PrivacyRequest:
    row = PrivacyRequest(
        no=f"PR-2026-{card.id:03d}", kind="access", regime="QC", received_on=clock.today(office(session)),
        due_on=clock.today(office(session)), subject_kind=card.KIND, subject_id=card.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


# -- whose it is ------------------------------------------------------------------------------------


def test_from_every_card_of_a_company_the_same_cards_are_reached(session: Session) -> None:
    """The contact, all its parties and its persons with theirs, from whichever of them one begins."""
    family = make_family(session)
    own = own_customer(session, family.person)
    others = make_family(session, name="Others Ltd")
    whole = Scope(
        contact=frozenset({family.contact.id, family.person.id}),
        customer=frozenset({family.customer.id, own.id}),
        vendor=frozenset({family.vendor.id}),
        bank_account=frozenset({family.bank_account.id, family.second_account.id}),
    )
    for card in family.linked:
        assert dossier.scope_of(session, card) == whole
    assert others.contact.id not in whole.contact


def test_a_person_of_a_company_never_reaches_the_company(session: Session) -> None:
    """Y-B: the person and their own parties alone."""
    family = make_family(session)
    own = own_customer(session, family.person)
    alone = Scope(contact=frozenset({family.person.id}), customer=frozenset({own.id}))
    assert dossier.scope_of(session, family.person) == alone
    assert dossier.scope_of(session, own) == alone


def test_a_party_without_a_contact_is_a_scope_of_its_own(session: Session) -> None:
    customer = make_customer(session, linked=False)
    assert list(dossier.scope_of(session, customer)) == [("customer", customer.id)]


def test_a_contact_that_was_deleted_with_its_link_still_belongs_to_its_customer(session: Session) -> None:
    """What is left of it, in the bin and the history, is found from the customer; a contact unlinked before is not."""
    family = make_family(session)
    gone = family.contact.id
    deletion.delete(session, family.contact, by=BY)
    assert dossier.scope_of(session, family.customer).contact == {gone}
    found = of(session, family.customer)
    assert found.of("contacts") == []
    assert len(found.of("undo_entries")) == 1
    lines = session.scalars(select(HistoryEntry.kind).where(HistoryEntry.id.in_(found.of("history"))))
    assert {"contact", "customer"} <= set(lines)

    other = make_family(session, name="Others Ltd")
    link = session.scalars(select(Link).where(Link.customer_id == other.customer.id)).one()
    links.unlink(session, link, by=BY)
    deletion.delete(session, other.contact, by=BY)
    assert not dossier.scope_of(session, other.customer).contact


# -- what is found ----------------------------------------------------------------------------------


def test_documents_are_found_with_all_they_are_made_of_after_they_lost_their_contact(
    session: Session,
) -> None:
    """An issued invoice names no contact any more: it is found by its customer, with lines, files and payments."""
    family = make_family(session)
    invoice = make_issued(session, "invoice", family.customer, ("1", "10"), ("2", "20"))
    assert invoice.contact_id is None
    paid = payments.register(
        session, invoice, {"amount": invoice.total, "date": invoice.document_date, "method": "cash"}, by=BY
    )
    quote = make_document(session, "quote", family.contact)
    purchase = make_document(session, "purchase_order", family.vendor)
    strange = make_issued(session)
    found = of(session, family.contact)
    assert found.of("documents") == sorted([invoice.id, quote.id, purchase.id])
    assert strange.id not in found.of("documents")
    for model in (DocumentLine, DocumentFile):
        own = select(model.id).where(model.document_id.in_(found.of("documents")))
        assert found.of(model.__tablename__) == sorted(session.scalars(own))
    assert found.of("payments") == [paid.id]
    assert session.scalar(select(func.count(Payment.id))) == 1


def test_a_person_has_the_quotes_made_for_them_and_not_those_of_their_company(session: Session) -> None:
    family = make_family(session)
    own = make_document(session, "quote", family.person)
    make_issued(session, "invoice", family.customer)
    assert of(session, family.person).of("documents") == [own.id]


def test_interactions_are_found_by_contact_party_and_the_company_of_that_time(session: Session) -> None:
    family = make_family(session)
    unlinked = make_customer(session, "Alone Ltd", linked=False)
    kept = {"subject": "Prices", "action": "call"}
    by_contact = interactions.log(session, family.contact, kept, by=BY)
    by_person = interactions.log(session, family.person, kept, by=BY)
    by_party = interactions.record(session, "email_card", by=BY, party=unlinked)
    assert by_party is not None
    records.save(session, family.person, {"company_id": None}, by=BY)
    assert of(session, family.contact).of("interactions") == [by_contact.id, by_person.id]
    assert of(session, family.person).of("interactions") == [by_person.id]
    assert of(session, unlinked).of("interactions") == [by_party.id]


def test_mail_is_found_by_contact_card_document_and_own_address(session: Session) -> None:
    """An address of two persons is nobody's own; the other recipients of a message are not the person's."""
    ada = make_person(session, "Ada Own", email="ada@example.com")
    shared = make_person(session, "Ben One", email="both@example.com", email2="ben@example.com")
    make_person(session, "Cleo Two", email2="Both@example.com")
    customer = links.create_as(session, ada, "customer", by=BY).record
    quote = make_document(session, "quote", customer)
    to_contact = send(session, "old@example.com", contact_id=ada.id)
    about_card = send(session, "x@example.com", about=("customer", customer.id))
    about_quote = send(session, "y@example.com", about=("quote", quote.id))
    copied = send(session, "someone@example.com", "ADA@example.com")
    strange = send(session, "both@example.com")
    found = of(session, ada)
    assert found.of("outbox_messages") == [to_contact.id, about_card.id, about_quote.id, copied.id]
    known = select(OutboxRecipient.email).where(OutboxRecipient.id.in_(found.of("outbox_recipients")))
    assert "someone@example.com" not in set(session.scalars(known))
    assert strange.id not in of(session, shared).of("outbox_messages")
    assert of(session, shared).of("outbox_messages") == []


def test_history_is_found_for_cards_for_documents_and_for_what_became_of_deleted_ones(
    session: Session,
) -> None:
    family = make_family(session)
    quote, kept = (
        make_document(session, "quote", family.customer),
        make_document(session, "order", family.customer),
    )
    quote_id = quote.id
    deleting.delete(session, quote, by=BY)
    records.save(session, family.customer, {"primary_contact_id": family.person.id}, by=BY)
    found = of(session, family.customer)
    entries = session.execute(
        select(HistoryEntry.kind, HistoryEntry.record_id).where(HistoryEntry.id.in_(found.of("history")))
    ).all()
    assert {("document", quote_id), ("document", kept.id), ("customer", family.customer.id)} <= set(
        map(tuple, entries)
    )
    # What the customer says of its contact person is the person's as well, and the rest of it is not.
    of_person = set(
        session.execute(
            select(HistoryEntry.kind, HistoryEntry.field).where(
                HistoryEntry.id.in_(of(session, family.person).of("history")), HistoryEntry.kind != "contact"
            )
        ).all()
    )
    assert {field for _kind, field in of_person} <= {
        "contact_person", "contact_person_title", "primary_contact_id",
    }  # fmt: skip


def test_the_bin_and_undone_links_belong_to_the_dossier(session: Session) -> None:
    """D7: an entry is found by every card that its snapshot names, and by no other."""
    contact = make_contact(session, "Binned Ltd")
    linked = links.create_as(session, contact, "customer", by=BY).record
    link = session.scalars(select(Link).where(Link.customer_id == linked.id)).one()
    links.unlink(session, link, by=BY)
    quote = make_document(session, "quote", linked)
    deleting.delete(session, quote, by=BY)
    stranger = make_contact(session, "Stranger")
    deletion.delete(session, make_contact(session, "Somebody"), by=BY)
    entries = session.scalars(select(UndoEntry).order_by(UndoEntry.id)).all()
    assert [entry.action for entry in entries] == ["link", "unlink", "delete", "delete"][-len(entries) :]
    assert of(session, contact).of("undo_entries") == [
        entry.id for entry in entries if entry.action != "delete"
    ]
    assert entries[-2].id in of(session, linked).of("undo_entries")
    assert of(session, stranger).of("undo_entries") == []


def test_rows_of_imports_are_found_by_the_cards_they_made_or_changed(session: Session, app: Flask) -> None:
    def imported(kind: str, text: str, key: str) -> None:
        sheet = spreadsheets.read(text.encode(), "cards.csv")
        batch = batches.start(session, kind, sheet, original_name="cards.csv", stored_name="", by=BY)
        names = batch.options["columns"]
        job = batches.check(session, batch, names=names, key=key, clear=False, by=BY)
        while not jobs.STEPS[job.kind](session, job):
            pass
        job.state = "done"
        batches.run(session, batch, by=BY)
        session.flush()
        job = session.get_one(type(job), batch.job_id)
        while not jobs.STEPS[job.kind](session, job):
            pass

    imported("customer", "name;email\nAda Ltd;ada@example.com\nOther Ltd;other@example.com\n", "none")
    rows = session.scalars(select(ImportRow).order_by(ImportRow.id)).all()
    customer = session.get_one(type(make_customer(session)), rows[0].record_id)
    contact = session.scalars(select(Link).where(Link.customer_id == customer.id)).one().contact
    assert of(session, customer).of("import_rows") == [rows[0].id]
    refused = ImportRow(batch_id=rows[0].batch_id, row_number=9, outcome="refused", no=customer.no)
    session.add(refused)
    session.flush()
    assert of(session, customer).of("import_rows") == [rows[0].id, refused.id]
    session.delete(refused)
    batch = ImportBatch(kind="customer", state="uploaded", sha256="y" * 64)
    session.add(batch)
    session.flush()
    cells = (
        ["Ada", "ADA@example.com"],
        ["Other Ltd", "other@example.com"],
        [f" {customer.no} ", "Ada"],
        ["Ada"],
    )
    unread = [
        ImportRow(batch_id=batch.id, row_number=at, outcome="", cells=said)
        for at, said in enumerate(cells, 1)
    ]
    session.add_all(unread)
    session.flush()
    assert of(session, customer).of("import_rows") == [rows[0].id, unread[0].id, unread[2].id]
    assert batch.id in of(session, customer).of("import_batches")
    for row in unread:
        session.delete(row)
    assert of(session, contact).of("import_rows") == [rows[0].id]


def test_requests_steps_and_blocks_belong_to_the_dossier(session: Session) -> None:
    family = make_family(session)
    asked = request_about(session, family.person)
    block = PrivacyBlock(kind="customer", record_id=family.customer.id, ground="request")
    session.add(block)
    session.flush()
    request_about(session, make_contact(session, "Other"))
    found = of(session, family.contact)
    assert (found.of("privacy_requests"), found.of("privacy_blocks")) == ([asked.id], [block.id])
    assert of(session, family.person).of("privacy_blocks") == []


# -- modules ----------------------------------------------------------------------------------------


@pytest.fixture
def plants() -> Iterator[registry.Module]:
    """A module that a test brings."""
    module = registry.register("plants", "Plants", "plants")
    yield module
    del registry.MODULES["plants"]


def test_y_a2_a_module_that_is_registered_appears_in_the_dossier(
    session: Session, plants: registry.Module
) -> None:
    registry.locates("plants")(lambda session, scope: {"plants": sorted(scope.contact)})
    contact = make_contact(session)
    found = of(session, contact)
    assert found.rows["plants"] == {"plants": [contact.id]} and found.failed == ()


def test_y_a2_a_module_that_fails_is_named_and_the_others_go_on(
    session: Session, plants: registry.Module
) -> None:
    """Also one whose statement the database refuses: the transaction goes on."""

    @registry.locates("plants")
    def _ask_for_nonsense(session: Session, scope: Scope) -> Any:
        return session.execute(select(func.no_such_function())).all()

    contact = make_contact(session)
    found = of(session, contact)
    assert found.failed == ("plants",) and "plants" not in found.rows
    assert found.of("contacts") == [contact.id] and found.of("history")


def test_y_b4_five_thousand_rows_take_as_many_statements_as_fifty(bare_app: Flask, session: Session) -> None:
    """Never one statement for each row."""
    family = make_family(session)

    def grow(count: int) -> int:
        session.execute(
            insert(Interaction),
            [
                {"action": "call", "contact_id": family.contact.id, "created_at": now(), "at": now()}
                for _ in range(count)
            ],
        )
        found: list[Dossier] = []
        asked = statements(bare_app, lambda: found.append(of(session, family.customer)))
        grown.append(len(found[0].of("interactions")))
        return asked

    grown: list[int] = []
    few = grow(50)
    many = grow(4_950)
    assert grown == [50, 5_000] and many == few
