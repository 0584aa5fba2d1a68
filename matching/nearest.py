"""Which classes and which short texts lie near some words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

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


@dataclass(frozen=True)
class Wordings:
    """Several entries' alternative wordings as they are compared: worth keeping where many queries
    meet the same ones. `owner` says of each wording whose it is."""

    texts: list[str]
    owner: NDArray[np.int64]
    entries: int

    @classmethod
    def of(cls, alternatives: Sequence[Sequence[str]]) -> "Wordings":
        texts = [text.normalised(wording) for wordings in alternatives for wording in wordings]
        lengths = [len(wordings) for wordings in alternatives]
        return cls(texts, np.repeat(np.arange(len(lengths)), lengths), len(lengths))


def nearest_texts(query: str, alternatives: Sequence[Sequence[str]], limit: int) -> list[int]:
    """Places of the entries one of whose alternative wordings is near the query, best first."""
    return nearest_wordings(query, Wordings.of(alternatives), limit)


def nearest_wordings(query: str, wordings: Wordings, limit: int) -> list[int]:
    """`nearest_texts` of wordings made ready before."""
    sought = text.normalised(query)
    if not sought or not wordings.texts:
        return []
    scores = np.zeros(wordings.entries)
    np.maximum.at(scores, wordings.owner, _likeness(sought, wordings.texts))
    best = np.argsort(-scores, kind="stable")[:limit]
    return [place for place in best.tolist() if scores[place] >= NEAR]


def _likeness(sought: str, wordings: list[str]) -> NDArray[np.float64]:
    """Order does not matter; one shared short word is not enough, as it would be for subsets."""

    def measured(scorer: Any, cutoff: float) -> NDArray[np.float64]:
        found = process.cdist(
            [sought], wordings, scorer=scorer, score_cutoff=cutoff, dtype=np.float64
        )
        return np.asarray(found[0])

    whole = measured(fuzz.token_sort_ratio, NEAR)
    return np.maximum(whole, 0.9 * measured(fuzz.token_set_ratio, NEAR / 0.9))
