"""Storing notices: of each only its highest amendment."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from registry.feeds.importing import Tally
from registry.feeds.models import Source
from registry.tenders.canadabuys import TenderFacts
from registry.tenders.models import Tender
from registry.tenders.notice_rows import amendment_rank

TENDERS = cast(Table, Tender.__table__)


class TenderWriter:
    """Writes batches of one source."""

    def __init__(self, session: Session, source: Source):
        self._session, self._source = session, source

    def write(self, batch: Sequence[TenderFacts]) -> Tally:
        """Add new notices, and bring up to date those of which the batch tells more.

        An amendment lower than what is stored changes nothing, wherever it stands in a file. The
        caller commits.
        """
        highest: dict[str, TenderFacts] = {}
        for facts in batch:
            held = highest.get(facts.reference)
            if held is None or facts.rank > held.rank:
                highest[facts.reference] = facts
        known = self._known(list(highest))
        new = [facts for facts in highest.values() if facts.reference not in known]
        changed = [
            facts
            for facts in highest.values()
            if facts.reference in known and _says_more(facts, known[facts.reference])
        ]
        if new:
            self._session.execute(insert(TENDERS), [self._row(facts) for facts in new])
        if changed:
            self._update(changed)
        return Tally(len(new), len(changed), len(batch) - len(new) - len(changed))

    def _known(self, references: list[str]) -> dict[str, Any]:
        columns = ("reference", "digest", "amendment", "amended_on", "published_on")
        query = select(*(TENDERS.c[name] for name in columns)).where(
            TENDERS.c.source_id == self._source.id, TENDERS.c.reference.in_(references)
        )
        return {row.reference: row for row in self._session.execute(query)}

    def _row(self, facts: TenderFacts) -> dict[str, Any]:
        return {
            **facts.values,
            "source_id": self._source.id,
            "reference": facts.reference,
            "digest": facts.digest,
        }

    def _update(self, batch: Sequence[TenderFacts]) -> None:
        rows = [self._row(facts) for facts in batch]
        columns = [name for name in rows[0] if name not in ("source_id", "reference")]
        self._session.connection().execute(
            update(TENDERS)
            .where(
                TENDERS.c.source_id == self._source.id,
                TENDERS.c.reference == bindparam("own_reference"),
            )
            .values({name: bindparam(name) for name in columns}),
            [
                {**{name: row[name] for name in columns}, "own_reference": row["reference"]}
                for row in rows
            ],
        )


def _says_more(facts: TenderFacts, stored: Any) -> bool:
    """Whether a row is of a higher amendment, or of the same one with other content."""
    if facts.values["amendment"] == stored.amendment:
        return bool(facts.digest != stored.digest)
    dated = stored.amended_on or stored.published_on
    return facts.rank > amendment_rank(stored.amendment, dated)
