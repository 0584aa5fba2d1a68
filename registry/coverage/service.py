"""Canadian output of a category by month, for one reader: who makes it, and what holds it back."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matching.capacity import EVIDENCE, Case, Chain, Contract, Step, chain_of
from registry.capabilities.models import LineInput
from registry.capabilities.seen import SeenLine
from registry.coverage.lines import Facts, LeftOut
from registry.coverage.network import Network, read_network
from registry.coverage.plan import (
    MONTHS,
    Bound,
    Chains,
    Plan,
    bounds_of,
    chains_in,
    from_day_0,
    plan_of,
)
from registry.firms.models import Firm
from registry.visibility.readers import Standing
from registry.visibility.table import Field

Floats = NDArray[np.float64]

DATES = (12, 24, 36)
ITSELF = "line"  # what holds a line back when none of its inputs does
NOTABLE = 0.01  # a smaller part of its output lost holds no line back
BY_FIRM = 3  # firms with an area of their own in the chart, the others together


# What output tells of a line: its rates, what is sold of them, and the supply of its inputs.
TOLD = (Field.LINE_RATES, Field.LINE_BANDS, Field.LINE_COMMERCIAL, Field.LINE_INPUTS)


@dataclass(frozen=True)
class LineOutput:
    """What a line can deliver by the end of each month from day 0 on, (MONTHS + 1,) each.

    `now` is the likely case if nothing is signed; `base`, `low` and `high` are those of the step
    that was asked for, and `chain` says what holds its likely case back. All are as if the line had
    its inputs to itself; `counted` is what it delivers when every line and input is counted once.
    """

    facts: Facts
    now: Floats
    low: Floats
    base: Floats
    high: Floats
    chain: Chain
    counted: Floats

    def added(self, month: int) -> float:
        """Units more by the end of the month than if nothing is signed."""
        return max(0.0, float(self.base[month] - self.now[month]))

    def held_by(self, month: int) -> tuple[LineInput, int] | None:
        """The input that costs it most by the month, and since when; None if none costs much."""
        chain = self.chain
        capacity = float(chain.capacity[:month].sum())
        binding = [bound for bound in chain.bounds if bound.by != ITSELF and bound.first <= month]
        if capacity - float(self.base[month]) < max(1.0, NOTABLE * capacity) or not binding:
            return None
        worst = max(binding, key=lambda bound: (chain.worth(bound.by, month).gain, -bound.first))
        since = min(bound.first for bound in binding if bound.by == worst.by)
        return self.facts.items[worst.by], since


@dataclass(frozen=True)
class FirmOutput:
    """The lines of one firm for the category, and what they can add by the date.

    `counted` is what they deliver by then in the sum, in which nothing is counted twice.
    """

    firm: Firm
    lines: list[LineOutput]
    added: float
    least: float
    most: float
    by_then: float
    now_by_then: float
    counted: float


@dataclass(frozen=True)
class Supply:
    """What one line makes for others by the date, and for whom."""

    facts: Facts
    items: list[LineInput]  # one for each line that it goes to
    units: float


@dataclass(frozen=True)
class HeldBack:
    """What sets the pace in some months: the rate of a line, or an input of it."""

    facts: Facts
    item: LineInput | None
    bound: Bound


@dataclass(frozen=True)
class Output:
    """All lines of a category as one reader may know them; sums are over `lines` alone.

    `network`, `chains` and `plan` are None for a reader who may see no figure.
    """

    seen: Sequence[SeenLine]
    firms: Mapping[int, Firm]
    lines: list[LineOutput]
    left_out: Sequence[LeftOut]
    step: Step
    network: Network | None = None
    chains: Chains | None = None
    plan: Plan | None = None

    @property
    def sees_all(self) -> bool:
        return all(one.rates is not None for one in self.seen)

    @property
    def reached(self) -> Sequence[SeenLine]:
        """The lines of suppliers that the figures rest on."""
        return [one.seen for one in self.network.suppliers] if self.network else []

    def for_visitor(self) -> "Output":
        """The same as one is told it who may see no figure."""
        seen = [one.without_figures() for one in self.seen]
        return Output(seen, self.firms, [], [], self.step)

    @property
    def dates(self) -> tuple[dt.date, dt.date] | None:
        """The oldest and the newest day that figures were stated for; None where none says."""
        days = [one.facts.line.as_of for one in self.lines if one.facts.line.as_of]
        return (min(days), max(days)) if days else None

    @property
    def without_rate(self) -> int:
        """Lines of those the reader may know that do not say what they make today."""
        return sum(1 for one in self.seen if one.rates is not None and one.rates[0] is None)

    def by_evidence(self) -> list[tuple[str, Floats]]:
        """Likely output by level of evidence, the strongest first, without those that have none."""
        sums: dict[str, Floats] = defaultdict(lambda: np.zeros(MONTHS + 1))
        for one in self.lines:
            sums[one.facts.line.evidence] = sums[one.facts.line.evidence] + one.counted
        levels = ((level, sums[level]) for level in reversed(EVIDENCE))
        return [(level, units) for level, units in levels if units[-1] > 0]

    def by_firm(self) -> list[tuple[Firm | None, Floats]]:
        """Likely output by firm, the largest first, and last that of all others together (None)."""
        sums: dict[int, Floats] = defaultdict(lambda: np.zeros(MONTHS + 1))
        for one in self.lines:
            number = one.facts.seen.line.firm_id
            sums[number] = sums[number] + one.counted
        ordered = sorted(sums, key=lambda number: (-sums[number][-1], self.firms[number].name))
        shown = ordered if len(ordered) == BY_FIRM + 1 else ordered[:BY_FIRM]
        found: list[tuple[Firm | None, Floats]] = [(self.firms[n], sums[n]) for n in shown]
        if rest := ordered[len(shown) :]:
            found.append((None, sum((sums[number] for number in rest), np.zeros(MONTHS + 1))))
        return [(firm, units) for firm, units in found if units[-1] > 0]

    def ranked(self, month: int) -> list[FirmOutput]:
        """Firms by what they can add by the end of the month, then by what they deliver."""
        by_firm: dict[int, list[LineOutput]] = defaultdict(list)
        for line in self.lines:
            by_firm[line.facts.seen.line.firm_id].append(line)
        found = [_firm_output(self.firms[number], of, month) for number, of in by_firm.items()]
        return sorted(found, key=lambda one: (-one.added, -one.by_then, one.firm.name))

    def supplies(self, month: int) -> list[Supply]:
        """What lines make for others by the end of the month, in the order of their firms."""
        if self.plan is None or self.network is None:
            return []
        facts = self.network.facts
        takers: dict[str, list[LineInput]] = defaultdict(list)
        for one in facts.values():
            for item, row in one.items.items():
                takers[item].append(row)
        found = [
            Supply(facts[sent.line], takers[sent.item], float(sent.units[month]))
            for sent in self.plan.sent
        ]
        names = self.firms
        return sorted(
            (one for one in found if one.units >= NOTABLE),
            key=lambda one: (names[one.facts.seen.line.firm_id].name, one.facts.line.key),
        )

    def held_back(self, month: int, wanted: float | None = None) -> list[HeldBack]:
        """What keeps the sum from what is wanted by the month (all that could be, by default)."""
        if self.network is None or self.chains is None or not self.lines:
            return []
        facts = self.network.facts
        return [
            HeldBack(
                facts[bound.line],
                None if bound.item is None else facts[bound.line].items[bound.item],
                bound,
            )
            for bound in bounds_of(self.network, self.step, self.chains, wanted, month)
        ]


def output_of(session: Session, standing: Standing, code: str, step: Step, day: dt.date) -> Output:
    """The lines of listed firms whose own category this is; months are counted from `day`."""
    return output_in(read_network(session, standing, code, day), step)


def output_in(network: Network, step: Step) -> Output:
    """The same of lines that were read before."""
    chains = chains_in(network, step)
    plan = plan_of(network, step, chains)
    lines = [_line_output(network.facts[key], chains, plan) for key in network.makers]
    return Output(network.seen, network.firms, lines, network.left_out, step, network, chains, plan)


def chain_in(facts: Facts, step: Step, case: Case, signed: tuple[Contract, ...] = ()) -> Chain:
    """A line with its inputs as its firm states them, in one case; raises Contradiction."""
    return chain_of(facts.scenario(MONTHS, step, case, signed), facts.line.key, case)


def _line_output(facts: Facts, chains: Chains, plan: Plan) -> LineOutput:
    key = facts.line.key
    return LineOutput(
        facts,
        now=from_day_0(chains.now[key].output),
        low=from_day_0(chains.cases[Case.LOW][key].output),
        base=from_day_0(chains.cases[Case.BASE][key].output),
        high=from_day_0(chains.cases[Case.HIGH][key].output),
        chain=chains.cases[Case.BASE][key],
        counted=plan.delivered.get(key, np.zeros(MONTHS + 1)),
    )


def _firm_output(firm: Firm, lines: list[LineOutput], month: int) -> FirmOutput:
    def total(of: str) -> float:
        return float(sum(getattr(line, of)[month] for line in lines))

    now = total("now")
    return FirmOutput(
        firm,
        lines,
        added=sum(line.added(month) for line in lines),
        least=max(0.0, total("low") - now),
        most=max(0.0, total("high") - now),
        by_then=total("base"),
        now_by_then=now,
        counted=total("counted"),
    )
