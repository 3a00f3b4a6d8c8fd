"""What stands above the lines of a document, in sections that are edited in place like those of a card."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import htmx, pages
from blueprints.common.access import access
from blueprints.documents import blueprint, show
from blueprints.documents.header_forms import HeaderForm, form_for, section_fields, shown
from extensions import db
from models import Document
from services import fields
from services.documents import changes, header, saving
from services.errors import Conflict, Invalid, Refused

SECTION = "<any(details, address, texts):section>"
SEPARATOR = ","


@dataclass
class Editing:
    """A section while it is edited: its form, what went wrong, and what others saved meanwhile."""

    name: str
    form: HeaderForm
    seen: str
    errors: dict[str, Any] = field(default_factory=dict)
    theirs: list[tuple[Any, str]] = field(default_factory=list)
    refusal: str = ""
    dirty: bool = False


@blueprint.get(f"/<document_kind:kind>/<int:id>/{SECTION}")
@access("view_documents")
def section(kind: str, id: int, section: str) -> Any:
    """One section, read-only: what Cancel brings back."""
    document = show.load(kind, id)
    if not htmx.is_partial():
        return redirect(show.url_of(document))
    return _piece(document, section)


@blueprint.get(f"/<document_kind:kind>/<int:id>/{SECTION}/edit")
@access("edit_documents")
def edit(kind: str, id: int, section: str) -> Any:
    """One section as a form."""
    document = show.load(kind, id)
    changes.check_open(document)
    form = form_for(document, section)
    form.show(document)
    return _answer(document, Editing(section, form, _joined(_digests(document, section))), 200)


@blueprint.post(f"/<document_kind:kind>/<int:id>/{SECTION}")
@access("edit_documents")
def save(kind: str, id: int, section: str) -> Any:
    """Save what was typed in a section; dates, terms and discount change the sums too."""
    document = show.load(kind, id)
    form, seen = form_for(document, section), _sent_seen()
    editing = Editing(section, form, request.form["seen"], dirty=True)
    try:
        saving.save_header(db.session(), document, form.values(), by=current_user.id, seen=seen)
    except Invalid as problem:
        db.session.rollback()
        editing.errors = form.show_errors(problem)
        return _answer(document, editing, 422)
    except Conflict as conflict:
        db.session.rollback()
        editing.theirs = [(form[one.name].label.text, shown(document, one.name)) for one in conflict.fields]
        # Saved once more, what was typed is kept: its fields were seen as they are now.
        present = {one.name: fields.digest(one.name, getattr(document, one.name)) for one in conflict.fields}
        editing.seen = _joined(seen | present)
        return _answer(document, editing, 409)
    except Refused as refusal:
        # Issued, converted or blocked while it was typed: that is said, and what was typed can be copied.
        db.session.rollback()
        editing.refusal = str(refusal.message)
        return _answer(document, editing, 409)
    if not htmx.is_partial():
        pages.notify(_("Saved."))
        return redirect(show.url_of(document), 303)
    return make_response(
        render_template("documents/_section_saved.html", **show.context(document), name=section)
    )


@blueprint.post("/<document_kind:kind>/<int:id>/refresh")
@access("edit_documents")
def refresh(kind: str, id: int) -> Any:
    """Copy the customer's card again (rule S7)."""
    document = show.load(kind, id)
    found = saving.refresh(db.session(), document, by=current_user.id)
    pages.notify(_("The document has the present data of the card.") if found else _("Nothing was changed."))
    return redirect(show.url_of(document), 303)


# -- helpers ----------------------------------------------------------------------------------------


def _piece(document: Document, name: str, editing: Editing | None = None, status: int = 200) -> Response:
    context = show.context(document)
    return make_response(
        render_template("documents/_section.html", **context, name=name, editing=editing), status
    )


def _answer(document: Document, editing: Editing, status: int) -> Response:
    if htmx.is_partial():
        return _piece(document, editing.name, editing, status)
    return show.page(document, status, editing=editing)


def _digests(document: Document, name: str) -> dict[str, str]:
    seen = header.as_seen(document)
    return {one: seen[one] for one in section_fields(document, name)}


def _sent_seen() -> dict[str, str]:
    """The digests the form was shown with; a form without them is not one of ours."""
    sent = request.form.get("seen", "")
    if not sent:
        abort(400)
    return dict(pair.split("=", 1) for pair in sent.split(SEPARATOR) if "=" in pair)


def _joined(seen: Mapping[str, str]) -> str:
    return SEPARATOR.join(f"{name}={digest}" for name, digest in seen.items())
