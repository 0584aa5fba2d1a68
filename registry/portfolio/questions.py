"""What is asked of the planner: the scenarios of a plan with lines, contracts and limits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matching.capacity import PLANNER, Case, Contract, Effort, Limits, Scenario, fingerprint
from registry.portfolio.candidates import Candidate, candidates_of
from registry.portfolio.facts import Basis, codes_of, limits_of, line_record, scenario_of
from registry.portfolio.forms import Document, is_together, weight_of

EFFORT = Effort()
# So few contracts are searched to the end: of equal coverage the cheapest, not any within a gap.
FEW, EXACT = 60, replace(EFFORT, gap=0.0)


@dataclass(frozen=True)
class Wanted:
    """One scenario of need in each case, and what it weighs beside the others."""

    base: Scenario
    low: Scenario
    high: Scenario
    weight: float


@dataclass(frozen=True)
class Question:
    """One scenario of a plan, or all of them together; ready to be solved without the registry.

    `place` is that of the scenario in the plan, 0 where all are solved together.
    """

    place: int
    wanted: tuple[Wanted, ...]
    contracts: tuple[Contract, ...]
    limits: Limits
    inputs: dict[str, Any]  # as they are kept with the result

    @property
    def fingerprint(self) -> str:
        rest = (self.contracts, self.limits, Case.BASE, self.effort)
        if len(self.wanted) == 1:
            (one,) = self.wanted
            return fingerprint(one.base, one.low, *rest)
        return fingerprint([[one.base, one.low, one.weight] for one in self.wanted], *rest)

    def mean(self, shares: Sequence[float]) -> float:
        """The weighted mean of something of each scenario."""
        weights = [one.weight for one in self.wanted]
        return float(np.average(shares, weights=weights))

    @property
    def effort(self) -> Effort:
        return EXACT if len(self.contracts) <= FEW else EFFORT


def questions_of(document: Document, basis: Basis) -> list[Question]:
    """One for each scenario of the plan, or one for all."""
    scenarios = document["scenarios"]
    if is_together(document):
        return [_question(document, basis, 0, scenarios)]
    return [_question(document, basis, place, [one]) for place, one in enumerate(scenarios)]


def _question(
    document: Document, basis: Basis, place: int, scenarios: list[dict[str, Any]]
) -> Question:
    basis = basis.serving(codes_of(scenarios))
    candidates = candidates_of(basis.read, document["contracts"])
    signable = [one for one in candidates if one.signable and one.priced]
    inputs = {
        "starts_on": document["starts_on"],
        "objective": document["objective"],
        "limits": {
            name: document[name]
            for name in ("required", "survive", "firm_share", "region_share", "budget", "yearly")
        },
        "scenario": _scenario_record(scenarios),
        "scenarios": [{"name": one["name"], "weight": weight_of(one)} for one in scenarios],
        "contracts": [_contract_record(one) for one in signable],
        "not_priced": sum(1 for one in candidates if one.signable and not one.priced),
        "not_signable": sum(1 for one in candidates if not one.signable),
        "lines": [line_record(facts, basis) for facts in basis.read],
        "hidden": basis.hidden,
        "contradictory": len(basis.contradictory),
        "planner": PLANNER,
    }
    contracts = tuple(one.contract() for one in signable)
    wanted = tuple(_wanted(scenarios, at, basis) for at in range(len(scenarios)))
    return Question(place, wanted, contracts, limits_of(document), inputs)


def _wanted(scenarios: list[dict[str, Any]], at: int, basis: Basis) -> Wanted:
    first = sum(len(one["needs"]) for one in scenarios[:at])
    base, low, high = (
        scenario_of(scenarios[at]["needs"], basis.network, case, first)
        for case in (Case.BASE, Case.LOW, Case.HIGH)
    )
    return Wanted(base, low, high, weight_of(scenarios[at]))


def _scenario_record(scenarios: list[dict[str, Any]]) -> dict[str, Any]:
    """One scenario as it is; of several their names and all needs, each with its scenario."""
    if len(scenarios) == 1:
        return scenarios[0]
    needs = [{**need, "scenario": at} for at, one in enumerate(scenarios) for need in one["needs"]]
    return {"name": ", ".join(one["name"] for one in scenarios), "needs": needs}


def _contract_record(one: Candidate) -> dict[str, Any]:
    assert one.unit_price is not None
    return {
        "key": one.key,
        "line": one.facts.line.key,
        "option": one.option,
        "quantity": one.quantity,
        "unit": one.facts.line.unit,
        "term": one.term,
        "start": one.start,
        "unit_price": one.unit_price,
        "price": one.quantity * one.unit_price,
        "capital_share": one.capital_share,
        "edited": sorted(one.edited),
    }
