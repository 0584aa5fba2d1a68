"""Ranking: what is promised of every need and every set of firms, and of pool, limit and order."""

import copy
import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching import (
    FEATURES,
    PROFILE,
    Answer,
    GateState,
    Holding,
    Index,
    Need,
    Offer,
    Requirement,
    Supplier,
    Win,
    build_index,
    count_fitting,
    match_of,
    order,
    overlay,
    rank,
    survey,
)
from tests.matching.build import CLASSES, make_need, make_supplier, make_suppliers

TODAY = dt.date(2026, 1, 1)
CODES = tuple(entry.code for entry in CLASSES)
WORDS = (
    "155 mm", "155mm", "81-mm", "shell", "Shell bodies", "obus", "mortar bomb", "pump", "pompe",
    "centrifuge", "RADIO", "tactical", "EW", "ew", "sewn", "tente", "bâche", "arctic", "of the",
    "flugelhorn", "\x00", "🚁", "é",
)  # fmt: skip
texts = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
codes = st.lists(st.sampled_from((*CODES, "0000")), max_size=3, unique=True).map(tuple)
days = st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))
suppliers = st.builds(
    Supplier,
    key=st.just(0),
    names=st.lists(texts, max_size=2).map(tuple),
    activity=st.sampled_from((None, "manufacturer", "retailer", "juggler")),
    employees=st.none() | st.integers(0, 10_000),
    profile=texts,
    statements=st.lists(texts, max_size=2).map(tuple),
    mentions=st.lists(texts, max_size=2).map(tuple),
    offers=st.lists(st.builds(Offer, texts, texts, st.booleans()), max_size=4).map(tuple),
    industries=st.lists(
        st.tuples(st.sampled_from(("332990", "333910", "3339", "n/a", "")), texts), max_size=3
    ).map(tuple),
    class_codes=codes,
    wins=st.lists(
        st.builds(Win, st.sampled_from((*CODES, "0000")), st.integers(1, 9), days), max_size=2
    ).map(tuple),
    holdings=st.lists(
        st.builds(Holding, st.sampled_from(("CGP", "ISO 9001")), st.none(), days), max_size=2
    ).map(tuple),
)
registries = st.lists(suppliers, max_size=7).map(
    lambda found: [replace(one, key=3 * key) for key, one in enumerate(found, start=1)]
)
needs = st.builds(
    Need,
    key=st.just("need"),
    title_en=texts,
    title_fr=texts,
    description_en=texts,
    synonyms_fr=st.lists(texts, max_size=2).map(tuple),
    class_codes=codes,
    requirements=st.just((Requirement("goods", ("CGP",)),)),
).filter(lambda need: not need.is_empty)

many = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def index() -> Index:
    return build_index(make_suppliers(), CLASSES)


@pytest.fixture(scope="module")
def large() -> Index:
    """More firms than are ever retrieved, one of which makes pumps."""
    trades = ("Arctic tents", "Manpack radio", "Tactical radio", "Truck tarps")
    firms = [
        make_supplier(key, f"{trades[key % 4]} {key}", profile="We make things.")
        for key in range(1, 1500)
    ]
    firms[876] = make_supplier(877, "Centrifugal pumps", "Bilge pumps")
    return build_index(firms, CLASSES)


def answer(index: Index, need: Need, limit: int = 0, **more) -> Answer:
    return rank(index, need, today=TODAY, limit=limit, **more)


# -- of every need and every registry ------------------------------------------------------------


@many
@given(registries, needs)
def test_parts_add_up_and_scores_fall(firms: Sequence[Supplier], need: Need) -> None:
    index = build_index(firms, CLASSES)
    found = answer(index, need)
    assert {match.supplier for match in found.matches} == {firm.key for firm in firms}
    assert [match.rank for match in found.matches] == [*range(1, len(firms) + 1)]
    for match in found.matches:
        assert [part.feature for part in match.parts] == list(PROFILE.weights)
        assert match.score == pytest.approx(sum(part.points for part in match.parts), abs=1e-9)
        assert 0 <= match.score <= 100
        for part in match.parts:
            assert 0 <= part.value <= 1
            assert part.weight == PROFILE.weights[part.feature]
            assert part.value > 0 or part.evidence == ()
    for better, worse in pairwise(found.matches):
        assert better.score >= worse.score - 1e-4
    assert found.fitting == sum(match.score >= PROFILE.fits_at for match in found.matches)


