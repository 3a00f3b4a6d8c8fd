"""Drafts and open documents: made, changed line by line, compared with what their editor saw."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Document, HistoryEntry, Item, PaymentTerms, TaxGroup
from services import records, settings
from services.documents import copies, header, kinds, saving
from services.documents.kinds import KINDS
from services.errors import Conflict, Invalid, NotFound, Refused
from tests.documents.support import BY, issue, make_document, make_issued, office
from tests.support import factories as make
from tests.support.clock import Clock
from tests.support.threads import overlapping, read, write

D = Decimal


def errors(work: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as problem:
        work()
    return {name: str(said[0]) for name, said in problem.value.errors.items()}


# -- making -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_document_begins_with_what_the_party_and_the_office_say(
    session: Session, clock: Clock, kind: str
) -> None:
    """O5: the day in the office's zone, terms, currency and language; the party's go first."""
    own = office(session)
    ten = PaymentTerms(code="10D", name="10 days", days=10)
    session.add(ten)
    session.flush()
    thirty = select(PaymentTerms.id).where(PaymentTerms.code == "30D")
    own.payment_terms_id = session.scalars(thirty).one()
    clock.moment = clock.moment.replace(hour=2)  # still the day before in Montréal
    party = make.make_party(
        session, KINDS[kind].side, "Vins Ltée", city="Reims", currency="EUR", payment_terms_id=ten.id
    )
    document = saving.create(session, kind, party, by=BY)
    assert document.document_date == date(2026, 6, 14)
    assert (document.name, document.city, document.party_no) == ("Vins Ltée", "Reims", party.no)
    assert (document.currency, document.payment_terms_id) == ("EUR", ten.id)
    assert document.language == "en" and document.no == ""
    assert document.state == ("draft" if KINDS[kind].freezes else "open")
    assert document.due_date == (date(2026, 6, 24) if KINDS[kind].freezes else None)
    assert document.search_name == "vins ltee"
    plain = saving.create(session, kind, make.make_party(session, KINDS[kind].side, "Plain"), by=BY)
    assert (plain.currency, plain.payment_terms_id) == ("CAD", own.payment_terms_id)


def test_o1_a_quote_needs_no_customer(session: Session) -> None:
    """O1: it carries the contact's data; for a person of a company it is addressed to the company."""
    company = make.make_contact(session, "Boulangerie Côté", city="Lévis", email="info@cote.example")
    person = make.make_person(session, "Line Côté", company, email="line@cote.example")
    quote = saving.create(session, "quote", person, by=BY)
    assert (quote.name, quote.contact_person, quote.city) == ("Boulangerie Côté", "Line Côté", "Lévis")
    assert (quote.email, quote.contact_id, quote.customer_id) == ("line@cote.example", person.id, None)
    assert quote.valid_until is not None


def test_terms_say_when_a_document_is_due(session: Session) -> None:
    terms = dict(session.execute(select(PaymentTerms.code, PaymentTerms.id)).all())
    for code, day, due in (
        ("NOW", date(2026, 6, 15), date(2026, 6, 15)),
        ("30D", date(2026, 1, 31), date(2026, 3, 2)),
        ("30EOM", date(2026, 1, 15), date(2026, 2, 28)),
        ("30EOM", date(2028, 1, 15), date(2028, 2, 29)),
    ):
        assert header.due_date(session, terms[code], day) == due
    assert header.due_date(session, None, date(2026, 1, 1)) is None


def test_the_due_date_follows_the_date_and_the_terms_until_it_is_typed(session: Session) -> None:
    terms = session.scalars(select(PaymentTerms).where(PaymentTerms.code == "30D")).one()
    invoice = make_document(session)
    saving.save_header(session, invoice, {"payment_terms_id": str(terms.id)}, by=BY)
    saving.save_header(session, invoice, {"document_date": date(2026, 6, 1)}, by=BY)
    assert invoice.due_date == date(2026, 7, 1)
    saving.save_header(
        session, invoice, {"document_date": date(2026, 6, 2), "due_date": date(2026, 6, 9)}, by=BY
    )
    assert invoice.due_date == date(2026, 6, 9)


WRONG_HEADERS: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "x" * 101}, "name"),
    ({"subject": "x" * 201}, "subject"),
    ({"intro": "x" * 10_001}, "intro"),
    ({"email": "no address"}, "email"),
    ({"currency": "XXX9"}, "currency"),
    ({"country": "Nowhere"}, "country"),
    ({"document_date": None}, "document_date"),
    ({"document_date": date(1066, 10, 14)}, "document_date"),
    ({"due_date": date(2026, 1, 1), "document_date": date(2026, 2, 1)}, "due_date"),
    ({"discount_percent": D(101)}, "discount_percent"),
    ({"payment_terms_id": "999"}, "payment_terms_id"),
    ({"payment_terms_id": "abc"}, "payment_terms_id"),
    ({"currency": "EUR"}, "currency"),
]


