"""Settings: the defaults work, every wrong value stops with a sentence and exit code 2 (Q2, Q6)."""

from dataclasses import replace
from pathlib import Path

import pytest

from config import OPTIONS, Config, StartRefused, host_name
from services import addresses


def test_nothing_needs_to_be_set() -> None:
    """Q2: SQLite in the data folder, the office network, port 8000."""
    config = Config.from_env({})
    assert (config.host, config.port, config.https, config.idle_minutes) == ("0.0.0.0", 8000, False, 240)
    assert config.database_file == config.data / "carnet.db"
    assert config.data.name == "instance"
    assert Config() == config


def test_an_option_wins_over_its_variable() -> None:
    """Q6: the same names as options of `python app.py`."""
    config = Config.from_env({"CARNET_PORT": "8001", "CARNET_HOST": "127.0.0.1"}, ["--port", "8002"])
    assert (config.port, config.host) == (8002, "127.0.0.1")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CARNET_PORT", "80a"),
        ("CARNET_PORT", "65536"),
        ("CARNET_PORT", "-1"),
        ("CARNET_URL", "carnet.example.com"),
        ("CARNET_URL", "ftp://carnet.example.com"),
        ("CARNET_URL", "http://carnet.example.com/office"),
        ("CARNET_URL", "http://name@carnet.example.com"),
        ("CARNET_URL", "http://carnet:99999"),
        ("CARNET_HOSTS", "carnet, not a name"),
        ("CARNET_HOSTS", "http://carnet"),
        ("CARNET_PROXY", "yes"),
        ("CARNET_HTTPS", "perhaps"),
        ("CARNET_IDLE", "14"),
        ("CARNET_IDLE", "721"),
        ("DATABASE_URL", "mysql://host/carnet"),
        ("DATABASE_URL", "carnet.db"),
        ("DATABASE_URL", "sqlite://"),
        ("SECRET_KEY", "short"),
        ("SMTP_URL", "mail.example.com"),
        ("SMTP_URL", "http://mail.example.com"),
    ],
)
def test_a_wrong_value_stops_with_a_sentence_that_names_the_setting(variable: str, value: str) -> None:
    with pytest.raises(StartRefused) as refused:
        Config.from_env({variable: value})
    assert refused.value.exit_code == 2
    assert variable in refused.value.sentence
    assert refused.value.sentence.endswith(".")


@pytest.mark.parametrize("variable", ["DATABASE_URL", "SMTP_URL"])
def test_a_sentence_never_repeats_a_password(variable: str) -> None:
    """R-SEC-2"""
    with pytest.raises(StartRefused) as refused:
        Config.from_env({variable: "wrong://name:planted-password@host:99999999/x"})
    assert "planted" not in refused.value.sentence


def test_a_password_on_the_command_line_is_refused() -> None:
    """R-SEC-2: everybody on the machine can read command lines."""
    with pytest.raises(StartRefused) as refused:
        Config.from_env({}, ["--database-url", "postgresql://carnet:secret@localhost/carnet"])
    assert "DATABASE_URL" in refused.value.sentence


def test_a_config_that_is_printed_shows_no_secret() -> None:
    """R-SEC-2"""
    config = Config.from_env(
        {
            "SECRET_KEY": "planted-" * 8,
            "DATABASE_URL": "postgresql://carnet:planted@host/db",
            "CARNET_SETUP_CODE": "planted",
            "SMTP_URL": "smtp://name:planted@host",
        }
    )
    assert "planted" not in repr(config)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_addresses_are_rewritten_for_the_driver(scheme: str) -> None:
    """R-DUR-8"""
    config = Config.from_env({"DATABASE_URL": f"{scheme}://carnet:p%40ss@db.example.com:5433/office"})
    url = config.sqlalchemy_url
    assert (url.drivername, url.host, url.port, url.password) == (
        "postgresql+psycopg",
        "db.example.com",
        5433,
        "p@ss",
    )
    assert not config.is_sqlite
    assert config.database_file is None


