"""Deleting a card: one page that says what goes and what stays, then the bin (rules D1, D2, D4, D5, D7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from blueprints.common import cards, display, pages
from blueprints.common.access import access
from blueprints.common.record_types import BY_ADDRESS
from extensions import db
from models import MODELS, AnyCard, Document
from services import deletion, records
from services.documents import guards
from services.errors import Refused

blueprint = Blueprint("privacy", __name__)

# More cards than this are counted instead of named.
NAMED = 5
KIND = "<any(contacts, customers, vendors, 'bank-accounts'):kind>"


@dataclass(frozen=True)
class Other:
    """A card that may go too: the value of its box, and what its going would mean for others."""

    key: str
    card: AnyCard
    remarks: list[str]
    chosen: bool


@blueprint.get(f"/{KIND}/<int:id>/delete")
@access("delete_cards")
def confirm_delete(kind: str, id: int) -> Response:
    return _page(cards.load(BY_ADDRESS[kind], id))


@blueprint.post(f"/{KIND}/<int:id>/delete")
@access("delete_cards")
def delete(kind: str, id: int) -> Any:
    record = cards.load(BY_ADDRESS[kind], id)
    if request.form.get("confirm") == "block":
        return _block(record)
    if request.form.get("confirm") != "yes":
        problem = _("Press “Delete” to confirm that %(no)s goes to the bin.", no=record.no)
        return _page(record, problem=problem, status=422)
    try:
        also = chosen_others()
        entry = deletion.delete(db.session(), record, also=also, by=current_user.id)
    except Refused as refusal:
        db.session.rollback()
        return _page(record, problem=str(refusal.message), status=409)
    pages.notify(in_the_bin([record, *also]), url=f"/undo/{entry.id}", label=_("Undo"), post={})
    return redirect(f"/{kind}", 303)


def _block(record: AnyCard) -> Any:
    """What is offered where documents keep a card: nothing new is made for it from now on (rule D3)."""
    if not deletion.plan(db.session(), record).documents.can_be_blocked:
        return _page(record, problem=_("Nothing keeps %(no)s: it can be deleted.", no=record.no), status=409)
    blocked: Any = True if record.KIND == "bank_account" else "all"
    records.save(db.session(), record, {"blocked": blocked}, by=current_user.id)
    pages.notify(_("%(card)s is blocked.", card=named([record])))
    return redirect(pages.card_url(record), 303)


def named(found: Sequence[AnyCard | Document]) -> str:
    """Cards as a sentence begins with them: "Customer C00012 and bank account BQ-01"."""
    words = display.enumeration(display.card_names(found))
    return words[:1].upper() + words[1:]


def in_the_bin(cards: list[AnyCard]) -> str:
    """What was deleted, in one sentence for the toast."""
    if len(cards) > NAMED:
        return _("%(count)s cards are in the bin.", count=len(cards))
    if len(cards) == 1:
        return _("%(card)s is in the bin.", card=named(cards))
    return _("%(cards)s are in the bin.", cards=named(cards))


def other(card: AnyCard, remarks: Sequence[str] = ()) -> Other:
    """A card that may go too, ticked when it was ticked before."""
    key = pages.card_key(card)
    return Other(key, card, list(remarks), key in request.form.getlist("also"))


def stays(cards: Sequence[AnyCard]) -> list[str]:
    """Which linked cards stay, in one sentence; none for none."""
    if not cards:
        return []
    return [ngettext("%(cards)s stays.", "%(cards)s stay.", len(cards), cards=named(list(cards)))]


def emptied(holders: Sequence[AnyCard]) -> list[str]:
    """A sentence for each card that loses its primary contact."""
    return [
        _("The primary contact of %(card)s is emptied.", card=name) for name in display.card_names(holders)
    ]


def chosen_others() -> list[AnyCard]:
    """The cards whose boxes are ticked; raises Refused for one that is not there any more."""
    chosen = []
    for key in dict.fromkeys(request.form.getlist("also")):
        kind, _sign, id_ = key.rpartition("-")
        known = kind in MODELS and id_.isascii() and id_.isdigit() and len(id_) < 19
        card = db.session.get(MODELS[kind], int(id_)) if known else None
        if card is None:
            raise Refused(_("The cards to delete have changed meanwhile. Look at the list again."))
        chosen.append(card)
    return chosen


def _page(record: AnyCard, *, problem: str = "", status: int = 200) -> Response:
    plan = deletion.plan(db.session(), record)
    return make_response(
        render_template(
            "privacy/delete.html",
            record=record,
            type=BY_ADDRESS[pages.ADDRESSES[record.KIND]],
            kept=plan.documents if plan.documents.sentence else None,
            may_block=plan.documents.can_be_blocked and _is_open(record),
            goes_along=plan.documents.goes_along,
            sentences=_sentences(plan) + _staying(plan),
            linked=[_other(card, plan) for card in _deletable(plan.linked)],
            persons=[_other(card, plan) for card in plan.persons],
            days=deletion.BIN_DAYS,
            errors={"": problem} if problem else {},
            problem=bool(problem),
        ),
        status,
    )


def _is_open(record: AnyCard) -> bool:
    """Whether a card is not blocked for everything yet."""
    return getattr(record, "blocked", None) not in ("all", True)


def _deletable(found: Sequence[AnyCard]) -> list[AnyCard]:
    """The cards that no document keeps."""
    return [card for card in found if guards.verdict(db.session(), card).sentence is None]


def _staying(plan: deletion.Plan) -> list[str]:
    """Why linked cards are not offered."""
    verdicts = [guards.verdict(db.session(), card) for card in plan.linked]
    return [str(verdict.sentence) for verdict in verdicts if verdict.sentence is not None]


def _sentences(plan: deletion.Plan) -> list[str]:
    """What goes, what stays and what is emptied, in whole sentences."""
    only = {
        "contact": _("Only the contact is deleted."),
        "customer": _("Only the customer is deleted."),
        "vendor": _("Only the vendor is deleted."),
        "bank_account": _("Only the bank account is deleted."),
    }
    said = [only[plan.record.KIND]]
    said[0] = " ".join([said[0], *stays(plan.linked)])
    if plan.persons:
        said.append(
            ngettext(
                "Its person stays too, without a company.",
                "Its %(num)s persons stay too, without a company.",
                len(plan.persons),
            )
        )
    if plan.free_codes:
        said.append(_("Its relation codes go with it: %(codes)s.", codes=", ".join(plan.free_codes)))
    return said + emptied(plan.loses_primary_contact)


def _other(card: AnyCard, plan: deletion.Plan) -> Other:
    """A card that may be deleted together with the planned one, and what that would mean for third ones."""
    own = deletion.plan(db.session(), card)
    remarks = stays([one for one in (*own.linked, *own.persons) if one is not plan.record])
    said_already = (plan.record, *plan.loses_primary_contact)
    remarks += emptied([holder for holder in own.loses_primary_contact if holder not in said_already])
    return other(card, remarks)
