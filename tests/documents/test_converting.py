"""One document made from another, traced both ways (O4), and cancelling (O6)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Customer, Document, HistoryEntry, Interaction, TaxRate, Vendor
from services import taxes
from services.documents import converting, issuing, payments, saving
from services.documents.kinds import KINDS
from services.errors import Invalid, Refused
from services.printing.composing import compose
from tests.documents.support import (
    BY,
    is_cancelled,
    issue,
    make_document,
    make_issued,
    office,
    pdf,
    tax_group,
)
from tests.support import factories as make
from tests.support.clock import Clock

D = Decimal

PAIRS = [(name, target) for name, kind in KINDS.items() for target in kind.converts_to]


@pytest.mark.parametrize(("kind", "target"), PAIRS)
def test_o4_a_document_becomes_the_next_one_and_both_know_it(
    session: Session, kind: str, target: str
) -> None:
    """O4, U-D5: with its lines, texts and discounts; the first gets a number and is done."""
    source = make_document(session, kind, None, ("2", "50"), ("1", "10", "10"))
    saving.save_header(
        session,
        source,
        {"reference": "PO 1", "discount_percent": D(5), "intro": "Hello", "notes": "own"},
        by=BY,
    )
    if KINDS[kind].freezes:
        issue(session, source)
    converted = converting.convert(session, source, target, by=BY)
    new = converted.document
    assert (new.kind, new.state, new.no) == (target, KINDS[target].first_state, "")
    assert (new.party, new.name, new.reference, new.intro) == (source.party, source.name, "PO 1", "Hello")
    assert (new.total, new.discount_percent) == (source.total, D(5)) == (D("103.55"), D(5))
    assert [line.amount for line in new.lines] == [D(100), D(9)]
    assert source.no and converting.source_of(session, new) is source
    assert converting.made_from(session, source) == [new]
    assert source.state == ("issued" if KINDS[kind].freezes else "converted")
    actions = session.scalars(
        select(HistoryEntry.action).where(
            HistoryEntry.kind == "document",
            HistoryEntry.record_id == source.id,
            HistoryEntry.origin_id == new.id,
        )
    ).all()
    assert actions == ["converted"]
    if not KINDS[kind].freezes:
        with pytest.raises(Refused) as refusal:
            converting.convert(session, source, target, by=BY)
        assert refusal.value.records == [new]


def test_no_other_way_is_open(session: Session) -> None:
    """O4."""
    for kind in KINDS:
        document = make_document(session, kind)
        for target in KINDS:
            if (kind, target) not in PAIRS:
                with pytest.raises(Refused) as refusal:
                    converting.convert(session, document, target, by=BY)
                assert refusal.value.status == 409
        assert converting.made_from(session, document) == []


def test_o1_an_order_from_a_contacts_quote_makes_the_customer(session: Session) -> None:
    """O1: and takes the contact's other quotes along."""
    contact = make.make_contact(session, "Newcomer")
    quote, other = make_document(session, "quote", contact), make_document(session, "quote", contact)
    converted = converting.convert(session, quote, "order", by=BY)
    (customer,) = converted.created
    assert isinstance(customer, Customer) and converted.quotes == [quote, other]
    assert quote.customer is customer and converted.document.customer is customer
    assert other.customer_id == customer.id
    purchase = make_document(session, "purchase_quote", contact)
    made = converting.convert(session, purchase, "purchase_order", by=BY)
    assert isinstance(made.created[0], Vendor) and purchase.vendor is made.created[0]


def test_i1_creating_a_service_order_and_converting_it_are_on_the_timeline(session: Session) -> None:
    """I1: of the person for whom it happened, with the company."""
    family = make.make_family(session)
    order = saving.create(session, "service_order", family.customer, person=family.person, by=BY)
    saving.add_line(session, order, {"description": "Repair", "unit_price": D(80)}, by=BY)
    invoice = converting.convert(session, order, "invoice", by=BY).document
    entries = session.scalars(select(Interaction).order_by(Interaction.id)).all()
    assert [(one.action, one.contact_id, one.company_id, one.document_id) for one in entries] == [
        ("create_service_order", family.person.id, family.contact.id, order.id),
        ("convert", family.person.id, family.contact.id, invoice.id),
    ]


def test_what_is_empty_or_a_draft_is_not_converted(session: Session) -> None:
    empty = saving.create(session, "quote", make.make_customer(session), by=BY)
    with pytest.raises(Refused, match="no lines"):
        converting.convert(session, empty, "order", by=BY)
    with pytest.raises(Refused, match="draft"):
        converting.convert(session, make_document(session), "credit_memo", by=BY)


# -- blanket orders -----------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_o4_a_blanket_order_is_called_off_in_parts(session: Session) -> None:
    """O4: until nothing is left; never more than was agreed."""
    blanket = make_document(session, "blanket_order", None, ("10", "5"), ("4", "2.5"))
    first, second = (line.id for line in blanket.lines)
    one = converting.convert(session, blanket, "order", {first: D(3)}, by=BY).document
    assert [(line.quantity, line.amount) for line in one.lines] == [(D(3), D(15))]
    assert blanket.state == "open" and one.total == D(15)
    assert converting.left_of_lines(session, blanket) == {first: D(7), second: D(4)}
    for quantities in ({first: D(8)}, {first: D(-1)}, {second: D("4.0001")}):
        with pytest.raises(Invalid) as problem:
            converting.convert(session, blanket, "order", quantities, by=BY)
        assert set(problem.value.errors) == {f"quantity-{line_id}" for line_id in quantities}
    with pytest.raises(Invalid) as problem:
        converting.convert(session, blanket, "order", {}, by=BY)
    assert set(problem.value.errors) == {"lines"}
    rest = converting.convert(session, blanket, "order", by=BY).document
    assert [line.quantity for line in rest.lines] == [D(7), D(4)]
    assert blanket.state == "converted"
    with pytest.raises(Refused):
        converting.convert(session, blanket, "order", {first: D(1)}, by=BY)


