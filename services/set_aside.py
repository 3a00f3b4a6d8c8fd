"""The SQLite database that a restore replaces: it gets a second name, and is found by it later."""

import os
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

_MARK = ".before-restore-"


def keep(file: Path) -> Path:
    """Give the present database a second name, so that at every moment one whole database has the first.

    Its log must not stay: SQLite would take it for the log of the restored database.
    """
    aside = file.with_name(f"{file.name}{_MARK}{datetime.now(UTC):%Y%m%d-%H%M%S}")
    if not file.exists():
        return aside
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True)) as connection,
    ):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for end in ("-wal", "-shm"):
        if (log := file.with_name(file.name + end)).exists():
            log.replace(aside.with_name(aside.name + end))
    os.link(file, aside)
    return aside


def kept(file: Path) -> list[Path]:
    """The databases that were set aside for this one, and their logs."""
    return list(file.parent.glob(f"{file.name}{_MARK}*"))
