"""Deleting ticked rows of a list: one page, one plan, all or none, one entry of the bin (U-L9, D1–D5, D7)."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extensions import db
from models import MODELS, Contact, UndoEntry
from services import deletion, records
from tests.documents import support as documents
from tests.privacy.support import ADDRESSES, Do, stored
from tests.support import factories as make
from tests.support.client import Client
from tests.support.counting import statements
from tests.support.threads import read

pytestmark = pytest.mark.both_databases

KINDS = tuple(MODELS)


def ticked(kind: str, ids: list[int], **more: str) -> str:
    """The address that the button below the list leads to."""
    query = [f"ids={id_}" for id_ in ids] + [f"{name}={value}" for name, value in more.items()]
    return f"/{ADDRESSES[kind]}/delete?chosen=yes&" + "&".join(query)


@pytest.mark.parametrize("kind", KINDS)
def test_ticked_rows_go_together_and_come_back_together(do: Do, client: Client, kind: str) -> None:
    """U-L9, D7: one transaction, one entry of the bin; the list afterwards is as it was."""

    def three(session: Session) -> list[int]:
        return [make.make_card(session, kind, f"Gone {number}").id for number in range(7)]

    ids = do(three)
    stays = do(lambda session: make.make_card(session, kind, "Stays").id)
    page = client.page(f"/{ADDRESSES[kind]}?q=gone")
    form = page.form(of="ids")
    assert form.values["chosen"] == ["yes"] and form.values["q"] == ["gone"]
    boxes = page.all("input", name="ids")
    assert len(boxes) == 7 and all("CT" in box["aria-label"] or "0000" in box["aria-label"] for box in boxes)
    assert page.one("button", formaction=f"/{ADDRESSES[kind]}/delete").text == "Delete…"
    url = ticked(kind, ids, q="gone")
    page = client.page(url)
    assert page.title == "Delete 7 cards" and page.text.count("Nothing else changes.") == 7
    after = client.submit(url, {})
    assert "7 cards are in the bin." in after.text and after.url == f"/{ADDRESSES[kind]}?q=gone"
    assert [stored(do, kind, id_) for id_ in ids] == [None] * 7 and stored(do, kind, stays)
    (entry,) = do(lambda session: [one.id for one in deletion.bin_entries(session)])
    assert "and 1 more" in client.page("/bin").text
    back = client.submit(f"/undo/{entry}", {})
    assert "7 cards are back." in back.text
    assert all(stored(do, kind, id_) for id_ in ids)


def test_the_plan_says_for_each_card_what_stays_and_offers_what_may_go_too(do: Do, client: Client) -> None:
    """D1, D4, D5: linked cards and persons stay unless they are ticked; primary contacts that are emptied are named."""

    def companies(session: Session) -> Any:
        first, second = make.make_family(session), make.make_family(session, name="Second Ltd")
        records.save(session, first.customer, {"primary_contact_id": first.person.id}, by=make.BY)
        return first, second

    first, second = do(companies)
    url = ticked("contact", [first.contact.id, second.contact.id])
    page = client.page(url)
    line = page.one(id=f"line-{first.contact.id}").text
    assert "Customer C00001, vendor V00001, bank account B00001 and bank account B00002 stay." in line
    assert "The primary contact of customer C00001 is emptied." in line
    assert "Its person stays, without a company." in line
    assert len(page.all("input", name="also")) == 10
    kept = {name: page.form().values[name] for name in ("ids", "confirm")}
    assert kept == {"ids": [str(first.contact.id), str(second.contact.id)], "confirm": ["yes"]}
    also = [f"contact-{first.person.id}", f"customer-{second.customer.id}"]
    client.submit(url, {"also": also})
    assert (
        stored(do, "contact", first.person.id) is None and stored(do, "customer", second.customer.id) is None
    )
    assert stored(do, "customer", first.customer.id).primary_contact_id is None
    assert stored(do, "contact", second.person.id).company_id is None


def test_persons_ticked_with_their_company_are_not_named_as_staying(do: Do, client: Client) -> None:
    """D4: what goes anyway is not offered a second time."""
    family = do(make.make_family)
    page = client.page(ticked("contact", [family.contact.id, family.person.id]))
    assert "without a company" not in page.text
    assert f"contact-{family.person.id}" not in [box["value"] for box in page.all("input", name="also")]
    client.submit(ticked("contact", [family.contact.id, family.person.id]), {})
    assert read(client.app, lambda session: session.scalar(select(func.count()).select_from(Contact))) == 0


def test_a_card_shared_by_two_rows_is_offered_once(do: Do, client: Client) -> None:
    """D2: the contact of two bank accounts; what its going means for a third card is said."""
    family = do(make.make_family)
    url = ticked("bank_account", [family.bank_account.id, family.second_account.id])
    page = client.page(url)
    (box,) = page.all("input", name="also")
    assert box["value"] == f"contact-{family.contact.id}"
    assert "Customer C00001, vendor V00001 and contact CT000002 stay." in page.text
    client.submit(url, {"also": box["value"]})
    assert stored(do, "contact", family.contact.id) is None and stored(do, "vendor", family.vendor.id)


def test_all_or_none(do: Do, client: Client) -> None:
    """U-L9: a card that is gone, a box of a stranger, a missing confirmation: nothing is deleted, and it says why."""
    ids = do(lambda session: [make.make_contact(session, f"Card {number}").id for number in range(3)])
    stranger = do(lambda session: make.make_contact(session, "Stranger").id)
    url = ticked("contact", ids)
    form = client.page(url).form()
    page = client.submit(url, {"confirm": "no"}, 422)
    assert "There is a problem" in page.text
    strange = {"csrf_token": client.csrf_token, "confirm": "yes", "ids": ids, "also": f"contact-{stranger}"}
    page = client.read(client.post("/contacts/delete", strange), url, 409)
    assert "The cards to delete have changed meanwhile." in page.text
    do(lambda session: deletion.delete(session, session.get_one(Contact, ids[0]), by=make.BY) and None)
    page = client.read(client.send(form), url, 409)
    assert "One of the ticked cards is not there any more. Nothing was deleted" in page.text
    assert all(stored(do, "contact", id_) for id_ in (*ids[1:], stranger))
    assert page.form().values["ids"] == [str(id_) for id_ in ids[1:]]
    page = client.page(url)
    assert "One of the ticked cards is not there any more." in page.text


def test_nothing_ticked_and_nonsense(client: Client) -> None:
    page = client.page("/contacts/delete?chosen=yes&q=x")
    assert "Tick the rows in the list first." in page.text
    assert not [form for form in page.main.all("form") if form.get("method") == "post"]
    assert client.get("/contacts/export.xlsx?chosen=yes").status_code == 409
    many = "&".join(f"ids={number}" for number in range(1, 202))
    for query in ("ids=x", "ids=-1", "ids=99999999999", many):
        assert client.get(f"/contacts/delete?{query}").status_code == 400, query
    assert client.post("/contacts/delete?ids=1", {"csrf_token": client.csrf_token}).status_code == 409


def test_the_plan_of_many_takes_as_many_queries_as_that_of_few(do: Do, client: Client) -> None:
    """No query for each row."""

    def families(session: Session) -> list[int]:
        return [make.make_family(session, name=f"Family {number}").contact.id for number in range(8)]

    ids = do(families)
    client.page("/contacts")
    few = statements(client.app, lambda: client.page(ticked("contact", ids[:2])))
    assert statements(client.app, lambda: client.page(ticked("contact", ids))) == few


def test_ticked_rows_are_taken_away_in_the_order_of_the_list(do: Do, client: Client) -> None:
    """U-L9, U-I1: the ticked rows, whatever the filters, with the columns and the order of the list."""
    ids = do(lambda session: [make.make_contact(session, name).id for name in ("Alpha", "Beta", "Gamma")])
    query = f"chosen=yes&q=nothing&sort=-name&columns=no,name&ids={ids[0]}&ids={ids[2]}"
    lines = client.get(f"/contacts/export.csv?{query}").get_data(as_text=True).splitlines()
    assert lines[1:] == ["CT000003,Gamma", "CT000001,Alpha"]


@pytest.mark.parametrize(("role", "ticks"), [("reader", 0), ("privacy_officer", 1)])
def test_who_may_not_delete_is_not_offered_to(do: Do, client_of: Any, role: str, ticks: int) -> None:
    """R-PERM-1, Y-H10: who may do nothing with rows ticks none; a privacy officer erases them."""
    do(lambda session: make.make_contact(session))
    page = client_of(role).page("/contacts")
    assert len(page.all("input", name="ids")) == ticks
    assert not page.all("button", formaction="/contacts/delete")
    with client_of(role).app.app_context():
        assert db.session.scalar(select(func.count()).select_from(UndoEntry)) == 0


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("kind", "document"), [("customer", "invoice"), ("vendor", "purchase_invoice")])
def test_d3_rows_with_issued_documents_stay_each_with_its_reason(
    app: Flask, do: Do, kind: str, document: str, language: str
) -> None:
    """D3 in bulk: the page says per row why it stays and lists its documents; the others can go without it."""

    def three(session: Session) -> list[int]:
        parties = [make.make_party(session, kind, f"Party {number}") for number in range(3)]
        for _seven in range(7):
            documents.make_issued(session, document, parties[0])
        documents.make_document(session, "order" if kind == "customer" else "purchase_order", parties[1])
        return [party.id for party in parties]

    invoiced, ordered, free = do(three)
    client = Client(app, role="clerk", language=language)
    url = ticked(kind, [invoiced, ordered, free])
    page = client.page(url)
    row = page.one("tr", id=f"kept-{invoiced}")
    assert (
        len(row.all("a")) == 1 + 1 + 5 and ("and 2 more" if language == "en" else "et 2 autres") in row.text
    )
    assert ("issued documents" if language == "en" else "documents émis") in row.text
    assert len(page.one("tr", id=f"kept-{ordered}").all("a")) == 1 + 1
    assert page.form().values["ids"] == [str(free)]
    forged = {"csrf_token": client.csrf_token, "confirm": "yes", "ids": [invoiced, free]}
    page = client.read(client.post(f"/{ADDRESSES[kind]}/delete", forged), url, 409)
    assert page.one("tr", id=f"kept-{invoiced}") and stored(do, kind, free)
    client.submit(url, {})
    assert [stored(do, kind, id_) is None for id_ in (invoiced, ordered, free)] == [False, False, True]
    page = client.page(ticked(kind, [invoiced]))
    assert not [form for form in page.main.all("form") if form.get("method") == "post"]


def test_d3_a_linked_card_with_issued_documents_is_not_offered_with_its_contact(
    do: Do, client: Client
) -> None:
    """D2, D3: the row of the contact says why its customer stays, and has no box for it."""

    def family(session: Session) -> Any:
        made = make.make_family(session)
        documents.make_issued(session, "invoice", made.customer)
        return made

    made = do(family)
    row = client.page(ticked("contact", [made.contact.id])).one(id=f"line-{made.contact.id}")
    boxes = [box["value"] for box in row.all("input", name="also")]
    assert f"customer-{made.customer.id}" not in boxes and f"vendor-{made.vendor.id}" in boxes
    assert "C00001 cannot be deleted" in row.text
