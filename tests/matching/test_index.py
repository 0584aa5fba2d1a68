"""An index is saved and opened as it was, or refused; changes lie over it."""

import datetime as dt
import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matching import (
    Answer,
    Index,
    IndexUnusable,
    Need,
    Offer,
    Supplier,
    build_index,
    join,
    match_of,
    open_index,
    order,
    overlay,
    rank,
    read,
    save_index,
)
from matching.index import store
from tests.matching.build import CLASSES, make_need, make_supplier, make_suppliers

TODAY = dt.date(2026, 1, 1)
NEEDS = (
    make_need("155 mm projectiles"),
    make_need(title_fr="Pompes centrifuges"),
    make_need(class_codes=("8340",)),
    make_need("Tactical radio", title_fr="Radio tactique", description_en="manpack"),
)


@pytest.fixture(scope="module")
def index() -> Index:
    return build_index(make_suppliers(), CLASSES)


@pytest.fixture
def folder(tmp_path: Path, index: Index) -> Path:
    save_index(index, tmp_path / "index")
    return tmp_path / "index"


def answer(index: Index, need: Need) -> Answer:
    return rank(index, need, today=TODAY, limit=0)


def scores(index: Index, need: Need) -> dict[int, float]:
    return dict(order(index, need, limit=0))


# -- building ---------------------------------------------------------------------------------


def test_keys_must_grow() -> None:
    for keys in ((2, 1), (1, 1)):
        with pytest.raises(ValueError, match="order of their keys"):
            build_index([make_supplier(key, "Tents") for key in keys], CLASSES)


def test_suppliers_are_read_once_as_a_stream(index: Index) -> None:
    streamed = build_index(iter(make_suppliers()), CLASSES)
    assert all(answer(streamed, need) == answer(index, need) for need in NEEDS)


@pytest.mark.parametrize("cuts", [(), (5,), (1, 7), (0, 3, 3)])
def test_readings_made_apart_join_to_the_same_index(index: Index, cuts: tuple[int, ...]) -> None:
    """Array for array; each reading travels as a process would send it."""
    firms = make_suppliers()
    bounds = zip((0, *cuts), (*cuts, len(firms)), strict=True)
    readings = [pickle.loads(pickle.dumps(read(firms[a:b], CLASSES))) for a, b in bounds]
    joined = join(readings, CLASSES)
    assert list(joined.statistics.vocabulary.entries()) == list(
        index.statistics.vocabulary.entries()
    )
    for (name, ours), (_name, theirs) in zip(
        store._arrays(joined.base), store._arrays(index.base), strict=True
    ):
        assert np.array_equal(ours, theirs), name


def test_building_twice_gives_the_same(index: Index) -> None:
    again = build_index(make_suppliers(), CLASSES)
    assert all(answer(again, need) == answer(index, need) for need in NEEDS)


@pytest.mark.parametrize("seed", range(4))
def test_which_firm_comes_first_does_not_matter(index: Index, seed: int) -> None:
    """The same firms in another order of keys get the same scores."""
    firms = make_suppliers()
    turned = firms[3 * seed :] + firms[: 3 * seed]
    renumbered = [replace(firm, key=key) for key, firm in enumerate(turned, start=1)]
    other = build_index(renumbered, CLASSES)
    for need in NEEDS:
        now = scores(other, need)
        by_firm = {firm.key: now[place] for place, firm in enumerate(turned, start=1)}
        assert by_firm == pytest.approx(scores(index, need), abs=0.02)


def test_an_empty_index_answers_with_nobody(tmp_path: Path) -> None:
    empty = build_index([], CLASSES)
    save_index(empty, tmp_path / "empty")
    for one in (empty, open_index(tmp_path / "empty")):
        assert len(one) == 0
        assert all(answer(one, need) == Answer((), 0) for need in NEEDS)
        assert match_of(one, NEEDS[0], 1, today=TODAY) is None


def test_without_a_taxonomy_words_are_all_there_is(tmp_path: Path) -> None:
    index = build_index(make_suppliers(), ())
    save_index(index, tmp_path / "bare")
    for one in (index, open_index(tmp_path / "bare")):
        assert order(one, make_need("Centrifugal pumps"), limit=1)[0][0] == 4
        assert order(one, make_need(class_codes=("4320",)), limit=0)[0][1] == 0


def test_a_firm_can_join_an_empty_index() -> None:
    joined = overlay(build_index([], CLASSES), [make_supplier(7, "Arctic tents")], [])
    assert [match.supplier for match in answer(joined, make_need("Arctic tents")).matches] == [7]


@pytest.mark.parametrize(
    "firm",
    [
        make_supplier(1, "Arctic tents", class_codes=("8340",)),
        make_supplier(1, "Arctic tents"),
        make_supplier(1, profile="Arctic tents"),
        make_supplier(1),
        Supplier(key=1),
    ],
    ids=["declares", "offers", "profile", "name", "nothing"],
)
def test_an_index_of_one_firm(firm: Supplier, tmp_path: Path) -> None:
    index = build_index([firm], CLASSES)
    save_index(index, tmp_path / "one")
    opened = open_index(tmp_path / "one")
    for need in NEEDS:
        assert len(answer(index, need).matches) == 1
        assert answer(opened, need) == answer(index, need)


