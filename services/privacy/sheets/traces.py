"""What Carnet remembers beside the cards: history, bin, imports, and the requests of the person.

Members of the office are named by their role alone.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from models import (
    HistoryEntry,
    ImportBatch,
    ImportRow,
    PrivacyBlock,
    PrivacyExport,
    PrivacyRequest,
    PrivacyStep,
    UndoEntry,
)
from services import checks, fields
from services.errors import Sentence
from services.fields import FIELDS
from services.privacy import answering, register
from services.privacy.registry import Dossier, exports
from services.privacy.sheets.rows import Names, Row, Sources, columns_of, day_of, read

EVENTS: dict[str, Sentence] = {
    "created": _l("created"),
    "changed": _l("changed"),
    "linked": _l("linked"),
    "unlinked": _l("unlinked"),
    "deleted": _l("deleted"),
    "restored": _l("restored"),
    "issued": _l("issued"),
    "paid": _l("paid"),
    "payment_cancelled": _l("payment cancelled"),
    "converted": _l("converted"),
    "credited": _l("credited"),
}
# Fields whose values are ids of the office's own records or members: the name of the field is enough.
_IDS = ("salesperson_id", "purchaser_id", "our_user_id", "created_by", "updated_by", "primary_contact_id")
_MASKED = ("iban", "account_no")
_LIKE_AN_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}")
# Columns of a deleted card that say nothing about it.
_TECHNICAL = (
    *("id", "version", "search_name", "search_city", "search_text"),
    *("email_key", "phone_key", "mobile_key", "vat_key", *_IDS),
)


# What a snapshot is made of, as far as it is known here.
_PARTS = (
    *("cards", "documents", "interactions", "changes", "link", "links", "link_id", "versions", "references"),
    *("document_contacts", "quotes", "cause"),
)


@exports("history")
def export_history(session: Session, dossier: Dossier) -> Sources:
    """What was changed on the cards and documents, with the values: they are the person's own."""
    return {"log": lambda: _history(session, dossier)}


@exports("bin")
def export_bin(session: Session, dossier: Dossier) -> Sources:
    """What was deleted and can still be brought back."""
    return {"log": lambda: _bin(session, dossier)}


@exports("imports")
def export_imports(session: Session, dossier: Dossier) -> Sources:
    """From which rows of which files the cards came."""
    return {"log": lambda: _imports(session, dossier)}


@exports("desk")
def export_desk(session: Session, dossier: Dossier) -> Sources:
    """What the person asked, and what was done with it."""
    return {"requests": lambda: _requests(session, dossier), "log": lambda: _desk_log(session, dossier)}


def _history(session: Session, dossier: Dossier) -> Iterator[Row]:
    names = Names(session)
    for one in read(session, columns_of(HistoryEntry), HistoryEntry.id, dossier.of("history")):
        label = str(FIELDS[one.field].label) if one.field in FIELDS else one.field
        yield Row(
            f"#{one.id}",
            {
                "date-time": one.at,
                "event": str(EVENTS.get(one.action, one.action)),
                "object": names.title(one.kind, one.record_id) or f"{one.kind} #{one.record_id}",
                "field": label,
                "old": _shown(one.field, one.old),
                "new": _shown(one.field, one.new),
                "actor role": names.role(one.by_id),
                "origin": names.title(one.origin_kind, one.origin_id) if one.origin_kind else "",
            },
            day_of(one.at),
            f"{one.kind}:{one.record_id}",
            one.field,
        )


def _bin(session: Session, dossier: Dossier) -> Iterator[Row]:
    """A row for each value that is kept of what was deleted."""
    names = Names(session)
    for one in read(session, columns_of(UndoEntry), UndoEntry.id, dossier.of("undo_entries")):
        role = names.role(one.created_by)
        snapshot, is_whole = of_scope(one.snapshot or {}, dossier)
        for field, value in [("", one.label)][:is_whole] + list(_flat("", snapshot)):
            yield Row(
                f"#{one.id}",
                {
                    "date-time": one.created_at,
                    "event": _("in the bin"),
                    "object": f"#{one.id}",
                    "field": field,
                    "old": _shown(field.rpartition(".")[2], value),
                    "actor role": role,
                },
                day_of(one.created_at),
                field=field.rpartition(".")[2],
            )


def _imports(session: Session, dossier: Dossier) -> Iterator[Row]:
    names = Names(session)
    batches = {
        one.id: one
        for one in read(session, columns_of(ImportBatch), ImportBatch.id, dossier.of("import_batches"))
    }
    for one in read(session, columns_of(ImportRow), ImportRow.id, dossier.of("import_rows")):
        batch = batches.get(one.batch_id)
        kept = {"label": one.label, "no": one.no, "email": one.email, "outcome": one.outcome}
        kept |= {"cells": one.cells, "changes": one.changes, "messages": one.messages}
        kept |= {"undo": one.undo, "alike": one.alike, "choice": one.choice, "alike_key": one.alike_key}
        for field, value in _flat("", kept):
            yield Row(
                f"#{one.id}",
                {
                    "date-time": batch.created_at if batch is not None else None,
                    "event": _("imported"),
                    "object": _("row %(number)s of import %(no)s", number=one.row_number, no=one.batch_id),
                    "field": field,
                    "new": _LIKE_AN_IBAN.sub(lambda found: checks.mask_iban(found[0]), value),
                    "actor role": names.role(batch.created_by) if batch is not None else "",
                    "origin": batch.original_name if batch is not None else "",
                },
                day_of(batch.created_at) if batch is not None else None,
                field=field.partition(".")[0],
            )


