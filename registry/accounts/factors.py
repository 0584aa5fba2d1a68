"""Second factors: one-time codes that work once, and passkeys that stand for both factors."""

from typing import Any

import qrcode
from flask_security import Totp, WebauthnUtil
from flask_security.proxies import _security
from flask_security.tf_plugin import tf_clean_session
from flask_security.twofactor import CodeTfPlugin, is_tf_setup
from flask_security.utils import do_flash, url_for_security
from passlib.totp import TotpMatch
from qrcode.image.svg import SvgPathImage
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from werkzeug.utils import redirect

from registry.accounts.models import User
from registry.i18n import gettext as _

AUTHENTICATOR = "authenticator"  # Flask-Security's name of a one-time code from an app


class OneTimeCodes(Totp):
    """Codes whose time step is remembered, so that one read over a shoulder is worth nothing."""

    def get_last_counter(self, user: Any) -> int | None:
        return user.totp_counter

    def set_last_counter(self, user: Any, tmatch: TotpMatch) -> None:
        user.totp_counter = tmatch.counter

    def generate_qrcode(self, username: str, totp: str) -> str:
        """The picture as markup: the content policy allows no `data:` address."""
        image = qrcode.make(self.get_totp_uri(username, totp), image_factory=SvgPathImage)
        return str(image.to_string(encoding="unicode"))


class Passkeys(WebauthnUtil):
    """A passkey is found without a name typed, and checked with its PIN or finger.

    So it is two factors in one, and the sign-in page tells nobody who has an account.
    """

    def authenticator_selection(self, user: Any, usage: str) -> AuthenticatorSelectionCriteria:
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        )

    def user_verification(self, user: Any | None, usage: list[str]) -> UserVerificationRequirement:
        return UserVerificationRequirement.REQUIRED


class CodeAfterPassword(CodeTfPlugin):
    """Sets codes up at the first sign-in, unless a passkey already protects the account.

    Else whoever knows the password alone could set up a code of their own.
    """

    def tf_login(self, user: Any, json_payload: dict[str, Any], next_loc: str | None) -> Any:
        if not is_tf_setup(user) and user.has_second_factor:
            tf_clean_session()
            do_flash(_("Your account is protected by a passkey: sign in with it."), "error")
            return redirect(url_for_security("wan_signin", next=next_loc))
        return super().tf_login(user, json_payload, next_loc)


def set_up_code(user: User) -> None:
    """Give a person a secret for one-time codes; needs the application's context."""
    user.tf_totp_secret = _security.totp_factory.generate_totp_secret()
    user.tf_primary_method = AUTHENTICATOR


def code_now(user: User) -> str | None:
    """The code that the person's device shows at this moment; None without one."""
    if user.tf_totp_secret is None:
        return None
    return str(_security.totp_factory.generate_totp_password(user.tf_totp_secret))
