"""Finding notices: words in either language, states, and their order."""

import datetime as dt

import pytest

from registry.db import utcnow
from registry.errors import NotFound
from registry.rules.service import need_of_notice, read_notice
from registry.tenders.service import (
    State,
    count_open,
    find_tenders,
    get_tender,
    state_of,
)


def days(number):
    there = utcnow() - dt.timedelta(hours=5) + dt.timedelta(days=number)
    return there.strftime("%Y-%m-%dT%H:%M:%S")


@pytest.fixture
def five(load, row):
    load(
        row(1, closes_at=days(20), title_fr="Pièces de véhicules blindés"),
        row(2, closes_at=days(3), title_en="Armour 100% steel", buyer_fr="Chantier naval"),
        row(3, closes_at=days(-2)),  # still called open by a file of last week
        row(4, closes_at=days(9), status_en="Cancelled", status_fr="Annulé"),
        row(5, closes_at="", gsin_codes="*N1320A"),
        row(6, closes_at=days(-30), status_en="", status_fr=""),
        row(7, closes_at="", status_en="Expired", status_fr=""),
    )


def numbers(found):
    return [int(tender.reference.removeprefix("cb-")) for tender in found[0]]


def test_open_ones_first_and_what_closes_soonest_at_the_top(session, five):
    assert numbers(find_tenders(session, "", None, 1)) == [2, 1, 5, 4, 3, 6, 7]
    assert numbers(find_tenders(session, "", State.OPEN, 1)) == [2, 1, 5]
    assert numbers(find_tenders(session, "", State.CLOSED, 1)) == [3, 6, 7]
    assert numbers(find_tenders(session, "", State.CANCELLED, 1)) == [4]
    assert count_open(session) == 3
    for tender in find_tenders(session, "", None, 1)[0]:
        state = state_of(tender, utcnow())
        assert tender in find_tenders(session, "", state, 1)[0]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("VEHICULES blindes", [1]),
        ("blindés steel", []),
        ("100%", [2]),
        ("100 % ste", [2]),
        ("%", []),
        ("chantier", [2]),
        ("n1320", [5]),
        ("cb-6", [6]),
    ],
)
def test_words(session, five, query, expected):
    found = find_tenders(session, query, None, 1)
    assert (numbers(found), found[1]) == (expected, len(expected))


def test_quantities_meet_however_they_are_spaced(session, load, row):
    load(row(1, title_en="Bodies, 155 mm"), row(2, title_en="Bodies, 155mm"), row(3))
    for query in ("155mm bodies", "155 mm bodies", "155-MM", "bod 155"):
        assert sorted(numbers(find_tenders(session, query, None, 1))) == [1, 2], query
    assert numbers(find_tenders(session, "105 mm", None, 1)) == []


def test_words_are_those_of_the_newest_amendment(session, load, row):
    load(row(8, title_en="Mine detector"))
    load(row(8, amendment="001", title_en="Mine roller"))
    assert numbers(find_tenders(session, "roll", None, 1)) == [8]
    assert numbers(find_tenders(session, "detector", None, 1)) == []
    session.delete(find_tenders(session, "mine", None, 1)[0][0])
    session.flush()
    assert find_tenders(session, "mine", None, 1) == ([], 0)


def test_a_number_that_is_not_there(session):
    with pytest.raises(NotFound):
        get_tender(session, 12345)


def test_a_notice_becomes_a_need(session, load, row, tender):
    load(row(1, gsin_codes="*N1320A", unspsc_fr="*Munitions\n*Munitions, autres",
             description_en="Bodies. " + "x " * 3000 + "\nControlled Goods Program."))  # fmt: skip
    need = need_of_notice(tender(), read_notice(session, tender()))
    assert (need.title_en, need.title_fr) == ("Projectile bodies", "Corps de projectiles")
    assert need.class_codes == ("1320",)
    assert need.synonyms_fr == ("Munitions", "Munitions, autres")
    assert len(need.description_en) <= 1200  # yet what stands further on is still required
    assert [requirement.name for requirement in need.requirements] == ["controlled goods"]
