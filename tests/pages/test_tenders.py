"""Tenders on pages: found, explained, matched with firms, and found again by a firm."""

import json
import re

import pytest
from sqlalchemy import delete, func, select, update

from benchmarks.canadabuys import write_feed
from registry.db import db, utcnow
from registry.jobs.models import DONE, Job
from registry.jobs.worker import Worker
from registry.opportunities.models import TenderMatch
from registry.opportunities.service import categories_of, match_open, tenders_of_firm
from registry.opportunities.work import MATCH
from registry.rules.service import read_notice
from registry.shortlists.models import Shortlist
from registry.tenders.models import CANCELLED, Tender
from registry.tenders.needs import need_of_tender

OWN = "northline-ordnance"
SHELLS = "demo-001"


@pytest.fixture
def tender(demo_app):
    """The demonstration's tender of that reference."""

    def find(reference=SHELLS):
        with demo_app.app_context():
            return db.session.scalars(select(Tender).where(Tender.reference == reference)).one()

    return find


@pytest.mark.parametrize(("language", "months"), [("en", "p.m."), ("fr", "14 h 00")])
def test_open_tenders_come_first_with_their_closing(page_of, language, months):
    page = page_of(f"/{language}/tenders")
    states = [row.all("td")[1].text for row in page.one("table").all("tr")[1:]]
    first, last = ("open", "closed") if language == "en" else ("ouvert", "clos")
    assert states[0].endswith(first) and states[-1] == last and len(states) == 7
    closing = page.one("table").all("tr")[1].all("td")[2].text.replace("\u202f", " ")
    assert months in closing.replace("\u00a0", " ") and "(UTC−05:00)" in closing
    assert "<b class" not in page.text


def test_words_and_state_are_in_the_address(page_of):
    page = page_of("/fr/tenders?q=BLINDES&state=open")
    (row,) = page.one("table").all("tr")[1:]
    assert "véhicules blindés" in row.text
    assert page_of("/en/tenders?q=%00&state=nonsense&page=1").status == 200
    assert "No tender is like this" in page_of("/en/tenders?q=zzz").text


def test_a_notice_in_one_language_says_in_which(page_of, tender):
    page = page_of(f"/en/tenders/{tender('demo-004').id}")
    assert page.one("h1").all("span")[0].attributes["lang"] == "fr"
    assert page.one("html").attributes["lang"] == "en-CA"


def test_a_tender_is_explained(page_of, tender):
    page = page_of(f"/en/tenders/{tender().id}", "official")
    assert re.search(r"it names 1320.* – rule \d+ \(always in force; Cadence: classes", page.text)
    assert "“The supplier must be registered" in page.html or "<q>The supplier must" in page.html
    assert "Offers are due in 2" in page.one(class_="answer").text
    assert re.search(r"fit\. Offers", page.one(class_="answer").text)
    why = page.one("table", class_="results").all("dl")[0].text
    assert "Fit" in why
    gates = {gate.text for gate in page.one("table", class_="results").all(class_="gate")}
    assert any("Controlled goods" in gate for gate in gates)


@pytest.mark.parametrize("role", ["visitor", "rival"])
def test_requirements_of_others_are_not_for_everyone(page_of, tender, role):
    page = page_of(f"/en/tenders/{tender().id}", role)
    rows = [row for row in page.one("table", class_="results").all("tr") if row.all(class_="gates")]
    assert len(rows) <= (0 if role == "visitor" else 1)  # a firm sees its own


def test_a_cancelled_tender_says_so(page_of, tender):
    answer = page_of(f"/fr/tenders/{tender('demo-007').id}").one(class_="answer").text
    assert "annulé" in answer and "attendues" not in answer


def test_categories_have_reasons_in_both_languages(demo_app, tender):
    with demo_app.app_context():
        shells = db.session.get(Tender, tender().id)
        need, findings = need_of_tender(shells), read_notice(db.session, shells)
        found = categories_of(db.session, need, findings)
        assert found[0].category.code == "AMM-01"
        assert all(one.reasons for one in found)
        assert [one.points for one in found] == sorted((o.points for o in found), reverse=True)


