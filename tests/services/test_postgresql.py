"""What is different when DATABASE_URL names PostgreSQL (Q3, R-DUR-8, R-SEC-2)."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import InternalError

from app import create_app
from config import HOME, Config, StartRefused
from extensions import db
from models import User
from services import backup, database, migrating, postgres_tools, search, starting
from tests.support import databases

needs_server = pytest.mark.skipif(
    not databases.SERVER, reason="CARNET_TEST_POSTGRES names no PostgreSQL server"
)


@pytest.fixture
def office(all_databases: databases.Databases, tmp_path: Path) -> Config:
    """An office on PostgreSQL."""
    return all_databases.fresh("postgresql", tmp_path)


def test_a_server_that_does_not_answer_is_a_sentence_without_the_password(tmp_path: Path) -> None:
    config = Config(data=tmp_path, database_url="postgresql+psycopg://carnet:planted@127.0.0.1:1/office")
    with pytest.raises(StartRefused) as refused, starting.prepared(config):
        pass
    assert refused.value.exit_code == 4
    assert "The PostgreSQL database office on 127.0.0.1 does not answer." in refused.value.sentence
    assert "planted" not in refused.value.sentence


def test_without_pg_dump_the_start_explains_and_asks_for_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Q5"""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StartRefused) as refused:
        postgres_tools.check_dump(tmp_path / "dump")
    assert refused.value.exit_code == 4
    assert "pg_restore is not installed" in refused.value.sentence
    assert "--no-copy" in refused.value.sentence


def test_the_programs_do_not_get_the_password_on_their_command_line() -> None:
    """R-SEC-2: everybody on the machine can read command lines."""
    url = Config(
        database_url="postgresql+psycopg://carnet:planted@db:5433/office?sslmode=require"
    ).sqlalchemy_url
    assert postgres_tools._address(url) == "--dbname=postgresql://carnet@db:5433/office?sslmode=require"


@needs_server
def test_several_servers_may_share_a_database(office: Config, tmp_path: Path) -> None:
    """Q3"""
    other = replace(office, data=tmp_path / "other")
    with starting.prepared(office), starting.prepared(other):
        pass


@needs_server
def test_two_first_starts_at_the_same_moment_make_one_database(
    all_databases: databases.Databases, tmp_path: Path
) -> None:
    url = all_databases._create()
    begin = (
        "import sys; from pathlib import Path; from config import Config; from services import starting\n"
        "config = Config(data=Path(sys.argv[1]), database_url=sys.argv[2])\n"
        "sys.stdin.readline()\n"
        "with starting.prepared(config): pass"
    )
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", begin, str(tmp_path / folder), url],
            cwd=HOME,
            stdin=subprocess.PIPE,
            text=True,
        )
        for folder in ("one", "two")
    ]
    for process in starts:
        process.stdin.write("\n")  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
    for process in starts:
        process.communicate(timeout=60)
    assert [process.returncode for process in starts] == [0, 0]
    engine = databases.plain_engine(Config(database_url=url))
    migrating.check_current(engine)


@needs_server
def test_a_copy_before_an_upgrade_is_a_verified_dump(office: Config) -> None:
    """Q5"""
    engine = databases.plain_engine(office)
    with engine.begin() as connection:
        users = connection.scalar(text("SELECT count(*) FROM users"))
    starting._copy(office)
    copies = list((office.data / "backups").glob("before-upgrade-*.carnet"))
    assert len(copies) == 1
    assert backup.verify(copies[0]).rows["users"] == users


@needs_server
def test_a_dump_that_fails_is_a_sentence(office: Config) -> None:
    wrong = office.sqlalchemy_url.set(database="nowhere_at_all")
    with pytest.raises(StartRefused, match="pg_dump failed") as refused:
        postgres_tools.dump(wrong, office.data / "dump", "00000003-0000001B-1")
    assert refused.value.exit_code == 4


@needs_server
def test_outside_a_stretch_of_writing_nothing_is_written_and_statements_stay_prepared(office: Config) -> None:
    with starting.prepared(office):
        app = create_app(office)
    with app.app_context():
        session = db.session()
        prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE :found")
        for _turn in range(6):
            assert session.scalar(select(func.count()).select_from(User))
            assert search.find(session, "contact", "nobody") == []
            session.rollback()
        assert session.scalar(prepared, {"found": "%FROM users%"}) == 1
        # A search is planned for what is looked for.
        assert session.scalar(prepared, {"found": "%FROM contacts%"}) == 0
        with pytest.raises(InternalError, match="read-only"):
            session.execute(text("UPDATE users SET name = name"))
        session.rollback()
        with database.writing(session):
            session.execute(text("UPDATE users SET name = name"))
            session.rollback()
        db.session.remove()
        db.engine.dispose()
