"""Making accounts and roles."""

import uuid

from flask_security import hash_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.accounts.models import ROLES, Role, User


def ensure_roles(session: Session) -> None:
    """Add the roles that are missing."""
    known = set(session.scalars(select(Role.name)))
    session.add_all(Role(name=name) for name in ROLES if name not in known)
    session.flush()


def ensure_user(
    session: Session, email: str, name: str, password: str, roles: tuple[str, ...], language: str
) -> User:
    """The account of this address, made if it is missing; an existing one is left as it is."""
    if user := session.scalars(select(User).where(User.email == email)).first():
        return user
    user = User(
        email=email,
        name=name,
        password=hash_password(password),
        active=True,
        fs_uniquifier=uuid.uuid4().hex,  # what a session is bound to
        language=language,
        roles=list(session.scalars(select(Role).where(Role.name.in_(roles)))),
    )
    session.add(user)
    session.flush()
    return user
