"""Numbers, dates and amounts as typed and as shown (U-X16, R-MON-1, R-TIME-1)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.formats import (
    LOCALES,
    format_date,
    format_datetime,
    format_money,
    format_number,
    money_digits,
    parse_date,
    parse_decimal,
    round_half_up,
    round_money,
)
from services.text import TextProblem

TODAY = date(2026, 11, 22)
locales = st.sampled_from(LOCALES)


@pytest.mark.parametrize(
    ("locale", "money", "short", "medium"),
    [
        ("en_CA", "$1,234.50", "2026-11-22", "Nov 22, 2026"),
        ("fr_CA", "1\u00a0234,50\u00a0$", "2026-11-22", "22 nov. 2026"),
        ("fr_FR", "1\u202f234,50\u00a0$CA", "22/11/2026", "22 nov. 2026"),
        ("fr-CA", "1\u00a0234,50\u00a0$", "2026-11-22", "22 nov. 2026"),
    ],
)
def test_the_table_of_formats(locale, money, short, medium):
    assert format_money(Decimal("1234.5"), "CAD", locale) == money
    assert format_date(TODAY, locale) == short
    assert format_date(TODAY, locale, "medium") == medium


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1234", "1234"),
        ("1234.50", "1234.50"),
        ("1 234.5", "1234.5"),
        ("1\u202f234", "1234"),
        ("1\u00a0234", "1234"),
        ("1'234.5", "1234.5"),
        ("1.234", "1.234"),
        ("-3", "-3"),
        ("\u22123", "-3"),
        ("+3", "3"),
        (".5", "0.5"),
        ("5.", "5"),
    ],
)
@pytest.mark.parametrize("locale", LOCALES)
def test_numbers_read_the_same_in_every_locale(typed, number, locale):
    assert parse_decimal(typed, locale) == Decimal(number)


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1,234.50", "1234.50"), ("1,234,567", "1234567"), ("-12,345.6", "-12345.6"), ("1,234.", "1234")],
)
def test_english_commas_part_thousands(typed, number):
    assert parse_decimal(typed, "en_CA") == Decimal(number)
    with pytest.raises(TextProblem):
        parse_decimal(typed, "fr_CA")


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1 234,50", "1234.50"), ("12,5", "12.5"), ("0,234", "0.234"), ("1234,567", "1234.567")],
)
def test_a_french_comma_is_the_decimal_sign(typed, number):
    assert parse_decimal(typed, "fr_CA") == parse_decimal(typed, "fr_FR") == Decimal(number)
    with pytest.raises(TextProblem):
        parse_decimal(typed, "en_CA")


@pytest.mark.parametrize("typed", ["1,234", "-1,234", "999,000", "12,345"])
@pytest.mark.parametrize("locale", LOCALES)
def test_a_number_with_two_readings_is_refused_and_both_are_named(typed, locale):
    with pytest.raises(TextProblem) as problem:
        parse_decimal(typed, locale)
    assert typed.replace(",", "") in str(problem.value)
    assert typed.replace(",", ".") in str(problem.value)


@pytest.mark.parametrize(
    "typed",
    [
        "abc",
        "1e5",
        "NaN",
        "Infinity",
        "1.2.3",
        "1..2",
        "1,2,3",
        "1,23,456",
        ",",
        ".",
        "-",
        "50%",
        "$5",
        "٣",
        "½",
    ]
    + ["0x10", "1_000", "--1", "1.234,50", "9" * 41, "1\x002"],
)
@pytest.mark.parametrize("locale", ["en_CA", "fr_CA"])
def test_what_is_no_number_is_refused_with_a_sentence(typed, locale):
    with pytest.raises(TextProblem) as problem:
        parse_decimal(typed, locale)
    assert str(problem.value)


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0", None])
def test_blank_is_no_number_and_no_date(blank):
    assert parse_decimal(blank, "en_CA") is None
    assert parse_date(blank, TODAY, "en_CA") is None


@given(st.decimals("-99999999999", "99999999999", places=2), locales)
def test_a_number_shown_is_read_back(number, locale):
    assert parse_decimal(format_number(number, locale, 2), locale) == number


@given(st.text(max_size=45), locales)
def test_any_text_is_a_number_or_a_sentence(text, locale):
    try:
        parsed = parse_decimal(text, locale)
    except TextProblem as problem:
        assert str(problem)
    else:
        assert parsed is None or parsed.is_finite()


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("t", TODAY),
        ("A", TODAY),
        ("today", TODAY),
        ("Aujourd’hui", TODAY),
        ("5", date(2026, 11, 5)),
        ("05", date(2026, 11, 5)),
        ("2211", TODAY),
        ("0103", date(2026, 3, 1)),
        ("+30", date(2026, 12, 22)),
        ("-22", date(2026, 10, 31)),
        ("2027-03-04", date(2027, 3, 4)),
        ("2028-2-29", date(2028, 2, 29)),
        ("22 nov. 2026", TODAY),
        ("Nov 22, 2026", TODAY),
        ("1er janvier 2027", date(2027, 1, 1)),
        ("3 fév. 2026", None),
        ("3 févr. 2026", date(2026, 2, 3)),
        ("3 August 2026", date(2026, 8, 3)),
    ],
)
@pytest.mark.parametrize("locale", LOCALES)
def test_dates_by_shorthand_iso_and_month_names(typed, day, locale):
    if day is None:
        with pytest.raises(TextProblem):
            parse_date(typed, TODAY, locale)
    else:
        assert parse_date(typed, TODAY, locale) == day


@pytest.mark.parametrize(
    ("typed", "locale", "day"),
    [
        ("03/04/2026", "fr_FR", date(2026, 4, 3)),
        ("03/04/2026", "en_GB", date(2026, 4, 3)),
        ("3/4/26", "en_US", date(2026, 3, 4)),
        ("3.4.2026", "fr_FR", date(2026, 4, 3)),
        ("03/04/46", "fr_FR", date(2046, 4, 3)),
        ("03/04/47", "fr_FR", date(1947, 4, 3)),
        ("03/04/99", "fr_FR", date(1999, 4, 3)),
    ],
)
def test_the_locale_says_which_is_the_month(typed, locale, day):
    assert parse_date(typed, TODAY, locale) == day


@pytest.mark.parametrize("locale", ["en_CA", "fr_CA"])
def test_where_dates_begin_with_the_year_slashes_are_not_guessed(locale):
    with pytest.raises(TextProblem) as problem:
        parse_date("03/04/2026", TODAY, locale)
    assert "2026-11-22" in str(problem.value)


@pytest.mark.parametrize(
    "typed", ["31", "0", "00", "3102", "2211x", "2026-02-29", "2026-13-01", "0000-01-01", "foo"]
)
@pytest.mark.parametrize("locale", LOCALES)
def test_a_day_that_does_not_exist_is_refused(typed, locale):
    with pytest.raises(TextProblem) as problem:
        parse_date(typed, TODAY, locale)
    assert typed in str(problem.value)


@pytest.mark.parametrize("today", [date(9999, 12, 31), date(1, 1, 1)])
def test_days_beyond_the_calendar_are_refused(today):
    with pytest.raises(TextProblem):
        parse_date("+99999" if today.year > 1 else "-99999", today, "en_CA")


@given(st.dates(TODAY - timedelta(days=365 * 78), TODAY + timedelta(days=365 * 20)), locales)
def test_a_date_shown_is_read_back(day, locale):
    for length in ("short", "medium"):
        assert parse_date(format_date(day, locale, length), TODAY, locale) == day


@given(st.text(max_size=45), locales)
def test_any_text_is_a_date_or_a_sentence(text, locale):
    try:
        assert parse_date(text, TODAY, locale) is None or isinstance(parse_date(text, TODAY, locale), date)
    except TextProblem as problem:
        assert str(problem)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("2.675", "2.68"),
        ("2.665", "2.67"),
        ("-2.675", "-2.68"),
        ("33.3333333", "33.33"),
        ("999999999.99", "999999999.99"),
    ],
)
def test_money_is_rounded_half_up(amount, rounded):
    """R-MON-1."""
    assert str(round_half_up(Decimal(amount), 2)) == rounded
    assert str(round_money(Decimal(amount), "CAD")) == rounded


def test_rounding_copes_with_more_digits_than_decimal_s_usual_28():
    assert round_half_up(Decimal("9" * 40), 2) == Decimal("9" * 40)


def test_money_has_the_decimals_of_its_currency():
    assert (money_digits("CAD"), money_digits("JPY"), money_digits("TND"), money_digits("")) == (2, 0, 3, 2)
    assert round_money(Decimal("10.5"), "JPY") == Decimal("11")
    assert format_money(Decimal("2.665"), "EUR", "en_CA") == "€2.67"
    assert format_money(Decimal("2.665"), "", "en_CA") == "2.67"
    assert format_money(Decimal("-0.001"), "CAD", "en_CA") == "$0.00"


def test_numbers_keep_their_decimals_or_get_as_many_as_asked():
    assert format_number(Decimal("1234567.12345"), "en_CA") == "1,234,567.12345"
    assert format_number(Decimal("2.665"), "fr_CA", 2) == "2,67"
    assert format_number(1234, "en_CA", 0) == "1,234"
    # A zero with a minus is shown without, and later zeros as well.
    assert format_number(Decimal("-0"), "en_CA") == format_number(0, "en_CA") == "0"


def test_moments_are_shown_in_the_office_s_time_zone():
    moment = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
    assert format_datetime(moment, "America/Toronto", "fr_CA") == "2026-11-21 22\xa0h\xa030"
    assert format_datetime(moment.replace(tzinfo=None), "Europe/Paris", "fr_FR") == "22/11/2026 04:30"
    assert format_datetime(None, "UTC", "en_CA") == format_date(None, "en_CA") == ""


def test_moments_around_the_change_of_clocks_keep_their_order():
    """R-TIME-1: on 2027-10-31 the hour from 2 to 3 comes twice in Paris."""
    first, second = (datetime(2027, 10, 31, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert format_datetime(first, "Europe/Paris", "fr_FR").endswith("02:30")
    assert format_datetime(second, "Europe/Paris", "fr_FR").endswith("02:30")
    summer, winter = (datetime(2027, 3, 28, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert format_datetime(summer, "Europe/Paris", "fr_FR").endswith("01:30")
    assert format_datetime(winter, "Europe/Paris", "fr_FR").endswith("03:30")
