"""A shortlist from the first firm to the outcome: shared, scored, locked, packed, compared."""

import io
import json
import zipfile

import pytest
from sqlalchemy import delete, select

from registry.accounts.models import User
from registry.audit.models import AuditEvent
from registry.capabilities.models import ProductionLine
from registry.db import db, today
from registry.disclosures.models import Disclosure
from registry.firms.models import Membership
from registry.jobs.worker import Worker
from registry.shortlists import locks, whole_views
from registry.shortlists.models import Shortlist, ShortlistRevision
from registry.shortlists.pack import differences

FIRMS = ("northline-ordnance", "forges-du-saguenay")


@pytest.fixture
def post(csrf, html):
    """Send a form; gives the page that it leads to."""

    def to(client, address, **typed):
        data = {"csrf_token": csrf(client), **typed}
        return html(client.post(address, data=data, follow_redirects=True))

    return to


@pytest.fixture
def listed(own_app, sign_in, post, firm_ids):
    """(the owner's client, the list's address) with two firms on it."""
    client = sign_in(own_app, "official")
    for key in FIRMS:
        page = post(client, "/en/shortlists/add", firm_id=firm_ids[key], category="AMM-01")
        assert page.status == 200, page.text
    with own_app.app_context():
        number = db.session.scalars(select(Shortlist.id).order_by(Shortlist.id.desc())).first()
    return client, f"/en/shortlists/{number}"


def items(html, client, address):
    return [
        li["id"].removeprefix("item-")
        for li in html(client.get(address)).all("li", class_="card")
        if "id" in li.attributes
    ]


