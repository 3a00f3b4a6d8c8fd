"""Whose turn it is: long work in the background gives way to people who wait for a page.

Python runs one thread at a time, and a page asks the database a dozen times: after each answer it would wait
for the long work to pause. So the long work pauses by itself between its rows while pages are being made,
twice as long as it worked: under load it has a third of the time, and all of it when nobody else is there.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

# How much longer than it worked the work waits, and how long at most at a time.
SHARE = 2.0
LONGEST_SECONDS = 0.05
# Rows that are written with one statement: a page that comes meanwhile waits two milliseconds for it.
SLICE = 25

_lock = threading.Lock()
_running = 0
_quiet = threading.Event()
_quiet.set()
_own = threading.local()


def begin() -> None:
    """This thread makes a page."""
    _own.makes_page = True
    _count(1)


def end() -> None:
    """It is made."""
    _own.makes_page = False
    _count(-1)


@contextmanager
def standing_by() -> Iterator[None]:
    """This thread waits for what the long work may hold: giving way to its page would help neither."""
    if not getattr(_own, "makes_page", False):
        yield
        return
    _count(-1)
    try:
        yield
    finally:
        _count(1)


def work_in_background() -> None:
    """This thread does long work: from now on `give_way` holds for it."""
    _own.since = time.monotonic()


def give_way() -> None:
    """Wait while pages are being made, in a thread of long work; called every millisecond or so."""
    since = getattr(_own, "since", None)
    if since is None:
        return
    if _running:
        _quiet.wait(min(SHARE * (time.monotonic() - since), LONGEST_SECONDS))
    _own.since = time.monotonic()


def in_turns(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """The rows in slices, giving way between them."""
    for start in range(0, len(rows), SLICE):
        yield rows[start : start + SLICE]
        give_way()


def _count(more: int) -> None:
    global _running
    with _lock:
        _running += more
        if _running > 0:
            _quiet.clear()
        else:
            _quiet.set()
