"""The way of a firm into the registry, through pages: forms, roles, faults."""

import io
import re

import pytest
from sqlalchemy import select

from registry.audit.models import AuditEvent
from registry.db import db
from registry.firms.models import Firm, Membership
from registry.registration.models import Claim, Revision
from registry.registration.sections import SECTIONS

OWN, OTHER = "northline-ordnance", "forges-du-saguenay"
HOSTILE = "\"><script>alert('x')</script>\0"


@pytest.fixture
def person(own_app, sign_in, csrf, html):
    """Opens pages and sends forms as a role; a form is sent as it was opened."""

    class Person:
        def __init__(self, role):
            self.client = sign_in(own_app, role)

        def open(self, address):
            return html(self.client.get(address))

        def send(self, address, opened=None, **typed):
            data = {"csrf_token": csrf(self.client), **typed}
            if opened:
                data = {"was": opened.one("input", name="was")["value"], **data}
            return self.client.post(address, data=data)

        def fill(self, address, **typed):
            return self.send(address, self.open(address), **typed)

    return Person


@pytest.fixture
def member(person):
    return person("firm")


@pytest.fixture
def administrator(person):
    return person("administrator")


@pytest.fixture
def record(member):
    """The address of a new record."""
    answer = member.send("/en/register/new", name="Fictional Castings Inc.")
    return answer.location.removesuffix("/identity")


def test_is_this_you(member, firm_ids):
    page = member.open("/en/register?q=Northlyne+Ordonance")
    assert f"/en/my-firm?firm={firm_ids[OWN]}" in page.addresses  # it is the person's own
    page = member.open("/fr/register?q=forges%20du%20sagueney")
    assert f"/fr/register/claim/{firm_ids[OTHER]}" in page.addresses
    page = member.open("/en/register?q=" + "%22%3E%3Cscript%3E" * 30)
    assert page.status == 200 and "<script>alert" not in page.html


@pytest.mark.parametrize("name", SECTIONS)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_step_opens(member, record, name, language):
    step = f"/{language}{record[3:]}/{name}"
    page = member.open(step)
    assert page.status == 200
    if SECTIONS[name].many:
        page = member.open(f"{step}/new")
        assert page.status == 200
    assert page.one("form", id="piece").all("input", name="was")


def test_what_is_wrong_is_told_and_what_was_typed_stays(member, record, html):
    page = html(member.fill(f"{record}/identity", employees="many", profile_en=HOSTILE))
    assert page.status == 422
    assert page.one("input", name="employees")["value"] == "many"
    assert page.one("input", name="employees")["aria-invalid"] == "true"
    assert page.one("textarea", name="profile_en").text == HOSTILE.strip("\0")
    assert "<script>alert" not in page.html


def test_an_odd_number_is_saved_and_remarked_on(member, record):
    answer = member.fill(f"{record}/identity", business_number="123456789")
    assert answer.location == f"{record}/identity"  # stays, to be looked at
    page = member.open(answer.location)
    assert page.one("input", name="business_number")["value"] == "123456789"
    assert page.one("p", class_="remark").text.startswith("The check digit is not right.")
    again = member.fill(answer.location, business_number="123456789")
    assert again.location == f"{record}/ownership"  # it was meant


def test_an_entry_sent_twice_is_one_entry(member, record):
    page = member.open(f"{record}/sites/new")
    address = page.one("form", id="piece")["action"]
    for _ in range(2):
        assert member.send(address, kind="plant", city="Moncton").status_code == 302
    assert len(member.open(f"{record}/sites").all("section", class_="card")) == 1


def test_a_stale_form_shows_both_versions_and_loses_nothing(member, record, html):
    first, second = (member.open(f"{record}/identity") for _ in range(2))
    member.send(f"{record}/identity", first, employees="10", legal_name_en="Castings")
    answer = member.send(
        f"{record}/identity", second, employees="20", legal_name_en="Fictional Castings Inc.",
        profile_en="Ours alone.",
    )  # fmt: skip
    page = html(answer)
    assert page.status == 409
    form = page.all("form", class_="fields")[0]
    values = {e["value"] for e in form.all("input", type="radio")}
    assert values == {"10", "20"}  # the name only one of the two changed
    data = {e["name"]: e["value"] for e in form.all("input", type="hidden")}
    assert (data["legal_name_en"], data["profile_en"]) == ("Castings", "Ours alone.")
    answer = member.client.post(form["action"], data={**data, "employees": "20"})
    assert answer.status_code == 302
    page = member.open(f"{record}/identity")
    assert page.one("input", name="employees")["value"] == "20"
    assert page.one("input", name="legal_name_en")["value"] == "Castings"


