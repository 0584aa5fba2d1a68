"""Pages around a list of firms: suggestions, sites on a map, why a firm is absent, dismissals."""

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as BaseResponse

import matching
from matching import Need, Query
from registry.accounts.auth import ANYONE, open_to
from registry.accounts.models import ADMINISTRATOR, OFFICIAL
from registry.db import db, today
from registry.disclosures.views import accountable
from registry.errors import RuleBroken
from registry.finding import dismissals as service
from registry.firms.models import Listing
from registry.grants.auth import my_standing
from registry.i18n import gettext as _
from registry.matches import needs
from registry.matches.absence import explain_absence, firms_called, unlisted_called
from registry.matches.capacity import Capacity, capacity_of
from registry.matches.listing_views import asked_here, listing_of
from registry.matches.publication import live_index
from registry.matches.results import Asked
from registry.matches.searching_views import typed
from registry.matches.sites import sites_of
from registry.matches.suggestions_views import suggestions_for
from registry.matches.views import month_asked, need_page, shown_row
from registry.visibility.readers import Standing, reader_of
from registry.visibility.table import Field, Reader
from registry.web import LANGUAGE_PREFIX, current_language

pages = Blueprint("finding", __name__)
DISMISSING = (OFFICIAL, ADMINISTRATOR)


@pages.get(f"{LANGUAGE_PREFIX}/search/suggestions")
@open_to(ANYONE)
def suggest() -> Response:
    """What the words typed so far may become; the page works without."""
    return jsonify(suggestions_for(db.session, typed()[:80], current_language()))


def _asked(standing: Standing) -> tuple[dict[str, str], Need, Asked, Capacity | None]:
    """The need of this address and how it is asked. Raises RuleBroken without one."""
    reference = needs.reference_from_form(request.args)
    need = needs.need_from_reference(db.session, reference)
    if need is None or need.is_empty:
        raise RuleBroken(_("Start from the list of firms of a need: it leads here."))
    category = reference.get(needs.CATEGORY)
    capacity = (
        capacity_of(db.session, standing, category, month_asked(), today()) if category else None
    )
    return reference, need, asked_here(standing, reference, _query(reference), capacity), capacity


def _query(reference: dict[str, str]) -> Query | None:
    text = reference.get(needs.TEXT)
    if text is None:
        return None
    try:
        return matching.parse_query(text, live_index(db.session).index.statistics.classes.codes)
    except matching.QueryFaulty:
        raise RuleBroken(_("The search cannot be read. Correct it on the search page.")) from None


@pages.get(f"{LANGUAGE_PREFIX}/sites")
@open_to(ANYONE)
def sites() -> str:
    """Where the firms of a list are: a map, and beside it the same as a list."""
    standing = my_standing()
    reference, need, asked, _capacity = _asked(standing)
    listing = listing_of(need, standing, asked, others=reference)
    spots = sites_of(db.session, need, listing.found, asked)
    if "clearance" in asked.filters.chosen:  # to be on the map then tells what is not for everyone
        firms = {firm.id for spot in spots.spots for firm in spot.firms} | set(spots.unplaced_ids)
        if accountable(reader_of(current_user), firms, (Field.CLEARANCE,)) is Reader.VISITOR:
            raise RuleBroken(
                _("The map is not shown, as the access log cannot be written just now.")
            )
    return render_template(
        "matches/sites.html",
        listing=listing,
        spots=spots,
        need_ref=reference,
        title=needs.need_title(db.session, reference, current_language()),
        back=_back(reference, asked),
    )


def _back(reference: dict[str, str], asked: Asked) -> str:
    """The list that this page is about, as it was narrowed."""
    return need_page(reference, **asked.filters.args())


@pages.get(f"{LANGUAGE_PREFIX}/why-not")
@open_to(ANYONE)
def absent() -> str:
    """Why a firm is not among those shown for a need, or where it stands."""
    standing = my_standing()
    reference, need, asked, _capacity = _asked(standing)
    text = request.args.get("firm", "").replace("\0", " ").strip()[:200]
    found = firms_called(db.session, text) if text else []
    answer = None
    category = reference.get(needs.CATEGORY)
    if len(found) == 1:
        answer = explain_absence(db.session, need, standing, asked, found[0][0], category)
    state = standing.role in STATE_READERS
    return render_template(
        "matches/absent.html",
        text=text,
        answer=answer,
        row=_masked_row(answer.row, bool(category)) if answer and answer.row else None,
        found=found,
        unlisted=unlisted_called(db.session, text) if state and not found else None,
        merged=Listing.MERGED,
        dismissal=_dismissal(reference, found) if answer and answer.dismissed else None,
        need_ref=reference,
        kept=asked.filters.args(),
        title=needs.need_title(db.session, reference, current_language()),
        back=_back(reference, asked),
    )


STATE_READERS = (Reader.OFFICIAL, Reader.AUDITOR, Reader.ADMINISTRATOR)


def _masked_row(row: Any, category: bool) -> dict[str, Any]:
    """The firm as the reader may see it, once it is logged what is told of it."""
    role = reader_of(current_user)
    told = (Field.GATES, Field.CLEARANCE)
    if accountable(role, [row.firm.id], told, readers={row.firm.id: row.reader}) is not role:
        row = row.for_visitor()
    return shown_row(row, category)


def _dismissal(reference: dict[str, str], found: list[tuple[int, str]]) -> Any:
    return service.find_dismissal(db.session, current_user, reference, found[0][0])


@pages.get(f"{LANGUAGE_PREFIX}/dismissed")
@open_to(*DISMISSING)
def dismissals() -> str:
    """What the person's office dismissed, for one need or for all of them."""
    reference = needs.reference_from_form(request.args)
    rows = service.list_dismissals(db.session, current_user, reference or None)
    language = current_language()
    titles = {
        (row.need_kind, row.need_key): needs.need_title(
            db.session, {row.need_kind: row.need_key}, language
        )
        for row in rows
    }
    return render_template(
        "matches/dismissals.html",
        rows=rows,
        titles=titles,
        page_of={key: need_page(dict([key])) for key in titles},
        reference=reference,
        title=needs.need_title(db.session, reference, language) if reference else None,
        back=need_page(reference) if reference else None,
    )


@pages.post(f"{LANGUAGE_PREFIX}/dismissed")
@open_to(*DISMISSING)
def dismiss() -> BaseResponse:
    """Set a firm aside for a need, for good, with a reason."""
    reference = needs.reference_from_form(request.form)
    if needs.need_from_reference(db.session, reference) is None:
        raise RuleBroken(_("Start from the list of firms of a need: it leads here."))
    firm_id = request.form.get("firm_id", 0, type=int)
    service.dismiss(db.session, current_user, reference, firm_id, request.form.get("reason", ""))
    db.session.commit()
    flash(
        _("The firm is dismissed for this need. It can be brought back from the list."), "success"
    )
    return redirect(need_page(reference))


@pages.post(f"{LANGUAGE_PREFIX}/dismissed/<int:dismissal_id>/bring-back")
@open_to(*DISMISSING)
def bring_back(dismissal_id: int) -> BaseResponse:
    """Undo a dismissal."""
    found = service.bring_back(db.session, current_user, dismissal_id)
    reference: dict[str, Any] = {found.need_kind: found.need_key}
    db.session.commit()
    flash(_("The firm is back in the list of this need."), "success")
    return redirect(url_for("finding.dismissals", **reference))
