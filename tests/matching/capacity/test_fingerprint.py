"""A hash that only what matters can change."""

from dataclasses import replace

import pytest

from matching.capacity import Case, Limits, fingerprint
from tests.matching.capacity.build import exactly, make_line, p1, shells


def test_it_is_the_same_in_every_process() -> None:
    """Written down, so that a change of the canonical form cannot pass unseen."""
    expected = "7aff57eabad9382086674a518b55f4bf017921aa784a087f0868ba1f0b7e0629"
    assert fingerprint(Limits(budget=10), Case.BASE) == expected


def test_rows_may_come_in_any_order() -> None:
    scenario, offers = p1()
    assert fingerprint(scenario, offers) == fingerprint(
        replace(scenario, lines=scenario.lines[::-1]), offers[::-1]
    )


@pytest.mark.parametrize(
    "facts", [{"months": 13}, {"stocks": ()}, {"lines": (make_line("S", 1_500, "shell"),)}]
)
def test_any_fact_changes_it(facts: dict[str, object]) -> None:
    assert fingerprint(replace(shells(), **facts)) != fingerprint(shells())


def test_unknown_is_not_zero() -> None:
    line = make_line("A", 0)
    assert fingerprint(line) != fingerprint(replace(line, current=None))
    assert fingerprint(line) == fingerprint(replace(line, current=exactly(0.0)))


def test_what_has_no_canonical_form_is_refused() -> None:
    with pytest.raises(TypeError):
        fingerprint(object())
