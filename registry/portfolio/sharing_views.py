"""Sharing a plan with colleagues, and what they say of it."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import me, open_to
from registry.db import db
from registry.i18n import gettext as _
from registry.portfolio import service, sharing
from registry.portfolio.blueprint import PLANNERS, pages, reads_as
from registry.web import LANGUAGE_PREFIX, row_id


@pages.post(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>/sharing")
@open_to(*PLANNERS)
def share(plan_id: int) -> BaseResponse:
    """Share one's own plan with a colleague, or end that."""
    found = service.get_own_plan(db.session, plan_id, me())
    person = request.form.get("person", type=row_id)
    given = sharing.share_plan(db.session, me(), found, person, request.form.get("access", ""))
    db.session.commit()
    if given is None:
        flash(_("The plan is not shared with them any more."), "success")
    else:
        flash(_("The plan is shared with %(who)s.", who=given.person.email), "success")
    return redirect(url_for("portfolio.plan", plan_id=found.id))


@pages.post(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>/comments")
@open_to(*PLANNERS)
def comment(plan_id: int) -> BaseResponse:
    """Say something of a plan that one may read."""
    found = service.get_plan(db.session, plan_id, reads_as())
    sharing.comment_on(db.session, me(), found, request.form.get("text", ""))
    db.session.commit()
    flash(_("The comment is kept."), "success")
    return redirect(url_for("portfolio.plan", plan_id=found.id) + "#comments")
