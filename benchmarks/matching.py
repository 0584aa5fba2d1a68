"""How fast is the matcher on a registry that was imported, and how does it grow?

    python -m benchmarks.matching --home HOME [--growth 10]

Every time is beside a baseline of the same run: exhaustive RapidFuzz (token_set_ratio of the title
with every item, by name and description or by name alone) and SQLite FTS5 (ranked by BM25). One
core ranks; the index is read in one process for each core.
"""

import argparse
import datetime as dt
import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from rapidfuzz import fuzz, process
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

import matching
import registry.schema  # noqa: F401  (the tables)
from matching import Index, Need, Supplier, SupplyClass, engine, retrieval, text
from registry.matches.candidates import all_suppliers, count_suppliers, supply_classes
from registry.matches.needs import need_of_category
from registry.matches.reading import read_firms
from registry.taxonomy.service import list_categories

TODAY = dt.date(2026, 11, 24)
SHOWN = 50


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what the call gave."""
    start = time.perf_counter()
    answer = call()
    return time.perf_counter() - start, answer


def milliseconds(seconds: Sequence[float], percentile: float) -> float:
    return float(np.percentile(seconds, percentile) * 1000)


def time_ranking(index: Index, needs: Sequence[Need]) -> list[float]:
    """Seconds of each explained top 50, after a warm-up."""
    for need in needs[::10]:
        matching.rank(index, need, today=TODAY, limit=SHOWN)
    return [
        timed(lambda need=need: matching.rank(index, need, today=TODAY, limit=SHOWN))[0]
        for need in needs
    ]


def time_rapidfuzz(
    suppliers: Sequence[Supplier], needs: Sequence[Need], described: bool
) -> list[float]:
    """Exhaustive scoring of all items by their names, or by names and descriptions."""
    names = [
        text.normalised(f"{offer.name} {offer.description}" if described else offer.name)
        for s in suppliers
        for offer in s.offers
    ]
    return [
        timed(
            lambda need=need: process.cdist(
                [text.normalised(need.title_en)], names, scorer=fuzz.token_set_ratio, workers=1
            ).argpartition(-SHOWN)
        )[0]
        for need in needs
    ]


def time_fts(suppliers: Sequence[Supplier], needs: Sequence[Need]) -> list[float]:
    database = sqlite3.connect(":memory:")
    database.execute("create virtual table firms using fts5(words, tokenize='porter unicode61')")
    rows = (
        (" ".join((*(f"{o.name} {o.description}" for o in s.offers), s.profile)),)
        for s in suppliers
    )
    database.executemany("insert into firms values (?)", rows)
    query = "select rowid, bm25(firms) from firms where firms match ? order by rank limit 50"
    titles = (text.words(need.title_en) for need in needs)
    asked = [" OR ".join(f'"{word}"' for word in words) for words in titles if words]
    return [
        timed(lambda words=words: database.execute(query, (words,)).fetchall())[0]
        for words in asked
    ]


def kept_by_retrieval(index: Index, needs: Sequence[Need]) -> list[float]:
    """Share of the top 50 of scoring everything that retrieval hands on to scoring."""
    part, shares = index.base, []
    everything = np.arange(len(part.segment))
    for need in needs:
        asked = matching.compile_need(need, index.statistics)
        weights = np.asarray(list(matching.PROFILE.weights.values()), np.float32)
        scores = engine.measure(asked, part, everything, matching.PROFILE) @ weights
        best = np.lexsort((part.segment.keys, -scores))[:SHOWN]
        best = best[scores[best] > 0]
        shares.append(float(np.isin(best, retrieval.retrieve(asked, part)).mean()))
    return shares


def recombined(suppliers: Sequence[Supplier], times: int) -> Iterator[Supplier]:
    """More firms of the same kind: each new one has the products of some, the rest of another."""
    yield from suppliers
    chance = random.Random(1)
    key = max(supplier.key for supplier in suppliers)
    for _ in range((times - 1) * len(suppliers)):
        key += 1
        body, products = chance.choice(suppliers), chance.choice(suppliers)
        yield replace(body, key=key, offers=products.offers, industries=products.industries)


def report_index(session: Session) -> tuple[Index, list[Supplier], list[SupplyClass]]:
    classes = supply_classes(session)
    firms = count_suppliers(session)
    seconds, index = timed(lambda: matching.join(read_firms(session, firms), classes))
    print(f"index build from the database: {seconds:.1f} s for {len(index):,} firms")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        matching.save_index(index, path)
        size = sum(file.stat().st_size for file in path.iterdir()) / 1e6
        seconds, index = timed(lambda: matching.open_index(path))
        print(f"a saved index ({size:.0f} MB) opens in {seconds:.2f} s")
        changed = list(all_suppliers(session))
        seconds, _ = timed(lambda: matching.overlay(index, changed[:1], removed=()))
        more, _ = timed(lambda: matching.overlay(index, changed[:500], removed=()))
        print(f"overlay of 1 changed firm {seconds * 1000:.0f} ms, of 500 {more * 1000:.0f} ms")
        index = matching.open_index(path)  # kept open although its folder goes
    return index, changed, classes


def report_speed(index: Index, suppliers: Sequence[Supplier], needs: Sequence[Need]) -> list[float]:
    ours = time_ranking(index, needs)
    sample = needs[:: max(1, len(needs) // 25)]
    fts = time_fts(suppliers, needs[::5])
    print("\n| one need, top 50 | p50 | p99 | times ours |\n|---|---|---|---|")
    base = milliseconds(ours, 50)
    rows = (
        ("Cadence, explained", ours),
        ("exhaustive RapidFuzz, items", time_rapidfuzz(suppliers, sample, described=True)),
        ("exhaustive RapidFuzz, names alone", time_rapidfuzz(suppliers, sample, described=False)),
        ("SQLite FTS5", fts),
    )
    for name, seconds in rows:
        half, most = milliseconds(seconds, 50), milliseconds(seconds, 99)
        print(f"| {name} | {half:.1f} ms | {most:.1f} ms | {half / base:.1f} |", flush=True)
    return ours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder with cadence.sqlite")
    parser.add_argument("--growth", type=int, help="also build and time this many times the firms")
    arguments = parser.parse_args()
    with Session(create_engine(f"sqlite:///{arguments.home / 'cadence.sqlite'}")) as session:
        index, suppliers, classes = report_index(session)
        categories = [need_of_category(entry) for entry in list_categories(session)]
    needs = [
        Need(c.code, title_en=c.title_en, title_fr=c.title_fr, class_codes=(c.code,))
        for c in classes
    ]
    ours = report_speed(index, suppliers, needs)
    shares = kept_by_retrieval(index, needs[::11] + categories[::3])
    print(
        f"\nretrieval keeps {np.mean(shares):.2%} of an exhaustive top 50 "
        f"(worst need {min(shares):.0%}, {len(shares)} needs)"
    )
    total = sum(ours) + sum(time_ranking(index, categories))
    print(f"all {len(classes)} classes and {len(categories)} categories, explained: {total:.1f} s")
    if arguments.growth:
        many = list(recombined(suppliers, arguments.growth))
        seconds, large = timed(lambda: matching.build_index(iter(many), classes))
        grown = time_ranking(large, needs[::3])
        ratio = milliseconds(grown, 50) / milliseconds(ours, 50)
        print(
            f"{arguments.growth} times the firms: build {seconds:.0f} s, "
            f"p50 {milliseconds(grown, 50):.1f} ms, {ratio:.1f} times"
        )


if __name__ == "__main__":
    main()
