"""What the privacy desk has to look at again: restrictions whose day has come, and persons who came of age."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from blueprints.common import pages
from extensions import db
from models import MODELS, AnyCard
from services.privacy import blocks, consenting


@dataclass(frozen=True)
class Task:
    """A card to look at, why, since when, and the page where it is done."""

    card: AnyCard
    what: str
    since: date | None
    url: str


def open_tasks() -> list[Task]:
    """The first tasks of each sort; the oldest restriction first."""
    session = db.session()
    found = []
    for block in blocks.to_review(session):
        card = session.get(MODELS[block.kind], block.record_id)
        if card is not None:
            url = f"{pages.card_url(card)}/privacy/unblock"
            found.append(Task(card, _("Look at the restriction again"), block.review_on, url))
    for contact in consenting.to_look_at(session):
        url = f"{pages.card_url(contact)}/privacy/consent"
        found.append(Task(contact, _("Came of age"), consenting.majority_of(session, contact), url))
    return found
