"""Two names: zones on invented firms, and properties that hold for any name."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from matching.identity import Comparison, Zone, compare, profile
from matching.identity.compare import confidence_of
from matching.identity.evidence import FEATURES

SAME = [
    ("Borealis Optics Inc.", "Borealis Optics Ltée"),
    ("Borealis Optics", "BOREALIS OPTIQUE"),
    ("Borealis Optics", "Borelais Optics"),
    ("Groupe Conseil Varnier", "Varnier Consulting Group Inc"),
    ("Kestwick Datalink Systems", "Kestwick Data Link Systems"),
    ("DRV Avionics", "D. R. V. Avionics Inc."),
    ("7654321 Canada Inc. o/a Quillon Forge", "Quillon Forge"),
    ("7654321 Canada inc. faisant affaire sous Quillon Forge", "Quillon Forge ltée"),
    ("Hallvard Machining Calgary", "Hallvard Machining"),
]
ASK = [
    ("Squadron 427 Association", "Squadron 437 Association"),
    ("7654321 Canada Inc. o/a Quillon Forge", "7654421 Canada Inc. o/a Quillon Forge"),
    ("Veterans Branch 12", "Veterans Branch"),
]
DIFFERENT = [
    ("7654321 Ontario Inc.", "7654322 Ontario Inc."),
    ("9876-5432 Québec inc.", "9876-5431 Québec inc."),
    ("Borealis Optics", "Hallvard Machining"),
    ("Northern Construction Ltd.", "Southern Electric Ltd."),
    ("Varnier Consulting Group", "Tessier Consulting Group"),
    ("", "Borealis Optics"),
    ("", ""),
]
CASES = [
    *((*pair, Zone.SAME) for pair in SAME),
    *((*pair, Zone.ASK) for pair in ASK),
    *((*pair, Zone.DIFFERENT) for pair in DIFFERENT),
]

words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=9)
names = st.lists(
    words | st.sampled_from(["Systems", "Ltée", "Intl", "Québec", "o/a", "St.", "&", "3D", "2019"]),
    min_size=1,
    max_size=6,
).map(" ".join)
# Words so alike that it matters which meet first.
alike = st.lists(st.text("ab", min_size=2, max_size=5), min_size=1, max_size=5).map(" ".join)
anything = names | st.text(max_size=30)


@pytest.mark.parametrize(("one", "other", "zone"), CASES)
def test_zone(one: str, other: str, zone: Zone) -> None:
    compared = compare(one, other)
    assert compared.zone is zone, (compared.score, compared.parts)


@given(anything | alike, anything | alike)
@settings(max_examples=300)
def test_symmetric(one: str, other: str) -> None:
    there, back = compare(one, other), compare(other, one)
    assert there.score == pytest.approx(back.score)
    assert there.zone is back.zone


@given(names)
def test_a_name_is_itself(name: str) -> None:
    assume(any(letter.isalnum() for letter in name))
    assert compare(name, name).score == 100


@given(anything, anything)
def test_parts_add_up_to_the_score(one: str, other: str) -> None:
    compared = compare(one, other)
    assert sum(part.points for part in compared.parts) == pytest.approx(compared.score)
    assert 0 <= compared.score <= 100
    assert 0 <= compared.confidence <= 1


@given(anything, anything, st.floats(-6, 4))
def test_parts_add_up_with_a_place(one: str, other: str, points: float) -> None:
    compared: Comparison = compare(one, other).placed(points)
    assert sum(part.points for part in compared.parts) == pytest.approx(compared.score)


@given(st.lists(words, min_size=1, max_size=4))
def test_case_accents_form_and_order_do_not_matter(spelled: list[str]) -> None:
    name = " ".join(spelled)
    for same in (
        name.upper(),
        name.replace("e", "é").replace("c", "ç"),
        f"{name} Inc.",
        f"{name}, Limitée",
        " ".join(reversed(spelled)),
    ):
        there = compare(name, same)
        # A legal form, a little word or a joiner among the drawn letters changes what is left.
        assume(len(there.left.whole.words) == len(there.right.whole.words) == len(spelled))
        assume(len(there.left.parts) == len(there.right.parts) == 1)
        assume(any(len(word) > 4 for word in spelled))
        assert there.left.whole.sorted_key == there.right.whole.sorted_key
        assert there.zone is Zone.SAME


@given(names, st.integers(0, 9_999_999), st.integers(0, 9_999_999))
def test_numbers_that_differ_never_link(name: str, one: int, other: int) -> None:
    assume(one != other)
    assert compare(f"{name} {one}", f"{name} {other}").zone is not Zone.SAME


@given(st.from_regex(r"[1-9][0-9]{6}", fullmatch=True), st.integers(0, 6), st.integers(1, 9))
def test_numbered_companies_one_digit_apart_are_two(number: str, at: int, step: int) -> None:
    digit = str((int(number[at]) + step) % 10)
    other = number[:at] + digit + number[at + 1 :]
    assume(other[0] != "0")
    assert compare(f"{number} Ontario Inc.", f"{other} Ontario Inc.").zone is Zone.DIFFERENT


def test_the_reason_names_the_rule() -> None:
    assert "company numbers differ" in compare("7654321 Canada", "7654320 Canada").reason


def test_weights_have_the_sign_that_their_words_say() -> None:
    assert set(profile.WEIGHTS) == {feature.name for feature in FEATURES}
    assert all(profile.WEIGHTS[feature.name] * feature.sign >= 0 for feature in FEATURES)


def test_confidence_rises_with_the_score() -> None:
    risen = [confidence_of(score) for score in range(101)]
    assert risen == sorted(risen)
    assert risen[0] < 0.1 < 0.9 < risen[-1] < 1