def test_a_form_sent_after_the_session_ended_keeps_the_words(member, record, html):
    page = member.open(f"{record}/identity")
    typed = {"was": page.one("input", name="was")["value"], "profile_en": "Long thought over."}
    member.client.delete_cookie("session")
    answer = member.client.post(
        f"{record}/identity", data={"csrf_token": "old", **typed},
        headers={"Origin": "http://localhost"},
    )  # fmt: skip
    page = html(answer)
    assert page.status in (400, 401)
    kept = {e["name"]: e.attributes.get("value", "") for e in page.all("input", type="hidden")}
    kept |= {e["name"]: e.text for e in page.all("textarea")}
    assert typed.items() <= kept.items()


def test_words_point_to_classes_and_a_button_declares_one(member, record, html):
    address = f"{record}/capabilities/n1"
    typed = {"kind": "product", "name_en": "155 mm artillery shells"}
    page = html(member.fill(f"{record}/capabilities/new", **typed, suggest="1"))
    assert page.status == 405 or page.status == 404  # a form says which entry it is of
    page = html(member.send(address, **typed, suggest="1"))
    assert "1320" in page.one("div", id="suggestions").text
    partial = html(member.send(f"{record}/suggestions", **typed))
    assert "<html" not in partial.html and "1320" in partial.text
    answer = member.send(address, **typed, declare="1320")
    assert answer.location.endswith("/capabilities/n1")
    assert "1320" in member.open(f"{record}/capabilities").one("section", id="classes").text
    member.send(f"{record}/classes", remove="1320")
    assert "1320" not in member.open(f"{record}/capabilities").one("section", id="classes").text


def test_a_place_is_chosen_without_script(member, record, html):
    address = f"{record}/sites/n1"
    typed = {"kind": "plant", "city": "Moncton", "province": "NB"}
    page = html(member.send(address, **typed, locate="1"))
    assert page.one("input", name="latitude")["value"] == "46.09"
    page = html(member.send(address, **typed, **{"point.x": "180", "point.y": "186"}))
    assert 45 < float(page.one("input", name="latitude")["value"]) < 46
    picture = member.client.get("/en/register/map.svg?latitude=45.4&longitude=-75.7")
    assert picture.mimetype == "image/svg+xml" and "translate(" in picture.text


def test_a_file_is_checked_kept_and_only_ever_downloaded(member, person, record, own_app):
    member.fill(f"{record}/certificates/new")  # nothing there yet
    member.send(f"{record}/certificates/n1", scheme="ISO 9001")
    address = f"{record}/certificates/n1/evidence"
    bad = member.send(address, file=(io.BytesIO(b"<script>"), "iso.pdf"))
    assert bad.status_code == 422
    assert member.send(address).status_code == 422
    assert member.send(address, file=(io.BytesIO(b"%PDF-1.7"), "iso.pdf")).status_code == 302
    (link,) = [a for a in member.open(f"{record}/certificates").addresses if "/evidence/" in a]
    with member.client.get(link) as answer:
        assert answer.headers["Content-Disposition"] == "attachment; filename=iso.pdf"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.data == b"%PDF-1.7"
    for role in ("official", "auditor", "administrator"):  # it was not handed in
        assert person(role).client.get(link).status_code == 404
    member.send(f"{record}/submit")
    for role, status in (("official", 200), ("visitor", 302)):
        with person(role).client.get(link) as answer:
            assert answer.status_code == status


def test_a_claim_is_made_and_approved(member, administrator, own_app, firm_ids):
    page = member.open(f"/en/register/claim/{firm_ids[OTHER]}")
    assert page.status == 200
    address = f"/en/register/claim/{firm_ids[OTHER]}"
    assert member.send(address, proof=" ").status_code == 422
    for _ in range(2):
        assert member.send(address, proof="I run it. " + HOSTILE).status_code == 302
    inbox = administrator.open("/en/inbox")
    (link,) = [a for a in inbox.addresses if "/inbox/claims/" in a]
    page = administrator.open(link)
    assert "I run it." in page.text and "<script>alert" not in page.html
    assert administrator.send(link, decision="refuse").status_code == 422
    assert administrator.send(link, decision="approve").status_code == 302
    assert administrator.send(link, decision="approve").status_code == 409
    with own_app.app_context():
        assert len(db.session.scalars(select(Claim)).all()) == 1
        claimed = db.session.scalars(select(Claim)).one()
        mine = select(Membership.role).where(
            Membership.firm_id == firm_ids[OTHER], Membership.user_id == claimed.user_id
        )
        assert db.session.scalars(mine).all() == ["owner"]
    assert member.open(f"/en/my-firm?firm={firm_ids[OTHER]}").status == 200


