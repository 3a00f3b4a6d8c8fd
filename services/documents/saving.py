"""Making documents and changing open ones: their header, and their lines one by one.

Each door locks the document, refuses a frozen one, compares what the user saw with what is stored, writes,
and computes the sums anew. They flush; the caller commits.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from models import Contact, Customer, Document, DocumentLine, Item, TaxGroup, Vendor
from services import checks, clock, fields, formats, history, interactions, records, rows
from services.documents import blocks, changes, copies, header, lines, numbering, totals
from services.documents.kinds import KINDS
from services.errors import Conflict, ConflictField, Invalid, NotFound
from services.history import Cause
from services.text import TextProblem

LINE_FIELDS = (
    *("item_id", "description", "quantity", "unit", "unit_price", "discount_percent", "tax_group_id"),
)
MOST_LINES = 500
_NEW_LINE = {"quantity": Decimal(1), "unit_price": Decimal(0), "discount_percent": Decimal(0)}


# -- the document -----------------------------------------------------------------------------------


def create(
    session: Session,
    kind: str,
    owner: Customer | Vendor | Contact,
    values: Mapping[str, Any] | None = None,
    *,
    person: Contact | None = None,
    by: int | None,
    cause: Cause | None = None,
) -> Document:
    """Make an empty document for a customer or vendor, or a quote for a contact; Refused when blocked.

    `person` is the contact of a company whom it is for. Values that are given go before those it begins with.
    """
    blocks.check(session, kind, owner)
    if person is not None:
        blocks.check(session, kind, person)
    cause = cause or history.cause(by)
    office = records.office(session)
    document = Document(kind=kind, state=KINDS[kind].first_state, no="", created_by=by, updated_by=by)
    if isinstance(owner, Contact):
        document.contact = owner
    else:
        setattr(document, owner.KIND, owner)
        document.contact = person
    copies.take(session, document, owner, person)
    rows.write(document, header.first_values(session, document, office, clock.today(office)))
    given = header.with_due_date(session, document, header.cleaned(session, document, values or {}))
    if given.get("no"):
        numbering.check_typed(session, document, given["no"])
    _check_vendor_invoice_no(session, document, given)
    rows.write(document, given)
    document.discount_percent = document.discount_percent or Decimal(0)
    changes.fold(document)
    session.add(document)
    session.flush()
    history.write(session, document, "created", cause)
    if kind == "service_order":
        interactions.record(session, "create_service_order", by=cause.by, document=document)
    return document


def save_header(
    session: Session,
    document: Document,
    values: Mapping[str, Any],
    *,
    by: int | None,
    seen: Mapping[str, str] | None = None,
) -> Document:
    """Save what stands above the lines; a field that somebody changed since it was seen raises Conflict."""
    document = _open(session, document)
    present = {name: getattr(document, name) for name in header.FIELDS}
    values = _changed_by_user(values, seen)
    found = header.cleaned(session, document, values)
    _check_not_stale(found, present, seen)
    found = header.with_due_date(session, document, found)
    if found.get("no", document.no) != document.no:
        numbering.check_typed(session, document, found["no"])
    _check_vendor_invoice_no(session, document, found)
    changes.carry_out(session, document, found, history.cause(by))
    _compute(session, document)
    session.flush()
    return document


def refresh(session: Session, document: Document, *, by: int | None) -> list[copies.Difference]:
    """Copy the party's card again; returns what that changed (rule S7)."""
    document = _open(session, document)
    found = copies.refresh(session, document, history.cause(by))
    session.flush()
    return found


# -- its lines --------------------------------------------------------------------------------------


def add_line(
    session: Session, document: Document, values: Mapping[str, Any], *, by: int | None
) -> DocumentLine:
    """Add a line at the end; what is not given comes from its item."""
    return add_lines(session, document, [values], by=by)[0]


def add_lines(
    session: Session, document: Document, many: Sequence[Mapping[str, Any]], *, by: int | None
) -> list[DocumentLine]:
    """Add lines at the end, and compute the sums once."""
    document = _open(session, document)
    if len(document.lines) + len(many) > MOST_LINES:
        raise Invalid({"description": _l("A document has at most %(most)s lines.", most=MOST_LINES)})
    last = max((one.position for one in document.lines), default=0)
    added = []
    for position, values in enumerate(many, start=last + 1):
        line = DocumentLine(position=position, **_NEW_LINE)
        found = _from_item(session, document, _cleaned_line(session, values), values)
        if not found.get("description"):
            raise Invalid({"description": _l("Enter a description, or choose an item.")})
        _write_line(session, document, line, found)
        document.lines.append(line)
        added.append(line)
    _settle(session, document, history.cause(by), [("", _said(line)) for line in added])
    return added


def save_line(
    session: Session,
    document: Document,
    line_id: int,
    values: Mapping[str, Any],
    *,
    by: int | None,
    seen: Mapping[str, str] | None = None,
) -> DocumentLine:
    """Save a line; a field that somebody changed since it was seen raises Conflict."""
    document = _open(session, document)
    line = line_of(document, line_id)
    old = _said(line)
    found = _cleaned_line(session, _changed_by_user(values, seen))
    _check_not_stale(found, {name: getattr(line, name) for name in LINE_FIELDS}, seen)
    if found.get("item_id") is not None and found["item_id"] != line.item_id:
        found = _from_item(session, document, found, values)
    if not found.get("description", line.description):
        raise Invalid({"description": _l("Enter a description, or delete the line.")})
    _write_line(session, document, line, found)
    if _said(line) != old or session.is_modified(line):
        _settle(session, document, history.cause(by), [(old, _said(line))])
    return line


