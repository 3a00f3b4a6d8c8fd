"""The bin: what it holds, for how long, and what comes back (D7, U-X5)."""

from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from config import Config
from models import Contact, PaymentTerms
from services import deletion, jobs
from services import links as linking
from tests.privacy.support import (
    ADDRESSES,
    PARTIES,
    Do,
    change,
    delete_url,
    last_undo,
    links,
    make,
    stored,
    values,
)
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.factories import BY, make_contact, make_family, make_party, make_person
from tests.support.pages import Form

pytestmark = pytest.mark.both_databases

BOOKKEEPING = {"version", "updated_at", "updated_by"}


def in_bin(client: Client, record: Any, *also: Any) -> None:
    """Delete a card and others with it."""
    boxes = {"also": [f"{card.KIND}-{card.id}" for card in also]} if also else {}
    client.submit(delete_url(record), boxes)


def undo(do: Do, client: Client, status: int = 303) -> Any:
    """Undo the latest thing from its page, or by hand when the page refuses."""
    url = last_undo(do)
    if status == 303:
        return client.submit(url, {})
    return client.read(client.post(url, {"csrf_token": client.csrf_token}), url, status)


def test_an_empty_bin_says_what_it_is_for(client: Client) -> None:
    """U-X11: what it is, and why it is empty."""
    assert "The bin is empty" in client.page("/bin").text


def test_the_bin_lists_who_when_and_how_long(do: Do, client: Client, clock: Clock) -> None:
    """D7: the latest first, with the cards deleted together, and the days that are left."""
    family = do(make_family)
    single = make(do, make_contact, "Single Ltd")
    in_bin(client, family.customer, family.contact)
    clock.move(days=12)
    client.sign_in("clerk")
    in_bin(client, single)
    rows = [row.text for row in client.page("/bin").main.one("tbody").all("tr")]
    assert len(rows) == 2
    assert "Contact CT000003 Single Ltd" in rows[0] and " 30 " in rows[0] and "Claude Clerk" in rows[0]
    assert "Customer C00001 Family Ltd" in rows[1] and "Contact CT000001" in rows[1] and " 18 " in rows[1]


def test_pages_of_a_full_bin(do: Do, client: Client) -> None:
    """The bin is read in pages, the latest first."""
    do(
        lambda session: [
            deletion.delete(session, make_contact(session, f"Contact {number}"), by=BY)
            for number in range(53)
        ]
    )
    page = client.page("/bin")
    assert len(page.main.one("tbody").all("tr")) == 50
    older = client.page(page.one("a", rel="next")["href"])
    assert [row.text.split(" Claude")[0] for row in older.main.one("tbody").all("tr")] == [
        f"Contact CT00000{number + 1} Contact {number}" for number in (2, 1, 0)
    ]
    assert older.one("a", css="button", href="/bin").text == "Newest"


@pytest.mark.parametrize("kind", ["contact", *PARTIES])
def test_undo_brings_back_the_card_and_its_link(do: Do, client: Client, kind: str) -> None:
    """D7: the same id, number and values, and the link, in either direction."""
    party = make(do, make_party, "customer" if kind == "contact" else kind, city="Lyon", notes="Call first")
    before_links = links(do)
    card = stored(do, "contact", next(iter(before_links))[0]) if kind == "contact" else party
    before = values(do, kind, card.id)
    in_bin(client, card)
    page = undo(do, client)
    assert page.one("h1").text == card.name and f"{card.no} is back." in page.text
    after = values(do, kind, card.id)
    assert {name for name in before if before[name] != after[name]} <= BOOKKEEPING
    assert links(do) == before_links
    assert "The bin is empty" in client.page("/bin").text


def test_undo_from_the_notice(do: Do, client: Client) -> None:
    """U-X5: the message after deleting has the button that takes it back."""
    contact = make(do, make_contact, "Notice Ltd")
    page = client.submit(delete_url(contact), {})
    [form] = [Form(node, "/contacts") for node in page.all("form", action=last_undo(do))]
    page = client.read(client.send(form), form.action, 303)
    assert page.one("h1").text == "Notice Ltd"


