"""Who supplies whom for a category, drawn as a graph, and who stops if one of them stops."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matching.capacity import Input, Line, Loss, Scenario, Source, Step, rounds
from registry.audit.service import record
from registry.capabilities.models import LineInput, ProductionLine
from registry.coverage.lines import item_of
from registry.coverage.network import Network
from registry.coverage.plan import chains_in, plan_of
from registry.firms.models import Firm

Floats = NDArray[np.float64]

FIRM, OUTSIDE = "firm", "outside"  # how the names of suppliers begin
MEASURE = "each"  # who stops does not depend on quantities


@dataclass(frozen=True)
class Supplier:
    """A firm of the registry, or one outside it as a line's firm names it."""

    firm: Firm | None
    name: str
    country: str | None

    @property
    def key(self) -> str:
        """How an address refers to it."""
        if self.firm is not None:
            return f"{FIRM}:{self.firm.id}"
        return f"{OUTSIDE}:{self.name.casefold()}"


@dataclass(frozen=True)
class Node:
    """A line, or a supplier of which no line is known here."""

    key: str
    supplier: Supplier
    line: ProductionLine | None


@dataclass(frozen=True)
class Link:
    """The inputs that go from one node to a line."""

    giver: str
    taker: str
    items: tuple[LineInput, ...]

    @property
    def sole(self) -> bool:
        """Whether the taker says that there is no other source of one of them."""
        return any(item.sourcing == "sole" for item in self.items)

    @property
    def single(self) -> bool:
        """Whether it has one of them from here alone, though others exist."""
        return not self.sole and any(item.sourcing == "single" for item in self.items)


@dataclass(frozen=True)
class Use:
    """One input of a line, for the list: who it comes from, None where that is not stated."""

    line: ProductionLine
    item: LineInput
    suppliers: tuple[Supplier, ...]


@dataclass(frozen=True)
class SupplyChain:
    """Nodes by their keys and the links between them; `makers` are the nodes of the category."""

    network: Network
    nodes: Mapping[str, Node]
    links: tuple[Link, ...]
    uses: tuple[Use, ...]
    makers: tuple[str, ...]

    @property
    def sole(self) -> list[Use]:
        """The inputs of which only one source exists."""
        return [use for use in self.uses if use.item.sourcing == "sole"]

    def supplier(self, key: str) -> Supplier | None:
        """Whom an address refers to; None if they have no part in this."""
        found = (node.supplier for node in self.nodes.values())
        return next((one for one in found if one.key == key), None)


@dataclass(frozen=True)
class Stopped:
    """Who stops with a supplier, round by round, and what remains of the category's likely output.

    `before` and `after` are cumulative from day 0 on, (MONTHS + 1,).
    """

    supplier: Supplier
    rounds: tuple[tuple[ProductionLine, ...], ...]
    before: Floats
    after: Floats

    @property
    def lines(self) -> list[ProductionLine]:
        return [line for of_round in self.rounds for line in of_round]


def supply_chain_of(network: Network) -> SupplyChain:
    """The graph of all lines of a network and of everyone whom they name as a supplier."""
    nodes = {
        _line_key(key): Node(_line_key(key), _firm_of(network, facts.seen.line), facts.seen.line)
        for key, facts in network.facts.items()
    }
    by_pair: dict[tuple[str, str], list[LineInput]] = {}
    uses = []
    for key, facts in network.facts.items():
        for item in facts.seen.line.inputs:
            givers = list(_givers(network, item))
            uses.append(Use(facts.seen.line, item, _distinct(node.supplier for node in givers)))
            for node in givers:
                nodes.setdefault(node.key, node)
                by_pair.setdefault((node.key, _line_key(key)), []).append(item)
    links = tuple(Link(*pair, tuple(items)) for pair, items in sorted(by_pair.items()))
    return SupplyChain(network, nodes, links, tuple(uses), tuple(map(_line_key, network.makers)))


def stopped_by(
    category: Network, every: Network, supplier: Supplier, step: Step = Step.SURGE
) -> Stopped:
    """What follows when a supplier stops, among all lines that the reader may know.

    A line stops with an input, unless its firm has the input from several suppliers. Stocks are
    left out: they delay a stop and do not prevent it.
    """
    found = rounds(_who_needs_whom(every), list(_losses(every, supplier)))
    gone = {key for of_round in found for key in of_round}
    lines = (tuple(every.facts[key].seen.line for key in of_round) for of_round in found)
    before, after = (
        plan_of(network, step, chains_in(network, step)).base
        for network in (category, category.without(gone))
    )
    return Stopped(supplier, tuple(one for one in lines if one), before, after)


def note_reading(
    session: Session, actor_id: int | None, network: Network, supplier: Supplier | None
) -> None:
    """Whoever reads who depends on whom leaves a trace."""
    record(
        session,
        actor_id,
        "supply-chain.read",
        "resilience",
        None,
        category=network.category,
        lines=len(network.facts),
        supplier=supplier.key if supplier else None,
    )


def _line_key(key: str) -> str:
    return f"line:{key}"


def _firm_of(network: Network, line: ProductionLine) -> Supplier:
    firm = network.firms[line.firm_id]
    return Supplier(firm, firm.name, None)


def _outside(item: LineInput) -> Supplier | None:
    """Whom a line's firm names, as far as that is known here: perhaps a firm of the registry."""
    if item.supplier_firm is not None:
        return Supplier(item.supplier_firm, item.supplier_firm.name, None)
    if item.supplier_name is not None:
        return Supplier(None, item.supplier_name, item.supplier_country)
    return None


def _givers(network: Network, item: LineInput) -> Iterator[Node]:
    """The lines that make an input, else whoever is named as its supplier."""
    lines = network.givers.get(item.id, ())
    for key in lines:
        line = network.facts[key].seen.line
        yield Node(_line_key(key), _firm_of(network, line), line)
    if not lines and (named := _outside(item)) is not None:
        yield Node(named.key, named, None)


def _distinct(suppliers: Iterable[Supplier]) -> tuple[Supplier, ...]:
    return tuple({one.key: one for one in suppliers}.values())


def _who_needs_whom(network: Network) -> Scenario:
    """Lines and their inputs without quantities, each input by itself."""
    gives: dict[str, list[str]] = {key: [] for key in network.facts}
    sources: list[Source] = []
    for facts in network.facts.values():
        for item in facts.seen.line.inputs:
            name, lines = item_of(item), network.givers.get(item.id, ())
            for key in lines:
                gives[key].append(name)
            if not lines and _outside(item) is not None:
                sources.append(Source(name, name, MEASURE))
            if item.sourcing == "several":
                sources.append(Source(f"others of {name}", name, MEASURE))
    every = tuple(
        Line(
            key,
            str(facts.seen.line.firm_id),
            tuple(gives[key]),
            MEASURE,
            inputs=tuple(Input(item_of(one), 1.0, MEASURE) for one in facts.seen.line.inputs),
        )
        for key, facts in network.facts.items()
    )
    return Scenario(1, (), every, tuple(sources))


def _losses(network: Network, supplier: Supplier) -> Iterator[Loss]:
    """What is lost with a supplier: its own lines, and what it sends without a line known here."""
    if supplier.firm is not None:
        yield Loss("firm", str(supplier.firm.id))
    for facts in network.facts.values():
        for item in facts.seen.line.inputs:
            named = _outside(item)
            if named is not None and named.key == supplier.key and item.id not in network.givers:
                yield Loss("source", item_of(item))
