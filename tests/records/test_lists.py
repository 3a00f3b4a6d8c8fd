"""Lists of the four kinds: searching, sorting, filtering, paging, in both languages (C5, C6, R-TXT-1)."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from extensions import db
from models import PaymentTerms
from services import links
from tests.privacy.support import ADDRESSES, PARTIES, Do
from tests.records.conftest import KINDS
from tests.support import factories
from tests.support.client import Client
from tests.support.pages import Page

pytestmark = pytest.mark.both_databases

# Name, city, phone, e-mail of the cards of every kind.
CARDS = [
    ("Benoît Lévesque", "Montréal", "514 555-0101", "benoit@example.com"),
    ("Alfreds Futterkiste", "Berlin", "030-0074321", "alfreds@example.de"),
    ("Œuvres Sèvres", "Sèvres", "+33 1 45 07 21 50", "sevres@example.fr"),
    ("Zaanse Snoep", "Zaandam", "(31) 75 555 0199", "zaan@example.nl"),
    ("O'Neil & Søn", "Kraków", "12 345", "oneil@example.com"),
]
# What is typed, and the names it finds.
FOUND = {
    "levesque benoit": ["Benoît Lévesque"],
    "BENO": ["Benoît Lévesque"],
    "evesq": ["Benoît Lévesque"],
    "5145550101": ["Benoît Lévesque"],
    "555-01": ["Benoît Lévesque", "Zaanse Snoep"],
    "oeuvres": ["Œuvres Sèvres"],
    "krakow": ["O'Neil & Søn"],
    "son": ["O'Neil & Søn"],
    "alfreds@example.de": ["Alfreds Futterkiste"],
    "za": ["Zaanse Snoep"],
    "a": ["Alfreds Futterkiste"],
    "example.com": ["Benoît Lévesque", "O'Neil & Søn"],
    "berlin futter": ["Alfreds Futterkiste"],
    "berlin sevres": [],
    "%": [],
    "_": [],
    "o'neil &": ["O'Neil & Søn"],
    '"': [],
}


def fill(session: Session, kind: str) -> list[int]:
    return [
        factories.make_card(session, kind, name, city=city, phone=phone, email=email).id
        for name, city, phone, email in CARDS
    ]


def names(page: Page) -> list[str]:
    """The names in the list, in order."""
    links = page.one(id="list").all("a", css="cell", tabindex="-1")
    return [link.text for link in links]


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_search_finds(do: Do, client: Client, kind: str) -> None:
    """C6: words in any order, parts of words from three characters, starts of words below; no accents, no case."""
    do(lambda session: fill(session, kind))
    for query, found in FOUND.items():
        response = client.browser.get(f"/{ADDRESSES[kind]}", query_string={"q": query})
        page = client.read(response, f"/{ADDRESSES[kind]}?q={query}", 200)
        assert sorted(names(page)) == sorted(found), query
        assert page.one(id="total").text == str(len(found))


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_finds_its_card(do: Do, client: Client, kind: str) -> None:
    """C6."""
    ids = do(lambda session: fill(session, kind))
    number = do(lambda session: session.get(type(factories.make_card(session, kind)), ids[2]).no)
    for query in (number, number.lower(), number[-3:]):
        assert "Œuvres Sèvres" in names(client.page(f"/{ADDRESSES[kind]}?q={query}")), query


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_sorted_without_accents_and_both_ways(do: Do, either: Client, kind: str) -> None:
    """O before Z, Œ as OE; the heading says which way."""
    do(lambda session: fill(session, kind))
    url = f"/{ADDRESSES[kind]}"
    expected = ["Alfreds Futterkiste", "Benoît Lévesque", "Œuvres Sèvres", "O'Neil & Søn", "Zaanse Snoep"]
    by_name = names(either.piece(url))
    assert sorted(by_name) == sorted(expected) and by_name[0] == expected[0] and by_name[-1] == expected[-1]
    assert names(either.piece(f"{url}?sort=-name")) == by_name[::-1]
    cities = names(either.piece(f"{url}?sort=city"))
    assert cities == [
        "Alfreds Futterkiste",
        "O'Neil & Søn",
        "Benoît Lévesque",
        "Œuvres Sèvres",
        "Zaanse Snoep",
    ]
    page = either.piece(f"{url}?sort=-city")
    (heading,) = [node for node in page.all("th") if node.get("aria-sort")]
    assert heading["aria-sort"] == "descending" and names(page) == cities[::-1]


@pytest.mark.parametrize("kind", KINDS)
def test_pages_follow_one_another_without_gap_or_repeat(do: Do, client: Client, kind: str) -> None:
    """Keyset pages: forth to the end and back again, also where names are equal; totals are exact."""

    def many(session: Session) -> None:
        for number in range(123):
            factories.make_card(session, kind, f"Name {number % 7:02}", city=f"City {number % 3}")

    do(many)
    url: str | None = f"/{ADDRESSES[kind]}?sort=city&size=50"
    seen: list[str] = []
    pages: list[list[str]] = []
    while url:
        page = client.page(url)
        rows = [row["id"] for row in page.one("table", css="list").one("tbody").all("tr")]
        pages.append(rows)
        seen += rows
        assert page.one(id="total").text == "123"
        url = next((a["href"] for a in page.all("a", rel="next")), None)
    assert [len(rows) for rows in pages] == [50, 50, 23] and len(set(seen)) == 123
    back = next(a["href"] for a in page.all("a", rel="prev"))
    assert [row["id"] for row in client.page(back).one("table", css="list").one("tbody").all("tr")] == pages[
        1
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_leads_to_the_rows_with_its_value(do: Do, either: Client, kind: str) -> None:
    """U-L4: a link in each cell whose column has a filter; the search is kept, and a filter that is set offers none."""

    def two(session: Session) -> None:
        for name, city in (("Alpha Roy", "Trois-Rivières & Cie"), ("Beta Roy", "Paris"), ("Gamma", "Paris")):
            factories.make_card(session, kind, name, city=city, country="FR")

    do(two)
    url = f"/{ADDRESSES[kind]}?q=roy&columns=no,name,city,country,updated_at"
    only = {link["aria-label"]: link["href"] for link in either.piece(url).all("a", css="only")}
    said = "Only" if either.language == "en" else "Seulement"
    assert {f"{said} Paris", f"{said} Trois-Rivières & Cie", f"{said} France"} < set(only)
    assert names(either.piece(only[f"{said} Trois-Rivières & Cie"])) == ["Alpha Roy"]
    assert names(either.piece(only[f"{said} France"])) == ["Alpha Roy", "Beta Roy"]
    (day,) = [href for href in only.values() if "changed=" in href]
    narrowed = either.piece(day)
    assert names(narrowed) == ["Alpha Roy", "Beta Roy"]
    assert not [
        link for link in narrowed.all("a", css="only") if "changed=2" in link["href"].split("changed=2", 1)[1]
    ]
    assert f"{said} Paris" in [link["aria-label"] for link in narrowed.all("a", css="only")]
    assert not [
        link
        for link in either.piece(f"{url}&city=Paris").all("a", css="only")
        if "Paris" in link["aria-label"]
    ]


def test_every_column_with_a_filter_narrows_to_its_value(do: Do, client: Client) -> None:
    """U-L4: type, block, terms and amounts as well."""

    def several(session: Session) -> None:
        terms = PaymentTerms(code="THIRTY", name="Thirty days")
        session.add(terms)
        session.flush()
        factories.make_card(
            session,
            "customer",
            "Alpha",
            blocked="all",
            payment_terms_id=terms.id,
            credit_limit=Decimal("10.5"),
        )
        factories.make_card(session, "customer", "Beta")
        factories.make_card(session, "bank_account", "Gamma", blocked=True)
        factories.make_card(session, "bank_account", "Delta")
        factories.make_person(session, "Ada Example")
        factories.make_contact(session, "Epsilon")

    do(several)
    url = "/customers?columns=no,name,blocked,payment_terms_id,credit_limit"
    links = client.page(url).all("a", css="only")
    assert [link["aria-label"] for link in links] == [
        "Only Everything blocked",
        "Only Thirty days",
        "Only 10.50",
    ]
    for link in links:
        assert names(client.page(link["href"])) == ["Alpha"]
    (blocked,) = [
        a["href"] for a in client.page("/bank-accounts").all("a", css="only") if "blocked" in a["href"]
    ]
    assert names(client.page(blocked)) == ["Gamma"]
    persons = next(a["href"] for a in client.page("/contacts").all("a", css="only") if "person" in a["href"])
    assert names(client.page(persons)) == ["Ada Example"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_list_says_what_to_do(do: Do, either: Client, reader: Client, kind: str) -> None:
    """Nothing here yet: the way to the first card; nothing found: the way out."""
    url = f"/{ADDRESSES[kind]}"
    assert f"{url}/new" in either.page(url).links
    assert f"{url}/new" not in reader.page(url).links
    do(lambda session: fill(session, kind))
    page = either.page(f"{url}?q=nothing")
    assert url in page.main.all("a")[-1]["href"] or url in page.links
    assert names(page) == []


@pytest.mark.parametrize("kind", KINDS)
def test_filters_narrow_the_list_and_are_shown_as_chips(do: Do, either: Client, kind: str) -> None:
    """Each chip leads to the list without its filter."""

    def two(session: Session) -> None:
        factories.make_card(session, kind, "Alpha", country="CA", language="fr-CA")
        factories.make_card(session, kind, "Beta", country="FR", language="fr")

    do(two)
    url = f"/{ADDRESSES[kind]}"
    page = either.piece(f"{url}?country=CA&q=alpha")
    assert names(page) == ["Alpha"]
    chips = [a["href"] for a in page.all("a") if a.get("href").startswith(f"{url}?q=alpha")]
    assert chips and names(either.piece(chips[0])) == ["Alpha"]
    assert names(either.piece(f"{url}?language=fr")) == ["Beta"]
    assert names(either.piece(f"{url}?city=nowhere")) == []


def test_the_contact_list_shows_and_filters_by_relation(do: Do, either: Client) -> None:
    """C5: the badge of each contact, persons counting their company's."""

    def relations(session: Session) -> dict[str, Any]:
        family = factories.make_family(session)
        lone = factories.make_contact(session, "Lone Ltd")
        vendor_only = factories.make_contact(session, "Vendor Only")
        links.create_as(session, vendor_only, "vendor", by=factories.BY)
        return {"family": family, "lone": lone, "vendor": vendor_only}

    made = do(relations)
    page = either.piece("/contacts")
    row = page.one(id=f"contacts-{made['family'].contact.id}")
    assert made["family"].customer.no in row.text or len(row.all("span", css="badge")) >= 1
    assert page.one(id=f"contacts-{made['lone'].id}").all("span", css="badge") == []
    assert names(either.piece("/contacts?relation=none")) == ["Lone Ltd"]
    assert "Vendor Only" in names(either.piece("/contacts?relation=vendor"))
    assert "Lone Ltd" not in names(either.piece("/contacts?relation=vendor"))


