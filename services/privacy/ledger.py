"""The ledger of erasures: a file beside the database that knows what a backup made before does not.

A line names the erasure, its request and the cards by kind and id, and nothing of the person. It is written
before the transaction commits, and a second line confirms it afterwards, so that a crash between the two
is settled at the next start by what the database holds.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from config import Config
from services import datadir

SUFFIX = ".erasures"
INTENDED, DONE, VOID = "intended", "done", "void"


@dataclass
class Entry:
    """One erasure: its token, which the database has too, when it was, and the cards."""

    token: str
    request_no: str
    cards: list[tuple[str, int]]
    at: datetime
    state: str = INTENDED


def path(config: Config) -> Path:
    """Where the ledger of this database lies."""
    if config.database_file is not None:
        return config.database_file.with_name(config.database_file.name + SUFFIX)
    return config.data / ("postgresql" + SUFFIX)


def intend(file: Path, token: str, request_no: str, cards: Sequence[tuple[str, int]], at: datetime) -> None:
    """Write, for good, that these cards are about to be erased."""
    said = {
        "token": token,
        "state": INTENDED,
        "request": request_no,
        "cards": [list(card) for card in cards],
        "at": at.isoformat(timespec="seconds"),
    }
    _append(file, said)


def note(file: Path, token: str, state: str) -> None:
    """Write, for good, that an erasure was committed, or that it never was."""
    _append(file, {"token": token, "state": state, "at": datetime.now(UTC).isoformat(timespec="seconds")})


def confirm(file: Path, token: str) -> None:
    """Note that an erasure was committed, unless the ledger says so already."""
    if any(entry.token == token and entry.state == INTENDED for entry in read(file)):
        note(file, token, DONE)


def read(file: Path) -> list[Entry]:
    """The erasures in the order in which they were made; a line that a crash cut short says nothing."""
    if not file.exists():
        return []
    found: dict[str, Entry] = {}
    for line in file.read_text("utf-8", "replace").splitlines():
        try:
            said = json.loads(line)
            if said["state"] == INTENDED:
                cards = [(str(kind), int(id_)) for kind, id_ in said["cards"]]
                at = datetime.fromisoformat(said["at"])
                found[said["token"]] = Entry(said["token"], said["request"], cards, at)
            elif said["token"] in found:
                found[said["token"]].state = said["state"]
        except (ValueError, KeyError, TypeError):
            continue
    return list(found.values())


def _append(file: Path, said: Mapping[str, object]) -> None:
    is_new = not file.exists()
    flags = os.O_APPEND | os.O_CREAT | os.O_RDWR | datadir.BINARY
    with open(os.open(file, flags, datadir.FILE_MODE), "r+b") as opened:
        line = json.dumps(said, separators=(",", ":")).encode() + b"\n"
        # A line that a crash cut short ends here, and spoils no other.
        size = opened.seek(0, os.SEEK_END)
        if size:
            opened.seek(size - 1)
            line = line if opened.read(1) == b"\n" else b"\n" + line
        opened.seek(0, os.SEEK_END)
        opened.write(line)
        opened.flush()
        os.fsync(opened.fileno())
    if is_new:
        datadir.sync_folder(file.parent)
