"""Long work in the background gives way to people who wait for a page."""

import threading
import time
from collections.abc import Callable

import pytest

from services import turns


@pytest.fixture
def in_background() -> Callable[[Callable[[], float]], float]:
    """Does something in a thread of long work."""

    def do(work: Callable[[], float]) -> float:
        found: list[float] = []

        def run() -> None:
            turns.work_in_background()
            found.append(work())

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(5)
        return found[0]

    return do


def _worked_and_waited() -> float:
    """Seconds that giving way takes after ten milliseconds of work."""
    time.sleep(0.01)
    began = time.monotonic()
    turns.give_way()
    return time.monotonic() - began


def test_long_work_waits_while_a_page_is_made(in_background):
    turns.begin()
    try:
        assert in_background(_worked_and_waited) >= 0.015
    finally:
        turns.end()


def test_long_work_does_not_wait_when_nobody_does(in_background):
    assert in_background(_worked_and_waited) < 0.01


def test_long_work_does_not_wait_for_a_page_that_waits_for_it(in_background):
    turns.begin()
    try:
        with turns.standing_by():
            assert in_background(_worked_and_waited) < 0.01
    finally:
        turns.end()


def test_a_page_never_gives_way():
    turns.begin()
    try:
        assert _worked_and_waited() < 0.01
    finally:
        turns.end()
    assert list(turns.in_turns(range(2 * turns.SLICE + 1)))[-1] == range(2 * turns.SLICE, 2 * turns.SLICE + 1)
