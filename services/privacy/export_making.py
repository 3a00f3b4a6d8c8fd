"""The work of an export: the file is made in pieces, then mailed to who asked or kept to be downloaded.

A process that is killed in between leaves no file and a request that is still open (Y-F8): what a job has
in hand is in its own folder of temporary files, which every start empties.
"""

import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from extensions import db
from models import (
    MODELS,
    AnyCard,
    BankAccount,
    Contact,
    Customer,
    Job,
    Office,
    OutboxAttachment,
    OutboxMessage,
    PrivacyExport,
    PrivacyRequest,
    User,
    Vendor,
)
from models.base import now
from services import database, datadir, interactions, jobs, sync
from services.errors import NotFound
from services.mail import outbox, sending
from services.mail.letters import Attachment, Letter
from services.privacy import dossier, exporting, others, regimes, register, replies, settings
from services.privacy.gathering import Gathered
from services.privacy.package import Maker
from services.privacy.selecting import Selection, Sieve
from services.privacy.sheets.closing import Head
from services.privacy.sheets.rows import PATIENT, REST_SECONDS, Names

# A message takes so much with it, counted as it travels: base64 makes four bytes of three, in lines.
MAIL_BYTES = 10 * 1024 * 1024
_BASE64 = 1.37
KEPT = timedelta(days=7)
ABANDONED_SECONDS = 3600
# A large one rests three times as long as it works, so that others are served meanwhile.
WORK_SECONDS = 0.002
CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
CHANGED = "changed"


@jobs.whole(exporting.JOB)
def make(session: Session, job: Job, data: Path, report: jobs.Report) -> dict[str, Any]:
    """Write the file from what was committed at one moment, then hand it over in a transaction of its own."""
    made = session.get_one(PrivacyExport, job.subject_id)
    rows, kept = int(job.counts.get("rows", 0)), dict(job.counts)
    if made.state != "waiting":
        return kept
    patience = PATIENT.set(rows > exporting.SMALL_ROWS)
    try:
        maker = _maker(session, made, data)
        if maker is None:
            database.in_own_transaction(db.session(), lambda: _note_changed(db.session(), made.id))
            return kept
        try:
            _write(maker, rows, report)
            database.in_own_transaction(db.session(), lambda: _finish(db.session(), made.id, maker, data))
        finally:
            maker.remove()
    finally:
        PATIENT.reset(patience)
    return kept


def _locale(session: Session, job: Job) -> str:
    """The locale that was chosen; of an export whose person was erased meanwhile nothing is known, nor made."""
    return exporting.locale_of(session.get_one(PrivacyExport, job.subject_id).selection.get("language", "fr"))


jobs.LOCALES[exporting.JOB] = _locale


def content(session: Session, data: Path, made: PrivacyExport) -> bytes:
    """The file of an export while it is kept; raises NotFound afterwards."""
    if made.outbox_id is not None:
        attachment = session.scalar(
            select(OutboxAttachment).where(OutboxAttachment.outbox_id == made.outbox_id)
        )
        if attachment is not None and attachment.content is not None:
            return attachment.content
    with suppress(FileNotFoundError):
        return path_of(data, made).read_bytes()
    raise NotFound()


def is_kept(session: Session, data: Path, made: PrivacyExport) -> bool:
    """Whether the file is still there to be downloaded."""
    if made.outbox_id is not None:
        kept = OutboxAttachment.content.is_not(None)
        query = select(OutboxAttachment.id).where(OutboxAttachment.outbox_id == made.outbox_id, kept)
        return session.scalar(query) is not None
    return made.state in ("made", "downloaded") and path_of(data, made).exists()


def note_download(session: Session, made: PrivacyExport, *, by: int) -> None:
    """Write down that the file was taken away; the first time is an interaction of the person."""
    if made.state == "made" and made.outbox_id is None:
        _record(session, made, by=by)
    if made.state != "sent":
        made.state = "downloaded"
    request = register.get(session, made.request_id)
    register.step(session, request, "downloaded", by=by, proof_kind="export", proof=str(made.id))
    register.note(session, request, "export_downloaded", by=by, counts=made.sheets)


