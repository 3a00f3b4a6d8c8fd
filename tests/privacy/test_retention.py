"""How long documents are kept: from the end of their fiscal year, by the longest of the laws, never shorter."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models import Document, PrivacySettings
from services import records
from services.errors import Invalid
from services.privacy import dossier, retention
from tests.documents.support import make_document, make_issued, office
from tests.support.factories import BY, make_contact, make_customer, make_family

pytestmark = pytest.mark.both_databases


def settings(session: Session, country: str = "CA", year_end: str = "12-31", **years: int) -> None:
    session.merge(PrivacySettings(id=1, regime="", fiscal_year_end=year_end, years=years))
    office(session).country = country
    session.flush()


def issued_on(
    session: Session, day: date, country: str = "CA", kind: str = "invoice", owner: Any = None
) -> Any:
    owner = owner or make_customer(session, country=country)
    return make_issued(session, kind, owner, document_date=day)


def release_of(session: Session, document: Document) -> date | None:
    return retention.release_dates(session, [document.id]).get(document.id)


@pytest.mark.parametrize(
    ("day", "year_end", "end"),
    [
        (date(2026, 6, 15), "12-31", date(2026, 12, 31)),
        (date(2026, 12, 31), "12-31", date(2026, 12, 31)),
        (date(2027, 1, 1), "12-31", date(2027, 12, 31)),
        (date(2026, 3, 31), "03-31", date(2026, 3, 31)),
        (date(2026, 4, 1), "03-31", date(2027, 3, 31)),
        (date(2028, 2, 29), "02-28", date(2028, 2, 29)),
        (date(2028, 3, 1), "02-28", date(2029, 2, 28)),
        (date(2027, 2, 28), "02-29", date(2027, 2, 28)),
        (date(2026, 5, 1), "", date(2026, 12, 31)),
    ],
)
def test_the_fiscal_year_of_a_day(day: date, year_end: str, end: date) -> None:
    """Y-K2: 31 December, 31 March, and the end of February in leap years."""
    assert retention.fiscal_year_end(day, year_end) == end


@pytest.mark.parametrize(
    ("office_country", "card_country", "year_end", "until"),
    [
        ("CA", "CA", "12-31", date(2032, 12, 31)),
        ("CA", "CA", "03-31", date(2033, 3, 31)),
        ("FR", "FR", "12-31", date(2036, 12, 31)),
        # The longest of the office's country and the document's.
        ("CA", "FR", "12-31", date(2036, 12, 31)),
        ("FR", "CA", "12-31", date(2036, 12, 31)),
        ("CA", "CA", "02-28", date(2033, 2, 28)),
        # Carnet knows no law there: the usual years.
        ("BR", "BR", "12-31", date(2036, 12, 31)),
    ],
)
def test_y_k2_documents_are_kept_by_the_longest_law(
    session: Session, office_country: str, card_country: str, year_end: str, until: date
) -> None:
    """Y-K2: six years in Canada, ten in France, from the end of the fiscal year."""
    settings(session, office_country, year_end)
    document = issued_on(session, date(2026, 6, 15), card_country)
    assert release_of(session, document) == until


def test_y_k1_nothing_that_changes_a_row_moves_its_release_date(session: Session) -> None:
    """Y-K1: neither a later payment nor any later change of the card."""
    settings(session)
    document = issued_on(session, date(2020, 2, 1))
    before = release_of(session, document)
    records.save(session, document.customer, {"city": "Laval"}, by=BY)
    assert release_of(session, document) == before == date(2026, 12, 31)


def test_the_office_keeps_longer_and_never_shorter(session: Session) -> None:
    settings(session, accounting=8)
    document = issued_on(session, date(2026, 6, 15))
    assert release_of(session, document) == date(2034, 12, 31)
    settings(session, accounting=3)
    assert release_of(session, document) == date(2032, 12, 31)
    for country, years, text in (("CA", 5, "Income Tax Act"), ("FR", 9, "Code de commerce")):
        settings(session, country)
        with pytest.raises(Invalid) as refused:
            retention.check_years(session, "accounting", years)
        assert text in str(refused.value.errors["accounting"][0])
        retention.check_years(session, "accounting", years + 1)
    for years in (0, 51):
        with pytest.raises(Invalid):
            retention.check_years(session, "quote", years)


def test_what_is_not_issued_is_kept_by_no_law(session: Session) -> None:
    settings(session)
    draft, issued = make_document(session), make_issued(session)
    assert release_of(session, draft) is None
    assert list(retention.release_dates(session, [draft.id, issued.id])) == [issued.id]


def test_y_k5_a_dossier_is_kept_until_the_latest_of_its_roles(session: Session) -> None:
    """Y-K5: customer and vendor at once; a quote and the last contact by the person count as well."""
    settings(session)
    family = make_family(session)
    assert retention.release_of_dossier(session, dossier.scope_of(session, family.contact)) is None
    issued_on(session, date(2019, 5, 1), owner=family.customer)
    late = issued_on(session, date(2021, 5, 1), kind="purchase_invoice", owner=family.vendor)
    for card in family.linked[:3]:
        found = retention.release_of_dossier(session, dossier.scope_of(session, card))
        assert found is not None
        assert (found.until, found.category) == (date(2027, 12, 31), "accounting")
        assert found.until == release_of(session, late)
        assert len(found.laws) == 2


def test_a_quote_counts_from_its_last_valid_day(session: Session) -> None:
    settings(session, quote=7)
    contact = make_contact(session)
    make_document(session, "quote", contact, document_date=date(2026, 1, 10), valid_until=date(2026, 2, 10))
    found = retention.release_of_dossier(session, dossier.scope_of(session, contact))
    assert found is not None
    assert (found.until, found.category) == (date(2033, 2, 10), "quote")
