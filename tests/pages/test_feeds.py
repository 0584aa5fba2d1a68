"""The page of feeds: an administrator adds one, sees what became of it, pauses and removes it."""

import datetime as dt

from sqlalchemy import select

from registry.db import db, utcnow
from registry.feeds.told import Told, keep
from registry.schedules.models import LONGEST_DETAIL, READ, REFUSED, FeedFetch, FeedSchedule

URL = "https://feeds.example/tenders.csv"


def test_an_administrator_runs_the_feeds(own_app, sign_in, csrf, html):
    administrator = sign_in(own_app, "administrator")

    def send(address, **typed):
        typed["csrf_token"] = csrf(administrator)
        return html(administrator.post(address, data=typed, follow_redirects=True))

    wrong = send("/en/feeds", kind="tenders", url="ftp://feeds.example/a", interval="24")
    assert wrong.status == 422 and wrong.one("input", name="url")["value"].startswith("ftp:")
    added = send("/en/feeds", kind="awards", url=URL, interval="168")
    row = added.one("table").all("tr")[1]
    assert URL in row.text and "about to be fetched" in row.text and "every week" in row.text
    with own_app.app_context():
        feed = db.session.scalars(select(FeedSchedule)).one().id
        begun = utcnow() - dt.timedelta(minutes=1)
        told = {"schedule_id": feed, "begun_at": begun, "ended_at": utcnow()}
        counts = {"new": 1200, "changed": 3, "unchanged": 0, "refused": 2, "warned": 0}
        db.session.add(FeedFetch(**told, outcome=READ, counts=counts, report_name="made-up.csv"))
        db.session.add(FeedFetch(**told, outcome=REFUSED, detail="It fell asleep."))
        no_answer = Told("it does not answer in time")
        why = Told(
            "%(url)s could not be fetched in %(count)d attempts (%(why)s). Nothing was changed. "
            "Try again later, or save the file and import it.",
            url=URL,
            count=4,
            why=no_answer,
        )
        db.session.add(FeedFetch(**told, outcome=REFUSED, detail=keep(why, LONGEST_DETAIL)))
        db.session.commit()
        reports = own_app.config["SETTINGS"].reports_dir
        reports.mkdir(parents=True, exist_ok=True)
        (reports / "made-up.csv").write_text("Line\n", "utf-8")
    page = html(administrator.get("/fr/feeds"))
    assert "fichier refusé" in page.all("table")[0].text
    assert "refusées : 2" in page.text and "It fell asleep." in page.text
    assert "4 essais (il ne répond pas à temps)" in page.text
    assert "4 attempts (it does not answer in time)" in html(administrator.get("/en/feeds")).text
    [link] = [a["href"] for a in page.all("a") if a["href"].endswith("report.csv")]
    report = administrator.get(link)
    assert report.text == "Line\n" and "attachment" in report.headers["Content-Disposition"]
    report.close()
    assert "paused" in send(f"/en/feeds/{feed}/pause").all("table")[0].text
    assert "paused" not in send(f"/en/feeds/{feed}/resume").all("table")[0].text
    assert "Asked for" in send(f"/en/feeds/{feed}/fetch").text
    assert send(f"/en/feeds/{feed}/fetch").status == 409
    assert not send(f"/en/feeds/{feed}/remove").all("table")
