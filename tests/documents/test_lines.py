"""Quantities typed as arithmetic, and the amounts of lines."""

from decimal import Decimal

import pytest

from services.documents import lines
from services.text import TextProblem

D = Decimal


@pytest.mark.parametrize(
    ("typed", "quantity"),
    [
        ("12", "12"),
        ("12*4", "48"),
        (" 12 × 4 ", "48"),
        ("10/3", "3.3333"),
        ("20/3", "6.6667"),
        ("10/3*3", "10"),
        ("2+3*4-1", "13"),
        ("-3*4", "-12"),
        ("3*-4", "-12"),
        ("1 200*2", "2400"),
        ("0.5", "0.5"),
        ("1/16", "0.0625"),
        ("1/32", "0.0313"),
        ("-1/32", "-0.0313"),
        ("100-1", "99"),
    ],
)
def test_a_quantity_is_a_number_or_a_calculation(typed: str, quantity: str) -> None:
    """O5: halves of the last of four decimals go up."""
    for locale in ("en_CA", "fr_CA"):
        assert lines.parse_quantity(typed, locale) == D(quantity)


def test_a_comma_is_the_decimal_sign_where_people_write_it_so() -> None:
    assert lines.parse_quantity("1,5*3", "fr_CA") == D("4.5")
    assert lines.parse_quantity("1,234.5*2", "en_CA") == D(2469)
    assert lines.parse_quantity("", "fr_CA") is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("twelve", "Enter a number like"),
        ("12*", "calculation like 12*4"),
        ("*4", "calculation like 12*4"),
        ("12**4", "calculation like 12*4"),
        ("--3", "calculation like 12*4"),
        ("5-", "calculation like 12*4"),
        ("+", "calculation like 12*4"),
        ("1/0", "divided by zero"),
        ("1/(2-2)", "Enter a number like"),
        ("1,234", "can be read as 1234 or as 1.234"),
        ("1,234*2", "can be read as 1234 or as 1.234"),
        ("1234567890123456", "at most 15 digits"),
        ("1234567890123456*0", "at most 15 digits"),
        ("999999999*999999999", "too large"),
        ("0.00001", "at most four decimals"),
        ("2**99", "calculation like"),
        ("__import__('os')", "Enter a number like"),
        ("9" * 200, "Shorten this text"),
    ],
)
def test_what_is_no_quantity_says_so(typed: str, said: str) -> None:
    """Nothing typed is evaluated; each mistake has its sentence."""
    for locale in ("en_CA", "fr_CA"):
        with pytest.raises(TextProblem) as problem:
            lines.parse_quantity(typed, locale)
        assert said in str(problem.value)


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "amount"),
    [
        ("1", "2.675", "0", "2.68"),
        ("1", "2.665", "0", "2.67"),
        ("-1", "2.675", "0", "-2.68"),
        ("3", "33.3333", "0", "100.00"),
        ("1", "999999999.99", "0", "999999999.99"),
        ("12", "14", "15", "142.80"),
        ("0.3333", "3", "0", "1.00"),
        ("7", "0.05", "50", "0.18"),
        ("1", "100", "100", "0.00"),
    ],
)
def test_r_mon_1_a_line_is_rounded_half_up_once(
    quantity: str, price: str, discount: str, amount: str
) -> None:
    """R-MON-1: never a float, never half to even, never twice."""
    assert lines.amount(D(quantity), D(price), D(discount), "CAD") == D(amount)


def test_an_amount_has_the_decimals_of_its_currency() -> None:
    assert lines.amount(D(3), D("33.5"), D(0), "JPY") == D(101)
    assert lines.amount(D(1), D("1.2345"), D(0), "KWD") == D("1.235")


def test_an_amount_that_a_document_cannot_hold_is_refused() -> None:
    with pytest.raises(TextProblem, match="too large"):
        lines.amount(D(999_999), D(99_999_999), D(0), "CAD")


@pytest.mark.parametrize("typed", ["-1", "100.01"])
def test_a_discount_is_a_percentage(typed: str) -> None:
    with pytest.raises(TextProblem, match="from 0 to 100"):
        lines.percentage(D(typed))
