"""A graph in columns: every link leads to the right, no box covers another, always alike."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from registry.coverage.layers import HEIGHT, WIDTH, draw

PAIRS = st.sets(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] < pair[1]),
    max_size=30,
)


@given(PAIRS)
def test_links_lead_to_the_right_and_boxes_stand_apart(pairs):
    nodes = [f"n{number}" for number in range(12)]
    links = [(f"n{giver}", f"n{taker}") for giver, taker in sorted(pairs)]
    found = draw(nodes, links)
    assert found.boxes.keys() == set(nodes)
    for giver, taker in links:
        assert found.boxes[giver][0] + WIDTH < found.boxes[taker][0]
    corners = sorted(found.boxes.values())
    for (x, y), (other_x, other_y) in pairwise(corners):
        assert x != other_x or other_y - y > HEIGHT
    assert all(x + WIDTH <= found.size[0] and y + HEIGHT <= found.size[1] for x, y in corners)
    assert draw(nodes, links) == found


def test_links_that_need_not_cross_do_not():
    nodes = ["a", "b", "x", "y"]
    boxes = draw(nodes, [("a", "y"), ("b", "x")]).boxes
    assert (boxes["a"][1] < boxes["b"][1]) == (boxes["y"][1] < boxes["x"][1])


def test_nothing_is_drawn_of_nothing():
    assert draw([], []).boxes == {}
