"""The page of a document: what stands above the lines, the lines, what they come to, and what can be done."""

from typing import Any

from flask import Response, make_response, render_template

from blueprints.common import access as rights
from blueprints.common import display, pages
from blueprints.common.access import access
from blueprints.documents import blueprint
from blueprints.documents.states import states_of
from extensions import db
from models import Document
from services import records
from services.documents import changes, converting, copies, kinds, payments, totals
from services.errors import NotFound


@blueprint.get("/<document_kind:kind>/<int:id>")
@access("view_documents")
def show(kind: str, id: int) -> Any:
    return page(load(kind, id))


def load(kind: str, id_: int) -> Document:
    """The document of an address with its lines; 404 when there is none, or when it is of another kind."""
    document = changes.load(db.session(), id_)
    if document.kind != kind:
        raise NotFound()
    return document


def page(document: Document, status: int = 200, **more: Any) -> Response:
    """The whole page; `more` holds what is being edited, or went wrong."""
    return make_response(
        render_template("documents/show.html", problem=status >= 400, **context(document), **more), status
    )


def context(document: Document) -> dict[str, Any]:
    """What the templates of the page and of its pieces need."""
    session = db.session()
    office = records.office(session)
    open_now = payments.open_amount(session, document)
    is_open = document.state in ("draft", "open")
    return {
        "document": document,
        "type": kinds.of(document),
        "base": pages.card_url(document),
        "list_url": pages.documents_url(document.kind),
        "may_edit": rights.can("edit_documents") and is_open,
        "sums": totals.of_document(session, document, office),
        "open_amount": open_now,
        "state": states_of(session, [document], {document.id: open_now} if open_now > 0 else {})[0],
        "differences": copies.differences(session, document) if is_open else [],
        "source": converting.source_of(session, document),
        "made_from": converting.made_from(session, document),
        "names": {name: display.names(name) for name in ("payment_terms", "tax_group", "user")},
    }
