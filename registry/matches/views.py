"""Pages of needs: the shortfalls, one category or supply class with its firms, and the search."""

from collections.abc import Collection
from dataclasses import replace
from itertools import groupby
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

import matching
from matching import Need
from registry import terms
from registry.accounts.auth import ANYONE, open_to
from registry.coverage.service import DATES, TOLD
from registry.db import db, today
from registry.disclosures.views import accountable
from registry.errors import RuleBroken
from registry.grants.auth import my_standing
from registry.i18n import gettext as _
from registry.matches import needs
from registry.matches.capacity import Capacity, capacity_of
from registry.matches.capacity import by_added as order_by_added
from registry.matches.comparing import added_by_date, certificates_of
from registry.matches.listing_views import Listing, asked_here, listing_of
from registry.matches.publication import live_index
from registry.matches.rows import fit_bars, fit_reasons, shown_row
from registry.matches.search import find_by_code
from registry.matches.searching_views import fault_in_words, nearest_offers, search_page, typed
from registry.matches.service import (
    NEAR_MISS,
    Ranking,
    Row,
    category_counts,
    rows_of,
)
from registry.taxonomy.domains import DOMAINS, UNITS
from registry.taxonomy.models import ShortfallCategory
from registry.taxonomy.service import class_titles, get_category, get_class, list_categories
from registry.visibility.readers import Standing, reader_of
from registry.visibility.table import Field, Reader, may_see
from registry.web import LANGUAGE_PREFIX, current_language, number, row_id

pages = Blueprint("matches", __name__)
MOST_COMPARED = 5
BY_ADDED, USUAL_DATE = "adds", 24  # the other order of firms, and by which month
LEAST_SHOWN = 5  # shown however poor, so that a page without a fit says what comes nearest


@pages.app_template_filter("counted")
def counted(firms: int) -> str:
    """How many firms fit; of very many only those retrieved are looked at, which the words say."""
    if firms < matching.RETRIEVED:
        return number(firms)
    return _("%(number)s or more", number=number(firms))


pages.add_app_template_global(fit_bars)
pages.add_app_template_global(fit_reasons)


@pages.get(f"{LANGUAGE_PREFIX}/shortfalls")
@open_to(ANYONE)
def shortfalls() -> str:
    """The categories by domain, each with how many firms fit."""
    categories = list_categories(db.session)
    counts = category_counts(db.session)
    return render_template(
        "matches/shortfalls.html",
        domains=_by_domain(categories),
        counts=counts,
        found=sum(1 for category in categories if counts[category.code]),
        total=len(categories),
        least=matching.PROFILE.fits_at,
        version=live_index(db.session).version,
    )


def _by_domain(categories: list[ShortfallCategory]) -> list[dict[str, Any]]:
    order = list(DOMAINS)
    ordered = sorted(categories, key=lambda category: (_order(order, category), category.code))
    return [
        {"title": DOMAINS.get(domain, domain), "categories": list(members)}
        for domain, members in groupby(ordered, key=lambda category: category.domain)
    ]


def _order(order: list[str], category: ShortfallCategory) -> int:
    return order.index(category.domain) if category.domain in order else len(order)


@pages.get(f"{LANGUAGE_PREFIX}/shortfalls/<code>")
@open_to(ANYONE)
def category(code: str) -> str:
    """One category: its firms, each with its explanation and its evidence."""
    language = current_language()
    found = get_category(db.session, code)
    standing = my_standing()
    need = needs.need_of_category(found)
    capacity = capacity_of(db.session, standing, code, month_asked(), today())
    by_added = request.args.get("order") == BY_ADDED
    asked = asked_here(standing, {needs.CATEGORY: code}, capacity=capacity)
    listing = listing_of(need, standing, asked, category=code, others=_dates_asked(by_added))
    ranking = listing.found.ranking
    if capacity and by_added:
        ranking = _with_all(listing, need, code, standing, capacity)
    classes = class_titles(db.session, found.class_codes)
    return render_template(
        "matches/category.html",
        title=found.title_in(language),
        code=found.code,
        trail=terms.said(DOMAINS, found.domain),
        description=found.description_in(language),
        unit=terms.said(UNITS, found.unit),
        classes=[classes[code] for code in found.class_codes if code in classes],
        words=found.synonyms_fr if language == "fr" else found.synonyms_en,
        source=found.source,
        unverified=found.status != "verified",
        official=standing.role is Reader.OFFICIAL,
        need_to_know=standing.need_to_know(None, code),
        need_ref={needs.CATEGORY: code},
        dates=DATES,
        listing=listing,
        **shown(ranking, category=True, capacity=capacity, by_added=by_added),
    )


