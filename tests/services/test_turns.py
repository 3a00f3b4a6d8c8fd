"""Long work in the background gives way to people who wait for a page."""

import threading
import time
from collections.abc import Callable

import pytest

from services import turns


class Quiet(threading.Event):
    """Nobody waits long: what is kept is how long it would have been, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        return self.is_set()


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Quiet:
    """What long work waits for."""
    quiet = Quiet()
    monkeypatch.setattr(turns, "_quiet", quiet)
    return quiet


def _works_and_gives_way() -> None:
    time.sleep(0.001)
    turns.give_way()


def in_background(work: Callable[[], None]) -> None:
    """Do something in a thread of long work."""

    def run() -> None:
        turns.work_in_background()
        work()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)


def test_long_work_waits_longer_than_it_worked_while_a_page_is_made(quiet):
    turns.begin()
    try:
        in_background(_works_and_gives_way)
    finally:
        turns.end()
    assert quiet.waits and 0.002 <= quiet.waits[0] <= turns.LONGEST_SECONDS
    assert quiet.is_set(), "whoever waits goes on as soon as the page is made"


def test_long_work_does_not_wait_when_nobody_does(quiet):
    in_background(_works_and_gives_way)
    assert quiet.waits == []


def test_long_work_does_not_wait_for_a_page_that_waits_for_it(quiet):
    turns.begin()
    try:
        with turns.standing_by():
            in_background(_works_and_gives_way)
    finally:
        turns.end()
    assert quiet.waits == []


def test_a_page_never_gives_way(quiet):
    turns.begin()
    try:
        _works_and_gives_way()
    finally:
        turns.end()
    assert quiet.waits == []


def test_rows_come_in_slices():
    assert list(turns.in_turns(range(2 * turns.SLICE + 1)))[-1] == range(2 * turns.SLICE, 2 * turns.SLICE + 1)
