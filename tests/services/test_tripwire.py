"""A write that would bypass the synchronisation fails loudly (rule S1)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from models import MODELS, Contact, Customer, Link, PaymentTerms, User
from services import records, tripwire
from services.tripwire import Bypassed
from tests.support import factories as make

pytestmark = pytest.mark.both_databases

KINDS = tuple(MODELS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["name", "phone", "notes", "no", "search_text", "updated_by", "created_at"])
def test_a_column_set_without_a_door_raises(session: Session, kind: str, name: str) -> None:
    """Shared or not, bookkeeping included."""
    card = make.make_card(session, kind)
    session.commit()
    value: Any = (
        card.created_at.replace(year=2001)
        if name == "created_at"
        else (1 if name == "updated_by" else "rogue")
    )
    setattr(card, name, value)
    with pytest.raises(Bypassed, match=name):
        session.flush()
    session.rollback()
    session.refresh(card)
    assert getattr(card, name) != value


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_made_or_removed_without_a_door_raises(session: Session, kind: str) -> None:
    model = MODELS[kind]
    card = make.make_card(session, kind)
    session.commit()
    session.add(model(no="ROGUE", name="Rogue"))
    with pytest.raises(Bypassed):
        session.flush()
    session.rollback()
    session.delete(card)
    with pytest.raises(Bypassed):
        session.flush()
    session.rollback()
    assert session.get(model, card.id) is card


@pytest.mark.parametrize("model", [*MODELS.values(), Link])
@pytest.mark.parametrize(
    "statement",
    [
        lambda model: update(model).values(created_by=1),
        lambda model: update(model.__table__).values(created_by=1),
        lambda model: delete(model),
        lambda model: delete(model.__table__),
        lambda model: insert(model).values(id=99),
    ],
)
def test_a_statement_on_a_guarded_table_raises(
    session: Session, model: Any, statement: Callable[[Any], Any]
) -> None:
    """Bulk updates would miss the linked cards."""
    with pytest.raises(Bypassed):
        session.execute(statement(model))


def test_a_link_made_changed_or_removed_without_a_door_raises(session: Session) -> None:
    family = make.make_family(session)
    press = records.office(session).customer_code_id
    session.commit()
    session.add(Link(contact_id=family.person.id, relation_code_id=press, kind=""))
    with pytest.raises(Bypassed):
        session.flush()
    session.rollback()
    link = records.links_of(session, family.vendor)[0]
    link.contact_id = family.person.id
    with pytest.raises(Bypassed):
        session.flush()
    session.rollback()
    session.delete(link)
    with pytest.raises(Bypassed):
        session.flush()
    session.rollback()


def test_a_door_announces_one_value_and_no_other(session: Session) -> None:
    """What was announced must be what is written."""
    contact = make.make_contact(session)
    session.commit()
    tripwire.announce(session, contact, "city", "Lyon")
    contact.city = "Nice"
    with pytest.raises(Bypassed):
        session.flush()
    session.rollback()


def test_an_announcement_ends_with_its_flush_and_with_a_rollback(session: Session) -> None:
    contact = make.make_contact(session)
    session.commit()
    for end in (session.flush, session.rollback):
        tripwire.announce(session, contact, "city", f"Lyon {end.__name__}")
        end()
        session.rollback()
        contact.city = f"Lyon {end.__name__}"
        with pytest.raises(Bypassed):
            session.flush()
        session.rollback()


def test_a_rogue_write_is_caught_at_the_flush_of_somebody_elses_save(session: Session) -> None:
    """It does not slip through beside a door's own write."""
    family, stranger = make.make_family(session), make.make_contact(session)
    session.commit()
    stranger.fax = "rogue"
    with pytest.raises(Bypassed):
        records.save(session, family.customer, {"city": "Nice"}, by=make.BY)
    session.rollback()


def test_other_tables_are_written_as_usual(session: Session) -> None:
    session.execute(update(User).values(name="Anybody"))
    session.add(PaymentTerms(code="X", name="X"))
    session.flush()


def test_setting_the_same_value_is_no_write(session: Session) -> None:
    contact = make.make_contact(session, city="Lyon")
    session.commit()
    contact.city = "Nice"
    contact.city = "Lyon"
    session.flush()
    assert contact.version == 1


def test_it_watches_every_session_once(session: Session) -> None:
    tripwire.install()
    tripwire.install()
    with Session(session.get_bind()) as another:
        another.add(Customer(no="ROGUE", name="Rogue"))
        with pytest.raises(Bypassed):
            another.flush()
    assert session.get(Contact, 1) is None
