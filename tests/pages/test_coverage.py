"""Output by month: who is told which figures, and what a need is set against."""

import pytest

OWN, OTHER = "northline-ordnance", "forges-du-saguenay"
HERE = "/en/shortfalls/AMM-01/output"


@pytest.mark.parametrize("role", ["official", "auditor", "administrator"])
def test_who_may_see_all_is_told_by_month(page_of, role):
    page = page_of(HERE, role)
    assert page.status == 200
    assert "If nothing is signed, Canadian output is" in page.one("div", class_="head").text
    print(page.text)


def test_contract(page_of, firm_ids):
    page = page_of(f"/en/firms/{firm_ids[OWN]}", "official")
    line = page.all("article", class_="line")[0]["id"].split("-")[1]
    for q in ("", "?quantity=60000&term=36&price=1000000", "?quantity=60,000&term="):
        page = page_of(f"/en/firms/{firm_ids[OWN]}/lines/{line}/contract{q}", "official")
        print(page.status, page.one("main").text)
