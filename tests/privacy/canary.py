"""A person of whom something is known everywhere: in every personal column and free text that there is.

Driven by the declarations of the columns, so that a column that is added is planted too.
"""

from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, LargeBinary, String, select, update
from sqlalchemy.orm import Session

from config import Config
from extensions import Base
from models import MODELS, DocumentFile, PrivacyBlock, PrivacyExport, PrivacyRequest, UndoEntry
from models.base import now
from services import clock, interactions, jobs, records, spreadsheets
from services.documents import payments
from services.imports import batches, work  # noqa: F401  work declares the steps
from services.mail import outbox
from services.mail.letters import Attachment, Letter
from services.privacy import dossier
from services.privacy.registry import MODULES, Dossier, Scope
from tests.documents.support import make_document, make_issued, office
from tests.support import factories as make

MARK = "zqx"
# Words and references that the program reads: they say nothing of a person by themselves.
CODES = {
    "type", "contact_type", "kind", "record_id", "action", "field", "origin_kind", "origin_id", "party_kind",
    "document_kind", "direction", "choice", "outcome", "language", "country", "state", "no",
}  # fmt: skip
# What searches and the mail server were told: nobody reads it.
UNSAID = {
    *(f"cards.{name}" for name in ("search_name", "search_city", "search_text")),
    *(f"cards.{name}_key" for name in ("email", "phone", "mobile", "vat")),
    *("documents.search_name", "documents.search_text", "outbox_messages.conversation"),
}


@dataclass
class Planted:
    """The subject's cards, and the value that was put in each column."""

    scope: Scope
    family: make.Family
    values: dict[str, str]


def plant(session: Session, config: Config, *, invoiced: bool = False) -> Planted:
    """A family with something in every part of Carnet, and a canary in every personal column of it."""
    family = make.make_family(session, name="Canary Ltd")
    person, customer, vendor = family.person, family.customer, family.vendor
    records.save(session, person, {"email": "zoe@canary.example"}, by=make.BY)
    if invoiced:
        invoice = make_issued(session, "invoice", customer)
        paid = {"amount": Decimal(1), "date": invoice.document_date, "method": "cash"}
        payments.register(session, invoice, paid, by=make.BY)
    quote = make_document(session, "quote", person)
    session.add(DocumentFile(document_id=quote.id, reason="sent", content=b"%PDF", size=4, sha256=""))
    make_document(session, "invoice", customer)
    make_document(session, "purchase_quote", vendor)
    interactions.record(session, "email_card", by=make.BY, contact_id=person.id, subject="Hello")
    records.save(session, person, {"phone": "514 555 0178"}, by=make.BY)
    letter = Letter(
        to=["zoe@canary.example"], subject="Hello", text="Good morning.", kind="card",
        attachments=[Attachment("canary.pdf", b"%PDF")], contact_id=person.id, about=("quote", quote.id),
    )  # fmt: skip
    outbox.enqueue(session, letter, by=make.BY)
    _imported(session, config, person)
    snapshot = {"link": {"contact_id": person.id, "kind": "customer", "party_id": customer.id}}
    session.add(UndoEntry(action="link", expires_at=now(), label="x", snapshot={**snapshot, "changes": []}))
    day = clock.today(office(session))
    request = PrivacyRequest(
        no="PR-2020-001", kind="access", regime="QC", received_on=day, due_on=day,
        subject_kind="contact", subject_id=person.id,
    )  # fmt: skip
    session.add(request)
    session.flush()
    session.add(PrivacyBlock(kind="contact", record_id=person.id, ground="objection", lifted_at=now()))
    session.add(PrivacyExport(request_id=request.id, selection={"x": 1}))
    session.flush()
    scope = dossier.scope_of(session, family.contact)
    values = _fill(session, dossier.collect(session, scope))
    return Planted(scope, family, values)


def found_in(folder: Path, values: dict[str, str], *but: str) -> dict[str, list[str]]:
    """The columns whose canary stands in a file of the folder, and in which."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part in path.parts for part in but):
            content = path.read_bytes().lower()
            for column, value in values.items():
                if value.encode() in content:
                    found.setdefault(column, []).append(path.name)
    return found


def personal_columns(table: str) -> list[Any]:
    """The columns of a table in which something of a person can be planted."""
    return [
        column
        for column in Base.metadata.tables[table].columns
        if column.info["privacy"]["class"] in ("personal", "sensitive")
        and column.info["privacy"]["legal_basis"] != "employment"
        and column.name not in CODES
        and not column.foreign_keys
        and isinstance(column.type, (String, JSON, LargeBinary))
    ]


def _fill(session: Session, found: Dossier) -> dict[str, str]:
    """Put a value of its own in every personal column of every row of the dossier that may still change."""
    values: dict[str, str] = {}
    frozen = session.scalars(
        select(Base.metadata.tables["documents"].c.id).where(
            Base.metadata.tables["documents"].c.state == "issued"
        )
    ).all()
    for module in MODULES.values():
        for table in module.tables:
            rows: Any = Base.metadata.tables[table]
            ids = found.of(table)
            assert ids or table == "document_taxes" or not personal_columns(table), f"no row of {table}"
            of_document = rows.c.id if table == "documents" else rows.c.get("document_id")
            for column in personal_columns(table):
                # What linked cards share has one value on all of them.
                is_card = table in {model.__tablename__ for model in MODELS.values()}
                key = f"cards.{column.name}" if is_card else f"{table}.{column.name}"
                value = MARK + sha256(key.encode()).hexdigest()[:16]
                limit = getattr(column.type, "length", None)
                if not ids or (limit is not None and limit < 9):
                    continue
                values[key] = value = value[:limit]
                stored: Any = value
                if isinstance(column.type, LargeBinary):
                    stored = value.encode()
                elif isinstance(column.type, JSON):
                    stored = _with(session, rows, ids, column, value)
                changed = update(rows).where(rows.c.id.in_(ids)).values({column.name: stored})
                if table.startswith("document"):
                    changed = changed.where(of_document.not_in(frozen))
                session.connection().execute(changed)
    session.expire_all()
    return values


def _with(session: Session, rows: Any, ids: list[int], column: Any, value: str) -> Any:
    """What a JSON column holds, and the value beside it."""
    held = session.scalar(select(column).where(rows.c.id.in_(ids), column.is_not(None)).limit(1))
    if isinstance(held, dict):
        return {**held, "canary": value}
    return [*(held or []), ["canary", "contact", 0, value]]


def _imported(session: Session, config: Config, person: Any) -> None:
    """A file that waits to be imported, with a row of the person, and the file itself."""
    content = f"name;email\nZoé;{person.email}\n".encode()
    stored = "0123456789abcdef.csv"
    (batches.files(config.data) / stored).write_bytes(content + MARK.encode() + b"file")
    sheet = spreadsheets.read(content, "zoe.csv")
    batch = batches.start(session, "contact", sheet, original_name="zoe.csv", stored_name=stored, by=make.BY)
    job = batches.check(session, batch, names=["name", "email"], key="none", clear=False, by=make.BY)
    while not jobs.STEPS[job.kind](session, job):
        pass
    job.state = "done"
    for row in batches.rows(session, batch):
        row.record_id = person.id
    session.flush()
