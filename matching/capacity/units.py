"""Units of quantity: they convert exactly or they refuse.

Masses convert into one another by definition (the international pound is 0.45359237 kg). Whatever
is counted converts only into itself: a round is no charge, and a kit is no set, however tempting.
"""

from typing import NamedTuple


class UnitsDiffer(ValueError):
    """Two quantities measure different things; carries both units."""

    def __init__(self, unit: str, other: str) -> None:
        super().__init__(f"{unit} does not convert to {other}")
        self.unit, self.other = unit, other


class UnknownUnit(ValueError):
    """A unit that the package does not know; carries it."""

    def __init__(self, unit: str) -> None:
        super().__init__(f"unknown unit: {unit}")
        self.unit = unit


class Measure(NamedTuple):
    """What a unit measures, and how many base units of that one unit is."""

    of: str
    factor: float


# Counted things, as shortfall categories name them; each is its own base unit.
COUNTED = (
    "each", "round", "charge", "set", "kit", "system", "vehicle", "vessel", "aircraft", "lot",
    "licence", "service", "labour_hour",
)  # fmt: skip

UNITS = {
    **{unit: Measure(unit, 1.0) for unit in COUNTED},
    "g": Measure("kg", 1e-3),
    "kg": Measure("kg", 1.0),
    "lb": Measure("kg", 0.45359237),
    "tonne": Measure("kg", 1e3),
}


def measure(unit: str) -> Measure:
    """What `unit` measures; raises UnknownUnit."""
    try:
        return UNITS[unit]
    except KeyError:
        raise UnknownUnit(unit) from None


def factor(unit: str, to: str) -> float:
    """How many `to` one `unit` is; raises UnitsDiffer or UnknownUnit."""
    one, other = measure(unit), measure(to)
    if one.of != other.of:
        raise UnitsDiffer(unit, to)
    return one.factor / other.factor


def convert(quantity: float, unit: str, to: str) -> float:
    """`quantity` of `unit` expressed in `to`; raises UnitsDiffer or UnknownUnit."""
    return quantity * factor(unit, to)
