"""How good is the ranking? Cross-validated on the declarations of a registry that was imported.

    python -m benchmarks.ranking --home HOME [--fit]

A third of the firms that declare supply classes is hidden and ranked for each class; what they
declared is the truth. `known` classes are declared by other firms, `unseen` ones were hidden from
all. `awards` ranks the firms that won contracts, with the contracts hidden. Weights are fitted on
the other folds and on the other half of the classes, so no figure is in-sample. `--fit` fits them
on everything and writes matching/data/profile.json.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from scipy import optimize, sparse
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

import matching
import registry.schema  # noqa: F401  (the tables)
from matching import Need, Supplier, SupplyClass, engine
from matching.build import build_index
from matching.index.classes import learn_classes
from matching.index.kin import find_kin_among
from matching.index.model import Index, Leaders, Part
from matching.index.ragged import Ragged
from matching.index.statistics import Statistics
from matching.profiles import PROFILE
from registry.matches.candidates import all_suppliers, supply_classes

REPEATS, FOLDS = 2, 3
HIDDEN_CLASSES = 112 / 479  # share of classes hidden from all, as in the held-back judgement
LEAST_RELEVANT = 3
SET_BY_JUDGEMENT = {"declared": 20.0, "awarded": 10.0}
RIDGE = 0.003
METRICS = ("MAP", "nDCG@20", "P@10", "R@50")

Asks = Callable[[SupplyClass], Need]
ASKED: dict[str, Asks] = {
    "English": lambda entry: Need(entry.code, title_en=entry.title_en),
    "French": lambda entry: Need(entry.code, title_fr=entry.title_fr),
    "code": lambda entry: Need(entry.code, class_codes=(entry.code,)),
    "English and code": lambda entry: Need(
        entry.code, title_en=entry.title_en, class_codes=(entry.code,)
    ),
}


@dataclass(frozen=True)
class Block:
    """One class in one pool: which firms are relevant, and the value of each feature."""

    number: int
    unseen: bool
    relevant: NDArray[np.bool_]  # n
    values: NDArray[np.float32]  # n x F
    part: str = ""  # "awards", or by whether the class is unseen


@dataclass(frozen=True)
class Split:
    pool: NDArray[np.int64]  # places of the firms that are ranked
    hidden: frozenset[int]  # classes hidden from all


class Corpus:
    """The registry's firms as an index, with what is true and may be hidden."""

    def __init__(self, suppliers: list[Supplier], classes: list[SupplyClass]) -> None:
        self.suppliers, self.classes = suppliers, classes
        numbers = {entry.code: number for number, entry in enumerate(classes)}
        self.won = [
            {numbers[win.class_code] for win in supplier.wins if win.class_code in numbers}
            for supplier in suppliers
        ]
        # Contracts are hidden throughout: they would be both evidence and truth.
        self.base = build_index((replace(s, wins=()) for s in suppliers), classes).base
        declared = self.base.segment.declared
        self.declared = [set(declared.row(place).tolist()) for place in range(len(suppliers))]

    def relearn(self, split: Split) -> Index:
        """The same firms, with classes learnt from the declarations that the split leaves."""
        hidden_firms = set(split.pool.tolist())
        rows = [
            [] if place in hidden_firms else sorted(codes - split.hidden)
            for place, codes in enumerate(self.declared)
        ]
        segment = replace(self.base.segment, declared=Ragged.of(rows, np.int16))
        old = self.base.statistics
        models = learn_classes(self.classes, segment, old.vocabulary, old.idf)
        kin = find_kin_among(segment.firms, models.teachers)
        statistics = Statistics.of(old.vocabulary, old.idf, models, tuple(self.classes))
        return Index((Part(segment, statistics, kin, Leaders.none(), self.base.hidden),))

    def splits(self) -> Iterator[Split]:
        firms = np.flatnonzero([bool(codes) for codes in self.declared])
        for repeat in range(REPEATS):
            random = np.random.default_rng(repeat)
            for pool in np.array_split(random.permutation(firms), FOLDS):
                count = int(len(self.classes) * HIDDEN_CLASSES)
                hidden = random.choice(len(self.classes), count, replace=False)
                yield Split(np.sort(pool), frozenset(hidden.tolist()))

    def awards(self) -> Split:
        return Split(np.flatnonzero([bool(codes) for codes in self.won]), frozenset())

    def blocks(
        self, index: Index, split: Split, truth: list[set[int]], asks: Asks, least: int = 2
    ) -> list[Block]:
        found = []
        for number, entry in enumerate(self.classes):
            relevant = np.array([number in truth[place] for place in split.pool])
            if relevant.sum() >= least:
                asked = matching.compile_need(asks(entry), index.statistics)
                values = engine.measure(asked, index.parts[0], split.pool, PROFILE)
                found.append(Block(number, number in split.hidden, relevant, values))
        return found


