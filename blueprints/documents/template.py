"""Another template for the customer or vendor that was made on the way in a new document (O1)."""

from typing import Any

from flask import Response, redirect, request
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import pages
from blueprints.common.access import access
from blueprints.common.card_forms import whole
from blueprints.documents import asking, blueprint
from blueprints.documents.show import load, url_of
from extensions import db
from models import Document
from services.documents import kinds, templates
from services.errors import Refused


@blueprint.get("/<document_kind:kind>/<int:id>/template")
@access("edit_documents")
def ask_template(kind: str, id: int) -> Any:
    return _page(load(kind, id))


@blueprint.post("/<document_kind:kind>/<int:id>/template")
@access("edit_documents")
def change_template(kind: str, id: int) -> Any:
    """Take the values of the chosen template over, on the card and on the document."""
    document = load(kind, id)
    wanted = whole(request.form.get("template_id"))
    offered = templates.of_side(db.session(), kinds.of(document).side)
    template = next((one for one in offered if one.id == wanted), None)
    if template is None:
        return _page(document, 422, {"template_id": [_("Choose a template.")]})
    try:
        templates.change(db.session(), document, template, by=current_user.id)
    except Refused as refusal:
        db.session.rollback()
        return _page(load(kind, id), 409, {"": [str(refusal.message)]})
    pages.notify(_("The card has the values of template %(code)s.", code=template.code))
    return redirect(url_of(document), 303)


def _page(document: Document, status: int = 200, errors: dict[str, list[str]] | None = None) -> Response:
    refusal, party = "", None
    try:
        party = templates.party_of(db.session(), document)
    except Refused as problem:
        refusal = str(problem.message)
    offered = templates.of_side(db.session(), kinds.of(document).side)
    return asking.ask(
        "template",
        document,
        status=status,
        errors=errors or {},
        refusal=refusal,
        party=party,
        templates=offered,
    )
