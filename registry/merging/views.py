"""Pages of duplicates: candidates, two firms side by side, merging and undoing."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from registry.accounts.auth import me, open_to
from registry.accounts.models import ADMINISTRATOR, AUDITOR
from registry.db import db
from registry.disclosures.views import accountable
from registry.errors import NotFound
from registry.firms.service import get_firm
from registry.i18n import gettext as _
from registry.merging import service
from registry.registration.record import read_record
from registry.registration.service import names_of
from registry.registration.showing import shown_record
from registry.visibility.readers import reader_of
from registry.visibility.table import Field, may_see
from registry.web import LANGUAGE_PREFIX, current_language, row_id

pages = Blueprint("merging", __name__)
PATH = f"{LANGUAGE_PREFIX}/duplicates"
READERS = (ADMINISTRATOR, AUDITOR)  # an auditor reads everything and changes nothing


@pages.get(PATH)
@open_to(*READERS)
def duplicates() -> str:
    """Firms that may be one, and the merges made so far."""
    after = request.args.get("after", default=0, type=int)
    pairs, following = service.list_pairs(db.session, current_language(), max(after, 0))
    merges = service.list_merges(db.session)
    return render_template(
        "merging/duplicates.html",
        pairs=pairs,
        following=following,
        merges=merges,
        people=names_of(db.session, {each.made_by for each in merges}),
    )


@pages.get(f"{PATH}/<int:one>/<int:other>")
@open_to(*READERS)
def pair(one: int, other: int) -> str:
    """Two firms side by side."""
    language = current_language()
    confidential = (Field.IDENTIFIER, Field.LINE_RATES, Field.LINE_COMMERCIAL, Field.LINE_INPUTS)
    if not may_see(
        accountable(reader_of(current_user), [one, other], confidential), Field.LINE_RATES
    ):
        abort(503)  # whoever cannot be logged reads nothing
    return render_template(
        "merging/pair.html",
        sides=[
            (firm, shown_record(db.session, read_record(db.session, firm), language))
            for firm in (get_firm(db.session, one), get_firm(db.session, other))
        ],
    )


@pages.post(f"{PATH}/<int:one>/<int:other>")
@open_to(ADMINISTRATOR)
def decide(one: int, other: int) -> Response:
    """One firm or two: merge them, or remember that they are two."""
    first, second = get_firm(db.session, one), get_firm(db.session, other)
    chosen = request.form.get("keep", type=row_id)
    if chosen is None:
        service.keep_apart(db.session, me(), one, other)
        message = _("Remembered: they are two firms.")
    else:
        if chosen not in (one, other):
            raise NotFound(_("Choose one of the two firms."))
        kept, merged = (first, second) if chosen == one else (second, first)
        service.merge(db.session, me(), kept, merged, request.form.get("reason", ""))
        message = _("Merged. Everything was kept, and it can be undone below.")
    db.session.commit()
    flash(message, "success")
    return redirect(url_for("merging.duplicates"))


@pages.post(f"{PATH}/merges/<int:merge_id>/undo")
@open_to(ADMINISTRATOR)
def undo(merge_id: int) -> Response:
    """Move everything back."""
    service.undo(db.session, me(), merge_id)
    db.session.commit()
    flash(_("Undone. Both firms are as they were."), "success")
    return redirect(url_for("merging.duplicates"))
