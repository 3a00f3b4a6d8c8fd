"""Long work as rows of a table, done by one worker thread in small transactions.

A job's rows are done in chunks; each chunk commits what it did and how far it came together, so that a
job survives a crash, can be watched, stopped and resumed, and does each row once.
"""

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session, object_session

from extensions import db
from models import Job, User
from models.base import now
from services import database, logs, places, turns
from services.errors import Busy, NotFound

CHUNK_SECONDS = 0.2
# Between two chunks others write: whoever waits for the lock gets it before the worker does again.
PAUSE_SECONDS = 0.001
# The worker looks by itself this often: another process may have put a job in the queue.
POLL_SECONDS = 1.0
STOP_SECONDS = 15.0

ACTIVE = ("queued", "running", "stopping")
RESUMABLE = ("stopped", "interrupted", "failed")

# What does a chunk of a kind of job: it returns True when nothing is left.
Step = Callable[[Session, Job], bool]
STEPS: dict[str, Step] = {}
# In which language a kind of job writes, where that is not its user's.
LOCALES: dict[str, Callable[[Session, Job], str]] = {}
# Tells how many rows of a whole job are done, and of how many; what stops the job is raised there.
Report = Callable[[int, int], None]
# What does a whole job that only reads: given a session that sees one moment, the job, the data folder and whom
# to report to. Nobody waits for it, and what it made counts once it is all there; it returns what to keep of it.
Whole = Callable[[Session, Job, Path, Report], dict[str, Any]]
WHOLE: dict[str, Whole] = {}
# What the worker does when it starts, and then every day or hour, such as removing old files; given the data folder.
DAILY: list[Callable[[Session, Path], None]] = []
HOURLY: list[Callable[[Session, Path], None]] = []
DAY_SECONDS, HOUR_SECONDS = 86_400, 3_600
# Set when there may be something for the worker to do, or to end for.
_awake = threading.Event()
_WAITS = "a job waits"
REPORT_SECONDS = 0.5


def step(kind: str) -> Callable[[Step], Step]:
    """Declare the function that does a chunk of this kind of job."""

    def declare(function: Step) -> Step:
        STEPS[kind] = function
        return function

    return declare


def whole(kind: str) -> Callable[[Whole], Whole]:
    """Declare the function that does this kind of job in one go."""

    def declare(function: Whole) -> Whole:
        WHOLE[kind] = function
        return function

    return declare


def enqueue(
    session: Session, kind: str, *, subject_id: int | None, total: int, by: int | None, here: bool = False
) -> Job:
    """Add a job for the worker; with `here`, the caller does it with `run_here` after its commit."""
    job = Job(kind=kind, subject_id=subject_id, total=total, created_by=by)
    job.state, job.started_at = ("running", now()) if here else ("queued", None)
    session.add(job)
    session.flush()
    _note_waiting(session)
    return job


def _note_waiting(session: Session | None) -> None:
    """The worker is to begin as soon as this is in the database."""
    if session is not None:
        session.info[_WAITS] = True


@event.listens_for(Session, "after_commit")
def _wake_worker(session: Session) -> None:
    # The end of a savepoint is no commit yet.
    if not session.in_nested_transaction() and session.info.pop(_WAITS, False):
        _awake.set()


def run_here(session: Session, job_id: int) -> None:
    """Do a whole small job in this thread; what stops it leaves it interrupted, to be resumed."""
    try:
        while advance(session, job_id):
            pass
    except BaseException:
        database.in_own_transaction(session, lambda: _settle(session, job_id, "interrupted"))
        raise


def advance(session: Session, job_id: int) -> bool:
    """Do one chunk of a job in a transaction of its own; returns whether more is to be done."""

    def work() -> bool:
        session.expire_all()  # what earlier chunks read may have changed since
        job = session.get(Job, job_id, with_for_update=True)
        if job is None or job.state not in ACTIVE:
            return False
        if job.state == "stopping":
            _finish(job, "stopped")
            return False
        job.state = "running"
        job.started_at = job.started_at or now()
        if STEPS[job.kind](session, job):
            _finish(job, "done")
            return False
        return True

    return database.in_own_transaction(session, work)


