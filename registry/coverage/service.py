"""Canadian output of a category by month, against a need where one is given, for one reader."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
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
    Effect,
    Opening,
    Step,
    Unlock,
    chain_of,
    curve,
    effect,
    unlocks,
)
from registry.capabilities.models import LineInput, ProductionLine
from registry.capabilities.seen import SeenLine, seen_lines
from registry.coverage.lines import Facts, LeftOut, read_lines
from registry.errors import NotFound
from registry.firms.models import Firm
from registry.i18n import gettext as _
from registry.visibility.aggregates import may_show
from registry.visibility.readers import OPERATOR, Standing
from registry.visibility.table import Field, Purpose, Reader, may_see

Floats = NDArray[np.float64]

MONTHS = 36
DATES = (12, 24, 36)
ITSELF = "line"  # what holds a line back when none of its inputs does
NOTABLE = 0.01  # a smaller part of its output lost holds no line back
SURE_DIGITS = 2  # of a sum over firms whose own figures are not shown


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
    upto: float | None


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
    firms = _firms(session, code)
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


def _firms(session: Session, code: str) -> dict[int, Firm]:
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
    return HeldBack(line, line.facts.items[by], since, lost, worth[by].gain, worth[by].upto)


@dataclass(frozen=True)
class Sums:
    """Likely units by each date over all firms, rounded; None where a sum may not be shown."""

    now: tuple[float, ...] | None
    invested: tuple[float, ...] | None
    firms: int


def safe_sums(session: Session, reader: Reader, code: str, day: dt.date) -> Sums:
    """Sums that a reader who may not see the firms' figures may be told.

    Whoever is told sums by three dates, with and without investments, can subtract them: so each
    part, what comes between two dates and what investments add in it, must be safe by itself.
    Rounded, since two answers of different days can be subtracted too. What inputs allow is left
    out: it is not summed for those outside the state.
    """
    allowed = may_see(reader, Field.LINE_RATES, Purpose.AGGREGATE) and may_see(
        reader, Field.LINE_COMMERCIAL, Purpose.AGGREGATE
    )
    if not allowed:
        return Sums(None, None, 0)
    firms = _firms(session, code)
    read, _left_out = read_lines(seen_lines(session, OPERATOR, firms, code, whole=True), day)
    alone = [facts.alone() for facts in read]
    now = _by_firm(alone, Step.CURRENT)
    invested = _by_firm(alone, Step.SURGE)
    added = {number: invested[number] - now[number] for number in now}
    told = _safe(now)
    return Sums(
        _rounded(now) if told else None,
        _rounded(invested) if told and _safe(added) else None,
        len(firms),
    )


def _by_firm(read: Iterable[Facts], step: Step) -> dict[int, Floats]:
    """Likely units between two dates, (len(DATES),), for each firm."""
    sums: dict[int, Floats] = {}
    for facts in read:
        units = from_day_0(chain_in(facts, step, Case.BASE).output)
        number = facts.seen.line.firm_id
        sums[number] = sums.get(number, 0) + np.diff(units[[0, *DATES]])
    return sums


def _safe(parts: dict[int, Floats]) -> bool:
    """Whether the sum of each column may be shown."""
    return all(
        may_show([max(0.0, float(figures[column])) for figures in parts.values()])
        for column in range(len(DATES))
    )


def _rounded(parts: dict[int, Floats]) -> tuple[float, ...]:
    sums = np.cumsum(sum(parts.values()))
    return tuple(float(f"{units:.{SURE_DIGITS}g}") for units in sums)


@dataclass(frozen=True)
class Order:
    """What could be ordered of a line: units over months from today, at a price for all of it."""

    quantity: float
    term: int
    price: float | None = None


@dataclass(frozen=True)
class Unlocked:
    """What an order does to one line, as if every input came as needed.

    `before`, `after`, `low` and `high` are cumulative from day 0 on, (MONTHS + 1,). `supplied` is
    what the inputs of stated supply let through of `after`, and `held_by` the first to bind, None
    where they cost nothing notable.
    """

    effects: dict[Case, Effect]
    before: Floats
    after: Floats
    low: Floats
    high: Floats
    supplied: Floats
    held_by: LineInput | None
    held_since: int | None


def what_opens(facts: Facts) -> tuple[Unlock, Unlock]:
    """The existing plant and the investment, in the likely case."""
    return unlocks(facts.line)


def unlocked_by(facts: Facts, order: Order) -> Unlocked:
    """What the order would do; it begins today. Raises Contradiction."""
    line = facts.line
    contract = Contract("order", line.key, order.quantity, line.unit, order.term, price=order.price)
    signed = (contract,)
    alone = facts.alone()
    after = {case: chain_in(alone, Step.CURRENT, case, signed).output for case in Case}
    chain = chain_in(facts, Step.CURRENT, Case.BASE, signed)
    first = next((bound for bound in chain.bounds if bound.by != ITSELF), None)
    if after[Case.BASE][-1] - chain.output[-1] < NOTABLE * after[Case.BASE][-1]:
        first = None
    return Unlocked(
        {case: effect(line, contract, DATES, case) for case in Case},
        before_orders(facts),
        from_day_0(after[Case.BASE]),
        from_day_0(after[Case.LOW]),
        from_day_0(after[Case.HIGH]),
        from_day_0(chain.output),
        facts.items[first.by] if first else None,
        first.first if first else None,
    )


def before_orders(facts: Facts) -> Floats:
    """The line's likely output if nothing is signed, inputs aside, (MONTHS + 1,)."""
    return from_day_0(curve(facts.line, Opening(), Case.BASE, MONTHS).net.cumsum())


def facts_of_line(
    session: Session, standing: Standing, firm_id: int, line_id: int, day: dt.date
) -> tuple[SeenLine, Facts | None, str | None]:
    """(the line as the reader may see it, its facts, what is wrong with its figures).

    No facts: the reader may not see its figures, or they contradict one another. Raises NotFound.
    """
    lines = seen_lines(session, standing, [firm_id], whole=True)
    seen = next((one for one in lines if one.line.id == line_id), None)
    if seen is None:
        raise NotFound(_("The firm has no production line with the number %(id)s.", id=line_id))
    read, left_out = read_lines([seen], day)
    return seen, next(iter(read), None), left_out[0].code if left_out else None
