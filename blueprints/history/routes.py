"""Who changed what on a card, when, and from which card it came."""

from typing import Any

from flask import Blueprint, render_template, request

from blueprints.common import cards, history
from blueprints.common.access import access
from blueprints.common.card_forms import whole
from blueprints.common.record_types import BY_ADDRESS

blueprint = Blueprint("history", __name__)

KIND = "<any(contacts, customers, vendors, 'bank-accounts'):kind>"


@blueprint.get(f"/{KIND}/<int:id>/history")
@access("history")
def show(kind: str, id: int) -> Any:
    record = cards.load(BY_ADDRESS[kind], id)
    before = whole(request.args.get("before"))
    lines, older = history.card_page(record, before)
    return render_template(
        "history/card.html",
        record=record,
        type=BY_ADDRESS[kind],
        lines=lines,
        older=older,
        newest=before is not None,
    )