def test_codes_that_are_not_known_are_left_aside() -> None:
    firm = make_supplier(
        1, "Tents", class_codes=("0000", "8340"), industries=(("n/a", "Odd"), ("", ""))
    )
    assert answer(build_index([firm], CLASSES), make_need(class_codes=("8340",))).matches


@pytest.mark.parametrize(
    "words",
    ["NUL \x00 in arctic \x00tents", "🏕️ arctic tents 🇨🇦", "arctic\u2028tents\r\n\u0085"],
    ids=["nul", "emoji", "separators"],
)
def test_odd_letters_are_read_and_shown(words: str, tmp_path: Path) -> None:
    firm = make_supplier(1, words, names=(words,), profile=words, statements=(words,))
    index = build_index([firm, make_supplier(2, "Pumps")], CLASSES)
    save_index(index, tmp_path / "odd")
    opened = open_index(tmp_path / "odd")
    first = answer(opened, make_need(words)).matches[0]
    assert first.supplier == 1
    (quoted,) = next(part.evidence for part in first.parts if part.feature == "offer_name")
    assert quoted.strip("“”") == words
    assert answer(opened, NEEDS[0]) == answer(index, NEEDS[0])


def test_a_very_long_description_is_read_to_its_end() -> None:
    long = make_supplier(1, Offer("Various", "canvas goods " * 8_000 + "and 155 mm projectiles"))
    index = build_index([long, make_supplier(2, "Pumps")], CLASSES)
    found = scores(index, make_need("155 mm projectiles"))
    assert len(long.offers[0].description) > 100_000
    assert found[1] > found[2]


# -- saving and opening ------------------------------------------------------------------------


def test_what_is_opened_answers_as_what_was_saved(index: Index, folder: Path) -> None:
    opened = open_index(folder)
    assert len(opened) == len(index)
    for need in NEEDS:
        assert answer(opened, need) == answer(index, need)
        assert match_of(opened, need, 3, today=TODAY) == match_of(index, need, 3, today=TODAY)


def test_an_opened_index_can_be_laid_over(index: Index, folder: Path) -> None:
    firm = make_supplier(13, "Bilge pumps with flugelhorns", class_codes=("4320",))
    for need in NEEDS:
        over = overlay(open_index(folder), [firm], [2])
        assert answer(over, need) == answer(overlay(index, [firm], [2]), need)


def test_nothing_is_written_over(index: Index, folder: Path) -> None:
    with pytest.raises(FileExistsError):
        save_index(index, folder)
    assert answer(open_index(folder), NEEDS[0]) == answer(index, NEEDS[0])


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 0x55
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("harm", [cut, lengthen, flip, empty, Path.unlink])
def test_a_damaged_file_is_noticed_whichever_it_is(
    index: Index, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    save_index(index, tmp_path / "index")
    for path in files_of(tmp_path / "index"):
        before = path.read_bytes()
        harm(path)
        with pytest.raises(IndexUnusable):
            open_index(tmp_path / "index")
        path.write_bytes(before)
    assert answer(open_index(tmp_path / "index"), NEEDS[0]) == answer(index, NEEDS[0])


def test_other_words_of_the_same_length_are_noticed(folder: Path) -> None:
    words = (folder / "texts.json").read_text(encoding="utf-8")
    (folder / "texts.json").write_text(words.replace("tarpaulin", "tarpaulim"), encoding="utf-8")
    with pytest.raises(IndexUnusable):
        open_index(folder)


@pytest.mark.parametrize(
    "content",
    ["null", "[]", "3", '"x"', "{}", '{"format": 1}', "\x00", '{"format": 99, "arrays": {}}'],
)
def test_a_foreign_manifest_is_refused(folder: Path, content: str) -> None:
    (folder / "manifest.json").write_text(content)
    with pytest.raises(IndexUnusable):
        open_index(folder)


def test_another_format_is_refused(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 0}))
    with pytest.raises(IndexUnusable, match="format 0"):
        open_index(folder)


def test_an_index_that_lacks_an_array_is_refused(folder: Path) -> None:
    whole = json.loads((folder / "manifest.json").read_text())
    for name in whole["arrays"]:
        arrays = {key: sums for key, sums in whole["arrays"].items() if key != name}
        (folder / "manifest.json").write_text(json.dumps(whole | {"arrays": arrays}))
        with pytest.raises(IndexUnusable):
            open_index(folder)