@many
@given(registries, needs)
def test_order_is_the_ranking_without_reasons(firms: Sequence[Supplier], need: Need) -> None:
    index = build_index(firms, CLASSES)
    scores = order(index, need, limit=0)
    found = [(match.supplier, match.score) for match in answer(index, need).matches]
    assert [key for key, _score in scores] == [key for key, _score in found]
    assert [score for _key, score in scores] == pytest.approx(
        [score for _key, score in found], abs=1e-4
    )
    assert scores == sorted(scores, key=lambda item: (-item[1], item[0]))


@many
@given(registries, needs)
def test_nothing_given_is_changed(firms: Sequence[Supplier], need: Need) -> None:
    kept_firms, kept_need, kept_profile = copy.deepcopy((firms, need, PROFILE))
    index = build_index(firms, CLASSES)
    segment = index.base.segment
    arrays = (segment.firms.data, segment.offer_terms.data, index.statistics.idf, index.base.hidden)
    kept_arrays = [array.copy() for array in arrays]
    pool = {firm.key for firm in firms}
    first = answer(index, need, pool=pool)
    assert (firms, need, PROFILE) == (kept_firms, kept_need, kept_profile)
    assert all((array == kept).all() for array, kept in zip(arrays, kept_arrays, strict=True))
    assert pool == {firm.key for firm in firms}
    assert answer(index, need, pool=pool) == first


@many
@given(registries, needs, st.sets(st.integers(0, 25)))
def test_a_pool_gives_the_same_scores_of_fewer_firms(
    firms: Sequence[Supplier], need: Need, pool: set[int]
) -> None:
    index = build_index(firms, CLASSES)
    whole = [item for item in order(index, need, limit=0) if item[0] in pool]
    pooled = order(index, need, limit=0, pool=pool)
    assert [key for key, _score in pooled] == [key for key, _score in whole]
    assert dict(pooled) == pytest.approx(dict(whole), abs=1e-4)


# -- order, limit, pool ------------------------------------------------------------------------


def test_ties_go_to_the_smaller_key() -> None:
    twins = [make_supplier(key, "Arctic tents", names=("Twin",)) for key in (4, 5, 9, 30)]
    found = answer(build_index(twins, CLASSES), make_need("Arctic tents"))
    assert [match.supplier for match in found.matches] == [4, 5, 9, 30]
    assert len({match.score for match in found.matches}) == 1


def test_a_limit_gives_the_first_of_all(index: Index) -> None:
    need = make_need("155 mm projectile bodies", class_codes=("1320",))
    whole = answer(index, need)
    for limit in (1, 3, 11, 12, 50):
        some = answer(index, need, limit)
        assert some.matches == whole.matches[:limit]
        assert some.fitting == whole.fitting
        assert order(index, need, limit=limit) == order(index, need, limit=0)[:limit]


def test_a_pool_may_name_firms_that_are_not_there(index: Index) -> None:
    need = make_need("155 mm projectiles")
    assert answer(index, need, pool=()) == Answer((), 0)
    assert answer(index, need, pool=[999, -1]) == Answer((), 0)
    for pool in ([8, 3, 999], {3, 8}, (3, 3, 8)):
        assert {match.supplier for match in answer(index, need, 50, pool=pool).matches} == {3, 8}


def test_all_of_a_pool_are_scored_even_without_a_word_in_common(large: Index) -> None:
    pool = range(100, 900)
    assert len(order(large, make_need("Centrifugal pumps"), limit=0, pool=pool)) == 800
    assert len(order(large, make_need("flugelhorn"), limit=900, pool=pool)) == 800


def test_no_limit_means_every_firm(large: Index) -> None:
    assert len(order(large, make_need("Centrifugal pumps"), limit=0)) == len(large) == 1499


