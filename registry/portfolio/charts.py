"""The charts of a result: before and after, the range, and what is needed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registry.coverage import chart
from registry.i18n import gettext as _
from registry.portfolio.story import Story
from registry.web import number

Floats = NDArray[np.float64]
EVERY = 6  # months between two rows of the table beside a chart


@dataclass(frozen=True)
class NeedChart:
    """One need of a result: cumulative units from day 0 to `horizon`, (horizon + 1,) each."""

    key: str
    what: str
    unit: str
    source: str
    horizon: int
    before: Floats
    after: Floats
    low: Floats
    high: Floats
    needed: Floats
    dates: list[dict[str, Any]]  # what comes by each date of the need

    @property
    def months(self) -> list[int]:
        """The months that the table beside the chart shows."""
        dates = {int(one["month"]) for one in self.dates}
        return sorted({*range(EVERY, self.horizon + 1, EVERY), *dates})

    @property
    def title(self) -> str:
        return _("%(what)s with and without the contracts, cumulative", what=self.what)

    @property
    def about(self) -> str:
        """The chart for those who do not see it."""
        return _(
            "By month %(month)s %(after)s come with the contracts and %(before)s without, of "
            "%(needed)s needed. The table below holds every figure.",
            month=self.horizon,
            after=number(self.after[-1]),
            before=number(self.before[-1]),
            needed=number(self.needed[-1]),
        )

    @property
    def caption(self) -> str:
        if self.drawing.thousands:
            return _(
                "Cumulative, in thousands of %(unit)s. Areas: without the contracts, and what they "
                "add. Dotted: low and high with them.",
                unit=self.unit,
            )
        return _(
            "Cumulative, in %(unit)s. Areas: without the contracts, and what they add. Dotted: low "
            "and high with them.",
            unit=self.unit,
        )

    @property
    def drawing(self) -> chart.Drawing:
        more = np.maximum(self.after - self.before, 0.0)
        areas = [("a3", _("without"), self.after - more), ("a2", _("added"), more)]
        strokes = [
            ("band", _("high"), self.high),
            ("base", _("with"), self.after),
            ("band", _("low"), self.low),
            ("now", _("without"), self.before),
            ("need", _("need"), self.needed),
        ]
        return chart.draw(
            [chart.Series(*one) for one in areas], [chart.Series(*one) for one in strokes]
        )


def charts_of(story: Story) -> list[NeedChart]:
    """One for each need."""
    return [_chart(story, str(place), need) for place, need in enumerate(story.needs)]


def _chart(story: Story, key: str, need: dict[str, Any]) -> NeedChart:
    horizon = max(12, int(need["by"][-1][0]))
    curves = {
        name: np.array(story.answer["curves"][key][name][: horizon + 1])
        for name in ("before", "after", "low", "high")
    }
    months = [0, *(month for month, _quantity in need["by"]), horizon]
    wanted = [0.0, *(quantity for _month, quantity in need["by"]), need["by"][-1][1]]
    return NeedChart(
        key,
        story.need_title(key),
        story.unit_of(key),
        need["source"],
        horizon,
        needed=np.interp(np.arange(horizon + 1.0), months, wanted),
        dates=[one for one in story.answer["dates"] if one["need"] == key],
        **curves,
    )
