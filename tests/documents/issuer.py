"""Clerks who issue invoices without end, each in a process of its own, until a test kills them.

python -m tests.documents.issuer <database url> <customer id> <folder>

For each line that it reads a clerk begins, whose process id is answered. A clerk writes each number into a file
of its own once it is committed. What is loaded is loaded once, so that a clerk begins at once.
"""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from flask import Flask
from flask_babel import Babel
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from extensions import db
from models import Customer, Document
from services import database, tripwire
from services.errors import Busy
from tests.documents.support import issue, make_document
from tests.support.threads import write


def main(url: str, customer_id: int, folder: Path) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    app = Flask("issuer")
    app.config["SQLALCHEMY_DATABASE_URI"] = make_url(url)
    db.init_app(app)
    Babel(app)
    tripwire.install()
    for number, _line in enumerate(sys.stdin):
        pid = os.fork()
        if pid == 0:
            with (folder / f"clerk-{number}").open("w") as said:
                issue_without_end(app, customer_id, said)
        print(pid, flush=True)


def issue_without_end(app: Flask, customer_id: int, said: IO[str]) -> None:
    """A draft, then its issue, each saved by itself as a clerk does it."""
    with app.app_context():
        database.configure(db.engine)

    def draft(session: Session) -> int:
        return make_document(session, "invoice", session.get_one(Customer, customer_id)).id

    while True:
        # Where many wait for one database, somebody may be told to try again.
        with suppress(Busy, DBAPIError):
            id_ = write(app, draft)
            no = write(app, lambda session, id_=id_: issue(session, session.get_one(Document, id_)).no)
            print(no, file=said, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
