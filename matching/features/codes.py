"""What do codes say: the classes a firm declares, those it won contracts in, its industries?"""

import datetime as dt
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.asked import Asked
from matching.features.feature import (
    MOST_EVIDENCE,
    Candidates,
    Evidence,
    Feature,
    Kind,
    Measured,
    message,
    shaped,
)
from matching.index.classes import ClassModels
from matching.index.model import Part
from matching.index.ragged import Ints, Picked, Ragged, best_of_rows, heaviest_of_rows
from matching.index.segment import UNKNOWN_DAY, Floats, Segment

MOST_INDUSTRIES = 2  # shown as the reason
SAME_GROUP = 0.3  # a class of the same two-digit group, beside the class itself


def _class_strength(asked: Asked, part: Part) -> Floats:
    """K: 1 for a class that the need means, less for others of its group."""
    codes = part.statistics.classes.codes
    strength = np.zeros(len(codes), np.float32)
    groups = part.statistics.classes.groups
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
    show: Callable[[Part, int], str],
) -> Measured:
    """The strongest of the classes in a column of codes, and those codes as the reason.

    `show` words an entry of the column by its place there.
    """
    part = candidates.part
    strength = _class_strength(asked, part)
    column = take(part.segment)
    numbers, start = candidates.spread(column)
    best = best_of_rows(strength[numbers], start)

    def reasons(rows: Ints) -> list[Evidence]:
        picked = heaviest_of_rows(start, strength[numbers], rows, 0.0, MOST_EVIDENCE)
        entries = _entries(column, candidates, start, rows, picked)
        return picked.by_row([show(part, entry) for entry in entries])

    return Measured(best, reasons)


def _entries(
    column: Ragged, candidates: Candidates, start: Ints, rows: Ints, picked: Picked
) -> list[int]:
    """Places in the whole column of what was picked from the candidates' rows of it."""
    offset = column.ptr[candidates.firms[rows]] - start[rows]
    entries: list[int] = (picked.places + np.repeat(offset, np.diff(picked.bounds))).tolist()
    return entries


def _by_class(part: Part, firms: Ints, take: Callable[[Segment], Ragged]) -> Floats:
    rows = take(part.segment)
    owner = np.repeat(np.arange(len(firms)), rows.lengths(firms))
    numbers = rows.values[rows.places(firms)].astype(np.int64)
    groups = part.statistics.classes.groups
    met = np.zeros((len(firms), int(groups.max(initial=0)) + 1), np.float32)
    met[owner, groups[numbers]] = SAME_GROUP
    values = met[:, groups]
    values[owner, numbers] = 1.0
    return values


def _declaration(part: Part, place: int) -> str:
    number = int(part.segment.declared.values[place])
    return part.statistics.classes.codes[number]


DECLARED = Feature(
    "declared",
    Kind.RECORD,
    message("Supply class declared"),
    message("The firm says that it supplies this class, or one of the same group."),
    lambda asked, candidates: _best_class(
        asked, candidates, lambda segment: segment.declared, _declaration
    ),
    lambda part, firms: _by_class(part, firms, lambda segment: segment.declared),
)


def _win(part: Part, place: int) -> str:
    """'1320 ×2, 2024': the class, how many contracts, and the year of the latest."""
    segment = part.segment
    code = part.statistics.classes.codes[segment.won.values[place]]
    day = int(segment.won_on[place])
    latest = "" if day == UNKNOWN_DAY else f", {dt.date.fromordinal(day).year}"
    return f"{code} ×{segment.won_contracts[place]}{latest}"


AWARDED = Feature(
    "awarded",
    Kind.RECORD,
    message("Contracts won"),
    message("Published contracts in this class, or in one of the same group, went to the firm."),
    lambda asked, candidates: _best_class(asked, candidates, lambda segment: segment.won, _win),
    lambda part, firms: _by_class(part, firms, lambda segment: segment.won),
)


def _industry_feature(
    key: str, title: str, about: str, take: Callable[[ClassModels], Floats], full: float
) -> Feature:
    """The mean over a firm's industries of how typical each is of the classes meant."""

    def measure(asked: Asked, candidates: Candidates) -> Measured:
        part = candidates.part
        classes = part.statistics.classes
        if not len(classes.industry_codes) or not asked.classes:
            return Measured.nothing(candidates)
        meant = list(asked.classes)
        likely = asked.reading[meant] * np.float32(asked.certainty)
        typical = np.asarray(likely @ take(classes)[meant], np.float32)
        codes, start = candidates.spread(part.segment.industries)
        shares = _shares(codes, classes.industry_codes, typical)
        total = np.concatenate(([0.0], np.cumsum(shares)))
        mean = (total[start[1:]] - total[start[:-1]]) / np.maximum(np.diff(start), 1)

        def reasons(rows: Ints) -> list[Evidence]:
            picked = heaviest_of_rows(start, shares, rows, 0.0, MOST_INDUSTRIES)
            names, labels = part.segment.industry_names, part.segment.industry_label
            entries = _entries(part.segment.industries, candidates, start, rows, picked)
            return picked.by_row([names[labels[entry]] for entry in entries])

        return Measured(shaped(mean, full, 0.5), reasons)

    def by_class(part: Part, firms: Ints) -> Floats:
        classes = part.statistics.classes
        rows = part.segment.industries
        lengths = rows.lengths(firms)
        columns = np.searchsorted(classes.industry_codes, rows.values[rows.places(firms)])
        ptr = np.concatenate(([0], np.cumsum(lengths)))
        mean = np.repeat(1 / np.maximum(lengths, 1), lengths).astype(np.float32)
        shape = (len(firms), len(classes.industry_codes))
        return shaped(
            sparse.csr_matrix((mean, columns, ptr), shape=shape) @ take(classes).T, full, 0.5
        )

    return Feature(key, Kind.LIKENESS, title, about, measure, by_class)


def _shares(codes: NDArray[np.generic], known: NDArray[np.int32], typical: Floats) -> Floats:
    """How typical each industry is; 0 for one that the classes were not learnt with."""
    places = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return np.asarray(np.where(known[places] == codes, typical[places], 0.0), np.float32)


INDUSTRY = _industry_feature(
    "industry",
    message("Industry"),
    message("Firms of its industries often declare this supply class."),
    lambda classes: classes.industry,
    full=0.55,
)
INDUSTRY_NEAR = _industry_feature(
    "industry_near",
    message("Industry, near classes"),
    message("Firms of its industries often declare supply classes near to this one."),
    lambda classes: classes.industry_near,
    full=0.45,
)
