"""What a person may mean by a few words: a code, a firm's name, a category, a supply class."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

import matching
from matching import Need
from registry.finding.shelf import known_firms, remembered
from registry.firms.models import Firm
from registry.matches.publication import LiveIndex
from registry.taxonomy.models import ShortfallCategory, SupplyClass
from registry.taxonomy.service import class_titles, list_categories

NAMED_SHOWN = 8
NEAR_SHOWN = 6


@dataclass(frozen=True)
class Target:
    """A page that a code stands for."""

    endpoint: str
    code: str


@dataclass(frozen=True)
class Near:
    """A category as a list names it."""

    code: str
    title_en: str
    title_fr: str

    def title_in(self, language: str) -> str:
        return self.title_fr if language == "fr" else self.title_en


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


def find_named(session: Session, live: LiveIndex, words: str) -> list[Firm]:
    """Listed firms one of whose names begins with the words, or else has a word that does."""
    names = known_firms(session, live.seen_seq).names
    order = {
        firm: place for place, (firm, _n) in enumerate(names.beginning_with(words, NAMED_SHOWN))
    }
    firms = (
        select(Firm)
        .where(Firm.id.in_(order), Firm.listed == "listed")
        .options(selectinload(Firm.names), selectinload(Firm.sites))
    )
    return sorted(session.scalars(firms), key=lambda firm: order[firm.id]) if order else []


def find_categories(session: Session, live: LiveIndex, query: str) -> list[Near]:
    """The categories nearest to the words, best first."""
    categories, wordings = _categories(session, live.version.taxonomy)
    return [categories[at] for at in matching.nearest_normalised(query, wordings, NEAR_SHOWN)]


def _categories(session: Session, taxonomy: str) -> tuple[list[Near], list[list[str]]]:
    """The categories with their wordings, read once for a state of the taxonomies."""
    kept = remembered("categories")
    found: tuple[list[Near], list[list[str]]] | None = kept.get(taxonomy)
    if found is None:
        entries = list_categories(session)
        wordings = [
            (entry.title_en, entry.title_fr, *entry.synonyms_en, *entry.synonyms_fr)
            for entry in entries
        ]
        near = [Near(entry.code, entry.title_en, entry.title_fr) for entry in entries]
        found = (near, matching.normalised(wordings))
        kept.put(taxonomy, found)
    return found


def find_classes(session: Session, live: LiveIndex, need: Need) -> list[SupplyClass]:
    """The supply classes that the engine reads out of the words, best first."""
    codes = matching.infer_classes(live.index, need)[:NEAR_SHOWN]
    titles = class_titles(session, (code for code, _weight in codes))
    return [titles[code] for code, _weight in codes if code in titles]
