"""From cards to the rows that name them: the questions that several parts of Carnet ask of a scope."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models import MODELS, Contact, Document, HistoryEntry
from services import likeness
from services.privacy.registry import Scope

# So many values in one statement; either database takes several times as many.
AT_ONCE = 5_000


def chunks(values: Collection[Any]) -> Iterator[Sequence[Any]]:
    """The values in order, as many at a time as one statement takes."""
    ordered = sorted(values)
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]


def keys_where(
    session: Session, key: Any, column: Any, values: Collection[Any], *conditions: ColumnElement[bool]
) -> set[int]:
    """The keys of the rows whose column holds one of the values and for which the conditions hold."""
    found: set[int] = set()
    for some in chunks(values):
        found.update(session.scalars(select(key).where(column.in_(some), *conditions).distinct()))
    return found


def keys_named(
    session: Session, key: Any, kind: Any, record_id: Any, scope: Scope, *conditions: ColumnElement[bool]
) -> set[int]:
    """The keys of the rows that name a card of the scope by a kind and an id."""
    found: set[int] = set()
    for card_kind in MODELS:
        found |= keys_where(session, key, record_id, scope.of(card_kind), kind == card_kind, *conditions)
    return found


def document_ids(session: Session, scope: Scope) -> set[int]:
    """The documents of a scope: an issued one has lost its contact and is found by its customer or vendor."""
    found = keys_where(session, Document.id, Document.contact_id, scope.contact)
    found |= keys_where(session, Document.id, Document.customer_id, scope.customer)
    return found | keys_where(session, Document.id, Document.vendor_id, scope.vendor)


def deleted_document_ids(session: Session, scope: Scope) -> set[int]:
    """The documents of a scope that were deleted: the last line of their history says whose they were."""
    line = HistoryEntry
    was_deleted = line.action == "deleted", line.kind == Document.KIND
    found = keys_named(session, line.record_id, line.origin_kind, line.origin_id, scope, *was_deleted)
    return found - keys_where(session, Document.id, Document.id, found)


def own_emails(session: Session, scope: Scope) -> set[str]:
    """The e-mail addresses, folded, that stand on cards of the scope and on no other card."""
    own: set[str] = set()
    for kind, model in MODELS.items():
        for some in chunks(scope.of(kind)):
            own.update(email for _id, email in _addresses(session, model, model.id.in_(some)))
    others: set[str] = set()
    for some in chunks(own):
        for kind, model in MODELS.items():
            inside = scope.of(kind)
            others.update(
                email
                for has_it in having_email(model, some)
                for id_, email in _addresses(session, model, has_it)
                if id_ not in inside
            )
    return own - others


def having_email(model: Any, emails: Sequence[str]) -> list[ColumnElement[bool]]:
    """The conditions of the cards that have one of the addresses, each answered by an index where there is one."""
    second = [func.lower(Contact.email2).in_(emails)] if model is Contact else []
    return [model.email_key.in_(emails), *second]


def _addresses(session: Session, model: Any, condition: ColumnElement[bool]) -> Iterator[tuple[int, str]]:
    """The addresses of the cards, each with the id of its card."""
    columns = [model.email, *([model.email2] if model is Contact else [])]
    for id_, *typed in session.execute(select(model.id, *columns).where(condition)):
        yield from ((id_, key) for key in map(likeness.email_key, typed) if key)
