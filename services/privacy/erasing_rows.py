"""How each part of Carnet carries its part of an erasure out: through the doors of the cards, past the bin."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from models import (
    MODELS,
    AnyCard,
    Customer,
    Document,
    HistoryEntry,
    ImportBatch,
    ImportRow,
    Interaction,
    Job,
    Link,
    OutboxAttachment,
    OutboxMessage,
    OutboxRecipient,
    PrivacyBlock,
    PrivacyExport,
    PrivacyRequest,
    UndoEntry,
    Vendor,
)
from services import deletion, fields, jobs, records, sync
from services.documents import kept
from services.errors import Refused
from services.history import Cause
from services.privacy import modules
from services.privacy.reaching import chunks, keys_where
from services.privacy.registry import Erased, Step, erases

# Where the files of imports and exports lie in the data folder.
EXPORT_FILES = "exports"
IMPORT_FILES = "uploads/imports"
# Commercial values that name or describe whom they are about.
_ALSO_EMPTIED = ("iban", "bic", "our_account_no")


@erases(modules.DOCUMENTS.name)
def documents(session: Session, steps: Sequence[Step], cause: Cause) -> Erased:
    """Remove open documents whole; those that stay forget a contact that goes."""
    found = [
        document
        for some in chunks(_ids(steps, "documents", "delete"))
        for document in _all(session, Document, some)
    ]
    kept.remove(session, found, cause)
    for some in chunks(_ids(steps, "documents", "empty")):
        for document in _all(session, Document, some):
            _forget_contact(document)
    session.flush()
    return _done(steps)


@erases(modules.INTERACTIONS.name)
def interactions(session: Session, steps: Sequence[Step], cause: Cause) -> Erased:
    """Remove what happened with the subject; what stays forgets the company."""
    for some in chunks(_ids(steps, "interactions", "delete")):
        session.execute(delete(Interaction).where(Interaction.id.in_(some)))
    for some in chunks(_ids(steps, "interactions", "empty")):
        session.execute(update(Interaction).where(Interaction.id.in_(some)).values(company_id=None))
    return _done(steps)


@erases(modules.MAIL.name)
def mail(session: Session, steps: Sequence[Step], cause: Cause) -> Erased:
    """Remove the messages; raises Refused while one of them is on its way to the server."""
    messages = _ids(steps, "outbox_messages", "delete")
    recipients = _ids(steps, "outbox_recipients", "empty")
    concerned = messages | keys_where(session, OutboxRecipient.outbox_id, OutboxRecipient.id, recipients)
    if keys_where(session, OutboxMessage.id, OutboxMessage.id, concerned, OutboxMessage.state == "sending"):
        raise Refused(_l("An e-mail about this person is being sent at this moment. Try again in a minute."))
    remove_messages(session, messages)
    for some in chunks(recipients):
        emptied = {"name": "", "email": "", "answer": ""}
        session.execute(update(OutboxRecipient).where(OutboxRecipient.id.in_(some)).values(emptied))
        waits = OutboxRecipient.state.in_(("waiting", "failed", "unclear"))
        # An address that is gone is not written to again.
        session.execute(
            update(OutboxRecipient).where(OutboxRecipient.id.in_(some), waits).values(state="cancelled")
        )
    return _done(steps)


@erases(modules.LINKS.name)
def links(session: Session, steps: Sequence[Step], cause: Cause) -> Erased:
    """Remove the links that did not go with their cards."""
    for some in chunks(_ids(steps, "links", "delete")):
        for link in _all(session, Link, some):
            records.remove_link(session, link, cause)
    return _done(steps)


@erases(modules.CARDS.name)
def cards(session: Session, steps: Sequence[Step], cause: Cause) -> Erased:
    """Remove the cards that nothing keeps, for good; empty the others down to their number."""
    going: list[AnyCard] = []
    reduced: list[AnyCard] = []
    for model in MODELS.values():
        going += _all(session, model, _ids(steps, model.__tablename__, "delete"))
        reduced += _all(session, model, _ids(steps, model.__tablename__, "empty"))
    if going:
        # What it returns would bring them back: it is not kept.
        deletion.remove(session, going, cause)
    for card in reduced:
        # It is about to differ from the contact that stays.
        for link in records.links_of(session, card):
            records.remove_link(session, link, cause)
        values = reduced_values(card)
        changes = [sync.Change(card, name, getattr(card, name), new) for name, new in values.items()]
        records.carry_out(session, [change for change in changes if change.old != change.new], cause)
    session.flush()
    return _done(steps)


@erases(modules.BIN.name)
def bin(session: Session, steps: Sequence[Step], cause: Cause) -> Erased:
    """Remove what could bring the cards or their values back."""
    for some in chunks(_ids(steps, "undo_entries", "delete")):
        session.execute(delete(UndoEntry).where(UndoEntry.id.in_(some)))
    return _done(steps)


@erases(modules.IMPORTS.name)
def imports(session: Session, steps: Sequence[Step], cause: Cause) -> Erased:
    """Remove the rows, and the files they came from; raises Refused while an import works on them."""
    files = []
    for some in chunks(_ids(steps, "import_batches", "empty")):
        for batch in _all(session, ImportBatch, some):
            job = session.get(Job, batch.job_id) if batch.job_id else None
            if job is not None and job.state in jobs.ACTIVE:
                raise Refused(_l("An import with data of this person is running. Wait until it is done."))
            if batch.stored_name:
                files.append(f"{IMPORT_FILES}/{batch.stored_name}")
            batch.original_name = batch.stored_name = ""
    for some in chunks(_ids(steps, "import_rows", "delete")):
        session.execute(delete(ImportRow).where(ImportRow.id.in_(some)))
    session.flush()
    return _done(steps, files)


@erases(modules.DESK.name)
def desk(session: Session, steps: Sequence[Step], cause: Cause) -> Erased:
    """Empty what the register says of the subject; that it was asked and answered stays."""
    for request in _all(session, PrivacyRequest, _ids(steps, "privacy_requests", "empty")):
        request.subject_label = request.notes = request.extension_reason = request.code_hash = ""
    for block in _all(session, PrivacyBlock, _ids(steps, "privacy_blocks", "empty")):
        block.reason = block.lift_reason = ""
    files = []
    for export in _all(session, PrivacyExport, _ids(steps, "privacy_exports", "empty")):
        export.selection = {}
        if export.state != "sent":
            # What waits to be downloaded goes as well, and what is being made is not finished.
            export.state = "gone"
            files.append(f"{EXPORT_FILES}/{export.id}.{export.form}")
        remove_messages(session, {export.outbox_id} if export.outbox_id else set())
    session.flush()
    return _done(steps, files)


@erases(modules.HISTORY.name)
def history(session: Session, steps: Sequence[Step], cause: Cause) -> Erased:
    """Remove or empty the lines of the plan, and those that the erasure itself has written until now."""
    session.flush()
    for some in chunks(_ids(steps, "history", "delete")):
        session.execute(delete(HistoryEntry).where(HistoryEntry.id.in_(some)))
    for some in chunks(_ids(steps, "history", "empty")):
        session.execute(update(HistoryEntry).where(HistoryEntry.id.in_(some)).values(old=None, new=None))
    written = HistoryEntry.change_id == cause.change_id
    models: dict[str, Any] = {**MODELS, Document.KIND: Document}
    for kind, model in models.items():
        is_there = exists().where(model.id == HistoryEntry.record_id)
        session.execute(
            delete(HistoryEntry)
            .where(written, HistoryEntry.kind == kind, ~is_there)
            .execution_options(synchronize_session=False)
        )
    session.execute(update(HistoryEntry).where(written).values(old=None, new=None))
    return _done(steps)


def reduced_values(card: AnyCard) -> dict[str, Any]:
    """The values of a card of which nothing but its number and what accounting needs is left.

    The declarations of the columns decide: what is personal is emptied, what is commercial stays.
    """
    found: dict[str, Any] = {}
    for column in card.__table__.columns:
        facts = column.info["privacy"]
        is_own = facts["class"] in ("personal", "sensitive") and facts["legal_basis"] != "employment"
        # What searches read follows from the others.
        if column.key in fields.FIELDS and (is_own or column.key in _also_emptied(card)):
            found[column.key] = fields.empty_value(card, column.key)
    found["name"] = card.no
    return found


def remove_messages(session: Session, ids: Collection[int]) -> None:
    """Remove messages with their recipients and attachments."""
    for some in chunks(ids):
        session.execute(delete(OutboxAttachment).where(OutboxAttachment.outbox_id.in_(some)))
        session.execute(delete(OutboxRecipient).where(OutboxRecipient.outbox_id.in_(some)))
        session.execute(delete(OutboxMessage).where(OutboxMessage.id.in_(some)))


def _forget_contact(document: Document) -> None:
    """Let a document of a customer or vendor go on without the person whom it was for."""
    owner, contact = document.party, document.contact
    document.contact = None
    if document.is_issued or owner is None or contact is None:
        return
    if document.contact_person == contact.name:
        document.contact_person = ""
    if document.email in (contact.email, contact.email2):
        document.email = owner.email


def _also_emptied(card: AnyCard) -> Sequence[str]:
    """A bank account is the office's own: its number is nobody else's."""
    return _ALSO_EMPTIED if isinstance(card, (Customer, Vendor)) else ()


def _all(session: Session, model: Any, ids: Iterable[int]) -> list[Any]:
    return [
        row
        for some in chunks(set(ids))
        for row in session.scalars(select(model).where(model.id.in_(some)).order_by(model.id))
    ]


def _ids(steps: Sequence[Step], table: str, action: str) -> set[int]:
    """The rows of a table with which the plan does this."""
    return {id_ for step in steps if (step.table, step.action) == (table, action) for id_ in step.ids}


def _done(steps: Sequence[Step], files: Sequence[str] = ()) -> Erased:
    """What a module reports that did all its steps."""
    done = Erased(files=list(files))
    for step in steps:
        counts = done.removed if step.action == "delete" else done.retained
        counts[step.table] = counts.get(step.table, 0) + len(step.ids)
    return done
