"""What a run found, packed small, and how two of them differ: pure, of no database."""

import json
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import matching
from matching import Measured
from registry.matches.moved import moved_points

LEAST_POINTS = 1.0  # of fit: a firm whose fit moved by less is not told of
LEAST_PART = 0.5  # points of one reason: less is not named in a mail
STATES = {"pass": "p", "fail": "f", "unknown": "u"}
_OF_LETTER = {letter: state for state, letter in STATES.items()}


@dataclass(frozen=True)
class Entry:
    """A firm's place: `points` by feature and gates' states by name; `score` in points."""

    firm_id: int
    rank: int
    score: float
    points: dict[str, float] = field(default_factory=dict)
    gates: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """All firms that fit, best first, and by which profile they were measured."""

    profile: str
    entries: tuple[Entry, ...] = ()

    @cached_property
    def by_firm(self) -> dict[int, Entry]:
        return {entry.firm_id: entry for entry in self.entries}


@dataclass(frozen=True)
class Change:
    """One firm of which something changed. `before` is None for a new one, `after` if it is gone.

    `parts` are (feature, points by which it rose or fell), the largest first; `gates` are
    (name, state before, state after).
    """

    before: Entry | None
    after: Entry | None
    parts: tuple[tuple[str, float], ...] = ()
    gates: tuple[tuple[str, str, str], ...] = ()

    @property
    def firm_id(self) -> int:
        entry = self.after or self.before
        assert entry  # one of them there is
        return entry.firm_id


@dataclass(frozen=True)
class Changes:
    """How two snapshots differ: firms in the order of their rank."""

    new: tuple[Change, ...] = ()
    gone: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()

    def without(self, firms: Collection[int]) -> "Changes":
        """The same but for some firms."""

        def left(some: tuple[Change, ...]) -> tuple[Change, ...]:
            return tuple(one for one in some if one.firm_id not in firms)

        return Changes(left(self.new), left(self.gone), left(self.changed)) if firms else self

    def __len__(self) -> int:
        return len(self.new) + len(self.gone) + len(self.changed)

    def __iter__(self) -> Any:
        return iter((*self.new, *self.gone, *self.changed))


def snapshot(measured: Iterable[Measured], profile: matching.Profile) -> Snapshot:
    """The firms that fit, as they are stored: points in tenths, scores in hundredths."""
    fitting = (one for one in measured if one.score >= profile.fits_at)
    entries = (entry_of(one, rank, profile) for rank, one in enumerate(fitting, start=1))
    return Snapshot(profile.name, tuple(entries))


def entry_of(measured: Measured, rank: int, profile: matching.Profile) -> Entry:
    """One firm at a rank."""
    points = {
        feature: round(value, 1)
        for feature, value in zip(profile.weights, measured.points, strict=True)
        if abs(value) >= 0.05
    }
    gates = {gate.name: gate.state.value for gate in measured.gates}
    return Entry(measured.supplier, rank, round(measured.score, 2), points, gates)


def pack(found: Snapshot) -> bytes:
    """A snapshot in some 20 bytes for each firm: names once, figures as whole numbers, deflated."""
    features = sorted({name for entry in found.entries for name in entry.points})
    gates = list(found.entries[0].gates) if found.entries else []
    rows = [
        [
            entry.firm_id,
            round(entry.score * 100),
            "".join(STATES[entry.gates[name]] for name in gates),
            *(round(entry.points.get(name, 0.0) * 10) for name in features),
        ]
        for entry in found.entries
    ]
    plain = {"profile": found.profile, "features": features, "gates": gates, "rows": rows}
    return zlib.compress(json.dumps(plain, separators=(",", ":")).encode(), 6)


def unpack(packed: bytes) -> Snapshot:
    """What `pack` was given."""
    plain = json.loads(zlib.decompress(packed))
    features, gates = plain["features"], plain["gates"]
    entries = (
        Entry(
            firm_id,
            rank,
            score / 100,
            {name: part / 10 for name, part in zip(features, parts, strict=True) if part},
            {name: _OF_LETTER[state] for name, state in zip(gates, states, strict=True)},
        )
        for rank, (firm_id, score, states, *parts) in enumerate(plain["rows"], start=1)
    )
    return Snapshot(plain["profile"], tuple(entries))


def compare(before: Snapshot, after: Snapshot) -> Changes:
    """All firms that differ. Fits by different profiles are not compared, only who fits and gates.

    A change of rank alone is none of the firm: others moved.
    """
    same_scale = before.profile == after.profile
    pairs = ((before.by_firm.get(entry.firm_id), entry) for entry in after.entries)
    both = [(old, new) for old, new in pairs if old]
    found = (change_between(old, new, same_scale) for old, new in both)
    return Changes(
        new=tuple(Change(None, e) for e in after.entries if e.firm_id not in before.by_firm),
        gone=tuple(Change(e, None) for e in before.entries if e.firm_id not in after.by_firm),
        changed=tuple(change for change in found if change),
    )


def change_between(old: Entry, new: Entry, same_scale: bool = True) -> Change | None:
    """What changed of one firm, with reasons; None if it is too little to tell."""
    gates = tuple(
        (name, old.gates.get(name, "unknown"), state)
        for name, state in new.gates.items()
        if state != old.gates.get(name, "unknown")
    )
    moved = same_scale and abs(new.score - old.score) >= LEAST_POINTS
    if not moved and not gates:
        return None
    parts = moved_points(old.points, new.points, LEAST_PART) if moved else ()
    return Change(old, new, tuple(parts), gates)
