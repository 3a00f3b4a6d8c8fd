"""The laws by which requests are answered: deadlines, extensions, grounds of refusal, and where to complain (Y-C2).

Nothing here is legal advice. Each text says which law it is taken from, and as of when.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l

from models import Office, PrivacySettings
from services.errors import Sentence
from services.text import fold


@dataclass(frozen=True)
class Source:
    """A legal text: what is taken from it, where it stands, and the state of the text that was read."""

    title: Sentence
    url: str
    as_of: date


@dataclass(frozen=True)
class Regime:
    """How long an answer may take under a law, how it can be extended, and who hears complaints."""

    name: Sentence
    # Either days or whole months, as the law counts.
    days: int
    months: int
    more_days: int
    more_months: int
    deadline: Sentence
    authority: Sentence
    recourse: Sentence
    sources: tuple[Source, ...]
    # After the last day without an answer the law itself says no.
    deemed: Sentence = ""


NOT_ADVICE = _l("This is not legal advice. Have somebody who knows the law read it before you rely on it.")

_PRIVATE_SECTOR_ACT = Source(
    _l(
        "Québec, Act respecting the protection of personal information in the private sector (P-39.1), s. 27 to 46"
    ),
    "https://www.legisquebec.gouv.qc.ca/en/document/cs/p-39.1",
    date(2024, 9, 22),
)
_PIPEDA = Source(
    _l(
        "Canada, Personal Information Protection and Electronic Documents Act (S.C. 2000, c. 5), s. 8, 9 and 11"
    ),
    "https://laws-lois.justice.gc.ca/eng/acts/P-8.6/",
    date(2019, 6, 21),
)
_GDPR = Source(
    _l("European Union, Regulation (EU) 2016/679 (GDPR), art. 12, 15 to 22, 77 and 79"),
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 5, 4),
)
_PERIODS = Source(
    _l("European Union, Regulation (EEC, Euratom) No 1182/71 on periods, dates and time limits, art. 3"),
    "https://eur-lex.europa.eu/eli/reg/1971/1182/oj",
    date(1971, 6, 8),
)

REGIMES: Mapping[str, Regime] = {
    "QC": Regime(
        name=_l("Québec (P-39.1)"),
        days=30,
        months=0,
        more_days=0,
        more_months=0,
        deadline=_l("30 days from the day the request was received; it cannot be extended."),
        deemed=_l("Without an answer within 30 days, the request is deemed to have been refused (s. 32)."),
        authority=_l("Commission d'accès à l'information (CAI)"),
        recourse=_l(
            "You may ask the Commission d'accès à l'information du Québec (www.cai.gouv.qc.ca, 1 888 528-7741) to"
            " examine this disagreement, within 30 days of this answer (s. 42 and 43)."
        ),
        sources=(_PRIVATE_SECTOR_ACT,),
    ),
    "CA": Regime(
        name=_l("Canada (PIPEDA)"),
        days=30,
        months=0,
        more_days=30,
        more_months=0,
        deadline=_l(
            "30 days from the day the request was received; up to 30 more when the person is told why before those"
            " 30 days are over."
        ),
        deemed=_l(
            "Without an answer within the time limit, the request is deemed to have been refused (s. 8(5))."
        ),
        authority=_l("Office of the Privacy Commissioner of Canada (OPC)"),
        recourse=_l(
            "You may complain to the Office of the Privacy Commissioner of Canada (www.priv.gc.ca, 1 800 282-1376),"
            " within six months of this answer (s. 11)."
        ),
        sources=(_PIPEDA,),
    ),
    "EU": Regime(
        name=_l("European Union (GDPR)"),
        days=0,
        months=1,
        more_days=0,
        more_months=2,
        deadline=_l(
            "One month from the day the request was received; two more months when the person is told why before"
            " that month ends."
        ),
        authority=_l("Commission nationale de l'informatique et des libertés (CNIL)"),
        recourse=_l(
            "You may lodge a complaint with a supervisory authority, in France the Commission nationale de"
            " l'informatique et des libertés (www.cnil.fr, 01 53 73 22 22), and you may go to court (art. 77 and 79)."
        ),
        sources=(_GDPR, _PERIODS),
    ),
}


@dataclass(frozen=True)
class Reason:
    """Why a request is refused, in whole or in part: a sentence for the person, and where the law says so."""

    sentence: Sentence
    # The provision by regime; a reason holds only where one is named.
    law: Mapping[str, Sentence]


REASONS: Mapping[str, Reason] = {
    "identity": Reason(
        _l("We could not establish that the request comes from you or from somebody who may act for you."),
        {
            "QC": _l("P-39.1, s. 30"),
            "CA": _l("PIPEDA, Sch. 1, cl. 4.9.2"),
            "EU": _l("GDPR, art. 12(2), 12(6)"),
        },
    ),
    "not_held": Reason(
        _l("We hold no personal data about you that the request could concern."),
        {"QC": _l("P-39.1, s. 27"), "CA": _l("PIPEDA, Sch. 1, cl. 4.9.1"), "EU": _l("GDPR, art. 15(1)")},
    ),
    "accounting": Reason(
        _l(
            "The law obliges us to keep invoices, payments and what belongs to them; they are used for nothing else"
            " and erased when that period ends."
        ),
        {
            "QC": _l("A-6.002, s. 35.1; ITA, s. 230(4)"),
            "CA": _l("ITA, s. 230(4)"),
            "EU": _l("GDPR, art. 17(3)(b)"),
        },
    ),
    "legal_duty": Reason(
        _l("Another law obliges us to keep the data or forbids us to hand it over."),
        {"QC": _l("P-39.1, s. 28, 39"), "CA": _l("PIPEDA, s. 9"), "EU": _l("GDPR, art. 17(3)(b), 23")},
    ),
    "third_party": Reason(
        _l("The answer would reveal personal data of another person, and it cannot be taken out."),
        {"QC": _l("P-39.1, s. 40"), "CA": _l("PIPEDA, s. 9(1)"), "EU": _l("GDPR, art. 15(4), 20(4)")},
    ),
    "claims": Reason(
        _l("The data is needed to establish, exercise or defend legal claims."),
        {
            "QC": _l("P-39.1, s. 39(2)"),
            "CA": _l("PIPEDA, s. 9(3)(a), (d)"),
            "EU": _l("GDPR, art. 17(3)(e), 21(1)"),
        },
    ),
    "accurate": Reason(
        _l("The data is correct as it stands; your request is noted beside it."),
        {
            "QC": _l("C.C.Q., art. 40; P-39.1, s. 28"),
            "CA": _l("PIPEDA, Sch. 1, cl. 4.9.6"),
            "EU": _l("GDPR, art. 16"),
        },
    ),
    "confidential": Reason(
        _l("The answer would reveal confidential commercial information."),
        {"CA": _l("PIPEDA, s. 9(3)(b)"), "EU": _l("GDPR, rec. 63, art. 15(4)")},
    ),
    "excessive": Reason(
        _l("The request is manifestly unfounded or excessive."),
        {"EU": _l("GDPR, art. 12(5)")},
    ),
    "no_right": Reason(
        _l("The law does not give this right in your case."),
        {
            "QC": _l("P-39.1, s. 27 to 28.1"),
            "CA": _l("PIPEDA, s. 9"),
            "EU": _l("GDPR, art. 17(1), 18(1), 20(1), 21(1)"),
        },
    ),
}


def of_office(office: Office, settings: PrivacySettings) -> str:
    """The law by which the office answers: the one that was chosen, else that of where it is."""
    if settings.regime in REGIMES:
        return settings.regime
    if office.country == "CA":
        return "QC" if fold(office.region) in ("qc", "quebec") else "CA"
    return "EU"


def reasons(regime: str) -> dict[str, Sentence]:
    """The reasons for a refusal that the law knows, by code."""
    return {code: reason.sentence for code, reason in REASONS.items() if regime in reason.law}


def due(regime: str, received: date, *, next_working_day: bool = False) -> date:
    """The last day for an answer. Weekends extend it under EU law only, and only when that is switched on."""
    law = REGIMES[regime]
    return _moved(regime, _later(received, law.days, law.months), next_working_day)


def can_extend(regime: str) -> bool:
    """Whether the law knows an extension."""
    law = REGIMES[regime]
    return bool(law.more_days or law.more_months)


def extended(regime: str, received: date, *, next_working_day: bool = False) -> date:
    """The last day for an answer after an extension, counted from the day the request was received."""
    law = REGIMES[regime]
    last = _later(received, law.days + law.more_days, law.months + law.more_months)
    return _moved(regime, last, next_working_day)


def deemed_refused(regime: str, due_on: date, today: date) -> bool:
    """Whether the law itself has refused an unanswered request: in Québec from day 31."""
    return bool(REGIMES[regime].deemed) and today > due_on


def months_before(day: date, months: int) -> date:
    """The same day so many months before, or the last day of that month."""
    return _later(day, 0, -months)


def _later(day: date, days: int, months: int) -> date:
    """So many days and whole months later; the 31st of a month without one is its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)) + timedelta(days=days)


def _moved(regime: str, day: date, next_working_day: bool) -> date:
    if regime == "EU" and next_working_day:
        while day.weekday() >= 5:
            day += timedelta(days=1)
    return day