def move_line(session: Session, document: Document, line_id: int, *, up: bool, by: int | None) -> None:
    """Let a line change places with its neighbour; nothing at the end of the table."""
    document = _open(session, document)
    line = line_of(document, line_id)
    place = document.lines.index(line) + (-1 if up else 1)
    if 0 <= place < len(document.lines):
        other = document.lines[place]
        line.position, other.position = other.position, line.position
        document.lines.sort(key=lambda one: one.position)
        changes.touch(document, history.cause(by))
        session.flush()


def delete_line(session: Session, document: Document, line_id: int, *, by: int | None) -> None:
    """Remove a line."""
    document = _open(session, document)
    line = line_of(document, line_id)
    was = _said(line)
    document.lines.remove(line)
    _settle(session, document, history.cause(by), [(was, "")])


def line_of(document: Document, line_id: int) -> DocumentLine:
    """A line of a document; NotFound when it was deleted or belongs to another one."""
    for line in document.lines:
        if line.id == line_id:
            return line
    raise NotFound()


def line_as_seen(line: DocumentLine) -> dict[str, str]:
    """The digest of each field of a line, for a form to send back as what its user saw."""
    return {name: fields.digest(name, getattr(line, name)) for name in LINE_FIELDS}


# -- helpers ----------------------------------------------------------------------------------------


def _open(session: Session, document: Document) -> Document:
    document = changes.lock(session, document)
    changes.check_open(document)
    blocks.check_privacy(session, document)
    return document


def _cleaned_line(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    return rows.cleaned(
        values,
        {
            "item_id": rows.row_of(session, Item),
            "description": rows.line(DocumentLine, "description"),
            "quantity": lambda value: Decimal(1) if value is None else checks.amount(value),
            "unit": rows.line(DocumentLine, "unit"),
            "unit_price": lambda value: Decimal(0) if value is None else checks.amount(value),
            "discount_percent": lines.percentage,
            "tax_group_id": rows.row_of(session, TaxGroup),
        },
    )


def _from_item(
    session: Session, document: Document, found: Mapping[str, Any], typed: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of a line, with those of its item where nothing was typed."""
    item_id = found.get("item_id")
    item = session.get(Item, item_id) if item_id is not None else None
    if item is None:
        return dict(found)
    if item.blocked:
        raise Invalid({"item_id": _l("Item %(no)s is blocked. Choose another one.", no=item.no)})
    is_sale = KINDS[document.kind].side == "customer"
    price = item.unit_price if is_sale or item.cost is None else item.cost
    usual = {"description": item.description, "unit": item.unit, "unit_price": price or Decimal(0)}
    return dict(found) | {name: value for name, value in usual.items() if not typed.get(name)}


def _write_line(session: Session, document: Document, line: DocumentLine, values: Mapping[str, Any]) -> None:
    rows.write(line, {name: value for name, value in values.items() if name != "item_id"})
    if "item_id" in values:
        line.item = session.get(Item, values["item_id"]) if values["item_id"] is not None else None
    try:
        line.amount = lines.amount(line.quantity, line.unit_price, line.discount_percent, document.currency)
    except TextProblem as problem:
        raise Invalid({"quantity": problem.message}) from problem


def _settle(session: Session, document: Document, cause: Cause, changed: Sequence[tuple[str, str]]) -> None:
    """Compute the sums, keep what each line was and is in the history, and write."""
    _compute(session, document)
    changes.touch(document, cause)
    for old, new in changed:
        history.write(session, document, "changed", cause, field="line", old=old, new=new)
    session.flush()


def _compute(session: Session, document: Document) -> None:
    found = totals.of_document(session, document, records.office(session))
    totals.store(document, found)


def _said(line: DocumentLine) -> str:
    """A line in the history: 12 × Bread = 156.00, which a page shows in its reader's formats."""
    amount = formats.round_money(line.amount, line.document.currency)
    return f"{fields.as_text(line.quantity)} × {line.description} = {amount}"


def _changed_by_user(values: Mapping[str, Any], seen: Mapping[str, str] | None) -> Mapping[str, Any]:
    """Without the fields that were left as they were shown."""
    if seen is None:
        return values
    return {name: value for name, value in values.items() if fields.digest(name, value) != seen.get(name)}


def _check_not_stale(
    found: Mapping[str, Any], present: Mapping[str, Any], seen: Mapping[str, str] | None
) -> None:
    if seen is None:
        return
    stale = [
        name
        for name, value in found.items()
        if value != present[name] and name in seen and seen[name] != fields.digest(name, present[name])
    ]
    if stale:
        raise Conflict([ConflictField(name, found[name], present[name]) for name in stale])


def _check_vendor_invoice_no(session: Session, document: Document, values: Mapping[str, Any]) -> None:
    """A vendor's number is entered once for each vendor: the second time it is the same bill."""
    no = values.get("vendor_invoice_no", document.vendor_invoice_no)
    if not no or document.vendor is None:
        return
    other = numbering.with_vendor_no(session, document, no)
    if other is not None:
        raise Invalid(
            {
                "vendor_invoice_no": _l(
                    "The vendor's number %(no)s is on %(kind)s %(other)s already. Check that this bill is new.",
                    no=no,
                    kind=KINDS[other.kind].label,
                    other=other.no or other.document_date.isoformat(),
                )
            }
        )
