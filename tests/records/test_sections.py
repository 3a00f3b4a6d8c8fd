"""Cards shown, edited in place and saved: four kinds, two languages, with and without htmx (S3 to S6, S11)."""

from collections.abc import Callable
from typing import Any

import pytest

from models import MODELS
from services import deletion, sync
from tests.privacy.support import ADDRESSES, PARTIES, Do, change, links, make, stored, values
from tests.records.conftest import KINDS
from tests.support import factories
from tests.support.client import Client
from tests.support.pages import Page

# The sections of each kind and their fields, typed out a second time on purpose.
ADDRESS = ("address", "address2", "post_code", "city", "region", "country")
COMMUNICATION = ("phone", "mobile", "fax", "email", "website")
SECTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "contact": {
        "general": (
            "no",
            "type",
            "name",
            "name2",
            "language",
            "salesperson_id",
            "currency",
            "vat_no",
            "registration_no",
        ),
        "address": ADDRESS,
        "communication": ("phone", "mobile", "fax", "email", "email2", "website"),
        "notes": ("notes",),
    },
    "customer": {
        "general": ("no", "contact_type", "name", "name2", "language", "salesperson_id"),
        "address": ADDRESS,
        "communication": COMMUNICATION,
        "invoicing": (
            *("primary_contact_id", "contact_person", "contact_person_title", "currency", "vat_no"),
            *("registration_no", "tax_group_id", "blocked"),
        ),
        "payments": ("payment_terms_id", "payment_method", "credit_limit"),
        "notes": ("notes",),
    },
    "vendor": {
        "general": ("no", "name", "name2", "language", "purchaser_id"),
        "address": ADDRESS,
        "communication": COMMUNICATION,
        "invoicing": (
            *("primary_contact_id", "contact_person", "contact_person_title", "currency", "vat_no"),
            *("registration_no", "our_account_no", "blocked"),
        ),
        "payments": ("payment_terms_id", "payment_method", "iban", "bic"),
        "notes": ("notes",),
    },
    "bank_account": {
        "general": ("no", "label", "name", "name2", "language", "our_user_id"),
        "bank": ("bank_branch_no", "account_no", "iban", "bic", "account_currency", "blocked"),
        "address": ADDRESS,
        "communication": COMMUNICATION,
        "notes": ("notes",),
    },
}
PERSON = ("title", "first_name", "middle_name", "last_name", "job_title", "company_id", "birth_date", "minor")
# What is typed into a field, and what is stored; typed in the formats of both languages alike.
TYPED: dict[str, tuple[str, Any]] = {
    "no": ("OWN-77", "OWN-77"),
    "name": ("Élan Vital", "Élan Vital"),
    "name2": ("Second", "Second"),
    "language": ("fr-CA", "fr-CA"),
    "salesperson_id": ("1", 1),
    "purchaser_id": ("1", 1),
    "our_user_id": ("1", 1),
    "currency": ("EUR", "EUR"),
    "vat_no": ("FR 40 303 265 045", "FR40303265045"),
    "registration_no": ("732 829 320", "732829320"),
    "address": ("1, rue Neuve", "1, rue Neuve"),
    "address2": ("Bât. B", "Bât. B"),
    "post_code": ("69001", "69001"),
    "city": ("Lyon", "Lyon"),
    "region": ("Rhône", "Rhône"),
    "country": ("FR", "FR"),
    "phone": ("04 72 00 00 01", "04 72 00 00 01"),
    "mobile": ("06 00 00 00 02", "06 00 00 00 02"),
    "fax": ("04 72 00 00 03", "04 72 00 00 03"),
    "email": ("office@example.com", "office@example.com"),
    "email2": ("second@example.com", "second@example.com"),
    "website": ("https://example.com/a", "https://example.com/a"),
    "contact_person": ("Bo Lind", "Bo Lind"),
    "contact_person_title": ("Buyer", "Buyer"),
    "tax_group_id": ("1", 1),
    "our_account_no": ("A-1", "A-1"),
    "payment_terms_id": ("2", 2),
    "payment_method": ("transfer", "transfer"),
    "iban": ("FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606"),
    "bic": ("psstfrppxxx", "PSSTFRPPXXX"),
    "label": ("Main", "Main"),
    "bank_branch_no": ("01234", "01234"),
    "account_no": ("77-1", "77-1"),
    "account_currency": ("CAD", "CAD"),
    "notes": ("Two\r\nlines", "Two\nlines"),
}
FAULTS = [
    ("communication", "email", "nobody"),
    ("communication", "phone", "call me"),
    ("communication", "website", "javascript:alert(1)"),
    ("address", "city", "x" * 51),
    ("address", "country", "XX"),
    ("general", "name", ""),
    ("general", "name", "x" * 101),
    ("general", "name2", "bad\u202etext"),
    ("notes", "notes", "x" * 10_001),
]


