"""What words may become while they are typed: categories, classes, tenders, firms, better words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

from flask import url_for
from sqlalchemy.orm import Session

import matching
from registry.feeds.text import fold_words
from registry.finding.shelf import known_firms, remembered
from registry.i18n import gettext as _
from registry.matches.publication import LiveIndex, live_index
from registry.matches.search import Near
from registry.taxonomy.models import ShortfallCategory, SupplyClass
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
    called = _called(session, live, sought, language)
    names = known_firms(session, live.seen_seq).names
    firms = names.beginning_with(typed, OF_FIRMS)
    if not called:  # no category and no class is called so: perhaps a slip
        firms = firms or names.beginning_like(typed, OF_FIRMS)
        called = [
            Suggestion(kind=_("Words"), text=text, address=url_for("matches.search", q=text))
            for text in _corrected(live, typed)
        ]
    named = [
        Suggestion(kind=_("Firm"), text=name, address=url_for("profiles.firm", firm_id=firm))
        for firm, name in firms
    ]
    return [*called, *named, *_tenders(session, typed, language)]


def _called(session: Session, live: LiveIndex, sought: str, language: str) -> list[Suggestion]:
    """Categories and supply classes that have a word so begun in what they are called."""
    categories, classes = _wordings(session, live)
    found = []
    for kind, entries, endpoint in (
        (_("Category"), categories, "matches.category"),
        (_("Supply class"), classes, "matches.supply_class"),
    ):
        near = [entry for entry in entries if f" {sought}" in entry.compared]
        near.sort(key=lambda entry: f" {sought}" not in entry.titles)  # trade names come after
        found += [
            Suggestion(
                kind=kind,
                text=f"{entry.code} {entry.title_in(language)}",
                address=url_for(endpoint, code=entry.code),
            )
            for entry in near[:OF_A_KIND]
        ]
    return found


def _tenders(session: Session, typed: str, language: str) -> list[Suggestion]:
    tenders, _count = find_tenders(session, typed, State.OPEN, 1)
    return [
        Suggestion(
            kind=_("Open tender"),
            text=tender.title_in(language),
            address=url_for("opportunities.tender", tender_id=tender.id),
        )
        for tender in tenders[:OF_A_KIND]
    ]


@dataclass(frozen=True)
class _Entry(Near):
    """A category or a class with all that it is called, in both languages, as it is compared."""

    titles: str
    compared: str


def _wordings(session: Session, live: LiveIndex) -> tuple[list[_Entry], list[_Entry]]:
    """Categories and supply classes, made ready once for a state of the taxonomies."""
    kept = remembered("wordings")
    known: tuple[list[_Entry], list[_Entry]] | None = kept.get(live.version.taxonomy)
    if known is None:
        categories = [
            _entry(one, (*one.synonyms_en, *one.synonyms_fr)) for one in list_categories(session)
        ]
        classes = [
            _entry(one, (*one.keywords_en, *one.keywords_fr)) for one in list_classes(session)
        ]
        known = (categories, classes)
        kept.put(live.version.taxonomy, known)
    return known


def _entry(one: ShortfallCategory | SupplyClass, others: Iterable[str]) -> _Entry:
    titles = _compared((one.code, one.title_en, one.title_fr))
    return _Entry(one.code, one.title_en, one.title_fr, titles, titles + _compared(others))


def _compared(wordings: Iterable[str]) -> str:
    """Wordings after each other, with quantities as they stand and joined to their units."""
    folded = [fold_words(wording) for wording in wordings]
    return "".join(f" {text}\n {matching.join_quantities(text)}\n" for text in folded)


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
