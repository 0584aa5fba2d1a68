"""How well `matching.identity` links names, beside plain RapidFuzz, and how fast.

    python benchmarks/identity.py --data DIR          the tables
    python benchmarks/identity.py --data DIR --fit    weights and calibration for profile.py

Pool: every company name and every parent of vendor_aliases_dev.csv, once per group. Each name looks
for the nearest other name; right if that is of its group (names of two groups count as they come).
Figures of the engine are cross-validated by groups: five folds, weights and thresholds fitted on
the names of four, measured on the names of the fifth. "Names" treats every name as unrelated;
"registry" knows which of the other names belong to one firm, as a registry does, and asks
when two firms fit equally well (the rule of `matching.identity.decide`).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from matching.identity import Method, NameIndex, Place, Query, Record, Zone, profile
from matching.identity.decide import RIVAL_POINTS
from matching.identity.evidence import FEATURES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FOLDS = 5
SEED = 20
# Ridge on standardised features; the two candidates nearest a query are what matters.
RIDGE = 1e-3
HARDEST = 2
ROUNDS = 3
# The scale of the score: points per unit of log-odds, and the score at even odds; chosen so that
# SAME_FROM is 80 and two alike names without a common number end near 100.
POINTS_PER_LOGIT = 8.0
EVEN_ODDS = 70.0
WANTED_RIGHT = 0.99
# Share of registry-sized training pairs; the rest are vendor aliases.
REGISTRY_SHARE = 0.4
TIMED_QUERIES = 4_000


@dataclass(frozen=True)
class Pairs:
    """Candidate pairs: one row each. `values` are features (rows x features), the limits 0..100."""

    values: Floats
    least: Floats
    most: Floats
    query: Ints
    candidate: Ints
    right: Bools
    groups: Sequence[str]
    names: int


@dataclass(frozen=True)
class Weights:
    """Points per feature and the points that every pair begins with."""

    points: Floats
    base: float

    def raw(self, pairs: Pairs) -> Floats:
        """Points before limits."""
        return pairs.values @ self.points + self.base

    def scores(self, pairs: Pairs) -> Floats:
        """What `Comparison.score` would say."""
        limited = np.minimum(np.maximum(self.raw(pairs), pairs.least), pairs.most)
        return np.clip(limited, 0, 100)


def vendor_names(data: Path) -> list[tuple[str, str]]:
    """(name, group) of all company names and their parents."""
    with (data / "vendor_aliases_dev.csv").open(encoding="utf-8") as file:
        rows = [(row["company_name"], row["parent_company"]) for row in csv.DictReader(file)]
    parents = dict.fromkeys(parent for _, parent in rows)
    return rows + [(parent, parent) for parent in parents]


def firms(data: Path) -> Iterator[dict[str, object]]:
    """The firms' profiles."""
    with gzip.open(data / "ccc_firms_2017.jsonl.gz", "rt", encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


def firm_record(firm: dict[str, object]) -> Record:
    """A firm with all its names and its place."""
    alternate = firm.get("alternate_name") or []
    names = [firm.get("name"), firm.get("legal_operating_name")]
    names += alternate if isinstance(alternate, list) else [alternate]
    location = firm.get("location")
    place = location if isinstance(location, dict) else {}
    return Record(
        key=str(firm["ccc_id"]),
        names=tuple(dict.fromkeys(str(name) for name in names if name)),
        place=Place(
            str(place.get("province") or ""),
            str(place.get("city") or ""),
            str(place.get("postal_prefix") or ""),
        ),
    )


def vendor_pairs(names: Sequence[tuple[str, str]]) -> Pairs:
    """The candidates of every name among all the others."""
    index = NameIndex(Record(number, (name,)) for number, (name, _) in enumerate(names))
    groups = [group for _, group in names]
    rows = []
    for number, (name, group) in enumerate(names):
        for key, found in index.nearest(name, limit=50, without=(number,)):
            other = int(str(key))
            rows.append((number, other, groups[other] == group, found))
    return _pairs(rows, groups)


def registry_pairs(data: Path, most: int = 4_000) -> Pairs:
    """Operating and alternate names looked up among the other names of all firms."""
    records = {str(record.key): record for record in map(firm_record, firms(data))}
    index = NameIndex(records.values())
    groups: list[str] = []
    rows = []
    with (data / "ccc_name_aliases_dev.csv").open(encoding="utf-8") as file:
        aliases = [row for row in csv.DictReader(file) if row["ccc_id"] in records][:most]
    for row in aliases:
        number = len(groups)
        groups.append(row["ccc_id"])
        for key, found in index.nearest(row["name_b"], limit=50):
            # The name itself is what is hidden, in whatever record it stands.
            if found.right.raw != row["name_b"]:
                rows.append((number, 0, key == row["ccc_id"], found))
    return _pairs(rows, groups)


def _pairs(rows: Sequence[tuple], groups: Sequence[str]) -> Pairs:  # type: ignore[type-arg]
    limits = [row[3].limits for row in rows]
    return Pairs(
        values=np.array([row[3].values for row in rows]),
        least=np.array([max((limit.least for limit in of), default=0.0) for of in limits]),
        most=np.array([min((limit.most for limit in of), default=100.0) for of in limits]),
        query=np.array([row[0] for row in rows]),
        candidate=np.array([row[1] for row in rows]),
        right=np.array([row[2] for row in rows]),
        groups=groups,
        names=len(groups),
    )


def folds_of(pairs: Pairs) -> Ints:
    """The fold of every pair, by the group of its query."""
    names = sorted(set(pairs.groups))
    drawn = np.random.default_rng(SEED).integers(0, FOLDS, len(names))
    fold = dict(zip(names, drawn, strict=True))
    return np.array([fold[pairs.groups[query]] for query in pairs.query])


def fit(pairs: Pairs, registry: Pairs | None, used: Bools) -> Weights:
    """Ridge logistic regression with fixed signs on the hardest candidates of every query."""
    size = Counter(pairs.groups)
    weight = np.array([size[pairs.groups[query]] ** -0.5 for query in pairs.query])
    values, right = pairs.values, pairs.right
    kept = used.copy()
    extra: Bools = np.zeros(0, dtype=bool) if registry is None else registry.query >= 0
    for _ in range(ROUNDS):
        blocks = [(values[kept], right[kept], weight[kept] / weight[kept].sum())]
        if registry is not None:
            share = REGISTRY_SHARE / (1 - REGISTRY_SHARE) / extra.sum()
            blocks.append(
                (registry.values[extra], registry.right[extra], np.full(extra.sum(), share))
            )
        found = _logistic(*(np.concatenate(column) for column in zip(*blocks, strict=True)))
        kept = used & (ranks(found.raw(pairs), pairs.query) < HARDEST)
        if registry is not None:
            extra = ranks(found.raw(registry), registry.query) < HARDEST
    return found


def _logistic(values: Floats, right: Bools, weight: Floats) -> Weights:
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
    scaled, sign = (values - mean) / spread, np.where(right, 1.0, -1.0)
    weight = weight / weight.sum()

    def loss(theta: Floats) -> tuple[float, Floats]:
        margin = -sign * (scaled @ theta[:-1] + theta[-1])
        slope = -weight * sign / (1 + np.exp(-margin))
        gradient = np.append(scaled.T @ slope + 2 * RIDGE * theta[:-1], slope.sum())
        return float(weight @ np.logaddexp(0, margin) + RIDGE * theta[:-1] @ theta[:-1]), gradient

    bounds = [(0, None) if feature.sign > 0 else (None, 0) for feature in FEATURES]
    start = np.zeros(values.shape[1] + 1)
    best = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)],
        options={"maxiter": 200},
    ).x  # fmt: skip
    slopes = best[:-1] / spread
    return Weights(
        POINTS_PER_LOGIT * slopes, float(EVEN_ODDS + POINTS_PER_LOGIT * (best[-1] - slopes @ mean))
    )


