"""Storing notices: of each only its highest amendment."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from registry.feeds.importing import Tally
from registry.feeds.models import Source
from registry.tenders.canadabuys import TenderFacts
from registry.tenders.models import Tender
from registry.tenders.notice_rows import amendment_rank
from registry.tenders.ocds import ReleasedTender, place_of
from registry.tenders.releases import own_notice

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


class ReleaseWriter(TenderWriter):
    """Writes batches of OCDS releases, in the order of their dates over what is stored."""

    def write(self, batch: Sequence[TenderFacts]) -> Tally:
        """As of other notices. One that was taken out of this registry is left as it is here."""
        releases: dict[str, list[ReleasedTender]] = defaultdict(list)
        for facts in batch:
            assert isinstance(facts, ReleasedTender)
            releases[facts.reference].append(facts)
        for ocid in self._own(releases):
            del releases[ocid]
        stored = self._stored(releases)
        new, changed = [], []
        for ocid, some in releases.items():
            before = stored.get(ocid)
            latest = _latest(before, sorted(some, key=lambda facts: facts.place))
            if before is None:
                new.append(latest)
            elif latest and latest.digest != before["digest"]:
                changed.append(latest)
        if new:
            self._session.execute(insert(TENDERS), [self._row(facts) for facts in new if facts])
        if changed:
            self._update(changed)
        return Tally(len(new), len(changed), len(batch) - len(new) - len(changed))

    def _stored(self, ocids: Collection[str]) -> dict[str, dict[str, Any]]:
        query = select(TENDERS).where(
            TENDERS.c.source_id == self._source.id, TENDERS.c.reference.in_(ocids)
        )
        return {row["reference"]: dict(row) for row in self._session.execute(query).mappings()}

    def _own(self, ocids: Iterable[str]) -> list[str]:
        """Those that this registry gave to notices which it has from elsewhere."""
        sources = {
            row.code: row.id for row in self._session.execute(select(Source.code, Source.id))
        }
        told = {ocid: own_notice(ocid, sources) for ocid in ocids}
        wanted = {ocid: (sources[one[0]], one[1]) for ocid, one in told.items() if one}
        query = select(TENDERS.c.source_id, TENDERS.c.reference).where(
            TENDERS.c.reference.in_({reference for _source, reference in wanted.values()})
        )
        held = {tuple(row) for row in self._session.execute(query)} if wanted else set()
        return [ocid for ocid, one in wanted.items() if one in held]


def _latest(
    before: dict[str, Any] | None, releases: Sequence[ReleasedTender]
) -> ReleasedTender | None:
    """What the releases add up to over what is stored; None if all are older than that."""
    latest = None
    values = before
    for facts in releases:
        if values is None or facts.place >= place_of(values):
            latest = facts.over(values or {})
            values = latest.values
    return latest
