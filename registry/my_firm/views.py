"""The page of a firm for those who act for it."""

import datetime as dt
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry import terms
from registry.accounts.auth import me, open_to
from registry.accounts.models import FIRM
from registry.alerts.watching import find_watch
from registry.db import db, today
from registry.disclosures.service import summary_of
from registry.errors import NotFound
from registry.firms.models import Firm, Listing
from registry.i18n import gettext as _
from registry.matches.service import FittingNeed, freeze, needs_of_firm
from registry.opportunities.service import tenders_of_firm
from registry.opportunities.views import shown_tender
from registry.registration import claims, service
from registry.registration.record import read_record
from registry.registration.remarks import completeness
from registry.registration.reminders import EXPIRES_SOON_DAYS, ageing_of
from registry.registration.showing import shown_record
from registry.web import LANGUAGE_PREFIX, current_language, row_id

pages = Blueprint("my_firm", __name__)
NEEDS_SHOWN = TENDERS_SHOWN = 6


@pages.get(f"{LANGUAGE_PREFIX}/my-firm")
@open_to(FIRM)
def home() -> str | Response:
    """Where the firm stands: its status, the needs it fits, what grows old."""
    firms = service.list_firms(db.session, me())
    chosen = request.args.get("firm", type=row_id)
    firm = next((each for each in firms if each.id == chosen), None)
    if chosen is not None and firm is None:
        raise NotFound(_("There is no firm with the number %(id)s.", id=chosen))
    if firm is None:
        if len(firms) != 1:
            return _choice(firms)
        firm = firms[0]
    versions = service.list_versions(db.session, firm.id)
    return render_template(
        "my_firm/home.html",
        firm=firm,
        firms=firms,
        draft=service.open_revision(db.session, firm.id),
        versions=versions,
        status=_status(firm, bool(versions)),
        needs=_needs(firm),
        tenders=_tenders(firm),
        watch=find_watch(db.session, me(), firm.id),
        ageing=ageing_of(db.session, firm, today()),
        soon=today() + dt.timedelta(days=EXPIRES_SOON_DAYS),
        today=today(),
        complete=completeness(read_record(db.session, firm)),
        viewed=summary_of(db.session, firm.id),
    )


def _choice(firms: list[Firm]) -> str | Response:
    """Someone with several firms chooses; someone with none finds or begins one."""
    if not firms:
        return redirect(url_for("registration.start"))
    return render_template(
        "my_firm/choice.html",
        firms=firms,
        drafts=service.list_drafts(db.session, me()),
        claims=claims.list_claims(db.session, me()),
    )


def _status(firm: Firm, verified: bool) -> str:
    """One sentence: what others see of the firm now."""
    if firm.listed == Listing.SUSPENDED:
        return _("Your firm is suspended: no one else sees it until an administrator lifts that.")
    if firm.listed == Listing.WITHDRAWN:
        return _("Your firm is withdrawn: no one else sees it.")
    if verified:
        return _("Your record was verified by an administrator and is visible.")
    return _("Your firm is visible as a public source describes it; you have not confirmed it yet.")


def _needs(firm: Firm) -> list[dict[str, Any]]:
    if firm.listed != Listing.LISTED:
        return []
    return [_shown_need(found) for found in needs_of_firm(db.session, firm.id, NEEDS_SHOWN)]


def _tenders(firm: Firm) -> list[dict[str, Any]]:
    if firm.listed != Listing.LISTED:
        return []
    found = tenders_of_firm(db.session, firm.id, TENDERS_SHOWN)
    return [shown_tender(one.tender, freeze(one.match)) for one in found]


def _shown_need(found: FittingNeed) -> dict[str, Any]:
    frozen = freeze(found.match)
    return {"category": found.category, "match": frozen, "advice": terms.advice(frozen)}


@pages.get(f"{LANGUAGE_PREFIX}/my-firm/<int:firm_id>/versions/<int:number>")
@open_to(FIRM)
def version(firm_id: int, number: int) -> str:
    """A version as it was published."""
    found = next(
        (each for each in service.list_versions(db.session, firm_id) if each.number == number), None
    )
    if found is None:
        raise NotFound(_("There is no version with the number %(number)s.", number=number))
    revision = service.get_revision(db.session, found.id, me())
    return render_template(
        "my_firm/version.html",
        revision=revision,
        firm=revision.firm,
        record=shown_record(db.session, revision.content, current_language()),
    )
