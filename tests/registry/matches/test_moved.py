"""By which reasons a fit rose or fell."""

from registry.matches.moved import moved_points


def test_what_moved_enough_is_told_the_largest_first():
    before, after = (
        {"words": 3.0, "name": 7.3, "codes": 20.0},
        {"words": 3.4, "name": 6.8, "won": 9},
    )
    told = [("codes", -20.0), ("won", 9.0), ("name", -0.5)]
    assert moved_points(before, after, 0.5) == told  # 7.3 - 6.8 is a little less than a half
    assert moved_points(before, after, 0.05) == [*told, ("words", 0.4)]
