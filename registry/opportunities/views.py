"""Pages of tenders: the list, and one notice with its categories and its firms."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from babel.dates import format_time
from flask import Blueprint, Response, render_template, request
from flask_babel import get_locale

from matching import Need
from registry import terms
from registry.accounts.auth import ANYONE, open_to
from registry.db import db, utcnow
from registry.demand.releases import releases_with_awards
from registry.feeds.packages import MEDIA_TYPE, write_package
from registry.grants.auth import my_standing
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.matches import needs
from registry.matches.listing_views import asked_here, listing_of
from registry.matches.views import shown
from registry.opportunities import work  # noqa: F401 - the kind of job that workers are asked for
from registry.opportunities.service import categories_of
from registry.rules import words
from registry.rules.content import AGREEMENT, ENTITIES, GATE
from registry.rules.models import Rule
from registry.rules.reading import Finding
from registry.rules.service import need_of_notice, read_notice, rule_rows
from registry.taxonomy.service import class_titles
from registry.tenders.canadabuys import CLOSING_ZONE
from registry.tenders.models import Tender
from registry.tenders.service import (
    PER_PAGE,
    State,
    count_open,
    every_tender,
    find_tenders,
    get_tender,
    state_of,
)
from registry.visibility.table import Reader
from registry.web import LANGUAGE_PREFIX, current_language, page_number
from registry.web import date as in_words

pages = Blueprint("opportunities", __name__)
LONGEST_QUERY = 200
MOST_RELEASED = 1_000  # notices in one file of a page; `cadence export ocds` writes all
STATES = {
    State.OPEN: mark("open"),
    State.CLOSED: mark("closed"),
    State.CANCELLED: mark("called off"),
}
KINDS = {
    "GD": mark("goods"),
    "SRV": mark("services"),
    "SRVTGD": mark("services related to goods"),
    "CNST": mark("construction"),
}


@pages.app_template_filter("closing")
def closing(moment: dt.datetime | None) -> str:
    """A time of closing as the publisher counts it, the same in summer and in winter."""
    if moment is None:
        return _("not stated")
    there = moment.astimezone(CLOSING_ZONE)
    time = format_time(there.replace(tzinfo=None), "short", locale=get_locale())
    return _("%(day)s, %(time)s (UTC−05:00)", day=in_words(there), time=time)


@pages.app_template_filter("tender_state")
def tender_state(tender: Tender) -> str:
    return state_of(tender, utcnow()).value


@pages.app_template_filter("tender_state_words")
def tender_state_words(state: str) -> str:
    return _(STATES[State(state)])


@pages.app_template_filter("days_until")
def days_until(moment: dt.datetime) -> int:
    """Whole days from now."""
    return max((moment - utcnow()).days, 0)


@pages.get(f"{LANGUAGE_PREFIX}/tenders")
@open_to(ANYONE)
def tenders() -> str:
    """Notices by words and state; the open ones first, what closes soonest at the top."""
    query, state = _asked()
    page = page_number()
    found, count = find_tenders(db.session, query, state, page)
    return render_template(
        "opportunities/tenders.html",
        tenders=found,
        count=count,
        opened=count_open(db.session),
        words=query,
        state=state,
        states=STATES,
        page=page,
        per_page=PER_PAGE,
        most_released=MOST_RELEASED,
    )


def _asked() -> tuple[str, State | None]:
    query = " ".join(request.args.get("q", "").replace("\0", " ").split())[:LONGEST_QUERY]
    asked = request.args.get("state", "")
    return query, State(asked) if asked in set(State) else None


@pages.get(f"{LANGUAGE_PREFIX}/tenders/ocds.json")
@open_to(ANYONE)
def tenders_ocds() -> Response:
    """The notices of the list, from its top, with their awards, as open contracting data."""
    query, state = _asked()
    return _package(every_tender(db.session, query, state, MOST_RELEASED), "cadence-tenders")


@pages.get(f"{LANGUAGE_PREFIX}/tenders/<int:tender_id>/ocds.json")
@open_to(ANYONE)
def tender_ocds(tender_id: int) -> Response:
    """One notice with its awards as open contracting data."""
    return _package([get_tender(db.session, tender_id)], f"cadence-tender-{tender_id}")


def _package(found: Iterable[Tender], name: str) -> Response:
    releases = releases_with_awards(db.session, found)
    body = "".join(write_package(releases, utcnow(), request.base_url))
    headers = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    return Response(body, content_type=MEDIA_TYPE, headers=headers)


@pages.get(f"{LANGUAGE_PREFIX}/tenders/<int:tender_id>")
@open_to(ANYONE)
def tender(tender_id: int) -> str:
    """One notice: what it asks for, which shortfalls it is about, and which firms fit it."""
    found = get_tender(db.session, tender_id)
    findings = read_notice(db.session, found)
    need = need_of_notice(found, findings)
    standing = my_standing()
    classes = class_titles(db.session, found.class_codes)
    reference = {needs.TENDER: str(found.id)}
    listing = listing_of(need, standing, asked_here(standing, reference))
    return render_template(
        "opportunities/tender.html",
        tender=found,
        **_read(need, findings),
        classes=[classes[code] for code in found.class_codes if code in classes],
        facts=_facts(found, current_language()),
        official=standing.role is Reader.OFFICIAL,
        need_to_know=standing.need_to_know(None),
        need_ref=reference,
        listing=listing,
        **shown(listing.found.ranking),
    )


def _read(need: Need, findings: list[Finding]) -> dict[str, Any]:
    """What rules found in the notice, in words, each with the rule that says so."""
    language = current_language()
    rules = rule_rows(db.session, findings)
    return {
        "validity": words.validity,
        "rules": rules,
        "categories": categories_of(db.session, need, findings),
        "requirements": [
            _required(one, rules[one.rule], language) for one in findings if one.kind == GATE
        ],
        "agreements": [
            {
                "name": words.target_words(AGREEMENT, one.target, {}),
                "thresholds": words.thresholds(one.detail["thresholds"]),
                "rule": rules[one.rule],
                "rules": [rules[each["rule"]] for each in one.detail["thresholds"] if each["rule"]],
                "buyers": terms.said(ENTITIES, one.detail["entity"]),
            }
            for one in findings
            if one.kind == AGREEMENT
        ],
    }


def _required(found: Finding, rule: Rule, language: str) -> dict[str, Any]:
    """A requirement with the sentence that states it, in the reader's language if it is there."""
    quotes = found.detail["quotes"]
    quoted = language if language in quotes else next(iter(quotes), language)
    return {
        "name": words.leads_to(rule, {}),
        "quote": quotes.get(quoted),
        "language": quoted,
        "said": words.reason(found.detail),
        "rule": rule,
    }


