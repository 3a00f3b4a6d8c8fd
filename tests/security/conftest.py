"""A real server, what is logged, and an application that answers errors as it does in an office."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from waitress.server import create_server

from services import serving

Raw = Callable[[bytes], bytes]


@pytest.fixture
def raw(app: Flask) -> Iterator[Raw]:
    """Sends bytes to the application behind the real server and returns the bytes that come."""
    sockets: dict[int, object] = {}
    server = create_server(app, map=sockets, host="127.0.0.1", port=0, **serving.SERVER)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()

    def send(request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", server.effective_port), timeout=10) as connection:
            connection.sendall(request.replace(b"\n", b"\r\n"))
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
            return received

    yield send
    server.close()
    server.task_dispatcher.shutdown(timeout=1)
    thread.join(timeout=10)
    for left in list(sockets.values()):
        left.close()  # type: ignore[attr-defined]


@pytest.fixture
def in_office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application with testing off: what is unexpected is answered, not raised."""
    monkeypatch.setitem(app.config, "CARNET", replace(app.config["CARNET"], testing=False))
    monkeypatch.setitem(app.config, "TESTING", False)
    return app
