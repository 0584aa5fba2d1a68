"""The main job in a real browser: both languages, a desk and a phone, light and dark."""

import csv
import datetime as dt
import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from registry.alerts.comparing import pack, unpack
from registry.alerts.models import SavedSearch, SearchRun
from registry.audit.models import AuditEvent
from registry.db import db
from registry.demand.models import Vendor
from registry.demo.service import DEMO_PASSWORD
from registry.shortlists.models import Shortlist
from tests.pages.browsing import DESK, OVERFLOW, PHONE, faults

OWN = "northline-ordnance"
NARROW = {"width": 320, "height": 640}
FORMULA = "=HYPERLINK(“http://evil.example”;“press”) – à vérifier"


@pytest.fixture
def enter(say):
    """Sign in through the form, from the home page."""

    def sign_in(page, address, language, role="official"):
        email = {"official": "official", "administrator": "admin"}[role]
        page.goto(f"{address}/{language}/")
        page.get_by_role("banner").get_by_role("link", name=say("Sign in", language)).click()
        page.get_by_label(say("E-mail address", language)).fill(f"{email}@cadence.example")
        page.get_by_label(say("Password", language)).fill(DEMO_PASSWORD)
        sign_in = page.get_by_role("main").get_by_role("button", name=say("Sign in", language))
        sign_in.click()
        # The demonstration shows the code that a device would.
        code = page.locator(".notice b").inner_text()
        page.get_by_label(say("Code", language), exact=True).fill(code)
        sign_in.click()
        expect(page.get_by_role("button", name=say("Sign out", language))).to_be_visible()
        assert page.url == f"{address}/{language}/"

    return sign_in


