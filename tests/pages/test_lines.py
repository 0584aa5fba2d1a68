"""Production lines on pages: who sees what of them, and changing them with a spreadsheet."""

import csv
import io

import pytest
from sqlalchemy import select

from registry.audit.models import AuditEvent
from registry.capabilities.models import ProductionLine
from registry.db import db

OWN, OTHER = "northline-ordnance", "forges-du-saguenay"
STATE = ("official", "auditor", "administrator")
# Words of Northline's first line, by the row of the table that lets them be seen.
SAID = {
    "commercial": "opens the existing plant",
    "inputs": "Cobequid Fuze",
    "readiness": "TRL 9 of 9",
    "rates": "at full shifts",
}


@pytest.mark.parametrize(
    ("role", "seen"),
    [("visitor", False), ("firm", True), *((role, True) for role in STATE)],
)
def test_conditions_and_inputs_are_for_the_state_and_the_firm(page_of, firm_ids, role, seen):
    text = page_of(f"/en/firms/{firm_ids[OWN]}", role).text
    assert {part: words in text for part, words in SAID.items()} == dict.fromkeys(SAID, seen)
    assert "155 mm high-explosive shells" in text and "Documented, June 18, 2026" in text


def test_no_firm_sees_the_conditions_of_another(page_of, firm_ids):
    page = page_of(f"/en/firms/{firm_ids[OTHER]}", "firm")
    assert page.all("article", class_="line") and not page.all("details", class_="line")
    for words in ("Conditions and inputs", "Burlington Bay", "TRL", "State next", "spreadsheet"):
        assert words not in page.text


def test_a_stale_line_is_marked_and_shown(page_of, firm_ids):
    page = page_of(f"/fr/firms/{firm_ids[OWN]}", "official")
    old = [line for line in page.all("article", class_="line") if "30 juin 2025" in line.text]
    assert len(old) == 1 and "date de plus d’un an" in old[0].text


def test_a_firm_is_told_what_to_state_next(page_of, firm_ids):
    assert "State next:" in page_of(f"/en/firms/{firm_ids[OWN]}", "firm").text
    assert "State next:" not in page_of(f"/en/firms/{firm_ids[OWN]}", "official").text


@pytest.mark.parametrize("role", ["visitor", "firm", "official", "auditor"])
def test_no_one_else_reaches_a_firms_spreadsheet(own_app, sign_in, csrf, firm_ids, role):
    client, there = sign_in(own_app, role), f"/en/firms/{firm_ids[OTHER]}/bulk"
    refused = 302 if role == "visitor" else 403
    for rest in ("", "/template.csv", "/template.xlsx", "/1", "/1/file"):
        assert client.get(there + rest).status_code == refused
    unsent = 401 if role == "visitor" else 403  # a form is kept, and sent once signed in
    data = {"csrf_token": csrf(client), "file": (io.BytesIO(b"Your reference\nA\n"), "a.csv")}
    assert client.post(there, data=data).status_code == unsent
    answer = client.post(f"{there}/1/apply", data={"csrf_token": csrf(client)})
    assert answer.status_code == unsent


def test_a_file_of_another_firm_is_not_there(own_app, sign_in, csrf, firm_ids):
    admin, member = sign_in(own_app, "administrator"), sign_in(own_app, "firm")
    data = {"csrf_token": csrf(admin), "file": (io.BytesIO(b"Your reference\nA\n"), "a.csv")}
    assert admin.post(f"/en/firms/{firm_ids[OTHER]}/bulk", data=data).status_code == 302
    assert member.get(f"/en/firms/{firm_ids[OWN]}/bulk/1").status_code == 404
    assert member.get(f"/en/firms/{firm_ids[OWN]}/bulk/1/file").status_code == 404


@pytest.mark.parametrize(
    ("language", "sent", "told"),
    [("en", None, "Choose a file first."), ("fr", b"a,b\n1,2\n", "La colonne obligatoire")],
)
def test_a_file_that_cannot_be_read_is_told_beside_the_field(
    own_app, sign_in, csrf, html, firm_ids, language, sent, told
):
    client = sign_in(own_app, "firm")
    data = {"csrf_token": csrf(client)}
    if sent:
        data["file"] = (io.BytesIO(sent), "a.csv")
    answer = client.post(f"/{language}/firms/{firm_ids[OWN]}/bulk", data=data)
    page = html(answer)
    assert answer.status_code == 422 and told in page.one(class_="error").text
    assert "file-error" in page.one("input", type="file")["aria-describedby"]


@pytest.mark.parametrize("role", ["firm", "administrator"])
def test_lines_go_out_and_come_back(own_app, sign_in, csrf, html, firm_ids, role):
    client, here = sign_in(own_app, role), f"/en/firms/{firm_ids[OWN]}/bulk"
    sent = client.get(f"{here}/template.csv").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(sent, newline="")))
    rows[1][rows[0].index("Step that sets the pace")] = "<b>X-ray</b>"
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    data = {"csrf_token": csrf(client), "file": (io.BytesIO(out.getvalue().encode()), "l.csv")}
    found = client.post(here, data=data).location
    page = html(client.get(found))
    assert [b.text for b in page.one(class_="answer").all("b")] == ["0", "1", "1", "0"]
    assert "<b>X-ray</b>" in page.one("ins").text
    press = {"csrf_token": csrf(client)}
    assert client.post(f"{found}/apply", data=press).location == found
    assert "Applied on" in html(client.get(found)).text
    assert client.post(f"{found}/apply", data=press).status_code == 409
    with own_app.app_context():
        line = db.session.scalars(
            select(ProductionLine).where(ProductionLine.firm_id == firm_ids[OWN])
        ).first()
        assert line.bottleneck_process == "<b>X-ray</b>"
        events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()[-3:]
        assert [e.action for e in events] == ["bulk.upload", "line.change", "bulk.apply"]
        assert events[1].detail["changes"].keys() == {"bottleneck_process"}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_workbook_is_handed_out(client_of, firm_ids, language):
    answer = client_of("firm").get(f"/{language}/firms/{firm_ids[OWN]}/bulk/template.xlsx")
    assert answer.data.startswith(b"PK") and "attachment" in answer.headers["Content-Disposition"]
