"""Who supplies whom, and who stops with a supplier."""

import datetime as dt
from decimal import Decimal

import pytest

from matching.capacity import Step
from registry.capabilities.models import LineInput
from registry.coverage.network import read_all, read_network
from registry.coverage.supply_chain import Supplier, stopped_by, supply_chain_of
from registry.visibility.readers import OPERATOR
from tests.registry.coverage.conftest import takes

DAY = dt.date(2026, 11, 25)
SHELLS, FUZES = "AMM-01", "AMM-03"


def bought(name, supplier, sourcing=None, **stated):
    stated = {"supplier_rate_per_month": Decimal(9000), "lead_time_weeks": Decimal(0), **stated}
    return LineInput(
        name_en=name, units_per_unit=Decimal(1), unit="each", supplier_name=supplier,
        supplier_country="DE", sourcing=sourcing, **stated,
    )  # fmt: skip


@pytest.fixture
def chain_of(session):
    return lambda: supply_chain_of(read_network(session, OPERATOR, SHELLS, DAY))


@pytest.fixture
def stop(session):
    def stopped(supplier):
        here, every = read_network(session, OPERATOR, SHELLS, DAY), read_all(session, OPERATOR, DAY)
        found = stopped_by(here, every, supplier, Step.CURRENT)
        rounds = [sorted(line.product_en for line in lines) for lines in found.rounds]
        return rounds, float(found.before[12]), float(found.after[12])

    return stopped


def outside(name):
    return Supplier(None, name, None)


def of(line):
    return Supplier(line.firm, line.firm.name, None)


def test_lines_and_those_whom_they_name_are_the_nodes(make, chain_of):
    fuzes = make("Fuzes", FUZES, 600, bought("Battery", "Elbe", "sole"), unit="each")
    shells = make("Shells", SHELLS, 1000, takes(fuzes, FUZES), bought("Pallet", None))
    found = chain_of()
    names = {key: node.supplier.name for key, node in found.nodes.items()}
    assert names == {
        f"line:{fuzes.id}": "Fuzes", f"line:{shells.id}": "Shells", "outside:elbe": "Elbe",
    }  # fmt: skip
    assert found.makers == (f"line:{shells.id}",)
    assert {(link.giver, link.taker, link.sole) for link in found.links} == {
        (f"line:{fuzes.id}", f"line:{shells.id}", False),
        ("outside:elbe", f"line:{fuzes.id}", True),
    }
    pallet = next(use for use in found.uses if use.item.name_en == "Pallet")
    assert pallet.suppliers == ()  # not stated
    assert [use.item.name_en for use in found.sole] == ["Battery"]


def test_one_supplier_of_two_lines_is_one_node_whatever_its_letters(make, chain_of):
    make("One", SHELLS, 10, bought("Steel", "Saar AG"))
    make("Two", SHELLS, 10, bought("Steel", "SAAR AG"))
    assert sum(node.line is None for node in chain_of().nodes.values()) == 1


def test_who_stops_with_an_outside_supplier(make, stop):
    """Batteries for fuzes, fuzes for shells and, in another category, for mortar bombs."""
    fuzes = make("Fuzes", FUZES, 600, bought("Battery", "Elbe", "sole"), unit="each")
    make("Shells", SHELLS, 500, takes(fuzes, FUZES))
    make("Bombs", "AMM-04", 10, takes(fuzes, FUZES))
    make("Bodies", SHELLS, 100)
    rounds, before, after = stop(outside("Elbe"))
    assert rounds == [["Fuzes"], ["Bombs", "Shells"]]
    assert (before, after) == pytest.approx((7200, 1200))


def test_who_stops_with_a_firm(make, stop):
    fuzes = make("Fuzes", FUZES, 600, unit="each")
    make("Shells", SHELLS, 500, takes(fuzes, FUZES))
    rounds, before, after = stop(of(fuzes))
    assert rounds == [["Fuzes"], ["Shells"]] and (before, after) == pytest.approx((6000, 0))


def test_a_line_with_several_suppliers_goes_on(make, stop):
    make("Shells", SHELLS, 500, bought("Steel", "Saar", "several"))
    make("Others", SHELLS, 500, bought("Steel", "Saar", "single"))
    rounds, before, after = stop(outside("saar"))
    assert rounds == [["Others"]] and (before, after) == pytest.approx((12_000, 6000))


def test_an_input_of_a_registered_firm_without_such_a_line_stops_with_it(make, stop):
    crates = make("Crates", "MAT-07", 5, unit="each")
    make("Shells", SHELLS, 500, takes(crates, FUZES, supplier_rate_per_month=Decimal(900),
                                      lead_time_weeks=Decimal(0)))  # fmt: skip
    assert stop(of(crates))[0] == [["Crates"], ["Shells"]]


def test_what_no_one_was_said_to_supply_stops_nothing(make, stop):
    fuzes = make("Fuzes", FUZES, 600, unit="each")
    make("Shells", SHELLS, 500, bought("Paint", None))
    assert stop(of(fuzes))[0] == [["Fuzes"]]
