"""What the pages of an import show: its rows, what became of them, and how far its work is."""

from collections.abc import Mapping
from typing import Any

from flask import abort, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select

from blueprints.common import display, pages, progress
from blueprints.imports.forms import KINDS
from extensions import db
from models import MODELS, ImportBatch, ImportRow, Job
from services import duplicates, fields
from services.imports import alike, batches, columns

OUTCOMES = {
    "create": _l("New"),
    "update": _l("Update"),
    "skip": _l("No change"),
    "duplicate": _l("Possible duplicate"),
    "error": _l("Error"),
    "created": _l("Created"),
    "updated": _l("Updated"),
    "unchanged": _l("No change"),
    "left_out": _l("Skipped"),
    "refused": _l("Refused"),
    "undone": _l("Undone"),
    "kept": _l("Kept"),
}
BAD = ("error", "refused", "kept")
PAGE_SIZE = 50
# The heading of the pages, by the kind of card: translations need the whole of it.
TITLES = {
    "contact": _l("Import contacts"),
    "customer": _l("Import customers"),
    "vendor": _l("Import vendors"),
    "bank_account": _l("Import bank accounts"),
    "item": _l("Import items"),
}
MAKING = {
    "customer": _l("Contacts of customers"),
    "vendor": _l("Contacts of vendors"),
    "bank_account": _l("Contacts of bank accounts"),
}
STATES = {
    "uploaded": _l("Columns to choose"),
    "checked": _l("Checked, not run yet"),
    "started": _l("Begun"),
    "done": _l("Done"),
    "undone": _l("Undone"),
}


def the_batch(id: int) -> ImportBatch:
    """The import of this address, when the user may see it; else 404."""
    return batches.get_visible(db.session(), current_user, id)


def common(batch: ImportBatch) -> dict[str, Any]:
    """What every page of an import names."""
    return {
        "batch": batch,
        "no": batches.name_of(batch),
        "title": (TITLES if batch.source == "file" else MAKING)[batch.kind],
        "address": address(batch.kind),
        "list_url": url_for("settings.list_items") if batch.kind == "item" else f"/{address(batch.kind)}",
        "help_page": "import",
    }


def address(kind: str) -> str:
    """The word of a kind of card in addresses."""
    return next(word for word, (name, _label) in KINDS.items() if name == kind)


def summary(batch: ImportBatch) -> dict[str, Any]:
    """An import as the first page lists it."""
    unfinished = batch.job is not None and batch.state != "uploaded" and batch.job.state not in ("done",)
    state = progress.STATES[batch.job.state] if unfinished and batch.job is not None else STATES[batch.state]
    shown = common(batch)
    what = KINDS[address(batch.kind)][1] if batch.source == "file" else shown["title"]
    return {**shown, "what": what, "state": state}


def rows_of(batch: ImportBatch) -> dict[str, Any]:
    """A page of the rows that the address asks for, with the counts of all."""
    counts = counts_of(batch)
    show = request.args.get("show", "")
    after = request.args.get("after", "0")
    if show not in ("", "warnings", *OUTCOMES) or not after.isdecimal() or len(after) > 9:
        abort(400)
    rows = batches.rows(db.session(), batch, show=show, after=int(after), limit=PAGE_SIZE + 1)
    cards = _cards_alike(batch, rows[:PAGE_SIZE])
    return {
        **common(batch),
        "counts": counts,
        "show": show,
        "filters": _filters(batch, counts, show),
        "rows": [_row(batch, row, cards) for row in rows[:PAGE_SIZE]],
        "choices_url": url_for("imports.choose", id=batch.id, show=show or None, after=after),
        "duplicates_url": _url(batch, "duplicate"),
        "all_url": url_for("imports.choose_for_all", id=batch.id),
        "first_url": _url(batch, show) if int(after) else None,
        "next_url": _url(batch, show, rows[PAGE_SIZE - 1].row_number) if len(rows) > PAGE_SIZE else None,
        "same_file": _name(batches.same_file(db.session(), batch)),
    }


def counts_of(batch: ImportBatch) -> dict[str, int]:
    """How many rows have each outcome, those without any included."""
    return {**dict.fromkeys(OUTCOMES, 0), **batches.counts(db.session(), batch)}


def progress_of(batch: ImportBatch, job: Job) -> dict[str, Any]:
    """How far the work on an import is."""
    return {**common(batch), **progress.shown(job)}


def _name(batch: ImportBatch | None) -> str:
    return batches.name_of(batch) if batch is not None else ""


def _filters(batch: ImportBatch, counts: dict[str, int], show: str) -> list[dict[str, Any]]:
    offered = [("", _l("All rows"), counts["total"])]
    offered += [(name, label, counts[name]) for name, label in OUTCOMES.items() if counts[name]]
    if counts["warnings"]:
        offered.append(("warnings", _l("With warnings"), counts["warnings"]))
    return [
        {"label": label, "count": count, "url": _url(batch, name), "current": name == show}
        for name, label, count in offered
    ]


def _url(batch: ImportBatch, show: str, after: int | None = None) -> str:
    return url_for("imports.show", id=batch.id, show=show or None, after=after)


def _cards_alike(batch: ImportBatch, rows: list[ImportRow]) -> dict[int, Any]:
    """The cards that rows of a page look like."""
    ids = {id_ for row in rows for id_ in alike.cards_of(row)}
    if not ids:
        return {}
    model = MODELS[batch.kind]
    query = select(model.id, model.no, model.name, model.city).where(model.id.in_(ids))
    return {card.id: card for card in db.session.execute(query)}


def _row(batch: ImportBatch, row: ImportRow, cards: Mapping[int, Any]) -> dict[str, Any]:
    record = (
        db.session.get(columns.MODEL_OF[batch.kind], row.record_id) if row.record_id is not None else None
    )
    return {
        "number": row.row_number,
        "outcome": OUTCOMES.get(row.outcome, row.outcome),
        "bad": row.outcome in BAD,
        "warned": row.warnings > 0,
        "new": row.record_id is None and row.outcome in ("create", "duplicate"),
        "alike": [one for entry in row.alike or [] if (one := _alike(batch, entry, cards)) is not None],
        "choice": row.choice,
        "record": record,
        "match": row.no or row.email,
        "label": row.label or (getattr(record, "name", "") or getattr(record, "description", "")),
        "messages": [
            {"level": level, "heading": heading, "cell": _short(cell), "sentence": sentence}
            for level, heading, cell, sentence in row.messages
        ],
        "changes": [_change(batch, change) for change in row.changes or []],
    }


def _alike(batch: ImportBatch, entry: list[Any], cards: Mapping[int, Any]) -> dict[str, Any] | None:
    """What a row looks like; None for a card that was deleted meanwhile."""
    what, id_, score, codes = entry
    reasons = display.enumeration([str(reason) for reason in duplicates.sentences(codes, score)])
    if what == "row":
        return {"row": id_, "reasons": reasons}
    if id_ not in cards:
        return None
    url = f"/{pages.ADDRESSES[batch.kind]}/{id_}"
    return {"card": cards[id_], "value": str(id_), "url": url, "reasons": reasons}


def _change(batch: ImportBatch, change: list[str]) -> dict[str, Any]:
    kind, no, name, old, new = change
    return {
        "where": {"kind": fields.KIND_NAMES[kind], "no": no} if kind and kind != batch.kind else None,
        "field": fields.label(name),
        "old": _short(old),
        "new": _short(new),
    }


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:119] + "…"
