"""How long does it take to match ten thousand notices with every firm, the best twenty explained?

    CADENCE_HOME=HOME python -m benchmarks.notices [--notices 10000] [--processes 2]

Works on a copy of the database of HOME, beside its published index (which is built if there is
none). The notices are invented from the registry's own words, no two alike: what a firm offers, in
the language in which it says so, with a sentence on security, trade agreements and some codes. Each
is read by the rules and ranked, with reasons and gates. Beside it, in the same run, what plain
RapidFuzz takes to score the title alone against every product by name, for a sample and without
reasons.
"""

import argparse
import datetime as dt
import multiprocessing
import random
import resource
import time
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz, process
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import matching
from benchmarks.canadabuys import AGREEMENTS, SECURITY
from benchmarks.copies import copy_of_home
from matching import text
from registry.capabilities.models import Capability
from registry.db import today
from registry.matches.publication import live_index
from registry.rules.notices import notice_of
from registry.rules.packaged import load_packaged_rules
from registry.rules.reading import RuleSet
from registry.rules.service import need_of_notice, rule_set
from registry.taxonomy.models import SupplyClass
from registry.tenders.models import Tender

SHOWN, AT_ONCE, COMPARED = 20, 25, 20
LISTS = (
    "gsin_codes", "gsin_en", "gsin_fr", "unspsc_codes", "unspsc_en", "unspsc_fr", "class_codes",
)  # fmt: skip


def invented(session: Session, count: int) -> list[Tender]:
    """That many notices; the same for the same registry."""
    chance = random.Random(5)
    offers = session.execute(
        select(Capability.name_en, Capability.name_fr, Capability.description_en,
               Capability.description_fr)
        .where(func.length(func.coalesce(Capability.name_en, Capability.name_fr)) > 8)
        .order_by(Capability.id)
    ).all()  # fmt: skip
    distinct = list({row[0] or row[1]: row for row in offers}.values())
    classes = list(session.scalars(select(SupplyClass.code).order_by(SupplyClass.code)))
    chosen = chance.sample(distinct, min(count, len(distinct)))
    return [_notice(number, row, classes, chance) for number, row in enumerate(chosen)]


def _notice(
    number: int, offer: Sequence[str | None], classes: list[str], chance: random.Random
) -> Tender:
    title_en, title_fr, told_en, told_fr = offer
    security, securite = chance.choice(SECURITY)
    agreements = chance.sample(AGREEMENTS, 2)
    coded = chance.random() < 0.08
    blank: dict[str, list[str]] = {name: [] for name in LISTS}
    return Tender(
        id=number,
        reference=f"invented-{number}",
        title_en=title_en,
        title_fr=title_fr,
        description_en=f"{told_en or title_en or ''}\n{security}",
        description_fr=f"{told_fr or title_fr or ''}\n{securite}",
        published_on=dt.date(2026, 1, 1) + dt.timedelta(days=number % 300),
        kinds=["GD"],
        agreements_en=[one for one, _other in agreements],
        agreements_fr=[other for _one, other in agreements],
        **{**blank, "class_codes": [chance.choice(classes)] if coded else []},
    )


class Work:
    """What the processes share: they are forked once it is set."""

    index: matching.Index
    rules: RuleSet
    tenders: list[Tender]
    day: dt.date


def match_some(span: tuple[int, int]) -> tuple[int, int, int, float]:
    """(notices, firms with reasons, things that rules found, seconds of CPU) of a span."""
    start, firms, found = time.process_time(), 0, 0
    for tender in Work.tenders[slice(*span)]:
        findings = Work.rules.read(notice_of(tender))
        need = need_of_notice(tender, findings)
        ranked = matching.rank(Work.index, need, today=Work.day, limit=SHOWN)
        firms += sum(1 for match in ranked.matches if match.parts)
        found += len(findings)
    return span[1] - span[0], firms, found, time.process_time() - start


def _spans(total: int) -> Iterator[tuple[int, int]]:
    for start in range(0, total, AT_ONCE):
        yield start, min(start + AT_ONCE, total)


def measure(session: Session, count: int, processes: int) -> None:
    live = live_index(session)
    Work.index, Work.rules, Work.day = live.index, rule_set(session), today()
    Work.tenders = invented(session, count)
    match_some((0, 5))  # so that forked processes share what is read first
    print(f"{len(Work.tenders):,} notices, {len(live.index):,} firms, {processes} processes")
    start = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        told = list(pool.imap_unordered(match_some, _spans(len(Work.tenders))))
    seconds = time.perf_counter() - start
    done, firms, found, cpu = (sum(column) for column in zip(*told, strict=True))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("| step | seconds | CPU seconds | ms of CPU a notice |\n|---|---|---|---|")
    print(f"| read and ranked, {SHOWN} explained | {seconds:.1f} | {cpu:.1f} "
          f"| {1000 * cpu / done:.1f} |")  # fmt: skip
    start_cpu = time.process_time()
    for tender in Work.tenders[:1000]:
        Work.rules.read(notice_of(tender))
    reading = (time.process_time() - start_cpu) / len(Work.tenders[:1000])
    print(f"| of that, read by the rules | | {reading * done:.1f} | {1000 * reading:.2f} |")
    each = compare(session, Work.tenders[:: max(1, done // COMPARED)][:COMPARED])
    print(f"| exhaustive RapidFuzz, titles (reckoned from {COMPARED}) "
          f"| {each * done / processes:.0f} | {each * done:.0f} | {1000 * each:.0f} |")  # fmt: skip
    print(f"{firms:,} firms with reasons, {found:,} findings; {most:.0f} MiB; "
          f"{each * done / cpu:.0f} times less CPU")  # fmt: skip


def compare(session: Session, tenders: Sequence[Tender]) -> float:
    """Seconds of CPU a notice to score its title against every product by name."""
    names = [
        text.normalised(name)
        for row in session.execute(select(Capability.name_en, Capability.name_fr))
        for name in row
        if name
    ]
    start = time.process_time()
    for tender in tenders:
        title = text.normalised(tender.title_en or tender.title_fr or "")
        scores = process.cdist([title], names, scorer=fuzz.token_set_ratio, workers=1)
        scores.argpartition(-SHOWN)
    return (time.process_time() - start) / len(tenders)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notices", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    with copy_of_home() as session:
        load_packaged_rules(session)
        session.commit()
        measure(session, arguments.notices, arguments.processes)


if __name__ == "__main__":
    main()
