"""A real mail server that does as it is told, and an outbox to send from."""

import asyncio
import socket
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from flask import Flask
from sqlalchemy.orm import Session

from extensions import db
from models import MailSettings, OutboxMessage
from services.mail import outbox
from services.mail.letters import Letter
from services.mail.sending import Sender
from tests.support import factories as make
from tests.support.threads import write


class Delivery:
    """A message that the server took: its envelope and its bytes."""

    def __init__(self, sender: str, recipients: list[str], content: bytes) -> None:
        self.sender = sender
        self.recipients = recipients
        self.content = content

    @property
    def mail(self) -> EmailMessage:
        read: Any = message_from_bytes(self.content, policy=policy.default)
        return read


class MailServer:
    """aiosmtpd on a free port. Answers: `recipients` by address, `bodies` one for each message, in turn.

    An answer to a message is what the server says, or DROP (the connection is cut before a word), KEEP_AND_DROP
    (the message is kept, then the connection is cut) or SILENT (nothing is said for a minute).
    """

    OK = "250 2.0.0 OK, with thanks"
    DROP, KEEP_AND_DROP, SILENT = "drop", "keep and drop", "silent"

    def __init__(self, *, password: str = "", port: int = 0) -> None:
        self.port = port or free_port()
        self.received: list[Delivery] = []
        self.recipients: dict[str, str] = {}
        self.bodies: list[str] = []
        self.sender_answer = ""
        self.asked: list[str] = []
        self.connections = 0
        more: dict[str, Any] = {}
        if password:
            more = {
                "authenticator": lambda *given: _checked(given[-1], password),
                "auth_required": True,
                "auth_require_tls": False,
            }
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **more)

    def __enter__(self) -> "MailServer":
        self._controller.start()
        self.connections = 0
        return self

    def __exit__(self, *_error: Any) -> None:
        self._controller.stop(no_assert=True)

    # -- what aiosmtpd asks ----------------------------------------------------------------------------

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.asked.append(address)
        answer = self.recipients.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        answer = self.bodies.pop(0) if self.bodies else self.OK
        delivery = Delivery(envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content)
        if answer in (self.KEEP_AND_DROP, self.SILENT) or answer.startswith("2"):
            self.received.append(delivery)
        if answer in (self.DROP, self.KEEP_AND_DROP):
            assert server.transport is not None
            server.transport.abort()
            return "421 gone"
        if answer == self.SILENT:
            await asyncio.sleep(60)
        return answer


class SilentServer:
    """Takes connections and never says a word."""

    def __enter__(self) -> "SilentServer":
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(30)
        self.port = self._socket.getsockname()[1]
        return self

    def accept(self) -> Any:
        """The next connection, and where it comes from."""
        return self._socket.accept()

    def __exit__(self, *_error: Any) -> None:
        self._socket.close()


class Office:
    """An outbox and its sender, driven step by step."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.sender = Sender(app)

    def uses(self, port: int, **more: Any) -> None:
        """Send through the server on this port."""
        write(self.app, lambda session: _set_up(session, port, **more))

    def post(self, **changed: Any) -> int:
        """Put a letter in the outbox; returns its id."""
        values: dict[str, Any] = {
            "to": ["ada@example.com"],
            "subject": "Your quote",
            "text": "Good morning.",
            "kind": "card",
        } | changed
        made: int = write(self.app, lambda session: outbox.enqueue(session, Letter(**values), by=make.BY).id)
        return made

    def send(self) -> int:
        """Send until nothing is due; returns how many attempts there were."""
        with self.app.app_context():
            attempts = 0
            while self.sender.send_due(db.session()):
                attempts += 1
                assert attempts < 50, "it never ends"
            return attempts

    def change(self, id: int, work: Callable[[OutboxMessage], None]) -> None:
        write(self.app, lambda session: work(session.get_one(OutboxMessage, id)))

    def look(self, id: int) -> Any:
        """The message as plain values: state, attempts, problem, and each address with its state."""

        def read(session: Session) -> dict[str, Any]:
            message = session.get_one(OutboxMessage, id)
            return {
                "state": message.state,
                "attempts": message.attempts,
                "problem": message.problem,
                "twice": message.may_have_arrived_twice,
                "next_at": message.next_at,
                "message_id": message.message_id,
                "conversation": message.conversation,
                "recipients": {one.email: one.state for one in message.recipients},
                "answers": {one.email: one.answer for one in message.recipients},
            }

        return write(self.app, read)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _set_up(session: Session, port: int, **more: Any) -> None:
    row = session.get(MailSettings, 1) or MailSettings(id=1)
    values = {
        "host": "127.0.0.1", "port": port, "security": "auto", "username": "",
        "sender_name": "Office", "sender_email": "office@example.com",
    }  # fmt: skip
    for name, value in (values | more).items():
        setattr(row, name, value)
    session.add(row)


def _checked(given: Any, password: str) -> AuthResult:
    right = isinstance(given, LoginPassword) and given.password == password.encode()
    return AuthResult(success=right, handled=False)
