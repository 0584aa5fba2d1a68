"""The page of one job for whoever asked for it, and of all jobs for administrators."""

from collections.abc import Callable

from flask import Blueprint, Flask, Response, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import actor_id, open_to
from registry.accounts.models import ADMINISTRATOR, OFFICIAL
from registry.db import db
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.jobs import service
from registry.jobs.kinds import KINDS
from registry.jobs.models import DONE, STATES, Job
from registry.jobs.queue import Queue
from registry.web import LANGUAGE_PREFIX, page_number

pages = Blueprint("jobs", __name__)
ASKERS = (OFFICIAL, ADMINISTRATOR)
ASKS_EVERY_SECONDS = 2
STATE_WORDS = {
    "waiting": mark("waiting"),
    "running": mark("running"),
    "done": mark("done"),
    "failed": mark("failed"),
    "cancelled": mark("cancelled"),
}
PHASE_WORDS = {
    "reading": mark("Reading the registry"),
    "search": mark("Searching for the best contracts"),
    "reasons": mark("Measuring what each contract adds"),
    "relaxations": mark("Looking for what would have to give"),
}
# Where the result of a kind is shown: kind -> address, from its result.
RESULT_PAGES: dict[str, Callable[[Job], str]] = {}


def init_app(app: Flask) -> None:
    """Tell the queue of what was asked for, after each request or command that committed it."""
    settings = app.config["SETTINGS"]
    queue = app.extensions["jobs"] = Queue(settings.queue_url, settings.home)

    @app.teardown_appcontext
    def tell(_error: BaseException | None) -> None:
        for number in db.session.info.pop(service.ASKED, ()):
            queue.put(number)

    app.jinja_env.globals.update(
        job_state_words=lambda state: _(STATE_WORDS[state]),
        job_kind_words=lambda kind: _(KINDS[kind].label) if kind in KINDS else kind,
    )


def _mine(job_id: int) -> Job:
    """A job that the person asked for; an administrator's are all."""
    everyone = current_user.has_role(ADMINISTRATOR)
    return service.get_job(db.session, job_id, None if everyone else actor_id())


@pages.get(f"{LANGUAGE_PREFIX}/jobs")
@open_to(ADMINISTRATOR)
def jobs() -> str:
    """All jobs, the last asked for first."""
    page = page_number()
    found, count = service.list_jobs(db.session, page)
    counts = service.count_by_state(db.session)
    return render_template(
        "jobs/jobs.html",
        jobs=found,
        count=count,
        page=page,
        per_page=service.PER_PAGE,
        counts=[(state, counts[state]) for state in STATES if state in counts],
    )


@pages.get(f"{LANGUAGE_PREFIX}/jobs/<int:job_id>")
@open_to(*ASKERS)
def job(job_id: int) -> str | BaseResponse:
    """How far a job is; the page asks again until it has ended, then leads to the result."""
    found = _mine(job_id)
    asked_by_script = "HX-Request" in request.headers
    if found.ended and asked_by_script:
        return Response(headers={"HX-Refresh": "true"})
    if found.state == DONE and found.kind in RESULT_PAGES and found.asked_by_id == actor_id():
        return redirect(RESULT_PAGES[found.kind](found))
    return render_template(
        "jobs/_progress.html" if asked_by_script else "jobs/job.html",
        job=found,
        every=ASKS_EVERY_SECONDS,
        phase=_(PHASE_WORDS[found.phase]) if found.phase in PHASE_WORDS else None,
        sees_error=current_user.has_role(ADMINISTRATOR),
    )


@pages.post(f"{LANGUAGE_PREFIX}/jobs/<int:job_id>/cancel")
@open_to(*ASKERS)
def cancel(job_id: int) -> BaseResponse:
    """End a job that waits or runs."""
    service.cancel_job(db.session, actor_id(), _mine(job_id))
    db.session.commit()
    flash(_("The job is cancelled."), "success")
    return redirect(url_for("jobs.job", job_id=job_id))


@pages.post(f"{LANGUAGE_PREFIX}/jobs/<int:job_id>/retry")
@open_to(*ASKERS)
def retry(job_id: int) -> BaseResponse:
    """Try once more what failed or was cancelled."""
    service.retry_job(db.session, actor_id(), _mine(job_id))
    db.session.commit()
    return redirect(url_for("jobs.job", job_id=job_id))
