"""Signing in, and which roles a route is for.

Every route states its readers with `open_to`; a test walks the routes and fails on one without.
"""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, abort, current_app
from flask_security import FSQLALiteUserDatastore, Security, current_user

from registry.accounts.models import Role, User, WebAuthn
from registry.db import db
from registry.i18n import compiled_catalogues

ANYONE = "anyone"
View = Callable[..., Any]


def init_app(app: Flask) -> None:
    """Sign-in through Flask-Security, with our own pages."""
    settings = app.config["SETTINGS"]
    secret = settings.secret_key
    app.config.update(
        SECRET_KEY=secret,
        SECURITY_PASSWORD_SALT=secret,
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_URL_PREFIX="/<any(en, fr):language>",
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_LOGIN_USER_TEMPLATE="accounts/sign_in.html",
        SECURITY_POST_LOGIN_VIEW="home.home",
        SECURITY_POST_LOGOUT_VIEW="home.home",
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_USE_VERIFY_PASSWORD_CACHE=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_FRESHNESS=dt.timedelta(-1),  # nothing here asks for the password once more yet
        SECURITY_I18N_DIRNAME=["builtin", str(compiled_catalogues(settings.home))],
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: an expired form loses what was typed
    )
    datastore = FSQLALiteUserDatastore(db, User, Role, WebAuthn)
    Security(app, datastore)


def open_to(*roles: str) -> Callable[[View], View]:
    """Only these roles may use the route; ANYONE means visitors too."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if ANYONE not in roles:
                if not current_user.is_authenticated:
                    return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
                if not any(current_user.has_role(role) for role in roles):
                    abort(403)
            return view(*args, **kwargs)

        guarded.open_to = roles  # type: ignore[attr-defined]
        return guarded

    return decorate


def roles_allow(view: View) -> bool:
    """Whether the person of this request may use a view."""
    roles = getattr(view, "open_to", ())
    return ANYONE in roles or any(current_user.has_role(role) for role in roles)


def actor_id() -> int | None:
    """The signed-in person's id, or None for a visitor."""
    return current_user.id if current_user.is_authenticated else None
