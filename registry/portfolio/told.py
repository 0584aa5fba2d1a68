"""The rows that a result is told in: contracts, other portfolios, scenarios, lines."""

import datetime as dt
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SignedContract:
    """One contract to sign, with why."""

    order: int
    line: dict[str, Any]
    firm: str
    product: str
    quantity: float
    unit: str
    term: int
    starts: dt.date
    price: float
    capital: float
    cost: float
    reasons: list[str]
    option: str
    edited: bool


@dataclass(frozen=True)
class Chosen:
    """Another portfolio beside the one that was chosen."""

    title: str
    coverage: str
    cost: str
    contracts: list[str]


@dataclass(frozen=True)
class LineRow:
    """Where the figures of one line come from."""

    firm: str
    firm_id: int
    product: str
    category: str
    figures: str
    inputs: list[str]
    stated_on: str
    evidence: str
    source: str


@dataclass(frozen=True)
class ScenarioRow:
    """One of several scenarios that the same contracts serve; coverage in words."""

    name: str
    weight: int
    before: str
    after: str
    range: str
