"""Pages of a firm's members, and of invitations to become one."""

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_security import current_user, login_user
from werkzeug.wrappers import Response as BaseResponse
from wtforms import ValidationError

from registry.accounts.auth import ANYONE, me, open_to, recently
from registry.accounts.forms import check_name, plain_name
from registry.accounts.models import ADMINISTRATOR, AUDITOR, FIRM, ROLES
from registry.accounts.service import find_user, make_user
from registry.audit.service import record
from registry.config import LANGUAGES
from registry.db import db
from registry.errors import NotAllowed, RegistryError
from registry.firms.models import MemberRole
from registry.i18n import gettext as _
from registry.i18n import speaking
from registry.mail.service import send
from registry.members import service
from registry.members.models import Invitation
from registry.web import LANGUAGE_PREFIX, current_language

pages = Blueprint("members", __name__)
JOINERS = tuple(role for role in ROLES if role != AUDITOR)  # an auditor changes nothing
OF_A_FIRM = f"{LANGUAGE_PREFIX}/firms/<int:firm_id>/members"
INVITATION = f"{LANGUAGE_PREFIX}/invitations/<token>"
Answer = BaseResponse | str | tuple[str, int]


def _require_manager(firm_id: int) -> None:
    """Owners manage their firm's members; an administrator may, and the firm's log shows it.

    Raises NotAllowed.
    """
    owner = service.role_in(db.session, me(), firm_id) == MemberRole.OWNER
    if not owner and not current_user.has_role(ADMINISTRATOR):
        raise NotAllowed(_("Only an owner of the firm’s record may do this."))


@pages.get(OF_A_FIRM)
@open_to(FIRM, AUDITOR, ADMINISTRATOR)
def members(firm_id: int) -> Answer:
    """Who acts for a firm."""
    return _members_page(firm_id)


def _members_page(firm_id: int, error: RegistryError | None = None) -> tuple[str, int]:
    session = db.session
    firm = service.get_firm(session, firm_id)
    mine = service.role_in(session, me(), firm_id)
    watching = current_user.has_role(AUDITOR) or current_user.has_role(ADMINISTRATOR)
    if mine is None and not watching:
        raise NotAllowed(_("Only those who act for this firm see this page."))
    page = render_template(
        "members/members.html",
        firm=firm,
        members=service.list_members(session, firm_id),
        invitations=service.list_invitations(session, firm_id),
        mine=mine,
        manages=mine == MemberRole.OWNER or current_user.has_role(ADMINISTRATOR),
        error=error,
        typed=request.form,
        days=service.GOOD_FOR.days,
    )
    return page, error.status if error else 200


@pages.post(f"{OF_A_FIRM}/invite")
@open_to(FIRM, ADMINISTRATOR)
@recently
def invite(firm_id: int) -> Answer:
    """Write to an address that it may act for the firm."""
    session = db.session
    firm = service.get_firm(session, firm_id)
    _require_manager(firm_id)
    email, role = request.form.get("email", ""), request.form.get("role", "")
    try:
        invitation, token = service.invite(session, me(), firm.id, email, role)
    except RegistryError as error:
        return _members_page(firm_id, error)
    _write_invitation(invitation, token)
    session.commit()
    flash(_("We have written to %(email)s.", email=invitation.email), "success")
    return redirect(url_for("members.members", firm_id=firm_id))


def _write_invitation(invitation: Invitation, token: str) -> None:
    """In the language of the account, or the one that the inviter chose for a newcomer."""
    known = find_user(db.session, invitation.email)
    chosen = request.form.get("language", "")
    language = known.language if known else chosen if chosen in LANGUAGES else current_language()
    with speaking(language):
        written = render_template(
            "mail/invitation.txt",
            firm=service.get_firm(db.session, invitation.firm_id).name_in(language),
            inviter=current_user.name,
            owner=invitation.role == MemberRole.OWNER,
            link=url_for("members.invitation", token=token, language=language, _external=True),
            days=service.GOOD_FOR.days,
        )
    subject, text = written.strip().split("\n", 1)
    send(db.session, invitation.email, subject, text, language)


