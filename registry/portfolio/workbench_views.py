"""A plan as its readers find it: what it asks, what may be signed, who shares it."""

import datetime as dt

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from registry import terms
from registry.accounts.auth import me, open_to
from registry.db import db
from registry.grants.auth import my_standing
from registry.jobs.models import Job
from registry.jobs.views import RESULT_PAGES
from registry.portfolio import forms, service, sharing
from registry.portfolio.auth import basis_told, log_results, may_read
from registry.portfolio.blueprint import PLANNERS, READERS, pages, reads_as, titles
from registry.portfolio.candidates import candidates_of
from registry.portfolio.models import Plan, PlanResult
from registry.portfolio.solving import KIND
from registry.portfolio.story import Story, story_of
from registry.portfolio.words import limits_in_words
from registry.taxonomy.domains import UNITS
from registry.web import LANGUAGE_PREFIX


@pages.get(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>")
@open_to(*READERS)
def plan(plan_id: int) -> str:
    """What is asked, which lines enter, and what solving it gave so far."""
    found = service.get_plan(db.session, plan_id, reads_as())
    document = service.document_of(db.session, found)
    basis = basis_told(document)
    results = service.list_results(db.session, found)
    standing, named = my_standing(), titles()
    shown = [(one, story_of(one, named) if may_read(one, standing) else None) for one in results]
    log_results([one for one, story in shown if story])
    candidates = candidates_of(basis.read, document["contracts"])
    shares, mine = sharing.list_shares(db.session, found), found.owner_id == me()
    return render_template(
        "portfolio/plan.html",
        plan=found,
        document=document,
        titles=named,
        unit_words=lambda unit: terms.said(UNITS, unit),
        basis=basis,
        signable=[one for one in candidates if one.signable and one.priced],
        not_priced=[one for one in candidates if one.signable and not one.priced],
        results=shown,
        answers=_answers(found, shown),
        starts_on=dt.date.fromisoformat(document["starts_on"]),
        limits=limits_in_words(document["objective"], document),
        together=forms.is_together(document),
        mine=mine,
        editable=mine or any(one.person_id == me() and one.may_edit for one in shares),
        shares=shares,
        comments=sharing.list_comments(db.session, found),
        colleagues=sharing.colleagues_of(db.session, found) if mine else [],
    )


def _answers(plan: Plan, shown: list[tuple[PlanResult, Story | None]]) -> list[tuple[str, str]]:
    """The newest answer to each scenario of the plan as it is now, with the scenario's name."""
    newest: dict[int, tuple[str, str]] = {}
    for one, story in shown:
        if story and one.version == plan.version and one.scenario not in newest:
            newest[one.scenario] = story.inputs["scenario"]["name"], story.headline
    return [newest[place] for place in sorted(newest)]


@pages.post(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>/solve")
@open_to(*PLANNERS)
def solve(plan_id: int) -> BaseResponse:
    """Ask for the plan to be solved; leads to the page of the job."""
    found = service.get_plan(db.session, plan_id, me(), to_edit=True)
    job = service.solve_plan(db.session, me(), found)
    db.session.commit()
    return redirect(url_for("jobs.job", job_id=job.id))


def _result_page(job: Job) -> str:
    """Where a solved plan leads: to its result, or to the plan if there are several."""
    assert job.result
    results = job.result["results"]
    if len(results) == 1:
        return url_for("portfolio.result", result_id=results[0])
    return url_for("portfolio.compare", result=results[:2])


RESULT_PAGES[KIND] = _result_page
