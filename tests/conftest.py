"""Fixtures for every test: a database of its own, the application, a clock, and clients of each role."""

import io
import logging
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_socket
from flask import Flask
from flask_babel import Babel
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import models.base
from config import Config
from extensions import db
from models import MODELS, Document
from services import database, limits, logs, recent, search, sync, totals, tripwire
from tests.support import databases
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.databases import Databases
from tests.support.threads import write
from tests.support.world import World, make_world

MARKERS = (
    "both_databases: runs on SQLite, and on PostgreSQL when CARNET_TEST_POSTGRES names a server",
    "damaged: leaves linked cards that differ, on purpose",
    "browser: needs Chromium",
    "slow: takes more than a second or two",
)
LOCAL = ["127.0.0.1", "::1", "localhost"]


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    # A statement that met other rows than it expected is a fault, not a remark.
    config.addinivalue_line("filterwarnings", "error::sqlalchemy.exc.SAWarning")
    # WTForms is pinned; its next version has another spelling.
    config.addinivalue_line(
        "filterwarnings", "ignore:Passing SelectField choices as tuples:DeprecationWarning"
    )


def pytest_runtest_setup() -> None:
    """No test reaches the network."""
    pytest_socket.socket_allow_hosts(LOCAL, allow_unix_socket=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases") is not None
        kinds = databases.KINDS if both else (os.environ.get("CARNET_TEST_DATABASE", "sqlite"),)
        metafunc.parametrize("database_kind", kinds, indirect=True)


@pytest.fixture(scope="session")
def all_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """What copies a database for each test."""
    made = Databases(tmp_path_factory.mktemp("templates"))
    yield made
    made.close()


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """“sqlite” or “postgresql”."""
    return str(request.param)


@pytest.fixture
def config(database_kind: str, all_databases: Databases) -> Config:
    """The configuration of a database with an office, its settings and four users, as if new."""
    limits._taken.clear()
    recent._waiting.clear()
    return all_databases.renewed(database_kind)


@pytest.fixture
def empty_config(database_kind: str, all_databases: Databases, tmp_path: Path) -> Config:
    """A configuration with the database of a first start: tables and nothing in them."""
    return all_databases.fresh(database_kind, tmp_path / "empty", office=False)


@pytest.fixture(autouse=True)
def in_step(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test that has a database, all linked cards agree, and as many are counted as there are."""
    config = request.getfixturevalue("config") if "config" in request.fixturenames else None
    yield
    if config is not None and request.node.get_closest_marker("damaged") is None:
        engine = databases.plain_engine(config)
        with Session(engine) as session:
            assert sync.mismatches(session) == []
            for kind, model in MODELS.items():
                assert search.all_cards(session, kind) == session.scalar(
                    select(func.count()).select_from(model)
                )
            papers = session.execute(select(Document.kind, func.count()).group_by(Document.kind)).all()
            assert all(totals.of(session, kind) == count for kind, count in papers)


@pytest.fixture
def app(config: Config, apps: dict[str, Flask]) -> Iterator[Flask]:
    """The application on that database."""
    if str(config.data) not in apps:
        from app import create_app

        apps[str(config.data)] = create_app(config)
    yield apps[str(config.data)]
    close(apps[str(config.data)])


@pytest.fixture
def do(app: Flask) -> Callable[[Callable[[Session], Any]], Any]:
    """Runs work(session) as one committed write transaction and returns what it returns."""
    return lambda work: write(app, work)


@pytest.fixture
def bare_app(config: Config, apps: dict[str, Flask]) -> Iterator[Flask]:
    """The database and the services without a single address: they know nothing of HTTP."""
    key = f"bare {config.data}"
    if key not in apps:
        apps[key] = _bare_app(config)
    yield apps[key]
    close(apps[key])


@pytest.fixture(scope="session")
def apps() -> dict[str, Flask]:
    """Applications that tests use in turn."""
    return {}


@pytest.fixture
def session(bare_app: Flask) -> Iterator[Session]:
    """A session in a stretch of writing, as the doors of the services expect it; the test commits."""
    with bare_app.app_context(), database.writing(db.session()):
        yield db.session()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Carnet's clock, standing at noon of 15 June 2026 until it is moved."""
    clock = Clock(datetime(2026, 6, 15, 12, 0, tzinfo=UTC))
    monkeypatch.setattr(models.base, "_clock", clock)
    return clock


@pytest.fixture(scope="session")
def worlds() -> dict[Path, tuple[World, Path]]:
    """Filled databases that tests bring back in turn, with the folder each is kept in."""
    return {}


@pytest.fixture
def world(
    app: Flask,
    config: Config,
    worlds: dict[Path, tuple[World, Path]],
    tmp_path_factory: pytest.TempPathFactory,
) -> World:
    """One of everything an address can name, made once and brought back for each test."""
    close(app)
    if config.data in worlds:
        made, folder = worlds[config.data]
        databases.bring_back(config, folder, "world")
        return made
    made, folder = make_world(app, config), tmp_path_factory.mktemp("world") / "kept"
    close(app)
    databases.keep(config, folder, "world")
    worlds[config.data] = made, folder
    return made


@pytest.fixture
def client_of(app: Flask) -> Callable[..., Client]:
    """Makes browsers: client_of("clerk", language="fr", htmx=True); "" is nobody."""
    return lambda role="clerk", **how: Client(app, role=role, **how)


@pytest.fixture
def client(client_of: Callable[..., Client]) -> Client:
    """The clerk's browser, without JavaScript, in English."""
    return client_of("clerk")


def close(app: Flask) -> None:
    """Close the connections of an application."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _bare_app(config: Config) -> Flask:
    app = Flask("carnet")
    app.config.update(config.flask_settings(config.secret_key))
    db.init_app(app)
    Babel(app)
    tripwire.install()
    with app.app_context():
        database.configure(db.engine)
    return app


def pytest_report_header() -> str:
    wanted = (
        "SQLite and PostgreSQL"
        if databases.SERVER
        else "SQLite (set CARNET_TEST_POSTGRES for PostgreSQL too)"
    )
    return f"databases: {wanted}"


def pytest_sessionstart(session: Any) -> None:
    if databases.REQUIRE_ALL and not databases.SERVER:
        pytest.exit("CARNET_REQUIRE_ALL=1 needs CARNET_TEST_POSTGRES", 2)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log writes, from every logger, as `logs.configure` has it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.LineFormatter())
    root = logging.getLogger()
    level, own = root.level, logs.log.level
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logs.log.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    logs.log.setLevel(own)
