"""How much of the need's title does the firm speak of at all?"""

import numpy as np

from matching.asked import Asked
from matching.features.feature import (
    Candidates,
    Evidence,
    Feature,
    Kind,
    Measured,
    message,
    shaped,
)
from matching.index.ragged import Ints
from matching.index.segment import Floats


def _title(asked: Asked, candidates: Candidates) -> Measured:
    """The better covered of the titles that the need has in either language."""
    if not asked.titles:
        return Measured.nothing(candidates)
    terms = candidates.terms
    met = [_rarity(asked, sought).take(terms.columns) for sought in asked.titles]
    shares = np.stack([terms.sums(rarity) for rarity in met])
    better = shares.argmax(axis=0)

    def reasons(rows: Ints) -> list[Evidence]:
        spelling = candidates.part.statistics.vocabulary.spelling
        found: list[Evidence] = []
        for row, title in zip(rows.tolist(), better[rows].tolist(), strict=True):
            span = terms.span(row)
            own = terms.columns[span][met[title][span] > 0]
            found.append(tuple(map(spelling, own.tolist())))
        return found

    return Measured(shaped(shares.max(axis=0), 1.0, 2.0), reasons)


def _rarity(asked: Asked, title: Ints) -> Floats:
    """V: the share of a title that each of its terms makes up, rare ones more; they add to one."""
    shares = np.zeros(len(asked.idf), np.float32)
    shares[title] = asked.idf[title] / asked.idf[title].sum()
    return shares


TITLE = Feature(
    "title",
    Kind.WORDS,
    message("Words of the title"),
    message("It speaks of the things named in the need’s title; rare words count more."),
    _title,
)
