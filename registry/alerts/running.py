"""Running searches: each distinct one once, all of its firms, kept where something differs."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import compress
from typing import Any

import numpy as np
from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

import matching
from matching import Measured, Need
from registry.alerts.comparing import Snapshot, compare, pack, snapshot, unpack
from registry.alerts.criteria import narrowing, need_of
from registry.alerts.models import INSTANTLY, NEVER, SavedSearch, SearchRun, Subscription
from registry.db import today, utcnow
from registry.finding.filters import Filters, kept
from registry.finding.shelf import known_firms
from registry.firms.models import FirmChange
from registry.matches.needs import TEXT
from registry.matches.publication import (
    REBUILD_AFTER_CHANGES,
    LiveIndex,
    live_index,
    newest_change,
)
from registry.matches.results import Ints, left_by_words

AT_ONCE = 50  # searches between two commits
SETTLES = dt.timedelta(minutes=1)  # an import commits many times: it is not followed step by step
DAY = dt.timedelta(days=1)  # requirements lapse with time, so that every search is run each day


@dataclass
class Round:
    """What the searches of one round share, each read once."""

    session: Session
    live: LiveIndex
    day: dt.date
    _changed: dict[int, frozenset[int]] = field(default_factory=dict)

    @classmethod
    def now(cls, session: Session) -> "Round":
        return cls(session, live_index(session), today())

    def changed_since(self, seq: int) -> frozenset[int]:
        """Firms known to have changed after that number."""
        if seq not in self._changed:
            self._changed[seq] = changed_since(self.session, seq)
        return self._changed[seq]

    def left_by(self, criteria: Mapping[str, Any]) -> Ints | None:
        """Keys, rising, of the firms that facets and words leave; None where nothing narrows."""
        left = []
        if chosen := narrowing(criteria):
            columns = known_firms(self.session, self.live.seen_seq).columns
            left.append(columns.keys[kept(columns, Filters(chosen), {})])
        if text := criteria["need"].get(TEXT):
            named = left_by_words(self.live, text, criteria.get("strict", False))
            left += [] if named is None else [named]
        return reduce(np.intersect1d, left) if left else None

    def survey(
        self, search: SavedSearch, need: Need, also: Collection[int] | None
    ) -> list[Measured]:
        """The firms that fit and those in `also`, as the index is now; None in it means all."""
        measured = matching.survey(self.live.index, need, today=self.day, also=also)
        left = self.left_by(search.criteria)
        if left is None:
            return measured
        among = np.isin([one.supplier for one in measured], left)
        return list(compress(measured, among))


def changed_since(session: Session, seq: int) -> frozenset[int]:
    """Firms announced as changed after that number; a change of anyone names no one."""
    query = select(FirmChange.firm_id).where(FirmChange.seq > seq, FirmChange.firm_id.is_not(None))
    return frozenset(firm for firm in session.scalars(query.distinct()) if firm is not None)


def latest_run(session: Session, search_id: int) -> SearchRun | None:
    """The newest of a search's runs."""
    query = select(SearchRun).where(SearchRun.search_id == search_id)
    return session.scalars(query.order_by(SearchRun.id.desc()).limit(1)).first()


def refresh(round_: Round, search: SavedSearch) -> SearchRun | None:
    """Run a search if anything it depends on changed; its newest run. Flushes.

    None if it was never run and what it asks for is no longer in the registry.
    """
    latest = latest_run(round_.session, search.id)
    return latest if latest and _is_current(round_, search) else _run(round_, search, latest)


def _is_current(round_: Round, search: SavedSearch) -> bool:
    return (
        search.change_seq == round_.live.seen_seq
        and search.index_name == round_.live.version.name
        and search.checked_at is not None
        and search.checked_at.date() == round_.day
    )


def _run(round_: Round, search: SavedSearch, latest: SearchRun | None) -> SearchRun | None:
    need = need_of(round_.session, search.criteria)
    if need is not None:
        latest = _kept(round_, search, _results(round_, search, need, latest), latest)
    search.checked_at = utcnow()
    search.change_seq, search.index_name = round_.live.seen_seq, round_.live.version.name
    round_.session.flush()
    return latest


def _results(round_: Round, search: SavedSearch, need: Need, latest: SearchRun | None) -> Snapshot:
    """All firms that fit.

    The first time every firm of the index is scored; later those that are retrieved, those that
    fitted before, and those that changed since, unless those are so many that the index was built
    anew of them: then retrieving finds them.
    """
    also: Collection[int] | None = None
    if latest is not None:
        changed = round_.changed_since(search.change_seq)
        also = unpack(latest.results).by_firm.keys()
        if len(changed) <= REBUILD_AFTER_CHANGES:
            also = also | changed
    return snapshot(round_.survey(search, need, also), matching.PROFILE)


def _kept(
    round_: Round, search: SavedSearch, found: Snapshot, latest: SearchRun | None
) -> SearchRun:
    """The run of these results: the newest one if it found the very same."""
    packed = pack(found)
    if latest is not None and latest.results == packed:
        return latest
    changes = compare(unpack(latest.results), found) if latest else None
    run = SearchRun(
        search_id=search.id,
        change_seq=round_.live.seen_seq,
        index_name=round_.live.version.name,
        fitting=len(found.entries),
        appeared=len(changes.new) if changes else 0,
        gone=len(changes.gone) if changes else 0,
        changed=len(changes.changed) if changes else 0,
        results=packed,
    )
    round_.session.add(run)
    round_.session.flush()
    return run


def waiting(session: Session, now: dt.datetime) -> list[int]:
    """Searches that should be run: whose mail is due, or that nobody ran for a day."""
    newest = newest_change(session)
    followed = select(Subscription.id).where(Subscription.search_id == SavedSearch.id)
    instantly = followed.where(Subscription.frequency == INSTANTLY)
    due = followed.where(Subscription.due_at <= now, Subscription.frequency != NEVER)
    query = select(SavedSearch.id).where(
        or_(
            SavedSearch.checked_at.is_(None),
            SavedSearch.checked_at <= now - DAY,
            exists(due.correlate(SavedSearch)),
            exists(instantly.correlate(SavedSearch))
            & (SavedSearch.change_seq < newest)
            & (SavedSearch.checked_at <= now - SETTLES),
        )
    )
    return list(session.scalars(query.order_by(SavedSearch.id)))


def run_searches(
    session: Session,
    search_ids: Sequence[int],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Run these searches, each once for all who follow it; how many found something else.

    Commits in between: done again from the start it ends in the same.
    """
    round_, differing = Round.now(session), 0
    newest = session.scalar(select(func.max(SearchRun.id))) or 0
    for start in range(0, len(search_ids), AT_ONCE):
        some = search_ids[start : start + AT_ONCE]
        for search in session.scalars(select(SavedSearch).where(SavedSearch.id.in_(some))).all():
            run = refresh(round_, search)
            differing += run is not None and run.id > newest
        session.commit()
        progress(start + len(some), len(search_ids))
    return differing
