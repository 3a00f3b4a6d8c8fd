"""Jobs survive what happens to them: each row is done once, whole or not at all (R-XLSX-4, X1)."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from flask_babel import force_locale, gettext
from sqlalchemy import func, select

from extensions import db
from models import Contact, Customer, ImportBatch, ImportRow, Job, Link, User
from models.base import now
from services import datadir, jobs
from services.errors import Busy
from services.imports import batches, chunks
from tests.imports.support import check, counts, run, table, upload, work_off, write
from tests.support.factories import BY


@pytest.fixture
def worker(app, monkeypatch):
    """The worker of this application, stopped after the test."""
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0.02)
    made = jobs.Worker(app, force_locale)
    yield made
    made.stop()


def customers(number):
    rows = (f"C{n},Name {n},Person {n}" for n in range(number))
    return table("No.,Name,Contact person", *rows)


def queued(session, content):
    """A checked batch whose run waits for the worker."""
    batch = upload(session, "customer", content)
    check(session, batch)
    job = write(session, lambda: batches.run(session, batch, by=BY))
    return batch.id, job.id


def wait_until(app, question):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with app.app_context():
            answer = question(db.session())
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError("it never happened")


def is_in(job_id, *states):
    return lambda session: session.get_one(Job, job_id).state in states


def test_the_worker_does_what_waits_and_speaks_the_language_of_the_user(app, session, worker):
    write(session, lambda: setattr(session.get_one(User, BY), "language", "fr"))
    batch = upload(session, "customer", table("No.,Name", *(f"C{n}," for n in range(501))))
    job = write(
        session, lambda: batches.check(session, batch, names=["no", "name"], key="no", clear=False, by=BY)
    )
    worker.start()
    wait_until(app, is_in(job.id, "done"))
    said = {row.messages[0][3] for row in batches.rows(session, batch, show="error")}
    with app.test_request_context(), force_locale("fr"):
        assert said == {gettext("Enter a name.")}


def test_the_worker_begins_as_soon_as_a_job_waits_and_does_not_look_first(app, session, worker, monkeypatch):
    monkeypatch.setattr(jobs, "POLL_SECONDS", 60)
    batch = upload(session, "customer", customers(501))
    asleep = threading.Event()
    monkeypatch.setattr(jobs, "_awake", Bell(asleep))
    worker.start()
    assert asleep.wait(30)
    names = ["no", "name", ""]
    job = write(session, lambda: batches.check(session, batch, names=names, key="no", clear=False, by=BY))
    wait_until(app, is_in(job.id, "done"))
    write(session, lambda: setattr(session.get_one(Job, job.id, populate_existing=True), "state", "stopped"))
    write(session, lambda: jobs.resume(session.get_one(Job, job.id, populate_existing=True)))
    wait_until(app, is_in(job.id, "done"))


class Bell(threading.Event):
    """What wakes the worker; tells when it has fallen asleep."""

    def __init__(self, asleep):
        super().__init__()
        self._asleep = asleep

    def wait(self, timeout=None):
        self._asleep.set()
        return super().wait(timeout)


@pytest.mark.both_databases
def test_what_was_cut_off_is_interrupted_and_its_resuming_does_each_row_once(
    app, session, worker, monkeypatch
):
    monkeypatch.setattr(jobs, "CHUNK_SECONDS", 0)
    monkeypatch.setattr(chunks, "ROWS_AT_ONCE", 1)
    batch_id, job_id = queued(session, customers(6))
    jobs.advance(session, job_id)
    jobs.advance(session, job_id)
    assert session.get_one(Job, job_id).state == "running"
    worker.start()
    wait_until(app, is_in(job_id, "interrupted"))
    write(session, lambda: jobs.resume(session.get_one(Job, job_id, populate_existing=True)))
    wait_until(app, is_in(job_id, "done"))
    session.expire_all()
    assert counts(session, session.get_one(ImportBatch, batch_id)) == {"created": 6}
    assert session.get_one(Job, job_id).position == 6
    assert session.scalar(select(func.count()).select_from(Contact)) == 12


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_after_kill_9_at_any_moment_each_row_is_whole_or_absent_and_is_done_once(app, session, config, seed):
    batch_id, job_id = queued(session, customers(120))
    session.rollback()
    done = 0
    for round_ in range(2):
        kill_a_worker(app, config, job_id, random.Random(seed * 10 + round_).uniform(0.05, 0.5))
        session.expire_all()
        rows = batches.rows(session, session.get_one(ImportBatch, batch_id), show="created", limit=None)
        assert len(rows) >= done
        done = len(rows)
        assert session.get_one(Job, job_id).position == done
        totals = [
            session.scalar(select(func.count()).select_from(model)) for model in (Customer, Link, Contact)
        ]
        assert totals == [done, done, 2 * done]
        session.rollback()
        write(session, lambda: jobs._settle(session, job_id, "interrupted"))
        write(session, lambda: jobs.resume(session.get_one(Job, job_id, populate_existing=True)))
    work_off(session, job_id)
    assert counts(session, session.get_one(ImportBatch, batch_id)) == {"created": 120}
    assert session.scalar(select(func.count()).select_from(Customer)) == 120


def kill_a_worker(app, config, job_id, seconds):
    """Let another process work on the job for a moment, then kill it."""
    command = [sys.executable, "-m", "tests.imports.run_worker", str(config.data), config.database_url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "working\n"
        wait_until(app, lambda session: session.get_one(Job, job_id).state in ("running", "done"))
        time.sleep(seconds)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def test_a_step_that_fails_leaves_its_job_failed_with_a_number_and_it_can_be_resumed(
    app, session, worker, monkeypatch
):
    batch_id, job_id = queued(session, customers(2))
    step = jobs.STEPS["import"]

    def broken(_session, _job):
        raise RuntimeError("Person 1 is named here")

    monkeypatch.setitem(jobs.STEPS, "import", broken)
    worker.start()
    wait_until(app, is_in(job_id, "failed"))
    session.expire_all()
    message = session.get_one(Job, job_id).message
    assert message and "Person" not in message
    monkeypatch.setitem(jobs.STEPS, "import", step)
    write(session, lambda: jobs.resume(session.get_one(Job, job_id, populate_existing=True)))
    wait_until(app, is_in(job_id, "done"))
    assert counts(session, session.get_one(ImportBatch, batch_id)) == {"created": 2}


def test_a_busy_database_only_delays_a_job(app, session, worker, monkeypatch):
    _, job_id = queued(session, customers(2))
    step, tries = jobs.STEPS["import"], []

    def busy_once(*arguments):
        tries.append(1)
        if len(tries) == 1:
            raise Busy()
        return step(*arguments)

    monkeypatch.setitem(jobs.STEPS, "import", busy_once)
    worker.start()
    wait_until(app, is_in(job_id, "done"))


def test_stopping_the_worker_finishes_the_chunk_and_leaves_the_job_interrupted(
    app, session, worker, monkeypatch
):
    monkeypatch.setattr(jobs, "CHUNK_SECONDS", 0)
    monkeypatch.setattr(chunks, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(jobs, "PAUSE_SECONDS", 0.05)
    batch_id, job_id = queued(session, customers(100))
    worker.start()
    wait_until(app, lambda session: session.get_one(Job, job_id).position > 1)
    worker.stop()
    session.expire_all()
    job = session.get_one(Job, job_id)
    assert job.state == "interrupted" and 1 < job.position < 100
    assert counts(session, session.get_one(ImportBatch, batch_id))["created"] == job.position


def test_rows_that_are_done_between_two_ticks_of_the_clock(session, monkeypatch):
    """The clock of some systems stands still for a few rows."""
    batch_id, job_id = queued(session, customers(3))
    monkeypatch.setattr(chunks.time, "monotonic", lambda: 1.0)
    jobs.advance(session, job_id)
    monkeypatch.undo()
    work_off(session, job_id)
    assert counts(session, session.get_one(ImportBatch, batch_id)) == {"created": 3}


def test_a_waiting_job_stops_at_once_and_a_running_one_after_its_chunk(session, monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK_SECONDS", 0)
    monkeypatch.setattr(chunks, "ROWS_AT_ONCE", 1)
    _, job_id = queued(session, customers(3))
    jobs.advance(session, job_id)
    write(session, lambda: jobs.request_stop(session.get_one(Job, job_id)))
    assert session.get_one(Job, job_id).state == "stopping"
    work_off(session, job_id)
    assert (session.get_one(Job, job_id).state, session.get_one(Job, job_id).position) == ("stopped", 1)
    write(session, lambda: jobs.resume(session.get_one(Job, job_id)))
    write(session, lambda: jobs.request_stop(session.get_one(Job, job_id)))
    assert session.get_one(Job, job_id).state == "stopped"


def test_an_import_stopped_half_way_can_be_undone(session, monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK_SECONDS", 0)
    monkeypatch.setattr(chunks, "ROWS_AT_ONCE", 1)
    batch_id, job_id = queued(session, customers(3))
    jobs.advance(session, job_id)
    write(session, lambda: jobs.request_stop(session.get_one(Job, job_id)))
    jobs.advance(session, job_id)
    batch = session.get_one(ImportBatch, batch_id)
    job = write(session, lambda: batches.undo(session, batch, by=BY))
    work_off(session, job.id)
    assert session.scalar(select(func.count()).select_from(Customer)) == 0
    assert counts(session, batch) == {"undone": 1, "create": 2}


def test_others_save_while_an_import_runs(app, session, worker, do):
    _, job_id = queued(session, customers(3000))
    worker.start()
    begun, longest, saved = time.monotonic(), 0.0, 0
    while not is_in(job_id, "done")(fresh(session)):
        assert is_in(job_id, "done", *jobs.ACTIVE)(session)
        start = time.monotonic()
        do(lambda session: setattr(session.get_one(User, 1), "preferences", {"at": time.monotonic()}))
        longest, saved = max(longest, time.monotonic() - start), saved + 1
        time.sleep(0.1)
    # Nobody waits for the whole import, however slow the machine is.
    assert saved > 2 and longest < (time.monotonic() - begun) / 2


def fresh(session):
    session.rollback()
    session.expire_all()
    return session


def test_imports_nobody_finished_and_rows_of_old_ones_are_forgotten(app, session, worker, clock):
    data = app.config["CARNET"].data
    open_ = upload(session, "customer", table("No.,Name", "C1,A"))
    done = upload(session, "customer", table("No.,Name", "C2,B", "C3,"))
    check(session, done)
    run(session, done)
    kept = datadir.new_file(batches.files(data))
    lost = datadir.new_file(batches.files(data))
    os.utime(lost, (0, 0))
    write(session, lambda: setattr(open_, "stored_name", kept.name))
    worker.start()
    wait_until(app, lambda _session: not lost.exists())
    assert kept.exists() and batches.rows(session, done)[1].cells == ["C3", ""]
    worker.stop()
    clock.move(days=31)
    again = jobs.Worker(app, force_locale)
    again.start()
    wait_until(app, lambda _session: not kept.exists())
    wait_until(app, lambda session: session.get_one(ImportBatch, open_.id).state == "discarded")
    again.stop()
    fresh(session)
    row = session.scalars(select(ImportRow).where(ImportRow.batch_id == done.id)).first()
    assert (row.cells, row.undo, row.label, row.no, row.messages) == (None, None, "", "", [])
    assert now() - done.created_at > timedelta(days=30)
