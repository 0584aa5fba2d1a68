"""Rules about plans: whose they are, how they change, and what signing off freezes."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from registry.audit.service import record
from registry.db import utcnow
from registry.errors import Conflict, NotFound, RuleBroken
from registry.i18n import gettext as _
from registry.jobs.models import ENDED, Job
from registry.jobs.service import ask
from registry.portfolio.forms import Document
from registry.portfolio.models import NOTE_LENGTH, Plan, PlanResult, PlanVersion
from registry.portfolio.sharing import open_to_person
from registry.portfolio.solving import KIND, digest


class ChangedMeanwhile(Conflict):
    """Someone, or the same person elsewhere, has saved a newer version."""


def list_plans(session: Session, reader_id: int | None) -> list[Plan]:
    """Plans that are a person's or shared with them, all for None; the last changed first."""
    query = select(Plan).options(selectinload(Plan.owner)).order_by(Plan.updated_at.desc(), Plan.id)
    if reader_id is not None:
        query = query.where(open_to_person(reader_id))
    return list(session.scalars(query))


def signed_off_counts(session: Session, plans: list[Plan]) -> dict[int, int]:
    """How many results of each plan are signed off."""
    numbers = [plan.id for plan in plans]
    query = select(PlanResult.plan_id, func.count()).where(
        PlanResult.plan_id.in_(numbers), PlanResult.signed_off_at.is_not(None)
    )
    return dict(session.execute(query.group_by(PlanResult.plan_id)).all())


def get_plan(session: Session, plan_id: int, reader_id: int | None, to_edit: bool = False) -> Plan:
    """A plan that this person may read (or change), anyone's for None; else raises NotFound."""
    query = select(Plan).where(Plan.id == plan_id)
    if reader_id is not None:
        query = query.where(open_to_person(reader_id, to_edit))
    plan = session.scalars(query).one_or_none()
    if plan is None:
        raise NotFound(_("There is no plan with the number %(id)s.", id=plan_id))
    return plan


def document_of(session: Session, plan: Plan) -> Document:
    """The newest version."""
    query = select(PlanVersion.document).where(
        PlanVersion.plan_id == plan.id, PlanVersion.number == plan.version
    )
    return session.scalars(query).one()


def create_plan(session: Session, actor_id: int, document: Document) -> Plan:
    """Begin a plan with its first version."""
    plan = Plan(owner_id=actor_id, name=document["name"])
    session.add(plan)
    session.flush()
    _add_version(session, actor_id, plan, document)
    record(session, actor_id, "plan.create", "plan", plan.id, title=plan.name)
    return plan


def save_plan(session: Session, actor_id: int, plan: Plan, document: Document, seen: int) -> None:
    """Keep a new version of a plan; `seen` is the one that the change was made on.

    Raises ChangedMeanwhile if that is not the newest any more.
    """
    if seen != plan.version:
        raise ChangedMeanwhile(
            _("The plan was changed meanwhile. Look at what it says now, then send yours again.")
        )
    if document == document_of(session, plan):
        return
    plan.version, plan.name, plan.updated_at = plan.version + 1, document["name"], utcnow()
    _add_version(session, actor_id, plan, document)
    record(session, actor_id, "plan.save", "plan", plan.id, version=plan.version)


def _add_version(session: Session, actor_id: int, plan: Plan, document: Document) -> None:
    session.add(
        PlanVersion(plan_id=plan.id, number=plan.version, document=document, saved_by_id=actor_id)
    )
    session.flush()


def solve_plan(session: Session, actor_id: int, plan: Plan) -> Job:
    """Ask for the newest version to be solved; while a job for it goes on, that is the job."""
    wanted = {"plan": plan.id, "version": plan.version}
    running = select(Job).where(
        Job.kind == KIND, Job.asked_by_id == actor_id, Job.state.not_in(ENDED)
    )
    for job in session.scalars(running):
        if job.arguments == wanted:
            return job
    return ask(session, actor_id, KIND, wanted)


def list_results(session: Session, plan: Plan) -> list[PlanResult]:
    """The results of a plan, the newest first."""
    query = select(PlanResult).where(PlanResult.plan_id == plan.id).order_by(PlanResult.id.desc())
    people = (selectinload(PlanResult.signed_off_by), selectinload(PlanResult.made_by))
    return list(session.scalars(query.options(*people)))


def get_own_plan(session: Session, plan_id: int, owner_id: int) -> Plan:
    """A plan of this person's own. Raises NotFound, also for one that is shared with them."""
    plan = get_plan(session, plan_id, owner_id)
    if plan.owner_id != owner_id:
        raise NotFound(_("There is no plan with the number %(id)s.", id=plan_id))
    return plan


def get_result(session: Session, result_id: int, reader_id: int | None) -> PlanResult:
    """A result of a plan that this person may read, of anyone's for None. Raises NotFound."""
    query = select(PlanResult).where(PlanResult.id == result_id).join(PlanResult.plan)
    if reader_id is not None:
        query = query.where(open_to_person(reader_id))
    result = session.scalars(query).one_or_none()
    if result is None:
        raise NotFound(_("There is no result with the number %(id)s.", id=result_id))
    return result


def sign_off(session: Session, actor_id: int, result: PlanResult, note: str) -> None:
    """Freeze a result: who decided, when and why. Raises Conflict if that was done before.

    The digest goes to the audit trail, whose chain shows if a result was touched afterwards.
    """
    note = note.replace("\0", "").strip()
    if not note or len(note) > NOTE_LENGTH:
        raise RuleBroken(_("Say why, in 1 to %(most)s characters.", most=NOTE_LENGTH))
    if result.signed_off_at is not None:
        raise Conflict(_("The result is signed off already."))
    if not result.answer["contracts"]:
        raise RuleBroken(_("There is no contract to sign in this result."))
    result.signed_off_at, result.signed_off_by_id, result.note = utcnow(), actor_id, note
    result.sha256 = digest(result.inputs, result.answer)
    session.flush()
    record(
        session, actor_id, "plan.sign_off", "plan", result.plan_id, why=note,
        result=result.id, version=result.version, sha256=result.sha256,
    )  # fmt: skip


def is_untouched(result: PlanResult) -> bool:
    """Whether a signed-off result is what was signed off."""
    return result.sha256 == digest(result.inputs, result.answer)


def note_export(session: Session, actor_id: int, result: PlanResult, form: str) -> None:
    """Record that a result leaves the registry as a file."""
    record(session, actor_id, "plan.export", "plan", result.plan_id, result=result.id, form=form)
