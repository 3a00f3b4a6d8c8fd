"""The pages of documents: lists and the document itself, for the ten kinds, in both languages."""

import re
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models import Contact, Document, DocumentLine
from services import records
from services.documents.kinds import KINDS
from tests.documents.support import issue, make_document
from tests.support import factories as make
from tests.support.client import Client
from tests.support.threads import read, write

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def address(kind: str) -> str:
    """The address of a kind's list."""
    return f"/{KINDS[kind].area}/{KINDS[kind].path}"


def made(app: Flask, kind: str = "invoice", *, issued: bool = False, **values: object) -> Document:
    """A document of this kind with one line."""

    def make(session: object) -> Document:
        document = make_document(session, kind, **values)  # type: ignore[arg-type]
        return issue(session, document) if issued else document  # type: ignore[arg-type]

    return write(app, make)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_list_and_its_page(app: Flask, kind: str, language: str) -> None:
    document = made(app, kind)
    client = Client(app, role="clerk", language=language)
    for headers in ({}, HTMX):
        answer = client.get(address(kind), headers=headers)
        assert answer.status_code == 200 and "Buyer Ltd" in answer.text
        assert f'href="{address(kind)}/{document.id}"' in answer.text
    page = client.page(f"{address(kind)}/{document.id}")
    assert "Buyer Ltd" in page.text and page.one("tr", id="line-new")
    state = {"draft": ("Draft", "Brouillon"), "open": ("Open", "En cours")}[document.state][language == "fr"]
    assert page.one("span", id="document-state").text == state
    assert 'value="Bread"' in client.get(f"{address(kind)}/{document.id}").text
    other = "sales/orders" if kind != "order" else "sales/invoices"
    assert client.get(f"/{other}/{document.id}").status_code == 404


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_o1_o2_a_document_is_made_from_a_contact_and_gets_its_lines(
    app: Flask, kind: str, language: str, htmx: bool
) -> None:
    """O1, O2, U-D1, U-D4, U-D12: choosing saves the document; lines are added, changed, moved and deleted."""
    contact = write(app, lambda session: make.make_contact(session, "Garage Nord"))
    client = Client(app, role="clerk", language=language)
    if not KINDS[kind].is_credit:
        assert (
            f'href="{address(kind)}/new?contact_id={contact.id}"'
            in client.get(f"/contacts/{contact.id}").text
        )
    page = client.page(f"{address(kind)}/new?contact_id={contact.id}")
    assert "Garage Nord" in page.one("input", name=f"{KINDS[kind].side}_name")["value"]
    answer = send(client, f"{address(kind)}/new", {"contact_id": contact.id})
    assert answer.status_code == 303
    url = answer.location.partition("?")[0]
    headers = HTMX if htmx else {}
    bread = {
        "description": "Bread",
        "quantity": "12*4",
        "unit_price": "3.25",
        "discount": "",
        "tax_group_id": "",
    }
    answer = send(client, f"{url}/lines", bread, headers)
    assert answer.status_code == (200 if htmx else 303)
    send(
        client,
        f"{url}/lines",
        {"description": "Coffee", "quantity": "6", "unit_price": "18.9", "discount": "5"},
    )
    first, second = line_ids(app)
    assert sums(app) == (Decimal("263.73"), [Decimal("156"), Decimal("107.73")])
    page = client.page(url)
    seen = page.one("form", id=f"line-{first}-form").one("input", name="seen")["value"]
    answer = send(client, f"{url}/lines/{first}", {**bread, "quantity": "2", "seen": seen}, headers)
    assert answer.status_code == (200 if htmx else 303)
    assert sums(app)[1][0] == Decimal("6.5")
    assert not htmx or 'hx-target="#totals"' in answer.text
    answer = send(client, f"{url}/lines/{second}/move", {"to": "up"}, headers)
    assert answer.status_code == (200 if htmx else 303) and line_ids(app) == [second, first]
    answer = send(client, f"{url}/lines/{second}/delete", {}, headers)
    assert answer.status_code == (200 if htmx else 303) and line_ids(app) == [first]


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"quantity": "many"}, "number"),
        ({"quantity": "4/0"}, "divided by zero"),
        ({"quantity": "1,234"}, "1,234"),
        ({"unit_price": "1234567890123456"}, "15 digits"),
        ({"unit_price": "999999999999", "quantity": "999999"}, "too large"),
        ({"discount": "101"}, "0 to 100"),
        ({"description": ""}, "description"),
        ({"tax_group_id": "999"}, "list"),
        ({"item_id_text": "nothing like it"}, "no such item"),
    ],
)
def test_a_line_that_cannot_be_saved_says_why_and_keeps_what_was_typed(
    app: Flask, typed: dict[str, str], sentence: str, htmx: bool
) -> None:
    """U-D2, R-MON-1: the sentence stands at the row; nothing is saved."""
    document = made(app)
    client = Client(app, role="clerk")
    url = f"/sales/invoices/{document.id}/lines"
    good = {"description": "Cake", "quantity": "2", "unit_price": "5", "discount": "", "tax_group_id": ""}
    answer = send(client, url, {**good, **typed}, HTMX if htmx else {})
    assert answer.status_code == 422 and sentence in answer.text
    for name, value in typed.items():
        assert name == "tax_group_id" or f'value="{value}"' in answer.text
    assert len(line_ids(app)) == 1


