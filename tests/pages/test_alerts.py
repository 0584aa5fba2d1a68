"""Saved searches on pages: saved from a need, their news with reasons, and only one's own."""

import re

import pytest
from sqlalchemy import select

from registry.alerts.comparing import Snapshot, pack, unpack
from registry.alerts.models import SavedSearch, SearchRun, Subscription, TenderWatch
from registry.alerts.watching import tell_watchers
from registry.db import db, utcnow
from registry.disclosures.models import Disclosure
from registry.firms.models import Firm
from registry.firms.service import announce_changes
from registry.mail.models import Mail
from registry.matches import publication
from registry.opportunities.models import TenderMatch
from registry.opportunities.service import match_open
from registry.tenders.models import Tender

OWN = "northline-ordnance"
FORM = {"name": "Shell bodies", "frequency": "weekly", "mail_language": "fr"}


@pytest.fixture
def official(own_app, sign_in, csrf, monkeypatch):
    """A signed-in official: sends forms."""
    monkeypatch.setattr(publication, "LOOK_EVERY_SECONDS", 0.0)
    client = sign_in(own_app, "official")
    token = csrf(client)

    def send(address, **fields):
        return client.post(address, data={"csrf_token": token, **fields})

    client.send = send
    return client


@pytest.fixture
def saved(official):
    """The address of a search saved by the form."""
    return official.send("/en/saved-searches", category="AMM-01", **FORM).location


@pytest.fixture
def forget_firms(own_app):
    """As if the search had found these firms not yet, and one that is gone since."""

    def forget(*, without=(), withdrawn=()):
        with own_app.app_context():
            run = db.session.scalars(select(SearchRun)).one()
            entries = [e for e in unpack(run.results).entries if e.firm_id not in without]
            run.results = pack(Snapshot(unpack(run.results).profile, tuple(entries)))
            for number in withdrawn:
                db.session.get(Firm, number).listed = "withdrawn"
            announce_changes(db.session, [*without, *withdrawn])
            db.session.commit()

    return forget


@pytest.mark.parametrize(
    "address", ["shortfalls/AMM-01", "classes/1320", "search?q=shell+bodies", "tenders/1"]
)
def test_each_page_of_a_need_leads_to_saving_it(page_of, address):
    way = [a for a in page_of(f"/en/{address}", "official").addresses if "saved-searches/new" in a]
    assert len(way) == 1
    form = page_of(way[0], "official")
    assert "mails follow to official@cadence.example" in form.text
    assert "without signing in" in form.text
    assert not any("saved-searches" in a for a in page_of(f"/en/{address}", "firm").addresses)


def test_saving_is_structure_and_not_an_address(own_app, official, saved):
    official.send("/en/saved-searches", text="shell  BODIES", province=["QC", "AB"], **FORM)
    with own_app.app_context():
        asked = db.session.scalars(select(SavedSearch.criteria).order_by(SavedSearch.id)).all()
        assert asked == [
            {"version": 1, "need": {"category": "AMM-01"}},
            {"version": 1, "need": {"text": "shell bodies"}, "provinces": ["AB", "QC"]},
        ]
    again = official.send("/en/saved-searches", category="amm-01", **FORM)
    assert again.status_code == 409 and "already" in again.text


def test_the_page_tells_what_changed_and_why(official, saved, html, firm_ids, forget_firms):
    assert "Nothing changed." in html(official.get(saved)).one(class_="answer").text
    forget_firms(without=[firm_ids[OWN]], withdrawn=[firm_ids["forges-du-saguenay"]])
    page = html(official.get(saved))
    assert page.one(class_="answer").text.endswith("1 new, 1 gone, 0 changed.")
    new, gone = page.all("table")
    assert "Northline" in new.text and "its record changed" in new.text
    assert "A firm that is no longer listed" in gone.text and "Forges" not in page.text
    (listed,) = html(official.get("/fr/saved-searches")).one("table").all("tr")[1:]
    assert "1 nouvelle, 1 disparue" in listed.text
    run = page.all("input", name="run")[0]["value"]
    assert official.send(f"{saved}/seen", run=run).status_code == 302
    assert "Nothing changed." in html(official.get(saved)).one(class_="answer").text
    since = html(official.get(f"{saved}?since=saved"))
    assert "1 new, 1 gone" in since.one(class_="answer").text


