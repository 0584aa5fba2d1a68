"""A firm's own lines: how far each gets, what sets its pace, of the firm's own statements alone."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matching.capacity import Case, Contradiction, Opening, Step, Unlock, curve
from registry.capabilities.models import LineInput
from registry.capabilities.seen import SeenLine, seen_lines
from registry.coverage.contracts import before_orders, what_opens
from registry.coverage.lines import Facts, LeftOut, read_lines
from registry.coverage.plan import MONTHS, from_day_0
from registry.coverage.service import ITSELF, chain_in
from registry.visibility.readers import Standing

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pace:
    """What sets the pace from the first to the last of these months: an input, or the line (None).

    `gain` is what one more of it a month, from today on, would add by the last of them.
    """

    first: int
    last: int
    item: LineInput | None
    gain: float


@dataclass(frozen=True)
class OwnLine:
    """Cumulative from day 0 on, (MONTHS + 1,) each: if nothing is signed, and with every step open.

    The curves are of the line, as if every input came; `supplied` is what its inputs, as the firm
    states their supply, let through of the likely one.
    """

    seen: SeenLine
    facts: Facts
    now: Floats
    low: Floats
    base: Floats
    high: Floats
    supplied: Floats
    paces: tuple[Pace, ...]
    opens: tuple[Unlock, Unlock]

    @property
    def states_rate(self) -> bool:
        return self.facts.line.current is not None

    @property
    def inputs_hold_back(self) -> bool:
        return any(pace.item is not None for pace in self.paces)


def own_lines(
    session: Session, standing: Standing, firm_id: int, day: dt.date
) -> tuple[list[OwnLine], list[LeftOut]]:
    """The lines of a firm for those who may know their figures, months counted from `day`."""
    read, left_out = read_lines(seen_lines(session, standing, [firm_id], whole=True), day)
    found = []
    for facts in read:
        try:
            found.append(_own_line(facts))
        except Contradiction as contradiction:
            left_out.append(LeftOut(facts.seen, contradiction.code))
    return found, left_out


def _own_line(facts: Facts) -> OwnLine:
    low, base, high = (
        from_day_0(curve(facts.line, Opening.of(Step.SURGE), case, MONTHS).net.cumsum())
        for case in Case
    )
    chain = chain_in(facts, Step.SURGE, Case.BASE)
    paces = tuple(
        Pace(
            bound.first,
            bound.last,
            None if bound.by == ITSELF else facts.items[bound.by],
            chain.worth(bound.by, bound.last).gain,
        )
        for bound in chain.bounds
    )
    return OwnLine(
        facts.seen, facts, before_orders(facts), low, base, high,
        from_day_0(chain.output), paces, what_opens(facts),
    )  # fmt: skip
