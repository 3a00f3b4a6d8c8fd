"""What an erasure would do with the rows of each part of Carnet, row by row, with the mark of each row (Y-B6)."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import Session

from extensions import Base
from models import (
    MODELS,
    Contact,
    Document,
    DocumentFile,
    DocumentLine,
    DocumentTax,
    HistoryEntry,
    Interaction,
    OutboxAttachment,
    OutboxRecipient,
    PrivacyExport,
    PrivacyRequest,
)
from services.privacy import dossier as dossiers
from services.privacy import modules, retention
from services.privacy.fates import DELETE, REDUCE, WAIT
from services.privacy.going import Going
from services.privacy.reaching import chunks, keys_named, keys_where
from services.privacy.registry import Dossier, Scope, Step, plans

# Why a row goes or stays, as the page and the certificate word it.
ASKED, REFERENCE, ACCOUNTING, OPEN_ORDER, REGISTER = (
    "asked",
    "reference",
    "accounting",
    "open_order",
    "register",
)
Steps = list[Step]
# What a document says of the person of a company whom it is for.
_OF_CONTACT = ("contact_person", "email")


@plans(modules.CARDS.name)
def cards(session: Session, dossier: Dossier) -> Steps:
    """Cards that nothing keeps go; the others are emptied down to their number."""
    going = Going(session, dossier)
    steps: Steps = []
    for kind, model in MODELS.items():
        table = model.__tablename__
        steps += step(session, modules.CARDS.name, table, "delete", ASKED, going.ids(kind, DELETE))
        steps += step(session, modules.CARDS.name, table, "empty", ACCOUNTING, going.ids(kind, REDUCE))
        steps += step(session, modules.CARDS.name, table, "keep", OPEN_ORDER, going.ids(kind, WAIT))
    return steps


@plans(modules.LINKS.name)
def links(session: Session, dossier: Dossier) -> Steps:
    """Every link of the cards goes: a card that is reduced shares nothing any more."""
    return step(session, modules.LINKS.name, "links", "delete", ASKED, dossier.of("links"))


@plans(modules.DOCUMENTS.name)
def documents(session: Session, dossier: Dossier) -> Steps:
    """Drafts, quotes and what came of them go; what is issued stays with its payments (Y-H2, Y-H3)."""
    papers = Going(session, dossier).papers
    name = modules.DOCUMENTS.name
    steps = step(session, name, "documents", "delete", ASKED, papers.going)
    for part in (DocumentLine, DocumentTax, DocumentFile):
        parts = keys_where(session, part.id, part.document_id, papers.going)
        steps += step(session, name, part.__tablename__, "delete", ASKED, parts)
    steps += step(session, name, "documents", "empty", REFERENCE, papers.losing_contact)
    for until, ids in sorted(_until(session, papers.kept).items()):
        steps += step(session, name, "documents", "keep", ACCOUNTING, ids, until)
    return steps + step(session, name, "payments", "keep", ACCOUNTING, dossier.of("payments"))


@plans(modules.INTERACTIONS.name)
def interactions(session: Session, dossier: Dossier) -> Steps:
    """What happened with a contact that goes, goes with it; that of a person who stays forgets the company (Y-H6)."""
    going = Going(session, dossier)
    entry = Interaction
    gone, losing = [], []
    for some in chunks(dossier.of("interactions")):
        columns = (entry.id, entry.contact_id, entry.company_id, entry.party_kind, entry.party_id)
        for id_, contact_id, company_id, kind, party_id in session.execute(
            select(*columns).where(entry.id.in_(some))
        ):
            if going.has("contact", contact_id) or (contact_id is None and going.has(kind, party_id)):
                gone.append(id_)
            elif going.has("contact", company_id):
                losing.append(id_)
    name = modules.INTERACTIONS.name
    return [
        *step(session, name, "interactions", "delete", ASKED, gone),
        *step(session, name, "interactions", "empty", REFERENCE, losing),
    ]


@plans(modules.MAIL.name)
def mail(session: Session, dossier: Dossier) -> Steps:
    """Messages about the cards go whole, and those to the subject alone; of others the subject's address is emptied."""
    name = modules.MAIL.name
    recipients = set(dossier.of("outbox_recipients"))
    messages = set(dossier.of("outbox_messages"))
    of_messages = keys_where(session, OutboxRecipient.id, OutboxRecipient.outbox_id, messages)
    # A message whose recipients are not all in the dossier is somebody else's too.
    foreign = keys_where(session, OutboxRecipient.outbox_id, OutboxRecipient.id, of_messages - recipients)
    own = messages - foreign
    own_recipients = keys_where(session, OutboxRecipient.id, OutboxRecipient.outbox_id, own)
    attachments = keys_where(session, OutboxAttachment.id, OutboxAttachment.outbox_id, own)
    return [
        *step(session, name, "outbox_messages", "delete", ASKED, own),
        *step(session, name, "outbox_recipients", "delete", ASKED, own_recipients),
        *step(session, name, "outbox_attachments", "delete", ASKED, attachments),
        *step(session, name, "outbox_recipients", "empty", ASKED, recipients - own_recipients),
    ]


