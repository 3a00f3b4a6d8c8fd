"""The data folder keeps others out, and first starts agree on one key (R-SEC-1, R-AUTH-1)."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config import HOME, StartRefused
from services import datadir, lockfile

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights in another way than modes")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_in_the_folder_is_for_this_user_alone(tmp_path: Path) -> None:
    """R-SEC-1"""
    data = tmp_path / "deep" / "instance"
    datadir.prepare(data)
    datadir.secret_key(data)
    datadir.setup_code(data)
    assert mode(data) == 0o700
    for path in data.iterdir():
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path


def test_an_empty_folder_with_open_rights_is_closed(tmp_path: Path) -> None:
    data = tmp_path / "instance"
    data.mkdir(mode=0o755)
    datadir.prepare(data)
    assert mode(data) == 0o700


def test_a_folder_in_use_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """R-SEC-1"""
    datadir.prepare(tmp_path)
    tmp_path.chmod(0o750)
    with pytest.raises(StartRefused) as refused:
        datadir.prepare(tmp_path)
    assert refused.value.exit_code == 4
    assert f"chmod 700 '{tmp_path}'" in refused.value.sentence


def test_the_secret_key_is_made_once(tmp_path: Path) -> None:
    """R-SEC-1: 32 random bytes."""
    key = datadir.secret_key(tmp_path)
    assert re.fullmatch(r"[0-9a-f]{64}", key)
    assert datadir.secret_key(tmp_path) == key
    assert datadir.secret_key(tmp_path, preset="from the environment") == "from the environment"
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_a_secret_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """R-SEC-1"""
    key = datadir.secret_key(tmp_path)
    (tmp_path / "secret.key").chmod(0o640)
    with pytest.raises(StartRefused) as refused:
        datadir.secret_key(tmp_path)
    assert refused.value.exit_code == 4
    assert "chmod 600" in refused.value.sentence
    assert key not in refused.value.sentence


def test_a_cut_secret_key_is_refused(tmp_path: Path) -> None:
    datadir.secret_key(tmp_path)
    (tmp_path / "secret.key").write_text("abc")
    with pytest.raises(StartRefused):
        datadir.secret_key(tmp_path)


def test_two_first_starts_at_the_same_moment_get_the_same_key(tmp_path: Path) -> None:
    """R-SEC-1"""
    ask = (
        "import sys, time; from pathlib import Path; from services import datadir;"
        f"data = Path({str(tmp_path / 'data')!r}); sys.stdin.readline();"
        "datadir.prepare(data); print(datadir.secret_key(data))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ask], cwd=HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in processes:
        process.stdin.write("\n")  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
    keys = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert len(set(keys)) == 1
    assert len(keys[0]) == 64


def test_the_one_time_code_stays_the_same_until_it_is_used(tmp_path: Path) -> None:
    """R-AUTH-1"""
    code = datadir.setup_code(tmp_path)
    assert re.fullmatch(r"([A-HJ-NP-Z2-9]{4}-){3}[A-HJ-NP-Z2-9]{4}", code)
    assert datadir.setup_code(tmp_path) == code
    assert datadir.setup_code(tmp_path, preset="chosen") == "chosen"
    assert datadir.setup_code(tmp_path) == "chosen"
    assert mode(tmp_path / "setup-code") == 0o600
    datadir.forget_setup_code(tmp_path)
    datadir.forget_setup_code(tmp_path)
    assert not (tmp_path / "setup-code").exists()


def test_a_start_removes_temporary_files_and_unfinished_backups_only(tmp_path: Path) -> None:
    datadir.prepare(tmp_path)
    kept = [
        datadir.new_file(datadir.uploads(tmp_path), ".png"),
        datadir.new_file(datadir.backups(tmp_path), ".carnet"),
    ]
    datadir.new_file(datadir.backups(tmp_path), ".part")
    left = datadir.temp(tmp_path) / "job"
    left.mkdir()
    datadir.new_file(left)
    datadir.new_file(datadir.temp(tmp_path), ".xlsx")
    datadir.remove_leftovers(tmp_path)
    kept.append(datadir.backups(tmp_path) / datadir.BACKUP_LOCK)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(kept)


def test_a_start_leaves_a_backup_alone_that_is_being_made(tmp_path: Path) -> None:
    datadir.prepare(tmp_path)
    part = datadir.new_file(datadir.backups(tmp_path), ".part")
    with lockfile.held(datadir.backups(tmp_path) / datadir.BACKUP_LOCK):
        datadir.remove_leftovers(tmp_path)
        assert part.exists()
    datadir.remove_leftovers(tmp_path)
    assert not part.exists()


def test_a_network_drive_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-DUR-4: the longest mount point that holds the folder counts."""
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda1 / ext4 rw 0 0\n"
        "server:/home /srv/the\\040office nfs4 rw 0 0\n"
        "/dev/sdb1 /srv/local xfs rw 0 0\n"
    )
    monkeypatch.setattr(datadir, "MOUNTS", mounts)
    assert datadir.network_file_system(Path("/srv/the office/carnet")) == "nfs4"
    assert datadir.network_file_system(Path("/srv/local/carnet")) == ""
    assert datadir.network_file_system(Path("/srv/the office 2")) == ""


def test_free_space_is_known(tmp_path: Path) -> None:
    """R-DUR-5"""
    assert datadir.free_space(tmp_path) > 0
