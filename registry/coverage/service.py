"""Canadian output of a category by month, against a need where one is given, for one reader."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from matching.capacity import (
    EVIDENCE,
    Case,
    Chain,
    Contract,
    Contradiction,
    Step,
    chain_of,
)
from registry.capabilities.models import LineInput, ProductionLine
from registry.capabilities.seen import SeenLine, seen_lines
from registry.coverage.lines import Facts, LeftOut, read_lines
from registry.firms.models import Firm
from registry.visibility.readers import Standing

Floats = NDArray[np.float64]

MONTHS = 36
DATES = (12, 24, 36)
ITSELF = "line"  # what holds a line back when none of its inputs does
NOTABLE = 0.01  # a smaller part of its output lost holds no line back


@dataclass(frozen=True)
class Need:
    """A planning figure that the reader entered: so many units by the end of a month."""

    quantity: float
    month: int

    def wanted(self) -> Floats:
        """Cumulative, in a straight line to the date and no more after it, (MONTHS + 1,)."""
        return self.quantity * np.minimum(np.arange(MONTHS + 1.0) / self.month, 1.0)


@dataclass(frozen=True)
class LineOutput:
    """What a line has delivered by the end of each month from day 0 on, (MONTHS + 1,) each.

    `now` is the likely case if nothing is signed; `base`, `low` and `high` are those of the step
    that was asked for, and `chain` says what holds its likely case back.
    """

    facts: Facts
    now: Floats
    low: Floats
    base: Floats
    high: Floats
    chain: Chain

    def added(self, month: int) -> float:
        """Units more by the end of the month than if nothing is signed."""
        return float(self.base[month] - self.now[month])


@dataclass(frozen=True)
class FirmOutput:
    """The lines of one firm for the category, and what they add together by the date."""

    firm: Firm
    lines: list[LineOutput]
    added: float
    by_then: float
    now_by_then: float


@dataclass(frozen=True)
class HeldBack:
    """What binds one line before the date, and what one more a month of it is worth by then."""

    output: LineOutput
    item: LineInput
    since: int
    lost: float  # units by the date
    gain: float


@dataclass(frozen=True)
class Output:
    """All lines of a category as one reader may know them; sums are over `lines` alone."""

    seen: list[SeenLine]
    firms: dict[int, Firm]
    lines: list[LineOutput]
    left_out: list[LeftOut]
    step: Step

    @property
    def sees_all(self) -> bool:
        return all(one.rates is not None for one in self.seen)

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

    def total(self, of: Callable[[LineOutput], Floats]) -> Floats:
        """The sum over lines, (MONTHS + 1,)."""
        return sum((of(line) for line in self.lines), np.zeros(MONTHS + 1))

    def by_evidence(self) -> list[tuple[str, Floats]]:
        """Likely output by level of evidence, the strongest first, without those that have none."""
        sums = {
            level: sum(
                (one.base for one in self.lines if one.facts.line.evidence == level),
                np.zeros(MONTHS + 1),
            )
            for level in reversed(EVIDENCE)
        }
        return [(level, units) for level, units in sums.items() if units[-1] > 0]

    def ranked(self, month: int) -> list[FirmOutput]:
        """Firms by what they can add by the end of the month, then by what they deliver."""
        by_firm: dict[int, list[LineOutput]] = defaultdict(list)
        for line in self.lines:
            by_firm[line.facts.seen.line.firm_id].append(line)
        found = [
            FirmOutput(
                self.firms[number],
                lines,
                sum(line.added(month) for line in lines),
                float(sum(line.base[month] for line in lines)),
                float(sum(line.now[month] for line in lines)),
            )
            for number, lines in by_firm.items()
        ]
        return sorted(found, key=lambda one: (-one.added, -one.by_then, one.firm.name))

    def held_back(self, month: int) -> list[HeldBack]:
        """What keeps lines from delivering all they could by the month, the costliest first."""
        found = (_held_back(line, month) for line in self.lines)
        return sorted((one for one in found if one), key=lambda one: -one.lost)


def output_of(session: Session, standing: Standing, code: str, step: Step, day: dt.date) -> Output:
    """The lines of listed firms whose own category this is; months are counted from `day`."""
    firms = listed_makers(session, code)
    seen = seen_lines(session, standing, firms, code, whole=True)
    return output_from(seen, firms, step, day)


def output_from(
    seen: Sequence[SeenLine], firms: dict[int, Firm], step: Step, day: dt.date
) -> Output:
    """The same of lines that were read before."""
    read, left_out = read_lines(seen, day)
    lines = []
    for facts in read:
        try:
            lines.append(_line_output(facts, step))
        except Contradiction as contradiction:
            left_out.append(LeftOut(facts.seen, contradiction.code))
    return Output(list(seen), firms, lines, left_out, step)


def listed_makers(session: Session, code: str) -> dict[int, Firm]:
    """The listed firms with a line of the category, by their numbers."""
    having = select(ProductionLine.firm_id).where(ProductionLine.category_code == code)
    query = select(Firm).where(Firm.id.in_(having), Firm.listed == "listed")
    return {firm.id: firm for firm in session.scalars(query.options(selectinload(Firm.names)))}


def chain_in(facts: Facts, step: Step, case: Case, signed: tuple[Contract, ...] = ()) -> Chain:
    """A line with its inputs in one case; raises Contradiction."""
    return chain_of(facts.scenario(MONTHS, step, case, signed), facts.line.key, case)


def from_day_0(units: Floats) -> Floats:
    """Cumulative units by the end of each month, with none on day 0."""
    return np.append(0.0, units)


def _line_output(facts: Facts, step: Step) -> LineOutput:
    chains = {case: chain_in(facts, step, case) for case in Case}
    now = chain_in(facts, Step.CURRENT, Case.BASE)
    return LineOutput(
        facts,
        now=from_day_0(now.output),
        low=from_day_0(chains[Case.LOW].output),
        base=from_day_0(chains[Case.BASE].output),
        high=from_day_0(chains[Case.HIGH].output),
        chain=chains[Case.BASE],
    )


def _held_back(line: LineOutput, month: int) -> HeldBack | None:
    """The input that keeps a line from the most by the month; None where only its own rate does."""
    chain = line.chain
    capacity = float(chain.capacity[:month].sum())
    lost = capacity - float(line.base[month])
    binding = [bound for bound in chain.bounds if bound.by != ITSELF and bound.first <= month]
    if lost < max(1.0, NOTABLE * capacity) or not binding:
        return None
    worth = {bound.by: chain.worth(bound.by, month) for bound in binding}
    by = max(worth, key=lambda item: worth[item].gain)
    since = min(bound.first for bound in binding if bound.by == by)
    return HeldBack(line, line.facts.items[by], since, lost, worth[by].gain)
