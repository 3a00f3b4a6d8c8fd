"""How far a job is, as its page and every page that waits for it show it."""

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints.common import htmx
from models import Job
from services import jobs, office_export
from services.imports import batches
from services.privacy import exporting

STATES = {
    "queued": _l("Waiting for its turn"),
    "running": _l("Running"),
    "stopping": _l("Stopping"),
    "stopped": _l("Stopped"),
    "interrupted": _l("Interrupted"),
    "failed": _l("Failed"),
    "done": _l("Done"),
}
_TITLES = {
    "import-check": _l("Check of an import"),
    "import": _l("Import"),
    "import-undo": _l("Undoing of an import"),
    "make-contacts": _l("Making of contacts"),
    **office_export.LABELS,
    exporting.JOB: _l("Export of personal data"),
}
# Screen readers are told at these steps only.
_TOLD = (0, 25, 50, 75, 100)


def shown(job: Job) -> dict[str, Any]:
    """What the progress piece shows; `said` is the step that was announced last, by the address."""
    percent = jobs.percent(job)
    step = max(told for told in _TOLD if told <= percent)
    said = request.args.get("said", "")
    return {
        "job": job,
        "job_title": _TITLES[job.kind],
        "state": STATES[job.state],
        "percent": percent,
        "step": step,
        "announce": _("%(percent)s %% done", percent=step)
        if htmx.is_partial() and said != str(step)
        else None,
        "active": job.state in jobs.ACTIVE,
        "resumable": job.state in jobs.RESUMABLE,
        "begins_anew": job.kind in jobs.WHOLE,
        "subject": _subject(job),
    }


def _subject(job: Job) -> str | None:
    """The page that a job is for, with its result once there is one."""
    if job.kind in batches.KINDS:
        return f"/import/{job.subject_id}"
    if job.kind == exporting.JOB:
        return f"/privacy/exports/{job.subject_id}"
    return "/settings/export" if job.kind in office_export.KINDS else None