@pytest.mark.parametrize("htmx", [False, True])
def test_a_stale_line_shows_both_values_and_is_saved_the_second_time(app: Flask, htmx: bool) -> None:
    """R-CON: somebody else saved the same field meanwhile; 409, then what was typed is kept on demand."""
    document = made(app)
    client, other = Client(app, role="clerk"), Client(app, role="admin")
    url, headers = f"/sales/invoices/{document.id}", HTMX if htmx else {}
    (line,) = line_ids(app)
    seen = client.page(url).one("form", id=f"line-{line}-form").one("input", name="seen")["value"]
    assert send(other, f"{url}/lines/{line}", {"quantity": "5", "seen": seen}).status_code == 303
    answer = send(
        client, f"{url}/lines/{line}", {"description": "Bread", "quantity": "7", "seen": seen}, headers
    )
    assert answer.status_code == 409 and "“5”" in answer.text and 'value="7"' in answer.text
    again = re.search(r'name="seen" value="([^"]+)"', answer.text.partition(f"line-{line}-form")[2])
    assert again is not None
    answer = send(
        client, f"{url}/lines/{line}", {"description": "Bread", "quantity": "7", "seen": again[1]}, headers
    )
    assert answer.status_code in (200, 303) and sums(app)[1] == [Decimal("350")]


@pytest.mark.parametrize("htmx", [False, True])
def test_r_inv_1_a_forged_change_of_an_issued_document_is_refused(app: Flask, htmx: bool) -> None:
    document = made(app, issued=True)
    client = Client(app, role="clerk")
    url, (line,) = f"/sales/invoices/{document.id}", line_ids(app)
    seen = "quantity=0"
    for path, data in (
        ("/lines", {"description": "More", "quantity": "1"}),
        (f"/lines/{line}", {"quantity": "9", "seen": seen}),
        (f"/lines/{line}/move", {"to": "up"}),
        (f"/lines/{line}/delete", {}),
        ("/details", {"reference": "x", "seen": seen}),
        ("/refresh", {}),
    ):
        answer = send(client, url + path, data, HTMX if htmx else {})
        assert answer.status_code == 409, path
    assert sums(app)[1] == [Decimal("100")]
    assert "line-new" not in client.get(url).text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("htmx", [False, True])
def test_what_stands_above_the_lines_is_edited_in_place(app: Flask, kind: str, htmx: bool) -> None:
    document = made(app, kind)
    client = Client(app, role="clerk")
    url, headers = f"{address(kind)}/{document.id}", HTMX if htmx else {}
    for section in ("details", "address", "texts"):
        assert client.get(f"{url}/{section}", headers=headers).status_code == (200 if htmx else 302)
        edit = client.get(f"{url}/{section}/edit", headers=headers)
        assert edit.status_code == 200
        seen = re.search(r'name="seen" value="([^"]+)"', edit.text.partition(f'id="document-{section}"')[2])
        assert seen is not None
        name = {"details": "reference", "address": "name", "texts": "subject"}[section]
        answer = send(client, f"{url}/{section}", {name: f"New {name}", "seen": seen[1]}, headers)
        assert answer.status_code == (200 if htmx else 303)
        assert f"New {name}" in client.get(url).text
        if section == "details":
            bad = send(client, f"{url}/{section}", {"document_date": "2026-02-30", "seen": seen[1]}, headers)
            assert bad.status_code == 422 and "2026-02-30" in bad.text
            stale = send(client, f"{url}/{section}", {name: "Mine", "seen": seen[1]}, headers)
            assert stale.status_code == 409 and "Mine" in stale.text and f"New {name}" in stale.text


