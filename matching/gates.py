"""Requirements held against what a supplier holds: pass, fail or unknown."""

import datetime as dt
from collections.abc import Iterable, Sequence

from matching.facts import Holding, Requirement
from matching.result import Gate, GateState


def check(
    requirements: Iterable[Requirement], holdings: Sequence[Holding], today: dt.date
) -> tuple[Gate, ...]:
    """One gate for each requirement, in its order."""
    return tuple(_check_one(requirement, holdings, today) for requirement in requirements)


def _check_one(requirement: Requirement, holdings: Sequence[Holding], today: dt.date) -> Gate:
    """PASS on a holding that is in force, FAIL if all that is held has expired, else UNKNOWN.

    A holding whose expiry was not stated passes: it was stated to be held, and the page says that
    the expiry is missing. Having stated nothing is never a "no".
    """
    held = [holding for holding in holdings if holding.scheme in requirement.any_of]
    if not held:
        return Gate(requirement.name, GateState.UNKNOWN)
    best = max(held, key=lambda holding: holding.expires_on or dt.date.max)
    expired = best.expires_on is not None and best.expires_on < today
    state = GateState.FAIL if expired else GateState.PASS
    return Gate(requirement.name, state, best.scheme, best.expires_on)