def path_of(data: Path, made: PrivacyExport) -> Path:
    """Where the file of an export waits that was not mailed."""
    return datadir.exports(data) / f"{made.id}.{made.form}"


def forget(session: Session, data: Path, request_ids: list[int]) -> None:
    """Remove the files of the exports of these requests, mailed or not: nothing of an erased person stays."""
    for made in session.scalars(select(PrivacyExport).where(PrivacyExport.request_id.in_(request_ids))):
        path_of(data, made).unlink(missing_ok=True)
        made.state, made.selection = "gone", {}
        if made.outbox_id is not None:
            _drop_files(session, made.outbox_id)
    session.flush()


# -- making -----------------------------------------------------------------------------------------


def _maker(session: Session, made: PrivacyExport, data: Path) -> Maker | None:
    """What makes the file; None when the data is not what was looked at any more."""
    request = session.get_one(PrivacyRequest, made.request_id)
    card = _card(session, request)
    selection = Selection.from_json(made.selection)
    scope = dossier.scope_of(session, card)
    gathered = Gathered(session, dossier.collect(session, scope))
    if gathered.failed:
        raise RuntimeError(f"the parts {', '.join(gathered.failed)} could not be read")
    if gathered.digest() != made.digest:
        return None
    sieve = Sieve(selection, others.near(session, scope))
    folder = datadir.temp(data) / f"export-{made.id}"
    maker = Maker(session, gathered, sieve, _head(session, request, made, scope), folder)
    maker.remove()  # what an interrupted attempt left
    return maker


def _head(session: Session, request: PrivacyRequest, made: PrivacyExport, scope: Any) -> Head:
    office = session.get_one(Office, 1)
    chosen = settings.present(session)
    names = Names(session)
    parts = (office.address, office.address2, office.post_code, office.city, office.region, office.country)
    return Head(
        request_no=request.no,
        subject=request.subject_label,
        subject_no=request.subject_no,
        scope=[names.title(kind, id_) for kind, id_ in scope if names.number(kind, id_)],
        office=office.name,
        address=", ".join(part for part in parts if part),
        person_in_charge=", ".join(part for part in (chosen.person_in_charge, chosen.person_email) if part),
        regime=request.regime or regimes.of_office(office, chosen),
        role=names.role(made.created_by),
        locale=made.selection["language"],
        timezone=office.timezone or "UTC",
        at=now(),
    )


def _write(maker: Maker, rows: int, report: jobs.Report) -> None:
    """Write everything; others are served, and told how far it is, meanwhile."""
    begin = time.monotonic()
    for written in maker.steps():
        report(min(written, rows), rows)
        if PATIENT.get() and time.monotonic() - begin >= WORK_SECONDS:
            time.sleep(REST_SECONDS)
            begin = time.monotonic()


def _note_changed(session: Session, id_: int) -> None:
    session.get_one(PrivacyExport, id_).state = CHANGED


def _finish(session: Session, id_: int, maker: Maker, data: Path) -> None:
    """The file is whole: it goes into the outbox, or to where it waits to be downloaded."""
    made = session.get_one(PrivacyExport, id_, with_for_update=True, populate_existing=True)
    if made.state != "waiting":
        return  # erased meanwhile
    result = maker.made
    assert result is not None
    request = register.get(session, made.request_id)
    selection = Selection.from_json(made.selection)
    made.file_name = f"{maker.head.file_stem}.{made.form}"
    made.size, made.sha256 = result.size, result.sha256
    made.sheets, made.state = result.sheets, "made"
    user = session.get_one(User, made.created_by)
    is_same_address = user.email_changed_at is None or user.email_changed_at <= made.created_at
    if selection.by_mail and is_same_address and result.size * _BASE64 <= MAIL_BYTES:
        message = _post(session, made, request, user.email, result.path.read_bytes())
        made.outbox_id = message.id
    elif result.path.exists():  # the transaction may run twice
        result.path.replace(path_of(data, made))
    register.note(session, request, "exported", by=made.created_by, counts=made.sheets)


