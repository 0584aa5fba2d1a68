"""Rules about feeds that come in by themselves: added, paused, due, fetched, removed."""

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from registry.audit.service import record
from registry.db import utcnow
from registry.errors import Conflict, NotFound, RuleBroken
from registry.feeds.fetching import is_address
from registry.i18n import gettext as _
from registry.jobs.models import RUNNING, WAITING, Job
from registry.jobs.service import ask, is_asked
from registry.schedules.kinds import FEED_KINDS
from registry.schedules.models import (
    LONGEST_ADDRESS,
    LONGEST_INTERVAL_HOURS,
    FeedFetch,
    FeedSchedule,
)

FETCH = "feeds.fetch"
FETCHES_SHOWN = 20


class WrongFeed(RuleBroken):
    """A feed that cannot be added as asked; `field` is what must change."""

    def __init__(self, field: str, message: str):
        super().__init__(message)
        self.field = field


def add_feed(
    session: Session, actor_id: int | None, kind: str, url: str, interval_hours: int | None
) -> FeedSchedule:
    """Fetch what is published there from now on, at once for the first time.

    Raises WrongFeed, also for one that is there already.
    """
    url = url.strip()
    if kind not in FEED_KINDS:
        raise WrongFeed("kind", _("Choose what the feed holds."))
    if not is_address(url) or len(url) > LONGEST_ADDRESS or not url.isprintable() or " " in url:
        raise WrongFeed("url", _("This is not a web address (http or https)."))
    if interval_hours is None or not 1 <= interval_hours <= LONGEST_INTERVAL_HOURS:
        most = LONGEST_INTERVAL_HOURS
        reason = _("Give the hours between two fetches, from 1 to %(most)s.", most=most)
        raise WrongFeed("interval", reason)
    feed = FeedSchedule(
        kind=kind, url=url, interval_hours=interval_hours, next_at=utcnow(), added_by=actor_id
    )
    try:
        with session.begin_nested():
            session.add(feed)
            session.flush()
    except IntegrityError as error:
        raise WrongFeed("url", _("This feed is here already.")) from error
    record(session, actor_id, "feed.add", "feed", feed.id, kind=kind, url=url)
    return feed


def list_feeds(session: Session) -> list[tuple[FeedSchedule, FeedFetch | None]]:
    """Every feed with its last fetch that ended, in the order in which they were added."""
    newest = select(func.max(FeedFetch.id)).group_by(FeedFetch.schedule_id)
    last = {one.schedule_id: one for one in session.scalars(
        select(FeedFetch).where(FeedFetch.id.in_(newest))
    )}  # fmt: skip
    feeds = session.scalars(select(FeedSchedule).order_by(FeedSchedule.id))
    return [(feed, last.get(feed.id)) for feed in feeds]


def jobs_under_way(session: Session) -> dict[int, int]:
    """The job that waits or runs, by number of the feed that it fetches."""
    going_on = select(Job.id, Job.arguments).where(
        Job.kind == FETCH, Job.state.in_((WAITING, RUNNING))
    )
    return {arguments["feed"]: number for number, arguments in session.execute(going_on)}


def list_fetches(session: Session) -> list[FeedFetch]:
    """The last fetches of all feeds, the newest first."""
    query = select(FeedFetch).options(selectinload(FeedFetch.schedule))
    query = query.order_by(FeedFetch.id.desc()).limit(FETCHES_SHOWN)
    return list(session.scalars(query))


def get_feed(session: Session, feed_id: int) -> FeedSchedule:
    """Raises NotFound."""
    if found := session.get(FeedSchedule, feed_id):
        return found
    raise NotFound(_("There is no feed with the number %(id)s.", id=feed_id))


def pause_feed(session: Session, actor_id: int | None, feed: FeedSchedule) -> None:
    """Fetch no more until it is resumed."""
    feed.paused = True
    record(session, actor_id, "feed.pause", "feed", feed.id)


def resume_feed(session: Session, actor_id: int | None, feed: FeedSchedule) -> None:
    """Fetch again, at once if it would have been due."""
    feed.paused = False
    record(session, actor_id, "feed.resume", "feed", feed.id)


def remove_feed(session: Session, actor_id: int | None, feed: FeedSchedule) -> None:
    """Forget the feed and its fetches; what was read of it stays."""
    record(session, actor_id, "feed.remove", "feed", feed.id, kind=feed.kind, url=feed.url)
    session.delete(feed)


def fetch_now(session: Session, actor_id: int | None, feed: FeedSchedule) -> None:
    """Ask for a fetch beside the times that are set. Raises Conflict if one is on its way."""
    if is_asked(session, FETCH, {"feed": feed.id}):
        raise Conflict(_("This feed is being fetched already."))
    ask(session, None, FETCH, {"feed": feed.id})
    record(session, actor_id, "feed.fetch", "feed", feed.id)


def ask_for_due(session: Session) -> None:
    """Ask for a fetch of every feed whose time has come; commits.

    Moving the next time from what was read makes only one of several workers ask. A feed that was
    due several times while no worker ran is fetched once.
    """
    now = utcnow()
    due = select(FeedSchedule).where(~FeedSchedule.paused, FeedSchedule.next_at <= now)
    for feed in session.scalars(due.order_by(FeedSchedule.id)).all():
        moved = session.execute(
            update(FeedSchedule)
            .where(FeedSchedule.id == feed.id, FeedSchedule.next_at == feed.next_at)
            .values(next_at=now + feed.every)
            .execution_options(synchronize_session=False)
        )
        if moved.rowcount and not is_asked(session, FETCH, {"feed": feed.id}):  # type: ignore[attr-defined]
            ask(session, None, FETCH, {"feed": feed.id})
        session.commit()