def month_asked() -> int:
    """The date by which what firms add is looked at."""
    month = request.args.get("by", type=int)
    return month if month in DATES else USUAL_DATE


def _dates_asked(by_added: bool) -> dict[str, str | None]:
    """What the address says of dates, to be said again by links to the same list."""
    return {"order": BY_ADDED if by_added else None, "by": request.args.get("by")}


def _with_all(
    listing: Listing, need: Need, code: str, standing: Standing, capacity: Capacity
) -> Ranking:
    """The ranking with every firm left that is known to add something, however poor its words."""
    ranking = listing.found.ranking
    listed = {row.firm.id for row in ranking.rows}
    left = set(listing.found.keys.tolist())
    missing = [number for number in capacity.added if number in left - listed]
    more = rows_of(db.session, need, missing, standing, code)
    return replace(ranking, rows=[*ranking.rows, *more])


@pages.get(f"{LANGUAGE_PREFIX}/classes/<code>")
@open_to(ANYONE)
def supply_class(code: str) -> str:
    """One NATO supply class: its firms."""
    language = current_language()
    found = get_class(db.session, code)
    standing, reference = my_standing(), {needs.CLASS: code}
    listing = listing_of(needs.need_of_class(found), standing, asked_here(standing, reference))
    return render_template(
        "matches/category.html",
        title=found.title_in(language),
        code=found.code,
        trail=f"{found.group_code} {found.group.title_in(language)}",
        description=_(
            "A NATO supply class of the group “%(group)s”.", group=found.group.title_in(language)
        ),
        words=found.keywords_fr if language == "fr" else found.keywords_en,
        need_ref=reference,
        listing=listing,
        **shown(listing.found.ranking),
    )


@pages.get(f"{LANGUAGE_PREFIX}/search")
@open_to(ANYONE)
def search() -> str | Response:
    """Firms, products, tenders, categories and classes for words; a code goes straight there."""
    text = typed()
    if not text:
        return render_template("matches/search.html", query="", strict=False)
    if target := find_by_code(db.session, text):
        return redirect(url_for(target.endpoint, code=target.code))
    try:
        page = search_page(db.session, text, my_standing())
    except matching.QueryFaulty as refusal:
        return render_template(
            "matches/search.html", query=text, fault=fault_in_words(refusal), strict=False
        )
    found = page["listing"].found
    rows = shown(found.ranking, named=found.keys.tolist())
    return render_template(
        "matches/search.html", **page, **rows, offers=nearest_offers(rows["rows"])
    )


