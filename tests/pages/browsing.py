"""What every test in a real browser does: follow a link or a button, and look at the page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
VIOLATIONS = """rules => axe.run(rules).then(found => found.violations.map(
  rule => [rule.id, rule.nodes.slice(0, 3).map(node => node.html.slice(0, 160))]))"""
AXE = Axe().axe_script


def follow(page: Page, lead: Locator) -> None:
    """Press what leads to a page, and wait until that page is there: a click alone does not."""
    with page.expect_navigation():
        lead.click()


def faults(page: Page) -> list[list[object]]:
    """What axe finds wrong: each rule with the elements that break it."""
    page.wait_for_load_state()  # axe measures targets, which the stylesheet makes
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return page.evaluate(VIOLATIONS, RULES)


def check(page: Page) -> None:
    """The page fits its window, and axe finds nothing."""
    told = faults(page)
    assert (page.evaluate(OVERFLOW), told) == (0, []), page.url
