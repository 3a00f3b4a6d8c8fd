"""Blocking a card for privacy, lifting a block, and the consent for a minor (Y-H7, Y-J1, Y-J5, U-X5)."""

from typing import Any

from flask import Response, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import BooleanField, StringField

from blueprints.common import cards, display, filters, pages, privacy_blocks
from blueprints.common.access import access
from blueprints.common.card_forms import whole
from blueprints.common.choice_field import ChoiceField
from blueprints.common.plain_forms import PlainForm
from blueprints.common.record_types import BY_ADDRESS, CONTACT
from blueprints.privacy.deleting import KIND, blueprint, named
from extensions import db
from models import AnyCard, Contact, PrivacyBlock, PrivacyRequest
from services.errors import Invalid, NotFound, Refused
from services.privacy import blocks, consenting, minors, register


class BlockForm(PlainForm):
    """Why, since when, and until when or when it is looked at again."""

    ground = ChoiceField(_l("Ground"), choices=[(name, blocks.GROUNDS[name]) for name in blocks.OFFERED])
    reason = StringField(_l("Explanation"))
    since = StringField(_l("Blocked since"))
    until = StringField(_l("Blocked until"))
    review_on = StringField(_l("Look at it again on"))

    def values(self) -> dict[str, Any]:
        """What was typed; raises Invalid for a ground that is not offered, and a day that cannot be read."""
        if self.ground.data not in blocks.OFFERED:
            raise Invalid({"ground": _("Choose one of the values in the list.")})
        days = {
            name: filters.day(name, typed) if (typed := (self[name].data or "").strip()) else None
            for name in ("since", "until", "review_on")
        }
        return {"ground": self.ground.data or "", "reason": self.reason.data or "", **days}


class LiftForm(PlainForm):
    """Why a block ends, and whether the person was told before."""

    reason = StringField(_l("Why it is lifted"))
    told = BooleanField(_l("The person was told"))


class ConsentForm(PlainForm):
    """When a parent or guardian agreed, and who."""

    given_on = StringField(_l("Consent given on"))
    given_by = StringField(_l("Given by"))


# -- blocking ---------------------------------------------------------------------------------------


@blueprint.get(f"/{KIND}/<int:id>/privacy/block")
@access("privacy_desk")
def ask_block(kind: str, id: int) -> Response:
    return _block_page(_card(kind, id), BlockForm(formdata=None, data={"ground": request.args.get("ground")}))


@blueprint.post(f"/{KIND}/<int:id>/privacy/block")
@access("privacy_desk")
def block(kind: str, id: int) -> Any:
    record, form = _card(kind, id), BlockForm()
    try:
        values = form.values()
        asked = _request(record) or blocks.request_for(
            db.session(), record, values["ground"], by=current_user.id
        )
        made = blocks.add(db.session(), record, **values, request=asked, by=current_user.id)
    except Invalid as problem:
        db.session.rollback()
        form.show_errors(problem)
        return _block_page(record, form, 422)
    pages.notify(
        _("%(card)s is blocked for privacy.", card=named([record])),
        url=f"{pages.card_url(record)}/privacy/unblock",
        label=_("Undo"),
        post={"block": str(made.id), "undo": "yes"},
    )
    return redirect(pages.card_url(record), 303)


# -- lifting ----------------------------------------------------------------------------------------


@blueprint.get(f"/{KIND}/<int:id>/privacy/unblock")
@access("privacy_desk")
def ask_unblock(kind: str, id: int) -> Response:
    return _unblock_page(_card(kind, id), LiftForm(formdata=None))


@blueprint.post(f"/{KIND}/<int:id>/privacy/unblock")
@access("privacy_desk")
def unblock(kind: str, id: int) -> Any:
    """Lift a block, or take back one that was set by mistake a moment ago."""
    record, form = _card(kind, id), LiftForm()
    if not request.form.get("block"):
        form.problems["block"] = [_("Choose the block to lift.")]
        return _unblock_page(record, form, 422)
    found = _block(record)
    try:
        if request.form.get("undo") == "yes":
            blocks.undo(db.session(), found, by=current_user.id)
        else:
            blocks.lift(
                db.session(),
                found,
                by=current_user.id,
                reason=form.reason.data or "",
                told_before=bool(form.told.data),
            )
    except Invalid as problem:
        form.show_errors(problem)
        return _unblock_page(record, form, 422, chosen=found.id)
    except Refused as refusal:
        form.problems["told"] = [str(refusal.message)]
        return _unblock_page(record, form, 409, chosen=found.id)
    left = blocks.active(db.session(), record)
    pages.notify(_("The block is lifted. Another one still holds.") if left else _("The block is lifted."))
    return redirect(pages.card_url(record), 303)


