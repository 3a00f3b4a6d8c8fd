"""Numbers, dates and amounts: read as people type them, shown as the reader's locale writes them."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import dates, numbers
from flask_babel import lazy_gettext as _l

from services.places import locale_of
from services.text import TextProblem, clean, fold

LOCALES = ("en_CA", "fr_CA", "fr_FR", "en_US", "en_GB")

Length = Literal["short", "medium", "long"]

_TYPED_LIMIT = 40
_WIDE = Context(prec=2 * _TYPED_LIMIT)

_IGNORED_IN_NUMBERS = str.maketrans("\u2212", "-", " \u00a0\u202f\u2009'’")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_POINT = re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+)")
_COMMA = re.compile(r"[+-]?(?:[0-9]+,[0-9]*|,[0-9]+)")
_ENGLISH_GROUPS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_TWO_READINGS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")

_TODAY = {"t", "a", "today", "auj", "aujourd'hui"}
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_SHORT = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4}|[0-9]{2})")
_DAY_NAME_YEAR = re.compile(r"([0-9]{1,2})(?:er|st|nd|rd|th)? ([^\W\d_]+) ([0-9]{4})")
_NAME_DAY_YEAR = re.compile(r"([^\W\d_]+) ([0-9]{1,2})(?:er|st|nd|rd|th)? ([0-9]{4})")


def parse_decimal(text: str | None, locale: str) -> Decimal | None:
    """The number typed, None for blank; TextProblem when it is none, or can be read in two ways.

    Blanks and apostrophes are ignored. The locale's decimal sign and one point are accepted; in English,
    commas may part thousands. "1,234" is refused in every locale: it is 1234 to one clerk, 1.234 to the next.
    """
    typed = clean(text, limit=_TYPED_LIMIT)
    number = typed.translate(_IGNORED_IN_NUMBERS)
    if not number:
        return None
    if _TWO_READINGS.fullmatch(number):
        thousands, fraction = number.replace(",", ""), number.replace(",", ".")
        raise TextProblem(
            _l(
                "“%(typed)s” can be read as %(thousands)s or as %(fraction)s. Enter one of these two.",
                typed=typed,
                thousands=thousands,
                fraction=fraction,
            )
        )
    comma_is_decimal = decimal_sign(locale) == ","
    if _WHOLE.fullmatch(number) or _POINT.fullmatch(number):
        return Decimal(number)
    if comma_is_decimal and _COMMA.fullmatch(number):
        return Decimal(number.replace(",", "."))
    if not comma_is_decimal and _ENGLISH_GROUPS.fullmatch(number):
        return Decimal(number.replace(",", ""))
    raise TextProblem(
        _l("Enter a number like %(example)s.", example="1234,50" if comma_is_decimal else "1234.50")
    )


def parse_date(text: str | None, today: date, locale: str) -> date | None:
    """The date typed, None for blank; TextProblem when there is no such day.

    t (today), 22 (of this month), 2211 (day and month of this year), +30 (days from today), 2026-11-22, the
    locale's own form and a month by its name. Years of two digits are those from 79 years ago to 20 ahead.
    """
    typed = clean(text, limit=_TYPED_LIMIT)
    word = fold(typed)
    if not word:
        return None
    if word in _TODAY:
        return today
    try:
        if re.fullmatch(r"[+-][0-9]{1,5}", word):
            return today + timedelta(days=int(word))
        found = _year_month_day(word, today, locale)
        if found:
            return date(*found)
    except (ValueError, OverflowError):
        raise TextProblem(
            _l(
                "There is no day “%(typed)s”. Enter one of the calendar, like %(example)s.",
                **_said(typed, today, locale),
            )
        ) from None
    raise TextProblem(
        _l(
            "Enter a date like %(example)s, or 22 for a day of this month; “%(typed)s” cannot be read.",
            **_said(typed, today, locale),
        )
    )


def round_half_up(amount: Decimal, digits: int) -> Decimal:
    """The amount to so many decimals; halves go away from zero (2.675 → 2.68, -2.675 → -2.68)."""
    return amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP, context=_WIDE)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """The amount in the smallest unit that the currency has (two decimals when none is given)."""
    return round_half_up(amount, money_digits(currency))


def money_digits(currency: str) -> int:
    """How many decimals the currency has: 2 for CAD, 0 for JPY."""
    return int(numbers.get_currency_precision(currency)) if currency else 2


def format_money(amount: Decimal, currency: str, locale: str) -> str:
    """The amount with its currency's sign, rounded half up; without one, a number with two decimals."""
    if not currency:
        return format_number(amount, locale, 2)
    # A cent's part below zero is zero, and not one with a minus.
    return _money(round_money(amount, currency) or Decimal(0), currency, locale)


@lru_cache(maxsize=4096)
def _money(amount: Decimal, currency: str, locale: str) -> str:
    return numbers.format_currency(amount, currency, locale=locale_of(locale))


