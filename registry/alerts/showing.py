"""Changes as a page shows them: each firm with the reasons, and nothing that its reader may not
see."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

import matching
from registry import terms
from registry.alerts.comparing import LEAST_PART, Change, Changes, Entry, entry_of
from registry.alerts.criteria import need_of
from registry.alerts.models import SavedSearch, SearchRun
from registry.alerts.running import Round
from registry.firms.models import Firm, Listing
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.matches.moved import moved_points
from registry.web import number

MOST_PARTS = 5  # reasons named of one firm
STATE_WORDS = {
    "pass": mark("met"),
    "fail": mark("not met"),
    "unknown": mark("not stated"),
}


@dataclass(frozen=True)
class Shown:
    """One firm. `firm` is None where it is not listed: then it has no name for anyone.

    `parts` are (reason, points by which it rose or fell).
    """

    firm: Firm | None
    before: Entry | None
    after: Entry | None
    why: str
    parts: tuple[tuple[str, float], ...] = ()
    gates: tuple[tuple[str, str, str, str], ...] = ()  # name, before, after, state after


@dataclass(frozen=True)
class Telling:
    """What the reasons are drawn from, read once for all of the changes."""

    firms: Mapping[int, Firm]
    touched: Collection[int]  # firms whose record changed since the earlier run
    now: Mapping[int, Entry]  # what those that are gone would have today
    before: SearchRun
    see_gates: bool

    @classmethod
    def of(
        cls,
        round_: Round,
        search: SavedSearch,
        before: SearchRun,
        changes: Changes,
        see_gates: bool,
    ) -> "Telling":
        return cls(
            _firms(round_.session, {change.firm_id for change in changes}),
            round_.changed_since(before.change_seq),
            _today(round_, search, [change.firm_id for change in changes.gone]),
            before,
            see_gates,
        )

    def new(self, change: Change) -> Shown | None:
        firm = self._listed(change)
        if firm is None or change.after is None:  # withdrawn since the run
            return None
        if firm.created_at > self.before.ran_at:
            why = _("registered since")
        else:
            why = self._cause(firm.id)
        largest = sorted(change.after.points.items(), key=lambda part: -part[1])[:3]
        return Shown(firm, None, change.after, why, _titled(largest))

    def gone(self, change: Change) -> Shown:
        firm, before = self.firms.get(change.firm_id), change.before
        assert before
        if firm is not None and firm.listed == Listing.MERGED and firm.merged_into_id:
            kept = self.firms.get(firm.merged_into_id)
            if kept is not None and kept.listed == Listing.LISTED:
                return Shown(kept, before, None, _("another record was merged into this one"))
        if firm is None or firm.listed != Listing.LISTED:
            return Shown(None, before, None, _("no longer listed"))
        now = self.now.get(firm.id)
        if now is None:
            return Shown(firm, before, None, _("outside what this search is narrowed to"))
        if now.score >= matching.PROFILE.fits_at:
            return Shown(firm, before, now, _("it fits again since the search was last run"))
        parts = _titled(moved_points(before.points, now.points, LEAST_PART))
        return Shown(firm, before, now, self._cause(firm.id), parts)

    def changed(self, change: Change) -> Shown | None:
        firm = self._listed(change)
        gates = change.gates if self.see_gates else ()
        if firm is None or not (change.parts or gates or self._moved(change)):
            return None
        said = tuple(
            (
                terms.said(terms.GATES, name),
                _(STATE_WORDS[old]),
                _(STATE_WORDS[new]),
                new,
            )
            for name, old, new in gates
        )
        cause = self._cause(firm.id)
        if not self._moved(change) and firm.id not in self.touched:
            cause = _("a requirement changed with time")
        return Shown(firm, change.before, change.after, cause, _titled(change.parts), said)

    def _moved(self, change: Change) -> bool:
        assert change.before and change.after
        return change.before.score != change.after.score

    def _listed(self, change: Change) -> Firm | None:
        firm = self.firms.get(change.firm_id)
        return firm if firm is not None and firm.listed == Listing.LISTED else None

    def _cause(self, firm_id: int) -> str:
        if firm_id in self.touched:
            return _("its record changed")
        return _("its record is the same; what other firms state weighs its words differently")


def shown_changes(telling: Telling, changes: Changes) -> dict[str, list[Shown]]:
    """The three lists of a page."""
    return {
        "new": [shown for change in changes.new if (shown := telling.new(change))],
        "gone": [telling.gone(change) for change in changes.gone],
        "changed": [shown for change in changes.changed if (shown := telling.changed(change))],
    }


def _titled(parts: Any) -> tuple[tuple[str, float], ...]:
    """Reasons by their titles; many small ones as one."""
    named = [(_(matching.FEATURES[name].title), points) for name, points in parts]
    shown, rest = named[:MOST_PARTS], named[MOST_PARTS:]
    if rest:
        shown.append((_("other reasons"), round(sum(points for _title, points in rest), 1)))
    return tuple(shown)


def _today(round_: Round, search: SavedSearch, firm_ids: list[int]) -> dict[int, Entry]:
    """What firms that are gone would have now; those that it is narrowed from are absent."""
    need = need_of(round_.session, search.criteria)
    if need is None or not firm_ids:
        return {}
    measured = round_.survey(search, need, firm_ids)
    wanted = set(firm_ids)
    return {
        one.supplier: entry_of(one, 0, matching.PROFILE)
        for one in measured
        if one.supplier in wanted
    }


def _firms(session: Session, ids: set[int]) -> dict[int, Firm]:
    """The firms, and those that they were merged into."""
    names = (selectinload(Firm.names), selectinload(Firm.sites))
    merged = select(Firm.merged_into_id).where(Firm.id.in_(ids))
    query = select(Firm).where(Firm.id.in_(ids) | Firm.id.in_(merged)).options(*names)
    return {firm.id: firm for firm in session.scalars(query)}


def fit(entry: Entry | None) -> str:
    """A fit as pages say it; a dash where there is none."""
    return number(entry.score) if entry else "–"
