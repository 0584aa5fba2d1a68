"""Storing contracts and the vendors that they name."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from registry.demand.dnd import ContractFacts
from registry.demand.links import NONE
from registry.demand.models import Contract, Vendor
from registry.feeds.importing import Tally
from registry.feeds.models import Source
from registry.firms.service import announce_changes

CONTRACTS = cast(Table, Contract.__table__)
VENDORS = cast(Table, Vendor.__table__)


class ContractWriter:
    """Writes batches of one source."""

    def __init__(self, session: Session, source: Source):
        self._session, self._source = session, source

    def write(self, batch: Sequence[ContractFacts]) -> Tally:
        """Add the new contracts, update the changed; the keys of a batch are distinct.

        A vendor that is new has no firm yet. The caller commits.
        """
        known = self._known([facts.key for facts in batch])
        new = [facts for facts in batch if facts.key not in known]
        changed = [
            facts
            for facts in batch
            if facts.key in known and known[facts.key].digest != facts.digest
        ]
        vendors = self._vendors([*new, *changed])
        if new:
            self._session.execute(insert(CONTRACTS), [self._row(f, vendors) for f in new])
        if changed:
            self._update(changed, vendors)
        self._announce([*new, *changed], vendors, {known[f.key].vendor_id for f in changed})
        return Tally(len(new), len(changed), len(batch) - len(new) - len(changed))

    def _known(self, keys: Sequence[str]) -> dict[str, Any]:
        query = select(CONTRACTS.c.source_key, CONTRACTS.c.digest, CONTRACTS.c.vendor_id).where(
            CONTRACTS.c.source_id == self._source.id, CONTRACTS.c.source_key.in_(keys)
        )
        return {row.source_key: row for row in self._session.execute(query)}

    def _vendors(self, batch: Sequence[ContractFacts]) -> dict[str, int]:
        """The ids of the vendors by key; new ones keep the first spelling of their name."""
        names: dict[str, str] = {}
        for facts in batch:
            names.setdefault(facts.vendor_key, facts.vendor_name)
        query = select(VENDORS.c.key, VENDORS.c.id).where(
            VENDORS.c.source_id == self._source.id, VENDORS.c.key.in_(names)
        )
        ids = {row.key: row.id for row in self._session.execute(query)}
        missing = [key for key in names if key not in ids]
        if missing:
            added = self._session.scalars(
                insert(VENDORS).returning(VENDORS.c.id, sort_by_parameter_order=True),
                [
                    {"source_id": self._source.id, "key": key, "name": names[key], "link": NONE}
                    for key in missing
                ],
            ).all()
            ids.update(zip(missing, added, strict=True))
        return ids

    def _row(self, facts: ContractFacts, vendors: dict[str, int]) -> dict[str, Any]:
        return {
            **facts.values,
            "source_id": self._source.id,
            "as_of": self._source.as_of,
            "source_key": facts.key,
            "digest": facts.digest,
            "vendor_id": vendors[facts.vendor_key],
        }

    def _update(self, batch: Sequence[ContractFacts], vendors: dict[str, int]) -> None:
        rows = [self._row(facts, vendors) for facts in batch]
        columns = [name for name in rows[0] if name not in ("source_id", "source_key")]
        self._session.connection().execute(
            update(CONTRACTS)
            .where(
                CONTRACTS.c.source_id == self._source.id,
                CONTRACTS.c.source_key == bindparam("own_key"),
            )
            .values({name: bindparam(name) for name in columns}),
            [
                {**{name: row[name] for name in columns}, "own_key": row["source_key"]}
                for row in rows
            ],
        )

    def _announce(
        self, batch: Sequence[ContractFacts], vendors: dict[str, int], before: set[int]
    ) -> None:
        """The evidence of the firms behind the vendors changed, of former vendors too."""
        touched = {vendors[facts.vendor_key] for facts in batch} | before
        query = (
            select(VENDORS.c.firm_id)
            .where(VENDORS.c.id.in_(touched), VENDORS.c.firm_id.is_not(None))
            .distinct()
            .order_by(VENDORS.c.firm_id)
        )
        announce_changes(self._session, self._session.scalars(query).all())
