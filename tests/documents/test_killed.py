"""Invoices issued by several processes at once that are killed over and over: no gap, nothing half (R-NUM-1).

CARNET_TEST_CLERKS=8x200 makes eight clerks issue two hundred invoices each, which takes a minute or two.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from config import HOME, Config
from models import (
    Document,
    DocumentFile,
    HistoryEntry,
    NumberCounter,
    NumberSeries,
    NumberSeriesLine,
    OpenItem,
)
from tests.documents.support import make_issued
from tests.support import factories as make
from tests.support.threads import read, write

CLERKS, EACH = (int(part) for part in os.environ.get("CARNET_TEST_CLERKS", "4x10").split("x"))
IS_SHORT = EACH <= 10
# A short one ends after this time, with what it has; a long one kills less, and must reach its number.
SECONDS, PAUSE, WANTED = (10, 1, CLERKS) if IS_SHORT else (900, 5, CLERKS * EACH)


@pytest.mark.both_databases
@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_r_num_1_clerks_who_are_killed_leave_no_gap_and_no_half_document(
    bare_app: Flask, config: Config, tmp_path: Path
) -> None:
    """R-NUM-1: what was said is there once; the counter stands where the invoices do; drafts are only drafts."""
    customer_id = write(bare_app, lambda session: make.make_customer(session).id)
    chance, killed = random.Random(4), 0
    with Clerks(config, customer_id, tmp_path) as clerks:
        until = time.monotonic() + SECONDS
        while len(clerks.said()) < CLERKS * EACH and time.monotonic() < until:
            time.sleep((0.05 + 0.3 * chance.random()) * PAUSE)
            clerks.replace(chance.randrange(CLERKS))
            killed += 1
    said = clerks.said()
    assert killed and len(said) >= WANTED, f"{killed} kills, {len(said)} invoices"
    numbers = read(bare_app, issued_numbers)
    assert numbers == list(range(1, len(numbers) + 1))
    assert Counter(said).most_common(1)[0][1] == 1 and set(said) <= set(numbers)
    # A clerk dies between two numbers at most once: only the last one of each may not have been said.
    assert len(numbers) - len(said) <= killed + CLERKS
    read(bare_app, check_nothing_is_half)
    write(bare_app, lambda session: make_issued(session).id)
    assert read(bare_app, issued_numbers)[-1] == len(numbers) + 1


class Clerks:
    """The processes: all begin at once, one can be killed and replaced, and all are killed at the end."""

    def __init__(self, config: Config, customer_id: int, folder: Path) -> None:
        url = config.sqlalchemy_url.render_as_string(hide_password=False)
        self._folder = folder
        self._starter = subprocess.Popen(
            [sys.executable, "-m", "tests.documents.issuer", url, str(customer_id), str(folder)],
            cwd=HOME,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._pids = [self._begin() for _clerk in range(CLERKS)]

    def __enter__(self) -> "Clerks":
        return self

    def __exit__(self, *_error: Any) -> None:
        self._starter.kill()
        for pid in self._pids:
            _kill(pid)
        self._starter.communicate(timeout=30)

    def replace(self, clerk: int) -> None:
        """Kill one, whatever it is doing, and let another one begin."""
        _kill(self._pids[clerk])
        self._pids[clerk] = self._begin()

    def said(self) -> list[int]:
        """The numbers that were committed and said, by all who ever were there."""
        texts = [path.read_text() for path in self._folder.glob("clerk-*")]
        # The last line may be cut off.
        return [int(line[-5:]) for text_ in texts for line in text_.split("\n")[:-1]]

    def _begin(self) -> int:
        assert self._starter.stdin is not None and self._starter.stdout is not None
        self._starter.stdin.write("\n")
        self._starter.stdin.flush()
        return int(self._starter.stdout.readline())


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def issued_numbers(session: Session) -> list[int]:
    """The numbers of the issued invoices; the counter of their series stands at the last one."""
    if session.get_bind().dialect.name == "sqlite":
        assert session.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
    issued = select(Document.no).where(Document.state == "issued").order_by(Document.no)
    numbers = [int(no[-5:]) for no in session.scalars(issued)]
    counted = select(NumberCounter.last_value).join(NumberSeriesLine).join(NumberSeries)
    assert session.scalar(counted.where(NumberSeries.code == "S-INVOICE")) == len(numbers)
    return numbers


def check_nothing_is_half(session: Session) -> None:
    """Every issued invoice has its line, PDF, open amount and history; a draft has none of what issuing adds."""
    issued = set(session.scalars(select(Document.id).where(Document.state == "issued")))
    in_history = select(HistoryEntry.record_id).where(
        HistoryEntry.kind == "document", HistoryEntry.action == "issued"
    )
    for rows in (select(DocumentFile.document_id), select(OpenItem.document_id), in_history):
        found = Counter(session.scalars(rows))
        assert set(found) == issued and set(found.values()) == {1}
    drafts = session.scalars(select(Document).where(Document.state == "draft")).all()
    assert all(not draft.no and draft.issued_at is None and draft.issuer is None for draft in drafts)
    whole = select(func.count(Document.id)).where(Document.id.in_(issued), Document.total == 100)
    assert session.scalar(whole) == len(issued)
