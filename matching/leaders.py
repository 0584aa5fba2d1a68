"""Finding, when an index is built, the firms that each class speaks for most."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from matching.index.model import Leaders, Part
from matching.index.ragged import Ints, Ragged
from matching.profiles import FEATURES, Profile

LEADERS = 2_500  # firms kept for each class, about
SAMPLED = 16  # one firm of so many tells how many points a leader has
AT_ONCE = 2_000  # firms whose points for all classes are held in memory together, by each thread
THREADS = 2


def find_leaders(part: Part, profile: Profile) -> Leaders:
    """The firms with most points from the features that depend on a class and not on words."""
    total, classes = len(part.segment), len(part.statistics.classes.codes)
    if not total or not classes:
        return Leaders.none()
    least = _least_points(part, profile)

    def lead(first: int) -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.float16]]:
        """Class, place and points of the leaders among some firms."""
        firms = np.arange(first, min(first + AT_ONCE, total))
        given = class_points(part, firms, profile).T
        number, place = np.nonzero(given > least[:, None])
        points = given[number, place].astype(np.float16)
        return number.astype(np.int16), (first + place).astype(np.int32), points

    with ThreadPoolExecutor(THREADS) as pool:
        numbers, places, points = zip(*pool.map(lead, range(0, total, AT_ONCE)), strict=True)
    by_class = np.argsort(np.concatenate(numbers), kind="stable")
    lengths = np.bincount(np.concatenate(numbers), minlength=classes)
    ptr = np.concatenate(([0], np.cumsum(lengths)))
    return Leaders(
        Ragged(ptr, np.concatenate(places)[by_class]), Ragged(ptr, np.concatenate(points)[by_class])
    )


def _least_points(part: Part, profile: Profile) -> NDArray[np.float32]:
    """K: more points than these make a leader, estimated from evenly spaced firms."""
    classes = len(part.statistics.classes.codes)
    if len(part.segment) <= LEADERS:
        return np.zeros(classes, np.float32)
    sample = class_points(part, np.arange(0, len(part.segment), SAMPLED), profile)
    rank = LEADERS // SAMPLED
    return np.asarray(-np.partition(-sample, rank, axis=0)[rank], np.float32)


def class_points(part: Part, firms: Ints, profile: Profile) -> NDArray[np.float32]:
    """n x K: what each firm would get for each class, were it asked for by its code alone."""
    total = np.zeros((len(firms), len(part.statistics.classes.codes)), np.float32)
    for key, weight in profile.weights.items():
        by_class = FEATURES[key].by_class
        if by_class is not None:
            total += weight * by_class(part, firms)
    return total
