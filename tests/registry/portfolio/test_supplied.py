"""Plans over lines that supply one another: an input's contract can be what unlocks shells."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import pytest

from matching.capacity import Step, cover
from registry.coverage.network import read_network
from registry.coverage.service import output_in
from registry.portfolio.facts import basis_of
from registry.portfolio.forms import blank_document
from registry.portfolio.questions import questions_of
from registry.portfolio.solving import solve
from registry.portfolio.story import Story
from registry.visibility.readers import OPERATOR, Scope, Standing
from registry.visibility.table import Reader
from tests.registry.coverage.conftest import DAY, make, takes
from tests.registry.coverage.test_network import LATER

__all__ = ["make"]
SHELLS, CHARGES = "AMM-01", "AMM-05"


def step(rated, order, price, **stated):
    """A plant that any contract of so many fills at once, at a price for one."""
    return {
        "rated_rate_per_month": Decimal(rated), "months_to_rated": Decimal(0),
        "smallest_order_units": Decimal(order), "smallest_term_months": Decimal(12),
        "unit_price_low_cad": Decimal(price), "unit_price_high_cad": Decimal(price), **stated,
    }  # fmt: skip


def question_of(session, wanted=12_000, standing=OPERATOR, **limits):
    need = {
        "category": SHELLS, "unit": "round", "by": [[12, wanted]], "priority": 1, "source": "Note",
    }  # fmt: skip
    document = {
        **blank_document(DAY), "name": "Shells", **limits,
        "scenarios": [{"name": "Base", "needs": [need]}],
    }  # fmt: skip
    (question,) = questions_of(document, basis_of(session, standing, document))
    return question


def test_an_inputs_contract_is_what_unlocks_shells(app, session, make):
    """Of 1,000 shells a month 500 get a charge; 1,500 charges a month serve all 12,000.

    Signing the shells' line adds nothing: its charges set the pace. Signing both would cost more.
    """
    charges = make("Charges", CHARGES, 500, unit="each", **step(1500, 6_000, 10))
    item = takes(charges, CHARGES, supplier_rate_per_month=Decimal(9), lead_time_weeks=Decimal(2))
    shells = make("Shells", SHELLS, 1000, item, **step(2000, 12_000, 100))
    question = question_of(session)
    answer = solve(question)
    assert answer["before"] == pytest.approx(0.5)
    assert answer["coverage"] == pytest.approx(1)
    assert answer["contracts"] == [f"{charges.id}-rated"] and answer["cost"] == 60_000
    (choice,) = answer["choices"]
    assert choice["feeds"] == [str(shells.id)]
    assert choice["unlocks"] == [["0", 12, pytest.approx(6000)]]
    with app.test_request_context("/en/"):
        story = Story(question.inputs, answer, {SHELLS: "Shells 155"})
        (signed,) = story.contracts
        assert "What it makes is an input of other lines: Shells, Shells." in signed.reasons
        assert "Without it 6,000 fewer of AMM-01 Shells 155 come by month 12." in signed.reasons
        rows = {row.firm: row for row in story.line_rows}
        # The supplier's line counts, and not what the buyer says of it.
        assert rows["Shells"].inputs == [
            f"{CHARGES} (each) – for one unit: 1; made by Charges, whose lines count"
        ]


def test_both_contracts_where_both_set_the_pace(session, make):
    """18,000 wanted: charges alone make it 12,000, the shells' line alone leaves it at 6,000."""
    charges = make("Charges", CHARGES, 500, unit="each", **step(1500, 6_000, 10))
    shells = make("Shells", SHELLS, 1000, takes(charges, CHARGES), **step(2000, 12_000, 100))
    answer = solve(question_of(session, 18_000))
    assert sorted(answer["contracts"]) == [f"{charges.id}-rated", f"{shells.id}-rated"]
    assert answer["before"] == pytest.approx(6 / 18) and answer["coverage"] == pytest.approx(1)
    lost = {one["contract"]: one["loss"] for one in answer["choices"]}
    assert lost[f"{charges.id}-rated"] == pytest.approx(12 / 18)
    assert lost[f"{shells.id}-rated"] == pytest.approx(6 / 18)
    poor = solve(question_of(session, 18_000, budget=1_200_000.0))
    assert poor["contracts"] == [f"{charges.id}-rated"]


