"""Flask-Security's forms, where ours ask for more or say less."""

from typing import Any

from flask_security import (
    ForgotPasswordForm,
    PasswordUtil,
    RegisterFormV2,
    WebAuthnRegisterForm,
)
from wtforms import Field, StringField, ValidationError
from wtforms.validators import InputRequired

from registry.accounts.models import NAME_LENGTH
from registry.i18n import gettext as _

PASSWORD_LENGTH = 12
LONGEST_PASSWORD = 256


class Passwords(PasswordUtil):
    """Long rather than motley (NIST SP 800-63B); the upper bound keeps hashing cheap."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list | None, str]:
        if len(password) > LONGEST_PASSWORD:
            most = _("Choose a password of at most %(length)s characters.", length=LONGEST_PASSWORD)
            return [most], password
        return super().validate(password, is_register, **kwargs)


def plain_name(text: str | None) -> str:
    """A person's name without control characters, in single spaces."""
    printable = "".join(c if c.isprintable() else " " for c in text or "")
    return " ".join(printable.split())


class SignUpForm(RegisterFormV2):
    """Opens an account for someone of a firm."""

    name = StringField(filters=[plain_name], validators=[InputRequired()])

    def validate_name(self, field: Field) -> None:
        check_name(field.data)


def check_name(name: str) -> None:
    """Raises ValidationError, in the reader's language."""
    if not name:
        raise ValidationError(_("Enter your name."))
    if len(name) > NAME_LENGTH:
        raise ValidationError(_("Write at most %(length)s characters.", length=NAME_LENGTH))


class ForgottenPasswordForm(ForgotPasswordForm):
    """Also for an address that is not confirmed: opening the link will confirm it.

    Otherwise the answer would tell apart accounts that are and are not.
    """

    def validate(self, **kwargs: Any) -> bool:
        valid = bool(super().validate(**kwargs))
        if valid or not self.requires_confirmation:
            return valid
        self.requires_confirmation = False
        self.email.errors = []
        return True


class NewPasskeyForm(WebAuthnRegisterForm):
    """Every passkey signs in by itself."""

    def validate(self, **kwargs: Any) -> bool:
        self.usage.data = "first"
        return bool(super().validate(**kwargs))