def download(page, name):
    """Press a button and read the file that it gives."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).click()
    return Path(waiting.value.path()).read_bytes(), waiting.value.suggested_filename


@pytest.mark.parametrize(
    ("language", "viewport"),
    [("en", DESK), ("en", PHONE), ("fr", DESK), ("fr", PHONE)],
    ids=["en-desk", "en-phone", "fr-desk", "fr-phone"],
)
def test_from_a_shortfall_to_an_exported_shortlist(
    own_live, own_app, open_browser, enter, say, language, viewport
):
    page = open_browser(language, viewport)
    enter(page, own_live, language)

    page.get_by_role("link", name=say("Shortfalls", language), exact=True).first.click()
    page.locator(f"a[href='/{language}/shortfalls/AMM-01']").click()
    category = page.url
    assert page.locator(".answer b").first.inner_text().isdigit()

    why = page.locator("tr.explain").first
    total = why.locator("dd.total").last
    expect(total).to_be_hidden()
    why.get_by_text(say("Why this firm", language)).click()
    expect(total).to_be_visible()

    firms = [row.inner_text() for row in page.locator("td.firm > a").all()[:2]]
    for firm in firms:
        page.get_by_role("button", name=say("Shortlist %(firm)s", language, firm=firm)).click()
        row = page.locator("tr", has=page.get_by_role("link", name=firm, exact=True))
        expect(row.get_by_role("status")).to_be_visible()
    assert page.url == category  # in place
    page.get_by_role("link", name=say("Open the list", language)).last.click()

    cards = page.locator("ol.listed > li")
    names = page.locator("ol.listed h2 a")
    expect(names).to_have_text(firms)
    cards.first.get_by_text(say("Status, tags, note", language)).click()
    cards.first.get_by_label(say("Note", language)).fill(FORMULA)
    cards.first.get_by_role("button", name=say("Save", language)).click()
    expect(cards.first.locator(".letter")).to_have_text(FORMULA)
    cards.first.get_by_role("button", name=say("Move down", language)).click()
    expect(names).to_have_text(firms[::-1])
    expect(cards.first.get_by_role("button", name=say("Move up", language))).to_be_disabled()

    content, name = download(page, say("Export to CSV", language))
    assert name.endswith(".csv")
    check_csv(content, language, say, firms[::-1])
    content, name = download(page, say("Export to Excel (XLSX)", language))
    assert name.endswith(".xlsx")
    check_xlsx(content, language, say, firms[::-1])

    cards.first.get_by_role("button", name=say("Remove", language)).click()
    expect(page.get_by_role("status")).to_have_text(
        say("The firm was taken off the list.", language)
    )
    expect(names).to_have_text(firms[:1])
    with own_app.app_context():
        actions = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
        (shortlist,) = db.session.scalars(select(Shortlist))
    done = [action.split(".")[1] for action in actions if action.startswith("shortlist.")]
    assert done == ["create", "add", "add", "note", "move", "export", "export", "remove"]
    assert shortlist.need == {"category": "AMM-01"}


HEADINGS = (
    "Position", "Firm number", "Firm", "City", "Province", "Fit (0 to 100)", "Reasons",
    "Requirements", "Note", "Added on", "Registry version", "Status", "Reason of rejection",
    "Tags", "Consensus",
)  # fmt: skip


def check_csv(content, language, say, firms):
    assert content.startswith(b"\xef\xbb\xbf")  # else Excel garbles accents
    headings, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert headings == [say(heading, language) for heading in HEADINGS]
    assert [row[2] for row in rows] == firms and [row[0] for row in rows] == ["1", "2"]
    note = headings.index(say("Note", language))
    assert [row[note] for row in rows] == ["", "'" + FORMULA]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "-"))]
    assert [dt.date.fromisoformat(row[9]) for row in rows]


def check_xlsx(content, language, say, firms):
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == [say("Firms", language), say("About", language)]
    headings, *rows = book.worksheets[0].iter_rows()
    assert [cell.value for cell in headings] == [say(heading, language) for heading in HEADINGS]
    assert [row[2].value for row in rows] == firms
    note = rows[1][HEADINGS.index("Note")]
    assert (note.value, note.data_type) == (FORMULA, "s")  # text, not a formula
    fit, added = rows[0][5], rows[0][9]
    assert fit.data_type == "n" and 0 < fit.value <= 100 and added.is_date
    about = {row[0].value: row[1].value for row in book.worksheets[1].iter_rows()}
    assert about[say("Exported by", language)] == "official@cadence.example"
    assert "AMM-01" in about[say("Need", language)]
    assert about[say("Registry version", language)].startswith("20")
    assert about[say("Firms", language)] == 2
    exported = about[say("Exported at (UTC)", language)]
    assert dt.datetime.strptime(exported, "%Y-%m-%d %H:%M").year >= 2024  # noqa: DTZ007


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_works_without_javascript(own_live, open_browser, enter, say, language):
    page = open_browser(language, java_script_enabled=False)
    enter(page, own_live, language)
    page.goto(f"{own_live}/{language}/shortfalls/AMM-01")
    firm = page.locator("td.firm > a").first.inner_text()
    add = say("Shortlist %(firm)s", language, firm=firm)
    page.get_by_role("button", name=add).click()
    page.wait_for_url("**/shortlists/1")
    expect(page.locator("ol.listed h2 a")).to_have_text([firm])
    expect(page.get_by_role("status")).to_contain_text(page.locator("h1").inner_text())
    page.go_back()
    page.get_by_role("button", name=add).click()  # twice changes nothing, and says so
    expect(page.locator("ol.listed h2 a")).to_have_text([firm])
    expect(page.get_by_role("status")).to_have_text(
        say("This firm is already on the shortlist.", language)
    )


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_administrator_decides_whose_name_it_is(
    own_live, own_app, open_browser, enter, say, firm_ids, language
):
    page = open_browser(language)
    enter(page, own_live, language, "administrator")
    page.get_by_role("link", name=say("To decide", language), exact=True).click()
    page.get_by_role("button", name=say("Decide", language)).click()
    assert page.url.endswith("/vendors")  # nothing was chosen: the browser asks, nothing is sent
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name=say("Decide", language)).click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.get_by_text(say("Nothing waits.", language))).to_be_visible()
    with own_app.app_context():
        (vendor,) = db.session.scalars(select(Vendor).where(Vendor.method == "person"))
        assert (vendor.link, vendor.firm_id) == ("linked", firm_ids[OWN])
    page.goto(f"{own_live}/{language}/firms/{firm_ids[OWN]}")
    expect(page.get_by_text(vendor.name)).to_be_visible()


# Every page: fits its window, passes axe, says nothing on the console


def _lose_a_firm(app):
    """As if the saved search had not found the best firm, so that its page has news."""
    with app.app_context():
        run = db.session.scalars(select(SearchRun)).one()
        found = unpack(run.results)
        run.results = pack(replace(found, entries=found.entries[1:]))
        db.session.execute(update(SavedSearch).values(index_name=""))
        db.session.commit()


@pytest.fixture(scope="module")
def furnished(copy_of_demo, sign_in, csrf, serve_app, firm_ids):
    """Served for reading: the administrator, whose cookie is given too, keeps a list of two."""
    with copy_of_demo() as app:
        client = sign_in(app, "administrator")
        for firm_id in (1, 2):
            data = {"csrf_token": csrf(client), "firm_id": firm_id, "category": "AMM-01"}
            assert client.post("/en/shortlists/add", data=data).status_code == 302
        search = {"category": "AMM-01", "name": "Shells", "frequency": "daily"}
        search |= {"csrf_token": csrf(client), "mail_language": "fr"}
        assert client.post("/en/saved-searches", data=search).location.endswith("/1")
        _lose_a_firm(app)
        sent = {"csrf_token": csrf(client), "file": (io.BytesIO(FINDINGS), "lines.csv")}
        address = f"/en/firms/{firm_ids[OWN]}/bulk"
        assert client.post(address, data=sent).location.endswith("/bulk/1")
        sent = {"csrf_token": csrf(client), **RULE}
        assert client.post("/en/rules/preview", data=sent).location.endswith("/changes/1")
        cookie = client.get_cookie("session")
        with serve_app(app) as address:
            yield address, {"name": "session", "value": cookie.value, "url": address}


FINDINGS = b"""Your reference,Product (English),Shortfall category,Rate now
N1,Shells,AMM-01,5
N2,Shells,AMM-99,many
,Shells,,
"""
PAGES = {
    "home": "",
    "shortfalls": "shortfalls",
    "category": "shortfalls/AMM-01",
    "results": "search?q=155+mm+obus",
    "by what firms add": "shortfalls/AMM-01?order=adds&by=36",
    "output": "shortfalls/AMM-01/output?by=firm&quantity=9&month=9&other_quantity=9&other_month=1",
    "sources": "resilience",
    "supply chain": "shortfalls/AMM-01/supply-chain",
    "who stops": "shortfalls/AMM-01/supply-chain?stops=outside:trotyl+kujawy+s.a.+(fictional)",
    "comparison": "compare?category=AMM-01&firm={own}&firm=1&firm=2&firm=3&firm=4",
    "tenders": "tenders",
    "tender": "tenders/1",
    "firm": "firms/{own}",
    "lists": "shortlists",
    "list": "shortlists/1",
    "saved searches": "saved-searches",
    "save": "saved-searches/new?category=AMM-01",
    "saved": "saved-searches/1",
    "vendors": "vendors",
    "need to know": "need-to-know",
    "trail": "audit",
    "log": "firms/{own}/log",
    "views": "firms/{own}/views",
    "lines": "firms/{own}/bulk",
    "findings": "firms/{own}/bulk/1",
    "rules": "rules",
    "a change of rules": "rules/changes/1",
}
RULE = {
    "kind": "category", "target": "AMM-02", "words_en": "155 mm", "source_en": "A memo",
    "source_fr": "Une note",
}  # fmt: skip
FOR_VISITORS = {"sign-in": "sign-in", "search": "search", "class": "classes/1320"}


@pytest.fixture
def each_page(furnished, open_browser, firm_ids):
    """Opens the pages of an administrator and those of a visitor, one after the other."""
    address, cookie = furnished

    def visit(language):
        for signed_in, pages in ((True, PAGES), (False, FOR_VISITORS)):
            page = open_browser(language)
            if signed_in:
                page.context.add_cookies([cookie])
            for name, rest in pages.items():
                page.set_viewport_size(DESK)
                page.goto(f"{address}/{language}/{rest.format(own=firm_ids[OWN])}")
                page.evaluate(OPEN_TWO)
                yield name, page

    return visit


OPEN_TWO = """() => {
  for (const details of [...document.querySelectorAll("details")].slice(0, 2)) details.open = true;
}"""


@pytest.mark.parametrize(
    ("language", "at_desk", "on_phone"), [("en", "light", "dark"), ("fr", "dark", "light")]
)
def test_pages_fit_and_axe_finds_nothing(each_page, language, at_desk, on_phone):
    wide, found = {}, {}
    for name, page in each_page(language):
        for viewport, scheme in ((DESK, at_desk), (PHONE, on_phone)):
            page.set_viewport_size(viewport)
            page.emulate_media(color_scheme=scheme)
            place = f"{name}, {viewport['width']} px, {scheme}"
            wide[place], found[place] = page.evaluate(OVERFLOW), faults(page)
        page.set_viewport_size(NARROW)  # nothing scrolls sideways however narrow
        wide[f"{name}, narrow"] = page.evaluate(OVERFLOW)
    assert not {place: by for place, by in wide.items() if by}
    assert not {place: told for place, told in found.items() if told}


# By keyboard alone


def test_the_skip_link_leads_past_the_masthead(live, open_browser, say):
    page = open_browser()
    page.goto(f"{live}/en/shortfalls")
    skip = page.get_by_role("link", name="Skip to content")
    assert skip.bounding_box()["x"] < 0
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


FOCUS_SHOWS = """() => {
  const marked = element => {
    const style = getComputedStyle(element);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const here = document.activeElement;
  return marked(here) || marked(here.closest("form") || here);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_focus_can_be_seen_wherever_it_goes(furnished, open_browser, scheme):
    address, cookie = furnished
    page = open_browser(color_scheme=scheme)
    page.context.add_cookies([cookie])
    for rest in ("shortfalls/AMM-01", "shortlists/1", "vendors"):
        page.goto(f"{address}/en/{rest}")
        for _ in range(25):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break
            here = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
            assert page.evaluate(FOCUS_SHOWS), here


def test_a_firm_is_shortlisted_by_keyboard(own_live, open_browser, enter):
    page = open_browser()
    enter(page, own_live, "en")
    page.goto(f"{own_live}/en/shortfalls/AMM-01")
    page.locator("table.results summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("dd.total").first).to_be_visible()
    page.locator("table.results td:last-child button").first.focus()
    page.keyboard.press("Enter")
    # The button is gone; the focus must not be lost with it.
    expect(page.get_by_role("link", name="Open the list")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/shortlists/1")
