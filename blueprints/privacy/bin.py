"""The bin: deleted cards, who deleted them, and how long they can still come back (rule D7)."""

from datetime import timedelta
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _

from blueprints.common import display
from blueprints.common.access import access
from blueprints.common.card_forms import whole
from blueprints.privacy.deleting import blueprint
from extensions import db
from models import UndoEntry
from models.base import now
from services import deletion, fields
from services.documents.kinds import KINDS

PAGE = 50


@blueprint.get("/bin")
@access("delete_cards")
def show_bin() -> Any:
    before = whole(request.args.get("before"))
    entries = deletion.bin_entries(db.session(), before=before, limit=PAGE + 1)
    return render_template(
        "privacy/bin.html",
        rows=[_row(entry) for entry in entries[:PAGE]],
        older=entries[PAGE - 1].id if len(entries) > PAGE else None,
        newest=before is not None,
        days=deletion.BIN_DAYS,
    )


def deleted_cards(entry: UndoEntry) -> list[dict[str, str]]:
    """The cards and documents of an entry of the bin, the one that was deleted first: kind, number, name."""
    snapshot = entry.snapshot or {}
    found = []
    for saved in snapshot.get("cards", []):
        title = _("%(kind)s %(no)s", kind=fields.KIND_NAMES[saved["kind"]], no=saved["values"]["no"])
        found.append({"title": title[:1].upper() + title[1:], "name": saved["values"]["name"]})
    of_documents = [
        {
            "title": _(
                "%(kind)s %(no)s", kind=KINDS[saved["values"]["kind"]].label, no=saved["values"]["no"]
            ).strip(),
            "name": saved["values"]["name"],
        }
        for saved in snapshot.get("documents", [])
    ]
    return [*of_documents, *found] if snapshot.get("of_document") else [*found, *of_documents]


def _row(entry: UndoEntry) -> dict[str, Any]:
    first, *others = deleted_cards(entry)
    return {
        "id": entry.id,
        "first": first,
        "others": others,
        "who": display.user_name(entry.created_by),
        "at": entry.created_at,
        # A started day counts: on its last day the card can still come back.
        "days_left": -((now() - entry.expires_at) // timedelta(days=1)),
    }
