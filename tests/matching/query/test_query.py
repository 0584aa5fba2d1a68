"""What a search means: its grammar, and the firms it names."""

import pytest

from matching import (
    Fault,
    Kind,
    Offer,
    Query,
    QueryFaulty,
    Supplier,
    build_index,
    narrowed,
    order,
    overlay,
    parse_query,
    select,
)
from matching.query.syntax import Clause
from tests.matching.build import CLASSES, make_need

FIRMS = (
    Supplier(key=1, names=("Aurora Optics",), offers=(Offer("Night vision goggles", ""),)),
    Supplier(key=2, names=("Boreal",), offers=(Offer("Vision systems for night work", ""),)),
    Supplier(key=3, names=("Cedar",), offers=(Offer("Tactical radio", ""),), class_codes=("5820",)),
    Supplier(key=4, names=("Dune",), profile="Radio repair", class_codes=("4320",)),
    Supplier(key=5, names=("Elm",), offers=(Offer("Antenna", ""), Offer("Radio antenna", ""))),
    Supplier(key=6, names=("Fjord",), offers=(Offer("Antennas", ""),)),
    Supplier(key=7, names=("Gale",), offers=(Offer("Antenna masts", ""),)),
    Supplier(key=8, names=("Hazel",), offers=(Offer("155 mm shells", ""),)),
)


@pytest.fixture(scope="module")
def index():
    return build_index(FIRMS, CLASSES)


def found(index, text, strict=True):
    codes = index.statistics.classes.codes
    return select(index, parse_query(text, codes), strict).keys.tolist()


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("night vision", [1, 2]),
        ('"night vision"', [1]),
        ("« Night  Vision »", [1]),
        ("“vision night”", []),
        ("radio", [3, 4, 5]),
        ("radio -antenna", [3, 4]),
        ('radio -"radio antenna"', [3, 4]),
        ("radio −repair", [3, 5]),
        ("58*", [3]),
        ("5820", [3]),
        ("4*", [4]),
        ("radio -58*", [4, 5]),
        ("radio 43*", [4]),
        ("9*", []),
        ("155 mm shells", [8]),
        ("155mm -radio", [8]),
        ("shells -155 MM", []),
        ("5820 in Ontario", []),
        ("unheard-of", []),
    ],
)
def test_strict(index, text, keys):
    assert found(index, text) == keys


def test_loose_forgives_slips_and_says_what_it_read(index):
    query = parse_query("antena")
    assert select(index, query, strict=True).keys.tolist() == []
    loose = select(index, query, strict=False)
    assert loose.keys.tolist() == [5, 6, 7]
    assert loose.read_as == {"antena": "antenna"}
    assert select(index, parse_query("antnena"), strict=False).keys.tolist() == [5, 6, 7]


def test_loose_lets_one_word_in_three_go(index):
    assert found(index, "night vision submarine") == []
    assert found(index, "night vision submarine", strict=False) == [1, 2]


def test_an_overlay_counts_as_well(index):
    changed = Supplier(key=3, names=("Cedar",), offers=(Offer("Night vision", ""),))
    laid = overlay(index, [changed], removed=[1])
    assert found(laid, '"night vision"') == [3]
    assert found(laid, "5820") == []


def test_narrowing_leaves_only_those_firms(index):
    few = narrowed(index, select(index, parse_query("radio -repair"), True).keys)
    assert {key for key, _points in order(few, make_need("radio"), limit=9)} == {3, 5}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('"night vision', Fault.OPEN_QUOTE),
        ('radio ""', Fault.EMPTY_PHRASE),
        ("radio*", Fault.STAR),
        ("58201*", Fault.STAR),
        ("*", Fault.STAR),
        ("-radio", Fault.ONLY_WITHOUT),
        (" ".join(["radio"] * 25), Fault.TOO_LONG),
    ],
)
def test_what_cannot_be_read_is_refused(text, fault):
    with pytest.raises(QueryFaulty) as refusal:
        parse_query(text)
    assert refusal.value.fault is fault


def test_dashes_between_words_mean_nothing_and_plain_searches_stay_plain():
    query = parse_query("bullet-proof - vest 1320")
    assert query == Query(
        tuple(Clause(Kind.WORD, word) for word in ("bullet-proof", "vest", "1320"))
    )
    assert query.is_plain and not parse_query("radio -tv").is_plain
    assert parse_query("1320", {"1320"}).texts(Kind.CODE) == ["1320"]
