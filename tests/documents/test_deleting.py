"""What may be deleted: drafts, quotes and orders (D8), and cards as far as their documents allow (D1, D3)."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import (
    Contact,
    Customer,
    Document,
    DocumentFile,
    DocumentLine,
    HistoryEntry,
    UndoEntry,
)
from services import deletion, links
from services.documents import converting, deleting, guards, issuing, parties, payments, saving
from services.documents.kinds import KINDS
from services.errors import Refused
from tests.documents.support import BY, issue, make_document, make_issued
from tests.support import factories as make

D = Decimal
OPEN = [name for name, kind in KINDS.items() if not kind.freezes]


def count(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


# -- cards (D1, D3) -----------------------------------------------------------------------------------------


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.freezes])
def test_d3_a_card_with_an_issued_document_stays(session: Session, kind: str) -> None:
    """D3: whatever else is chosen with it; the documents are listed, and blocking is offered."""
    family = make.make_family(session)
    party = family.customer if KINDS[kind].side == "customer" else family.vendor
    document = make_issued(session, kind, party)
    draft = make_document(session, kind, party)
    plan = deletion.plan(session, party)
    assert plan.documents.in_the_way == [document] and plan.documents.can_be_blocked
    for door in (
        lambda: deletion.delete(session, party, by=BY),
        lambda: deletion.delete(session, party, also=[family.contact], by=BY),
        lambda: deletion.delete(session, family.contact, also=[party], by=BY),
    ):
        with pytest.raises(guards.Invoiced, match=party.no) as refusal:
            door()
        assert refusal.value.records == [document] and refusal.value.status == 409
        assert session.get(Document, draft.id) is not None
    # The contact alone may go: the document has its own copy.
    deletion.delete(session, family.contact, by=BY)


@pytest.mark.parametrize("kind", guards.ORDERS)
def test_d3_open_orders_keep_a_card_too(session: Session, kind: str) -> None:
    """D3: converted ones follow what became of them."""
    party = make.make_party(session, KINDS[kind].side, "Buyer")
    order = make_document(session, kind, party)
    with pytest.raises(guards.Invoiced) as refusal:
        deletion.delete(session, party, by=BY)
    assert refusal.value.records == [order]
    assert not deletion.plan(session, party).documents.can_be_blocked
    new = order
    while KINDS[new.kind].converts_to and not KINDS[new.kind].freezes:
        new = converting.convert(session, new, KINDS[new.kind].converts_to[0], by=BY).document
    deletion.delete(session, party, by=BY)
    assert count(session, Document) == 0


@pytest.mark.both_databases
def test_d3_drafts_and_quotes_go_with_a_card_and_come_back_with_it(session: Session) -> None:
    """D3, D7: whole, with their lines and the PDF that was sent."""
    customer = make.make_customer(session, "Buyer")
    quote = make_document(session, "quote", customer, ("2", "50"), ("1", "7"))
    issuing.store_pdf(session, quote, b"%PDF as sent", "sent", by=BY)
    invoice = converting.convert(session, quote, "invoice", by=BY).document
    before = [_row(row) for row in _all(session)]
    assert deletion.plan(session, customer).documents.goes_along == [quote, invoice]
    entry = deletion.delete(session, customer, by=BY)
    assert [count(session, model) for model in (Customer, Document, DocumentLine, DocumentFile)] == [0] * 4
    restored = deletion.undo_delete(session, entry, by=BY)
    assert [document.kind for document in restored.documents] == ["quote", "invoice"]
    session.expire_all()
    after = [_row(row) for row in _all(session)]
    for was, now in zip(before, after, strict=True):
        for name in ("version", "updated_at", "updated_by"):
            was.pop(name, None), now.pop(name, None)
        assert was == now


@pytest.mark.both_databases
def test_d3_a_bank_account_that_was_used_stays(session: Session) -> None:
    """D3: cancelled payments count too."""
    account = make.make_bank_account(session)
    invoice = make_issued(session)
    payment = payments.register(
        session,
        invoice,
        {
            "amount": D(1),
            "date": invoice.document_date,
            "method": "transfer",
            "bank_account_id": str(account.id),
        },
        by=BY,
    )
    payments.cancel(session, invoice, payment.id, by=BY)
    assert deletion.plan(session, account).documents.in_the_way == [invoice]
    with pytest.raises(guards.Invoiced, match=account.no):
        deletion.delete(session, account, by=BY)


def test_d1_quotes_that_only_the_contact_carries_go_with_it(session: Session) -> None:
    """D1: those of its customer stay, without the contact; all come back."""
    family = make.make_family(session)
    alone = make.make_contact(session, "Alone")
    own = make_document(session, "quote", alone)
    assert deletion.plan(session, alone).documents.goes_along == [own]
    kept = saving.create(session, "order", family.customer, person=family.person, by=BY)
    entries = [deletion.delete(session, card, by=BY) for card in (alone, family.person)]
    assert session.get(Document, own.id) is None
    assert kept.contact_id is None and kept.contact_person == "Ada Family"
    for entry in entries:
        deletion.undo_delete(session, entry, by=BY)
    assert session.get_one(Document, own.id).contact_id == alone.id
    assert kept.contact_id == family.person.id


# -- documents (D8) -----------------------------------------------------------------------------------------


def test_d8_the_detour_leaves_only_entries_of_the_bin(session: Session) -> None:
    """D8: the contact in a new invoice, the draft deleted with its customer and contact; and back again."""
    contact = make.make_contact(session, "Detour Ltd")
    choice = parties.choose(session, "invoice", {"contact_id": str(contact.id)}, by=BY)
    draft = saving.create(session, "invoice", choice.owner, by=BY)
    assert deleting.offers(session, draft) == [choice.owner, contact]
    entry = deleting.delete(session, draft, also=[choice.owner, contact], by=BY)
    assert [count(session, model) for model in (Contact, Customer, Document)] == [0, 0, 0]
    assert count(session, UndoEntry) == 1
    restored = deletion.undo_delete(session, entry, by=BY)
    assert len(restored.cards) == 2 and restored.documents[0].customer_id == choice.owner.id


def test_d8_the_detour_by_single_steps(session: Session) -> None:
    """D8: the draft, then the customer, and the contact is left."""
    contact = make.make_contact(session, "Detour Ltd")
    customer = links.create_as(session, contact, "customer", by=BY).record
    assert isinstance(customer, Customer)
    draft = saving.create(session, "invoice", customer, by=BY)
    deleting.delete(session, draft, by=BY)
    deletion.delete(session, customer, by=BY)
    assert [count(session, model) for model in (Contact, Customer, Document)] == [1, 0, 0]


def test_a_customer_that_has_more_is_not_offered(session: Session) -> None:
    """D8: nor one that was invoiced; a forged box is refused."""
    customer = make.make_customer(session)
    first, _second = make_document(session, "invoice", customer), make_document(session, "quote", customer)
    assert deleting.offers(session, first) == []
    with pytest.raises(Refused, match="changed meanwhile"):
        deleting.delete(session, first, also=[customer], by=BY)
    assert session.get(Document, first.id) is not None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_issued_is_never_deleted_and_everything_else_is(session: Session, kind: str) -> None:
    """O6."""
    document = make_document(session, kind)
    entry = deleting.delete(session, document, by=BY)
    assert count(session, Document) == 0
    (document,) = deletion.undo_delete(session, entry, by=BY).documents
    if KINDS[kind].freezes:
        issued = make_issued(session, kind)
        with pytest.raises(Refused, match=issued.no):
            deleting.delete(session, issued, by=BY)
    actions = select(HistoryEntry.action).where(
        HistoryEntry.record_id == document.id, HistoryEntry.kind == "document"
    )
    assert session.scalars(actions.order_by(HistoryEntry.id)).all()[-2:] == ["deleted", "restored"]


def test_a_quote_stays_while_something_issued_came_from_it(session: Session) -> None:
    """O6: over an order in between as well."""
    quote = make_document(session, "quote")
    order = converting.convert(session, quote, "order", by=BY).document
    invoice = converting.convert(session, order, "invoice", by=BY).document
    deleting.check(session, quote)
    issue(session, invoice)
    for document in (quote, order):
        with pytest.raises(Refused) as refusal:
            deleting.delete(session, document, by=BY)
        assert refusal.value.records == [invoice]


@pytest.mark.both_databases
def test_a_deleted_order_opens_its_quote_again(session: Session) -> None:
    """O4: and brought back it is the quote's order again, unless another one was made meanwhile."""
    quote = make_document(session, "quote")
    order = converting.convert(session, quote, "order", by=BY).document
    entry = deleting.delete(session, order, by=BY)
    assert quote.state == "open"
    (back,) = deletion.undo_delete(session, entry, by=BY).documents
    assert (quote.state, back.source_id) == ("converted", quote.id)
    entry = deleting.delete(session, back, by=BY)
    other = converting.convert(session, quote, "invoice", by=BY).document
    (back,) = deletion.undo_delete(session, entry, by=BY).documents
    assert back.source_id is None and back.lines[0].source_line_id is None
    assert converting.made_from(session, quote) == [other]


def test_a_deleted_quote_leaves_its_order(session: Session) -> None:
    quote = make_document(session, "quote")
    order = converting.convert(session, quote, "order", by=BY).document
    deleting.delete(session, quote, by=BY)
    assert order.source_id is None and order.lines[0].source_line_id is None


def test_a_number_taken_meanwhile_is_not_given_back(session: Session) -> None:
    quote, other = make_document(session, "quote"), make_document(session, "quote")
    saving.save_header(session, quote, {"no": "MINE"}, by=BY)
    entry = deleting.delete(session, quote, by=BY)
    saving.save_header(session, other, {"no": "MINE"}, by=BY)
    (back,) = deletion.undo_delete(session, entry, by=BY).documents
    assert (back.no, other.no) == ("", "MINE")


# -- helpers ------------------------------------------------------------------------------------------------


def _all(session: Session) -> list[Any]:
    return [
        row
        for model in (Document, DocumentLine, DocumentFile)
        for row in session.scalars(select(model).order_by(model.id))
    ]


def _row(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}
