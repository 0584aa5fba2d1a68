"""The shape of a line: what people may type, and how they are told what is refused."""

import datetime as dt
from decimal import Decimal

import pytest
from flask_babel import force_locale
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from registry.capabilities.lines import (
    FIELDS,
    INPUT_FIELDS,
    RATE_COLUMNS,
    LineSchema,
    monthly,
    typed,
)
from registry.capabilities.models import UNLOCKS, LineInput, ProductionLine
from registry.capabilities.words import PERIODS, UNLOCK
from registry.visibility.table import TABLE

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # none is asked

SCHEMA = LineSchema()
SHELLS = {"product_en": "Shells", "category_code": "AMM-01"}
FEW = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def load(**values):
    return SCHEMA.load({**SHELLS, **values})


def refused(**values):
    with pytest.raises(ValidationError) as caught:
        load(**values)
    return caught.value.messages


# Rates


AMOUNT = st.decimals(0, 10_000, places=4)


@FEW
@given(
    period=st.sampled_from(list(PERIODS)),
    rates=st.lists(AMOUNT, min_size=3, max_size=3).map(sorted),
    reason=st.sampled_from(["Idle presses start again"]),
)
def test_rates_are_kept_per_month_and_as_they_were_typed(app, period, rates, reason):
    names = ("current_rate", "rated_rate", "surge_rate")
    values = dict(zip(names, rates, strict=True))
    columns = load(rate_period=period, no_capital_reason=reason, **values)
    for name, amount in values.items():
        assert columns[RATE_COLUMNS[name]] == monthly(amount, period)
    given_back = typed(line_of(columns))
    assert {name: given_back[name] for name in names} == values
    assert given_back["rate_period"] == period
    assert SCHEMA.load(given_back) == columns  # what is handed out loads as itself


def line_of(columns):
    plain = {k: v for k, v in columns.items() if k not in ("inputs", "further_categories")}
    line = ProductionLine(**plain)
    line.inputs = [LineInput(**item) for item in columns["inputs"]]
    line.further_categories = columns["further_categories"]
    return line


@pytest.mark.parametrize(
    ("period", "month"), [("year", "100"), ("quarter", "400"), ("month", "1200"), ("week", "5200")]
)
def test_a_year_is_12_months_4_quarters_or_52_weeks(app, period, month):
    assert load(rate_period=period, current_rate=1200)["current_rate_per_month"] == Decimal(month)


def test_what_is_smallest_of_a_year_is_not_nothing_a_month(app):
    assert load(rate_period="year", current_rate="0.0001")["current_rate_per_month"] > 0


def test_too_much_is_refused_in_the_period_it_was_typed_for(app):
    assert load(rate_period="month", current_rate=10**9)
    assert list(refused(rate_period="week", current_rate=10**9)) == ["current_rate"]


# Typing


def test_a_blank_is_unknown_everywhere(app):
    blank = load(**{f.name: "  " for f in FIELDS if f.name not in SHELLS})
    bare = load()
    assert blank == bare
    lists = {"inputs", "further_categories"}
    assert {v for k, v in bare.items() if k not in {*lists, *SHELLS}} == {None}
    assert [bare[name] for name in sorted(lists)] == [[], []]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1200", "1200"),
        ("1 200", "1200"),
        ("1\u00a0200,5", "1200.5"),
        ("1\u202f200", "1200"),
        ("1,200,000", "1200000"),
        ("1,200.5", "1200.5"),
        ("0,25", "0.25"),
        (1200, "1200"),
        (0.1, "0.1"),
        ("0", "0"),
    ],
)
def test_numbers_as_either_language_writes_them(app, text, number):
    assert load(current_rate=text)["current_rate_per_month"] == Decimal(number)


@pytest.mark.parametrize(
    "text",
    ["1,200", "many", "-1", "1e3", "=1+1", True, "NaN", float("inf"), [1], "1.23456", "9" * 40],
)
def test_what_is_no_number_is_refused(app, text):
    assert list(refused(current_rate=text)) == ["current_rate"]


@pytest.mark.parametrize(
    ("text", "months"),
    [("18", 18), (18, 18), ("2 years", 24), ("1,5 an", 18), ("3 mois", 3), ("2 années", 24)],
)
def test_a_term_in_months_or_years(app, text, months):
    assert load(smallest_term_months=text)["smallest_term_months"] == months


def test_a_term_in_something_else_is_refused(app):
    assert refused(smallest_term_months="2 fortnights")