def test_it_agrees_with_the_output_page(session, make):
    """Before and after, as the page shows them of the same lines as they are and if they rise."""
    charges = make("Charges", CHARGES, 500, unit="each", **step(900, 6_000, 10))
    one = make("One", SHELLS, 600, takes(charges, CHARGES), **step(700, 1_000, 100))
    two = make("Two", SHELLS, 500, takes(charges, CHARGES), **step(800, 1_000, 100))
    page = output_in(read_network(session, OPERATOR, SHELLS, DAY), Step.RATED).plan
    answer = solve(question_of(session, 50_000))
    (date,) = answer["dates"]
    assert len(answer["contracts"]) == 1  # charges for 900 of what both could finish, 1,100
    assert date["before"] == pytest.approx(float(page.now[12])) == pytest.approx(6_000)
    assert date["after"] == pytest.approx(float(page.base[12])) == pytest.approx(10_800)
    assert {one.firm_id, two.firm_id, charges.firm_id} == {
        line["firm_id"] for line in question_of(session).inputs["lines"]
    }


def test_no_subset_of_contracts_covers_more(session, make):
    """Two shell lines, two suppliers, one of which has a supplier of its own: all 32 subsets."""
    acid = make("Acid", "AMM-10", 200, unit="each", **step(450, 900, 3))
    charges = make(
        "Charges", CHARGES, 300, takes(acid, "AMM-10"), unit="each", **step(800, 2_000, 9)
    )
    others = make("More charges", CHARGES, 150, unit="each", **step(400, 1_500, 14))
    make("One", SHELLS, 400, takes(charges, CHARGES), **step(900, 700, 20))
    make("Two", SHELLS, 350, takes(others, CHARGES), **step(500, 600, 22))
    for budget in (0, 3_000, 18_000, 24_000, 40_000, 90_000):
        question = question_of(session, 9_000, budget=float(budget))
        answer = solve(question)
        prices = {one.key: one.price for one in question.contracts}
        best = max(
            cover(replace(question.wanted[0].base, signed=signed)).share
            for size in range(len(prices) + 1)
            for signed in combinations(question.contracts, size)
            if sum(one.price for one in signed) <= budget
        )
        assert len(prices) == 5
        assert answer["coverage"] == pytest.approx(best, abs=1e-5)


def test_a_supplier_whom_the_planner_may_not_know_counts_as_its_buyer_states_it(session, make):
    charges = make("Charges", CHARGES, 500, unit="each", **step(1500, 6_000, 10))
    stated = {"supplier_rate_per_month": Decimal(300), "lead_time_weeks": Decimal(0)}
    shells = make("Shells", SHELLS, 1000, takes(charges, CHARGES, **stated), **step(2000, 900, 1))
    standing = Standing(Reader.OFFICIAL, scopes=(Scope(LATER, category=SHELLS),))
    question = question_of(session, standing=standing)
    assert [line["firm_id"] for line in question.inputs["lines"]] == [shells.firm_id]
    assert solve(question)["before"] == pytest.approx(0.3)


def test_a_line_counted_in_another_unit_than_the_need_does_not_serve_it(session, make):
    other = make("Links", "AMM-12", 900, unit="each")
    other.further_categories.append(SHELLS)
    make("Shells", SHELLS, 1000)
    session.flush()
    question = question_of(session)
    assert solve(question)["dates"][0]["after"] == pytest.approx(12_000)
    assert [line["firm"]["en"] for line in question.inputs["lines"]] == ["Shells"]


def test_a_scenario_holds_only_the_lines_that_it_rests_on(session, make):
    charges = make("Charges", CHARGES, 500, unit="each")
    make("Shells", SHELLS, 1000, takes(charges, CHARGES))
    make("Fuzes", "AMM-03", 700, unit="each")
    needs = [
        {"category": code, "unit": unit, "by": [[12, 9]], "priority": 1, "source": "Note"}
        for code, unit in ((SHELLS, "round"), ("AMM-03", "each"))
    ]
    document = {
        **blank_document(DAY),
        "scenarios": [{"name": one["category"], "needs": [one]} for one in needs],
    }
    first, second = questions_of(document, basis_of(session, OPERATOR, document))
    names = [
        {line["firm"]["en"] for line in question.inputs["lines"]} for question in (first, second)
    ]
    assert names == [{"Shells", "Charges"}, {"Fuzes"}]
