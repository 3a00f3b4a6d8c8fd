"""What the user opened last, as links: cards, and documents by their number."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import pages, privacy_blocks
from extensions import db
from models import MODELS
from services import recent
from services.documents.kinds import KINDS


@dataclass(frozen=True)
class Opened:
    """A card or document: its address, what it is called, and whether it is blocked."""

    url: str
    no: str
    name: str
    is_blocked: bool


def latest(limit: int) -> list[Opened]:
    """What the user opened last, the latest first; without cards that were hidden since (R-INV-2)."""
    found = recent.latest(db.session(), current_user, limit)
    hidden = privacy_blocks.hidden_cards(MODELS.keys()) if found else set()
    return [_shown(one) for one in found if (one.kind, one.id) not in hidden]


def _shown(one: Any) -> Opened:
    if not one.document_kind:
        return Opened(f"/{pages.ADDRESSES[one.kind]}/{one.id}", one.no, one.name, one.is_blocked)
    no = one.no or _("%(kind)s, without number", kind=KINDS[one.document_kind].label)
    return Opened(pages.document_url(one.document_kind, one.id), no, one.name, False)
