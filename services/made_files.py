"""Files that jobs make for somebody to take away: where they are, who may read them, and when they go.

Their names are drawn and say nothing about anybody. A file gets its name once it is whole: after a crash there is
either all of it, or a leftover among the temporary files, which the next start removes.
"""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from sqlalchemy.orm import Session

from models.base import now
from services import datadir, jobs
from services.errors import NotFound

KEPT = timedelta(days=1)
_NAME = re.compile(r"[0-9a-f]{32}\.[a-z]{1,8}")


def write(data: Path, suffix: str, fill: Callable[[IO[bytes]], None]) -> str:
    """Make a file of this user alone; `fill` writes its bytes. Returns the name to find it by."""
    part = datadir.new_file(datadir.temp(data), suffix)
    try:
        with part.open("r+b") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(datadir.made(data) / part.name)
    finally:
        part.unlink(missing_ok=True)
    datadir.sync_folder(datadir.made(data))
    return part.name


def find(data: Path, name: str) -> Path:
    """The file of this name; raises NotFound when there is none, or when its day is over."""
    path = datadir.made(data) / name
    if not _NAME.fullmatch(name) or not path.is_file() or _is_over(path):
        raise NotFound()
    return path


def good_until(path: Path) -> datetime:
    """When a file is removed."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) + KEPT


def remove_all(data: Path) -> None:
    """Remove every such file, for whoever must know that nothing of what they hold is left."""
    for path in datadir.made(data).iterdir():
        path.unlink(missing_ok=True)


def _sweep(_session: Session, data: Path) -> None:
    for path in datadir.made(data).iterdir():
        if _is_over(path):
            path.unlink(missing_ok=True)


def _is_over(path: Path) -> bool:
    return good_until(path) <= now()


jobs.HOURLY.append(_sweep)
