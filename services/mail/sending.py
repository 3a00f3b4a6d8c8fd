"""The thread that sends what waits in the outbox, one message after the other.

Each step is written down before and after: what is committed when the process is killed says what may have
happened. A message is given to a server at most twice, and twice only when the connection or the process was lost
between its last dot and the answer (R-MAIL-5).
"""

import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from config import Config
from extensions import db
from models import OutboxMessage
from models.base import now
from services import database, interactions, logs
from services.errors import Busy
from services.mail import blocked, outbox, resets, server
from services.mail import message as messages
from services.mail.conversation import Answer, Connection, Postponed, Rejected, Unclear
from services.mail.letters import Address

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=60)
END = timedelta(hours=72)
POLL_SECONDS = 1.0
# A message that a server has been given is waited for longer: cut off, it might arrive twice.
STOP_SECONDS = 2.0
STOP_GIVING_SECONDS = 10.0
LONGEST_CONVERSATION = 10_000

# What else happens, in the same transaction, when a server has accepted a message of a kind.
ACCEPTED: dict[str, Callable[[Session, OutboxMessage], None]] = {}


@dataclass(frozen=True)
class Parcel:
    """A message on its way: plain values, for no transaction is open while the server is spoken with."""

    id: int
    content: bytes
    sender: str
    recipients: list[str]


def due(session: Session) -> int | None:
    """The message to try next: those never tried come first.

    A time further away than any wait comes from a clock that was wrong: it counts as now (R-TIME-2).
    """
    moment = now()
    return session.scalar(
        select(OutboxMessage.id)
        .where(
            OutboxMessage.state == "waiting",
            or_(OutboxMessage.next_at <= moment, OutboxMessage.next_at > moment + LONGEST_WAIT),
        )
        .order_by(OutboxMessage.attempts, OutboxMessage.id)
        .limit(1)
    )


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 1, 2, 4 … 60 minutes."""
    return min(FIRST_WAIT * 2 ** min(attempts - 1, 10), LONGEST_WAIT)


def recover(session: Session) -> None:
    """Nobody sends when the sender starts: what still says so was cut off."""
    for message in session.scalars(select(OutboxMessage).where(OutboxMessage.state == "sending")):
        if any(one.state == "handed" for one in message.recipients):
            _note_unclear(message)
        message.next_at = now()
        outbox.settle(message)


class Sender:
    """The sending thread. On PostgreSQL only one process of several has a working one."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._stopping = threading.Event()
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="mail", daemon=True)

    def start(self) -> None:
        """Begin to send in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End soon: a server that is silent is left alone, and what was not sent goes on waiting."""
        self._stopping.set()
        connection = self._connection
        if connection is not None and connection.is_giving:
            self._thread.join(STOP_GIVING_SECONDS)
        if self._connection is not None:
            self._connection.drop()
        self._thread.join(STOP_SECONDS)

    def send_due(self, session: Session) -> bool:
        """Try one message; returns whether there was one."""
        config: Config = self._app.config["CARNET"]
        session.rollback()
        where, sender = server.of(session, config), server.sender(session)
        id = due(session) if where is not None and sender is not None else None
        session.rollback()
        if id is None or where is None or sender is None:
            return False
        parcel = self._in_transaction(session, lambda: self._claim(session, id, sender))
        if parcel is not None:
            self._send(session, where, parcel)
        return True

    # -- one message ------------------------------------------------------------------------------------

    def _claim(self, session: Session, id: int, sender: Address) -> Parcel | None:
        """Mark the message as being sent, and take everything out of the database that sending needs."""
        message = _locked(session, id)
        if message is None or message.state != "waiting":
            return None
        moment = now()
        if message.good_until is not None and message.good_until <= moment:
            _give_up(message, "too_late")
            return None
        if blocked.holds(session, message):
            _give_up(message, "blocked")
            return None
        message.attempts += 1
        message.first_tried_at = min(message.first_tried_at or moment, moment)
        message.state = "sending"
        body = resets.body_with_link(message, self._app.config)
        return Parcel(
            id=message.id,
            content=messages.as_bytes(messages.content_of(message, sender, body)),
            sender=sender.email,
            recipients=[one.email for one in message.recipients if one.state == "waiting"],
        )

    def _send(self, session: Session, where: server.Server, parcel: Parcel) -> None:
        connection = self._connection = Connection(where, _own_name(self._app.config["CARNET"]))

        def note(change: Callable[[OutboxMessage], None]) -> None:
            self._note(session, parcel.id, connection, change)

        try:
            with connection:
                answers = connection.announce(parcel.sender, parcel.recipients, len(parcel.content))
                note(lambda message: _note_answers(message, answers))
                if any(answer.is_yes for answer in answers.values()):
                    reply = connection.give(parcel.content)
                    note(lambda message: _note_reply(session, message, reply))
                else:
                    connection.refuse_all()
                    note(_note_nobody_accepted)
        except Postponed as refusal:
            problem, answer = refusal.problem, refusal.answer
            note(lambda message: _note_postponed(message, problem, answer))
        except Rejected as rejection:
            reply = rejection.answer
            note(lambda message: _note_rejected(message, reply))
        except Unclear:
            note(_note_unclear_attempt)
        except Exception as error:
            incident = logs.new_incident()
            logs.error(incident, error)
            note(lambda message: _note_broken(message, incident))
        finally:
            self._connection = None

    def _note(
        self,
        session: Session,
        id: int,
        connection: Connection,
        change: Callable[[OutboxMessage], None],
    ) -> None:
        """Write down what happened. A busy database is asked again: forgetting an answer would send twice."""

        def work() -> None:
            message = _locked(session, id)
            if message is not None:
                message.conversation = "\n".join(connection.said)[-LONGEST_CONVERSATION:]
                change(message)

        self._in_transaction(session, work)

    def _in_transaction(self, session: Session, work: Callable[[], Any]) -> Any:
        while True:
            try:
                return database.in_own_transaction(session, work)
            except (Busy, DBAPIError) as error:
                if self._stopping.is_set() or not (isinstance(error, Busy) or database.is_unavailable(error)):
                    raise
                self._stopping.wait(POLL_SECONDS)

    # -- the thread -------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._app.app_context(), database.worker_seat(db.engine, "mail") as seated:
                    if seated:
                        self._work(db.session())
            except Exception as error:  # the database may be gone for a while: the sender outlives it
                logs.error(logs.new_incident(), error)
            self._stopping.wait(5 * POLL_SECONDS)

    def _work(self, session: Session) -> None:
        self._in_transaction(session, lambda: recover(session))
        while not self._stopping.is_set():
            if not self.send_due(session):
                self._stopping.wait(POLL_SECONDS)


