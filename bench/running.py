"""Databases to measure on, and the server processes that serve them; everything is removed afterwards."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from config import HOME, Config

KEY = "k" * 40
_numbers = count(1)
_PORT = re.compile(r"http://127\.0\.0\.1:(\d+)")


@contextmanager
def empty_database(postgres: str = "") -> Iterator[Config]:
    """The configuration of a database that does not exist yet: a file, or one on the PostgreSQL server."""
    folder = Path(tempfile.mkdtemp(prefix="carnet-bench-"))
    name = f"carnet_bench_{os.getpid()}_{next(_numbers)}"
    try:
        url = ""
        if postgres:
            _on_server(postgres, f"CREATE DATABASE {name} TEMPLATE template0")
            made = make_url(postgres).set(drivername="postgresql+psycopg", database=name)
            url = made.render_as_string(hide_password=False)
        yield Config(data=folder / "data", host="127.0.0.1", port=0, secret_key=KEY, database_url=url)
    finally:
        if postgres:
            _on_server(postgres, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        shutil.rmtree(folder)


class Server:
    """A server in a process of its own."""

    def __init__(self, config: Config, *, floors: bool = True) -> None:
        program = ["-m", "bench.server"] if floors else ["app.py"]
        environment = {
            **os.environ,
            "CARNET_DATA": str(config.data),
            "CARNET_HOST": config.host,
            "CARNET_PORT": "0",
            "DATABASE_URL": config.database_url,
            "SECRET_KEY": config.secret_key,
            "PYTHONUNBUFFERED": "1",
        }
        # The log goes to a file, as that of a service does.
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed by stop()
        began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, *program], cwd=HOME, env=environment, stdout=subprocess.PIPE, stderr=self._log
        )
        self.pid = self._process.pid
        self.port = self._read_port()
        self.start_seconds = time.monotonic() - began

    def megabytes(self) -> float:
        """The memory that the process holds; 0 where the system does not tell."""
        status = Path(f"/proc/{self.pid}/status")
        found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text()) if status.exists() else None
        return int(found[1]) / 1024 if found else 0.0

    def stop(self) -> None:
        """Stop it as an administrator does."""
        self._process.terminate()
        self._process.wait(30)
        self._log.close()

    def _read_port(self) -> int:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := _PORT.search(line.decode()):
                return int(found[1])
        self._log.seek(0)
        raise RuntimeError("the server did not start: " + self._log.read().decode())


@contextmanager
def serving(config: Config, *, floors: bool = True) -> Iterator[Server]:
    """A running server, stopped at the end."""
    server = Server(config, floors=floors)
    try:
        yield server
    finally:
        server.stop()


def _on_server(url: str, statement: str) -> None:
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(statement))
