"""The pages of the privacy desk: the search, the dossier, the mentions, and the section of a card."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from models import NotTheSame
from services import interactions, limits, links
from services.privacy import register, registry
from tests.documents.support import make_document, make_issued
from tests.privacy.support import ADDRESSES, Do, make
from tests.support.client import Client
from tests.support.factories import BY, make_contact, make_customer, make_family, make_person
from tests.support.pages import Form

ClientOf = Callable[..., Client]
SEARCH = "/privacy"


@pytest.fixture
def officer(client_of: ClientOf) -> Client:
    return client_of("privacy_officer")


def look(client: Client, typed: str, status: int = 200) -> Any:
    """The answer to a search: the page itself, under an address that says nothing."""
    response = client.send(client.page(SEARCH).form(SEARCH), {"q": typed})
    assert "location" not in response.headers
    return client.read(response, SEARCH, status)


def homonyms(do: Do) -> tuple[Any, Any]:
    return (
        make(do, make_person, "Luc Roy", email="roy@example.com"),
        make(do, make_customer, "Luc Roy", linked=False, email="roy@example.com"),
    )


# -- the search -------------------------------------------------------------------------------------


def test_y_b1_a_person_is_found_and_their_dossier_opened(do: Do, officer: Client) -> None:
    family = do(make_family)
    page = look(officer, "family ada")
    assert "1 person or company found." in page.text and family.person.no in page.text
    assert family.customer.no not in page.text
    page = look(officer, family.customer.no)
    assert {f"/{ADDRESSES[card.KIND]}/{card.id}" for card in family.linked} <= set(page.links)
    officer.page(f"/customers/{family.customer.id}/privacy")


@pytest.mark.parametrize(
    ("typed", "sentence"), [("ab", "at least 3 characters"), ("x" * 201, "200 characters")]
)
def test_y_b1_what_is_too_short_or_too_long_is_asked_again(
    officer: Client, typed: str, sentence: str
) -> None:
    """422, with what was typed."""
    page = look(officer, typed, 422)
    assert sentence in page.text and page.one("input", id="q")["value"] == typed


def test_y_b2_not_the_same_is_pressed_and_kept(do: Do, officer: Client) -> None:
    homonyms(do)
    page = look(officer, "luc roy")
    assert "Probably one person: same e-mail roy@example.com." in page.text
    forms = [Form(node, SEARCH) for node in page.all("form", action="/privacy/not-the-same")]
    assert len(forms) == 2
    answer = officer.read(officer.send(forms[1]), SEARCH, 200)
    assert "Remembered: they are not the same." in answer.text and "Probably" not in answer.text
    assert do(lambda session: session.query(NotTheSame).count()) == 1
    # The same form once more: nothing is left to split.
    again = officer.read(officer.send(forms[0]), SEARCH, 409)
    assert "only record" in again.text
    assert "2 persons or companies found." in look(officer, "luc roy").text


@pytest.mark.parametrize(
    ("card", "status"),
    [("", 400), ("contact", 400), ("contact-x", 400), ("planet-1", 400), ("contact-999999", 404)],
)
def test_y_b2_a_forged_card_splits_nothing(do: Do, officer: Client, card: str, status: int) -> None:
    homonyms(do)
    data = {"csrf_token": officer.csrf_token, "q": "luc roy", "card": card}
    assert officer.post("/privacy/not-the-same", data).status_code == status
    assert do(lambda session: session.query(NotTheSame).count()) == 0


def test_y_l2_what_is_looked_for_stands_in_no_address_and_no_log(
    do: Do, officer: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """The form is sent; nothing of it can be read from an address, and the log has the route alone."""
    make(do, make_person, "Canary Birdsong")
    caplog.set_level("INFO", logger="carnet")
    page = look(officer, "canary birdsong")
    assert page.form(SEARCH).method == "post"
    assert not [url for url in page.links if "canary" in url.lower()]
    assert "canary" not in caplog.text.lower()


def test_the_search_is_limited_in_its_speed(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """429 with the time to wait."""
    monkeypatch.setitem(limits.RATES, "search", (1, 60.0))
    look(officer, "somebody")
    data = {"csrf_token": officer.csrf_token, "q": "somebody"}
    answer = officer.post(SEARCH, data)
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0


def test_the_desk_speaks_french(do: Do, client_of: ClientOf) -> None:
    make(do, make_person, "Benoît Lévesque")
    officer = client_of("privacy_officer", language="fr")
    response = officer.send(officer.page(SEARCH).form(SEARCH), {"q": "levesque  BENOIT"})
    page = officer.read(response, SEARCH, 200)
    assert "1 personne ou société trouvée." in page.text and "Ouvrir le dossier" in page.text
    assert "Confidentialité" in officer.page("/").text


# -- the dossier ------------------------------------------------------------------------------------


def test_y_b4_the_dossier_shows_rows_blockers_and_mentions(do: Do, client_of: ClientOf) -> None:
    family = do(make_family)

    def fill(session: Any) -> Any:
        customer = session.get_one(type(family.customer), family.customer.id)
        made = make_issued(session, "invoice", customer), make_document(session, "order", customer)
        other = make_contact(session, "Other Ltd", notes="Knows Ada Family")
        entry = interactions.log(session, other, {"action": "call", "subject": "Ada Family called"}, by=BY)
        asked = register.open_for_card(session, customer, "access", by=BY)
        return *made, other, entry, asked

    invoice, order, other, entry, asked = do(fill)
    for language in ("en", "fr"):
        officer = client_of("privacy_officer", language=language)
        page = officer.page(f"/contacts/{family.contact.id}/privacy")
        assert invoice.no in page.text and order.no in page.text
        assert f"/privacy/requests/{asked.id}" in page.links
        found = officer.page(f"/contacts/{family.person.id}/privacy/mentions")
        assert {f"/contacts/{other.id}", f"/interactions/{entry.id}"} <= set(found.links)
        officer.fragment(f"/contacts/{family.person.id}/privacy/mentions")
    english = client_of("privacy_officer").page(f"/contacts/{family.contact.id}/privacy")
    assert "1 issued document is kept by law." in english.text and "1 order is open" in english.text
    assert "2 texts of others name this person." in client_of("privacy_officer").page(
        f"/contacts/{family.person.id}/privacy/mentions"
    ).text  # fmt: skip


@pytest.mark.parametrize("kind", ["contact", "customer", "vendor", "bank_account"])
def test_every_kind_of_card_has_its_dossier_and_its_section(do: Do, officer: Client, kind: str) -> None:
    family = do(make_family)
    card = family.contact if kind == "contact" else getattr(family, kind)
    address = f"/{ADDRESSES[kind]}/{card.id}"
    page = officer.page(address)
    assert f"{address}/privacy" in page.links and page.one("section", id=f"{kind}-{card.id}-privacy")
    assert f"Personal data of {card.name}" in officer.page(f"{address}/privacy").text


@pytest.mark.parametrize("kind", ["contact", "customer", "vendor", "bank_account"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_actions_of_the_section_are_worded_for_the_kind(
    do: Do, client_of: ClientOf, kind: str, language: str
) -> None:
    """U-X18: the names of the office's first days; a clerk is offered the export alone, and each leads to its page."""
    family = do(make_family)
    card = family.contact if kind == "contact" else getattr(family, kind)
    section = f"{kind}-{card.id}-privacy"
    officer, clerk = client_of("privacy_officer", language=language), client_of("clerk", language=language)
    address = f"/{ADDRESSES[kind]}/{card.id}"
    offered = officer.page(address).one("section", id=section)
    exports = {
        "en": "Export %s privacy data",
        "fr": "Exporter les données de confidentialité du %s",
    }[language] % {
        "en": {
            "contact": "contact",
            "customer": "customer",
            "vendor": "vendor",
            "bank_account": "bank account",
        },
        "fr": {
            "contact": "contact",
            "customer": "client",
            "vendor": "fournisseur",
            "bank_account": "compte bancaire",
        },
    }[language][kind]
    assert offered.one("a", href=f"{address}/privacy/export").text == exports
    for link in offered.all("a", css="button"):
        officer.page(link["href"])
    assert len(offered.all("a", css="button")) == 5
    assert [link.text for link in clerk.page(address).one("section", id=section).all("a")] == [exports]


