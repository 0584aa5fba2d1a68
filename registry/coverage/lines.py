"""Production lines as the planner takes them: no figure that the reader may not see, none guessed.

Here an input is reckoned with what the line's firm says of its supplier, so that no other firm's
figures enter; `network` leads it to the supplier's own lines. One without a stated supply is kept
apart: the likely case takes it to come as needed, and whoever shows the case must say so; the low
case counts its stock alone.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from math import inf

from matching.capacity import (
    UNITS,
    Case,
    Contract,
    Contradiction,
    Input,
    Line,
    Range,
    Scenario,
    Source,
    Step,
    Stock,
    Trigger,
)
from registry.capabilities.models import LineInput, ProductionLine
from registry.capabilities.rules import rate
from registry.capabilities.seen import SeenLine

DAYS_A_MONTH = 365 / 12
WEEKS_A_MONTH = 52 / 12


@dataclass(frozen=True)
class Facts:
    """One line with its own inputs; `items` finds an input by the planner's name for it."""

    seen: SeenLine
    line: Line
    sources: tuple[Source, ...]
    stocks: tuple[Stock, ...]
    items: dict[str, LineInput]
    unsure: tuple[LineInput, ...]  # whose supply or ratio is not stated in full

    def alone(self) -> "Facts":
        """The line as if every input came as needed."""
        bare = replace(self.line, inputs=())
        return replace(self, line=bare, sources=(), stocks=(), items={}, unsure=())

    def scenario(
        self, months: int, step: Step, case: Case, signed: tuple[Contract, ...] = ()
    ) -> Scenario:
        """The line by itself, in the case that it will be asked for; no need to meet."""
        line = self.line_in(case)
        return Scenario(months, (), (line,), self.sources, self.stocks, (), signed, step)

    def line_in(self, case: Case) -> Line:
        """The line; in the likely case without the inputs that are taken to come as needed."""
        if case is not Case.BASE:
            return self.line
        unsure = {item_of(item) for item in self.unsure}
        known = tuple(one for one in self.line.inputs if one.item not in unsure)
        return replace(self.line, inputs=known)


@dataclass(frozen=True)
class LeftOut:
    """A line whose figures cannot all be true, and the planner's code for what is wrong."""

    seen: SeenLine
    code: str


def read_lines(seen: Iterable[SeenLine], day: dt.date) -> tuple[list[Facts], list[LeftOut]]:
    """The lines whose exact figures the reader may see, months counted from `day`.

    A line that contradicts itself is left out by itself, and said to be. Lines must have been read
    with their inputs (`seen_lines(…, whole=True)`).
    """
    read, left_out = [], []
    for one in seen:
        if one.rates is None:
            continue
        try:
            read.append(_facts(one, day))
        except Contradiction as contradiction:
            left_out.append(LeftOut(one, contradiction.code))
    return read, left_out


def _facts(seen: SeenLine, day: dt.date) -> Facts:
    row = seen.line
    used = [item for item in row.inputs if item.units_per_unit]
    missing = [item for item in row.inputs if item.units_per_unit is None]
    key = str(row.id)
    return Facts(
        seen,
        Line(
            key=key,
            firm=str(row.firm_id),
            makes=(row.category_code, *row.further_categories),
            unit=row.unit,
            current=_rate(row, "current"),
            rated=_rate(row, "rated"),
            surge=_rate(row, "surge"),
            to_rated=_exactly(row.months_to_rated),
            to_surge=_exactly(row.months_to_surge),
            committed=_committed(row),
            committed_until=_exactly(_months_until(row.committed_until, day)),
            rated_trigger=_rated_trigger(row),
            surge_trigger=_surge_trigger(row),
            inputs=tuple(_input(item) for item in used),
            region=row.site.province if row.site else None,
            evidence=row.evidence,
            as_of=row.stated_on,
        ),
        tuple(_source(item) for item in used if _supplied(item)),
        tuple(
            Stock(item_of(item), stock, input_unit(item), key)
            for item in used
            if (stock := _stock(item, row)) is not None
        ),
        {item_of(item): item for item in used},
        (*missing, *(item for item in used if not _supply_stated(item))),
    )


def _exactly(figure: Decimal | float | None) -> Range | None:
    return None if figure is None else Range.exactly(float(figure))


def _rate(row: ProductionLine, step: str) -> Range | None:
    base = getattr(row, rate(step))
    if base is None:
        return None
    low, high = (getattr(row, rate(step, level)) for level in ("low", "high"))
    return Range(*(float(base if figure is None else figure) for figure in (low, base, high)))


def _committed(row: ProductionLine) -> Range | None:
    """The share already sold as a rate, in every case that of the rate now."""
    if row.committed_share is None or row.current_rate_per_month is None:
        return None
    return _exactly(row.committed_share * row.current_rate_per_month)


def _months_until(end: dt.date | None, day: dt.date) -> float | None:
    return None if end is None else max(0.0, (end - day).days / DAYS_A_MONTH)


def _rated_trigger(row: ProductionLine) -> Trigger | None:
    if row.smallest_order_units is None and row.smallest_term_months is None:
        return None
    return Trigger(float(row.smallest_order_units or 0), float(row.smallest_term_months or 0))


def _surge_trigger(row: ProductionLine) -> Trigger | None:
    """What opens the investment; an order that was not stated is one that no order reaches."""
    capital = _capital(row)
    order = row.investment_order_units
    if order is None and capital is None:
        return None
    return Trigger(
        inf if order is None else float(order), float(row.investment_term_months or 0), capital
    )


def _capital(row: ProductionLine) -> Range | None:
    """Of a cost, low is the largest figure; between two stated ones the middle is the likely."""
    stated = [float(x) for x in (row.capital_low_cad, row.capital_high_cad) if x is not None]
    if stated:
        return Range(max(stated), sum(stated) / len(stated), min(stated))
    return None if row.no_capital_reason is None else Range.exactly(0.0)


def item_of(item: LineInput) -> str:
    """The planner's name for an input."""
    return f"input:{item.id}"


def input_unit(item: LineInput) -> str:
    """Supply and ratio of an input are in one unit, whatever it is called."""
    return item.unit if item.unit in UNITS else "each"


def _input(item: LineInput) -> Input:
    sole = None if item.sourcing is None else item.sourcing == "sole"
    return Input(item_of(item), float(item.units_per_unit or 0), input_unit(item), sole)


def _supplied(item: LineInput) -> bool:
    named = item.supplier_name is not None or item.supplier_firm_id is not None
    return named or item.supplier_rate_per_month is not None


def _supply_stated(item: LineInput) -> bool:
    return item.supplier_rate_per_month is not None and item.lead_time_weeks is not None


def _source(item: LineInput) -> Source:
    weeks = item.lead_time_weeks
    lead = None if weeks is None else _exactly(float(weeks) / WEEKS_A_MONTH)
    return Source(
        item_of(item), item_of(item), input_unit(item), _exactly(item.supplier_rate_per_month), lead
    )


def _stock(item: LineInput, row: ProductionLine) -> float | None:
    """Units on hand; stated in days they are days at the rate now."""
    if item.stock_units is not None:
        return float(item.stock_units)
    if item.stock_days is None or row.current_rate_per_month is None:
        return None
    months = float(item.stock_days) / DAYS_A_MONTH
    return months * float(row.current_rate_per_month) * float(item.units_per_unit or 0)
