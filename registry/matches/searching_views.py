"""The page of a search: firms as a list, and beside it what else the words may mean."""

from typing import Any

from flask import request
from sqlalchemy.orm import Session

import matching
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.matches import needs
from registry.matches.listing_views import asked_here, listing_of
from registry.matches.publication import live_index
from registry.matches.search import find_categories, find_classes, find_named
from registry.tenders.service import State, find_tenders
from registry.visibility.readers import Standing
from registry.web import page_number

PER_PAGE = 20
TENDERS_SHOWN = OFFERS_SHOWN = 6
FAULTS = {
    matching.Fault.OPEN_QUOTE: mark("The phrase %(where)s is not closed. Add a quotation mark."),
    matching.Fault.EMPTY_PHRASE: mark(
        "There is nothing between the quotation marks. Put words there, or take the marks away."
    ),
    matching.Fault.STAR: mark(
        "“%(where)s” has a star that is not after one to four digits. A star stands for the rest "
        "of a supply code, as in 58*; for words, leave it out: their endings do not matter."
    ),
    matching.Fault.ONLY_WITHOUT: mark(
        "The search only says what must not be there. Add a word, a phrase or a code to look for."
    ),
    matching.Fault.TOO_LONG: mark(
        "The search has more than %(most)s pieces. Keep the words that matter."
    ),
}


def typed() -> str:
    """What was typed into the search, without doubled blanks."""
    return " ".join(request.args.get("q", "").replace("\0", " ").split())


def fault_in_words(refusal: matching.QueryFaulty) -> str:
    """What is wrong with a search, and what to do."""
    return _(FAULTS[refusal.fault], where=refusal.where, most=matching.MOST_CLAUSES)


def search_page(session: Session, text: str, standing: Standing) -> dict[str, Any]:
    """What the page shows but for the rows of firms. Raises QueryFaulty, and RuleBroken if the
    text is too long."""
    live = live_index(session)
    codes = live.index.statistics.classes.codes
    needs.need_of_text(text)  # its length
    query = matching.parse_query(text, codes)
    need = needs.need_of_query(query, codes)
    reference = {needs.TEXT: text}
    asked = asked_here(standing, reference, query)
    tenders, open_tenders = (
        find_tenders(session, query.words, State.OPEN, 1) if query.words else ([], 0)
    )
    return {
        "query": text,
        "strict": asked.filters.strict,
        "listing": listing_of(need, standing, asked, page=(_page(), PER_PAGE), others={"q": text}),
        "named": find_named(session, live, query.words or text),
        "categories": find_categories(session, live, query.words),
        "classes": find_classes(session, live, need),
        "tenders": tenders[:TENDERS_SHOWN],
        "open_tenders": open_tenders,
        "need_ref": reference,
    }


def _page() -> int:
    """The page asked for; beyond the firms scored in full there is none."""
    return min(page_number(), -(-matching.RETRIEVED // PER_PAGE))


def nearest_offers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The products and services of firms shown whose names come nearest, each with its firm."""
    offers: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["headline"]:
            offers.setdefault(row["headline"].casefold(), row)
    return list(offers.values())[:OFFERS_SHOWN]
