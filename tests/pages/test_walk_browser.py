"""An official's whole way: from an imported notice to an outcome, and a week later an alert."""

import csv
import datetime as dt
import io
import itertools
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pikepdf
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from benchmarks.canadabuys import HEADINGS, rows, write_rows
from registry.alerts import work
from registry.alerts.work import ask_when_due
from registry.db import db, utcnow
from registry.jobs.worker import Worker
from registry.mail.models import Mail
from registry.matches import publication
from registry.shortlists.models import Shortlist
from tests.pages.browsing import DESK, PHONE, check, follow

TITLES = {"en": "155 mm projectile bodies, lot", "fr": "Corps de projectiles de 155 mm, lot"}
NEWS = {"en": "1 new", "fr": "1 nouvelle"}
NEW_FIRM = {"en": "Blue River Forge (fictional)", "fr": "Forge Rivière Bleue (fictive)"}


def bring_in(app, kind, path, form):
    """What an operator types."""
    command = ["import", kind, str(path), "--format", form]
    read = app.test_cli_runner().invoke(args=command)
    assert read.exit_code == 0, read.output


@pytest.fixture
def notice(own_app, tmp_path) -> str:
    """A feed is imported in which one tender for shell bodies is open; gives its number there."""
    feed = [dict(row) for row in itertools.islice(rows(60, seed=3), 60)]
    kept = next(row for row in feed if row["title-titre-eng"].startswith(TITLES["en"]))
    closes = (utcnow() + dt.timedelta(days=30)).date()
    kept["tenderStatus-appelOffresStatut-eng"] = "Open"
    kept["tenderStatus-appelOffresStatut-fra"] = "Ouvert"
    kept["tenderClosingDate-appelOffresDateCloture"] = f"{closes}T14:00:00"
    path = tmp_path / "tenders.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_rows(file, HEADINGS, feed)
    bring_in(own_app, "tenders", path, "canadabuys")
    return kept["referenceNumber-numeroReference"]


@dataclass
class Person:
    """Someone's browser in a language: presses what is called so in it."""

    page: Page
    language: str
    address: str
    say: object

    def said(self, message, **values):
        return self.say(message, self.language, **values)

    def open(self, rest=""):
        self.page.goto(f"{self.address}/{self.language}/{rest}")

    def to(self, message, **values):
        link = self.page.get_by_role("main").get_by_role("link", name=self.said(message, **values))
        follow(self.page, link.first)

    def press(self, message, within=None, **values):
        within = within or self.page.get_by_role("main")
        follow(self.page, within.get_by_role("button", name=self.said(message, **values)).first)

    def fill(self, message, text, within=None):
        (within or self.page).get_by_label(self.said(message), exact=True).fill(text)

    def look(self):
        """The page fits and axe finds nothing."""
        check(self.page)

    def cards(self):
        return self.page.locator("ol.listed > li").all()


@pytest.fixture
def person(own_app, own_live, sign_in, open_browser, say):
    def begin(role, language, viewport) -> Person:
        page = open_browser(language, viewport)
        cookie = sign_in(own_app, role).get_cookie("session")
        page.context.add_cookies([{"name": "session", "value": cookie.value, "url": own_live}])
        return Person(page, language, own_live, say)

    return begin


def find_and_shortlist(official, reference):
    """From the notice to a list of its two best firms; gives their names."""
    official.open()
    official.to("See the tenders")
    official.fill("Words, number or code", reference)
    official.press("Show")
    official.look()
    follow(official.page, official.page.locator("td.lead a").first)
    expect(official.page.locator("h1")).to_contain_text(TITLES[official.language])
    official.look()
    firms = [row.inner_text() for row in official.page.locator("td.firm > a").all()[:2]]
    for firm in firms:
        name = official.said("Shortlist %(firm)s", firm=firm)
        official.page.get_by_role("button", name=name).click()
        row = official.page.locator("tr", has=official.page.get_by_role("link", name=firm))
        expect(row.get_by_role("status")).to_be_visible()
    official.to("Open the list")
    expect(official.page.locator("ol.listed h2 a")).to_have_text(firms)
    return firms


def share_and_name_a_panel(official):
    official.to("Sharing")
    official.fill("E-mail address of a colleague", "nobody@cadence.example")
    official.press("Share")
    official.page.said.clear()  # the browser tells the console of the refusal
    official.to("Back to the form")
    official.fill("E-mail address of a colleague", "fonctionnaire@cadence.example")
    official.press("Share")
    for role in ("official", "fonctionnaire"):
        official.fill("E-mail address of a panel member", f"{role}@cadence.example")
        official.press("Put on the panel")
    official.fill("Criteria, one a line", "A\nB")
    official.press("Keep the criteria")
    official.look()


