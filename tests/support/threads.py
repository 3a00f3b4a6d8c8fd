"""Several people at once: work done in real threads, each with its own session."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from extensions import db
from services import database


def write(app: Flask, work: Callable[[Session], Any]) -> Any:
    """Do the work as a request does: one write transaction, run again on an overlap, committed at the end."""
    with app.app_context():
        session = db.session()
        with database.writing(session):
            return database.in_transaction(session, lambda: work(session))


def read(app: Flask, work: Callable[[Session], Any]) -> Any:
    """Look at the database as it is now."""
    with app.app_context():
        return work(db.session())


def at_once(app: Flask, works: Sequence[Callable[[Session], Any]]) -> list[Any]:
    """Do all works at the same moment, one thread each; an exception is returned in its place."""
    gate = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int) -> None:
        gate.wait(timeout=30)
        try:
            results[place] = write(app, works[place])
        except Exception as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive(), "a thread never came back"
    return results


def overlapping(app: Flask, first: Callable[[Session], Any], second: Callable[[Session], Any]) -> list[Any]:
    """Begin the second work while the first has written and not yet committed: the worst moment there is."""
    results: list[Any] = [None, None]
    started = threading.Event()

    def run_second() -> None:
        started.set()
        try:
            results[1] = write(app, second)
        except Exception as error:
            results[1] = error

    thread = threading.Thread(target=run_second)

    def first_and_wait(session: Session) -> Any:
        done = first(session)
        if thread.ident is None:
            thread.start()
            started.wait(timeout=30)
            # Time enough to read everything and to stand before the first lock.
            time.sleep(0.06)
        return done

    try:
        results[0] = write(app, first_and_wait)
    except Exception as error:
        results[0] = error
        if thread.ident is None:
            thread.start()
    thread.join(timeout=60)
    assert not thread.is_alive(), "a thread never came back"
    return results
