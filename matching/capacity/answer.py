"""What a search for contracts answers, and how hard it is asked to try."""

from dataclasses import dataclass
from enum import StrEnum

from matching.capacity.facts import Case
from matching.capacity.triggers import Effect
from matching.capacity.worth import Loss

ADDS, KEEPS = "adds-coverage", "keeps-coverage"


class Outcome(StrEnum):
    """How the search ended."""

    WITHIN_GAP = "within-gap"  # proven best, to the stated gap
    TIME = "out-of-time"  # the best found
    STOPPED = "stopped"  # by whoever watched
    INFEASIBLE = "infeasible"


@dataclass(frozen=True)
class Effort:
    """How hard to try: relative gap, seconds for the search, how many near alternatives.

    Thrift, alternatives, reasons and relaxations may each take a quarter of `seconds` more.
    """

    gap: float = 0.01
    seconds: float = 30.0
    alternatives: int = 2


@dataclass(frozen=True)
class Plan:
    """Some contracts with what they cost and cover."""

    contracts: tuple[str, ...]
    coverage: float
    cost: float


@dataclass(frozen=True)
class Reason:
    """Why a contract is in the portfolio, as data.

    `code` is "adds-coverage" (coverage falls by `loss` without it) or "keeps-coverage" (it is
    signed for the loss of another firm or source, or because limits ask for it). Where time did not
    allow to measure it, `exact` is False and at least `loss` would be lost. `meets` are needs and
    `feeds` inputs that its line makes.
    """

    code: str
    loss: float
    exact: bool
    meets: tuple[str, ...]
    feeds: tuple[str, ...]
    effect: Effect


@dataclass(frozen=True)
class Choice:
    """One contract to sign; `order` 1 is the first."""

    contract: str
    order: int
    cost: float
    reason: Reason


@dataclass(frozen=True)
class Relaxation:
    """What would have to give for the limits to be met, the others staying as they are.

    `limit` is a field of Limits, `amount` the least it must become in its own terms: the coverage
    or survival within reach, or the dollars that the budget (and each year's) must grow by; for a
    share, which is dropped, the largest share in the cheapest portfolio then.
    """

    limit: str
    amount: float
    contracts: tuple[str, ...]


@dataclass(frozen=True)
class Portfolio:
    """The answer, `plan` being empty if none was found within the limits.

    `bound` is proven: no portfolio covers more (or costs less, when cost is minimised), and `gap`
    is how far the plan is from it, relative to the plan; None where there is no plan. `before` is
    the coverage without any of the contracts, `seconds` how long the search took.

    `kept` is the coverage after the worst loss and which that is, in robust mode; `rules` what
    plain rules would have signed; `relaxations` are given when nothing meets the limits.
    """

    outcome: Outcome
    case: Case
    before: float
    plan: Plan
    seconds: float
    bound: float | None = None
    gap: float | None = None
    choices: tuple[Choice, ...] = ()
    kept: tuple[Loss | None, float] | None = None
    alternatives: tuple[Plan, ...] = ()
    rules: tuple[tuple[str, Plan], ...] = ()
    relaxations: tuple[Relaxation, ...] = ()
    fingerprint: str = ""
