"""A start proves the database before the first request, and never replaces a lost one (R-DUR-1, R-DUR-6)."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from config import HOME, Config, StartRefused
from services import backup, database, datadir, lockfile, starting


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    """An office whose database was made by an earlier start."""
    settings = Config(data=tmp_path / "instance", testing=True)
    with starting.prepared(settings):
        pass
    return settings


def database_of(settings: Config) -> Path:
    assert settings.database_file is not None
    return settings.database_file


def refusal(settings: Config) -> str:
    """The sentence of a start that is refused with exit code 4."""
    with pytest.raises(StartRefused) as refused, starting.prepared(settings):
        pass
    assert refused.value.exit_code == 4
    return refused.value.sentence


def write_and_die(path: Path) -> None:
    """Leave what a killed server leaves: saves that are in the log and not yet in the database file."""
    saving = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA journal_mode=WAL'); c.execute('PRAGMA wal_autocheckpoint=0')\n"
        "c.execute('CREATE TABLE saved (id INTEGER PRIMARY KEY, name TEXT)')\n"
        "for at in range(20): c.execute('INSERT INTO saved (name) VALUES (?)', ('x' * 500,))\n"
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", saving, str(path)], check=False)


def test_a_first_start_makes_the_database_and_a_second_one_finds_it(settings: Config) -> None:
    with starting.prepared(settings), closing(sqlite3.connect(database_of(settings))) as connection:
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    assert {"contacts", "customers", "vendors", "bank_accounts", "alembic_version"} <= tables


def test_a_second_start_is_refused_and_touches_nothing(settings: Config) -> None:
    """R-DUR-3"""
    left = datadir.new_file(datadir.temp(settings.data))
    with lockfile.held(settings.data / lockfile.LOCK_NAME):
        with pytest.raises(StartRefused) as refused, starting.prepared(settings):
            pass
        assert refused.value.exit_code == 3
        assert left.exists()
    with starting.prepared(settings):
        assert not left.exists()


def test_a_missing_database_is_not_replaced_by_an_empty_one(settings: Config) -> None:
    """R-DUR-6"""
    database_of(settings).unlink()
    assert "is missing" in refusal(settings)
    assert not database_of(settings).exists()


def test_a_start_that_was_killed_while_making_the_database_is_simply_repeated(tmp_path: Path) -> None:
    settings = Config(data=tmp_path / "instance")
    datadir.prepare(settings.data)
    datadir.create(database_of(settings)).close()
    with starting.prepared(settings):
        assert database_of(settings).stat().st_size > 0


@pytest.mark.parametrize("content", [b"", b"not a database" * 100])
def test_a_file_that_is_no_database_any_more_is_refused(settings: Config, content: bytes) -> None:
    """R-DUR-6"""
    database_of(settings).write_bytes(content)
    assert "is damaged" in refusal(settings)
    assert database_of(settings).read_bytes() == content


def test_a_corrupt_page_is_refused(settings: Config) -> None:
    """R-DUR-6"""
    whole = bytearray(database_of(settings).read_bytes())
    for page in range(2, 12):
        whole[page * 4096 : page * 4096 + 64] = b"\xee" * 64
    database_of(settings).write_bytes(whole)
    assert "is damaged" in refusal(settings)


def test_a_cut_database_is_refused(settings: Config) -> None:
    """R-DUR-6"""
    os.truncate(database_of(settings), database_of(settings).stat().st_size // 2)
    assert "is damaged" in refusal(settings)


def test_a_database_of_a_newer_version_is_refused(settings: Config) -> None:
    """R-DUR-6"""
    with closing(sqlite3.connect(database_of(settings))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer version of Carnet" in refusal(settings)


@pytest.mark.parametrize("left", [0, 20, 5000, -1])
def test_a_log_that_lost_its_end_is_refused(settings: Config, left: int) -> None:
    """R-DUR-6: SQLite itself would start without a word, acknowledged saves missing."""
    write_and_die(database_of(settings))
    log = settings.data / "carnet.db-wal"
    os.truncate(log, left if left >= 0 else log.stat().st_size - 1)
    assert "saved work is missing" in refusal(settings)
    assert "saved work is missing" in refusal(settings), "a second try must not lose the evidence"


def test_a_killed_server_is_no_obstacle_and_its_saves_are_there(settings: Config) -> None:
    """Section 2.6: acknowledged means kept."""
    write_and_die(database_of(settings))
    with starting.prepared(settings), closing(sqlite3.connect(database_of(settings))) as connection:
        assert connection.execute("SELECT count(*) FROM saved").fetchone() == (20,)


def test_a_log_of_an_earlier_run_is_no_loss(settings: Config) -> None:
    """After a checkpoint the database holds everything: what happens to the log does not matter."""
    write_and_die(database_of(settings))
    checkpointing = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA wal_checkpoint(PASSIVE)').fetchall(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", checkpointing, str(database_of(settings))], check=False)
    os.truncate(settings.data / "carnet.db-wal", 0)
    with starting.prepared(settings), closing(sqlite3.connect(database_of(settings))) as connection:
        assert connection.execute("SELECT count(*) FROM saved").fetchone() == (20,)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can change to another user"
)
def test_a_folder_that_cannot_be_written_is_refused(settings: Config) -> None:
    """R-DUR-6"""
    trying = (
        "import os, sys; from pathlib import Path; from config import Config, StartRefused\n"
        "from services import starting; os.setuid(65534)\n"
        "try:\n    with starting.prepared(Config(data=Path(sys.argv[1]))): pass\n"
        "except StartRefused as refused: print(refused.exit_code, refused.sentence)"
    )
    done = subprocess.run(
        [sys.executable, "-c", trying, str(settings.data)],
        cwd=HOME,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith(f"4 Carnet cannot write in the folder {settings.data}"), done


def test_settings_that_could_lose_a_save_are_refused(settings: Config) -> None:
    """R-DUR-1"""
    engine = create_engine(settings.sqlalchemy_url)
    with pytest.raises(StartRefused, match="synchronous|foreign_keys|journal_mode") as refused:
        starting.check_settings(engine)
    assert refused.value.exit_code == 4
    database.configure(safe := create_engine(settings.sqlalchemy_url))
    starting.check_settings(safe)


def test_a_database_deleted_under_the_running_server_is_noticed_at_once(settings: Config) -> None:
    """R-DUR-6: SQLite itself goes on with the deleted file, and every later save would be lost."""
    engine = create_engine(settings.sqlalchemy_url)
    database.configure(engine)
    with engine.connect() as connection:
        connection.execute(text("SELECT count(*) FROM contacts"))
    kept = database_of(settings).rename(settings.data / "moved")
    with pytest.raises(OperationalError) as failed:
        engine.connect()
    assert database.is_unavailable(failed.value)
    assert not database_of(settings).exists()
    kept.rename(database_of(settings))
    with engine.connect() as connection:
        connection.execute(text("SELECT count(*) FROM contacts"))


def test_a_restored_backup_starts(settings: Config) -> None:
    path = backup.make(settings).path
    database_of(settings).unlink()
    backup.restore(settings, path)
    with starting.prepared(settings):
        pass
