"""Possible duplicates on the pages: named while a card is typed, with the reason and a link, never refused."""

from typing import Any

import pytest
from sqlalchemy import func, select

from blueprints.common import access, pages
from models import MODELS, Office
from tests.privacy.support import ADDRESSES, Do, make
from tests.records.conftest import KINDS
from tests.support import factories
from tests.support.client import HTMX, Client
from tests.support.pages import Page

TYPED = {"name": "Blauer See Delikatesen", "city": "Mannheim", "phone": "0621-08460"}
STORED = {"city": "Mannheim", "phone": "0621-08460"}


def new_url(kind: str) -> str:
    return f"/{ADDRESSES[kind]}/new"


def count(do: Do, kind: str) -> int:
    return int(do(lambda session: session.scalar(select(func.count()).select_from(MODELS[kind]))))


def hint(client: Client, kind: str, typed: dict[str, Any], status: int = 200) -> Page:
    """The piece that the page of a new card asks for while it is typed."""
    url = f"{new_url(kind)}/duplicates"
    sent = {"csrf_token": client.csrf_token, **typed}
    return client.read(client.post(url, sent, headers=HTMX), url, status)


@pytest.mark.parametrize("kind", KINDS)
def test_creating_shows_what_the_card_looks_like_and_makes_it_when_sent_again(
    do: Do, way: Client, kind: str
) -> None:
    """C7, U-X7: the reasons and a link to the card in a new tab; one more click, and everything typed stays."""
    card = make(do, factories.make_card, kind, "Blauer See Delikatessen", **STORED)
    form = way.page(new_url(kind)).form(of="once")
    page = way.read(way.send(form, TYPED), form.action, 200)
    assert count(do, kind) == 1
    link = page.one("a", href=f"/{ADDRESSES[kind]}/{card.id}")
    assert card.no in link.text and link["target"] == "_blank"
    box = page.one(id="duplicates")
    assert "97" in box.text and "autofocus" in box.attrs
    assert ("same phone" if way.language == "en" else "même téléphone") in box.text
    again = page.form(of="once")
    assert again.values["known"] == [f"{kind}-{card.id}"]
    for name, value in TYPED.items():
        assert again.values[name] == [value]
    made = way.read(way.send(again), form.action, 303)
    assert "Blauer See Delikatesen" in made.title and count(do, kind) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_while_typing_the_hint_comes_by_itself_and_costs_no_click(do: Do, either: Client, kind: str) -> None:
    """U-X7: the form sends along what was shown; other matches than those are shown first."""
    card = make(do, factories.make_card, kind, "Blauer See Delikatessen", **STORED)
    form = either.page(new_url(kind)).form(of="once")
    box = either.page(new_url(kind)).one(id="duplicates")
    assert (box["hx-post"], box["aria-live"]) == (f"{new_url(kind)}/duplicates", "polite")
    assert hint(either, kind, {"name": "Nobody", "credit_limit": "x"}).text == ""
    piece = hint(either, kind, {**TYPED, "credit_limit": "x", "no": "\0"})
    assert card.no in piece.text
    known = piece.one("input", name="known")["value"]
    other = make(do, factories.make_card, kind, "Other", email="a@example.com")
    sent = form.filled(TYPED) | {"known": known}
    page = either.read(either.post(form.action, sent | {"email": "a@example.com"}), form.action, 200)
    assert other.no in page.one(id="duplicates").text
    either.read(either.post(form.action, sent), form.action, 303)
    assert count(do, kind) == 3


def test_faulty_values_come_first_and_duplicates_stand_beside_them(do: Do, client: Client) -> None:
    """C7: 422 shows both, so that the corrected form is made at once."""
    make(do, factories.make_customer, "Blauer See Delikatessen", **STORED)
    form = client.page(new_url("customer")).form(of="once")
    for wrong in ({"email": "nobody"}, {"credit_limit": "much"}):
        page = client.read(client.send(form, {**TYPED, **wrong}), form.action, 422)
        assert page.errors.keys() == wrong.keys() and page.one(id="duplicates").all("a")
    client.read(client.send(page.form(of="once"), {"credit_limit": ""}), form.action, 303)


def test_the_same_form_twice_is_not_its_own_duplicate(do: Do, client: Client) -> None:
    """R-CON-3: it leads to the card that it made."""
    form = client.page(new_url("customer")).form(of="once")
    answers = [client.send(form, TYPED) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location and count(do, "customer") == 1


def test_a_contact_that_is_there_leads_to_making_the_party_from_it(do: Do, either: Client) -> None:
    """C7: a new customer would bring a second contact."""
    contact = make(do, factories.make_contact, "Blauer See Delikatessen", **STORED)
    piece = hint(either, "customer", TYPED)
    assert f"/contacts/{contact.id}/create-as/customer" in piece.links
    assert contact.no in piece.text


@pytest.mark.parametrize("kind", KINDS)
def test_editing_says_which_card_the_changed_fields_resemble(do: Do, either: Client, kind: str) -> None:
    """C7, U-X7: linked or not; fields that are not changed say nothing."""
    other = make(do, factories.make_card, kind, "Boulangerie Roy", phone="514 555-0100")
    card = make(do, factories.make_card, kind, "Boulangerie Côté", phone="514 555-0100")
    url = f"/{ADDRESSES[kind]}/{card.id}/communication"
    edit = either.piece(f"{url}/edit")
    assert edit.one(css="also")["hx-post"] == f"{url}/changes"

    def said(typed: dict[str, str]) -> str:
        sent = edit.form(of="seen").filled(typed)
        return either.read(either.post(f"{url}/changes", sent, headers=HTMX), f"{url}/changes", 200).text

    assert said({"fax": "1 23"}) == said({"phone": "514 555-9999"}) == ""
    assert other.no in said({"phone": "5145550100"}) and other.no in said({"mobile": "514.555.0100"})
    either.submit(f"{url}/edit", {"mobile": "514.555.0100"}, of="seen")


def test_the_hint_has_the_limit_of_searches(client: Client) -> None:
    """R-WEB-9: a page asks for it with every pause in typing."""
    for kind in KINDS:
        assert access.RULES[f"{pages.WORDS[kind]}.duplicates"].limit == "search"


def test_the_office_says_how_alike_names_are(client_of: Any, do: Do) -> None:
    """C7: from 50 to 100 per cent."""
    admin = client_of("admin")
    for wrong in ("49", "101", "", "x"):
        page = admin.submit("/settings/contacts", {"duplicate_percent": wrong}, 422)
        assert "duplicate_percent" in page.errors
    admin.submit("/settings/contacts", {"duplicate_percent": "60"})
    assert do(lambda session: session.get_one(Office, 1).duplicate_percent) == 60
