"""Accounts through their pages: opening, confirming, signing in with two factors, giving roles."""

import datetime as dt
import re
import time
from dataclasses import replace

import pytest
from flask_security.utils import hash_password
from passlib.totp import TOTP
from sqlalchemy import func, select

from registry.accounts import limits
from registry.accounts.factors import code_now
from registry.accounts.models import User
from registry.accounts.service import find_user
from registry.audit.models import AuditEvent
from registry.db import db
from registry.demo.service import DEMO_PASSWORD
from registry.mail.models import Mail
from registry.mail.service import send as write

PASSWORD = "river stone window 41"
NEWCOMER = "someone@firm.example"
OFFICIAL = "official@cadence.example"


def user(app, email) -> User:
    """The account as it stands now."""
    with app.app_context():
        found = find_user(db.session, email)
        assert found.roles is not None and found.webauthn is not None
        return found


def change(app, email, **values):
    with app.app_context():
        found = find_user(db.session, email)
        for name, value in values.items():
            setattr(found, name, value)
        db.session.commit()


def code_of(app, email) -> str:
    """What the person's device shows; a code used before is forgotten."""
    change(app, email, totp_counter=None)
    with app.app_context():
        return code_now(find_user(db.session, email))


def actions(app):
    with app.app_context():
        return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def mails(app):
    with app.app_context():
        return list(db.session.scalars(select(Mail).order_by(Mail.id)))


@pytest.fixture
def sign_up(own_app, html, send):
    def begin(client, language="en", **typed):
        values = {"name": "Some One", "email": NEWCOMER, "password": PASSWORD}
        values |= {"password_confirm": PASSWORD, **typed}
        return send(client, html(client.get(f"/{language}/sign-up")), **values)

    return begin


@pytest.fixture
def newcomer(own_app, sign_up, link_in_mail, html, send):
    """A client signed in to a new account of a firm."""
    client = own_app.test_client()
    sign_up(client)
    client.get(link_in_mail(own_app, NEWCOMER))
    page = send(client, html(client.get("/en/sign-in")), email=NEWCOMER, password=PASSWORD)
    assert page.one(class_="who").text == "Some One"
    return client


def make_old(client, minutes=60):
    """As if the person had signed in that long ago."""
    with client.session_transaction() as session:
        session["fs_paa"] = time.time() - 60 * minutes
        session.pop("fs_gexp", None)


# Opening an account


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_account_is_opened_confirmed_and_used(
    own_app, sign_up, link_in_mail, html, send, language
):
    client = own_app.test_client()
    page = sign_up(client, language)
    assert NEWCOMER in page.one(class_="flashes").text
    (mail,) = mails(own_app)
    assert (mail.recipient, mail.language) == (NEWCOMER, language)
    assert mail.subject.startswith("Confirm your" if language == "en" else "Confirmez votre")
    signing_in = html(client.get(f"/{language}/sign-in"))
    # Before the address is confirmed, only who knows the password is told so.
    page = send(client, signing_in, email=NEWCOMER, password=PASSWORD)
    assert page.one(role="alert").one("a")["href"].startswith(f"/{language}/sign-up/confirm")
    page = send(client, signing_in, email=NEWCOMER, password="not it at all")
    assert not page.one(role="alert").all("a")
    signing_in = html(client.get(link_in_mail(own_app, NEWCOMER), follow_redirects=True))
    page = send(client, signing_in, email=NEWCOMER, password=PASSWORD)
    assert page.status == 200 and page.one(class_="who").text == "Some One"
    opened = user(own_app, NEWCOMER)
    assert [role.name for role in opened.roles] == ["firm"] and opened.language == language
    assert actions(own_app)[-2:] == ["account.open", "account.confirm"]


def test_the_link_confirms_once_and_a_made_up_one_never(own_app, sign_up, link_in_mail, html):
    client = own_app.test_client()
    sign_up(client)
    link = link_in_mail(own_app, NEWCOMER)
    page = html(client.get(link[:-3] + "abc", follow_redirects=True))
    assert "not valid" in page.one(class_="flashes").text
    assert user(own_app, NEWCOMER).confirmed_at is None
    client.get(link)
    page = html(client.get(link, follow_redirects=True))
    assert "already" in page.one(class_="flashes").text


