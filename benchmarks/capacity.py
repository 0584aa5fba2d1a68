"""Speed of the planner as the registry grows, beside plainer ways of the same run.

    python -m benchmarks.capacity                        all tables
    python -m benchmarks.capacity --only coverage        or portfolio
    python -m benchmarks.capacity --lines 300 3000

Scenarios are invented, the same for the same seed: 66 needs at months 12, 24, 36 and 60; a third of
the categories take inputs, half of which lines make too; lines ramp, some make two categories, some
share a crew. For coverage every line goes to its rated rate, so that no two months are alike; for
portfolios lines stay, and contracts open two thirds of as many lines as there are contracts.
Seconds are of the wall clock, with those of the processor behind them.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from benchmarks.plain_coverage import greedy, monthly
from matching.capacity import (
    EVIDENCE,
    Contract,
    Effort,
    Input,
    Limits,
    Line,
    Need,
    Progress,
    Range,
    Scenario,
    SharedLimit,
    Source,
    Step,
    Stock,
    Trigger,
    choose,
    cover,
)
from matching.capacity.assemble import build
from matching.capacity.facts import Case

NEEDS, MONTHS, DATES = 66, 60, (12, 24, 36, 60)
MONTHLY_AT_MOST = 100  # lines; beyond, the unreduced program takes minutes
PARTS = 24  # inputs that categories take; the second half of them are made by lines too


def exactly(figure: float) -> Range:
    return Range.exactly(float(figure))


def scenario(lines: int, seed: int = 20, months: int = MONTHS) -> Scenario:
    """66 needs and this many lines."""
    draw = np.random.default_rng(seed)
    recipes = {
        f"need-{number:02}": tuple(
            Input(f"part-{part:02}", float(draw.integers(1, 4)), "each")
            for part in draw.choice(PARTS, draw.integers(1, 4), replace=False)
        )
        if number % 3 == 0
        else ()
        for number in range(NEEDS)
    }
    made = list(_lines(draw, lines, recipes))
    rate = sum(line.rated.base for line in made if line.rated) / NEEDS
    return Scenario(
        months,
        tuple(_needs(draw, rate)),
        tuple(made),
        tuple(
            Source(f"s-{part}-{other}", f"part-{part:02}", "each", exactly(rate), exactly(lead))
            for part in range(PARTS)
            for other, lead in enumerate(draw.integers(0, 12, 2))
        ),
        tuple(Stock(f"part-{part:02}", 5 * rate, "each") for part in range(PARTS)),
        tuple(
            SharedLimit(f"crew-{pair}", (made[pair].key, made[pair + 1].key), exactly(900), "each")
            for pair in range(0, lines // 20, 2)
        ),
        step=Step.RATED,
    )  # fmt: skip


def candidates(facts: Scenario, count: int, seed: int = 20) -> tuple[Contract, ...]:
    """Contracts for two thirds as many lines: the existing plant, or also the investment."""
    draw = np.random.default_rng(seed)
    lines = draw.choice(len(facts.lines), 2 * count // 3, replace=False)
    return tuple(_offers(draw, [facts.lines[at] for at in lines], count))


def _offers(draw: np.random.Generator, lines: list[Line], count: int) -> Iterator[Contract]:
    for number in range(count):
        line = lines[number % len(lines)]
        invests = number >= len(lines)
        rate = (line.surge if invests else line.rated).base
        price = rate * 24 * draw.uniform(0.5, 1.5) * (1.3 if invests else 1.0)
        yield Contract(
            f"offer-{number:03}", line.key, rate * 24 if invests else 1, "each", 24,
            int(draw.integers(0, 7)), price,
        )  # fmt: skip


def _lines(
    draw: np.random.Generator, lines: int, recipes: dict[str, tuple[Input, ...]]
) -> Iterator[Line]:
    categories = list(recipes)
    for number in range(lines):
        of = categories[draw.integers(NEEDS)]
        makes, inputs = (of,), recipes[of]
        if number % 10 == 0:
            makes, inputs = (f"part-{draw.integers(PARTS // 2, PARTS):02}",), ()
        elif number % 25 == 1:
            makes = tuple(sorted({of, categories[draw.integers(NEEDS)]}))
        current = float(draw.integers(0, 400))
        rated = current + float(draw.integers(50, 600))
        first = float(draw.integers(1, 13))
        yield Line(
            f"line-{number:05}", f"firm-{number // 2:05}", makes, "each",
            exactly(current), exactly(rated), exactly(rated * 1.5),
            exactly(first), exactly(first + float(draw.integers(3, 24))),
            exactly(current // 2), exactly(float(draw.integers(0, 24))),
            surge_trigger=Trigger(order=2.0, term=24),
            inputs=inputs, evidence=EVIDENCE[draw.integers(4)], region=f"region-{number % 10}",
        )  # fmt: skip


def _needs(draw: np.random.Generator, rate: float) -> Iterator[Need]:
    for number in range(NEEDS):
        monthly = rate * draw.uniform(0.5, 2.0)
        by = tuple((date, float(round(monthly * date))) for date in DATES)
        yield Need(f"n{number:02}", f"need-{number:02}", "each", by, float(draw.integers(1, 6)))


def timed(work: Callable[[], float]) -> tuple[float, float, float]:
    """(what the work returns, seconds, seconds of the processor)."""
    wall, processor = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - wall, time.process_time() - processor


def coverage_table(sizes: list[int]) -> None:
    """Coverage of 66 needs over 60 months."""
    print("coverage: 66 needs, 4 dates, 60 months")
    print(f"{'lines':>7}{'kinds':>7}{'rows':>9}{'seconds (processor)':>21}{'covered':>9}")
    for size in sizes:
        facts = scenario(size)
        model = build(facts, Case.BASE)
        rows = sum(block.matrix.shape[0] for block in model.blocks)
        share, wall, processor = timed(lambda facts=facts: cover(facts).share)
        cells = f"{wall:>12.2f} ({processor:.2f})"
        print(f"{size:>7}{len(model.kinds):>7}{rows:>9}{cells:>21}{share:>9.2%}", flush=True)
        against("need after need", lambda facts=facts: greedy(facts), processor, share)
        if size <= MONTHLY_AT_MOST:
            against("line x month x use", lambda facts=facts: monthly(facts), processor, share)


def against(name: str, work: Callable[[], float], processor: float, share: float) -> None:
    """One plainer way: seconds of the processor and coverage, each as a ratio."""
    found, _, spent = timed(work)
    times, worth = spent / processor, found / share
    print(f"    {name:<20}{spent:>8.2f} s, {times:.2f} x, {worth:.1%} of the coverage", flush=True)


def portfolio_table(sizes: list[int], contracts: int) -> None:
    """Portfolios to a gap of 1 %."""
    print(f"portfolio: {contracts} contracts, a fifth of their price to spend, gap 1 %")
    for size in sizes:
        facts = replace(scenario(size), step=Step.CURRENT)
        offers = candidates(facts, contracts)
        limits = Limits(budget=0.2 * sum(offer.price or 0.0 for offer in offers))
        effort = Effort(gap=0.01, seconds=30, alternatives=0)
        began, phases = time.process_time(), dict[str, float]()

        def watch(progress: Progress, began: float = began, phases: dict = phases) -> bool:
            phases.setdefault(progress.phase, time.process_time() - began)
            return True

        found = choose(facts, offers, limits, effort=effort, watch=watch)
        spent = time.process_time() - began
        searched = phases.get("reasons", spent)
        print(
            f"{size:>7} lines: {found.outcome}, gap {found.gap or 0.0:.2%} "
            f"in {found.seconds:.1f} s (processor: {searched:.1f}, with reasons {spent:.1f}); "
            f"{len(found.choices)} signed; {found.before:.2%} to {found.plan.coverage:.2%}",
            flush=True,
        )
        gained = max(found.plan.coverage - found.before, 1e-12)
        for rule, plan in found.rules:
            print(
                f"    {rule}: {(plan.coverage - found.before) / gained:.0%} of the gain", flush=True
            )


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", choices=["coverage", "portfolio"])
    parser.add_argument("--lines", type=int, nargs="+", default=[300, 3_000, 30_000])
    parser.add_argument("--contracts", type=int, default=300)
    arguments = parser.parse_args()
    if arguments.only != "portfolio":
        coverage_table(arguments.lines)
    if arguments.only != "coverage":
        portfolio_table(arguments.lines, arguments.contracts)


if __name__ == "__main__":
    main()