def test_requirements_are_told_on_the_page_and_logged(own_app, official, saved, html, firm_ids):
    with own_app.app_context():
        run = db.session.scalars(select(SearchRun)).one()
        found = unpack(run.results)
        before = [
            entry.__class__(**{**entry.__dict__, "gates": dict.fromkeys(entry.gates, "unknown")})
            for entry in found.entries
        ]
        run.results = pack(Snapshot(found.profile, tuple(before)))
        announce_changes(db.session, [firm_ids[OWN]])
        seen = db.session.query(Disclosure).count()
        db.session.commit()
    page = html(official.get(saved))
    assert "Controlled goods: not stated, now met" in page.text
    with own_app.app_context():
        assert db.session.query(Disclosure).count() > seen


def test_name_and_frequency_change_and_the_search_goes(own_app, official, saved, html):
    fields = {**FORM, "name": "Obus", "frequency": "never", "mail_language": "en"}
    assert official.send(saved, **fields).status_code == 302
    assert "Obus" in html(official.get("/en/saved-searches")).text
    assert official.send(saved, **{**fields, "name": " "}).status_code == 422
    assert official.send(f"{saved}/delete").status_code == 302
    with own_app.app_context():
        assert db.session.query(Subscription).count() == 0 == db.session.query(SavedSearch).count()


def test_a_firm_is_told_of_its_own_new_tenders(own_app, sign_in, csrf, html, firm_ids):
    client, own = sign_in(own_app, "firm"), firm_ids[OWN]
    with own_app.app_context():
        match_open(db.session)
    token, address = csrf(client), f"/en/my-firm/{own}/tenders"
    form = {"csrf_token": token, "frequency": "instantly"}
    assert client.post(address, data=form).status_code == 302
    theirs = address.replace(str(own), str(firm_ids["forges-du-saguenay"]))
    assert client.post(theirs, data=form).status_code == 404
    page = html(client.get(f"/en/my-firm?firm={own}"))
    options = page.one("select", id="frequency").all("option")
    assert [one["value"] for one in options if "selected" in one.attributes] == ["instantly"]
    with own_app.app_context():
        assert tell_watchers(db.session, utcnow()) == 0  # what was there is not news
        watch = db.session.scalars(select(TenderWatch)).one()
        known = list(watch.known)
        matched = select(TenderMatch.tender_id).where(TenderMatch.firm_id == own)
        assert set(known) == set(db.session.scalars(matched))
        watch.known = known[1:]
        db.session.commit()
        assert tell_watchers(db.session, utcnow()) == 1
        assert tell_watchers(db.session, utcnow()) == 0
        mail = db.session.scalars(select(Mail).order_by(Mail.id.desc())).first()
        title = db.session.get(Tender, known[0]).title_in("en")
        assert mail.recipient == "firm@cadence.example" and f"- {title}: closes on" in mail.text
        stop = re.search(r"/en/stop-mails/\S+", mail.unsubscribe_url).group()
    assert own_app.test_client().post(stop).status_code == 200
    with own_app.app_context():
        assert db.session.scalars(select(TenderWatch.frequency)).one() == "never"


def test_a_narrowed_list_is_saved_as_it_is(own_app, sign_in, html):
    client = sign_in(own_app, "official")
    listed = html(client.get("/en/shortfalls/AMM-01?province=QC&activity=manufacturer&adds=some"))
    (leads,) = (address for address in listed.addresses if "/saved-searches/new" in address)
    page = html(client.get(leads))
    assert "What it mainly does" in page.one(class_="answer").text
    boxes = page.all("input", type="checkbox")
    checked = [box["value"] for box in boxes if "checked" in box.attributes]
    assert checked == ["QC"]
