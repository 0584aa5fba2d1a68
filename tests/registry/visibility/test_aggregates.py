"""No hidden sum can be had from those that are shown: tried by linear programming."""

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from registry.visibility.aggregates import (
    CLOSENESS,
    DOMINANCE,
    LEAST_FIRMS,
    TOTAL,
    may_show,
    protection,
    safe_table,
)

ROWS, COLUMNS, FIRMS = "ABCD", "wxyz", range(9)
figures = st.dictionaries(
    st.sampled_from(FIRMS),
    st.one_of(st.just(0.0), st.integers(1, 9), st.integers(10, 5000)).map(float),
    max_size=6,
)
tables = st.dictionaries(
    st.tuples(st.sampled_from(ROWS), st.sampled_from(COLUMNS)), figures, min_size=1
)


@pytest.mark.parametrize(
    ("contributed", "shown"),
    [
        ([], False),
        ([100], False),
        ([100, 100], False),
        ([100, 100, 100], True),
        ([0, 0, 0], False),  # the sum would tell each figure
        ([300, 50, 50], True),  # three quarters, and not more
        ([301, 50, 49], False),
        ([100, 100, 15], True),  # the second cannot come closer than 15 to the first
        ([100, 100, 14.9], False),
        ([100, 100, 5, 5, 5], True),
        ([10, 1000, 10, 10, 10, 10], False),
    ],
)
def test_which_sums_may_be_shown(contributed, shown):
    assert may_show(contributed) is shown
    assert may_show(contributed[::-1]) is shown


@given(st.lists(st.floats(0, 1e6), max_size=12))
def test_a_shown_sum_keeps_every_firm_from_every_other(contributed):
    """What each rule is for, said without its formula."""
    if not may_show(contributed):
        return
    total, ordered = sum(contributed), sorted(contributed, reverse=True)
    assert len(contributed) >= LEAST_FIRMS and ordered[0] <= DOMINANCE * total
    for knows, looks in itertools.permutations(range(len(ordered)), 2):
        most = total - ordered[knows]  # the best upper bound of a firm that knows its own figure
        assert most - ordered[looks] >= CLOSENESS * ordered[looks] - 1e-6 * total


def totals(cells):
    """Every place of the table with its true sum and its firms, the long way round."""
    rows = {row for row, _column in cells}
    columns = {column for _row, column in cells}
    whole = {}
    for row, column in itertools.product([*rows, TOTAL], [*columns, TOTAL]):
        inside = [
            cells[place]
            for place in cells
            if row in (TOTAL, place[0]) and column in (TOTAL, place[1])
        ]
        if inside:
            firms = {}
            for each in inside:
                for firm, figure in each.items():
                    firms[firm] = firms.get(firm, 0) + figure
            whole[row, column] = firms
    return whole


def reach(cells, shown, target):
    """The least and the most that a hidden sum can be, knowing all that is shown."""
    inner = list(cells)
    covers = {
        place: [
            float(place[0] in (TOTAL, row) and place[1] in (TOTAL, column)) for row, column in inner
        ]
        for place in shown
    }
    known = [place for place, value in shown.items() if value is not None]
    equal = [covers[place] for place in known] or None
    values = [shown[place] for place in known] or None
    found = []
    for sign in (1, -1):
        answer = linprog(
            [sign * share for share in covers[target]], A_eq=equal, b_eq=values, method="highs"
        )
        assert answer.status in (0, 3), answer.message
        found.append(answer.fun * sign if answer.status == 0 else float("inf"))
    return found


@given(tables)
@example({("A", "w"): {1: 10.0}})
@example({("A", "w"): {1: 10.0, 2: 10.0, 3: 10.0}, ("A", "x"): {1: 5.0}})
@example({("A", "w"): {}, ("A", "x"): {1: 50.0, 2: 50.0, 3: 50.0}})
@example(
    {(row, column): {1: 100.0, 2: 90.0, 3: 80.0, 4: 70.0} for row in "ABC" for column in "xyz"}
    | {("A", "x"): {1: 100.0}}
)
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
def test_no_hidden_sum_can_be_placed_within_its_protection(cells):
    table = safe_table(cells)
    whole = totals(cells)
    assert set(table.sums) == set(whole)
    for place, value in table.sums.items():
        true = sum(whole[place].values())
        if value is not None:
            assert value == pytest.approx(true) and may_show(whole[place].values())
        elif not may_show(whole[place].values()):
            wanted = protection(whole[place])
            least, most = reach(cells, table.sums, place)
            slack = 1e-4 * max(1.0, true)
            assert least <= max(0.0, true - wanted) + slack and most >= true + wanted - slack


@given(tables)
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
def test_what_a_total_leaves_over_is_safe_as_a_sum_itself(cells):
    """Two hidden cells of one firm would else tell its figure together."""
    table = safe_table(cells)
    whole = totals(cells)
    for total, parts in lines(whole):
        left: dict[int, float] = {}
        covered = [part for part in parts if table[part] is None]
        for part in covered:
            for firm, figure in whole[part].items():
                left[firm] = left.get(firm, 0) + figure
        assert table[total] is None or not covered or may_show(left.values()), total


def lines(whole):
    """Each total with the places that it is the sum of, of one direction."""
    for row, column in whole:
        if column == TOTAL:
            yield (row, column), [p for p in whole if p[0] == row and p[1] != TOTAL]
        if row == TOTAL:
            yield (row, column), [p for p in whole if p[1] == column and p[0] != TOTAL]


def test_a_table_without_small_cells_is_shown_whole():
    cells = {(row, column): dict.fromkeys(range(5), 20.0) for row in "AB" for column in "xy"}
    table = safe_table(cells)
    assert None not in table.sums.values()
    assert (table["A", "x"], table["A", TOTAL], table[TOTAL, TOTAL]) == (100.0, 200.0, 400.0)


def test_little_is_hidden_beside_one_small_cell():
    """The small cell, and three that make a rectangle with it: the least that can do."""
    cells = {(row, column): dict.fromkeys(range(5), 10.0) for row in "ABCD" for column in "wxyz"}
    cells["A", "w"] = {1: 10.0}
    table = safe_table(cells)
    hidden = {place for place, value in table.sums.items() if value is None}
    assert ("A", "w") in hidden and len(hidden) == 4
    assert all(TOTAL not in place for place in hidden)


def test_the_order_of_firms_and_cells_does_not_matter():
    cells = {
        ("A", "w"): {1: 10.0, 2: 400.0},
        ("A", "x"): {3: 20.0, 4: 30.0, 5: 40.0},
        ("B", "w"): {1: 60.0, 6: 70.0, 7: 80.0},
        ("B", "x"): {8: 10.0, 2: 10.0, 3: 11.0},
    }
    turned = {place: dict(reversed(list(cells[place].items()))) for place in reversed(list(cells))}
    assert {p for p, v in safe_table(cells).sums.items() if v is None} == {
        p for p, v in safe_table(turned).sums.items() if v is None
    }
