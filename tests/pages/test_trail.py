"""The audit trail, a firm's log and its access log, by every role; and what they must not tell."""

import csv
import datetime as dt
import io

import pytest
from sqlalchemy import event, func, select, text

from registry.accounts.models import User
from registry.audit import chain
from registry.audit.models import AuditEvent
from registry.audit.service import record
from registry.audit.words import ACTIONS
from registry.db import db
from registry.disclosures.models import Disclosure
from registry.shortlists.service import add_firm, create_shortlist
from registry.trail import service

OWN, OTHER = "northline-ordnance", "forges-du-saguenay"
ROLES = ("visitor", "firm", "official", "auditor", "administrator")
SECRET = {OWN: "74 185", OTHER: "93 267"}  # rates that stand nowhere else
FORMULA = "=HYPERLINK(1)"


def account(email):
    return db.session.scalars(select(User.id).where(User.email == f"{email}@cadence.example")).one()


@pytest.fixture
def written(own_app, firm_ids):
    """Events of two firms by people of each kind; gives the application."""
    with own_app.app_context():
        official, colleague, administrator = map(account, ("official", "firm", "admin"))
        person = db.session.get(User, official)
        person.office = "Office of shells"
        for actor, why in ((colleague, None), (administrator, FORMULA), (None, None), (999, None)):
            for key in (OWN, OTHER):
                record(
                    db.session, actor, "firm.publish", "firm", firm_ids[key], why=why,
                    before={"employees": None}, after={"employees": 12, "note": SECRET[key]},
                    seen_beside="another firm entirely",
                )  # fmt: skip
        record(db.session, official, "firm.list", "firm", firm_ids[OWN])
        shortlist = create_shortlist(db.session, official, "Whom we prefer", {})
        add_firm(db.session, official, shortlist, firm_ids[OWN], None, "v")
        db.session.commit()
    return own_app


@pytest.fixture
def open_as(written, sign_in, html):
    clients = {}

    def get(role, address, **request):
        if role not in clients:
            clients[role] = sign_in(written, role)
        return html(clients[role].get(address, **request))

    return get


def rows(page):
    return page.all("tbody")[0].all("tr") if page.all("tbody") else []


def disclosures(app):
    with app.app_context():
        return {
            (row.firm_id, row.role, row.purpose): (row.times, {f.value for f in row.fields})
            for row in db.session.scalars(select(Disclosure))
        }


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_trail_shows_who_what_before_after_and_why(open_as, written, language):
    page = open_as("auditor", f"/{language}/audit")
    with written.app_context():
        end = chain.head(db.session)
    assert end.digest in page.text and str(end.events) in page.one(class_="answer").text
    told = [row.text for row in rows(page)]
    assert any("Office of shells" in row for row in told)
    # Apart from the grant of the demonstration, which is news of another kind.
    changed = [row for row in rows(page) if row.all("ins") and "2099" not in row.text]
    assert len(changed) == 8 and all("12" in row.text for row in changed)
    unstated = {"en": "not stated", "fr": "non précisé"}[language]
    assert unstated in changed[0].one("del").text
    assert FORMULA in " ".join(told)


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ("subject=shortlist", ["shortlist.add", "shortlist.create"]),
        ("action=firm.list", ["firm.list"]),
        ("person=firm@cadence.example", ["firm.publish"] * 2),
        ("person=999", ["firm.publish"] * 2),
        ("subject=firm&number={own}", ["firm.list"] + ["firm.publish"] * 4),
        ("since={today}&until={today}&action=firm.list", ["firm.list"]),
        ("until=2001-01-01", []),
        ("subject=nothing", []),
    ],
)
def test_filters(open_as, firm_ids, query, actions):
    today = dt.datetime.now(dt.UTC).date()
    page = open_as("auditor", f"/en/audit?{query.format(own=firm_ids[OWN], today=today)}")
    shown = [row.all("td")[2].text for row in rows(page)]
    assert len(shown) == len(actions)
    assert all(ACTIONS[a] in s for a, s in zip(actions, shown, strict=True))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("number=x", "number"),
        ("number=99999999999", "number"),
        ("person=nobody@cadence.example", "person"),
        ("person=²", "person"),
        ("since=yesterday", "since"),
        ("until=2026-02-30", "until"),
        ("since=2026-02-02&until=2026-01-01", "until"),
        ("person=%00", "person"),
    ],
)
def test_a_filter_that_means_nothing_is_said_and_kept(open_as, query, field):
    for language in ("en", "fr"):
        page = open_as("auditor", f"/{language}/audit?{query}&subject=firm")
        assert page.status == 422 and not rows(page)
        wrong = page.one("input", id=field)
        assert wrong["aria-invalid"] == "true" and wrong["value"] != ""
        assert page.one(id=f"{field}-error").text
        assert page.one("select", id="subject").one("option", value="firm")["selected"] == ""
    assert open_as("auditor", f"/en/audit/export.csv?{query}").status == 422


