"""What people type, and what it makes."""

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from registry.registration import forms, geography, places
from registry.registration.remarks import completeness, remarks_on
from registry.registration.sections import SECTIONS, blank, empty_record, item_title

HOSTILE = "<script>alert(1)</script>\0\r\n' or 1=1 --"


def read(section, sites=(), **typed):
    return forms.read(SECTIONS[section], MultiDict(typed), sites)


@pytest.mark.parametrize("name", SECTIONS)
def test_an_empty_form_states_nothing(name):
    section = SECTIONS[name]
    typed = read(name)
    required = {each.name for each in section.asked if each.required}
    assert required <= typed.errors.keys() or not required
    if not typed.errors:
        assert typed.piece == blank(section)


def test_numbers_as_either_language_writes_them():
    for typed, number in (("1200", 1200), ("1 200", 1200), ("1\u00a0200", 1200)):
        assert read("identity", employees=typed).piece["employees"] == number
    for typed in ("many", "-1", "12.5", "9" * 30, "1,200"):
        assert "employees" in read("identity", employees=typed).errors, typed
    assert read("sites", kind="plant", latitude="45,42").piece["latitude"] == "45.42"


def test_what_is_wrong_keeps_what_was_typed():
    typed = read("identity", legal_name_en="x" * 301, profile_en=HOSTILE, employees="?")
    assert typed.errors.keys() == {"legal_name_en", "employees"}
    assert typed.words["legal_name_en"] == "x" * 301
    assert typed.words["profile_en"] == HOSTILE.replace("\0", "")


def test_hostile_words_are_words():
    piece = read("identity", legal_name_en=HOSTILE, profile_en=HOSTILE).piece
    assert "\0" not in piece["profile_en"] and "<script>" in piece["profile_en"]


def test_a_choice_outside_the_list_is_refused():
    assert "kind" in read("sites", kind="castle").errors
    assert "site_id" in read("capabilities", kind="product", name_en="X", site_id="n9").errors
    assert not read("capabilities", ["n9"], kind="product", name_en="X", site_id="n9").errors


def test_a_line_with_its_inputs_comes_back_as_it_was_typed():
    typed = {
        "category_code": "AMM-01",
        "product_fr": "Obus",
        "current_rate": "12,5",
        "rate_period": "week",
        "unlock_kinds": "order",
        "inputs-0-name_fr": "Fusées",
        "inputs-2-name_fr": "Poudre",
        "inputs-2-lead_time_weeks": "6,5",
        "inputs-3-name_fr": " ",
    }
    found = read("lines", **typed)
    assert not found.errors
    assert [row["name_fr"] for row in found.piece["inputs"]] == ["Fusées", "Poudre"]
    assert found.piece["inputs"][1]["lead_time_weeks"] == "6.5"
    again = forms.read(
        SECTIONS["lines"], MultiDict(forms.words_of(SECTIONS["lines"], found.piece)), []
    )
    assert again.piece == found.piece
    chosen = read("lines", category_code="AMM-01", product_en="X", inputs=forms.packed(
        found.piece["inputs"]))  # fmt: skip
    assert chosen.piece["inputs"] == found.piece["inputs"]


def test_an_error_of_an_input_stands_at_its_place():
    typed = {"category_code": "AMM-01", "product_en": "X", "inputs-0-stock_days": "soon"}
    found = read("lines", **typed)
    assert found.errors["inputs"][0].keys() >= {"stock_days"}
    rows = forms.rows_to_fill(SECTIONS["lines"], found.words, found.errors, {})
    wrong = [each.name for row in rows for each in row if each.errors]
    assert "inputs-0-stock_days" in wrong and len(rows) == 2


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)


@given(words=st.fixed_dictionaries({e.name: WORDS for e in SECTIONS["identity"].asked}))
def test_whatever_is_typed_is_taken_or_refused_and_never_fails(words):
    typed = forms.read(SECTIONS["identity"], MultiDict(words), [])
    assert bool(typed.errors) != bool(typed.piece)
    if typed.piece:
        once = forms.words_of(SECTIONS["identity"], typed.piece)
        assert forms.read(SECTIONS["identity"], MultiDict(once), []).piece == typed.piece


@given(st.text(max_size=60))
def test_what_a_form_carries_may_be_anything(text):
    assert forms.unpacked(text) is None or isinstance(forms.unpacked(text), dict)
    assert isinstance(forms.unpacked_list(text), list)


# Odd, but never blocked


def test_odd_identifiers_are_remarked_on(session, firm):
    def remarks(firm_id=None, **piece):
        return remarks_on(session, "identity", piece, firm_id, None)

    assert remarks(business_number="123456782", ncage="L9Z9Z") == {}
    assert remarks(business_number="123456789", ncage="LO").keys() == {"business_number", "ncage"}
    assert "claim" in remarks(ncage="l1a2b")["ncage"]
    assert remarks(firm.id, ncage="L1A2B") == {}
    assert "website" in remarks(website="javascript:alert(1)")


@pytest.mark.parametrize(
    ("piece", "odd"),
    [
        ({"postal_code": "L8P 4W7", "province": "ON"}, set()),
        ({"postal_code": "L8P 4W7", "province": "QC"}, {"postal_code"}),
        ({"postal_code": "99999"}, {"postal_code"}),
        ({"latitude": "45.4"}, {"latitude"}),
    ],
)
def test_odd_sites(session, piece, odd):
    assert remarks_on(session, "sites", piece, None, None).keys() == odd


def test_completeness_grows_with_each_answer():
    record = empty_record()
    empty = completeness(record)
    assert empty.percent == 0 and len(empty.advice) == 3
    weights = [advice.weight for advice in empty.advice]
    assert weights == sorted(weights, reverse=True)
    record["capabilities"] = [{"key": "n1", "name_en": "Shells"}]
    assert completeness(record).percent > 0
    assert empty.advice[0] not in completeness(record).advice


# The map


@given(st.floats(42, 82), st.floats(-140, -53))
def test_a_place_is_found_where_it_is_drawn(latitude, longitude):
    x, y = geography.to_pixel((latitude, longitude))
    back = geography.to_point(x, y)
    assert back == pytest.approx((latitude, longitude), abs=1e-6)


def test_cities_lie_on_the_map_and_presses_outside_do_not_count():
    for city in places.city_names():
        matches = [
            p for (n, _), p in places._centres().items() if n == places.text.normalised(city)
        ]
        for point in matches:
            x, y = geography.to_pixel(point)
            assert 0 < x < geography.WIDTH and 0 < y < geography.HEIGHT, city
            assert geography.pressed(str(x), str(y)) is not None
    assert places.centre_of("montreal", "QC") == places.centre_of("Montréal", "")
    assert places.centre_of("Atlantis", "") is None
    for x, y in (("0", "0"), ("a", "b"), ("1e999", "3"), ("nan", "nan")):
        assert geography.pressed(x, y) is None
    assert geography.draw((45.4, -75.7)).count("translate(") == 1


def test_an_entry_is_called_by_its_name_in_the_readers_language():
    app = Flask(__name__)
    Babel(app)
    with app.app_context():
        title = item_title(SECTIONS["sites"], {"name_en": "Works", "name_fr": "Usine"}, "fr")
        assert title == "Usine"
        assert item_title(SECTIONS["sites"], {"city": "Hull"}, "en") == "Hull"
        assert item_title(SECTIONS["sites"], {}, "en") == "site"
