"""Finding, when an index is built, the firms that each class speaks for most."""

import numpy as np
from numpy.typing import NDArray

from matching.index.model import Leaders, Part
from matching.index.ragged import Ints, Ragged
from matching.profiles import FEATURES, Profile

MOST_LEADERS = 2_000  # firms kept for each class
AT_ONCE = 4_000  # firms whose points for all classes are held in memory together


def find_leaders(part: Part, profile: Profile) -> Leaders:
    """The firms with most points from the features that depend on a class and not on words."""
    total, classes = len(part.segment), len(part.statistics.classes.codes)
    if not total or not classes:
        return Leaders.none()
    points = np.zeros((0, classes), np.float16)
    places = np.zeros((0, classes), np.int32)
    for first in range(0, total, AT_ONCE):
        firms = np.arange(first, min(first + AT_ONCE, total))
        fresh = class_points(part, firms, profile).astype(np.float16)
        points = np.concatenate((points, fresh))
        places = np.concatenate((places, np.tile(firms.astype(np.int32)[:, None], classes)))
        if len(points) > MOST_LEADERS:
            kept = np.argpartition(-points, MOST_LEADERS, axis=0)[:MOST_LEADERS]
            points = np.take_along_axis(points, kept, axis=0)
            places = np.take_along_axis(places, kept, axis=0)
    return Leaders(_by_class(places, points > 0), _by_class(points, points > 0))


def class_points(part: Part, firms: Ints, profile: Profile) -> NDArray[np.float32]:
    """n x K: what each firm would get for each class, were it asked for by its code alone."""
    total = np.zeros((len(firms), len(part.statistics.classes.codes)), np.float32)
    for key, weight in profile.weights.items():
        by_class = FEATURES[key].by_class
        if by_class is not None:
            total += weight * by_class(part, firms)
    return total


def _by_class(values: NDArray[np.generic], kept: NDArray[np.bool_]) -> Ragged:
    lengths = kept.sum(axis=0)
    return Ragged(np.concatenate(([0], np.cumsum(lengths))), values.T[kept.T])