def test_a_record_is_returned_corrected_and_accepted(member, administrator, record, own_app):
    number = record.rsplit("/", 1)[1]
    assert administrator.client.get(f"/en/inbox/records/{number}").status_code == 404
    member.send(f"{record}/submit")
    member.send(f"{record}/submit")
    at = f"/en/inbox/records/{number}"
    assert "Fictional Castings Inc." in administrator.open("/en/inbox").text
    assert administrator.send(f"{at}/return", reasons="").status_code == 422
    administrator.send(f"{at}/return", reasons="State a contact.")
    assert "State a contact." in member.open(record).text
    member.send(f"{record}/contacts/n1", name="Desk")
    member.send(f"{record}/submit")
    assert "Desk" in administrator.open(at).text
    answer = administrator.send(f"{at}/accept")
    assert administrator.send(f"{at}/accept").status_code == 409
    firm_id = int(answer.location.rsplit("/", 1)[1])
    with own_app.app_context():
        actions = db.session.scalars(
            select(AuditEvent.action).where(AuditEvent.subject == "revision")
        ).all()
        assert {"revision.return", "revision.publish"} <= set(actions)
    home = member.open(f"/en/my-firm?firm={firm_id}")
    assert "verified" in home.text
    version = member.open(f"/en/my-firm/{firm_id}/versions/1")
    assert version.status == 200 and "Desk" in version.text
    assert member.open(f"/en/my-firm/{firm_id}/versions/2").status == 404
    reason = {"reason": "Under investigation."}
    administrator.send(f"/en/inbox/firms/{firm_id}/listing", listing="suspended", **reason)
    assert administrator.client.get(f"/en/firms/{firm_id}").status_code == 404
    assert "suspended" in member.open(f"/en/my-firm?firm={firm_id}").text


def test_moderation_sets_evidence_and_checks(administrator, firm_ids, own_app):
    page = administrator.open(f"/en/inbox/firms/{firm_ids[OWN]}")
    forms = [form["action"] for form in page.all("form")]
    line = next(action for action in forms if "/line/" in action)
    sent = {"level": "documented", "note": "Read it.", "seen_on": "2026-11-01"}
    assert administrator.send(line, **sent).status_code == 302
    assert administrator.send(line, **{**sent, "level": "proven"}).status_code == 422
    check = next(action for action in forms if action.endswith("/check"))
    sent = {"outcome": "verified", "by": "NSPA", "method": "Web service"}
    assert administrator.send(check, **sent).status_code == 302
    page = administrator.open(f"/en/inbox/firms/{firm_ids[OWN]}")
    assert "Read it." in page.text and "Web service" in page.text


def test_duplicates_are_compared_merged_and_undone(administrator, firm_ids, own_app):
    one, other = firm_ids[OWN], firm_ids[OTHER]
    page = administrator.open(f"/en/duplicates/{one}/{other}")
    assert page.status == 200
    at = f"/en/duplicates/{one}/{other}"
    assert administrator.send(at, keep=one, reason="").status_code == 422
    assert administrator.send(at, keep=one, reason="One firm.").status_code == 302
    assert administrator.client.get(f"/en/firms/{other}").location == f"/en/firms/{one}"
    page = administrator.open("/en/duplicates")
    (undo,) = [f["action"] for f in page.all("form") if f["action"].endswith("/undo")]
    assert administrator.send(undo).status_code == 302
    assert administrator.client.get(f"/en/firms/{other}").status_code == 200
    assert administrator.send(at).status_code == 302  # two firms, remembered


def test_no_one_else_reaches_a_record(member, person, record, own_app, firm_ids):
    """With a valid token, so that it is the role or the ownership that refuses."""
    number = record.rsplit("/", 1)[1]
    with own_app.app_context():
        other = Revision(
            firm_id=firm_ids[OTHER], number=1, state="draft",
            content=db.session.get(Revision, int(number)).content, began_with={}, begun_by=999,
            edited_by=999,
        )  # fmt: skip
        db.session.add(other)
        db.session.commit()
        theirs = f"/en/register/{other.id}"
    for address in ("", "/identity", "/sites/new"):
        assert member.client.get(theirs + address).status_code == 404
    for address in ("/identity", "/submit", "/give-up", "/classes", "/sites/n1/remove"):
        assert member.send(theirs + address, name="x").status_code == 404
        for role in ("official", "auditor", "administrator"):
            assert person(role).send(record + address).status_code == 403
    with own_app.app_context():
        assert db.session.get(Revision, other.id).edit == 1


def test_the_home_of_a_firm_says_where_it_stands(member, firm_ids):
    page = member.open("/en/my-firm")
    assert page.status == 200 and "AMM-" in page.text
    assert re.search(r"\d", page.text)
    answer = member.send(f"/en/register/firm/{firm_ids[OWN]}")
    again = member.send(f"/en/register/firm/{firm_ids[OWN]}")
    assert answer.location == again.location
    assert member.open("/fr/my-firm?firm=999999").status == 404
    member.send(answer.location + "/give-up")
    assert member.open(answer.location).status == 200


def test_a_firm_in_the_registry_is_unchanged_until_it_is_accepted(member, own_app, firm_ids):
    answer = member.send(f"/en/register/firm/{firm_ids[OWN]}")
    member.fill(f"{answer.location}/identity", legal_name_en="Another Name (fictional)")
    with own_app.app_context():
        assert "Another" not in db.session.get(Firm, firm_ids[OWN]).name