def test_what_a_header_cannot_hold_is_refused_with_its_sentence(session: Session) -> None:
    """O5: the last one because prices in dollars do not become euros."""
    invoice = make_document(session)
    before = {name: getattr(invoice, name) for name in header.FIELDS}
    for values, field in WRONG_HEADERS:
        assert set(errors(partial(saving.save_header, session, invoice, values, by=BY))) == {field}
        assert {name: getattr(invoice, name) for name in header.FIELDS} == before


@pytest.mark.both_databases
def test_o10_a_vendors_number_is_entered_once(session: Session) -> None:
    """O10: capitals or not; another vendor, or another kind of document, may have the same."""
    vendor, other = make.make_vendor(session, "Grain Co"), make.make_vendor(session, "Other Co")
    first = make_document(session, "purchase_invoice", vendor, vendor_invoice_no="A-77")
    problem = errors(lambda: make_document(session, "purchase_invoice", vendor, vendor_invoice_no="a-77"))
    assert "A-77" not in problem["vendor_invoice_no"] and "a-77" in problem["vendor_invoice_no"]
    make_document(session, "purchase_invoice", other, vendor_invoice_no="A-77")
    make_document(session, "purchase_credit_memo", vendor, vendor_invoice_no="A-77")
    saving.save_header(session, first, {"vendor_invoice_no": "A-77", "subject": "Flour"}, by=BY)


# -- lines --------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_lines_are_added_changed_moved_and_deleted(session: Session) -> None:
    """O5: the sums follow each step."""
    order = make_document(session, "order", None, ("2", "50"), ("1", "7"))
    third = saving.add_line(session, order, {"description": "Cake", "unit_price": D("3.5")}, by=BY)
    assert (third.quantity, third.amount, order.total) == (D(1), D("3.50"), D("110.50"))
    saving.save_line(session, order, third.id, {"quantity": D(12), "discount_percent": D(50)}, by=BY)
    assert (third.amount, order.lines_total) == (D(21), D(128))
    saving.move_line(session, order, third.id, up=True, by=BY)
    saving.move_line(session, order, third.id, up=True, by=BY)
    saving.move_line(session, order, third.id, up=True, by=BY)
    assert [line.id for line in order.lines][0] == third.id
    saving.move_line(session, order, third.id, up=False, by=BY)
    assert [line.id for line in order.lines].index(third.id) == 1
    saving.delete_line(session, order, third.id, by=BY)
    assert order.total == D(107)
    with pytest.raises(NotFound):
        saving.save_line(session, order, third.id, {"quantity": D(1)}, by=BY)
    session.expire_all()
    assert [line.amount for line in session.get_one(Document, order.id).lines] == [D(100), D(7)]


def test_a_line_takes_what_is_not_typed_from_its_item(session: Session) -> None:
    """O5: purchases take the cost."""
    item = Item(no="PAIN-01", description="Pain de campagne", unit="pc", unit_price=D("3.25"), cost=D("1.1"))
    gone = Item(no="OLD", description="Old", blocked=True)
    session.add_all([item, gone])
    session.flush()
    sale, purchase = make_document(session, "order"), make_document(session, "purchase_order")
    line = saving.add_line(session, sale, {"item_id": str(item.id), "quantity": D(48)}, by=BY)
    assert (line.description, line.unit, line.amount) == ("Pain de campagne", "pc", D(156))
    own = saving.add_line(
        session, sale, {"item_id": str(item.id), "description": "Baguette", "unit_price": D(2)}, by=BY
    )
    assert (own.description, own.unit_price) == ("Baguette", D(2))
    assert saving.add_line(session, purchase, {"item_id": str(item.id)}, by=BY).unit_price == D("1.1")
    assert (
        "blocked"
        in errors(lambda: saving.add_line(session, sale, {"item_id": str(gone.id)}, by=BY))["item_id"]
    )


WRONG_LINES: list[tuple[dict[str, Any], str]] = [
    ({"description": ""}, "description"),
    ({"description": "x" * 201}, "description"),
    ({"description": "Bread", "discount_percent": D(101)}, "discount_percent"),
    ({"description": "Bread", "quantity": D(10) ** 13}, "quantity"),
    ({"description": "Bread", "quantity": D(10) ** 7, "unit_price": D(10) ** 7}, "quantity"),
    ({"description": "Bread", "tax_group_id": "999"}, "tax_group_id"),
    ({"description": "Bread", "item_id": "999"}, "item_id"),
]


def test_what_a_line_cannot_hold_is_refused_with_its_sentence(session: Session) -> None:
    """O5: a tax group deleted meanwhile is one of them."""
    order = make_document(session, "order")
    line = order.lines[0]
    for values, field in WRONG_LINES:
        assert set(errors(partial(saving.add_line, session, order, values, by=BY))) == {field}
        assert set(errors(partial(saving.save_line, session, order, line.id, values, by=BY))) == {field}


def test_a_tax_group_that_a_document_uses_is_kept(session: Session) -> None:
    group = session.scalars(select(TaxGroup).where(TaxGroup.code == "QC")).one()
    order = make_document(session, "order")
    saving.save_line(session, order, order.lines[0].id, {"tax_group_id": str(group.id)}, by=BY)
    assert [(use.table, use.count) for use in settings.uses(session, group)] == [("document_lines", 1)]


