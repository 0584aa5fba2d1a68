"""Feeds that come in by themselves, from a publisher that drops, truncates, stalls and says 304."""

import datetime as dt
import io
import threading

import pytest
from sqlalchemy import func, select, update

from benchmarks.canadabuys import write_feed
from benchmarks.canadabuys_awards import write_feed as write_awards
from registry.audit.models import AuditEvent
from registry.db import utcnow
from registry.demand.models import Contract
from registry.errors import Conflict
from registry.feeds.fetching import Patience
from registry.jobs.models import WAITING, Job
from registry.jobs.worker import Worker
from registry.opportunities.work import MATCH
from registry.schedules import service
from registry.schedules.models import READ, REFUSED, UNCHANGED, FeedFetch, FeedSchedule
from registry.schedules.views import PATIENCE
from registry.tenders.models import Tender

QUICK = Patience(connect_seconds=2, silence_seconds=0.3, attempts=2, pause_seconds=0)


def tenders(rows=20, seed=1):
    file = io.StringIO(newline="")
    write_feed(file, rows, seed)
    return file.getvalue().encode()


@pytest.fixture
def feed(app, session, publisher):
    """A feed of tenders that was just added."""
    app.config[PATIENCE] = QUICK
    publisher.body = tenders()
    feed = service.add_feed(session, None, "tenders", publisher.address, 24)
    session.commit()
    return feed


@pytest.fixture
def due(app, engine, session, feed):
    """Let the feed be due, and do what waits; gives its last fetch."""

    def run():
        session.execute(update(FeedSchedule).values(next_at=utcnow()))
        session.commit()
        service.ask_for_due(session)
        Worker(engine, app.app_context).run_waiting()
        session.expire_all()
        return session.scalars(select(FeedFetch).order_by(FeedFetch.id.desc())).first()

    return run


def jobs(session, kind):
    query = select(func.count()).where(Job.kind == kind, Job.state == WAITING)
    return session.scalar(query)


def test_what_is_due_is_fetched_read_and_matched(due, session, publisher, settings):
    last = due()
    assert (last.outcome, last.detail) == (READ, None)
    stored = session.scalar(select(func.count(Tender.id)))
    assert last.counts["new"] == stored > 10
    assert (settings.reports_dir / last.report_name).is_file()
    assert jobs(session, MATCH) == 1


def test_a_feed_that_did_not_change_is_not_read_again(due, session, publisher):
    due()
    runs = session.scalar(select(func.count(FeedFetch.id)))
    last = due()
    assert (last.outcome, last.counts, last.report_name) == (UNCHANGED, {}, None)
    assert "If-None-Match" in publisher.asked[-1][1]
    assert session.scalar(select(func.count(FeedFetch.id))) == runs + 1
    publisher.body = tenders(rows=30, seed=2)
    assert due().outcome == READ


@pytest.mark.parametrize("fault", ["drop", "truncate", "stall", "forbidden", "to_a_file"])
def test_what_never_comes_whole_is_told_and_tried_the_next_time(due, session, publisher, fault):
    publisher.turns = [fault]
    last = due()
    assert (last.outcome, last.report_name) == (REFUSED, None)
    assert last.detail and session.scalar(select(func.count(Tender.id))) == 0
    publisher.turns = ["elsewhere", "whole"]
    assert due().outcome == READ


def test_a_file_of_another_kind_is_refused_whole(due, session, publisher):
    publisher.body = b"a,b\r\n1,2\r\n"
    last = due()
    assert last.outcome == REFUSED and "a, b" in last.detail
    assert session.scalar(select(func.count(Tender.id))) == 0


def test_it_is_asked_for_once_until_the_next_time(session, feed):
    service.ask_for_due(session)
    service.ask_for_due(session)
    assert jobs(session, service.FETCH) == 1
    session.refresh(feed)
    assert dt.timedelta(hours=23) < feed.next_at - utcnow() <= dt.timedelta(hours=24)
    with pytest.raises(Conflict):
        service.fetch_now(session, None, feed)


def test_a_paused_feed_rests_and_one_that_is_removed_is_forgotten(due, session, feed):
    service.pause_feed(session, 7, feed)
    assert due() is None
    service.resume_feed(session, 7, feed)
    assert due().outcome == READ
    service.remove_feed(session, 7, feed)
    session.commit()
    assert session.scalar(select(func.count(FeedFetch.id))) == 0
    assert session.scalar(select(func.count(Tender.id))) > 0
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.actor_id == 7)).all()
    assert actions == ["feed.pause", "feed.resume", "feed.remove"]


def test_every_worker_looks_for_what_is_due(app, engine, session, feed):
    stop = threading.Event()
    stop.set()  # after its first look around
    Worker(engine, app.app_context).serve(app.extensions["jobs"], stop)
    session.expire_all()
    asked = session.scalars(select(Job).where(Job.kind == service.FETCH)).all()
    assert [job.arguments for job in asked] == [{"feed": feed.id}]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("kind", {"kind": "weather"}),
        ("url", {"url": "file:///etc/hostname"}),
        ("url", {"url": "https://feeds.example/" + "x" * 500}),
        ("interval", {"interval_hours": 0}),
        ("interval", {"interval_hours": None}),
    ],
)
def test_what_cannot_be_fetched_is_not_added(session, field, typed):
    whole = {"kind": "tenders", "url": "https://feeds.example/a.csv", "interval_hours": 24}
    with pytest.raises(service.WrongFeed) as refusal:
        service.add_feed(session, None, **{**whole, **typed})
    assert refusal.value.field == field


def test_the_same_feed_is_added_once(session, feed):
    with pytest.raises(service.WrongFeed) as refusal:
        service.add_feed(session, None, feed.kind, f" {feed.url} ", 1)
    assert refusal.value.field == "url"
    service.add_feed(session, None, "awards", feed.url, 1)


def test_awards_come_in_the_same_way(app, engine, session, publisher):
    file = io.StringIO(newline="")
    write_awards(file, 20)
    publisher.body = file.getvalue().encode()
    service.add_feed(session, None, "awards", publisher.address, 24)
    session.commit()
    service.ask_for_due(session)
    Worker(engine, app.app_context).run_waiting()
    assert session.scalar(select(func.count(Contract.id))) > 10
    assert jobs(session, MATCH) == 0
