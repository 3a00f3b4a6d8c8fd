"""The list of interactions with its filters, and one entry: what it leads to, cancelling, deleting."""

from datetime import timedelta
from typing import Any

from flask import abort, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from blueprints.common import (
    display,
    filters,
    htmx,
    interaction_lines,
    list_addresses,
    pages,
    references,
    streams,
)
from blueprints.common.access import access, can
from blueprints.interactions import blueprint
from extensions import db
from models import Contact, Interaction, OutboxMessage
from services import interactions
from services.errors import Invalid, Refused
from services.mail import outbox

FILTERS = ("action", "by", "since", "until", "cancelled", "contact", "persons")
CANCELLED = ("no", "only")


@blueprint.get("/interactions")
@access("view_cards")
def index() -> Any:
    stream = streams.read("/interactions", FILTERS)
    contact = _contact(stream.parameters.get("contact"))
    problem, status = "", 200
    try:
        conditions = _conditions(stream.parameters, contact)
    except Invalid as refused:
        problem, status = str(list_addresses.without_faulty(stream.parameters, refused)), 422
        conditions = [Interaction.id < 0]
    streams.fill(stream, select(Interaction).where(*conditions), Interaction, Interaction.at)
    template = "interactions/_list.html" if htmx.is_partial() else "interactions/list.html"
    page = render_template(
        template,
        stream=stream,
        rows=_rows(stream.rows),
        actions={action: interaction_lines.title(action) for action in _all_actions()},
        users=display.names("user"),
        contact=contact,
        problem=problem,
    )
    return page, status


@blueprint.get("/interactions/<int:id>")
@access("view_cards")
def show(id: int) -> Any:
    entry = interactions.get(db.session(), id)
    return render_template(
        "interactions/entry.html",
        entry=entry,
        title=interaction_lines.title(entry.action),
        said=interaction_lines.sentences([entry])[entry.id],
        direction=interaction_lines.direction(entry.direction),
        document=references.document(entry.document_kind, entry.document_id, entry.document_no)
        if entry.document_kind
        else None,
        mail=_mail(entry),
        contact=db.session.get(Contact, entry.contact_id) if entry.contact_id else None,
        company=db.session.get(Contact, entry.company_id) if entry.company_id else None,
        by=display.user_name(entry.created_by),
        cancelled_by=display.user_name(entry.cancelled_by),
        by_hand=entry.action in interactions.BY_HAND,
        editable=_is_editable(entry),
    )


@blueprint.post("/interactions/<int:id>/cancel")
@access("edit_entries")
def cancel(id: int) -> Any:
    interactions.cancel(interactions.get(db.session(), id, lock=True), by=current_user.id)
    pages.notify(
        _("The entry is cancelled. It can still be read, and counts nowhere."),
        url=url_for("interactions.restore", id=id),
        label=_("Undo"),
        post={},
    )
    return redirect(url_for("interactions.show", id=id), 303)


@blueprint.post("/interactions/<int:id>/restore")
@access("edit_entries")
def restore(id: int) -> Any:
    interactions.restore(interactions.get(db.session(), id, lock=True))
    pages.notify(_("The entry counts again."))
    return redirect(url_for("interactions.show", id=id), 303)


@blueprint.get("/interactions/<int:id>/delete")
@access("drop_entries")
def confirm_delete(id: int) -> Any:
    entry = interactions.get(db.session(), id)
    return render_template(
        "interactions/delete.html",
        entry=entry,
        said=interaction_lines.sentences([entry])[entry.id],
        refused=entry.cancelled_at is None,
    )


@blueprint.post("/interactions/<int:id>/delete")
@access("drop_entries")
def delete(id: int) -> Any:
    interactions.remove(db.session(), interactions.get(db.session(), id, lock=True))
    pages.notify(_("The entry was deleted."))
    return redirect(url_for("interactions.index"), 303)


# -- helpers ------------------------------------------------------------------------------------------


def _all_actions() -> list[str]:
    return [*interactions.BY_HAND, *interactions.AUTOMATIC]


def _contact(wanted: str | None) -> Contact | None:
    """The contact that the address narrows the list to; a malformed one is a 400 (R-WEB-6)."""
    if not wanted:
        return None
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):
        abort(400)
    return db.session.get(Contact, int(wanted))


def _conditions(parameters: dict[str, str], contact: Contact | None) -> list[Any]:
    """What the filters demand; raises Invalid for a day that cannot be read."""
    found: list[Any] = []
    if "contact" in parameters:
        persons = parameters.get("persons") != "no"
        found.append(
            interactions.about_contact(contact, persons=persons)
            if contact is not None
            else Interaction.id < 0
        )
    if action := parameters.get("action"):
        if action not in _all_actions():
            abort(400)
        found.append(Interaction.action == action)
    if by := parameters.get("by"):
        if not (by.isascii() and by.isdigit() and len(by) < 10):
            abort(400)
        found.append(Interaction.created_by == int(by))
    if cancelled := parameters.get("cancelled"):
        if cancelled not in CANCELLED:
            abort(400)
        is_null = Interaction.cancelled_at.is_(None)
        found.append(is_null if cancelled == "no" else ~is_null)
    if since := parameters.get("since"):
        found.append(Interaction.at >= filters.midnight(filters.day("since", since)))
    if until := parameters.get("until"):
        found.append(Interaction.at < filters.midnight(filters.day("until", until) + timedelta(days=1)))
    return found


def _rows(entries: list[Interaction]) -> list[dict[str, Any]]:
    said = interaction_lines.sentences(entries)
    ids = {id_ for entry in entries for id_ in (entry.contact_id, entry.company_id) if id_ is not None}
    found = db.session.execute(select(Contact.id, Contact.no, Contact.name).where(Contact.id.in_(ids)))
    contacts = {id_: (no, name) for id_, no, name in found} if ids else {}
    users = display.names("user")
    return [
        {
            "entry": entry,
            "said": said[entry.id],
            "contact": contacts.get(entry.contact_id or 0),
            "company": contacts.get(entry.company_id or 0),
            "by": users.get(entry.created_by or 0, ""),
        }
        for entry in entries
    ]


def _mail(entry: Interaction) -> references.Reference | None:
    """The message behind an entry: a link for who may see it, or that it is gone (rule I7)."""
    if entry.outbox_id is None:
        return None
    if db.session.get(OutboxMessage, entry.outbox_id) is None:
        return references.Reference(_("The message was deleted since."))
    visible = select(OutboxMessage.id).where(
        OutboxMessage.id == entry.outbox_id, outbox.visible_to(current_user)
    )
    if not can("outbox") or db.session.scalar(visible) is None:
        return references.Reference(_("The message is in the outbox."))
    return references.Reference(
        _("Open the message in the outbox"), url_for("outbox.show", id=entry.outbox_id)
    )


def _is_editable(entry: Interaction) -> bool:
    if not can("edit_entries"):
        return False
    try:
        interactions.check_editable(entry, by=current_user.id)
    except Refused:
        return False
    return True