@pages.get(f"{LANGUAGE_PREFIX}/compare")
@open_to(ANYONE)
def compare() -> str:
    """A few firms for one need beside each other: the same reasons in the same rows."""
    reference = needs.reference_from_form(request.args)
    need = needs.need_from_reference(db.session, reference)
    chosen = list(dict.fromkeys(request.args.getlist("firm", type=row_id)))
    if need is None or not 2 <= len(chosen) <= MOST_COMPARED:
        raise RuleBroken(
            _(
                "Choose two to %(most)s firms of one need: tick them in its list.",
                most=MOST_COMPARED,
            )
        )
    category = reference.get(needs.CATEGORY)
    standing = my_standing()
    capacity = None
    if category:
        capacity = capacity_of(db.session, standing, category, USUAL_DATE, today())
    found = rows_of(db.session, need, chosen, standing, category)
    if not _logged(found, bool(category), capacity):
        found, capacity = [row.for_visitor() for row in found], None
    rows = [shown_row(row, bool(category), capacity) for row in found]
    listed = [row.firm.id for row in found]
    return render_template(
        "matches/compare.html",
        rows=rows,
        certificates=certificates_of(db.session, found),
        see_clearance={row.firm.id for row in found if may_see(row.reader, Field.CLEARANCE)},
        added=added_by_date(capacity) if capacity else None,
        dates=DATES,
        today=today(),
        without=_without(reference, listed),
        features=matching.PROFILE.shown_features(),
        title=needs.need_title(db.session, reference, current_language()),
        back=need_page(reference),
    )


def _without(reference: dict[str, str], listed: list[int]) -> dict[int, str]:
    """The comparison without each of its firms; two are the fewest."""
    found = {}
    for firm in listed if len(listed) > 2 else ():
        rest: dict[str, Any] = {**reference, "firm": [one for one in listed if one != firm]}
        found[firm] = url_for("matches.compare", **rest)
    return found


def need_page(reference: dict[str, str], **narrowed: Any) -> str:
    """The page that ranks a need, narrowed as asked."""
    if code := reference.get(needs.CATEGORY):
        return url_for("matches.category", code=code, **narrowed)
    if code := reference.get(needs.CLASS):
        return url_for("matches.supply_class", code=code, **narrowed)
    if number := reference.get(needs.TENDER):
        return url_for("opportunities.tender", tender_id=number, **narrowed)
    if number := reference.get(needs.OWN):
        return url_for("needs.need", need_id=number, **narrowed)
    return url_for("matches.search", q=reference.get(needs.TEXT), **narrowed)


def shown(
    ranking: Ranking,
    category: bool = False,
    capacity: Capacity | None = None,
    by_added: bool = False,
    named: Collection[int] = (),
) -> dict[str, Any]:
    """What every page of ranked firms needs, masked for its reader.

    Firms that hardly fit are left out, but for those that are `named` by a search.
    """
    kept = {*named, *(capacity.added if capacity and by_added else ())}
    found = [
        row
        for place, row in enumerate(ranking.rows)
        if row.match.score >= NEAR_MISS or place < LEAST_SHOWN or row.firm.id in kept
    ]
    if capacity and by_added:
        found = order_by_added(found, capacity)
    if not _logged(found, category, capacity):
        found, capacity = [row.for_visitor() for row in found], None
        found.sort(key=lambda row: row.match.rank)
    return {
        "ranking": replace(ranking, rows=found),
        "rows": [shown_row(row, category, capacity) for row in found],
        "features": matching.PROFILE.shown_features(),
        "capacity": capacity,
        "by_added": by_added and capacity is not None,
    }


def _logged(rows: list[Row], category: bool, capacity: Capacity | None) -> bool:
    """Log what the page tells of each firm; says whether that could be done.

    A firm's figures are behind what it adds, and behind what those add whom it supplies.
    """
    rates = (Field.LINE_RATES, Field.LINE_BANDS) if category else ()
    matched = (Field.GATES, Field.CLEARANCE, *rates)
    listed = {row.firm.id: row.reader for row in rows}
    planned = capacity.readers if capacity else {}
    both, fields = planned.keys() & listed.keys(), (*matched, *TOLD)
    for readers, told in (
        ({firm: listed[firm] for firm in listed.keys() - both}, matched),
        ({firm: planned[firm] for firm in both}, fields),
        ({firm: planned[firm] for firm in planned.keys() - both}, TOLD),
    ):
        role = reader_of(current_user)
        if readers and accountable(role, readers, told, readers=readers) is not role:
            return False
    return True
