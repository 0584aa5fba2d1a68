"""Rules about accounts and the roles that they hold."""

import uuid

from flask_security import hash_password, naive_utcnow
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from registry.accounts.models import (
    ADMINISTRATOR,
    NAME_LENGTH,
    OFFICE_LENGTH,
    ROLES,
    Role,
    User,
)
from registry.accounts.signals import account_changed
from registry.audit.service import record
from registry.errors import Conflict, NotFound, RuleBroken
from registry.i18n import gettext as _

PER_PAGE = 50
REASON_LENGTH = 500


class LastAdministrator(Conflict):
    """Someone must be able to give roles; nothing was changed."""


def ensure_roles(session: Session) -> None:
    """Add the roles that are missing."""
    known = set(session.scalars(select(Role.name)))
    session.add_all(Role(name=name) for name in ROLES if name not in known)
    session.flush()


def find_user(session: Session, email: str) -> User | None:
    """The account of an address, in whatever case it is written."""
    query = select(User).where(func.lower(User.email) == email.strip().lower())
    return session.scalars(query).first()


def ensure_user(
    session: Session,
    email: str,
    name: str,
    password: str,
    roles: tuple[str, ...],
    language: str,
    office: str | None = None,
) -> User:
    """The account of this address, made if it is missing; an existing one is left as it is."""
    if user := find_user(session, email):
        return user
    return make_user(session, email, name, password, roles, language, office)


def make_user(
    session: Session,
    email: str,
    name: str,
    password: str | None,
    roles: tuple[str, ...],
    language: str,
    office: str | None = None,
) -> User:
    """A new account whose address needs no confirmation; `password` None: only a provider's."""
    user = User(
        email=email,
        name=name,
        password=hash_password(password) if password else None,
        active=True,
        confirmed_at=naive_utcnow(),
        fs_uniquifier=uuid.uuid4().hex,  # what a session is bound to
        language=language,
        office=office,
        roles=list(session.scalars(select(Role).where(Role.name.in_(roles)))),
    )
    session.add(user)
    session.flush()
    return user


def end_sessions(user: User) -> None:
    """Sign the person out everywhere."""
    user.fs_uniquifier = uuid.uuid4().hex


def list_people(
    session: Session, words: str, role: str | None, page: int
) -> tuple[list[User], int]:
    """(people whose name, address or office holds every word; how many there are in all)."""
    query = select(User).options(selectinload(User.roles))
    for word in words.replace("\0", " ").split():
        columns = (User.name, User.email, User.office)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    if role:
        query = query.where(User.roles.any(Role.name == role))
    count = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = query.order_by(User.name, User.id).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return list(session.scalars(rows)), count


def get_person(session: Session, user_id: int) -> User:
    """Raises NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(_("There is no such account."))
    return user


def rename(session: Session, user: User, name: str, language: str) -> None:
    """Change how a person is called and written to. Raises RuleBroken."""
    if not 0 < len(name) <= NAME_LENGTH:
        raise RuleBroken(_("Enter a name of at most %(length)s characters.", length=NAME_LENGTH))
    if language not in ("en", "fr"):
        raise RuleBroken(_("Choose a language."))
    before = {"name": user.name, "language": user.language}
    after = {"name": name, "language": language}
    if before != after:
        user.name, user.language = name, language
        record(session, user.id, "account.change", "user", user.id, before=before, after=after)
        session.flush()


def set_roles(
    session: Session, actor_id: int, user: User, roles: set[str], office: str | None, reason: str
) -> None:
    """Give and take roles, and say for which office. Sessions end, so that the change is at once.

    Raises RuleBroken without a reason, and LastAdministrator.
    """
    reason = _reason(reason)
    if not roles <= set(ROLES):
        raise RuleBroken(_("Choose among the roles shown."))
    office = " ".join((office or "").replace("\0", " ").split()) or None
    if office and len(office) > OFFICE_LENGTH:
        raise RuleBroken(_("Write at most %(length)s characters.", length=OFFICE_LENGTH))
    before = sorted(role.name for role in user.roles)
    if ADMINISTRATOR in before and ADMINISTRATOR not in roles:
        _keep_an_administrator(session, user)
    record(
        session,
        actor_id,
        "account.roles",
        "user",
        user.id,
        before={"roles": before, "office": user.office},
        after={"roles": sorted(roles), "office": office},
        why=reason,
    )
    user.roles = list(session.scalars(select(Role).where(Role.name.in_(roles))))
    user.office = office
    account_changed.send(user, action="account.roles")
    if set(before) != roles and user.id != actor_id:
        end_sessions(user)
    session.flush()


def suspend(session: Session, actor_id: int, user: User, reason: str) -> None:
    """Close an account and end its sessions. Raises RuleBroken and LastAdministrator."""
    reason = _reason(reason)
    if user.id == actor_id:
        raise RuleBroken(_("You cannot suspend your own account."))
    if user.has_role(ADMINISTRATOR):
        _keep_an_administrator(session, user)
    user.active = False
    end_sessions(user)
    record(session, actor_id, "account.suspend", "user", user.id, why=reason)
    account_changed.send(user, action="account.suspend")
    session.flush()


def restore(session: Session, actor_id: int, user: User, reason: str) -> None:
    """Open a suspended account again. Raises RuleBroken without a reason."""
    reason = _reason(reason)
    user.active = True
    record(session, actor_id, "account.restore", "user", user.id, why=reason)
    account_changed.send(user, action="account.restore")
    session.flush()


def reset_factors(session: Session, actor_id: int, user: User, reason: str) -> None:
    """Forget codes, recovery codes and passkeys of someone who has lost them all.

    Raises RuleBroken without a reason.
    """
    reason = _reason(reason)
    user.tf_totp_secret = user.tf_primary_method = user.totp_counter = None
    user.mf_recovery_codes = None
    for passkey in list(user.webauthn):
        session.delete(passkey)
    end_sessions(user)
    record(session, actor_id, "account.factors-reset", "user", user.id, why=reason)
    account_changed.send(user, action="account.factors-reset")
    session.flush()


def _reason(reason: str) -> str:
    reason = reason.replace("\0", "").strip()
    if not 0 < len(reason) <= REASON_LENGTH:
        raise RuleBroken(_("Say why, in at most %(length)s characters.", length=REASON_LENGTH))
    return reason


def _keep_an_administrator(session: Session, leaving: User) -> None:
    """Raises LastAdministrator. The role is locked first: two may not leave at the same moment."""
    session.execute(select(Role.id).where(Role.name == ADMINISTRATOR).with_for_update())
    others = select(User.id).where(
        User.active, User.id != leaving.id, User.roles.any(Role.name == ADMINISTRATOR)
    )
    if session.scalars(others.limit(1)).first() is None:
        raise LastAdministrator(
            _("This is the last administrator. Give the role to someone else first.")
        )
