"""How many statements something sends to the database."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import event

from extensions import db


def statements(app: Flask, work: Callable[[], Any]) -> int:
    """The number of statements while the work is done."""
    asked: list[str] = []

    def remember(*args: Any) -> None:
        asked.append(args[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", remember)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", remember)
    return len(asked)
