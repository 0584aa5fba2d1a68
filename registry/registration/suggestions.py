"""Supply classes and shortfall categories for words as they are typed, each with its reason."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

import matching
from matching import text
from registry.i18n import gettext as _
from registry.matches.needs import LONGEST_TEXT, need_of_text
from registry.matches.publication import live_index
from registry.matches.search import find_categories
from registry.taxonomy.models import ShortfallCategory, SupplyClass
from registry.taxonomy.service import class_titles, get_category

MOST = 5
MOST_REASONS = 3
LEAST_MEANT = 0.05  # share of the reading from which a class is worth a look


@dataclass(frozen=True)
class Suggestion:
    """A class or category, and why it is suggested."""

    entry: SupplyClass | ShortfallCategory
    reason: str


def suggest_classes(session: Session, typed: str, language: str) -> list[Suggestion]:
    """The supply classes that the words are read as, the surest first."""
    typed = _short(typed)
    if not text.word_terms(typed):
        return []
    read = matching.infer_classes(live_index(session).index, need_of_text(typed))
    meant = [code for code, share in read if share >= LEAST_MEANT][:MOST]
    titles = class_titles(session, meant)
    return [
        Suggestion(titles[code], _class_reason(titles[code], typed, language))
        for code in meant
        if code in titles
    ]


def suggest_categories(session: Session, typed: str) -> list[Suggestion]:
    """The shortfall categories whose words are nearest."""
    typed = _short(typed)
    near = find_categories(session, live_index(session), typed) if text.word_terms(typed) else []
    found = [get_category(session, one.code) for one in near[:MOST]]
    return [Suggestion(entry, _category_reason(entry, typed)) for entry in found]


def _short(typed: str) -> str:
    return " ".join(typed.replace("\0", " ").split())[:LONGEST_TEXT]


def _class_reason(entry: SupplyClass, typed: str, language: str) -> str:
    own, other = (entry.keywords_fr, entry.keywords_en)[:: 1 if language == "fr" else -1]
    titles = (entry.title_in(language), entry.title_en, entry.title_fr)
    return _reason(typed, (*titles, *own, *other))


def _category_reason(entry: ShortfallCategory, typed: str) -> str:
    wordings = (entry.title_en, entry.title_fr, *entry.synonyms_en, *entry.synonyms_fr)
    return _reason(typed, wordings)


def _reason(typed: str, wordings: Iterable[str]) -> str:
    """Your words that are also its words; else that those around it are alike."""
    sought = set(text.word_terms(typed))
    met: dict[str, None] = {}
    for wording in wordings:
        for word in text.words(wording):
            if (term := text.term_of(word)) in sought and term is not None:
                met.setdefault(word)
    if not met:
        return _("firms that declare it use words like yours")
    return _("it shares: %(words)s", words=", ".join(list(met)[:MOST_REASONS]))
