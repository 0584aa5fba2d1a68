"""What an order of one line would unlock."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matching.capacity import (
    Case,
    Contract,
    Effect,
    Opening,
    Step,
    Unlock,
    curve,
    effect,
    unlocks,
)
from registry.capabilities.models import LineInput
from registry.capabilities.seen import SeenLine, seen_lines
from registry.coverage.lines import Facts, read_lines
from registry.coverage.plan import MONTHS, from_day_0
from registry.coverage.service import DATES, ITSELF, NOTABLE, chain_in
from registry.errors import NotFound
from registry.i18n import gettext as _
from registry.visibility.readers import Standing

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Order:
    """What could be ordered of a line: units over months from `start`, at a price for all of it.

    `start` counts months from today.
    """

    quantity: float
    term: int
    price: float | None = None
    start: int = 0


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
    """What the order would do. Raises Contradiction."""
    line = facts.line
    contract = Contract(
        "order", line.key, order.quantity, line.unit, order.term, order.start, order.price
    )
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
