"""Making the contacts of many customers, vendors or bank accounts at once: the page that asks, and the start."""

from typing import Any

from flask import Response, make_response, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from blueprints.common import errors, lists, once
from blueprints.common.record_types import RecordType
from extensions import db
from services import contact_batches, links
from services.errors import Invalid, Refused
from services.text import TextProblem

SAMPLES = 10
# One sentence for each kind of party: translations need the whole of it.
TITLES = {
    "customer": _l("Create the contacts of customers"),
    "vendor": _l("Create the contacts of vendors"),
    "bank_account": _l("Create the contacts of bank accounts"),
}


def confirm(record_type: RecordType) -> Response:
    """How many of the cards that the list's filters leave have no contact, and the button that makes them."""
    view = lists.read_view(record_type)
    refusal: Any = None
    problem, status, found, total = None, 200, [], 0
    try:
        conditions = lists.conditions_of(view)
        total = contact_batches.count(db.session(), record_type.kind, conditions)
        found = contact_batches.first(db.session(), record_type.kind, conditions, limit=SAMPLES)
        links.check_can_make_contacts(db.session(), record_type.kind)
    except Refused as refused:
        refusal = refused
    except TextProblem as refused:
        problem, status = refused.message, 422
    except Invalid as refused:
        problem, status = next(iter(refused.errors.values()))[0], 422
    return make_response(
        render_template(
            "records/make_contacts.html",
            view=view,
            title=TITLES[record_type.kind],
            problem=problem,
            refusal=refusal,
            link=errors.link_of(refusal) if refusal is not None else None,
            total=total,
            found=found,
            action=view.narrowed_url("create-contacts"),
            once_token=once.token(),
        ),
        status,
    )


def start(record_type: RecordType) -> Response:
    """Begin to make them, and go to the page that shows how far it is."""
    conditions = lists.conditions_of(lists.read_view(record_type))

    def begin() -> str:
        batch = contact_batches.start(db.session(), record_type.kind, conditions, by=current_user.id)
        return url_for("imports.show", id=batch.id)

    return make_response(once.creating(begin))
