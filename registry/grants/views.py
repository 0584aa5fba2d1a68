"""Pages of need to know: what administrators grant, and what an official may see."""

import datetime as dt
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from registry.accounts.auth import me, open_to
from registry.accounts.models import ADMINISTRATOR, AUDITOR, OFFICIAL
from registry.db import db, today
from registry.grants import service
from registry.i18n import gettext as _
from registry.taxonomy.service import list_categories
from registry.web import LANGUAGE_PREFIX, row_id

pages = Blueprint("grants", __name__)


@pages.get(f"{LANGUAGE_PREFIX}/need-to-know")
@open_to(ADMINISTRATOR, AUDITOR)
def grants() -> str:
    """Who may see exact figures of what; administrators give and revoke it here.

    `?firm=` fills in the firm, so that a grant can begin at the firm's own page.
    """
    firm = request.args.get("firm", type=row_id)
    return _page({"kind": "firm", "firm": str(firm)} if firm else {"kind": "category"}, None)


@pages.post(f"{LANGUAGE_PREFIX}/need-to-know")
@open_to(ADMINISTRATOR)
def give() -> Response | tuple[str, int]:
    """Grant need to know; what cannot be granted comes back as it was typed."""
    form = request.form
    try:
        given = service.give_grant(
            db.session,
            me(),
            form.get("official", type=row_id),
            form.get("kind", ""),
            form.get("until", type=dt.date.fromisoformat),
            form.get("reason", ""),
            form.get("category"),
            form.get("firm", type=row_id),
        )
    except service.WrongGrant as wrong:
        return _page(form, wrong), wrong.status
    db.session.commit()
    flash(_("Granted to %(who)s.", who=given.official.email), "success")
    return redirect(url_for("grants.grants"))


@pages.post(f"{LANGUAGE_PREFIX}/need-to-know/<int:grant_id>/revoke")
@open_to(ADMINISTRATOR)
def revoke(grant_id: int) -> Response:
    """End a grant now."""
    grant = service.revoke_grant(db.session, me(), grant_id)
    db.session.commit()
    flash(_("Revoked for %(who)s.", who=grant.official.email), "success")
    return redirect(url_for("grants.grants"))


@pages.get(f"{LANGUAGE_PREFIX}/need-to-know/mine")
@open_to(OFFICIAL)
def mine() -> str:
    """What an official may see in figures, until when, and whom to ask for more."""
    return render_template(
        "grants/mine.html",
        grants=service.list_grants_of(db.session, me()),
        administrators=service.list_people(db.session, ADMINISTRATOR),
    )


def _page(typed: Mapping[str, str], wrong: service.WrongGrant | None) -> str:
    in_force, ended = service.list_grants(db.session)
    return render_template(
        "grants/grants.html",
        in_force=in_force,
        ended=ended,
        gives=current_user.has_role(ADMINISTRATOR),
        officials=service.list_people(db.session, OFFICIAL),
        categories=list_categories(db.session),
        typed=typed,
        wrong=wrong,
        today=today(),
    )
