"""The pages of an erasure: the plan, the form that carries it out, the refusals, and the certificate."""

from typing import Any

import pytest
from sqlalchemy import select

from models import Contact, Customer, PrivacyErasure, PrivacyRequest, TrailEntry
from services.privacy import answering, register
from tests.documents.support import make_document, make_issued
from tests.privacy.support import Do, change, make, stored
from tests.support.client import Client
from tests.support.factories import BY, make_contact, make_customer, make_family


@pytest.fixture
def officer(client_of: Any) -> Client:
    """The privacy officer's browser."""
    client: Client = client_of("privacy_officer")
    return client


def url(card: Any) -> str:
    address = {"contact": "contacts", "customer": "customers", "vendor": "vendors"}[card.KIND]
    return f"/{address}/{card.id}/privacy/erase"


def typed(card: Any, **more: str) -> dict[str, str]:
    return {"confirm": card.no, "identity_method": "known", **more}


def test_y_h1_a_contact_is_erased_and_certified(do: Do, officer: Client) -> None:
    """Y-H1: the plan, the number typed, the identity checked on the same page; then the certificate and its PDF."""
    contact = make(do, make_contact, "Gone Ltd", phone="514 555 0100")
    page = officer.page(url(contact))
    assert "Nothing has changed yet." in page.text and "Will be deleted" in page.text
    after = officer.submit(url(contact), typed(contact))
    assert "Certified: nothing is left" in after.text and "Gone Ltd" not in after.text
    assert stored(do, "contact", contact.id) is None
    request = do(lambda session: session.scalars(select(PrivacyRequest)).one())
    assert (request.state, request.outcome, request.subject_label) == ("answered", "granted", "")
    pdf = officer.get("/privacy/erasures/1/pdf")
    assert pdf.data.startswith(b"%PDF") and request.no in pdf.headers["Content-Disposition"]
    assert officer.get(url(contact)).status_code == 404
    line = do(lambda session: session.scalars(select(TrailEntry).where(TrailEntry.action == "erased")).one())
    assert line.counts["contacts"] == 1 and line.request_no == request.no


def test_what_is_missing_is_said_beside_it(do: Do, officer: Client) -> None:
    """Wrong number: 422; no identity: 409; what was typed stays."""
    contact = make(do, make_contact)
    page = officer.submit(url(contact), typed(contact, confirm="CT999999"), 422)
    assert f"Type {contact.no} to confirm." in page.text and 'value="CT999999"' in page.markup
    page = officer.submit(url(contact), {"confirm": contact.no}, 409)
    assert "The identity of who asks was not checked yet." in page.text
    # An address that was changed lately cannot vouch for itself.
    change(do, contact, phone="514 555 0199")
    page = officer.submit(url(contact), typed(contact, identity_method="call_back"), 422)
    assert "I made sure of it" in page.text
    assert stored(do, "contact", contact.id) is not None
    assert do(lambda session: session.scalars(select(PrivacyRequest)).all()) == []


def test_y_b6_a_stale_plan_and_a_forged_one_are_refused(do: Do, officer: Client) -> None:
    """Y-B6: both 409; the forged one leaves a line in the trail."""
    contact = make(do, make_contact)
    form = officer.page(url(contact)).form()
    change(do, contact, city="Lyon")
    page = officer.read(officer.send(form, typed(contact)), url(contact), 409)
    assert "The data changed since you looked." in page.text
    form = officer.page(url(contact)).form()
    values = form.filled(typed(contact))
    forged = {**values, "plan": "0" * 64 + "." + "0" * 64}
    assert officer.post(url(contact), forged).status_code == 409
    actions = do(lambda session: session.scalars(select(TrailEntry.action)).all())
    assert actions == ["erase_forged"] and stored(do, "contact", contact.id) is not None
    assert officer.post(url(contact), values).status_code == 303


