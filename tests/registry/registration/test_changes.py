"""Two people's changes, put together: nothing that either did is lost."""

from hypothesis import given
from hypothesis import strategies as st

from registry.registration.changes import combine, compare_records, differences

VALUES = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["a", "b"]))
PIECES = st.fixed_dictionaries(dict.fromkeys(("one", "two", "three"), VALUES))
RECORDS = st.fixed_dictionaries(
    {
        "identity": PIECES,
        "classes": st.lists(st.sampled_from(["1305", "1320", "1340"]), unique=True),
        "sites": st.dictionaries(st.sampled_from(["1", "2", "n3"]), PIECES).map(
            lambda items: [{"key": key, **piece} for key, piece in items.items()]
        ),
    }
)


@given(was=PIECES, mine=PIECES, theirs=PIECES)
def test_every_change_stands_or_is_asked_about(was, mine, theirs):
    combined, clashes = combine(was, mine, theirs)
    asked = {clash.name for clash in clashes}
    for name in was:
        changed = {value for value in (mine[name], theirs[name]) if value != was[name]}
        if name in asked:
            assert len(changed) == 2 and combined[name] == theirs[name]
        else:
            assert combined[name] == (changed.pop() if changed else was[name])


@given(was=PIECES, mine=PIECES)
def test_alone_one_is_never_asked(was, mine):
    assert combine(was, mine, was) == (mine, [])
    assert combine(was, was, mine) == (mine, [])


@given(mine=PIECES, theirs=PIECES)
def test_without_knowing_where_it_began_each_difference_is_asked_about(mine, theirs):
    _combined, clashes = combine(None, mine, theirs)
    assert {clash.name for clash in clashes} == {n for n in mine if mine[n] != theirs[n]}


@given(before=PIECES, after=PIECES)
def test_differences_lead_from_one_to_the_other(before, after):
    found = {each.name: each.after for each in differences(before, after)}
    assert {**before, **found} == after
    assert all(before[name] != after[name] for name in found)


@given(before=RECORDS, after=RECORDS)
def test_a_comparison_is_complete_and_says_nothing_twice(before, after):
    changes = compare_records(before, after)
    places = [(change.section, change.key) for change in changes]
    assert len(set(places)) == len(places)
    assert not changes if before == after else True
    removed = {c.key for c in changes if c.section == "classes" and c.kind == "removed"}
    assert removed == set(before["classes"]) - set(after["classes"])
    kept = {site["key"]: site for site in before["sites"]}
    for change in changes:
        if change.section != "sites":
            continue
        if change.kind == "removed":
            del kept[change.key]
        else:
            fields = {each.name: each.after for each in change.fields}
            kept[change.key] = {**kept.get(change.key, {"key": change.key}), **fields}
    blank = dict.fromkeys(("one", "two", "three"))
    assert {key: blank | site for key, site in kept.items()} == {
        site["key"]: site
        for site in after["sites"]
        if (differences({}, site) != [] and any(site[name] is not None for name in blank))
        or site["key"] in kept
    }
