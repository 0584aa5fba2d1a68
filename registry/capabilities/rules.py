"""What must hold of one line's figures, stated once: database, model and schema all read it here.

An unknown figure breaks no rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

STEPS = ("current", "rated", "surge")
MOST = 10**9  # more of anything in a month is a mistake
MOST_CAD = 10**12
MOST_MONTHS = 600


def rate(step: str, level: str = "") -> str:
    """The column of a step's rate; `level` is `low`, `high` or, for the base figure, empty."""
    return f"{step}_rate_{level}_per_month" if level else f"{step}_rate_per_month"


RATES = tuple(rate(step, level) for step in STEPS for level in ("", "low", "high"))

# column -> (least, most)
LINE_BOUNDS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(RATES, (0, MOST)),
    "months_to_rated": (0, MOST_MONTHS),
    "months_to_surge": (0, MOST_MONTHS),
    "capital_low_cad": (0, MOST_CAD),
    "capital_high_cad": (0, MOST_CAD),
    "smallest_order_units": (0, MOST),
    "smallest_term_months": (0, MOST_MONTHS),
    "investment_order_units": (0, MOST),
    "investment_term_months": (0, MOST_MONTHS),
    "unit_price_low_cad": (0, MOST_CAD),
    "unit_price_high_cad": (0, MOST_CAD),
    "committed_share": (0, 1),
    "shifts_now_per_day": (0, 6),
    "shifts_most_per_day": (0, 6),
    "people_now": (0, 1_000_000),
    "people_needed": (0, 1_000_000),
    "floor_space_m2": (0, 100_000_000),
    "trl": (1, 9),
    "mrl": (1, 10),
}
INPUT_BOUNDS: dict[str, tuple[int, int]] = {
    "units_per_unit": (0, MOST),
    "supplier_rate_per_month": (0, MOST),
    "lead_time_weeks": (0, 2_000),
    "stock_days": (0, 100_000),
    "stock_units": (0, MOST),
}


@dataclass(frozen=True)
class Order:
    """One figure is at most another. Where several columns are named, the first stated counts."""

    name: str
    lower: tuple[str, ...]
    upper: tuple[str, ...]

    @property
    def sql(self) -> str:
        return f"{_first_stated(self.lower)} <= {_first_stated(self.upper)}"

    def holds(self, values: Mapping[str, Any]) -> bool:
        lower, upper = _value(values, self.lower), _value(values, self.upper)
        return lower is None or upper is None or bool(lower <= upper)


def _first_stated(columns: Sequence[str]) -> str:
    return f"coalesce({', '.join(columns)})" if len(columns) > 1 else columns[0]


def _value(values: Mapping[str, Any], columns: Sequence[str]) -> Decimal | int | None:
    return next((values[name] for name in columns if values.get(name) is not None), None)


def _range(name: str, low: str, high: str, base: str | None = None) -> list[Order]:
    """low <= base <= high, in whatever part is stated."""
    orders = [Order(f"{name}_range", (low,), (high,))]
    if base:
        orders += [
            Order(f"{name}_low", (low,), (base,)),
            Order(f"{name}_high", (base,), (high,)),
        ]
    return orders


def _growth(lower: str, upper: str) -> list[Order]:
    """No case, low, base or high, makes less after a step than before it."""
    return [
        Order(f"{lower}_{upper}", (rate(lower),), (rate(upper),)),
        *(
            Order(
                f"{lower}_{upper}_{level}",
                (rate(lower, level), rate(lower)),
                (rate(upper, level), rate(upper)),
            )
            for level in ("low", "high")
        ),
    ]


ORDERS: tuple[Order, ...] = (
    *_growth("current", "rated"),
    *_growth("rated", "surge"),
    *_growth("current", "surge"),
    *_range("current", rate("current", "low"), rate("current", "high"), rate("current")),
    *_range("rated", rate("rated", "low"), rate("rated", "high"), rate("rated")),
    *_range("surge", rate("surge", "low"), rate("surge", "high"), rate("surge")),
    *_range("capital", "capital_low_cad", "capital_high_cad"),
    *_range("unit_price", "unit_price_low_cad", "unit_price_high_cad"),
    Order("months", ("months_to_rated",), ("months_to_surge",)),
    Order("shifts", ("shifts_now_per_day",), ("shifts_most_per_day",)),
)

# What is no order between two figures: name -> SQL, which `broken_rules` says again in Python.
CAPITAL_SQL = (
    "surge_rate_per_month <= rated_rate_per_month or no_capital_reason is not null "
    "or coalesce(capital_high_cad, capital_low_cad, 0) > 0"
)
CUSTOMER_SQL = "committed_to is null or committed_to_allowed is true"


def broken_rules(values: Mapping[str, Any]) -> list[str]:
    """The names of the rules that a line's values, by column, break: those of the constraints."""
    broken = [name for name, bounds in LINE_BOUNDS.items() if not _within(values.get(name), bounds)]
    broken += [order.name for order in ORDERS if not order.holds(values)]
    if _needs_capital(values):
        broken.append("capital")
    if values.get("committed_to") is not None and values.get("committed_to_allowed") is not True:
        broken.append("customer")
    return broken


def _within(value: Decimal | int | None, bounds: tuple[int, int]) -> bool:
    return value is None or bounds[0] <= value <= bounds[1]


def _needs_capital(values: Mapping[str, Any]) -> bool:
    rated, surge = values.get(rate("rated")), values.get(rate("surge"))
    grows = rated is not None and surge is not None and surge > rated
    capital = _value(values, ("capital_high_cad", "capital_low_cad"))
    return grows and not capital and values.get("no_capital_reason") is None
