"""What a person may mean by a few words: a code, a firm's name, a category, a supply class."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

import matching
from matching import Need
from registry.finding.shelf import known_firms, remembered
from registry.firms.cards import Card, cards_of
from registry.firms.models import Listing
from registry.matches.publication import LiveIndex, live_index
from registry.taxonomy.models import ShortfallCategory, SupplyClass
from registry.taxonomy.service import list_categories

NAMED_SHOWN = 8
NEAR_SHOWN = 6


@dataclass(frozen=True)
class Target:
    """A page that a code stands for."""

    endpoint: str
    code: str


@dataclass(frozen=True)
class Near:
    """A category or a supply class as a list names it."""

    code: str
    title_en: str
    title_fr: str

    def title_in(self, language: str) -> str:
        return self.title_fr if language == "fr" else self.title_en


def warm_firms(session: Session) -> None:
    """Have the index and the columns of firms open before the first person asks."""
    live = live_index(session)
    columns = known_firms(session, live.seen_seq).columns
    columns.count(columns.among(columns.keys))


def find_by_code(session: Session, query: str) -> Target | None:
    """The page of a category code (AMM-01) or of a supply class (1320)."""
    code = query.upper()
    if " " in code:  # words: no code has a blank
        return None
    if session.get(ShortfallCategory, code):
        return Target("matches.category", code)
    if session.get(SupplyClass, code):
        return Target("matches.supply_class", code)
    return None


def find_named(session: Session, live: LiveIndex, words: str) -> list[Card]:
    """Listed firms one of whose names begins with the words, or else has a word that does."""
    names = known_firms(session, live.seen_seq).names
    found = [firm for firm, _name in names.beginning_with(words, NAMED_SHOWN)]
    cards = cards_of(session, found)
    return [cards[firm] for firm in found if firm in cards and cards[firm].listed == Listing.LISTED]


def find_categories(session: Session, live: LiveIndex, query: str) -> list[Near]:
    """The categories nearest to the words, best first."""
    kept, state = remembered("near categories"), (live.version.taxonomy, query)
    near: list[Near] | None = kept.get(state)
    if near is None:
        categories, wordings = _categories(session, live.version.taxonomy)
        places = matching.nearest_wordings(query, wordings, NEAR_SHOWN)
        near = [categories[place] for place in places]
        kept.put(state, near)
    return near


def _categories(session: Session, taxonomy: str) -> tuple[list[Near], matching.Wordings]:
    """The categories with their wordings, read once for a state of the taxonomies."""
    kept = remembered("categories")
    found: tuple[list[Near], matching.Wordings] | None = kept.get(taxonomy)
    if found is None:
        entries = list_categories(session)
        wordings = [
            (entry.title_en, entry.title_fr, *entry.synonyms_en, *entry.synonyms_fr)
            for entry in entries
        ]
        near = [Near(entry.code, entry.title_en, entry.title_fr) for entry in entries]
        found = (near, matching.Wordings.of(wordings))
        kept.put(taxonomy, found)
    return found


def find_classes(session: Session, live: LiveIndex, need: Need) -> list[Near]:
    """The supply classes that the engine reads out of the words, best first."""
    titles = _classes(session, live.version.taxonomy)
    codes = matching.infer_classes(live.index, need)[:NEAR_SHOWN]
    return [titles[code] for code, _weight in codes if code in titles]


def _classes(session: Session, taxonomy: str) -> dict[str, Near]:
    """All supply classes by code, read once for a state of the taxonomies."""
    kept = remembered("classes")
    found: dict[str, Near] | None = kept.get(taxonomy)
    if found is None:
        query = select(SupplyClass.code, SupplyClass.title_en, SupplyClass.title_fr)
        found = {code: Near(code, *titles) for code, *titles in session.execute(query)}
        kept.put(taxonomy, found)
    return found
