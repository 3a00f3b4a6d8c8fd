"""Settings › Privacy: the law, who is in charge, the fiscal year, and times that no law makes longer (Y-K2)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Office, PrivacySettings, TrailEntry
from services.privacy import regimes, settings
from tests.support.client import Client

Do = Callable[[Callable[[Session], Any]], Any]
PAGE = "/settings/privacy"
TYPED = {
    "regime": "QC",
    "person_in_charge": "Zoé Roy",
    "person_email": "zoe@example.com",
    "fiscal_year_end": "31/3",
    "next_working_day": True,
    "accounting": "8",
    "quote": "",
}


@pytest.mark.both_databases
@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_saved_is_shown_again(app: Flask, do: Do, language: str) -> None:
    """The trail names the fields that changed, and nothing that stood in them."""
    admin = Client(app, role="admin", language=language)
    page = admin.submit(PAGE, TYPED)
    shown = page.form(of="regime").values
    assert (
        shown["regime"] == ["QC"] and shown["fiscal_year_end"] == ["31-03"] and shown["accounting"] == ["8"]
    )
    row = do(lambda session: session.get_one(PrivacySettings, 1))
    assert (row.fiscal_year_end, row.years, row.next_working_day) == ("03-31", {"accounting": 8}, True)
    assert (
        do(lambda session: regimes.of_office(session.get_one(Office, 1), settings.present(session))) == "QC"
    )
    admin.submit(PAGE, {"accounting": "9"})
    lines = do(lambda session: session.scalars(select(TrailEntry).order_by(TrailEntry.id)).all())
    assert [line.fields for line in lines][1:] == [["years"]]
    assert set(lines[0].fields) == {
        "regime",
        "person_in_charge",
        "person_email",
        "fiscal_year_end",
        "next_working_day",
        "years",
    }
    assert "Zo" not in repr([(line.fields, line.counts) for line in lines])


@pytest.mark.parametrize(
    "typed, field, sentence",
    [
        ({"accounting": "5"}, "accounting", "Income Tax Act"),
        ({"accounting": "0"}, "accounting", "whole number"),
        ({"quote": "99"}, "quote", "whole number"),
        ({"relation": "three"}, "relation", "whole number"),
        ({"fiscal_year_end": "31-04"}, "fiscal_year_end", "day and a month"),
        ({"fiscal_year_end": "2026-12-31"}, "fiscal_year_end", ""),
        ({"person_email": "zoe"}, "person_email", "name@example.com"),
        ({"person_in_charge": "x" * 101}, "person_in_charge", "Shorten"),
    ],
)
def test_y_k2_what_is_wrong_is_said_beside_the_field(
    app: Flask, do: Do, typed: dict[str, str], field: str, sentence: str
) -> None:
    """422: a time shorter than the law asks names its text; everything typed is still there."""
    do(lambda session: setattr(session.get_one(Office, 1), "country", "CA"))
    page = Client(app, role="admin").submit(PAGE, TYPED | typed, 422)
    assert sentence in page.errors[field]
    assert page.form(of="regime").values["regime"] == ["QC"]
    assert do(lambda session: session.get(PrivacySettings, 1)) is None


def test_the_end_of_february_is_a_day_of_every_year(app: Flask, do: Do) -> None:
    Client(app, role="admin").submit(PAGE, {"fiscal_year_end": "29-02"})
    assert do(lambda session: session.get_one(PrivacySettings, 1).fiscal_year_end) == "02-28"


def test_only_administrators_have_the_settings(app: Flask) -> None:
    for role in ("clerk", "privacy_officer", "reader"):
        assert Client(app, role=role).get(PAGE).status_code == 403