def decimal_sign(locale: str) -> str:
    """What the locale writes before decimals."""
    return str(numbers.get_decimal_symbol(locale_of(locale)))


def format_number(number: Decimal | int, locale: str, digits: int | None = None) -> str:
    """The number in groups of three; with digits, rounded half up to exactly so many decimals."""
    if digits is None:
        # Equal numbers are kept as one: zero without the minus that a computed or typed one may have.
        return _count(number or 0, locale)
    return _fixed(round_half_up(Decimal(number), digits), digits, locale)


@lru_cache(maxsize=4096)
def _fixed(number: Decimal, digits: int, locale: str) -> str:
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return numbers.format_decimal(number, pattern, locale=locale_of(locale))


@lru_cache(maxsize=1024)
def _count(number: Decimal | int, locale: str) -> str:
    return numbers.format_decimal(number, locale=locale_of(locale), decimal_quantization=False)


def format_price(price: Decimal, currency: str, locale: str) -> str:
    """A price without its currency's sign; it may have more decimals, like 0.0375 for a sheet of paper."""
    decimals = -int(price.normalize().as_tuple().exponent)
    return format_number(price, locale, max(money_digits(currency), decimals))


def format_date(day: date | None, locale: str, length: Length = "short") -> str:
    """The day as the locale writes it, "" for none."""
    return _day(day, locale, length) if day else ""


@lru_cache(maxsize=4096)
def _day(day: date, locale: str, length: Length) -> str:
    return dates.format_date(day, length, locale=locale_of(locale))


def format_datetime(moment: datetime | None, tz: str, locale: str, length: Length = "short") -> str:
    """A moment in UTC (aware, or naive) as the clocks of the time zone show it, "" for none."""
    if moment is None:
        return ""
    local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(ZoneInfo(tz))
    time_of_day = local.time().replace(second=0 if length == "short" else local.second, microsecond=0)
    return _joined_by(locale, length).format(
        _time_of_day(time_of_day, locale, length), _day(local.date(), locale, length)
    )


@lru_cache(maxsize=4096)
def _time_of_day(moment: time, locale: str, length: Length) -> str:
    # A time such as 12 h 27 stays on one line.
    return dates.format_time(moment, length, locale=locale_of(locale)).replace(" ", "\N{NO-BREAK SPACE}")


@lru_cache(maxsize=16)
def _joined_by(locale: str, length: Length) -> str:
    """How the locale puts a time, {0}, and a day, {1}, together."""
    return str(dates.get_datetime_format(length, locale=locale_of(locale))).replace("'", "")


def _year_month_day(word: str, today: date, locale: str) -> tuple[int, int, int] | None:
    """Year, month and day of a folded text, or None when it has no form of a date."""
    if re.fullmatch("[0-9]{1,2}", word):
        return today.year, today.month, int(word)
    if re.fullmatch("[0-9]{4}", word):
        return today.year, int(word[2:]), int(word[:2])
    if iso := _ISO.fullmatch(word):
        return int(iso[1]), int(iso[2]), int(iso[3])
    if short := _SHORT.fullmatch(word):
        return _short_date(int(short[1]), int(short[2]), short[3], today, locale)
    return _named_month(word)


def _short_date(first: int, second: int, year: str, today: date, locale: str) -> tuple[int, int, int] | None:
    """Day and month in the order of the locale; where that is year first, 03/04/2026 would be a guess."""
    pattern = _short_pattern(locale)
    if pattern.startswith("y"):
        return None
    day, month = (first, second) if pattern.index("d") < pattern.index("M") else (second, first)
    return _full_year(year, today), month, day


def _named_month(word: str) -> tuple[int, int, int] | None:
    plain = " ".join(word.replace(".", " ").replace(",", " ").split())
    if found := _DAY_NAME_YEAR.fullmatch(plain):
        day, name, year = found.groups()
    elif found := _NAME_DAY_YEAR.fullmatch(plain):
        name, day, year = found.groups()
    else:
        return None
    month = _months().get(name)
    return (int(year), month, int(day)) if month else None


def _full_year(year: str, today: date) -> int:
    if len(year) == 4:
        return int(year)
    full = today.year // 100 * 100 + int(year)
    if full > today.year + 20:
        return full - 100
    return full + 100 if full < today.year - 79 else full


def _short_pattern(locale: str) -> str:
    return str(locale_of(locale).date_formats["short"].pattern)


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """Folded names and abbreviations of the months, English and French: no two of them disagree."""
    return {
        fold(name).replace(".", ""): number
        for language in LOCALES
        for width in ("wide", "abbreviated")
        for number, name in locale_of(language).months["format"][width].items()
    }


def _said(typed: str, today: date, locale: str) -> dict[str, str]:
    return {"typed": typed, "example": format_date(today, locale)}
