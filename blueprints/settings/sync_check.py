"""Proof that linked cards agree, or the list of every difference; nothing is repaired here (rule S10)."""

from typing import Any

from flask import render_template, url_for

from blueprints.common import display, pages
from blueprints.common.access import access
from blueprints.settings import blueprint
from extensions import db
from services import fields, sync


@blueprint.get("/sync-check")
@access("settings")
def sync_check() -> Any:
    session = db.session()
    found = sync.mismatches(session)
    return render_template(
        "settings/sync_check.html",
        pairs=sync.linked_pairs(session),
        differences=[_shown(one) for one in found],
    )


def _shown(one: sync.Mismatch) -> dict[str, Any]:
    """A difference in words: both cards with their addresses, the field, both values as cards show them."""
    return {
        "contact": one.contact_no,
        "contact_url": url_for(f"{pages.WORDS['contact']}.show", id=one.contact_id),
        "kind": fields.KIND_NAMES[one.kind],
        "party": one.party_no,
        "party_url": url_for(f"{pages.WORDS[one.kind]}.show", id=one.party_id),
        "field": fields.label(one.field),
        "contact_value": display.value("contact", one.field, one.contact_value),
        "party_value": display.value(one.kind, one.field, one.party_value),
    }