def test_a_stale_link_is_refused_and_another_is_sent(
    own_app, sign_up, link_in_mail, html, send, monkeypatch
):
    client = own_app.test_client()
    sign_up(client)
    monkeypatch.setitem(own_app.config, "SECURITY_CONFIRM_EMAIL_WITHIN", dt.timedelta(seconds=-1))
    page = html(client.get(link_in_mail(own_app, NEWCOMER), follow_redirects=True))
    assert "only" in page.one(class_="flashes").text
    monkeypatch.undo()
    send(client, page, email=NEWCOMER)
    client.get(link_in_mail(own_app, NEWCOMER))
    assert user(own_app, NEWCOMER).confirmed_at


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"email": "nobody"}, "email"),
        ({"email": "a" * 300 + "@firm.example"}, "email"),
        ({"email": "nul\0@firm.example"}, "email"),
        ({"password": "short", "password_confirm": "short"}, "password"),
        ({"password": "x" * 257, "password_confirm": "x" * 257}, "password"),
        ({"password_confirm": "another password"}, "password_confirm"),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_cannot_be_is_said_beside_its_field(own_app, sign_up, typed, field, language):
    page = sign_up(own_app.test_client(), language, **typed)
    wrong = [i["name"] for i in page.all("input") if "aria-invalid" in i.attributes]
    assert wrong == [field]
    assert page.one("span", class_="error").text
    kept = {
        i["name"]: i.attributes.get("value") for i in page.one("form", class_="form").all("input")
    }
    if field != "name":
        assert kept["name"] == "Some One"
    if field != "email":
        assert kept["email"] == NEWCOMER
    assert kept["password"] is kept["password_confirm"] is None
    assert not mails(own_app)


def test_a_hostile_name_is_only_text(own_app, sign_up, html, sign_in):
    name = "<script>alert(1)</script>\r\nBcc: all@firm.example\0"
    sign_up(own_app.test_client(), name=name)
    page = html(sign_in(own_app, "administrator").get("/en/people?q=script"))
    assert "<script>alert" not in page.html and "<script>alert(1)</script> Bcc:" in page.text
    (mail,) = mails(own_app)
    assert "\r" not in mail.text and "\0" not in mail.text


def test_signing_up_twice_looks_the_same_and_writes_to_the_owner(own_app, sign_up):
    first = sign_up(own_app.test_client())
    second = sign_up(own_app.test_client(), email=NEWCOMER.upper(), name="Another")
    told = [page.one(class_="flashes").text.lower() for page in (first, second)]
    assert told[0] == told[1] and first.status == second.status
    assert [mail.recipient for mail in mails(own_app)] == [NEWCOMER, NEWCOMER]
    assert "already" in mails(own_app)[1].subject
    assert user(own_app, NEWCOMER).name == "Some One"


def test_a_double_submit_makes_one_account(own_app, sign_up, html, monkeypatch):
    """The second looks before the first has written: the database alone can refuse it."""
    client = own_app.test_client()
    page = html(client.get("/en/sign-up"))
    form = page.one("form", class_="form")
    values = {i["name"]: i.attributes.get("value", "") for i in form.all("input")}
    values |= {"name": "Some One", "email": NEWCOMER, "password": PASSWORD}
    values["password_confirm"] = PASSWORD
    client.post(form["action"], data=values)
    datastore = own_app.extensions["security"].datastore
    monkeypatch.setattr(type(datastore), "find_user", lambda *_args, **_values: None)
    answer = client.post(form["action"], data=values)
    assert (answer.status_code, answer.location) == (302, "/en/sign-in")
    with own_app.app_context():
        count = select(func.count()).select_from(User).where(User.email == NEWCOMER)
        assert db.session.scalar(count) == 1


# Signing in, and what it tells


def test_nothing_tells_whether_an_account_exists(own_app, html, send, monkeypatch):
    hashed = []
    monkeypatch.setattr(
        "flask_security.forms.hash_password",
        lambda text: hashed.append(text) or hash_password(text),
    )
    change(own_app, "auditor@cadence.example", active=False)
    client = own_app.test_client()
    answers = {}
    for email in (OFFICIAL, "auditor@cadence.example", "nobody@cadence.example"):
        page = html(client.get("/en/sign-in"))
        page = send(client, page, email=email, password="not the password")
        answers[email] = page.one(role="alert").text
        page = send(client, html(client.get("/en/password")), email=email)
        answers[email] += page.one(class_="flashes").text.replace(email, "")
        page = send(client, html(client.get("/en/sign-up/confirm")), email=email)
        answers[email] += page.one(class_="flashes").text.replace(email, "")
    assert len(set(answers.values())) == 1, answers
    assert hashed == ["not the password"]  # as much work as checking one


