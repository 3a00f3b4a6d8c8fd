"""The backups that lie in the data folder, as the settings list them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services import backup, datadir
from services.errors import NotFound


@dataclass(frozen=True)
class Kept:
    """A finished backup: it was verified before it got its name."""

    name: str
    path: Path
    made_at: datetime
    size: int


def listing(data: Path) -> list[Kept]:
    """The finished backups in the data folder, newest first; the uploads beside them are not listed."""
    found = []
    for path in datadir.backups(data).glob("*" + backup.SUFFIX):
        if path.is_file() and not path.name.endswith(".uploads" + backup.SUFFIX):
            facts = path.stat()
            found.append(Kept(path.name, path, datetime.fromtimestamp(facts.st_mtime, UTC), facts.st_size))
    return sorted(found, key=lambda kept: (kept.made_at, kept.name), reverse=True)


def find(data: Path, name: str) -> Kept:
    """The backup of this name; raises NotFound. Only listed names are looked for, so none leads elsewhere."""
    for kept in listing(data):
        if kept.name == name:
            return kept
    raise NotFound()
