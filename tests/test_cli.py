"""The commands of `flask --app app`, as an administrator types them (Q7)."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from config import HOME, Config
from services import datadir, lockfile
from tests.support import databases
from tests.support.factories import make_customer

Flask = Callable[..., "subprocess.CompletedProcess[str]"]
ACCOUNT = ("--name", "Nora Weber", "--email", "nora@example.com", "--password", "plenty of geese here")


def run(config: Config, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    given = os.environ | {"CARNET_DATA": str(config.data), "DATABASE_URL": config.database_url} | environment
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *arguments],
        cwd=HOME,
        env=given,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def config(database_kind: str, all_databases: databases.Databases, tmp_path: Path) -> Config:
    """An office of this test's own: its files are changed as well."""
    return all_databases.fresh(database_kind, tmp_path)


@pytest.fixture
def flask(config: Config) -> Flask:
    """Runs a command on the test's own office."""
    return lambda *arguments, **environment: run(config, *arguments, **environment)


def made_backup(output: str) -> Path:
    return Path(output.split(": verified")[0])


@pytest.mark.both_databases
def test_a_backup_is_made_verified_and_restored(flask: Flask, config: Config) -> None:
    """R-BAK-1: the three commands, one after the other; the restore is recorded (R-LOG-3)."""
    made = flask("backup")
    assert made.returncode == 0, made.stderr
    file = made_backup(made.stdout)
    verified = flask("verify", str(file))
    assert (verified.returncode, verified.stderr) == (0, "")
    engine = databases.plain_engine(config)
    with engine.begin() as connection:
        users = connection.scalar(text("SELECT count(*) FROM users"))
        connection.execute(text("DELETE FROM users"))
    restored = flask("restore", str(file))
    assert restored.returncode == 0, restored.stderr
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM users")) == users
        assert connection.scalar(text("SELECT count(*) FROM security_events WHERE event = 'restore'")) == 1


def test_a_damaged_backup_ends_with_1_and_a_sentence(flask: Flask) -> None:
    """R-BAK-2"""
    file = made_backup(flask("backup").stdout)
    content = bytearray(file.read_bytes())
    content[1000] ^= 1
    file.write_bytes(content)
    for command in ("verify", "restore"):
        done = flask(command, str(file))
        assert done.returncode == 1
        assert (
            done.stderr
            == f"Error: {file.name} is damaged, or not a backup of Carnet: its checksum does not fit.\n"
        )


def test_commands_that_write_are_refused_while_carnet_runs(flask: Flask, config: Config) -> None:
    """Q7: they take the same lock; those that only read go on."""
    file = made_backup(flask("backup").stdout)
    with lockfile.held(config.data / lockfile.LOCK_NAME):
        for refused in (flask("restore", str(file)), flask("create-user", *ACCOUNT)):
            assert refused.returncode == 3
            assert "already running" in refused.stderr
        for allowed in (flask("backup"), flask("verify", str(file)), flask("sync-check")):
            assert allowed.returncode == 0, allowed.stderr


@pytest.mark.damaged
def test_the_sync_check_finds_a_row_changed_behind_its_back_and_repairs_nothing(
    flask: Flask, config: Config
) -> None:
    """S10"""
    databases.fill(config, lambda session: make_customer(session, no="C00007") and None)
    assert flask("sync-check").returncode == 0
    engine = databases.plain_engine(config)
    with engine.begin() as connection:
        connection.execute(text("UPDATE customers SET city = 'Elsewhere'"))
    for _ in range(2):
        done = flask("sync-check")
        assert done.returncode == 1
        assert "contact CT000001 and customer C00007 differ in: city" in done.stdout
        assert "Elsewhere" not in done.stdout + done.stderr


def test_a_user_is_added_with_the_rules_of_the_users_page(flask: Flask, config: Config) -> None:
    added = flask("create-user", *ACCOUNT, "--role", "admin")
    assert added.returncode == 0, added.stderr
    again = flask("create-user", *ACCOUNT)
    assert (again.returncode, again.stderr) == (
        1,
        "Error: Another user has this e-mail address. Enter a different one.\n",
    )
    short = flask("create-user", "--name", "N", "--email", "no address", "--password", "short")
    assert short.returncode == 1
    assert "at least 12 characters" in short.stderr
    assert "name@example.com" in short.stderr
    with closing(sqlite3.connect(config.database_file)) as connection:  # type: ignore[arg-type]
        query = "SELECT name, is_admin, is_clerk FROM users WHERE email = 'nora@example.com'"
        assert connection.execute(query).fetchall() == [("Nora Weber", 1, 0)]


def test_commands_without_a_database_say_what_to_do_and_make_none(tmp_path: Path) -> None:
    """R-DUR-6"""
    config = Config(data=tmp_path / "new")
    for command in ("sync-check", "backup"):
        done = run(config, command)
        assert done.returncode == 4
        assert "There is no database" in done.stderr
        assert "Traceback" not in done.stderr
    assert not (config.data / "carnet.db").exists()


def test_a_wrong_setting_is_a_sentence_and_not_a_trace(flask: Flask) -> None:
    done = flask("sync-check", CARNET_PORT="many")
    assert done.returncode == 2
    assert done.stderr == "Error: CARNET_PORT must be a whole number from 0 to 65535, not “many”.\n"


def test_debug_mode_is_ignored(flask: Flask) -> None:
    """R-SEC-3"""
    done = flask("sync-check", FLASK_DEBUG="1")
    assert done.returncode == 0
    assert "Debugger" not in done.stdout + done.stderr


def test_a_backup_goes_to_the_folder_that_was_named(flask: Flask, config: Config, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    file = made_backup(flask("backup", "--to", str(folder)).stdout)
    assert file.parent == folder
    assert not list(datadir.backups(config.data).glob("*.carnet"))
    moved = replace(config, data=tmp_path / "new")
    assert run(moved, "restore", str(file)).returncode == 0
