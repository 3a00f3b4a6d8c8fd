"""Writing to documents: one place that locks, refuses what is frozen, folds the search text, and keeps history."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, selectinload

from models import Document, DocumentLine
from models.base import now
from services import database, history, text
from services.documents.kinds import named
from services.errors import NotFound, Refused
from services.history import Cause

_WITH_LINES = selectinload(Document.lines).selectinload(DocumentLine.item)
_BY_ID = select(Document).where(Document.id == bindparam("id")).options(_WITH_LINES)
_NAMES = ("name", "name2", "contact_person", "party_no", "reference", "vendor_invoice_no", "subject")
_PARTIES = ("contact", "customer", "vendor")
_OWNERS = ("contact_id", "customer_id", "vendor_id")
_SEARCHED = {"no", "email", "city", *_NAMES}


def load(session: Session, document_id: int, *, lock: bool = False) -> Document:
    """A document with its lines and their items, in two or three queries; NotFound when there is none.

    With `lock` it is read anew and nobody else changes it until the transaction ends.
    """
    query = _BY_ID
    if lock:
        # Reading anew would undo what waits in the session.
        session.flush()
        query = query.with_for_update(of=Document).execution_options(populate_existing=True)
    document = session.scalar(query, {"id": document_id})
    if document is None:
        raise NotFound()
    return document


def lock(session: Session, document: Document) -> Document:
    """Lock a document and read it anew; NotFound when it was deleted meanwhile.

    On SQLite a transaction that writes is alone from its first statement on: what it has read is still so.
    """
    if not database.locks_rows(session) and session.in_transaction() and document in session:
        session.flush()
        held = document.__dict__
        moved = [name for name in _PARTIES if getattr(held.get(name), "id", None) != held.get(f"{name}_id")]
        if moved:
            session.expire(document, moved)
        return document
    return load(session, document.id, lock=True)


def check_not_issued(document: Document) -> None:
    """Raise Refused for a document that is frozen."""
    if document.is_issued:
        raise Refused(
            _l(
                "%(kind)s %(no)s is issued and never changes. Correct it with a credit memo.",
                **named(document),
            ),
            record=document,
        )


def check_open(document: Document) -> None:
    """Raise Refused for a document that does not change any more."""
    check_not_issued(document)
    if document.state == "converted":
        raise Refused(
            _l("%(kind)s %(no)s was converted, so it does not change any more.", **named(document)),
            record=document,
        )


def carry_out(session: Session, document: Document, values: Mapping[str, Any], cause: Cause) -> list[str]:
    """Set the values that differ, with a line of history for each; returns their names."""
    changed = [name for name, value in values.items() if getattr(document, name) != value]
    for name in changed:
        old = getattr(document, name)
        setattr(document, name, values[name])
        if name in _OWNERS:
            session.expire(document, [name.removesuffix("_id")])
        history.write(session, document, "changed", cause, field=name, old=old, new=values[name])
    if changed:
        touch(document, cause)
    if _SEARCHED.intersection(changed):
        fold(document)
    return changed


def touch(document: Document, cause: Cause) -> None:
    """Note who changed the document last; an overlapping transaction is run again because of it."""
    document.updated_at, document.updated_by = now(), cause.by


def fold(document: Document) -> None:
    """Renew what searches and alphabetical lists read."""
    names = [getattr(document, name) or "" for name in _NAMES]
    document.search_name = text.fold(document.name)[:100]
    document.search_text = text.search_text(
        no=document.no or "", names=names, emails=[document.email or ""], city=document.city or ""
    )
