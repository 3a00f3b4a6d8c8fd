"""Making cards by hand: what a person inherits, a form sent twice, and reasons told before anything is typed."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Contact, NumberSeries, Office
from services import links
from tests.privacy.support import Do, change, make, stored
from tests.support.client import Client
from tests.support.factories import BY, make_contact, make_customer, make_person

pytestmark = pytest.mark.both_databases


def only_person(do: Do) -> Contact:
    found: Contact = do(
        lambda session: session.scalars(select(Contact).where(Contact.type == "person")).one()
    )
    return found


def exhaust(session: Session, kind: str) -> None:
    """Leave the series of a kind of card without a number."""
    series_id = session.get_one(Office, 1).series_id(kind)
    for line in session.get_one(NumberSeries, series_id).lines:
        line.pattern = "X{9}"
    session.flush()


# -- a person of a company (C3, C4) -----------------------------------------------------------------


def test_what_the_form_offers_by_itself_gives_way_to_the_company(do: Do, client: Client) -> None:
    """C4: language, country and salesperson are the defaults unless inherited; the address comes as a block."""
    company = make(
        do,
        make_contact,
        "K",
        address="1 rue X",
        city="Paris",
        country="FR",
        language="fr-FR",
        salesperson_id=1,
    )
    form = client.page("/contacts/new").form(of="once")
    assert form.values["country"] == ["CA"] and form.values["salesperson_id"] == ["2"]
    typed = {"type": "person", "name": "Ada Example", "company_id_text": company.no}
    client.read(client.send(form, typed), form.action, 303)
    person = only_person(do)
    assert (person.address, person.city, person.country) == ("1 rue X", "Paris", "FR")
    assert (person.language, person.salesperson_id) == ("fr-FR", 1)


def test_what_was_typed_stays_the_persons_own(do: Do, client: Client) -> None:
    """C3: only where its own value is empty; one line of an address keeps the whole block away."""
    company = make(do, make_contact, "K", address="1 rue X", city="Paris", country="FR", language="fr-FR")
    client.submit(
        "/contacts/new",
        {
            "type": "person",
            "name": "Ada Example",
            "company_id_text": company.no,
            "city": "Laval",
            "language": "de",
        },
        of="once",
    )
    person = only_person(do)
    assert (person.address, person.city, person.country, person.language) == ("", "Laval", "CA", "de")


def test_defaults_fill_what_the_company_has_not(do: Do, client: Client) -> None:
    """C4: a company without language or salesperson leaves the office's."""
    company = make(do, make_contact, "K", city="Paris")
    url = f"/contacts/new?type=person&company_id={company.id}"
    client.submit(url, {"name": "Ada Example"}, of="once")
    person = only_person(do)
    assert (person.city, person.country, person.language, person.salesperson_id) == ("Paris", "", "en", 2)


# -- the once-only token (R-CON-3) --------------------------------------------------------------------


@pytest.mark.parametrize("once", ["\0", "a" * 65, "é" * 20, "<x>", "a b"])
def test_a_token_that_no_form_has_is_refused(do: Do, client: Client, once: str) -> None:
    """R-CON-3: the same answer on both databases, the second time too, and nothing made."""
    sent = {"csrf_token": client.csrf_token, "once": once, "name": "A"}
    assert [client.post("/contacts/new", sent).status_code for _ in range(2)] == [400, 400]
    assert do(lambda session: session.scalars(select(Contact)).all()) == []


def test_the_same_form_again_makes_nothing_more(do: Do, client: Client) -> None:
    """R-CON-3: same content leads to the same card, other content is refused."""
    form = client.page("/customers/new").form(of="once")
    first, second = (client.send(form, {"name": "Once Ltd"}) for _ in range(2))
    assert (first.status_code, first.location) == (303, second.location)
    client.read(client.send(form, {"name": "Other Ltd"}), form.action, 409)
    assert len(do(lambda session: session.scalars(select(Contact)).all())) == 1


# -- a refusal is told before the form (N4) ------------------------------------------------------------


@pytest.mark.parametrize("kind", ["customer", "vendor", "bank_account"])
@pytest.mark.parametrize("why", ["missing", "exhausted"])
def test_without_a_number_nothing_is_made_from_a_contact(
    do: Do, client_of: Callable[..., Client], kind: str, why: str
) -> None:
    """N4: the GET says why and has no form, the POST is 409 and leads to the settings."""
    client = client_of("admin")
    contact = make(do, make_contact)

    def unset(session: Session) -> None:
        setattr(session.get_one(Office, 1), f"{kind}_series_id", None)

    do(unset if why == "missing" else lambda session: exhaust(session, kind))
    if why == "exhausted":
        make_last = {"csrf_token": client.csrf_token, "name": "Last Ltd"}
        assert client.post(f"/{kind.replace('_', '-')}s/new", make_last).status_code == 303
    url = f"/contacts/{contact.id}/create-as/{kind.replace('_', '-')}"
    page = client.page(url)
    assert page.main.all("form") == [] and "/settings/number-series" in page.links
    page = client.read(client.post(url, {"csrf_token": client.csrf_token}), url, 409)
    assert "series" in page.text and "/settings/number-series" in page.links