def test_y_h3_a_customer_with_an_invoice_is_blocked_and_reduced(do: Do, officer: Client) -> None:
    """Y-H3, R-INV-2, U-X20: refused with invoice, law and date; then only its number is left of the card."""
    family = do(make_family)
    invoice = do(lambda s: make_issued(s, "invoice", s.get_one(Customer, family.customer.id)))
    address = url(family.customer)
    page = officer.page(address + "?also=all")
    assert invoice.no in page.text and "Income Tax Act" in page.text and "Block and reduce" in page.text
    values = page.form().filled(typed(family.customer), button="action")
    answer = officer.post(address, {**values, "action": "erase"}, headers={"Accept": "application/json"})
    assert answer.status_code == 409
    reason = answer.json["reasons"][0]
    assert reason["no"] == invoice.no and reason["until"].endswith("-12-31") and reason["law"]
    after = officer.read(officer.post(address, {**values, "action": "reduce"}), address, 303)
    assert "Certified" in after.text and invoice.no in after.text and "Family" not in after.text
    kept = stored(do, "customer", family.customer.id)
    assert kept.name == kept.no and stored(do, "contact", family.contact.id) is None
    request = do(lambda session: session.scalars(select(PrivacyRequest)).one())
    assert (request.outcome, request.reasons) == ("partly", ["accounting"])
    assert "privacy" in officer.page(f"/customers/{kept.id}").text


def test_y_h2_open_orders_are_named_and_leave_no_form(do: Do, officer: Client) -> None:
    customer = make(do, make_customer, "Orders Ltd")
    do(lambda s: make_document(s, "order", s.get_one(Customer, customer.id)))
    page = officer.page(url(customer))
    assert "has open orders" in page.text and 'name="plan"' not in page.markup
    answer = officer.post(url(customer), {"csrf_token": officer.csrf_token, "plan": "x.y"})
    assert answer.status_code == 409 and stored(do, "customer", customer.id) is not None


def test_y_h4_y_h5_the_other_cards_are_asked_for(do: Do, officer: Client) -> None:
    """Y-H4, Y-H5: each by itself, none ticked before."""
    family = do(make_family)
    page = officer.page(url(family.contact))
    for key in (f"customer-{family.customer.id}", f"contact-{family.person.id}"):
        assert f'value="{key}"' in page.markup and f'value="{key}" checked' not in page.markup
    officer.submit(url(family.contact), typed(family.contact))
    assert stored(do, "contact", family.contact.id) is None
    assert stored(do, "contact", family.person.id) is not None
    assert stored(do, "customer", family.customer.id).name == "Family Ltd"


def test_a_request_is_continued(do: Do, officer: Client) -> None:
    """The action starts from the request of the register; one about somebody else is 404."""
    contact, other = make(do, make_contact, "One Ltd"), make(do, make_contact, "Other Ltd")
    asked = do(
        lambda s: register.open_for_card(
            s, s.get_one(Contact, contact.id), "erasure", by=BY, channel="letter"
        )
    )
    assert officer.get(f"{url(other)}?request={asked.id}").status_code == 404
    address = f"{url(contact)}?request={asked.id}"
    officer.submit(address, typed(contact))
    erasure = do(lambda session: session.scalars(select(PrivacyErasure)).one())
    assert erasure.request_id == asked.id


def test_y_c5_a_request_that_was_answered_erases_nothing_more(do: Do, officer: Client) -> None:
    """Y-C5: its page says why and has no form; a form that was open meanwhile is refused."""
    contact = make(do, make_contact, "One Ltd")
    asked = do(lambda s: register.open_for_card(s, s.get_one(Contact, contact.id), "erasure", by=BY))
    address = f"{url(contact)}?request={asked.id}"
    form = officer.page(address).form()

    def answer(session: Any) -> None:
        request = session.get_one(PrivacyRequest, asked.id)
        answering.answer(session, request, "refused", ["identity"], by=BY)

    do(answer)
    page = officer.page(address)
    assert "This request was answered already." in page.main.text and asked.no in page.text
    assert not page.main.all("input", name="confirm")
    page = officer.read(officer.send(form, typed(contact)), address, 409)
    assert "This request was answered already." in page.main.text
    assert not page.main.all("input", name="confirm")
    assert stored(do, "contact", contact.id) is not None


def test_clerks_do_not_erase(do: Do, client: Client) -> None:
    contact = make(do, make_contact)
    assert client.get(url(contact)).status_code == 403
    assert client.get("/privacy/erasures/1").status_code == 403


