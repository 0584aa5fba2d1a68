"""Rules about jobs: asked for, claimed by one run at a time, ended by that run alone.

Every change of state is one UPDATE that names the state that it leaves, so that two processes
cannot both make it. The queue only says that there is something to do; what is true is here.
"""

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session, selectinload

from registry.audit.service import record
from registry.db import utcnow
from registry.errors import Conflict, NotFound
from registry.i18n import gettext as _
from registry.jobs.models import CANCELLED, DONE, ERROR_LENGTH, FAILED, RUNNING, WAITING, Job

MOST_ATTEMPTS = 3  # a job whose run dies this often is taken to be what kills it
RESTS = dt.timedelta(minutes=10)  # what failed is not asked for again by the clock at once
PER_PAGE = 50
ASKED = "jobs.asked"  # on a session: numbers of jobs to tell the queue of once they are committed


def ask(session: Session, actor_id: int | None, kind: str, arguments: Mapping[str, Any]) -> Job:
    """Write down work to be done once the caller's transaction is committed."""
    job = Job(kind=kind, arguments=dict(arguments), asked_by_id=actor_id)
    session.add(job)
    session.flush()
    _announce(session, job.id)
    return job


def ask_once(session: Session, kind: str) -> Job | None:
    """Ask for work of the service itself unless some waits, runs, or failed a short while ago.

    Two workers that ask in one moment make two jobs: a kind that is due must bear that.
    """
    lately = utcnow() - RESTS
    busy = select(Job.id).where(
        Job.kind == kind,
        or_(Job.state.in_((WAITING, RUNNING)), and_(Job.state == FAILED, Job.ended_at > lately)),
    )
    return None if session.scalar(busy.limit(1)) else ask(session, None, kind, {})


def _announce(session: Session, job_id: int) -> None:
    session.info.setdefault(ASKED, []).append(job_id)


def is_asked(session: Session, kind: str, arguments: Mapping[str, Any]) -> bool:
    """Whether such a job waits or runs already."""
    going_on = select(Job.arguments).where(Job.kind == kind, Job.state.in_((WAITING, RUNNING)))
    return dict(arguments) in session.scalars(going_on).all()


def get_job(session: Session, job_id: int, asked_by_id: int | None) -> Job:
    """A job of this person, or any for None. Raises NotFound, also for someone else's."""
    job = session.get(Job, job_id, populate_existing=True)
    if job is None or asked_by_id not in (None, job.asked_by_id):
        raise NotFound(_("There is no job with the number %(id)s.", id=job_id))
    return job


def list_jobs(session: Session, page: int) -> tuple[list[Job], int]:
    """(the jobs of a page, the last asked for first; how many there are in all)."""
    query = select(Job).options(selectinload(Job.asked_by)).order_by(Job.id.desc())
    found = session.scalars(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE))
    return list(found), session.scalar(select(func.count(Job.id))) or 0


def count_by_state(session: Session) -> dict[str, int]:
    """How many jobs are in each state that some job is in."""
    query = select(Job.state, func.count()).group_by(Job.state)
    return dict(session.execute(query).all())


def cancel_job(session: Session, actor_id: int | None, job: Job) -> None:
    """End a job that waits or runs; what its run finds counts no more. Raises Conflict."""
    if not _change(session, job.id, (WAITING, RUNNING), **_ending(CANCELLED)):
        raise Conflict(_("The job has ended already."))
    record(session, actor_id, "job.cancel", "job", job.id, kind=job.kind)


def retry_job(session: Session, actor_id: int | None, job: Job) -> None:
    """Let a job that failed or was cancelled wait again, from the start. Raises Conflict."""
    anew: dict[str, Any] = {
        "state": WAITING,
        "ended_at": None,
        "error": None,
        "attempts": 0,
        **_NO_PROGRESS,
    }
    if not _change(session, job.id, (FAILED, CANCELLED), **anew):
        raise Conflict(_("Only a job that failed or was cancelled can be tried again."))
    record(session, actor_id, "job.retry", "job", job.id, kind=job.kind)
    _announce(session, job.id)


def claim(session: Session, job_id: int) -> str | None:
    """Take a waiting job; the name of the run that now holds it, None if it waits no more.

    Commits: from here on a run that dies is noticed by its silence.
    """
    holder, now = secrets.token_hex(16), utcnow()
    taken = _change(
        session,
        job_id,
        (WAITING,),
        state=RUNNING,
        holder=holder,
        heartbeat_at=now,
        started_at=now,
        attempts=Job.attempts + 1,
    )
    session.commit()
    return holder if taken else None


def beat(session: Session, job_id: int, holder: str, progress: Mapping[str, Any]) -> bool:
    """Say that a run is alive and how far it is; False if the job is no longer its own. Commits."""
    alive = _change(session, job_id, (RUNNING,), holder, heartbeat_at=utcnow(), **progress)
    session.commit()
    return alive


def finish(session: Session, job_id: int, holder: str) -> bool:
    """Mark as done, in the transaction that keeps the result; False if it is no longer its own.

    To be called before anything is written: it takes the lock that makes a second run wait.
    """
    return _change(session, job_id, (RUNNING,), holder, **_ending(DONE), error=None)


def fail(session: Session, job_id: int, holder: str, error: str) -> None:
    """Mark as failed. Commits."""
    ending = _ending(FAILED)
    _change(session, job_id, (RUNNING,), holder, **ending, error=error[-ERROR_LENGTH:])
    session.commit()


def give_back(session: Session, job_id: int, holder: str) -> None:
    """Let a job wait again that a run has to leave, as if it had not begun. Commits."""
    anew = {**_WAITING_ANEW, "attempts": Job.attempts - 1}
    _change(session, job_id, (RUNNING,), holder, **anew)
    session.commit()


def requeue_lost(session: Session, silent_for: dt.timedelta) -> list[int]:
    """Jobs that wait and should be told to the queue again; commits.

    Those of runs that died become waiting first, or fail if their runs die again and again. A job
    that has waited as long as a run may be silent was told of before, but the queue may have lost
    it: whoever took it off died before claiming. Told twice it still runs once.
    """
    before = utcnow() - silent_for
    lost = select(Job.id, Job.holder, Job.attempts)
    lost = lost.where(Job.state == RUNNING, Job.heartbeat_at < before)
    for job_id, holder, attempts in session.execute(lost).all():
        if attempts >= MOST_ATTEMPTS:
            died = f"its run died {attempts} times"
            _change(session, job_id, (RUNNING,), holder, **_ending(FAILED), error=died)
        else:
            _change(session, job_id, (RUNNING,), holder, **_WAITING_ANEW)
        session.commit()  # each by itself: who holds one row and waits for another can deadlock
    return list(session.scalars(select(Job.id).where(Job.state == WAITING).order_by(Job.id)))


_NO_PROGRESS = {"progress_done": None, "progress_total": None, "phase": None}
_WAITING_ANEW = {"state": WAITING, "holder": None, "heartbeat_at": None, **_NO_PROGRESS}


def _ending(state: str) -> dict[str, Any]:
    return {"state": state, "holder": None, "heartbeat_at": None, "ended_at": utcnow()}


def _change(
    session: Session,
    job_id: int,
    states: tuple[str, ...],
    held_by: str | None = None,
    **values: Any,
) -> bool:
    """Whether the job was in one of the states, held by this run if one is given; then changed."""
    change = update(Job).where(Job.id == job_id, Job.state.in_(states))
    if held_by is not None:
        change = change.where(Job.holder == held_by)
    changed = session.execute(change.values(**values).execution_options(synchronize_session=False))
    return bool(changed.rowcount)  # type: ignore[attr-defined]
