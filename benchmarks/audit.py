"""What does the audit trail cost, at a million events?

    python -m benchmarks.audit [--events 1000000] [--database URL]

Fills a database of its own (SQLite in a temporary folder, unless an empty one is named), writes
through `record` and commits, verifies in a process of its own beside one that only reads the same
rows, and asks for pages of the trail near and far.
"""

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, create_engine, insert, select
from sqlalchemy.orm import Session

from registry import schema
from registry.audit import chain
from registry.audit.models import AuditEvent, AuditLink
from registry.audit.service import record
from registry.trail.service import PAGE, Filters, list_events, values_of

TOGETHER = 1000  # events of one transaction in the large part
ALONE = 2000  # events with a transaction each
ACTIONS = ("firm.publish", "revision.submit", "firm.list", "shortlist.add", "shortlist.note")
DEPTHS = (0.0, 0.5, 1.0)
ASKED = 20


def facts(chance: random.Random, number: int) -> dict[str, object]:
    action = ACTIONS[number % len(ACTIONS)]
    return {
        "actor_id": chance.randrange(1, 500),
        "action": action,
        "subject": action.split(".")[0],
        "subject_id": chance.randrange(1, 50_000),
        "before": {"employees": number, "website": "https://firm.example/"},
        "after": {"employees": number + 1, "website": f"https://firm.example/{number}"},
        "why": "Yearly review of the record",
    }


def write(engine: Engine, events: int, together: int) -> float:
    """Record this many events; events a second of the processor."""
    chance = random.Random(events)
    start = time.process_time()
    with Session(engine) as session:
        for number in range(events):
            record(session, **facts(chance, number))  # type: ignore[arg-type]
            if (number + 1) % together == 0:
                session.commit()
                session.expunge_all()
        session.commit()
    return events / (time.process_time() - start)


def write_plain(engine: Engine, events: int) -> float:
    """The same rows with neither session nor chain, given up at the end; events a second
    of the processor."""
    chance = random.Random(events)
    start = time.process_time()
    with engine.connect() as connection:
        for first in range(0, events, TOGETHER):
            rows = [{"detail": {}, **facts(chance, first + n)} for n in range(TOGETHER)]
            connection.execute(insert(AuditEvent), rows)
        seconds = time.process_time() - start
        connection.rollback()
    return events / seconds


def verify(url: str) -> None:
    with Session(create_engine(url)) as session:
        assert chain.verify(session).broken is None


def read(url: str) -> None:
    """The baseline: the same rows, streamed and left alone."""
    with create_engine(url).connect() as connection:
        columns = (*AuditEvent.__table__.c, AuditLink.number, AuditLink.digest)
        query = select(*columns).join_from(AuditLink, AuditEvent).order_by(AuditLink.number)
        for _row in connection.execute(query, execution_options={"yield_per": chain.BATCH}):
            pass


def imported(_url: str) -> None:
    """Nothing: what the process is before it reads."""


APART: dict[str, Callable[[str], None]] = {"imported": imported, "read": read, "verify": verify}


def apart(name: str, url: str) -> tuple[float, float, float]:
    """Run in a process of its own: seconds, seconds of the processor, most memory held in MiB."""
    command = [sys.executable, "-m", "benchmarks.audit", "--apart", name, "--database", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    seconds, busy, memory = map(float, done.stdout.split())
    return seconds, busy, memory


def most_memory() -> float:
    """MiB since this program began; what getrusage says includes the parent's, before the exec."""
    (line,) = [
        each for each in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in each
    ]
    return int(line.split()[1]) / 1024


def page_times(engine: Engine, events: int) -> dict[str, float]:
    """Milliseconds for one page, the median of ASKED."""
    times = {}
    with Session(engine) as session:
        for depth in DEPTHS:
            place = max(1, round(events * (1 - depth))) + PAGE if depth else None
            times[f"all events, {depth:.0%} deep"] = _median(
                session, partial(list_events, session, Filters(), place)
            )
        narrow = {
            "one firm": Filters(subject="firm", subject_id=4321),
            "one action": Filters(action="firm.verify"),
            "one person": Filters(actor_id=321),
        }
        for name, filters in narrow.items():
            times[name] = _median(session, partial(list_events, session, filters))
            deep = partial(list_events, session, filters, events // 2)
            times[f"{name}, 50% deep"] = _median(session, deep)
        times["choices of the filters"] = _median(
            session, lambda: values_of(session, AuditEvent.action)
        )
    return times


def _median(session: Session, ask: Callable[[], object]) -> float:
    seconds = []
    for _turn in range(ASKED):
        session.expunge_all()
        start = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - start)
    return median(seconds) * 1000


def report(url: str, events: int) -> None:
    engine = create_engine(url)
    schema.upgrade(engine)
    print("| writing | events a second of the processor |\n|---|---|")
    print(f"| rows alone, {TOGETHER} a transaction | {write_plain(engine, 20 * TOGETHER):,.0f} |")
    print(f"| recorded and chained, {TOGETHER} a transaction | ", end="", flush=True)
    print(f"{write(engine, events - ALONE, TOGETHER):,.0f} |")
    print(f"| recorded and chained, 1 a transaction | {write(engine, ALONE, 1):,.0f} |\n")
    print("| all events, apart | seconds | of the processor | events a second of it | MiB, most |")
    print("|---|---|---|---|---|")
    for name, what in (
        ("imported", "nothing, imports alone"),
        ("read", "only read"),
        ("verify", "verified"),
    ):
        seconds, busy, memory = apart(name, url)
        rate = f"{events / busy:,.0f}" if name != "imported" else ""
        print(f"| {what} | {seconds:.1f} | {busy:.1f} | {rate} | {memory:.0f} |", flush=True)
    print(f"\n| page of {PAGE} | milliseconds |\n|---|---|")
    for name, milliseconds in page_times(engine, events).items():
        print(f"| {name} | {milliseconds:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--database", help="an empty database; else SQLite in a temporary folder")
    parser.add_argument("--apart", choices=APART, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.apart:
        start, began = time.perf_counter(), time.process_time()
        APART[arguments.apart](arguments.database)
        print(time.perf_counter() - start, time.process_time() - began, most_memory())
        return
    with TemporaryDirectory() as temporary:
        url = arguments.database or f"sqlite:///{Path(temporary) / 'audit.sqlite'}"
        report(url, arguments.events)


if __name__ == "__main__":
    main()
