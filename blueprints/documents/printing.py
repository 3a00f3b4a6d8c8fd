"""The PDF of a document: opening it logs nothing, the Print button numbers, keeps and records (rules O8 and I1)."""

from typing import Any
from urllib.parse import quote

from flask import Response, make_response, redirect
from flask_login import current_user

from blueprints.common import pages
from blueprints.common.access import access
from blueprints.documents import blueprint
from blueprints.documents.show import load
from extensions import db
from models import Document
from services import history, interactions
from services.documents import blocks, issuing, kinds, numbering
from services.printing import composing


@blueprint.get("/<document_kind:kind>/<int:id>/print")
@access("view_documents")
def show_pdf(kind: str, id: int) -> Response:
    """The stored PDF of an issued document; of any other, as it is at this moment."""
    document = load(kind, id)
    file = issuing.stored_pdf(db.session(), document) if document.is_issued else None
    content = file.content if file is not None else composing.content_of(db.session(), document)
    response = make_response(content)
    response.headers["Content-Type"] = "application/pdf"
    name = quote(file_name(document), safe="")
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{name}"
    return response


@blueprint.post("/<document_kind:kind>/<int:id>/print")
@access("edit_documents")
def print_document(kind: str, id: int) -> Any:
    document = load(kind, id)
    pdf_that_leaves(document)
    interactions.record(db.session(), f"print_{kind}", by=current_user.id, document=document)
    return redirect(f"{pages.card_url(document)}/print", 303)


def pdf_that_leaves(document: Document) -> bytes:
    """The bytes that leave the office: the stored ones of an issued document; a quote or order is numbered.

    A draft of an invoice leaves as a draft and gets no number. What has no number is refused for a block.
    """
    session = db.session()
    blocks.check_leaving(session, document)
    if document.is_issued:
        file = issuing.stored_pdf(session, document)
        return file.content if file is not None else composing.content_of(session, document)
    if kinds.of(document).freezes:
        return composing.content_of(session, document)
    if not document.no:
        numbering.give(session, document, history.cause(current_user.id))
    content = composing.content_of(session, document)
    issuing.keep_sent_pdf(session, document, content, by=current_user.id)
    return content


def file_name(document: Document) -> str:
    """The name of its PDF: the number, or the kind while it has none."""
    return f"{document.no or kinds.of(document).label}.pdf"
