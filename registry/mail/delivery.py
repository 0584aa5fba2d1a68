"""Delivery beside the requests: how long a server takes must tell nobody who has an account."""

import fcntl
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from registry.mail.service import deliver

log = logging.getLogger(__name__)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One deliverer at a time on this machine: SQLite cannot lock a mail while it is being sent.

    Who waits finds afterwards what is left, and the lock goes with its process.
    """
    with (home / "outbox.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Postman:
    """One thread that empties the outbox whenever it is woken."""

    def __init__(self, smtp_url: str, sender: str, home: Path):
        self._smtp_url, self._sender, self._home = smtp_url, sender, home
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="postman")

    def wake(self, engine: Engine) -> None:
        """Deliver soon; returns at once. What a dying process leaves, `cadence mail send` sends."""
        self._thread.submit(self._deliver, engine)

    def rest(self) -> None:
        """Wait until everything asked for is done, and take no more."""
        self._thread.shutdown(wait=True)

    def _deliver(self, engine: Engine) -> None:
        try:
            with alone(self._home), Session(engine) as session:
                deliver(session, self._smtp_url, self._sender)
        except SQLAlchemyError:  # nobody waits for this thread: only the log can say it
            log.exception("mails could not be delivered")
