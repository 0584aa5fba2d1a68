"""What do codes say: the classes a firm declares, those it won contracts in, its industries?"""

from collections.abc import Callable, Iterable

import numpy as np

from matching.asked import Asked
from matching.features.feature import MOST_EVIDENCE, Candidates, Feature, Measured, message
from matching.index.model import Part
from matching.index.ragged import Ragged
from matching.index.segment import Floats, Segment, SupplierFacts

SAME_GROUP = 0.3  # a class of the same two-digit group, beside the class itself
FULL_SHARE = 0.25  # share of declaring firms that makes an industry as typical as it gets


def _class_strength(asked: Asked, part: Part) -> Floats:
    """K: 1 for a class that the need means, less for others of its group."""
    codes = part.statistics.classes.codes
    strength = np.zeros(len(codes), np.float32)
    groups = np.asarray([code[:2] for code in codes])
    for number in asked.classes:
        likely = asked.certainty * asked.reading[number] / asked.reading.max()
        near = groups == groups[number]
        strength[near] = np.maximum(strength[near], SAME_GROUP * likely)
    for number in asked.classes:
        likely = asked.certainty * asked.reading[number] / asked.reading.max()
        strength[number] = max(strength[number], likely)
    return strength


def _best_class(
    asked: Asked,
    candidates: Candidates,
    take: Callable[[Segment], Ragged],
    show: Callable[[str, SupplierFacts], str],
) -> Measured:
    """The strongest of the classes in a column of codes, and those codes as the reason."""
    part = candidates.part
    strength = _class_strength(asked, part)
    numbers, owner = candidates.spread(take(part.segment))
    best = np.zeros(len(candidates.firms), np.float32)
    np.maximum.at(best, owner, strength[numbers])

    def reason(row: int, facts: SupplierFacts) -> tuple[str, ...]:
        own = take(part.segment).row(candidates.firms[row])
        return tuple(show(code, facts) for code in _met(own.tolist(), strength, part))

    return Measured(best, reason)


def _met(numbers: Iterable[int], strength: Floats, part: Part) -> list[str]:
    met = sorted((n for n in numbers if strength[n] > 0), key=lambda n: (-strength[n], n))
    return [part.statistics.classes.codes[number] for number in met[:MOST_EVIDENCE]]


DECLARED = Feature(
    "declared",
    message("Supply class declared"),
    message("The firm says that it supplies this class, or one of the same group."),
    lambda asked, candidates: _best_class(
        asked, candidates, lambda segment: segment.declared, lambda code, facts: code
    ),
)


def _win(code: str, facts: SupplierFacts) -> str:
    """'1320 ×2, 2024': the class, how many contracts, and the year of the latest."""
    win = next(win for win in facts.wins if win.class_code == code)
    latest = f", {win.latest.year}" if win.latest else ""
    return f"{code} ×{win.contracts}{latest}"


AWARDED = Feature(
    "awarded",
    message("Contracts won"),
    message("Published contracts in this class, or in one of the same group, went to the firm."),
    lambda asked, candidates: _best_class(
        asked, candidates, lambda segment: segment.won, _win
    ),
)


def _industry(asked: Asked, candidates: Candidates) -> Measured:
    part = candidates.part
    classes = part.statistics.classes
    if not len(classes.industry_codes):
        return Measured.nothing(candidates)
    typical = (classes.industry @ asked.reading) * asked.certainty
    codes, owner = candidates.spread(part.segment.industries)
    shares = _shares(codes, classes.industry_codes, typical)
    firms = len(candidates.firms)
    mean = np.bincount(owner, shares, firms) / np.maximum(np.bincount(owner, minlength=firms), 1)

    def reason(row: int, facts: SupplierFacts) -> tuple[str, ...]:
        own = part.segment.industries.row(candidates.firms[row])
        share = _shares(own, classes.industry_codes, typical)
        titles = dict(facts.industries)
        best = [own[place] for place in np.argsort(-share, kind="stable")[:2] if share[place] > 0]
        return tuple(f"{code} {titles.get(str(code), '')}".strip() for code in best)

    return Measured(np.clip(mean / FULL_SHARE, 0.0, 1.0).astype(np.float32), reason)


def _shares(codes: np.ndarray, known: np.ndarray, typical: Floats) -> Floats:
    """How typical each industry is; 0 for one that the classes were not learnt with."""
    places = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return np.asarray(np.where(known[places] == codes, typical[places], 0.0), np.float32)


INDUSTRY = Feature(
    "industry",
    message("Industry"),
    message("Firms of its industries often declare the supply class."),
    _industry,
)
