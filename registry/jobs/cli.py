"""`cadence worker`, and the worker that `cadence serve` brings along."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from flask.cli import with_appcontext

from registry.command_line import Command, option
from registry.db import db
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.jobs.queue import Queue
from registry.jobs.worker import Worker

ENDS_SECONDS = 10  # how long a worker that was told to end may take


@click.command(
    "worker", cls=Command, help=mark("Do the jobs that people ask for; several may run at once.")
)
@option("--threads", type=click.IntRange(1, 64), default=1, show_default=True,
        help=mark("Jobs done at once."))  # fmt: skip
@option("--attached", is_flag=True, help=mark("End when the standard input is closed."))
@with_appcontext
def worker_command(threads: int, attached: bool) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_received: stop.set())
    if attached:
        _stop_at_end_of_input(stop)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    queue: Queue = app.extensions["jobs"]
    click.echo(_("The worker waits for jobs."))
    Worker(db.engine, app.app_context).serve(queue, stop, threads)


def _stop_at_end_of_input(stop: threading.Event) -> None:
    """Whoever started this process holds the other end: when they end, however, it is closed."""

    def wait() -> None:
        sys.stdin.buffer.read()
        stop.set()

    threading.Thread(target=wait, name="end of input", daemon=True).start()


@contextmanager
def worker_beside(address: str) -> Iterator[None]:
    """A worker in a process of its own while this one serves; it ends with it, even if killed.

    Its mails lead to `address`, where this one listens, unless the environment names another.

    A process rather than a thread, so that long computing takes no time from the pages.
    """
    command = [sys.executable, "-m", "registry", "worker", "--attached"]
    # In a session of its own: Ctrl+C reaches us alone, and we tell it.
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        env={"CADENCE_URL": address, **os.environ},
    )
    try:
        yield
    finally:
        assert process.stdin
        process.stdin.close()
        try:
            process.wait(ENDS_SECONDS)
        except subprocess.TimeoutExpired:  # its job is put back by whoever works next
            process.kill()
            process.wait()
