"""Backups prove themselves, notice any changed byte, and come back whole (R-BAK-1, R-BAK-2, restore)."""

import os
import random
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from config import HOME, Config, StartRefused
from services import backup, datadir, lockfile, starting, sync
from tests.support import databases

CARDS = 300


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    """A data folder with a small database: cards, their phones, and a session."""
    settings = Config(data=tmp_path / "instance", testing=True)
    datadir.prepare(settings.data)
    datadir.secret_key(settings.data)
    with opened(settings) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE cards (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        connection.execute("CREATE TABLE phones (id INTEGER PRIMARY KEY, card_id INTEGER REFERENCES cards)")
        connection.execute("CREATE TABLE sessions (id INTEGER PRIMARY KEY)")
        connection.executemany(
            "INSERT INTO cards (name) VALUES (?)", [(f"Card {at}",) for at in range(CARDS)]
        )
        connection.execute("INSERT INTO phones (card_id) VALUES (1)")
        connection.execute("INSERT INTO sessions DEFAULT VALUES")
    return settings


def opened(settings: Config) -> Any:
    assert settings.database_file is not None
    return closing(sqlite3.connect(settings.database_file))


def names(settings: Config) -> list[str]:
    with opened(settings) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM cards ORDER BY id")]


def test_a_backup_names_its_rows_and_is_for_this_user_alone(settings: Config) -> None:
    """R-BAK-1"""
    made = backup.make(settings)
    assert made.manifest.rows == {"cards": CARDS, "phones": 1, "sessions": 1}
    assert backup.verify(made.path) == made.manifest
    for path in made.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list(made.path.parent.glob("*.part"))


def test_backups_of_the_same_second_stand_side_by_side(settings: Config) -> None:
    made = [backup.make(settings).path for _ in range(3)]
    assert len(set(made)) == 3
    for path in made:
        backup.verify(path)


def test_the_database_in_a_backup_can_be_opened_without_carnet(settings: Config, tmp_path: Path) -> None:
    made = backup.make(settings)
    with tarfile.open(made.path) as archive:
        assert archive.getnames() == ["manifest.json", "database.sqlite"]
        archive.extract("database.sqlite", tmp_path)
    with closing(sqlite3.connect(tmp_path / "database.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM cards").fetchone() == (CARDS,)


def test_key_and_uploads_are_saved_beside_the_data_and_never_in_it(settings: Config) -> None:
    """R-BAK-1, R-SEC-1"""
    logo = datadir.new_file(datadir.uploads(settings.data), ".png")
    logo.write_bytes(b"a logo")
    imports = datadir.uploads(settings.data) / "imports"
    imports.mkdir()
    (imports / "customers.csv").write_bytes(b"No.;Name")
    made = backup.make(settings)
    key = datadir.secret_key(settings.data)
    assert made.key is not None
    assert made.uploads is not None
    assert made.key.read_text().strip() == key
    assert key.encode() not in made.path.read_bytes()
    assert b"a logo" not in made.path.read_bytes()
    backup.verify(made.uploads)
    logo.unlink()
    (imports / "customers.csv").unlink()
    imports.rmdir()
    backup.restore(settings, made.path)
    assert logo.read_bytes() == b"a logo"
    assert (imports / "customers.csv").read_bytes() == b"No.;Name"


def test_a_backup_made_after_an_import_whose_file_is_gone_is_restored(settings: Config) -> None:
    """R-BAK-3: the folder of the imports stays when its files go; older backups hold the folder itself."""
    imports = datadir.uploads(settings.data) / "imports"
    imports.mkdir()
    made = backup.make(settings)
    assert made.uploads is None
    lay_beside(made, settings, imports, "imports")
    assert backup.restore(settings, made.path).manifest == backup.verify(made.path)


def test_nothing_of_a_backup_is_unpacked_outside_of_the_uploads(settings: Config) -> None:
    made, key = backup.make(settings), datadir.secret_key(settings.data)
    stray = settings.data / "stray"
    stray.write_bytes(b"x")
    lay_beside(made, settings, stray, "../secret.key")
    with pytest.raises(backup.BadBackup):
        backup.restore(settings, made.path)
    assert datadir.secret_key(settings.data) == key


@pytest.mark.parametrize("damage", ["a byte", "no uploads", "outside"])
def test_uploads_that_are_not_sound_are_refused_before_anything_is_replaced(
    settings: Config, damage: str
) -> None:
    """R-BAK-3"""
    logo = datadir.new_file(datadir.uploads(settings.data), ".png")
    logo.write_bytes(b"a logo")
    made = backup.make(settings)
    assert made.uploads is not None
    if damage == "a byte":
        content = bytearray(made.uploads.read_bytes())
        content[len(content) // 2] ^= 1
        made.uploads.write_bytes(content)
    elif damage == "no uploads":
        made.uploads.write_bytes(made.path.read_bytes())
    else:
        lay_beside(made, settings, logo, "../stray")
    logo.write_bytes(b"a newer logo")
    begun: list[bool] = []
    with pytest.raises(backup.BadBackup):
        backup.restore(settings, made.path, before=lambda: begun.append(True))
    assert not begun and not list(settings.data.rglob("*before-restore*"))
    assert logo.read_bytes() == b"a newer logo"


def lay_beside(made: backup.Backup, settings: Config, path: Path, name: str) -> None:
    """Uploads of one entry for a backup."""
    packed = settings.data / backup.UPLOADS
    with tarfile.open(packed, "w:") as archive:
        archive.add(path, arcname=name)
    manifest = backup.Manifest(backup.UPLOADS, backup._now(), None, {}, None)
    backup._pack(made.path.with_name(made.path.stem + ".uploads" + backup.SUFFIX), manifest, packed)


def test_a_key_from_the_environment_is_not_copied(settings: Config) -> None:
    made = backup.make(Config(data=settings.data, secret_key="k" * 32))
    assert made.key is None


def test_a_change_of_any_single_byte_is_noticed(settings: Config) -> None:
    """R-BAK-2: 200 random places, and every place of the checksum line."""
    path = backup.make(settings).path
    whole = path.read_bytes()
    places = random.Random(2).sample(range(len(whole)), 200) + list(
        range(len(whole) - backup.TRAILER_LENGTH, len(whole))
    )
    for place in places:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << (place % 8)
        path.write_bytes(flipped)
        with pytest.raises(backup.BadBackup):
            backup.verify(path)
    path.write_bytes(whole)
    backup.verify(path)


@pytest.mark.parametrize("cut", [0, 10, 5000, -1])
def test_a_cut_or_foreign_file_is_no_backup(settings: Config, cut: int) -> None:
    path = backup.make(settings).path
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(backup.BadBackup) as refused:
        backup.verify(path)
    assert str(refused.value).endswith(".")


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(backup.BadBackup, match="cannot be read"):
        backup.verify(tmp_path / "gone.carnet")


def test_a_damaged_database_gives_no_backup(settings: Config) -> None:
    """R-BAK-1: integrity_check and foreign_key_check; backups from before stay."""
    kept = backup.make(settings).path
    with opened(settings) as connection, connection:
        connection.execute("INSERT INTO phones (card_id) VALUES (9999)")
    with pytest.raises(backup.BadBackup, match="phones"):
        backup.make(settings)
    assert [path for path in kept.parent.iterdir() if path.suffix == ".carnet"] == [kept]
    assert not list(kept.parent.glob("*.part"))


def test_the_sync_check_runs_on_the_copy_and_its_findings_are_told(settings: Config) -> None:
    """R-BAK-1: a backup of cards that disagree is better than none, but it says so."""

    def differing(session: Session) -> list[Any]:
        return session.execute(text("SELECT id FROM cards WHERE id <= 2")).all()

    assert backup.make(settings, sync_check=differing).manifest.disagreements == 2
    assert backup.make(settings).manifest.disagreements is None


def test_a_backup_during_a_write_load_holds_every_earlier_save(settings: Config) -> None:
    """R-BAK-1"""
    stop = threading.Event()
    acknowledged: list[int] = []

    def write() -> None:
        with closing(sqlite3.connect(settings.database_file, timeout=10)) as connection:  # type: ignore[arg-type]
            while not stop.is_set():
                with connection:
                    acknowledged.append(
                        connection.execute("INSERT INTO cards (name) VALUES ('new')").lastrowid or 0
                    )

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            while not acknowledged:
                pass
            before = len(acknowledged)
            made = backup.make(settings)
            assert backup.verify(made.path).rows["cards"] >= CARDS + before - 1
    finally:
        stop.set()
        writer.join()


def test_a_restore_brings_everything_back_and_ends_all_sessions(settings: Config) -> None:
    path = backup.make(settings).path
    with opened(settings) as connection, connection:
        connection.execute("DELETE FROM phones")
        connection.execute("DELETE FROM cards")
    restored = backup.restore(settings, path)
    assert len(names(settings)) == CARDS
    with opened(settings) as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (0,)
    with closing(sqlite3.connect(restored.aside)) as connection:
        assert connection.execute("SELECT count(*) FROM cards").fetchone() == (0,)


def test_a_restore_takes_the_unfinished_log_of_the_present_database_out_of_the_way(settings: Config) -> None:
    """A log that a killed process left must not be applied to the restored database."""
    path = backup.make(settings).path
    assert settings.database_file is not None
    change = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA wal_autocheckpoint=0');"
        "c.execute(\"UPDATE cards SET name = 'changed'\"); c.commit(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", change, str(settings.database_file)], check=False)
    assert (settings.data / "carnet.db-wal").stat().st_size > 0
    restored = backup.restore(settings, path)
    assert names(settings)[0] == "Card 0"
    with closing(sqlite3.connect(restored.aside)) as connection:
        assert connection.execute("SELECT name FROM cards").fetchone() == ("changed",)


def test_a_restore_repairs_a_damaged_or_missing_database(settings: Config) -> None:
    path = backup.make(settings).path
    assert settings.database_file is not None
    settings.database_file.write_bytes(b"no database" * 1000)
    restored = backup.restore(settings, path)
    assert len(names(settings)) == CARDS
    assert restored.aside.read_bytes().startswith(b"no database")
    settings.database_file.unlink()
    backup.restore(settings, path)
    assert len(names(settings)) == CARDS


def test_a_restore_into_a_new_folder_moves_the_office(settings: Config, tmp_path: Path) -> None:
    moved = Config(data=tmp_path / "elsewhere")
    backup.restore(moved, backup.make(settings).path)
    assert len(names(moved)) == CARDS


def test_a_restore_is_refused_while_carnet_runs(settings: Config) -> None:
    """R-BAK-3"""
    path = backup.make(settings).path
    with lockfile.held(settings.data / lockfile.LOCK_NAME), pytest.raises(StartRefused) as refused:
        backup.restore(settings, path)
    assert refused.value.exit_code == 3


def test_a_damaged_backup_changes_nothing(settings: Config) -> None:
    path = backup.make(settings).path
    flipped = bytearray(path.read_bytes())
    flipped[len(flipped) // 2] ^= 1
    path.write_bytes(flipped)
    with opened(settings) as connection, connection:
        connection.execute("UPDATE cards SET name = 'present'")
    with pytest.raises(backup.BadBackup):
        backup.restore(settings, path)
    assert set(names(settings)) == {"present"}
    assert not list(settings.data.glob("*before-restore*"))


def test_a_backup_of_a_newer_version_is_refused(settings: Config) -> None:
    """R-DUR-6"""
    with opened(settings) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('from_the_future')")
    path = backup.make(settings).path
    with pytest.raises(StartRefused, match="newer version") as refused:
        backup.restore(settings, path)
    assert refused.value.exit_code == 4


def test_a_backup_killed_half_way_leaves_only_an_unfinished_name(settings: Config) -> None:
    """Section 2.6: the unfinished one has a .part name and is removed at the next start."""
    kept = backup.make(settings).path
    before = kept.read_bytes()
    dying = (
        "import os, sys; from pathlib import Path; from config import Config; from services import backup\n"
        "backup.verify = lambda path: os._exit(9)\n"
        "backup.make(Config(data=Path(sys.argv[1])))"
    )
    subprocess.run([sys.executable, "-c", dying, str(settings.data)], cwd=HOME, check=False)
    assert list(kept.parent.glob("*.part"))
    datadir.remove_leftovers(settings.data)
    assert not list(kept.parent.glob("*.part"))
    assert list(kept.parent.glob("*.carnet")) == [kept]
    assert kept.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of a file")
@pytest.mark.parametrize("share", [0.5, 1.1], ids=["while copying", "while packing"])
def test_a_backup_that_does_not_fit_says_so_and_leaves_no_half_file(settings: Config, share: float) -> None:
    """R-DUR-5"""
    kept = backup.make(settings).path
    limit = int(settings.database_file.stat().st_size * share)  # type: ignore[union-attr]
    making = (
        "import resource, sys; from pathlib import Path\n"
        "from config import Config; from services import backup\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "try: backup.make(Config(data=Path(sys.argv[1])))\n"
        "except backup.BadBackup as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", making, str(settings.data)],
        cwd=HOME,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("The backup could not be written"), done
    assert [path.name for path in kept.parent.iterdir() if path.suffix in (".carnet", ".part")] == [kept.name]


@pytest.fixture
def config(database_kind: str, all_databases: databases.Databases, tmp_path: Path) -> Config:
    """An office of this test's own: its files are changed as well."""
    return all_databases.fresh(database_kind, tmp_path)


@pytest.mark.both_databases
def test_an_office_comes_back_as_it_was_on_both_databases(config: Config, tmp_path: Path) -> None:
    """R-BAK-1: the copy, the count of rows and the sync check see one moment; a restore brings it back."""
    made = backup.make(config, sync_check=sync.mismatches)
    assert made.manifest.disagreements == 0
    assert made.manifest.rows["users"] > 0
    before = databases.dump(config)
    engine = databases.plain_engine(config)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM users"))
        connection.execute(text("CREATE TABLE newer (id INTEGER PRIMARY KEY)"))
    restored = backup.restore(config, made.path)
    assert databases.dump(config) == before
    assert restored.aside.exists()
    if not config.is_sqlite:
        assert backup.verify(restored.aside).rows["users"] == 0


@pytest.mark.both_databases
def test_a_restore_on_either_database_is_refused_while_carnet_runs(config: Config, tmp_path: Path) -> None:
    """R-BAK-3: on PostgreSQL the server may run with another folder, or on another machine."""
    path = backup.make(config).path
    here = config if config.is_sqlite else replace(config, data=tmp_path / "elsewhere")
    with starting.prepared(config), pytest.raises(StartRefused) as refused:
        backup.restore(here, path)
    assert refused.value.exit_code == 3


@pytest.mark.both_databases
def test_a_backup_does_not_fit_the_other_database(config: Config, tmp_path: Path) -> None:
    path = backup.make(config).path
    url = "postgresql://nobody@localhost/nowhere" if config.is_sqlite else ""
    with pytest.raises(backup.BadBackup, match="is set to use"):
        backup.restore(Config(data=tmp_path / "other", database_url=url), path)
