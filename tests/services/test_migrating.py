"""Upgrades happen whole or not at all, after a verified copy (Q5, section 2.6)."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from config import Config, StartRefused
from services import datadir, migrating

ENVIRONMENT = """
from alembic import context
context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
"""
STEP = """
from alembic import op
revision, down_revision = {revision!r}, {before!r}
def upgrade():
    {work}
"""
FIRST = (
    "op.execute('CREATE TABLE cards (id INTEGER PRIMARY KEY, name TEXT)'); "
    "op.execute('CREATE TABLE phones (id INTEGER PRIMARY KEY,"
    " card_id INTEGER REFERENCES cards ON DELETE CASCADE)')"
)


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A folder of migrations with one step."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENVIRONMENT)
    add(folder, "one", None, FIRST)
    return folder


@pytest.fixture
def settings(tmp_path: Path, scripts: Path) -> Config:
    """A database at the first step, with a card and its phone."""
    settings = Config(data=tmp_path / "instance")
    datadir.prepare(settings.data)
    datadir.create(settings.data / "carnet.db").close()
    assert migrating.upgrade(settings, scripts=scripts)
    with closing(sqlite3.connect(settings.data / "carnet.db")) as connection, connection:
        connection.execute("INSERT INTO cards VALUES (1, 'Card')")
        connection.execute("INSERT INTO phones VALUES (1, 1)")
    return settings


def add(scripts: Path, revision: str, before: str | None, work: str) -> None:
    (scripts / "versions" / f"{revision}.py").write_text(
        STEP.format(revision=revision, before=before, work=work)
    )


def ask(settings: Config, query: str) -> object:
    with closing(sqlite3.connect(settings.data / "carnet.db")) as connection:
        return connection.execute(query).fetchone()[0]


def test_what_is_missing_is_applied_once_after_a_copy(settings: Config, scripts: Path) -> None:
    """Q5"""
    add(scripts, "two", "one", "op.execute('ALTER TABLE cards ADD city TEXT')")
    copies: list[object] = []
    assert migrating.upgrade(
        settings, lambda: copies.append(ask(settings, "SELECT version_num FROM alembic_version")), scripts
    )
    assert copies == ["one"], "the copy is of the version from before"
    assert not migrating.upgrade(settings, lambda: copies.append("again"), scripts)
    assert copies == ["one"]
    assert ask(settings, "SELECT version_num FROM alembic_version") == "two"


def test_an_empty_database_needs_no_copy(tmp_path: Path, scripts: Path) -> None:
    settings = Config(data=tmp_path / "new")
    datadir.prepare(settings.data)
    datadir.create(settings.data / "carnet.db").close()
    copies: list[object] = []
    assert migrating.upgrade(settings, lambda: copies.append(1), scripts)
    assert copies == []


def test_a_copy_that_fails_keeps_the_upgrade_from_beginning(settings: Config, scripts: Path) -> None:
    def refuse() -> None:
        raise StartRefused("The program pg_dump is not installed.", 4)

    add(scripts, "two", "one", "op.execute('ALTER TABLE cards ADD city TEXT')")
    with pytest.raises(StartRefused, match="pg_dump"):
        migrating.upgrade(settings, refuse, scripts)
    assert ask(settings, "SELECT version_num FROM alembic_version") == "one"


def test_a_step_that_fails_takes_back_the_steps_before_it(settings: Config, scripts: Path) -> None:
    """Section 2.6: the old version complete, or the new one."""
    add(
        scripts,
        "two",
        "one",
        "op.execute('CREATE TABLE extra (id INTEGER)'); op.execute('DELETE FROM phones')",
    )
    add(scripts, "three", "two", "op.execute('ALTER TABLE nowhere ADD city TEXT')")
    with pytest.raises(StartRefused, match="nothing was changed") as refused:
        migrating.upgrade(settings, scripts=scripts)
    assert refused.value.exit_code == 4
    assert ask(settings, "SELECT version_num FROM alembic_version") == "one"
    assert ask(settings, "SELECT count(*) FROM phones") == 1
    assert ask(settings, "SELECT count(*) FROM sqlite_master WHERE name = 'extra'") == 0


def test_rebuilding_a_table_does_not_delete_what_points_to_it(settings: Config, scripts: Path) -> None:
    """Dropping a table with foreign keys on would fire ON DELETE."""
    rebuild = (
        "op.execute('CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT, city TEXT)');"
        "op.execute('INSERT INTO new (id, name) SELECT id, name FROM cards');"
        "op.execute('DROP TABLE cards'); op.execute('ALTER TABLE new RENAME TO cards')"
    )
    add(scripts, "two", "one", rebuild)
    assert migrating.upgrade(settings, scripts=scripts)
    assert ask(settings, "SELECT count(*) FROM phones") == 1


def test_an_upgrade_that_leaves_orphans_is_taken_back(settings: Config, scripts: Path) -> None:
    add(scripts, "two", "one", "op.execute('DELETE FROM cards')")
    with pytest.raises(StartRefused, match="phones"):
        migrating.upgrade(settings, scripts=scripts)
    assert ask(settings, "SELECT count(*) FROM cards") == 1
    assert ask(settings, "SELECT version_num FROM alembic_version") == "one"


def test_a_newer_version_is_refused_before_anything_happens(settings: Config, scripts: Path) -> None:
    """R-DUR-6"""
    with closing(sqlite3.connect(settings.data / "carnet.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'future'")
    with pytest.raises(StartRefused, match="newer version") as refused:
        migrating.upgrade(settings, scripts=scripts)
    assert refused.value.exit_code == 4
