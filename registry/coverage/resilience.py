"""On whom it all hangs: inputs with one supplier, needs with one maker, of what the reader may see.

Concentration is the Herfindahl-Hirschman index, 0 to 1: of the rates stated for suppliers of an
input, and of what firms make today for a need. Figures in units that do not convert are left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.capacity import UnitsDiffer, UnknownUnit, concentration, convert
from registry.audit.service import record
from registry.capabilities.models import LineInput, ProductionLine
from registry.capabilities.seen import SeenLine, seen_lines
from registry.firms.models import Firm
from registry.taxonomy.models import ShortfallCategory
from registry.visibility.readers import Standing
from registry.visibility.table import Field, may_see


@dataclass(frozen=True)
class Uses:
    """How lines get one input: an item of a category, or one of a name of its own.

    `sole`, `single`, `several` and `unstated` count lines; `needs` are the categories that would
    get less if it failed.
    """

    category: ShortfallCategory | None
    named: LineInput
    lines: int
    firms: int
    suppliers: int
    sole: int
    single: int
    several: int
    unstated: int
    needs: list[str]
    concentration: float | None  # None where no supplier's rate is stated

    def name_in(self, language: str) -> str:
        if self.category is not None:
            return self.category.title_in(language)
        return self.named.name_in(language)


@dataclass(frozen=True)
class Makers:
    """Who makes what a category is short of today: firms that state a rate, and lines that do not.

    `largest` is the greatest firm's share of today's output, 0 to 1; both are None where nothing is
    made.
    """

    category: ShortfallCategory
    firms: int
    unstated: int
    concentration: float | None
    largest: float | None


@dataclass(frozen=True)
class Resilience:
    """Inputs and needs of the lines seen, what hangs most on one first; `hidden` lines left out."""

    uses: list[Uses]
    makers: list[Makers]
    seen: list[SeenLine]
    hidden: int

    @property
    def alone(self) -> list[Uses]:
        """The inputs that some line has from one source only."""
        return [one for one in self.uses if one.sole or one.single]


def read_resilience(session: Session, standing: Standing) -> Resilience:
    """Whose inputs hang on one source, over listed firms."""
    having = select(ProductionLine.firm_id).distinct()
    firms = session.scalars(select(Firm.id).where(Firm.id.in_(having), Firm.listed == "listed"))
    every = seen_lines(session, standing, firms.all(), whole=True)
    seen = [one for one in every if may_see(one.reader, Field.LINE_INPUTS)]
    categories = {one.code: one for one in session.scalars(select(ShortfallCategory))}
    return Resilience(_uses(seen), _makers(seen, categories), seen, len(every) - len(seen))


def note_reading(session: Session, actor_id: int | None, resilience: Resilience) -> None:
    """Many sole sources together say more than each does, so whoever reads them leaves a trace."""
    record(session, actor_id, "resilience.read", "resilience", None, lines=len(resilience.seen))


def _makers(seen: Iterable[SeenLine], categories: Mapping[str, ShortfallCategory]) -> list[Makers]:
    by_need: dict[str, list[SeenLine]] = defaultdict(list)
    for one in seen:
        by_need[one.line.category_code].append(one)
    found = [_made(categories[code], lines) for code, lines in by_need.items()]
    return sorted(found, key=lambda one: (-(one.concentration or 0), one.category.code))


def _made(category: ShortfallCategory, lines: list[SeenLine]) -> Makers:
    rates: dict[int, float] = defaultdict(float)
    unstated = 0
    for one in lines:
        made = _converted(one.rates[0] if one.rates else None, one.line.unit, category.unit)
        if made is None:
            unstated += 1
        else:
            rates[one.line.firm_id] += made
    total = sum(rates.values())
    largest = max(rates.values()) / total if total else None
    return Makers(category, len(rates), unstated, concentration(rates.values()), largest)


def _converted(figure: Decimal | None, unit: str | None, to: str | None) -> float | None:
    """None for what is not stated, or is stated in units of another kind."""
    if figure is None or unit is None or to is None:
        return None
    try:
        return convert(float(figure), unit, to)
    except (UnitsDiffer, UnknownUnit):
        return None


def _uses(seen: Iterable[SeenLine]) -> list[Uses]:
    groups: dict[str, list[LineInput]] = defaultdict(list)
    lines = {one.line.id: one.line for one in seen}
    for line in lines.values():
        for item in line.inputs:
            groups[item.category_code or (item.name_en or item.name_fr or "").casefold()].append(
                item
            )
    found = [_use(items, lines) for items in groups.values()]
    return sorted(found, key=lambda one: (-one.sole, -one.single, -one.lines, one.name_in("en")))


def _use(items: list[LineInput], lines: dict[int, ProductionLine]) -> Uses:
    users = [lines[item.line_id] for item in items]
    by_sourcing: dict[str | None, set[int]] = defaultdict(set)
    for item in items:
        by_sourcing[item.sourcing].add(item.line_id)
    suppliers = {item.supplier_firm_id or item.supplier_name for item in items} - {None}
    return Uses(
        category=items[0].category,
        named=items[0],
        lines=len({line.id for line in users}),
        firms=len({line.firm_id for line in users}),
        suppliers=len(suppliers),
        sole=len(by_sourcing["sole"]),
        single=len(by_sourcing["single"]),
        several=len(by_sourcing["several"]),
        unstated=len(by_sourcing[None]),
        needs=sorted({line.category_code for line in users}),
        concentration=_supplied(items),
    )


def _supplied(items: list[LineInput]) -> float | None:
    """Concentration of what suppliers bring, as the lines that they bring it to state it."""
    brought: dict[int | str, float] = defaultdict(float)
    for item in items:
        supplier = item.supplier_firm_id or item.supplier_name
        rate = _converted(item.supplier_rate_per_month, item.unit, items[0].unit)
        if supplier and rate is not None:
            brought[supplier] += rate
    return concentration(brought.values())
