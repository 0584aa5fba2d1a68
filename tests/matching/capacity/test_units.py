"""Units convert exactly or refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.capacity import UNITS, UnitsDiffer, UnknownUnit, convert
from registry.taxonomy import domains

MASSES = ["g", "kg", "lb", "tonne"]


def test_masses_convert_by_definition() -> None:
    assert convert(2.5, "tonne", "kg") == 2_500
    assert convert(1, "lb", "g") == pytest.approx(453.59237, rel=1e-15)
    assert convert(7, "round", "round") == 7


@pytest.mark.parametrize(("unit", "other"), [("round", "charge"), ("set", "kit"), ("kg", "each")])
def test_counted_things_refuse(unit: str, other: str) -> None:
    with pytest.raises(UnitsDiffer) as refused:
        convert(1, unit, other)
    assert (refused.value.unit, refused.value.other) == (unit, other)


def test_a_unit_that_nobody_knows_is_named() -> None:
    with pytest.raises(UnknownUnit, match="furlong"):
        convert(1, "kg", "furlong")


@given(st.floats(1e-6, 1e9), st.sampled_from(MASSES), st.sampled_from(MASSES))
def test_there_and_back(quantity: float, unit: str, other: str) -> None:
    assert convert(convert(quantity, unit, other), other, unit) == pytest.approx(quantity)


def test_every_unit_of_a_category_is_known() -> None:
    assert set(domains.UNITS) <= set(UNITS)
