"""Interactions as people read them: the sentence of an entry, its kind in words, lines of a timeline."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy import select

from blueprints.common import display, references
from blueprints.common.history import Line
from blueprints.common.references import Reference
from extensions import db
from models import AnyCard, Contact, Interaction
from services import interactions
from services.documents.kinds import KINDS


def title(action: str) -> str:
    """What a kind of action is called in lists and settings."""
    verb, _underscore, kind = action.partition("_")
    if kind in KINDS and verb in ("print", "email"):
        said = _("Printed: %(kinds)s") if verb == "print" else _("E-mailed: %(kinds)s")
        return said % {"kinds": KINDS[kind].plural}
    titles = {
        "create_service_order": _("Service order created"),
        "convert": _("Document converted"),
        "email_card": _("E-mail from a card"),
        "privacy_export": _("Personal data exported"),
    }
    return titles.get(action) or str(interactions.BY_HAND.get(action, action))


def direction(word: str) -> str:
    """Who began, in words."""
    return {"in": _("They came to us"), "out": _("We went to them")}.get(word, "")


def sentences(entries: Sequence[Interaction]) -> dict[int, Markup]:
    """The sentence of each entry, with links to the document and to the entry; in two queries for all."""
    settings = interactions.settings_of(db.session())
    known = references.documents(
        (entry.document_kind, entry.document_id, entry.document_no)
        for entry in entries
        if entry.document_kind
    )
    return {entry.id: _sentence(entry, settings, known) for entry in entries}


def timeline(
    record: AnyCard, others: Sequence[AnyCard], changes: Sequence[Line], limit: int = 8
) -> list[Line]:
    """The latest of what happened with a card and what changed on it, newest first.

    On a company it has what happened with its persons, each named (rule I3). `others` are cards known already.
    """
    contacts = [card for card in (record, *others) if isinstance(card, Contact)]
    contact = contacts[0] if contacts else None
    entries = interactions.of_card(db.session(), record, contact, limit=limit)
    if not entries:
        return list(changes)
    said = sentences(entries)
    own_id = contact.id if contact is not None else None
    ids = {entry.contact_id for entry in entries} - {own_id, None}
    query = select(Contact.id, Contact.name).where(Contact.id.in_(ids))
    names = dict(db.session.execute(query).all()) if ids else {}  # type: ignore[arg-type]
    happened = []
    for entry in entries:
        text = said[entry.id]
        if entry.contact_id in names:
            text += Markup(" – <bdi>{}</bdi>").format(names[entry.contact_id])
        happened.append(Line(entry.at, display.user_name(entry.created_by), text, []))
    return sorted([*happened, *changes], key=lambda line: line.at, reverse=True)[:limit]


def _sentence(entry: Interaction, settings: Mapping[str, Any], known: Mapping[Any, Reference]) -> Markup:
    opens = url_for("interactions.show", id=entry.id)
    subject = Markup('<a href="{}"><bdi>{}</bdi></a>').format(opens, entry.subject or title(entry.action))
    if entry.action in interactions.BY_HAND:
        said = Markup("{}").format(_("%(kind)s: %(subject)s")) % {
            "kind": title(entry.action), "subject": subject,
        }  # fmt: skip
    else:
        document = _link(known.get((entry.document_kind, entry.document_id)))
        said = _filled(
            str(interactions.wording(entry.action, settings)),
            {"{document}": document, "{no}": escape(entry.document_no), "{subject}": subject},
        )
    return said + Markup(" <em>({})</em>").format(_("cancelled")) if entry.cancelled_at else said


def _filled(wording: str, values: Mapping[str, Any]) -> Markup:
    """The office's words with links put in; what the office typed is text, never markup."""
    said = escape(wording)
    for mark, value in values.items():
        said = Markup(str(said).replace(mark, str(value)))
    return said


def _link(reference: Reference | None) -> Markup:
    if reference is None:
        return Markup("")
    if not reference.url:
        return escape(reference.label)
    return Markup('<a href="{}">{}</a>').format(reference.url, reference.label)
