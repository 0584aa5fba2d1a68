"""Speed of the planner as the registry grows, each beside a plainer way in the same run.

    python -m benchmarks.capacity                 all tables
    python -m benchmarks.capacity --only coverage

Scenarios are invented, the same for the same seed: needs at months 12, 24, 36 and 60; a third of
the categories take inputs, half of which other lines make; lines ramp, some make two categories,
some share a limit; half are under way to their rated rate.
"""

from collections.abc import Iterator

import numpy as np

from matching.capacity import (
    Contract,
    Input,
    Line,
    Need,
    Range,
    Scenario,
    SharedLimit,
    Source,
    Step,
    Stock,
    Trigger,
)
from matching.capacity.facts import EVIDENCE

NEEDS, MONTHS, DATES = 66, 60, (12, 24, 36, 60)
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
            Source(f"source-{part}-{other}", f"part-{part:02}", "each", exactly(rate), exactly(lead))
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
