"""Deleting a draft, quote or order, with the cards that nothing else needs when their boxes are ticked (D8)."""

from typing import Any

from flask import Response, redirect, request
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import pages
from blueprints.common.access import access
from blueprints.documents import asking, blueprint
from blueprints.documents.show import load
from extensions import db
from models import Document
from services.documents import deleting as deletions
from services.documents import kinds
from services.errors import Refused


@blueprint.get("/<document_kind:kind>/<int:id>/delete")
@access("edit_documents")
def ask_delete(kind: str, id: int) -> Any:
    return _page(load(kind, id))


@blueprint.post("/<document_kind:kind>/<int:id>/delete")
@access("edit_documents")
def delete(kind: str, id: int) -> Any:
    document = load(kind, id)
    if request.form.get("confirm") != "yes":
        return _page(document, 422, {"": [_("Press “Delete” to confirm.")]})
    ticked = request.form.getlist("also")
    offered = {pages.card_key(card): card for card in deletions.offers(db.session(), document)}
    if any(key not in offered for key in ticked):
        return _page(
            document, 409, {"": [_("The cards to delete have changed meanwhile. Look at the list again.")]}
        )
    said = kinds.named(document)
    also = [offered[key] for key in dict.fromkeys(ticked)]
    try:
        entry = deletions.delete(db.session(), document, also=also, by=current_user.id)
    except Refused as refusal:
        db.session.rollback()
        return _page(load(kind, id), 409, {"": [str(refusal.message)]})
    pages.notify(
        _("%(kind)s %(no)s is in the bin.", **said), url=f"/undo/{entry.id}", label=_("Undo"), post={}
    )
    return redirect(pages.documents_url(kind), 303)


def _page(document: Document, status: int = 200, errors: dict[str, list[str]] | None = None) -> Response:
    refusal, records = "", []
    try:
        deletions.check(db.session(), document)
    except Refused as problem:
        refusal, records = str(problem.message), problem.records
    offers = deletions.offers(db.session(), document) if not refusal else []
    return asking.ask(
        "delete",
        document,
        status=status,
        errors=errors or {},
        refusal=refusal,
        records=records,
        offers=[(card, pages.card_key(card) in request.values.getlist("also")) for card in offers],
    )