def test_without_a_number_a_party_gets_no_contact(do: Do, client_of: Callable[..., Client]) -> None:
    """N4, S10: the page behind “Make its contact” names the exhausted series."""
    client = client_of("admin")
    party = make(do, make_customer, "Alone", linked=False)
    do(lambda session: exhaust(session, "contact"))
    make(do, make_contact, "Last")
    url = f"/customers/{party.id}/contact"
    page = client.page(url)
    assert page.main.all("form") == [] and "no number left" in page.text
    client.read(client.post(url, {"csrf_token": client.csrf_token}), url, 409)


def test_a_contact_whose_values_do_not_fit_says_which(do: Do, client: Client) -> None:
    """S6: a tax number of another country refuses the customer with its own sentence."""
    contact = make(do, make_contact, "K", country="US", vat_no="AB 12")
    change(do, contact, country="CA")
    page = client.submit(f"/contacts/{contact.id}/create-as/customer", {}, 422)
    assert "Canadian tax number" in page.text
    assert stored(do, "customer", 1) is None


@pytest.mark.parametrize("typed", ["9" * 13, "-" + "9" * 13, "9" * 38])
def test_an_amount_too_great_to_keep_is_refused_at_its_field(do: Do, client: Client, typed: str) -> None:
    """R-MON-1: 422 on both databases."""
    customer = make(do, make_customer)
    page = client.submit(f"/customers/{customer.id}/payments/edit", {"credit_limit": typed}, 422, of="seen")
    assert "at most 12 digits" in page.errors["credit_limit"]
    client.submit(f"/customers/{customer.id}/payments/edit", {"credit_limit": "9" * 12}, of="seen")
    assert stored(do, "customer", customer.id).credit_limit == 999_999_999_999


# -- how values are shown ----------------------------------------------------------------------------


def test_an_address_is_only_an_address_in_the_mail_program(do: Do, client: Client) -> None:
    """R-WEB-4: a question mark in an e-mail address opens no further fields of a message."""
    card = make(do, make_contact, "A Ltd", email="a?cc=b&body=c@example.com", phone="514 555-0100 ext. 12")
    found = [
        link["href"] for link in client.page(f"/contacts/{card.id}").main.all("a") if ":" in link["href"]
    ]
    assert found == ["tel:514%20555-0100%20ext.%2012", "mailto:a%3Fcc%3Db%26body%3Dc@example.com"]


def test_names_of_another_script_keep_to_themselves(do: Do, client: Client) -> None:
    """R-TXT-2: a name inside a sentence stands in <bdi>."""
    company = make(do, make_contact, "שלום Ltd")
    person = make(do, make_person, "ada Example", company)
    for url in (f"/contacts/{person.id}/create-as/customer", f"/contacts/{person.id}/link/customer"):
        notice = client.page(url).main.one(css="notice")
        assert [node.text for node in notice.all("bdi")] == ["ada Example", "שלום Ltd"]


def test_a_section_says_before_that_persons_follow(do: Do, client: Client) -> None:
    """S5: also without JavaScript, on the company and on its customer, for the fields that are inherited."""
    company = make(do, make_contact, "K", phone="1")
    make(do, make_person, "Ada Example", company)
    said = "The company's persons who have the same value follow."
    for section, follows in (("communication", True), ("address", True), ("notes", False)):
        page = client.page(f"/contacts/{company.id}/{section}/edit")
        assert (said in page.text) == follows
    customer = do(
        lambda session: links.create_as(session, session.get(Contact, company.id), "customer", by=BY)
    ).record
    text = client.page(f"/customers/{customer.id}/communication/edit").text
    assert "is also changed on contact CT000001" in text and said in text
    assert said not in client.page(f"/customers/{customer.id}/payments/edit").text


def test_a_website_leaves_nothing_of_carnet_behind(do: Do, client: Client) -> None:
    """R-WEB-5: a link out of a card tells the other site nothing."""
    card = make(do, make_contact, "A Ltd", website="https://example.com")
    link = client.page(f"/contacts/{card.id}").main.one("a", href="https://example.com")
    assert link["rel"] == "noopener noreferrer"
    client.page(f"/contacts/{card.id}/communication/edit")


def test_a_clerk_learns_who_can_help(do: Do, client: Client) -> None:
    """N4: 409 with the sentence, everything typed kept, and no link to a page that a clerk may not open."""
    do(lambda session: exhaust(session, "contact"))
    make(do, make_contact, "Last")
    page = client.submit("/customers/new", {"name": "Typed Ltd", "phone": "555"}, 409, of="once")
    assert "no number left" in page.one(css="summary").text
    assert "An administrator can change this in the settings." in page.main.text
    assert page.form(of="once").values["phone"] == ["555"]
