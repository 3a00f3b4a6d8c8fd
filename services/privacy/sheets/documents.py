"""Documents in the workbook: quotes, orders, invoices, their lines, payments, notes and files."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Document,
    DocumentFile,
    DocumentLine,
    DocumentTax,
    Item,
    OpenItem,
    Payment,
    PaymentTerms,
    TaxGroup,
)
from services import fields
from services.documents.kinds import KINDS, STATES
from services.privacy import retention
from services.privacy.registry import Dossier, exports
from services.privacy.sheets.rows import Row, Sources, columns_of, day_of, joined, read, titled

SHEET_OF_KIND = {
    "quote": "quotes",
    "purchase_quote": "quotes",
    "order": "orders",
    "blanket_order": "orders",
    "service_order": "orders",
    "purchase_order": "orders",
    "invoice": "invoices",
    "credit_memo": "invoices",
    "purchase_invoice": "invoices",
    "purchase_credit_memo": "invoices",
}
_LEFT_OUT = ("search_name", "search_text", "issuer")


@exports("documents")
def export_documents(session: Session, dossier: Dossier) -> Sources:
    """What was quoted, ordered, invoiced and paid."""
    ids = dossier.of("documents")
    sources: Sources = {
        sheet: lambda sheet=sheet: _documents(session, dossier, sheet)  # type: ignore[misc]
        for sheet in ("quotes", "orders", "invoices")
    }
    return {
        **sources,
        "lines": lambda: _lines(session, dossier),
        "entries": lambda: _entries(session, dossier),
        "notes": lambda: _notes(session, ids),
        "attachments": lambda: _files(session, dossier),
    }


def file_path(file: Any, document: Any) -> str:
    """The name of a document's PDF in the package: made of codes and ids, never of what anybody typed."""
    return f"documents/{document.kind.replace('_', '-')}-{document.id}-{file.id}.pdf"


def _documents(session: Session, dossier: Dossier, sheet: str) -> Iterator[Row]:
    terms = dict(session.execute(select(PaymentTerms.id, PaymentTerms.name)).all())
    ids = dossier.of("documents")
    files = _file_names(session, dossier)
    open_now = _amounts(session, ids)
    paid = _paid_on(session, dossier) if sheet == "invoices" else {}
    release = retention.release_dates(session, ids) if sheet == "invoices" else {}
    for one in read(session, columns_of(Document, *_LEFT_OUT), Document.id, ids):
        if SHEET_OF_KIND[one.kind] != sheet:
            continue
        settled = one.state == "issued" and one.id not in open_now
        yield Row(
            named(one),
            {
                "document kind": titled(one.kind, ""),
                "no": one.no,
                "vendor's no.": one.vendor_invoice_no,
                "posting date": one.document_date,
                "due date": one.due_date,
                "valid until": one.valid_until,
                "requested date": one.requested_date,
                "status": str(STATES.get(one.state, one.state)),
                "printed no": one.party_no,
                "printed name": joined(one.name, one.name2),
                "printed address": joined(
                    one.address, one.address2, one.post_code, one.city, one.region, one.country
                ),
                "contact person": one.contact_person,
                "phone": one.phone,
                "e-mail": one.email,
                "language": one.language,
                "tax id": one.vat_no,
                "registration no.": one.registration_no,
                "reference": one.reference,
                "subject as printed": one.subject,
                "text as printed": one.intro,
                "payment terms": one.terms or terms.get(one.payment_terms_id, ""),
                "discount": one.discount_percent,
                "excl. tax": one.net,
                "tax": one.tax,
                "total": one.total,
                "currency": one.currency,
                "open amount": open_now.get(one.id, Decimal(0)) if one.state == "issued" else None,
                "paid on": paid.get(one.id) if settled else None,
                "retention release date": release.get(one.id),
                "created": one.created_at,
                "modified": one.updated_at,
                "pdf": ", ".join(files.get(one.id, ())),
            },
            one.document_date,
            _about(one.id),
        )


def named(document: Any) -> str:
    """Kind and number of a document; a draft has none, and its id stands for it."""
    return titled(document.kind, document.no or f"#{document.id}")


