"""What a contract unlocks: which steps it opens, what they add, from when, and at what cost.

A step opens if the contract offers at least its smallest order over at least its smallest term, or
bears all of its capital, or if that is paid for otherwise. Steps are nested: the investment builds
on the existing plant, so a contract that opens the first opens the second with it. Units added are
always against the same line without the contract, never against zero.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from matching.capacity.facts import Assumption, Case, Contract, Line, Scenario, Step, Trigger
from matching.capacity.ramp import Opening, not_stated, outputs
from matching.capacity.units import convert


class FigureMissing(ValueError):
    """A cost cannot be told because a figure was not stated; carries the contract and the code."""

    def __init__(self, contract: str, code: str) -> None:
        super().__init__(f"{contract}: {code}")
        self.contract, self.code = contract, code


@dataclass(frozen=True)
class Cost:
    """Dollars that a contract costs the buyer, `yearly` from day 0 of the scenario."""

    price: float
    capital: float
    yearly: tuple[float, ...]

    @property
    def total(self) -> float:
        return self.price + self.capital


@dataclass(frozen=True)
class Effect:
    """What one contract does in one case.

    `added` are units (the line's own) by each date asked for, against no contract; `cost` and
    `cost_per_added_unit` (by the last date) are None when a figure behind them was not stated or
    nothing is added; `first_added` is the first month in which at least one unit more has come,
    None when none does; `jobs` sums what the opened steps state, None when none states it.
    """

    contract: str
    case: Case
    step: Step
    added: tuple[tuple[int, float], ...]
    cost: Cost | None
    cost_per_added_unit: float | None
    first_added: int | None
    jobs: float | None
    assumptions: tuple[Assumption, ...]


@dataclass(frozen=True)
class Unlock:
    """One step of a line: the order that opens it, and what it is worth in one case.

    `adds_per_month` is the rate above the step before, reached `months` after the contract begins;
    each is None when not stated. `dollars_per_monthly_unit` is capital over that added rate.
    """

    step: Step
    trigger: Trigger | None
    adds_per_month: float | None
    months: float | None
    dollars_per_monthly_unit: float | None


def standing(line: Line) -> Opening:
    """What is open without any contract, its capital being paid for otherwise."""
    opening = Opening.of(Step.CURRENT)
    if line.rated_trigger and line.rated_trigger.paid:
        opening = Opening.of(Step.RATED)
    if line.surge_trigger and line.surge_trigger.paid:
        opening = Opening.of(Step.SURGE)
    return opening


def opens(line: Line, contract: Contract) -> Step:
    """The highest step that this contract opens; raises UnitsDiffer."""
    quantity = convert(contract.quantity, contract.unit, line.unit)

    def met(trigger: Trigger) -> bool:
        large = quantity >= trigger.order and contract.term >= trigger.term
        return large or trigger.paid or contract.capital_share >= 1

    if line.surge_trigger is not None and met(line.surge_trigger):
        return Step.SURGE
    if line.rated_trigger is None or met(line.rated_trigger):
        return Step.RATED
    return Step.CURRENT


def opening_under(line: Line, contract: Contract) -> Opening:
    """When each step opens with the contract in force."""
    return standing(line).joined(Opening.of(opens(line, contract), contract.start))


def openings(scenario: Scenario) -> list[Opening]:
    """When each step of each line opens: by a signed contract, by the scenario, or by itself."""
    signed = {contract.line: contract for contract in scenario.signed}
    assumed = Opening.of(scenario.step)
    return [
        opening_under(line, signed[line.key])
        if line.key in signed
        else standing(line).joined(assumed)
        for line in scenario.lines
    ]


def cost(line: Line, contract: Contract, case: Case = Case.BASE) -> Cost:
    """What the buyer pays, price spread evenly over the term; raises FigureMissing."""
    if contract.price is None:
        raise FigureMissing(contract.key, "price-not-stated")
    capital = 0.0
    if contract.capital_share > 0:
        capital = contract.capital_share * sum(_capital(line, contract, case))
    paid = np.zeros(contract.start + contract.term)
    paid[contract.start :] = contract.price / contract.term
    paid[contract.start] += capital
    years = -(-len(paid) // 12)
    yearly = np.pad(paid, (0, 12 * years - len(paid))).reshape(years, 12).sum(axis=1)
    return Cost(contract.price, capital, tuple(yearly.tolist()))


def effect(line: Line, contract: Contract, dates: Sequence[int], case: Case = Case.BASE) -> Effect:
    """What the contract adds by each date (months, rising) and what that costs."""
    under, months = opening_under(line, contract), dates[-1]
    net = outputs([line, line], [under, standing(line)], case, months).net.cumsum(axis=1)
    added = net[0] - net[1]
    spent = _cost_if_stated(line, contract, case)
    more = float(added[-1])
    come = np.flatnonzero(added >= 1 - 1e-9)
    return Effect(
        contract.key,
        case,
        opens(line, contract),
        tuple((date, float(added[date - 1])) for date in dates),
        spent,
        spent.total / more if spent is not None and more > 0 else None,
        int(come[0]) + 1 if come.size else None,
        _jobs(line, contract, case),
        tuple(not_stated(line, under, case)),
    )


def unlocks(line: Line, case: Case = Case.BASE) -> tuple[Unlock, Unlock]:
    """Both steps of a line: what opens them and what they add."""
    return _unlock(line, Step.RATED, case), _unlock(line, Step.SURGE, case)


def _unlock(line: Line, step: Step, case: Case) -> Unlock:
    rates = (line.current, line.rated, line.surge)
    below, above = rates[step - 1], rates[step]
    months = (line.to_rated, line.to_surge)[step - 1]
    trigger = line.trigger(step)
    adds = above.at(case) - below.at(case) if above and below else None
    capital = trigger.capital if trigger else None
    return Unlock(
        step,
        trigger,
        adds,
        months.at(case) if months else None,
        capital.at(case) / adds if capital and adds else None,
    )


def _opened(line: Line, contract: Contract) -> list[Step]:
    """The steps that this contract opens and that were not open without it."""
    before, after = standing(line).step, opens(line, contract)
    return [step for step in Step if before < step <= after]


def _capital(line: Line, contract: Contract, case: Case) -> Iterator[float]:
    for step in _opened(line, contract):
        trigger = line.trigger(step)
        if trigger is not None and trigger.capital is not None:
            yield trigger.capital.at(case)
        elif step is Step.SURGE:
            raise FigureMissing(contract.key, "capital-not-stated")


def _cost_if_stated(line: Line, contract: Contract, case: Case) -> Cost | None:
    try:
        return cost(line, contract, case)
    except FigureMissing:
        return None


def _jobs(line: Line, contract: Contract, case: Case) -> float | None:
    triggers = (line.trigger(step) for step in _opened(line, contract))
    stated = [trigger.jobs.at(case) for trigger in triggers if trigger and trigger.jobs]
    return sum(stated) if stated else None
