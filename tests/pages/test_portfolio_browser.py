"""From the shortfall of 155 mm shells to a briefing note in both languages, as an official goes."""

import pytest
from playwright.sync_api import expect

from registry.db import db
from registry.jobs.worker import Worker
from tests.pages import browsing
from tests.pages.browsing import DESK, PHONE, follow

OPEN_ALL = "for (const details of document.querySelectorAll('details')) details.open = true"


def check(page):
    page.evaluate(OPEN_ALL)
    browsing.check(page)
    assert not page.said


@pytest.mark.parametrize(
    ("language", "viewport", "settings"),
    [("en", DESK, {}), ("fr", PHONE, {"color_scheme": "dark"})],
    ids=["en-desk", "fr-phone-dark"],
)
def test_from_the_shortfall_to_the_note(
    own_live, own_app, sign_in, open_browser, say, language, viewport, settings
):
    page = open_browser(language, viewport, **settings)
    cookie = sign_in(own_app, "official").get_cookie("session")
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": own_live}])
    page.goto(f"{own_live}/{language}/shortfalls/AMM-01/output?quantity=3000000&month=24")
    follow(page, page.get_by_role("link", name=say("Plan contracts that would cover it", language)))
    page.get_by_label(say("Name", language), exact=True).fill("155 mm")
    page.get_by_label(say("Source of the figures", language)).first.fill("Note 7")
    page.get_by_label(say("Budget in all ($)", language)).fill("beaucoup")
    follow(page, page.get_by_role("button", name=say("Save the plan", language), exact=True))
    browsing.check(page)  # what is wrong stands beside what was typed
    assert all("422" in text for text in page.said)
    page.said.clear()
    page.get_by_label(say("Budget in all ($)", language)).fill("300000000")
    follow(page, page.get_by_role("button", name=say("Save the plan", language), exact=True))
    check(page)

    offers = page.get_by_role("link", name=say("Contracts that could be signed", language))
    follow(page, offers)
    check(page)
    follow(page, page.get_by_role("button", name=say("Keep the contracts", language)))
    follow(page, page.get_by_role("button", name=say("Solve the plan", language)))
    expect(page.get_by_text(say("It waits for a worker.", language))).to_be_visible()
    check(page)
    # The page follows its job by itself.
    with page.expect_navigation(url="**/plans/results/*"), own_app.app_context():
        Worker(db.engine, own_app.app_context).run_waiting()
    expect(page.locator(".answer")).to_contain_text("%")
    expect(page.locator("svg.chart path.need")).to_be_visible()
    check(page)

    page.get_by_label(say("Why this result", language)).fill("Agreed / D’accord")
    follow(page, page.get_by_role("button", name=say("Sign off this result", language)))
    expect(page.locator(".notice.good").last).to_contain_text("Agreed")
    check(page)
    notes = page.locator("a[href$='/note.pdf']")
    expect(notes).to_have_count(2)  # one in each language
    for place in range(2):
        with page.expect_download() as download:
            notes.nth(place).click()
        assert download.value.path().read_bytes().startswith(b"%PDF-")
    with page.expect_download() as download:
        page.locator("a[href$='/figures.xlsx']").click()
    assert download.value.suggested_filename.endswith(".xlsx")

    follow(page, page.get_by_role("link", name="155 mm").first)
    check(page)
    follow(page, page.get_by_role("link", name=say("Plans", language), exact=True).first)
    check(page)


def test_an_administrator_sees_the_jobs(own_live, own_app, sign_in, open_browser, say, csrf):
    official = sign_in(own_app, "official")
    plan = {
        "csrf_token": csrf(official), "name": "A", "starts_on": "2026-11-25", "s0-name": "A",
        "s0-n0-category": "AMM-01", "s0-n0-quantity-0": "100", "s0-n0-month-0": "12",
        "s0-n0-source": "x",
    }  # fmt: skip
    official.post("/en/plans/new", data=plan)
    official.post("/en/plans/1/solve", data=plan)
    page = open_browser("en", DESK)
    cookie = sign_in(own_app, "administrator").get_cookie("session")
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": own_live}])
    page.goto(f"{own_live}/en/jobs")
    check(page)
    follow(page, page.get_by_role("link", name="Solving a plan"))
    follow(page, page.get_by_role("button", name="Cancel the job"))
    expect(page.get_by_text("It was cancelled. Nothing was changed.")).to_be_visible()
    check(page)
