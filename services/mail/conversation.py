"""Speaking with a mail server, step by step, each step within its time, all of it written down.

Flask-Mail's connection has no time limit and sends a message in one call, in which nobody can tell a message that
was never given from one that may have arrived. Here the last step stands alone: what fails before it reached
nobody, what fails in it is unclear (R-MAIL-5).
"""

import base64
import smtplib
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import flask_mail

from extensions import mail
from services.mail.server import Server

STEP_SECONDS = 15
# Servers look for viruses before they answer for a whole message; giving up on them would send it twice.
LAST_SECONDS = 60
CHUNK = 64 * 1024
LONGEST_LINE = 500
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Answer:
    """What the server said: 2xx is yes, 4xx not now, 5xx never."""

    code: int
    text: str

    @property
    def is_yes(self) -> bool:
        return 200 <= self.code < 300

    @property
    def is_never(self) -> bool:
        return 500 <= self.code < 600

    def __str__(self) -> str:
        return f"{self.code} {self.text}"[:LONGEST_LINE]


class Postponed(Exception):
    """The message reached nobody. `problem` is a word of `PROBLEMS`; `answer` what the server said, if it did."""

    def __init__(self, problem: str, answer: Answer | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.answer = answer


class Rejected(Exception):
    """The server will never take this message from this sender."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer


class Unclear(Exception):
    """The connection was lost when the whole message had been given: it may have arrived."""


# Why a message reached nobody.
PROBLEMS = (
    "unknown_host", "refused", "timeout", "certificate", "encryption", "login", "lost", "answer", "other",
)  # fmt: skip


class Connection(flask_mail.Connection):
    """A connection to a mail server, to be used as `with Connection(…) as connection`."""

    host: Any

    def __init__(self, server: Server, own_name: str) -> None:
        settings = {
            "MAIL_SERVER": server.host,
            "MAIL_PORT": server.port,
            "MAIL_USERNAME": server.username,
            "MAIL_PASSWORD": server.password,
            "MAIL_USE_TLS": server.security in ("auto", "starttls"),
            "MAIL_USE_SSL": server.security == "tls",
        }
        super().__init__(mail.init_mail(settings))  # type: ignore[arg-type]
        self.security = server.security
        self.own_name = own_name
        # What was said, line by line, without passwords and without the message itself.
        self.said: list[str] = []
        self.is_giving = False

    def __enter__(self) -> "Connection":
        try:
            self.host = self.configure_host()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise self._postponed(error) from error
        return self

    def __exit__(self, *_error: Any) -> None:
        with suppress(OSError, smtplib.SMTPException, ValueError):
            self.host.quit()
        with suppress(OSError, ValueError):
            self.host.close()

    def configure_host(self) -> "Spoken":
        """Connect, encrypt and sign in, within the time of each step."""
        self.said.append(f"… {self.mail.server}:{self.mail.port}")
        kind = SpokenTls if self.mail.use_ssl else Spoken
        more = {"context": ssl.create_default_context()} if self.mail.use_ssl else {}
        # Known to `drop` before it is connected: connecting is what takes longest.
        self.host = host = kind(self.said, local_hostname=self.own_name, timeout=STEP_SECONDS, **more)
        host.begin(self.mail.server, self.mail.port)
        host.ehlo_or_helo_if_needed()
        if self.mail.use_tls and (self.security == "starttls" or host.has_extn("starttls")):
            host.starttls(context=ssl.create_default_context())
            host.ehlo()
        if self.mail.username and self.mail.password:
            if self.security == "auto" and not host.is_encrypted and self.mail.server not in LOOPBACK:
                raise smtplib.SMTPNotSupportedError("no encryption: the password is not sent")
            host.login(self.mail.username, self.mail.password)
        return host

    def announce(self, sender: str, recipients: Sequence[str], size: int) -> dict[str, Answer]:
        """Name the sender and each recipient; returns what the server says of each recipient.

        Raises Rejected when it refuses the sender or the size for good, Postponed when it cannot go on now.
        """
        try:
            options = [f"size={size}"] if self.host.has_extn("size") else []
            answer = _answer(self.host.mail(sender, options))
            if answer.is_never:
                raise Rejected(answer)
            if not answer.is_yes:
                raise Postponed("answer", answer)
            answers = {}
            for recipient in recipients:
                answers[recipient] = _answer(self.host.rcpt(recipient))
                if answers[recipient].code == 421:
                    raise Postponed("answer", answers[recipient])
            return answers
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise self._postponed(error) from error

    def give(self, content: bytes) -> Answer:
        """Give the message to everybody who was accepted; returns the server's answer to it.

        Raises Postponed while the message is not given yet, Unclear when it is and no answer comes.
        """
        try:
            answer = _answer(self.host.docmd("data"))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise self._postponed(error) from error
        if answer.code != 354:
            return answer if answer.code >= 400 else Answer(451, answer.text)
        stuffed = _with_dots_stuffed(content)
        last = max(0, len(stuffed) - 1) // CHUNK * CHUNK
        try:
            # In pieces, each with the whole time of a step: slow lines carry large files too.
            for start in range(0, last, CHUNK):
                self.host.send(stuffed[start : start + CHUNK])
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise self._postponed(error) from error
        self.is_giving = True
        try:
            self.host.send(stuffed[last:])
            self.said.append(f"→ ({len(stuffed)} bytes)")
            self.host.sock.settimeout(LAST_SECONDS)
            return _answer(self.host.getreply())
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self.said.append(f"… {type(error).__name__}")
            raise Unclear() from error
        finally:
            self.is_giving = False

    def refuse_all(self) -> None:
        """Nobody was accepted: nothing is given."""
        with suppress(OSError, smtplib.SMTPException, ValueError):
            self.host.rset()

    def drop(self) -> None:
        """Cut the connection from another thread, which ends the step that waits for the server."""
        taken = self.host.sock if self.host is not None else None
        if taken is not None:
            with suppress(OSError, ValueError):
                taken.shutdown(socket.SHUT_RDWR)

    def _postponed(self, error: Exception) -> Postponed:
        self.said.append(f"… {type(error).__name__}")
        if isinstance(error, smtplib.SMTPResponseException):
            answer = _answer((error.smtp_code, error.smtp_error))
            login = isinstance(error, smtplib.SMTPAuthenticationError)
            return Postponed("login" if login else "answer", answer)
        return Postponed(_problem(error))


class Spoken(smtplib.SMTP):
    """An SMTP connection that writes down what is said."""

    def __init__(self, said: list[str], **more: Any) -> None:
        self.said = said
        self._is_secret = False
        super().__init__(**more)

    @property
    def is_encrypted(self) -> bool:
        return isinstance(self.sock, ssl.SSLSocket)

    def begin(self, host: str, port: int) -> None:
        """Connect and read the greeting."""
        # Certificates are checked against this name.
        self._host = host
        code, text = self.connect(host, port)
        if code != 220:
            self.close()
            raise smtplib.SMTPConnectError(code, text)

    def putcmd(self, cmd: str, args: str = "") -> None:
        shown = f"{cmd} {args}".strip()
        if self._is_secret:
            shown = " ".join(shown.split()[:2]) + " …" if cmd.upper() == "AUTH" else "…"
        self.said.append(f"→ {shown}"[:LONGEST_LINE])
        super().putcmd(cmd, args)

    def getreply(self) -> tuple[int, bytes]:
        code, text = super().getreply()
        for line in text.splitlines() or [b""]:
            shown = line.decode("utf-8", "replace")
            if code == 334:  # a question of the server about the password
                shown = _question(line)
            self.said.append(f"← {code} {shown}".rstrip()[:LONGEST_LINE])
        return code, text

    def auth(self, mechanism: str, *more: Any, **named: Any) -> tuple[int, bytes]:
        self._is_secret = True
        try:
            return super().auth(mechanism, *more, **named)
        finally:
            self._is_secret = False


class SpokenTls(Spoken, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""


def _answer(reply: tuple[int, bytes | str]) -> Answer:
    code, text = reply
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    # -1 is an answer that is no answer of SMTP.
    return Answer(code if code > 0 else 451, " ".join(said.split())[:LONGEST_LINE])


def _with_dots_stuffed(content: bytes) -> bytes:
    """As it is given: a dot more where a line begins with one, and the dot that ends it."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _question(line: bytes) -> str:
    with suppress(ValueError):
        asked = base64.b64decode(line, validate=True)
        if asked in (b"Username:", b"Password:"):
            return asked.decode()
    return "…"


def _problem(error: Exception) -> str:
    known: tuple[tuple[type[Exception], str], ...] = (
        (socket.gaierror, "unknown_host"),
        (ssl.SSLCertVerificationError, "certificate"),
        (TimeoutError, "timeout"),
        (ssl.SSLError, "encryption"),
        (smtplib.SMTPNotSupportedError, "encryption"),
        (ConnectionRefusedError, "refused"),
        (smtplib.SMTPServerDisconnected, "lost"),
        (ConnectionError, "lost"),
    )
    if isinstance(error.__context__, TimeoutError):  # smtplib calls a silent server a lost connection
        return "timeout"
    return next((word for kind, word in known if isinstance(error, kind)), "other")
