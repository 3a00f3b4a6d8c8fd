"""An import is taken back, as long as nobody used its cards (X1, U-I5)."""

import pytest

from models import Contact, Customer, Link
from services import records
from tests.imports.support import (
    check,
    contact_of,
    number_of,
    rows,
    run,
    run_all,
    table,
    the,
    undo,
    upload,
    write,
)
from tests.support.factories import make_contact, make_customer


@pytest.mark.both_databases
def test_undoing_removes_what_was_made_and_brings_old_values_back(session):
    customer = write(session, lambda: make_customer(session, "Old", no="C1", phone="1"))
    before = (number_of(session, Customer), number_of(session, Contact), number_of(session, Link))
    batch = upload(
        session,
        "customer",
        table("No.,Name,Phone,Contact person", "C1,Renamed,2,", "C2,New,,Marie Côté", "C3,Third,3,"),
    )
    check(session, batch)
    assert run(session, batch) == {"updated": 1, "created": 2}
    assert undo(session, batch) == {"undone": 3}
    assert (number_of(session, Customer), number_of(session, Contact), number_of(session, Link)) == before
    assert (the(session, Customer, "C1").name, the(session, Customer, "C1").phone) == ("Old", "1")
    assert contact_of(session, customer).name == "Old"


def test_rows_used_since_are_kept_and_say_so(session):
    batch = run_all(session, "customer", table("No.,Name", "C1,A", "C2,B", "C3,C"))
    write(session, lambda: records.save(session, the(session, Customer, "C1"), {"phone": "9"}, by=1))
    contact = contact_of(session, the(session, Customer, "C2"))
    write(session, lambda: make_contact(session, "Somebody New", type="person", company_id=contact.id))
    assert undo(session, batch) == {"kept": 2, "undone": 1}
    assert [row.no for row in rows(session, batch, "kept")] == ["C1", "C2"]
    assert "C1 was used or changed" in rows(session, batch, "kept")[0].messages[-1][3]
    assert number_of(session, Customer) == 2


def test_undoing_an_import_whose_later_rows_changed_cards_of_earlier_ones(session):
    batch = upload(
        session,
        "contact",
        table(
            "No.,Name,Phone,First name,Last name,Company",
            "N1,Firm,1,,,",
            "P1,,,Marie,Côté,N1",
            "P2,,5,Luc,Roy,N1",
        ),
    )
    check(session, batch, names=["no", "name", "phone", "first_name", "last_name", "company_id"])
    run(session, batch)
    change = run_all(session, "contact", table("No.,Name,Phone", "N1,Firm,7"))
    assert the(session, Contact, "P1").phone == "7" and the(session, Contact, "P2").phone == "5"
    assert undo(session, change) == {"undone": 1}
    assert the(session, Contact, "P1").phone == "1"
    assert undo(session, batch) == {"kept": 2, "undone": 1}
