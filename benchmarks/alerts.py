"""How long does it take to run a thousand saved searches again after firms changed?

    CADENCE_HOME=HOME python -m benchmarks.alerts [--searches 1000] [--changed 500]

Works on a copy of the database of HOME, beside its published index: saves distinct searches (all
categories, supply classes, then pairs of words of class titles), each followed by someone, lets
firms change (a product of another firm is added to each, as a record that is edited), and runs the
job. Beside it, in the same process, what the pages would cost: some of the same searches ranked one
by one with explanations, and some with every firm scored.
"""

import argparse
import datetime as dt
import random
import resource
import time

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

import matching
from benchmarks.copies import copy_of_home
from registry.accounts.models import OFFICIAL
from registry.accounts.service import ensure_roles, ensure_user
from registry.alerts.comparing import Snapshot, pack, unpack
from registry.alerts.criteria import canonical, digest_of, need_of
from registry.alerts.models import INSTANTLY, SavedSearch, SearchRun, Subscription
from registry.alerts.running import Round, latest_run, run_searches, waiting
from registry.alerts.service import forget_runs
from registry.alerts.telling import tell
from registry.capabilities.models import Capability
from registry.db import today, utcnow
from registry.firms.models import Firm
from registry.firms.service import announce_changes
from registry.matches.publication import newest_change
from registry.taxonomy.models import ShortfallCategory, SupplyClass

COMPARED = 40  # searches that are ranked in the other ways


def documents(session: Session, many: int) -> list[dict[str, object]]:
    """That many distinct criteria, in canonical form."""
    needs = [{"category": code} for code in session.scalars(select(ShortfallCategory.code))]
    classes = session.scalars(select(SupplyClass).where(SupplyClass.retired.is_(False))).all()
    needs += [{"class": one.code} for one in classes]
    rng, titles = random.Random(7), [one.title_en for one in classes]
    while len(needs) < 2 * many:
        one, other = rng.sample(titles, 2)
        needs.append({"text": f"{one.split(',')[0]} {other.split(',')[0]}"})
    found = {digest_of(c): c for c in (canonical({"version": 1, "need": n}) for n in needs)}
    return list(found.values())[:many]


def save_all(session: Session, criteria: list[dict[str, object]]) -> None:
    """Save them for one person; their baselines are what is retrieved, as later runs find it."""
    ensure_roles(session)
    person = ensure_user(session, "bench@cadence.example", "Bench", "-" * 14, (OFFICIAL,), "en")
    seq = newest_change(session)  # nothing changed since the empty run
    searches = [
        SavedSearch(digest=digest_of(one), criteria=one, change_seq=seq) for one in criteria
    ]
    session.add_all(searches)
    session.flush()
    round_ = Round.now(session)
    for search in searches:  # an empty run first, so that not every firm is scored a thousand times
        session.add(_empty_run(search.id))
    session.commit()
    run_searches(session, [search.id for search in searches])
    newest = dict(
        session.execute(
            select(SearchRun.search_id, func.max(SearchRun.id)).group_by(SearchRun.search_id)
        ).all()
    )
    for search in searches:
        run = newest[search.id]
        session.add(
            Subscription(
                user_id=person.id, search_id=search.id, name=str(search.id), language="en",
                frequency=INSTANTLY, baseline_run_id=run, seen_run_id=run, told_run_id=run,
            )
        )  # fmt: skip
    forget_runs(session)
    session.commit()
    assert round_.live.version


def _empty_run(search_id: int) -> SearchRun:

    nothing = pack(Snapshot(matching.PROFILE.name))
    counts = {"fitting": 0, "appeared": 0, "gone": 0, "changed": 0}
    return SearchRun(
        search_id=search_id, change_seq=0, index_name="", results=nothing, **counts
    )  # fmt: skip


def change_firms(session: Session, many: int) -> None:
    """Give that many firms a product of another firm."""
    rng = random.Random(11)
    listed = session.scalars(select(Firm.id).where(Firm.listed == "listed")).all()
    chosen = rng.sample(list(listed), many)
    named = select(Capability).where(Capability.name_en.is_not(None)).limit(20_000)
    offers = session.scalars(named).all()
    for firm_id in chosen:
        offer = rng.choice(offers)
        session.add(
            Capability(
                firm_id=firm_id, kind=offer.kind, name_en=offer.name_en, name_fr=offer.name_fr,
                source_id=offer.source_id,
            )
        )  # fmt: skip
    announce_changes(session, chosen)
    session.execute(update(SavedSearch).values(checked_at=utcnow() - dt.timedelta(hours=2)))
    session.commit()


def memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(session: Session, searches: int, changed: int) -> None:
    save_all(session, documents(session, searches))
    newest = session.scalar(select(func.max(SearchRun.id)))
    packed = session.scalars(select(SearchRun.results)).all()
    fitting = session.scalar(select(func.avg(SearchRun.fitting)))
    size = sum(map(len, packed)) / len(packed)
    print(f"{len(packed):,} searches, {fitting:.0f} firms fit each, {size:,.0f} bytes each")
    change_firms(session, changed)
    print(
        "| step | seconds | a search, ms | most memory so far, MiB |\n|---|---|---|---|", flush=True
    )
    start = time.perf_counter()
    live = Round.now(session).live
    report("lay the changed firms over the index", start, 1)
    start = time.perf_counter()
    run_searches(session, waiting(session, utcnow()))
    per_search = report("run every search and compare", start, searches)
    start = time.perf_counter()
    mails = tell(session, utcnow())
    report(f"write to people ({mails} mails)", start, searches)
    differing = session.scalar(select(func.count(SearchRun.id)).where(SearchRun.id > newest))
    print(f"\n{differing:,} found something else")
    some = session.scalars(select(SavedSearch).order_by(SavedSearch.id)).all()
    needs = [need_of(session, one.criteria) for one in some[:: max(1, len(some) // COMPARED)]]
    for name, limit in (("a page of 50, explained", 50), ("224, explained", matching.RETRIEVED)):
        start = time.perf_counter()
        for need in needs:
            matching.rank(live.index, need, today=today(), limit=limit)
        seconds = (time.perf_counter() - start) / len(needs)
        print(f"one by one, {name}: {seconds * 1000:.0f} ms, {seconds / per_search:.1f} times")
    missed(live, session, some[:: max(1, len(some) // COMPARED)][:10])


def missed(live, session, some) -> None:
    """How many firms that fit are not among those that runs look at."""

    kept = every = 0
    start = time.perf_counter()
    for search in some:
        need = need_of(session, search.criteria)
        all_of_them = matching.survey(live.index, need, today=today(), also=None)
        every += len(all_of_them)
        found = unpack(latest_run(session, search.id).results).by_firm
        kept += sum(one.supplier in found for one in all_of_them)
    seconds = (time.perf_counter() - start) / len(some)
    print(f"every firm scored: {seconds * 1000:.0f} ms; {kept} of {every} that fit were found")


def report(step: str, start: float, many: int) -> float:
    seconds = time.perf_counter() - start
    print(
        f"| {step} | {seconds:.1f} | {seconds / many * 1000:.1f} | {memory_mib():.0f} |", flush=True
    )
    return seconds / many


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--searches", type=int, default=1000)
    parser.add_argument("--changed", type=int, default=500)
    arguments = parser.parse_args()
    with copy_of_home() as session:
        measure(session, arguments.searches, arguments.changed)


if __name__ == "__main__":
    main()
