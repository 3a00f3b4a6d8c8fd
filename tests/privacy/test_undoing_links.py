"""Undoing a link and an unlinking, for the three kinds (L9, L10, U-X5)."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Contact, Link, Office, RelationCode
from services import deletion, records
from services import links as linking
from tests.privacy.support import PARTIES, Do, change, last_undo, links, stored
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.factories import BY, make_contact, make_party

pytestmark = [pytest.mark.both_databases, pytest.mark.parametrize("kind", PARTIES)]


def linked(do: Do, kind: str) -> tuple[Any, Any, str]:
    """A contact and a party that differed, linked so that the contact's name and the party's city won."""

    def work(session: Session) -> tuple[Any, Any]:
        contact = make_contact(session, "Contact Ltd", city="Lyon", phone="1")
        party = make_party(session, kind, "Party Ltd", linked=False, city="Paris")
        linking.link(session, contact, party, {"name": "contact", "city": "party"}, by=BY)
        return contact, party

    return *do(work), last_undo(do)


def unlink_only(session: Session) -> None:
    """Unlink the only two cards that are linked."""
    linking.unlink(session, session.scalars(select(Link)).one(), by=BY)


def undo_anyway(client: Client, url: str) -> str:
    """Send the POST that the page does not offer; the text of the refusal."""
    return client.read(client.post(url, {"csrf_token": client.csrf_token}), url, 409).text


def test_undoing_a_link_restores_both_sides(do: Do, client: Client, kind: str) -> None:
    """L9: both cards have the values they had, and do not follow each other."""
    contact, party, url = linked(do, kind)
    assert (contact.city, party.name, party.phone) == ("Paris", "Contact Ltd", "1")
    page = client.page(url)
    assert "Undo the link" in page.text and "City of contact CT000001: back to “Lyon”" in page.text
    page = client.submit(url, {})
    assert page.one("h1").text == "Contact Ltd" and "Undone" in page.text
    contact, party = stored(do, "contact", contact.id), stored(do, kind, party.id)
    assert (contact.name, contact.city, contact.phone) == ("Contact Ltd", "Lyon", "1")
    assert (party.name, party.city, party.phone) == ("Party Ltd", "Paris", "")
    assert links(do) == set()


@pytest.mark.parametrize("edited", ["contact", "party"])
def test_a_link_cannot_be_undone_after_an_edit(do: Do, client: Client, kind: str, edited: str) -> None:
    """L9: only while neither card has been edited since; the page says so and has no button."""
    contact, party, url = linked(do, kind)
    card = contact if edited == "contact" else party
    change(do, card, notes="edited")
    page = client.page(url)
    assert "has been edited since" in page.text and page.one("main").all("form") == []
    assert "has been edited since" in undo_anyway(client, url)
    assert len(links(do)) == 1


def test_undoing_an_unlinking_links_again(do: Do, client: Client, kind: str) -> None:
    """L10, U-X5: the two follow each other again."""
    contact, party, _url = linked(do, kind)
    before = links(do)
    do(unlink_only)
    url = last_undo(do)
    assert "are linked again and stay in step" in client.page(url).text
    page = client.submit(url, {})
    assert "are linked again." in page.text and links(do) == before
    change(do, contact, phone="2")
    assert stored(do, kind, party.id).phone == "2"


def test_undone_or_too_old(do: Do, client: Client, clock: Clock, kind: str) -> None:
    """Twice, or after 30 days: 409 with the reason."""
    _contact, _party, url = linked(do, kind)
    client.submit(url, {})
    assert "This was undone already." in undo_anyway(client, url)
    linked(do, kind)
    clock.move(days=31)
    client.sign_in("clerk")
    assert "more than 30 days ago" in undo_anyway(client, last_undo(do))


def test_a_link_that_is_gone(do: Do, client: Client, kind: str) -> None:
    """A link that somebody removed meanwhile is not undone a second time."""
    _contact, _party, url = linked(do, kind)
    do(unlink_only)
    assert "not linked any more" in undo_anyway(client, url)


def test_a_free_relation_code(do: Do, client: Client, kind: str) -> None:
    """L3: removing a code such as PRESS is undone too; the parties are not touched by it."""
    contact, _party, _url = linked(do, kind)

    def with_code(session: Session) -> Link:
        press = session.scalars(select(RelationCode).where(RelationCode.code == "PRESS")).one()
        return linking.add_relation(session, contact, press, by=BY)

    code = do(with_code)
    before = links(do)
    do(lambda session: linking.unlink(session, session.get_one(Link, code.id), by=BY))
    url = last_undo(do)
    page = client.submit(url, {})
    assert "has its relation code again" in page.text and links(do) == before


def test_a_former_link_is_not_taken_for_a_later_one(do: Do, client: Client, kind: str) -> None:
    """L9: undoing a link that is gone leaves the link that other cards made since."""
    linked(do, kind)
    url = last_undo(do)
    do(unlink_only)
    _contact, _party, _url = linked(do, kind)
    later = links(do)
    assert "not linked any more" in undo_anyway(client, url)
    assert links(do) == later


def test_relinked_cards_are_not_linked_twice(do: Do, client: Client, kind: str) -> None:
    """L1: the undo of an unlinking is refused, before it is asked for, when the two were linked again."""
    contact, party, _url = linked(do, kind)
    do(unlink_only)
    url = last_undo(do)

    def again(session: Session) -> None:
        linking.link(session, session.get_one(type(contact), contact.id), _get(session, party), {}, by=BY)

    do(again)
    page = client.page(url)
    assert "already linked" in page.text and page.one("main").all("form") == []
    assert "already linked" in undo_anyway(client, url)
    assert len(links(do)) == 1


def test_a_relation_code_that_is_gone(do: Do, client: Client, kind: str) -> None:
    """L2, L10: an unlinking is undone with the code its kind has now; a free code that is gone says so."""
    contact, _party, _url = linked(do, kind)

    def unlink_and_replace(session: Session) -> None:
        code = linking.add_relation(session, session.get_one(Contact, contact.id), _press(session), by=BY)
        linking.unlink(session, code, by=BY)
        unlink_only(session)
        office, new = session.get_one(Office, 1), RelationCode(code="NEW", description="")
        session.add(new)
        session.flush()
        old = session.get_one(RelationCode, office.code_id(kind))
        setattr(office, f"{kind}_code_id", new.id)
        session.flush()
        session.delete(old)
        session.delete(_press(session))
        session.flush()

    do(unlink_and_replace)
    url = last_undo(do)
    client.submit(url, {})
    assert do(lambda session: session.scalars(select(Link)).one().relation_code.code) == "NEW"
    free = f"/undo/{int(url.rpartition('/')[2]) - 1}"
    assert "The relation code was deleted since" in undo_anyway(client, free)


def test_a_free_code_given_again(do: Do, client: Client, kind: str) -> None:
    """L3: it is not given twice."""
    contact, _party, _url = linked(do, kind)

    def twice(session: Session) -> None:
        hub = session.get_one(Contact, contact.id)
        linking.unlink(session, linking.add_relation(session, hub, _press(session), by=BY), by=BY)
        linking.add_relation(session, hub, _press(session), by=BY)

    do(twice)
    assert "has the code PRESS already" in undo_anyway(client, last_undo(do))


def test_cards_that_differ_are_not_linked_again(do: Do, client: Client, kind: str) -> None:
    """Agreement: a card that came back from the bin counts its versions anew, and is still not overwritten."""
    _contact, party, _url = linked(do, kind)
    do(unlink_only)
    url = last_undo(do)
    before = stored(do, kind, party.id).version
    do(lambda session: deletion.delete(session, _get(session, party), by=BY))
    client.submit(last_undo(do), {})
    while stored(do, kind, party.id).version < before:
        change(do, party, phone=f"55{stored(do, kind, party.id).version}")
    assert stored(do, kind, party.id).version == before
    assert "differ by now" in undo_anyway(client, url)
    assert links(do) == set()


@pytest.mark.parametrize("gone", ["deleted", "moved", "company"])
def test_a_primary_contact_who_is_gone_does_not_come_back(
    do: Do, client: Client, kind: str, gone: str
) -> None:
    """L10, L11: the link comes back; a primary contact who left the company meanwhile does not."""
    if kind == "bank_account":
        return

    def unlinked(session: Session) -> tuple[int, int]:
        party = make_party(session, kind, "K Ltd", contact_person="Ada Example")
        chosen = party.primary_contact_id
        unlink_only(session)
        return party.id, chosen

    party_id, person_id = do(unlinked)
    url = last_undo(do)

    def leave(session: Session) -> None:
        person = session.get_one(Contact, person_id)
        if gone == "deleted":
            deletion.delete(session, person, by=BY)
        elif gone == "moved":
            records.save(session, person, {"company_id": None}, by=BY)
        else:
            other = make_contact(session, "Other Ltd")
            records.save(session, person, {"company_id": other.id}, by=BY)

    do(leave)
    client.submit(url, {})
    assert stored(do, kind, party_id).primary_contact_id is None and len(links(do)) == 1


def _press(session: Session) -> RelationCode:
    return session.scalars(select(RelationCode).where(RelationCode.code == "PRESS")).one()


def _get(session: Session, record: Any) -> Any:
    return session.get_one(type(record), record.id)
