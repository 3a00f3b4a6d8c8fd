"""How long documents and cards are kept: rules with their start, presets by country, and the floors of the law.

A release date is the last day on which something is kept; from the next day on it may go. It is counted from
what happened (the end of a fiscal year, the last contact by the person), never from the last change of a row
(Y-K1). Nothing here is legal advice: each preset names its text and the day on which it was read.
"""

import calendar
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Integer, bindparam, func, literal_column, or_, select
from sqlalchemy.orm import Session

from models import Document, Interaction, Office, PrivacySettings
from services import clock, database
from services.errors import Invalid, Sentence
from services.privacy import reaching, settings
from services.privacy.registry import Scope

MOST_YEARS = 50
READ_ON = date(2026, 11, 24)


@dataclass(frozen=True)
class Rule:
    """What is kept, from when on, how many years where no law says more, and what happens then."""

    category: str
    label: Sentence
    start: Sentence
    years: int
    action: Sentence


@dataclass(frozen=True)
class Law:
    """A floor: years that settings cannot shorten, the text that asks for them, and where it is read."""

    years: int
    text: Sentence
    source: str
    read_on: date = READ_ON


@dataclass(frozen=True)
class Release:
    """Until when something is kept, by which category of rule, and for which laws."""

    until: date
    category: str
    laws: tuple[Law, ...] = ()


RULES = {
    rule.category: rule
    for rule in (
        Rule(
            "accounting",
            _l("Issued documents and their payments"),
            _l("End of the fiscal year of the document"),
            10,
            _l("Kept with the printed name and address, then released"),
        ),
        Rule(
            "quote",
            _l("Quotes that led to nothing"),
            _l("Last day on which the quote is valid"),
            3,
            _l("Released for deletion"),
        ),
        Rule(
            "relation",
            _l("Cards of customers and vendors"),
            _l("Last document or payment"),
            3,
            _l("Released for deletion"),
        ),
        Rule(
            "contact",
            _l("Contacts without documents"),
            _l("Last contact by the person"),
            3,
            _l("Released for deletion"),
        ),
    )
}

_CANADA = (
    Law(
        6,
        _l("Income Tax Act (Canada), s. 230(4)(b): six years from the end of the tax year"),
        "https://laws-lois.justice.gc.ca/eng/acts/I-3.3/section-230.html",
    ),
    Law(
        6,
        _l("Tax Administration Act (Quebec), s. 35.1: six years after the last year concerned"),
        "https://www.legisquebec.gouv.qc.ca/en/document/cs/A-6.002",
    ),
)
_FRANCE = (
    Law(
        10,
        _l("Code de commerce (France), art. L123-22: ten years from the closing of the fiscal year"),
        "https://www.legifrance.gouv.fr/codes/article_lc/LEGIARTI000006219327",
    ),
    Law(
        6,
        _l("Livre des procédures fiscales (France), art. L102 B: six years for tax control"),
        "https://www.legifrance.gouv.fr/codes/id/LEGISCTA000006179598",
    ),
)
# By category and country. A country that is not here has no floor yet: the years of the rule hold.
FLOORS: Mapping[str, Mapping[str, tuple[Law, ...]]] = {"accounting": {"CA": _CANADA, "FR": _FRANCE}}


# -- rules ------------------------------------------------------------------------------------------


def laws_of(category: str, countries: Iterable[str]) -> tuple[Law, ...]:
    """The laws that ask for the longest time among some countries; none where Carnet knows none."""
    found = [law for country in sorted(set(countries)) for law in FLOORS.get(category, {}).get(country, ())]
    longest = max((law.years for law in found), default=0)
    return tuple(law for law in found if law.years == longest)


def years_of(session: Session, category: str, countries: Iterable[str]) -> int:
    """For how many years: what the office chose, and never less than the longest of the countries' laws (Y-K2).

    Where the office chose nothing, that law decides; the usual years of the rule where no country has one.
    """
    return _years(settings.present(session), category, laws_of(category, countries))


def check_years(session: Session, category: str, years: int) -> None:
    """Raise Invalid when the office would keep a category for less time than the law asks, naming the text."""
    if not 1 <= years <= MOST_YEARS:
        raise Invalid(
            {category: _l("Enter a whole number from %(least)s to %(most)s.", least=1, most=MOST_YEARS)}
        )
    for law in laws_of(category, [_office(session).country]):
        if years < law.years:
            raise Invalid(
                {
                    category: _l(
                        "The law asks for at least %(years)s years: %(text)s.", years=law.years, text=law.text
                    )
                }
            )


# -- release dates ----------------------------------------------------------------------------------


def release_dates(session: Session, ids: Collection[int]) -> dict[int, date]:
    """The last day on which each issued document is kept, by id; no law keeps the others, and they are missing."""
    return {id_: release.until for id_, release in releases(session, ids).items()}


def releases(session: Session, ids: Collection[int]) -> dict[int, Release]:
    """Until when each issued document is kept, and for which laws.

    The longest of the office's country and the document's applies, from the end of the fiscal year in which
    the document's date lies.
    """
    found: dict[int, Release] = {}
    until = _accounting(session)
    for some in reaching.chunks(ids):
        rows = session.execute(
            select(Document.id, Document.document_date, Document.country).where(
                Document.id.in_(some), Document.state == "issued"
            )
        )
        found |= {id_: until(day, country) for id_, day, country in rows}
    return found