def test_s7_a_changed_card_is_offered_to_the_open_document(app: Flask) -> None:
    document = made(app)
    client = Client(app, role="clerk")
    url = f"/sales/invoices/{document.id}"
    assert f"{url}/refresh" not in client.get(url).text

    def rename(session: Any) -> None:
        found = session.get_one(Document, document.id)
        records.save(session, found.customer, {"name": "Renamed Ltd"}, by=make.BY)

    write(app, rename)
    text = client.get(url).text
    assert f"{url}/refresh" in text and "Renamed Ltd" in text
    assert send(client, f"{url}/refresh", {}).status_code == 303
    assert f"{url}/refresh" not in client.get(url).text


def test_u_t4_who_is_blocked_is_shown_and_refused(app: Flask) -> None:
    """O11, U-T3, U-T4: in the suggestions with the reason, and refused when it is sent all the same."""

    def blocked(session: Any) -> Any:
        customer = make.make_party(session, "customer", "Blocked Ltd")
        records.save(session, customer, {"blocked": "all"}, by=make.BY)
        return customer

    customer = write(app, blocked)
    client = Client(app, role="clerk")
    text = client.get("/lookup/parties?kind=invoice&q=Blocked", headers=HTMX).text
    assert 'aria-disabled="true"' in text and 'data-field="new_type"' in text
    answer = send(client, "/sales/invoices/new", {"customer_id": customer.id})
    assert answer.status_code == 409 and "blocked" in answer.text
    page = client.get(f"/sales/invoices/new?customer_id={customer.id}")
    assert page.status_code == 200 and "blocked" in page.text and "data-lookup-value" not in page.text
    for path in ("/lookup/parties/all?kind=invoice&q=", "/lookup/items?q="):
        assert client.get(path, headers=HTMX).status_code == 200
    assert client.get("/lookup/parties?kind=nothing", headers=HTMX).status_code == 400


def test_o2_an_unknown_name_makes_a_contact_and_a_customer(app: Flask) -> None:
    """O2, U-T2, U-T7, without JavaScript: the search offers who matches, and a new name when nobody does."""
    client = Client(app, role="clerk")
    answer = send(client, "/sales/invoices/new", {"customer_name": "Nouvelle Forge", "search": "party"})
    assert answer.status_code == 200 and 'name="new_type"' in answer.text
    answer = send(client, "/sales/invoices/new", {"customer_name": ""})
    assert answer.status_code == 422
    answer = send(client, "/sales/invoices/new", {"customer_name": "Nouvelle Forge", "new_type": "company"})
    assert answer.status_code == 303
    text = client.get(answer.location).text
    assert "Nouvelle Forge" in text and f"{answer.location.partition('?')[0]}/delete" in text


def test_o2_a_contact_found_by_the_search_is_the_one_that_is_picked(app: Flask) -> None:
    """U-T2, without JavaScript: what was searched for does not become a contact beside the one that was found."""
    contact = write(app, lambda session: make.make_contact(session, "Forge du Nord"))
    client = Client(app, role="clerk")
    page = client.submit("/sales/invoices/new", {"customer_name": "Forge"}, 200, button="search")
    names = [button.get("name") for button in page.main.all("button") if button.get("name")]
    assert names[:2] == ["search", "contact_id"], "Enter in the field searches"
    values = page.form().filled({}) | {"contact_id": [str(contact.id)]}
    assert client.post("/sales/invoices/new", values).status_code == 303
    contacts = read(app, lambda session: list(session.scalars(select(Contact.name))))
    assert contacts == ["Forge du Nord"]


# -- helpers ----------------------------------------------------------------------------------------


def send(client: Client, url: str, data: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    """A POST with the token of the session."""
    return client.post(url, {"csrf_token": client.csrf_token, **data}, headers=headers or {})


def line_ids(app: Flask) -> list[int]:
    """The lines of the only document, in their order."""
    query = select(DocumentLine.id).order_by(DocumentLine.position)
    return list(read(app, lambda session: list(session.scalars(query))))


def sums(app: Flask) -> tuple[Decimal, list[Decimal]]:
    """The net amount of the only document, and the amount of each line."""

    def of(session: Any) -> Any:
        document = session.scalars(select(Document)).one()
        return document.net, [line.amount for line in document.lines]

    return read(app, of)  # type: ignore[no-any-return]