# -- two people ---------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_a_stale_line_is_a_conflict_in_the_fields_that_both_changed(session: Session) -> None:
    """S11: edits of different fields do not conflict."""
    order = make_document(session, "order")
    line = order.lines[0]
    seen = saving.line_as_seen(line)
    saving.save_line(session, order, line.id, {"quantity": D(3)}, by=1, seen=seen)
    saving.save_line(session, order, line.id, {"unit_price": D(60), "quantity": D(2)}, by=BY, seen=seen)
    assert (line.quantity, line.unit_price, order.total) == (D(3), D(60), D(180))
    with pytest.raises(Conflict) as conflict:
        saving.save_line(session, order, line.id, {"quantity": D(5)}, by=BY, seen=seen)
    assert [(one.name, one.mine, one.theirs) for one in conflict.value.fields] == [("quantity", D(5), D(3))]


def test_a_stale_header_is_a_conflict(session: Session) -> None:
    """S11."""
    order = make_document(session, "order")
    seen = header.as_seen(order)
    saving.save_header(session, order, {"reference": "PO 1"}, by=1, seen=seen)
    saving.save_header(session, order, {"subject": "Bread"}, by=BY, seen=seen)
    with pytest.raises(Conflict):
        saving.save_header(session, order, {"reference": "PO 2"}, by=BY, seen=seen)
    assert (order.reference, order.subject) == ("PO 1", "Bread")


@pytest.mark.both_databases
def test_two_lines_added_at_once_are_both_there_and_both_counted(bare_app: Flask) -> None:
    """The sums are those of all lines, whoever was first."""
    order_id = write(bare_app, lambda session: make_document(session, "order").id)

    def add(session: Session) -> None:
        order = session.get_one(Document, order_id)
        saving.add_line(session, order, {"description": "More", "unit_price": D(10)}, by=BY)

    assert overlapping(bare_app, add, add) == [None, None]
    assert read(bare_app, lambda session: session.get_one(Document, order_id).total) == D(120)


# -- what does not change any more --------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["issued", "converted"])
def test_r_inv_1_every_door_refuses_a_document_that_is_done(session: Session, state: str) -> None:
    """R-INV-1: 409, with the document's number."""
    document = make_document(session)
    line_id = document.lines[0].id
    if state == "issued":
        issue(session, document)
    else:
        document = make_document(session, "quote")
        line_id = document.lines[0].id
        document.state = "converted"
        session.flush()
    for door in (
        lambda: saving.save_header(session, document, {"subject": "Other"}, by=BY),
        lambda: saving.add_line(session, document, {"description": "More"}, by=BY),
        lambda: saving.save_line(session, document, line_id, {"quantity": D(9)}, by=BY),
        lambda: saving.move_line(session, document, line_id, up=True, by=BY),
        lambda: saving.delete_line(session, document, line_id, by=BY),
        lambda: saving.refresh(session, document, by=BY),
    ):
        with pytest.raises(Refused) as refusal:
            door()
        assert (document.no or document.name) in str(refusal.value) and refusal.value.status == 409


# -- the copy of the party (S7) -----------------------------------------------------------------------------


def test_s7_an_open_document_offers_what_changed_on_the_card_and_an_issued_one_never(
    session: Session,
) -> None:
    """S7."""
    family = make.make_family(session)
    draft = make_document(session, "invoice", family.customer)
    issued = make_issued(session, "invoice", family.customer)
    quote = saving.create(session, "quote", make.make_contact(session, "Alone", city="Nice"), by=BY)
    records.save(session, family.contact, {"name": "New Name Ltd", "city": "Dijon"}, by=BY)
    assert quote.contact is not None
    records.save(session, quote.contact, {"city": "Menton"}, by=BY)
    found = copies.differences(session, draft)
    assert [(one.name, one.copied, one.present) for one in found] == [
        ("name", "Family Ltd", "New Name Ltd"),
        ("city", "Lyon", "Dijon"),
    ]
    assert [one.name for one in copies.differences(session, quote)] == ["city"]
    assert copies.differences(session, issued) == [] and issued.name == "Family Ltd"
    assert len(saving.refresh(session, draft, by=BY)) == 2
    assert (draft.name, draft.search_name, copies.differences(session, draft)) == (
        "New Name Ltd",
        "new name ltd",
        [],
    )


def test_what_happened_to_a_document_is_in_its_history(session: Session) -> None:
    order = make_document(session, "order")
    saving.save_header(session, order, {"reference": "PO 1"}, by=BY)
    saving.delete_line(session, order, order.lines[0].id, by=BY)
    query = select(HistoryEntry.action, HistoryEntry.field, HistoryEntry.new).where(
        HistoryEntry.kind == "document", HistoryEntry.record_id == order.id
    )
    assert session.execute(query.order_by(HistoryEntry.id)).all() == [
        ("created", "", None),
        ("changed", "line", "2 × Bread = 100.00"),
        ("changed", "reference", "PO 1"),
        ("changed", "line", ""),
    ]


def test_an_address_names_a_kind() -> None:
    for kind in KINDS.values():
        assert kinds.at(kind.area, kind.path) is kind
    assert kinds.at("sales", "dreams") is None
