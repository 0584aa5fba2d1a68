"""Signing in at the provider of the state, over OpenID Connect with PKCE."""

import time
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, current_app, flash, g, redirect, request, session, url_for
from flask_security import check_and_update_authn_fresh, current_user, login_user
from flask_security.utils import validate_redirect_url
from joserfc.errors import JoseError
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import ANYONE, BY_PROVIDER, FRESH_FOR, GRACE, open_to
from registry.config import LANGUAGES, Provider
from registry.db import db
from registry.errors import NotFound
from registry.i18n import gettext as _
from registry.sso import service
from registry.sso.service import NotVouchedFor, ProviderFailed
from registry.web import LANGUAGE_PREFIX, current_language

pages = Blueprint("sso", __name__)

SECONDS = 10  # how long the provider may be silent
BEGUN = "sso_begun"  # in a session: language and way back


def init_app(app: Flask) -> None:
    """Register the provider, where one is set; its addresses are discovered at the first use."""
    provider = app.config["SETTINGS"].provider
    app.jinja_env.globals["has_provider"] = provider is not None
    if provider is None:
        return
    OAuth(app).register(
        "provider",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
        },
    )


def _provider() -> Provider:
    provider = current_app.config["SETTINGS"].provider
    if provider is None:
        raise NotFound(_("No sign-in of an organization is set up here."))
    return provider


def _client() -> Any:
    return current_app.extensions["authlib.integrations.flask_client"].provider


@pages.post(f"{LANGUAGE_PREFIX}/sign-in/organization")
@open_to(ANYONE)
def begin() -> BaseResponse:
    """Lead to the provider; who is signed in already is asked once more who it is."""
    _provider()
    session[BEGUN] = [current_language(), request.form.get("next", "")]
    again = {"prompt": "login", "max_age": 0} if current_user.is_authenticated else {}
    try:
        address = url_for("sso.callback", _external=True)
        return _client().authorize_redirect(address, ui_locales=f"{current_language()}-CA", **again)
    except (requests.RequestException, AuthlibBaseError, RuntimeError, ValueError) as error:
        raise _failed(error) from error


@pages.get("/sign-in/organization/callback")
@open_to(ANYONE)
def callback() -> BaseResponse:
    """The provider's answer. It has no language of its own, so that one address is registered."""
    provider = _provider()
    language, following = _begun()
    claims = _claims(provider)
    if current_user.is_authenticated:
        _confirm(provider, claims)
    else:
        user = service.account_of(db.session, provider, claims, language)
        db.session.commit()
        if answer := _sign_in(user, service.had_second_factor(provider, claims), following):
            return answer
    if following and validate_redirect_url(following):
        return redirect(following)
    return redirect(url_for("home.home"))


def _begun() -> tuple[str, str]:
    """(language, way back) of the sign-in that this answers, if this browser began one."""
    language, following = session.pop(BEGUN, ("", ""))
    g.language = language if language in LANGUAGES else None
    return current_language(), following


def _claims(provider: Provider) -> service.Claims:
    """What the provider says of the person, with signature, issuer, audience, time and nonce held.

    Raises NotVouchedFor if one of them does not hold, ProviderFailed if it cannot be asked.
    """
    client = _client()
    try:
        issuer = client.load_server_metadata()["issuer"]
        if issuer.rstrip("/") != provider.issuer:
            raise ValueError(f"the provider calls itself {issuer}")
        options = {
            "iss": {"essential": True, "values": [issuer]},
            "sub": {"essential": True},
        }
        claims = client.authorize_access_token(claims_options=options).get("userinfo")
    except (AuthlibBaseError, JoseError) as error:
        current_app.logger.warning("sign-in at the provider refused: %r", error)
        raise NotVouchedFor(
            _("Your organization’s answer could not be verified. Start signing in again.")
        ) from error
    except (requests.RequestException, RuntimeError, ValueError, KeyError) as error:
        raise _failed(error) from error
    if not claims:
        raise NotVouchedFor(
            _("Your organization’s answer could not be verified. Start signing in again.")
        )
    return claims


def _failed(error: Exception) -> ProviderFailed:
    current_app.logger.warning("the provider cannot be asked: %r", error)
    return ProviderFailed(
        _("Your organization’s sign-in does not answer. Try again in a few minutes.")
    )


def _sign_in(user: Any, second_factor: bool, following: str) -> BaseResponse | None:
    """Sign the person in, or lead to our own second factor where the provider asked for none."""
    if not second_factor:
        plugins = current_app.extensions["security"].two_factor_plugins
        if answer := plugins.tf_enter(user, False, "provider", next_loc=following or None):
            return answer
    login_user(user, authn_via=["provider"])
    session[BY_PROVIDER] = second_factor
    return None


def _confirm(provider: Provider, claims: service.Claims) -> None:
    """Who is signed in has shown who it is, or connects the provider to the account."""
    found = service.find_identity(db.session, provider, claims)
    if found is None:
        if not check_and_update_authn_fresh(FRESH_FOR, GRACE, "session"):
            raise NotVouchedFor(_("Sign in again with your password, then connect."))
        service.join(db.session, provider, claims, current_user._get_current_object())
        db.session.commit()
        flash(_("You can now sign in through your organization."), "success")
        return
    if found.user_id != current_user.id:
        raise NotVouchedFor(_("Your organization’s sign-in belongs to another account here."))
    if not service.signed_in_lately(claims):
        raise NotVouchedFor(_("Your organization did not ask again who you are. Start again."))
    session["fs_paa"] = time.time()
