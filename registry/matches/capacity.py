"""What firms can add for a need by a date, beside how their words fit it and never averaged in.

Only of firms whose exact figures the reader may know: order and figures then tell that reader
nothing that the page does not. A firm of which nothing can be told, since it states no rate or
since it is not for the reader, comes after those and in the order of its fit.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from matching.capacity import Step
from registry.coverage.service import FirmOutput, Output, output_of
from registry.matches.service import Row
from registry.visibility.readers import Standing
from registry.visibility.table import Field, Purpose, Reader, may_see


@dataclass(frozen=True)
class Capacity:
    """What the firms with a line for a category can add by the end of a month.

    `added` holds the firms that state what they make now, `unstated` those that do not.
    """

    month: int
    output: Output
    added: Mapping[int, FirmOutput]
    unstated: frozenset[int]

    @property
    def readers(self) -> dict[int, Reader]:
        """Who the person is to each firm on whose figures these rest."""
        seen = (*self.output.reached, *(line.facts.seen for line in self.output.lines))
        return {one.line.firm_id: one.reader for one in seen}


def capacity_of(
    session: Session, standing: Standing, category: str, month: int, day: dt.date
) -> Capacity | None:
    """What the reader may know of it; None if that is nothing."""
    if not _may_know_some(standing):
        return None
    output = output_of(session, standing, category, Step.SURGE, day)
    lines = [line for line in output.lines if may_see(line.facts.seen.reader, *RANKED_BY)]
    if not lines:
        return None
    ranked = {row.firm.id: row for row in output.ranked(month)}
    stating = {one.facts.seen.line.firm_id for one in lines if one.facts.seen.states_rate}
    return Capacity(
        month,
        output,
        {number: row for number, row in ranked.items() if number in stating},
        frozenset(ranked.keys() - stating),
    )


RANKED_BY = (Field.LINE_COMMERCIAL, Purpose.MATCH)


def _may_know_some(standing: Standing) -> bool:
    """Whether there can be a firm whose figures are for the person; asks no database."""
    return bool(standing.scopes or standing.firms) or may_see(standing.role, *RANKED_BY)


def by_added(rows: list[Row], capacity: Capacity) -> list[Row]:
    """The rows with the most added first, then those that are not known, by fit."""
    added = capacity.added

    def place(row: Row) -> tuple[bool, float, int]:
        known = added.get(row.firm.id)
        return known is None, -known.added if known else 0.0, row.match.rank

    return sorted(rows, key=place)
