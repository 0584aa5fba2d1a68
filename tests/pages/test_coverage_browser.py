"""Output and contracts in a real browser: typed in, read, at both widths and in both languages."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import select

from registry.capabilities.models import ProductionLine
from registry.db import db

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
OPEN_ALL = "for (const details of document.querySelectorAll('details')) details.open = true"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def check(page):
    page.evaluate(OPEN_ALL)
    assert page.evaluate(OVERFLOW) == 0, page.url
    options = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
    found = Axe().run(page, options=options).response["violations"]
    assert not [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found], page.url
    assert not page.said


@pytest.mark.parametrize(
    ("language", "viewport", "settings"),
    [
        ("en", DESK, {"java_script_enabled": False}),
        ("en", PHONE, {"color_scheme": "dark"}),
        ("fr", PHONE, {}),
        ("fr", DESK, {"color_scheme": "dark"}),
    ],
    ids=["en-desk-plain", "en-phone-dark", "fr-phone", "fr-desk-dark"],
)
def test_from_a_need_to_a_contract(
    live, demo_app, client_of, open_browser, say, firm_ids, language, viewport, settings
):
    page = open_browser(language, viewport, **settings)
    cookie = client_of("official").get_cookie("session")
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": live}])
    page.goto(f"{live}/{language}/shortfalls/AMM-01")
    way = say("How many by when, and what would add more", language)
    page.get_by_role("link", name=way).click()
    page.get_by_label(say("Quantity needed", language)).fill("600000")
    page.get_by_label(say("By month", language), exact=True).fill("24")
    page.get_by_role("button", name=say("Show what is missing", language)).click()
    expect(page.locator(".answer .gap")).to_be_visible()
    expect(page.locator("svg.chart path.need")).to_be_visible()
    if settings.get("java_script_enabled", True):
        check(page)

    with demo_app.app_context():
        prairie = firm_ids["prairie-precision-tube"]
        query = select(ProductionLine.id).where(ProductionLine.firm_id == prairie)
        line = db.session.scalars(query).first()
    page.locator(f"a[href='/{language}/firms/{prairie}/lines/{line}/contract']").click()
    page.get_by_label(say("Quantity", language), exact=True).fill("9600")
    page.get_by_label(say("Term in months", language)).fill("36")
    page.get_by_role("button", name=say("Show the effect", language)).click()
    expect(page.locator(".answer")).to_contain_text("36")
    expect(page.locator("svg.chart path.a2")).to_be_visible()
    if settings.get("java_script_enabled", True):
        check(page)
