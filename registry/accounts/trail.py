"""What Flask-Security does to an account, written into the audit trail in the same transaction."""

from typing import Any

from flask_babel import get_locale
from flask_security import (
    naive_utcnow,
    password_changed,
    password_reset,
    tf_profile_changed,
    user_confirmed,
    user_registered,
    wan_deleted,
    wan_registered,
)
from flask_security.proxies import _datastore
from flask_security.signals import tf_code_confirmed, tf_disabled
from flask_security.utils import do_flash
from sqlalchemy.orm import object_session

from registry.accounts.models import FIRM, User
from registry.accounts.signals import account_changed
from registry.audit.service import record
from registry.i18n import gettext as _


def _note(user: User, action: str, **detail: Any) -> None:
    session = object_session(user)
    assert session is not None  # Flask-Security found or made it there
    session.flush()  # a new account has no number before
    record(session, user.id, action, "user", user.id, **detail)
    account_changed.send(user, action=action)


def _opened(_app: object, user: User, **_rest: Any) -> None:
    """A new account speaks the language it was opened in, and may act for firms."""
    user.language = get_locale().language
    _datastore.add_role_to_user(user, FIRM)
    _note(user, "account.open")


def _confirmed(_app: object, user: User, **_rest: Any) -> None:
    _note(user, "account.confirm")


def _password_changed(_app: object, user: User, **_rest: Any) -> None:
    _note(user, "account.password")


def _password_reset(_app: object, user: User, **_rest: Any) -> None:
    """Whoever opened the link in the mail has also shown that the address is theirs."""
    if user.confirmed_at is None:
        user.confirmed_at = naive_utcnow()
    _note(user, "account.password-reset")


def _code_changed(_app: object, user: User, **_rest: Any) -> None:
    _note(user, "account.code")


def _code_disabled(_app: object, user: User, **_rest: Any) -> None:
    user.totp_counter = None
    _note(user, "account.code-disabled")


def _code_confirmed(_app: object, user: User, **_rest: Any) -> None:
    if not user.mf_recovery_codes:
        do_flash(
            _("You have no recovery codes. Make some in “My account” for a lost device."),
            "info",
        )


def _passkey_added(_app: object, user: User, name: str, **_rest: Any) -> None:
    _note(user, "account.passkey", name=name)


def _passkey_removed(_app: object, user: User, name: str, **_rest: Any) -> None:
    _note(user, "account.passkey-removed", name=name)


def connect(app: object) -> None:
    """Listen to what Flask-Security announces of this application."""
    for signal, listener in (
        (user_registered, _opened),
        (user_confirmed, _confirmed),
        (password_changed, _password_changed),
        (password_reset, _password_reset),
        (tf_profile_changed, _code_changed),
        (tf_disabled, _code_disabled),
        (tf_code_confirmed, _code_confirmed),
        (wan_registered, _passkey_added),
        (wan_deleted, _passkey_removed),
    ):
        signal.connect(listener, app)