def ranks(scores: Floats, query: Ints) -> Ints:
    """0 for the best candidate of each query, 1 for the next ..."""
    order = np.lexsort((-scores, query))
    starts = np.r_[True, query[order][1:] != query[order][:-1]]
    positions = np.arange(len(order))
    begun = np.maximum.accumulate(np.where(starts, positions, 0))
    result = np.empty(len(order), dtype=np.int64)
    result[order] = positions - begun
    return result


@dataclass(frozen=True)
class Nearest:
    """The nearest candidate of every query that has one: score, right or not, links forbidden."""

    scores: Floats
    right: Bools
    asked: Bools
    names: int

    @property
    def share_right(self) -> float:
        """Share of all names whose nearest name is right."""
        return float(self.right.sum() / self.names)

    def linked(self, threshold: float) -> tuple[float, float]:
        """Share of names linked, share of those links that are right."""
        link = (self.scores >= threshold) & ~self.asked
        return float(link.sum() / self.names), float(self.right[link].mean()) if any(link) else 1.0

    def widest(self, wanted: float) -> tuple[float, float, float]:
        """Threshold, share linked and share right where most are linked at the wanted quality."""
        options = [(*self.linked(at), at) for at in np.unique(self.scores)]
        share, right, at = max(
            (option for option in options if option[1] >= wanted), default=(0.0, 1.0, 101.0)
        )
        return float(at), share, right


