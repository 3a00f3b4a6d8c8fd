"""The privacy of a card: what its section and its dossier offer, for the present user."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from blueprints.common import access, pages, privacy_blocks
from blueprints.common.document_figures import Panel
from extensions import db
from models import AnyCard
from services.privacy import retention


def of_card(record: AnyCard, linked: Sequence[AnyCard], documents: Panel | None) -> dict[str, Any]:
    """What the section Privacy of a card shows; `linked` are the cards at the other ends of its links.

    Where the panel of its documents has none, nothing is asked about how long they are kept.
    """
    parties = {card.KIND: card.id for card in (record, *linked)}
    has_documents = documents is not None and bool(documents.counts)
    is_blocked = bool(privacy_blocks.active(record))
    return {
        "state": _("Blocked for privacy") if is_blocked else _("Active"),
        "kept_until": retention.latest_release(db.session(), parties) if has_documents else None,
        "actions": actions(record),
        "banners": privacy_blocks.banners(record),
    }


def actions(record: AnyCard) -> list[dict[str, str]]:
    """What the user may do with the data of the person or company that a card is about."""
    base = pages.card_url(record)
    exports = {
        "contact": _("Export contact privacy data"),
        "customer": _("Export customer privacy data"),
        "vendor": _("Export vendor privacy data"),
        "bank_account": _("Export bank account privacy data"),
    }
    offered = [
        (f"{base}/privacy/export", exports[record.KIND], "privacy_export"),
        (f"{base}/privacy/correct", _("Correct…"), "privacy_desk"),
        (f"{base}/privacy/block", _("Block…"), "privacy_desk"),
        (f"{base}/privacy/erase", _("Erase the data…"), "privacy_desk"),
        (f"/privacy/requests/new?kind={record.KIND}&card={record.id}", _("Open request"), "privacy_desk"),
    ]
    return [{"url": url, "label": label} for url, label, permission in offered if access.can(permission)]
