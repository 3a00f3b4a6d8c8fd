"""One process holds the data folder; a killed one leaves no obstacle (R-DUR-3)."""

import subprocess
import sys
from pathlib import Path

import pytest

from config import HOME, StartRefused
from services import lockfile

HOLD = """
import sys
from pathlib import Path
from services import lockfile
with lockfile.held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        cwd=HOME,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_refused_with_code_3(tmp_path: Path) -> None:
    path = tmp_path / "carnet.lock"
    first = holder(path)
    with pytest.raises(StartRefused) as refused, lockfile.held(path):
        pass
    assert refused.value.exit_code == 3
    assert "already running" in refused.value.sentence
    first.communicate("\n", timeout=30)
    with lockfile.held(path):
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = tmp_path / "carnet.lock"
    first = holder(path)
    first.kill()
    first.communicate(timeout=30)
    assert path.exists()
    with lockfile.held(path):
        pass


def test_a_program_started_while_it_is_held_does_not_inherit_it(tmp_path: Path) -> None:
    """A child that outlives a killed server must not keep the next server out."""
    path = tmp_path / "carnet.lock"
    with lockfile.held(path):
        child = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.readline()"], stdin=subprocess.PIPE
        )
    try:
        with lockfile.held(path):
            pass
    finally:
        child.communicate(b"\n", timeout=30)
