"""What stands around the sections of a card: neighbours, panels, timeline, hints; and a list's address as a view."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from tests.support.client import Client
from tests.support.factories import make_contact, make_family, make_person, make_vendor

Do = Callable[[Callable[[Session], Any]], Any]


def names(client: Client, url: str) -> list[str]:
    """The names in a list, in its order."""
    return [link.text for link in client.page(url).one(id="list").all("a", css="cell", tabindex="-1")]


def test_fields_of_lesser_use_wait_behind_more_fields(do: Do, client: Client) -> None:
    """U-C2: a rarely filled field is folded while it is empty, and which are open is remembered."""
    empty = do(lambda session: make_contact(session, "Plain Ltd").id)
    filled = do(lambda session: make_contact(session, "Fax Ltd", fax="514 555-0188").id)
    more = (
        client.page(f"/contacts/{empty}")
        .one(id=f"contact-{empty}-communication")
        .one("details", **{"class": "more"})
    )
    assert "Fax" in more.text and more["data-remember"] == "contact-communication-more"
    section = client.page(f"/contacts/{filled}").one(id=f"contact-{filled}-communication")
    assert "514 555-0188" in section.text
    assert not [one for one in section.all("details", **{"class": "more"}) if "Fax" in one.text]


def test_the_panel_leads_to_every_linked_card(do: Do, client: Client) -> None:
    """U-C3: from the contact to its four parties, and back from each."""
    family = do(make_family)
    contact = f"/contacts/{family.contact.id}"
    parties = [f"/{party.KIND.replace('_', '-')}s/{party.id}" for party in family.parties]
    panel = client.page(contact).one(id="card-aside")
    assert [
        node["href"] for node in panel.all("a") if node.text.startswith("Open") and node["href"] in parties
    ] == parties
    for party in parties:
        assert contact in [node["href"] for node in client.page(party).one(id="card-aside").all("a")]


def test_the_timeline_tells_what_happened_the_latest_first(do: Do, client: Client) -> None:
    """U-C7: made, linked, changed from another card, with who did it and the way to the whole history."""
    family = do(make_family)
    client.submit(f"/customers/{family.customer.id}/address/edit", {"city": "Nantes"})
    panel = client.page(f"/contacts/{family.contact.id}").one(id="card-aside")
    told = panel.text.partition("Timeline")[2]
    assert 0 <= told.index("City changed") < told.index("Linked with") < told.index("Created")
    assert "Claude Clerk" in told and f"customer {family.customer.no}" in told
    assert f"/contacts/{family.contact.id}/history" in [node["href"] for node in panel.all("a")]


def test_arrows_lead_to_the_card_before_and_after_in_the_list(do: Do, client: Client) -> None:
    """U-C5: in the order of names; the first has none before it."""

    def three(session: Session) -> list[int]:
        return [make_contact(session, name).id for name in ("Éclair", "Dodo", "Fanal")]

    eclair, dodo, fanal = do(three)
    page = client.page(f"/contacts/{eclair}")
    assert page.one("a", **{"data-prev": ""})["href"] == f"/contacts/{dodo}"
    assert page.one("a", **{"data-next": ""})["href"] == f"/contacts/{fanal}"
    assert not client.page(f"/contacts/{dodo}").all("a", **{"data-prev": ""})


def test_a_person_of_a_company_begins_with_its_address_and_language(do: Do, client: Client) -> None:
    """U-C9."""

    def make(session: Session) -> int:
        company = make_contact(session, "Long Ltd", address="1, rue Longue", city="Laval", language="fr-CA")
        return make_person(session, "Ada Long", company).id

    text = client.page(f"/contacts/{do(make)}").main.text
    assert "1, rue Longue" in text and "Laval" in text and "French (Canada)" in text


def test_every_kind_of_card_has_notes(do: Do, client: Client) -> None:
    """U-C10: of several lines, and of this card alone."""
    family = do(make_family)
    for card in (family.contact, *family.parties):
        address = f"/{card.KIND.replace('_', '-')}s/{card.id}"
        client.submit(f"{address}/notes/edit", {"notes": f"First line\nabout {card.no}"})
    for card in (family.contact, *family.parties):
        notes = client.page(f"/{card.KIND.replace('_', '-')}s/{card.id}").one(
            id=f"{card.KIND}-{card.id}-notes"
        )
        assert f"First line about {card.no}" in notes.text
        # The style keeps the lines of what was typed.
        assert notes.one("p", **{"class": "typed"}).raw_text == f"First line\nabout {card.no}"
        assert not [
            other for other in family.linked if f"about {other.no}" in notes.text and other is not card
        ]


def test_hints_stand_in_the_page_and_belong_to_their_field(do: Do, client: Client) -> None:
    """U-C12: never only in a title that needs a mouse."""
    contact = do(lambda session: make_contact(session).id)
    page = client.page(f"/contacts/{contact}/communication/edit")
    for name in ("phone", "email", "website"):
        field = page.one("input", name=name)
        assert "title" not in field.attrs
        (hint,) = [ref for ref in field["aria-describedby"].split() if ref.endswith("-hint")]
        assert page.one(id=hint).text.startswith("Like ")


def test_show_all_lists_every_match_and_keeps_what_was_typed(do: Do, client: Client) -> None:
    """U-T5: the suggestions end with the way to the whole list, which names the typed text."""

    def many(session: Session) -> None:
        for number in range(12):
            make_vendor(session, f"Mill {number:02}", linked=False)

    do(many)
    options = client.fragment("/lookup/unlinked-vendors?q=mill").all(role="option")
    assert len(options) < 13
    (way,) = [option["data-all"] for option in options if option.get("data-all")]
    assert "q=mill" in way
    assert [row.all("td")[1].text for row in client.fragment(way).all("tr")] == [
        f"Mill {n:02}" for n in range(12)
    ]


def test_the_address_of_a_list_is_the_view(do: Do, client: Client) -> None:
    """U-L5: search, filter and order are in it, whoever opens it."""

    def make(session: Session) -> None:
        for name, city in (
            ("Oak One", "Laval"),
            ("Oak Two", "Laval"),
            ("Oak Three", "Granby"),
            ("Elm", "Laval"),
        ):
            make_contact(session, name, city=city)

    do(make)
    assert names(client, "/contacts?q=oak&city=Laval&sort=-name") == ["Oak Two", "Oak One"]
    assert names(Client(client.app, role="reader"), "/contacts?q=oak&city=Laval&sort=-name") == [
        "Oak Two",
        "Oak One",
    ]


def test_cards_that_are_equal_in_the_sorted_column_keep_one_order(do: Do, client: Client) -> None:
    """U-L7: that in which they were made, whichever way the column is sorted."""

    def make(session: Session) -> None:
        for name in ("Oak", "Elm", "Ash"):
            make_contact(session, name, city="Laval")

    do(make)
    assert names(client, "/contacts?sort=city") == ["Oak", "Elm", "Ash"]
    assert names(client, "/contacts?sort=-city") == ["Ash", "Elm", "Oak"]