# Made once: every card asks it.
_LATEST = (
    select(func.max(Document.document_date), Document.country)
    .where(
        or_(
            Document.customer_id == bindparam("customer", type_=Integer),
            Document.vendor_id == bindparam("vendor", type_=Integer),
        ),
        # A literal: with a value SQLite would prepare the statement anew each time, for there is a partial index.
        Document.state == literal_column("'issued'"),
    )
    .group_by(Document.country)
)


def latest_release(session: Session, parties: Mapping[str, int]) -> date | None:
    """The last day on which any issued document of a customer and a vendor is kept; None without one.

    `parties` are ids by kind; a card asks it, so it takes one question whatever the number of documents.
    """
    ids = {kind: parties.get(kind) for kind in ("customer", "vendor")}
    rows = session.connection().execute(_LATEST, ids).all()
    until = _accounting(session) if rows else None
    return max(until(day, country).until for day, country in rows) if until is not None else None


def release_of_dossier(session: Session, scope: Scope) -> Release | None:
    """Until when anything of a dossier is kept: the latest of all its roles (Y-K5); None when nothing keeps it."""
    documents = reaching.document_ids(session, scope)
    found = list(releases(session, documents).values())
    found += _of_quotes(session, documents)
    found += _of_relation(session, scope, documents)
    return max(found, key=lambda one: one.until, default=None)


# -- days -------------------------------------------------------------------------------------------


def fiscal_year_end(day: date, year_end: str) -> date:
    """The last day of the fiscal year in which a day lies; `year_end` is such as 12-31 or 03-31."""
    end = _end_of(day.year, year_end)
    return end if day <= end else _end_of(day.year + 1, year_end)


def add_years(day: date, years: int) -> date:
    """The same day some years later; 28 February for the 29th where there is none."""
    last = calendar.monthrange(day.year + years, day.month)[1]
    return day.replace(year=day.year + years, day=min(day.day, last))


def _end_of(year: int, year_end: str) -> date:
    """The last day of a fiscal year that ends in a year; one that ends with February does in leap years too."""
    month, day = map(int, (year_end or settings.YEAR_END).split("-"))
    last = calendar.monthrange(year, month)[1]
    return date(year, month, last if (month, day) == (2, 28) else min(day, last))


# -- helpers ----------------------------------------------------------------------------------------


def _years(chosen: PrivacySettings, category: str, laws: Collection[Law]) -> int:
    floor = max((law.years for law in laws), default=0)
    years = chosen.years.get(category)
    return max(floor, years) if years else floor or RULES[category].years


def _accounting(session: Session) -> Callable[[date, str], Release]:
    """Until when an issued document of a day and a country is kept; the laws of a country are looked up once."""
    office, chosen = _office(session), settings.present(session)
    year_end = chosen.fiscal_year_end

    @cache
    def rule(country: str) -> tuple[int, tuple[Law, ...]]:
        laws = laws_of("accounting", (office.country, country))
        return _years(chosen, "accounting", laws), laws

    def until(day: date, country: str) -> Release:
        years, laws = rule(country)
        end = fiscal_year_end(day, year_end)
        return Release(_end_of(end.year + years, year_end), "accounting", laws)

    return until


def _of_quotes(session: Session, documents: Collection[int]) -> list[Release]:
    """Quotes are kept some years after they expire; the office chooses how many."""
    latest: date | None = None
    for some in reaching.chunks(documents):
        query = select(func.max(func.coalesce(Document.valid_until, Document.document_date))).where(
            Document.id.in_(some), Document.kind.in_(("quote", "purchase_quote"))
        )
        latest = _later(latest, session.scalar(query))
    if latest is None:
        return []
    return [Release(add_years(latest, years_of(session, "quote", ())), "quote")]


def _of_relation(session: Session, scope: Scope, documents: Collection[int]) -> list[Release]:
    """Cards are kept some years after the last document, or after the last time that the person wrote or called."""
    last: dict[str, date | None] = {"relation": None, "contact": None}
    for some in reaching.chunks(documents):
        day = session.scalar(select(func.max(Document.document_date)).where(Document.id.in_(some)))
        last["relation"] = _later(last["relation"], day)
    for some in reaching.chunks(scope.contact):
        at: Any = session.scalar(
            select(func.max(Interaction.at)).where(
                Interaction.contact_id.in_(some),
                Interaction.direction == "in",
                Interaction.cancelled_at.is_(None),
            )
        )
        last["contact"] = _later(last["contact"], clock.local(at, _office(session)).date() if at else None)
    return [
        Release(add_years(day, years_of(session, category, ())), category)
        for category, day in last.items()
        if day is not None
    ]


def _later(one: date | None, other: date | None) -> date | None:
    return max((day for day in (one, other) if day is not None), default=None)


def _office(session: Session) -> Office:
    return database.hold(session, session.get_one(Office, 1))