def score(someone, best):
    """Scores of a member for each firm, falling from `best`; then they are submitted.

    Keeping one leaves alone what is typed for the other.
    """
    last = someone.page.locator("ol.listed > li").last
    last.get_by_label(someone.said("Comment"), exact=True).fill("Seen")
    for place in range(2):
        card = someone.page.locator("ol.listed > li").nth(place)
        card.get_by_label(someone.said("No"), exact=True).check()
        for name in "AB":
            card.get_by_label(name, exact=True).select_option(str(best - place))
        card.get_by_role("button", name=someone.said("Keep my evaluation")).click()
        expect(card.get_by_role("status")).to_have_text(someone.said("scores kept"))
    expect(last.get_by_label(someone.said("Comment"), exact=True)).to_have_value("Seen")
    someone.look()
    someone.press("Submit my scores")


def half_a_score_is_refused(official):
    """What the script sends alone is refused on the whole page, which leads back."""
    card = official.page.locator("ol.listed > li").first
    card.get_by_label(official.said("No"), exact=True).check()
    card.get_by_label("A", exact=True).select_option("5")
    card.get_by_role("button", name=official.said("Keep my evaluation")).click()
    refused = official.said("Give each criterion a score from 0 to %(best)s.", best=5)
    expect(official.page.locator("h1")).to_have_text(refused)
    official.page.said.clear()
    official.to("Back to the form")


def agree(official):
    official.open("shortlists/1/evaluation")
    for place in range(2):
        card = official.page.locator("ol.listed > li").nth(place)
        card.get_by_text(official.said("Record the consensus")).click()
        for name in "AB":
            card.get_by_label(name, exact=True).select_option(str(4 - place))
        card.get_by_role("button", name=official.said("Keep the consensus")).click()
        expect(card.get_by_role("status")).to_be_visible()
    official.look()


def decide_and_lock(official):
    """One firm is chosen, the other rejected; the list is frozen, and says for which notice."""
    official.to("Firms")
    for place, status in enumerate(("shortlisted", "rejected")):
        card = official.page.locator("ol.listed > li").nth(place)
        card.get_by_text(official.said("Status, tags, note")).click()
        card.get_by_label(official.said("Status"), exact=True).select_option(status)
        if status == "rejected":
            card.get_by_label(official.said("If rejected, why")).select_option("capacity")
        card.get_by_label(official.said("Note"), exact=True).fill("Visité – “ok”")
        official.press("Save", card)
    official.look()
    official.press("Lock the list")
    official.look()
    expect(official.page.locator(".prov").first).to_contain_text(TITLES[official.language])


def on_screen(official):
    """(name, status, fit) of each firm that the page of the list shows."""
    found = []
    for card in official.cards():
        fit = re.search(r"\d+", card.locator("header + p").inner_text().split("·")[1])
        status = card.locator(".gate").first.inner_text()
        found.append((card.locator("h2 a").inner_text(), status, int(fit.group())))
    return found


def taken_out(official, form):
    with official.page.expect_download() as waiting:
        official.page.locator(f"#export button[formaction$='.{form}']").click()
    return Path(waiting.value.path()).read_bytes()


def exports_equal_the_screen(official):
    official.to("Export the list")
    shown = on_screen(official)
    official.look()
    head = ("Firm", "Status", "Fit (0 to 100)", "Consensus")
    names = [official.said(name) for name in head]

    def told(table):
        headings, *found = table
        places = [list(headings).index(name) for name in names]
        return [tuple(row[place] for place in places) for row in found]

    text = taken_out(official, "csv").decode("utf-8-sig")
    by_form = {"csv": told(csv.reader(io.StringIO(text, newline="")))}
    book = openpyxl.load_workbook(io.BytesIO(taken_out(official, "xlsx")))
    by_form["xlsx"] = told(book.worksheets[0].iter_rows(values_only=True))
    about = dict(book.worksheets[1].iter_rows(values_only=True))
    plain = json.loads(taken_out(official, "json"))
    keys = ("firm", "status", "fit", "consensus")
    by_form["json"] = [tuple(firm[key] for key in keys) for firm in plain["firms"]]
    for form, table in by_form.items():
        said = [(name, status, round(float(fit))) for name, status, fit, _sum in table]
        assert (form, said) == (form, shown)
        assert [int(one[3]) for one in table] == [8, 6]
    with zipfile.ZipFile(io.BytesIO(taken_out(official, "ods"))) as file:
        content = file.read("content.xml").decode()
    assert all(name in content and status in content for name, status, _fit in shown)
    with pikepdf.open(io.BytesIO(taken_out(official, "pdf"))) as pdf:
        assert pdf.Root.Lang == f"{official.language}-CA" and pdf.Root.MarkInfo.Marked
    assert TITLES[official.language] in about[official.said("Need")]
    assert about[official.said("Locked")].endswith("official@cadence.example")
    assert len(about[official.said("SHA-256 of the document")]) == 64


