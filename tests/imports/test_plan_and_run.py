"""The check says exactly what the run then does, whatever the cells hold (X1)."""

import csv
import io
from random import Random

import pytest

from models import (
    MODELS,
)
from services import fields, records
from tests.imports.support import (
    check,
    rows,
    run,
    upload,
    write,
)
from tests.support.factories import BY


def a_cell(random, column):
    """A value as files have them: right, wrong, empty, too long or strange."""
    texts = [
        "",
        "NULL",
        "Roy",
        "Côté & Fils",
        "x" * 60,
        "x" * 101,
        "=1+1",
        "été\tx",
        "a\x07b",
        "\u202eabc",
        "0",
        "N/A",
    ]
    of_column = {
        "No.": ["", "C1", "C2", "C3", "N1", "N2", "x" * 21, "12"],
        "E-mail": ["", "a@x.example", "A@X.EXAMPLE", "info@", "a@x.example;b@x.example"],
        "Phone": ["", "514 555-0100", "call", "1" * 31],
        "Country": ["", "Canada", "Allemagne", "Atlantis", "FR"],
        "VAT": ["", "FR40303265045", "FR1", "DE136695976"],
        "Website": ["", "#A.HTM#", "x#http://x.example#", "www.x.example", "javascript:alert(1)"],
        "Blocked": ["", "yes", "none", "perhaps"],
        "Contact person": ["", "Marie Côté", "y" * 60, "Marie de la Tour", "\u200bA"],
        "Notes": ["", "a note", "z" * 9_990, "z" * 10_001],
    }
    return random.choice(of_column.get(column, texts))


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["customer", "vendor", "contact"])
def test_the_run_does_to_each_row_exactly_what_the_check_said(session, kind, seed):
    random = Random(seed)
    for no in ("C1", "C2"):
        write(
            session, lambda no=no: records.create(session, kind, {"no": no, "name": no, "phone": "1"}, by=BY)
        )
    headers = [
        "No.",
        "Name",
        "E-mail",
        "Phone",
        "Country",
        "VAT",
        "Website",
        "Blocked",
        "Contact person",
        "Notes",
        "City",
    ]
    out = io.StringIO()
    csv.writer(out).writerows([headers, *([a_cell(random, column) for column in headers] for _ in range(40))])
    batch = upload(session, kind, out.getvalue().encode())
    how = {"clear": random.random() < 0.5, "alike": "create"}
    check(session, batch, key=random.choice(["no", "email", "none"]), **how)
    planned = {row.row_number: (row.outcome, row.changes, row.warnings) for row in rows(session, batch)}
    assert {outcome for outcome, _, _ in planned.values()} >= {"create", "error"}
    run(session, batch)
    becomes = {"create": "created", "update": "updated", "skip": "unchanged", "error": "refused"}
    for row in rows(session, batch):
        outcome, changes, _ = planned[row.row_number]
        outcome = "create" if outcome == "duplicate" else outcome
        assert row.outcome == becomes[outcome], (row.row_number, outcome, row.outcome, row.messages)
        if outcome == "update":
            assert {(name, old) for _, _, name, old, _ in changes} == {
                (name, fields.as_text(old)) for _, _, _, name, old in row.undo
            }
        if outcome == "create":
            record = session.get_one(MODELS[kind], row.record_id)
            stored = {name: fields.as_text(getattr(record, name)) for _, _, name, _, _ in changes}
            shown = {name: new for _, _, name, _, new in changes}
            moved = {"contact_person"} if getattr(record, "primary_contact_id", None) else set()
            assert {**stored, **dict.fromkeys(moved, "")} == {**shown, **dict.fromkeys(moved, "")}
