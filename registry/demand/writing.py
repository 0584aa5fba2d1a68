"""Storing contracts and the vendors that they name."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from registry.demand.awards import AwardFacts
from registry.demand.dnd import ContractFacts
from registry.demand.links import NONE
from registry.demand.models import Contract, Vendor, contract_number
from registry.demand.ocds import ReleasedAward
from registry.feeds.importing import Tally
from registry.feeds.models import Source
from registry.feeds.packages import PREFIX
from registry.firms.service import announce_changes
from registry.tenders.notice_rows import amendment_rank

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
        known = self._known([facts.source_key for facts in batch])
        new = [facts for facts in batch if facts.source_key not in known]
        changed = [
            facts
            for facts in batch
            if facts.source_key in known and self._says_more(facts, known[facts.source_key])
        ]
        vendors = self._vendors([*new, *changed])
        if new:
            self._session.execute(insert(CONTRACTS), [self._row(f, vendors) for f in new])
        if changed:
            self._update(changed, vendors)
        self._announce([*new, *changed], vendors, {known[f.source_key].vendor_id for f in changed})
        return Tally(len(new), len(changed), len(batch) - len(new) - len(changed))

    def _says_more(self, facts: ContractFacts, stored: Any) -> bool:
        """Whether a row is to replace what is stored of its contract."""
        return bool(facts.digest != stored.digest)

    def _known(self, keys: Sequence[str]) -> dict[str, Any]:
        columns = (
            "source_key", "digest", "vendor_id", "amendment", "amended_on", "awarded_on",
            "released_at", "release_id",
        )  # fmt: skip
        query = select(*(CONTRACTS.c[name] for name in columns)).where(
            CONTRACTS.c.source_id == self._source.id, CONTRACTS.c.source_key.in_(keys)
        )
        return {row.source_key: row for row in self._session.execute(query)}

    def _vendors(self, batch: Sequence[ContractFacts]) -> dict[str, int]:
        """The ids of the vendors by key; new ones keep the first spelling of their name."""
        names: dict[str, ContractFacts] = {}
        for facts in batch:
            names.setdefault(facts.vendor_key, facts)
        query = select(VENDORS.c.key, VENDORS.c.id).where(
            VENDORS.c.source_id == self._source.id, VENDORS.c.key.in_(names)
        )
        ids = {row.key: row.id for row in self._session.execute(query)}
        missing = [key for key in names if key not in ids]
        if missing:
            added = self._session.scalars(
                insert(VENDORS).returning(VENDORS.c.id, sort_by_parameter_order=True),
                [self._vendor_row(names[key]) for key in missing],
            ).all()
            ids.update(zip(missing, added, strict=True))
        return ids

    def _vendor_row(self, facts: ContractFacts) -> dict[str, Any]:
        city, province = facts.vendor_place
        return {
            "source_id": self._source.id,
            "key": facts.vendor_key,
            "name": facts.vendor_name,
            "city": city,
            "province": province,
            "identifiers": [list(pair) for pair in facts.vendor_identifiers] or None,
            "link": NONE,
        }

    def _row(self, facts: ContractFacts, vendors: dict[str, int]) -> dict[str, Any]:
        return {
            "as_of": self._source.as_of,
            **facts.values,
            "source_id": self._source.id,
            "source_key": facts.source_key,
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


class AwardWriter(ContractWriter):
    """Writes batches of award notices: of each award only its highest amendment."""

    def write(self, batch: Sequence[ContractFacts]) -> Tally:
        """As of contracts. An amendment lower than what is stored changes nothing."""
        highest: dict[str, AwardFacts] = {}
        for facts in batch:
            assert isinstance(facts, AwardFacts)
            held = highest.get(facts.source_key)
            if held is None or facts.rank > held.rank:
                highest[facts.source_key] = facts
        tally = super().write(list(highest.values()))
        return Tally(tally.new, tally.changed, len(batch) - tally.written)

    def _says_more(self, facts: ContractFacts, stored: Any) -> bool:
        assert isinstance(facts, AwardFacts)
        if facts.values["amendment"] == stored.amendment:
            return bool(facts.digest != stored.digest)
        return facts.rank > amendment_rank(stored.amendment, stored.amended_on or stored.awarded_on)


class ReleasedAwardWriter(AwardWriter):
    """Writes batches of awards out of OCDS releases: of each the newest release."""

    def write(self, batch: Sequence[ContractFacts]) -> Tally:
        """As of awards. What was taken out of this registry is left as it is here."""
        held = self._held([facts for facts in batch if _is_own(facts)])
        foreign = [facts for facts in batch if not (_is_own(facts) and _number(facts) in held)]
        tally = super().write(foreign)
        tally.unchanged += len(batch) - len(foreign)
        return tally

    def _held(self, own: Sequence[ContractFacts]) -> set[str]:
        """Numbers of contracts that other sources tell of."""
        if not own:
            return set()
        query = select(contract_number()).where(
            Contract.source_id != self._source.id, contract_number().in_(set(map(_number, own)))
        )
        return set(self._session.scalars(query))

    def _says_more(self, facts: ContractFacts, stored: Any) -> bool:
        assert isinstance(facts, ReleasedAward)
        place = (stored.released_at, stored.release_id)
        return bool(facts.rank > place or (facts.rank == place and facts.digest != stored.digest))


def _is_own(facts: ContractFacts) -> bool:
    return bool(facts.values["notice"].startswith(PREFIX))


def _number(facts: ContractFacts) -> str:
    """The number as `contract_number` compares it."""
    return str(facts.values["reference"]).replace(" ", "").upper()