def test_retrieval_finds_the_best_of_many(large: Index) -> None:
    for need in (make_need("Centrifugal pumps"), make_need(class_codes=("4320",))):
        few = answer(large, need, 3)
        assert few.matches[0].supplier == 877
        assert few.matches[0] == answer(large, need).matches[0]


def test_words_that_nobody_uses_find_nothing_among_many(large: Index) -> None:
    assert rank(large, Need("?", title_en="zzyzx"), today=TODAY, limit=50).fitting == 0


def test_a_firm_that_is_not_retrieved_can_still_be_shown(large: Index) -> None:
    need = make_need("Manpack radio, tactical radio")
    assert 877 not in dict(order(large, need, limit=1000))
    match = match_of(large, need, 877, today=TODAY)
    assert match and match.supplier == 877
    scores = dict(order(large, need, limit=0))
    assert match.score == pytest.approx(scores[877], abs=1e-4)


def test_a_large_index_is_laid_over_as_a_small_one(large: Index) -> None:
    """Removed firms are not retrieved, new ones are, and a new word stops no search."""
    need = make_need("Flugelhorn pumps, centrifugal")
    over = overlay(large, [make_supplier(5000, "Flugelhorn pumps")], [877])
    assert [key for key, _score in order(over, need, limit=1)] == [5000]
    assert 877 not in dict(order(over, need, limit=1000))
    assert next(iter(dict(order(overlay(large, [], [5000]), need, limit=5)))) == 877


def test_one_firm_is_shown_at_its_rank(index: Index) -> None:
    need = make_need("155 mm projectiles", title_fr="Obus de 155 mm")
    for match in answer(index, need).matches:
        assert match_of(index, need, match.supplier, today=TODAY) == match
    assert match_of(index, need, 999, today=TODAY) is None


def test_fitting_counts_firms_from_the_profiles_mark(index: Index) -> None:
    need = make_need("Arctic tents", class_codes=("8340",))
    scores = [score for _key, score in order(index, need, limit=0)]
    for mark in (0.0, 10.0, 40.0, 100.0):
        profile = replace(PROFILE, fits_at=mark)
        expected = sum(score >= mark for score in scores)
        assert count_fitting(index, need, profile) == expected
        assert answer(index, need, 1, profile=profile).fitting == expected


def test_a_profile_can_look_at_one_feature_alone(index: Index) -> None:
    only = replace(PROFILE, weights={"declared": 100.0})
    found = answer(index, make_need(class_codes=("8340",)), profile=only)
    assert [(match.supplier, match.score) for match in found.matches[:3]] == [
        (8, 100.0),
        (9, 100.0),
        (1, 0.0),
    ]


def test_the_packaged_weights_are_points_out_of_a_hundred() -> None:
    assert sum(PROFILE.weights.values()) == pytest.approx(100.0)
    assert set(PROFILE.weights) == set(FEATURES)
    assert min(PROFILE.weights.values()) >= 0


# -- what counts -----------------------------------------------------------------------------------


def best(index: Index, need: Need) -> list[int]:
    return [key for key, score in order(index, need, limit=0) if score > 0]


@pytest.mark.parametrize("title", ["155 mm projectile", "155mm projectile", "155-MM PROJECTILE"])
def test_a_calibre_is_met_however_it_is_written(index: Index, title: str) -> None:
    expected = order(index, make_need("155 mm projectile"), limit=0)
    assert dict(order(index, make_need(title), limit=0)) == pytest.approx(dict(expected))
    assert {best(index, make_need(title))[place] for place in (0, 1)} == {1, 2}


def test_another_calibre_comes_after(index: Index) -> None:
    assert best(index, make_need("81 mm mortar bombs"))[0] == 3
    scores = dict(order(index, make_need("155 mm"), limit=0))
    assert scores[3] < scores[2] and scores[3] < scores[1]


def test_accents_and_case_do_not_matter(index: Index) -> None:
    scores = order(index, make_need(title_fr="Bâches et tentes"), limit=0)
    for title in ("baches et tentes", "BÂCHES ET TENTES", "Ba\u0302ches et tentes"):
        assert order(index, make_need(title_fr=title), limit=0) == scores


