"""Fixtures for the tests of imports."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from extensions import db


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session outside a transaction: the jobs open their own."""
    with app.app_context():
        yield db.session()
