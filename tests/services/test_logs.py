"""Logs name who, what and how it ended, and never a personal value (R-LOG-1, R-LOG-2)."""

import io
import logging
import re

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from services import logs

PLANTED = "Benoît Planté"


def test_a_request_is_one_line_with_all_its_facts(written: io.StringIO) -> None:
    """R-LOG-1"""
    logs.request_line(
        method="POST",
        route="/customers/<int:id>/<section>",
        status=500,
        ms=14.4,
        user=3,
        record=12,
        incident="K7QF2M9X",
    )
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO request POST /customers/<int:id>/<section>"
        r" record=12 user=3 status=500 ms=14 incident=K7QF2M9X\n",
        written.getvalue(),
    )


def test_control_characters_cannot_forge_a_line(written: io.StringIO) -> None:
    """R-LOG-2"""
    for forged in (
        "a\n2026-01-01 admin login ok",
        "a\r\x1b[2J",
        "a\u2028b\u0085c",
        "\u202eabc",
        "a\x00\x0bb",
    ):
        logs.log.warning("started with %s", forged)
    lines = written.getvalue().split("\n")
    assert len(lines) == 6
    assert "a\\u000a2026-01-01 admin login ok" in lines[0]
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", written.getvalue())


def test_an_error_tells_its_class_and_places_but_not_its_message(written: io.StringIO) -> None:
    """R-LOG-1"""

    def look_up() -> None:
        try:
            raise KeyError(PLANTED)
        except KeyError as cause:
            raise ValueError(f"no such person: {PLANTED}") from cause

    try:
        look_up()
    except ValueError as error:
        logs.error("K7QF2M9X", error)
    line = written.getvalue()
    assert "incident=K7QF2M9X ValueError [" in line
    assert "after KeyError [" in line
    assert "services/test_logs.py:" in line
    assert "look_up" in line
    assert "Plant" not in line
    assert line.count("\n") == 1


def test_messages_of_libraries_are_reduced_to_their_place(written: io.StringIO) -> None:
    """R-LOG-1: waitress puts the path that was asked into its message."""
    for name in ("waitress", "werkzeug", "sqlalchemy.pool", "app"):
        try:
            raise RuntimeError(PLANTED)
        except RuntimeError:
            logging.getLogger(name).exception("Exception while serving /contacts/%s" % PLANTED)  # noqa: UP031
    assert "Plant" not in written.getvalue()
    assert written.getvalue().count("RuntimeError") == 4


def test_a_failing_statement_shows_no_parameter(written: io.StringIO) -> None:
    """R-LOG-1"""
    engine = create_engine("sqlite://", hide_parameters=True)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT :name FROM nowhere"), {"name": PLANTED})
    except SQLAlchemyError as error:
        assert PLANTED not in str(error)
        logs.error("K7QF2M9X", error)
    assert "OperationalError" in written.getvalue()
    assert "Plant" not in written.getvalue()


def test_incident_numbers_are_short_and_differ() -> None:
    numbers = {logs.new_incident() for _ in range(1000)}
    assert len(numbers) == 1000
    assert all(re.fullmatch(r"[A-HJ-NP-Z2-9]{8}", number) for number in numbers)
