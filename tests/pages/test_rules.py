"""Pages of rules: read by officials, changed by an administrator after a preview."""

import io

import pytest
from sqlalchemy import select

from registry.db import db
from registry.jobs.worker import Worker
from registry.rules.models import Rule
from registry.rules.service import list_rules
from registry.tenders.models import Tender


@pytest.fixture
def threshold(own_app):
    """The rule of a threshold that came with Cadence."""
    with own_app.app_context():
        key = "threshold:CFTA:department:goods:2026-01-01"
        return db.session.scalars(select(Rule).where(Rule.key == key)).one().id


def test_an_administrator_changes_a_rule_and_an_official_reads_it(own_app, sign_in, csrf, html):
    client = sign_in(own_app, "administrator")

    def send(address, **typed):
        typed["csrf_token"] = csrf(client)
        return html(client.post(address, data=typed, follow_redirects=True))

    typed = {"kind": "category", "target": "AMM-01", "words_fr": "véhicules blindés",
             "codes": "NSC 1", "weight": "2", "source_en": "A memo", "source_fr": ""}  # fmt: skip
    wrong = send("/fr/rules/preview", **typed)
    assert wrong.status == 422 and "Corrigez ce qui est marqué" in wrong.text
    errors = [one.text for one in wrong.all(class_="error")]
    assert any("NSC 1" in error for error in errors) and len(errors) == 2
    seen = send("/en/rules/preview", **{**typed, "codes": "", "source_fr": "Une note"})
    assert seen.status == 200 and "AMM-01" not in seen.one(class_="answer").text
    assert "gained" in seen.text and "155 mm artillery shells" in seen.text
    links = [a["href"] for a in seen.one("table").all("a")]
    assert links and all(client.get(link).status_code == 200 for link in links)
    (form,) = [one for one in seen.all("form") if one["action"].endswith("/save#save")]
    address = form["action"].split("#")[0]
    assert "Say why" in send(address, why=" ").text
    saved = send(address, why="The office asked for it.")
    assert "The office asked for it." in saved.text and "account" in saved.text
    with own_app.app_context():
        Worker(db.engine, own_app.app_context).run_waiting()
        [rule] = [one for one in list_rules(db.session, "category") if one.added_by]
        tender = db.session.scalars(
            select(Tender).where(Tender.title_fr.contains("blindés"))
        ).first()
    official = sign_in(own_app, "official")
    page = html(official.get(f"/fr/tenders/{tender.id}"))
    assert f"règle {rule.id}" in page.text and "Une note" in page.text
    page = html(official.get(f"/fr/rules/{rule.id}"))
    assert '<b class="num">1</b>' in page.html and not page.all("form", class_="fields")
    assert b"A memo" in official.get("/en/rules.csv").data


def test_a_rule_is_ended_and_a_file_is_brought_back(own_app, sign_in, csrf, html, threshold):
    client = sign_in(own_app, "administrator")
    page = html(client.get(f"/fr/rules/{threshold}/edit"))
    inputs = page.one("form", class_="fields").all("input")
    typed = {one["name"]: one.attributes.get("value", "") for one in inputs}
    del typed["withdrawn"]
    typed |= {"target": "CFTA", "entity": "department", "commodity": "goods"}
    typed |= {"amount_cad": "34 700", "valid_until": "2026-06-30", "csrf_token": csrf(client)}
    seen = html(client.post("/fr/rules/preview", data=typed, follow_redirects=True))
    assert seen.status == 200 and "30 juin 2026" in seen.text
    again = next(one["action"] for one in seen.all("form") if one["action"].endswith("/again"))
    sent = {"csrf_token": csrf(client)}
    assert "30 juin 2026" in html(client.post(again, data=sent, follow_redirects=True)).text
    client.post(again.replace("/again", "/discard"), data=sent)
    content = client.get("/en/rules.csv").data.replace(b"34700", b"34701", 1)
    file = {"file": (io.BytesIO(content), "rules.csv"), "csrf_token": csrf(client)}
    seen = html(client.post("/en/rules/import", data=file, follow_redirects=True))
    assert "$34,701" in seen.text
    file = {"file": (io.BytesIO(b"x"), "rules.csv"), "csrf_token": csrf(client)}
    assert "holds no rules" in html(client.post("/en/rules/import", data=file,
                                                follow_redirects=True)).text  # fmt: skip
    assert client.get("/en/rules?kind=threshold&all=1").status_code == 200
    for kind in ("agreement", "buyer", "gate", "nonsense"):
        assert client.get(f"/fr/rules?kind={kind}").status_code == 200
        assert client.get(f"/fr/rules/new?kind={kind}").status_code == 200
