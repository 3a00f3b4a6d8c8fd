"""What every settings page answers: its form, “saved”, or errors beside what was typed."""

from collections.abc import Callable
from typing import Any

from flask import Response, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import pages
from blueprints.settings.forms import SettingsForm
from extensions import db
from models import Office
from services import accounts
from services.errors import Invalid


def the_office() -> Office:
    """The office's settings row, to be changed or shown."""
    office = pages.office()
    assert office is not None
    return office


def form_page(template: str, form: SettingsForm, status: int = 200, **more: Any) -> Response:
    """The page of a form; after a refusal it has what was typed and says what to correct."""
    return make_response(render_template(template, form=form, problem=status != 200, **more), status)


def save(form: SettingsForm, store: Callable[[dict[str, Any]], None]) -> bool:
    """Read the form and store its values; False when something is to be corrected: the form then says it."""
    try:
        store(form.values())
    except Invalid as problem:
        form.show_errors(problem)
        return False
    note()
    return True


def note(event: str = "settings changed") -> None:
    """Record a security event in the transaction of the change: both are kept, or neither."""
    accounts.note_event(db.session(), event, user_id=current_user.id, route=str(request.url_rule))


def saved(address: str, sentence: str = "") -> Response:
    """Go on to a page that says that the settings were saved."""
    pages.notify(sentence or _("Saved."))
    return make_response(redirect(address, 303))
