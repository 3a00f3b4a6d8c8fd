"""The go-anywhere box (U-X1): pages, actions and cards, in both languages, with and without JavaScript."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from blueprints.home import destinations
from models import UserSession
from services import limits
from services.errors import TooOften
from tests.home.support import Do, make
from tests.support.client import Client, local
from tests.support.factories import make_contact, make_customer, make_family, make_vendor


def target(client: Client, query: str) -> str:
    """Where the box leads; "" for a page of results."""
    answer = client.browser.get("/go", query_string={"q": query})
    return local(answer.location) if answer.status_code == 303 else ""


def options(client: Client, query: str) -> dict[str, list[str]]:
    """The suggestions: the addresses of each group."""
    page = client.fragment(f"/lookup/go?q={query}")
    return {
        group.one("div", css="heading").text: [
            option["data-href"] for option in group.all("div", role="option")
        ]
        for group in page.all("div", role="group")
    }


@pytest.mark.parametrize(
    ("query", "url"),
    [
        ("marketing setup", "/settings/contacts"),
        ("Paramètres marketing", "/settings/contacts"),
        ("souche", "/settings/number-series"),
        ("série de numéros", "/settings/number-series"),
        ("number series", "/settings/number-series"),
        ("sujet des données", "/help/delete"),
        ("data subject", "/help/delete"),
        ("corbeille", "/bin"),
        ("vérification des fiches", "/settings/sync-check"),
        ("raccourcis", "/help/keys"),
        ("new vendor", "/vendors/new"),
        ("nouveau fournisseur", "/vendors/new"),
        ("fuseau", "/settings/company"),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_words_that_find_pages(client_of: Callable[..., Client], query: str, url: str, language: str) -> None:
    """U-X1: names and further words of either language, whatever the reader's; the only hit opens at once."""
    admin = client_of("admin", language=language)
    assert target(admin, query) == url
    assert url in [one for group in options(admin, query).values() for one in group]


def test_only_what_one_may_open_is_offered(client_of: Callable[..., Client]) -> None:
    """R-PERM: a reader is not led to settings, import, bin or new cards."""
    found = options(client_of("reader"), "")
    urls = [url for group in found.values() for url in group]
    assert "/contacts" in urls
    reader = client_of("reader").page("/go").main
    hrefs = [link["href"] for link in reader.all("a")]
    assert not [
        url for url in hrefs if url.startswith(("/settings", "/import", "/bin")) or url.endswith("/new")
    ]


@pytest.mark.parametrize("role", ["admin", "clerk", "privacy_officer", "reader"])
def test_every_destination_opens(client_of: Callable[..., Client], role: str) -> None:
    """What the box offers exists, and opens for whom it is offered to."""
    browser = client_of(role)
    for link in browser.page("/go").main.all("a"):
        assert browser.get(link["href"]).status_code == 200, link["href"]


def test_every_destination_is_a_route(app: Flask) -> None:
    """An address that is renamed is renamed here too."""
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("localhost")
        for one in (*destinations.PAGES, *destinations.ACTIONS):
            assert adapter.match(one.url, "GET")


def test_the_only_card_opens_at_once(do: Do, client: Client) -> None:
    """U-X1: by name, number, e-mail, phone or city when nothing else fits."""
    contact = make(do, make_contact, "Tremblay", email="t@garage.example", phone="418 555-0177", city="Alma")
    for query in ("tremblay", "CT000001", "ct000001", "t@garage.example", "418 555-0177", "5550177", "alma"):
        assert target(client, query) == f"/contacts/{contact.id}", query


def test_the_exact_number_wins(do: Do, client: Client) -> None:
    """U-X1: a number opens its card although others begin like it; the same number twice is a choice."""
    customer = make(do, make_customer, "One", no="C1")
    make(do, make_customer, "Ten", no="C10")
    assert target(client, "c1") == f"/customers/{customer.id}"
    make(do, make_vendor, "One", no="C1")
    assert target(client, "c1") == ""


def test_a_page_of_results(do: Do, client: Client) -> None:
    """U-X1: groups with their totals, and the way to the whole list."""
    family = do(make_family)
    do(lambda session: [make_contact(session, f"Family {number}") for number in range(25)])
    page = client.page("/go?q=family")
    assert page.title == "Found for “family”"
    contacts = page.main.one("section", id="found-contacts")
    assert len(contacts.all("li")) == 21 and "27" in contacts.text
    assert contacts.one("a", href="/contacts?q=family").text == "Show all 27"
    assert page.main.one("a", href=f"/vendors/{family.vendor.id}").text == "V00001 Family Ltd"
    assert page.one("input", id="go")["value"] == "family"


def test_nothing_found(client: Client) -> None:
    """U-X11: says what can be typed, and keeps what was."""
    page = client.page("/go?q=xyzzy")
    assert "Nothing found" in page.main.text and page.one("input", id="go")["value"] == "xyzzy"
    assert "Nothing found" in client.fragment("/lookup/go?q=xyzzy").text


@pytest.mark.parametrize(
    "query", ["%00", "%25", "_", "'", '"', "%3Cscript%3E", "x" * 500, "%F0%9F%98%80", "%ED%A0%80"]
)
def test_strange_queries(do: Do, client: Client, query: str) -> None:
    """R-WEB-4: nothing breaks, nothing is found that is not there."""
    make(do, make_contact, "Ordinary Ltd")
    assert "Ordinary" not in client.page(f"/go?q={query}").main.text
    client.fragment(f"/lookup/go?q={query}")


def test_suggestions_are_grouped(do: Do, client: Client) -> None:
    """U-X1: cards of each kind, pages, actions; each is a link, and the status says how many."""
    family = do(make_family)
    found = options(client, "family")
    assert found["Customers"] == [f"/customers/{family.customer.id}"]
    assert list(found) == ["Contacts", "Customers", "Vendors", "Bank accounts"]
    assert list(options(client, "new")) == ["Actions"]
    assert "6 results" in client.fragment("/lookup/go?q=family").text
    do(lambda session: [make_contact(session, f"Family {number}") for number in range(9)])
    assert "/contacts?q=family" in options(client, "family")["Contacts"]


def test_asking_too_often(do: Do, client: Client) -> None:
    """R-WEB-9: more than 20 in a second is a 429 with Retry-After; a person's typing never is."""
    session_id = do(lambda session: session.scalar(select(UserSession.id)))
    for url in ("/go?q=a", "/lookup/go?q=a"):
        with pytest.raises(TooOften):
            for _request in range(100):
                limits.take("search", session_id)
        answer = client.get(url)
        assert answer.status_code == 429 and answer.headers["Retry-After"] == "1"
