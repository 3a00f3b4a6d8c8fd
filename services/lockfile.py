"""One process at a time: a lock that the system itself releases when the process ends, however it ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import Engine, text

from config import StartRefused

LOCK_NAME = "carnet.lock"
# The office's number among PostgreSQL's advisory locks: shared by servers, exclusive for a restore.
ADVISORY_LOCK = 0x6361726E


@contextmanager
def held(path: Path, refusal: str = "") -> Iterator[None]:
    """Hold the lock file for a stretch of work; raises StartRefused (3) when another process has it."""
    with path.open("a+") as file:
        os.chmod(path, 0o600)
        try:
            _lock(file)
        except OSError:
            running = (
                f"Carnet is already running with the data folder {path.parent}."
                " Stop it first, or choose another folder with CARNET_DATA."
            )
            raise StartRefused(refusal or running, 3) from None
        yield


@contextmanager
def held_in_database(engine: Engine, *, alone: bool) -> Iterator[None]:
    """The same on PostgreSQL, where several servers may share a database but a restore needs it alone."""
    which = "pg_try_advisory_lock" if alone else "pg_try_advisory_lock_shared"
    with engine.connect() as connection:
        if not connection.scalar(text(f"SELECT {which}({ADVISORY_LOCK})")):
            raise StartRefused("Carnet is already running with this database. Stop it first.", 3)
        connection.commit()
        yield


def _lock(file: IO[str]) -> None:
    """Take the lock at once or raise OSError; closing the file gives it back."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
