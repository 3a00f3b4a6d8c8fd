"""A new document: whom it is for is asked first, and choosing saves it at once (rules O1 and O2)."""

from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import display, errors, once, pages, party_options
from blueprints.common.access import access
from blueprints.common.card_forms import whole
from blueprints.documents import blueprint
from extensions import db
from models import MODELS
from services import fields
from services.documents import blocks, parties, saving
from services.documents.kinds import KINDS, Kind
from services.errors import Invalid, Refused
from services.text import fold


@blueprint.get("/<document_kind:kind>/new")
@access("edit_documents")
def new(kind: str) -> Any:
    """The field for the customer or vendor; `customer_id`, `vendor_id` or `contact_id` fills it."""
    name, card = _asked_for(KINDS[kind])
    refusal = blocks.refusal(db.session(), kind, card)
    return _page(KINDS[kind], name=name, card=card, refusal=refusal)


@blueprint.post("/<document_kind:kind>/new")
@access("edit_documents")
def create(kind: str) -> Any:
    """Make the document, and on the way the cards that it needs; 303 to its page."""
    of_kind, values = KINDS[kind], _values(KINDS[kind])
    typed = request.form.get(f"{of_kind.side}_name", "")
    if "search" in request.form:
        return _page(of_kind, typed=typed, groups=party_options.groups(kind, typed))
    try:
        return once.creating(lambda: _make(of_kind, values))
    except Invalid as problem:
        db.session.rollback()
        sentence = next(iter(problem.errors.values()))[0]
        return _page(of_kind, 422, typed=typed, error=sentence)
    except Refused as refusal:
        db.session.rollback()
        return _page(of_kind, 409, typed=typed, error=refusal.message, link=errors.link_of(refusal))


def _make(kind: Kind, values: dict[str, Any]) -> str:
    choice = parties.choose(db.session(), kind.name, values, by=current_user.id)
    document = saving.create(db.session(), kind.name, choice.owner, person=choice.person, by=current_user.id)
    made = ""
    if choice.created:
        # The way back: the page that deletes the document deletes its new cards with it, unless unticked.
        made = "&".join(f"also={pages.card_key(card)}" for card in choice.created)
        pages.notify(
            _("Made %(cards)s.", cards=display.enumeration(display.card_names(choice.created))),
            url=f"{pages.card_url(document)}/delete?{made}",
            label=_("Undo"),
        )
    if choice.quotes:
        pages.notify(
            _(
                "Open quotes now belong to it: %(quotes)s.",
                quotes=display.enumeration(display.card_names(choice.quotes)),
            )
        )
    return pages.card_url(document) + (f"?{made}" if made else "")


def _values(kind: Kind) -> dict[str, Any]:
    """What was sent; a card that was chosen gives way to another name typed over it, unless it was picked
    from the list of what a search found."""
    names = (f"{kind.side}_id", "contact_id", f"{kind.side}_name", "new_type")
    values = {name: request.form.get(name, "") for name in names}
    typed = "" if "picking" in request.form else values[f"{kind.side}_name"].strip()
    for name in (f"{kind.side}_id", "contact_id"):
        id_ = whole(values[name])
        card = db.session.get(MODELS[name.removesuffix("_id")], id_) if id_ else None
        if typed and card is not None and fold(typed) != fold(f"{card.no} {card.name}"):
            values[name] = ""
    return values


def _asked_for(kind: Kind) -> tuple[str, Any]:
    """The card that the address names, and the name of its field."""
    for name in (f"{kind.side}_id", "contact_id"):
        id_ = whole(request.args.get(name))
        card = db.session.get(MODELS[name.removesuffix("_id")], id_) if id_ else None
        if card is not None:
            return name, card
    return f"{kind.side}_id", None


def _page(kind: Kind, status: int = 200, **more: Any) -> Response:
    defaults = {"name": f"{kind.side}_id", "card": None, "refusal": None, "typed": "", "error": None}
    return make_response(
        render_template(
            "documents/new.html",
            type=kind,
            title=_("New: %(kind)s", kind=kind.label),
            list_url=pages.documents_url(kind.name),
            side_name=str(fields.KIND_NAMES[kind.side]),
            once_token=once.token(),
            problem=status >= 400,
            **{**defaults, "groups": None, "link": None, **more},
        ),
        status,
    )