def judge(relevant: NDArray[np.bool_], scores: NDArray[np.floating]) -> tuple[float, ...]:
    """MAP, nDCG@20, P@10 and R@50 of one ranking; ties keep the order of the pool."""
    hits = relevant[np.argsort(-scores, kind="stable")]
    total = int(hits.sum())
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    discount = 1 / np.log2(np.arange(2, 22))
    gained = (hits[:20] * discount[: len(hits[:20])]).sum()
    return (
        float((precision * hits).sum() / total),
        float(gained / discount[: min(20, total)].sum()),
        float(hits[:10].mean()),
        float(hits[:50].sum() / total),
    )


def fit(blocks: list[Block], columns: list[int], seed: int = 0) -> NDArray[np.float64]:
    """Non-negative weights: each relevant firm against all that are not (listwise softmax)."""
    random = np.random.default_rng(seed)
    values, labels, groups = [], [], []
    for group, block in enumerate(blocks):
        relevant, others = np.flatnonzero(block.relevant), np.flatnonzero(~block.relevant)
        if len(others) > 250:  # the hardest, and some of the rest
            hardest = others[np.argsort(-block.values[others].sum(axis=1))[:150]]
            others = np.union1d(hardest, random.choice(others, 100, replace=False))
        rows = np.concatenate((relevant, others))
        values.append(block.values[rows][:, columns])
        labels.append(block.relevant[rows])
        groups.append(np.full(len(rows), group))
    x, y = np.concatenate(values).astype(float), np.concatenate(labels).astype(float)
    group = np.concatenate(groups)
    start = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    share = y / np.add.reduceat(y, start)[group]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = x @ weights
        power = np.exp(scores - np.maximum.reduceat(scores, start)[group])
        others = np.add.reduceat(power * (1 - y), start)[group]
        likely = power / (power + others + 1e-12)
        pull = np.add.reduceat(share / (power + others + 1e-12), start)[group]
        slope = (1 - y) * power * pull - share * (1 - likely)
        value = -(share * np.log(likely + 1e-12)).sum() / len(blocks) + RIDGE * weights @ weights
        return float(value), x.T @ slope / len(blocks) + 2 * RIDGE * weights

    bounds = [(0, None)] * len(columns)
    start_at = np.ones(len(columns))
    return np.asarray(optimize.minimize(loss, start_at, jac=True, bounds=bounds).x)


