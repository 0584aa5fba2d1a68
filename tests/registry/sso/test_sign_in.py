"""Officials sign in at a provider of OpenID Connect, which runs as a real server beside."""

import re
import threading
import time
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from registry.accounts.factors import code_now, set_up_code
from registry.accounts.service import ensure_roles, find_user, make_user
from registry.app import create_app
from registry.audit.models import AuditEvent
from registry.config import Provider, Settings, SettingsError, settings_from_environment
from registry.db import db
from registry.sso.models import ExternalIdentity
from tests.registry.sso.provider import CLIENT, SECRET, LocalProvider

ANN = {"sub": "ann-1", "email": "ann@dept.example", "email_verified": True, "name": "Ann Ex"}
WITH_SECOND = {"amr": ["pwd", "mfa"]}


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_args):
        pass


@pytest.fixture
def provider():
    made = LocalProvider(person=dict(ANN))
    server = make_server("127.0.0.1", 0, made, threaded=True, request_handler=_Quiet)
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_app(settings, session, provider):
    """The application at this provider; more of its settings can be given."""
    ensure_roles(session)
    session.commit()
    made = []

    def begin(**more):
        at = Provider(provider.issuer, CLIENT, SECRET, **more)
        app = create_app(Settings(**{**settings.__dict__, "provider": at}))
        made.append(app)
        return app

    yield begin
    for app in made:
        with app.app_context():
            db.session.close()
            db.engine.dispose()


def token(client, page="/en/sign-in"):
    text = client.get(page, follow_redirects=True).get_data(as_text=True)
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)[1]


def go(client, language="en", page=None, **typed):
    """Press the button, sign in at the provider, come back; gives our answer."""
    data = {"csrf_token": token(client, page or f"/{language}/sign-in"), **typed}
    away = client.post(f"/{language}/sign-in/organization", data=data)
    assert away.status_code == 302, away.get_data(as_text=True)
    there = requests.get(away.location, allow_redirects=False, timeout=10)
    back = urlsplit(there.headers["Location"])
    assert back.path == "/sign-in/organization/callback"
    return client.get(f"{back.path}?{back.query}")


def signed_in(client):
    return client.get("/en/account").status_code == 200


def test_an_official_is_known_from_the_first_sign_in_on(open_app, provider, session):
    provider.change = WITH_SECOND
    app = open_app()
    for _ in range(2):
        client = app.test_client()
        answer = go(client, "fr", next="/fr/shortlists")
        assert answer.location == "/fr/shortlists" and signed_in(client)
    user = find_user(session, ANN["email"])
    assert (user.name, user.language, user.password) == ("Ann Ex", "fr", None)
    assert [role.name for role in user.roles] == ["official"]
    (identity,) = session.scalars(select(ExternalIdentity))
    assert (identity.issuer, identity.subject) == (provider.issuer, "ann-1")
    log = select(AuditEvent.action).where(AuditEvent.subject == "user").order_by(AuditEvent.id)
    assert session.scalars(log).all() == ["account.open", "account.provider"]
    asked = provider.asked[0]
    assert asked["ui_locales"] == "fr-CA" and asked["nonce"] and len(asked["code_challenge"]) == 43


def test_another_address_is_still_the_same_person(open_app, provider, session):
    provider.change = WITH_SECOND
    app = open_app()
    go(app.test_client())
    provider.person["email"] = "married@dept.example"
    client = app.test_client()
    go(client)
    assert signed_in(client) and len(session.scalars(select(ExternalIdentity)).all()) == 1


def test_without_a_second_factor_there_ours_is_asked_for(open_app, provider, session):
    app = open_app()
    client = app.test_client()
    assert go(client).location.endswith("/account/code") and not signed_in(client)
    user = find_user(session, ANN["email"])
    with app.app_context():
        set_up_code(user)
        session.commit()
        code = code_now(user)
    client = app.test_client()
    assert "/sign-in/code" in go(client).location and not signed_in(client)
    data = {"csrf_token": token(client, "/en/sign-in/code"), "code": code}
    client.post("/en/sign-in/code", data=data)
    assert signed_in(client)


def test_the_class_agreed_on_is_a_second_factor_too(open_app, provider):
    app = open_app(acr="urn:gc:loa:3")
    provider.change = {"acr": "urn:gc:loa:2"}
    client = app.test_client()
    go(client)
    assert not signed_in(client)
    provider.change = {"acr": "urn:gc:loa:3"}
    go(client)
    assert signed_in(client)


REFUSED = {
    "signature": {"forged": True},
    "nonce": {"change": {"nonce": "another"}},
    "no nonce": {"change": {"nonce": None}},
    "expired": {"change": {"exp": int(time.time()) - 3600, "iat": int(time.time()) - 7200}},
    "issuer": {"change": {"iss": "https://other.example"}},
    "audience": {"change": {"aud": "another-client"}},
    "no subject": {"change": {"sub": None}},
}


@pytest.mark.parametrize("how", REFUSED)
@pytest.mark.parametrize(("language", "words"), [("en", "verified"), ("fr", "vérifiée")])
def test_a_token_that_is_not_right_is_refused(open_app, provider, session, how, language, words):
    provider.change = dict(WITH_SECOND)
    for name, value in REFUSED[how].items():
        setattr(provider, name, {**WITH_SECOND, **value} if isinstance(value, dict) else value)
    client = open_app().test_client()
    answer = go(client, language)
    assert answer.status_code == 403 and words in answer.get_data(as_text=True)
    assert not signed_in(client) and find_user(session, ANN["email"]) is None


