"""Issuing: what is checked, what is kept, and numbers without a gap (O6, N5, R-NUM-1, R-NUM-2, R-INV-1)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import (
    Customer,
    Document,
    DocumentFile,
    DocumentSeries,
    NumberCounter,
    OpenItem,
    PaymentTerms,
    TaxRate,
)
from services import history, records, settings
from services.documents import issuing, numbering, saving, totals
from services.documents.kinds import KINDS
from services.errors import Exhausted, Invalid, MissingSetting, Refused
from tests.documents.support import BY, issue, make_document, make_issued, office, tax_group
from tests.support import factories as make
from tests.support.clock import Clock
from tests.support.threads import at_once, read, write

D = Decimal
FREEZING = [name for name, kind in KINDS.items() if kind.freezes]


def errors(work: Callable[[], Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as problem:
        work()
    return {name: str(said[0]) for name, said in problem.value.errors.items()}


# -- series (N5, N6) ----------------------------------------------------------------------------------------


def test_n5_every_kind_of_document_has_its_series_from_the_start(session: Session, clock: Clock) -> None:
    """N5, N6: by year, with room for 99999; nobody types the number of an invoice."""
    for name, kind in KINDS.items():
        series = numbering.series_of(session, name)
        assert series.code == kind.series_code and series.manual is not kind.gapless
    assert numbering.series_of(session, "invoice").lines[0].pattern == "INV-{yyyy}-{00001}"
    assert KINDS["invoice"].pattern("fr-CA") == "FV-{yyyy}-{00001}"
    patterns = [kind.pattern(language) for kind in KINDS.values() for language in ("fr", "en")]
    assert len(set(patterns)) == 2 * len(KINDS)


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", FREEZING)
def test_r_num_1_a_draft_has_no_number_and_an_issued_document_has_the_next(
    session: Session, clock: Clock, kind: str
) -> None:
    """R-NUM-1."""
    drafts = [make_document(session, kind) for _ in range(3)]
    assert {draft.no for draft in drafts} == {""}
    prefix = KINDS[kind].prefixes[1]
    issued = [issue(session, draft).no for draft in reversed(drafts)]
    assert issued == [f"{prefix}-2026-0000{number}" for number in (1, 2, 3)]


def test_n4_a_missing_or_exhausted_series_is_refused_by_name(session: Session, clock: Clock) -> None:
    """N4: and the refusal leads to the settings."""
    invoice = make_document(session)
    chosen = session.get_one(DocumentSeries, "invoice")
    series, chosen.series = chosen.series, None
    session.flush()
    with pytest.raises(MissingSetting, match="Invoices") as refusal:
        issue(session, invoice)
    assert refusal.value.link is not None
    chosen.series = series
    assert series is not None
    session.add(NumberCounter(line_id=series.lines[0].id, year=2026, last_value=99_999, last_no="X"))
    session.flush()
    with pytest.raises(Exhausted, match="S-INVOICE"):
        issue(session, invoice)


def test_a_quote_is_numbered_when_it_first_leaves_or_by_hand(session: Session, clock: Clock) -> None:
    """N5: a typed number is skipped by the series and belongs to one quote only."""

    first, second, third = (make_document(session, "quote") for _ in range(3))
    saving.save_header(session, first, {"no": "QU-2026-00001"}, by=BY)
    assert (
        "QU-2026-00001"
        in errors(lambda: saving.save_header(session, second, {"no": "QU-2026-00001"}, by=BY))["no"]
    )
    for quote in (second, third, second):
        numbering.give(session, quote, history.cause(BY))
    assert (second.no, third.no) == ("QU-2026-00002", "QU-2026-00003")
    invoice = make_document(session)
    assert "S-INVOICE" in errors(lambda: saving.save_header(session, invoice, {"no": "1"}, by=BY))["no"]


# -- dates and years (R-NUM-2) ------------------------------------------------------------------------------


def test_r_num_2_the_year_is_that_of_the_document_in_the_office(session: Session, clock: Clock) -> None:
    """R-NUM-2: 1 January in UTC is still December in Montréal."""
    clock.moment = datetime(2027, 1, 1, 4, 59, 58, tzinfo=UTC)
    assert make_issued(session).no == "INV-2026-00001"
    clock.moment += timedelta(seconds=2)
    assert make_issued(session).no == "INV-2027-00001"


@pytest.mark.both_databases
def test_r_num_2_numbers_and_dates_go_the_same_way_inside_of_a_year(session: Session, clock: Clock) -> None:
    """R-NUM-2: an earlier day than the last one issued is refused; another year has its own row."""
    make_issued(session, document_date=date(2026, 6, 10))
    early = make_document(session, document_date=date(2026, 6, 9))
    said = errors(lambda: issue(session, early))["document_date"]
    assert "2026-06-10" in said
    session.rollback()


@pytest.mark.both_databases
def test_r_num_2_years_beside_each_other(session: Session, clock: Clock) -> None:
    """R-NUM-2: invoices of 1996 are entered beside those of today."""
    days = [date(2026, 6, 10), date(1996, 7, 4), date(1996, 7, 4), date(1997, 1, 1), date(2026, 6, 10)]
    numbers = [make_issued(session, document_date=day).no for day in days]
    assert numbers == [
        "INV-2026-00001",
        "INV-1996-00001",
        "INV-1996-00002",
        "INV-1997-00001",
        "INV-2026-00002",
    ]


def test_r_num_2_without_the_year_in_the_pattern_there_is_one_row(session: Session, clock: Clock) -> None:
    """R-NUM-2."""
    numbering.series_of(session, "invoice").lines[0].pattern = "F{00001}"
    session.flush()
    assert make_issued(session).no == "F00001"
    old = make_document(session, document_date=date(2025, 12, 31))
    assert "document_date" in errors(lambda: issue(session, old))


def test_r_num_2_a_clock_set_back_breaks_nothing(session: Session, clock: Clock) -> None:
    """R-NUM-2: the number goes on; the day is refused with a sentence and can be changed."""
    make_issued(session)
    clock.moment -= timedelta(days=400)
    assert make_issued(session).no == "INV-2025-00001"
    clock.moment += timedelta(days=399)
    invoice = make_document(session)
    assert "document_date" in errors(lambda: issue(session, invoice))


def test_r_num_2_a_day_later_the_draft_is_issued_after_all(session: Session, clock: Clock) -> None:
    make_issued(session)
    invoice = make_document(session, document_date=date(2026, 6, 14))
    saving.save_header(session, invoice, {"document_date": date(2026, 6, 15)}, by=BY)
    assert issue(session, invoice).no == "INV-2026-00002"


# -- what is checked ----------------------------------------------------------------------------------------


def test_what_is_not_complete_is_not_issued(session: Session) -> None:
    """O6: no line, no description, no percentage for the day, a total below zero, no vendor's number."""
    empty = saving.create(session, "invoice", make.make_customer(session), by=BY)
    assert "without lines" in errors(lambda: issue(session, empty))["lines"]
    bare = make_document(session)
    bare.lines[0].description = ""
    session.flush()
    assert "no description" in errors(lambda: issue(session, bare))["lines"]
    negative = make_document(session, "invoice", None, ("-1", "10"))
    assert "credit memo" in errors(lambda: issue(session, negative))["lines"]
    late = tax_group(session, "LATE", ("Tax", "5"))
    late.rates[0].valid_from = date(2999, 1, 1)
    taxed = make_document(session)
    saving.save_line(session, taxed, taxed.lines[0].id, {"tax_group_id": str(late.id)}, by=BY)
    assert "LATE" in errors(lambda: issue(session, taxed))["document_date"]
    bill = make_document(session, "purchase_invoice", vendor_invoice_no="")
    assert "vendor" in errors(lambda: issue(session, bill))["vendor_invoice_no"]
    for document in (empty, bare, negative, taxed, bill):
        assert (document.state, document.no) == ("draft", "")


