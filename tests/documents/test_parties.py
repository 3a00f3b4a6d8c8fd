"""Whom a new document is for: rules O1, O2, O3 and O11."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Contact, Customer, Document, Link
from services import link_undo, links, records
from services.documents import blocks, converting, issuing, parties, payments, saving
from services.documents.kinds import KINDS
from services.errors import Invalid, MissingSetting, NotFound, Refused
from tests.documents.support import BY, issue, make_document, make_issued, office, pdf
from tests.support import factories as make

NEED_PARTY = [name for name, kind in KINDS.items() if kind.needs_party]


def count(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


# -- choosing (O1, O2) --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NEED_PARTY)
def test_o1_a_contact_becomes_customer_or_vendor_on_the_way(session: Session, kind: str) -> None:
    """O1."""
    contact = make.make_contact(session, "Newcomer", city="Lyon")
    choice = parties.choose(session, kind, {"contact_id": str(contact.id)}, by=BY)
    assert choice.created == [choice.owner] and KINDS[kind].side == choice.owner.KIND
    assert choice.owner.city == "Lyon"
    again = parties.choose(session, kind, {"contact_id": str(contact.id)}, by=BY)
    assert again.owner is choice.owner and again.created == []


@pytest.mark.parametrize("kind", ["quote", "purchase_quote"])
def test_o1_a_quote_leaves_the_contact_what_it_is(session: Session, kind: str) -> None:
    """O1."""
    contact = make.make_contact(session, "Newcomer")
    choice = parties.choose(session, kind, {"contact_id": str(contact.id)}, by=BY)
    assert choice.owner is contact and choice.created == []
    assert count(session, Link) == 0


def test_a_person_of_a_company_stands_for_the_company(session: Session) -> None:
    """L5: the company becomes the customer, and the person is whom the document is for."""
    company = make.make_contact(session, "Company")
    person = make.make_person(session, "Ada Person", company)
    choice = parties.choose(session, "invoice", {"contact_id": str(person.id)}, by=BY)
    assert (choice.owner.name, choice.person) == ("Company", person)
    invoice = saving.create(session, "invoice", choice.owner, person=choice.person, by=BY)
    assert (invoice.contact_person, invoice.contact_id) == ("Ada Person", person.id)


@pytest.mark.both_databases
def test_o2_a_name_that_is_known_is_that_card(session: Session) -> None:
    """O2: capitals and accents aside."""
    customer = make.make_customer(session, "Épicerie Hô")
    contact = make.make_contact(session, "Only Contact")
    assert parties.choose(session, "invoice", {"customer_name": "epicerie ho"}, by=BY).owner is customer
    made = parties.choose(session, "invoice", {"customer_name": "ONLY CONTACT"}, by=BY)
    assert links.hub_of(session, contact) is contact and made.created == [made.owner]
    make.make_customer(session, "Épicerie Hô", linked=False)
    with pytest.raises(Invalid) as problem:
        parties.choose(session, "invoice", {"customer_name": "Épicerie Hô"}, by=BY)
    assert "Several cards" in str(problem.value.errors["customer_name"][0])


@pytest.mark.parametrize(("kind", "field"), [("invoice", "customer_name"), ("purchase_order", "vendor_name")])
def test_o2_an_unknown_name_makes_a_contact_and_a_customer(session: Session, kind: str, field: str) -> None:
    """O2: or a vendor; of a person, when that is said."""
    choice = parties.choose(session, kind, {field: "  Brand New  "}, by=BY)
    assert choice.owner.name == "Brand New" and len(choice.created) == 2
    assert parties.linked_party(session, choice.created[1], KINDS[kind].side) is choice.owner  # type: ignore[arg-type]
    if kind == "invoice":
        person = parties.choose(session, kind, {field: "Ada Love", "new_type": "person"}, by=BY)
        assert person.created[1].last_name == "Love"  # type: ignore[union-attr]


def test_a_quote_for_an_unknown_name_makes_a_contact(session: Session) -> None:
    choice = parties.choose(session, "quote", {"customer_name": "Brand New"}, by=BY)
    assert isinstance(choice.owner, Contact) and count(session, Customer) == 0


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({}, Invalid),
        ({"customer_name": "  "}, Invalid),
        ({"customer_name": "x" * 101}, Invalid),
        ({"customer_name": "New", "new_type": "robot"}, Invalid),
        ({"customer_id": "99999"}, NotFound),
        ({"customer_id": "abc"}, NotFound),
        ({"contact_id": "99999"}, NotFound),
    ],
)
def test_nobody_is_not_a_customer(session: Session, values: dict[str, str], problem: type[Exception]) -> None:
    with pytest.raises(problem):
        parties.choose(session, "invoice", values, by=BY)
    assert count(session, Customer) == 0


def test_without_a_relation_code_nothing_is_made(session: Session) -> None:
    """L2: the refusal names the setting, and nothing is left of the try."""
    office(session).customer_code_id = None
    contact = make.make_contact(session, "Newcomer")
    with pytest.raises(MissingSetting):
        parties.choose(session, "invoice", {"contact_id": str(contact.id)}, by=BY)
    assert count(session, Customer) == 0


# -- quotes follow their contact (O3) -----------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "side"), [("quote", "customer"), ("purchase_quote", "vendor")])
def test_o3_open_quotes_follow_the_contact_that_becomes_a_customer(
    session: Session, kind: str, side: str
) -> None:
    """O3: its own and those of its persons; not those of others, not those of the other side."""
    company, other = make.make_contact(session, "Company"), make.make_contact(session, "Other")
    person = make.make_person(session, "Ada", company)
    own = [make_document(session, kind, one) for one in (company, person)]
    left = [
        make_document(session, kind, other),
        make_document(session, "purchase_quote" if kind == "quote" else "quote", company),
    ]
    saved = links.create_as(session, company, side, by=BY)
    assert saved.quotes == own
    assert all(quote.party is saved.record for quote in own)
    assert all(quote.party is None for quote in left)
    assert [quote.contact_id for quote in own] == [company.id, person.id]


@pytest.mark.both_databases
def test_o3_linking_takes_the_quotes_along_and_undoing_it_gives_them_back(session: Session) -> None:
    """O3: in the same step; a quote that went on meanwhile stays."""
    contact = make.make_contact(session, "Company", city="Lyon")
    customer = make.make_customer(session, "Company", linked=False)
    quotes = [make_document(session, "quote", contact) for _ in range(2)]
    saved, entry = links.link(session, contact, customer, {}, by=BY)
    assert saved.quotes == quotes and {quote.customer_id for quote in quotes} == {customer.id}
    converting.convert(session, quotes[0], "order", by=BY)
    link_undo.undo(session, entry, by=BY)
    assert [quote.customer_id for quote in quotes] == [customer.id, None]


# -- blocks (O11) -------------------------------------------------------------------------------------------

FORBIDDEN = {
    "none": set(),
    "ship": {"order", "blanket_order", "service_order"},
    "invoice": {"quote", "order", "blanket_order", "service_order", "invoice"},
    "all": {"quote", "order", "blanket_order", "service_order", "invoice"},
}


@pytest.mark.parametrize("blocked", FORBIDDEN)
def test_o11_a_block_forbids_new_documents_by_every_door(session: Session, blocked: str) -> None:
    """O11: new, converted and issued; the sentence names the customer and the state."""
    customer = make.make_customer(session)
    quote, service = (
        make_document(session, "quote", customer),
        make_document(session, "service_order", customer),
    )
    draft, credit = (
        make_document(session, "invoice", customer),
        make_document(session, "credit_memo", customer),
    )
    issued = make_issued(session, "invoice", customer)
    records.save(session, customer, {"blocked": blocked}, by=BY)

    def refused(door: Callable[[], Any]) -> bool:
        try:
            with session.begin_nested():
                door()
        except Refused as refusal:
            assert customer.no in str(refusal) and refusal.record is customer and refusal.status == 409
            return True
        return False

    sales = [name for name, kind in KINDS.items() if kind.side == "customer"]
    found = {name for name in sales if refused(partial(saving.create, session, name, customer, by=BY))}
    assert found == FORBIDDEN[blocked]
    assert refused(lambda: converting.convert(session, quote, "order", by=BY)) == (
        "order" in FORBIDDEN[blocked]
    )
    no_invoice = "invoice" in FORBIDDEN[blocked]
    assert refused(lambda: converting.convert(session, service, "invoice", by=BY)) == no_invoice
    assert refused(lambda: issue(session, draft)) == no_invoice
    # What was issued can be paid and credited all the same.
    assert not refused(lambda: issue(session, credit))
    payment = {"amount": Decimal(1), "date": issued.document_date, "method": "cash"}
    assert not refused(lambda: payments.register(session, issued, payment, by=BY))
    assert not refused(lambda: converting.cancel(session, issued, make_pdf=pdf, by=BY))


def test_o11_blocks_of_vendors_and_bank_accounts(session: Session) -> None:
    """O11: “all” forbids what is new, “payment” what is paid."""
    vendor = make.make_vendor(session)
    account = make.make_bank_account(session)
    bill = make_issued(session, "purchase_invoice", vendor)
    draft = make_document(session, "purchase_invoice", vendor)
    paid = {
        "amount": Decimal(1),
        "date": bill.document_date,
        "method": "transfer",
        "bank_account_id": str(account.id),
    }
    records.save(session, account, {"blocked": True}, by=BY)
    with pytest.raises(Refused, match=account.no):
        payments.register(session, bill, paid, by=BY)
    records.save(session, account, {"blocked": False}, by=BY)
    records.save(session, vendor, {"blocked": "payment"}, by=BY)
    with pytest.raises(Refused, match=vendor.no):
        payments.register(session, bill, paid, by=BY)
    assert saving.create(session, "purchase_order", vendor, by=BY).id
    records.save(session, vendor, {"blocked": "all"}, by=BY)
    assert blocks.refusal(session, "purchase_credit_memo", vendor) is None
    for kind in ("purchase_quote", "purchase_order", "purchase_invoice"):
        with pytest.raises(Refused, match=vendor.no):
            saving.create(session, kind, vendor, by=BY)
    with pytest.raises(Refused, match=vendor.no):
        issuing.issue(session, draft, make_pdf=pdf, by=BY)
    payments.register(session, bill, paid, by=BY)
    assert session.get(Document, draft.id).state == "draft"  # type: ignore[union-attr]
