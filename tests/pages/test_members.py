"""Members of a firm and invitations, through their pages."""

import pytest
from sqlalchemy import select

from registry.accounts.models import FIRM
from registry.accounts.service import find_user, make_user
from registry.audit.models import AuditEvent
from registry.db import db
from registry.firms.models import Membership
from registry.mail.models import Mail

OWN = "northline-ordnance"
GUEST = "guest@firm.example"
PASSWORD = "river stone window 41"


@pytest.fixture
def members(firm_ids):
    return f"/en/firms/{firm_ids[OWN]}/members"


@pytest.fixture
def invite(own_app, sign_in, html, send, members, link_in_mail):
    """Invites the guest as the firm's owner; gives the link that was mailed."""

    def write(by="firm", **typed):
        client = sign_in(own_app, by)
        page = send(
            client,
            html(client.get(members)),
            to="/invite",
            **{"email": GUEST, "role": "editor", "language": "en", **typed},
        )
        assert page.status == 200, page.text
        return link_in_mail(own_app, typed.get("email", GUEST).lower())

    return write


def role_of(app, email):
    with app.app_context():
        user = find_user(db.session, email)
        query = select(Membership.role).where(Membership.user_id == user.id)
        return db.session.scalar(query) if user else None


def log_of(app, firm_id):
    with app.app_context():
        query = select(AuditEvent).where(
            AuditEvent.subject == "firm", AuditEvent.subject_id == firm_id
        )
        return [(e.action, e.actor_id) for e in db.session.scalars(query.order_by(AuditEvent.id))]


def test_a_newcomer_opens_an_account_and_joins(own_app, invite, html, send, members):
    link = invite(language="fr")
    with own_app.app_context():
        mail = db.session.scalars(select(Mail)).one()
    assert mail.language == "fr" and "invite" in mail.subject and link.startswith("/fr/")
    client = own_app.test_client()
    page = html(client.get(link))
    typed = {"name": "Guest", "password": PASSWORD, "password_confirm": "other words"}
    wrong = send(client, page, **typed)
    assert wrong.status == 422 and wrong.one(class_="error")
    assert [i["value"] for i in wrong.all("input", name="name")] == ["Guest"]
    page = send(client, wrong, **{**typed, "password_confirm": PASSWORD})
    assert page.one("h1").text == "Membres" and "Guest" in page.text
    assert role_of(own_app, GUEST) == "editor"
    assert html(own_app.test_client().get(link)).status == 409  # once
    again = own_app.test_client()
    page = send(again, html(again.get("/en/sign-in")), email=GUEST, password=PASSWORD)
    assert page.one(class_="who").text == "Guest"  # the address needs no other proof


def test_who_has_an_account_signs_in_and_accepts(own_app, invite, html, send):
    with own_app.app_context():
        make_user(db.session, GUEST, "Guest", PASSWORD, (FIRM,), "fr")
        db.session.commit()
    link = invite(email=GUEST.upper(), role="owner", language="en")
    assert link.startswith("/fr/")  # the language of the account
    client = own_app.test_client()
    page = html(client.get(link))
    (way,) = [a["href"] for a in page.all("a", class_="btn") if "sign-in" in a["href"]]
    page = send(client, html(client.get(way)), email=GUEST, password=PASSWORD)
    page = send(client, page)
    assert page.one("h1").text == "Membres" and role_of(own_app, GUEST) == "owner"


def test_someone_else_cannot_accept(own_app, invite, html, send, sign_in):
    link = invite()
    client = sign_in(own_app, "official")
    page = html(client.get(link))
    assert not page.all("form", class_="form") and "official@cadence.example" in page.text
    token = page.all("input", name="csrf_token")[0]["value"]
    assert client.post(f"{link}/accept", data={"csrf_token": token}).status_code == 403
    assert client.post(f"{link}/join", data={"csrf_token": token}).status_code == 302


def test_an_editor_reads_and_may_leave(own_app, invite, html, send, members):
    client = own_app.test_client()
    page = html(client.get("/en/sign-in"))
    send(client, page, email="editor@cadence.example", password="cadence-demo-2026")
    page = html(client.get(members))
    actions = [form["action"] for form in page.all("form", method="post")]
    assert not [a for a in actions if a.endswith(("/invite", "/role"))]
    token = page.all("input", name="csrf_token")[0]["value"]
    data = {"csrf_token": token, "email": GUEST, "role": "owner"}
    assert client.post(f"{members}/invite", data=data).status_code == 403
    (leave,) = [a for a in actions if a.endswith("/remove")]
    assert client.post(leave, data={"csrf_token": token}).location == "/en/account"
    assert client.get(members).status_code == 403


def test_the_last_owner_is_told_why_not(own_app, sign_in, html, send, members):
    client = sign_in(own_app, "firm")
    page = html(client.get(members))
    with own_app.app_context():
        me = find_user(db.session, "firm@cadence.example").id
    for address, typed in ((f"/{me}/remove", {}), (f"/{me}/role", {"role": "editor"})):
        refused = send(client, page, to=address, **typed)
        assert refused.status == 409 and "last owner" in refused.one(role="alert").text


def test_what_was_typed_is_kept_when_it_is_refused(own_app, sign_in, html, send, members):
    client = sign_in(own_app, "firm")
    page = send(client, html(client.get(members)), to="/invite", email="no address", role="owner")
    assert page.status == 422 and "name@example.ca" in page.one(role="alert").text
    assert [i["value"] for i in page.all("input", id="email")] == ["no address"]


def test_an_administrator_shows_in_the_firms_log(own_app, invite, firm_ids):
    invite(by="administrator")
    with own_app.app_context():
        admin = find_user(db.session, "admin@cadence.example").id
    assert log_of(own_app, firm_ids[OWN]) == [("member.invite", admin)]


def test_an_invitation_is_withdrawn(own_app, invite, sign_in, html, send, members):
    link = invite()
    client = sign_in(own_app, "firm")
    send(client, html(client.get(members)), to="/withdraw")
    assert html(client.get(link)).status == 409


def test_invitations_are_not_sent_without_end(own_app, sign_in, html, send, members):
    client = sign_in(own_app, "firm")
    page = html(client.get(members))
    statuses = [
        send(client, page, to="/invite", email=f"g{n}@firm.example", role="editor").status
        for n in range(21)
    ]
    assert statuses[-1] == 429 and set(statuses[:-1]) == {200}


def test_the_members_page_needs_few_queries(own_app, sign_in, count_queries, members):
    assert count_queries(sign_in(own_app, "firm"), members) <= 8
