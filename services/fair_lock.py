"""A lock that is given in the order in which it was asked for.

Python's own locks let whoever comes at the right moment pass those who wait, so that one of sixteen clerks who
save at once may wait for ever. Here nobody waits longer than those before need together.
"""

import threading
from collections import deque


class FairLock:
    """Held by one thread, which may take it again; the others get it one after the other."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._owner: int | None = None
        self._depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock; False when it was not free in time."""
        me, turn = threading.get_ident(), threading.Event()
        with self._mutex:
            if self._owner == me or (self._depth == 0 and not self._waiting):
                self._owner = me
                self._depth += 1
                return True
            if not blocking:
                return False
            self._waiting.append(turn)
        turn.wait(timeout if timeout >= 0 else None)
        with self._mutex:
            # It may have been handed over when the time had just run out: then it is ours.
            if not turn.is_set():
                self._waiting.remove(turn)
                return False
            self._owner = me
            return True

    def release(self) -> None:
        """Give the lock to the one who has waited longest."""
        with self._mutex:
            if self._owner != threading.get_ident():
                raise RuntimeError("a lock is released by the thread that holds it")
            self._depth -= 1
            if self._depth:
                return
            self._owner = None
            if self._waiting:
                # It is never free in between, so nobody else can take it.
                self._depth = 1
                self._waiting.popleft().set()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()