def _lines(session: Session, dossier: Dossier) -> Iterator[Row]:
    """Each line, and behind them the taxes as they were computed when the documents were issued."""
    documents = {one.id: one for one in _heads(session, dossier)}
    items = dict(session.execute(select(Item.id, Item.no)).all())
    groups = dict(session.execute(select(TaxGroup.id, TaxGroup.code)).all())
    for line in read(session, columns_of(DocumentLine), DocumentLine.id, dossier.of("document_lines")):
        document = documents.get(line.document_id)
        yield _of_document(
            document,
            f"#{line.id}",
            {
                "line": line.position,
                "item": items.get(line.item_id, ""),
                "description": line.description,
                "quantity": line.quantity,
                "unit": line.unit,
                "unit price": line.unit_price,
                "discount": line.discount_percent,
                "tax group": line.tax_code or groups.get(line.tax_group_id, ""),
                "amount": line.amount,
            },
        )
    for tax in read(session, columns_of(DocumentTax), DocumentTax.id, dossier.of("document_taxes")):
        document = documents.get(tax.document_id)
        yield _of_document(
            document,
            f"#{tax.id}",
            {
                "line": None,
                "description": _("%(tax)s %(percent)s %% on %(base)s", tax=tax.name,
                                 percent=fields.as_text(tax.percent), base=fields.as_text(tax.base)),
                "amount": tax.amount,
                "no tax because": tax.exempt_reason,
            },
        )  # fmt: skip


def _of_document(document: Any, key: str, values: Mapping[str, Any]) -> Row:
    if document is None:
        return Row(key, values)
    head = {
        "document kind": titled(document.kind, ""),
        "document": document.no or f"#{document.id}",
        "currency": document.currency,
    }
    return Row(f"{named(document)} {key}", {**head, **values}, document.document_date, _about(document.id))


def _entries(session: Session, dossier: Dossier) -> Iterator[Row]:
    documents = {one.id: one for one in _heads(session, dossier)}
    open_now = _amounts(session, list(documents))
    for one in read(session, columns_of(Payment), Payment.id, dossier.of("payments")):
        memo = documents.get(one.credit_memo_id)
        values = {
            "entry no.": str(one.id),
            "posting date": one.date,
            "entry type": _("Credit memo") if one.credit_memo_id else _("Payment"),
            "amount": one.amount,
            "open amount": open_now.get(one.document_id, Decimal(0)),
            "credit memo": memo.no if memo is not None else "",
            "payment method": str(fields.PAYMENT_METHODS.get(one.method, one.method)) if one.method else "",
            "cancelled": one.cancelled_at,
        }
        row = _of_document(documents.get(one.document_id), f"#{one.id}", values)
        yield Row(row.key, row.values, one.date, row.about)


def _notes(session: Session, ids: list[int]) -> Iterator[Row]:
    for one in read(session, columns_of(Document, *_LEFT_OUT), Document.id, ids):
        if one.notes:
            values = {
                "object type": titled(one.kind, ""),
                "object no.": one.no or f"#{one.id}",
                "posting date": one.document_date,
                "text": one.notes,
            }
            yield Row(named(one), values, one.document_date, _about(one.id))


def _files(session: Session, dossier: Dossier) -> Iterator[Row]:
    documents = {one.id: one for one in _heads(session, dossier)}
    for file in _file_rows(session, dossier):
        document = documents[file.document_id]
        path = file_path(file, document)
        yield Row(
            path,
            {
                "object": named(document),
                "file in package": path,
                "file": f"{document.no or document.id}.pdf",
                "file type": "application/pdf",
                "bytes": file.size,
                "sha-256": file.sha256,
            },
            day_of(file.created_at),
            _about(document.id),
        )


# -- helpers ----------------------------------------------------------------------------------------


def _about(id_: int) -> str:
    return f"document:{id_}"


def _heads(session: Session, dossier: Dossier) -> Iterator[Any]:
    wanted = [Document.id, Document.kind, Document.no, Document.currency, Document.document_date]
    return read(session, wanted, Document.id, dossier.of("documents"))


def _file_rows(session: Session, dossier: Dossier) -> Iterator[Any]:
    wanted = columns_of(DocumentFile, "content")
    return read(session, wanted, DocumentFile.id, dossier.of("document_files"))


def _file_names(session: Session, dossier: Dossier) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    documents = {one.id: one for one in _heads(session, dossier)}
    for file in _file_rows(session, dossier):
        found[file.document_id].append(file_path(file, documents[file.document_id]))
    return found


def _amounts(session: Session, ids: list[int]) -> dict[int, Decimal]:
    wanted = [OpenItem.document_id, OpenItem.amount]
    return {one.document_id: one.amount for one in read(session, wanted, OpenItem.document_id, ids)}


def _paid_on(session: Session, dossier: Dossier) -> dict[int, date]:
    """The day of the last payment of each document that counts."""
    found: dict[int, date] = {}
    for one in read(session, columns_of(Payment), Payment.id, dossier.of("payments")):
        if one.cancelled_at is None:
            found[one.document_id] = max(found.get(one.document_id, one.date), one.date)
    return found


assert set(SHEET_OF_KIND) == set(KINDS)
