"""The lines of a document: each is saved by itself, in place for htmx, or with a page of its own without."""

from typing import Any

from flask import Response, make_response, redirect, render_template, request
from flask_login import current_user

from blueprints.common import htmx, once
from blueprints.common.access import access
from blueprints.documents import blueprint, show
from blueprints.documents.line_forms import LineForm, filled, read, shown_again, typed
from extensions import db
from models import Document, DocumentLine
from services.documents import saving
from services.errors import Conflict, Invalid

ANCHOR = "#line-"


@blueprint.get("/<document_kind:kind>/<int:id>/lines")
@access("view_documents")
def lines(kind: str, id: int) -> Any:
    """The lines stand on the page of their document."""
    return redirect(f"{show.url_of(show.load(kind, id))}#lines")


@blueprint.post("/<document_kind:kind>/<int:id>/lines")
@access("edit_documents")
def add_line(kind: str, id: int) -> Any:
    """Add a line once for each form; what was typed on in it meanwhile goes into the line that it added."""
    document = show.load(kind, id)
    typed_on = False

    def make() -> str:
        values, _seen = read(None)
        line = saving.add_line(db.session(), document, values, by=current_user.id)
        return f"{show.url_of(document)}{ANCHOR}{line.id}"

    def again(address: str) -> None:
        nonlocal typed_on
        typed_on = True
        values, _seen = read(None)
        saving.save_line(db.session(), document, _line_id(address), typed(values), by=current_user.id)

    try:
        address = once.created(make, again=again)
    except Invalid as problem:
        return _again(document, shown_again(None, problem), 422)
    line = saving.line_of(document, _line_id(address))
    return _typed_on(document, line) if typed_on else _saved(document, line, added=True)


@blueprint.post("/<document_kind:kind>/<int:id>/lines/<int:line_id>")
@access("edit_documents")
def save_line(kind: str, id: int, line_id: int) -> Any:
    document = show.load(kind, id)
    line = saving.line_of(document, line_id)
    refused = _save(document, line)
    return refused or _saved(document, line)


@blueprint.post("/<document_kind:kind>/<int:id>/lines/<int:line_id>/move")
@access("edit_documents")
def move_line(kind: str, id: int, line_id: int) -> Any:
    """Let a line change places with its neighbour; what was typed in it is saved first."""
    document = show.load(kind, id)
    line = saving.line_of(document, line_id)
    refused = _save(document, line) if "seen" in request.form else None
    if refused is not None:
        return refused
    saving.move_line(db.session(), document, line_id, up=request.form.get("to") == "up", by=current_user.id)
    return _all(document, f"line-{line_id}")


@blueprint.post("/<document_kind:kind>/<int:id>/lines/<int:line_id>/delete")
@access("edit_documents")
def delete_line(kind: str, id: int, line_id: int) -> Any:
    document = show.load(kind, id)
    saving.delete_line(db.session(), document, line_id, by=current_user.id)
    return _all(document, "lines")


def _line_id(address: str) -> int:
    """The line that an address names."""
    return int(address.rpartition(ANCHOR)[2])


# -- answers ----------------------------------------------------------------------------------------


def _save(document: Document, line: DocumentLine) -> Response | None:
    """Save what was typed in a line; the answer that asks for it again when it cannot be saved."""
    try:
        values, seen = read(line)
        saving.save_line(db.session(), document, line.id, values, by=current_user.id, seen=seen)
    except Invalid as problem:
        return _again(document, shown_again(line, problem), 422)
    except Conflict as conflict:
        db.session.refresh(line)
        return _again(document, shown_again(line, conflict), 409)
    return None


def _saved(document: Document, line: DocumentLine, *, added: bool = False) -> Response:
    if not htmx.is_partial():
        return make_response(redirect(f"{show.url_of(document)}{ANCHOR}{line.id}", 303))
    answer = "documents/_line_saved.html"
    form = filled(line, is_saved=True)
    return make_response(
        render_template(answer, **show.context_of_lines(document), form=form, added=added, empty=filled(None))
    )


def _typed_on(document: Document, line: DocumentLine) -> Response:
    """All lines anew: the row that was sent is gone from the page since the first answer."""
    answer = _all(document, f"line-{line.id}")
    answer.headers["HX-Retarget"] = "#lines"
    # What is typed in the next line at this moment stays.
    answer.headers["HX-Reswap"] = "outerMorph"
    return answer


def _again(document: Document, form: LineForm, status: int) -> Response:
    """The line as it was typed, with what is wrong with it: alone for htmx, else in the whole page."""
    db.session.rollback()
    if not htmx.is_partial():
        return show.page(document, status, line_form=form)
    context = show.context_of_lines(document)
    response = make_response(render_template("documents/_line.html", **context, form=form), status)
    # A button that moves a line aims at all of them: what is to be corrected belongs to one.
    response.headers["HX-Retarget"] = f"#{form.id}"
    return response


def _all(document: Document, anchor: str) -> Response:
    """All lines anew, after their order or number changed."""
    if not htmx.is_partial():
        return make_response(redirect(f"{show.url_of(document)}#{anchor}", 303))
    return make_response(render_template("documents/_lines.html", **show.context_of_lines(document)))
