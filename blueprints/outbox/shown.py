"""A message as people read it: states and reasons in words, whom it is for, what it is about."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import and_, or_

from blueprints.common import display, pages, references
from blueprints.common.mail_states import STATES
from blueprints.common.mail_words import problem
from blueprints.common.references import Reference
from extensions import db
from models import MODELS, OutboxMessage
from models.base import now
from services.errors import Sentence
from services.mail import outbox
from services.mail.letters import Address

NO_SENDER = Address("nobody@carnet.invalid")
KINDS: dict[str, Sentence] = {
    "document": _l("Document"),
    "card": _l("E-mail from a card"),
    "reset": _l("Forgotten password"),
    "test": _l("Test"),
    "privacy": _l("Personal data"),
}
RECIPIENT_STATES: dict[str, tuple[Sentence, str]] = {
    **STATES,
    "handed": (_l("Being sent"), ""),
    "unclear": (_l("May have arrived"), "bad"),
}
STATE_FILTERS: dict[str, Sentence] = {
    "not-sent": _l("Not sent"),
    **{state: words for state, (words, _tone) in STATES.items() if state != "sending"},
}
FIELDS: dict[str, Sentence] = {"to": _l("To"), "cc": _l("Cc"), "bcc": _l("Hidden copy")}


def state_condition(wanted: str) -> Any:
    """The condition of a filter by state."""
    if wanted == "not-sent":
        tried = and_(OutboxMessage.state == "waiting", OutboxMessage.attempts > 0)
        return or_(OutboxMessage.state.in_(outbox.FOR_A_PERSON), tried)
    states = ("waiting", "sending") if wanted == "waiting" else (wanted,)
    return OutboxMessage.state.in_(states)


def rows(messages: Sequence[OutboxMessage]) -> list[dict[str, Any]]:
    """The rows of the list; the recipients of all of them are read together."""
    recipients = outbox.recipients_of(db.session(), messages)
    users = display.names("user")
    return [
        {
            "message": message,
            "to": _first(recipients[message.id]),
            "state": STATES[message.state],
            "kind": KINDS[message.kind],
            "by": users.get(message.created_by or 0, ""),
        }
        for message in messages
    ]


def message(found: OutboxMessage) -> dict[str, Any]:
    """What the page of a message shows."""
    states = {one.state for one in found.recipients}
    return {
        "message": found,
        "state": STATES[found.state],
        "kind": KINDS[found.kind],
        "by": display.user_name(found.created_by),
        "recipients": [
            {
                "field": FIELDS[one.field],
                "name": one.name,
                "email": one.email,
                "state": RECIPIENT_STATES[one.state],
                "answer": one.answer,
                "sent_at": one.sent_at,
            }
            for one in found.recipients
        ],
        "problem": problem(found.problem),
        "about": about(found),
        # Looked at again while something may happen within the next moments.
        "active": found.state == "sending" or (found.state == "waiting" and found.next_at <= now()),
        "can_retry": bool(states & {"waiting", "failed", "unclear", "cancelled", "held"})
        and found.state != "sending",
        "can_cancel": found.state in ("waiting", "held"),
    }


def about(found: OutboxMessage) -> Reference | None:
    """The document or card that a message is about; without an address when it is gone."""
    if not found.about_kind or found.about_id is None:
        return None
    if found.about_kind in MODELS:
        record = db.session.get(MODELS[found.about_kind], found.about_id)
        if record is None:
            return Reference(_("a card that was deleted since"))
        return Reference(f"{record.no} {record.name}", pages.card_url(record))
    return references.document(found.about_kind, found.about_id)


def _first(recipients: Sequence[Any]) -> str:
    """The first address, and how many more there are."""
    if not recipients:
        return ""
    shown = recipients[0].name or recipients[0].email
    more = len(recipients) - 1
    return (
        shown
        if not more
        else ngettext("%(first)s and %(num)s more", "%(first)s and %(num)s more", more, first=shown)
    )
