"""Pages of need to know: granting, being refused without losing what was typed, revoking."""

import datetime as dt

import pytest
from sqlalchemy import select

from registry.accounts.models import User
from registry.db import db, today
from registry.grants.models import Grant

OTHER = "forges-du-saguenay"
LANGUAGES = ("en", "fr")


@pytest.fixture
def asked(own_app):
    """A form that would be granted: the second official, one firm, for a month."""
    with own_app.app_context():
        query = select(User.id).where(User.email.startswith("fonctionnaire"))
        official = db.session.scalars(query).one()
    until = today() + dt.timedelta(days=30)
    return {"official": official, "until": until.isoformat(), "reason": "Visit « Saguenay »"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_bands_to_figures_and_back(
    own_app, sign_in, csrf, html, firm_ids, secrets_in, asked, language
):
    administrator, official = sign_in(own_app, "administrator"), sign_in(own_app, "unnamed")
    token = {"csrf_token": csrf(administrator)}

    def rates():
        """The firms whose rates the official is shown in the ranking."""
        page = html(official.get(f"/{language}/shortfalls/AMM-01"))
        return {key for key, kind in secrets_in(page.text) if kind == "rates"}

    assert rates() == set()
    form = {**token, **asked, "kind": "firm", "firm": firm_ids[OTHER]}
    answer = administrator.post(f"/{language}/need-to-know", data=form)
    assert (answer.status_code, answer.location) == (302, f"/{language}/need-to-know")
    page = html(administrator.get(answer.location))
    assert "fonctionnaire@cadence.example" in page.one(role="status").text
    assert "Visit « Saguenay »" in page.text and rates() == {OTHER}
    mine = html(official.get(f"/{language}/need-to-know/mine")).text
    assert "Saguenay" in mine and "admin@cadence.example" in mine
    with own_app.app_context():
        number = db.session.scalars(select(Grant.id).order_by(Grant.id.desc())).first()
    revoked = administrator.post(f"/{language}/need-to-know/{number}/revoke", data=token)
    assert revoked.status_code == 302 and rates() == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"official": ""}, "official"),
        ({"official": "1 or 1=1"}, "official"),
        ({"kind": "firm", "firm": "99999999999"}, "firm"),
        ({"kind": "category", "category": "<b>"}, "category"),
        ({"kind": "everything", "until": "2020-01-01"}, "until"),
        ({"kind": "everything", "until": "tomorrow"}, "until"),
        ({"kind": "everything", "reason": ""}, "reason"),
    ],
)
def test_what_was_typed_comes_back_with_what_to_change(
    client_of, csrf, html, asked, language, wrong, field
):
    client = client_of("administrator")
    form = {"csrf_token": csrf(client), "firm": "7", **asked, "kind": "everything", **wrong}
    answer = client.post(f"/{language}/need-to-know", data=form)
    assert answer.status_code == 422
    page = html(answer)
    marked = {element["name"] for element in page.all() if "aria-invalid" in element.attributes}
    assert marked == {field} and page.one(id="wrong").text
    assert page.one("textarea").text == form["reason"]
    assert page.one("input", id="firm")["value"] == form["firm"]
    (chosen,) = [r for r in page.all("input", type="radio") if "checked" in r.attributes]
    assert chosen["value"] == form["kind"]


def test_a_grant_begins_at_the_firm(page_of, firm_ids):
    address = f"/en/need-to-know?firm={firm_ids[OTHER]}"
    desk = page_of(f"/en/inbox/firms/{firm_ids[OTHER]}", "administrator")
    assert address in desk.addresses
    page = page_of(address, "administrator")
    firm = page.one("input", id="firm")
    assert firm["value"] == str(firm_ids[OTHER])
    (chosen,) = [radio for radio in page.all("input", name="kind") if "checked" in radio.attributes]
    assert chosen["value"] == "firm"


def test_an_auditor_reads_grants_and_finds_no_form(page_of):
    page = page_of("/en/need-to-know", "auditor")
    assert "official@cadence.example" in page.text
    forms = [form["action"] for form in page.one(id="main").all("form")]
    assert forms == []
