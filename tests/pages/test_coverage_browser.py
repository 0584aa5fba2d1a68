"""Output and contracts in a real browser: typed in, read, at both widths and in both languages."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from registry.capabilities.models import ProductionLine
from registry.db import db
from tests.pages import browsing
from tests.pages.browsing import DESK, PHONE, follow

OPEN_ALL = "for (const details of document.querySelectorAll('details')) details.open = true"


def check(page):
    page.evaluate(OPEN_ALL)
    browsing.check(page)
    assert not page.said


EACH_WAY = pytest.mark.parametrize(
    ("language", "viewport", "settings"),
    [
        ("en", DESK, {"java_script_enabled": False}),
        ("en", PHONE, {"color_scheme": "dark"}),
        ("fr", PHONE, {}),
        ("fr", DESK, {"color_scheme": "dark"}),
    ],
    ids=["en-desk-plain", "en-phone-dark", "fr-phone", "fr-desk-dark"],
)


@pytest.fixture
def enter(live, client_of, open_browser):
    """A browser in which somebody is signed in."""

    def page_for(role, language, viewport, **settings):
        page = open_browser(language, viewport, **settings)
        cookie = client_of(role).get_cookie("session")
        page.context.add_cookies([{"name": "session", "value": cookie.value, "url": live}])
        return page

    return page_for


@EACH_WAY
def test_from_a_need_to_a_contract(
    live, demo_app, enter, say, firm_ids, language, viewport, settings
):
    page = enter("official", language, viewport, **settings)
    page.goto(f"{live}/{language}/shortfalls/AMM-01")
    way = say("How many by when, and what would add more", language)
    follow(page, page.get_by_role("link", name=way))
    page.get_by_label(say("Quantity needed", language)).fill("600000")
    page.get_by_label(say("By month", language), exact=True).fill("24")
    follow(page, page.get_by_role("button", name=say("Show what is missing", language)))
    expect(page.locator(".answer .gap")).to_be_visible()
    expect(page.locator("svg.chart path.need")).to_be_visible()
    if settings.get("java_script_enabled", True):
        check(page)

    with demo_app.app_context():
        prairie = firm_ids["prairie-precision-tube"]
        query = select(ProductionLine.id).where(ProductionLine.firm_id == prairie)
        line = db.session.scalars(query).first()
    follow(page, page.locator(f"a[href='/{language}/firms/{prairie}/lines/{line}/contract']"))
    page.get_by_label(say("Quantity", language), exact=True).fill("9600")
    page.get_by_label(say("Term in months", language)).fill("36")
    page.get_by_label(say("Starts in month (optional)", language)).fill("6")
    follow(page, page.get_by_role("button", name=say("Show the effect", language)))
    expect(page.locator(".answer")).to_contain_text("36")
    expect(page.locator("svg.chart path.a2")).to_be_visible()
    if settings.get("java_script_enabled", True):
        check(page)


@EACH_WAY
def test_from_a_supply_chain_to_who_stops(live, enter, say, language, viewport, settings):
    page = enter("official", language, viewport, **settings)
    page.goto(f"{live}/{language}/shortfalls/AMM-01/output")
    way = say("Who supplies whom, and who stops if one stops", language)
    follow(page, page.get_by_role("link", name=way))
    scripted = settings.get("java_script_enabled", True)
    if scripted:
        check(page)
    fuzes = page.locator("svg.flow a", has_text="Cobequid").first
    follow(page, fuzes)
    expect(page.locator("svg.flow g.stopped").first).to_be_visible()
    expect(page.get_by_role("heading", name=say("Who stops", language))).to_be_visible()
    if scripted:
        check(page)
    listed = page.locator("table.stacked a").first  # the list leads on as the graph does
    follow(page, listed)
    expect(page.locator(".answer")).to_be_visible()


@EACH_WAY
def test_a_firm_reads_its_own_curves(live, enter, say, language, viewport, settings):
    page = enter("firm", language, viewport, **settings)
    page.goto(f"{live}/{language}/my-firm")
    name = say("What your lines can make", language)
    follow(page, page.get_by_role("link", name=name))
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    assert page.locator("svg.chart").count() == 2
    if settings.get("java_script_enabled", True):
        check(page)


@EACH_WAY
def test_firms_are_ordered_by_what_they_add(live, enter, say, language, viewport, settings):
    page = enter("official", language, viewport, **settings)
    page.goto(f"{live}/{language}/shortfalls/AMM-01")
    way = say("what they can add by month %(month)s", language, month=12)
    follow(page, page.get_by_role("link", name=way))
    title = say("Firms, by what they can add by month %(month)s", language, month=12)
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    if settings.get("java_script_enabled", True):
        check(page)
