"""Signing in, and which roles a route is for.

Every route states its readers with `open_to`; a test walks the routes and fails on one without.
"""

import base64
import datetime as dt
import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, abort, current_app, redirect, request, session, url_for
from flask_security import (
    FSQLALiteUserDatastore,
    MailUtil,
    Security,
    anonymous_user_required,
    check_and_update_authn_fresh,
    current_user,
)
from flask_security.utils import do_flash
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts import trail
from registry.accounts.factors import AUTHENTICATOR, OneTimeCodes, Passkeys
from registry.accounts.forms import (
    PASSWORD_LENGTH,
    ForgottenPasswordForm,
    NewPasskeyForm,
    Passwords,
    SignUpForm,
)
from registry.accounts.messages import MESSAGES
from registry.accounts.models import ROLES, Role, User, WebAuthn
from registry.config import Settings
from registry.db import db
from registry.i18n import compiled_catalogues
from registry.i18n import gettext as _

ANYONE = "anyone"
View = Callable[..., Any]

SESSION_LASTS = dt.timedelta(hours=12)
FRESH_FOR, GRACE = dt.timedelta(minutes=15), dt.timedelta(minutes=10)
BY_PROVIDER = "second_factor_by_provider"  # in a session: the provider has asked for it

# Routes of Flask-Security that write a mail and commit nothing, or not always.
WRITING_MAILS = ("register", "forgot_password", "send_confirmation")
# Who may use Flask-Security's own routes; the others are part of signing in.
FOR_PEOPLE_SIGNED_IN = (
    "change_password",
    "mf_recovery_codes",
    "two_factor_setup_validate",
    "verify",
    "wan_delete",
    "wan_register",
    "wan_register_response",
    "wan_verify",
    "wan_verify_response",
)


def init_app(app: Flask, mails: type[MailUtil]) -> None:
    """Sign-in through Flask-Security, with our own pages; `mails` writes its messages."""
    settings = app.config["SETTINGS"]
    app.config.update(
        **_keys(settings),
        **_cookies(settings),
        **_features(settings),
        **_addresses(),
        **_templates(),
        **{f"SECURITY_MSG_{key}": said for key, said in MESSAGES.items()},
    )
    security = Security(
        app,
        FSQLALiteUserDatastore(db, User, Role, WebAuthn),
        register_form=SignUpForm,
        forgot_password_form=ForgottenPasswordForm,
        wan_register_form=NewPasskeyForm,
        mail_util_cls=mails,
        password_util_cls=Passwords,
        totp_cls=OneTimeCodes,
        webauthn_util_cls=Passkeys,
    )
    security.want_json(lambda _request: False)  # pages only: one face to keep safe
    trail.connect(app)
    views = app.view_functions
    for endpoint in WRITING_MAILS:
        views[f"security.{endpoint}"] = _committed(views[f"security.{endpoint}"])
    views["security.two_factor_rescue"] = _recover
    code = "security.two_factor_token_validation"
    views[code] = anonymous_user_required(views[code])  # else opening it would sign one out
    for endpoint, view in views.items():
        if endpoint.startswith("security."):
            signed_in = endpoint.removeprefix("security.") in FOR_PEOPLE_SIGNED_IN
            views[endpoint] = open_to(*(ROLES if signed_in else (ANYONE,)))(view)
    app.before_request(_ask_for_second_factor)


def _keys(settings: Settings) -> dict[str, Any]:
    """Keys made from the one secret; with another secret, codes and passwords must be set anew."""

    def derived(purpose: str) -> bytes:
        return hashlib.blake2b(
            settings.secret_key.encode(), digest_size=32, person=purpose.encode()
        ).digest()

    return {
        "SECRET_KEY": settings.secret_key,
        "SECURITY_PASSWORD_SALT": settings.secret_key,
        "SECURITY_TOTP_SECRETS": {"1": derived("totp").hex()},
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [
            base64.urlsafe_b64encode(derived("recovery-codes"))
        ],
    }


def _cookies(settings: Settings) -> dict[str, Any]:
    return {
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": settings.secure,
        "PERMANENT_SESSION_LIFETIME": SESSION_LASTS,
        # As long as the session: an expired form loses what was typed.
        "WTF_CSRF_TIME_LIMIT": None,
    }


def _features(settings: Settings) -> dict[str, Any]:
    return {
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_LENGTH_MIN": PASSWORD_LENGTH,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_INPUT_NORMALIZE_FORM": "NFKC",  # an accent stays with its letter
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_STATIC_FOLDER": None,  # its scripts are written into pages, which we forbid
        "SECURITY_I18N_DIRNAME": ["builtin", str(compiled_catalogues(settings.home))],
        "SECURITY_REGISTERABLE": True,
        "SECURITY_CONFIRMABLE": True,
        "SECURITY_RECOVERABLE": True,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_EMAIL_PLAINTEXT": False,  # written by our own sender, in the reader's language
        "SECURITY_EMAIL_HTML": False,
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": [AUTHENTICATOR],
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_IMPLEMENTATIONS": {
            "code": "registry.accounts.factors.CodeAfterPassword",
            "webauthn": "flask_security.webauthn.WebAuthnTfPlugin",
        },
        "SECURITY_TOTP_ISSUER": "Cadence",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
        "SECURITY_WEBAUTHN": True,
        "SECURITY_WAN_RP_NAME": "Cadence",
        "SECURITY_WAN_ALLOW_USER_HINTS": False,
        "SECURITY_FRESHNESS": FRESH_FOR,
        "SECURITY_FRESHNESS_GRACE_PERIOD": GRACE,
    }