@pytest.mark.parametrize("query", ["", "code=x&state=made-up", "error=access_denied&state=x"])
def test_an_answer_that_nobody_asked_for_is_refused(open_app, query):
    client = open_app().test_client()
    answer = client.get(
        f"/sign-in/organization/callback?{query}", headers={"Accept-Language": "fr-CA"}
    )
    assert answer.status_code == 403 and "vérifiée" in answer.get_data(as_text=True)


def test_an_answer_works_once_and_in_one_browser(open_app, provider):
    provider.change = WITH_SECOND
    app = open_app()
    client, other = app.test_client(), app.test_client()
    away = client.post("/en/sign-in/organization", data={"csrf_token": token(client)})
    there = requests.get(away.location, allow_redirects=False, timeout=10)
    back = urlsplit(there.headers["Location"])
    address = f"{back.path}?{back.query}"
    assert other.get(address).status_code == 403  # a link that someone else sends
    assert client.get(address).status_code == 302
    assert client.get(address).status_code == 403


def test_a_provider_that_is_away_is_said(open_app, provider):
    provider.down = True
    client = open_app().test_client()
    answer = client.post("/fr/sign-in/organization", data={"csrf_token": token(client)})
    assert answer.status_code == 502 and "ne répond pas" in answer.get_data(as_text=True)


def test_a_claim_can_say_who_is_an_official(open_app, provider):
    app = open_app(claim="groups", value="cadence")
    for groups, allowed in (
        (None, False), ("cadencer", False), (["a"], False), (["a", "cadence"], True),
        ("cadence", True), ([], False),
    ):  # fmt: skip
        provider.change = {**WITH_SECOND, "groups": groups}
        client = app.test_client()
        assert go(client).status_code == (302 if allowed else 403)
        assert signed_in(client) == allowed


@pytest.mark.parametrize("claims", [{"email": None}, {"email_verified": False}])
def test_an_address_must_be_confirmed(open_app, provider, session, claims):
    provider.change = {**WITH_SECOND, **claims}
    assert go(open_app().test_client()).status_code == 403
    assert session.scalars(select(ExternalIdentity)).all() == []


def test_an_account_is_joined_only_by_its_owner(open_app, provider, session):
    provider.change = WITH_SECOND
    app = open_app()
    with app.app_context():
        made = make_user(session, ANN["email"], "Ann", "a long password", ("official",), "en")
        set_up_code(made)
        session.commit()
        code = code_now(made)
    refused = go(app.test_client())
    assert refused.status_code == 409 and "already an account" in refused.get_data(as_text=True)
    client = app.test_client()
    data = {"csrf_token": token(client), "email": ANN["email"], "password": "a long password"}
    client.post("/en/sign-in", data=data)
    client.post("/en/sign-in/code", data={"csrf_token": data["csrf_token"], "code": code})
    assert go(client, page="/en/account", next="/en/account").location == "/en/account"
    assert "connected" in client.get("/en/account").get_data(as_text=True)
    client = app.test_client()
    go(client)
    assert signed_in(client)
    # Asked once more who it is, the provider must have asked just now, and the same person.
    with client.session_transaction() as cookie:
        cookie["fs_paa"] = time.time() - 7200
        cookie.pop("fs_gexp", None)
    assert client.get("/en/account/passkeys").status_code == 302
    provider.change = {**WITH_SECOND, "auth_time": int(time.time()) - 7200}
    assert go(client, page="/en/account").status_code == 403
    provider.change = {**WITH_SECOND, "sub": "someone-else"}
    assert go(client, page="/en/account").status_code == 403
    provider.change = WITH_SECOND
    assert go(client, page="/en/account").status_code == 302
    assert provider.asked[-1]["prompt"] == "login"
    assert client.get("/en/account/passkeys").status_code == 200


def test_a_suspended_person_stays_out(open_app, provider, session):
    provider.change = WITH_SECOND
    app = open_app()
    go(app.test_client())
    find_user(session, ANN["email"]).active = False
    session.commit()
    answer = go(app.test_client())
    assert answer.status_code == 403 and "suspended" in answer.get_data(as_text=True)


def test_it_leads_back_only_within_the_site(open_app, provider):
    provider.change = WITH_SECOND
    answer = go(open_app().test_client(), next="https://evil.example/")
    assert answer.location == "/en/"


def test_the_provider_is_named_whole(monkeypatch, tmp_path):
    monkeypatch.setenv("CADENCE_HOME", str(tmp_path))
    monkeypatch.setenv("CADENCE_SECRET_KEY", "k")
    assert settings_from_environment().provider is None
    monkeypatch.setenv("CADENCE_OIDC_ISSUER", "https://sign-in.example/")
    with pytest.raises(SettingsError, match="CADENCE_OIDC_CLIENT_ID"):
        settings_from_environment()
    monkeypatch.setenv("CADENCE_OIDC_CLIENT_ID", "c")
    monkeypatch.setenv("CADENCE_OIDC_CLIENT_SECRET", "s")
    assert settings_from_environment().provider == Provider("https://sign-in.example", "c", "s")
    monkeypatch.setenv("CADENCE_OIDC_CLAIM", "groups")
    with pytest.raises(SettingsError, match="CADENCE_OIDC_VALUE"):
        settings_from_environment()