def nearest(pairs: Pairs, scores: Floats, raw: Floats, known: bool) -> Nearest:
    """Pick the nearest; with `known` groups, a second firm close by means asking a person."""
    fine = scores + raw * 1e-6
    best = np.flatnonzero(ranks(fine, pairs.query) == 0)
    asked = np.zeros(len(best), dtype=bool)
    if known:
        group = np.array([pairs.groups[candidate] for candidate in pairs.candidate])
        owner = dict(
            zip(pairs.query[best], zip(group[best], scores[best], strict=True), strict=True)
        )
        rivals = {
            int(query)
            for query, firm, score in zip(pairs.query, group, scores, strict=True)
            if firm != owner[query][0] and score > owner[query][1] - RIVAL_POINTS
            and score >= profile.SAME_FROM
        }  # fmt: skip
        asked = np.array([int(query) in rivals for query in pairs.query[best]])
    return Nearest(scores[best], pairs.right[best], asked, pairs.names)


def cross_validated(pairs: Pairs, registry: Pairs | None) -> tuple[Floats, Floats]:
    """Scores and raw points of every pair by weights that never saw the query's group."""
    folds = folds_of(pairs)
    scores, raw = np.zeros(len(folds)), np.zeros(len(folds))
    for fold in range(FOLDS):
        held = folds == fold
        weights = fit(pairs, registry, ~held)
        scores[held], raw[held] = weights.scores(pairs)[held], weights.raw(pairs)[held]
    return scores, raw


def baseline(names: Sequence[tuple[str, str]], scorer: Any) -> Nearest:
    """Plain RapidFuzz: the first of the best among all other names."""
    spelled = [name for name, _ in names]
    groups = np.array([group for _, group in names])
    table = process.cdist(spelled, spelled, scorer=scorer, workers=-1, dtype=np.float32)
    np.fill_diagonal(table, -1)
    best = table.argmax(axis=1)
    scores = table[np.arange(len(spelled)), best].astype(np.float64)
    return Nearest(scores, groups[best] == groups, np.zeros(len(best), dtype=bool), len(best))


def isotonic(scores: Floats, right: Bools) -> list[tuple[float, float]]:
    """Pool adjacent violators over bins of equal size: (mean score, share right), rising."""
    order = np.argsort(scores, kind="stable")
    bins = [
        (float(scores[part].mean()), float(right[part].sum()), len(part))
        for part in np.array_split(order, 40)
    ]
    pooled: list[tuple[float, float, int]] = []
    for block in bins:
        pooled.append(block)
        while len(pooled) > 1 and pooled[-2][1] * pooled[-1][2] >= pooled[-1][1] * pooled[-2][2]:
            (one, hits, size), (other, more, count) = pooled[-2], pooled.pop()
            total = size + count
            pooled[-1] = ((one * size + other * count) / total, hits + more, total)
    # One hit and one miss more (Laplace), so that no bin promises certainty.
    return list({round(s, 1): (s, (hits + 1) / (size + 2)) for s, hits, size in pooled}.values())


def show(title: str, found: Nearest, threshold: float | None = None) -> None:
    """One row of the table."""
    at, share, right = found.widest(WANTED_RIGHT)
    row = f"{title:34} {found.share_right:8.2%} {share:9.2%} {right:8.2%} {at:6.1f}"
    if threshold is not None:
        share, right = found.linked(threshold)
        row += f"   at {threshold:.0f}: {share:.2%} linked, {right:.2%} right"
    print(row)


def quality(data: Path) -> None:
    """The table of vendor aliases."""
    names = vendor_names(data)
    print(f"{len(names)} names, {len({group for _, group in names})} groups")
    print(f"{'':34} {'nearest':>8} {'linked at 99 %':>9}")
    for scorer in (fuzz.token_sort_ratio, fuzz.token_set_ratio, fuzz.WRatio):
        show(scorer.__name__, baseline(names, scorer))
    pairs = vendor_pairs(names)
    scores, raw = cross_validated(pairs, registry_pairs(data))
    for label, known in (("names", False), ("registry", True)):
        found = nearest(pairs, scores, raw, known)
        show(f"matching.identity, {label}", found, profile.SAME_FROM)


