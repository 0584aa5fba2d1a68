"""Making a match again from what was frozen of it: without the index, the registry or its clock.

The sum of the parts, the gates and the order come out of the same code that ranks; the values of
the features are taken as they were measured, for they rest on an index of all firms.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from matching import gates
from matching.facts import Need, Supplier
from matching.result import Match, Part


def replay(need: Need, supplier: Supplier, parts: Sequence[Part], today: dt.date) -> Match:
    """The match of one firm: `today` is the day on which its holdings were held against the need.

    Its rank is 1 until `ordered` gives it another.
    """
    checked = gates.check(need.requirements, supplier.holdings, today, supplier.activity)
    return Match(supplier.key, 1, tuple(parts), checked)


def ordered(matches: Iterable[Match]) -> list[Match]:
    """The matches with their ranks among each other: best first, of equals the smaller key."""
    best = sorted(matches, key=lambda match: (-match.score, match.supplier))
    return [replace(match, rank=rank) for rank, match in enumerate(best, start=1)]