def tell_the_outcome(official, firm):
    official.open()
    official.look()
    follow(official.page, official.page.locator(".waits a").first)
    official.page.get_by_label(official.said("awarded"), exact=True).check()
    official.page.get_by_label(firm, exact=True).check()
    official.fill("Date", utcnow().date().isoformat())
    official.press("Keep the outcome")
    expect(official.page.locator(".answer")).to_contain_text(official.said("awarded"))
    official.look()


def save_the_search(official):
    follow(official.page, official.page.locator(".prov a").first)  # back at the notice
    official.to("Save this search, and be told of changes")
    official.page.get_by_label(official.said("once a day"), exact=True).check()
    mails = official.page.get_by_label(official.said("Language of the mails"))
    mails.select_option(official.language)
    official.look()
    official.press("Save the search")


def a_week_later(app, tmp_path, monkeypatch):
    """A firm that makes the same comes in, and the worker's round a week from now is done."""
    heads = {"key": "blue-river", "province": "Quebec", "city": "Sorel-Tracy"}
    heads |= {"supply_classes": "1320", "activity": "manufacturer"}
    for language, name in NEW_FIRM.items():
        heads[f"operating_name_{language}"] = name
        heads[f"capabilities_{language}"] = TITLES[language].removesuffix(", lot")
    path = tmp_path / "firms.csv"
    path.write_text(",".join(heads) + "\n" + ",".join(heads.values()) + "\n", "utf-8")
    bring_in(app, "firms", path, "csv")
    monkeypatch.setattr(work, "utcnow", lambda: utcnow() + dt.timedelta(days=7))
    monkeypatch.setattr(publication, "LOOK_EVERY_SECONDS", 0.0)
    with app.app_context():
        ask_when_due(db.session)
        assert Worker(db.engine, app.app_context).run_waiting()
        return db.session.scalars(select(Mail).order_by(Mail.id.desc())).first()


@pytest.mark.parametrize(
    ("language", "viewport"), [("en", DESK), ("fr", PHONE)], ids=["en-desk", "fr-phone"]
)
def test_from_a_notice_to_an_outcome_and_a_new_firm(
    own_app, notice, person, tmp_path, monkeypatch, language, viewport
):
    official = person("official", language, viewport)
    firms = find_and_shortlist(official, notice)
    share_and_name_a_panel(official)
    official.to("Evaluation")
    half_a_score_is_refused(official)
    score(official, best=5)
    colleague = person("unnamed", language, viewport)
    colleague.open()
    follow(colleague.page, colleague.page.locator(".waits a").first)
    score(colleague, best=4)
    agree(official)
    decide_and_lock(official)
    exports_equal_the_screen(official)
    tell_the_outcome(official, firms[0])
    save_the_search(official)
    mail = a_week_later(own_app, tmp_path, monkeypatch)
    assert mail.recipient == "official@cadence.example" and mail.language == language
    assert NEW_FIRM[language] in mail.text and TITLES[language] in mail.text
    official.open()
    expect(official.page.locator(".waits")).to_contain_text(NEWS[language])
    follow(official.page, official.page.locator(".waits a").first)
    expect(official.page.get_by_role("main")).to_contain_text(NEW_FIRM[language])
    official.look()
    official.press("Shortlist %(firm)s", firm=NEW_FIRM[language])
    expect(official.page.locator("ol.listed h2 a")).to_have_text([NEW_FIRM[language]])
    stop = re.search(r"/(stop-mails/\S+)", mail.unsubscribe_url).group(1)
    official.open(stop)
    official.press("Stop these mails")
    official.look()
    with own_app.app_context():
        lists = db.session.scalars(select(Shortlist).order_by(Shortlist.id)).all()
        assert [one.locked for one in lists] == [True, False]