def test_a_company_comes_back_with_its_persons(do: Do, client: Client) -> None:
    """D4: the person that went too comes back, the one that stayed belongs to the company again."""
    company = make(do, make_contact, "Company Ltd")
    kept, gone = make(do, make_person, "Kept Person", company), make(do, make_person, "Gone Person", company)
    in_bin(client, company, gone)
    undo(do, client)
    assert stored(do, "contact", kept.id).company_id == company.id
    assert stored(do, "contact", gone.id).company_id == company.id


def test_a_person_with_another_company_by_now_keeps_it(do: Do, client: Client) -> None:
    """D4: what somebody chose meanwhile stands."""
    company, other = make(do, make_contact, "Company Ltd"), make(do, make_contact, "Other Ltd")
    person = make(do, make_person, "Person", company)
    in_bin(client, company)
    change(do, person, company_id=other.id)
    undo(do, client)
    assert stored(do, "contact", person.id).company_id == other.id


@pytest.mark.parametrize("what", ["person", "company", "everything"])
def test_primary_contacts_come_back(do: Do, client: Client, what: str) -> None:
    """D5: the field that was emptied is filled again, however the person or its company had gone."""
    family = do(make_family)
    change(do, family.customer, primary_contact_id=family.person.id)
    if what == "person":
        in_bin(client, family.person)
    elif what == "company":
        in_bin(client, family.contact)
    else:
        in_bin(client, family.contact, *family.parties, family.person)
    before_links = 4
    undo(do, client)
    assert stored(do, "customer", family.customer.id).primary_contact_id == family.person.id
    assert len(links(do)) == before_links


@pytest.mark.parametrize("kind", PARTIES)
def test_a_card_that_changed_since_is_left_unlinked(do: Do, client: Client, kind: str) -> None:
    """U-X5: it is not overwritten, and the answer names it; the others are linked again."""
    family = do(make_family)
    changed: Any = getattr(family, kind)
    in_bin(client, family.contact)
    change(do, changed, phone="514 555-0000")
    page = undo(do, client)
    assert f"{changed.no} changed since, and was left unlinked." in page.text
    assert (family.contact.id, kind, changed.id) not in links(do)
    assert len(links(do)) == 3
    assert stored(do, kind, changed.id).phone == "514 555-0000"


def test_a_contact_with_another_customer_by_now(do: Do, client: Client) -> None:
    """L1: a second customer link is never made, not even by undoing."""
    family = do(make_family)
    in_bin(client, family.customer)
    deleted = last_undo(do)

    def other_customer(session: Session) -> None:
        linking.create_as(session, session.get_one(Contact, family.contact.id), "customer", by=BY)

    do(other_customer)
    page = client.submit(deleted, {})
    assert "Contact CT000001 changed since, and was left unlinked." in page.text
    assert stored(do, "customer", family.customer.id) is not None


def test_two_deletions_undone_one_after_the_other(do: Do, client: Client) -> None:
    """The link comes back when the contact is there again; undone the other way round, the answer says why not."""
    family = do(make_family)
    change(do, family.contact, city="Paris")
    in_bin(client, family.customer)
    first = last_undo(do)
    in_bin(client, family.contact)
    second = last_undo(do)
    for entry in (second, first):
        client.submit(entry, {})
    assert (family.contact.id, "customer", family.customer.id) in links(do)


def test_a_card_whose_other_end_is_gone(do: Do, client: Client) -> None:
    """A customer that comes back while its contact lies in the bin stands alone, and the answer says so."""
    family = do(make_family)
    change(do, family.customer, primary_contact_id=family.person.id)
    in_bin(client, family.customer)
    first = last_undo(do)
    in_bin(client, family.contact)
    page = client.submit(first, {})
    assert "there is no link for: customer C00001" in page.text
    assert stored(do, "customer", family.customer.id).primary_contact_id is None


