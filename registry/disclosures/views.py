"""The firm's page of who saw what it told in confidence; what pages ask before they show such."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping

from flask import Blueprint, abort, flash, render_template, request
from flask_security import current_user

from registry.accounts.auth import actor_id, open_to
from registry.accounts.models import ADMINISTRATOR, AUDITOR, FIRM
from registry.db import db
from registry.disclosures.models import Purpose
from registry.disclosures.service import NotLogged, list_views, note_disclosure, summary_of
from registry.firms.service import acts_for, get_firm
from registry.visibility.readers import reader_of
from registry.visibility.table import Field, Reader, may_see
from registry.web import LANGUAGE_PREFIX

pages = Blueprint("disclosures", __name__)


def accountable(
    reader: Reader,
    firm_ids: Iterable[int],
    fields: Collection[Field],
    purpose: Purpose = Purpose.PAGE,
    readers: Mapping[int, Reader] | None = None,
) -> Reader:
    """The reader of a page, once it is logged what they are about to see of these firms.

    Whoever cannot be logged reads as a visitor, and is told so. Commits.
    """
    try:
        if note_disclosure(db.session, current_user, firm_ids, purpose, fields, readers):
            db.session.commit()
    except NotLogged as refusal:
        flash(refusal.message, "warning")
        return Reader.VISITOR
    return reader


@pages.get(f"{LANGUAGE_PREFIX}/firms/<int:firm_id>/views")
@open_to(FIRM, AUDITOR, ADMINISTRATOR)
def views(firm_id: int) -> str:
    """Which offices saw what the firm told in confidence, the newest day first."""
    firm = get_firm(db.session, firm_id)
    reader = reader_of(current_user, own=acts_for(db.session, actor_id(), firm_id))
    if not may_see(reader, Field.FIRM_VIEWS):
        abort(403)
    shown, older = list_views(
        db.session, firm_id, request.args.get("before", type=dt.date.fromisoformat)
    )
    return render_template(
        "disclosures/views.html",
        firm=firm,
        summary=summary_of(db.session, firm_id),
        views=shown,
        older=older,
    )
