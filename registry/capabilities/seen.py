"""Production lines with no more of their figures than the reader may see."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, raiseload, selectinload

from registry.capabilities.bands import band_in_sql, band_in_words
from registry.capabilities.models import LineInput, ProductionLine
from registry.firms.models import Firm
from registry.visibility.columns import only_seen
from registry.visibility.readers import Standing
from registry.visibility.table import Field, Reader, may_see
from registry.web import number

STEPS = (
    ProductionLine.current_rate_per_month,
    ProductionLine.rated_rate_per_month,
    ProductionLine.surge_rate_per_month,
)


@dataclass(frozen=True)
class SeenLine:
    """A line as `reader` may see it: hidden columns of `line` were not read, and raise.

    `rates` and `bands` are for now, for the existing plant and after investment, in that order;
    None in them is "not stated". At most one of the two is given.
    """

    line: ProductionLine
    reader: Reader
    rates: tuple[Decimal | None, ...] | None = None
    bands: tuple[int | None, ...] | None = None

    @property
    def states_rate(self) -> bool | None:
        """Whether the firm says what it makes today; None if the reader may not know."""
        steps = self.rates or self.bands
        return None if steps is None else steps[0] is not None

    def without_figures(self) -> "SeenLine":
        """The line as a visitor is shown it."""
        return SeenLine(self.line, Reader.VISITOR)

    def steps_in_words(self) -> list[str]:
        """Its three rates or their bands; none for a reader who may know neither."""
        if self.rates is not None:
            return [number(rate) for rate in self.rates]
        return [band_in_words(band) for band in self.bands or ()]


def seen_lines(
    session: Session,
    standing: Standing,
    firm_ids: Collection[int],
    category: str | None = None,
    whole: bool = False,
) -> list[SeenLine]:
    """The lines of these firms, those of one category if it is given, in the order of their ids.

    `whole` reads what they refer to as well: place, categories, inputs and their suppliers.

    One query says whose they are, and one more is sent for each kind of reader that the person
    is of them: mostly one, and never more than three.
    """
    whose = select(ProductionLine.id, ProductionLine.firm_id, ProductionLine.category_code)
    whose = whose.where(ProductionLine.firm_id.in_(list(firm_ids)))
    if category is not None:
        whose = whose.where(ProductionLine.category_code == category)
    by_reader: dict[Reader, list[int]] = defaultdict(list)
    for line_id, firm_id, code in session.execute(whose):
        by_reader[standing.to(firm_id, code)].append(line_id)
    seen = [
        line
        for reader, ids in by_reader.items()
        if may_see(reader, Field.LINE)
        for line in _read(session, reader, ids, whole)
    ]
    return sorted(seen, key=lambda entry: entry.line.id)


def _read(session: Session, reader: Reader, line_ids: list[int], whole: bool) -> list[SeenLine]:
    exact = may_see(reader, Field.LINE_RATES)
    banded = not exact and may_see(reader, Field.LINE_BANDS)
    columns: list[ColumnElement[Any]] = [band_in_sql(step) for step in STEPS] if banded else []
    query = (
        select(ProductionLine, *columns)
        .where(ProductionLine.id.in_(line_ids))
        .options(*only_seen(ProductionLine, reader), *(_related(reader) if whole else ()))
    )
    return [
        SeenLine(
            line,
            reader,
            rates=tuple(getattr(line, step.key) for step in STEPS) if exact else None,
            bands=tuple(bands) if banded else None,
        )
        for line, *bands in session.execute(query)
    ]


def _related(reader: Reader) -> list[Any]:
    """What a line refers to; its inputs are not read for whom they are hidden."""
    named = (ProductionLine.category, ProductionLine.supply_class, ProductionLine.site)
    inputs = ProductionLine.inputs
    if not may_see(reader, Field.LINE_INPUTS):
        return [*map(selectinload, (*named, ProductionLine.further)), raiseload(inputs)]
    suppliers = selectinload(inputs).selectinload(LineInput.supplier_firm)
    return [
        *map(selectinload, (*named, ProductionLine.further)),
        selectinload(inputs).selectinload(LineInput.category),
        suppliers.selectinload(Firm.names),
    ]
