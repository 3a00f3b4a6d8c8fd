"""The numbers of a line: quantities typed as arithmetic, prices, discounts, and the amount they make."""

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from flask_babel import lazy_gettext as _l

from services import formats
from services.checks import AMOUNT_LIMIT
from services.text import TextProblem, clean

DECIMALS = 4
_TYPED_LIMIT = 60
_MOST_DIGITS = 15
_SIGNS = str.maketrans({"×": "*", "÷": "/", "−": "-", "–": "-"})
_OPERATOR = re.compile(r"([*/+-])")
_HUNDRED = Decimal(100)


def parse_quantity(text: str | None, locale: str) -> Decimal | None:
    """The quantity typed as a number, or as a calculation with + - * /; None for blank.

    12*4 is 48, 10/3 is 3.3333: results are rounded half up to four decimals. Nothing is evaluated as code.
    Raises TextProblem for what is no calculation, a division by zero, a number that can be read in two
    ways, and one of more than 15 digits.
    """
    typed = clean(text, limit=_TYPED_LIMIT).translate(_SIGNS)
    if not typed:
        return None
    pieces = [piece.strip() for piece in _OPERATOR.split(typed)]
    if len(pieces) == 1:
        return parse_number(typed, locale)
    result = _calculated(list(_signed(pieces)), locale)
    return _fitting(formats.round_half_up(_decimal(result), DECIMALS))


def parse_number(text: str | None, locale: str) -> Decimal | None:
    """A quantity, price or percentage: at most 15 digits, four of them decimals; None for blank."""
    number = formats.parse_decimal(text, locale)
    if number is None:
        return None
    if len(number.as_tuple().digits) > _MOST_DIGITS:
        raise _too_many_digits()
    if number != round(number, DECIMALS):
        raise TextProblem(_l("Enter at most four decimals."))
    return _fitting(number)


def percentage(number: Decimal | None) -> Decimal:
    """A discount from 0 to 100; 0 for blank."""
    if number is None:
        return Decimal(0)
    if not 0 <= number <= _HUNDRED:
        raise TextProblem(_l("Enter a percentage from 0 to 100."))
    return number


def amount(quantity: Decimal, unit_price: Decimal, discount_percent: Decimal, currency: str) -> Decimal:
    """What a line costs before tax, rounded half up once, to the smallest unit of the currency (R-MON-1).

    Raises TextProblem when the amount has more digits than a document can hold.
    """
    exact = Fraction(quantity) * Fraction(unit_price) * (1 - Fraction(discount_percent) / 100)
    if abs(exact) > AMOUNT_LIMIT:
        raise _too_large()
    return formats.round_money(_decimal(exact), currency)


def _signed(pieces: list[str]) -> Iterator[str]:
    """Numbers and operators in turn; a sign before a number belongs to it, as in -3*4 and 3*-4."""
    sign, expects_number = "", True
    for piece in pieces:
        if not piece:
            continue
        if not expects_number:
            if piece not in "*/+-":
                raise _no_calculation()
            yield piece
            expects_number = True
        elif piece in "+-" and not sign:
            sign = piece
        elif piece in "*/+-":
            raise _no_calculation()
        else:
            yield sign.replace("+", "") + piece
            sign, expects_number = "", False
    if expects_number:
        raise _no_calculation()


def _calculated(pieces: list[str], locale: str) -> Fraction:
    """The result, with * and / before + and -; exact, so that 10/3*3 is 10."""
    total, term, adding = Fraction(0), _operand(pieces[0], locale), True
    for operator, number in zip(pieces[1::2], pieces[2::2], strict=True):
        value = _operand(number, locale)
        if operator == "*":
            term *= value
        elif operator == "/":
            if not value:
                raise TextProblem(_l("Nothing can be divided by zero. Change the number after “/”."))
            term /= value
        else:
            total += term if adding else -term
            term, adding = value, operator == "+"
    return total + (term if adding else -term)


def _operand(text: str, locale: str) -> Fraction:
    number = formats.parse_decimal(text, locale)
    if number is None:
        raise _no_calculation()
    if len(number.as_tuple().digits) > _MOST_DIGITS:
        raise _too_many_digits()
    return Fraction(number)


def _decimal(exact: Fraction) -> Decimal:
    """The number with more decimals than anybody rounds to, cut so that no half is made or lost."""
    scaled = exact * 10**12
    whole = int(scaled)
    if scaled != whole:
        # Something is left: a digit behind the last one keeps it from looking like an exact half.
        return Decimal(whole * 10 + (1 if scaled > 0 else -1)).scaleb(-13)
    return Decimal(whole).scaleb(-12)


def _fitting(number: Decimal) -> Decimal:
    if abs(number) > AMOUNT_LIMIT:
        raise _too_large()
    return number


def _no_calculation() -> TextProblem:
    return TextProblem(_l("Enter a number, or a calculation like 12*4 or 100/3."))


def _too_many_digits() -> TextProblem:
    return TextProblem(_l("Enter a number of at most %(most)s digits.", most=_MOST_DIGITS))


def _too_large() -> TextProblem:
    return TextProblem(_l("This makes an amount that is too large for a document. Check the numbers."))
