"""Fetching a feed as a job, and the duty that asks for it when its time has come."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from registry.db import utcnow
from registry.errors import RegistryError
from registry.feeds.fetching import Patience, fetch
from registry.feeds.importing import was_read
from registry.feeds.reader import Feed
from registry.feeds.report import Report
from registry.feeds.told import keep
from registry.i18n import mark
from registry.jobs.kinds import Kind, Work, add_duty, add_kind
from registry.jobs.models import Job
from registry.jobs.service import ask
from registry.opportunities.work import MATCH
from registry.schedules.kinds import FEED_KINDS, FeedKind
from registry.schedules.models import (
    LONGEST_DETAIL,
    READ,
    REFUSED,
    UNCHANGED,
    FeedFetch,
    FeedSchedule,
)
from registry.schedules.service import FETCH, ask_for_due
from registry.tenders.canadabuys import LIMITS


@dataclass(frozen=True)
class Surroundings:
    """Where files and reports are kept, and how long a server may take (None: as usual)."""

    feeds_dir: Path
    reports_dir: Path
    patience: Patience | None = None


# Of the application that does the work; what knows it says so where it is imported.
SURROUNDINGS: list[Callable[[], Surroundings]] = []


@dataclass
class Found:
    """What became of a fetch, until it is kept."""

    begun_at: dt.datetime
    outcome: str
    counts: dict[str, int] = field(default_factory=dict)
    detail: str | None = None
    report_name: str | None = None


def _run(work: Work) -> Found | None:
    """Fetch and read. A server or a file that is no good is an outcome, not a failure."""
    feed = work.session.get(FeedSchedule, work.arguments["feed"])
    if feed is None:  # removed meanwhile
        return None
    kind, url, begun = FEED_KINDS[feed.kind], feed.url, utcnow()
    name = f"{begun.strftime('%Y%m%d-%H%M%S-%f')}-feed-{feed.id}.csv"
    work.session.rollback()  # a server may take long
    try:
        return _read(work, kind, url, Found(begun, READ, report_name=name))
    except RegistryError as error:
        work.session.rollback()
        return Found(begun, REFUSED, detail=keep(error.message, LONGEST_DETAIL))


def _read(work: Work, kind: FeedKind, url: str, found: Found) -> Found:
    here = SURROUNDINGS[-1]()
    fetched = fetch(url, here.feeds_dir, here.patience)
    # Also where the server told of nothing: another address may publish the same file.
    if was_read(work.session, kind.source.code, fetched.sha256):
        return Found(found.begun_at, UNCHANGED)
    assert found.report_name
    path: Path = here.reports_dir / found.report_name
    with Feed(fetched.path, LIMITS) as file, Report(path) as report:

        def progress(position: int) -> None:
            work.progress(position, file.size)

        tally = kind.read(work.session, file, kind.format_name, report, progress)
    found.counts = {
        "new": tally.new,
        "changed": tally.changed,
        "unchanged": tally.unchanged,
        "refused": report.refused,
        "warned": report.warned,
    }
    return found


def _keep(session: Session, job: Job, found: Found | None) -> dict[str, Any]:
    feed = session.get(FeedSchedule, job.arguments["feed"])
    if found is None or feed is None:
        return {}
    session.add(
        FeedFetch(
            schedule_id=feed.id,
            begun_at=found.begun_at,
            ended_at=utcnow(),
            outcome=found.outcome,
            counts=found.counts,
            detail=found.detail,
            report_name=found.report_name,
        )
    )
    written = found.counts.get("new", 0) + found.counts.get("changed", 0)
    if FEED_KINDS[feed.kind].matches and written:
        ask(session, None, MATCH, {})
    return {"outcome": found.outcome}


add_kind(Kind(FETCH, mark("Fetching a feed"), _run, _keep))
add_duty(ask_for_due)
