"""Correcting a person's data from the privacy desk: what changes where, what stays, and whom to tell (Y-I1, Y-I2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import card_forms, cards, display, pages
from blueprints.common.access import access
from blueprints.common.card_forms import CardForm, whole
from blueprints.common.record_types import BY_ADDRESS
from blueprints.privacy.deleting import KIND, blueprint
from extensions import db
from models import AnyCard, PrivacyRequest
from services import fields
from services.errors import Conflict, Invalid, Refused
from services.privacy import correcting, register
from services.privacy.correcting import Plan
from services.sync import Change

PAGE = f"/{KIND}/<int:id>/privacy/correct"


@blueprint.get(PAGE)
@access("privacy_desk")
def ask_correction(kind: str, id: int) -> Response:
    record = _card(kind, id)
    names = correcting.names_of(record)
    form = card_forms.form_for(record.KIND, names)
    form.show({name: getattr(record, name) for name in names})
    return _page(record, form, seen=cards.seen_of(record, names))


@blueprint.post(PAGE)
@access("privacy_desk")
def correct(kind: str, id: int) -> Any:
    """Show what a correction would do; with `do=save`, carry it out."""
    record, session = _card(kind, id), db.session()
    seen, names = cards.sent_seen(), correcting.names_of(record)
    form = card_forms.form_for(record.KIND, names)
    try:
        values = cards.settled_values(record, form.values())
        if request.form.get("do") == "save":
            return _save(record, values, seen)
        found = correcting.plan(session, record, values, seen=seen)
        return _page(record, form, seen=request.form["seen"], plan=found)
    except Invalid as problem:
        session.rollback()
        errors = form.show_errors(problem)
        return _page(record, form, 422, seen=request.form["seen"], errors=errors)
    except Conflict as conflict:
        session.rollback()
        rows = cards.conflict_rows(record, conflict, form.values())
        return _page(record, form, 409, seen=cards.seen_again(record, rows), conflict=rows)
    except Refused as refusal:
        session.rollback()
        return _page(record, form, 409, seen=request.form["seen"], errors={"": [str(refusal.message)]})


def _save(record: AnyCard, values: Mapping[str, Any], seen: Mapping[str, str]) -> Response:
    session = db.session()
    asked = _request(record) or register.open_for_card(session, record, "correction", by=current_user.id)
    ticked = {id_ for one in request.form.getlist("document") if (id_ := whole(one)) is not None}
    changes = correcting.carry_out(
        session, record, values, seen=seen, documents=ticked, request=asked, by=current_user.id
    )
    touched = display.enumeration(display.card_names(list(dict.fromkeys(one.record for one in changes))))
    pages.notify(
        _("Corrected on %(cards)s. Request %(no)s has the proof.", cards=touched, no=asked.no)
        if changes
        else _("Nothing was changed."),
        url=f"/privacy/requests/{asked.id}",
        label=_("Open request"),
    )
    return make_response(redirect(pages.card_url(record), 303))


# -- helpers ------------------------------------------------------------------------------------------


def _card(kind: str, id: int) -> AnyCard:
    record: AnyCard = cards.load(BY_ADDRESS[kind], id)
    return record


def _request(record: AnyCard) -> PrivacyRequest | None:
    """The request that is being answered: the one of the address, for one of these cards, or None."""
    id_ = whole(request.values.get("request"))
    return register.of_card(db.session(), id_, record) if id_ else None


def _page(
    record: AnyCard,
    form: CardForm,
    status: int = 200,
    *,
    seen: str,
    plan: Plan | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    conflict: Sequence[dict[str, Any]] = (),
) -> Response:
    said = {**form.errors, **(errors or {})}
    if conflict:
        said[""] = [_("Somebody saved the same fields meanwhile. Choose which values to keep, then go on.")]
    return make_response(
        render_template(
            "privacy/correct.html",
            record=record,
            type=BY_ADDRESS[pages.ADDRESSES[record.KIND]],
            form=form,
            seen=seen,
            asked=_request(record),
            plan=plan,
            cards=_by_card(plan.changes) if plan is not None else [],
            notice=_notice(plan.changes) if plan is not None else "",
            errors={name: sentences for name, sentences in said.items() if sentences},
            conflict=conflict,
            ticked=request.form.getlist("document"),
            problem=status >= 400,
        ),
        status,
    )


def _by_card(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """For each card what it says before and after."""
    found: dict[AnyCard, list[dict[str, str]]] = {}
    for change in changes:
        kind, name = change.record.KIND, change.field
        before, after = (display.value(kind, name, value) for value in (change.old, change.new))
        line = {"label": str(fields.label(name)), "before": before, "after": after}
        found.setdefault(change.record, []).append(line)
    return [{"card": card, "lines": lines} for card, lines in found.items()]


def _notice(changes: Sequence[Change]) -> str:
    """A text for who received the old data: what was corrected, and nothing else about the person."""
    lines = {
        f"{fields.label(one.field)}: {display.value(one.record.KIND, one.field, one.new) or _('empty')}": None
        for one in changes
    }
    if not lines:
        return ""
    office = pages.office()
    return "\n".join(
        [
            _("Hello,"),
            "",
            _("Data that we sent you has been corrected. Please correct it in your files too:"),
            *lines,
            "",
            office.name if office is not None else "",
        ]
    )
