"""What lines deliver together, each counted once, and what binds; kept by the hash of its facts."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from matching.capacity import (
    UNITS,
    Binding,
    Case,
    Chain,
    Coverage,
    Flow,
    Need,
    Scenario,
    Step,
    chains_of,
    cover,
    fingerprint,
)
from registry.coverage.network import Network, is_pool

Floats = NDArray[np.float64]
Answer = TypeVar("Answer")

MONTHS = 36
EVERY = 3  # months between two dates by which as much as can be is asked for
# From so many lines on inputs are balanced by so many months: what a page can wait for.
BALANCED = ((201, 12), (41, EVERY), (0, 1))
KEPT = 256  # answers, the least lately asked for are forgotten first
WANTED = "output"


@dataclass(frozen=True)
class Chains:
    """Every line by itself, with its inputs to itself: all steps in the three cases, and as now."""

    cases: Mapping[Case, Mapping[str, Chain]]
    now: Mapping[str, Chain]


@dataclass(frozen=True)
class Sent:
    """What one line makes for others, cumulative units from day 0 on, (MONTHS + 1,)."""

    line: str
    item: str
    units: Floats


@dataclass(frozen=True)
class Plan:
    """Together: cumulative from day 0 on, (MONTHS + 1,) each.

    `now` is the likely case if nothing is signed, `delivered` the likely case by line.
    """

    now: Floats
    low: Floats
    base: Floats
    high: Floats
    delivered: Mapping[str, Floats]
    sent: tuple[Sent, ...]


@dataclass(frozen=True)
class Bound:
    """What sets the pace in some months: one more unit of it in one of them adds `worth` units.

    `line` is whose rate binds, or whose input if `item` is given. `share` is how much of all that
    is delivered it sets: a tenth more of it adds about a tenth of that.
    """

    line: str
    item: str | None
    first: int
    last: int
    worth: float
    share: float

    @property
    def a_month(self) -> float:
        """Units by the date that one more a month throughout these months adds."""
        return self.worth * (self.last - self.first + 1)


def from_day_0(units: Floats) -> Floats:
    """Cumulative units by the end of each month, with none on day 0."""
    return np.append(0.0, units)


def chains_in(network: Network, step: Step) -> Chains:
    """Every line by itself, up to this step."""

    def found(case: Case, up_to: Step) -> Mapping[str, Chain]:
        scenario = network.scenario(MONTHS, up_to, case)
        return _kept(lambda: chains_of(scenario, network.facts, case), "chains", case, scenario)

    return Chains({case: found(case, step) for case in Case}, found(Case.BASE, Step.CURRENT))


def plan_of(network: Network, step: Step, chains: Chains) -> Plan:
    """As much as can be delivered as early as can be, every line and input counted once."""
    base = _most(network, step, Case.BASE, chains.cases[Case.BASE])
    now = _most(network, Step.CURRENT, Case.BASE, chains.now)
    low, high = (
        _delivered(network, _most(network, step, case, chains.cases[case]))
        for case in (Case.LOW, Case.HIGH)
    )
    delivered, delivered_now = _delivered(network, base), _delivered(network, now)
    return Plan(
        now=_summed(delivered_now),
        low=_summed(low),
        base=_summed(delivered),
        high=_summed(high),
        delivered=delivered,
        sent=_sent(network, base),
    )


def bounds_of(
    network: Network, step: Step, chains: Chains, wanted: float | None, month: int
) -> list[Bound]:
    """What keeps the likely case from `wanted` by the month, the weightiest first."""
    likely = chains.cases[Case.BASE]
    most = sum(float(likely[key].output[month - 1]) for key in network.makers)
    beyond = 1.01 * most  # what no plan can reach, and not much more, so that it scales well
    asked = beyond if wanted is None else min(wanted, beyond)
    if asked <= 0:
        return []
    need = Need(WANTED, network.category, _unit(network), ((month, asked),))
    found = _covered(network.scenario(MONTHS, step, Case.BASE, (need,)), Case.BASE)
    bounds = (
        bound for binding in found.bindings for bound in _bounds(binding, asked, network, likely)
    )
    return sorted(bounds, key=lambda one: (-one.share, one.first, one.line, one.item or ""))


def _bounds(
    binding: Binding, asked: float, network: Network, likely: Mapping[str, Chain]
) -> Iterable[Bound]:
    """A constraint in the words and units of lines.

    What one line of the registry makes for another binds by that line or by its inputs, and is not
    named again.
    """
    months = slice(binding.first - 1, binding.last)
    if binding.about == "line":
        for key in binding.subjects:
            worth = binding.worth * asked * _factor(network.facts[key].line.unit)
            share = worth * float(likely[key].capacity[months].sum())
            yield Bound(key, None, binding.first, binding.last, worth, share)
    elif binding.about == "input" and not is_pool(binding.subjects[0]):
        (item,) = binding.subjects
        for key, chain in likely.items():
            if item in chain.limits:
                unit = next(one.unit for one in network.facts[key].line.inputs if one.item == item)
                worth = binding.worth * asked * _factor(unit)
                come = np.diff(chain.limits[item], prepend=0.0) * chain.ratios[item]
                share = worth * float(come[months].sum())
                yield Bound(key, item, binding.first, binding.last, worth, share)


def _most(network: Network, step: Step, case: Case, chains: Mapping[str, Chain]) -> Coverage | None:
    """The plan in one case; None if nothing can be delivered."""
    total = sum((chains[key].output for key in network.makers), np.zeros(MONTHS))
    alone = np.maximum.accumulate(total)  # rounding may leave a month less than the one before
    if not network.makers or alone[-1] <= 0:
        return None
    every = max(EVERY, balanced_every(len(network.facts)))
    dates = tuple(
        (month, float(alone[month - 1]))
        for month in range(every, MONTHS + 1, every)
        if alone[month - 1] > 1e-6 * alone[-1]
    )
    need = Need(WANTED, network.category, _unit(network), dates)
    return _covered(network.scenario(MONTHS, step, case, (need,)), case)


def _covered(scenario: Scenario, case: Case) -> Coverage:
    every = balanced_every(len(scenario.lines))
    return _kept(lambda: cover(scenario, case, every), "cover", case, every, scenario)


def balanced_every(lines: int) -> int:
    """Months between two moments at which inputs are balanced, 1 being exact."""
    return next(months for least, months in BALANCED if lines >= least)


def _unit(network: Network) -> str:
    return network.facts[network.makers[0]].line.unit


def _factor(unit: str) -> float:
    """Base units, in which the planner counts, of one unit."""
    return UNITS[unit].factor


def _nothing() -> Floats:
    return np.zeros(MONTHS + 1)


def _summed(by_line: Mapping[str, Floats]) -> Floats:
    return sum(by_line.values(), _nothing())


def _delivered(network: Network, coverage: Coverage | None) -> dict[str, Floats]:
    found: dict[str, Floats] = defaultdict(_nothing)
    for flow in coverage.flows if coverage else ():
        if flow.need:
            found[flow.line] = found[flow.line] + _cumulative(network, flow)
    return dict(found)


def _sent(network: Network, coverage: Coverage | None) -> tuple[Sent, ...]:
    return tuple(
        Sent(flow.line, flow.to, _cumulative(network, flow))
        for flow in (coverage.flows if coverage else ())
        if not flow.need
    )


def _cumulative(network: Network, flow: Flow) -> Floats:
    return from_day_0(flow.units.cumsum()) / _factor(network.facts[flow.line].line.unit)


_answers: OrderedDict[str, object] = OrderedDict()
_lock = Lock()


def _kept(ask: Callable[[], Answer], *facts: object) -> Answer:
    """What was answered to the same facts before, or the answer now; whoever asks may not change
    it. Facts hold no more than the reader may know, so that who may know less asks differently.
    """
    scenario = cast(Scenario, facts[-1])
    key = fingerprint(*facts[:-1], _nameless(scenario))
    with _lock:
        if key in _answers:
            _answers.move_to_end(key)
            return cast(Answer, _answers[key])
    answer = ask()
    with _lock:
        _answers[key] = answer
        while len(_answers) > KEPT:
            _answers.popitem(last=False)
    return answer


def _nameless(scenario: Scenario) -> Scenario:
    """The scenario without what changes no figure, so that a new date alone asks nothing anew."""
    lines = tuple(replace(line, as_of=None, region=None) for line in scenario.lines)
    return replace(scenario, lines=lines)
