"""People who sign in, and their roles."""

from flask_security.models import sqla
from sqlalchemy import BigInteger, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base

sqla.FsModels.set_db_info(base_model=Base, user_table_name="users", role_table_name="roles")

OFFICIAL, AUDITOR, ADMINISTRATOR, FIRM = "official", "auditor", "administrator", "firm"
ROLES = (FIRM, OFFICIAL, AUDITOR, ADMINISTRATOR)
# Who sees or does more than a firm does: a password alone is not enough for them.
TWO_FACTOR_ROLES = (OFFICIAL, AUDITOR, ADMINISTRATOR)
NAME_LENGTH = OFFICE_LENGTH = 120


class Role(Base, sqla.FsRoleMixin):
    __tablename__ = "roles"


class WebAuthn(Base, sqla.FsWebAuthnMixin):
    __tablename__ = "webauthn"


class User(Base, sqla.FsUserMixin):
    """A person. Which firms they act for is said by `firms.Membership`."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("language in ('en', 'fr')", name="language"),)

    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    language: Mapped[str] = mapped_column(String(2), default="en")
    # The branch of government a person acts for: what a firm is told of who looked at its record.
    office: Mapped[str | None] = mapped_column(String(OFFICE_LENGTH))
    # The time step of the last one-time code: none is taken twice.
    totp_counter: Mapped[int | None] = mapped_column(BigInteger)

    @property
    def needs_second_factor(self) -> bool:
        """Whether one of the person's roles makes a second factor obligatory."""
        return any(self.has_role(role) for role in TWO_FACTOR_ROLES)

    @property
    def has_second_factor(self) -> bool:
        """A one-time code or a passkey, which is checked with its own PIN or finger."""
        return bool(self.tf_totp_secret and self.tf_primary_method) or bool(self.webauthn)

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Asked by Flask-Security after the password: the role decides, or what is set up."""
        return self.needs_second_factor or bool(tf_setup_methods), tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Asked by Flask-Security before it offers to do without."""
        return self.needs_second_factor
