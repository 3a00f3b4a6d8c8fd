"""The numbers of documents: taken from the series of their kind, or typed where the series allows it (N5)."""

from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Document, DocumentSeries, NumberSeries
from services import numbers
from services.documents import changes
from services.documents.kinds import KINDS, of
from services.errors import Invalid, MissingSetting
from services.history import Cause
from services.numbers import SETTINGS_PAGE


def series_of(session: Session, kind: str) -> NumberSeries:
    """The series of a kind of document; raises MissingSetting when none is chosen (rule N4)."""
    chosen = session.get(DocumentSeries, kind)
    series = chosen.series if chosen is not None else None
    if series is None or not series.automatic:
        raise MissingSetting(
            _l(
                "No number series gives numbers to these documents (%(kind)s). Choose one in the settings.",
                kind=KINDS[kind].plural,
            ),
            link=SETTINGS_PAGE,
        )
    return series


def give(session: Session, document: Document, cause: Cause) -> None:
    """Number a quote or order that first leaves the office; nothing when it has a number."""
    if not document.no:
        no = _next_free(session, document, series_of(session, document.kind))
        changes.carry_out(session, document, {"no": no}, cause)
        session.flush()


def check_typed(session: Session, document: Document, no: str) -> None:
    """Refuse a typed number that belongs to another document, or that the series gives itself (N2)."""
    chosen = session.get(DocumentSeries, document.kind)
    series = chosen.series if chosen is not None else None
    if series is not None and not series.manual:
        raise Invalid(
            {
                "no": _l(
                    "The series %(code)s gives the numbers itself. Leave the number empty.", code=series.code
                )
            }
        )
    if is_taken(session, document.kind, no, document.id):
        raise Invalid({"no": _l("Another document has the number %(no)s. Type another one.", no=no)})


def next_without_gap(session: Session, document: Document) -> str:
    """Take the number of a document that is about to be issued, from its counter (R-NUM-1).

    The series stays locked until the transaction ends: the number is used, or was never taken. Its year is
    that of the document's date. Raises Invalid for a date before the last one issued (R-NUM-2).
    """
    series = series_of(session, document.kind)
    numbers.lock(session, series)
    _check_date(session, series, document)
    return _next_free(session, document, series)


def next_shown(session: Session, document: Document) -> str | None:
    """The number that issuing would give at this moment, for the page that asks; nothing is taken.

    Somebody else may take it before. None when the series is exhausted; raises MissingSetting without one.
    """
    return numbers.peek(session, series_of(session, document.kind), document.document_date)


def with_vendor_no(session: Session, document: Document, no: str) -> Document | None:
    """Another document of the same kind and vendor that has the vendor's number, capitals or not."""
    query = select(Document).where(
        Document.kind == document.kind,
        Document.vendor_id == (document.vendor_id or (document.vendor.id if document.vendor else None)),
        Document.vendor_invoice_no != "",
        Document.id != (document.id or 0),
    )
    others = session.scalars(query.where(func.lower(Document.vendor_invoice_no) == no.lower()))
    return others.first()


def is_taken(session: Session, kind: str, no: str, but: int | None = None) -> bool:
    """Whether another document of the kind has the number."""
    query = select(Document.id).where(Document.kind == kind, Document.no == no, Document.id != (but or 0))
    return session.scalar(query) is not None


def _check_date(session: Session, series: NumberSeries, document: Document) -> None:
    """Numbers and dates go the same way, inside of a year when the pattern counts by year."""
    day = document.document_date
    kinds = session.scalars(select(DocumentSeries.kind).where(DocumentSeries.series_id == series.id)).all()
    query = select(func.max(Document.document_date)).where(
        Document.kind.in_(kinds), Document.state == "issued"
    )
    if numbers.counts_by_year(series, day):
        query = query.where(Document.document_date.between(date(day.year, 1, 1), date(day.year, 12, 31)))
    last = session.scalar(query)
    if last is not None and day < last:
        raise Invalid(
            {
                "document_date": _l(
                    "A later one of these documents (%(kind)s) is issued already, on %(day)s."
                    " Choose that day or a later one.",
                    kind=of(document).plural,
                    day=last.isoformat(),
                )
            }
        )


def _next_free(session: Session, document: Document, series: NumberSeries) -> str:
    """The next number that no other document has."""
    while True:
        no = numbers.next_number(session, series, document.document_date)
        if not is_taken(session, document.kind, no):
            return no
