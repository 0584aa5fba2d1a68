"""Two versions of a piece: what differs, and what two people did to the same one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Clash:
    """A field that two people changed, each to something else."""

    name: str
    mine: Any
    theirs: Any


def combine(
    was: Mapping[str, Any] | None, mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Clash]]:
    """Both people's changes in one piece, and the fields where only a person can choose.

    `was` is what mine began from; None when that is not known, and then every difference is a
    clash. A clash stands in the piece as theirs, which is what is stored.
    """
    combined: dict[str, Any] = {}
    clashes = []
    for name in mine:
        one, other = mine[name], theirs.get(name)
        before = was.get(name) if was is not None else None
        if one == other or (was is not None and one == before):
            combined[name] = other
        elif was is not None and other == before:
            combined[name] = one
        else:
            combined[name] = other
            clashes.append(Clash(name, one, other))
    return combined, clashes


@dataclass(frozen=True)
class Difference:
    """One field of a piece before and after; None is not stated."""

    name: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The fields that are not the same, in the order of `after`; an empty list states nothing."""
    sides = [
        {name: None if value == [] else value for name, value in piece.items()}
        for piece in (before, after)
    ]
    return [
        Difference(name, sides[0].get(name), sides[1].get(name))
        for name in dict.fromkeys([*after, *before])
        if sides[0].get(name) != sides[1].get(name)
    ]


@dataclass(frozen=True)
class Change:
    """What became of one piece: changed, added or removed. `key` is that of one of many."""

    section: str
    kind: str
    key: str | None
    piece: Mapping[str, Any]
    fields: list[Difference]

    def as_json(self) -> dict[str, Any]:
        """For the audit trail."""
        return {
            "section": self.section,
            "kind": self.kind,
            "key": self.key,
            "fields": {each.name: [each.before, each.after] for each in self.fields},
        }


def compare_records(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Every piece that differs between two records, section by section."""
    return [
        change
        for name, section in after.items()
        for change in (
            _plain_change(name, before.get(name), section)
            if not isinstance(section, list)
            else _listed_changes(name, before.get(name) or [], section)
        )
    ]


def _plain_change(name: str, before: Any, after: Mapping[str, Any]) -> list[Change]:
    fields = differences(before or {}, after)
    return [Change(name, "changed", None, after, fields)] if fields else []


def _listed_changes(name: str, before: list[Any], after: list[Any]) -> list[Change]:
    """Of a list of pieces with keys, or of plain words, which are their own keys."""
    old, new = _by_key(before), _by_key(after)
    changes = []
    for key, piece in new.items():
        kind = "changed" if key in old else "added"
        if fields := differences(old.get(key, {}), piece):
            changes.append(Change(name, kind, key, piece, fields))
    for key, piece in old.items():
        if key not in new:
            changes.append(Change(name, "removed", key, piece, differences(piece, {})))
    return changes


def _by_key(items: list[Any]) -> dict[str, dict[str, Any]]:
    pieces = [{"key": item, "code": item} if isinstance(item, str) else item for item in items]
    return {
        piece["key"]: {name: value for name, value in piece.items() if name != "key"}
        for piece in pieces
    }