@pytest.mark.parametrize("email", [OFFICIAL, "nobody@cadence.example"])
def test_guessing_is_stopped_for_any_address(own_app, html, send, monkeypatch, email):
    client = own_app.test_client()
    page = html(client.get("/en/sign-in"))
    tries = int(limits.PER_ACCOUNT.split()[0])
    for _ in range(tries):
        assert send(client, page, email=email, password="guess").status == 200
    for typed in (email, f" {email.upper()} "):
        assert send(client, page, email=typed, password="guess").status == 429
    assert send(client, page, email="firm@cadence.example", password="guess").status == 200
    again = own_app.test_client()
    fresh = html(again.get("/fr/sign-in"))
    stopped = send(again, fresh, email=email, password=DEMO_PASSWORD)
    assert stopped.status == 429 and "quinze minutes" in stopped.text


def test_one_address_may_not_try_every_account(own_app, html, send):
    client = own_app.test_client()
    page = html(client.get("/en/sign-in"))
    statuses = [
        send(client, page, email=f"a{number}@firm.example", password="guess").status
        for number in range(int(limits.PER_ADDRESS.split()[0]) + 1)
    ]
    assert statuses[-1] == 429 and set(statuses[:-1]) == {200}


def test_mails_are_not_sent_without_end(own_app, html, send):
    client = own_app.test_client()
    page = html(client.get("/en/password"))
    for _ in range(int(limits.MAILS_PER_ACCOUNT.split()[0])):
        assert send(client, page, email=OFFICIAL).status == 200
    assert send(client, page, email=OFFICIAL).status == 429


# The second factor


@pytest.mark.parametrize("role", ["official", "auditor", "administrator"])
def test_a_role_of_the_state_needs_a_second_factor(own_app, html, send, role):
    email = {"administrator": "admin"}.get(role, role) + "@cadence.example"
    change(own_app, email, tf_totp_secret=None, tf_primary_method=None)
    client = own_app.test_client()
    page = send(client, html(client.get("/en/sign-in")), email=email, password=DEMO_PASSWORD)
    assert page.one("h1").text == "Codes from an app"
    assert client.get("/en/shortlists").status_code == 302  # not signed in yet
    page = send(client, page, to="/account/code")
    assert page.one(class_="qr").one("svg").all("path") and "style=" not in page.html
    key = page.one(id="key").text
    assert re.fullmatch(r"([A-Z2-7]{4}-)+[A-Z2-7]{1,4}", key)
    wrong = send(client, page, to="/sign-in/code", code="000000")
    assert "not right" in wrong.text
    from passlib.totp import TOTP

    page = send(
        client, page, to="/sign-in/code", code=TOTP(key=key, format="base32").generate().token
    )
    assert page.one(class_="who") and "recovery codes" in page.one(class_="flashes").text
    stored = user(own_app, email)
    assert stored.tf_primary_method == "authenticator"
    assert key.replace("-", "") not in stored.tf_totp_secret  # encrypted with a key of ours


def test_a_firm_may_do_without_and_may_change_its_mind(own_app, newcomer, html, send):
    page = html(newcomer.get("/en/account/code"))
    assert page.text.count("Do without codes") == 0
    page = send(newcomer, page, to="/account/code")
    codes = TOTP(key=page.one(id="key").text)
    token = next(f["action"] for f in page.all("form", method="post") if "code/" in f["action"])
    wrong = send(newcomer, page, to=token, code="000000")
    assert "not right" in wrong.one(class_="flashes").text
    assert user(own_app, NEWCOMER).tf_primary_method is None
    send(newcomer, page, to=token, code=codes.generate().token)
    assert user(own_app, NEWCOMER).has_second_factor
    client = own_app.test_client()
    page = send(client, html(client.get("/en/sign-in")), email=NEWCOMER, password=PASSWORD)
    assert page.one("h1").text == "Enter the code"
    page = html(newcomer.get("/en/account/code"))
    values = {"csrf_token": page.all("input", name="csrf_token")[0]["value"], "setup": "disable"}
    newcomer.post("/en/account/code", data=values)
    assert not user(own_app, NEWCOMER).has_second_factor
    assert actions(own_app)[-2:] == ["account.code", "account.code-disabled"]