@pages.post(f"{OF_A_FIRM}/invitations/<int:invitation_id>/withdraw")
@open_to(FIRM, ADMINISTRATOR)
def withdraw(firm_id: int, invitation_id: int) -> BaseResponse:
    """Take an invitation back."""
    _require_manager(firm_id)
    service.withdraw(db.session, me(), firm_id, invitation_id)
    db.session.commit()
    flash(_("The invitation is withdrawn."), "success")
    return redirect(url_for("members.members", firm_id=firm_id))


@pages.post(f"{OF_A_FIRM}/<int:user_id>/role")
@open_to(FIRM, ADMINISTRATOR)
@recently
def change_role(firm_id: int, user_id: int) -> Answer:
    """Make an owner an editor, or an editor an owner."""
    _require_manager(firm_id)
    try:
        service.change_role(db.session, me(), firm_id, user_id, request.form.get("role", ""))
    except service.LastOwner as error:
        return _members_page(firm_id, error)
    db.session.commit()
    flash(_("The role is changed."), "success")
    return redirect(url_for("members.members", firm_id=firm_id))


@pages.post(f"{OF_A_FIRM}/<int:user_id>/remove")
@open_to(FIRM, ADMINISTRATOR)
@recently
def remove(firm_id: int, user_id: int) -> Answer:
    """Take a member off; everyone may leave."""
    leaving = user_id == me()
    if not leaving:
        _require_manager(firm_id)
    try:
        service.remove(db.session, me(), firm_id, user_id)
    except service.LastOwner as error:
        return _members_page(firm_id, error)
    db.session.commit()
    if leaving:
        flash(_("You no longer act for this firm."), "success")
        return redirect(url_for("people.account"))
    flash(_("The member is removed."), "success")
    return redirect(url_for("members.members", firm_id=firm_id))


@pages.get(INVITATION)
@open_to(ANYONE)
def invitation(token: str) -> Answer:
    """What one is invited to, and the way in for who has an account and who has none."""
    return _invitation_page(service.get_invitation(db.session, token), token)


def _invitation_page(
    invitation: Invitation, token: str, errors: dict[str, str] | None = None
) -> tuple[str, int]:
    page = render_template(
        "members/invitation.html",
        invitation=invitation,
        token=token,
        firm=invitation.firm.name_in(current_language()),
        known=find_user(db.session, invitation.email) is not None,
        errors=errors or {},
        typed=request.form,
    )
    return page, 422 if errors else 200


@pages.post(f"{INVITATION}/accept")
@open_to(*JOINERS)
def accept(token: str) -> BaseResponse:
    """Join with the account that is signed in."""
    invitation = service.get_invitation(db.session, token)
    service.accept(db.session, current_user._get_current_object(), invitation)
    db.session.commit()
    return _welcome(invitation)


def _welcome(invitation: Invitation) -> BaseResponse:
    firm = invitation.firm.name_in(current_language())
    flash(_("You now act for %(firm)s.", firm=firm), "success")
    return redirect(url_for("members.members", firm_id=invitation.firm_id))


@pages.post(f"{INVITATION}/join")
@open_to(ANYONE)
def join(token: str) -> Answer:
    """Open an account and join. The link came by mail, so the address needs no other proof."""
    session = db.session
    invitation = service.get_invitation(session, token)
    if current_user.is_authenticated or find_user(session, invitation.email):
        return redirect(url_for("members.invitation", token=token))
    name, password, errors = _new_account(invitation.email)
    if errors:
        return _invitation_page(invitation, token, errors)
    user = make_user(session, invitation.email, name, password, (FIRM,), current_language())
    record(session, user.id, "account.open", "user", user.id, invitation=invitation.id)
    service.accept(session, user, invitation)
    session.commit()
    login_user(user, authn_via=["invitation"])
    return _welcome(invitation)


def _new_account(email: str) -> tuple[str, str, dict[str, str]]:
    """(name, password, what is wrong with which field) as typed for a new account."""
    errors: dict[str, str] = {}
    name = plain_name(request.form.get("name"))
    try:
        check_name(name)
    except ValidationError as error:
        errors["name"] = str(error)
    passwords = current_app.extensions["security"].password_util
    problems, password = passwords.validate(request.form.get("password", ""), True, email=email)
    if problems:
        errors["password"] = problems[0]
    elif request.form.get("password") != request.form.get("password_confirm"):
        errors["password_confirm"] = _("The two passwords differ.")
    return name, password, errors