def _addresses() -> dict[str, Any]:
    return {
        "SECURITY_URL_PREFIX": "/<any(en, fr):language>",
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_REGISTER_URL": "/sign-up",
        "SECURITY_CONFIRM_URL": "/sign-up/confirm",
        "SECURITY_RESET_URL": "/password",
        "SECURITY_VERIFY_URL": "/sign-in/again",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
        "SECURITY_TWO_FACTOR_RESCUE_URL": "/sign-in/rescue",
        "SECURITY_TWO_FACTOR_SELECT_URL": "/sign-in/factor",
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery-code",
        "SECURITY_WAN_SIGNIN_URL": "/sign-in/passkey",
        "SECURITY_WAN_VERIFY_URL": "/sign-in/again/passkey",
        "SECURITY_CHANGE_URL": "/account/password",
        "SECURITY_TWO_FACTOR_SETUP_URL": "/account/code",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/account/recovery-codes",
        "SECURITY_WAN_REGISTER_URL": "/account/passkeys",
        "SECURITY_WAN_DELETE_URL": "/account/passkey-removal",
        "SECURITY_POST_LOGIN_VIEW": "home.home",
        "SECURITY_POST_LOGOUT_VIEW": "home.home",
        "SECURITY_POST_REGISTER_VIEW": "security.login",
        "SECURITY_POST_CHANGE_VIEW": "people.account",
        "SECURITY_POST_VERIFY_VIEW": "people.account",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "people.account",
    }


def _templates() -> dict[str, Any]:
    pages = {
        "LOGIN_USER": "sign_in",
        "REGISTER_USER": "sign_up",
        "SEND_CONFIRMATION": "confirm",
        "FORGOT_PASSWORD": "forgotten",
        "RESET_PASSWORD": "new_password",
        "CHANGE_PASSWORD": "change_password",
        "VERIFY": "again",
        "TWO_FACTOR_SETUP": "code_setup",
        "TWO_FACTOR_VERIFY_CODE": "code",
        "TWO_FACTOR_SELECT": "factor",
        "MULTI_FACTOR_RECOVERY": "recovery_code",
        "MULTI_FACTOR_RECOVERY_CODES": "recovery_codes",
        "WAN_REGISTER": "passkeys",
        "WAN_SIGNIN": "passkey",
        "WAN_VERIFY": "passkey_again",
    }
    mails = {
        "REGISTER_EMAIL": "confirm",
        "EMAIL_TEMPLATE_CONFIRM": "confirm",
        "REGISTER_EMAIL_EXISTING": "already",
        "EMAIL_TEMPLATE_PASSWORD_RESET": "reset",
        "EMAIL_TEMPLATE_PASSWORD_RESET_NOTICE": "password_changed",
        "EMAIL_TEMPLATE_PASSWORD_CHANGE_NOTICE": "password_changed",
    }
    return {
        **{f"SECURITY_{key}_TEMPLATE": f"accounts/{name}.html" for key, name in pages.items()},
        **{
            f"SECURITY_{key if 'TEMPLATE' in key else key + '_TEMPLATE'}": f"mail/{name}.txt"
            for key, name in mails.items()
        },
    }


def _committed(view: View) -> View:
    """Commits the mail, for which Flask-Security sees no reason.

    Of two equal sign-ups at the same moment the second is answered like the first.
    """

    @wraps(view)
    def committing(**values: Any) -> Any:
        try:
            answer = view(**values)
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
            return redirect(url_for("security.login"))
        return answer

    return committing


def _recover(**_values: Any) -> BaseResponse:
    """Who has lost a device goes on with a recovery code; no mail can replace a factor."""
    return redirect(url_for("security.mf_recovery"))


def _ask_for_second_factor() -> BaseResponse | None:
    """A session that began before its person was given a role ends up here, not further."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    if request.blueprint == "security" or not current_user.is_authenticated:
        return None
    if not current_user.needs_second_factor or current_user.has_second_factor:
        return None
    if session.get(BY_PROVIDER):
        return None
    if request.path.startswith("/api/"):
        abort(403)
    do_flash(_("Your role asks for a second factor. Set it up to go on."), "error")
    return redirect(url_for("security.two_factor_setup"))


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


def recently(view: View) -> View:
    """Asks for the password or the passkey again when the sign-in is old; under `open_to`."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if check_and_update_authn_fresh(FRESH_FOR, GRACE, "session"):
            return view(*args, **kwargs)
        return current_app.extensions["security"]._reauthn_handler(FRESH_FOR, GRACE)

    return guarded


def roles_allow(view: View) -> bool:
    """Whether the person of this request may use a view."""
    roles = getattr(view, "open_to", ())
    return ANYONE in roles or any(current_user.has_role(role) for role in roles)


def actor_id() -> int | None:
    """The signed-in person's id, or None for a visitor."""
    return current_user.id if current_user.is_authenticated else None


def me() -> int:
    """The number of the person of this request, on a route that is for signed-in people."""
    person = actor_id()
    assert person is not None
    return person
