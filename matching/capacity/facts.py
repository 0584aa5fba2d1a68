"""What the planner knows of lines, inputs, needs and contracts; frozen, of no store.

Time is in months from the day of the scenario; month t is the time from t - 1 to t. Rates are good
units a month at the end of the line, yield included. Unknown is a value: a figure that is None was
not stated. How an unknown figure is read in each case is said where it is read, and nowhere is it
taken for zero in a case that is called likely.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from math import inf, isfinite

# From the weakest to the strongest, as the registry records them.
EVIDENCE = ("declared", "documented", "site-verified", "delivered")


class Contradiction(ValueError):
    """Figures that cannot all be true; carries the subject's key and a code for the rule."""

    def __init__(self, subject: str, code: str) -> None:
        super().__init__(f"{subject}: {code}")
        self.subject, self.code = subject, code


class Case(StrEnum):
    """LOW counts what is proven, BASE what is stated, HIGH what may be hoped for."""

    LOW = "low"
    BASE = "base"
    HIGH = "high"


class Step(IntEnum):
    """How far up its ramp a line is allowed to go."""

    CURRENT = 0  # stays as it is
    RATED = 1  # existing plant, full shifts
    SURGE = 2  # after the stated investment


@dataclass(frozen=True)
class Range:
    """One figure in the three cases.

    The names are those of cases, not of sizes: of a delay or a cost, `low` is the largest figure,
    since that is what the low case must reckon with.
    """

    low: float
    base: float
    high: float

    def __post_init__(self) -> None:
        if not all(isfinite(figure) and figure >= 0 for figure in self.figures):
            raise Contradiction("range", "not-a-quantity")

    @classmethod
    def exactly(cls, figure: float) -> "Range":
        """A figure without a range: all three cases are equal."""
        return cls(figure, figure, figure)

    @property
    def figures(self) -> tuple[float, float, float]:
        """Low, base, high."""
        return self.low, self.base, self.high

    def at(self, case: Case) -> float:
        """The figure in this case."""
        return self.figures[tuple(Case).index(case)]


@dataclass(frozen=True)
class Trigger:
    """What opens a step: an order at least this large over at least this many months.

    `capital` is what the step costs to build (in dollars), `jobs` what it adds, each None when not
    stated; `paid` says that the capital is paid for otherwise, so that no order is needed.
    """

    order: float = 0.0  # in the line's unit
    term: float = 0.0
    capital: Range | None = None
    jobs: Range | None = None
    paid: bool = False


@dataclass(frozen=True)
class Input:
    """One finished unit takes `ratio` of `item`, measured in `unit`."""

    item: str
    ratio: float
    unit: str
    sole_source: bool | None = None  # nobody else makes it; None when not stated

    def __post_init__(self) -> None:
        if not 0 < self.ratio < inf:
            raise Contradiction(self.item, "ratio-not-positive")


@dataclass(frozen=True)
class Line:
    """A production line of one firm.

    `makes` are the items (categories, or inputs of other lines) that it can turn to, one at a time.
    `committed` is a rate already sold, until month `committed_until`. Rates rise from current to
    rated to surge; `to_rated` and `to_surge` count months from the day a contract takes effect. A
    `rated_trigger` of None means that any contract fills the existing plant; a `surge_trigger` of
    None that what would justify the investment was not stated, and then no contract opens it.
    """

    key: str
    firm: str
    makes: tuple[str, ...]
    unit: str
    current: Range | None = None
    rated: Range | None = None
    surge: Range | None = None
    to_rated: Range | None = None
    to_surge: Range | None = None
    committed: Range | None = None
    committed_until: Range | None = None
    rated_trigger: Trigger | None = None
    surge_trigger: Trigger | None = None
    inputs: tuple[Input, ...] = ()
    region: str | None = None
    evidence: str = EVIDENCE[0]
    as_of: dt.date | None = None

    def __post_init__(self) -> None:
        if self.evidence not in EVIDENCE:
            raise Contradiction(self.key, "evidence-unknown")
        for case in range(3):
            rates = _stated((self.current, self.rated, self.surge), case)
            months = _stated((self.to_rated, self.to_surge), case)
            if rates != sorted(rates) or months != sorted(months):
                raise Contradiction(self.key, "steps-out-of-order")
        for figure in (self.current, self.rated, self.surge):
            if figure and not figure.low <= figure.base <= figure.high:
                raise Contradiction(self.key, "range-out-of-order")
        for figure in (self.to_rated, self.to_surge, self.committed, self.committed_until):
            if figure and not figure.low >= figure.base >= figure.high:
                raise Contradiction(self.key, "range-out-of-order")

    def trigger(self, step: Step) -> Trigger | None:
        """What opens a step above the current one."""
        return self.rated_trigger if step is Step.RATED else self.surge_trigger


