"""An administrator's browser, and the database between two of its requests."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from extensions import db
from services import database
from tests.support.client import Client

Database = Callable[[], AbstractContextManager[Session]]


@pytest.fixture
def admin(app: Flask) -> Client:
    """The browser of an administrator."""
    return Client(app, role="admin")


@pytest.fixture
def data(app: Flask) -> Database:
    """Opens the database for a moment, commits, and lets the browser have it again."""

    @contextmanager
    def opened() -> Iterator[Session]:
        with app.app_context(), database.writing(db.session()):
            yield db.session()
            db.session.commit()

    return opened
