"""Storing what a source says of firms: new ones, and what changed of those it told before."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from registry.capabilities.service import STATED_BY_FIRM
from registry.db import utcnow
from registry.feeds.importing import Tally
from registry.feeds.models import Source
from registry.feeds.problems import Fault, Problems
from registry.firms.models import Firm, FirmRecord, Identifier
from registry.firms.service import announce_changes
from registry.i18n import gettext as _
from registry.intake.facts import FACT_TABLES, FIRM_COLUMNS, IDENTIFIERS, FactTable, FirmFacts

FIRMS = cast(Table, Firm.__table__)
RECORDS = cast(Table, FirmRecord.__table__)

_Holder = int | str  # a firm's id, or the key of one that this batch adds


class FirmWriter:
    """Writes batches of one source. Facts of other sources are never touched."""

    def __init__(self, session: Session, source: Source, problems: Problems):
        self._session, self._source, self._problems = session, source, problems

    def write(self, batch: Sequence[FirmFacts]) -> Tally:
        """Add the new, replace the changed, leave the rest; the keys of a batch are distinct.

        The caller commits.
        """
        known = self._known([facts.key for facts in batch])
        firm_of = {key: record.firm_id for key, record in known.items()}
        self._drop_taken_identifiers(batch, firm_of)
        new = [facts for facts in batch if facts.key not in known]
        changed = [
            facts
            for facts in batch
            if facts.key in known and known[facts.key].digest != facts.digest
        ]
        firm_of.update(self._add(new))
        if changed:
            self._replace(changed, firm_of)
        announce_changes(self._session, [firm_of[facts.key] for facts in (*new, *changed)])
        return Tally(len(new), len(changed), len(batch) - len(new) - len(changed))

    def _known(self, keys: Sequence[str]) -> dict[str, Any]:
        query = select(RECORDS.c.key, RECORDS.c.digest, RECORDS.c.firm_id).where(
            RECORDS.c.source_id == self._source.id, RECORDS.c.key.in_(keys)
        )
        return {row.key: row for row in self._session.execute(query)}

    def _drop_taken_identifiers(self, batch: Sequence[FirmFacts], firm_of: dict[str, int]) -> None:
        """An identifier belongs to one firm: the first that claims it. The others are told."""
        holders = self._holders(batch)
        for facts in batch:
            me: _Holder = firm_of.get(facts.key, facts.key)
            for claim in facts.contents(IDENTIFIERS):
                scheme, value, _well_formed = claim
                holder = holders.setdefault((scheme, value), me)
                if holder != me:
                    self._problems.warn(facts.row.line, _taken(scheme, value, holder))
                    facts.withdraw(IDENTIFIERS, claim)

    def _holders(self, batch: Sequence[FirmFacts]) -> dict[tuple[str, str], _Holder]:
        values = {value for facts in batch for _s, value, _w in facts.contents(IDENTIFIERS)}
        query = select(Identifier.scheme, Identifier.value, Identifier.firm_id)
        rows = self._session.execute(query.where(Identifier.value.in_(values)))
        return {(row.scheme, row.value): row.firm_id for row in rows}

    def _add(self, batch: Sequence[FirmFacts]) -> dict[str, int]:
        """Add firms that the source names for the first time; gives their ids by key."""
        if not batch:
            return {}
        origin = {"source_id": self._source.id, "as_of": self._source.as_of}
        ids = self._session.scalars(
            insert(FIRMS).returning(FIRMS.c.id, sort_by_parameter_order=True),
            [{**facts.firm, **origin} for facts in batch],
        ).all()
        firm_of = {facts.key: firm_id for facts, firm_id in zip(batch, ids, strict=True)}
        self._session.execute(
            insert(RECORDS),
            [
                {
                    "source_id": self._source.id,
                    "key": facts.key,
                    "digest": facts.digest,
                    "firm_id": firm_of[facts.key],
                }
                for facts in batch
            ],
        )
        for table in FACT_TABLES:
            self._insert(table, [(firm_of[f.key], row) for f in batch for row in f.of(table)])
        return firm_of

    def _insert(self, table: FactTable, rows: Iterable[tuple[int, dict[str, Any]]]) -> None:
        origin = {"source_id": self._source.id, "as_of": self._source.as_of}
        complete = [{"firm_id": firm_id, **row, **origin} for firm_id, row in rows]
        if complete:
            self._session.execute(insert(table.model.__table__), complete)

    def _replace(self, batch: Sequence[FirmFacts], firm_of: dict[str, int]) -> None:
        """Bring the source's facts of known firms up to date.

        Only what differs is deleted or added, so a verification or a line that hangs on a row
        which the file still states stays where it is.
        """
        firms, records = FIRMS, RECORDS
        own = {"own_source": self._source.id, "updated_at": utcnow()}
        self._session.connection().execute(
            update(firms)
            # What the firm itself or an official has taken over is theirs.
            .where(firms.c.id == bindparam("own_id"), firms.c.source_id == bindparam("own_source"))
            .values({name: bindparam(name) for name in (*FIRM_COLUMNS, "updated_at")}),
            [{**facts.firm, **own, "own_id": firm_of[facts.key]} for facts in batch],
        )
        self._session.connection().execute(
            update(records)
            .where(records.c.source_id == self._source.id, records.c.key == bindparam("own_key"))
            .values(digest=bindparam("new_digest")),
            [{"own_key": facts.key, "new_digest": facts.digest} for facts in batch],
        )
        theirs = self._taken_over(firm_of[facts.key] for facts in batch)
        stated = {firm_of[f.key]: f for f in batch if firm_of[f.key] not in theirs}
        for table in FACT_TABLES:
            self._replace_facts(table, stated)

    def _taken_over(self, firm_ids: Iterable[int]) -> set[int]:
        """Firms that state their record themselves: a feed tells nothing beside it any more."""
        query = (
            select(Firm.id)
            .join(Source, Source.id == Firm.source_id)
            .where(Firm.id.in_(list(firm_ids)), Source.code == STATED_BY_FIRM.code)
        )
        return set(self._session.scalars(query))

    def _replace_facts(self, table: FactTable, stated: dict[int, FirmFacts]) -> None:
        wanted = {firm_id: Counter(facts.contents(table)) for firm_id, facts in stated.items()}
        gone, elsewhere = [], set()
        for row in self._stored(table, stated):
            if row["source_id"] != self._source.id:
                elsewhere.add((row["firm_id"], table.unique_part(row)))
            elif wanted[row["firm_id"]][table.content(row)] > 0:
                wanted[row["firm_id"]][table.content(row)] -= 1
            elif not row.get("verified_by"):
                gone.append(row["id"])
        if gone:
            identity = table.model.__table__.c.id
            self._session.execute(delete(table.model.__table__).where(identity.in_(gone)))
        missing = [
            (firm_id, dict(zip(table.columns, content, strict=True)))
            for firm_id, contents in wanted.items()
            for content in contents.elements()
        ]
        # What another source already states need not, and may not, be stated twice.
        self._insert(
            table,
            [
                (firm_id, row)
                for firm_id, row in missing
                if table.unique is None or (firm_id, table.unique_part(row)) not in elsewhere
            ],
        )

    def _stored(self, table: FactTable, stated: dict[int, FirmFacts]) -> list[Any]:
        stored = table.model.__table__
        query = select(stored).where(stored.c.firm_id.in_(stated)).order_by(stored.c.id)
        return list(self._session.execute(query).mappings())


def _taken(scheme: str, value: str, holder: _Holder) -> Fault:
    return Fault(
        scheme,
        value,
        _("Another firm already has this identifier (firm %(holder)s).", holder=holder),
        _("Find out whose it is. This firm was kept without it."),
    )
