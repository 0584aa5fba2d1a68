"""Running searches and writing to people, as a job that the worker asks for by itself when due."""

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from registry.alerts.models import INSTANTLY, NEVER, Subscription, TenderWatch
from registry.alerts.running import run_searches, waiting
from registry.alerts.service import forget_runs
from registry.alerts.telling import tell
from registry.alerts.watching import tell_watchers
from registry.db import db, utcnow
from registry.i18n import mark
from registry.jobs.kinds import Kind, Work, add_duty, add_kind
from registry.jobs.models import DONE, Job
from registry.jobs.service import ask_once
from registry.mail.service import POSTED
from registry.opportunities.work import MATCH

RUN = "alerts.run"


def run_round(work: Work) -> dict[str, int]:
    """Run what waits, then write to those whose mail is due; how many of each.

    Done again from the start it runs and tells what is left.
    """
    session, now = work.session, utcnow()
    searches = waiting(session, now)
    differing = run_searches(session, searches, work.progress)
    mails = tell(session, now) + tell_watchers(session, now)
    forget_runs(session)
    session.commit()
    if session.info.pop(POSTED, False):
        db.session.info[POSTED] = True  # whoever delivers looks there
    return {"searches": len(searches), "differing": differing, "mails": mails}


def _keep(_session: Session, _job: Job, found: dict[str, int]) -> dict[str, Any]:
    return found


def is_due(session: Session) -> bool:
    """Whether a search waits, a mail is due, or tenders were matched since the last round."""
    now = utcnow()
    due = exists(select(Subscription.id).where(
        Subscription.frequency != NEVER, Subscription.due_at <= now
    ))  # fmt: skip
    watched = exists(select(TenderWatch.id).where(
        TenderWatch.frequency != NEVER, TenderWatch.due_at <= now
    ))  # fmt: skip
    return (
        bool(waiting(session, now))
        or bool(session.scalar(select(due | watched)))
        or (_tenders_matched(session))
    )


def _tenders_matched(session: Session) -> bool:
    """Whether someone waits for new tenders, and a match ended after the last round began."""
    if not session.scalar(select(exists(select(TenderWatch.id).where(
        TenderWatch.frequency == INSTANTLY
    )))):  # fmt: skip
        return False
    matched = _newest(session, MATCH, Job.ended_at)
    looked = _newest(session, RUN, Job.started_at)
    return matched is not None and (looked is None or looked < matched)


def _newest(session: Session, kind: str, moment: Any) -> Any:
    query = select(moment).where(Job.kind == kind, Job.state == DONE)
    return session.scalars(query.order_by(Job.id.desc()).limit(1)).first()


def ask_when_due(session: Session) -> None:
    """Ask for a round once there is something to run or to tell; commits."""
    if is_due(session):
        ask_once(session, RUN)
    session.commit()


add_kind(Kind(RUN, mark("Running saved searches"), run_round, _keep))
add_duty(ask_when_due)
