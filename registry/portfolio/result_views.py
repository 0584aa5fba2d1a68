"""What solving gave, signing it off, and two results beside each other."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import me, open_to
from registry.db import db
from registry.i18n import gettext as _
from registry.i18n import speaking
from registry.portfolio import service
from registry.portfolio.auth import known_result, log_results
from registry.portfolio.blueprint import PLANNERS, READERS, pages, titles
from registry.portfolio.charts import charts_of
from registry.portfolio.story import story_of
from registry.web import LANGUAGE_PREFIX, current_language, row_id


@pages.get(f"{LANGUAGE_PREFIX}/plans/results/<int:result_id>")
@open_to(*READERS)
def result(result_id: int) -> str:
    """Contracts to sign, what they cost and cover, and why; frozen once it is signed off."""
    found = known_result(result_id)
    log_results([found])
    story = story_of(found, titles())
    with speaking("en" if current_language() == "fr" else "fr"):
        note_there = _("Briefing note (PDF)")
    return render_template(
        "portfolio/result.html",
        note_there=note_there,
        result=found,
        plan=found.plan,
        story=story,
        charts=charts_of(story),
        untouched=found.sha256 is None or service.is_untouched(found),
        mine=found.plan.owner_id == me(),
        newest=found.version == found.plan.version,
    )


@pages.post(f"{LANGUAGE_PREFIX}/plans/results/<int:result_id>/sign-off")
@open_to(*PLANNERS)
def sign_off(result_id: int) -> BaseResponse:
    """Freeze a result, with who decided and why."""
    found = known_result(result_id)
    service.get_own_plan(db.session, found.plan_id, me())  # its author decides
    service.sign_off(db.session, me(), found, request.form.get("note", ""))
    db.session.commit()
    flash(_("The result is signed off. It stays as it is."), "success")
    return redirect(url_for("portfolio.result", result_id=found.id))


@pages.get(f"{LANGUAGE_PREFIX}/plans/compare")
@open_to(*READERS)
def compare() -> str:
    """Two results beside each other: of two scenarios, two versions or two plans."""
    numbers = list(dict.fromkeys(request.args.getlist("result", type=row_id)))[:2]
    found = [known_result(one) for one in numbers]
    log_results(found)
    named = titles()
    return render_template(
        "portfolio/compare.html", pair=[(one, story_of(one, named)) for one in found]
    )
