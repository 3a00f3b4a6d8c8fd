"""What was invoiced in each of the last twelve months, as a picture and as a table with the same figures (U-H2)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_compact_decimal
from flask_babel import gettext as _

from blueprints.common import pages
from extensions import db
from services import formats
from services.documents import figures

# The picture is as wide as its place; only heights are pixels: labels of amounts, bars, names of months.
TOP, BOTTOM = 18, 22
# The bars of the first currency, and those of each other one.
BARS, LOWER_BARS = 150, 60
WIDTH = Decimal(100) / figures.MONTHS
BAR = Decimal("0.66")


@dataclass(frozen=True)
class Bar:
    """One month of the picture; lengths across are percentages of its width."""

    month: str
    amount: str
    x: Decimal
    width: Decimal
    middle: Decimal
    y: int
    height: int


@dataclass(frozen=True)
class Plot:
    """The picture of one currency: its bars, and what it shows in a sentence."""

    currency: str
    description: str
    ground: int
    bars: list[Bar]

    @property
    def height(self) -> int:
        return self.ground + BOTTOM


@dataclass(frozen=True)
class Invoiced:
    """The pictures, and the table: the currencies, a row for each month, and the sums."""

    plots: list[Plot]
    currencies: list[str]
    rows: list[tuple[str, list[str]]]
    sums: list[str]


def of_last_months(today: date, base: str) -> Invoiced | None:
    """The last twelve months, the currency of the office first; None before anything was invoiced in them."""
    found = figures.invoiced(db.session(), today)
    if not found:
        return None
    currencies = sorted(found, key=lambda code: (code != base, code))
    locale = pages.number_locale()
    months = _months(today)
    rows = [
        (
            format_date(month, "LLLL y", locale=locale),
            [formats.format_money(found[code][at], code, locale) for code in currencies],
        )
        for at, month in enumerate(months)
    ]
    sums = [formats.format_money(sum(found[code], Decimal(0)), code, locale) for code in currencies]
    plots = [
        _plot(code, found[code], months, LOWER_BARS if at else BARS) for at, code in enumerate(currencies)
    ]
    return Invoiced(plots, currencies, rows, sums)


def _months(today: date) -> list[date]:
    first = figures.first_month(today)
    counted = range(first.year * 12 + first.month - 1, first.year * 12 + first.month - 1 + figures.MONTHS)
    return [date(month // 12, month % 12 + 1, 1) for month in counted]


def _plot(currency: str, amounts: list[Decimal], months: list[date], height: int) -> Plot:
    locale = pages.number_locale()
    most = max(amounts)
    description = _(
        "From %(first)s to %(last)s: %(sum)s in all, before tax. The most was %(most)s in %(month)s.",
        first=format_date(months[0], "LLLL y", locale=locale),
        last=format_date(months[-1], "LLLL y", locale=locale),
        sum=formats.format_money(sum(amounts, Decimal(0)), currency, locale),
        most=formats.format_money(most, currency, locale),
        month=format_date(months[amounts.index(most)], "LLLL y", locale=locale),
    )
    # A month in which more was credited than invoiced has no bar.
    heights = [int(amount / most * height) if most > 0 and amount > 0 else 0 for amount in amounts]
    bars = [
        Bar(
            month=format_date(month, "LLL", locale=locale),
            amount=format_compact_decimal(amounts[at], locale=locale, fraction_digits=1)
            if amounts[at]
            else "",
            x=round(WIDTH * at + WIDTH * (1 - BAR) / 2, 2),
            width=round(WIDTH * BAR, 2),
            middle=round(WIDTH * at + WIDTH / 2, 2),
            y=TOP + height - heights[at],
            height=heights[at],
        )
        for at, month in enumerate(months)
    ]
    return Plot(currency, description, TOP + height, bars)
