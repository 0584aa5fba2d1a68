"""By which reasons a fit rose or fell: the one definition, wherever two matches are compared."""

from collections.abc import Mapping


def moved_points(
    before: Mapping[str, float], after: Mapping[str, float], least: float
) -> list[tuple[str, float]]:
    """(reason, points gained or lost) where that is `least` points or more, the largest first.

    A reason that is not there has no points. Differences are rounded to a millionth, so that what
    is exactly `least` counts however the points were added up.
    """
    gained = {
        name: round(after.get(name, 0.0) - before.get(name, 0.0), 6) for name in {**before, **after}
    }
    told = [(name, points) for name, points in gained.items() if abs(points) >= least]
    return sorted(told, key=lambda one: (-abs(one[1]), one[0]))
