"""Contracts that could be signed, from what lines say would justify each of their steps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any

from matching.capacity import Contract, Line
from registry.coverage.lines import Facts

RATED, SURGE, CAPITAL = "rated", "surge", "capital"  # what opens which step, and how
USUAL_TERM = 36  # months, where a line states none
FIELDS = ("signable", "quantity", "term", "start", "unit_price", "capital_share")


@dataclass(frozen=True)
class Candidate:
    """One order of one line. `unit_price` None: a price must be entered before it can be signed.

    `derived` is what the line itself says, `edited` names what the official says otherwise.
    """

    key: str
    facts: Facts
    option: str
    signable: bool
    quantity: float
    term: int
    start: int
    unit_price: float | None
    capital_share: float
    derived: Mapping[str, Any]
    edited: frozenset[str]

    @property
    def priced(self) -> bool:
        return self.unit_price is not None

    def contract(self) -> Contract:
        """The contract as the planner takes it."""
        assert self.unit_price is not None
        line = self.facts.line
        return Contract(
            self.key,
            line.key,
            self.quantity,
            line.unit,
            self.term,
            self.start,
            self.quantity * self.unit_price,
            self.capital_share,
        )


def candidates_of(read: Iterable[Facts], edits: Mapping[str, Mapping[str, Any]]) -> list[Candidate]:
    """All that could be signed with these lines, as the official changed it."""
    found = []
    for facts in read:
        for option, order, term, share in _options(facts.line):
            key = f"{facts.line.key}-{option}"
            derived = {
                "signable": True,
                "quantity": float(order),
                "term": float(max(1, ceil(term))),
                "start": 0.0,
                "unit_price": _unit_price(facts),
                "capital_share": share,
            }
            own = {name: value for name, value in edits.get(key, {}).items() if name in FIELDS}
            said = {**derived, **own}
            found.append(
                Candidate(
                    key=key,
                    facts=facts,
                    option=option,
                    **{**said, "term": int(said["term"]), "start": int(said["start"])},
                    derived=derived,
                    edited=frozenset(own),
                )
            )
    return found


def _options(line: Line) -> Iterable[tuple[str, float, float, float]]:
    """(option, smallest order, smallest term, share of the capital borne) of each."""
    rated, surge = line.rated_trigger, line.surge_trigger
    usual = 12 * line.rated.base if line.rated else 0.0
    order = (rated.order if rated else 0.0) or usual
    term = (rated.term if rated else 0.0) or USUAL_TERM
    if line.rated is not None and order > 0:
        yield RATED, order, term, 0.0
    if line.surge is None or surge is None:
        return
    if isfinite(surge.order) and surge.order > 0:
        yield SURGE, surge.order, surge.term or term, 0.0
    if surge.capital is not None and surge.capital.base > 0 and order > 0:
        yield CAPITAL, order, term, 1.0


def _unit_price(facts: Facts) -> float | None:
    """The middle of what the firm asks for one; None where it does not say."""
    row = facts.seen.line
    stated = [float(x) for x in (row.unit_price_low_cad, row.unit_price_high_cad) if x is not None]
    return sum(stated) / len(stated) if stated else None
