"""Setting a firm aside for a need, and bringing it back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from registry.accounts.models import User
from registry.audit.service import record
from registry.errors import Conflict, NotFound, RuleBroken
from registry.finding.models import NEED_KEY_LENGTH, Dismissal
from registry.firms.models import Firm
from registry.firms.service import get_firm
from registry.i18n import gettext as _

LONGEST_REASON = 500
Reference = Mapping[str, str]  # how a need is referred to: one kind, one key


class AlreadyDismissed(Conflict):
    """The office set the firm aside for this need before."""


def whose(person: User) -> str:
    """Who shares a dismissal: the office, or the person alone."""
    return f"office {person.office.strip().casefold()}" if person.office else f"person {person.id}"


def dismissed_firms(session: Session, person: User, reference: Reference) -> set[int]:
    """The firms that the person's office set aside for a need."""
    kind, key = _one(reference)
    query = select(Dismissal.firm_id).where(
        Dismissal.whose == whose(person), Dismissal.need_kind == kind, Dismissal.need_key == key
    )
    return set(session.scalars(query))


def dismissed_by_need(session: Session, person: User) -> "Aside":
    """All that the person's office set aside, for whoever looks at many needs; one query."""
    query = select(Dismissal.need_kind, Dismissal.need_key, Dismissal.firm_id).where(
        Dismissal.whose == whose(person)
    )
    firms: dict[tuple[str, str], set[int]] = {}
    for kind, key, firm_id in session.execute(query):
        firms.setdefault((kind, key), set()).add(firm_id)
    return Aside(firms)


@dataclass(frozen=True)
class Aside:
    """The firms that an office set aside, by need."""

    firms: Mapping[tuple[str, str], Collection[int]]

    def of(self, reference: Reference) -> Collection[int]:
        return self.firms.get(_one(reference), ())


def find_dismissal(
    session: Session, person: User, reference: Reference, firm_id: int
) -> Dismissal | None:
    kind, key = _one(reference)
    query = select(Dismissal).where(
        Dismissal.whose == whose(person),
        Dismissal.need_kind == kind,
        Dismissal.need_key == key,
        Dismissal.firm_id == firm_id,
    )
    return session.scalars(query).one_or_none()


def list_dismissals(session: Session, person: User, reference: Reference | None) -> list[Dismissal]:
    """What the person's office set aside, for one need or for all, the newest first."""
    query = (
        select(Dismissal)
        .where(Dismissal.whose == whose(person))
        .options(
            selectinload(Dismissal.firm).selectinload(Firm.names),
            joinedload(Dismissal.dismissed_by),
        )
        .order_by(Dismissal.id.desc())
    )
    if reference:
        kind, key = _one(reference)
        query = query.where(Dismissal.need_kind == kind, Dismissal.need_key == key)
    return list(session.scalars(query))


def dismiss(
    session: Session, person: User, reference: Reference, firm_id: int, reason: str
) -> Dismissal:
    """Set a firm aside for a need. Raises RuleBroken, NotFound, AlreadyDismissed."""
    reason = " ".join(reason.replace("\0", " ").split())
    if not reason or len(reason) > LONGEST_REASON:
        raise RuleBroken(
            _(
                "Say in 1 to %(most)s characters why the firm is no answer to this need.",
                most=LONGEST_REASON,
            )
        )
    firm, (kind, key) = get_firm(session, firm_id), _one(reference)
    made = Dismissal(
        whose=whose(person),
        need_kind=kind,
        need_key=key,
        firm_id=firm.id,
        reason=reason,
        dismissed_by_id=person.id,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as collision:
        raise AlreadyDismissed(_("The firm was dismissed for this need before.")) from collision
    # Not of the subject `firm`: whose log firms read.
    record(
        session, person.id, "result.dismiss", "dismissal", made.id,
        why=reason, office=person.office, firm=firm_id, need=f"{kind} {key}",
    )  # fmt: skip
    return made


def bring_back(session: Session, person: User, dismissal_id: int) -> Dismissal:
    """Undo a dismissal of one's office. Raises NotFound, also for one of another office."""
    found = session.get(Dismissal, dismissal_id)
    if found is None or found.whose != whose(person):
        raise NotFound(_("There is no such dismissal. It may have been brought back before."))
    session.delete(found)
    record(
        session, person.id, "result.bring_back", "dismissal", found.id, office=person.office,
        firm=found.firm_id, need=f"{found.need_kind} {found.need_key}",
    )  # fmt: skip
    session.flush()
    return found


def _one(reference: Reference) -> tuple[str, str]:
    """The kind and the key of a reference; words are the same however they are written."""
    ((kind, key),) = reference.items()
    words = " ".join(str(key).casefold().split())[:NEED_KEY_LENGTH]
    return kind, words if kind == "text" else str(key)
