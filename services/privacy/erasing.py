"""Erasing a person: the plan that is shown, and the one transaction that carries exactly that plan out (Y-B6).

Everything happens in the caller's transaction; the ledger is told before it commits. What can only be done
afterwards, such as cleaning the files of the database, is in `certificate`.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MODELS, Document, PrivacyErasure, PrivacyRequest
from services import deletion, history, sync
from services.documents.guards import Invoiced
from services.errors import Refused
from services.history import Cause
from services.privacy import (
    blocks,
    erasing_plans,  # noqa: F401  the parts are declared
    erasing_rows,  # noqa: F401
    ledger,
    modules,
    retention,
)
from services.privacy import dossier as dossiers
from services.privacy.fates import Fate
from services.privacy.going import Going
from services.privacy.reaching import chunks
from services.privacy.registry import MODULES, Dossier, Erased, Scope, Step

# What refers to others goes before them; the history comes last, for every part writes to it.
_FIRST = (
    modules.DOCUMENTS.name,
    modules.INTERACTIONS.name,
    modules.MAIL.name,
    modules.CARDS.name,
    modules.LINKS.name,
)
_LAST = (modules.DESK.name, modules.HISTORY.name)


class Changed(Refused):
    """The rows are not those of the plan that was looked at."""


class Incomplete(Refused):
    """A part of Carnet could not say what it knows, or could not do its part: nothing is erased (Y-A2)."""


@dataclass(frozen=True)
class Preview:
    """The exact plan of an erasure, and its digest: the same rows with the same values give the same."""

    scope: Scope
    going: Going
    steps: list[Step]
    digest: str

    @property
    def reduced(self) -> list[Fate]:
        """The cards that the law keeps: they are blocked, and reduced to their number."""
        return self.going.reduced

    @property
    def waiting(self) -> list[Fate]:
        """The cards with open orders, because of which nothing can go yet."""
        return self.going.waiting


def plan(session: Session, dossier: Dossier) -> list[Step]:
    """What would happen with every row of a dossier, part by part."""
    return [step for module in MODULES.values() if module.plan for step in module.plan(session, dossier)]


def preview(session: Session, scope: Scope) -> Preview:
    """The plan for these cards, to be looked at; raises Incomplete when a part of Carnet cannot be searched."""
    dossier = dossiers.collect(session, scope)
    if dossier.failed:
        raise Incomplete(
            _l(
                "These parts could not be searched, so nothing can be erased now: %(parts)s.",
                parts=", ".join(str(MODULES[name].label) for name in dossier.failed),
            )
        )
    steps = plan(session, dossier)
    return Preview(scope, Going(session, dossier), steps, digest_of(scope, steps))


def hold(session: Session, scope: Scope) -> None:
    """Let nobody else save these cards until the transaction ends: what is planned now is what will be erased."""
    for kind in MODELS:
        cards = deletion.all_of(session, kind, sorted(scope.of(kind)))
        if cards:
            sync.families_of(session, kind, cards, lock=True)


def digest_of(scope: Scope, steps: Sequence[Step]) -> str:
    """The SHA-256 of a plan: its cards, and each row with what happens to it and how it looked."""
    said = [
        list(scope),
        [
            [step.module, step.table, step.action, step.reason, step.until, step.ids, step.marks]
            for step in steps
        ],
    ]
    return sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def check(found: Preview, digest: str) -> None:
    """Raise Changed when the plan is not the one with this digest any more, Invoiced while orders are open."""
    if found.digest != digest:
        raise Changed(_l("The data changed since you looked. Nothing was erased; look at the plan again."))
    if found.waiting:
        fate = found.waiting[0]
        raise Invoiced(
            _l(
                "%(no)s cannot be erased while it has open orders. Convert or delete them first.",
                no=fate.card.no,
            ),
            records=fate.documents,
        )


def carry_out(
    session: Session,
    found: Preview,
    request: PrivacyRequest,
    *,
    by: int | None,
    ledger_file: Path | None = None,
    token: str = "",
) -> PrivacyErasure:
    """Do what the plan says, all or nothing; the caller commits, then calls `certificate.finish`.

    The ledger knows of it before the commit: a crash at any moment leaves the person there or erased, and
    the ledger in agreement after the next start. `token` names an erasure that the ledger has already.
    """
    cause = history.cause(by)
    report = report_of(session, found)
    reduced = [fate.card for fate in found.reduced]
    done = _run(session, found.steps, cause)
    for card in reduced:
        blocks.add(session, card, "erasure", by=by, request=request)
    # What the register says of the person, also in the request that is being answered.
    request.subject_label = request.notes = request.extension_reason = ""
    token = token or secrets.token_hex(16)
    report |= {
        "token": token,
        "request": request.no,
        "removed": _counts(found.steps, "delete"),
        "emptied": _counts(found.steps, "empty"),
        "files": [file for one in done for file in one.files],
    }
    erasure = PrivacyErasure(request_id=request.id, by_id=by, report=report)
    session.add(erasure)
    session.flush()
    if ledger_file is not None:
        ledger.intend(ledger_file, token, request.no, list(found.scope), erasure.at)
    return erasure


def report_of(session: Session, found: Preview) -> dict[str, Any]:
    """What can be said of an erasure for good: numbers, kinds, counts and days, nothing of the person."""
    cards = [
        {"kind": kind, "id": id_, "no": fate.card.no, "fate": fate.action}
        for (kind, id_), fate in found.going.fates.items()
    ]
    until = {id_: step.until for step in found.steps if step.action == "keep" for id_ in step.ids}
    kept = []
    for some in chunks(found.going.papers.kept):
        query = session.scalars(select(Document).where(Document.id.in_(some)).order_by(Document.id))
        kept += [
            {
                "kind": document.kind,
                "no": document.no,
                "date": document.document_date.isoformat(),
                "until": until.get(document.id, ""),
            }
            for document in query
        ]
    releases = retention.releases(session, found.going.papers.kept)
    laws = {law.source: None for release in releases.values() for law in release.laws}
    return {"cards": cards, "kept": kept, "laws": list(laws)}


# -- helpers ----------------------------------------------------------------------------------------


def _run(session: Session, steps: Sequence[Step], cause: Cause) -> list[Erased]:
    """Every part does its steps, in the order that references allow."""
    between = [name for name in MODULES if name not in (*_FIRST, *_LAST)]
    done = []
    for name in (*_FIRST, *between, *_LAST):
        module = MODULES[name]
        if module.erase is None:
            continue
        one = module.erase(session, [step for step in steps if step.module == name], cause)
        if not one.done:
            raise Incomplete(
                _l("Nothing was erased: %(part)s could not do its part.", part=str(module.label))
            )
        done.append(one)
    session.flush()
    return done


def _counts(steps: Sequence[Step], action: str) -> dict[str, int]:
    """How many rows of each table."""
    found: dict[str, int] = {}
    for step in steps:
        if step.action == action:
            found[step.table] = found.get(step.table, 0) + len(step.ids)
    return found