def _post(
    session: Session, made: PrivacyExport, request: PrivacyRequest, to: str, file: bytes
) -> OutboxMessage:
    """The mail to the user alone; it says the number of the request and nothing else (Y-G8)."""
    letter = Letter(
        to=[to],
        subject=replies.subject(request),
        text=_(
            "Here is the file for request %(no)s, which you had sent to yourself.\n\n"
            "It is not encrypted. Read it before you forward it: it is an ordinary file, and you can remove what "
            "is not to be passed on.",
            no=request.no,
        ),
        kind="privacy",
        attachments=[Attachment(made.file_name, file, CONTENT_TYPES[made.form])],
        about=(request.subject_kind, request.subject_id) if request.subject_id is not None else None,
        contact_id=request.subject_id if request.subject_kind == "contact" else None,
        good_until=now() + KEPT,
    )
    return outbox.enqueue(session, letter, by=made.created_by)


def _card(session: Session, request: PrivacyRequest) -> AnyCard:
    card: AnyCard | None = session.get(MODELS[request.subject_kind], request.subject_id)
    if card is None:
        raise NotFound()
    return card


# -- afterwards -------------------------------------------------------------------------------------


def _accepted(session: Session, message: OutboxMessage) -> None:
    """A server has the message: the file leaves the outbox, and the register says so (R-MAIL-6)."""
    _drop_files(session, message.id)
    made = session.scalar(select(PrivacyExport).where(PrivacyExport.outbox_id == message.id))
    if made is None:
        return
    made.state = "sent"
    request = register.get(session, made.request_id)
    register.step(session, request, "sent", by=made.created_by, proof_kind="export", proof=str(made.id))
    _record(session, made, by=made.created_by)
    register.note(session, request, "export_sent", by=made.created_by, counts=made.sheets)


def _record(session: Session, made: PrivacyExport, *, by: int | None) -> None:
    """The interaction of the person whose data left."""
    request = session.get_one(PrivacyRequest, made.request_id)
    card = session.get(MODELS[request.subject_kind], request.subject_id) if request.subject_kind else None
    contact = sync.family_of(session, card).contact if isinstance(card, (Contact, BankAccount)) else None
    party = card if isinstance(card, (Customer, Vendor)) else None
    if contact is None and party is None:
        return  # a bank account that belongs to no contact is nobody's
    interactions.record(
        session,
        "privacy_export",
        by=by,
        contact_id=contact.id if contact is not None else None,
        party=party,
        outbox_id=made.outbox_id,
        subject=request.no,
    )


def _drop_files(session: Session, message_id: int) -> None:
    query = select(OutboxAttachment).where(OutboxAttachment.outbox_id == message_id)
    for attachment in session.scalars(query):
        attachment.content = None


def _clean_up(session: Session, data: Path) -> None:
    """After a week no file of an export is kept, sent or not; what a crash left goes after an hour."""
    oldest = now() - KEPT
    query = select(PrivacyExport).where(
        PrivacyExport.created_at < oldest, PrivacyExport.state.in_(("made", "downloaded", "waiting"))
    )
    for made in session.scalars(query):
        path_of(data, made).unlink(missing_ok=True)
        if made.outbox_id is not None:
            _drop_files(session, made.outbox_id)
        made.state = "gone"
    for folder in datadir.temp(data).glob("export-*"):
        if time.time() - folder.stat().st_mtime > ABANDONED_SECONDS:
            datadir.remove(folder)


sending.ACCEPTED["privacy"] = _accepted
jobs.HOURLY.append(_clean_up)