def test_from_sharing_to_the_outcome(own_app, sign_in, post, html, listed, tmp_path):
    owner, address = listed
    colleague = sign_in(own_app, "unnamed")
    assert colleague.get(address).status_code == 404
    email = "fonctionnaire@cadence.example"
    page = post(owner, f"{address}/share", email=email, role="reader")
    assert email in page.text
    assert colleague.get(address).status_code == 200
    assert post(colleague, f"{address}/share", email=email, role="editor").status == 403
    first, second = items(html, owner, address)
    assert post(colleague, f"/en/shortlists/items/{first}/note", note="x").status == 403
    rejected = {"status": "rejected", "reason": "capacity", "reason_text": "Too late.", "note": "N"}
    page = post(owner, f"/en/shortlists/items/{second}/note", tags="East, forge", **rejected)
    assert "too little capacity, or too late" in page.text and "Rejected: 1" in page.text

    post(owner, f"{address}/criteria", criteria="Capacity\nQuality")
    for one in ("official@cadence.example", email):
        post(owner, f"{address}/panel/add", email=one)
    for client, score in ((owner, "5"), (colleague, "1")):
        for item in (first, second):
            said = {
                "conflict": "no",
                "score-0": score,
                "score-1": score,
                "comment": f"Given {score}",
            }
            post(client, f"/en/shortlists/items/{item}/evaluate", **said)
    assert "Given 1" not in html(owner.get(f"{address}/evaluation")).text
    assert "Given 5" not in html(colleague.get(f"{address}/evaluation")).text
    assert post(owner, f"{address}/lock").status == 409  # members still evaluate
    for client in (owner, colleague):
        post(client, f"{address}/submit")
    page = html(colleague.get(f"{address}/evaluation"))
    assert "Given 5" in page.text and "Given 1" in page.text
    page = post(
        owner, f"/en/shortlists/items/{first}/consensus", **{"score-0": "4", "score-1": "3"}
    )
    assert "consensus 7 of 10" in page.text

    page = post(owner, f"{address}/lock")
    assert "Locked by" in page.text and "1 firm" not in page.html.split("<table")[0]
    assert post(owner, f"/en/shortlists/items/{first}/note", note="late").status == 409
    frozen = page.one("table").text
    assert "by month 12" in frozen and "by month 36" in frozen  # what each can add
    assert "by month 12" not in html(colleague.get(f"{address}/revisions/1")).text
    with own_app.app_context():
        for line in db.session.scalars(select(ProductionLine)):
            line.months_to_rated = line.months_to_surge = 0
        db.session.commit()
        (revision,) = db.session.scalars(select(ShortlistRevision))
        assert locks.is_untouched(revision)
        other = {**revision.output, "as_of": "2026-01-01"}
        assert not locks.is_untouched(
            ShortlistRevision(document=revision.document, sha256=revision.sha256, output=other)
        )
    assert html(owner.get(f"{address}/revisions/1")).one("table").text == frozen
    pack = owner.get(f"{address}/revisions/1/evidence.zip").data
    assert differences(pack) == []
    with zipfile.ZipFile(io.BytesIO(pack)) as files:
        decided = json.loads(files.read("decisions.json"))
    assert [one["status"] for one in decided["firms"]] == ["considered", "rejected"]
    with own_app.app_context():
        seen = db.session.scalars(select(Disclosure).where(Disclosure.purpose == "export")).all()
        assert len(seen) == 2  # shown to both firms

    assert "This shortlist is locked: what came of it?" in html(owner.get("/en/")).text
    post(owner, f"{address}/unlock")
    post(owner, f"/en/shortlists/items/{first}/note", status="shortlisted", note="")
    post(owner, f"{address}/lock")
    page = html(owner.get(f"{address}/compare?revision=1&revision=2"))
    assert "From revision 1 to revision 2" in page.text and "shortlisted" in page.text
    page = html(colleague.get(f"{address}/revisions/1"))  # the old one stays readable
    assert "this one stays as it is" in page.text
    number = page.all("input", name="awarded")
    assert not number  # a reader tells no outcome
    page = html(owner.get(f"{address}/revisions/2"))
    firm = page.all("input", name="awarded")[0]["value"]
    told = {"outcome": "awarded", "on": today().isoformat(), "awarded": firm, "note": "Signed."}
    assert "Outcome: awarded" in post(owner, f"{address}/revisions/2/outcome", **told).text
    assert "What came of" not in html(owner.get("/en/")).text
    history = html(owner.get(f"{address}/history")).text
    for said in ("Shortlist shared", "Shortlist locked", "too little capacity", "Outcome"):
        assert said in history
    assert "Given" not in history
    out = tmp_path / "judged.csv"
    done = own_app.test_cli_runner().invoke(args=["shortlist", "judgements", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_text().splitlines()[0] == "need_id,firm_id,judgement"
    assert f"category:AMM-01,{firm},awarded" in out.read_text()


def test_the_commands_write_and_verify_a_pack(own_app, tmp_path):
    run = own_app.test_cli_runner().invoke
    pack = tmp_path / "pack.zip"
    done = run(
        args=["shortlist", "pack", "--category", "AMM-01", "--limit", "5", "--out", str(pack)]
    )
    assert done.exit_code == 0, done.output
    done = run(args=["shortlist", "verify", str(pack)])
    assert (done.exit_code, done.output.split(":")[0]) == (0, "Equal")
    pack.write_bytes(pack.read_bytes().replace(b'"rank": 1,', b'"rank": 9,'))
    done = run(args=["shortlist", "verify", str(pack)])
    assert done.exit_code == 1


def test_who_belongs_to_a_firm_never_evaluates(own_app, post, html, listed, firm_ids):
    owner, address = listed
    post(owner, f"{address}/panel/add", email="official@cadence.example")
    with own_app.app_context():
        person = db.session.scalars(select(User).where(User.email.startswith("official@"))).one()
        db.session.add(Membership(user_id=person.id, firm_id=firm_ids[FIRMS[0]]))
        db.session.commit()
    first = items(html, owner, address)[0]
    said = {"conflict": "no", "score-0": "5"}
    assert post(owner, f"/en/shortlists/items/{first}/evaluate", **said).status == 403


def test_the_ranked_firms_leave_as_their_page_shows_them(own_app, sign_in, html):
    client = sign_in(own_app, "official")
    page = html(client.get("/en/shortfalls/AMM-01"))
    shown = [row.all("a")[0].text for row in page.all("td", class_="firm")]
    link = next(a["href"] for a in page.all("a") if "ranking.json" in a.attributes.get("href", ""))
    told = json.loads(client.get(link).data)
    assert [firm["firm"] for firm in told["firms"]] == shown
    assert [firm["rank"] for firm in told["firms"]] == list(range(1, len(shown) + 1))
    with own_app.app_context():
        seen = db.session.scalars(select(Disclosure).where(Disclosure.purpose == "export")).all()
        assert {one.firm_id for one in seen} == {firm["firm_id"] for firm in told["firms"]}
        actions = db.session.scalars(select(AuditEvent.action)).all()
    assert "ranking.export" in actions


def test_a_list_leaves_in_every_form_as_it_is_shown(own_app, html, listed):
    client, address = listed
    _first, second = items(html, client, address)
    query = f"?order=name&item={second}&column=firm&column=status"
    for form in ("csv", "xlsx", "ods", "json", "pdf"):
        answer = client.get(f"{address}/export.{form}{query}")
        assert answer.status_code == 200 and answer.data, form
        assert answer.headers["Content-Disposition"].endswith(f'.{form}"')
    told = json.loads(client.get(f"{address}/export.json{query}").data)["firms"]
    name = html(client.get(address)).one("li", id=f"item-{second}").one("h2").all("a")[0].text
    assert told == [{"firm": name, "status": "considered"}]
    export = select(Disclosure).where(Disclosure.purpose == "export")
    with own_app.app_context():  # without the requirements nothing confidential left
        assert not db.session.scalars(export).all()
    assert client.get(f"{address}/export.pdf").status_code == 200  # which holds them
    with own_app.app_context():
        assert len(db.session.scalars(export).all()) == 2


def test_a_long_ranking_is_written_by_a_job(own_app, sign_in, csrf, html, monkeypatch, firm_ids):
    client = sign_in(own_app, "official")
    ranking = html(client.get("/en/shortfalls/AMM-01"))
    address = "/en/shortlists/ranking/whole"
    assert f"{address}?category=AMM-01" in {a["href"] for a in ranking.all("a")}
    page = html(client.get(f"{address}?category=AMM-01"))
    assert "The file comes at once." in page.text
    asked = {"csrf_token": csrf(client), "category": "AMM-01", "form": "csv"}
    short = client.post(address, data=asked, follow_redirects=True)
    assert short.content_type.startswith("text/csv")
    monkeypatch.setattr(whole_views, "MOST_DIRECT", 1)
    assert "nobody but you" in html(client.get(f"{address}?category=AMM-01")).text
    job = client.post(address, data=asked).location
    with own_app.app_context():
        Worker(db.engine, own_app.app_context).run_waiting()
        db.session.execute(delete(Disclosure))
        db.session.commit()
    page = html(client.get(job, follow_redirects=True))
    assert "The file holds" in page.text
    file = next(a["href"] for a in page.all("a") if a["href"].endswith("/file"))
    for other in ("unnamed", "administrator"):  # an administrator follows the job, no more
        stranger = sign_in(own_app, other)
        assert {stranger.get(rest).status_code for rest in (file, file[:-5])} == {404}
    with client.get(file) as taken:
        assert taken.data == short.data and "attachment" in taken.headers["Content-Disposition"]
        assert taken.headers["Cache-Control"].startswith("no-")
    with own_app.app_context():
        told = select(AuditEvent.action).order_by(AuditEvent.id.desc())
        assert db.session.scalars(told).first() == "ranking.export"
        seen = select(Disclosure.firm_id).where(Disclosure.purpose == "export")
        assert firm_ids[FIRMS[0]] in set(db.session.scalars(seen))
