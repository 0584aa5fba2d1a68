"""Snapshots: packed and unpacked without loss, and compared whole."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from matching import PROFILE
from registry.alerts.comparing import Entry, Snapshot, change_between, compare, pack, unpack

FEATURES, GATES = list(PROFILE.weights), ("maker", "controlled goods")
tenths = st.integers(-50, 400).map(lambda n: n / 10).filter(bool)


@st.composite
def snapshots(draw):
    firms = draw(st.lists(st.integers(1, 2**31 - 1), unique=True, max_size=30))
    entries = [
        Entry(
            firm,
            rank,
            draw(st.integers(0, 10_000)) / 100,
            draw(st.dictionaries(st.sampled_from(FEATURES), tenths, max_size=5)),
            {gate: draw(st.sampled_from(("pass", "fail", "unknown"))) for gate in GATES},
        )
        for rank, firm in enumerate(firms, start=1)
    ]
    return Snapshot("p1", tuple(entries))


@given(snapshots())
def test_packing_loses_nothing(found):
    assert unpack(pack(found)) == found
    assert len(compare(found, unpack(pack(found)))) == 0


@given(snapshots(), snapshots())
def test_every_firm_is_in_one_list_at_most(before, after):
    changes = compare(before, after)
    assert {c.firm_id for c in changes.new} == after.by_firm.keys() - before.by_firm.keys()
    assert {c.firm_id for c in changes.gone} == before.by_firm.keys() - after.by_firm.keys()
    assert {c.firm_id for c in changes.changed} <= after.by_firm.keys() & before.by_firm.keys()


ENTRY = Entry(7, 1, 60.0, {"words": 20.0, "declared": 10.0}, {"maker": "unknown"})


def test_what_is_told_of_a_firm():
    assert change_between(ENTRY, replace(ENTRY, score=60.9, rank=9)) is None
    risen = replace(ENTRY, score=63.0, points={"words": 24.0, "declared": 9.8, "likeness": -0.8})
    change = change_between(ENTRY, risen)
    assert change.parts == (("words", 4.0), ("likeness", -0.8))
    lapsed = change_between(ENTRY, replace(ENTRY, gates={"maker": "fail"}))
    assert lapsed.gates == (("maker", "unknown", "fail"),) and lapsed.parts == ()


def test_fits_on_two_scales_are_not_compared():
    before = Snapshot("old", (ENTRY,))
    assert not compare(before, Snapshot("new", (replace(ENTRY, score=90.0),)))
    assert compare(before, Snapshot("old", (replace(ENTRY, score=90.0),))).changed
