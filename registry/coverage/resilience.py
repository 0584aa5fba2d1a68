"""Inputs that one supplier alone provides, over all lines that the reader may see."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

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

    def name_in(self, language: str) -> str:
        if self.category is not None:
            return self.category.title_in(language)
        return self.named.name_in(language)


@dataclass(frozen=True)
class Resilience:
    """The inputs of the lines seen, the most dependent first; `hidden` lines are not among them."""

    uses: list[Uses]
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
    return Resilience(_uses(seen), seen, len(every) - len(seen))


def note_reading(session: Session, actor_id: int | None, resilience: Resilience) -> None:
    """Many sole sources together say more than each does, so whoever reads them leaves a trace."""
    record(session, actor_id, "resilience.read", "resilience", None, lines=len(resilience.seen))


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
    )