class _Stopped(Exception):
    """A whole job ends here, in this state."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


def do_whole(
    session: Session, job_id: int, data: Path, is_told_to_stop: Callable[[], bool] = lambda: False
) -> None:
    """Do a whole job, outside of any transaction but a reading one; resumed, it begins anew."""
    last = 0.0

    def note(position: int, total: int) -> str:
        job = session.get_one(Job, job_id, populate_existing=True)
        if job.state in ("queued", "running"):
            job.state, job.started_at = "running", job.started_at or now()
            job.position, job.total = position, total
        return job.state

    def report(position: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last < REPORT_SECONDS:
            return
        last = time.monotonic()
        if is_told_to_stop():
            raise _Stopped("interrupted")
        if database.in_own_transaction(session, lambda: note(position, total)) != "running":
            raise _Stopped("stopped")

    try:
        report(0, 0)
        with database.snapshot(session) as reading:
            counts = WHOLE[reading.get_one(Job, job_id).kind](
                reading, reading.get_one(Job, job_id), data, report
            )
    except _Stopped as stopped:
        state = stopped.state
        database.in_own_transaction(session, lambda: _settle(session, job_id, state))
        return
    database.in_own_transaction(session, lambda: _settle_whole(session, job_id, counts))


def do_whole_here(session: Session, job_id: int, data: Path) -> None:
    """Do a whole job that is small in this thread; what stops it leaves it interrupted, to be resumed."""
    try:
        do_whole(session, job_id, data)
    except BaseException:
        database.in_own_transaction(session, lambda: _settle(session, job_id, "interrupted"))
        raise


def request_stop(job: Job) -> None:
    """Ask a job to stop after the chunk it is doing; one that waits is stopped at once."""
    if job.state == "queued":
        _finish(job, "stopped")
    elif job.state == "running":
        job.state = "stopping"


def resume(job: Job) -> None:
    """Put a job that stopped, failed or was interrupted back in the queue; it goes on where it was."""
    if job.state in RESUMABLE:
        job.state, job.finished_at, job.message = "queued", None, ""
        _note_waiting(object_session(job))


def visible_to(session: Session, user: User, *, limit: int = 50) -> list[Job]:
    """The latest jobs, an administrator's view of all and everybody else's of their own."""
    query = select(Job).order_by(Job.id.desc()).limit(limit)
    if not user.is_admin:
        query = query.where(Job.created_by == user.id)
    return list(session.scalars(query))


def get_visible(session: Session, user: User, job_id: int) -> Job:
    """A job that this user may see; raises NotFound otherwise."""
    job = session.get(Job, job_id)
    if job is None or not (user.is_admin or job.created_by == user.id):
        raise NotFound()
    return job


def active_of(session: Session, user_id: int | None, kinds: Iterable[str]) -> Job | None:
    """A job of these kinds that the user has waiting or running, or None."""
    return session.scalar(
        select(Job)
        .where(Job.created_by == user_id, Job.kind.in_(tuple(kinds)), Job.state.in_(ACTIVE))
        .limit(1)
    )


def percent(job: Job) -> int:
    """How much of a job is done, in whole percent."""
    if job.state == "done" or not job.total:
        return 100 if job.state == "done" else 0
    return min(100, job.position * 100 // job.total)


class Worker:
    """The thread that does the jobs. On PostgreSQL only one process of several has a working one."""

    def __init__(self, app: Any, language: Callable[[str], AbstractContextManager[Any]]) -> None:
        self._app = app
        self._language = language
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Begin to work in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the chunk at hand and end; a job that is not done stays interrupted."""
        self._stopping.set()
        _awake.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        turns.work_in_background()
        while not self._stopping.is_set():
            try:
                with self._app.app_context(), database.worker_seat(db.engine, "jobs") as seated:
                    if seated:
                        self._work()
            except Exception as error:  # the database may be gone for a while: the worker outlives it
                logs.error(logs.new_incident(), error)
            self._stopping.wait(5 * POLL_SECONDS)

    def _work(self) -> None:
        session = db.session()
        database.in_own_transaction(session, lambda: _note_interrupted(session))
        cleaned_at: dict[int, float] = {}
        while not self._stopping.is_set():
            for works, seconds in ((HOURLY, HOUR_SECONDS), (DAILY, DAY_SECONDS)):
                if seconds not in cleaned_at or time.monotonic() - cleaned_at[seconds] > seconds:
                    cleaned_at[seconds] = time.monotonic()
                    database.in_own_transaction(session, partial(self._clean, session, works))
            session.rollback()
            _awake.clear()
            job_id = session.scalar(
                select(Job.id).where(Job.state.in_(("queued", "stopping"))).order_by(Job.id).limit(1)
            )
            session.rollback()
            if job_id is not None:
                self._do(session, job_id)
            elif not self._stopping.is_set():
                _awake.wait(POLL_SECONDS)

    def _clean(self, session: Session, works: Iterable[Callable[[Session, Path], None]]) -> None:
        for clean in works:
            clean(session, self._app.config["CARNET"].data)

    def _do(self, session: Session, job_id: int) -> None:
        job = session.get_one(Job, job_id)
        try:
            with self._language(_language_for(session, job)):
                if job.kind in WHOLE:
                    do_whole(session, job_id, self._app.config["CARNET"].data, self._stopping.is_set)
                    return
                while advance(session, job_id):
                    if self._stopping.wait(PAUSE_SECONDS):
                        database.in_own_transaction(session, lambda: _settle(session, job_id, "interrupted"))
                        return
        except Busy:
            time.sleep(POLL_SECONDS)  # somebody writes for long: the job is still "running", and tried again
            database.in_own_transaction(session, lambda: _settle(session, job_id, "queued"))
        except Exception as error:
            incident = logs.new_incident()
            logs.error(incident, error)
            database.in_own_transaction(session, lambda: _settle(session, job_id, "failed", incident))


def _language_for(session: Session, job: Job) -> str:
    if job.kind in LOCALES:
        return LOCALES[job.kind](session, job)
    return language_of(session.get(User, job.created_by) if job.created_by else None)


def language_of(user: User | None) -> str:
    """The locale in which a job's messages are written: its user's."""
    return places.locale_of_texts(user.language, user.formats) if user is not None else "en"


def _note_interrupted(session: Session) -> None:
    """Nobody is working when the worker starts: what still says so was cut off."""
    for job in session.scalars(select(Job).where(Job.state.in_(("running", "stopping")))):
        _finish(job, "interrupted")


def _settle(session: Session, job_id: int, state: str, message: str = "") -> None:
    job = session.get(Job, job_id, populate_existing=True)
    if job is not None and job.state in ACTIVE:
        _finish(job, state)
        job.message = message


def _settle_whole(session: Session, job_id: int, counts: dict[str, Any]) -> None:
    job = session.get_one(Job, job_id, populate_existing=True)
    job.position, job.counts = job.total, counts
    _finish(job, "done")


def _finish(job: Job, state: str) -> None:
    job.state = state
    job.finished_at = None if state == "queued" else now()
