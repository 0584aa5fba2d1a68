"""Lines with what other registered firms make for them, so that each line is counted once.

An input that names a firm of the registry comes from that firm's lines of the input's category, as
far as the reader may know their figures, and then what the supplier's lines state counts and not
what the buyer says of them. Where the firm has no such line, or none that the reader may know, the
buyer's statement stands, as in `lines`.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, selectinload

from matching.capacity import UNITS, Case, Input, Line, Need, Scenario, Step, convert
from registry.capabilities.models import LineInput, ProductionLine
from registry.capabilities.seen import SeenLine, seen_lines
from registry.coverage.lines import Facts, LeftOut, input_unit, item_of, read_lines
from registry.firms.models import Firm
from registry.visibility.readers import Standing

TIERS = 6  # of suppliers that are followed: each costs a fixed number of queries

POOL = "firm:"
Pool = tuple[int, str]  # a firm and the category of what it makes for others


@dataclass(frozen=True)
class Network:
    """Lines by their keys, linked; `makers` make what is needed, the others what those need.

    `category` is what is needed, "" where that is nothing or several. `reached` are the suppliers'
    lines as the reader may know them, figures or not.
    """

    category: str
    facts: Mapping[str, Facts]
    makers: tuple[str, ...]
    firms: Mapping[int, Firm]
    seen: Sequence[SeenLine]
    reached: Sequence[SeenLine]
    left_out: Sequence[LeftOut]
    givers: Mapping[int, tuple[str, ...]]  # of an input by its number, the lines that make it

    def scenario(
        self, months: int, step: Step, case: Case, needs: tuple[Need, ...] = ()
    ) -> Scenario:
        """All lines in the case that it will be asked for, the makers alone serving needs."""
        every = list(self.facts.values())
        return Scenario(
            months,
            needs,
            tuple(facts.line_in(case) for facts in every),
            tuple(source for facts in every for source in facts.sources),
            tuple(stock for facts in every for stock in facts.stocks),
            step=step,
        )

    def without(self, stopped: Collection[str]) -> "Network":
        """The same when these lines make nothing."""
        kept = {key: facts for key, facts in self.facts.items() if key not in stopped}
        makers = tuple(key for key in self.makers if key not in stopped)
        return replace(self, facts=kept, makers=makers)

    def serving(self, codes: Collection[str]) -> "Network":
        """Only the lines that make any of these, and those that they are supplied by."""
        makers = [key for key in self.makers if set(self.facts[key].line.makes) & set(codes)]
        kept, reached = set(makers), list(makers)
        while reached:
            items = self.facts[reached.pop()].items.values()
            new = {key for item in items for key in self.givers.get(item.id, ())} - kept
            kept |= new
            reached += sorted(new)
        facts = {key: one for key, one in self.facts.items() if key in kept}
        return replace(self, facts=facts, makers=tuple(makers))

    @property
    def suppliers(self) -> list[Facts]:
        """The lines of other firms, or of other categories, that make inputs."""
        return [facts for key, facts in self.facts.items() if key not in self.makers]


def read_network(session: Session, standing: Standing, code: str, day: dt.date) -> Network:
    """The listed lines of a category and, tier after tier, those that make their inputs."""
    firms = listed_makers(session, code)
    seen = seen_lines(session, standing, firms, code, whole=True)
    return with_suppliers(session, standing, firms, seen, {code: None}, day)


def with_suppliers(
    session: Session,
    standing: Standing,
    firms: dict[int, Firm],
    seen: Sequence[SeenLine],
    needed: Mapping[str, str | None],
    day: dt.date,
    known: Callable[[SeenLine], bool] = lambda _one: True,
) -> Network:
    """These lines, which serve what is needed, and, tier after tier, those that supply them.

    `needed` has categories with the unit of the need; a line counted otherwise does not serve it,
    and one that serves nothing is no maker. A supplier's line that is not `known` is as one whose
    figures the reader may not see: the buyer's statement stands. `firms` are those of `seen`; the
    suppliers are added.
    """
    read, left_out = read_lines(seen, day)
    reached, found = [], {facts.line.key: facts for facts in read}
    asked: set[Pool] = set()
    for _tier in range(TIERS):
        wanted = _pools(found.values()) - asked
        if not wanted:
            break
        asked |= wanted
        suppliers = _listed(session, {firm for firm, _category in wanted})
        firms.update(suppliers)
        new = [
            one
            for one in seen_lines(session, standing, suppliers, whole=True)
            if str(one.line.id) not in found
            and any((one.line.firm_id, made) in wanted for made in _made(one.line))
        ]
        more, wrong = read_lines(filter(known, new), day)
        reached += new
        left_out += wrong
        found.update((facts.line.key, facts) for facts in more)
    serves = {facts.line.key: _serves(facts.line, needed) for facts in read}
    linked, givers = _linked(found, serves)
    makers = tuple(key for key, met in serves.items() if met)
    category = next(iter(needed)) if len(needed) == 1 else ""
    return Network(category, linked, makers, firms, seen, reached, left_out, givers)


def _serves(line: Line, needed: Mapping[str, str | None]) -> tuple[str, ...]:
    """What a line makes of what is needed, as far as it is counted alike."""
    units = ((code, needed[code]) for code in line.makes if code in needed)
    alike = UNITS[line.unit].of
    return tuple(code for code, unit in units if unit is None or UNITS[unit].of == alike)


def read_all(session: Session, standing: Standing, day: dt.date) -> Network:
    """Every listed line that the reader may know, none of them for a need."""
    having = select(ProductionLine.firm_id).distinct()
    firms = {firm.id: firm for firm in session.scalars(_listed_of(Firm.id.in_(having)))}
    seen = seen_lines(session, standing, firms, whole=True)
    read, left_out = read_lines(seen, day)
    linked, givers = _linked({facts.line.key: facts for facts in read}, {})
    return Network("", linked, (), firms, seen, (), left_out, givers)


def listed_makers(session: Session, code: str) -> dict[int, Firm]:
    """The listed firms with a line of the category, by their numbers."""
    having = select(ProductionLine.firm_id).where(ProductionLine.category_code == code)
    return {firm.id: firm for firm in session.scalars(_listed_of(Firm.id.in_(having)))}


def _listed(session: Session, numbers: Collection[int]) -> dict[int, Firm]:
    return {firm.id: firm for firm in session.scalars(_listed_of(Firm.id.in_(numbers)))}


def _listed_of(these: ColumnElement[bool]) -> Select[Firm]:
    """Firms of which the condition holds, with their names, if they are listed."""
    return select(Firm).where(these, Firm.listed == "listed").options(selectinload(Firm.names))


def _made(line: ProductionLine) -> Iterator[str]:
    yield line.category_code
    yield from line.further_categories


def _pool(item: LineInput) -> Pool | None:
    """Whose lines of which category an input names; None if it names none of the registry."""
    if item.supplier_firm_id is None or item.category_code is None or not item.units_per_unit:
        return None
    return item.supplier_firm_id, item.category_code


def _pools(found: Iterable[Facts]) -> set[Pool]:
    inputs = (item for facts in found for item in facts.seen.line.inputs)
    return {pool for item in inputs if (pool := _pool(item)) is not None}


def _linked(
    found: Mapping[str, Facts], serves: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, Facts], dict[int, tuple[str, ...]]]:
    """The lines with their inputs led to whoever makes them, and who that is by input.

    `serves` has the needs that a line meets, by its key; the others meet none.
    """
    sellers: dict[Pool, list[Facts]] = defaultdict(list)
    for facts in found.values():
        for category in _made(facts.seen.line):
            sellers[facts.seen.line.firm_id, category].append(facts)
    links = {key: dict(_links(facts, sellers)) for key, facts in found.items()}
    _cut_circles(links, sellers)
    sold: dict[str, list[str]] = defaultdict(list)
    for pool in {pool for of_line in links.values() for pool in of_line.values()}:
        for facts in sellers[pool]:
            sold[facts.line.key].append(_name(pool))
    linked = {
        key: _led(facts, links[key], serves.get(key, ()) + tuple(sorted(sold[key])))
        for key, facts in found.items()
    }
    givers = {
        item: tuple(facts.line.key for facts in sellers[pool])
        for of_line in links.values()
        for item, pool in of_line.items()
    }
    return linked, givers


def _name(pool: Pool) -> str:
    return f"{POOL}{pool[0]}:{pool[1]}"


def is_pool(item: str) -> bool:
    """Whether the planner's name of an input stands for what a firm of the registry makes."""
    return item.startswith(POOL)