def _facts(tender: Tender, language: str) -> list[tuple[str, str]]:
    """What the notice states besides its text, in the reader's language where it has it."""

    def listed(name: str) -> str:
        here, other = (getattr(tender, f"{name}_{twin}") for twin in _twins(language))
        return "; ".join(here or other)

    def text(name: str) -> str | None:
        here, other = (getattr(tender, f"{name}_{twin}") for twin in _twins(language))
        return here or other

    codes = ", ".join((*tender.gsin_codes, *tender.unspsc_codes))
    every: tuple[tuple[str, str | None], ...] = (
        (_("Buyer"), text("buyer")),
        (_("For"), listed("users")),
        (_("Kind of notice"), text("notice_type")),
        (_("What is bought"), ", ".join(_(KINDS[kind]) for kind in tender.kinds)),
        (_("Solicitation number"), tender.solicitation),
        (_("Codes (GSIN, UNSPSC)"), codes),
        (_("Words of the codes"), "; ".join(filter(None, (listed("gsin"), listed("unspsc"))))),
        (_("Trade agreements that it names"), listed("agreements")),
        (_("Delivery to"), listed("delivery")),
        (_("Contract expected from"), in_words(tender.starts_on) if tender.starts_on else None),
        (_("Contract expected until"), in_words(tender.ends_on) if tender.ends_on else None),
    )
    return [(name, value) for name, value in every if value]


def _twins(language: str) -> tuple[str, str]:
    return ("fr", "en") if language == "fr" else ("en", "fr")


def shown_tender(found: Any, frozen: dict[str, Any]) -> dict[str, Any]:
    """A tender beside the match of one firm, as that firm's own page shows it."""
    return {"tender": found, "match": frozen, "advice": terms.advice(frozen)}
