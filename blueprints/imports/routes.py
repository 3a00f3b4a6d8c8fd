"""The first step of an import, and the page on which an import is at any moment."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from blueprints.common import access as rights
from blueprints.common import htmx, once
from blueprints.common.access import access, transaction
from blueprints.imports import blueprint, shown
from blueprints.imports.forms import KINDS, UploadForm
from extensions import db
from services import datadir, jobs, spreadsheets
from services.errors import TooOften
from services.imports import batches
from services.spreadsheets import Sheet, SpreadsheetProblem

# The file and the form around it.
BODY_LIMIT = spreadsheets.MAX_BYTES + 100_000
RETRY_SECONDS = 5

_reading: set[int] = set()
_reading_lock = threading.Lock()


@blueprint.get("")
@access("import")
def start() -> Any:
    word = request.args.get("kind", "")
    return _start_page(UploadForm(formdata=None, data={"kind": word if word in KINDS else "customers"}))


@blueprint.post("")
@access("import", own_transaction=True, body_limit=BODY_LIMIT)
def upload() -> Any:
    form = UploadForm()
    if not form.validate():
        return _start_page(form, 422)
    with one_at_a_time():
        return _read_and_keep(form)


@blueprint.get("/<int:id>")
@access("import")
def show(id: int) -> Any:
    batch = shown.the_batch(id)
    if htmx.is_partial():
        return render_template("imports/_rows.html", **shown.rows_of(batch))
    if batch.job is not None and batch.job.state in (*jobs.ACTIVE, *jobs.RESUMABLE):
        return render_template("imports/progress.html", **shown.progress_of(batch, batch.job))
    if batch.state == "uploaded":
        return redirect(url_for("imports.choose_columns", id=batch.id))
    page = "imports/check.html" if batch.state == "checked" else "imports/result.html"
    return render_template(page, **shown.rows_of(batch))


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A browser session has one file read at a time; a second one meanwhile raises TooOften (R-WEB-9)."""
    row = rights.session_row()
    mark = row.id if row is not None else 0
    with _reading_lock:
        if mark in _reading:
            raise TooOften(RETRY_SECONDS, _l("Another file of yours is being read. Wait until that is done."))
        _reading.add(mark)
    try:
        yield
    finally:
        with _reading_lock:
            _reading.discard(mark)


def read_file(path: Path, filename: str, options: dict[str, str | None]) -> Sheet:
    """Read a stored file in its child process, with no transaction open meanwhile."""
    db.session.rollback()
    return spreadsheets.read(path, filename, **options)


def data_folder() -> Path:
    """The office's data folder."""
    found: Path = current_app.config["CARNET"].data
    return found


def _start_page(form: UploadForm, status: int = 200) -> Response:
    return make_response(
        render_template(
            "imports/start.html",
            form=form,
            once=once.token(),
            imports=[shown.summary(batch) for batch in batches.visible_to(db.session(), current_user)],
            problem=status != 200,
        ),
        status,
    )


def _read_and_keep(form: UploadForm) -> Any:
    filename = Path(form.file.data.filename.replace("\\", "/")).name
    path = datadir.new_file(batches.files(data_folder()))
    kept = False

    def keep() -> str:
        nonlocal kept
        batch = batches.start(
            db.session(),
            KINDS[form.kind.data][0],
            sheet,
            original_name="".join(character for character in filename if character.isprintable()),
            stored_name=path.name,
            by=current_user.id,
        )
        kept = True
        return url_for("imports.choose_columns", id=batch.id)

    try:
        form.file.data.save(path)
        sheet = read_file(path, filename, form.options())
        answer = transaction(lambda: once.creating(keep, file_digest=sheet.sha256))
    except SpreadsheetProblem as problem:
        form.file.errors = [str(problem.message)]
        return _start_page(form, problem.status)
    finally:
        if not kept:
            path.unlink(missing_ok=True)
    return answer
