"""Rules about need to know, and how a person stands to every firm."""

import datetime as dt
from typing import Any

from sqlalchemy import Select, and_, not_, select
from sqlalchemy.orm import Session, selectinload

from registry.accounts.models import OFFICIAL, Role, User
from registry.audit.service import record
from registry.db import today, utcnow
from registry.errors import NotFound, RuleBroken
from registry.firms.models import Firm, Membership
from registry.firms.service import find_firm
from registry.grants.models import Grant, ScopeKind
from registry.i18n import gettext as _
from registry.taxonomy.models import ShortfallCategory
from registry.visibility.readers import Standing
from registry.visibility.table import Reader

REASON_LENGTH = 500
ENDED_SHOWN = 50  # of those that no longer hold; the audit trail has them all


class WrongGrant(RuleBroken):
    """A grant that cannot be given as asked; `field` is what must change."""

    def __init__(self, field: str, message: str):
        super().__init__(message)
        self.field = field


def standing_of(session: Session, user_id: int | None, role: Reader) -> Standing:
    """How a person stands to every firm; `role` is the reader that the roles alone make of them.

    One query for a firm's member and two for an official, none for anyone else.
    """
    if user_id is None or role is Reader.ADMINISTRATOR:
        return Standing(role)
    firms = session.scalars(select(Membership.firm_id).where(Membership.user_id == user_id))
    if role is not Reader.OFFICIAL:
        return Standing(role, frozenset(firms))
    grants = session.scalars(
        select(Grant).where(
            Grant.official_id == user_id, Grant.revoked_at.is_(None), Grant.until >= today()
        )
    )
    return Standing(role, frozenset(firms), tuple(grant.scope for grant in grants))


def give_grant(
    session: Session,
    actor_id: int,
    official_id: int | None,
    kind: str,
    until: dt.date | None,
    reason: str,
    category_code: str | None = None,
    firm_id: int | None = None,
) -> Grant:
    """Let an official see firm-confidential fields. Raises WrongGrant.

    `category_code` and `firm_id` count only for the kind that asks for them.
    """
    official = session.get(User, official_id) if official_id else None
    if official is None or not official.active or not official.has_role(OFFICIAL):
        raise WrongGrant("official", _("Choose an official. Other roles need no grant."))
    about = _about(session, kind, category_code, firm_id)
    if until is None or until < today():
        raise WrongGrant("until", _("Give the last day as a date, today or later."))
    reason = reason.replace("\0", "").strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise WrongGrant("reason", _("Say why, in 1 to %(most)s characters.", most=REASON_LENGTH))
    for known in list_grants_of(session, official.id):
        if known.in_force(until) and known.about == about:  # a form sent twice
            raise WrongGrant("until", _("This official has that need to know already."))
    grant = Grant(
        official_id=official.id, until=until, reason=reason, granted_by_id=actor_id, **about
    )
    session.add(grant)
    session.flush()
    given = {"official_id": official.id, "until": until, **about}
    record(session, actor_id, "grant.give", "grant", grant.id, after=given, why=reason)
    return grant


def _about(
    session: Session, kind: str, category_code: str | None, firm_id: int | None
) -> dict[str, Any]:
    """The columns that say what a grant is for. Raises WrongGrant."""
    about: dict[str, Any] = {"kind": kind, "category_code": None, "firm_id": None}
    if kind == ScopeKind.CATEGORY:
        if not category_code or session.get(ShortfallCategory, category_code) is None:
            raise WrongGrant("category", _("Choose the shortfall category."))
        about["category_code"] = category_code
    elif kind == ScopeKind.FIRM:
        if firm_id is None or find_firm(session, firm_id) is None:
            raise WrongGrant("firm", _("Give the number of a firm of the registry."))
        about["firm_id"] = firm_id
    elif kind != ScopeKind.EVERYTHING:
        raise WrongGrant("kind", _("Choose what the need to know is for."))
    return about


def revoke_grant(session: Session, actor_id: int, grant_id: int) -> Grant:
    """End a grant now; one that was revoked before stays as it was. Raises NotFound."""
    grant = session.get(Grant, grant_id)
    if grant is None:
        raise NotFound(_("There is no grant with the number %(id)s.", id=grant_id))
    if grant.revoked_at is None:
        grant.revoked_at, grant.revoked_by_id = utcnow(), actor_id
        session.flush()
        record(session, actor_id, "grant.revoke", "grant", grant.id, official_id=grant.official_id)
    return grant


def list_grants(session: Session) -> tuple[list[Grant], list[Grant]]:
    """(those in force, the soonest to end first; the last of those that ended)."""
    holds = (Grant.revoked_at.is_(None), Grant.until >= today())
    in_force = _grants().where(*holds).order_by(Grant.until, Grant.id)
    ended = _grants().where(not_(and_(*holds))).order_by(Grant.id.desc()).limit(ENDED_SHOWN)
    return list(session.scalars(in_force)), list(session.scalars(ended))


def list_grants_of(session: Session, official_id: int) -> list[Grant]:
    """The official's grants in force, the one that lasts longest first."""
    query = _grants().where(
        Grant.official_id == official_id, Grant.revoked_at.is_(None), Grant.until >= today()
    )
    return list(session.scalars(query.order_by(Grant.until.desc(), Grant.id)))


def _grants() -> Select[Grant]:
    people = (Grant.official, Grant.granted_by, Grant.revoked_by)
    return select(Grant).options(
        *(selectinload(person) for person in people),
        selectinload(Grant.category),
        selectinload(Grant.firm).selectinload(Firm.names),
    )


def list_people(session: Session, role: str) -> list[User]:
    """The active accounts of a role, by name."""
    query = select(User).where(User.active, User.roles.any(Role.name == role)).order_by(User.email)
    return list(session.scalars(query))
