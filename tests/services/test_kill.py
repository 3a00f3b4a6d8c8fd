"""kill -9 during saves: all ends old or all ends new, and nothing acknowledged is lost (R-DUR-2)."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import HOME, Config
from models import MODELS, HistoryEntry
from services import sync
from tests.support import factories as make
from tests.support.threads import read, write

pytestmark = [pytest.mark.both_databases, pytest.mark.slow]

KILLS = 3


def test_after_a_kill_all_ends_are_old_or_all_are_new(
    bare_app: Flask, config: Config, tmp_path: Path
) -> None:
    ids = write(
        bare_app,
        lambda session: [(card.KIND, card.id) for card in make.make_family(session, city="0").linked],
    )
    url = config.sqlalchemy_url.render_as_string(hide_password=False)
    for turn in range(KILLS):
        acknowledged = _save_and_kill(url, ids[1][1], tmp_path / f"said-{turn}", 0.15 + 0.11 * turn)
        number = read(bare_app, lambda session: _the_one_number(session, ids))
        # The last one acknowledged, or the one that was under way.
        assert number in (acknowledged, acknowledged + 1)
    # The office goes on as if nothing had been.
    write(bare_app, lambda session: make.make_family(session).contact.id)


def _save_and_kill(url: str, customer_id: int, said: Path, seconds: float) -> int:
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.saver", url, str(customer_id)], cwd=HOME, stdout=out
        )
        deadline = time.monotonic() + 30
        while not said.stat().st_size and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(seconds)
        process.kill()
        process.wait(timeout=30)
    lines = said.read_text().splitlines()
    assert lines, "the process saved nothing"
    return int(lines[-1])


def _the_one_number(session: Session, ids: list[tuple[str, int]]) -> int:
    assert sync.mismatches(session) == []
    cards: list[Any] = [session.get_one(MODELS[kind], id_) for kind, id_ in ids]
    (number,) = {card.city for card in cards}
    assert {card.phone for card in cards} == {number}
    assert {card.search_city for card in cards} == {number}
    # A line of history on each end exactly if the value is there.
    for kind, id_ in ids:
        lines = session.scalars(
            select(HistoryEntry.new)
            .where(HistoryEntry.kind == kind, HistoryEntry.record_id == id_, HistoryEntry.field == "city")
            .order_by(HistoryEntry.id)
        ).all()
        assert lines[-1] == number and len(lines) == int(number)
    if session.get_bind().dialect.name == "sqlite":
        assert session.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
    return int(number)
