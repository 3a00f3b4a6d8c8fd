"""A browser that costs next to nothing: one kept connection, requests as bytes, answers not parsed."""

import re
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *(\S+)", re.IGNORECASE)


def token_of(number: int) -> str:
    """The cookie of a browser, which the filled database knows as signed in."""
    return f"bench-browser-{number:04d}-".ljust(40, "x")


@dataclass(frozen=True)
class Ask:
    """A request to be sent; `htmx` asks for a fragment as the page's script does."""

    method: str
    path: str
    form: dict[str, Any] | None = None
    htmx: bool = False
    status: int = 200
    body: bytes = b""
    content_type: str = FORM


class Failed(Exception):
    """The server answered otherwise than it should."""


class Browser:
    """Sends requests one after the other and returns the bodies of the answers."""

    def __init__(self, port: int, number: int = 0) -> None:
        self._port, self.number, self._csrf = port, number, ""
        self._cookie = f"carnet={token_of(number)}"
        self._socket: socket.socket | None = None
        self.location = ""

    def prepare(self, ask: Ask) -> bytes:
        """The request as it is sent, so that making it is not measured."""
        body, kind = ask.body, ask.content_type
        if ask.form is not None:
            body = urlencode({"csrf_token": self.csrf(), **ask.form}).encode()
        head = [
            f"{ask.method} {ask.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self._port}",
            f"Cookie: {self._cookie}",
            "Accept: text/html",
            "Accept-Language: en",
            "Accept-Encoding: gzip",
        ]
        if ask.htmx:
            head += ["HX-Request: true", "HX-Request-Type: partial"]
        if ask.method == "POST":
            head += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        return "\r\n".join([*head, "", ""]).encode() + body

    def csrf(self) -> str:
        """The token of this browser's forms, read from a page the first time."""
        if not self._csrf:
            found = re.search(rb'name="csrf-token" content="([^"]+)"', self.ask(Ask("GET", "/contacts/new")))
            self._csrf = found[1].decode() if found else ""
        return self._csrf

    def ask(self, ask: Ask) -> bytes:
        """Prepare, send, and return the body."""
        return self.send(self.prepare(ask), ask.status)

    def send(self, request: bytes, status: int) -> bytes:
        """Send a prepared request; raises Failed for another status than the expected one."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        got = b""
        while (end := got.find(b"\r\n\r\n")) < 0:
            got += self._more()
        head, length = got[:end], _LENGTH.search(got[:end])
        total = end + 4 + (int(length[1]) if length else 0)
        parts, have = [got], len(got)
        while have < total:
            parts.append(self._more())
            have += len(parts[-1])
        body = b"".join(parts)[end + 4 :]
        if int(head[9:12]) != status:
            raise Failed(
                f"{request.split(b' HTTP')[0].decode()} answered {head[9:12].decode()}, not {status}"
            )
        found = _LOCATION.search(head)
        self.location = found[1].decode() if found else ""
        return body

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _more(self) -> bytes:
        assert self._socket is not None
        got = self._socket.recv(262_144)
        if not got:
            raise Failed("the server hung up")
        return got
