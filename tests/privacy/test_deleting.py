"""Deleting: what goes, what stays, what is emptied, and who may (D1, D2, D4, D5, D7)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import RelationCode
from services import links as linking
from tests.privacy.support import (
    ADDRESSES,
    PARTIES,
    Do,
    change,
    delete_url,
    linked_contact,
    links,
    make,
    stored,
    values,
)
from tests.support.client import Client
from tests.support.factories import BY, make_contact, make_family, make_party, make_person


def test_deleting_a_contact_leaves_its_parties(do: Do, client: Client) -> None:
    """D1: the contact and its links go; customer, vendor and bank accounts stay, unchanged."""
    family = do(make_family)
    before = [values(do, party.KIND, party.id) for party in family.parties]
    page = client.page(delete_url(family.contact))
    assert "Only the contact is deleted." in page.text
    assert "Customer C00001, vendor V00001, bank account B00001 and bank account B00002 stay." in page.text
    after = client.submit(delete_url(family.contact), {})
    assert after.one("h1").text == "Contacts"
    assert "Contact CT000001 is in the bin." in after.text
    assert stored(do, "contact", family.contact.id) is None
    assert links(do) == set()
    assert [values(do, party.KIND, party.id) for party in family.parties] == before


@pytest.mark.parametrize("kind", PARTIES)
def test_deleting_a_party_leaves_its_contact(do: Do, client: Client, kind: str) -> None:
    """D2: the contact stays, unchanged."""
    party = make(do, make_party, kind)
    contact_id = linked_contact(do).id
    before = values(do, "contact", contact_id)
    page = client.page(delete_url(party))
    assert "is deleted. Contact CT000001 stays." in page.text
    client.submit(delete_url(party), {})
    assert stored(do, kind, party.id) is None
    assert values(do, "contact", contact_id) == before
    assert links(do) == set()


@pytest.mark.parametrize("kind", PARTIES)
@pytest.mark.parametrize("first", ["contact", "party"])
def test_the_other_end_goes_too_when_it_is_ticked(do: Do, client: Client, kind: str, first: str) -> None:
    """D2: both directions offer to delete the other end as well."""
    party = make(do, make_party, kind)
    contact = stored(do, "contact", linked_contact(do).id)
    record, other = (contact, party) if first == "contact" else (party, contact)
    client.submit(delete_url(record), {"also": f"{other.KIND}-{other.id}"})
    assert stored(do, kind, party.id) is None
    assert stored(do, "contact", contact.id) is None


@pytest.mark.parametrize("kind", ["contact", *PARTIES])
def test_a_card_that_stands_alone(do: Do, client: Client, kind: str) -> None:
    """D7: one page, no boxes, and it is in the bin."""
    card = make(do, make_contact) if kind == "contact" else make(do, make_party, kind, linked=False)
    page = client.page(delete_url(card))
    assert "also" not in page.form().names
    after = client.submit(delete_url(card), {})
    assert f"{card.no} is in the bin." in after.text
    assert stored(do, kind, card.id) is None


@pytest.mark.parametrize("confirm", [None, "", "no", "YES"])
def test_nothing_happens_without_a_confirmation(do: Do, client: Client, confirm: str | None) -> None:
    """The form field `confirm` must say yes: 422 with the form again, ticks kept."""
    family = do(make_family)
    before = links(do)
    key = f"customer-{family.customer.id}"
    page = client.submit(delete_url(family.contact), {"confirm": confirm, "also": key}, 422)
    assert "There is a problem" in page.text and "Press “Delete” to confirm that CT000001" in page.text
    assert page.form().values["also"] == [key]
    assert links(do) == before and stored(do, "contact", family.contact.id) is not None


def test_persons_of_a_company_stay_unless_they_are_ticked(do: Do, client: Client) -> None:
    """D4: nothing cascades unseen; each person is asked for."""
    company = make(do, make_contact, "Company Ltd")
    kept, gone = make(do, make_person, "Kept Person", company), make(do, make_person, "Gone Person", company)
    page = client.page(delete_url(company))
    assert "Its 2 persons stay too, without a company." in page.text
    assert "Kept Person" in page.text and "Gone Person" in page.text
    client.submit(delete_url(company), {"also": f"contact-{gone.id}"})
    assert stored(do, "contact", gone.id) is None
    assert stored(do, "contact", kept.id).company_id is None


def test_a_card_that_is_offered_says_what_it_leaves(do: Do, client: Client) -> None:
    """D4, D5: beside each box stands what its card's going means for third ones, once."""
    family = do(make_family)
    change(do, family.vendor, primary_contact_id=family.person.id)
    page = client.page(delete_url(family.customer))
    assert "primary contact" not in page.main.one("form").all("p")[0].text
    remark = page.one("p", id=f"also-contact-{family.contact.id}-note").text
    assert remark == (
        "Vendor V00001, bank account B00001, bank account B00002 and contact CT000002 stay."
        " The primary contact of vendor V00001 is emptied."
    )
    page = client.page(delete_url(family.contact))
    assert page.main.text.count("The primary contact of vendor V00001 is emptied.") == 1


