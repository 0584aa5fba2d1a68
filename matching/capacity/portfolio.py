"""Which contracts to sign: the portfolio that covers most, or costs least, within limits.

Capital budgeting with recourse (J. H. Lorie and L. J. Savage, 1955; H. M. Weingartner, 1963): a
contract is signed or not, and what then flows is the best assignment of `coverage`. With
`Limits.required` cost is minimised at that coverage, otherwise coverage is maximised; with
`Limits.survive` that coverage must remain after the loss of any one firm or outside source. Losses
are brought into the program one by one as a solution is found to fail one (`master`).

If time runs out the answer is never worse than what a plain rule signs within the limits.

With several scenarios of need (`choose_for`) contracts are shared and deliveries differ; what is
maximised is the weighted mean of the scenarios' coverage (`together`).

Of portfolios that cover as much the cheapest is signed, as far as time allows to find it.
Contracts that add nothing are left out of the answer again, the dearest first. Contracts are
listed in the order to sign: by start, then by coverage lost without them per dollar.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matching.capacity.answer import (
    ADDS,
    KEEPS,
    Choice,
    Effort,
    Outcome,
    Plan,
    Portfolio,
    Reason,
    Relaxation,
)
from matching.capacity.assemble import build
from matching.capacity.coverage import Coverage, cover
from matching.capacity.facts import Case, Contract, Contradiction, Limits, Line, Scenario
from matching.capacity.fingerprint import fingerprint
from matching.capacity.master import THRIFT, TOLERANCE, Aim, Master
from matching.capacity.rules import plain_rules
from matching.capacity.search import Clock, Found, Watch, search
from matching.capacity.together import Weighted, check_alike, joined
from matching.capacity.triggers import cost, effect
from matching.capacity.worth import Appraiser

Floats = NDArray[np.float64]


def choose(
    scenario: Scenario,
    contracts: Sequence[Contract],
    limits: Limits,
    case: Case = Case.BASE,
    effort: Effort | None = None,
    watch: Watch | None = None,
) -> Portfolio:
    """Choose contracts, a line having at most one.

    Raises UnitsDiffer, UnknownUnit, FigureMissing for a cost that was not stated, and Contradiction
    for a contract with a line that is missing or under contract already.
    """
    return choose_for([(scenario, 1.0)], contracts, limits, case, effort, watch)


def choose_for(
    scenarios: Sequence[Weighted],
    contracts: Sequence[Contract],
    limits: Limits,
    case: Case = Case.BASE,
    effort: Effort | None = None,
    watch: Watch | None = None,
) -> Portfolio:
    """Choose contracts for several scenarios of need at once, each with its weight (above 0).

    Every coverage, required, kept or lost, is the weighted mean of the scenarios'. They differ in
    their needs alone, whose keys differ from scenario to scenario. Raises what `choose` raises, and
    Contradiction for scenarios that differ otherwise.
    """
    check_alike(scenarios)
    scenario = scenarios[0][0]
    signed = {contract.line for contract in scenario.signed}
    free = {line.key for line in scenario.lines} - signed
    for contract in contracts:
        if contract.line not in free:
            raise Contradiction(
                contract.line, "line-signed" if contract.line in signed else "line-missing"
            )
    return _Search(scenarios, contracts, limits, case, effort or Effort(), watch).portfolio()


class _Search:
    def __init__(
        self,
        scenarios: Sequence[Weighted],
        contracts: Sequence[Contract],
        limits: Limits,
        case: Case,
        effort: Effort,
        watch: Watch | None,
    ) -> None:
        self.clock = Clock(watch)
        self.limits, self.effort = limits, effort
        self.scenarios = [scenario for scenario, _weight in scenarios]
        models = [build(scenario, case, contracts) for scenario in self.scenarios]
        self.model = joined(models, [weight for _scenario, weight in scenarios])
        lines = {line.key: line for line in self.scenarios[0].lines}
        self.appraiser = Appraiser(self.model)
        self.costs = [cost(lines[one.line], one, case) for one in self.model.contracts]
        self.master = Master(self.appraiser, self.costs)
        asked = self.scenarios[0] if len(scenarios) == 1 else tuple(scenarios)
        self.inputs = (asked, tuple(contracts), limits, case, effort)

    @property
    def share(self) -> float:
        """Seconds for each thing that comes after the search."""
        return self.effort.seconds / 4

    def portfolio(self) -> Portfolio:
        """Search, then explain."""
        aim = Aim.COVERAGE if self.limits.required is None else Aim.COST
        found = self._robust(aim, self.limits, self.effort.seconds)
        rules = dict(plain_rules(self.master, self.limits))
        nothing = np.zeros(len(self.costs))
        answer = Portfolio(
            self._outcome(found),
            self.model.case,
            self.appraiser.coverage(nothing),
            self._plan(nothing),
            seconds=self.clock.seconds,
            rules=tuple((name, self._plan(chosen)) for name, chosen in rules.items()),
            fingerprint=fingerprint(*self.inputs),
        )
        if found.infeasible:
            return replace(answer, relaxations=tuple(self._relaxations()))
        best = self._best(aim, found, list(rules.values()))
        if best is None:
            return answer
        return self._explained(answer, aim, found, self._thrifty(aim, best))

    def _explained(self, answer: Portfolio, aim: Aim, found: Found, best: Floats) -> Portfolio:
        chosen = self._pruned(best, self.clock.seconds + self.share)
        plan = self._plan(chosen)
        bound, gap = self._proven(aim, found, plan)
        return replace(
            answer,
            plan=plan,
            bound=bound,
            gap=gap,
            choices=tuple(self._choices(chosen)),
            kept=self.appraiser.worst(chosen) if self.limits.survive is not None else None,
            alternatives=tuple(self._alternatives(aim, chosen)),
        )

    def _best(self, aim: Aim, found: Found, rules: list[Floats]) -> Floats | None:
        """What was found, or what a plain rule signs if time ran out and that is better."""
        known = [] if found.x is None else [self.master.chosen(found)]
        if not found.closed:
            level = self.limits.required or 0.0
            known += [chosen for chosen in rules if self._good(chosen, level)]
        if aim is Aim.COST:
            return min(known, key=lambda chosen: float(self.master.totals @ chosen), default=None)
        return max(known, key=self.appraiser.coverage, default=None)

    def _thrifty(self, aim: Aim, best: Floats) -> Floats:
        """The cheapest portfolio that covers as much, where there is time to find it.

        A solver's tolerances are wider than what THRIFT is worth, so cost has its own search.
        """
        if aim is Aim.COST or not best.any():
            return best
        # At the very edge of what is feasible HiGHS fails: a hundred-thousandth is given away.
        level = self.appraiser.coverage(best) - 10 * TOLERANCE
        found = self._robust(Aim.COST, replace(self.limits, required=level), self.share)
        if found.x is None:
            return best
        cheaper = self.master.chosen(found)
        saves = self.master.totals @ cheaper < self.master.totals @ best
        return cheaper if saves and self._good(cheaper, level) else best

    def _proven(self, aim: Aim, found: Found, plan: Plan) -> tuple[float, float]:
        """The bound in the terms of the aim, and the plan's gap to it."""
        if aim is Aim.COST:
            bound = max(0.0, min(-found.bound * self.master.everything, plan.cost))
            return bound, (plan.cost - bound) / max(plan.cost, 1e-12)
        # The objective is what contracts can change of coverage, less at most THRIFT.
        most = found.bound + self.master.fixed(self.model) + THRIFT
        bound = max(min(most, 1.0), plan.coverage)
        return bound, (bound - plan.coverage) / max(plan.coverage, 1e-12)

    def _outcome(self, found: Found) -> Outcome:
        if found.infeasible:
            return Outcome.INFEASIBLE
        if found.closed:
            return Outcome.WITHIN_GAP
        return Outcome.STOPPED if self.clock.stopped else Outcome.TIME

    def _plan(self, chosen: Floats) -> Plan:
        return Plan(
            tuple(self.model.contracts[at].key for at in _signed(chosen)),
            self.appraiser.coverage(chosen),
            float(self.master.totals @ chosen),
        )

    def _robust(
        self, aim: Aim, limits: Limits, seconds: float, without: Sequence[Floats] = ()
    ) -> Found:
        """Search, bringing in the worst loss until none leaves too little."""
        until = self.clock.seconds + seconds
        while True:
            program = self.master.program(aim, limits, without)
            found = search(program, self.effort.gap, until - self.clock.seconds, self.clock)
            if found.x is None or (limits.survive is None and aim is not Aim.SURVIVAL):
                return found
            chosen = self.master.chosen(found)
            loss, kept = self.appraiser.worst(chosen)
            wanted = self._slack(found) if aim is Aim.SURVIVAL else limits.survive or 0.0
            if loss is None or kept >= wanted - TOLERANCE or loss in self.master.losses:
                return found
            self.master.reckon_with(loss)
            if self.clock.seconds >= until or self.clock.stopped:
                return Found(None, -np.inf, found.bound, False)

    def _good(self, chosen: Floats, coverage: float) -> bool:
        """Whether contracts keep every limit and reach this coverage."""
        if not self.master.allowed(chosen, self.limits):
            return False
        if self.appraiser.coverage(chosen) < coverage - TOLERANCE:
            return False
        survive = self.limits.survive
        return survive is None or self.appraiser.worst(chosen)[1] >= survive - TOLERANCE

    def _pruned(self, chosen: Floats, until: float) -> Floats:
        """The portfolio without what adds nothing, the dearest tried first, while time lasts."""
        level = self.limits.required
        if level is None:
            level = self.appraiser.coverage(chosen)
            needed = self.appraiser.lost_at_least(chosen) > TOLERANCE
        else:
            needed = np.zeros(len(chosen), dtype=bool)
        for at in sorted(_signed(chosen), key=lambda at: -self.costs[at].total):
            if self.clock.seconds > until or not self.clock.goes_on("reasons"):
                break
            rest = _dropping(chosen, at)
            if not needed[at] and self._good(rest, level):
                chosen = rest
        return chosen

    def _losses(self, chosen: Floats) -> dict[int, tuple[float, bool]]:
        """Coverage lost without each contract, and whether that is exact or at least so much."""
        until, whole = self.clock.seconds + self.share, self.appraiser.coverage(chosen)
        at_least = self.appraiser.lost_at_least(chosen)
        losses = {at: (float(at_least[at]), False) for at in _signed(chosen)}
        for at in losses:
            if self.clock.seconds > until or not self.clock.goes_on("reasons"):
                break
            left = self.appraiser.coverage(_dropping(chosen, at))
            losses[at] = max(0.0, whole - left), True
        return losses

    def _choices(self, chosen: Floats) -> Iterator[Choice]:
        losses = self._losses(chosen)

        def first(at: int) -> tuple[float, float, str]:
            contract = self.model.contracts[at]
            per_dollar = losses[at][0] / max(self.costs[at].total, 1e-12)
            return contract.start, -per_dollar, contract.key

        signed = [self.model.contracts[at] for at in _signed(chosen)]
        after = [
            cover(replace(one, signed=(*one.signed, *signed)), self.model.case)
            for one in self.scenarios
        ]
        for order, at in enumerate(sorted(_signed(chosen), key=first), start=1):
            reason = self._reason(self.model.contracts[at], losses[at], after)
            yield Choice(reason.effect.contract, order, self.costs[at].total, reason)

    def _reason(
        self, contract: Contract, lost: tuple[float, bool], after: Sequence[Coverage]
    ) -> Reason:
        flows = [flow for one in after for flow in one.flows if flow.line == contract.line]
        dates = sorted({month for need in self.model.scenario.needs for month, _ in need.by})
        line = self.model.lines[self.model.row_of[contract.line]]
        return Reason(
            KEEPS if lost[1] and lost[0] <= TOLERANCE else ADDS,
            *lost,
            tuple(sorted({flow.to for flow in flows if flow.need})),
            tuple(sorted({flow.to for flow in flows if not flow.need})),
            effect(line, contract, dates, self.model.case),
        )

    def _alternatives(self, aim: Aim, chosen: Floats) -> Iterator[Plan]:
        """The best portfolios that do without one contract or another of each one before."""
        seen, until = [chosen], self.clock.seconds + self.share
        for _ in range(self.effort.alternatives):
            left = until - self.clock.seconds
            if left <= 0 or not seen[-1].any() or self.clock.stopped:
                return
            found = self._robust(aim, self.limits, left, seen)
            if found.x is None:
                return
            seen.append(self._pruned(self.master.chosen(found), until))
            yield self._plan(seen[-1])

    def _relaxations(self) -> Iterator[Relaxation]:
        """For each limit, what it must become for all others to be met."""
        limits = self.limits
        trials = {
            "required": (Aim.COVERAGE, replace(limits, required=None)),
            "survive": (Aim.SURVIVAL, replace(limits, survive=None)),
            "budget": (Aim.MONEY, limits),
            "firm_share": (Aim.COST, replace(limits, firm_share=None)),
            "region_share": (Aim.COST, replace(limits, region_share=None)),
        }
        for limit, (aim, relaxed) in trials.items():
            if limit == "budget":
                given = limits.budget is not None or limits.yearly is not None
            else:
                given = getattr(limits, limit) is not None
            if not given or not self.clock.goes_on("relaxations"):
                continue
            found = self._robust(aim, relaxed, self.share)
            if found.x is not None:
                yield self._relaxation(limit, found)

    def _relaxation(self, limit: str, found: Found) -> Relaxation:
        chosen = self.master.chosen(found)
        amount = {
            "required": lambda: self.appraiser.coverage(chosen),
            "survive": lambda: self.appraiser.worst(chosen)[1],
            "budget": lambda: self._slack(found) * self.master.everything,
            "firm_share": lambda: self._largest_share(
                [line.firm for line in self._lines()], chosen
            ),
            "region_share": lambda: self._largest_share(
                [line.region or "" for line in self._lines()], chosen
            ),
        }[limit]()
        return Relaxation(limit, amount, self._plan(chosen).contracts)

    def _slack(self, found: Found) -> float:
        assert found.x is not None
        return float(found.x[len(self.costs)])

    def _lines(self) -> list[Line]:
        return [self.model.lines[self.model.row_of[one.line]] for one in self.model.contracts]

    def _largest_share(self, names: Sequence[str], chosen: Floats) -> float:
        spent: dict[str, float] = {}
        for name, amount in zip(names, self.master.totals * chosen, strict=True):
            spent[name] = spent.get(name, 0.0) + amount
        return max(spent.values()) / max(sum(spent.values()), 1e-12)


def _signed(chosen: Floats) -> list[int]:
    return [int(at) for at in np.flatnonzero(chosen)]


def _dropping(chosen: Floats, at: int) -> Floats:
    rest = chosen.copy()
    rest[at] = 0.0
    return rest
