"""The lock of those who write: first come, first served, and nobody waits longer than they said."""

import threading
import time

import pytest

from services.fair_lock import FairLock


def test_who_waits_longest_is_next_and_nobody_passes() -> None:
    """R-CON: also not the one who held it and asks again at once."""
    lock, order = FairLock(), []
    lock.acquire()

    def work(name: int) -> None:
        with lock:
            order.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(5)]
    for waiting, thread in enumerate(threads, 1):
        thread.start()
        until = time.monotonic() + 10
        while len(lock._waiting) < waiting and time.monotonic() < until:
            time.sleep(0.001)
    lock.release()
    with lock:
        order.append(99)
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3, 4, 99]


def test_its_thread_takes_it_again_and_others_wait_as_long_as_they_say() -> None:
    lock = FairLock()
    answers: list[bool] = []
    with lock, lock:
        for how in ({"blocking": False}, {"timeout": 0.05}):
            other = threading.Thread(target=lambda how=how: answers.append(lock.acquire(**how)))
            other.start()
            other.join(10)
    assert answers == [False, False] and not lock._waiting
    assert lock.acquire(timeout=0)
    lock.release()
    with pytest.raises(RuntimeError):
        lock.release()


def test_a_crowd_that_gives_up_at_any_moment_never_has_it_twice_or_loses_it() -> None:
    lock, inside, worst = FairLock(), [0], [0]

    def work() -> None:
        for turn in range(60):
            if lock.acquire(timeout=0.0005 * (turn % 3)):
                inside[0] += 1
                worst[0] = max(worst[0], inside[0])
                time.sleep(0.0001)
                inside[0] -= 1
                lock.release()

    threads = [threading.Thread(target=work) for _clerk in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert worst == [1] and lock.acquire(timeout=1)
