"""What happened with a document, in one stream: its changes, what was printed and sent, and mails on their way."""

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import select

from blueprints.common import access, display, history, interaction_lines
from blueprints.common.history import Line
from blueprints.common.mail_states import STATES
from extensions import db
from models import Document, Interaction, OutboxMessage
from services import history as services_history
from services.mail import outbox

SHOWN = 30
# The history of the document says these itself.
_SAID = ("convert", "create_service_order")


def timeline(document: Document) -> list[Line]:
    """The latest of it, newest first: when, what, and by whom (U-C7)."""
    entries = services_history.of_card(db.session(), document, limit=services_history.RECENT)
    logged = _logged(document)
    lines = [*history.timeline(entries, (), SHOWN), *_happened(logged), *_mails(document, logged)]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:SHOWN]


def _logged(document: Document) -> list[Interaction]:
    query = (
        select(Interaction)
        .where(
            Interaction.document_id == document.id,
            Interaction.document_kind == document.kind,
            Interaction.action.not_in(_SAID),
        )
        .order_by(Interaction.at.desc(), Interaction.id.desc())
        .limit(SHOWN)
    )
    return list(db.session.scalars(query))


def _happened(logged: list[Interaction]) -> list[Line]:
    said = interaction_lines.sentences(logged) if logged else {}
    return [Line(one.at, display.user_name(one.created_by), said[one.id], []) for one in logged]


def _mails(document: Document, logged: list[Interaction]) -> list[Line]:
    """The e-mails that are no interactions: those that wait, and those that no server accepted (rule I6)."""
    if not access.can("outbox"):
        return []
    accepted = [one.outbox_id for one in logged if one.outbox_id is not None]
    query = (
        select(OutboxMessage)
        .where(
            OutboxMessage.about_id == document.id,
            OutboxMessage.about_kind == document.kind,
            OutboxMessage.id.not_in(accepted),
            outbox.visible_to(current_user),
        )
        .order_by(OutboxMessage.id.desc())
        .limit(SHOWN)
    )
    sentence = Markup("{}").format(_("E-mail %(subject)s: %(state)s"))
    return [
        Line(
            one.created_at,
            display.user_name(one.created_by),
            sentence % {"subject": _link(one), "state": str(STATES[one.state][0]).lower()},
            [],
        )
        for one in db.session.scalars(query)
    ]


def _link(message: OutboxMessage) -> Markup:
    address = url_for("outbox.show", id=message.id)
    return Markup('<a href="{}"><bdi>{}</bdi></a>').format(address, message.subject)