def test_the_way_through_all_pages_meets_each_event_once(open_as, written, monkeypatch):
    monkeypatch.setattr(service, "PAGE", 4)
    with written.app_context():
        ids = set(db.session.scalars(select(AuditEvent.id)))
    address, seen = "/en/audit", []
    while address:
        page = open_as("auditor", address)
        seen += [int(row["id"].removeprefix("event-")) for row in rows(page)]
        older = [a["href"] for a in page.all("a") if "before=" in a.attributes.get("href", "")]
        address = next((link for link in older if "/en/" in link), None)
    assert len(seen) == len(set(seen)) and set(seen) == ids
    assert open_as("auditor", "/en/audit?before=999999").status == 200


def test_pages_take_as_many_queries_however_many_events(written, sign_in, count_queries, firm_ids):
    client = sign_in(written, "auditor")
    addresses = ("/en/audit", f"/en/firms/{firm_ids[OWN]}/log", f"/en/firms/{firm_ids[OWN]}/views")
    few = [count_queries(client, address) for address in addresses]
    with written.app_context():
        for number in range(40):
            record(db.session, 1 + number % 5, "firm.publish", "firm", firm_ids[OWN])
        db.session.commit()
    assert [count_queries(client, address) for address in addresses] == few
    assert max(few) <= 16


def test_the_export_is_whole_safe_and_recorded(written, sign_in, firm_ids):
    client = sign_in(written, "auditor")
    with client.get("/en/audit/export.csv?subject=firm") as answer:
        content = answer.data
    assert content.startswith(b"\xef\xbb\xbf")
    headings, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert len(lines) == 9 and {len(line) for line in lines} == {len(headings)}
    assert f"'{FORMULA}" in [line[headings.index("Reason given")] for line in lines]
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "@", "-"))]
    assert all(len(line[-1]) == 64 and line[0].isdecimal() for line in lines)
    with written.app_context():
        last = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        assert (last.action, last.detail) == ("trail.export", {"filters": {"subject": "firm"}})
        assert chain.verify(db.session).broken is None
    assert disclosures(written) == {
        (firm_ids[key], "auditor", "export"): (1, {"firm.log"}) for key in (OWN, OTHER)
    }


# A firm's own log


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_firm_reads_its_own_log_and_nothing_of_others(open_as, firm_ids, language):
    page = open_as("firm", f"/{language}/firms/{firm_ids[OWN]}/log")
    assert len(rows(page)) == 5 and SECRET[OWN] in page.text
    actors = " | ".join(row.all("td")[1].text for row in rows(page))
    words = {
        "en": ("your colleague", "an administrator of Cadence", "no longer acts"),
        "fr": ("votre collègue", "un administrateur de Cadence", "n’agit plus"),
    }
    assert all(word in actors for word in words[language]) and "Office of shells" in actors
    for hidden in (SECRET[OTHER], "another firm", "Whom we prefer", "(demo) | Official"):
        assert hidden not in page.text
    for name in ("Official (demo)", "Administrator (demo)"):
        assert name not in page.one("main").text
    assert open_as("firm", f"/{language}/firms/{firm_ids[OTHER]}/log").status == 403
    assert open_as("firm", f"/{language}/firms/{firm_ids[OTHER]}/views").status == 403
    assert open_as("firm", f"/{language}/firms/99999/log").status == 404


def test_a_firms_log_is_not_logged_when_it_reads_it_but_when_others_do(open_as, written, firm_ids):
    address = f"/en/firms/{firm_ids[OWN]}/log"
    open_as("firm", address)
    assert disclosures(written) == {}
    open_as("auditor", address)
    open_as("auditor", address)
    assert disclosures(written) == {(firm_ids[OWN], "auditor", "page"): (2, {"firm.log"})}


def test_a_firm_is_shown_the_way_to_both_logs(open_as, firm_ids):
    for key, there in ((OWN, True), (OTHER, False)):
        links = open_as("firm", f"/en/firms/{firm_ids[key]}").addresses
        for page in ("log", "views"):
            assert (f"/en/firms/{firm_ids[key]}/{page}" in links) is there


# The access log


LOOKS = {
    "firms/{own}": {
        "firm.identifier",
        "firm.contact",
        "firm.export controls",
        "certificate.evidence",
        "clearance",
        "line.rates",
        "line.readiness",
        "line.commercial",
        "line.inputs",
    },
    # What a firm can add is reckoned from what it has sold and from its inputs.
    "shortfalls/AMM-01": {"gates", "clearance", "line.rates", "line.commercial", "line.inputs"},
    "classes/1320": {"gates", "clearance"},
    "search?q=155+mm+obus": {"gates", "clearance"},
    "compare?category=AMM-01&firm={own}&firm={other}": {
        "gates",
        "clearance",
        "line.rates",
        "line.commercial",
        "line.inputs",
    },
}


