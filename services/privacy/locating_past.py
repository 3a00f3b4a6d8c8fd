"""How what happened to the cards of a scope is found again: in the history, the bin, link undos, and imports."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.orm import Session

from models import MODELS, Document, HistoryEntry, ImportBatch, ImportRow, UndoEntry
from services.privacy import modules
from services.privacy.reaching import (
    chunks,
    deleted_document_ids,
    document_ids,
    keys_named,
    keys_where,
    own_emails,
)
from services.privacy.registry import Rows, Scope, locates

# What a customer or vendor says of a person who has a card of their own.
_CONTACT_PERSON = ("contact_person", "contact_person_title", "primary_contact_id")
# Columns of rows in a snapshot by which they name a card.
_NAMING = {
    "contact_id": "contact", "company_id": "contact", "primary_contact_id": "contact",
    "customer_id": "customer", "vendor_id": "vendor", "bank_account_id": "bank_account",
}  # fmt: skip

Card = tuple[str, int]


@locates(modules.HISTORY.name)
def history(session: Session, scope: Scope) -> Rows:
    """The lines of the cards and of their documents, also deleted ones, and what they said of a contact person."""
    entry = HistoryEntry
    found = keys_named(session, entry.id, entry.kind, entry.record_id, scope)
    papers = document_ids(session, scope) | deleted_document_ids(session, scope)
    found |= keys_where(session, entry.id, entry.record_id, papers, entry.kind == Document.KIND)
    of_person = entry.field.in_(_CONTACT_PERSON)
    found |= keys_where(
        session, entry.id, entry.origin_id, scope.contact, entry.origin_kind == "contact", of_person
    )
    return {"history": sorted(found)}


@locates(modules.BIN.name)
def bin(session: Session, scope: Scope) -> Rows:
    """The entries of the bin and of undone links whose snapshot or label names a card of the scope."""
    numbers = {no for kind in MODELS for no in _numbers(session, kind, scope)}
    wanted = set(scope)
    found = [
        id_
        for id_, label, snapshot in session.execute(_SNAPSHOTS)
        if not numbers.isdisjoint(label.split(" ")) or not wanted.isdisjoint(named_in(snapshot))
    ]
    return {"undo_entries": found}


@locates(modules.IMPORTS.name)
def imports(session: Session, scope: Scope) -> Rows:
    """The rows of files that made or changed a card of the scope, or name it by its number or an address of its own.

    A row that was refused keeps what it says, and has touched no card.
    """
    found: set[int] = set()
    of_batch = {kind: select(ImportBatch.id).where(ImportBatch.kind == kind) for kind in MODELS}
    for kind in MODELS:
        here = ImportRow.batch_id.in_(of_batch[kind])
        found |= keys_where(session, ImportRow.id, ImportRow.record_id, scope.of(kind), here)
        found |= keys_where(session, ImportRow.id, ImportRow.no, _numbers(session, kind, scope), here)
    for_cards = ImportRow.batch_id.in_(select(ImportBatch.id).where(ImportBatch.kind.in_(tuple(MODELS))))
    emails = own_emails(session, scope)
    found |= keys_where(session, ImportRow.id, ImportRow.email, emails, for_cards)
    found |= _rows_not_read_yet(
        session, {no for kind in MODELS for no in _numbers(session, kind, scope)} | emails
    )
    found |= _rows_that_can_be_undone(session, scope)
    batches = keys_where(session, ImportRow.batch_id, ImportRow.id, found)
    return {"import_batches": sorted(batches), "import_rows": sorted(found)}


def named_in(snapshot: Any) -> Iterator[Card]:
    """The cards that the snapshot of a deletion, a link or an unlinking is about, some of them more than once."""
    if not isinstance(snapshot, Mapping):
        return
    for saved in snapshot.get("cards", ()):
        yield saved["kind"], saved["values"]["id"]
        yield from _referred_to(saved["values"])
    for link in (*snapshot.get("links", ()), *([snapshot["link"]] if "link" in snapshot else [])):
        yield "contact", link["contact_id"]
        if link["kind"]:
            yield link["kind"], link["party_id"]
    for kind, id_, *_rest in (*snapshot.get("versions", ()), *snapshot.get("changes", ())):
        yield kind, id_
    for reference in snapshot.get("references", ()):
        yield reference["kind"], reference["id"]
    for document in snapshot.get("documents", ()):
        yield from _referred_to(document["values"])
    for entry in snapshot.get("interactions", {}).get("entries", ()):
        yield from _referred_to(entry)
        if entry["party_id"] is not None:
            yield entry["party_kind"], entry["party_id"]
    for _document, contact_id in snapshot.get("document_contacts", ()):
        yield "contact", contact_id


# -- helpers ----------------------------------------------------------------------------------------

_SNAPSHOTS = (
    select(UndoEntry.id, UndoEntry.label, UndoEntry.snapshot)
    .where(or_(UndoEntry.snapshot.is_not(None), UndoEntry.label != ""))
    .order_by(UndoEntry.id)
    .execution_options(yield_per=200)
)


def _numbers(session: Session, kind: str, scope: Scope) -> set[str]:
    """The numbers of the cards of one kind that are there."""
    model = MODELS[kind]
    numbers: set[Any] = set(keys_where(session, model.no, model.id, scope.of(kind)))
    return numbers


def _referred_to(values: Mapping[str, Any]) -> Iterator[Card]:
    for name, kind in _NAMING.items():
        if values.get(name) is not None:
            yield kind, values[name]


def _rows_not_read_yet(session: Session, names: set[str]) -> set[int]:
    """The rows of uploaded files whose columns nobody chose yet, where a cell is one of the numbers and addresses."""
    wanted, found = {name.lower() for name in names}, set()
    uploaded = ImportRow.batch_id.in_(select(ImportBatch.id).where(ImportBatch.state == "uploaded"))
    cells = func.lower(cast(ImportRow.cells, String))
    for some in chunks(wanted):
        tests = [cells.contains(json.dumps(one)[1:-1], autoescape=True) for one in some]
        for id_, said in session.execute(select(ImportRow.id, ImportRow.cells).where(uploaded, or_(*tests))):
            if not wanted.isdisjoint(str(cell).strip().lower() for cell in said or ()):
                found.add(id_)
    return found


def _rows_that_can_be_undone(session: Session, scope: Scope) -> set[int]:
    """The rows that made a card of the scope beside their own, such as the contact of an imported customer.

    The history says which imports touched the cards, so that no other import is read.
    """
    line = HistoryEntry
    names: set[Any] = set(keys_named(session, line.batch, line.kind, line.record_id, scope, line.batch != ""))
    batches = {int(name.partition("-")[2]) for name in names}
    wanted, found = set(scope), set()
    undo = cast(ImportRow.undo, String)
    for some in chunks([f'%"{kind}", {id_}%' for kind, id_ in wanted]):
        for batch in chunks(batches):
            query = select(ImportRow.id, ImportRow.undo).where(
                ImportRow.batch_id.in_(batch), or_(*(undo.like(one) for one in some))
            )
            for id_, entries in session.execute(query):
                if any((entry[1], entry[2]) in wanted for entry in entries or ()):
                    found.add(id_)
    return found
