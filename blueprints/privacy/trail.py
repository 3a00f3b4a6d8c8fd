"""The permanent trail as a page: what was done, to which record, by whom; no values, and nothing to change."""

from typing import Any

from flask import render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select

from blueprints.common import display, htmx, streams
from blueprints.common.access import access
from blueprints.privacy import shown
from blueprints.privacy.deleting import blueprint
from extensions import db
from models import PrivacyRequest, TrailEntry
from services import fields
from services.errors import Sentence
from services.privacy import blocks, trail, words
from services.privacy.sheets import layout
from services.privacy.sheets.rows import ROLES

# What is counted and is neither a table nor a sheet.
_COUNTED: dict[str, Sentence] = {"cards": _l("Cards")}


@blueprint.get("/privacy/trail")
@access("trail")
def show_trail() -> Any:
    stream = streams.read("/privacy/trail", ("request",))
    query = select(TrailEntry)
    if not current_user.is_admin:
        query = query.where(trail.about_privacy())
    if wanted := stream.parameters.get("request"):
        query = query.where(TrailEntry.request_no == wanted)
    streams.fill(stream, query, TrailEntry)
    return render_template(
        "privacy/_trail.html" if htmx.is_partial() else "privacy/trail.html",
        stream=stream,
        rows=[_row(entry) for entry in stream.rows],
        requests=_request_ids(stream.rows),
        lines=trail.length(db.session()),
    )


def _row(entry: TrailEntry) -> dict[str, Any]:
    label = fields.KIND_NAMES.get(entry.kind, entry.kind)
    record = _("%(kind)s %(no)s", kind=label, no=entry.record_id) if entry.record_id is not None else label
    names = [_field(name) for name in entry.fields]
    counts = [f"{_counted(name)} {count}" for name, count in entry.counts.items() if count]
    return {
        "entry": entry,
        "done": shown.trail_name(entry.action),
        "by": display.user_name(entry.actor_id),
        "record": record,
        "roles": ", ".join(str(ROLES.get(name, name)) for name in entry.role.split(",") if name),
        "details": ", ".join([*names, *counts]),
    }


def _field(name: str) -> str:
    """A field as its card names it, the ground of a block, or the code where there are no words."""
    known = fields.FIELDS.get(name)
    return str(known.label if known is not None else blocks.GROUNDS.get(name, name))


def _counted(name: str) -> str:
    """What a number counts: the rows of a table, of a sheet that was exported, or cards and documents."""
    sheet = layout.BY_NAME.get(name)
    return str(words.TABLES.get(name) or (sheet.title if sheet is not None else _COUNTED.get(name, name)))


def _request_ids(entries: list[TrailEntry]) -> dict[str, int]:
    """The requests that lines name, by their numbers."""
    numbers = {entry.request_no for entry in entries if entry.request_no}
    query = select(PrivacyRequest.no, PrivacyRequest.id).where(PrivacyRequest.no.in_(numbers))
    return dict(db.session.execute(query).all()) if numbers else {}