# -- what became of it ----------------------------------------------------------------------------------


def _locked(session: Session, id: int) -> OutboxMessage | None:
    return session.scalar(
        select(OutboxMessage)
        .where(OutboxMessage.id == id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _note_answers(message: OutboxMessage, answers: dict[str, Answer]) -> None:
    """Before the message is given: who was refused for good, and whom it is now being given for."""
    for one in message.recipients:
        answer = answers.get(one.email) if one.state == "waiting" else None
        if answer is not None:
            one.answer = str(answer)
            one.state = "handed" if answer.is_yes else "failed" if answer.is_never else "waiting"


def _note_reply(session: Session, message: OutboxMessage, reply: Answer) -> None:
    """After the message was given: accepted for everybody, or refused for everybody."""
    moment = now()
    for one in _handed(message):
        one.answer = str(reply)
        if reply.is_yes:
            one.state, one.sent_at = "sent", moment
        else:
            one.state = "failed" if reply.is_never else "waiting"
    message.problem = ""
    if reply.is_yes and message.sent_at is None:
        message.sent_at = moment
        interactions.record_mail(session, message)
        if message.kind in ACCEPTED:
            ACCEPTED[message.kind](session, message)
    _finish(message)


def _note_nobody_accepted(message: OutboxMessage) -> None:
    message.problem = ""
    _finish(message)


def _note_postponed(message: OutboxMessage, problem: str, answer: Answer | None) -> None:
    for one in _handed(message):
        one.state = "waiting"
    _postpone(message, problem if answer is None else f"{problem} {answer}")


def _note_broken(message: OutboxMessage, incident: str) -> None:
    """Something unexpected: where the message may have been given, it is not taken for one that was not."""
    if _handed(message):
        _note_unclear(message)
    message.problem = f"incident {incident}"
    _finish(message)


def _note_rejected(message: OutboxMessage, answer: Answer) -> None:
    for one in message.recipients:
        if one.state == "waiting":
            one.state, one.answer = "failed", str(answer)
    _finish(message)


def _note_unclear_attempt(message: OutboxMessage) -> None:
    _note_unclear(message)
    message.problem = "lost"
    _finish(message)


def _note_unclear(message: OutboxMessage) -> None:
    """The message may have arrived: it is given once more, and after a second time never again."""
    message.unclear_times += 1
    for one in _handed(message):
        one.state = "waiting" if message.unclear_times == 1 else "unclear"


def _finish(message: OutboxMessage) -> None:
    """Done, or to be tried again for those who still wait."""
    if any(one.state == "waiting" for one in message.recipients):
        _postpone(message, message.problem)
    else:
        outbox.settle(message)


def _postpone(message: OutboxMessage, problem: str) -> None:
    """Wait for the next attempt; after three days there is none."""
    moment = now()
    message.problem = problem[:500]
    if message.first_tried_at is not None and moment - message.first_tried_at >= END:
        _give_up(message, problem)
        return
    message.next_at = moment + wait_after(message.attempts)
    outbox.settle(message)


def _give_up(message: OutboxMessage, problem: str) -> None:
    message.problem = problem[:500]
    for one in message.recipients:
        if one.state == "waiting":
            one.state = "failed"
    outbox.settle(message)


def _handed(message: OutboxMessage) -> Sequence[Any]:
    return [one for one in message.recipients if one.state == "handed"]


def _own_name(config: Config) -> str:
    """What Carnet calls itself before a mail server; asking the network for it may take long."""
    name = urlsplit(config.url).hostname or ""
    with suppress(OSError):
        name = name or socket.gethostname()
    return name if name.isascii() and name else "localhost"