@pytest.mark.parametrize("address", LOOKS)
@pytest.mark.parametrize("role", ROLES)
def test_what_the_state_sees_in_confidence_is_logged(own_app, sign_in, firm_ids, role, address):
    path = address.format(own=firm_ids[OWN], other=firm_ids[OTHER])
    client = sign_in(own_app, role)
    for language in ("en", "fr"):
        assert client.get(f"/{language}/{path}").status_code == 200
    found = disclosures(own_app)
    if role in ("visitor", "firm"):
        assert found == {}
        return
    assert found[firm_ids[OWN], role, "page"] == (2, LOOKS[address])
    assert {key[1:] for key in found} == {(role, "page")}


def test_a_shortlist_and_its_export_are_logged(own_app, sign_in, csrf, firm_ids):
    client = sign_in(own_app, "official")
    form = {"csrf_token": csrf(client), "firm_id": firm_ids[OWN], "category": "AMM-01"}
    assert client.post("/en/shortlists/add", data=form).status_code == 302
    assert disclosures(own_app) == {}
    client.get("/en/shortlists/1")
    for kind in ("csv", "xlsx"):
        client.get(f"/en/shortlists/1/export.{kind}").close()
    number = firm_ids[OWN]
    assert disclosures(own_app) == {
        (number, "official", "page"): (1, {"gates"}),
        (number, "official", "export"): (2, {"gates"}),
    }


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_firm_reads_who_saw_what(open_as, firm_ids, language):
    mine = f"/{language}/firms/{firm_ids[OWN]}/views"
    assert not rows(open_as("firm", mine))
    open_as("official", f"/en/firms/{firm_ids[OWN]}")
    open_as("official", f"/en/firms/{firm_ids[OTHER]}")
    page = open_as("firm", mine)
    (row,) = rows(page)
    assert "Office of shells" in row.text
    assert {"en": "production rates", "fr": "cadences de production"}[language] in row.text
    assert "official@" not in page.html and "(demo)" not in page.one("main").text
    assert len(rows(open_as("auditor", mine))) == 1


@pytest.mark.parametrize("fault", ["locked", "read-only"])
@pytest.mark.parametrize("address", [*LOOKS, "firms/{own}/log", "audit"])
def test_what_cannot_be_logged_is_not_shown(
    written, sign_in, html, firm_ids, secrets_in, monkeypatch, fault, address
):
    """Fail closed: the page comes, without what is confidential, and says why."""
    monkeypatch.setattr("registry.disclosures.service.WAIT_SECONDS", 0.05)
    role = "auditor" if address in ("audit", "firms/{own}/log") else "official"
    client = sign_in(written, role)
    path = address.format(own=firm_ids[OWN], other=firm_ids[OTHER])
    with written.app_context():
        engine = db.engine
    with _broken(engine, fault):
        for language in ("en", "fr"):
            page = html(client.get(f"/{language}/{path}"))
            assert page.status == 200 and page.one(class_="flashes").text
            assert not secrets_in(page.html)
            assert not any(secret in page.html for secret in SECRET.values())
    with client.get(f"/en/{path}") as again:
        assert "flashes" not in again.text
        told = bool(secrets_in(again.text)) or SECRET[OWN] in again.text
        assert told is not address.startswith(("classes", "search"))


class _broken:
    """A database that others hold, or that takes nothing."""

    def __init__(self, engine, fault):
        self.engine, self.fault = engine, fault

    def __enter__(self):
        if self.fault == "locked":
            self.other = self.engine.connect()
            self.other.execute(text("begin immediate"))
        else:
            event.listen(self.engine, "before_cursor_execute", self._refuse)

    @staticmethod
    def _refuse(connection, _cursor, statement, *_rest):
        connection.connection.dbapi_connection.execute("pragma query_only = on")

    def __exit__(self, *_error):
        if self.fault == "locked":
            self.other.rollback()
            self.other.close()
            return
        event.remove(self.engine, "before_cursor_execute", self._refuse)
        self.engine.dispose()


def test_an_export_that_cannot_be_logged_is_refused(own_app, sign_in, csrf, firm_ids, monkeypatch):
    client = sign_in(own_app, "official")
    form = {"csrf_token": csrf(client), "firm_id": firm_ids[OWN], "category": "AMM-01"}
    client.post("/en/shortlists/add", data=form)
    with own_app.app_context():
        events = db.session.scalar(select(func.count(AuditEvent.id)))
        engine = db.engine
    with _broken(engine, "read-only"):
        answer = client.get("/fr/shortlists/1/export.csv")
        assert answer.status_code == 503 and "journal des accès" in answer.text
    with own_app.app_context():
        assert db.session.scalar(select(func.count(AuditEvent.id))) == events