def test_sqlite_never_makes_an_empty_database_in_place_of_a_missing_one(tmp_path: Path) -> None:
    """R-DUR-6"""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import OperationalError

    config = Config(data=tmp_path / "a folder #1 100%")
    config.data.mkdir()
    engine = create_engine(config.sqlalchemy_url)
    with pytest.raises(OperationalError):
        engine.connect()
    config.database_file.touch()  # type: ignore[union-attr]
    engine.connect().close()
    assert [path.name for path in config.data.iterdir()] == ["carnet.db"]


def test_debug_mode_is_ignored_with_a_warning() -> None:
    """R-SEC-3"""
    config = Config.from_env({"FLASK_DEBUG": "1"})
    assert config.flask_settings("k" * 32)["DEBUG"] is False
    assert config.warnings == ("FLASK_DEBUG is ignored: Carnet has no debug mode.",)
    assert Config.from_env({"FLASK_DEBUG": "0"}).warnings == ()


def test_cookies_follow_the_configured_scheme() -> None:
    """R-AUTH-8: https hardens the cookie, and only configuration decides."""
    plain = Config().flask_settings("k" * 32)
    secure = Config.from_env({"CARNET_URL": "https://carnet.example.com"}).flask_settings("k" * 32)
    assert (plain["SESSION_COOKIE_NAME"], plain["SESSION_COOKIE_SECURE"]) == ("carnet", False)
    assert (secure["SESSION_COOKIE_NAME"], secure["SESSION_COOKIE_SECURE"]) == ("__Host-carnet", True)
    for settings in (plain, secure):
        assert settings["SESSION_COOKIE_HTTPONLY"] is True
        assert settings["SESSION_COOKIE_SAMESITE"] == "Lax"
        assert settings["SESSION_COOKIE_PATH"] == "/"


def test_the_sample_company_stays_in_its_own_database_on_this_machine() -> None:
    """Q4"""
    config = Config.from_env({"DATABASE_URL": "postgresql://host/office"}, ["--demo"])
    assert config.demo
    assert config.is_sqlite
    assert config.host == "127.0.0.1"
    assert config.data == Config().data / "demo"
    assert Config.from_env({"CARNET_HOST": "0.0.0.0"}, ["--demo"]).host == "0.0.0.0"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Carnet.Example.com:8000", "carnet.example.com"),
        ("localhost.", "localhost"),
        ("[::1]:8000", "::1"),
        ("192.168.1.5", "192.168.1.5"),
        ("a b", ""),
        ("user@host", ""),
        ("host:port", ""),
        ("host/..", ""),
        ("host\n", ""),
        ("", ""),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    """R-WEB-7"""
    assert host_name(header) == name


def test_carnet_answers_to_its_machine_and_to_no_other_name() -> None:
    """R-WEB-7"""
    config = Config()
    own = ["localhost", "127.0.0.1", "[::1]", *addresses.machine_names(), *addresses.machine_addresses()]
    for name in own:
        assert addresses.answers_to(
            config, f"[{name}]:8000" if name.count(":") > 1 and "[" not in name else name
        )
    for name in ("evil.example", "localhost.evil.example", "203.0.113.77", ""):
        assert not addresses.answers_to(config, name)


def test_named_hosts_replace_the_machines_own() -> None:
    """R-WEB-7"""
    config = Config.from_env(
        {"CARNET_HOSTS": "Carnet.office, 10.0.0.5:8000", "CARNET_URL": "https://carnet.example.com"}
    )
    for name in ("carnet.office", "CARNET.office:443", "10.0.0.5", "carnet.example.com"):
        assert addresses.answers_to(config, name)
    assert not addresses.answers_to(config, "localhost")
    assert addresses.answers_to(replace(config, hosts=()), "localhost")


def test_every_setting_is_in_the_readme() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    assert [variable for _, variable, _ in OPTIONS if f"`{variable}`" not in readme] == []