def test_no_folder_and_no_index_in_it_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for path in (tmp_path, tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(IndexUnusable):
            open_index(path)


# -- laying changes over -----------------------------------------------------------------------


CHANGES = [
    make_supplier(11, "155 mm projectile bodies", "Driving bands"),
    make_supplier(3, "Arctic tents", class_codes=("8340",), employees=12),
    make_supplier(13, "Manpack radio", class_codes=("5820",), industries=(("333910", "Pumps"),)),
    make_supplier(5),
]


@pytest.mark.parametrize("changed", CHANGES, ids=lambda firm: f"firm {firm.key}")
def test_a_changed_firm_scores_as_if_the_index_were_rebuilt(
    index: Index, changed: Supplier
) -> None:
    firms = {firm.key: firm for firm in make_suppliers()} | {changed.key: changed}
    rebuilt = build_index([firms[key] for key in sorted(firms)], CLASSES)
    over = overlay(index, [changed], [])
    assert len(over) == len(rebuilt)
    for need in NEEDS:
        before, now, then = (scores(one, need) for one in (index, over, rebuilt))
        # Rarity and learning stay those of the base, in which this firm is a twelfth.
        assert now[changed.key] == pytest.approx(then[changed.key], abs=9.0)
        others = set(before) - {changed.key}
        assert {key: now[key] for key in others} == {key: before[key] for key in others}


def test_a_firm_laid_over_unchanged_keeps_its_score(index: Index) -> None:
    for firm in make_suppliers():
        over = overlay(index, [firm], [])
        for need in NEEDS:
            assert scores(over, need) == pytest.approx(scores(index, need), abs=0.001)


def test_a_changed_firm_takes_the_rank_that_it_earns(index: Index) -> None:
    need = make_need("155 mm projectile bodies")
    assert next(iter(scores(index, need))) == 1
    eggs_turned_shells = make_supplier(11, "155 mm projectile bodies", class_codes=("1320",))
    over = overlay(index, [eggs_turned_shells, make_supplier(1, "Canned soup")], [])
    assert next(iter(scores(over, need))) == 11
    match = match_of(over, need, 11, today=TODAY)
    assert match and match.rank == 1 and match.score > 25


def test_a_word_that_is_new_is_found(index: Index) -> None:
    over = overlay(index, [make_supplier(13, "Flugelhorns")], [])
    match, *_others = answer(over, make_need("flugelhorn")).matches
    assert (match.supplier, match.score > 10) == (13, True)
    assert all(score == 0 for score in scores(index, make_need("flugelhorn")).values())


def test_a_word_that_is_new_does_not_count_as_met_where_it_is_not(index: Index) -> None:
    """Firms of the base do not have it, so half of a title stays half."""
    over = overlay(index, [make_supplier(13, "Flugelhorn tents")], [])
    (part,) = (
        part
        for match in answer(over, make_need("Flugelhorn tents")).matches
        for part in match.parts
        if (match.supplier, part.feature) == (8, "title")
    )
    assert 0 < part.value < 1


def test_more_changes_than_are_retrieved_are_all_scored(index: Index) -> None:
    changed = [make_supplier(key, "Arctic tents", f"Flugelhorn {key}") for key in range(100, 700)]
    over = overlay(index, changed, [])
    for need in (make_need(class_codes=("8340",)), make_need("flugelhorn 412")):
        assert order(over, need, limit=5) == order(over, need, limit=0)[:5]
    assert order(over, make_need("flugelhorn 412"), limit=1)[0][0] == 412


def test_a_removed_firm_vanishes(index: Index) -> None:
    over = overlay(index, [], [1, 999])
    assert len(over) == len(index) - 1
    for need in NEEDS:
        assert 1 not in scores(over, need)
        assert 1 not in dict(order(over, need, limit=5))
        assert order(over, need, limit=0, pool=[1]) == []
        assert match_of(over, need, 1, today=TODAY) is None


def test_a_later_overlay_replaces_the_earlier(index: Index) -> None:
    once = overlay(index, [make_supplier(13, "Arctic tents")], [1])
    again = overlay(once, [], [2])
    assert set(scores(again, NEEDS[0])) == set(scores(index, NEEDS[0])) - {2}


def test_an_overlay_leaves_the_index_as_it_was(index: Index) -> None:
    before = [answer(index, need) for need in NEEDS]
    terms = len(index.statistics.vocabulary)
    overlay(index, [make_supplier(1, "Flugelhorns"), make_supplier(13, "Ocarinas")], [2, 3])
    assert [answer(index, need) for need in NEEDS] == before
    assert (len(index), len(index.statistics.vocabulary)) == (12, terms)


def test_overlay_takes_changes_in_any_order(index: Index) -> None:
    over, turned = overlay(index, CHANGES, []), overlay(index, CHANGES[::-1], [])
    for need in NEEDS:
        assert answer(over, need) == answer(turned, need)
        for firm in CHANGES:
            assert match_of(over, need, firm.key, today=TODAY)
            assert match_of(turned, need, firm.key, today=TODAY)
            assert len(order(turned, need, limit=0, pool=[firm.key])) == 1