def test_a_number_given_away_meanwhile(do: Do, client: Client) -> None:
    """N1: the bin does not keep numbers; undoing says whose it is now, and the GET has no form."""
    contact = make(do, make_contact, "First Ltd")
    in_bin(client, contact)
    taken = make(do, make_contact, "Second Ltd", no=contact.no)
    url = last_undo(do)
    page = client.page(url)
    assert "Another card has the number CT000001 now." in page.text
    assert page.all("form", action=url) == [] and page.one("main").all("form") == []
    assert page.one("main").one("a", href=f"/contacts/{taken.id}").text == "CT000001"
    page = undo(do, client, 409)
    assert "Another card has the number CT000001 now." in page.text
    change(do, taken, no="CT9")
    assert undo(do, client).one("h1").text == "First Ltd"


def test_after_thirty_days_nothing_comes_back(do: Do, client: Client, clock: Clock, config: Config) -> None:
    """D7: 30 days; then 409 with the reason, no row in the bin, and what was kept is removed."""
    contact = make(do, make_contact, "Late Ltd")
    in_bin(client, contact)
    url = last_undo(do)
    clock.move(days=29, hours=23)
    client.sign_in("clerk")
    assert " 1 " in client.page("/bin").main.one("tbody").text
    clock.move(hours=2)
    assert "The bin is empty" in client.page("/bin").text
    page = client.page(url)
    assert "The bin keeps deleted cards for 30 days" in page.text and page.one("main").all("form") == []
    undo(do, client, 409)
    for clean in jobs.DAILY:
        do(lambda session, clean=clean: clean(session, config.data))
    assert do(deletion.empty_expired) == 0
    assert "The bin keeps deleted cards for 30 days" in client.page(url).text


def test_undoing_twice(do: Do, client: Client) -> None:
    """The second time is a 409 that says so."""
    contact = make(do, make_contact)
    in_bin(client, contact)
    undo(do, client)
    assert "This was undone already." in undo(do, client, 409).text
    assert "This was undone already." in client.page(last_undo(do)).text


def make_terms(session: Session) -> PaymentTerms:
    terms = PaymentTerms(code="OLD", name="Old terms", days=10)
    session.add(terms)
    session.flush()
    return terms


def test_settings_removed_meanwhile(do: Do, client: Client) -> None:
    """A card comes back without the payment terms that exist no more."""
    terms = make(do, make_terms)
    customer = make(do, make_party, "customer", payment_terms_id=terms.id)
    in_bin(client, customer)
    do(lambda session: session.execute(delete(PaymentTerms).where(PaymentTerms.id == terms.id)))
    undo(do, client)
    assert stored(do, "customer", customer.id).payment_terms_id is None


def test_the_page_before_undoing(do: Do, client: Client) -> None:
    """U-X5 without JavaScript: the page says what comes back, by whom it went, and has the button."""
    family = do(make_family)
    in_bin(client, family.contact, family.person)
    page = client.page(last_undo(do))
    assert "Contact CT000001 Family Ltd" in page.text and "Contact CT000002 Ada Family" in page.text
    assert "by Claude Clerk" in page.text
    assert page.one("main").one("button").text == "Bring back from the bin"


def test_history_goes_on_after_coming_back(do: Do, client: Client) -> None:
    """The history of the card shows that it was deleted and brought back."""
    contact = make(do, make_contact)
    in_bin(client, contact)
    assert "Contact CT000001 deleted" in client.page("/activity").text
    undo(do, client)
    text = client.page(f"/contacts/{contact.id}/history").text
    assert "Brought back from the bin" in text and "Deleted" in text and "Created" in text


def test_the_bin_is_never_a_card_again(do: Do, client: Client) -> None:
    """A deleted card is found nowhere but in the bin."""
    contact = make(do, make_contact, "Vanished Ltd")
    in_bin(client, contact)
    client.page("/")
    for url in ("/contacts", "/go?q=vanished"):
        assert "Vanished" not in client.page(url).one("main").text.replace("“vanished”", "")
    for part in ("", "/history", "/delete"):
        assert client.get(f"/{ADDRESSES['contact']}/{contact.id}{part}").status_code == 404
