"""The production lines of the demonstration: enough to plan a chain, and true to the shape."""

import pytest
from sqlalchemy import select

from registry.capabilities.lines import LineSchema, typed
from registry.capabilities.models import EVIDENCE_LEVELS, ProductionLine
from registry.capabilities.service import changes_of, find_faults, is_stale, load_known, with_units
from registry.demo.service import AS_OF, load_demo

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CHAIN = {"AMM-01", "AMM-02", "AMM-03", "AMM-10", "AMM-11", "AMM-12"}


@pytest.fixture
def lines(app, session):
    load_demo(session)
    session.commit()
    session.expunge_all()  # to read what the database keeps
    return session.scalars(select(ProductionLine)).all()


def test_each_line_is_one_that_a_firm_could_have_typed(session, lines):
    for line in lines:
        data = LineSchema().load(typed(line))
        known = load_known(session, line.firm_id)
        assert find_faults(session, known, data) == {}, line.product_en
        assert changes_of(line, with_units(known, data)) == {}, line.product_en


def test_the_chain_of_a_shell_can_be_planned(lines):
    assert {line.category_code for line in lines} >= CHAIN
    shells = next(line for line in lines if line.product_en.startswith("155 mm high-explosive"))
    suppliers = {item.category_code: item.supplier_firm for item in shells.inputs}
    assert suppliers.keys() >= {"AMM-12", "AMM-10", "AMM-03"}
    assert all(suppliers[code] for code in ("AMM-12", "AMM-10", "AMM-03"))


def test_there_is_much_to_plan_with_and_something_unknown(lines):
    whole = [line for line in lines if line.inputs and line.rated_rate_per_month]
    assert len(whole) >= 40 and len({line.firm_id for line in whole}) >= 25
    assert {line.evidence for line in lines} == set(EVIDENCE_LEVELS)
    assert any(is_stale(line, AS_OF) for line in lines)
    inputs = [item for line in lines for item in line.inputs]
    assert any(item.sourcing == "sole" and item.supplier_country != "CA" for item in inputs)
    assert any(item.units_per_unit is None for item in inputs)
    for column in ("capital_low_cad", "mrl", "committed_share", "unit_price_low_cad"):
        stated = [getattr(line, column) is not None for line in whole]
        assert any(stated) and not all(stated), column


def test_outside_suppliers_are_plainly_fictional(lines):
    for item in (item for line in lines for item in line.inputs if item.supplier_name):
        assert item.supplier_name.endswith(("(fictional)", "(fictif)", "(fictive)"))