def test_a_short_acronym_is_met_whole_and_in_capitals_only() -> None:
    firms = [
        make_supplier(1, "EW receivers", names=()),
        make_supplier(2, "New sewn ewes", "Preview of jewels", names=()),
        make_supplier(3, "ew receivers", names=()),
        make_supplier(4, "SEWN VIEWS", names=()),
    ]
    index = build_index(firms, CLASSES[:3])
    words = replace(PROFILE, weights={"words": 100.0})
    scores = dict(order(index, make_need("EW"), limit=0, profile=words))
    assert scores[1] > 0
    assert scores[2] == scores[3] == scores[4] == 0


def test_a_french_title_ranks_as_the_english_one(index: Index) -> None:
    for entry in CLASSES:
        english = best(index, make_need(entry.title_en))[0]
        french = best(index, make_need(title_fr=entry.title_fr))[0]
        assert english == french, entry.code


def test_what_is_said_of_clients_counts_least() -> None:
    others = [f"{thing} {make}" for thing in ("soup", "bean", "corn") for make in ("pot", "can")]
    firms = [
        make_supplier(1, "Flugelhorns", *others),
        make_supplier(2, *others, profile="Flugelhorns"),
        make_supplier(3, *others, mentions=("Flugelhorns",)),
        make_supplier(4, *others),
    ]
    words = replace(PROFILE, weights={"words": 100.0})
    scores = order(build_index(firms, CLASSES), make_need("Flugelhorns"), limit=0, profile=words)
    assert [key for key, _score in scores] == [1, 2, 3, 4]
    assert len({score for _key, score in scores}) == 4


# -- gates and what is missing ---------------------------------------------------------------------


def test_gates_stand_apart_from_the_fit() -> None:
    requirement = Requirement("controlled goods", ("CGP",))
    firms = [
        make_supplier(1, "Tents", names=()),
        make_supplier(2, "Tents", names=(), holdings=(Holding("CGP", None, TODAY),)),
        make_supplier(
            3, "Tents", names=(), holdings=(Holding("CGP", None, TODAY - dt.timedelta(days=1)),)
        ),
    ]
    found = answer(build_index(firms, CLASSES), make_need("Tents", requirements=(requirement,)))
    states = {match.supplier: match.gates[0].state for match in found.matches}
    assert states == {1: GateState.UNKNOWN, 2: GateState.PASS, 3: GateState.FAIL}
    assert len({match.score for match in found.matches}) == 1


def test_a_need_without_requirements_has_no_gates(index: Index) -> None:
    assert all(match.gates == () for match in answer(index, make_need("Tents")).matches)


def test_missing_names_what_was_not_stated() -> None:
    whole = make_supplier(
        1,
        "Tents",
        class_codes=("8340",),
        industries=(("314910", "Canvas mills"),),
        holdings=(Holding("CGP"),),
        employees=0,
    )
    found = answer(build_index([whole, Supplier(key=2)], CLASSES), make_need("Tents"))
    missing = {match.supplier: set(match.missing) for match in found.matches}
    assert missing[1] == set()
    assert missing[2] == {"offers", "classes", "industries", "holdings", "employees"}


def test_a_survey_is_the_ranking_without_its_limit():
    """All that fit, as `order` has them; those asked for too, whether they fit or not."""
    index = build_index(make_suppliers(), CLASSES)
    need = make_need("155 mm projectile bodies", class_codes=("1320",))
    fitting = [(k, s) for k, s in order(index, need, limit=0) if s >= PROFILE.fits_at]
    every = survey(index, need, today=TODAY, also=None)
    found = survey(index, need, today=TODAY)
    assert [one.supplier for one in found] == [key for key, _score in fitting]
    assert every == found  # of an index so small every firm is retrieved
    assert all(one.score == pytest.approx(sum(one.points), abs=1e-3) for one in found)
    others = {key for key, _score in order(index, need, limit=0)} - {k for k, _s in fitting}
    asked = survey(index, need, today=TODAY, also=others)
    assert {one.supplier for one in asked} == others | {key for key, _score in fitting}