def a_card(do: Do, kind: str, **typed: Any) -> Any:
    return make(do, factories.make_card, kind, "First", country="FR", **typed)


def card_url(card: Any) -> str:
    return f"/{ADDRESSES[card.KIND]}/{card.id}"


def edit_url(card: Any, section: str) -> str:
    return f"{card_url(card)}/{section}/edit"


def piece_id(card: Any, section: str) -> str:
    return f"{card.KIND}-{card.id}-{section}"


# -- shown ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_has_its_sections_and_every_value(do: Do, either: Client, kind: str) -> None:
    card = a_card(do, kind, city="Lyon", phone="04 72 00 00 01", notes="A note")
    page = either.page(card_url(card))
    assert "First" in page.title and card.no in page.one("title").text
    for section in SECTIONS[kind]:
        piece = page.one(id=piece_id(card, section))
        assert piece.all("a", href=edit_url(card, section)), section
    for value in ("Lyon", "04 72 00 00 01", "A note", card.no):
        assert value in page.main.text
    assert not page.main.all("section", id=piece_id(card, "person"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_section_alone_is_the_same_piece_as_on_the_page(do: Do, either: Client, kind: str) -> None:
    """One function makes a piece for both the full page and the fragment; Cancel brings it back."""
    card = a_card(do, kind, city="Lyon")
    either.htmx = True
    for section in SECTIONS[kind]:
        whole = either.page(card_url(card)).one(id=piece_id(card, section))
        alone = either.fragment(f"{card_url(card)}/{section}")
        assert len([node for node in alone.root.children if not isinstance(node, str)]) == 1
        assert alone.one(id=piece_id(card, section)).text == whole.text


@pytest.mark.parametrize("kind", KINDS)
def test_a_reader_sees_the_card_and_edits_nothing(do: Do, reader: Client, kind: str) -> None:
    card = a_card(
        do,
        kind,
        city="Lyon",
        **({"iban": "FR1420041010050500013M02606"} if kind in ("vendor", "bank_account") else {}),
    )
    page = reader.page(card_url(card))
    assert "Lyon" in page.main.text
    assert not page.main.all("form") and not [
        link for link in page.links if link.endswith(("/edit", "/new", "/delete"))
    ]
    assert "1420041010" not in page.markup and "2004 1010" not in page.markup


# -- edited and saved ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_section_is_edited_and_saved(do: Do, way: Client, kind: str) -> None:
    """Names of the form are the columns; the answer is the section read-only, or 303 to the card."""
    card = a_card(do, kind)
    for section, names in SECTIONS[kind].items():
        form = way.piece(edit_url(card, section)).form(of="seen")
        offered = [
            name for name in form.names if name not in ("csrf_token", "seen") and not name.endswith("_text")
        ]
        assert tuple(offered) == names, section
        typed = {name: TYPED[name][0] for name in names if name in TYPED}
        answer = way.submit(edit_url(card, section), typed, of="seen")
        if way.htmx:
            saved = answer.one(id=piece_id(card, section))
            assert not saved.all("form") and not answer.is_whole
            assert answer.all(id="card-aside") == [] and "hx-partial" in answer.markup
        else:
            assert answer.url.startswith(card_url(card))
        now = stored(do, kind, card.id)
        for name in typed:
            assert getattr(now, name) == TYPED[name][1], name
    assert stored(do, kind, card.id).updated_by == factories.BY


def test_the_person_section_belongs_to_persons(do: Do, either: Client) -> None:
    company = make(do, factories.make_contact, "Company Ltd", phone="1 23")
    person = make(do, factories.make_person, "Ada King")
    form = either.piece(edit_url(person, "person")).form(of="seen")
    assert (
        tuple(n for n in form.names if n not in ("csrf_token", "seen") and not n.endswith("_text")) == PERSON
    )
    typed = {
        "last_name": "Lovelace",
        "job_title": "Countess",
        "birth_date": "1915-12-10",
        "minor": "yes",
        "company_id_text": company.no,
    }
    either.submit(edit_url(person, "person"), typed, of="seen")
    now = stored(do, "contact", person.id)
    assert (now.name, now.job_title, now.company_id, now.minor) == (
        "Ada Lovelace",
        "Countess",
        company.id,
        True,
    )
    assert (now.birth_date.isoformat(), now.phone) == ("1915-12-10", "1 23")
    assert either.get(edit_url(company, "person")).status_code == 404
    assert "Ada Lovelace" in either.page(card_url(company)).main.text


@pytest.mark.parametrize("kind", KINDS)
def test_saving_without_a_change_writes_nothing(do: Do, either: Client, kind: str) -> None:
    """S3, R-CON-2, through every section's own form."""
    typed = {
        "phone": "04 72 00 00 01",
        "notes": "a\nb",
        "vat_no": "FR40303265045",
        "website": "https://example.com",
    }
    known = {name: value for name, value in typed.items() if name in MODELS[kind].__table__.columns}
    card = a_card(do, kind, **known)
    before = values(do, kind, card.id)
    for section in SECTIONS[kind]:
        either.submit(edit_url(card, section), {}, of="seen")
    assert values(do, kind, card.id) == before


@pytest.mark.parametrize(("section", "name", "wrong"), FAULTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_value_is_told_at_its_field_and_stays_typed(
    do: Do, client_of: Callable[..., Client], kind: str, section: str, name: str, wrong: str
) -> None:
    """422: the same form, the text as typed, the sentence at the field and in the summary, the focus on it."""
    card = a_card(do, kind, city="Lyon")
    before = values(do, kind, card.id)
    for language, htmx in (("en", False), ("fr", True)):
        client = client_of("clerk", language=language, htmx=htmx)
        other = {"general": "name2", "address": "region", "communication": "fax"}.get(section, name)
        typed = {other: "12", name: wrong} if other != name else {name: wrong}
        page = client.submit(edit_url(card, section), typed, 422, of="seen")
        assert page.errors.keys() == {name} and page.errors[name]
        form = page.form(of="seen")
        assert form.values[name] == [wrong] or form.node.one("select", name=name)
        if other != name:
            assert form.values[other] == ["12"]
        summary = page.one(role="alert", css="summary")
        assert "autofocus" in summary.attrs and summary.get("tabindex") == "-1"
        assert summary.one("a")["href"] == f"#{name}" and page.errors[name].endswith(summary.one("a").text)
        if not htmx:
            assert page.one("title").text.startswith("Error:" if language == "en" else "Erreur")
    assert values(do, kind, card.id) == before


# -- what else changes (S5, S10) -----------------------------------------------------------------------------


@pytest.fixture
def family(do: Do) -> factories.Family:
    """A company with a party of each kind, and one account more."""
    return make(do, factories.make_family)


@pytest.mark.parametrize("place", range(5))
def test_a_city_changed_on_any_card_is_on_the_four_others(
    do: Do, either: Client, family: factories.Family, place: int
) -> None:
    """S1, S2: seen on the cards themselves; the answer names them, and each has one more line of history."""
    card = family.linked[place]
    others = [other for other in family.linked if other is not card]
    edit = either.piece(edit_url(card, "address"))
    assert all(other.no in edit.text for other in others)
    answer = either.submit(edit_url(card, "address"), {"city": "Bonn"}, of="seen")
    said = (answer if either.htmx else either.page(card_url(card))).text if either.htmx else answer.text
    assert all(other.no in said for other in others)
    for other in family.linked:
        assert stored(do, other.KIND, other.id).city == "Bonn"
        page = either.page(card_url(other))
        assert "Bonn" in page.one(id=piece_id(other, "address")).text
    history = either.page(f"{card_url(others[0])}/history")
    assert history.text.count("Bonn") == 1 and card.no in history.main.text


@pytest.mark.parametrize("kind", ["contact", *PARTIES])
def test_the_form_says_what_else_a_save_will_change(
    do: Do, either: Client, family: factories.Family, kind: str
) -> None:
    """S5: asked with the values typed so far; nothing is written."""
    card = next(one for one in family.linked if kind == one.KIND)
    before = [values(do, one.KIND, one.id) for one in family.linked]
    form = either.piece(edit_url(card, "address")).form(of="seen")
    url = f"{card_url(card)}/address/changes"
    answer = either.read(
        either.post(
            url, form.filled({"city": "Bonn"}), headers={"HX-Request": "true", "HX-Request-Type": "partial"}
        ),
        url,
        200,
    )
    for other in family.linked:
        assert (other.no in answer.text) == (other is not card)
    assert "Lyon" in answer.text and "Bonn" in answer.text
    assert [values(do, one.KIND, one.id) for one in family.linked] == before


@pytest.mark.parametrize("kind", ["contact", *PARTIES])
def test_each_linked_card_shows_that_it_is_in_step(
    do: Do, either: Client, family: factories.Family, kind: str
) -> None:
    """S10: with whom, who changed it last, and from which card."""
    change(do, family.vendor, city="Nice")
    card = next(one for one in family.linked if kind == one.KIND)
    panel = either.page(card_url(card)).one(id="in-step")
    expected = family.parties if kind == "contact" else [family.contact]
    for other in expected:
        assert other.no in panel.text
    assert "Claude Clerk" in panel.text
    assert kind == "vendor" or family.vendor.no in panel.text
    assert len(panel.all("a")) >= len(expected)


@pytest.mark.parametrize("kind", ["contact", "customer", "vendor", "bank_account"])
def test_shared_fields_are_marked_on_linked_cards_alone(
    do: Do, either: Client, family: factories.Family, kind: str
) -> None:
    """The sign ⇄ stands at what linked cards share, and nowhere on a card without a link."""
    linked = next(one for one in family.linked if kind == one.KIND)
    alone = a_card(do, kind)
    for card, marked in ((linked, True), (alone, False)):
        page = either.page(card_url(card))
        address = page.one(id=piece_id(card, "address"))
        assert ("⇄" in address.text) == marked
        assert "⇄" not in page.one(id=piece_id(card, "notes")).text
    assert len(links(do)) == 4


# -- somebody saved meanwhile (S11, R-CON-1) --------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", ["mine", "theirs"])
def test_a_stale_form_shows_both_values_and_saves_the_chosen_one(
    do: Do, either: Client, family: factories.Family, kind: str, side: str
) -> None:
    """S11: 409 with both values for exactly those fields, the typed text kept, one click to take either."""
    card = next(one for one in family.linked if kind == one.KIND)
    form = either.piece(edit_url(card, "address")).form(of="seen")
    origin = family.customer if kind == "contact" else family.contact
    change(do, origin, city="Nice")
    page = either.read(either.send(form, {"city": "Metz", "region": "Lorraine"}), form.action, 409)
    assert "Metz" in page.text and "Nice" in page.text
    again = page.form(of="seen")
    choices = {node["name"] for node in again.node.all("input", type="radio")}
    assert choices == {"take_city"}
    assert again.values["region"] == ["Lorraine"]
    assert stored(do, kind, card.id).city == "Nice"
    either.read(either.send(again, {"take_city": side}), again.action, 200 if either.htmx else 303)
    for one in family.linked:
        now = stored(do, one.KIND, one.id)
        assert (now.city, now.region) == ("Metz" if side == "mine" else "Nice", "Lorraine")


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_deleted_meanwhile_is_404(do: Do, either: Client, kind: str) -> None:
    card = a_card(do, kind)
    form = either.piece(edit_url(card, "address")).form(of="seen")
    do(lambda session: deletion.delete(session, session.get_one(MODELS[kind], card.id), by=factories.BY))
    response = either.send(form, {"city": "Metz"})
    assert response.status_code == 404
    assert do(sync.mismatches) == []


def test_the_same_words_are_used_on_the_page_and_in_the_piece(
    do: Do, either: Client, family: factories.Family
) -> None:
    """A fragment never speaks another language than its page."""
    page: Page = either.page(card_url(family.contact))
    either.htmx = True
    piece = either.fragment(f"{card_url(family.contact)}/address")
    assert set(piece.root.texts) <= set(page.root.texts)
