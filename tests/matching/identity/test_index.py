"""Looking a firm up among others. All firms are invented."""

import pytest

from matching.identity import (
    Decisions,
    Method,
    NameIndex,
    Place,
    Query,
    Record,
    Verdict,
    Zone,
    name_reference,
)

HALIFAX = Place("Nova Scotia", "Halifax", "B3H")
REGINA = Place("Saskatchewan", "Regina", "S4P")
RECORDS = (
    Record(1, ("Borealis Optics Inc.", "Optique Boréale"), (("bn", "123 456 789"),), HALIFAX),
    Record(2, ("Hallvard Machining Ltd.",), (("bn", "987654321"),), REGINA),
    Record(3, ("7654321 Ontario Inc.",)),
    Record(4, ("Quillon Hardware",), place=HALIFAX),
    Record(5, ("Quillon Hardware Ltd.",), place=REGINA),
    Record(6, ("Kestwick Datalink Systems",)),
    Record(7, ("Varnier",)),
)


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return NameIndex(RECORDS)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("BOREALIS OPTICS", 1),
        ("Optique Boreale ltée", 1),
        ("Boraelis Optics", 1),
        ("Machining Hallvard", 2),
        ("7654321 Ontario", 3),
        ("Kestwick Data Link Sys.", 6),
    ],
)
def test_finds_the_firm(index: NameIndex, name: str, key: int) -> None:
    found = index.decide(Query((name,)))
    assert (found.zone, found.key) == (Zone.SAME, key)


@pytest.mark.parametrize("name", ["7654322 Ontario Inc.", "Tessier Wolnik", "", "Inc."])
def test_a_new_firm_is_new(index: NameIndex, name: str) -> None:
    found = index.decide(Query((name,)))
    assert (found.zone, found.key) == (Zone.DIFFERENT, None)


def test_namesakes_are_asked_about_and_all_listed(index: NameIndex) -> None:
    found = index.decide(Query(("Quillon Hardware",)), limit=1)
    assert found.zone is Zone.ASK
    assert {candidate.key for candidate in found.candidates} == {4, 5}


def test_the_town_settles_between_namesakes(index: NameIndex) -> None:
    found = index.decide(Query(("Quillon Hardware",), place=Place("Saskatchewan", "REGINA")))
    assert (found.zone, found.key) == (Zone.SAME, 5)


def test_the_town_settles_within_a_province() -> None:
    towns = {"a": "Regina", "b": "Estevan"}
    shops = NameIndex(
        Record(key, ("Tessier Tire",), place=Place("Saskatchewan", town))
        for key, town in towns.items()
    )
    query = Query(("Tessier Tire Ltd.",), place=Place("Saskatchewan", "Estevan"))
    assert shops.decide(query).key == "b"


def test_a_third_town_does_not_settle(index: NameIndex) -> None:
    found = index.decide(Query(("Quillon Hardware",), place=Place("Ontario", "Sarnia")))
    assert found.zone is Zone.ASK


def test_a_large_chain_is_listed_whole() -> None:
    chain = NameIndex(Record(shop, ("Tessier Tire",)) for shop in range(150))
    found = chain.decide(Query(("Tessier Tire Inc.",)))
    assert (found.zone, len(found.candidates)) == (Zone.ASK, 150)


def test_the_extra_words_are_another_firm(index: NameIndex) -> None:
    found = index.decide(Query(("Borealis Optics Varnier",)))
    assert found.zone is Zone.ASK
    assert "another firm" in found.reason


def test_an_identifier_settles(index: NameIndex) -> None:
    found = index.decide(Query(("Borealis Holdings",), (("BN", "123456789"),)))
    assert (found.zone, found.key, found.method) == (Zone.SAME, 1, Method.IDENTIFIER)


def test_an_identifier_with_an_utterly_different_name_is_asked_about(index: NameIndex) -> None:
    found = index.decide(Query(("Zywmuj",), (("bn", "123456789"),)))
    assert (found.zone, found.method) == (Zone.ASK, Method.IDENTIFIER)
    assert "nothing in common" in found.reason


def test_the_same_name_with_another_identifier_is_asked_about(index: NameIndex) -> None:
    assert index.decide(Query(("Borealis Optics",), (("bn", "555"),))).zone is Zone.ASK


@pytest.mark.parametrize("swapped", [False, True])
def test_a_decision_overrides_either_way_round(index: NameIndex, swapped: bool) -> None:
    def told(one: object, other: object) -> tuple[object, object]:
        return (other, one) if swapped else (one, other)

    name = name_reference("Borealis Optics")
    apart = index.decide(Query(("Borealis Optics Ltd",)), {told(name, 1): "different"})
    assert apart.zone is Zone.DIFFERENT
    joined = index.decide(Query(("Zywmuj",), reference="row-9"), {told("row-9", 2): "same"})
    assert (joined.zone, joined.key, joined.method) == (Zone.SAME, 2, Method.DECISION)


def test_a_decided_namesake_is_never_asked_again(index: NameIndex) -> None:
    decisions = Decisions({("row-1", 4): Verdict.DIFFERENT, ("row-1", 5): Verdict.DIFFERENT})
    query = Query(("Quillon Hardware",), reference="row-1")
    assert index.decide(query, decisions).zone is Zone.DIFFERENT
    one_left = Decisions({("row-1", 4): Verdict.DIFFERENT})
    assert index.decide(query, one_left).key == 5


def test_a_decision_beats_an_identifier(index: NameIndex) -> None:
    query = Query(("Borealis Optics",), (("bn", "123456789"),), reference="row-1")
    assert index.decide(query, {("row-1", 1): "different"}).zone is Zone.DIFFERENT


def test_contradictory_decisions_are_refused() -> None:
    with pytest.raises(ValueError, match="contradictory"):
        Decisions({("a", "b"): "same", ("b", "a"): "different"})


def test_added_and_removed_records_count_at_once() -> None:
    index = NameIndex(RECORDS)
    index.add(Record(8, ("Tessier Wolnik Ltée",)))
    assert index.decide(Query(("Tessier Wolnyk",))).key == 8
    index.remove(8)
    assert index.decide(Query(("Tessier Wolnik",))).zone is Zone.DIFFERENT
    with pytest.raises(KeyError):
        index.remove(8)
    with pytest.raises(ValueError, match="already"):
        index.add(RECORDS[0])


def test_a_record_put_back_under_its_key_forgets_its_old_names() -> None:
    index = NameIndex(RECORDS)
    index.remove(6)
    index.add(Record(6, ("Tessier Wolnik",)))
    assert index.decide(Query(("Kestwick Datalink Systems",))).zone is Zone.DIFFERENT
    assert index.decide(Query(("Tessier Wolnik",))).key == 6


def test_removed_names_do_not_crowd_out_others() -> None:
    index = NameIndex(RECORDS)
    for _ in range(30):
        index.add(Record(9, ("Boreal Optics",)))
        index.remove(9)
    assert index.decide(Query(("Boreali Optics",))).key == 1


def test_built_at_once_or_one_by_one_answers_alike(index: NameIndex) -> None:
    grown = NameIndex()
    for record in RECORDS:
        grown.add(record)
    for name in ("Boraelis Optics", "Quillon", "Kestwick", "Halvard Machine"):
        assert grown.decide(Query((name,))) == index.decide(Query((name,)))


def test_nearest_passes_over_what_it_is_told_to(index: NameIndex) -> None:
    keys = [key for key, _ in index.nearest("Borealis Optics", without=(1,))]
    assert 1 not in keys


def test_an_empty_index_knows_nobody() -> None:
    assert NameIndex().decide(Query(("Borealis",))).method is Method.NONE