def test_a_tender_can_be_shortlisted_and_compared(own_app, sign_in, csrf, html, tender):
    client, number = sign_in(own_app, "official"), tender().id
    page = html(client.get(f"/en/tenders/{number}"))
    firms = re.findall(r'id="firm-(\d+)"', page.html)[:2]
    sent = {"csrf_token": csrf(client), "firm_id": firms[0], "tender": number}
    assert client.post("/en/shortlists/add", data=sent).status_code == 302
    with own_app.app_context():
        (kept,) = db.session.scalars(select(Shortlist))
        assert kept.need == {"tender": str(number)} and kept.title.startswith("Forged bodies")
        assert kept.items[0].match["score"] > 0
    address = f"/en/compare?tender={number}&firm={firms[0]}&firm={firms[1]}"
    assert f"/en/tenders/{number}" in html(client.get(address)).html
    for wrong in ("abc", "99999", "9" * 30):
        assert client.get(address.replace(f"={number}&", f"={wrong}&")).status_code == 404


def test_a_firm_sees_the_open_tenders_that_it_fits(own_app, sign_in, html, firm_ids):
    client = sign_in(own_app, "firm")
    assert "None of those open now" in html(client.get("/en/my-firm")).text
    with own_app.app_context():
        assert match_open(db.session) == 5
    page = html(client.get("/en/my-firm"))
    assert "Forged bodies for 155 mm" in page.text and "Airframes" not in page.text
    with own_app.app_context():
        found = tenders_of_firm(db.session, firm_ids[OWN], 6)
        assert found[0].tender.reference == SHELLS and found[0].match.parts
        # Closed or cancelled since: it is not shown, and forgotten the next time.
        change = update(Tender).where(Tender.reference == SHELLS)
        db.session.execute(change.values(closes_at=utcnow()))
        assert SHELLS not in {
            o.tender.reference for o in tenders_of_firm(db.session, firm_ids[OWN], 6)
        }
        db.session.execute(update(Tender).values(status=CANCELLED))
        assert match_open(db.session) == 0
        assert db.session.scalar(select(func.count()).select_from(TenderMatch)) == 0


def test_an_import_asks_for_the_matching_and_a_worker_does_it(own_app, tmp_path):
    path = tmp_path / "feed.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_feed(file, 300)
    run = own_app.test_cli_runner().invoke
    command = ("import", "tenders", str(path), "--format", "canadabuys")
    assert run(args=command).exit_code == 0
    with own_app.app_context():
        db.session.execute(delete(TenderMatch))
        db.session.commit()
        (job,) = db.session.scalars(select(Job).where(Job.kind == MATCH))
        assert Worker(db.engine, own_app.app_context).run_waiting() == 1
        db.session.refresh(job)
        assert job.state == DONE and job.result["tenders"] > 5
        matched = db.session.scalar(select(func.count(TenderMatch.tender_id.distinct())))
        assert 5 <= matched <= job.result["tenders"]
    assert run(args=command).exit_code == 0  # the same file: nothing new to look for
    with own_app.app_context():
        assert len(db.session.scalars(select(Job).where(Job.kind == MATCH)).all()) == 1


def test_notices_leave_as_a_release_package(page_of, tender, demo_app):
    page = page_of(f"/en/tenders/{tender().id}")
    link = next(a["href"] for a in page.all("a") if "ocds.json" in a.attributes.get("href", ""))
    told = json.loads(demo_app.test_client().get(link).data)
    assert told["version"] == "1.1" and [one["tag"] for one in told["releases"]] == [["tender"]]
    (release,) = told["releases"]
    assert release["tender"]["title_fr"] and release["ocid"].endswith(SHELLS)
    listed = demo_app.test_client().get("/fr/tenders/ocds.json?q=BLINDES&state=open")
    assert listed.content_type == "application/json"
    assert len(json.loads(listed.data)["releases"]) == 1
