"""Making the contact of a customer, vendor or bank account that has none."""

from flask import Response, make_response, render_template
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import cards, errors, once, pages
from blueprints.common.record_types import RecordType
from extensions import db
from services import links
from services.errors import Refused


def confirm(record_type: RecordType, record_id: int) -> Response:
    """The page that asks, or that says why it cannot be done."""
    party = cards.load(record_type, record_id)
    refusal, link = None, None
    try:
        links.check_can_have_contact(db.session(), party)
    except Refused as problem:
        refusal, link = problem, errors.link_of(problem)
    return make_response(
        render_template(
            "records/make_contact.html",
            type=record_type,
            party=party,
            refusal=refusal,
            link=link,
            once_token=once.token(),
        )
    )


def make(record_type: RecordType, record_id: int) -> Response:
    """Make the contact and go back to the card."""
    party = cards.load(record_type, record_id)

    def work() -> str:
        contact = links.create_contact(db.session(), party, by=current_user.id)
        pages.notify(
            _("Made contact %(no)s. The two cards stay in step.", no=contact.no),
            url=pages.card_url(contact),
            label=_("Open it"),
        )
        return pages.card_url(party)

    return make_response(once.creating(work))
