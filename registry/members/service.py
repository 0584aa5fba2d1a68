"""Rules about who acts for a firm: owners invite, and one of them always stays."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from flask_security.mail_util import EmailValidateException
from flask_security.proxies import _security
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from registry.accounts.models import FIRM, TWO_FACTOR_ROLES, Role, User
from registry.accounts.service import find_user
from registry.audit.service import record
from registry.db import utcnow
from registry.errors import Conflict, NotAllowed, NotFound, RuleBroken
from registry.firms.models import Firm, MemberRole, Membership
from registry.i18n import gettext as _
from registry.members.models import EMAIL_LENGTH, Invitation

GOOD_FOR = dt.timedelta(days=14)


class LastOwner(Conflict):
    """Someone must be able to invite; nothing was changed."""


class InvitationOver(Conflict):
    """Used, withdrawn or expired."""


@dataclass(frozen=True)
class Member:
    membership: Membership
    user: User


def get_firm(session: Session, firm_id: int) -> Firm:
    """Raises NotFound."""
    firm = session.get(Firm, firm_id, options=[selectinload(Firm.names)])
    if firm is None:
        raise NotFound(_("There is no such firm."))
    return firm


def role_in(session: Session, user_id: int, firm_id: int) -> MemberRole | None:
    """What the person is to the firm; None if not a member."""
    query = select(Membership.role).where(
        Membership.user_id == user_id, Membership.firm_id == firm_id
    )
    role = session.scalar(query)
    return MemberRole(role) if role else None


def list_members(session: Session, firm_id: int) -> list[Member]:
    """Owners first, then by name."""
    query = (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.firm_id == firm_id)
        .order_by(Membership.role.desc(), User.name, User.id)
    )
    return [Member(membership, user) for membership, user in session.execute(query)]


def list_firms(session: Session, user_id: int) -> list[tuple[Firm, MemberRole]]:
    """The firms that a person acts for."""
    query = (
        select(Firm, Membership.role)
        .join(Membership, Membership.firm_id == Firm.id)
        .where(Membership.user_id == user_id)
        .options(selectinload(Firm.names))
        .order_by(Firm.name, Firm.id)
    )
    return [(firm, MemberRole(role)) for firm, role in session.execute(query)]


def list_invitations(session: Session, firm_id: int) -> list[Invitation]:
    """Those that can still be accepted, the newest first."""
    query = _open_invitations().where(Invitation.firm_id == firm_id)
    return list(session.scalars(query.order_by(Invitation.id.desc())))


def _open_invitations() -> Select[Invitation]:
    return select(Invitation).where(
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > utcnow(),
    )


def invite(
    session: Session, actor_id: int, firm_id: int, email: str, role: str
) -> tuple[Invitation, str]:
    """Invite an address; an earlier open invitation of it is withdrawn.

    Returns the invitation and its token, which stands nowhere else. Raises RuleBroken for what is
    no address or role, Conflict if the person acts for the firm already.
    """
    email = _address(email)
    role = _role(role)
    known = find_user(session, email)
    if known and role_in(session, known.id, firm_id):
        raise Conflict(_("%(email)s acts for this firm already.", email=email))
    for earlier in session.scalars(
        _open_invitations().where(Invitation.firm_id == firm_id, Invitation.email == email)
    ):
        earlier.withdrawn_at = utcnow()
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        firm_id=firm_id,
        email=email,
        role=role,
        digest=_digest(token),
        invited_by=actor_id,
        expires_at=utcnow() + GOOD_FOR,
    )
    session.add(invitation)
    session.flush()
    record(session, actor_id, "member.invite", "firm", firm_id, email=email, role=role)
    return invitation, token


def _address(email: str) -> str:
    try:
        if len(email) > EMAIL_LENGTH:
            raise EmailValidateException("")
        return _security.mail_util.validate(email.strip()).lower()
    except EmailValidateException as error:
        raise RuleBroken(
            _("This is not an e-mail address. Write it like name@example.ca.")
        ) from error


def _role(role: str) -> str:
    if role not in set(MemberRole):
        raise RuleBroken(_("Choose owner or editor."))
    return role


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def get_invitation(session: Session, token: str) -> Invitation:
    """The invitation that a link leads to. Raises NotFound, and InvitationOver with the reason."""
    query = (
        select(Invitation)
        .where(Invitation.digest == _digest(token))
        .options(
            selectinload(Invitation.firm).selectinload(Firm.names),
            selectinload(Invitation.inviter),
        )
        .with_for_update(of=Invitation)
    )
    invitation = session.scalars(query).first()
    if invitation is None:
        raise NotFound(_("There is no such invitation. Ask for a new one."))
    if invitation.accepted_at:
        raise InvitationOver(_("This invitation was used already. Sign in to go on."))
    if invitation.withdrawn_at:
        raise InvitationOver(_("This invitation was withdrawn. Ask the firm for a new one."))
    if invitation.expires_at <= utcnow():
        raise InvitationOver(_("This invitation has expired. Ask the firm for a new one."))
    return invitation


def accept(session: Session, user: User, invitation: Invitation) -> Membership:
    """Make the person a member. Raises NotAllowed for another address or a role of the state."""
    if user.email.lower() != invitation.email:
        raise NotAllowed(
            _("This invitation is for another address. Sign in with the account of that address.")
        )
    if any(user.has_role(role) for role in TWO_FACTOR_ROLES):
        raise NotAllowed(
            _("An official, auditor or administrator cannot act for a firm with the same account.")
        )
    invitation.accepted_at = utcnow()
    membership = Membership(user_id=user.id, firm_id=invitation.firm_id, role=invitation.role)
    try:
        with session.begin_nested():
            session.add(membership)
    except IntegrityError as error:
        raise Conflict(_("%(email)s acts for this firm already.", email=user.email)) from error
    if not user.has_role(FIRM):
        user.roles.append(session.scalars(select(Role).where(Role.name == FIRM)).one())
    role = invitation.role
    record(session, user.id, "member.join", "firm", invitation.firm_id, user_id=user.id, role=role)
    session.flush()
    return membership


def withdraw(session: Session, actor_id: int, firm_id: int, invitation_id: int) -> None:
    """Take an open invitation back. Raises NotFound."""
    query = _open_invitations().where(Invitation.id == invitation_id, Invitation.firm_id == firm_id)
    invitation = session.scalars(query).first()
    if invitation is None:
        raise NotFound(_("There is no such invitation. Ask for a new one."))
    invitation.withdrawn_at = utcnow()
    record(session, actor_id, "member.withdraw", "firm", firm_id, email=invitation.email)
    session.flush()


def change_role(session: Session, actor_id: int, firm_id: int, user_id: int, role: str) -> None:
    """Raises NotFound, RuleBroken, and LastOwner."""
    role = _role(role)
    membership = _membership(session, firm_id, user_id)
    before = membership.role
    if before == role:
        return
    if before == MemberRole.OWNER:
        _keep_an_owner(session, membership)
    membership.role = role
    record(
        session, actor_id, "member.role", "firm", firm_id,
        before={"role": before}, after={"role": role}, user_id=user_id,
    )  # fmt: skip
    session.flush()


def remove(session: Session, actor_id: int, firm_id: int, user_id: int) -> None:
    """Take a member off, or leave. Raises NotFound and LastOwner."""
    membership = _membership(session, firm_id, user_id)
    if membership.role == MemberRole.OWNER:
        _keep_an_owner(session, membership)
    session.delete(membership)
    action = "member.leave" if actor_id == user_id else "member.remove"
    record(session, actor_id, action, "firm", firm_id, user_id=user_id, role=membership.role)
    session.flush()


def _membership(session: Session, firm_id: int, user_id: int) -> Membership:
    """The firm is locked first: its owners may not all leave at the same moment."""
    session.execute(select(Firm.id).where(Firm.id == firm_id).with_for_update())
    query = select(Membership).where(Membership.firm_id == firm_id, Membership.user_id == user_id)
    membership = session.scalars(query.execution_options(populate_existing=True)).first()
    if membership is None:
        raise NotFound(_("This person does not act for the firm."))
    return membership


def _keep_an_owner(session: Session, leaving: Membership) -> None:
    others = (
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.firm_id == leaving.firm_id,
            Membership.role == MemberRole.OWNER,
            Membership.id != leaving.id,
            User.active,
        )
    )
    if session.scalars(others.limit(1)).first() is None:
        raise LastOwner(_("This is the firm’s last owner. Make someone else an owner first."))
