"""Requests as their pages say them: states, deadlines, steps and what proves them."""

from datetime import date
from typing import Any

from flask import current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from blueprints.common import display, pages
from extensions import db
from models import MODELS, AnyCard, PrivacyRequest, PrivacyStep
from services import formats
from services.errors import Sentence
from services.privacy import answering, counting, dossier, identity, register

STEP_NAMES: dict[str, Sentence] = {
    "received": _l("Entered in the register"),
    "code": _l("Code sent"),
    "identity": _l("Identity checked"),
    "extended": _l("Deadline extended"),
    "begun": _l("Begun"),
    "export": _l("Export made"),
    "exported": _l("Data exported"),
    "sent": _l("Data sent"),
    "downloaded": _l("Data downloaded"),
    "corrected": _l("Data corrected"),
    "erased": _l("Data erased"),
    "reduced": _l("Data reduced"),
    "blocked": _l("Blocked"),
    "lifted": _l("Block lifted"),
    "answered": _l("Answered"),
    "closed": _l("Closed"),
}
# What else stands on the trail; steps stand there by the same names.
TRAIL_NAMES: dict[str, Sentence] = {
    "request_received": _l("Request entered"),
    "request_begun": _l("Request begun"),
    "request_extended": _l("Deadline extended"),
    "request_answered": _l("Request answered"),
    "request_closed": _l("Request closed"),
    "identity_checked": _l("Identity checked"),
    "register_exported": _l("Register exported"),
    "settings_changed": _l("Privacy settings changed"),
    "export_sent": _l("Data sent"),
    "export_downloaded": _l("Data downloaded"),
    "erase_forged": _l("Erasure with a forged plan refused"),
    "other_recipient_ignored": _l("Another recipient ignored"),
}
# The records that prove steps.
_PROOFS: dict[str, Sentence] = {
    "export": _l("export %(no)s"),
    "erasure": _l("erasure %(no)s"),
    "block": _l("block %(no)s"),
    "history": _l("history %(no)s"),
}
# The proofs that have a page of their own.
_PROOF_PAGES = {"export": "/privacy/exports", "erasure": "/privacy/erasures"}
# Which pages of a card an action on it begins at, by kind of request; the first is the usual one.
_ACTIONS = {
    "access": ("export",),
    "portability": ("export",),
    "correction": ("correct",),
    "erasure": ("erase", "block"),
    "restriction": ("block",),
    "objection": ("block",),
    "withdrawal": ("block",),
    "deindexing": ("block", "erase"),
    "complaint": ("export", "correct"),
}
_ACTION_NAMES: dict[str, Sentence] = {
    "export": _l("Export the data…"),
    "erase": _l("Erase the data…"),
    "block": _l("Block…"),
    "correct": _l("Correct the card…"),
}
MOST_CARDS = 50


def row(found: PrivacyRequest, today: date) -> dict[str, Any]:
    """A request as a line of the register."""
    return {
        "request": found,
        "person": person(found),
        "kind": register.KINDS[found.kind],
        "state": register.STATES[found.state],
        "due": due(found, today),
        "handler": display.names("user").get(found.handler_id or 0, ""),
    }


def person(found: PrivacyRequest) -> str:
    """Whom a request is about; of who was erased only the number of the card is left."""
    return found.subject_label or found.subject_no or _("(erased)")


def due(found: PrivacyRequest, today: date) -> dict[str, str] | None:
    """How near the deadline of an unanswered request is, in words and in colour; None when it is far or met."""
    if found.state not in register.UNANSWERED:
        return None
    days = (found.due_on - today).days
    if days < 0:
        return {"text": ngettext("late by %(num)s day", "late by %(num)s days", -days), "tone": "bad"}
    if days == 0:
        return {"text": _("due today"), "tone": "warn"}
    if days <= counting.SOON.days:
        return {"text": ngettext("due in %(num)s day", "due in %(num)s days", days), "tone": "warn"}
    return None


def steps(found: PrivacyRequest) -> list[dict[str, Any]]:
    """What was done for a request, in order, with what proves it."""
    return [
        {
            "at": step.at,
            "name": _named(step),
            "url": f"{_PROOF_PAGES[step.proof_kind]}/{step.proof}" if step.proof_kind in _PROOF_PAGES else "",
            "by": display.user_name(step.by_id),
        }
        for step in register.steps(db.session(), found)
    ]


def trail_name(action: str) -> str:
    """What a line of the trail says was done; the code itself where there are no words."""
    return str(TRAIL_NAMES.get(action) or STEP_NAMES.get(action, action))


def _named(step: PrivacyStep) -> str:
    name, proved = STEP_NAMES.get(step.action, step.action), proof(step)
    return _("%(step)s: %(proof)s", step=name, proof=proved) if proved else str(name)


def proof(step: PrivacyStep) -> str:
    """What proves a step, in words where there are some."""
    if step.proof_kind == "method":
        return str(identity.METHODS.get(step.proof, step.proof))
    if step.proof_kind == "outcome":
        return str(answering.OUTCOMES.get(step.proof, step.proof))
    if step.proof_kind == "due":
        return _(
            "until %(day)s", day=formats.format_date(date.fromisoformat(step.proof), pages.number_locale())
        )
    if step.proof_kind in _PROOFS:
        return str(_PROOFS[step.proof_kind]) % {"no": step.proof}
    return " ".join(filter(None, (step.proof_kind, step.proof)))


def card(found: PrivacyRequest) -> AnyCard | None:
    """The card that a request is about, while it is there."""
    model = MODELS.get(found.subject_kind)
    subject: AnyCard | None = db.session.get(model, found.subject_id) if model is not None else None
    return subject


def scope(subject: AnyCard) -> list[AnyCard]:
    """The cards that belong to the person, the first fifty of them."""
    found = [
        db.session.get(MODELS[kind], id_)
        for kind, id_ in [*dossier.scope_of(db.session(), subject)][:MOST_CARDS]
    ]
    return [one for one in found if one is not None]


def actions(found: PrivacyRequest, subject: AnyCard | None) -> list[dict[str, str]]:
    """Where the action that was asked for begins, as far as there are such pages."""
    if subject is None:
        return []
    base = pages.card_url(subject)
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    offered = {name: f"{base}/privacy/{name}" for name in _ACTIONS[found.kind]}
    there = {name: url for name, url in offered.items() if adapter.test(url, method="GET")}
    if "correct" in offered:
        # Where a correction has no page of its own, it is made on the card.
        there.setdefault("correct", base)
    return [
        {"url": f"{url}?request={found.id}", "label": str(_ACTION_NAMES[name])} for name, url in there.items()
    ]
