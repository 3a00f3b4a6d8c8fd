"""Erasing the ticked rows of a list: each person by a plan of its own, whole or not at all (Y-H10)."""

from functools import partial
from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints.common import lists, pages
from blueprints.common.access import access, transaction
from blueprints.common.record_types import BY_ADDRESS, RecordType
from blueprints.privacy import erasing as one
from blueprints.privacy.deleting import KIND, blueprint
from blueprints.privacy.deleting_many import MOST, too_many
from config import Config
from extensions import db
from models import MODELS, AnyCard, PrivacyRequest
from services import deletion
from services.errors import CarnetError, Refused
from services.privacy import certificate, dossier, erasing, erasing_words, fates, identity
from services.privacy.fates import DELETE
from services.privacy.registry import Scope


@blueprint.get(f"/{KIND}/privacy/erase")
@access("privacy_desk", confirm=True)
def confirm_erase_many(kind: str) -> Response:
    record_type = BY_ADDRESS[kind]
    try:
        ids = lists.chosen_ids()
    except Refused as refusal:
        return _page(record_type, [], refusal=str(refusal.message))
    if len(ids) > MOST:
        return _page(record_type, [], refusal=too_many())
    return _page(record_type, deletion.all_of(db.session(), record_type.kind, ids))


@blueprint.post(f"/{KIND}/privacy/erase")
@access("privacy_desk", confirm=True, own_transaction=True)
def erase_many(kind: str) -> Any:
    config: Config = current_app.config["CARNET"]
    record_type, ids = BY_ADDRESS[kind], lists.chosen_ids()
    if len(ids) > MOST:
        return _page(record_type, [], problem=too_many(), status=422)
    found = deletion.all_of(db.session(), record_type.kind, ids)
    if request.form.get("confirm", "").strip() != str(len(ids)):
        problem = _("Type %(count)s, the number of cards, to confirm.", count=len(ids))
        return _page(record_type, found, problem=problem, status=422)
    if request.form.get("identity_method") not in _methods():
        problem = _("The identity of who asks was not checked yet. Choose how you checked it.")
        return _page(record_type, found, problem=problem, status=409)
    if not request.form.get("second_look") and any(map(_needs_second_look, found)):
        return _page(record_type, found, second_look=str(identity.SECOND_LOOK), status=422)
    proofs, stays = [], []
    numbers = {card.id: card.no for card in found}
    for id_ in ids:
        try:
            proofs.append(transaction(partial(_erase, record_type, id_, config)))
        except CarnetError as error:
            if isinstance(error, one.Forged):
                one.note_forged(record_type.kind, id_)
            stays.append(numbers.get(id_, "–"))
    if proofs:
        certificate.finish(db.session(), config, *proofs)
    transaction(lambda: _say(len(proofs), stays))
    return redirect("/privacy/requests" if proofs else lists.read_view(record_type).url(), 303)


def _say(erased: int, stays: list[str]) -> None:
    """The summary on the next page: how many went, and which did not."""
    if erased:
        pages.notify(ngettext("One card was erased.", "%(num)s cards were erased.", erased))
    if stays:
        pages.notify(_("Not erased, for they changed or must stay: %(cards)s.", cards=", ".join(stays)))


def _erase(record_type: RecordType, id: int, config: Config) -> int:
    """One of the cards, with nothing but what is about it."""
    session = db.session()
    record = session.get(MODELS[record_type.kind], id)
    if record is None:
        raise Refused(_("This card is gone."))
    scope = _scope(record)
    erasing.hold(session, scope)
    found = erasing.preview(session, scope)
    one.check_plan(record, found, request.form.get(f"plan-{id}", ""))
    if found.reduced:
        raise Refused(_("%(no)s has issued documents, which the law keeps.", no=record.no))
    return one.carry_out(record, found, None, config)


def _scope(record: AnyCard) -> Scope:
    """The card, and what is left of cards that were deleted while they were linked with it."""
    around = dossier.scope_of(db.session(), record)
    there = fates.of(db.session(), around)
    keys = {(record.KIND, record.id), *(key for key in around if key not in there)}
    return Scope.of_cards(keys)


def _needs_second_look(card: AnyCard) -> bool:
    """Whether the chosen method leans on an address or a phone of the card that was changed lately."""
    asked = PrivacyRequest(kind="erasure", subject_kind=card.KIND, subject_id=card.id)
    return identity.needs_second_look(db.session(), asked, request.form["identity_method"])


def _methods() -> dict[str, Any]:
    return identity.methods(PrivacyRequest(kind="erasure", subject_id=0))


def _page(
    record_type: RecordType,
    cards: list[AnyCard],
    *,
    problem: str = "",
    second_look: str = "",
    refusal: str = "",
    status: int = 200,
) -> Response:
    lines, kept = [], []
    for card in cards:
        found = erasing.preview(db.session(), _scope(card))
        fate = found.going.fates[(card.KIND, card.id)]
        if fate.action == DELETE:
            counts = erasing_words.counts(one.counts_of(found, "delete"))
            lines.append({"card": card, "plan": one.sealed(card, found), "counts": counts})
        else:
            kept.append({"card": card, "fate": fate.action, "count": len(fate.documents)})
    body = render_template(
        "privacy/erase_many.html",
        type=record_type,
        lines=lines,
        kept=kept,
        methods=_methods(),
        typed=request.form,
        action=lists.read_view(record_type).beside("privacy/erase"),
        back=lists.read_view(record_type).url(),
        refusal=refusal,
        errors={"second_look": second_look} if second_look else {"": problem} if problem else {},
    )
    return make_response(body, status)
