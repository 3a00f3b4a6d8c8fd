"""Settings from the environment or the command line, checked once: a wrong one stops with a sentence."""

import argparse
import importlib.util
import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from click import ClickException
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

HOME = Path(__file__).resolve().parent
SQLITE_NAME = "carnet.db"
BODY_LIMIT = 2 * 1024 * 1024
FORM_LIMIT = 500_000
FORM_PARTS = 1000
IDLE_MINUTES = range(15, 12 * 60 + 1)
KEY_LENGTH = 32

# The option of `python app.py`, its variable, and what it says in --help.
OPTIONS = (
    ("data", "CARNET_DATA", "folder for the database, keys and backups (instance)"),
    ("host", "CARNET_HOST", "address to listen on (0.0.0.0, the office network)"),
    ("port", "CARNET_PORT", "port to listen on (8000)"),
    ("url", "CARNET_URL", "how users reach Carnet, for links in mails"),
    ("hosts", "CARNET_HOSTS", "names it answers to, with commas (this machine's names and addresses)"),
    ("proxy", "CARNET_PROXY", "address of a proxy to trust, such as 127.0.0.1"),
    ("https", "CARNET_HTTPS", "1 when users reach Carnet over https"),
    ("idle", "CARNET_IDLE", "minutes without a click until a session ends (240)"),
    ("database-url", "DATABASE_URL", "PostgreSQL address (a SQLite file in the data folder)"),
    ("setup-code", "CARNET_SETUP_CODE", "the one-time code of the first start"),
    ("secret-key", "SECRET_KEY", "key that signs cookies (made at the first start)"),
    ("smtp-url", "SMTP_URL", "mail server, such as smtp://name@mail.example.com:587"),
)
# Everybody on a machine can read the command lines of its programs.
ENVIRONMENT_ONLY = ("SECRET_KEY",)