# -- credit memos -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["invoice", "purchase_invoice"])
def test_o6_an_invoice_is_cancelled_by_a_credit_memo(session: Session, kind: str) -> None:
    """O6: never deleted; what was open is settled, what was paid is open to be paid back."""
    invoice = make_issued(session, kind)
    paid = {"amount": D(30), "date": invoice.document_date, "method": "cash"}
    payments.register(session, invoice, paid, by=BY)
    memo = _cancel(session, invoice)
    assert memo.is_issued and memo.total == invoice.total == D(100)
    assert is_cancelled(session, invoice)
    assert payments.open_amount(session, invoice) == 0
    assert payments.open_amount(session, memo) == D(30)
    assert payments.open_amounts(session, [invoice.id, memo.id]) == {memo.id: D(30)}
    back = {"amount": D(30), "date": memo.document_date, "method": "transfer"}
    payments.register(session, memo, back, by=BY)
    assert payments.open_amounts(session, [invoice.id, memo.id]) == {}
    with pytest.raises(Refused):
        _cancel(session, invoice)


@pytest.mark.both_databases
def test_a_credit_memo_is_never_larger_than_what_is_left_of_the_invoice(session: Session) -> None:
    """O6."""
    invoice = make_issued(session)
    first = converting.convert(session, invoice, "credit_memo", by=BY).document
    second = converting.convert(session, invoice, "credit_memo", by=BY).document
    saving.save_line(session, first, first.lines[0].id, {"quantity": D("1.5")}, by=BY)
    issue(session, first)
    assert payments.open_amount(session, invoice) == D(25)
    with pytest.raises(Invalid) as problem:
        issue(session, second)
    assert "(25)" in str(problem.value.errors["lines"][0])
    saving.save_line(session, second, second.lines[0].id, {"quantity": D("0.5")}, by=BY)
    issue(session, second)
    assert is_cancelled(session, invoice)
    with pytest.raises(Refused, match="credited already"):
        converting.convert(session, invoice, "credit_memo", by=BY)


def test_o6_a_credit_memo_takes_back_the_tax_that_was_charged(session: Session, clock: Clock) -> None:
    """O6, O5: percentages that changed since, and a tax group chosen since, do not count for it."""
    group = tax_group(session, "VAT", ("VAT", "20"))
    plain = make_issued(session)
    office(session).tax_group_id = group.id
    taxed = make_issued(session)
    day = taxed.document_date
    group.rates[0].valid_to = day
    group.rates.append(TaxRate(position=1, name="VAT", percent=D(21), valid_from=day + timedelta(1)))
    session.flush()
    clock.move(days=30)
    for invoice, total in ((plain, 100), (taxed, 120)):
        memo = converting.cancel(session, invoice, make_pdf=pdf, by=BY)
        assert (memo.total, memo.tax, memo.total) == (invoice.total, invoice.tax, total)
        assert memo.document_date > day and is_cancelled(session, invoice)


@pytest.mark.parametrize("percent", ["21", "5"])
def test_o6_percentages_corrected_in_place_do_not_count_for_what_was_invoiced(
    session: Session, percent: str
) -> None:
    """O6, O5: the credit memo has the taxes of its invoice; a group chosen on it anew has those of today."""
    full, low = tax_group(session, "FULL", ("VAT", "20")), tax_group(session, "LOW", ("VAT", "10"))
    invoice = make_document(session, "invoice", None, ("1", "100"), ("1", "50"))
    for line, group in zip(invoice.lines, (full, low), strict=True):
        saving.save_line(session, invoice, line.id, {"tax_group_id": str(group.id)}, by=BY)
    issuing.issue(session, invoice, make_pdf=pdf, by=BY)
    for group in (full, low):
        rates = [{"name": "Sales tax", "percent": D(percent), "valid_from": None, "valid_to": None}]
        taxes.save_group(
            session, group, {"code": group.code, "name": "VAT", "exempt_reason": "", "rates": rates}
        )
    memo = converting.convert(session, invoice, "credit_memo", by=BY).document
    assert (memo.tax, memo.total) == (invoice.tax, invoice.total) == (25, 175)
    assert [line.tax for line in compose(session, memo, office(session)).lines] == ["20%", "10%"]
    saving.save_line(session, memo, memo.lines[0].id, {"quantity": D("0.5")}, by=BY)
    assert (memo.tax, memo.total) == (15, 115)
    issuing.issue(session, memo, make_pdf=pdf, by=BY)
    assert [(tax.name, tax.percent, tax.amount) for tax in memo.taxes] == [("VAT", 20, 10), ("VAT", 10, 5)]
    assert make_issued(session, "invoice", None, ("1", "100")).tax == 0
    office(session).tax_group_id = full.id
    assert make_issued(session, "invoice", None, ("1", "100")).tax == D(percent)


def test_a_credit_memo_can_stand_alone(session: Session) -> None:
    memo = make_issued(session, "credit_memo")
    assert payments.open_amount(session, memo) == D(100)


def _cancel(session: Session, invoice: Document) -> Any:
    if invoice.kind == "invoice":
        return converting.cancel(session, invoice, make_pdf=pdf, by=BY)
    memo = converting.convert(session, invoice, "purchase_credit_memo", by=BY).document
    saving.save_header(session, memo, {"vendor_invoice_no": "C-1"}, by=BY)
    return issuing.issue(session, memo, make_pdf=pdf, by=BY)
