"""What words may become while they are typed: categories, classes, tenders, firms, better words."""

from typing import TypedDict

from flask import url_for
from sqlalchemy.orm import Session

import matching
from registry.feeds.text import fold_words
from registry.finding.shelf import known_firms
from registry.i18n import gettext as _
from registry.matches.publication import LiveIndex, live_index
from registry.taxonomy.service import list_categories, list_classes
from registry.tenders.service import State, find_tenders

LEAST_TYPED = 2
OF_A_KIND, OF_FIRMS = 3, 5


class Suggestion(TypedDict):
    kind: str
    text: str
    address: str


def suggestions_for(session: Session, typed: str, language: str) -> list[Suggestion]:
    """At most a dozen, in the order of the groups of the page; none for a single letter."""
    sought = fold_words(typed)
    if len(sought) < LEAST_TYPED:
        return []
    live = live_index(session)
    found = [
        Suggestion(kind=_("Words"), text=text, address=url_for("matches.search", q=text))
        for text in _corrected(live, typed)
    ]
    for kind, entries, endpoint in (
        (_("Category"), list_categories(session), "matches.category"),
        (_("Supply class"), list_classes(session), "matches.supply_class"),
    ):
        named = [(f"{entry.code} {entry.title_in(language)}", entry.code) for entry in entries]
        near = [one for one in named if f" {sought}" in f" {fold_words(one[0])}"]
        found += [
            Suggestion(kind=kind, text=text, address=url_for(endpoint, code=code))
            for text, code in near[:OF_A_KIND]
        ]
    names = known_firms(session, live.seen_seq).names
    found += [
        Suggestion(kind=_("Firm"), text=name, address=url_for("profiles.firm", firm_id=firm))
        for firm, name in names.beginning_with(typed, OF_FIRMS)
    ]
    tenders, _count = find_tenders(session, typed, State.OPEN, 1)
    found += [
        Suggestion(
            kind=_("Open tender"),
            text=tender.title_in(language),
            address=url_for("opportunities.tender", tender_id=tender.id),
        )
        for tender in tenders[:OF_A_KIND]
    ]
    return found


def _corrected(live: LiveIndex, typed: str) -> list[str]:
    """The words with those that hardly any firm uses put right."""
    try:
        query = matching.parse_query(typed)
    except matching.QueryFaulty:  # half typed
        return []
    read_as = matching.select(live.index, query, strict=False).read_as
    if not read_as:
        return []
    return [" ".join(read_as.get(word, word) for word in typed.split())]
