"""What became of an export: how far it is, whether its mail was accepted, and the file while it is kept (Y-G6)."""

from typing import Any

from flask import Response, current_app, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import access as rules
from blueprints.common import downloads, htmx, mail_words, pages
from blueprints.common.access import access
from blueprints.common.record_types import BY_ADDRESS
from blueprints.privacy.deleting import blueprint
from extensions import db
from models import MODELS, Job, OutboxMessage, PrivacyExport, PrivacyRequest
from models.base import now
from services import formats, jobs
from services.errors import NotFound
from services.mail import outbox
from services.privacy import export_making


@blueprint.get("/privacy/exports/<int:id>")
@access("privacy_export")
def export_state(id: int) -> Any:
    """The page of an export; its piece is asked again every two seconds while something may happen."""
    shown = _shown(_the_export(id))
    template = "privacy/_export_state.html" if htmx.is_partial() else "privacy/export_state.html"
    return render_template(template, **shown)


@blueprint.post("/privacy/exports/<int:id>/retry")
@access("privacy_export", limit="mail")
def retry_export(id: int) -> Any:
    made = _the_export(id)
    message = _message(made, lock=True)
    if message is None:
        raise NotFound()
    outbox.retry(message)
    pages.notify(_("The message is tried again at once."))
    return redirect(url_for("privacy.export_state", id=id), 303)


@blueprint.get("/privacy/exports/<int:id>/file")
@access("privacy_export", confirm=True)
def export_file(id: int) -> Response:
    """The file itself, for who made it: an ordinary one, not encrypted."""
    made = _the_export(id)
    content = export_making.content(db.session(), current_app.config["CARNET"].data, made)
    name, type_ = made.file_name, export_making.CONTENT_TYPES[made.form]
    by = current_user.id
    rules.write_aside(lambda: export_making.note_download(db.session(), _the_export(id), by=by))
    return downloads.file(content, type_, name)


def size_words(bytes_: int) -> str:
    """The size of a file as people say it."""
    number = formats.format_number
    if bytes_ < 1_000_000:
        return _("%(count)s KB", count=number(max(1, round(bytes_ / 1000)), pages.number_locale()))
    return _("%(count)s MB", count=number(round(bytes_ / 1_000_000), pages.number_locale()))


def _the_export(id: int) -> PrivacyExport:
    """An export of one's own; a privacy officer sees everybody's."""
    made = db.session.get(PrivacyExport, id)
    if made is None or not (made.created_by == current_user.id or current_user.is_privacy_officer):
        raise NotFound()
    return made


def _message(made: PrivacyExport, *, lock: bool = False) -> OutboxMessage | None:
    if made.outbox_id is None:
        return None
    return db.session.get(OutboxMessage, made.outbox_id, with_for_update=lock, populate_existing=lock)


def _shown(made: PrivacyExport) -> dict[str, Any]:
    session = db.session()
    job = session.get(Job, made.job_id) if made.job_id is not None else None
    asked = session.get_one(PrivacyRequest, made.request_id)
    message = _message(made)
    state = _state(made, job, message)
    card = session.get(MODELS[asked.subject_kind], asked.subject_id) if asked.subject_kind in MODELS else None
    recipient = message.recipients[0] if message is not None and message.recipients else None
    return {
        "made": made,
        "job": job,
        "size": size_words(made.size),
        "percent": jobs.percent(job) if job is not None else 0,
        "request_no": asked.no,
        "due": asked.due_on,
        "unverified": asked.identity_on is None,
        "card": card,
        "type": BY_ADDRESS[pages.ADDRESSES[card.KIND]] if card is not None else None,
        "message": message,
        "recipient": recipient,
        "state": state,
        "answer": (recipient.answer if recipient is not None else "")
        or (mail_words.problem(message.problem) if message is not None else ""),
        "active": state in ("making", "queued", "sending"),
        "kept": export_making.is_kept(session, current_app.config["CARNET"].data, made),
        "kept_until": made.created_at + export_making.KEPT,
        "too_large": bool(made.selection.get("by_mail")) and made.outbox_id is None,
        "again": f"{pages.card_url(card)}/privacy/export" if card is not None else "",
    }


def _state(made: PrivacyExport, job: Job | None, message: OutboxMessage | None) -> str:
    """One word for the page: making, broken, changed, queued, sending, delayed, sent, failed, ready or gone."""
    if made.state == export_making.CHANGED:
        return "changed"
    if made.state == "waiting":
        return "making" if job is not None and job.state in jobs.ACTIVE else "broken"
    if made.state == "gone":
        return "gone"
    if message is None:
        return "ready"
    if message.state in ("waiting", "sending"):
        if message.state == "sending":
            return "sending"
        return "delayed" if message.attempts and message.next_at > now() else "queued"
    return "sent" if message.state == "sent" else "failed"
