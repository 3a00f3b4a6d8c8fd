"""Rows that would create a card like one that is there: pointed out, with a choice for each (C7, X1, U-I4)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Contact, Customer, ImportBatch, Vendor
from services import deletion, duplicates, records
from services.errors import Refused
from services.imports import alike
from tests.imports import support
from tests.imports.support import NORTHWIND, check, rows, run, table, undo, upload, write
from tests.imports.test_pages import number_of, to_check
from tests.services.test_duplicates import count_statements
from tests.support.client import HTMX
from tests.support.factories import BY, make_contact, make_customer, make_person

FILES = {"customer": ("customers.csv", 91, Customer), "vendor": ("suppliers.csv", 29, Vendor)}


def choose(session: Session, batch: ImportBatch, choices: dict[int, str]) -> None:
    write(session, lambda: alike.choose(session, batch, choices))


def outcomes(session: Session, batch: ImportBatch) -> list[str]:
    return [row.outcome for row in rows(session, batch)]


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", FILES)
def test_the_same_file_twice_without_numbers_is_pointed_out_row_by_row(session: Session, kind: str) -> None:
    """C7: each row names its own card first; skipped, created or updated as it is chosen; and taken back."""
    name, count, model = FILES[kind]
    first = upload(session, kind, NORTHWIND / name, name)
    names = ["" if column == "no" else column for column in first.options["columns"]]
    assert check(session, first, key="none", names=names)["create"] == count
    run(session, first)
    cards = {card.name: card.id for card in session.scalars(select(model))}

    second = upload(session, kind, NORTHWIND / name, name)
    found = check(session, second, key="none", names=names)
    assert (found["duplicate"], found.get("create", 0)) == (count, 0)
    for row in rows(session, second):
        assert alike.cards_of(row)[0] == cards[row.label] and row.choice == "skip"
        assert {"name", "phone"} <= set(row.alike[0][3])
    one, other, third = rows(session, second)[:3]
    card = session.get_one(model, alike.cards_of(other)[0])
    write(session, lambda: records.save(session, card, {"address": "Elsewhere 1"}, by=BY))
    updated = str(card.id)
    choose(session, second, {one.row_number: "create", other.row_number: updated, third.row_number: "create"})
    choose(session, second, {third.row_number: "skip"})
    assert {change[2] for change in other.changes} == {"address"} and other.record_id == card.id
    done = run(session, second)
    assert (done["created"], done["updated"], done["left_out"]) == (1, 1, count - 2)
    assert session.get_one(model, card.id).address != "Elsewhere 1"
    assert len(session.scalars(select(model)).all()) == count + 1
    undo(session, second)
    assert session.get_one(model, card.id).address == "Elsewhere 1"
    assert len(session.scalars(select(model)).all()) == count


@pytest.mark.parametrize("wanted", ["create", "update"])
def test_one_choice_for_all(session: Session, wanted: str) -> None:
    """U-I4: it holds for every row, and a row can still be chosen otherwise."""
    for name in ("Nord SA", "Sud SA"):
        write(session, lambda name=name: make_customer(session, name, city="Metz"))
    batch = upload(
        session, "customer", table("Name;City;Phone", "Nord SA;Metz;01 23 45 67", "Sud;Metz;1", "Est;Metz;2")
    )
    assert check(session, batch) == {"duplicate": 2, "create": 1}
    assert check(session, batch, alike=wanted) == {"duplicate": 2, "create": 1}
    choose(session, batch, {rows(session, batch)[1].row_number: "skip"})
    result = run(session, batch)
    assert result == (
        {"created": 2, "left_out": 1} if wanted == "create" else {"created": 1, "updated": 1, "left_out": 1}
    )
    nord = session.scalars(select(Customer).where(Customer.name == "Nord SA")).all()
    assert len(nord) == (2 if wanted == "create" else 1) and "01 23 45 67" in [card.phone for card in nord]


def test_rows_of_one_file_that_are_about_the_same(session: Session) -> None:
    """C7: same name, city and company: the first one is new, the others look like it."""
    companies = [write(session, lambda name=name: make_contact(session, name)) for name in ("Alpha", "Beta")]
    batch = upload(
        session,
        "contact",
        table(
            "Name;City;Company",
            "Nord SA;Metz;",
            "Nord;Metz;",
            "NORD s.a.;metz;",
            "Nord SA;Lyon;",
            "Ann Lee;;Alpha",
            "Ann Lee;;Beta",
            "Ann Lee;;Beta",
        ),
    )
    check(session, batch)
    assert outcomes(session, batch) == [
        "create",
        "duplicate",
        "duplicate",
        "create",
        "create",
        "create",
        "duplicate",
    ]
    found = rows(session, batch)
    assert [row.alike for row in found[1:3]] == [[["row", found[0].row_number, 100, ["name"]]]] * 2
    choose(session, batch, {found[1].row_number: "create"})
    run(session, batch)
    assert outcomes(session, batch) == [
        "created",
        "created",
        "left_out",
        "created",
        "created",
        "created",
        "left_out",
    ]
    assert companies


def test_rows_with_numbers_of_their_own_are_told_apart_by_them(session: Session) -> None:
    """C7: two branches of one firm; beside a card of that name each is a possible duplicate all the same."""
    batch = upload(session, "customer", table("No.;Name;City", "N-1;Nord SA;Metz", "N-2;Nord SA;Metz"))
    assert check(session, batch) == {"create": 2}
    write(session, lambda: make_customer(session, "Nord SA"))
    assert check(session, batch) == {"duplicate": 2}


def test_a_card_to_update_keeps_its_number_and_must_still_be_there(session: Session) -> None:
    """X1: a row with another number does not renumber the card that was chosen; a deleted one refuses the row."""
    cards = [
        write(session, lambda n=n: make_customer(session, f"{n} SA", city="Metz", no=f"OLD-{n}"))
        for n in ("Nord", "Sud")
    ]
    batch = upload(session, "customer", table("No.;Name;City;Phone", "N-1;Nord;Metz;01", "N-2;Sud;Metz;02"))
    check(session, batch, alike="update")
    assert outcomes(session, batch) == ["duplicate", "duplicate"]
    write(session, lambda: deletion.delete(session, session.get_one(Customer, cards[1].id), by=BY))
    run(session, batch)
    assert outcomes(session, batch) == ["updated", "refused"]
    nord = session.get_one(Customer, cards[0].id)
    assert (nord.no, nord.name, nord.phone) == ("OLD-Nord", "Nord", "01")


def test_choices_that_a_row_does_not_offer_are_refused(session: Session) -> None:
    write(session, lambda: make_customer(session, "Nord SA"))
    batch = upload(session, "customer", table("Name", "Nord SA", "Sud"))
    check(session, batch)
    number = rows(session, batch)[0].row_number
    for choice in ("update", "999", "", "skip "):
        with pytest.raises(Refused):
            choose(session, batch, {number: choice})
    choose(session, batch, {number + 1: "create", 99: "create"})
    run(session, batch)
    with pytest.raises(Refused):
        choose(session, batch, {number: "create"})


def test_a_person_finds_a_company_whose_row_looks_like_another(session: Session) -> None:
    """X1: and the person follows what is chosen for it."""
    write(session, lambda: make_contact(session, "Other", phone="514 555-0100"))
    batch = upload(
        session, "contact", table("Name;Company;Phone", "Nord SA;;514 555-0100", "Ann Lee;Nord SA;")
    )
    check(session, batch)
    assert outcomes(session, batch) == ["duplicate", "create"]
    choose(session, batch, {rows(session, batch)[0].row_number: "create"})
    run(session, batch)
    assert outcomes(session, batch) == ["created", "created"]
    person = session.scalars(select(Contact).where(Contact.type == "person")).one()
    assert person.company is not None and person.company.name == "Nord SA"


def test_a_person_that_is_there_joins_a_company_of_the_same_file(session: Session) -> None:
    """X1: one that a row makes, and one that a row renames; the number of that row is no id of a contact."""
    for number in range(6):
        write(session, lambda number=number: make_contact(session, f"Bystander {number}"))
    write(session, lambda: make_contact(session, "Other", phone="514 555-0100"))
    for name in ("Ann", "Bob"):
        write(session, lambda name=name: make_person(session, f"{name} Lee"))
    lines = ["Nord SA;;514 555-0100", "Sud SA;;", "Ann Lee;Nord SA;", "Bob Lee;Sud SA;"]
    batch = upload(session, "contact", table("Name;Company;Phone", *lines))
    assert check(session, batch, alike="update") == {"duplicate": 3, "create": 1}
    assert [row.changes[-1][2:] for row in rows(session, batch)[2:]] == [
        ["company_id", "", "Nord SA"],
        ["company_id", "", "Sud SA"],
    ]
    assert run(session, batch) == {"created": 1, "updated": 3}
    persons = session.scalars(select(Contact).where(Contact.type == "person").order_by(Contact.id)).all()
    assert [person.company and person.company.name for person in persons] == ["Nord SA", "Sud SA"]


def test_a_chunk_is_compared_with_a_handful_of_queries(session: Session) -> None:
    """X1: the same number for ten rows and for two hundred."""
    used = []
    for count in (10, 190):
        lines = [f"Firm {n} of {count};Metz;{1_000_000 + n}" for n in range(count)]
        batch = upload(session, "customer", table("Name;City;Phone", *lines))
        session.rollback()
        statements = count_statements(session)
        duplicates.find_many(session, "customer", [{"name": line} for line in lines])
        used.append(len(statements))
        session.rollback()
        check(session, batch)
        run(session, batch)
    assert used[0] == used[1] <= 9


# -- the pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "htmx"), [("en", False), ("fr", True)])
def test_each_row_has_its_choice_on_the_page(app, client_of, do, language, htmx):
    """U-I4, C7: the reason, a link and three choices; they are kept, and the run does them."""
    card = do(lambda session: make_customer(session, "Nord SA", city="Metz"))
    client = client_of("clerk", language=language, htmx=htmx)
    lines = ["Nord SA;Metz", *(f"Firm {number};Lyon" for number in range(60)), "Nord;Metz"]
    page = to_check(client, table("Name;City", *lines))
    assert f"/customers/{card.id}" in page.links
    form = page.form(of="choice-2")
    assert form.values["choice-2"] == ["skip"]
    answer = client.read(client.send(form, {"choice-2": "create"}), form.action, 200 if htmx else 303)
    assert answer.form(of="choice-2").values["choice-2"] == ["create"]
    # The second page of rows, and back: the choice of the first is still there.
    last = client.page("/import/1?show=duplicate")
    form = last.form(of="choice-63")
    assert (form.values["choice-2"], form.values["choice-63"]) == (["create"], ["skip"])
    # Without JavaScript what is chosen and not saved yet goes along with “Run the import”.
    (button,) = [button for button in last.all("button") if button.get("form") == "choices"]
    sent = form.filled({"choice-63": str(card.id)})
    client.read(client.post(button["formaction"], sent), "run", 303)
    support.work_off_all(app)
    result = client.page("/import/1")
    assert ("1 updated" in result.text) or ("1 mise à jour" in result.text)
    assert number_of(app, Customer) == 62


def test_the_next_rows_are_shown_with_the_choices_saved(app, client, do):
    """U-I4: without JavaScript, page by page."""
    for number in range(60):
        do(lambda session, number=number: make_customer(session, f"Firm {number} SA"))
    page = to_check(client, table("Name", *(f"Firm {number} SA" for number in range(60))))
    form = page.form(of="choice-2")
    following = client.read(client.send(form, {"choice-3": "create"}, button="next"), form.action, 303)
    assert "choice-52" in following.form(of="choice-52").values
    assert client.page("/import/1").form(of="choice-3").values["choice-3"] == ["create"]


def test_one_choice_for_all_on_the_page(app, client, do):
    """U-I4: skip, create or update the most similar card."""
    card = do(lambda session: make_customer(session, "Nord SA"))
    page = to_check(client, table("Name", "Nord SA", "Sud"))
    for wanted, choice in (("create", "create"), ("update", str(card.id)), ("skip", "skip")):
        form = next(form for form in page.all("form") if form.get("action") == "/import/1/choices/all")
        sent = {"csrf_token": client.csrf_token, "alike": wanted}
        page = client.read(client.post(form["action"], sent), form["action"], 303)
        assert page.form(of="choice-2").values["choice-2"] == [choice]
    assert client.post("/import/1/choices/all", {"csrf_token": client.csrf_token}).status_code == 400
    wrong = {"csrf_token": client.csrf_token, "choice-x": "create"}
    assert client.post("/import/1/choices", wrong).status_code == 400
    wrong = {"csrf_token": client.csrf_token, "choice-2": "999"}
    assert client.post("/import/1/choices", wrong, headers=HTMX).status_code == 409