def cross_validate(
    folds: list[list[Block]], awards: list[Block], columns: list[int], classes: int
) -> dict[str, NDArray[np.float64]]:
    """Mean figures out of fold; the weights for `awards` are the mean over the folds."""
    half = np.random.default_rng(3).integers(0, 2, classes)
    found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    all_weights = []
    for place, fold in enumerate(folds):
        repeat = place // FOLDS
        others = [f for p, f in enumerate(folds) if p // FOLDS == repeat and p != place]
        for side in (0, 1):
            teaching = [b for other in others for b in other if half[b.number] != side]
            weights = fit(teaching, columns)
            all_weights.append(weights)
            for block in fold:
                if half[block.number] == side and block.relevant.sum() >= LEAST_RELEVANT:
                    figures = judge(block.relevant, block.values[:, columns] @ weights)
                    found["unseen" if block.unseen else "known"].append(figures)
    mean = np.mean(all_weights, axis=0)
    for block in awards:
        if block.relevant.sum() >= LEAST_RELEVANT:
            found["awards"].append(judge(block.relevant, block.values[:, columns] @ mean))
    return {name: np.mean(figures, axis=0) for name, figures in found.items()}


def baselines(corpus: Corpus, split: Split) -> dict[str, NDArray[np.float32]]:
    """K x n scores of two plain methods for a pool."""
    offers = [[offer.name for offer in corpus.suppliers[p].offers] or [""] for p in split.pool]
    flat = [matching.text.normalised(name) for names in offers for name in names]
    start = np.cumsum([0, *map(len, offers[:-1])])
    titles = [matching.text.normalised(entry.title_en) for entry in corpus.classes]
    likeness = process.cdist(titles, flat, scorer=fuzz.token_set_ratio, workers=-1)
    return {
        "RapidFuzz token_set_ratio, best product": np.maximum.reduceat(likeness, start, axis=1),
        "BM25, title and keywords": _bm25(corpus, split),
    }


def _bm25(corpus: Corpus, split: Split, k1: float = 1.2, b: float = 0.5) -> NDArray[np.float32]:
    """Okapi BM25 over all words of a firm, unstemmed (Robertson, 2009)."""
    documents = [_words(corpus.suppliers[place]) for place in split.pool]
    queries = [
        set(matching.text.words(" ".join((entry.title_en, *entry.keywords_en))))
        for entry in corpus.classes
    ]
    terms = {term: n for n, term in enumerate(sorted(set().union(*queries)))}
    counts = sparse.lil_matrix((len(documents), len(terms)), dtype=np.float32)
    for row, document in enumerate(documents):
        for word in document:
            if word in terms:
                counts[row, terms[word]] += 1
    matrix = counts.tocsr()
    lengths = np.array([len(document) for document in documents], np.float32)
    used = np.bincount(matrix.indices, minlength=len(terms))
    idf = np.log(1 + (len(documents) - used + 0.5) / (used + 0.5))
    rows = np.repeat(np.arange(len(documents)), np.diff(matrix.indptr))
    norm = k1 * (1 - b + b * lengths[rows] / lengths.mean())
    matrix.data = matrix.data * (k1 + 1) / (matrix.data + norm) * idf[matrix.indices]
    asked = sparse.lil_matrix((len(queries), len(terms)), dtype=np.float32)
    for row, query in enumerate(queries):
        for term in query:
            asked[row, terms[term]] = 1
    return np.asarray((asked.tocsr() @ matrix.T).toarray(), np.float32)


def _words(supplier: Supplier) -> list[str]:
    passages = [
        *(f"{offer.name} {offer.description}" for offer in supplier.offers),
        supplier.profile, *supplier.statements, *supplier.mentions, *supplier.names,
        *(title for _code, title in supplier.industries),
    ]  # fmt: skip
    return matching.text.words(" ".join(passages))


def print_row(name: str, figures: dict[str, NDArray[np.float64]]) -> None:
    cells = [f"{figures[part][0]:.3f}" if part in figures else "–" for part in PARTS]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


PARTS = ("known", "unseen", "awards")


@dataclass
class Study:
    """What was measured: blocks by way of asking, and figures of the plain methods."""

    folds: dict[str, list[list[Block]]]
    awards: dict[str, list[Block]]
    plain: dict[str, dict[str, list[tuple[float, ...]]]]

    def judge_plain(self, blocks: list[Block], scores: dict[str, NDArray[np.float32]]) -> None:
        for block in blocks:
            if block.relevant.sum() >= LEAST_RELEVANT:
                part = "unseen" if block.unseen else "known"
                for name, table in scores.items():
                    figures = judge(block.relevant, table[block.number])
                    self.plain[name][block.part or part].append(figures)


def measure(corpus: Corpus) -> Study:
    """Rank every pool for every class, in every way of asking."""
    study = Study(defaultdict(list), {}, defaultdict(lambda: defaultdict(list)))
    for split in corpus.splits():
        index = corpus.relearn(split)
        for name, asks in ASKED.items():
            study.folds[name].append(corpus.blocks(index, split, corpus.declared, asks))
        study.judge_plain(study.folds["English"][-1], baselines(corpus, split))
        print(f"split {len(study.folds['English'])} of {REPEATS * FOLDS}", flush=True)
    awards = corpus.awards()
    index = corpus.relearn(Split(np.zeros(0, np.int64), frozenset()))
    for name, asks in ASKED.items():
        blocks = corpus.blocks(index, awards, corpus.won, asks)
        study.awards[name] = [replace(block, part="awards") for block in blocks]
    study.judge_plain(study.awards["English"], baselines(corpus, awards))
    return study


def report(corpus: Corpus, study: Study) -> None:
    """Print the tables."""
    columns = [n for n, key in enumerate(PROFILE.weights) if key not in SET_BY_JUDGEMENT]
    print("\n| MAP | known | unseen | awards |\n|---|---|---|---|")
    for name, parts in study.plain.items():
        print_row(name, {part: np.mean(rows, axis=0) for part, rows in parts.items()})
    results = {
        name: cross_validate(study.folds[name], study.awards[name], columns, len(corpus.classes))
        for name in ASKED
    }
    for name, result in results.items():
        print_row(f"Cadence, {name}", result)
    for number, metric in enumerate(METRICS):
        row = {part: round(float(results["English"][part][number]), 3) for part in PARTS}
        print(metric, row)
    slices(corpus, study.folds["English"], columns)


def slices(corpus: Corpus, folds: list[list[Block]], columns: list[int]) -> None:
    """MAP within kinds of firms, with the shipped weights; smaller pools give higher figures."""
    weights = np.array(list(PROFILE.weights.values()))[columns]
    kinds: dict[str, Callable[[Supplier], bool]] = {
        "thin profiles (two products or fewer)": lambda s: len(s.offers) <= 2,
        "small firms (fewer than 20 people)": lambda s: (
            s.employees is not None and s.employees < 20
        ),
        "no product name in capitals": lambda s: not any(o.name.isupper() for o in s.offers),
        "some product name in capitals": lambda s: any(o.name.isupper() for o in s.offers),
    }
    for name, holds in kinds.items():
        figures = defaultdict(list)
        for split, fold in zip(corpus.splits(), folds, strict=True):
            inside = np.array([holds(corpus.suppliers[place]) for place in split.pool])
            for block in fold:
                relevant = block.relevant[inside]
                if relevant.sum() >= LEAST_RELEVANT:
                    scores = block.values[inside][:, columns] @ weights
                    part = "unseen" if block.unseen else "known"
                    figures[part].append(judge(relevant, scores))
        print_row(name, {part: np.mean(rows, axis=0) for part, rows in figures.items()})


def write_profile(blocks: list[Block], path: Path) -> None:
    """Fit on everything and write the profile; the weights add up to 100 points."""
    keys = [key for key in PROFILE.weights if key not in SET_BY_JUDGEMENT]
    columns = [list(PROFILE.weights).index(key) for key in keys]
    fitted = fit(blocks, columns)
    points = (100.0 - sum(SET_BY_JUDGEMENT.values())) * fitted / fitted.sum()
    weights = {**SET_BY_JUDGEMENT, **dict(zip(keys, points.round(1).tolist(), strict=True))}
    largest = max(keys, key=lambda key: weights[key])
    weights[largest] = round(weights[largest] + 100.0 - sum(weights.values()), 1)
    ordered = dict(sorted(weights.items(), key=lambda item: -item[1]))
    profile: dict[str, Any] = {"name": PROFILE.name, "fits_at": PROFILE.fits_at, "weights": ordered}
    path.write_text(json.dumps(profile, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder with cadence.sqlite")
    parser.add_argument("--fit", action="store_true", help="write matching/data/profile.json")
    arguments = parser.parse_args()
    with Session(create_engine(f"sqlite:///{arguments.home / 'cadence.sqlite'}")) as session:
        corpus = Corpus(list(all_suppliers(session)), supply_classes(session))
    study = measure(corpus)
    report(corpus, study)
    if arguments.fit:
        blocks = [block for fold in study.folds["English"] for block in fold]
        write_profile(blocks, Path("matching/data/profile.json"))


if __name__ == "__main__":
    main()