def _requests(session: Session, dossier: Dossier) -> Iterator[Row]:
    for one in read(session, columns_of(PrivacyRequest), PrivacyRequest.id, dossier.of("privacy_requests")):
        yield Row(
            one.no,
            {
                "no": one.no,
                "request type": str(register.KINDS.get(one.kind, one.kind)),
                "received": one.received_on,
                "due": one.due_on,
                "answered": one.answered_on,
                "outcome": str(answering.OUTCOMES.get(one.outcome, one.outcome)),
                "reasons": ", ".join(one.reasons or []),
                "status": str(register.STATES.get(one.state, one.state)),
                "request subject": one.subject_label,
                "text": "\n".join(part for part in (one.notes, one.extension_reason) if part),
            },
            one.received_on,
        )


def _desk_log(session: Session, dossier: Dossier) -> Iterator[Row]:
    """Steps of requests, blocks and exports, as events."""
    names = Names(session)
    numbers = {one.id: one.no for one in read(
        session, [PrivacyRequest.id, PrivacyRequest.no], PrivacyRequest.id, dossier.of("privacy_requests")
    )}  # fmt: skip
    for step in read(session, columns_of(PrivacyStep), PrivacyStep.id, dossier.of("privacy_steps")):
        values = {"event": step.action, "object": numbers.get(step.request_id, ""), "new": step.proof}
        yield _event(step.at, names.role(step.by_id), f"#{step.id}", values)
    for block in read(session, columns_of(PrivacyBlock), PrivacyBlock.id, dossier.of("privacy_blocks")):
        title = names.title(block.kind, block.record_id)
        values = {"event": _("blocked for privacy"), "object": title, "field": block.ground}
        yield _event(block.since, names.role(block.by_id), title, {**values, "new": block.reason})
        if block.lifted_at is not None:
            values["event"] = _("privacy block lifted")
            role = names.role(block.lifted_by)
            yield _event(block.lifted_at, role, title, {**values, "new": block.lift_reason})
    for made in read(session, columns_of(PrivacyExport), PrivacyExport.id, dossier.of("privacy_exports")):
        values = {"event": _("data exported"), "object": numbers.get(made.request_id, "")}
        values["new"] = ", ".join(text for _path, text in _flat("", made.selection))
        yield _event(made.created_at, names.role(made.created_by), f"#{made.id}", values)


def _event(at: Any, role: str, key: str, values: Mapping[str, Any]) -> Row:
    return Row(key, {"date-time": at, "actor role": role, **values}, day_of(at))


# -- helpers ----------------------------------------------------------------------------------------


def _shown(field: str, value: str | None) -> str:
    """A value of the history: bank details masked, ids of the office's own records left out."""
    if value is None or field in _IDS:
        return ""
    return checks.mask_iban(value) if field in _MASKED else value


def of_scope(snapshot: Mapping[str, Any], dossier: Dossier) -> tuple[dict[str, Any], bool]:
    """What a snapshot keeps of the subject's own cards and documents, and whether there is nothing else in it."""
    wanted = set(dossier.scope)
    kept: dict[str, Any] = {"cards": [], "documents": [], "interactions": []}
    left_out = 0
    for card in snapshot.get("cards", ()):
        is_own = (card["kind"], card["values"]["id"]) in wanted
        is_own = is_own or ("contact", card["values"].get("company_id")) in wanted
        left_out += not is_own
        if is_own:
            kept["cards"].append(card)
    for name, found in (
        ("documents", snapshot.get("documents", ())),
        ("interactions", snapshot.get("interactions", {}).get("entries", ())),
    ):
        own = [one for one in found if not wanted.isdisjoint(_whose(one.get("values", one)))]
        left_out += len(found) - len(own)
        kept[name] = [_without_files(one) for one in own]
    for change in snapshot.get("changes", ()):
        if (change[0], change[1]) in wanted:
            kept.setdefault("changes", []).append({change[2]: change[3]})
        else:
            left_out += 1
    if not left_out:
        # Nobody else is in it: what a later version keeps beside these is the subject's too.
        kept |= {name: value for name, value in snapshot.items() if name not in _PARTS}
    return kept, not left_out


def _whose(values: Mapping[str, Any]) -> set[tuple[str, Any]]:
    """The cards that a kept document or interaction belongs to."""
    found = {(kind, values.get(f"{kind}_id")) for kind in ("contact", "customer", "vendor")}
    return found | {
        ("contact", values.get("company_id")),
        (values.get("party_kind", ""), values.get("party_id")),
    }


def _without_files(kept: Mapping[str, Any]) -> dict[str, Any]:
    """A kept document without the bytes of its PDFs."""
    return {name: value for name, value in kept.items() if name != "files"}


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    """The values in a piece of JSON, each with its path; empty and technical ones are left out."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _TECHNICAL:
                yield from _flat(f"{prefix}.{name}" if prefix else str(name), inner)
    elif isinstance(value, (list, tuple)):
        for position, inner in enumerate(value, 1):
            yield from _flat(f"{prefix}.{position}" if prefix else str(position), inner)
    elif value not in (None, "", False):
        yield prefix, value if isinstance(value, str) else fields.as_text(value)