def test_the_section_is_there_for_everybody_and_offers_what_its_reader_may(
    do: Do, client_of: ClientOf
) -> None:
    contact = make(do, make_contact)
    for role in ("reader", "clerk", "admin"):
        client = client_of(role)
        page = client.page(f"/contacts/{contact.id}")
        assert page.one("section", id=f"contact-{contact.id}-privacy")
        assert f"/contacts/{contact.id}/privacy" not in page.links
        assert client.get(f"/contacts/{contact.id}/privacy").status_code == 403
        assert "/privacy" not in page.links


def test_y_a2_a_part_that_failed_is_named_and_the_dossier_is_not_complete(do: Do, officer: Client) -> None:
    contact = make(do, make_contact)

    def fail(_session: Any, _scope: Any) -> Any:
        raise ValueError("nonsense")

    registry.register("plants", "Plants", "plants").locate = fail
    try:
        page = officer.page(f"/contacts/{contact.id}/privacy")
    finally:
        del registry.MODULES["plants"]
    assert "This dossier is not complete." in page.text and "Plants" in page.text


def test_y_a2_a_module_that_is_registered_is_on_the_page(do: Do, officer: Client, app: Flask) -> None:
    contact = make(do, make_contact)
    registry.register("plants", "Plants", "plants").locate = lambda session, scope: {"plants": [1, 2, 3]}
    try:
        page = officer.page(f"/contacts/{contact.id}/privacy")
    finally:
        del registry.MODULES["plants"]
    assert "Plants plants 3" in page.text


def test_linked_cards_share_one_dossier(do: Do, officer: Client) -> None:
    """A person's customer opens the person's dossier."""
    person = make(do, make_person, "Ada Alone")
    customer = do(
        lambda session: (
            links.create_as(session, session.get_one(type(person), person.id), "customer", by=BY).record
        )
    )
    page = officer.page(f"/customers/{customer.id}/privacy")
    assert {f"/contacts/{person.id}", f"/customers/{customer.id}"} <= set(page.links)
