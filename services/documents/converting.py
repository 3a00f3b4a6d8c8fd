"""One document made from another, traced both ways: quote to order to invoice, invoice to credit memo (O4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import AnyCard, Contact, Document, DocumentLine
from services import clock, history, interactions, records
from services.documents import (
    blocks,
    changes,
    header,
    issuing,
    lines,
    numbering,
    parties,
    saving,
    totals,
)
from services.documents.copies import COPIED
from services.documents.issuing import MakePdf
from services.documents.kinds import KINDS, named, of
from services.errors import Invalid, Refused
from services.history import Cause

ZERO = Decimal(0)
_HEADER = (
    *COPIED,
    *("customer_id", "vendor_id", "contact_id", "salesperson_id", "payment_terms_id", "currency"),
    *("discount_percent", "reference", "subject", "intro"),
)
_LINE = ("item_id", "description", "unit", "unit_price", "discount_percent", "tax_group_id")


@dataclass(frozen=True)
class Converted:
    """The new document, and the customer or vendor that was made on the way, with its contact's other quotes."""

    document: Document
    created: list[AnyCard] = field(default_factory=list)
    quotes: list[Document] = field(default_factory=list)


def convert(
    session: Session,
    document: Document,
    target: str,
    quantities: Mapping[int, Decimal] | None = None,
    *,
    by: int | None,
) -> Converted:
    """Make a document of the kind `target` from this one; the two know each other from then on.

    `quantities` says, by the id of a line, how much of a blanket order is called off; without it, all that
    is left. Raises Refused when this kind does not become that one, when it was converted already, and for a
    block; Invalid for a quantity above what is left.
    """
    document = changes.lock(session, document)
    check(session, document, target)
    cause = history.cause(by)
    choice = _with_party(session, document, target, cause)
    if not document.is_issued:
        numbering.give(session, document, cause)
    new = _copy(session, document, target, cause)
    _copy_lines(session, document, new, quantities)
    totals.store(new, totals.of_document(session, new, records.office(session)))
    if document.state == "open" and not is_something_left(session, document):
        changes.carry_out(session, document, {"state": "converted"}, cause)
    history.write(session, document, "converted", cause, origin=new)
    history.write(session, new, "created", cause, origin=document)
    interactions.record(session, "convert", by=by, contact_id=document.contact_id, document=new)
    session.flush()
    return Converted(new, choice.created, choice.quotes) if choice is not None else Converted(new)


def check(session: Session, document: Document, target: str) -> None:
    """Everything that keeps a document from being converted; raises Refused. Writes nothing."""
    if target not in of(document).converts_to:
        raise Refused(
            _l(
                "%(kind)s %(no)s cannot be converted to this kind of document (%(target)s).",
                target=KINDS[target].label,
                **named(document),
            ),
            record=document,
        )
    if document.state == "draft":
        raise Refused(
            _l("%(kind)s %(no)s is a draft. Issue it first, or delete it.", **named(document)),
            record=document,
        )
    if document.state == "converted":
        made = made_from(session, document)
        raise Refused(
            _l("%(kind)s %(no)s was converted already.", **named(document)), records=made or [document]
        )
    if not document.lines:
        raise Refused(_l("%(kind)s %(no)s has no lines. Add one first.", **named(document)), record=document)
    if KINDS[target].is_credit and issuing.credited(session, document) >= document.total > ZERO:
        raise Refused(
            _l("%(kind)s %(no)s is credited already, all of it.", **named(document)),
            records=made_from(session, document),
        )
    blocks.check_going_on(session, document, target)


def cancel(
    session: Session, invoice: Document, vendor_no: str = "", *, make_pdf: MakePdf, by: int | None
) -> Document:
    """Cancel an issued invoice with a credit memo of all that is left of it, issued at once (rule O6).

    `vendor_no` is the number that a vendor gave to the credit memo; without it Invalid is raised.
    """
    target = "credit_memo" if of(invoice).side == "customer" else "purchase_credit_memo"
    invoice = changes.lock(session, invoice)
    check(session, invoice, target)
    if issuing.credited(session, invoice):
        raise Refused(
            _l(
                "%(kind)s %(no)s is credited in part already. Make a credit memo of what is left.",
                **named(invoice),
            ),
            records=made_from(session, invoice),
        )
    new = convert(session, invoice, target, by=by).document
    if vendor_no:
        new = saving.save_header(session, new, {"vendor_invoice_no": vendor_no}, by=by)
    return issuing.issue(session, new, make_pdf=make_pdf, by=by)


