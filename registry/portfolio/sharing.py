"""Whose a plan is beside its author: colleagues whom the author names, to read or to change it.

All who may read it may comment on it. What a colleague may know of firms stays their own: a result
of which they may not know every line is closed to them, whoever shares the plan.
"""

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, selectinload

from registry.accounts.models import OFFICIAL, User
from registry.audit.service import record
from registry.errors import RuleBroken
from registry.grants.service import list_people
from registry.i18n import gettext as _
from registry.portfolio.models import NOTE_LENGTH, Plan, PlanComment, PlanShare


def open_to_person(person_id: int, to_edit: bool = False) -> ColumnElement[bool]:
    """Plans that are the person's own, or shared with them (and, if asked, to be changed)."""
    theirs = select(PlanShare.plan_id).where(PlanShare.person_id == person_id)
    if to_edit:
        theirs = theirs.where(PlanShare.may_edit)
    return or_(Plan.owner_id == person_id, Plan.id.in_(theirs))


def list_shares(session: Session, plan: Plan) -> list[PlanShare]:
    """With whom a plan is shared, by address."""
    query = select(PlanShare).where(PlanShare.plan_id == plan.id).join(PlanShare.person)
    return list(session.scalars(query.options(selectinload(PlanShare.person)).order_by(User.email)))


def colleagues_of(session: Session, plan: Plan) -> list[User]:
    """The officials with whom the plan could be shared."""
    return [one for one in list_people(session, OFFICIAL) if one.id != plan.owner_id]


def share_plan(
    session: Session, actor_id: int, plan: Plan, person_id: int | None, access: str
) -> PlanShare | None:
    """Let a colleague "read" or "edit" a plan, or "none" of it any more; its author alone may ask.

    Raises RuleBroken for someone who is no other official, and for an access that there is not.
    """
    person = next((one for one in colleagues_of(session, plan) if one.id == person_id), None)
    query = select(PlanShare).where(PlanShare.plan_id == plan.id, PlanShare.person_id == person_id)
    share = session.scalars(query).one_or_none()
    if access == "none":
        if share is not None:
            session.delete(share)
            session.flush()
            _note(session, actor_id, plan, share.person_id, access)
        return None
    if person is None:
        raise RuleBroken(_("Choose a colleague who is an official."))
    if access not in ("read", "edit"):
        raise RuleBroken(_("Choose what the colleague may do."))
    may_edit = access == "edit"
    if share is not None and share.may_edit == may_edit:
        return share
    if share is None:
        share = PlanShare(plan_id=plan.id, person_id=person.id)
        session.add(share)
    share.may_edit = may_edit
    session.flush()
    _note(session, actor_id, plan, person.id, access)
    return share


def list_comments(session: Session, plan: Plan) -> list[PlanComment]:
    """What was said of a plan, the oldest first."""
    query = select(PlanComment).where(PlanComment.plan_id == plan.id).order_by(PlanComment.id)
    return list(session.scalars(query.options(selectinload(PlanComment.person))))


def comment_on(session: Session, actor_id: int, plan: Plan, text: str) -> PlanComment:
    """Say something of the plan as it is now; whoever may read it may. Raises RuleBroken."""
    text = text.replace("\0", "").strip()
    if not text or len(text) > NOTE_LENGTH:
        raise RuleBroken(_("A comment has 1 to %(most)s characters.", most=NOTE_LENGTH))
    said = PlanComment(plan_id=plan.id, person_id=actor_id, version=plan.version, text=text)
    session.add(said)
    session.flush()
    record(session, actor_id, "plan.comment", "plan", plan.id, comment=said.id)
    return said


def _note(session: Session, actor_id: int, plan: Plan, person_id: int, access: str) -> None:
    record(session, actor_id, "plan.share", "plan", plan.id, person=person_id, access=access)