def test_an_official_may_not_do_without(own_app, sign_in, html):
    client = sign_in(own_app, "official")
    page = html(client.get("/en/account/code"))
    assert "Do without codes" not in page.text
    values = {"csrf_token": page.all("input", name="csrf_token")[0]["value"], "setup": "disable"}
    client.post("/en/account/code", data=values)
    assert user(own_app, OFFICIAL).has_second_factor


def begin(app, html, send, email=OFFICIAL):
    """A client whose password was right, and the page that asks for the code."""
    client = app.test_client()
    page = html(client.get("/en/sign-in"))
    return client, send(client, page, email=email, password=DEMO_PASSWORD)


def test_a_code_works_once(own_app, html, send):
    own_app.config["SETTINGS"] = replace(own_app.config["SETTINGS"], demonstration=False)
    code = code_of(own_app, OFFICIAL)
    client, page = begin(own_app, html, send)
    assert "Demonstration" not in page.text
    assert send(client, page, code=code).one(class_="who")
    client, page = begin(own_app, html, send)
    assert "not right" in send(client, page, code=code).text


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "1" * 400, "\0", "’; --"])
def test_a_wrong_code_opens_nothing(own_app, html, send, code):
    client, page = begin(own_app, html, send)
    again = send(client, page, code=code)
    assert again.status == 200 and again.all("input", name="code")
    assert client.get("/en/shortlists").status_code == 302


def test_codes_cannot_be_guessed(own_app, html, send):
    client, page = begin(own_app, html, send)
    tries = int(limits.PER_ACCOUNT.split()[0])
    assert {send(client, page, code="000000").status for _ in range(tries)} == {200}
    # Neither by beginning anew, which also a stranger with the password could.
    client, page = begin(own_app, html, send)
    assert send(client, page, code=code_of(own_app, OFFICIAL)).status == 429


def test_a_recovery_code_works_once(own_app, sign_in, html, send):
    page = html(sign_in(own_app, "official").get("/en/account/recovery-codes"))
    client = sign_in(own_app, "official")
    page = html(client.get("/en/account/recovery-codes"))
    page = send(client, page, to="/recovery-codes")
    codes = [item.text for item in page.one("ul", class_="codes").all("li")]
    assert len(set(codes)) == 8
    assert not set(codes) & set(user(own_app, OFFICIAL).mf_recovery_codes)  # encrypted
    assert html(client.get("/en/account/recovery-codes?show_codes=1")).text.count(codes[0]) == 1
    for allowed in (True, False):
        client, page = begin(own_app, html, send)
        page = html(client.get("/en/sign-in/recovery-code"))
        page = send(client, page, code=codes[0])
        assert bool(page.all(class_="who")) == allowed
    assert len(user(own_app, OFFICIAL).mf_recovery_codes) == 7


def test_a_role_given_in_mid_session_asks_for_a_second_factor(own_app, newcomer, html):
    with own_app.app_context():
        datastore = own_app.extensions["security"].datastore
        datastore.add_role_to_user(find_user(db.session, NEWCOMER), "official")
        db.session.commit()
    assert newcomer.get("/en/shortlists").location == "/en/account/code"
    assert newcomer.get("/api/firms/1").status_code == 403
    page = html(newcomer.get("/en/shortlists", follow_redirects=True))
    assert "second factor" in page.one(class_="flashes").text


# Passwords


def test_a_forgotten_password_is_chosen_anew(own_app, sign_in, html, send, link_in_mail):
    signed_in = sign_in(own_app, "firm")
    email = "firm@cadence.example"
    client = own_app.test_client()
    send(client, html(client.get("/fr/password")), email=email)
    assert mails(own_app)[-1].language == "en"  # the account's, not the asker's
    link = link_in_mail(own_app, email)
    page = html(client.get(link))
    page = send(client, page, password=PASSWORD, password_confirm="something else")
    assert page.one(class_="error").text == "The two passwords differ."
    page = send(client, html(client.get(link)), password=PASSWORD, password_confirm=PASSWORD)
    assert "every session has ended" in page.one(class_="flashes").text
    assert signed_in.get("/en/account").status_code == 302
    assert send(client, page, email=email, password=PASSWORD).one(class_="who")
    assert client.get(link).location.endswith("/password")  # once
    assert "changed" in mails(own_app)[-1].subject
    assert actions(own_app)[-1] == "account.password-reset"


