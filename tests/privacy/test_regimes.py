"""The laws by which requests are answered: deadlines to the day, extensions, reasons and recourse (Y-C2)."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from models import Office
from services.privacy import regimes, settings


@pytest.mark.parametrize(
    "regime, received, due",
    [
        # 30 days, whatever the length of the months, over the change of the clocks, onto a weekend.
        ("QC", date(2026, 10, 20), date(2026, 11, 19)),
        ("QC", date(2026, 2, 27), date(2026, 3, 29)),
        ("QC", date(2026, 1, 1), date(2026, 1, 31)),
        ("CA", date(2026, 2, 12), date(2026, 3, 14)),
        # One month: the same day, or the last one of a shorter month.
        ("EU", date(2026, 1, 31), date(2026, 2, 28)),
        ("EU", date(2028, 1, 31), date(2028, 2, 29)),
        ("EU", date(2026, 12, 15), date(2027, 1, 15)),
        ("EU", date(2026, 5, 31), date(2026, 6, 30)),
    ],
)
def test_y_c2_a_request_is_due_to_the_day(regime: str, received: date, due: date) -> None:
    assert regimes.due(regime, received) == due


def test_y_c2_weekends_extend_under_eu_law_only_and_only_when_switched_on() -> None:
    saturday = date(2026, 2, 28)
    assert regimes.due("EU", date(2026, 1, 31)) == saturday
    assert regimes.due("EU", date(2026, 1, 31), next_working_day=True) == date(2026, 3, 2)
    assert regimes.due("QC", date(2026, 1, 1), next_working_day=True) == date(2026, 1, 31)


def test_y_c2_extensions_are_counted_from_the_day_it_was_received() -> None:
    assert not regimes.can_extend("QC")
    assert regimes.extended("CA", date(2026, 10, 20)) == date(2026, 12, 19)
    assert regimes.extended("EU", date(2026, 1, 31)) == date(2026, 4, 30)
    assert regimes.extended("EU", date(2026, 11, 30)) == date(2027, 2, 28)


def test_y_c2_in_quebec_silence_is_a_refusal_from_day_31() -> None:
    due = regimes.due("QC", date(2026, 10, 20))
    assert not regimes.deemed_refused("QC", due, date(2026, 11, 19))
    assert regimes.deemed_refused("QC", due, date(2026, 11, 20))
    assert not regimes.deemed_refused("EU", due, date(2027, 11, 20))


@pytest.mark.parametrize(
    "regime, authority", [("QC", "cai.gouv.qc.ca"), ("CA", "priv.gc.ca"), ("EU", "cnil.fr")]
)
def test_each_law_names_who_hears_complaints_and_where_it_stands(regime: str, authority: str) -> None:
    law = regimes.REGIMES[regime]
    assert authority in str(law.recourse)
    assert all(
        source.url.startswith("https://") and source.as_of < date(2026, 1, 1) for source in law.sources
    )
    reasons = regimes.reasons(regime)
    assert {"identity", "accounting", "third_party"} <= set(reasons)
    assert all(regimes.REASONS[code].law[regime] for code in reasons)


@pytest.mark.parametrize(
    "country, region, regime",
    [("CA", "Québec", "QC"), ("CA", "QC", "QC"), ("CA", "Ontario", "CA"), ("FR", "", "EU"), ("", "", "EU")],
)
def test_until_a_law_is_chosen_it_is_that_of_the_office(
    session: Session, country: str, region: str, regime: str
) -> None:
    office = session.get_one(Office, 1)
    office.country, office.region = country, region
    chosen = settings.present(session)
    assert regimes.of_office(office, chosen) == regime
    chosen.regime = "CA"
    assert regimes.of_office(office, chosen) == "CA"
