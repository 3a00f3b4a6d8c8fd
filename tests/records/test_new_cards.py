"""New cards by hand: the four kinds, in two languages (C4, L7, N1, N2, N4, R-CON-3)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from models import MODELS, Contact, NumberSeries, Office
from tests.privacy.support import ADDRESSES, PARTIES, Do, make, stored
from tests.records.conftest import KINDS
from tests.support import factories
from tests.support.client import Client
from tests.support.threads import read

IBAN = "FR14 2004 1010 0505 0001 3M02 606"
# What is typed on the page of a new card, besides the name.
TYPED: dict[str, dict[str, str]] = {
    "contact": {"type": "company", "vat_no": "", "mobile": "06 1", "website": "https://example.com"},
    "customer": {
        "contact_type": "company",
        "payment_terms_id": "2",
        "payment_method": "card",
        "tax_group_id": "1",
    },
    "vendor": {"our_account_no": "A-7", "iban": IBAN, "bic": "PSSTFRPPXXX", "payment_terms_id": "1"},
    "bank_account": {"label": "Main", "account_no": "77-1", "iban": IBAN, "account_currency": "EUR"},
}
COMMON = {
    "name": "Élan Vital",
    "phone": "04 72 1",
    "email": "a@example.com",
    "address": "1 rue A",
    "city": "Lyon",
}


def new_url(kind: str) -> str:
    return f"/{ADDRESSES[kind]}/new"


def count(do: Do, kind: str) -> int:
    return int(do(lambda session: session.scalar(select(func.count()).select_from(MODELS[kind]))))


def only(do: Do, kind: str) -> Any:
    return do(lambda session: session.scalars(select(MODELS[kind])).one())


def set_office(do: Do, **values: Any) -> None:
    def write(session: Any) -> None:
        for name, value in values.items():
            setattr(session.get_one(Office, 1), name, value)

    do(write)


def exhaust(do: Do, kind: str) -> str:
    """Leave the series of a kind without a number; returns its code."""

    def write(session: Any) -> str:
        series = session.get_one(NumberSeries, session.get_one(Office, 1).series_id(kind))
        series.lines[0].pattern = "X{9}"
        session.flush()
        factories.make_card(session, kind)
        return str(series.code)

    return str(do(write))


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_card_is_filled_saved_and_opened(do: Do, way: Client, kind: str) -> None:
    """N1: the next number; 303 to the card in every way, for creating forms carry no hx attributes."""
    form = way.page(new_url(kind)).form(of="once")
    assert "hx-post" not in form.node.attrs
    typed = {**COMMON, **TYPED[kind]}
    page = way.read(way.send(form, typed), form.action, 303)
    card = only(do, kind)
    assert page.url == f"/{ADDRESSES[kind]}/{card.id}"
    assert "Élan Vital" in page.title and card.no in page.text
    assert (card.name, card.city, card.phone, card.email) == (
        "Élan Vital",
        "Lyon",
        "04 72 1",
        "a@example.com",
    )
    for name, value in TYPED[kind].items():
        found = getattr(card, name)
        assert str(found if found is not None else "").replace(" ", "") == value.replace(" ", ""), name
    if kind != "contact":
        contact = only(do, "contact")
        assert (contact.name, contact.city) == ("Élan Vital", "Lyon")
        assert contact.no in page.text and contact.no in page.one(id="in-step").text


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_says_whether_a_contact_comes_with_it(do: Do, either: Client, kind: str) -> None:
    """L7: with the code, the series or the switch absent, the page before and the card afterwards say why."""
    if kind == "contact":
        return
    said = {either.page(new_url(kind)).main.text}
    before = do(
        lambda session: {
            name: getattr(session.get_one(Office, 1), name)
            for name in ("contact_series_id", f"{kind}_code_id")
        }
    )
    for missing in ({f"{kind}_code_id": None}, {"contact_series_id": None}, {"create_contacts": False}):
        set_office(do, **{**before, "create_contacts": True, **missing})
        page = either.page(new_url(kind))
        said.add(page.main.text)
        made = either.read(
            either.send(page.form(of="once"), {"name": f"Alone {len(said)}"}), new_url(kind), 303
        )
        panel = made.one(id="in-step").text
        said.add(panel)
        assert not made.one(id="in-step").all("strong")
    assert len(said) == 1 + 3 + 3
    assert count(do, kind) == 3 and count(do, "contact") == 0


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_values_are_told_and_nothing_is_made(do: Do, either: Client, kind: str) -> None:
    """422: every wrong field at once, everything typed stays, and no number is used up."""
    form = either.page(new_url(kind)).form(of="once")
    typed = {**COMMON, "name": "", "email": "nobody", "phone": "ring", "city": "x" * 51}
    page = either.read(either.send(form, typed), form.action, 422)
    assert page.errors.keys() == {"name", "email", "phone", "city"}
    again = page.form(of="once")
    for name, value in typed.items():
        assert again.values[name] == [value]
    assert again.values["once"] == form.values["once"]
    assert "autofocus" in page.one(role="alert", css="summary").attrs
    either.read(either.send(again, COMMON), form.action, 303)
    card = only(do, kind)
    assert card.no.endswith("1") and card.name == "Élan Vital"


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_form_sent_twice_makes_one_card(do: Do, client: Client, app: Flask, kind: str) -> None:
    """R-CON-3: the same again leads to the same card; other content is 409; a new form makes another."""
    form = client.page(new_url(kind)).form(of="once")
    first = client.send(form, COMMON)
    second = client.send(form, COMMON)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location and count(do, kind) == 1
    other = client.send(form, {**COMMON, "city": "Nice"})
    assert other.status_code == 409 and count(do, kind) == 1
    client.send(client.page(new_url(kind)).form(of="once"), {"name": "Another"})
    assert count(do, kind) == 2


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", KINDS)
def test_a_double_click_makes_one_card(do: Do, app: Flask, kind: str) -> None:
    """R-CON-3 in parallel: both are answered 303, to the same card."""
    import threading

    client = Client(app, role="clerk")
    form = client.page(new_url(kind)).form(of="once")
    answers: list[Any] = []

    def click() -> None:
        twin = Client(app)
        twin.cookie = client.cookie
        answers.append(twin.send(form, COMMON))

    threads = [threading.Thread(target=click) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert len({answer.location for answer in answers}) == 1
    assert count(do, kind) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_typed_number_is_taken_when_the_series_allows_it(do: Do, either: Client, kind: str) -> None:
    """N2: 422 at the number otherwise, naming the series or the number."""
    form = either.page(new_url(kind)).form(of="once")
    either.read(either.send(form, {"name": "A", "no": "OWN-1"}), form.action, 303)
    assert only(do, kind).no == "OWN-1"
    form = either.page(new_url(kind)).form(of="once")
    page = either.read(either.send(form, {"name": "B", "no": "OWN-1"}), form.action, 422)
    assert "OWN-1" in page.errors["no"]
    code = do(lambda session: _manual_off(session, kind))
    form = either.page(new_url(kind)).form(of="once")
    page = either.read(either.send(form, {"name": "B", "no": "OWN-2"}), form.action, 422)
    assert page.errors.keys() == {"no"} and code in page.errors["no"]


def _manual_off(session: Any, kind: str) -> str:
    series = session.get_one(NumberSeries, session.get_one(Office, 1).series_id(kind))
    series.manual = False
    return str(series.code)


@pytest.mark.parametrize("kind", KINDS)
def test_an_exhausted_series_is_409_with_a_link_to_its_settings(
    do: Do, client_of: Callable[..., Client], kind: str
) -> None:
    """N4: the sentence names the series; what was typed stays; a typed number still works."""
    code = exhaust(do, kind)
    for role, language in (("admin", "en"), ("clerk", "fr")):
        client = client_of(role, language=language)
        form = client.page(new_url(kind)).form(of="once")
        page = client.read(client.send(form, COMMON), form.action, 409)
        assert code in page.main.text
        assert ("/settings/number-series" in page.links) == (role == "admin")
        again = page.form(of="once")
        assert again.values["city"] == ["Lyon"]
    client.read(
        client.send(again, {**COMMON, "no": "OWN-9"}), again.action, 303 if kind == "contact" else 303
    )
    assert count(do, kind) == 2


@pytest.mark.parametrize("kind", PARTIES)
def test_an_exhausted_series_of_contacts_refuses_the_party(do: Do, client: Client, kind: str) -> None:
    """L7, N4: and only that; then neither of the two is made."""
    code = exhaust(do, "contact")
    form = client.page(new_url(kind)).form(of="once")
    page = client.read(client.send(form, COMMON), form.action, 409)
    assert code in page.main.text
    assert count(do, kind) == 0 and count(do, "contact") == 1


def test_a_new_contact_starts_with_the_offices_defaults(do: Do, either: Client) -> None:
    """C4: language and country of the office, the user as salesperson; each can be changed."""
    form = either.page(new_url("contact")).form(of="once")
    assert (form.values["language"], form.values["country"], form.values["salesperson_id"]) == (
        ["en"],
        ["CA"],
        ["2"],
    )
    either.read(either.send(form, {"name": "A", "country": "", "salesperson_id": ""}), form.action, 303)
    contact: Contact = only(do, "contact")
    assert (contact.language, contact.country, contact.salesperson_id) == ("en", "", None)


@pytest.mark.parametrize("kind", ["customer", "vendor"])
def test_a_contact_person_typed_with_a_party_becomes_a_person(do: Do, either: Client, kind: str) -> None:
    """L7: the primary contact, with the title as job title."""
    form = either.page(new_url(kind)).form(of="once")
    typed = {"name": "Nord SA", "contact_person": "Bo Lind", "contact_person_title": "Buyer"}
    page = either.read(either.send(form, typed), form.action, 303)
    person = do(lambda session: session.scalars(select(Contact).where(Contact.type == "person")).one())
    assert (person.name, person.job_title) == ("Bo Lind", "Buyer")
    assert only(do, kind).primary_contact_id == person.id and "Bo Lind" in page.main.text


def test_a_person_is_made_for_a_company(do: Do, either: Client) -> None:
    """C1, C3: “new person” on the company's card comes with the company chosen."""
    company = make(do, factories.make_contact, "Company Ltd", phone="1 23", city="Lyon")
    page = either.page(f"/contacts/{company.id}")
    (link,) = {url for url in page.links if url.startswith("/contacts/new?")}
    form = either.page(link).form(of="once")
    assert form.values["type"] == ["person"] and form.values["company_id"] == [str(company.id)]
    either.read(either.send(form, {"name": "Ada King Lovelace"}), form.action, 303)
    person = do(lambda session: session.scalars(select(Contact).where(Contact.type == "person")).one())
    assert (person.company_id, person.phone, person.city) == (company.id, "1 23", "Lyon")
    assert (person.first_name, person.middle_name, person.last_name) == ("Ada", "King", "Lovelace")


@pytest.mark.parametrize("kind", PARTIES)
def test_the_contact_of_a_party_is_made_afterwards(do: Do, either: Client, kind: str) -> None:
    """S10: an unlinked card offers it; a linked one says that it has one (409)."""
    party = make(do, factories.make_party, kind, "Late SA", linked=False, city="Metz")
    url = f"/{ADDRESSES[kind]}/{party.id}/contact"
    assert url in either.page(f"/{ADDRESSES[kind]}/{party.id}").links
    page = either.read(either.send(either.page(url).form(of="once")), url, 303)
    contact = only(do, "contact")
    assert (contact.name, contact.city) == ("Late SA", "Metz")
    assert contact.no in page.one(id="in-step").text
    assert stored(do, kind, party.id).version == 1
    refused = either.page(url)
    assert contact.no in refused.main.text and not refused.main.all("form")
    assert either.post(url, {"csrf_token": either.csrf_token}).status_code == 409
    assert read(either.app, lambda session: session.scalar(select(func.count()).select_from(Contact))) == 1
