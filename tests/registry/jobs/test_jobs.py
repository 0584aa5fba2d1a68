"""Jobs: each is done once, whoever dies, and what was cancelled is not done."""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from registry.errors import Conflict, NotFound
from registry.jobs import service
from registry.jobs.kinds import KINDS, Kind, add_kind
from registry.jobs.models import CANCELLED, DONE, FAILED, RUNNING, WAITING, Job
from registry.jobs.queue import Queue
from registry.jobs.worker import Pace, Worker
from tests.registry.jobs.counting import FAST, KIND

ROOT = Path(__file__).parents[3]
# Where no run dies none may be taken for dead, however late its heartbeat on a busy machine.
PATIENT = Pace(beat=FAST.beat, sweep=FAST.sweep)


@pytest.fixture
def tally(engine):
    """A table in which each run that was kept leaves a row; it does not refuse a second one."""
    with engine.begin() as connection:
        connection.execute(text("create table tally (name integer not null)"))

    def names() -> list[int]:
        with Session(engine) as session:
            return sorted(session.scalars(text("select name from tally")))

    return names


@pytest.fixture
def kind(request):
    """Adds kinds that are forgotten after the test."""
    before = dict(KINDS)
    yield lambda name, run, keep=lambda _session, _job, found: found: add_kind(
        Kind(name, name, run, keep)
    )
    KINDS.clear()
    KINDS.update(before)


def ask(session, kind, **arguments):
    job = service.ask(session, None, kind, arguments)
    session.commit()
    return job


def state(session, job):
    session.rollback()
    return service.get_job(session, job.id, None).state


def test_a_job_is_done_and_says_so(session, engine, kind):
    kind("doubling", lambda work: {"twice": 2 * work.arguments["number"]})
    job = ask(session, "doubling", number=21)
    assert session.info[service.ASKED] == [job.id]  # for the queue, once it is committed
    assert Worker(engine).run_waiting() == 1
    assert state(session, job) == DONE
    assert (job.result, job.attempts, job.holder, job.heartbeat_at) == (
        {"twice": 42},
        1,
        None,
        None,
    )
    assert job.started_at <= job.ended_at
    Worker(engine).run(job.id)  # told twice
    assert state(session, job) == DONE and job.attempts == 1


def test_what_fails_changes_nothing_and_tells_no_value(session, engine, kind, tally, caplog):
    def keep(session, _job, _found):
        session.execute(text("insert into tally (name) values (1)"))
        raise ValueError(f"a rate of {73_000 + 291} a month")

    kind("failing", lambda _work: None, keep)
    job = ask(session, "failing")
    Worker(engine).run_waiting()
    assert state(session, job) == FAILED
    assert "ValueError" in job.error and "73291" not in job.error + caplog.text
    assert tally() == []
    service.retry_job(session, None, job)
    session.commit()
    assert state(session, job) == WAITING and job.error is None


def test_a_kind_that_nobody_knows_fails(session, engine):
    job = ask(session, "unheard of")
    Worker(engine).run_waiting()
    assert state(session, job) == FAILED


def test_a_waiting_job_is_cancelled_and_tried_again(session, engine, kind, tally):
    kind("quick", lambda _work: {})
    job = ask(session, "quick")
    service.cancel_job(session, None, job)
    session.commit()
    assert Worker(engine).run_waiting() == 0
    assert state(session, job) == CANCELLED
    with pytest.raises(Conflict):
        service.cancel_job(session, None, job)
    service.retry_job(session, None, job)
    session.commit()
    Worker(engine).run_waiting()
    assert state(session, job) == DONE
    with pytest.raises(Conflict):
        service.retry_job(session, None, job)


def test_a_running_job_is_cancelled(session, engine, kind, tally):
    """It stops at its next step, and what it had found is not kept."""
    begun = threading.Event()

    def run(work):
        for step in range(10_000):
            begun.set()
            work.progress(step, 10_000, "search")
            time.sleep(0.01)
        raise AssertionError("it was not stopped")

    kind("endless", run)
    job = ask(session, "endless")
    thread = threading.Thread(target=Worker(engine, pace=FAST).run, args=(job.id,))
    thread.start()
    assert begun.wait(10)
    while state(session, job) != RUNNING or not job.progress_done:  # told by its heartbeat
        time.sleep(0.01)
    assert (job.progress_total, job.phase) == (10_000, "search")
    service.cancel_job(session, None, job)
    session.commit()
    thread.join(10)
    assert not thread.is_alive()
    assert state(session, job) == CANCELLED and job.result is None and job.error is None


