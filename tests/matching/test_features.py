"""Each feature answers its question, from 0 to 1, with the words or codes that met."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from matching import (
    FEATURES,
    PROFILE,
    Index,
    Match,
    Need,
    Offer,
    Part,
    Supplier,
    Win,
    build_index,
    compile_need,
    overlay,
    rank,
)
from matching.features.feature import Candidates
from tests.matching.build import CLASSES, make_need, make_supplier, make_suppliers

TODAY = dt.date(2026, 1, 1)


def matches(firms: Sequence[Supplier] | Index, need: Need) -> dict[int, Match]:
    index = firms if isinstance(firms, Index) else build_index(firms, CLASSES)
    return {match.supplier: match for match in rank(index, need, today=TODAY, limit=0).matches}


def parts(firms: Sequence[Supplier] | Index, need: Need, feature: str) -> dict[int, Part]:
    """The part of each firm for one feature."""
    return {
        key: next(part for part in match.parts if part.feature == feature)
        for key, match in matches(firms, need).items()
    }


def test_a_declared_class_counts_in_full_and_its_group_in_part() -> None:
    firms = [
        make_supplier(1, class_codes=("1320", "8340")),
        make_supplier(2, class_codes=("1315",)),
        make_supplier(3, class_codes=("5820",)),
        make_supplier(4),
    ]
    found = parts(firms, make_need(class_codes=("1320",)), "declared")
    assert [found[key].value for key in (1, 2, 3, 4)] == pytest.approx([1.0, 0.3, 0.0, 0.0])
    assert [found[key].evidence for key in (1, 2, 3, 4)] == [("1320",), ("1315",), (), ()]


def test_a_class_read_out_of_words_counts_less_than_its_code() -> None:
    firms = [make_supplier(1, class_codes=("5820",)), make_supplier(2)]
    by_words = parts(firms, make_need("Radio sets and pump trolleys"), "declared")[1].value
    assert 0 < by_words < parts(firms, make_need(class_codes=("5820",)), "declared")[1].value == 1


def test_contracts_are_shown_with_their_number_and_year() -> None:
    firms = [
        make_supplier(1, wins=(Win("1315", 9), Win("1320", 2, dt.date(2024, 5, 6)))),
        make_supplier(2, wins=(Win("0000", 5),)),
    ]
    found = parts(firms, make_need(class_codes=("1320",)), "awarded")
    assert found[1].value == 1.0
    assert found[1].evidence == ("1320 ×2, 2024", "1315 ×9")
    assert (found[2].value, found[2].evidence) == (0.0, ())


def test_the_name_of_an_offer_reads_like_the_title() -> None:
    firms = [
        make_supplier(1, "Soup", "Tents, arctic"),
        make_supplier(2, "Arctic tent"),
        make_supplier(3, "Arctic tents, awnings and garden furniture of all colours"),
        make_supplier(4, profile="Arctic tents"),
    ]
    found = parts(firms, make_need("Arctic tents"), "offer_name")
    values = [found[key].value for key in (1, 2, 3, 4)]
    assert values == sorted(values, reverse=True)
    assert values[0] == 1.0 and values[1] > 0.5 and values[3] == 0
    assert "Tents, arctic" in found[1].evidence[0]


def test_an_offer_may_hold_the_title_and_little_else() -> None:
    firms = [make_supplier(1, "Arctic tents"), make_supplier(2, "Soup", "Canned beans")]
    found = parts(firms, make_need("Arctic tents"), "offer_title")
    assert found[1].value == pytest.approx(1.0, abs=1e-5)
    assert (found[2].value, found[2].evidence) == (0.0, ())


def test_all_words_of_a_keyword_must_stand_in_one_offer() -> None:
    firms = [
        make_supplier(1, Offer("Shelters", "command tent, post-free, and post")),
        make_supplier(2, "Command vehicles", "Post tent"),
        make_supplier(3, Offer("Canvas", "A bâche for every camion")),
    ]
    found = parts(firms, make_need(class_codes=("8340",)), "keyword")
    assert found[1].value > 0 and "command post tent" in found[1].evidence
    assert (found[2].value, found[2].evidence) == (0.0, ())
    assert found[3].evidence == ("bâche de camion",)


def test_words_show_those_that_met_as_they_were_written() -> None:
    found = parts(make_suppliers(), make_need("Centrifugal pump"), "words")
    assert found[4].value > found[11].value
    assert "centrifugal" in found[4].evidence


def test_the_title_may_be_spoken_of_anywhere() -> None:
    firms = [
        make_supplier(1, "Ocarinas", profile="and a flugelhorn"),
        make_supplier(2, "Ocarinas"),
        make_supplier(3, "Soup"),
    ]
    found = parts(firms, make_need("Flugelhorn ocarina"), "title")
    assert found[1].value == pytest.approx(1.0)
    assert 0 < found[2].value < 1
    assert found[3].value == 0
    assert set(found[1].evidence) == {"flugelhorn", "ocarinas"}


def test_a_service_says_less_than_a_product() -> None:
    others = [f"{thing} {make}" for thing in ("soup", "bean", "corn") for make in ("pot", "can")]
    firms = [
        make_supplier(1, Offer("Arctic tents"), *others, names=()),
        make_supplier(2, Offer("Arctic tents", service=True), *others, names=()),
    ]
    found = parts(firms, make_need("Arctic tents"), "words")
    assert found[1].value > found[2].value > 0


@pytest.fixture(scope="module")
def taught() -> Index:
    """Tent makers that declare it and talk of ocarinas; pump makers that declare that."""
    tents = [
        make_supplier(
            key,
            "Ocarina covers",
            "Canvas",
            class_codes=("8340",),
            industries=(("314910", "Mills"),),
        )
        for key in range(1, 7)
    ]
    pumps = [
        make_supplier(
            key, "Impellers", class_codes=("4320",), industries=(("333910", "Pump makers"),)
        )
        for key in range(7, 13)
    ]
    silent = [
        make_supplier(13, "Ocarina covers", industries=(("31-33", "All"), ("314910", "Mills"))),
        make_supplier(14, "Impellers", industries=(("333910", "Pump makers"),)),
        make_supplier(15, "Soup"),
    ]
    return build_index([*tents, *pumps, *silent], CLASSES)


@pytest.mark.parametrize("feature", ["likeness", "own_likeness", "kin", "industry"])
def test_a_firm_like_those_that_declare_it_is_preferred(taught: Index, feature: str) -> None:
    found = parts(taught, make_need(class_codes=("8340",)), feature)
    assert found[13].value > found[14].value
    assert found[13].value > found[15].value
    assert found[13].evidence


def test_an_industry_is_quoted_beside_one_without_a_number(taught: Index) -> None:
    found = parts(taught, make_need(class_codes=("8340",)), "industry")
    assert found[13].evidence == ("314910 Mills",)
    assert found[14].evidence[:1] in ((), ("333910 Pump makers",))


def test_words_that_only_its_like_use_lead_to_a_firm(taught: Index) -> None:
    found = parts(taught, make_need("Arctic tents"), "own_likeness")
    assert "ocarina" in found[13].evidence


def test_a_firm_does_not_speak_for_itself() -> None:
    """The only firm that declares a class has nobody of its like that does."""
    firms = [
        make_supplier(1, "Ocarina covers", class_codes=("8340",)),
        make_supplier(2, "Ocarina covers"),
        make_supplier(3, "Impellers", class_codes=("4320",)),
    ]
    found = parts(firms, make_need(class_codes=("8340",)), "kin")
    assert found[1].value == 0
    assert found[2].value > 0


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_without_declarations_nothing_is_invented(feature: str) -> None:
    """No class is learnt from firms that declare none, whatever the need."""
    firms = [replace(firm, class_codes=()) for firm in make_suppliers()]
    found = parts(firms, make_need(class_codes=("8340",)), feature)
    learnt = {"declared", "awarded", "own_likeness", "kin", "kin_near"}
    assert feature not in learnt or all(part.value == 0 for part in found.values())


@pytest.mark.parametrize("key", [key for key, feature in FEATURES.items() if feature.by_class])
@pytest.mark.parametrize("codes", [(entry.code,) for entry in CLASSES])
def test_points_of_a_class_are_those_of_a_need_of_that_class(
    taught: Index, key: str, codes: tuple[str]
) -> None:
    """`by_class` finds the leaders, so it must agree with `measure`."""
    asked = compile_need(make_need(class_codes=codes), taught.statistics)
    firms = np.arange(len(taught))
    feature = FEATURES[key]
    assert feature.by_class
    ahead = feature.by_class(taught.base, firms)[:, asked.classes[0]]
    now = feature.measure(asked, Candidates.of(asked, taught.base, firms)).values
    np.testing.assert_allclose(ahead, now, atol=1e-5)


def test_an_unknown_industry_does_no_harm(taught: Index) -> None:
    odd = (("999999", "New"), ("12", "Short"), ("n/a", "None"), ("314910", "Mills"))
    over = overlay(taught, [make_supplier(13, "Ocarina covers", industries=odd)], [])
    found = parts(over, make_need(class_codes=("8340",)), "industry")
    assert found[13].evidence == ("314910 Mills",)


@pytest.mark.parametrize("code", ["31-33", "²", "99999999999999999999", "-1", " 314910 ", "٣٣٣٩١٠"])
def test_an_industry_code_of_any_shape_is_read(code: str) -> None:
    firms = [make_supplier(1, "Tents", class_codes=("8340",), industries=((code, "Odd"),))]
    assert len(matches(firms, make_need(class_codes=("8340",)))) == 1


def test_every_feature_explains_itself() -> None:
    for feature in FEATURES.values():
        assert feature.title and feature.about.endswith(".")
    shown = PROFILE.shown_features()
    assert [one.weight for one in shown] == sorted((o.weight for o in shown), reverse=True)
