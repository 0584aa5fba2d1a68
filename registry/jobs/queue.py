"""The queue that wakes workers: Huey behind one small face.

It carries numbers of jobs and nothing else. What is in it may be lost or come twice: the rows are
what is true, and a worker's sweep tells the queue again of what waits.
"""

import logging
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.consumer import Consumer
from sqlalchemy import make_url

log = logging.getLogger(__name__)
NAME = "cadence"
LEAVES_SECONDS = 5.0  # how long threads that were told to end are waited for


class _Threads(Consumer):
    """Huey's consumer, which leaves signals to whoever starts it."""

    def _set_signal_handlers(self) -> None:
        """Called by `start`."""


class Queue:
    """Numbers of jobs, first in, first out, shared by all processes that name the same address."""

    def __init__(self, url: str, home: Path):
        self._url, self._home = url, home
        self._closing = Lock()
        self._run: Callable[[int], None] | None = None

    @cached_property
    def _huey(self) -> Huey:
        """Opened at the first use: a command that asks for nothing needs no queue."""
        return _open(self._url, self._home)

    @cached_property
    def _task(self) -> Callable[[int], object]:
        return self._huey.task(name="job")(self._do)

    def _do(self, job_id: int) -> None:
        assert self._run  # only a consumer takes tasks
        self._run(job_id)

    def put(self, job_id: int) -> None:
        """Wake a worker for this job. Where that fails it waits for the next sweep of a worker.

        Who asked has the job in the database: a Redis server that is away is not theirs to hear of.
        """
        try:
            self._task(job_id)
        except Exception as error:  # each kind of storage has errors of its own
            log.warning("no worker was woken for job %s: %s", job_id, type(error).__name__)

    @property
    def empty(self) -> bool:
        """Whether nothing is in it; False if that cannot be told."""
        try:
            return bool(self._huey.pending_count() == 0)
        except Exception as error:
            log.warning("the queue could not be asked: %s", type(error).__name__)
            return False

    def consumer(self, run: Callable[[int], None], workers: int) -> Consumer:
        """Threads that call `run` with each number, to be started and stopped by the caller."""
        self._run = run
        _known = self._task  # to Huey, before it takes the first
        # In each thread as it ends: a thread listens to PostgreSQL on a connection of its own.
        self._huey.on_shutdown("close")(self.close)
        return _Threads(
            self._huey,
            workers=workers,
            periodic=False,
            max_delay=1.0,  # seconds between two looks at SQLite; the others are told
            check_worker_health=True,
            shutdown_timeout=LEAVES_SECONDS,
        )

    def close(self) -> None:
        """Let go of the connection."""
        with self._closing:  # threads that end together would find it gone half-way
            if "_huey" in self.__dict__:
                self._huey.storage.close()


def _open(url: str, home: Path) -> Huey:
    """A queue at a Redis server, in a PostgreSQL database, or in a file of the home folder.

    SQLite has one writer for each file: looking for work in the database's own file would take
    turns with everyone who writes there.
    """
    if urlsplit(url).scheme in ("redis", "rediss"):
        return RedisHuey(NAME, url=url, results=False)
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
        return PostgresHuey(NAME, dsn=plain, results=False)
    return SqliteHuey(NAME, filename=str(home / "queue.sqlite"), results=False)
