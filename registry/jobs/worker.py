"""Doing jobs: one run at a time for each thread, with a heartbeat beside it.

A run that is killed leaves a row that says "running" and beats no more; another worker puts it back
after `silent_for`. What a run found is written in the transaction that ends its job, under the
condition that the job is still held by that run: nothing is lost, and nothing is done twice.
"""

import datetime as dt
import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry.jobs import service
from registry.jobs.kinds import DUTIES, KINDS, Kind, Stopped, Work
from registry.jobs.models import WAITING, Job
from registry.jobs.queue import Queue
from registry.logs import discreet

log = logging.getLogger(__name__)
Context = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Pace:
    """How often a run says that it lives, and after how long a silent one is taken for dead."""

    beat: dt.timedelta = dt.timedelta(seconds=1)
    silent_for: dt.timedelta = dt.timedelta(seconds=20)
    sweep: dt.timedelta = dt.timedelta(seconds=5)


class Worker:
    """Does jobs on one database; `context` is entered around each, for translations and settings.

    Sessions do not expire what they hold on commit, as everywhere here.
    """

    def __init__(self, engine: Engine, context: Context = nullcontext, pace: Pace | None = None):
        self._engine, self._context, self._pace = engine, context, pace or Pace()
        self._held: dict[int, str] = {}  # jobs that threads of this worker are doing

    def serve(self, queue: Queue, stop: threading.Event, threads: int = 1) -> None:
        """Do what the queue brings until `stop` is set; what is in hand then waits again."""
        consumer = queue.consumer(self.run, threads)
        consumer.start()
        try:
            while True:
                self._sweep(queue)
                if stop.wait(self._pace.sweep.total_seconds()):
                    return
        finally:
            consumer.stop(graceful=False)
            with self._session() as session:
                for job_id, holder in list(self._held.items()):
                    service.give_back(session, job_id, holder)
            # Their runs notice at the next beat. A thread that is still there could open again
            # what is closed below.
            consumer.stop(graceful=True)
            queue.close()

    def run_waiting(self) -> int:
        """Do every job that waits now, one after another; how many there were."""
        with self._session() as session:
            waiting = select(Job.id).where(Job.state == WAITING).order_by(Job.id)
            numbers = list(session.scalars(waiting))
        for number in numbers:
            self.run(number)
        return len(numbers)

    def run(self, job_id: int) -> None:
        """Claim a job and do it; returns at once if it does not wait."""
        with self._context(), self._session() as session:
            holder = service.claim(session, job_id)
            if holder is None:
                return
            job = session.get_one(Job, job_id)
            kind = KINDS.get(job.kind)
            if kind is None:
                service.fail(session, job_id, holder, f"no worker knows the kind {job.kind}")
                return
            session.commit()
            self._held[job_id] = holder
            try:
                self._do(session, job, kind, holder)
            except Stopped:
                session.rollback()
            except Exception as error:  # whatever a kind raises ends its job and no other
                session.rollback()
                log.error("job %s (%s) failed\n%s", job_id, kind.name, discreet(error))
                service.fail(session, job_id, holder, discreet(error))
            finally:
                del self._held[job_id]

    def _do(self, session: Session, job: Job, kind: Kind, holder: str) -> None:
        with self._beating(job.id, holder) as pulse:
            found = kind.run(Work(session, job.arguments, job.asked_by_id, pulse))
        session.rollback()  # what it read is over, so that writing begins from what is there now
        if not service.finish(session, job.id, holder):
            raise Stopped
        job.result = kind.keep(session, job, found)
        session.commit()

    def _sweep(self, queue: Queue) -> None:
        try:
            with self._session() as session:
                for duty in DUTIES:
                    duty(session)
                waiting = service.requeue_lost(session, self._pace.silent_for)
            if waiting and queue.empty:
                for number in waiting:
                    queue.put(number)
        except DBAPIError as error:  # a database that is away for a moment is asked again
            log.error("jobs could not be looked after\n%s", discreet(error))

    @contextmanager
    def _beating(self, job_id: int, holder: str) -> Any:
        pulse = _Pulse()
        end = threading.Event()

        def beat() -> None:
            while not end.wait(self._pace.beat.total_seconds()):
                try:
                    with self._session() as session:
                        if not service.beat(session, job_id, holder, pulse.told):
                            pulse.lost = True
                            return
                except DBAPIError as error:  # busy: the next beat tries again
                    log.warning("a heartbeat was missed\n%s", discreet(error))

        thread = threading.Thread(target=beat, name=f"heartbeat of job {job_id}", daemon=True)
        thread.start()
        try:
            yield pulse
        finally:
            end.set()
            thread.join()

    def _session(self) -> Session:
        return Session(self._engine, expire_on_commit=False)


class _Pulse:
    """What a run says of its progress, written with the next heartbeat."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.lost = False

    def __call__(self, done: int, total: int | None = None, phase: str | None = None) -> None:
        self.told = {"progress_done": done, "progress_total": total, "phase": phase}
        if self.lost:
            raise Stopped
