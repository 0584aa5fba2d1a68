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
from matching.index.ragged import Ints, Picked, entries_of_rows, owners_of
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
        places, begin = entries_of_rows(terms.start, rows)
        owner = owners_of(begin)
        own = np.flatnonzero(np.stack(met)[better[rows].take(owner), places] > 0)
        picked = Picked.of(places[own], owner[own], len(rows))
        return picked.by_row(candidates.spelt(asked, terms.columns[picked.places]))

    return Measured(shaped(shares.max(axis=0), 1.0, 2.0), reasons)


def _rarity(asked: Asked, title: Ints) -> Floats:
    """s: the share of a title that each of its terms makes up, rare ones more; they add to one."""
    shares = np.zeros(len(asked.terms), np.float32)
    shares[asked.place[title]] = asked.idf[title] / asked.idf[title].sum()
    return shares


TITLE = Feature(
    "title",
    Kind.WORDS,
    message("Words of the title"),
    message("It speaks of the things named in the need’s title; rare words count more."),
    _title,
)
