"""Pages of whole rankings: asked for, followed as a job, taken out by the asker alone."""

from typing import Any

from flask import (
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_security import current_user
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import me, open_to
from registry.db import db
from registry.disclosures.models import Purpose
from registry.disclosures.service import note_disclosure
from registry.grants.auth import my_standing
from registry.i18n import mark
from registry.jobs.models import Job
from registry.jobs.service import ask, get_job
from registry.jobs.views import PHASE_WORDS, RESULT_PAGES
from registry.matches.needs import (
    CATEGORY,
    need_from_reference,
    need_title,
    reference_from_form,
)
from registry.matches.results import count_fitting
from registry.matches.views import need_page
from registry.shortlists import whole_ranking
from registry.shortlists.blueprint import KEEPERS, pages
from registry.shortlists.export import FORMS
from registry.shortlists.kept_files import KEPT, folder_of
from registry.shortlists.ranking import note_ranking_export
from registry.visibility.table import Field
from registry.web import LANGUAGE_PREFIX, current_language

TABLES = ("xlsx", "csv", "ods", "json")
MOST_DIRECT = 500  # firms of a ranking in one answer: well under two seconds
FILE = f"{LANGUAGE_PREFIX}/shortlists/ranking/<int:job_id>"
PHASE_WORDS["writing"] = mark("Writing the file")
RESULT_PAGES[whole_ranking.KIND] = lambda job: url_for("shortlists.whole_file", job_id=job.id)


@pages.get(f"{LANGUAGE_PREFIX}/shortlists/ranking/whole")
@open_to(*KEEPERS)
def whole() -> str:
    """Ask for all firms that fit a need as a file."""
    reference = reference_from_form(request.args)
    fitting = _fitting(reference)
    return render_template(
        "shortlists/whole.html",
        reference=reference,
        title=need_title(db.session, reference, current_language()),
        back=need_page(reference),
        fitting=fitting,
        waits=fitting > MOST_DIRECT,
        most=whole_ranking.MOST,
        days=KEPT.days,
        forms=TABLES,
    )


def _fitting(reference: dict[str, str]) -> int:
    need = need_from_reference(db.session, reference)
    if need is None or need.is_empty:
        abort(400)
    return count_fitting(db.session, need)


@pages.post(f"{LANGUAGE_PREFIX}/shortlists/ranking/whole")
@open_to(*KEEPERS)
def ask_whole() -> BaseResponse:
    """Hand out a short ranking at once; a long one is written by a job."""
    reference, form = reference_from_form(request.form), request.form.get("form", "")
    fitting = _fitting(reference)
    if form not in TABLES:
        abort(400)
    if fitting <= MOST_DIRECT:
        asked: dict[str, Any] = {**reference, "form": form, "whole": 1}
        return redirect(url_for("shortlists.ranked", **asked))
    given = {"need": reference, "form": form, "language": current_language()}
    job = ask(db.session, me(), whole_ranking.KIND, given)
    db.session.commit()
    return redirect(url_for("jobs.job", job_id=job.id))


def _made(job_id: int) -> tuple[Job, whole_ranking.Made]:
    """The asker's own file; an administrator has no way to that of another."""
    job = get_job(db.session, job_id, me())
    return job, whole_ranking.made_by(job, folder_of(current_app.config["SETTINGS"]))


@pages.get(FILE)
@open_to(*KEEPERS)
def whole_file(job_id: int) -> str:
    """What was written, and until when it can be taken out."""
    job, made = _made(job_id)
    reference = job.arguments["need"]
    return render_template(
        "shortlists/whole_file.html",
        job=job,
        made=made,
        title=need_title(db.session, reference, current_language()),
        back=need_page(reference),
    )


@pages.get(f"{FILE}/file")
@open_to(*KEEPERS)
def take_whole(job_id: int) -> Response:
    """The file itself; the download is recorded and shown to the firms first."""
    job, made = _made(job_id)
    reference = job.arguments["need"]
    whole_ranking.keep_to_the_table(made, my_standing(), reference.get(CATEGORY))
    note_disclosure(
        db.session, current_user, made.readers, Purpose.EXPORT, (Field.GATES,), made.readers
    )
    note_ranking_export(db.session, me(), reference, made.form)
    db.session.commit()
    return send_file(
        made.path,
        mimetype=FORMS[made.form],
        as_attachment=True,
        download_name=f"cadence-ranking.{made.form}",
        max_age=0,
    )
