"""Deleting the ticked rows of a list: one page with one plan, all or none, one entry of the bin (U-L9, D7)."""

from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from blueprints.common import display, lists, pages
from blueprints.common.access import access
from blueprints.common.record_types import BY_ADDRESS, RecordType
from blueprints.privacy.deleting import (
    KIND,
    Other,
    blueprint,
    chosen_others,
    emptied,
    in_the_bin,
    other,
    stays,
)
from extensions import db
from models import AnyCard, Document
from services import deletion
from services.errors import Refused

# So many of the documents that keep a card are named in its row.
LISTED = 5
# So many cards at once; more than that nobody has looked at (Y-H10).
MOST = 100


@dataclass(frozen=True)
class Line:
    """One of the cards to delete: what its going means, and the cards that may go with it."""

    card: AnyCard
    remarks: list[str]
    others: list[Other]


@dataclass(frozen=True)
class Kept:
    """A ticked card that must stay (rule D3): why, the latest documents that keep it, and how many more."""

    card: AnyCard
    reason: str
    documents: list[Document]
    more: int
    can_be_blocked: bool


@blueprint.get(f"/{KIND}/delete")
@access("delete_cards")
def confirm_delete_many(kind: str) -> Response:
    record_type = BY_ADDRESS[kind]
    try:
        cards, missing = _cards(record_type)
    except Refused as refusal:
        return _page(record_type, [], refusal=str(refusal.message))
    if len(cards) > MOST:
        return _page(record_type, [], refusal=too_many())
    return _page(record_type, cards, refusal=_gone(missing) if missing else "")


@blueprint.post(f"/{KIND}/delete")
@access("delete_cards")
def delete_many(kind: str) -> Any:
    record_type = BY_ADDRESS[kind]
    cards, missing = _cards(record_type)
    if len(cards) > MOST:
        return _page(record_type, [], problem=too_many(), status=422)
    if missing:
        return _page(record_type, cards, problem=_gone(missing), status=409)
    if request.form.get("confirm") != "yes":
        return _page(record_type, cards, problem=_("Press “Delete” to confirm."), status=422)
    try:
        also = chosen_others()
        entry = deletion.delete_together(db.session(), cards, also=also, by=current_user.id)
    except Refused as refusal:
        db.session.rollback()
        return _page(record_type, _cards(record_type)[0], problem=str(refusal.message), status=409)
    pages.notify(in_the_bin([*cards, *also]), url=f"/undo/{entry.id}", label=_("Undo"), post={})
    return redirect(lists.read_view(record_type).url(), 303)


def too_many() -> str:
    """Why nothing is done with so many cards at once."""
    return _("At most %(most)s cards at a time. Tick fewer of them.", most=MOST)


def _cards(record_type: RecordType) -> tuple[list[AnyCard], int]:
    """The ticked cards in the order of the list, and how many of them are not there any more."""
    ids = lists.chosen_ids()
    found = {card.id: card for card in deletion.all_of(db.session(), record_type.kind, ids)}
    return [found[id_] for id_ in ids if id_ in found], len(ids) - len(found)


def _gone(missing: int) -> str:
    return ngettext(
        "One of the ticked cards is not there any more. Nothing was deleted; look at the others again.",
        "%(num)s of the ticked cards are not there any more. Nothing was deleted; look at the others again.",
        missing,
    )


def _page(
    record_type: RecordType, cards: list[AnyCard], *, problem: str = "", refusal: str = "", status: int = 200
) -> Response:
    view = lists.read_view(record_type)
    plans = deletion.plans(db.session(), cards) if cards else []
    kept = [_kept(plan) for plan in plans if plan.documents.sentence is not None]
    free = [plan for plan in plans if plan.documents.sentence is None]
    return make_response(
        render_template(
            "privacy/delete_many.html",
            type=record_type,
            lines=_lines([plan.record for plan in free], free),
            kept=kept,
            action=view.beside("delete"),
            back=view.url(),
            days=deletion.BIN_DAYS,
            refusal=refusal,
            errors={"": problem} if problem else {},
            problem=bool(problem),
        ),
        status,
    )


def _lines(cards: list[AnyCard], plans: list[deletion.Plan]) -> list[Line]:
    """A line for each card; a card that two of them are linked with is offered once."""
    others = list(dict.fromkeys(card for plan in plans for card in (*plan.linked, *plan.persons)))
    said = {holder for plan in plans for holder in plan.loses_primary_contact}
    remarks, kept = _remarks_of_others(others, cards, said)
    others = [card for card in others if card not in kept]
    found = []
    for plan in plans:
        own = [card for card in (*plan.linked, *plan.persons) if card in others]
        others = [card for card in others if card not in own]
        staying = [kept[card] for card in plan.linked if card in kept]
        found.append(
            Line(plan.record, [*_remarks(plan), *staying], [other(card, remarks[card]) for card in own])
        )
    return found


def _kept(plan: deletion.Plan) -> Kept:
    found = plan.documents
    listed = found.in_the_way[:LISTED]
    return Kept(plan.record, str(found.sentence), listed, found.count - len(listed), found.can_be_blocked)


def _remarks(plan: deletion.Plan) -> list[str]:
    said = [*stays(plan.linked), *emptied(plan.loses_primary_contact)]
    if plan.documents.goes_along:
        names = display.enumeration(display.card_names(plan.documents.goes_along))
        said.append(_("These documents go with it: %(documents)s.", documents=names))
    if plan.persons:
        count = len(plan.persons)
        said.append(
            ngettext(
                "Its person stays, without a company.", "Its %(num)s persons stay, without a company.", count
            )
        )
    if plan.free_codes:
        said.append(_("Its relation codes go with it: %(codes)s.", codes=", ".join(plan.free_codes)))
    return said


def _remarks_of_others(
    others: list[AnyCard], cards: list[AnyCard], said: set[AnyCard]
) -> tuple[dict[AnyCard, list[str]], dict[AnyCard, str]]:
    """What the going of each linked card would mean for third ones, and why some of them must stay (rule D3)."""
    found, kept = {}, {}
    for kind in dict.fromkeys(card.KIND for card in others):
        for plan in deletion.plans(db.session(), [card for card in others if kind == card.KIND]):
            staying = [card for card in (*plan.linked, *plan.persons) if card not in cards]
            losing = [holder for holder in plan.loses_primary_contact if holder not in said]
            found[plan.record] = [*stays(staying), *emptied(losing)]
            if plan.documents.sentence is not None:
                kept[plan.record] = str(plan.documents.sentence)
    return found, kept
