"""What a few words may mean: a code, a firm, a category, a class."""

import pytest

from matching import Need
from registry.firms.models import FirmName
from registry.matches.search import (
    NAMED_SHOWN,
    NEAR_SHOWN,
    Target,
    find_by_code,
    find_categories,
    find_classes,
    find_named,
)


def names(firms) -> list[str]:
    return [firm.name for firm in firms]


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("AMM-01", Target("matches.category", "AMM-01")),
        ("amm-01", Target("matches.category", "AMM-01")),
        ("1005", Target("matches.supply_class", "1005")),
        ("0000", None),
        ("155 mm", None),
        ("", None),
        ("x" * 400, None),
    ],
)
def test_codes(session, query, target):
    assert find_by_code(session, query) == target


def test_firms_whose_name_begins_so_come_before_those_with_such_a_word(session, add_firm, live):
    forge = add_firm("Zorvex Forge")
    add_firm("Plain Zorvex")
    other = add_firm("Anvil")
    session.add(
        FirmName(firm_id=other.id, kind="former", name="Zorvex Old", source_id=other.source_id)
    )
    session.commit()
    assert names(find_named(session, live(), "zorv")) == [
        "Zorvex Forge",
        "Anvil",
        "Plain Zorvex",
    ]
    assert names(find_named(session, live(), "ZORVEX FORGE INC")) == [forge.name]
    assert find_named(session, live(), "orvex") == []


def test_a_firm_is_found_by_the_name_it_is_listed_by(session, add_firm, live):
    firm = add_firm("Zorvex")
    firm.names = []
    session.commit()
    assert names(find_named(session, live(), "zorvex")) == ["Zorvex"]


def test_withdrawn_firms_are_not_named(session, add_firm, live):
    add_firm("Zorvex").listed = "withdrawn"
    session.commit()
    assert find_named(session, live(), "zorvex") == []


@pytest.mark.parametrize("query", ["%", "_", "Zorve_", "Z%", "\\"])
def test_signs_of_the_database_mean_themselves(session, add_firm, query, live):
    add_firm("Zorvex")
    assert find_named(session, live(), query) == []


def test_such_signs_in_a_name_are_found(session, add_firm, live):
    add_firm("100% Forge_d \\ Ltd")
    assert names(find_named(session, live(), "100% Forge_d \\")) == ["100% Forge_d \\ Ltd"]


def test_only_a_few_are_named(session, add_firm, live):
    for number in range(NAMED_SHOWN + 2):
        add_firm(f"Zorvex {number:02}")
    found = names(find_named(session, live(), "zorvex"))
    assert found == [f"Zorvex {number:02}" for number in range(NAMED_SHOWN)]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("155 mm artillery shells", "AMM-01"),
        ("obus d'artillerie de 155 mm", "AMM-01"),
        ("OBUS EXPLOSIF DE 155MM", "AMM-01"),
    ],
)
def test_the_nearest_category_comes_first(session, query, code, live):
    found = [category.code for category in find_categories(session, live(), query)]
    assert found[0] == code and len(found) <= NEAR_SHOWN


@pytest.mark.parametrize("query", ["", "!!!", "qqqqq zzzzz"])
def test_words_near_no_category(session, query, live):
    assert find_categories(session, live(), query) == []


@pytest.mark.parametrize("words", ["submachine gun", "fusil", "sniper rifle"])
def test_classes_are_read_out_of_words_in_either_language(session, live, few_classes, words):
    need = Need(words, title_en=words, title_fr=words)
    classes = [entry.code for entry in find_classes(session, live(), need)]
    assert classes[0] == "1005" and len(classes) <= NEAR_SHOWN