def test_y_h10_ticked_cards_are_erased_each_by_itself(do: Do, officer: Client, client: Client) -> None:
    """Y-H10: one page with a plan for each; what must stay is named, and so is what changed meanwhile."""
    goes, changes = make(do, make_customer, "Goes Ltd"), make(do, make_customer, "Changes Ltd")
    kept = make(do, make_customer, "Kept Ltd")
    do(lambda s: make_issued(s, "invoice", s.get_one(Customer, kept.id)))
    assert "Erase the data…" in officer.page("/customers").text
    address = f"/customers/privacy/erase?ids={goes.id}&ids={changes.id}&ids={kept.id}"
    page = officer.page(address)
    assert "has one issued document that the law keeps." in page.text
    assert officer.read(officer.send(page.form(), {"confirm": "3"}), address, 422)
    assert officer.read(officer.send(page.form(), {"confirm": "2"}), address, 409)
    change(do, changes, city="Lyon")
    values = {"confirm": "2", "identity_method": "known"}
    after = officer.read(officer.send(page.form(), values), address, 303)
    assert "One card was erased." in after.text and f"must stay: {changes.no}." in after.text
    assert stored(do, "customer", goes.id) is None and stored(do, "customer", changes.id) is not None
    certified = do(lambda session: session.scalars(select(PrivacyErasure.sha256)).all())
    assert len(certified) == 1 and certified[0]
    many = "&".join(f"ids={number}" for number in range(1, 102))
    assert "At most 100 cards at a time." in officer.page(f"/customers/privacy/erase?{many}").text
    forged = {"csrf_token": officer.csrf_token, "ids": list(range(1, 102)), "confirm": "101"}
    assert officer.post("/customers/privacy/erase", forged).status_code == 422


def test_y_d1_ticked_cards_whose_phone_was_changed_lately_need_a_second_look(do: Do, officer: Client) -> None:
    """Y-D1: as for one card, the page asks, and erases none of them before."""
    contact, other = (
        make(do, make_contact, phone="514 555 0100"),
        make(do, make_contact, phone="514 555 0111"),
    )
    change(do, contact, phone="514 555 0199")
    address = f"/contacts/privacy/erase?ids={contact.id}&ids={other.id}"
    values = {"confirm": "2", "identity_method": "call_back"}
    page = officer.read(officer.send(officer.page(address).form(), values), address, 422)
    assert "I made sure of it" in page.text and stored(do, "contact", other.id) is not None
    after = officer.read(officer.send(page.form(), {**values, "second_look": "yes"}), address, 303)
    assert "2 cards were erased." in after.text


def test_y_h10_more_than_a_hundred_are_not_deleted_either(do: Do, client: Client) -> None:
    """Y-H10: the ordinary deletion has the same limit."""
    ids = do(lambda s: [make_contact(s, f"Contact {number}").id for number in range(101)])
    assert (
        "At most 100 cards" in client.page("/contacts/delete?" + "&".join(f"ids={one}" for one in ids)).text
    )
    data = {"csrf_token": client.csrf_token, "ids": ids, "confirm": "yes"}
    assert client.post("/contacts/delete", data).status_code == 422


def test_a_request_of_a_person_does_not_erase_the_company(do: Do, officer: Client) -> None:
    """Y-D1: who asks was identified for themselves; the company and its other persons asked for nothing."""
    family = do(make_family)
    asked = do(lambda s: register.open_for_card(s, s.get_one(Contact, family.person.id), "erasure", by=BY))
    for page in ("erase", "correct", "block"):
        address = f"/contacts/{family.contact.id}/privacy/{page}?request={asked.id}"
        assert officer.get(address).status_code == 404, page
        assert (
            officer.get(f"/contacts/{family.person.id}/privacy/{page}?request={asked.id}").status_code == 200
        )


def test_y_b6_a_forged_plan_among_ticked_cards_is_in_the_trail(do: Do, officer: Client) -> None:
    """Y-B6: as it is for one card, by the kind and the id of the card."""
    customer = make(do, make_customer, "Stays Ltd")
    address = f"/customers/privacy/erase?ids={customer.id}"
    values = officer.page(address).form().filled({"confirm": "1", "identity_method": "known"})
    forged = {**values, f"plan-{customer.id}": "0" * 64 + "." + "0" * 64}
    assert officer.post(address, forged).status_code == 303
    lines = do(lambda s: s.execute(select(TrailEntry.action, TrailEntry.kind, TrailEntry.record_id)).all())
    assert lines == [("erase_forged", "customer", customer.id)]
    assert stored(do, "customer", customer.id) is not None
