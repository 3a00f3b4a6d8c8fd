"""Issuing a draft, or registering what a vendor billed: one page with what is missing, then it is frozen (O6)."""

from typing import Any

from flask import Response, redirect
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import access as rights
from blueprints.common import pages
from blueprints.common.access import access
from blueprints.common.errors import link_of
from blueprints.documents import asking, blueprint
from blueprints.documents.show import load, url_of
from extensions import db
from models import Document
from services import records
from services.documents import issuing as issuing_documents
from services.documents import kinds, numbering, totals
from services.errors import Invalid, Refused
from services.printing import composing


@blueprint.get("/<document_kind:kind>/<int:id>/issue")
@access("edit_documents")
def ask_issue(kind: str, id: int) -> Any:
    document = load(kind, id)
    if document.is_issued:
        return redirect(url_of(document), 303)
    return _page(document)


@blueprint.post("/<document_kind:kind>/<int:id>/issue")
@access("edit_documents")
def issue(kind: str, id: int) -> Any:
    """Issue it; a second click finds it issued and leads to the same document."""
    document = load(kind, id)
    try:
        issuing_documents.issue(db.session(), document, make_pdf=composing.content_of, by=current_user.id)
    except Invalid as problem:
        db.session.rollback()
        return _page(load(kind, id), 422, asking.sentences(problem))
    pages.notify(_("%(kind)s %(no)s is issued.", **kinds.named(document)))
    return redirect(url_of(document), 303)


def _where(document: Document, name: str) -> str:
    """Where what is missing is filled in: on the document, or the tax group on the card of its customer."""
    if name == "tax_group_id" and document.party is not None:
        return f"{pages.card_url(document.party)}/invoicing/edit"
    if name in ("lines", "tax_group_id"):
        return f"{url_of(document)}#lines"
    section = "address" if name == "address" else "details"
    return f"{url_of(document)}/{section}/edit#document-{section}"


def _page(document: Document, status: int = 200, errors: dict[str, list[str]] | None = None) -> Response:
    session = db.session()
    sums = totals.of_document(session, document, records.office(session))
    refusal, link_records, link, no = "", [], None, None
    try:
        no = numbering.next_shown(session, document)
        if errors is None:
            issuing_documents.check(session, document, sums)
    except Invalid as problem:
        errors = asking.sentences(problem)
    except Refused as problem:
        refusal, link_records, link = str(problem.message), problem.records, link_of(problem)
    errors = errors or {}
    can_print = not refusal and not errors
    lacking = {name: said[0] for name, said in errors.items()} | issuing_documents.missing(document, sums)
    return asking.ask(
        "issue",
        document,
        status=status,
        # They are mended elsewhere: the list on the page leads there, the summary does not.
        errors={"": [one for said in errors.values() for one in said]} if errors else {},
        refusal=refusal,
        records=link_records,
        link=link if rights.can("settings") else None,
        sums=sums,
        no=no,
        missing=[(said, _where(document, name)) for name, said in lacking.items()],
        glyphs=composing.pdf_of(session, document).missing if can_print else (),
    )