def print_fit(data: Path) -> None:
    """Weights fitted on everything, calibration on cross-validated scores."""
    pairs, registry = vendor_pairs(vendor_names(data)), registry_pairs(data)
    weights = fit(pairs, registry, np.ones(len(pairs.query), dtype=bool))
    print(f"BASE_POINTS = {weights.base:.2f}")
    for feature, points in zip(FEATURES, weights.points, strict=True):
        print(f'    "{feature.name}": {points:.2f},')
    scores, raw = cross_validated(pairs, registry)
    found = nearest(pairs, scores, raw, True)
    print("registry widest", found.widest(WANTED_RIGHT), "names", end=" ")
    print(nearest(pairs, scores, raw, False).widest(0.985))
    # Confidence must hold in a pool of thousands and in one of tens of thousands.
    far = nearest(registry, weights.scores(registry), weights.raw(registry), False)
    # Of an exact namesake in another record nobody knows whether it is another firm.
    open_ones = far.scores < 100
    every = np.r_[found.scores[~found.asked], far.scores[open_ones]]
    right = np.r_[found.right[~found.asked], far.right[open_ones]]
    for score, share in isotonic(every, right):
        print(f"    ({score:.1f}, {share:.3f}),")


def registry_quality(data: Path) -> None:
    """Links from contract vendors and from hidden aliases into all real firms; look-up time."""
    records = [firm_record(firm) for firm in firms(data)]
    began = time.perf_counter()
    index = NameIndex(records)
    names = sum(len(record.names) for record in records)
    print(f"{len(records)} firms, {names} names: built in {time.perf_counter() - began:.1f} s")
    timed(index, records)
    with (data / "dnd_vendor_to_ccc.csv").open(encoding="utf-8") as file:
        vendors = [(row["vendor_key"], row["ccc_id"]) for row in csv.DictReader(file)]
    told("contract vendors", [(index.decide(Query((name,))), key) for name, key in vendors])
    aliases(index, data, {str(record.key): record for record in records})


def aliases(index: NameIndex, data: Path, records: dict[str, Record]) -> None:
    """Each firm's other name, hidden from the index for the moment of its look-up."""
    answers = []
    with (data / "ccc_name_aliases_dev.csv").open(encoding="utf-8") as file:
        for row in list(csv.DictReader(file))[::4]:
            record = records.get(row["ccc_id"])
            if record is None or row["name_a"] not in record.names:
                continue
            index.remove(record.key)
            kept = tuple(name for name in record.names if name != row["name_b"])
            index.add(Record(record.key, kept, place=record.place))
            answers.append((index.decide(Query((row["name_b"],))), row["ccc_id"]))
            index.remove(record.key)
            index.add(record)
    told("hidden aliases", answers)


def told(title: str, answers: Iterable[tuple[object, str]]) -> None:
    """Zones, and how often a link is right.

    "Namesake": the very same name stands in another record, often a branch of the same firm.
    """
    zones: Counter[str] = Counter()
    for given, key in answers:
        zone = given.zone  # type: ignore[attr-defined]
        keys = [found.key for found in given.candidates]  # type: ignore[attr-defined]
        if zone is Zone.SAME:
            how = "namesake" if given.method is Method.EXACT else "wrong"  # type: ignore[attr-defined]
            zones[f"same, {'right' if given.key == key else how}"] += 1  # type: ignore[attr-defined]
        else:
            zones[f"{zone.value}, {'listed' if key in keys else 'not listed'}"] += 1
    total = sum(zones.values())
    print(
        f"{title} ({total}): " + "; ".join(f"{k} {v / total:.1%}" for k, v in zones.most_common())
    )


def timed(index: NameIndex, records: Sequence[Record]) -> None:
    """Look-up times: names as they are, and with two letters swapped."""
    step = max(1, len(records) // TIMED_QUERIES)
    asked = [record.names[0] for record in records[::step]]
    mistyped = [name[:3] + name[4:5] + name[3:4] + name[5:] for name in asked]
    for title, queries in (("exact", asked), ("mistyped", mistyped)):
        spent = []
        for name in queries:
            began = time.perf_counter()
            index.decide(Query((name,)))
            spent.append((time.perf_counter() - began) * 1e3)
        p50, p99 = np.percentile(spent, [50, 99])
        print(f"look-up of {title} names: p50 {p50:.2f} ms, p99 {p99:.2f} ms")


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of the development data")
    parser.add_argument("--fit", action="store_true", help="print the numbers of profile.py")
    arguments = parser.parse_args()
    if arguments.fit:
        print_fit(arguments.data)
    else:
        quality(arguments.data)
        registry_quality(arguments.data)


if __name__ == "__main__":
    main()
