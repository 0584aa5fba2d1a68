"""Worker processes for the tests, and the small job that they do.

Run as `python counting.py DATABASE_URL HOME`: for each line that it reads it makes a process that
works until it is killed, and writes that one's number. Made by fork, which takes no time.
"""

import datetime as dt
import os
import signal
import sys
import threading
import time
from pathlib import Path

from sqlalchemy import create_engine, text

from registry.jobs.kinds import Kind, add_kind
from registry.jobs.queue import Queue
from registry.jobs.worker import Pace, Worker

KIND = "counting"
FAST = Pace(
    beat=dt.timedelta(seconds=0.05),
    silent_for=dt.timedelta(seconds=0.6),
    sweep=dt.timedelta(seconds=0.2),
)


def count(work):
    """Takes as many short steps as are asked for, saying how far it is."""
    steps = work.arguments["steps"]
    for done in range(steps):
        work.progress(done, steps, "search")
        time.sleep(0.01)
    return work.arguments["name"]


def keep(session, job, found):
    """Writes one row for each time that it is called and committed."""
    session.execute(text("insert into tally (name) values (:name)"), {"name": found})
    time.sleep(0.01)  # so that a kill may fall between writing and committing
    return {"name": found}


add_kind(Kind(KIND, "Counting", count, keep))


def work(url, home):
    """Do jobs until killed."""
    Worker(create_engine(url), pace=FAST).serve(Queue(url, Path(home)), threading.Event(), 2)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    for _line in sys.stdin:
        if not (number := os.fork()):
            work(*sys.argv[1:])
        print(number, flush=True)