@dataclass(frozen=True)
class Source:
    """A supplier outside the registry: `rate` of `item` a month, the first after `lead` months."""

    key: str
    item: str
    unit: str
    rate: Range | None = None
    lead: Range | None = field(default_factory=lambda: Range.exactly(0))


@dataclass(frozen=True)
class Stock:
    """Units of an input on hand on day 0, for every line or, if named, for one."""

    item: str
    quantity: float
    unit: str
    line: str | None = None


@dataclass(frozen=True)
class SharedLimit:
    """A crew or a press that several lines of a firm share: their output together, per month."""

    key: str
    lines: tuple[str, ...]
    rate: Range
    unit: str


@dataclass(frozen=True)
class Need:
    """Units of `item` wanted by the end of each month in `by`, cumulative.

    `source` is where an unclassified planning figure came from.
    """

    key: str
    item: str
    unit: str
    by: tuple[tuple[int, float], ...]
    priority: float = 1.0
    source: str = ""

    def __post_init__(self) -> None:
        months = [month for month, _ in self.by]
        wanted = [quantity for _, quantity in self.by]
        if not self.by or months != sorted(set(months)) or months[0] < 1:
            raise Contradiction(self.key, "dates-out-of-order")
        if wanted != sorted(wanted) or not 0 < wanted[0] < inf or not isfinite(wanted[-1]):
            raise Contradiction(self.key, "quantities-out-of-order")
        if not 0 < self.priority < inf:
            raise Contradiction(self.key, "priority-not-positive")


@dataclass(frozen=True)
class Contract:
    """An order that could be placed with one line: `quantity` over `term` months from `start`.

    `price` is for all of it, in dollars, paid evenly over the term; `capital_share` (0 to 1) of the
    capital of the steps that it opens is borne by the buyer and paid at the start.
    """

    key: str
    line: str
    quantity: float
    unit: str
    term: int
    start: int = 0
    price: float | None = None
    capital_share: float = 0.0

    def __post_init__(self) -> None:
        if self.quantity <= 0 or self.term < 1 or self.start < 0:
            raise Contradiction(self.key, "contract-empty")
        if not 0 <= self.capital_share <= 1:
            raise Contradiction(self.key, "share-out-of-range")


@dataclass(frozen=True)
class Limits:
    """What a portfolio must respect; None where there is no such limit.

    `budget` is for everything, `yearly` for each year from day 0 (years beyond it have nothing).
    `firm_share` and `region_share` bound a firm's or region's share of the value signed.
    `required` is the coverage (0 to 1) that must be reached, and then cost is what is minimised;
    `survive` the coverage that must remain whichever single firm or outside source is lost.
    """

    budget: float | None = None
    yearly: tuple[float, ...] | None = None
    firm_share: float | None = None
    region_share: float | None = None
    required: float | None = None
    survive: float | None = None


@dataclass(frozen=True)
class Scenario:
    """One set of needs and of what could meet them, over `months` months.

    `signed` contracts are in force; every other line goes as far as `step`, from day 0.
    """

    months: int
    needs: tuple[Need, ...]
    lines: tuple[Line, ...]
    sources: tuple[Source, ...] = ()
    stocks: tuple[Stock, ...] = ()
    shared: tuple[SharedLimit, ...] = ()
    signed: tuple[Contract, ...] = ()
    step: Step = Step.CURRENT

    def __post_init__(self) -> None:
        for rows in (self.needs, self.lines, self.sources, self.shared, self.signed):
            _check_unique(row.key for row in rows)
        _check_unique(contract.line for contract in self.signed)
        known = {line.key for line in self.lines}
        named = [contract.line for contract in self.signed]
        named += [line for shared in self.shared for line in shared.lines]
        named += [stock.line for stock in self.stocks if stock.line is not None]
        for line in named:
            if line not in known:
                raise Contradiction(line, "line-missing")
        if any(need.by[-1][0] > self.months for need in self.needs):
            raise Contradiction("scenario", "date-beyond-horizon")


@dataclass(frozen=True)
class Assumption:
    """Something a result rests on: a code to word it by, whom it is about, and its figures.

    `figures` are named, so that a sentence in either language can take them in any order.
    """

    code: str
    subject: str
    figures: tuple[tuple[str, float], ...] = ()


def _stated(figures: Iterable[Range | None], case: int) -> list[float]:
    return [figure.figures[case] for figure in figures if figure is not None]


def _check_unique(keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise Contradiction(key, "named-twice")
        seen.add(key)
