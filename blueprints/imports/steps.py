"""The later steps of an import: columns, check, run, undo, or discard."""

import re
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import htmx, pages
from blueprints.common.access import access, transaction
from blueprints.imports import blueprint, shown
from blueprints.imports.forms import ColumnsForm, ReadingForm, columns_form
from blueprints.imports.routes import data_folder, one_at_a_time, read_file
from extensions import db
from models import ImportBatch, Job
from services import jobs
from services.imports import alike, batches, columns, undoing, work  # noqa: F401  the work declares its kinds of job
from services.spreadsheets import SpreadsheetProblem

SAMPLES = 3


@blueprint.get("/<int:id>/columns")
@access("import")
def choose_columns(id: int) -> Any:
    batch = shown.the_batch(id)
    if batch.state not in ("uploaded", "checked"):
        return redirect(url_for("imports.show", id=id))
    return _columns_page(batch, columns_form(batch.kind, batch.options))


@blueprint.post("/<int:id>/columns")
@access("import", own_transaction=True)
def check(id: int) -> Any:
    batch = shown.the_batch(id)
    form = columns_form(batch.kind, batch.options)
    names = [form[f"column-{position}"].data or "" for position in range(len(batch.options["headers"]))]
    valid = form.validate()
    for field, sentence in columns.problems(batch.kind, names, form.key.data or "").items():
        form[field].errors = [str(sentence)]
        valid = False
    if not valid:
        return _columns_page(batch, form, 422)

    return _checked(id, names=names, key=form.key.data, clear=form.clear.data == "yes")


@blueprint.post("/<int:id>/read")
@access("import", own_transaction=True)
def read_again(id: int) -> Any:
    batch = shown.the_batch(id)
    reading = ReadingForm()
    try:
        with one_at_a_time():
            path = batches.file_of(batch, data_folder())
            sheet = read_file(path, batch.original_name, reading.options())
            transaction(lambda: batches.take_rows(db.session(), shown.the_batch(id), sheet))
    except SpreadsheetProblem as problem:
        reading.encoding.errors = [str(problem.message)]
        batch = shown.the_batch(id)
        return _columns_page(batch, columns_form(batch.kind, batch.options), 422, reading=reading)
    return redirect(url_for("imports.choose_columns", id=id), 303)


@blueprint.post("/<int:id>/choices")
@access("import")
def choose(id: int) -> Any:
    batch = shown.the_batch(id)
    alike.choose(db.session(), batch, _choices())
    if htmx.is_partial():
        return render_template("imports/_rows.html", **shown.rows_of(batch))
    after = request.form.get("next") or request.args.get("after")
    return redirect(url_for("imports.show", id=id, show=request.args.get("show"), after=after), 303)


@blueprint.post("/<int:id>/choices/all")
@access("import", own_transaction=True)
def choose_for_all(id: int) -> Any:
    options = shown.the_batch(id).options
    wanted = request.form.get("alike", "")
    if wanted not in alike.CHOICES:
        abort(400)
    return _checked(id, names=options["columns"], key=options["key"], clear=options["clear"], alike=wanted)


@blueprint.post("/<int:id>/run")
@access("import")
def run(id: int) -> Any:
    batch = shown.the_batch(id)
    if choices := _choices():
        alike.choose(db.session(), batch, choices)
    batches.run(db.session(), batch, by=current_user.id)
    batches.remove_file(batch, data_folder())
    return redirect(url_for("imports.show", id=id), 303)


@blueprint.get("/<int:id>/undo")
@access("import")
def confirm_undo(id: int) -> Any:
    batch = shown.the_batch(id)
    counts = shown.counts_of(batch)
    left = sum(counts[outcome] for outcome in undoing.CAN_BE_UNDONE)
    return render_template("imports/undo.html", **shown.common(batch), left=left)


@blueprint.post("/<int:id>/undo")
@access("import")
def undo(id: int) -> Any:
    batches.undo(db.session(), shown.the_batch(id), by=current_user.id)
    return redirect(url_for("imports.show", id=id), 303)


@blueprint.post("/<int:id>/discard")
@access("import")
def discard(id: int) -> Any:
    batches.discard(db.session(), shown.the_batch(id), data_folder())
    pages.notify(_("The file and what was read from it are removed."))
    return redirect(url_for("imports.start"), 303)


def _checked(id: int, **how: Any) -> Response:
    """Begin the check of an import, and do it at once when the file is small."""

    def begin() -> Job:
        return batches.check(db.session(), shown.the_batch(id), **how, by=current_user.id)

    job = transaction(begin)
    if job.state == "running":
        jobs.run_here(db.session(), job.id)
    return make_response(redirect(url_for("imports.show", id=id), 303))


def _choices() -> dict[int, str]:
    """What was chosen for rows, by their numbers."""
    sent = {name: value for name, value in request.form.items() if name.startswith("choice-")}
    if not all(re.fullmatch("choice-[0-9]{1,9}", name) for name in sent):
        abort(400)
    return {int(name.removeprefix("choice-")): value for name, value in sent.items()}


def _columns_page(
    batch: ImportBatch, form: ColumnsForm, status: int = 200, reading: ReadingForm | None = None
) -> Response:
    options = batch.options
    rows = [row.cells for row in batches.rows(db.session(), batch, limit=20)]
    found = [
        {"field": form[f"column-{position}"], "samples": _samples(rows, position)}
        for position in range(len(options["headers"]))
    ]
    earlier = batches.same_file(db.session(), batch)
    return make_response(
        render_template(
            "imports/columns.html",
            **shown.common(batch),
            form=form,
            columns=found,
            reading=reading or ReadingForm(formdata=None, data=options),
            total=batches.counts(db.session(), batch)["total"],
            same_file=batches.name_of(earlier) if earlier is not None else "",
            problem=status != 200,
            repeated=request.method == "POST",
        ),
        status,
    )


def _samples(rows: list[Any], position: int) -> list[str]:
    """The first values of a column that say something."""
    cells = [row[position] for row in rows if row and position < len(row) and row[position].strip()]
    return [cell if len(cell) <= 40 else cell[:39] + "…" for cell in cells[:SAMPLES]]
