"""A rate as a band: what an official without need to know is shown instead of the figure."""

from bisect import bisect_right
from decimal import Decimal

from sqlalchemy import ColumnElement, case, literal
from sqlalchemy.orm import InstrumentedAttribute

from registry.i18n import gettext as _
from registry.web import number

# Where each band begins, in units a month; the last one has no end.
STARTS = (0, 1, 10, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000)


def band_of(rate: Decimal | float) -> int:
    """The number of the band that a rate is in."""
    return bisect_right(STARTS, rate) - 1


def band_in_sql(rate: InstrumentedAttribute[Decimal | None]) -> ColumnElement[int | None]:
    """The same, told by the database, so that the figure itself never leaves it."""
    steps = [(rate < start, literal(band)) for band, start in enumerate(STARTS[1:])]
    return case((rate.is_(None), None), *steps, else_=literal(len(STARTS) - 1))


def band_in_words(band: int | None) -> str:
    """'100–499': the whole units that are in a band."""
    if band is None:
        return _("not stated")
    if band == 0:
        return _("under %(rate)s", rate=number(STARTS[1]))
    if band + 1 == len(STARTS):
        return _("%(rate)s or more", rate=number(STARTS[band]))
    return f"{number(STARTS[band])}–{number(STARTS[band + 1] - 1)}"
