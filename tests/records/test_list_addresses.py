"""Addresses of lists: chosen columns, filters as their hints say, and what nobody would type (U-L2, U-L3, R-WEB-6)."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.privacy.support import Do, make
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.factories import make_card, make_contact, make_customer, make_person
from tests.support.pages import Page

pytestmark = pytest.mark.both_databases


def names(page: Page) -> list[str]:
    """The names in the rows, in their order."""
    return [row.all("td")[2].text for row in page.main.all("tr") if row.get("id")]


def heads(page: Page) -> list[str]:
    return [head.text.rstrip(" ▲▼") for head in page.main.all("th") if head.get("class") != "check"]


def test_chosen_columns_stay_on_every_page(do: Do, client: Client) -> None:
    """U-L6: the links of the list carry all the columns that were ticked, not the first one alone."""
    for number in range(55):
        make(do, make_contact, f"Card {number:03}")
    page = client.page("/contacts?columns=no,name&columns=email&columns=city")
    assert heads(page) == ["No.", "Name", "City", "E-mail"]
    for address in [link for link in page.main.all("a") if "after=" in link.get("href")]:
        assert heads(client.page(address["href"])) == ["No.", "Name", "City", "E-mail"]
    assert heads(client.page("/contacts")) == ["No.", "Name", "City", "E-mail"], "remembered"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("100", ["Small"]),
        (">100", ["Big", "Great"]),
        (">=500", ["Big", "Great"]),
        ("100..500", ["Big", "Small"]),
        ("500..", ["Big", "Great"]),
        ("..500", ["Big", "Small"]),
        ("100, 1000", ["Great", "Small"]),
        ("..", ["Big", "Great", "None", "Small"]),
    ],
)
def test_amounts_are_filtered_as_the_hint_says(do: Do, client: Client, typed: str, found: list[str]) -> None:
    """U-L3: intervals open at either end, comparisons, lists."""
    for name, limit in (("Small", 100), ("Big", 500), ("Great", 1000), ("None", None)):
        make(do, make_customer, name, credit_limit=limit)
    assert names(client.page(f"/customers?{urlencode({'credit_limit': typed})}")) == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("2026-06-15", ["Second"]),
        ("t", ["Third"]),
        ("2026-06-15..", ["Second", "Third"]),
        ("..2026-06-15", ["First", "Second"]),
        ("2026-06-14..2026-06-15", ["First", "Second"]),
        (">2026-06-15", ["Third"]),
        ("<=2026-06-14", ["First"]),
    ],
)
def test_days_are_filtered_as_the_hint_says(
    do: Do, client: Client, clock: Clock, typed: str, found: list[str]
) -> None:
    """U-L3, R-TIME-1: whole days of the office."""
    clock.move(days=-1)
    make(do, make_contact, "First")
    clock.move(days=1)
    make(do, make_contact, "Second")
    clock.move(days=1)
    make(do, make_contact, "Third")
    client.sign_in("clerk")
    assert names(client.page(f"/contacts?{urlencode({'changed': typed})}")) == found


BAD = [
    ("customers", "credit_limit", ">'"),
    ("customers", "credit_limit", "'"),
    ("customers", "credit_limit", ">" + "9" * 30),
    ("customers", "credit_limit", "x..5"),
    ("customers", "credit_limit", "\0"),
    ("contacts", "changed", "9999-12-31"),
    ("contacts", "changed", "..9999-12-31"),
    ("contacts", "changed", ">=0001-01-01"),
    ("contacts", "changed", "yesterday"),
    ("contacts", "no", "\0"),
    ("contacts", "no", "C" * 5000),
    ("contacts", "city", "Ly\0on"),
    ("contacts", "country", "Atlantis"),
    ("contacts", "language", "klingon"),
    ("contacts", "relation", "everybody"),
    ("contacts", "salesperson_id", "99"),
    ("bank-accounts", "account_currency", "\0"),
    ("contacts", "q", "x" * 201),
    ("contacts", "q", "a\0b"),
]


@pytest.mark.parametrize(("kind", "name", "typed"), BAD)
@pytest.mark.parametrize("htmx", [False, True])
def test_what_cannot_be_read_is_said(
    do: Do, client: Client, kind: str, name: str, typed: str, htmx: bool
) -> None:
    """R-WEB-6: 422 with a sentence, on both databases; a way back to the whole list."""
    make(
        do, make_card, {"customers": "customer", "contacts": "contact", "bank-accounts": "bank_account"}[kind]
    )
    url = f"/{kind}?{urlencode({name: typed})}"
    page = client.fragment(url, 422) if htmx else client.page(url, 422)
    assert page.one(role="alert", css="notice").text
    assert f"/{kind}" in page.links and "Nothing here yet" not in page.text


def test_a_filter_can_be_typed_anew_after_a_mistake(do: Do, client: Client) -> None:
    """U-L2: the faulty text is not sent a second time beside the new one."""
    make(do, make_customer, "Big", credit_limit=500)
    page = client.page("/customers?credit_limit=lots&city=&blocked=none", 422)
    form = page.form(of="credit_limit")
    assert form.values["credit_limit"] == [""] and form.values["blocked"] == ["none"]
    assert names(client.read(client.send(form, {"credit_limit": ">1"}), "/customers", 200)) == ["Big"]


@pytest.mark.parametrize(
    "query",
    [
        "sort=links",
        "sort=--name",
        "sort=(select 1)",
        "size=51",
        "after=",
        "after=-1",
        "before=²",
        "after=1e9",
    ],
)
def test_what_the_page_never_writes_is_refused(client: Client, query: str) -> None:
    """R-WEB-6: sorts, sizes and places come from fixed lists."""
    client.page(f"/contacts?{query}", 400)


def test_pages_back_and_forth_among_equal_names(do: Do, client: Client) -> None:
    """U-L8: every card once, whichever way one turns the pages, though all have one name."""

    def fill(session: Any) -> None:
        for _ in range(120):
            make_contact(session, "Same Name")

    do(fill)

    def turn(url: str, label: str) -> list[str]:
        numbers = []
        while url:
            page = client.page(url)
            numbers.append([row.all("td")[1].text for row in page.main.all("tr") if row.get("id")])
            buttons = {link.text: link.get("href") for link in page.one("nav", css="pager").all("a")}
            url = next((href for text, href in buttons.items() if label in text), "")
        return [no for page_numbers in numbers for no in page_numbers]

    forward = turn("/contacts", "Next")
    assert len(forward) == len(set(forward)) == 120
    backward = turn("/contacts?before=end", "Previous")
    assert sorted(backward) == sorted(forward) and backward[:50] == forward[70:]


# -- lookups ----------------------------------------------------------------------------------------


def test_an_unlinked_party_has_nobody_to_choose_as_primary_contact(do: Do, client: Client) -> None:
    """L11: only persons of the linked company are suggested."""
    make(do, make_person, "Lone Wolf")
    alone = make(do, make_customer, "Alone", linked=False)
    linked = make(do, make_customer, "Linked", contact_person="Ada Wolf")
    assert "Wolf" not in client.fragment(f"/lookup/persons?party=customer-{alone.id}&q=wolf").text
    found = client.fragment(f"/lookup/persons?party=customer-{linked.id}&q=wolf").text
    assert "Ada Wolf" in found and "Lone Wolf" not in found
    page = client.submit(
        f"/customers/{alone.id}/invoicing/edit",
        {"primary_contact_id_text": "wolf"},
        200,
        of="seen",
        button="primary_contact_id",
    )
    assert "Nothing was found." in page.text and "Wolf" not in page.main.text


@pytest.mark.parametrize(
    "party", ["", "customer-²", "customer-x", "contact-1", "nobody-1", "customer-", "customer-" + "9" * 30]
)
def test_a_forged_party_is_a_bad_request(client: Client, party: str) -> None:
    """R-WEB-6."""
    assert client.get(f"/lookup/persons?{urlencode({'party': party})}").status_code == 400
    assert client.get(f"/lookup/persons/all?{urlencode({'party': party})}").status_code == 400


def test_a_search_without_a_choice_keeps_the_field(do: Do, client: Client) -> None:
    """U-T7: looking for another company and saving without choosing one does not empty it."""
    first = make(do, make_contact, "Kilo Ltd")
    make(do, make_contact, "Mike Ltd")
    person = make(do, make_person, "Ada Example", first)
    url = f"/contacts/{person.id}/person/edit"
    page = client.submit(url, {"company_id_text": "mike"}, 200, of="seen", button="company_id")
    assert "Mike Ltd" in page.text
    page = client.read(client.send(page.form(of="seen")), url, 303)
    assert "Nothing was changed." in page.text
    page = client.submit(url, {"company_id_text": "zulu"}, 200, of="seen", button="company_id")
    form = page.form(of="seen")
    page = client.read(client.send(form, {"company_id_text": "mike"}, button="company_id"), url, 200)
    chosen = page.one("input", type="radio", name="company_id")["value"]
    client.read(client.send(page.form(of="seen"), {"company_id": chosen}), url, 303)
    assert do(lambda session: session.get(type(person), person.id).company.name) == "Mike Ltd"
