"""Cards found by number, name, e-mail, phone and city (C6, U-T1)."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models import Contact
from services import deletion, search
from tests.support.factories import BY, make_bank_account, make_contact, make_customer, make_person

pytestmark = pytest.mark.both_databases


def names(session: Session, kind: str, query: str, **how: int) -> list[str]:
    return [row.name for row in search.find(session, kind, query, **how)]


@pytest.fixture
def contacts(session: Session) -> Session:
    make_contact(
        session, "Boulangerie Côté", city="Montréal", phone="514 555-0100", email="info@cote.example"
    )
    make_contact(session, "Café Boulanger", city="Québec", phone="(418) 555-0199")
    make_person(session, "Benoît Lévesque", city="Trois-Rivières", email="benoit@levesque.example")
    make_contact(session, "Zoo", no="514")
    session.commit()
    return session


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("levesque benoit", ["Benoît Lévesque"]),
        ("BENOÎT lév", ["Benoît Lévesque"]),
        ("cote.example", ["Boulangerie Côté"]),
        ("5550100", ["Boulangerie Côté"]),
        ("(514) 555-0100", ["Boulangerie Côté"]),
        ("rivieres", ["Benoît Lévesque"]),
        ("ct000002", ["Café Boulanger"]),
        ("boulang", ["Boulangerie Côté", "Café Boulanger"]),
        ("boulang quebec", ["Café Boulanger"]),
        ("514", ["Zoo", "Boulangerie Côté"]),
        ("z", ["Zoo"]),
        ("oo", []),
        ("nothing at all", []),
        ("%", []),
        ("_", []),
        ('" OR name', []),
        ("\x00", []),
        ("x" * 201, []),
    ],
)
def test_what_a_query_finds(contacts: Session, query: str, found: list[str]) -> None:
    """C6: the exact number first, then names that start so, then the others by name."""
    assert names(contacts, "contact", query) == found
    assert search.total(contacts, "contact", query) == len(found)


def test_a_blank_query_lists_the_first_by_name(contacts: Session) -> None:
    """U-T1: opening a lookup shows something to choose from."""
    assert names(contacts, "contact", " ", limit=2) == ["Benoît Lévesque", "Boulangerie Côté"]
    assert search.total(contacts, "contact", "") == 4


def test_a_row_says_what_a_suggestion_shows(contacts: Session) -> None:
    """U-T1: number, name, city and whether it is a company or a person."""
    [row] = search.find(contacts, "contact", "levesque")
    assert (row.no, row.name, row.city, row.type) == (
        "CT000003",
        "Benoît Lévesque",
        "Trois-Rivières",
        "person",
    )
    customer = make_customer(contacts, "Client", contact_type="person")
    account = make_bank_account(contacts, "Caisse", no="BQ-01")
    contacts.commit()
    assert search.find(contacts, "customer", "client")[0].type == "person"
    assert search.find(contacts, "bank_account", "bq-01") == [(account.id, "BQ-01", "Caisse", "", "")]
    assert search.exact(contacts, "customer", customer.no.lower()) is not None
    assert search.exact(contacts, "customer", "client") is None
    assert search.exact(contacts, "customer", "") is None


def test_further_conditions(contacts: Session) -> None:
    """Lookups of companies find no persons."""
    where = [Contact.type == "company"]
    assert search.find(contacts, "contact", "example", where=where)[0].name == "Boulangerie Côté"
    assert search.total(contacts, "contact", "example", where=where) == 1


def test_the_number_of_all_cards_is_kept(contacts: Session) -> None:
    """Lists show it without counting; also after cards were made in one statement, deleted and brought back."""
    assert search.all_cards(contacts, "contact") == 4 and search.all_cards(contacts, "vendor") == 0
    zoo = contacts.scalars(select(Contact).where(Contact.name == "Zoo")).one()
    entry = deletion.delete(contacts, zoo, by=BY)
    assert search.all_cards(contacts, "contact") == 3
    deletion.undo_delete(contacts, entry, by=BY)
    contacts.execute(
        text(
            "INSERT INTO contacts (no, name, type, minor, version, created_at, updated_at)"
            " SELECT 'Z' || no, name, type, minor, 1, created_at, updated_at FROM contacts"
        )
    )
    assert search.all_cards(contacts, "contact") == 8
    contacts.rollback()
    assert search.all_cards(contacts, "contact") == 4