@pytest.mark.parametrize("text", ["yes", "Oui", True, "OUI "])
def test_yes(app, text):
    assert load(itar_controlled=text)["itar_controlled"] is True


def test_no_is_not_unknown(app):
    assert load(itar_controlled="non")["itar_controlled"] is False
    assert load(itar_controlled="")["itar_controlled"] is None
    assert refused(itar_controlled="perhaps")


@pytest.mark.parametrize("language", ["en_CA", "fr_CA"])
def test_words_of_both_languages_are_understood_in_both(app, language):
    with force_locale(language):
        columns = load(
            rate_period="trimestre",
            unlock_kinds="Un prêt; Electric power;commitment",
            qualification="qualified",
            inputs=[{"name_fr": "Fusées", "supplier_country": "Norvège"}],
        )
    assert columns["unlock_kinds"] == ["commitment", "loan", "power"]
    assert columns["rates_as_typed"] == {"period": "quarter"}
    assert columns["inputs"][0]["supplier_country"] == "NO"


def test_a_code_may_be_followed_by_its_title(app):
    columns = load(category_code="amm-04 Mortar ammunition", further_categories="AMM-01; AMM-04")
    assert (columns["category_code"], columns["further_categories"]) == ("AMM-04", ["AMM-01"])


def test_a_date_is_written_year_first(app):
    assert load(stated_on="2026-03-01")["stated_on"] == dt.date(2026, 3, 1)
    for text in ("01/03/2026", "2026-02-30", "0026-01-01", "soon", 2026):
        assert refused(stated_on=text)


@pytest.mark.parametrize("value", [[1], {"a": 1}, True])
def test_what_is_no_text_is_refused(app, value):
    assert list(refused(scarce_trades=value)) == ["scarce_trades"]


def test_a_line_and_an_input_need_a_name(app):
    with pytest.raises(ValidationError) as caught:
        SCHEMA.load({"inputs": [{"units_per_unit": 1}]})
    assert caught.value.messages == {
        "inputs": {0: {"name_en": ["Name it in English, in French, or in both."]}}
    }
    assert set(refused(product_en=None, category_code=None)) == {"product_en", "category_code"}


def test_errors_say_what_to_do_in_the_readers_language(app):
    values = {"current_rate": 5, "rated_rate": 3, "trl": 12, "reference": "x" * 41}
    english = refused(**values)
    assert english["trl"] == ["Write a number from 1 to 9."]
    order = refused(current_rate=5, rated_rate=3)
    assert order["rated_rate"][0].startswith("“Rate with the existing plant” is less than")
    with force_locale("fr_CA"):
        french = refused(**values)
        order_fr = refused(current_rate=5, rated_rate=3)
    assert french.keys() == english.keys() and order_fr.keys() == order.keys()
    for one, other in ((english, french), (order, order_fr)):
        for name in one:
            assert one[name] != other[name]


HOSTILE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=50),
    st.binary(max_size=9), st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers()),
)  # fmt: skip


@FEW
@given(st.dictionaries(st.sampled_from([f.name for f in FIELDS]), HOSTILE, max_size=8), HOSTILE)
def test_anything_is_loaded_or_refused_with_words(app, values, inputs):
    try:
        columns = SCHEMA.load({**values, "inputs": inputs})
    except ValidationError as error:
        assert error.messages
    else:
        assert not ProductionLine(
            **{k: v for k, v in columns.items() if k not in ("inputs", "further_categories")}
        ).broken_rules()


# The list of fields


def test_every_column_is_asked_for_or_kept_by_us(app):
    ours = {
        "id", "firm_id", "source_id", "as_of", "unit", "rates_as_typed", "evidence",
        "disclosure_basis", "supplied_on",
    }  # fmt: skip
    asked = {RATE_COLUMNS.get(f.name, f.name) for f in FIELDS} - {
        "rate_period",
        "further_categories",
    }
    assert asked | ours == set(ProductionLine.__table__.columns.keys()) and not asked & ours
    stored = set(LineInput.__table__.columns.keys())
    assert stored - {f.name for f in INPUT_FIELDS} == {"id", "line_id"}


def test_every_field_is_in_the_table_of_who_sees_it(app):
    assert {field.seen for field in (*FIELDS, *INPUT_FIELDS)} <= set(TABLE)


def test_the_words_are_those_of_the_columns(app):
    assert tuple(UNLOCK) == UNLOCKS