@pytest.mark.parametrize("kind", PARTIES)
def test_unlinked_parties_can_be_listed(do: Do, client: Client, kind: str) -> None:
    def two(session: Session) -> None:
        factories.make_party(session, kind, "Linked Ltd")
        factories.make_party(session, kind, "Alone Ltd", linked=False)

    do(two)
    assert names(client.page(f"/{ADDRESSES[kind]}?linked=no")) == ["Alone Ltd"]
    assert names(client.page(f"/{ADDRESSES[kind]}?linked=yes")) == ["Linked Ltd"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_costs_a_fixed_number_of_queries(do: Do, client: Client, kind: str) -> None:
    """Never one query per row."""
    url = f"/{ADDRESSES[kind]}"

    def queries() -> int:
        asked: list[str] = []

        def remember(*args: Any) -> None:
            asked.append(args[2])

        with client.app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", remember)
        client.get(url)
        event.remove(engine, "before_cursor_execute", remember)
        return len(asked)

    do(lambda session: factories.make_family(session))
    client.get(url)
    few = queries()
    for _ in range(3):
        do(lambda session: factories.make_family(session))
    assert queries() == few


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_of_fifty_rows_is_small(do: Do, client: Client, kind: str) -> None:
    """At most 60 KB of HTML."""

    def many(session: Session) -> None:
        for number in range(51):
            factories.make_card(
                session,
                kind,
                f"Company with a usual name {number} Ltd",
                city="Montréal",
                phone="514 555-0100",
            )

    do(many)
    assert len(client.get(f"/{ADDRESSES[kind]}").data) <= 60 * 1024
