"""Entering a call, a meeting, an e-mail, a letter or a note by hand, and changing one's own for a day (rule I2)."""

from typing import Any

from flask import Response, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import RadioField, StringField, TextAreaField

from blueprints.common import filters, once, pages
from blueprints.common.access import access
from blueprints.common.choice_field import ChoiceField
from blueprints.common.plain_forms import PlainForm
from blueprints.interactions import blueprint
from extensions import db
from models import Contact, Interaction
from services import clock, formats, interactions
from services.errors import Invalid, NotFound, Refused


class EntryForm(PlainForm):
    """What happened, when, and what it was about."""

    action = RadioField(_l("What happened"), choices=list(interactions.BY_HAND.items()), default="call")
    day = StringField(_l("Day"))
    direction = ChoiceField(
        _l("Who began"),
        choices=[("", _l("Not said")), ("in", _l("They came to us")), ("out", _l("We went to them"))],
    )
    subject = StringField(_l("Subject"))
    body = TextAreaField(_l("Text"))

    def values(self) -> dict[str, Any]:
        """What was typed; raises Invalid for a day that cannot be read."""
        return {
            "action": self.action.data or "",
            "day": filters.day("day", self.day.data) if (self.day.data or "").strip() else None,
            "direction": self.direction.data or "",
            "subject": self.subject.data or "",
            "body": self.body.data or "",
        }


@blueprint.get("/contacts/<int:id>/interactions/new")
@access("add_entries")
def new(id: int) -> Any:
    contact = _the_contact(id)
    return _new_page(contact, EntryForm(formdata=None, data={"action": "call", "day": _day_shown(None)}))


@blueprint.post("/contacts/<int:id>/interactions/new")
@access("add_entries")
def create(id: int) -> Any:
    contact, form = _the_contact(id), EntryForm()

    def make() -> str:
        interactions.log(db.session(), contact, form.values(), by=current_user.id)
        pages.notify(_("Entered on the timeline."))
        return pages.card_url(contact)

    try:
        return once.creating(make)
    except Invalid as problem:
        form.show_errors(problem)
        return _new_page(contact, form, 422)


@blueprint.get("/interactions/<int:id>/edit")
@access("edit_entries")
def edit(id: int) -> Any:
    entry = interactions.get(db.session(), id)
    try:
        interactions.check_editable(entry, by=current_user.id)
    except Refused as refusal:
        return _edit_page(entry, None, reason=str(refusal.message))
    names = ("action", "direction", "subject", "body")
    values = {name: getattr(entry, name) for name in names} | {"day": _day_shown(entry)}
    return _edit_page(entry, EntryForm(formdata=None, data=values))


@blueprint.post("/interactions/<int:id>/edit")
@access("edit_entries")
def save(id: int) -> Any:
    entry, form = interactions.get(db.session(), id, lock=True), EntryForm()
    try:
        interactions.edit(db.session(), entry, form.values(), by=current_user.id)
    except Invalid as problem:
        form.show_errors(problem)
        return _edit_page(entry, form, 422)
    except Refused as refusal:
        # The day may end, or somebody cancel the entry, while the text is typed: it must not be lost.
        form.show_errors(Invalid({"": refusal.message}))
        return _edit_page(entry, form, refusal.status)
    pages.notify(_("Saved."))
    return redirect(url_for("interactions.show", id=id), 303)


def _the_contact(id: int) -> Contact:
    contact = db.session.get(Contact, id)
    if contact is None:
        raise NotFound()
    return contact


def _day_shown(entry: Interaction | None) -> str:
    """The day of an entry, or today, as the user writes days."""
    office = pages.office()
    assert office is not None
    day = clock.local(entry.at, office).date() if entry is not None else clock.today(office)
    return formats.format_date(day, pages.number_locale())


def _new_page(contact: Contact, form: EntryForm, status: int = 200) -> Response:
    page = render_template(
        "interactions/new.html", contact=contact, form=form, once=once.token(), problem=status != 200
    )
    return make_response(page, status)


def _edit_page(entry: Interaction, form: EntryForm | None, status: int = 200, reason: str = "") -> Response:
    page = render_template(
        "interactions/edit.html", entry=entry, form=form, reason=reason, problem=status != 200
    )
    return make_response(page, status)