def made_from(session: Session, document: Document) -> list[Document]:
    """The documents that were made from this one, in their order."""
    query = select(Document).where(Document.source_id == document.id).order_by(Document.id)
    return list(session.scalars(query))


def source_of(session: Session, document: Document) -> Document | None:
    """The document that this one was made from."""
    return session.get(Document, document.source_id) if document.source_id is not None else None


def left_of_lines(session: Session, document: Document) -> dict[int, Decimal]:
    """What is left to convert of each line, by its id: its quantity less what other documents took of it."""
    query = (
        select(DocumentLine.source_line_id, func.sum(DocumentLine.quantity))
        .where(DocumentLine.source_line_id.in_([line.id for line in document.lines]))
        .group_by(DocumentLine.source_line_id)
    )
    taken = dict(session.execute(query).all())
    return {line.id: line.quantity - taken.get(line.id, ZERO) for line in document.lines}


def is_something_left(session: Session, document: Document) -> bool:
    """Whether another document can still be made from this one; only a blanket order is used up by parts."""
    if document.kind != "blanket_order":
        return False
    return any(left > 0 for left in left_of_lines(session, document).values())


# -- helpers ----------------------------------------------------------------------------------------


def _with_party(session: Session, document: Document, target: str, cause: Cause) -> parties.Choice | None:
    """Give a quote that its contact carries alone the customer or vendor that an order needs (rule O1)."""
    if document.party is not None or not KINDS[target].needs_party:
        return None
    contact = document.contact
    assert isinstance(contact, Contact)
    choice = parties.of_contact(session, target, contact, by=cause.by)
    if document.party is None:
        key = f"{choice.owner.KIND}_id"
        changes.carry_out(session, document, {key: choice.owner.id}, cause)
    blocks.check(session, target, document.party)
    return choice


def _copy(session: Session, document: Document, target: str, cause: Cause) -> Document:
    """A new document with the header of another; dated today, due by its terms."""
    office = records.office(session)
    today = clock.today(office)
    kind = KINDS[target]
    values: dict[str, Any] = {name: getattr(document, name) for name in _HEADER}
    if document.party is not None and not document.is_issued:
        # A quote that its contact carried has the number of the contact.
        values["party_no"] = document.party.no
    new = Document(
        kind=target,
        state=kind.first_state,
        no="",
        source_id=document.id,
        document_date=today,
        due_date=header.due_date(session, document.payment_terms_id, today) if kind.freezes else None,
        requested_date=document.requested_date,
        created_by=cause.by,
        updated_by=cause.by,
        **values,
    )
    changes.fold(new)
    session.add(new)
    session.flush()
    return new


def _copy_lines(
    session: Session, document: Document, new: Document, quantities: Mapping[int, Decimal] | None
) -> None:
    """The lines with the quantities that were chosen; a line without any is left out."""
    chosen = _quantities(session, document, quantities)
    for line in document.lines:
        if line.id not in chosen:
            continue
        copied = {name: getattr(line, name) for name in _LINE}
        amount = lines.amount(chosen[line.id], line.unit_price, line.discount_percent, document.currency)
        new.lines.append(
            DocumentLine(
                position=len(new.lines) + 1,
                quantity=chosen[line.id],
                amount=amount,
                source_line_id=line.id,
                **copied,
            )
        )
    session.flush()


def _quantities(
    session: Session, document: Document, quantities: Mapping[int, Decimal] | None
) -> dict[int, Decimal]:
    """How much of each line goes along, by its id."""
    if document.kind != "blanket_order":
        return {line.id: line.quantity for line in document.lines}
    left = left_of_lines(session, document)
    chosen = {line_id: quantity for line_id, quantity in left.items() if quantity > 0}
    if quantities is not None:
        chosen = {line_id: quantities.get(line_id, ZERO) for line_id in left}
        errors = {
            f"quantity-{line_id}": _l(
                "Enter a quantity from 0 to %(left)s.", left=f"{left[line_id].normalize():f}"
            )
            for line_id, quantity in chosen.items()
            if not ZERO <= quantity <= max(left[line_id], ZERO)
        }
        if errors:
            raise Invalid(errors)
        chosen = {line_id: quantity for line_id, quantity in chosen.items() if quantity}
    if not chosen:
        raise Invalid({"lines": _l("Enter how much of at least one line is ordered.")})
    return chosen