@pytest.mark.parametrize("kind", [name for name in KINDS if name not in FREEZING])
def test_what_is_no_invoice_is_not_issued(session: Session, kind: str) -> None:
    with pytest.raises(Refused):
        issue(session, make_document(session, kind))


def test_what_an_office_usually_wants_is_pointed_out(session: Session) -> None:
    """O6: and can be done without."""
    invoice = make_document(session)
    sums = totals.of_document(session, invoice, office(session))
    assert {name: str(said) for name, said in issuing.missing(invoice, sums).items()} == {
        "tax_group_id": "No tax group is set, so no tax is charged.",
        "due_date": "There is no due date.",
    }
    assert issue(session, invoice).is_issued


# -- what is kept -------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_r_inv_1_an_issued_document_holds_copies_of_everything_it_says(
    session: Session, clock: Clock
) -> None:
    """R-INV-1, O6: party, office, terms and rates change afterwards; the document and its PDF do not."""
    family = make.make_family(session)
    terms = session.scalars(select(PaymentTerms).where(PaymentTerms.code == "30D")).one()
    group = tax_group(session, "TWO", ("GST", "5"), ("QST", "9.975"))
    settings_row = office(session)
    settings_row.payment_account_id = family.bank_account.id
    records.save(session, family.bank_account, {"iban": "DE89370400440532013000"}, by=BY)
    records.save(session, family.customer, {"tax_group_id": group.id, "payment_terms_id": terms.id}, by=BY)
    invoice = make_document(session, "invoice", family.customer, ("1", "156"))
    invoice.contact_id = family.person.id
    session.flush()
    issue(session, invoice)
    before = _frozen(session, invoice)
    assert invoice.contact_id is None and invoice.issued_by == BY and invoice.terms == "30 days"
    assert invoice.issuer is not None and invoice.issuer["account"]["iban"] == "DE89370400440532013000"
    assert [(tax.name, tax.amount) for tax in invoice.taxes] == [("GST", D("7.80")), ("QST", D("15.56"))]
    assert session.get_one(OpenItem, invoice.id).amount == D("179.36")
    records.save(session, family.contact, {"name": "Moved Ltd", "city": "Dijon"}, by=BY)
    settings.save_company(settings_row, {"name": "Renamed"})
    settings.save_terms(session, terms, {"code": "30D", "name": "Other", "days": 60, "end_of_month": False})
    session.get_one(TaxRate, group.rates[0].id).percent = D(6)
    session.flush()
    session.expire_all()
    assert _frozen(session, session.get_one(Document, invoice.id)) == before


