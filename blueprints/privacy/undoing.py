"""Taking back a deletion, a link or an unlinking (U-X5)."""

from typing import Any

from flask import Response, make_response, redirect, render_template
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from blueprints.common import display, pages
from blueprints.common.access import access
from blueprints.privacy.bin import deleted_cards
from blueprints.privacy.deleting import NAMED, blueprint, named
from extensions import db
from models import MODELS, UndoEntry
from services import deletion, fields, link_undo, snapshots
from services.errors import NotFound, Refused


@blueprint.get("/undo/<int:id>")
@access("delete_cards")
def confirm_undo(id: int) -> Response:
    """What undoing would do, with its button; or why it cannot be done any more."""
    entry = _entry(id)
    try:
        if entry.action == "delete":
            deletion.check_undo(db.session(), entry)
        else:
            link_undo.check(db.session(), entry)
    except Refused as refusal:
        return _page(entry, refusal=refusal)
    return _page(entry)


@blueprint.post("/undo/<int:id>")
@access("delete_cards")
def undo(id: int) -> Any:
    entry = _entry(id, lock=True)
    return redirect(_undo_delete(entry) if entry.action == "delete" else _undo_link(entry), 303)


def _undo_delete(entry: UndoEntry) -> str:
    snapshot = deletion.check_undo(db.session(), entry)
    of_document = bool(snapshot.get("of_document"))
    first = snapshot["documents" if of_document else "cards"][0]
    restored = deletion.undo_delete(db.session(), entry, by=current_user.id)
    back = [*restored.documents, *restored.cards] if of_document else [*restored.cards, *restored.documents]
    count = len(back)
    pages.notify(
        _("%(count)s cards are back.", count=count)
        if count > NAMED
        else ngettext("%(cards)s is back.", "%(cards)s are back.", count, cards=named(back))
    )
    if restored.left_alone:
        pages.notify(
            ngettext(
                "%(cards)s changed since, and was left unlinked.",
                "%(cards)s changed since, and were left unlinked.",
                len(restored.left_alone),
                cards=named(restored.left_alone),
            )
        )
    if restored.alone:
        pages.notify(
            _(
                "The card that was linked is gone, so there is no link for: %(cards)s.",
                cards=display.enumeration(display.card_names(restored.alone)),
            )
        )
    if of_document:
        return pages.document_url(first["values"]["kind"], first["values"]["id"])
    return pages.card_url(db.session.get_one(MODELS[first["kind"]], first["values"]["id"]))


def _undo_link(entry: UndoEntry) -> str:
    contact, party = link_undo.undo(db.session(), entry, by=current_user.id)
    names = display.enumeration(display.card_names([card for card in (contact, party) if card is not None]))
    if party is None:
        pages.notify(_("Undone: %(card)s has its relation code again.", card=names))
    elif entry.action == "link":
        pages.notify(_("Undone: %(cards)s are not linked, and have the values they had before.", cards=names))
    else:
        pages.notify(_("Undone: %(cards)s are linked again.", cards=names))
    return pages.card_url(contact)


def _entry(id_: int, *, lock: bool = False) -> UndoEntry:
    entry = db.session.get(UndoEntry, id_, with_for_update=lock or None) if id_ < 2**63 else None
    if entry is None or entry.action not in ("delete", "link", "unlink"):
        raise NotFound()
    return entry


def _page(entry: UndoEntry, *, refusal: Refused | None = None) -> Response:
    headings = {
        "delete": _("Bring back from the bin"),
        "link": _("Undo the link"),
        "unlink": _("Link again"),
    }
    return make_response(
        render_template(
            "privacy/undo.html",
            entry=entry,
            heading=headings[entry.action],
            cards=deleted_cards(entry) if entry.action == "delete" else [],
            former_values=_former_values(entry) if refusal is None else [],
            who=display.user_name(entry.created_by),
            refusal=refusal,
        )
    )


def _former_values(entry: UndoEntry) -> list[str]:
    """What undoing a link or unlinking puts back, field by field."""
    said = []
    for kind, id_, name, old in (entry.snapshot or {}).get("changes", []):
        card = db.session.get_one(MODELS[kind], id_)
        value = display.value(kind, name, snapshots.read(kind, name, old)) or _("empty")
        said.append(
            _(
                "%(field)s of %(card)s: back to “%(value)s”",
                field=fields.label(name),
                card=display.card_names([card])[0],
                value=value,
            )
        )
    return said
