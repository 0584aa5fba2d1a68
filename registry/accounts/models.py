"""People who sign in, and their roles."""

from flask_security.models import sqla
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base

sqla.FsModels.set_db_info(base_model=Base, user_table_name="users", role_table_name="roles")

OFFICIAL, AUDITOR, ADMINISTRATOR, FIRM = "official", "auditor", "administrator", "firm"
ROLES = (FIRM, OFFICIAL, AUDITOR, ADMINISTRATOR)


class Role(Base, sqla.FsRoleMixin):
    __tablename__ = "roles"


class WebAuthn(Base, sqla.FsWebAuthnMixin):
    __tablename__ = "webauthn"


class User(Base, sqla.FsUserMixin):
    """A person. Which firms they act for is said by `firms.Membership`."""

    __tablename__ = "users"

    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(2), default="en")
    # The branch of government a person acts for: what a firm is told of who looked at its record.
    office: Mapped[str | None] = mapped_column(String(120))
