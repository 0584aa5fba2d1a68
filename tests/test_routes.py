"""Conventions of routes: each says who may use it, and none changes anything unasked."""

from pathlib import Path

import pytest
from flask import Flask

from registry.accounts.auth import ANYONE
from registry.accounts.models import ROLES
from registry.app import create_app
from registry.config import Settings

# Not ours to decorate: files for everyone, and the API's own description.
OPEN_BY_NATURE = {"static", "api-docs.openapi_json"}
READING = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application without a database: nothing here comes as far as a query."""
    home = tmp_path_factory.mktemp("home")
    return create_app(Settings(home, "sqlite://", "t" * 32, testing=True))


# A mail program sends it without a session; a signed token says what it does (RFC 8058).
SIGNED = {"alerts.stop_now"}


def test_every_route_says_who_may_use_it(app):
    silent = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if not hasattr(app.view_functions[rule.endpoint], "open_to")
    }
    assert silent == OPEN_BY_NATURE


def test_only_known_roles_are_named(app):
    for endpoint, view in app.view_functions.items():
        roles = set(getattr(view, "open_to", (ANYONE,)))
        assert roles and roles <= {ANYONE, *ROLES}, endpoint


def test_a_form_without_our_token_is_refused(app):
    """Every page that changes something, whoever sends it: the token is checked before the role."""
    client = app.test_client()
    tried = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api-") or rule.endpoint in SIGNED:
            continue
        for method in sorted(rule.methods - READING):
            address = rule.build({name: _any_value(rule, name) for name in rule.arguments})[1]
            answer = client.open(address, method=method, data={"firm_id": 1})
            assert answer.status_code == 400, f"{method} {address}"
            tried += 1
    assert tried >= 7


def _any_value(rule, name):
    """A value that the address may hold there: one of the words allowed, else a number."""
    words = getattr(rule._converters[name], "items", ())
    return "en" if name == "language" else next(iter(words), 1)


def test_the_api_changes_nothing(app):
    """The API takes no token, so a POST there may compute but never write."""
    posts = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api-") and rule.methods - READING
    }
    assert posts == {"api-needs.matches"}
    source = Path("registry/matches/api.py")
    text = (Path(__file__).parent.parent / source).read_text()
    assert "commit(" not in text, f"{source} writes"
