"""Several people at the same moment, in real threads, on both databases: R-CON-5, R-CON-7, R-DUR-2, S11."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import MODELS, Contact, HistoryEntry, Link, NumberSeries, Office, RelationCode
from services import deletion, fields, links, numbers, records, sync
from services.errors import CarnetError, Conflict, Invalid, Refused
from tests.support import factories as make
from tests.support.threads import at_once, overlapping, read, write

pytestmark = pytest.mark.both_databases

BY = make.BY
Work = Callable[[Session], Any]
# Two works on top of each other, the first a little earlier, and the second a little earlier.
RACES: list[Callable[[Flask, Work, Work], list[Any]]] = [
    overlapping,
    lambda app, first, second: overlapping(app, second, first)[::-1],
]


@pytest.fixture
def ids(bare_app: Flask) -> dict[str, int]:
    """The ids of a family."""

    def made(session: Session) -> dict[str, int]:
        family = make.make_family(session)
        return {
            **{
                card.KIND: card.id
                for card in (family.contact, family.customer, family.vendor, family.bank_account)
            },
            "second_account": family.second_account.id,
            "person": family.person.id,
        }

    found: dict[str, int] = write(bare_app, made)
    return found


def card(session: Session, kind: str, id_: int) -> Any:
    """A card as a request loads it: missing is 404."""
    found = session.get(MODELS[kind], id_)
    if found is None:
        raise LookupError("404")
    return found


def saving(kind: str, id_: int, values: dict[str, Any], seen: dict[str, str] | None = None) -> Work:
    return lambda session: (
        records.save(session, card(session, kind, id_), values, seen=seen, by=BY) and "saved"
    )


def deleting(kind: str, id_: int) -> Work:
    return lambda session: deletion.delete(session, card(session, kind, id_), by=BY) and "deleted"


def assert_answered(results: list[Any]) -> None:
    """Everybody got an answer a user can read: done, 404, 409 or 422, never a failure."""
    for result in results:
        if isinstance(result, Exception):
            assert isinstance(result, (CarnetError, LookupError)), repr(result)
            assert not isinstance(result, CarnetError) or result.status in (404, 409, 422), repr(result)


def assert_sound(app: Flask) -> None:
    """Linked cards agree, no link hangs in the air, and every search row has its card."""

    def look(session: Session) -> None:
        assert sync.mismatches(session) == []
        for kind in ("customer", "vendor", "bank_account"):
            key = getattr(Link, f"{kind}_id")
            orphans = select(Link.id).outerjoin(MODELS[kind], MODELS[kind].id == key)
            assert session.scalars(orphans.where(Link.kind == kind, MODELS[kind].id.is_(None))).all() == []

    read(app, look)


def test_two_fields_saved_at_once_on_two_ends_are_both_kept(bare_app: Flask, ids: dict[str, int]) -> None:
    """S11: an overlap is run again, not shown; agreement, and no mixture of values."""
    ends = [("contact", ids["contact"]), ("customer", ids["customer"]), ("vendor", ids["vendor"])]
    ends += [("bank_account", ids["bank_account"]), ("bank_account", ids["second_account"])]
    names = ("city", "phone", "email", "fax", "address2")
    for turn in range(4):
        works = [
            saving(kind, id_, {name: f"v{turn}@example.com" if name == "email" else f"{turn}00 {place}"})
            for place, ((kind, id_), name) in enumerate(zip(ends, names, strict=True))
        ]
        assert at_once(bare_app, works) == ["saved"] * 5
    for kind, id_ in ends:
        values = read(
            bare_app, lambda session, at=(kind, id_): [getattr(card(session, *at), name) for name in names]
        )
        assert values == ["300 0", "300 1", "v3@example.com", "300 3", "300 4"]
    assert_sound(bare_app)


def test_the_last_acknowledged_save_of_one_field_wins_everywhere(
    bare_app: Flask, ids: dict[str, int]
) -> None:
    """No invention: the value is one that somebody sent; versions count the acknowledged changes."""
    ends = [("contact", ids["contact"]), ("customer", ids["customer"]), ("vendor", ids["vendor"])]
    for turn in range(5):
        works = [saving(kind, id_, {"city": f"{kind} {turn}"}) for kind, id_ in ends]
        assert at_once(bare_app, works) == ["saved"] * 3
        found = {read(bare_app, lambda session, at=end: card(session, *at).city) for end in ends}
        assert len(found) == 1 and found <= {f"{kind} {turn}" for kind, _id in ends}
    versions = {read(bare_app, lambda session, at=end: card(session, *at).version) for end in ends}
    assert versions == {16}
    assert_sound(bare_app)


def test_of_two_stale_forms_one_is_saved_and_the_other_asked(bare_app: Flask, ids: dict[str, int]) -> None:
    """R-CON-1 at the same moment, through a link: exactly one 409, no lost update."""
    for turn, how in enumerate(RACES):
        city = read(bare_app, lambda session: card(session, "contact", ids["contact"]).city)
        seen = {"city": fields.digest("city", city)}
        works = [
            saving(kind, ids[kind], {"city": f"{kind} {turn}"}, seen) for kind in ("contact", "customer")
        ]
        results = how(bare_app, *works)
        assert sorted(type(result).__name__ for result in results) == ["Conflict", "str"]
        (conflict,) = [result for result in results if isinstance(result, Conflict)]
        winner = ("contact", "customer")[results.index("saved")]
        assert conflict.fields[0].theirs == f"{winner} {turn}"
    assert_sound(bare_app)


@pytest.mark.parametrize(
    ("gone", "saved"),
    [
        *(("contact", "contact"), ("contact", "customer"), ("contact", "person")),
        *(("customer", "contact"), ("customer", "customer"), ("vendor", "customer")),
        *(("person", "contact"), ("person", "person")),
    ],
)
def test_deleting_against_saving(bare_app: Flask, gone: str, saved: str) -> None:
    """R-CON-7: one wins, the other gets 404 or 409; no orphan link, and who stays agrees."""

    def again(session: Session) -> tuple[int, int]:
        family = make.make_family(session)
        records.save(session, family.customer, {"primary_contact_id": family.person.id}, by=BY)
        return getattr(family, gone).id, getattr(family, saved).id

    def kind(name: str) -> str:
        return "contact" if name == "person" else name

    for how in RACES:
        gone_id, saved_id = write(bare_app, again)
        results = how(
            bare_app,
            deleting(kind(gone), gone_id),
            saving(kind(saved), saved_id, {"city": "Nice", "phone": "1"}),
        )
        assert_answered(results)
        assert results[0] == "deleted"
        assert read(bare_app, lambda session, id_=gone_id: session.get(MODELS[kind(gone)], id_)) is None
    assert_sound(bare_app)


def test_linking_against_linking(bare_app: Flask) -> None:
    """R-CON-7, L1: two customers for one contact, one customer for two contacts: exactly one link."""

    def prepare(session: Session) -> tuple[list[int], list[int]]:
        contacts = [make.make_contact(session, "Same").id for _ in range(2)]
        return contacts, [make.make_customer(session, "Same", linked=False).id for _ in range(2)]

    def linking(contact_id: int, customer_id: int) -> Work:
        return lambda session: (
            links.link(
                session,
                card(session, "contact", contact_id),
                card(session, "customer", customer_id),
                {},
                by=BY,
            )
            and "linked"
        )

    for how in RACES:
        contacts, customers = write(bare_app, prepare)
        for works in (
            [linking(contacts[0], customers[0]), linking(contacts[0], customers[1])],
            [linking(contacts[1], customers[0]), linking(contacts[1], customers[1])],
        ):
            results = how(bare_app, *works)
            assert_answered(results)
            assert results.count("linked") == 1
        linked = read(bare_app, lambda session: session.scalar(select(func.count()).select_from(Link)))
    assert linked == 2 * len(RACES)
    for how in RACES:
        contacts, customers = write(bare_app, prepare)
        results = how(bare_app, *(linking(contact, customers[0]) for contact in contacts))
        assert_answered(results)
        assert results.count("linked") == 1
    assert_sound(bare_app)


def test_creating_a_party_twice_from_one_contact(bare_app: Flask, ids: dict[str, int]) -> None:
    """R-CON-7: two clerks choose “Create as customer” on the same card."""
    contact_id = write(bare_app, lambda session: make.make_contact(session).id)
    works: list[Work] = [
        lambda session: (
            links.create_as(session, card(session, "contact", contact_id), "customer", by=BY) and "made"
        )
    ] * 4
    results = at_once(bare_app, works)
    assert_answered(results)
    assert results.count("made") == 1
    made = read(
        bare_app, lambda session: session.scalar(select(func.count()).select_from(MODELS["customer"]))
    )
    assert made == 2


@pytest.mark.parametrize("other", ["save_party", "save_contact", "delete_party", "delete_contact", "unlink"])
def test_unlinking_against_everything(bare_app: Flask, other: str) -> None:
    """Isolation: once unlinked, a save on one side never reaches the other."""

    def prepare(session: Session) -> tuple[int, int, int]:
        customer = make.make_customer(session, "Apart", city="Lyon")
        link = records.links_of(session, customer)[0]
        return link.id, link.contact_id, customer.id

    for how in RACES:
        link_id, contact_id, customer_id = write(bare_app, prepare)

        def unlinking(session: Session, link_id: int = link_id) -> str:
            link = session.get(Link, link_id)
            if link is None:
                raise LookupError("404")
            links.unlink(session, link, by=BY)
            return "unlinked"

        works = {
            "save_party": saving("customer", customer_id, {"city": "Party"}),
            "save_contact": saving("contact", contact_id, {"city": "Contact"}),
            "delete_party": deleting("customer", customer_id),
            "delete_contact": deleting("contact", contact_id),
            "unlink": unlinking,
        }
        results = how(bare_app, unlinking, works[other])
        assert_answered(results)
        assert results[1] in ("saved", "deleted", "unlinked") or isinstance(
            results[1], (LookupError, CarnetError)
        )
        assert "unlinked" in results or other.startswith("delete")
        if other.startswith("save"):
            lines = read(bare_app, lambda session, c=contact_id, p=customer_id: _city_lines(session, c, p))
            # Either the save came first and reached both, or it came second and reached only its own card.
            assert lines in (1, 2)
            cities = read(
                bare_app,
                lambda session, c=contact_id, p=customer_id: (
                    card(session, "contact", c).city,
                    card(session, "customer", p).city,
                ),
            )
            assert (len(set(cities)) == 1) == (lines == 2)
    assert_sound(bare_app)


def _city_lines(session: Session, contact_id: int, customer_id: int) -> int:
    ends = ((HistoryEntry.kind == "contact") & (HistoryEntry.record_id == contact_id)) | (
        (HistoryEntry.kind == "customer") & (HistoryEntry.record_id == customer_id)
    )
    return session.scalar(select(func.count()).where(ends, HistoryEntry.field == "city")) or 0


def test_deleting_both_ends_at_once(bare_app: Flask) -> None:
    """R-CON-7: both go, or one finds it changed; nothing hangs."""
    for how in RACES:

        def prepare(session: Session) -> tuple[int, int]:
            customer = make.make_customer(session)
            return customer.id, records.links_of(session, customer)[0].contact_id

        customer_id, contact_id = write(bare_app, prepare)
        results = how(bare_app, deleting("customer", customer_id), deleting("contact", contact_id))
        assert_answered(results)
        assert "deleted" in results
    assert_sound(bare_app)


@pytest.mark.parametrize("company_is", ["deleted", "saved"])
def test_a_person_joins_a_company_that_is_deleted_or_saved(bare_app: Flask, company_is: str) -> None:
    """C3, D4 at the same moment: no person of a company that is gone, no old value taken over."""

    def prepare(session: Session) -> tuple[int, int]:
        return make.make_contact(session, city="Lyon").id, make.make_person(session, "Ada Joins").id

    for how in RACES:
        company_id, person_id = write(bare_app, prepare)
        joining = saving("contact", person_id, {"company_id": company_id})
        other = (
            saving("contact", company_id, {"city": "Nice"})
            if company_is == "saved"
            else deleting("contact", company_id)
        )
        results = how(bare_app, joining, other)
        assert_answered(results)
        person = read(bare_app, lambda session, id_=person_id: _facts(card(session, "contact", id_)))
        if company_is == "deleted":
            assert person["company_id"] is None and results[1] == "deleted"
        else:
            assert results == ["saved", "saved"]
            assert person == {"company_id": company_id, "city": "Nice"}


def _facts(contact: Contact) -> dict[str, Any]:
    return {"company_id": contact.company_id, "city": contact.city}


def test_a_primary_contact_chosen_while_the_person_is_deleted(bare_app: Flask) -> None:
    """D5, L11: the reference never names a contact that is gone."""

    def prepare(session: Session) -> tuple[int, int]:
        family = make.make_family(session)
        return family.customer.id, family.person.id

    for how in RACES:
        customer_id, person_id = write(bare_app, prepare)
        results = how(
            bare_app,
            saving("customer", customer_id, {"primary_contact_id": person_id}),
            deleting("contact", person_id),
        )
        assert_answered(results)
        assert results[1] == "deleted"
        primary = read(
            bare_app, lambda session, id_=customer_id: card(session, "customer", id_).primary_contact_id
        )
        assert primary is None


def test_numbers_taken_at_once_are_all_different_and_without_gap(bare_app: Flask) -> None:
    """N1: eight at a time, a hundred and sixty in all."""

    def take(session: Session) -> list[str]:
        series = session.scalars(select(NumberSeries).where(NumberSeries.code == "CONT")).one()
        from datetime import date

        return [numbers.next_number(session, series, date(2026, 6, 15)) for _ in range(5)]

    taken: list[str] = []
    for _ in range(4):
        for result in at_once(bare_app, [take] * 8):
            assert isinstance(result, list), repr(result)
            taken += result
    assert sorted(taken) == [f"CT{value:06d}" for value in range(1, 161)]


def test_cards_made_at_once_get_numbers_one_after_the_other(bare_app: Flask) -> None:
    for kind in MODELS:
        made = at_once(bare_app, [lambda session, kind=kind: make.make_card(session, kind).no] * 6)
        assert len(set(made)) == 6 and all(isinstance(no, str) for no in made), made


def test_the_same_typed_number_at_once_is_kept_once(bare_app: Flask) -> None:
    """N2: the other is told so (422), not failed."""
    for kind in MODELS:
        for place, how in enumerate(RACES):
            no = f"SAME-{place}"
            typing: Work = lambda session, kind=kind, no=no: make.make_card(session, kind, no=no).no  # noqa: E731
            results = how(bare_app, typing, typing)
            assert results.count(no) == 1
            assert all(isinstance(result, Invalid) for result in results if result != no), results


def test_a_free_code_given_twice_at_once_is_given_once(bare_app: Flask, ids: dict[str, int]) -> None:
    def give(session: Session) -> str:
        press = session.scalars(select(RelationCode).where(RelationCode.code == "PRESS")).one()
        links.add_relation(session, card(session, "contact", ids["contact"]), press, by=BY)
        return "given"

    results = at_once(bare_app, [give] * 3)
    assert results.count("given") == 1
    assert all(isinstance(result, Refused) for result in results if result != "given"), results


def test_an_undo_at_once_happens_once(bare_app: Flask) -> None:
    """D7, L9: two clicks on “Undo”."""
    from models import UndoEntry

    for how in RACES:
        entry_id = write(
            bare_app, lambda session: deletion.delete(session, make.make_customer(session), by=BY).id
        )
        undoing: Work = lambda session, id_=entry_id: (  # noqa: E731
            deletion.undo_delete(session, session.get_one(UndoEntry, id_), by=BY) and "undone"
        )
        results = how(bare_app, undoing, undoing)
        assert_answered(results)
        assert results.count("undone") == 1
    assert_sound(bare_app)


def test_settings_changed_while_parties_are_made_stop_only_what_comes_after(bare_app: Flask) -> None:
    """L2, L7: each party has its contact whole, or none."""

    def empty_code(session: Session) -> str:
        session.get_one(Office, 1).vendor_code_id = None
        return "emptied"

    works: list[Work] = [lambda session: make.make_vendor(session).no] * 3
    results = at_once(bare_app, [*works, empty_code])
    assert_answered(results)
    assert_sound(bare_app)


def test_many_saves_in_many_families_neither_fail_nor_block(bare_app: Flask) -> None:
    """R-DUR-2: four workers on shared records, not one failure."""
    families = [
        write(bare_app, lambda session: [(c.KIND, c.id) for c in make.make_family(session).linked])
        for _ in range(2)
    ]

    def worker(place: int) -> Work:
        def work(session: Session) -> str:
            kind, id_ = families[place % 2][place // 2 % 5]
            records.save(session, card(session, kind, id_), {"phone": f"{place}"}, by=BY)
            return "saved"

        return work

    for turn in range(5):
        assert at_once(bare_app, [worker(turn * 4 + place) for place in range(4)]) == ["saved"] * 4
    assert_sound(bare_app)
