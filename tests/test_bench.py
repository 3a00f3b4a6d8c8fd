"""The speed measurements run: their databases are as the doors would have made them, and every figure is asked."""

import subprocess
import sys

import pytest
from sqlalchemy.orm import Session

from bench import filling, running
from config import HOME
from services import search, sync
from tests.support import databases


@pytest.mark.parametrize("postgres", ["", databases.SERVER] if databases.SERVER else [""], ids=bool)
def test_a_filled_database_is_in_step_and_can_be_searched(postgres: str) -> None:
    with running.empty_database(postgres) as config:
        samples = filling.fill(config, 100)
        with Session(databases.plain_engine(config)) as session:
            assert sync.linked_pairs(session) == 70 + 30 + 10
            assert sync.mismatches(session) == []
            for kind, letter in (("contact", "ct"), *filling.LETTERS.items()):
                assert search.total(session, kind, f"{letter}00000011") == 1
            assert search.total(session, "contact", samples.rare[0]) >= 1


@pytest.mark.slow
def test_every_figure_is_measured() -> None:
    options = "--database sqlite --sizes 1000 --rounds 2 --seconds 1 --rows 20"
    done = subprocess.run(
        [sys.executable, "-m", "bench", *options.split()],
        cwd=HOME,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert "the bare SQL that reads them" in done.stdout
    assert "| 1,000 | card |" in done.stdout and "| 1,000 | 16 |" in done.stdout
    assert all(row.endswith("| 0 |") for row in done.stdout.splitlines() if row.startswith("| 1,000 | 16 |"))