@pytest.mark.parametrize("kind", ["customer", "vendor"])
def test_a_primary_contact_is_cleared_and_said(do: Do, client: Client, kind: str) -> None:
    """D5: deleting the person empties the field, with a line in that card's history."""
    family = do(make_family)
    holder: Any = getattr(family, kind)
    change(do, holder, primary_contact_id=family.person.id)
    page = client.page(delete_url(family.person))
    assert f"The primary contact of {kind} {holder.no} is emptied." in page.text
    client.submit(delete_url(family.person), {})
    assert stored(do, kind, holder.id).primary_contact_id is None
    history = client.page(f"/{ADDRESSES[kind]}/{holder.id}/history").text
    assert "Primary contact changed" in history


def test_a_primary_contact_goes_with_the_link_to_its_company(do: Do, client: Client) -> None:
    """L11, D5: without the company, its person cannot be the customer's primary contact any more."""
    family = do(make_family)
    change(do, family.customer, primary_contact_id=family.person.id)
    assert (
        "The primary contact of customer C00001 is emptied." in client.page(delete_url(family.contact)).text
    )
    client.submit(delete_url(family.contact), {})
    assert stored(do, "customer", family.customer.id).primary_contact_id is None


def test_a_whole_family_goes_in_one_step(do: Do, client: Client) -> None:
    """D4: everything ticked goes, also a customer with the person it has as primary contact."""
    family = do(make_family)
    change(do, family.customer, primary_contact_id=family.person.id)
    boxes = [node["value"] for node in client.page(delete_url(family.contact)).all("input", name="also")]
    assert len(boxes) == 5
    client.submit(delete_url(family.contact), {"also": boxes})
    for card in (*family.linked, family.person):
        assert stored(do, card.KIND, card.id) is None


def test_a_lone_card_cannot_be_smuggled_in(do: Do, client: Client) -> None:
    """D4: only what the page offers goes; anything else is refused and nothing is deleted."""
    contact, stranger = make(do, make_contact, "One Ltd"), make(do, make_contact, "Stranger Ltd")
    token = client.page(delete_url(contact)).form().values["csrf_token"][0]
    for key in (
        f"contact-{stranger.id}",
        "contact-9999",
        "customer-1",
        "user-1",
        "contact-",
        "-1",
        "contact-²",
    ):
        typed = {"confirm": "yes", "also": key, "csrf_token": token}
        page = client.read(client.post(delete_url(contact), typed), delete_url(contact), 409)
        assert "The cards to delete have changed meanwhile." in page.text
    assert stored(do, "contact", contact.id) and stored(do, "contact", stranger.id)


def test_relation_codes_are_named(do: Do, client: Client) -> None:
    """D1: the contact's free relation codes go with it, and it says so."""

    def with_code(session: Session) -> Any:
        contact = make_contact(session)
        press = session.scalars(select(RelationCode).where(RelationCode.code == "PRESS")).one()
        linking.add_relation(session, contact, press, by=BY)
        return contact

    contact = do(with_code)
    assert "Its relation codes go with it: PRESS." in client.page(delete_url(contact)).text
    client.submit(delete_url(contact), {})
    assert links(do) == set()


@pytest.mark.parametrize("role", ["reader", "privacy_officer"])
def test_who_may_not_delete(do: Do, client_of: Callable[..., Client], role: str) -> None:
    """R-PERM: 403 for the page and for sending it, and nothing is deleted."""
    contact = make(do, make_contact)
    other = client_of(role)
    assert other.get(delete_url(contact)).status_code == 403
    typed = {"confirm": "yes", "csrf_token": other.csrf_token}
    assert other.post(delete_url(contact), typed).status_code == 403
    for url in ("/bin", "/undo/1"):
        assert other.get(url).status_code == 403
    assert stored(do, "contact", contact.id) is not None


@pytest.mark.parametrize("id_", ["7", "0", "9223372036854775808", "99999999999999999999", "-1", "abc", "1.5"])
def test_what_does_not_exist(client: Client, id_: str) -> None:
    """A malformed or unknown id is a 404."""
    for kind in ADDRESSES.values():
        assert client.get(f"/{kind}/{id_}/delete").status_code == 404
        assert client.get(f"/{kind}/{id_}/history").status_code == 404
    assert client.get(f"/undo/{id_}").status_code == 404


def test_looking_deletes_nothing(do: Do, client: Client) -> None:
    """A state change by GET does not exist, whatever its address says."""
    contact = make(do, make_contact)
    assert client.get(delete_url(contact) + "?confirm=yes").status_code == 200
    assert (
        client.post(delete_url(contact) + "?confirm=yes", {"csrf_token": client.csrf_token}).status_code
        == 422
    )
    assert stored(do, "contact", contact.id) is not None
