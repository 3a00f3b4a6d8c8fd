"""Go anywhere: pages, actions and records found from one box (U-X1)."""

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for

from blueprints.common import access, pages, privacy_blocks
from blueprints.common.record_types import RECORD_TYPES, RecordType
from blueprints.home import destinations
from blueprints.home.destinations import Destination
from blueprints.home.opened import latest
from blueprints.home.routes import blueprint
from extensions import db
from services import limits, search

SUGGESTED = 4
LISTED = 20


@dataclass(frozen=True)
class Found:
    """The cards of one kind that match, the best of them, and how many there are."""

    type: RecordType
    rows: list[search.Row]
    total: int

    def url(self, row: search.Row) -> str:
        return url_for(f"{pages.WORDS[self.type.kind]}.show", id=row.id)


@blueprint.get("/go")
@access.access("view_cards")
def go() -> Any:
    """Straight to the only hit or the exact number; otherwise a page of what was found."""
    _count_request()
    query = request.args.get("q", "").strip()
    known, actions, found = _find(query, LISTED)
    if query and (target := _only_target(query, known, actions, found)):
        return redirect(target, 303)
    return render_template(
        "home/go.html", query=query, go_text=query, pages=known, actions=actions, found=found, listed=LISTED
    )


@blueprint.get("/lookup/go")
@access.access("view_cards")
def suggest() -> Any:
    """The suggestions of the go box while somebody types."""
    _count_request()
    query = request.args.get("q", "").strip()
    known, actions, found = _find(query, SUGGESTED)
    opened = [] if query else latest(SUGGESTED)
    return render_template(
        "home/_go_options.html",
        query=query,
        opened=opened,
        pages=known[: 2 * SUGGESTED],
        actions=actions[:SUGGESTED],
        found=found,
        total=len(opened) + len(known) + len(actions) + sum(one.total for one in found),
    )


def _find(query: str, limit: int) -> tuple[list[Destination], list[Destination], list[Found]]:
    known = destinations.matching(destinations.PAGES, query, access.can)
    actions = destinations.matching(destinations.ACTIONS, query, access.can)
    return known, actions, _cards(query, limit) if query else []


def _cards(query: str, limit: int) -> list[Found]:
    found = []
    for kind, record_type in RECORD_TYPES.items():
        without = privacy_blocks.left_out(kind)
        rows = search.find(db.session(), kind, query, limit=limit, where=without)
        if rows:
            count = len(rows) if len(rows) < limit else search.total(db.session(), kind, query, where=without)
            found.append(Found(record_type, rows, count))
    return found


def _only_target(
    query: str, known: list[Destination], actions: list[Destination], found: list[Found]
) -> str | None:
    """The address of the card with exactly this number, or of the only hit; None when there are several."""
    exact = [one.url(row) for one in found for row in one.rows if search.has_number(row, query)]
    if len(exact) == 1:
        return exact[0]
    hits = [one.url(row) for one in found for row in one.rows] + [one.url for one in (*known, *actions)]
    return hits[0] if len(set(hits)) == 1 else None


def _count_request() -> None:
    """Quick typing is far below the limit; a program that asks all day is not (R-WEB-9)."""
    row = access.session_row()
    if row is not None:
        limits.take("search", row.id)