def test_a_second_click_gives_the_same_document(session: Session) -> None:
    """No second number, no second PDF."""
    invoice = make_issued(session)
    no = invoice.no
    assert issue(session, invoice).no == no
    assert session.scalar(select(func.count()).select_from(DocumentFile)) == 1
    file = issuing.stored_pdf(session, invoice)
    assert file is not None and file.content == f"%PDF invoice {no}".encode() and file.reason == "issued"


@pytest.mark.both_databases
def test_a_pdf_that_cannot_be_made_leaves_a_draft_and_its_number_free(bare_app: Flask) -> None:
    """R-NUM-1: all or nothing."""
    draft_id = write(bare_app, lambda session: make_document(session).id)

    def fails(_session: Session, _document: Document) -> bytes:
        raise RuntimeError("no paper")

    with pytest.raises(RuntimeError):
        write(
            bare_app,
            lambda session: issuing.issue(
                session, session.get_one(Document, draft_id), make_pdf=fails, by=BY
            ),
        )
    draft = read(bare_app, lambda session: session.get_one(Document, draft_id))
    assert (draft.state, draft.no) == ("draft", "")
    issued = write(bare_app, lambda session: issue(session, session.get_one(Document, draft_id)).no)
    assert issued.endswith("-00001")


def _frozen(session: Session, document: Document) -> list[Any]:
    rows: list[Any] = [document, *document.lines, *document.taxes]
    rows.append(issuing.stored_pdf(session, document))
    return [{column.key: getattr(row, column.key) for column in row.__table__.columns} for row in rows]


# -- many at once -------------------------------------------------------------------------------------------

CLERKS, EACH = 8, 6


@pytest.mark.both_databases
@pytest.mark.slow
def test_r_num_1_many_clerks_at_once_leave_no_gap(bare_app: Flask) -> None:
    """R-NUM-1, U-D7: 1 to n, each once, on every database; also when every fifth one fails halfway."""
    customer_id = write(bare_app, lambda session: make.make_customer(session).id)

    def one(number: int) -> Callable[[Session], Any]:
        def work(session: Session) -> str:

            invoice = make_document(session, "invoice", session.get_one(Customer, customer_id))
            no = issue(session, invoice).no
            if number % 5 == 4:
                raise RuntimeError("the lights went out")
            return no

        return work

    numbers: list[str] = []
    for turn in range(EACH):
        done = at_once(bare_app, [one(turn * CLERKS + clerk) for clerk in range(CLERKS)])
        assert all(isinstance(result, (str, RuntimeError)) for result in done), done
        numbers += [result for result in done if isinstance(result, str)]
    stored = read(bare_app, lambda session: session.scalars(select(Document.no).order_by(Document.no)).all())
    assert sorted(numbers) == list(stored)
    assert [int(no[-5:]) for no in stored] == list(range(1, len(stored) + 1))
