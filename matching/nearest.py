"""Which classes and which short texts lie near some words."""

from collections.abc import Sequence

from rapidfuzz import fuzz

from matching import text
from matching.asked import compile_need
from matching.facts import Need
from matching.index.model import Index

NEAR = 70.0  # RapidFuzz score from which a title is near enough to suggest


def infer_classes(index: Index, need: Need) -> list[tuple[str, float]]:
    """Codes of the classes that a need is read as with how far each is meant, the surest first."""
    asked = compile_need(need, index.statistics)
    codes = index.statistics.classes.codes
    return [(codes[number], float(asked.reading[number])) for number in asked.classes]


def nearest_texts(query: str, alternatives: Sequence[Sequence[str]], limit: int) -> list[int]:
    """Places of the entries one of whose alternative wordings is near the query, best first."""
    return nearest_normalised(query, normalised(alternatives), limit)


def normalised(alternatives: Sequence[Sequence[str]]) -> list[list[str]]:
    """Wordings as they are compared: worth keeping where many queries meet the same ones."""
    return [[text.normalised(wording) for wording in wordings] for wordings in alternatives]


def nearest_normalised(query: str, alternatives: Sequence[Sequence[str]], limit: int) -> list[int]:
    """`nearest_texts` of wordings that are normalised already."""
    sought = text.normalised(query)
    if not sought:
        return []
    scores = [
        max((_likeness(sought, wording) for wording in wordings), default=0.0)
        for wordings in alternatives
    ]
    places = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
    return [place for place in places[:limit] if scores[place] >= NEAR]


def _likeness(sought: str, wording: str) -> float:
    """Order does not matter; one shared short word is not enough, as it would be for subsets."""
    whole = fuzz.token_sort_ratio(sought, wording, score_cutoff=NEAR)
    return max(whole, 0.9 * fuzz.token_set_ratio(sought, wording, score_cutoff=NEAR / 0.9))