# -- minors -----------------------------------------------------------------------------------------


@blueprint.get("/contacts/<int:id>/privacy/consent")
@access("privacy_desk")
def ask_consent(id: int) -> Response:
    contact = _contact(id)
    return _consent_page(contact, ConsentForm(formdata=None))


@blueprint.post("/contacts/<int:id>/privacy/consent")
@access("privacy_desk")
def save_consent(id: int) -> Any:
    """Record the consent, its withdrawal, or that the person is of age."""
    contact, form, what = _contact(id), ConsentForm(), request.form.get("do", "give")
    try:
        if what == "give":
            typed = (form.given_on.data or "").strip()
            day = filters.day("given_on", typed) if typed else None
            consenting.give(db.session(), contact, day, form.given_by.data or "", by=current_user.id)
            sentence = _("The consent is recorded.")
        elif what == "withdraw":
            consenting.withdraw(db.session(), contact, by=current_user.id)
            sentence = _("The consent is withdrawn.")
        else:
            consenting.note_majority(db.session(), contact, by=current_user.id)
            sentence = _("The card says that the person is of age.")
    except Invalid as problem:
        form.show_errors(problem)
        return _consent_page(contact, form, 422)
    except Refused as refusal:
        form.problems[""] = [str(refusal.message)]
        return _consent_page(contact, form, 409)
    pages.notify(sentence)
    return redirect(pages.card_url(contact), 303)


# -- helpers ----------------------------------------------------------------------------------------


def _card(kind: str, id: int) -> AnyCard:
    record: AnyCard = cards.load(BY_ADDRESS[kind], id)
    return record


def _contact(id: int) -> Contact:
    contact: Contact = cards.load(CONTACT, id)
    if contact.type != "person":
        raise NotFound()
    return contact


def _request(record: AnyCard) -> PrivacyRequest | None:
    """The request that is being answered: the one of the address, for one of these cards, or None."""
    id_ = whole(request.values.get("request"))
    return register.of_card(db.session(), id_, record) if id_ else None


def _block(record: AnyCard) -> PrivacyBlock:
    """The block that the form names; it stands on this card."""
    id_ = whole(request.form.get("block"))
    found = db.session.get(PrivacyBlock, id_, with_for_update=True) if id_ and id_ < 2**31 else None
    if found is None or (found.kind, found.record_id) != (record.KIND, record.id):
        raise NotFound()
    return found


def _block_page(record: AnyCard, form: BlockForm, status: int = 200) -> Response:
    return _page("privacy/block.html", record, form, status, asked=_request(record))


def _unblock_page(record: AnyCard, form: LiftForm, status: int = 200, chosen: int | None = None) -> Response:
    own = blocks.own(db.session(), record)
    return _page(
        "privacy/unblock.html",
        record,
        form,
        status,
        own=own,
        chosen=chosen or (own[0].id if own else None),
        elsewhere=[one for one in privacy_blocks.banners(record) if one.place_url],
        past=blocks.past(db.session(), record),
        grounds=blocks.GROUNDS,
        has_restriction=any(one.ground in blocks.RESTRICTIONS for one in own),
        name_of=display.user_name,
    )


def _consent_page(contact: Contact, form: ConsentForm, status: int = 200) -> Response:
    session = db.session()
    return _page(
        "privacy/consent.html",
        contact,
        form,
        status,
        age=minors.age_of_consent(session),
        is_minor=minors.is_minor(session, contact),
        given_on=consenting.day_of(session, contact),
        came_of_age=consenting.has_come_of_age(session, contact),
    )


def _page(template: str, record: AnyCard, form: PlainForm, status: int, **more: Any) -> Response:
    type_ = BY_ADDRESS[pages.ADDRESSES[record.KIND]]
    page = render_template(template, record=record, type=type_, form=form, problem=status >= 400, **more)
    return make_response(page, status)
