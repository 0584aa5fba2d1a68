"""What a result says of limits that nothing meets."""

import pytest

from registry.portfolio.story import Story

LIMITS = {"required": None, "survive": 0.5, "firm_share": 0.2, "region_share": None,
          "budget": 1_000_000, "yearly": [None]}  # fmt: skip


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_limits_that_cannot_give_enough_by_themselves_are_named():
    gives = [{"limit": "firm_share", "amount": 0.4, "contracts": []}]
    inputs = {
        "objective": "coverage", "limits": LIMITS, "lines": [], "contracts": [],
        "scenario": {"name": "A", "needs": []}, "starts_on": "2026-11-25",
    }  # fmt: skip
    answer = {"outcome": "infeasible", "relaxations": gives}
    said = [text for text, _named in Story(inputs, answer, {}).relaxations]
    assert len(said) == 2 and "40" in said[0]
    assert "1,000,000" in said[1] and "50" in said[1] and "20" not in said[1]
    answer["outcome"] = "within-gap"
    assert len(Story(inputs, answer, {}).relaxations) == 1
