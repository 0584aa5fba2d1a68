"""Needs that a reader enters beside the output: planning figures, which are not kept."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registry.capabilities.fields import Figure, Stated, Text, Whole
from registry.capabilities.rules import MOST
from registry.coverage.plan import MONTHS
from registry.coverage.typed import Typed, read_typed
from registry.i18n import gettext as _

Floats = NDArray[np.float64]

SCENARIOS = ("", "other_")  # how the fields of each begin
ROWS = ("", "_2", "_3")  # and how those of each date end
LONGEST_SOURCE = 300


@dataclass(frozen=True)
class Asked:
    """So many units by the end of each month, cumulative; `source` is empty if it was not said."""

    by: tuple[tuple[int, float], ...]
    source: str

    @property
    def last(self) -> tuple[int, float]:
        return self.by[-1]

    def wanted(self) -> Floats:
        """In straight lines between the dates and no more after the last, (MONTHS + 1,)."""
        months, units = zip((0, 0.0), *self.by, strict=True)
        return np.interp(np.arange(MONTHS + 1.0), months, units)


def read_asked(sent: Mapping[str, str]) -> tuple[Typed, list[Asked]]:
    """What was typed, and the needs in it; none while anything is wrong."""
    fields: dict[str, Stated] = {}
    for scenario in SCENARIOS:
        for row in ROWS:
            fields[f"{scenario}quantity{row}"] = Figure(1, MOST, 3)
            fields[f"{scenario}month{row}"] = Whole(1, MONTHS)
        fields[f"{scenario}source"] = Text(LONGEST_SOURCE)
    typed = read_typed(sent, fields)
    for scenario in SCENARIOS:
        _find_faults(typed, scenario)
    if typed.errors:
        return typed, []
    found = (_asked(typed, scenario) for scenario in SCENARIOS)
    return typed, [one for one in found if one is not None]


def _find_faults(typed: Typed, scenario: str) -> None:
    """A quantity without a date or the reverse, a date named twice, less by a later date."""
    by: dict[int, float] = {}
    for row in ROWS:
        names = f"{scenario}quantity{row}", f"{scenario}month{row}"
        if typed.errors.keys() & set(names):
            continue
        quantity, month = (typed.values[name] for name in names)
        if quantity is None and month is None:
            continue
        if quantity is None:
            typed.errors[names[0]] = _("Write how many are needed, such as 60000.")
        elif month is None:
            typed.errors[names[1]] = _("Write by which month, from 1 to %(most)s.", most=MONTHS)
        elif month in by:
            typed.errors[names[1]] = _("This month is above already: write each month once.")
        elif any((month - other) * (float(quantity) - units) < 0 for other, units in by.items()):
            typed.errors[names[0]] = _(
                "Write how many are needed in all by that month: by a later month at least as many."
            )
        else:
            by[month] = float(quantity)


def _asked(typed: Typed, scenario: str) -> Asked | None:
    by = {
        typed.values[f"{scenario}month{row}"]: float(typed.values[f"{scenario}quantity{row}"])
        for row in ROWS
        if typed.values[f"{scenario}month{row}"] is not None
    }
    return Asked(tuple(sorted(by.items())), typed.values[f"{scenario}source"] or "") if by else None
