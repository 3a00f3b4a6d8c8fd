"""Settings › Data export: the whole database or the invoices between two dates, made by a job (X4)."""

from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Response, current_app, send_file, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from blueprints.common import once, progress
from blueprints.common.access import access, note_event
from blueprints.common.exports import XLSX
from blueprints.settings import answers, blueprint
from blueprints.settings.forms import DayField, SettingsForm
from extensions import db
from models import Job
from services import clock, made_files, office_export
from services.errors import Invalid


class InvoicesForm(SettingsForm):
    """From which day to which."""

    first = DayField(_l("From"))
    last = DayField(_l("Until"))


@blueprint.get("/export")
@access("backup", confirm=True)
def data_export() -> Any:
    today = clock.today(answers.the_office())
    days = {"first": office_export.first_of_last_month(today), "last": today}
    return _page(InvoicesForm(formdata=None, data=days))


@blueprint.post("/export")
@access("backup", confirm=True)
def export_all() -> Any:
    return once.creating(lambda: _asked(office_export.ask_for_all(db.session(), by=current_user.id)))


@blueprint.post("/export/invoices")
@access("backup", confirm=True)
def export_invoices() -> Any:
    form = InvoicesForm()

    def make() -> str:
        days = form.values()
        return _asked(
            office_export.ask_for_invoices(db.session(), days["first"], days["last"], by=current_user.id)
        )

    try:
        return once.creating(make)
    except Invalid as problem:
        db.session.rollback()
        form.show_errors(problem)
        return _page(form, 422)


@blueprint.get("/export/<int:id>/file")
@access("backup", confirm=True)
def download_export(id: int) -> Any:
    """The workbook, for who asked for it and nobody else, within a day."""
    path, name = office_export.file_of(db.session(), _data(), id, current_user.id)
    note_event("export downloaded")
    return send_file(path, XLSX, as_attachment=True, download_name=name)


def _asked(job: Job) -> str:
    answers.note("export asked for")
    return url_for("jobs.show", id=job.id)


def _page(form: InvoicesForm, status: int = 200) -> Response:
    found = office_export.of_user(db.session(), current_user.id)
    return answers.form_page(
        "settings/data_export.html",
        form,
        status,
        once=once.token(),
        exports=[progress.shown(job) | {"until": _good_until(job)} for job in found],
    )


def _good_until(job: Job) -> datetime | None:
    """Until when the file of an export can be taken away; None when there is none."""
    if not office_export.is_there(_data(), job):
        return None
    return made_files.good_until(made_files.find(_data(), job.counts["file"]))


def _data() -> Path:
    data: Path = current_app.config["CARNET"].data
    return data