def test_a_reset_confirms_the_address(own_app, sign_up, html, send, link_in_mail):
    client = own_app.test_client()
    sign_up(client)
    send(client, html(client.get("/en/password")), email=NEWCOMER)
    link = link_in_mail(own_app, NEWCOMER)
    page = send(
        client, html(client.get(link)), password=PASSWORD + "2", password_confirm=PASSWORD + "2"
    )
    assert send(client, page, email=NEWCOMER, password=PASSWORD + "2").one(class_="who")


def test_other_sessions_end_when_the_password_changes(own_app, newcomer, html, send):
    other = own_app.test_client()
    send(other, html(other.get("/en/sign-in")), email=NEWCOMER, password=PASSWORD)
    page = html(newcomer.get("/en/account/password"))
    new = {"new_password": "another river stone", "new_password_confirm": "another river stone"}
    assert "not your password" in send(newcomer, page, password="wrong", **new).text
    page = send(newcomer, page, password=PASSWORD, **new)
    assert page.one("h1").text == "My account"
    assert other.get("/en/account").status_code == 302
    assert newcomer.get("/en/account").status_code == 200


# Freshness, and what was typed


@pytest.mark.parametrize(
    "address",
    ["/en/account/code", "/en/account/passkeys", "/en/account/recovery-codes", "/en/people/1"],
)
def test_an_old_session_shows_that_it_is_its_owner(own_app, sign_in, html, send, address):
    client = sign_in(own_app, "administrator")
    assert client.get(address).status_code == 200
    make_old(client)
    page = html(client.get(address, follow_redirects=True))
    assert page.one("h1").text == "Is it you?"
    assert "not your password" in send(client, page, password="wrong").text
    page = send(client, page, password=DEMO_PASSWORD)
    assert client.get(address).status_code == 200


def test_a_change_of_roles_in_an_old_session_is_kept_to_be_sent_again(own_app, sign_in, html, send):
    client = sign_in(own_app, "administrator")
    number = user(own_app, OFFICIAL).id
    page = html(client.get(f"/en/people/{number}"))
    make_old(client)
    page = send(client, page, to="/roles", role="auditor", office="Bureau", reason="Rotation")
    assert page.status == 401 and "nothing is lost" in page.text
    assert [role.name for role in user(own_app, OFFICIAL).roles] == ["official"]
    with client.session_transaction() as session:
        session["fs_paa"] = time.time()
    page = send(client, page, to="/roles")
    assert page.one(class_="flashes").text == "Saved."
    assert [role.name for role in user(own_app, OFFICIAL).roles] == ["auditor"]


def test_what_was_typed_outlives_the_session(own_app, newcomer, html, send):
    """The session ends elsewhere while a form is open."""
    page = html(newcomer.get("/fr/account"))
    change(own_app, NEWCOMER, fs_uniquifier="f" * 32)
    page = send(newcomer, page, to="/fr/account", name="Nom long à taper", language="fr")
    assert page.status == 401 and "rien n’est perdu" in page.text
    assert "Nom long à taper" in page.html
    signed = send(newcomer, html(newcomer.get("/fr/sign-in")), email=NEWCOMER, password=PASSWORD)
    assert signed.one(class_="who")
    send(newcomer, page, to="/fr/account")
    assert user(own_app, NEWCOMER).name == "Nom long à taper"


def test_a_form_whose_cookie_is_gone_is_offered_again_only_to_our_own_pages(own_app, html):
    client = own_app.test_client()
    typed = {"name": "Nom", "language": "fr", "password": "secret word"}
    foreign = html(
        client.post("/fr/account", data=typed, headers={"Origin": "https://evil.example"})
    )
    assert foreign.status == 400 and "Nom" not in foreign.text
    none = html(client.post("/fr/account", data=typed))
    assert none.status == 400 and not none.all("form", method="post", action="/fr/account")
    ours = html(client.post("/fr/account", data=typed, headers={"Origin": "http://localhost"}))
    (form,) = ours.all("form", action="/fr/account")
    assert {i["name"] for i in form.all("input")} == {"csrf_token", "name", "language"}
    assert "secret word" not in ours.html


