"""Writing to people: what is due, one mail for each person, and never the same news twice.

A mail is a row of the outbox. It is written in the transaction that moves `told_run` (or `known`)
on, under the condition that nobody else has: whatever dies in between, or runs beside, the news is
told once.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session, joinedload

from registry.accounts.models import ADMINISTRATOR, OFFICIAL, User
from registry.alerts.calendar import next_due
from registry.alerts.comparing import Changes
from registry.alerts.letters import write_search_mail
from registry.alerts.models import INSTANTLY, NEVER, SearchRun, Subscription
from registry.alerts.running import latest_run
from registry.alerts.service import between
from registry.finding.dismissals import dismissed_by_need

READERS = (OFFICIAL, ADMINISTRATOR)  # who may follow searches: asked again before each mail


@dataclass(frozen=True)
class News:
    """What is new of one search for one person."""

    subscription: Subscription
    latest: SearchRun
    changes: Changes


def tell(session: Session, now: dt.datetime) -> int:
    """Write to everyone whose mail is due and who has news; how many mails.

    Each person's mail is committed by itself.
    """
    mails = 0
    for _key, mine in groupby(_due(session, now), key=lambda one: (one.user_id, one.language)):
        mails += _tell_one(session, list(mine), now)
        session.commit()
    return mails


def _due(session: Session, now: dt.datetime) -> list[Subscription]:
    """What may be told of now, in the order of the people."""
    query = (
        select(Subscription)
        .where(
            Subscription.frequency != NEVER,
            or_(Subscription.frequency == INSTANTLY, Subscription.due_at <= now),
        )
        .options(
            joinedload(Subscription.user).selectinload(User.roles),
            joinedload(Subscription.search),
            joinedload(Subscription.told_run),
        )
        .order_by(Subscription.user_id, Subscription.language, Subscription.name, Subscription.id)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _tell_one(session: Session, mine: list[Subscription], now: dt.datetime) -> int:
    """One mail for one person, if there is news; 1 or 0."""
    person = mine[0].user
    may_read = person.active and any(person.has_role(role) for role in READERS)
    news = [one for one in _news(session, mine) if _claim(session, one)] if may_read else []
    for subscription in mine:
        subscription.due_at = next_due(subscription.frequency, now)
    if not news:
        return 0
    write_search_mail(session, person, [(one.subscription, one.changes) for one in news])
    return 1


def _news(session: Session, mine: Sequence[Subscription]) -> Iterable[News]:
    """One person's searches of which there is something to tell.

    Where all that moved is too little, the run told of stays: what adds up is told one day.
    """
    aside = dismissed_by_need(session, mine[0].user)
    for subscription in mine:
        latest = latest_run(session, subscription.search_id)
        assert latest  # nobody follows a search that was never run
        need = subscription.search.criteria["need"]
        if changes := between(subscription.told_run, latest, aside.of(need)):
            yield News(subscription, latest, changes)


def _claim(session: Session, news: News) -> bool:
    """Move on to the newest run; False if another process has done so first."""
    mine = news.subscription
    claimed = session.execute(
        update(Subscription)
        .where(Subscription.id == mine.id, Subscription.told_run_id == mine.told_run_id)
        .where(Subscription.frequency == mine.frequency)  # who has just stopped it is left alone
        .values(told_run_id=news.latest.id)
        .execution_options(synchronize_session=False)
    )
    return bool(cast(CursorResult[Any], claimed).rowcount)
