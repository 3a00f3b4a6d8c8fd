"""The sending thread while it is killed, stopped, or kept waiting by a server that says nothing."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from flask import Flask

from config import HOME, Config
from models import MailSettings, OutboxMessage, OutboxRecipient
from services import serving
from services.mail import conversation, sending
from tests.mail.support import MailServer, Office, SilentServer
from tests.support import factories as make
from tests.support.databases import Databases, fill
from tests.support.threads import write

pytestmark = pytest.mark.slow

MESSAGES = 12


@pytest.mark.both_databases
def test_r_mail_5_a_sender_that_is_killed_over_and_over_repeats_only_what_it_marks(
    office: Office, mail_server: MailServer, config: Config
) -> None:
    """R-MAIL-5: every message arrives; twice at most, with one Message-ID, and then it says so."""
    ids = [office.post() for _number in range(MESSAGES)]
    names = {office.look(id)["message_id"]: id for id in ids}
    for turn in range(3):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.mail.run_sender", str(config.data), config.database_url],
            cwd=HOME,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None and process.stdout.readline()
        until, seen = time.monotonic() + 20, len(mail_server.received)
        while len(mail_server.received) < min(seen + 2, MESSAGES) and time.monotonic() < until:
            time.sleep(0.002 * (turn + 1))
        process.kill()
        process.communicate(timeout=30)
    write(office.app, sending.recover)
    office.send()
    arrived = Counter(names[str(delivery.mail["Message-ID"])] for delivery in mail_server.received)
    for id in ids:
        found = office.look(id)
        assert found["state"] == "sent"
        assert arrived[id] == 1 or (arrived[id] == 2 and found["twice"]), (arrived[id], found)


def test_r_mail_2_saving_does_not_wait_for_a_silent_server(office: Office, bare_app: Flask) -> None:
    """R-MAIL-2: while the thread waits for the server others save at once, and the thread ends when told."""
    with SilentServer() as silent:
        office.uses(silent.port)
        id = office.post()
        sender = sending.Sender(bare_app)
        sender.start()
        until = time.monotonic() + 10
        while office.look(id)["state"] != "sending" and time.monotonic() < until:
            time.sleep(0.02)
        began = time.monotonic()
        write(bare_app, lambda session: make.make_contact(session).id)
        office.post()
        sender.stop()
        # Sooner than the silent server is given up: none of the three waited for it.
        assert time.monotonic() - began < conversation.STEP_SECONDS
    found = office.look(id)
    assert (found["state"], found["twice"]) == ("waiting", False)


def test_r_mail_2_the_program_stops_in_time_while_a_server_is_silent(
    all_databases: Databases, tmp_path: Path
) -> None:
    """R-MAIL-2, Q6: SMTP_URL names the server; other pages answer, and SIGTERM ends within 20 seconds."""
    config = all_databases.fresh("sqlite", tmp_path)
    with SilentServer() as silent:
        fill(
            config,
            lambda session: session.add_all([_message(), MailSettings(id=1, sender_email="a@example.com")]),
        )
        process = subprocess.Popen(
            [sys.executable, "app.py", "--data", str(config.data), "--host", "127.0.0.1", "--port", "0"],
            cwd=HOME,
            env={**os.environ, "SMTP_URL": f"smtp://127.0.0.1:{silent.port}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            while "Stop with" not in process.stdout.readline():
                pass
            taken, _address = silent.accept()
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
            assert time.monotonic() - began < serving.STOP_SECONDS
            taken.close()
        finally:
            process.kill()
            said = process.communicate(timeout=30)[1]
    assert "example.com" not in said, "R-LOG-1"


def _message() -> object:
    return OutboxMessage(
        message_id="<1@example.com>", kind="card", subject="Quote", body="Good morning.",
        recipients=[OutboxRecipient(field="to", email="ada@example.com")],
    )  # fmt: skip
