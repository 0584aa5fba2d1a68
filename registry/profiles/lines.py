"""A production line on its firm's page: what its reader may see of it, in words."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from registry import terms
from registry.capabilities import words
from registry.capabilities.fields import country_name
from registry.capabilities.models import LineInput, ProductionLine
from registry.capabilities.rules import STEPS, rate
from registry.capabilities.seen import SeenLine
from registry.capabilities.service import Completeness, completeness, is_stale
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.taxonomy.domains import UNITS
from registry.visibility.table import Field, Reader, may_see
from registry.web import current_language, date, dollars, exactly, number, share

NEXT = 3  # how many things a firm is told to state next
STEP_TITLES = {
    "current": mark("Now"),
    "rated": mark("Existing plant, full shifts"),
    "surge": mark("After investment"),
}
SOLE = {"single": mark("single source"), "sole": mark("sole source")}
CONTROLS = {
    "cgp_controlled": mark("Controlled Goods Program"),
    "itar_controlled": mark("ITAR"),
    "ecl_controlled": mark("Export Control List"),
}


@dataclass(frozen=True)
class Step:
    title: str
    said: str  # the rate, or the band it is in
    stated: bool
    around: str | None = None  # the low and high figures
    months: str | None = None


@dataclass(frozen=True)
class Fact:
    title: str
    text: str | None  # None: not stated


@dataclass(frozen=True)
class Input:
    item: LineInput
    needed: str | None
    supplier: str | None
    alone: str | None  # when no one else supplies it
    lead_time: str | None
    stock: str | None


@dataclass(frozen=True)
class Block:
    """A line as one reader may see it; a part that the reader may not see is None."""

    line: ProductionLine
    stale: bool
    steps: list[Step] | None
    facts: list[Fact]
    inputs: list[Input] | None
    lacks: Completeness | None


def blocks(lines: list[SeenLine], day: dt.date) -> list[Block]:
    """What the reader may see of each line."""
    return [_block(seen, day) for seen in lines]


def _block(seen: SeenLine, day: dt.date) -> Block:
    line, reader = seen.line, seen.reader
    return Block(
        line=line,
        stale=is_stale(line, day),
        steps=_steps(seen),
        facts=[Fact(_(title), say(line)) for title, field, say in FACTS if may_see(reader, field)],
        inputs=(
            [_input(item) for item in line.inputs] if may_see(reader, Field.LINE_INPUTS) else None
        ),
        lacks=completeness(line) if reader is Reader.OWN_FIRM else None,
    )


def _steps(seen: SeenLine) -> list[Step] | None:
    """The rates with what is known around them; the bands alone; or nothing."""
    if seen.rates is not None:
        return _exact_steps(seen.line)
    if seen.bands is None:
        return None
    told = zip(STEPS, seen.bands, seen.steps_in_words(), strict=True)
    return [Step(_(STEP_TITLES[step]), said, band is not None) for step, band, said in told]


def _exact_steps(line: ProductionLine) -> list[Step]:
    months = {"rated": line.months_to_rated, "surge": line.months_to_surge}
    return [
        Step(
            title=_(STEP_TITLES[step]),
            said=number(getattr(line, rate(step)), 2),
            stated=getattr(line, rate(step)) is not None,
            around=_around(getattr(line, rate(step, "low")), getattr(line, rate(step, "high"))),
            months=terms.months(months[step]) if step in months else None,
        )
        for step in STEPS
    ]


def _around(low: Decimal | None, high: Decimal | None) -> str | None:
    return _between(low, high, lambda value: number(value, 2))


def _between(
    low: Decimal | int | None, high: Decimal | int | None, say: Callable[[Decimal | int], str]
) -> str | None:
    """A range in words; one figure when both ends are the same, None when neither is known."""
    if low is not None and high is not None:
        if low == high:
            return say(low)
        return _("%(low)s to %(high)s", low=say(low), high=say(high))
    if low is not None:
        return _("at least %(low)s", low=say(low))
    if high is not None:
        return _("at most %(high)s", high=say(high))
    return None


def _joined(*parts: str | None) -> str | None:
    return " · ".join(part for part in parts if part) or None


def _capital(line: ProductionLine) -> str | None:
    return _between(line.capital_low_cad, line.capital_high_cad, dollars) or line.no_capital_reason


def _orders(line: ProductionLine) -> str | None:
    existing = _order(line.smallest_order_units, line.smallest_term_months)
    larger = _order(line.investment_order_units, line.investment_term_months)
    return _joined(
        existing and _("%(order)s opens the existing plant", order=existing),
        larger and _("%(order)s opens the investment", order=larger),
    )


def _order(units: Decimal | None, months: Decimal | None) -> str | None:
    if units is None:
        return None
    if months is None:
        return number(units)
    return _("%(units)s over %(months)s months", units=number(units), months=number(months, 1))


def _price(line: ProductionLine) -> str | None:
    return _between(line.unit_price_low_cad, line.unit_price_high_cad, dollars)


def _sold(line: ProductionLine) -> str | None:
    if line.committed_share is None:
        return None
    return _joined(
        _("%(share)s of the rate now", share=share(float(line.committed_share))),
        None if line.committed_until is None else _until(line.committed_until),
        line.committed_to if line.committed_to_allowed else None,
    )


def _until(day: dt.date) -> str:
    return _("until %(when)s", when=date(day))


def _unlock(line: ProductionLine) -> str | None:
    kinds = ", ".join(_(words.UNLOCK[kind]) for kind in line.unlock_kinds or ())
    return _joined(kinds or None, line.unlock_in(current_language()))


def _shifts(line: ProductionLine) -> str | None:
    if line.shifts_now_per_day is None and line.shifts_most_per_day is None:
        return None
    return _(
        "%(now)s a day now, %(most)s at most",
        now=number(line.shifts_now_per_day),
        most=number(line.shifts_most_per_day),
    )


def _people(line: ProductionLine) -> str | None:
    if line.people_now is None and line.people_needed is None:
        return line.scarce_trades
    counted = _(
        "%(now)s now, %(needed)s at full shifts",
        now=number(line.people_now),
        needed=number(line.people_needed),
    )
    scarce = line.scarce_trades and _("hard to hire: %(trades)s", trades=line.scarce_trades)
    return _joined(counted, scarce)


def _plant(line: ProductionLine) -> str | None:
    area = line.floor_space_m2
    return _joined(
        line.bottleneck_process,
        None if area is None else _("%(area)s m² of floor", area=number(area)),
    )


def _readiness(line: ProductionLine) -> str | None:
    return _joined(
        None if line.trl is None else _("TRL %(level)s of 9", level=line.trl),
        None if line.mrl is None else _("MRL %(level)s of 10", level=line.mrl),
    )


def _qualification(line: ProductionLine) -> str | None:
    stated = line.qualification
    return _joined(_(words.QUALIFICATION[stated]) if stated else None, line.qualified_to)


def _controls(line: ProductionLine) -> str | None:
    known = {name: getattr(line, name) for name in CONTROLS}
    if all(value is None for value in known.values()):
        return None
    return _joined(
        *(
            _("%(control)s: %(answer)s", control=_(CONTROLS[name]), answer=terms.yes_no(value))
            for name, value in known.items()
        )
    )


def _design(line: ProductionLine) -> str | None:
    return _joined(line.design_authority, line.licence_holder)


# Title, the row of the table that says who sees it, and how it is said; in reading order.
FACTS: tuple[tuple[str, Field, Callable[[ProductionLine], str | None]], ...] = (
    (mark("Capital for the last step"), Field.LINE_COMMERCIAL, _capital),
    (mark("Smallest order"), Field.LINE_COMMERCIAL, _orders),
    (mark("Already sold"), Field.LINE_COMMERCIAL, _sold),
    (mark("Unit price"), Field.LINE_COMMERCIAL, _price),
    (mark("What would unlock it"), Field.LINE_COMMERCIAL, _unlock),
    (mark("Shifts"), Field.LINE_RATES, _shifts),
    (mark("People"), Field.LINE_RATES, _people),
    (mark("What sets the pace"), Field.LINE_RATES, _plant),
    (mark("Readiness"), Field.LINE_READINESS, _readiness),
    (mark("Qualification"), Field.LINE_READINESS, _qualification),
    (mark("Export controls"), Field.LINE_READINESS, _controls),
    (mark("Design and licence"), Field.LINE_READINESS, _design),
)


def _input(item: LineInput) -> Input:
    return Input(
        item=item,
        needed=_counted(item.units_per_unit, item.unit),
        supplier=_supplier(item),
        alone=_(SOLE[item.sourcing]) if item.sourcing in SOLE else None,
        lead_time=(
            None
            if item.lead_time_weeks is None
            else _("%(weeks)s weeks", weeks=number(item.lead_time_weeks, 1))
        ),
        stock=_joined(*_stock(item)),
    )


def _counted(amount: Decimal | None, unit: str | None) -> str | None:
    if amount is None:
        return None
    counted = exactly(amount)
    return f"{counted} {_(UNITS[unit])}" if unit in UNITS and unit != "each" else counted


def _stock(item: LineInput) -> Iterator[str]:
    if item.stock_days is not None:
        yield _("%(days)s days", days=number(item.stock_days, 1))
    if item.stock_units is not None:
        yield _counted(item.stock_units, item.unit) or ""


def _supplier(item: LineInput) -> str | None:
    country = item.supplier_country and country_name(item.supplier_country, current_language())
    name = item.supplier_firm.name_in(current_language()) if item.supplier_firm else None
    return _joined(name or item.supplier_name, country)