# People and roles


def test_an_administrator_gives_a_role_with_a_reason(own_app, newcomer, sign_in, html, send):
    client = sign_in(own_app, "administrator")
    page = html(client.get(f"/en/people?q={NEWCOMER[:7]}"))
    (link,) = [a["href"] for a in page.all("a") if "/people/" in a["href"]]
    page = html(client.get(link))
    values = {"role": "official", "office": "Procurement (demo)"}
    refused = send(client, page, to="/roles", reason=" ", **values)
    assert refused.status == 422 and "Say why" in refused.one(role="alert").text
    assert "Procurement (demo)" in refused.html  # nothing typed is lost
    page = send(client, page, to="/roles", reason="Joined the office", **values)
    changed = user(own_app, NEWCOMER)
    assert [r.name for r in changed.roles] == ["official"]
    assert changed.office == "Procurement (demo)"
    with own_app.app_context():
        event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.subject, event.subject_id) == ("account.roles", "user", changed.id)
    assert event.why == "Joined the office"
    assert event.before["roles"] == ["firm"]
    assert newcomer.get("/en/account").status_code == 302  # its session has ended


def test_a_suspended_person_is_out_at_once(own_app, newcomer, sign_in, html, send):
    client = sign_in(own_app, "administrator")
    number = user(own_app, NEWCOMER).id
    page = html(client.get(f"/en/people/{number}"))
    page = send(client, page, to="/state", reason="Left the firm")
    assert newcomer.get("/en/account").status_code == 302
    signing_in = html(newcomer.get("/en/sign-in"))
    refused = send(newcomer, signing_in, email=NEWCOMER, password=PASSWORD)
    assert "suspended" in refused.one(role="alert").text
    refused = send(newcomer, signing_in, email=NEWCOMER, password="not it")
    assert "suspended" not in refused.one(role="alert").text
    send(client, page, to="/state", reason="Came back")
    page = send(newcomer, html(newcomer.get("/en/sign-in")), email=NEWCOMER, password=PASSWORD)
    assert page.one(class_="who")


def test_the_last_administrator_stays(own_app, sign_in, html, send):
    client = sign_in(own_app, "administrator")
    me = user(own_app, "admin@cadence.example").id
    page = html(client.get(f"/en/people/{me}"))
    refused = send(client, page, to="/roles", role="auditor", reason="Tired")
    assert refused.status == 409 and "last administrator" in refused.one(role="alert").text
    assert not [f for f in page.all("form") if f["action"].endswith("/state")]
    token = page.all("input", name="csrf_token")[0]["value"]
    values = {"csrf_token": token, "state": "suspended", "reason": "x"}
    assert client.post(f"/en/people/{me}/state", data=values).status_code == 422


def test_a_lost_device_is_forgotten(own_app, sign_in, html, send):
    client = sign_in(own_app, "administrator")
    number = user(own_app, OFFICIAL).id
    send(client, html(client.get(f"/en/people/{number}")), to="/factors", reason="Lost telephone")
    assert not user(own_app, OFFICIAL).has_second_factor
    _client, page = begin(own_app, html, send)
    assert page.one("h1").text == "Codes from an app"


@pytest.mark.parametrize(
    "words", ["\0", "%", "_", "'; drop table users; --", "x" * 5000, "é\u202e"]
)
def test_odd_searches_find_nobody(own_app, sign_in, html, words):
    page = html(sign_in(own_app, "administrator").get("/en/people", query_string={"q": words}))
    assert page.status == 200


def test_the_list_of_people_needs_few_queries(own_app, sign_in, count_queries):
    assert count_queries(sign_in(own_app, "administrator"), "/en/people") <= 5


# The outbox


def test_the_outbox_shows_texts_only_without_a_server(own_app, sign_in, html):
    with own_app.app_context():
        number = write(db.session, NEWCOMER, "Subject", "Open http://localhost/secret").id
        db.session.commit()
    client = sign_in(own_app, "administrator")
    assert "Subject" in html(client.get("/en/mail")).text
    assert "secret" in html(client.get(f"/en/mail/{number}")).text
    own_app.config["SETTINGS"] = replace(own_app.config["SETTINGS"], smtp_url="smtp://localhost")
    assert "secret" not in html(client.get(f"/en/mail/{number}")).html
    assert actions(own_app)[-2:] == ["mail.read", "mail.read"]