class StartRefused(ClickException):
    """Carnet cannot start or run a command: a sentence for the administrator, and the exit code.

    2 a setting is wrong, 3 it is already running, 4 the data folder or the database has a problem.
    Commands of `flask --app app` show it without a trace, for it is an error that click knows.
    """

    def __init__(self, sentence: str, exit_code: int = 2) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        # click declares it for the class, and reads it from the instance.
        self.exit_code = exit_code  # type: ignore[misc]


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that can be set from outside; the defaults make a working office."""

    data: Path = HOME / "instance"
    host: str = "0.0.0.0"
    port: int = 8000
    url: str = ""
    hosts: tuple[str, ...] = ()
    proxy: str = ""
    https: bool = False
    idle_minutes: int = 240
    database_url: str = field(default="", repr=False)
    setup_code: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    smtp_url: str = field(default="", repr=False)
    demo: bool = False
    copy: bool = True
    testing: bool = False
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_env(cls, env: Mapping[str, str], args: Sequence[str] = ()) -> "Config":
        """Read the variables and the options, which win; raises StartRefused for a wrong value."""
        options = _parser().parse_args(list(args))
        given = {variable: env.get(variable, "").strip() for _, variable, _ in OPTIONS}
        for name, variable, _ in OPTIONS:
            if (value := getattr(options, name.replace("-", "_"), None)) is not None:
                given[variable] = value.strip()
                if re.search(r"://[^/@]*:[^@]*@|password=", given[variable]):
                    raise StartRefused(
                        "Everybody on this machine can read a command line: put the address with the password"
                        f" in the variable {variable} instead of the option --{name}."
                    )
        folder = Path(given["CARNET_DATA"] or HOME / "instance").expanduser().resolve()
        return cls(
            # The sample company has its own folder and database, and stays on this machine.
            data=folder / "demo" if options.demo else folder,
            host=given["CARNET_HOST"] or ("127.0.0.1" if options.demo else "0.0.0.0"),
            port=_whole("CARNET_PORT", given["CARNET_PORT"] or "8000", range(65536)),
            url=_site(given["CARNET_URL"]),
            hosts=_hosts(given["CARNET_HOSTS"]),
            proxy=_proxy(given["CARNET_PROXY"]),
            https=_yes_or_no(
                "CARNET_HTTPS", given["CARNET_HTTPS"] or given["CARNET_URL"].startswith("https:")
            ),
            idle_minutes=_whole("CARNET_IDLE", given["CARNET_IDLE"] or "240", IDLE_MINUTES),
            database_url="" if options.demo else _database(given["DATABASE_URL"]),
            setup_code=given["CARNET_SETUP_CODE"],
            secret_key=_key(given["SECRET_KEY"]),
            smtp_url=_mail_server(given["SMTP_URL"]),
            demo=options.demo,
            copy=not options.no_copy,
            warnings=_warnings(env),
        )

    @property
    def is_sqlite(self) -> bool:
        return not self.database_url or self.database_url.startswith("sqlite")

    @property
    def database_file(self) -> Path | None:
        """The SQLite file, or None on PostgreSQL."""
        if not self.is_sqlite:
            return None
        name = make_url(self.database_url).database if self.database_url else None
        return Path(name).resolve() if name else self.data / SQLITE_NAME

    @property
    def sqlalchemy_url(self) -> URL:
        """Where the engine connects; SQLite never makes an empty file in place of a missing one."""
        if self.database_file is None:
            return make_url(self.database_url)
        return URL.create("sqlite", database=self.database_file.as_uri(), query={"mode": "rw", "uri": "true"})

    def flask_settings(self, secret_key: str) -> dict[str, Any]:
        """The same settings under the names that Flask and its extensions use."""
        return {
            "CARNET": self,
            "DEBUG": False,
            "TESTING": self.testing,
            "SECRET_KEY": secret_key,
            "SQLALCHEMY_DATABASE_URI": self.sqlalchemy_url,
            "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True, "pool_pre_ping": not self.is_sqlite},
            "MAX_CONTENT_LENGTH": BODY_LIMIT,
            "MAX_FORM_MEMORY_SIZE": FORM_LIMIT,
            "MAX_FORM_PARTS": FORM_PARTS,
            # The prefix makes browsers insist on Secure, Path=/ and no Domain.
            "SESSION_COOKIE_NAME": "__Host-carnet" if self.https else "carnet",
            "SESSION_COOKIE_SECURE": self.https,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_PATH": "/",
            "PREFERRED_URL_SCHEME": "https" if self.https else "http",
            # A form left open over lunch is still good: the token lives as long as the session.
            "WTF_CSRF_TIME_LIMIT": None,
        }


def host_name(host: str) -> str:
    """The name in a Host header in lower case, without port and brackets; empty when it is none."""
    match = re.fullmatch(
        r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?)(?::[0-9]{1,5})?", host.lower()
    )
    return (match[1] or match[2]) if match else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python app.py", description="Carnet: contacts in step. Every option is also a variable."
    )
    for name, variable, said in OPTIONS:
        if variable not in ENVIRONMENT_ONLY:
            parser.add_argument(f"--{name}", metavar="…", help=f"{said}; {variable}")
    parser.add_argument("--demo", action="store_true", help="run the sample company, in its own folder")
    parser.add_argument("--no-copy", action="store_true", help="upgrade without a copy of the database first")
    return parser


def _whole(variable: str, value: str, allowed: range) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", value) or int(value) not in allowed:
        raise StartRefused(
            f"{variable} must be a whole number from {allowed.start} to {allowed.stop - 1}, not “{value}”."
        )
    return int(value)


def _yes_or_no(variable: str, value: str | bool) -> bool:
    known = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    if isinstance(value, bool):
        return value
    if value.lower() not in known:
        raise StartRefused(f"{variable} must be 1 or 0, not “{value}”.")
    return known[value.lower()]


def _site(value: str) -> str:
    if not value:
        return ""
    parts = _split("CARNET_URL", value, "an address like http://carnet.example.com:8000")
    if parts.scheme not in ("http", "https") or parts.path.strip("/") or parts.query or parts.username:
        raise StartRefused(
            f"CARNET_URL must be an address like http://carnet.example.com:8000, not “{value}”."
        )
    return value.rstrip("/")


def _hosts(value: str) -> tuple[str, ...]:
    names = [part.strip() for part in value.split(",") if part.strip()]
    for name in names:
        if not host_name(name):
            raise StartRefused(
                f"CARNET_HOSTS must be names or addresses with commas between them, not “{name}”."
            )
    return tuple(host_name(name) for name in names)


def _proxy(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value)) if value else ""
    except ValueError:
        raise StartRefused(
            f"CARNET_PROXY must be the address of the proxy, such as 127.0.0.1, not “{value}”."
        ) from None


def _database(value: str) -> str:
    if not value:
        return ""
    wanted = "an address like postgresql://user@host/database"
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise StartRefused(f"DATABASE_URL must be {wanted}.") from None
    if url.drivername == "sqlite" and url.database not in (None, "", ":memory:"):
        return value
    if url.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise StartRefused(f"DATABASE_URL must be {wanted}, not one that begins with “{url.drivername}”.")
    if importlib.util.find_spec("psycopg") is None:
        raise StartRefused(
            "DATABASE_URL names a PostgreSQL database, but its driver is not installed."
            " Install it with: pip install -r requirements-postgresql.txt"
        )
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _key(value: str) -> str:
    if value and len(value) < KEY_LENGTH:
        raise StartRefused(
            f"SECRET_KEY must have at least {KEY_LENGTH} characters, from a random source."
            " Leave it out, and Carnet makes one at the first start."
        )
    return value


def _mail_server(value: str) -> str:
    if value:
        wanted = "an address like smtp://name@mail.example.com:587"
        if _split("SMTP_URL", value, wanted).scheme not in ("smtp", "smtps"):
            raise StartRefused(f"SMTP_URL must be {wanted}.")
    return value


def _split(variable: str, value: str, wanted: str) -> Any:
    """The parts of an address; the sentence never repeats it, for it may hold a password."""
    try:
        parts = urlsplit(value)
        if parts.hostname and (parts.port is None or parts.port > 0):
            return parts
    except ValueError:
        pass
    raise StartRefused(f"{variable} must be {wanted}.")


def _warnings(env: Mapping[str, str]) -> tuple[str, ...]:
    if env.get("FLASK_DEBUG", "") in ("", "0"):
        return ()
    return ("FLASK_DEBUG is ignored: Carnet has no debug mode.",)
