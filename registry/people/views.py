"""Pages of people: one's own account, and for administrators everyone's."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_security import current_user, login_user
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts import service
from registry.accounts.auth import actor_id, open_to, recently
from registry.accounts.forms import plain_name
from registry.accounts.models import ADMINISTRATOR, ROLES, User
from registry.audit.service import record
from registry.db import db
from registry.errors import RegistryError
from registry.i18n import gettext as _
from registry.members.service import list_firms
from registry.sso.service import has_identity
from registry.web import LANGUAGE_PREFIX, page_number

pages = Blueprint("people", __name__)
ONE = f"{LANGUAGE_PREFIX}/people/<int:user_id>"
Answer = BaseResponse | str | tuple[str, int]


def _me() -> User:
    user: User = current_user._get_current_object()
    return user


@pages.get(f"{LANGUAGE_PREFIX}/account")
@open_to(*ROLES)
def account() -> Answer:
    """Everything about one's own account, and the ways to change it."""
    return _account_page()


def _account_page(error: RegistryError | None = None) -> tuple[str, int]:
    me = _me()
    page = render_template(
        "people/account.html",
        me=me,
        firms=list_firms(db.session, me.id),
        provider_joined=has_identity(db.session, me.id),
        codes_left=len(me.mf_recovery_codes or ()),
        error=error,
        typed=request.form,
    )
    return page, error.status if error else 200


@pages.post(f"{LANGUAGE_PREFIX}/account")
@open_to(*ROLES)
def rename() -> Answer:
    """Change one's name and language."""
    name, language = plain_name(request.form.get("name")), request.form.get("language", "")
    try:
        service.rename(db.session, _me(), name, language)
    except RegistryError as error:
        return _account_page(error)
    db.session.commit()
    flash(_("Saved."), "success")
    return redirect(url_for("people.account"))


@pages.post(f"{LANGUAGE_PREFIX}/account/sessions")
@open_to(*ROLES)
@recently
def end_sessions() -> BaseResponse:
    """Sign out on every other device."""
    me = _me()
    service.end_sessions(me)
    record(db.session, me.id, "account.sessions", "user", me.id)
    db.session.commit()
    login_user(me, authn_via=["session"])
    flash(_("Your sessions on other devices have ended."), "success")
    return redirect(url_for("people.account"))


@pages.get(f"{LANGUAGE_PREFIX}/people")
@open_to(ADMINISTRATOR)
def people() -> str:
    """Find an account."""
    words, role, page = request.args.get("q", ""), request.args.get("role"), page_number()
    role = role if role in ROLES else None
    found, count = service.list_people(db.session, words[:200], role, page)
    return render_template(
        "people/people.html",
        people=found,
        count=count,
        page=page,
        per_page=service.PER_PAGE,
        words=words[:200],
        role=role,
        roles=ROLES,
    )


@pages.get(ONE)
@open_to(ADMINISTRATOR)
@recently
def person(user_id: int) -> Answer:
    """One account, with the roles that it holds and may be given."""
    return _person_page(service.get_person(db.session, user_id))


def _person_page(user: User, error: RegistryError | None = None) -> tuple[str, int]:
    page = render_template(
        "people/person.html",
        person=user,
        firms=list_firms(db.session, user.id),
        provider_joined=has_identity(db.session, user.id),
        roles=ROLES,
        myself=user.id == actor_id(),
        error=error,
        typed=request.form,
        chosen=request.form.getlist("role") if error else [role.name for role in user.roles],
    )
    return page, error.status if error else 200


@pages.post(f"{ONE}/roles")
@open_to(ADMINISTRATOR)
@recently
def set_roles(user_id: int) -> Answer:
    """Give and take roles and set the office, with a reason."""
    form = request.form
    return _changed(
        user_id,
        lambda me, user: service.set_roles(
            db.session, me, user, set(form.getlist("role")), form.get("office"), _why()
        ),
    )


@pages.post(f"{ONE}/state")
@open_to(ADMINISTRATOR)
@recently
def set_state(user_id: int) -> Answer:
    """Suspend an account, or open it again."""
    change = service.suspend if request.form.get("state") == "suspended" else service.restore
    return _changed(user_id, lambda me, user: change(db.session, me, user, _why()))


@pages.post(f"{ONE}/factors")
@open_to(ADMINISTRATOR)
@recently
def reset_factors(user_id: int) -> Answer:
    """Let someone who has lost a device set up a second factor anew."""
    return _changed(user_id, lambda me, user: service.reset_factors(db.session, me, user, _why()))


def _why() -> str:
    return request.form.get("reason", "")


def _changed(user_id: int, change: Callable[[int, User], None]) -> Answer:
    me = actor_id()
    assert me is not None  # the routes are for administrators
    user = service.get_person(db.session, user_id)
    try:
        change(me, user)
    except RegistryError as error:
        db.session.rollback()
        return _person_page(service.get_person(db.session, user_id), error)
    db.session.commit()
    flash(_("Saved."), "success")
    return redirect(url_for("people.person", user_id=user_id))
