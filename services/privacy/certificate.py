"""What follows an erasure once it is committed, and the certificate that proves it (R-PRIV-1).

Files are removed, the database forgets what was deleted, and a search looks for what might be left. Only
then is there a certificate: without residue, or not at all.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from config import Config
from models import PrivacyErasure
from models.base import now
from services import database, database_cleaning, made_files
from services.errors import NotFound
from services.privacy import ledger, residue
from services.privacy.registry import Scope, Step

NONE_YET = _l("There is no certificate yet: look again for what is left.")
# What was looked for, by erasure, until it is certified: never written anywhere.
_sought: dict[int, "Sought"] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Sought:
    """The rows that an erasure removed, and values that it removed with them."""

    steps: Sequence[Step] = ()
    values: Sequence[str] = field(default=(), repr=False)


def remember(erasure_id: int, steps: Sequence[Step], values: Sequence[str]) -> None:
    """Keep in memory what the search for residue needs, until there is a certificate."""
    with _lock:
        _sought[erasure_id] = Sought(steps, values)


def finish(session: Session, config: Config, *erasure_ids: int, thorough: bool = False) -> bool:
    """Clean up after committed erasures and look for what is left; returns whether all are certified.

    In transactions of its own. Safe to call again: after a crash, or when something was in the way.
    `thorough` rewrites the whole database file on SQLite, for which everybody waits.
    """
    engine = session.get_bind().engine
    reports = {id_: dict(session.get_one(PrivacyErasure, id_).report) for id_ in erasure_ids}
    for report in reports.values():
        ledger.confirm(ledger.path(config), report["token"])
        for name in report.get("files", []):
            _remove(config.data, name)
    # Whole tables that somebody has taken out, with the person among the others.
    made_files.remove_all(config.data)
    _clean(session, engine, thorough)
    is_clean = True
    for erasure_id, report in reports.items():
        found = _scan(session, config, erasure_id, report)
        if not found.is_clean:
            # Somebody who was reading kept the log as it was.
            _clean(session, engine, False)
            found = _scan(session, config, erasure_id, report)
        session.rollback()
        _write(
            session, erasure_id, report | _said(config, found, known=erasure_id in _sought), found.is_clean
        )
        is_clean = is_clean and found.is_clean
    return is_clean


def unfinished(session: Session) -> list[int]:
    """The erasures that have no certificate."""
    query = select(PrivacyErasure.id).where(PrivacyErasure.sha256 == "").order_by(PrivacyErasure.id)
    return list(session.scalars(query))


def get(session: Session, id: int) -> PrivacyErasure:
    """An erasure by its id; raises NotFound."""
    found = session.get(PrivacyErasure, id)
    if found is None:
        raise NotFound()
    return found


def digest(report: dict[str, Any]) -> str:
    """The SHA-256 of a report, which its certificate shows."""
    said = json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(said.encode()).hexdigest()


def is_intact(erasure: PrivacyErasure) -> bool:
    """Whether the report is the one that was certified."""
    return erasure.sha256 != "" and digest(erasure.report) == erasure.sha256


# -- helpers ----------------------------------------------------------------------------------------


def _clean(session: Session, engine: Engine, thorough: bool) -> None:
    session.rollback()
    with database.writing(session):
        database_cleaning.clean(engine, thorough=thorough)


def _write(session: Session, erasure_id: int, report: dict[str, Any], is_clean: bool) -> None:
    """Keep the report with what was found; it is certified when nothing was."""

    def write() -> None:
        kept = session.get_one(PrivacyErasure, erasure_id, populate_existing=True)
        kept.report, kept.sha256 = report, digest(report) if is_clean else ""

    database.in_own_transaction(session, write)
    if is_clean:
        with _lock:
            _sought.pop(erasure_id, None)


def _scan(session: Session, config: Config, erasure_id: int, report: dict[str, Any]) -> residue.Residue:
    known = _sought.get(erasure_id)
    cards = [(card["kind"], card["id"]) for card in report["cards"] if card["fate"] == "delete"]
    scope = Scope.of_cards(cards)
    return residue.scan(session, config, scope, known.steps if known else None, known.values if known else ())


def _said(config: Config, found: residue.Residue, *, known: bool) -> dict[str, Any]:
    """What the report says of the search: counts, and the backups that know of the person."""
    backups = [
        {"name": path.name, "made": datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()}
        for path in residue.exempt(config)
    ]
    return {
        "residue": {
            "rows": found.rows,
            # Under the names that Carnet gave them.
            "files": found.files,
            "values": found.values,
            "elsewhere": found.elsewhere,
            "files_read": found.files_read,
            # After a restart the values are forgotten: then the rows alone were looked for.
            "by_values": known,
        },
        "backups": backups,
        "looked_at": now().isoformat(timespec="seconds"),
    }


def _remove(data: Path, name: str) -> None:
    """Remove a file of the data folder; one that is outside of it is none of ours."""
    path = (data / name).resolve()
    if path.is_relative_to(data.resolve()):
        path.unlink(missing_ok=True)
