"""Issuing invoices and credit memos, and registering those of vendors: the number, the copies, the PDF, the end.

Everything happens in the caller's transaction: after a crash the document is a draft without a number, or it
is issued with the next one. A number is never taken by a document that does not exist (R-NUM-1).
"""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import BankAccount, Document, DocumentFile, DocumentTax, Office, PaymentTerms, TaxGroup
from models.base import now
from services import fields, history, records
from services.documents import blocks, changes, header, numbering, payments, totals
from services.documents.kinds import named, of
from services.errors import Invalid, Refused, Sentence
from services.history import Cause

# Makes the PDF of a document: it has its number by then, and `issued_at`.
MakePdf = Callable[[Session, Document], bytes]

_OFFICE = (
    *("name", "address", "address2", "post_code", "city", "region", "country"),
    *("phone", "email", "website", "registration_no", "vat_no", "vat_no2", "payment_text", "logo_type"),
)
_ACCOUNT = ("name", "iban", "bic", "bank_branch_no", "account_no")


def issue(session: Session, document: Document, *, make_pdf: MakePdf, by: int | None) -> Document:
    """Number and freeze a draft, with its PDF; a document that is issued already is returned as it is.

    Raises Invalid (422) for what is missing on it, Refused (409) for a block, MissingSetting for the series.
    """
    document = changes.lock(session, document)
    if document.is_issued:
        return document
    office = records.office(session)
    sums = totals.of_document(session, document, office)
    check(session, document, sums)
    cause = history.cause(by)
    invoice = _lock_credited(session, document)
    document.no = numbering.next_without_gap(session, document)
    _freeze(session, document, sums, office, cause)
    store_pdf(session, document, make_pdf(session, document), "issued", by=by)
    document.state = "issued"
    session.flush()
    if invoice is not None:
        payments.set_against(session, invoice, document, by=by)
        history.write(session, invoice, "credited", cause, field="no", new=document.no, origin=document)
    else:
        payments.settle(session, document)
    history.write(session, document, "issued", cause, field="no", new=document.no)
    session.flush()
    return document


def check(session: Session, document: Document, sums: totals.Totals) -> None:
    """Everything that keeps a draft from being issued; raises Invalid or Refused."""
    if not of(document).freezes:
        raise Refused(
            _l("%(kind)s %(no)s is not issued. Convert it to an invoice.", **named(document)), record=document
        )
    blocks.check_document(session, document)
    errors: dict[str, Any] = {}
    if not document.lines:
        errors["lines"] = _l("Add a line first: a document without lines cannot be issued.")
    for line in document.lines:
        if not line.description:
            errors.setdefault("lines", _l("Line %(line)s has no description.", line=line.position))
    for group in sums.untaxed:
        errors.setdefault(
            "document_date",
            _l(
                "No percentage of the tax group %(code)s applies on the date of the document.",
                code=group.code,
            ),
        )
    if sums.total < 0:
        errors.setdefault("lines", _l("The total is below zero. Make a credit memo instead."))
    if of(document).side == "vendor" and not document.vendor_invoice_no:
        errors["vendor_invoice_no"] = _l("Enter the number that the vendor gave to this document.")
    if errors:
        raise Invalid(errors)
    _check_not_over_credited(session, document, sums.total)


def missing(document: Document, sums: totals.Totals) -> dict[str, Sentence]:
    """What an office usually wants on a document and can do without: a sentence for each field."""
    found: dict[str, Sentence] = {}
    if not sums.taxes and of(document).side == "customer":
        found["tax_group_id"] = _l("No tax group is set, so no tax is charged.")
    if not (document.address or document.city):
        found["address"] = _l("There is no address.")
    if document.due_date is None and not of(document).is_credit:
        found["due_date"] = _l("There is no due date.")
    return found


def store_pdf(
    session: Session, document: Document, content: bytes, reason: str, *, by: int | None
) -> DocumentFile:
    """Keep a PDF with its document: "issued", or "sent" for a quote or order that left the office."""
    file = DocumentFile(
        document_id=document.id,
        reason=reason,
        content=content,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        created_by=by,
    )
    session.add(file)
    session.flush()
    return file


def keep_sent_pdf(session: Session, document: Document, content: bytes, *, by: int | None) -> DocumentFile:
    """Keep the PDF of a quote or order that leaves the office, unless it is the same as the last one kept."""
    last = stored_pdf(session, document)
    if last is not None and last.sha256 == hashlib.sha256(content).hexdigest():
        return last
    return store_pdf(session, document, content, "sent", by=by)


def stored_pdf(session: Session, document: Document) -> DocumentFile | None:
    """The PDF of an issued document; the latest one that was printed or sent of any other."""
    query = select(DocumentFile).where(DocumentFile.document_id == document.id)
    return session.scalar(query.order_by(DocumentFile.id.desc()).limit(1))


def issuer(session: Session, office: Office) -> dict[str, Any]:
    """Who the office is today, as a document keeps it: name, address, numbers, and where to pay."""
    kept: dict[str, Any] = {name: getattr(office, name) for name in _OFFICE}
    account = (
        session.get(BankAccount, office.payment_account_id) if office.payment_account_id is not None else None
    )
    kept["account"] = {name: getattr(account, name) for name in _ACCOUNT} if account is not None else None
    return kept


# -- helpers ----------------------------------------------------------------------------------------


def _freeze(session: Session, document: Document, sums: totals.Totals, office: Office, cause: Cause) -> None:
    """Write everything that the document says down in it, so that nothing outside can change it any more."""
    groups = totals.groups_of_lines(session, document, office)
    for line in document.lines:
        group: TaxGroup | None = groups.get(id(line))
        line.tax_group_id = group.id if group is not None else None
        line.tax_code = group.code if group is not None else ""
    document.taxes = [
        DocumentTax(
            position=position,
            name=tax.name,
            percent=tax.percent,
            base=tax.base,
            amount=tax.amount,
            exempt_reason=tax.exempt_reason,
            tax_group_ids=list(tax.group_ids),
        )
        for position, tax in enumerate(sums.taxes, start=1)
    ]
    totals.store(document, sums)
    terms_id = document.payment_terms_id
    terms = session.get(PaymentTerms, terms_id) if terms_id is not None else None
    document.terms = terms.name if terms is not None else ""
    if document.due_date is None:
        document.due_date = header.due_date(session, terms_id, document.document_date)
    document.issuer = issuer(session, office)
    document.contact = None
    document.issued_at, document.issued_by = now(), cause.by
    changes.touch(document, cause)
    changes.fold(document)
    session.flush()


def _lock_credited(session: Session, document: Document) -> Document | None:
    """The invoice that a credit memo corrects, locked; None for any other document."""
    if not of(document).is_credit or document.source_id is None:
        return None
    return changes.load(session, document.source_id, lock=True)


def _check_not_over_credited(session: Session, document: Document, total: Decimal) -> None:
    """All credit memos of an invoice together never exceed it."""
    invoice = _lock_credited(session, document)
    if invoice is None:
        return
    left = invoice.total - credited(session, invoice)
    if total > left:
        raise Invalid(
            {
                "lines": _l(
                    "This credit memo is larger than what is left of invoice %(no)s (%(left)s)."
                    " Lower a quantity or a price.",
                    no=invoice.no,
                    left=fields.as_text(left),
                )
            }
        )


def credited(session: Session, invoice: Document) -> Decimal:
    """What issued credit memos took back of an invoice; all of it means that it is cancelled."""
    query = select(func.sum(Document.total)).where(
        Document.source_id == invoice.id, Document.state == "issued"
    )
    return session.scalar(query) or Decimal(0)