def test_a_worker_that_is_told_to_end_gives_its_job_back(
    session, engine, kind, database_url, tmp_path
):
    """At once, and without counting it as an attempt."""
    begun, stop = threading.Event(), threading.Event()

    def run(work):
        for step in range(10_000):
            begun.set()
            work.progress(step, 10_000)
            time.sleep(0.01)

    kind("endless", run)
    job, queue = ask(session, "endless"), Queue(database_url, tmp_path)
    arguments = (queue, stop)
    thread = threading.Thread(target=Worker(engine, pace=PATIENT).serve, args=arguments)
    thread.start()  # it finds what waits by itself
    assert begun.wait(10)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert state(session, job) == WAITING and job.attempts == 0


def test_what_a_dead_run_held_waits_again(session, kind):
    job = ask(session, "any")
    holder = service.claim(session, job.id)
    assert holder and service.claim(session, job.id) is None
    assert service.requeue_lost(session, dt.timedelta(seconds=60)) == []
    assert service.requeue_lost(session, dt.timedelta(0)) == [job.id]
    assert state(session, job) == WAITING
    assert not service.beat(session, job.id, holder, {})  # it lives after all: the job is not its
    assert not service.finish(session, job.id, holder)


def test_a_job_that_kills_its_worker_fails_in_the_end(session, kind):
    job = ask(session, "deadly")
    for _attempt in range(service.MOST_ATTEMPTS):
        assert service.claim(session, job.id)
        service.requeue_lost(session, dt.timedelta(0))
    assert state(session, job) == FAILED and "died 3 times" in job.error


def test_whose_job_it_is(session, kind):
    job = ask(session, "any")
    with pytest.raises(NotFound):
        service.get_job(session, job.id, asked_by_id=7)
    assert service.get_job(session, job.id, asked_by_id=None) is job


def test_a_queue_that_is_away_fails_nobody(tmp_path, caplog):
    """Whoever asks and the worker that sweeps go on; the row says what waits."""
    queue = Queue("sqlite://", tmp_path / "not there")
    queue.put(7)
    assert not queue.empty
    assert "no worker was woken for job 7: OperationalError" in caplog.text


def test_the_queue_brings_what_is_asked(database_url, tmp_path):
    queue, got = Queue(database_url, tmp_path), []
    consumer = queue.consumer(got.append, 1)
    consumer.start()
    queue.put(7)
    until = time.monotonic() + 10
    while not got and time.monotonic() < until:
        time.sleep(0.01)
    consumer.stop(graceful=True)
    assert got == [7] and queue.empty
    queue.close()


@pytest.fixture
def start_worker(database_url, tmp_path):
    """Starts a worker process and gives its number; all are killed in the end."""
    program = str(Path(__file__).with_name("counting.py"))
    starter = subprocess.Popen(
        [sys.executable, program, database_url, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    started = []

    def start() -> int:
        starter.stdin.write("\n")
        starter.stdin.flush()
        started.append(int(starter.stdout.readline()))
        return started[-1]

    yield start
    for number in started:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    starter.communicate()


KILLS, JOBS = 50, 80


def test_nothing_is_lost_and_nothing_repeated(session, database_url, tmp_path, tally, start_worker):
    """Two workers, one or the other killed at random moments while they work.

    A job may be unlucky often: that it dies three times is another test's matter.
    """
    random.seed(5)
    jobs = [service.ask(session, None, KIND, {"name": n, "steps": n % 12}) for n in range(JOBS)]
    session.commit()
    queue = Queue(database_url, tmp_path)
    for job in jobs:
        queue.put(job.id)
    queue.close()
    working, killed = [start_worker(), start_worker()], 0
    while (left := unfinished(session)) or killed < KILLS:
        time.sleep(random.uniform(0.0, 0.15))
        if killed < KILLS:
            place = random.randrange(2)
            os.kill(working[place], signal.SIGKILL)
            killed += 1
            session.execute(text("update jobs set attempts = 0"))
            session.commit()
            working[place] = start_worker()
    assert left == 0 and set(session.scalars(select(Job.state))) == {DONE}
    assert tally() == list(range(JOBS))


def unfinished(session) -> int:
    session.rollback()
    return len(list(session.scalars(select(Job.id).where(Job.state.in_((WAITING, RUNNING))))))
