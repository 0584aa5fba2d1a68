"""Requirements held against what a supplier holds: pass, fail or unknown."""

import datetime as dt
from collections.abc import Iterable, Sequence

from matching.facts import Holding, Requirement
from matching.result import Gate, GateState

TRADE = frozenset({"distributor", "retailer"})  # activities of those who sell what others make


def check(
    requirements: Iterable[Requirement],
    holdings: Sequence[Holding],
    today: dt.date,
    activity: str | None = None,
) -> tuple[Gate, ...]:
    """One gate for each requirement, in its order. `activity` None means not stated."""
    return tuple(
        _check_activity(requirement, activity)
        if requirement.activities
        else _check_holdings(requirement, holdings, today)
        for requirement in requirements
    )


def _check_activity(requirement: Requirement, activity: str | None) -> Gate:
    """PASS for an activity that meets it, FAIL for one that only trades, else UNKNOWN.

    A firm of services may well make what it designs or repairs: a person has to ask.
    """
    if activity in requirement.activities:
        state = GateState.PASS
    else:
        state = GateState.FAIL if activity in TRADE else GateState.UNKNOWN
    return Gate(requirement.name, state, activity=activity)


def _check_holdings(requirement: Requirement, holdings: Sequence[Holding], today: dt.date) -> Gate:
    """PASS on a holding that is in force, FAIL if all that is held has expired, else UNKNOWN.

    A holding whose expiry was not stated passes: it was stated to be held, and the page says that
    the expiry is missing. Having stated nothing is never a "no", and nor is not stating a level.
    """
    held = [holding for holding in holdings if holding.scheme in requirement.any_of]
    high = [holding for holding in held if _is_high(holding, requirement)]
    if (not high and any(holding.level is None for holding in held)) or not held:
        return Gate(requirement.name, GateState.UNKNOWN)
    best = max(high or held, key=lambda holding: holding.expires_on or dt.date.max)
    if not high:
        return Gate(requirement.name, GateState.FAIL, best.scheme, level=best.level)
    expired = best.expires_on is not None and best.expires_on < today
    state = GateState.FAIL if expired else GateState.PASS
    return Gate(requirement.name, state, best.scheme, best.expires_on)


def _is_high(holding: Holding, requirement: Requirement) -> bool:
    return not requirement.levels or holding.level in requirement.levels
