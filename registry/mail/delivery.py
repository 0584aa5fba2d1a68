"""Delivery beside the requests: how long a server takes must tell nobody who has an account."""

import logging
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from registry.mail.service import deliver

log = logging.getLogger(__name__)


class Postman:
    """One thread that empties the outbox whenever it is woken."""

    def __init__(self, smtp_url: str, sender: str):
        self._smtp_url, self._sender = smtp_url, sender
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="postman")

    def wake(self, engine: Engine) -> None:
        """Deliver soon; returns at once. What a dying process leaves, `cadence mail send` sends."""
        self._thread.submit(self._deliver, engine)

    def rest(self) -> None:
        """Wait until everything asked for is done, and take no more."""
        self._thread.shutdown(wait=True)

    def _deliver(self, engine: Engine) -> None:
        try:
            with Session(engine) as session:
                deliver(session, self._smtp_url, self._sender)
        except SQLAlchemyError:  # nobody waits for this thread: only the log can say it
            log.exception("mails could not be delivered")