@plans(modules.HISTORY.name)
def history(session: Session, dossier: Dossier) -> Steps:
    """The history of what goes, goes with it; that of what stays loses its values.

    That of a document which only loses its contact loses what it says of that person.
    """
    going = Going(session, dossier)
    papers = going.papers
    entry = HistoryEntry
    gone, emptied = [], []
    for some in chunks(dossier.of("history")):
        columns = (entry.id, entry.kind, entry.record_id, entry.field)
        for id_, kind, record_id, name in session.execute(select(*columns).where(entry.id.in_(some))):
            if kind == Document.KIND:
                if record_id in papers.kept or (record_id in papers.losing_contact and name in _OF_CONTACT):
                    emptied.append(id_)
                elif record_id not in papers.losing_contact:
                    gone.append(id_)
            elif going.is_gone(kind, record_id):
                gone.append(id_)
            else:
                emptied.append(id_)
    return [
        *step(session, modules.HISTORY.name, "history", "delete", ASKED, gone),
        *step(session, modules.HISTORY.name, "history", "empty", ASKED, emptied),
    ]


@plans(modules.BIN.name)
def bin(session: Session, dossier: Dossier) -> Steps:
    """Everything that could bring a card or its values back goes (D7)."""
    return step(session, modules.BIN.name, "undo_entries", "delete", ASKED, dossier.of("undo_entries"))


@plans(modules.IMPORTS.name)
def imports(session: Session, dossier: Dossier) -> Steps:
    """The rows of the cards go; the import they came with forgets its file, and the name of it."""
    name = modules.IMPORTS.name
    return [
        *step(session, name, "import_rows", "delete", ASKED, dossier.of("import_rows")),
        *step(session, name, "import_batches", "empty", ASKED, dossier.of("import_batches")),
    ]


@plans(modules.DESK.name)
def desk(session: Session, dossier: Dossier) -> Steps:
    """The register keeps that something was asked and done; what it says of the person is emptied."""
    name = modules.DESK.name
    return [
        *step(session, name, "privacy_requests", "empty", REGISTER, dossier.of("privacy_requests")),
        *step(session, name, "privacy_blocks", "empty", REGISTER, dossier.of("privacy_blocks")),
        *step(
            session,
            name,
            "privacy_exports",
            "empty",
            REGISTER,
            {*dossier.of("privacy_exports"), *_exports_around(session, dossier)},
        ),
    ]


def _exports_around(session: Session, found: Dossier) -> set[int]:
    """The exports about linked cards whose files still wait: the subject stands in them among the others."""
    around: set[tuple[str, int]] = set()
    for fate in Going(session, found).fates.values():
        if (fate.card.KIND, fate.card.id) in around:
            continue
        around |= set(dossiers.scope_of(session, fate.card))
        if isinstance(fate.card, Contact) and fate.card.company is not None:
            around |= set(dossiers.scope_of(session, fate.card.company))
    scope = Scope.of_cards(around)
    request, export = PrivacyRequest, PrivacyExport
    asked = keys_named(session, request.id, request.subject_kind, request.subject_id, scope)
    return keys_where(session, export.id, export.request_id, asked, export.state != "gone")


def _until(session: Session, ids: Collection[int]) -> dict[str, list[int]]:
    """The documents by the day until which they are kept; what an invoice came from goes with the last one."""
    releases = retention.release_dates(session, ids)
    last = max(releases.values(), default=None)
    found: dict[str, list[int]] = {}
    for id_ in ids:
        day = releases.get(id_, last)
        found.setdefault(day.isoformat() if day is not None else "", []).append(id_)
    return found


def step(
    session: Session, module: str, table: str, action: str, reason: str, ids: Collection[int], until: str = ""
) -> Steps:
    """One line of the plan with the mark of each row; none for no rows."""
    if not ids:
        return []
    ordered = sorted(ids)
    return [Step(module, table, action, reason, tuple(ordered), until, tuple(marks(session, table, ordered)))]


def marks(session: Session, table: str, ids: Sequence[int]) -> list[str]:
    """A mark for each row, which changes with any of its values; files are marked by their other columns."""
    rows: Any = Base.metadata.tables[table]
    columns = [column for column in rows.columns if not isinstance(column.type, LargeBinary)]
    found = []
    for some in chunks(ids):
        for row in session.execute(select(*columns).where(rows.c.id.in_(some)).order_by(rows.c.id)):
            found.append(sha256(repr(tuple(row)).encode("utf-8", "surrogatepass")).hexdigest()[:16])
    return found
