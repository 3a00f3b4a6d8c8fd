"""Documents as the bin keeps them: taken out of the tables whole, and put back as they were (rule D7)."""

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, LargeBinary, select
from sqlalchemy.orm import Session, undefer

from extensions import Base
from models import Document, DocumentFile, DocumentLine
from models.base import Money, UtcDateTime
from services import history, snapshots
from services.documents import changes, converting, numbering
from services.history import Cause

Row = dict[str, Any]


def remove(session: Session, documents: Sequence[Document], cause: Cause) -> list[Row]:
    """Delete documents that are not issued; returns what bringing them back needs.

    What they were made from is open again, and what was made from them forgets where it came from.
    """
    if not documents:
        return []
    found = [changes.lock(session, document) for document in documents]
    kept = []
    for document in found:
        changes.check_not_issued(document)
        files = session.scalars(
            select(DocumentFile)
            .where(DocumentFile.document_id == document.id)
            .options(undefer(DocumentFile.content))
            .order_by(DocumentFile.id)
        ).all()
        kept.append(
            {
                "values": _values(document),
                "lines": [_values(line) for line in document.lines],
                "files": [_values(file) for file in files],
            }
        )
        for file in files:
            session.delete(file)
    _let_go(session, {document.id for document in found}, cause)
    for document in found:
        # Whose it was: the dossier of the card finds the history of its deleted documents by that.
        owner = document.party or document.contact
        said = document.no or document.name
        history.write(session, document, "deleted", cause, field="no", old=said, origin=owner)
        session.delete(document)
    session.flush()
    return kept


def restore(session: Session, kept: Iterable[Mapping[str, Any]], cause: Cause) -> list[Document]:
    """Bring documents back; the cards that they need are there again by then.

    A document is made from its source again when nothing else was made from that meanwhile, and keeps its
    number when nobody took it.
    """
    restored: list[Document] = []
    for saved in sorted(kept, key=lambda one: int(one["values"]["id"])):
        values = _read(Document, saved["values"])
        _forget_what_is_gone(session, Document, values)
        document = Document(**values)
        is_traced = _trace_again(session, document, restored, cause)
        if document.no and numbering.is_taken(session, document.kind, document.no):
            document.no = ""
        for line in saved["lines"]:
            line_values = _read(DocumentLine, line)
            _forget_what_is_gone(session, DocumentLine, line_values, but=("document_id",))
            if not is_traced:
                line_values["source_line_id"] = None
            document.lines.append(DocumentLine(**line_values))
        session.add(document)
        session.flush()
        session.add_all(DocumentFile(**_read(DocumentFile, file)) for file in saved["files"])
        history.write(session, document, "restored", cause, field="no", new=document.no or document.name)
        restored.append(document)
    session.flush()
    _use_up(session, restored, cause)
    return restored


def forget_contacts(session: Session, contact_ids: Collection[int]) -> list[list[int]]:
    """Let documents of customers and vendors go on without a contact that is deleted; returns who had whom."""
    query = select(Document).where(Document.contact_id.in_(contact_ids))
    held = []
    for document in session.scalars(query.order_by(Document.id)):
        held.append([document.id, document.contact_id or 0])
        document.contact = None
    session.flush()
    return held


def remember_contacts(session: Session, held: Iterable[Sequence[int]]) -> None:
    """Give open documents their contact again, where they have none by now."""
    for document_id, contact_id in held:
        document = session.get(Document, document_id)
        if document is not None and not document.is_issued and document.contact_id is None:
            document.contact_id = contact_id
    session.flush()


# -- helpers ----------------------------------------------------------------------------------------


def _let_go(session: Session, ids: Collection[int], cause: Cause) -> None:
    """Cut the traces to and from documents that are about to go."""
    sources = select(Document.source_id).where(Document.id.in_(ids), Document.source_id.not_in(ids))
    converted = select(Document).where(Document.id.in_(sources), Document.state == "converted")
    for source in session.scalars(converted).all():
        changes.carry_out(session, source, {"state": "open"}, cause)
    for made in session.scalars(select(Document).where(Document.source_id.in_(ids))).all():
        made.source_id = None
    own_lines = select(DocumentLine.id).where(DocumentLine.document_id.in_(ids))
    for line in session.scalars(select(DocumentLine).where(DocumentLine.source_line_id.in_(own_lines))).all():
        line.source_line_id = None
    session.flush()


def _trace_again(session: Session, document: Document, restored: Collection[Document], cause: Cause) -> bool:
    """Whether a document is still the one that was made from its source; else it forgets the source."""
    source = session.get(Document, document.source_id) if document.source_id is not None else None
    if source is not None and (source.is_issued or source in restored):
        return True
    if source is None or source.state != "open":
        document.source_id = None
        return False
    if source.kind != "blanket_order":
        changes.carry_out(session, source, {"state": "converted"}, cause)
    return True


def _use_up(session: Session, restored: Iterable[Document], cause: Cause) -> None:
    """Blanket orders of which documents that came back took all that was left are done with again."""
    for source_id in {document.source_id for document in restored}:
        source = session.get(Document, source_id) if source_id is not None else None
        if source is None or (source.kind, source.state) != ("blanket_order", "open"):
            continue
        if not converting.is_something_left(session, source):
            changes.carry_out(session, source, {"state": "converted"}, cause)


def _values(row: Base) -> Row:
    """Every column of a row as JSON can hold it."""
    found = {}
    for column in row.__table__.columns:
        value = getattr(row, column.key)
        found[column.key] = (
            base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else snapshots.storable(value)
        )
    return found


def _read(model: type[Base], kept: Mapping[str, Any]) -> Row:
    """The column values that `_values` made JSON of; columns that came later take their default."""
    found: Row = {}
    for column in model.__table__.columns:
        if column.key not in kept:
            continue
        value = kept[column.key]
        if isinstance(value, str) and isinstance(column.type, UtcDateTime):
            value = datetime.fromisoformat(value)
        elif isinstance(value, str) and isinstance(column.type, Date):
            value = date.fromisoformat(value)
        elif isinstance(value, str) and isinstance(column.type, Money):
            value = Decimal(value)
        elif isinstance(value, str) and isinstance(column.type, LargeBinary):
            value = base64.b64decode(value)
        found[column.key] = value
    return found


def _forget_what_is_gone(session: Session, model: type[Base], values: Row, but: Collection[str] = ()) -> None:
    """Empty references to rows that were removed meanwhile."""
    for column in model.__table__.columns:
        value = values.get(column.key)
        if value is None or column.key in but:
            continue
        for key in column.foreign_keys:
            if session.scalar(select(key.column).where(key.column == value)) is None:
                values[column.key] = None
