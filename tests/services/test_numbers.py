"""Number series: rules N1 to N4 and N6."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MODELS, NumberCounter, NumberSeries, NumberSeriesLine, Office, RelationCode
from services import numbers, records
from services.errors import Exhausted, Invalid, MissingSetting
from tests.support import factories as make
from tests.support.clock import Clock

pytestmark = pytest.mark.both_databases

TODAY = date(2026, 6, 15)
KINDS = tuple(MODELS)


def series(session: Session, *patterns: str | tuple[str, date | None], **flags: bool) -> NumberSeries:
    lines = [
        NumberSeriesLine(pattern=line)
        if isinstance(line, str)
        else NumberSeriesLine(pattern=line[0], starts_on=line[1])
        for line in patterns
    ]
    made = NumberSeries(code="TEST", description="", lines=lines, **flags)
    session.add(made)
    session.flush()
    return made


def series_of(session: Session, kind: str) -> NumberSeries:
    return session.get_one(NumberSeries, session.get_one(Office, 1).series_id(kind))


def take(session: Session, from_series: NumberSeries, times: int = 1, day: date = TODAY) -> list[str]:
    return [numbers.next_number(session, from_series, day) for _ in range(times)]


# -- a fresh office (N6) and automatic numbers (N1) ---------------------------------------------------------


def test_a_fresh_office_has_series_and_codes_for_the_four_kinds(session: Session) -> None:
    """N6: so everything works at once."""
    office = session.get_one(Office, 1)
    firsts = [numbers.peek(session, series_of(session, kind), TODAY) for kind in KINDS]
    assert firsts == ["CT000001", "C00001", "V00001", "B00001"]
    assert all(series_of(session, kind).automatic and series_of(session, kind).manual for kind in KINDS)
    codes = [session.get_one(RelationCode, office.code_id(kind)).code for kind in KINDS if kind != "contact"]
    assert codes == ["CUST", "VEND", "BANK"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_without_number_gets_the_next_of_its_series(session: Session, kind: str) -> None:
    """N1."""
    first, second = make.make_card(session, kind), make.make_card(session, kind, no="")
    prefix = first.no.rstrip("0123456789")
    assert int(second.no.removeprefix(prefix)) == int(first.no.removeprefix(prefix)) + 1


@pytest.mark.parametrize("kind", KINDS)
def test_taken_numbers_are_skipped(session: Session, kind: str) -> None:
    """N1."""
    prefix = numbers.parse_pattern(series_of(session, kind).lines[0].pattern)
    typed = [prefix.number(value, TODAY) for value in (1, 2, 4)]
    for no in typed:
        make.make_card(session, kind, no=no)
    assert [make.make_card(session, kind).no for _ in range(2)] == [
        prefix.number(value, TODAY) for value in (3, 5)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_number_may_be_used_by_another_kind(session: Session, kind: str) -> None:
    """N2: unique per kind."""
    for other in KINDS:
        make.make_card(session, other, no="SAME-1")
    with pytest.raises(Invalid) as refused:
        make.make_card(session, kind, no="SAME-1")
    assert set(refused.value.errors) == {"no"} and "SAME-1" in str(refused.value.errors["no"][0])


# -- typed numbers (N2) -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_typed_number_needs_a_series_that_allows_it(session: Session, kind: str) -> None:
    """N2: on a new card and on a saved one; the sentence names the series."""
    card = make.make_card(session, kind)
    records.save(session, card, {"no": "OWN-7"}, by=make.BY)
    assert card.no == "OWN-7"
    series_of(session, kind).manual = False
    session.commit()
    for attempt in (
        lambda: make.make_card(session, kind, no="OWN-8"),
        lambda: records.save(session, card, {"no": "OWN-8"}, by=make.BY),
    ):
        with pytest.raises(Invalid) as refused:
            attempt()
        session.rollback()
        assert set(refused.value.errors) == {"no"} and series_of(session, kind).code in str(
            refused.value.errors["no"][0]
        )
    assert records.save(session, card, {"no": "OWN-7"}, by=make.BY).changes == []


def test_a_saved_card_does_not_take_anothers_number(session: Session) -> None:
    first, second = make.make_contact(session), make.make_contact(session)
    with pytest.raises(Invalid):
        records.save(session, second, {"no": first.no}, by=make.BY)


def test_a_series_without_automatic_numbers_asks_for_one(session: Session) -> None:
    """N3: automatic and manual are never both off."""
    series_of(session, "contact").automatic = False
    session.flush()
    with pytest.raises(MissingSetting) as refused:
        make.make_contact(session)
    assert "CONT" in str(refused.value) and refused.value.link is not None
    assert make.make_contact(session, no="OWN").no == "OWN"


def test_the_database_refuses_a_series_with_both_flags_off(session: Session) -> None:
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError):
        series(session, "A{1}", automatic=False, manual=False)


# -- patterns (N3) ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "first", "second"),
    [
        ("CT{000001}", "CT000001", "CT000002"),
        ("INV-{yyyy}-{0001}", "INV-2026-0001", "INV-2026-0002"),
        ("{100}", "100", "101"),
        ("A{09}Z", "A09Z", "A10Z"),
        ("{0}", "0", "1"),
        ("{yyyy}/{5}", "2026/5", "2026/6"),
        ("É-{01}", "É-01", "É-02"),
    ],
)
def test_the_braces_hold_the_first_value(session: Session, pattern: str, first: str, second: str) -> None:
    """N3."""
    assert take(session, series(session, pattern), 2) == [first, second]


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "CT",
        "CT{}",
        "CT{x}",
        "CT{1}{2}",
        "CT{1",
        "CT1}",
        "{{1}}",
        "CT{yyyy}",
        "A{0000000001}",
        "x" * 18 + "{001}",
        "{mm}{1}",
    ],
)
def test_a_pattern_that_cannot_give_numbers_is_refused(pattern: str) -> None:
    """N3: and no number ever exceeds 20 characters."""
    with pytest.raises(Invalid) as refused:
        numbers.parse_pattern(pattern)
    assert set(refused.value.errors) == {"pattern"}


def test_a_pattern_with_the_year_begins_again_each_year(session: Session) -> None:
    """N3, R-NUM-2: the year is that of the date given, also when the clock was set back."""
    yearly = series(session, "Q{yyyy}-{01}")
    assert take(session, yearly, 2, date(2026, 12, 31)) == ["Q2026-01", "Q2026-02"]
    assert take(session, yearly, 1, date(2027, 1, 1)) == ["Q2027-01"]
    assert take(session, yearly, 1, date(2026, 12, 31)) == ["Q2026-03"]


def test_the_day_is_the_offices(session: Session, clock: Clock) -> None:
    """R-TIME-1: at 3 in the morning UTC it is still the year before in Toronto."""
    series_of(session, "contact").lines[0].pattern = "CT{yyyy}-{01}"
    session.flush()
    clock.set(2027, 1, 1, 3)
    assert make.make_contact(session).no == "CT2026-01"
    clock.set(2027, 1, 1, 6)
    assert make.make_contact(session).no == "CT2027-01"


def test_a_line_is_in_force_from_its_start(session: Session) -> None:
    """N3: start dates."""
    lines = series(session, ("OLD{1}", None), ("NEW{1}", date(2026, 7, 1)))
    assert take(session, lines, 2, date(2026, 6, 30)) == ["OLD1", "OLD2"]
    assert take(session, lines, 1, date(2026, 7, 1)) == ["NEW1"]
    assert take(session, lines, 1, date(2026, 6, 30)) == ["OLD3"]


def test_a_second_line_of_the_same_start_takes_over(session: Session) -> None:
    assert take(session, series(session, "A{8}", "B{1}"), 4) == ["A8", "A9", "B1", "B2"]


# -- exhausted or missing (N4) --------------------------------------------------------------------------------


def test_an_exhausted_series_is_named_with_a_link_to_its_settings(session: Session) -> None:
    """N4."""
    small = series(session, "X{98}")
    assert take(session, small, 2) == ["X98", "X99"]
    assert numbers.peek(session, small, TODAY) is None
    with pytest.raises(Exhausted) as refused:
        take(session, small)
    assert "TEST" in str(refused.value)
    assert refused.value.link is not None and refused.value.status == 409


def test_a_series_that_has_not_begun_is_exhausted_for_now(session: Session) -> None:
    with pytest.raises(Exhausted):
        take(session, series(session, ("X{1}", date(2030, 1, 1))))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_without_a_series_needs_a_typed_number(session: Session, kind: str) -> None:
    """N4, N6: an administrator can empty it."""
    setattr(session.get_one(Office, 1), f"{kind}_series_id", None)
    session.commit()
    with pytest.raises(MissingSetting) as refused:
        make.make_card(session, kind)
    session.rollback()
    assert refused.value.link is not None
    assert make.make_card(session, kind, no="OWN-1").no == "OWN-1"


def test_numbers_that_are_left_are_counted(session: Session) -> None:
    """N3: the warning level."""
    small = series(session, "X{90}")
    assert numbers.remaining(session, small.lines[0], TODAY) == 10
    take(session, small, 3)
    assert numbers.remaining(session, small.lines[0], TODAY) == 7


def test_a_number_is_given_back_when_its_transaction_fails(session: Session) -> None:
    """A refused card uses up no number."""
    make.make_contact(session)
    session.commit()
    make.make_contact(session)
    session.rollback()
    assert make.make_contact(session).no == "CT000002"


def test_looking_takes_no_number(session: Session) -> None:
    contacts = series_of(session, "contact")
    seen: list[Any] = [numbers.peek(session, contacts, TODAY) for _ in range(3)]
    assert seen == ["CT000001"] * 3 and session.scalars(select(NumberCounter)).all() == []
