"""Is this firm already here? Names of many records: blocked, scored, decided."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

from matching.identity.compare import (
    EXACT,
    IDENTIFIERS,
    OTHER_NAME,
    Comparison,
    compare,
)
from matching.identity.decide import answer, remembered, scored
from matching.identity.names import Core, FirmName, Role, parse
from matching.identity.postings import Postings, grams_of
from matching.identity.rarity import Kind, Rarity, kind_of
from matching.identity.records import (
    Answer,
    Candidate,
    Decisions,
    Key,
    Query,
    Record,
    Verdict,
    name_reference,
    place_agreement,
    references_of,
)

K = TypeVar("K")
V = TypeVar("V")

# Names that are scored after blocking, per name of the query; the right one is among the first
# 12 for 99.5 % of names (benchmarks/identity.py).
_SCORED = 12
# Records with exactly the same name that one answer lists at most.
_MOST_NAMESAKES = 200
# Points for places: same postal prefix or city, same province, other province.
_PLACE_POINTS = {3: 4.0, 2: 3.0, 1: 1.0, 0: 0.0, -1: -6.0}


class NameIndex:
    """Every name of every record, ready for look-ups; a writer and readers must take turns.

    Records can be added and removed at any time; rows are never reused.
    """

    def __init__(self, records: Iterable[Record] = ()) -> None:
        """Raises ValueError if two records have one key."""
        self._records: dict[Key, Record] = {}
        # None where a record was removed.
        self._rows: list[tuple[Key, FirmName] | None] = []
        self._rows_of: dict[Key, tuple[int, ...]] = {}
        self._exact: dict[str, tuple[int, ...]] = {}
        self._by_identifier: dict[tuple[str, str], tuple[Key, ...]] = {}
        self._by_reference: dict[str, tuple[Key, ...]] = {}
        self._rarity = Rarity()
        grams = [gram for record in records for gram in self._enter(record)]
        self._postings = Postings(grams)

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, key: Key) -> bool:
        return key in self._records

    @property
    def rarity(self) -> Rarity:
        """How rare words are among the records."""
        return self._rarity

    def add(self, record: Record) -> None:
        """Add one record. Raises ValueError if its key is already here."""
        for grams in self._enter(record):
            self._postings.add(grams)

    def remove(self, key: Key) -> None:
        """Forget a record. Raises KeyError if it is not here."""
        record = self._records.pop(key)
        for row in self._rows_of.pop(key):
            for exact in _exact_keys(self._name_at(row)):
                _discard(self._exact, exact, row)
            self._rows[row] = None
            self._postings.remove(row)
        for identifier in record.identifiers:
            _discard(self._by_identifier, _identifier(identifier), key)
        for name in record.names:
            _discard(self._by_reference, name_reference(name), key)
        self._rarity.remove(_words(parse(name) for name in record.names))

    def nearest(
        self, name: str, *, limit: int = 10, without: Collection[Key] = ()
    ) -> list[tuple[Key, Comparison]]:
        """The names most like this one, best first, with their records' keys.

        Records in `without` are passed over (to look for a firm's doubles, say).
        """
        found = [
            (key, comparison)
            for key, comparison in self._compared(parse(name))
            if key not in without
        ]
        found.sort(key=lambda pair: _by_score(pair[1]))
        return found[:limit]

    def decide(
        self,
        query: Query,
        decisions: Decisions | Mapping[tuple[Key, Key], Verdict | str] | None = None,
        *,
        limit: int = 10,
        without: Collection[Key] = (),
    ) -> Answer:
        """One answer for a firm: which record it is, or which ones a person should look at.

        Decisions come first, then identifiers, then names. All records of zone SAME are listed,
        further ones up to `limit`. Raises ValueError for contradictory decisions.
        """
        told = decisions if isinstance(decisions, Decisions) else Decisions(decisions)
        verdicts = self._verdicts(query, told)
        best: dict[Key, Comparison | None] = {**self._best_names(query)}
        for key in (*self._identified(query), *verdicts):
            if key not in best:
                best[key] = self._unalike(query, key)
        candidates = [
            self._candidate(query, key, comparison, verdicts.get(key))
            for key, comparison in best.items()
            if key not in without
        ]
        agreement = {
            candidate.key: place_agreement(query.place, self._records[candidate.key].place)
            for candidate in candidates
        }
        return answer(candidates, agreement, limit)

    def _enter(self, record: Record) -> list[frozenset[str]]:
        """Take a record into every table but the postings; the grams of its rows, in order."""
        if record.key in self._records:
            raise ValueError(f"record {record.key!r} is already in the index")
        names = [parse(name) for name in dict.fromkeys(record.names)]
        first = len(self._rows)
        self._records[record.key] = record
        self._rows_of[record.key] = tuple(range(first, first + len(names)))
        for row, name in enumerate(names, first):
            self._rows.append((record.key, name))
            for exact in _exact_keys(name):
                _append(self._exact, exact, row)
        for identifier in record.identifiers:
            _append(self._by_identifier, _identifier(identifier), record.key)
        for name in names:
            _append(self._by_reference, f"name:{name.whole.sorted_key}", record.key)
        self._rarity.add(_words(names))
        return [grams_of(name.whole) for name in names]

    def _name_at(self, row: int) -> FirmName:
        entry = self._rows[row]
        assert entry is not None, "rows of present records are never removed"
        return entry[1]

    def _compared(self, name: FirmName, *, blocked: bool = True) -> list[tuple[Key, Comparison]]:
        """Every row worth scoring against a name: the exact ones and those of the blocking."""
        if not name.whole.words:
            return []
        rows = dict.fromkeys(self._namesakes(name))
        if blocked:
            grams = grams_of(name.whole)
            rows.update(dict.fromkeys(self._postings.likeliest(grams, _SCORED)))
        found: list[tuple[Key, Comparison]] = []
        # The shops of a chain are spelled alike: one comparison serves them all.
        known: dict[str, Comparison] = {}
        for row in rows:
            entry = self._rows[row]
            if entry is None:
                continue
            key, other = entry
            if other.raw not in known:
                known[other.raw] = self._judged(name, other)
            found.append((key, known[other.raw]))
        return found

    def _namesakes(self, name: FirmName) -> list[int]:
        rows = [row for exact in _exact_keys(name) for row in self._exact.get(exact, ())]
        return rows[:_MOST_NAMESAKES]

    def _settles(self, query: Query, found: list[tuple[Key, Comparison]]) -> bool:
        """Whether an exact name, not in another province, makes a search for alike ones idle."""
        return any(
            comparison.score == EXACT.most
            and place_agreement(query.place, self._records[key].place) >= 0
            for key, comparison in found
        )

    def _judged(self, name: FirmName, other: FirmName) -> Comparison:
        comparison = compare(name, other, self._rarity)
        if self._names_another(name, other):
            return comparison.limited(OTHER_NAME)
        return comparison

    def _names_another(self, name: FirmName, other: FirmName) -> bool:
        """Whether the words that one name has on top are a name of the index themselves.

        So it is with joint ventures, resellers and parents: "Falcon Optics Borealis Ltd." is
        not Falcon Optics if there is a Borealis.
        """
        extra = _words_on_top(name.whole, other.whole) or _words_on_top(other.whole, name.whole)
        distinct = [word for word in extra if kind_of(word) in (Kind.RARE, Kind.PERSON)]
        if not distinct:
            return False
        return any(" ".join(sorted(words)) in self._exact for words in (extra, distinct))

    def _best_names(self, query: Query) -> dict[Key, Comparison]:
        best: dict[Key, Comparison] = {}
        for name in dict.fromkeys(query.names):
            parsed = parse(name)
            found = self._compared(parsed, blocked=False)
            if not self._settles(query, found):
                found = self._compared(parsed)
            for key, comparison in found:
                if key not in best or _by_score(comparison) < _by_score(best[key]):
                    best[key] = comparison
        return best

    def _unalike(self, query: Query, key: Key) -> Comparison | None:
        """The best comparison with a record that the names alone would not have found."""
        comparisons = [
            compare(name, self._name_at(row), self._rarity)
            for name in query.names
            for row in self._rows_of[key]
        ]
        return min(comparisons, key=_by_score, default=None)

    def _identified(self, query: Query) -> dict[Key, None]:
        return {
            key: None
            for identifier in query.identifiers
            for key in self._by_identifier.get(_identifier(identifier), ())
        }

    def _verdicts(self, query: Query, decisions: Decisions) -> dict[Key, Verdict]:
        """Verdicts by record key; a decision may call a record by its key or one of its names."""
        found: dict[Key, Verdict] = {}
        if not decisions:
            return found
        for reference, verdict in decisions.about(references_of(query)).items():
            keys = [reference] if reference in self._records else []
            if isinstance(reference, str):
                keys += self._by_reference.get(reference, ())
            for key in keys:
                if verdict is Verdict.DIFFERENT or key not in found:
                    found[key] = verdict
        return found

    def _candidate(
        self, query: Query, key: Key, comparison: Comparison | None, verdict: Verdict | None
    ) -> Candidate:
        record = self._records[key]
        if verdict is not None:
            return remembered(record, comparison, verdict)
        mine, yours = _identifiers(query.identifiers), _identifiers(record.identifiers)
        if comparison is not None:
            points = _PLACE_POINTS[place_agreement(query.place, record.place)]
            comparison = comparison.placed(points)
            if not mine & yours and {kind for kind, _ in mine} & {kind for kind, _ in yours}:
                comparison = comparison.limited(IDENTIFIERS)
        return scored(record, comparison, identified=bool(mine & yours))


def _by_score(comparison: Comparison) -> tuple[float, float, str]:
    return (-comparison.score, -comparison.raw_points, comparison.right.raw)


def _exact_keys(name: FirmName) -> tuple[str, ...]:
    """Keys under which a name, or a trade name inside it, is found at once."""
    cores = [name.whole]
    if len(name.parts) > 1:
        cores += [part for part in name.parts if part.role is Role.TRADE]
    keys = [key for core in cores for key in (core.sorted_key, core.squashed) if key]
    return tuple(dict.fromkeys(keys))


def _words(names: Iterable[FirmName]) -> set[str]:
    return {word for name in names for word in name.whole.words}


def _words_on_top(longer: Core, shorter: Core) -> list[str]:
    """The words that one name adds to the other; none unless it contains the other."""
    extra = list(longer.words)
    for word in shorter.words:
        if word not in extra:
            return []
        extra.remove(word)
    return extra


def _identifier(identifier: tuple[str, str]) -> tuple[str, str]:
    """Type and value without case, blanks and punctuation."""
    kind, value = identifier
    return kind.strip().lower(), "".join(sign for sign in value.lower() if sign.isalnum())


def _identifiers(identifiers: tuple[tuple[str, str], ...]) -> set[tuple[str, str]]:
    return {_identifier(identifier) for identifier in identifiers}


def _append(table: dict[K, tuple[V, ...]], key: K, value: V) -> None:
    table[key] = (*table.get(key, ()), value)


def _discard(table: dict[K, tuple[V, ...]], key: K, value: V) -> None:
    rest = tuple(known for known in table.get(key, ()) if known != value)
    if rest:
        table[key] = rest
    else:
        table.pop(key, None)