def _links(facts: Facts, sellers: Mapping[Pool, list[Facts]]) -> Iterator[tuple[int, Pool]]:
    """The inputs of a line, by number, that come from lines known here and counted alike."""
    for item in facts.seen.line.inputs:
        pool = _pool(item)
        if pool is None:
            continue
        of = UNITS[input_unit(item)].of
        lines = sellers.get(pool, [])
        others = [one for one in lines if one.line.key != facts.line.key]
        alike = all(UNITS[one.line.unit].of == of for one in others)
        if others and len(others) == len(lines) and alike:
            yield item.id, pool


def _cut_circles(links: dict[str, dict[int, Pool]], sellers: Mapping[Pool, list[Facts]]) -> None:
    """Whoever would in the end supply itself keeps what it states of its suppliers."""
    while True:
        needs = {
            key: {facts.line.key for pool in of_line.values() for facts in sellers[pool]}
            for key, of_line in links.items()
        }
        try:
            TopologicalSorter(needs).prepare()
        except CycleError as circle:
            for key in circle.args[1]:
                links[key] = {}
        else:
            return


def _led(facts: Facts, links: Mapping[int, Pool], makes: tuple[str, ...]) -> Facts:
    """The line with linked inputs under the names of their pools, and what it makes for others."""
    renamed = {
        item_of(item): _name(links[item.id]) for item in facts.items.values() if item.id in links
    }
    inputs: dict[str, Input] = {}
    for one in facts.line.inputs:
        name = renamed.get(one.item, one.item)
        before = inputs.get(name)
        if before is not None:  # two inputs of one firm and category, such as bodies and bands
            more = before.ratio + convert(one.ratio, one.unit, before.unit)
            inputs[name] = replace(before, ratio=more)
        else:
            inputs[name] = replace(one, item=name)
    return replace(
        facts,
        line=replace(facts.line, makes=makes, inputs=tuple(inputs.values())),
        sources=tuple(one for one in facts.sources if one.item not in renamed),
        stocks=tuple(replace(one, item=renamed.get(one.item, one.item)) for one in facts.stocks),
        items={renamed.get(name, name): item for name, item in facts.items.items()},
        unsure=tuple(item for item in facts.unsure if item_of(item) not in renamed),
    )
