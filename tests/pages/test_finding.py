"""Narrowing a list, asking why a firm is absent, dismissing one and bringing it back."""

import json
import re

import pytest
from sqlalchemy import select

from registry.audit.models import AuditEvent
from registry.db import db
from registry.finding.models import Dismissal

OWN = "northline-ordnance"
HERE = "/en/shortfalls/AMM-01"


def listed(page):
    return [
        row["id"].removeprefix("firm-")
        for row in page.all("tr")
        if row.attributes.get("id", "").startswith("firm-")
    ]


def facet_names(page):
    return {box["name"] for box in page.all("input", type="checkbox") if box["name"] != "firm"}


def test_what_is_chosen_stands_in_the_address_and_can_be_taken_away(page_of):
    whole, narrow = page_of(HERE), page_of(f"{HERE}?province=QC&size=unstated&size=small")
    assert 0 < len(listed(narrow)) < len(listed(whole))
    chips = narrow.all("a", class_="chip")
    assert [chip.one("b").text for chip in chips][:1] == ["Quebec"]
    assert "province=QC" not in chips[0]["href"] and "size=small" in chips[0]["href"]
    box = next(b for b in whole.all("input", name="province") if b["value"] == "QC")
    count = int(box.parent.all("span")[-1].text)
    assert count == len(listed(page_of(f"{HERE}?province=QC")))


def test_an_empty_list_says_what_to_let_go(page_of):
    page = page_of(f"{HERE}?province=NU")
    assert listed(page) == [] and "No firm is left." in page.text
    assert "Any “Province or territory”" in page.text


@pytest.mark.parametrize("role", ["visitor", "firm", "rival"])
def test_clearances_narrow_nothing_for_those_who_may_not_see_them(page_of, role):
    page = page_of(f"{HERE}?clearance=CGP", role)
    assert listed(page) == listed(page_of(HERE, role))
    assert "clearance" not in facet_names(page) and "adds" not in facet_names(page_of(HERE))


def test_officials_narrow_by_clearance(page_of):
    page = page_of(f"{HERE}?clearance=CGP", "official")
    assert "clearance" in facet_names(page)
    assert 0 < len(listed(page)) < len(listed(page_of(HERE, "official")))


def test_a_search_that_cannot_be_read_says_what_to_do(page_of):
    assert "Add a quotation mark." in page_of('/en/search?q="night').text
    assert "Ajoutez un guillemet." in page_of('/fr/search?q="night').text


def test_why_a_firm_is_not_here(page_of, firm_ids):
    address = f"/en/why-not?category=AMM-01&firm={firm_ids[OWN]}"
    assert "It is here, in place" in page_of(address).text
    assert "It is shut out by what is chosen." in page_of(f"{address}&province=NU").text
    nobody = page_of("/en/why-not?category=AMM-01&firm=Nobody+Known")
    assert "No listed firm has a name that begins so." in nobody.text


def test_sites_say_the_same_as_the_list(page_of):
    page = page_of("/en/sites?category=AMM-01")
    atlas = page.one(id="atlas")
    spots = json.loads(atlas["data-spots"])["spots"]
    drawn = {number for spot in spots for number, _name in spot["firms"]}
    beside = page.one("div", class_="atlas-list")
    assert drawn and {f"/en/firms/{number}" for number in drawn} <= {
        link["href"] for link in beside.all("a")
    }


def test_the_nearest_first_are_as_many_on_the_map(page_of):
    """More than a list shows at once: by distance the map once stopped where the list does."""
    address = "/en/sites?text=fictional"
    answer = page_of(address).one("p", class_="answer").text
    assert int(answer.split()[0]) > 50
    assert page_of(f"{address}&near=Kingston,+ON&order=distance").one(
        "p", class_="answer"
    ).text == (answer)


def test_suggestions_come_in_groups(client_of):
    found = client_of("visitor").get("/en/search/suggestions?q=north").json
    assert any(one["kind"] == "Firm" and "Northline" in one["text"] for one in found)
    assert client_of("visitor").get("/en/search/suggestions?q=n").json == []


@pytest.mark.parametrize(
    ("typed", "kind", "text"),
    [
        ("obus", "Category", "AMM-01"),  # in the other language
        ("155 m", "Category", "AMM-01"),
        ("155mm", "Category", "AMM-01"),  # however a quantity is spaced
        ("howitzer am", "Category", "AMM-01"),  # a trade name
        ("nortlhine", "Firm", "Northline"),  # two letters changed places
        ("Northlin Ord", "Firm", "Northline"),
    ],
)
def test_suggestions_forgive(client_of, typed, kind, text):
    found = client_of("visitor").get("/en/search/suggestions", query_string={"q": typed}).json
    assert any(one["kind"] == kind and text in one["text"] for one in found), found


def test_a_dismissal_is_of_one_need_and_one_office(own_app, sign_in, html, firm_ids):
    firm, person = str(firm_ids[OWN]), sign_in(own_app, "official")
    page = html(person.get(HERE))
    token = page.all("input", name="csrf_token")[0]["value"]
    form = {"csrf_token": token, "firm_id": firm, "category": "AMM-01"}
    assert person.post("/en/dismissed", data={**form, "reason": " "}).status_code == 422
    person.post("/en/dismissed", data={**form, "reason": "Makes none since 2019"})
    assert firm not in listed(html(person.get(HERE)))
    why = html(person.get(f"/en/why-not?category=AMM-01&firm={firm}"))
    assert "It was dismissed" in why.text and "Makes none since 2019" in why.text
    for role in ("visitor", "firm"):
        other = html(sign_in(own_app, role).get(HERE))
        assert firm in listed(other) and "dismissed" not in other.text
    with own_app.app_context():
        number = db.session.scalars(select(Dismissal.id)).one()
        events = select(AuditEvent).where(AuditEvent.action == "result.dismiss")
        event = db.session.scalars(events).one()
        assert (event.subject, event.why) == ("dismissal", "Makes none since 2019")
    assert "Makes none since 2019" in html(person.get("/en/dismissed?category=AMM-01")).text
    person.post(f"/en/dismissed/{number}/bring-back", data={"csrf_token": token})
    assert firm in listed(html(person.get(HERE)))


def test_every_firm_that_a_search_names_is_shown(page_of):
    """However little it fits: the count above the list and the list are of the same firms."""
    page = page_of("/en/search?q=155+mm+shell")
    ((shown, found),) = re.findall(r"(\d+) of (\d+) shown", page.text)
    assert shown == found
