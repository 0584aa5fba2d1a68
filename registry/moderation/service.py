"""What an administrator does about firms: the inbox, evidence, identifiers, who is shown."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from registry.audit.service import record
from registry.capabilities.models import EVIDENCE_LEVELS, ProductionLine
from registry.db import today, utcnow
from registry.errors import Conflict, NotFound, RuleBroken
from registry.firms.models import Certificate, Firm, Identifier, Listing
from registry.firms.service import announce_changes
from registry.i18n import gettext as _
from registry.moderation.models import Assessment
from registry.registration.models import Claim, Revision, State
from registry.registration.service import reason_of

NOTE_LENGTH = 2000
METHOD_LENGTH = 120
UNREACHABLE = "unreachable"  # a check was tried and the register could not be reached
SUBJECTS: dict[str, type[ProductionLine] | type[Certificate]] = {
    "line": ProductionLine,
    "certificate": Certificate,
}


@dataclass(frozen=True)
class Waiting:
    """Something that no administrator has decided, and since when."""

    since: dt.datetime
    revision: Revision | None = None
    claim: Claim | None = None


def list_waiting(session: Session) -> list[Waiting]:
    """Submitted records and open claims, the oldest first; the inbox is nothing else."""
    revisions = session.scalars(
        select(Revision)
        .where(Revision.state == State.SUBMITTED)
        .options(selectinload(Revision.firm).selectinload(Firm.names))
    )
    claims = session.scalars(
        select(Claim)
        .where(Claim.state == "open")
        .options(selectinload(Claim.firm).selectinload(Firm.names), selectinload(Claim.user))
    )
    waiting = [
        Waiting(revision.submitted_at or revision.edited_at, revision=revision)
        for revision in revisions
    ]
    waiting += [Waiting(claim.made_at, claim=claim) for claim in claims]
    return sorted(waiting, key=lambda entry: entry.since)


def get_revision(session: Session, revision_id: int) -> Revision:
    """Any firm's handed-in record; a draft is nobody else's yet. Raises NotFound."""
    revision = session.get(Revision, revision_id)
    if revision is None or revision.submitted_at is None:
        raise NotFound(_("There is no record with the number %(id)s.", id=revision_id))
    return revision


def get_firm(session: Session, firm_id: int) -> Firm:
    """A firm whatever its listing. Raises NotFound."""
    firm = session.get(
        Firm,
        firm_id,
        options=[
            selectinload(Firm.names),
            selectinload(Firm.sites),
            selectinload(Firm.identifiers),
            selectinload(Firm.certificates),
        ],
    )
    if firm is None:
        raise NotFound(_("There is no firm with the number %(id)s.", id=firm_id))
    return firm


# Who is shown


def set_listing(session: Session, actor_id: int, firm: Firm, listing: Listing, reason: str) -> None:
    """Suspend a firm, withdraw it or list it again, with the reason that the firm reads.

    Raises Conflict for a merged firm, RuleBroken without a reason.
    """
    if firm.listed == Listing.MERGED or listing is Listing.MERGED:
        raise Conflict(_("This firm was merged into another. Undo the merge first."))
    reason = reason_of(reason)
    before = firm.listed
    if before == listing:
        return
    firm.listed, firm.updated_at = listing, utcnow()
    session.flush()
    record(
        session,
        actor_id,
        f"firm.{_DEEDS[listing]}",
        "firm",
        firm.id,
        before={"listed": before},
        after={"listed": firm.listed},
        why=reason,
    )
    announce_changes(session, [firm.id])


_DEEDS = {
    Listing.LISTED: "list",
    Listing.SUSPENDED: "suspend",
    Listing.WITHDRAWN: "withdraw",
}


# How well a fact is shown


def assess(
    session: Session,
    actor_id: int,
    subject: str,
    subject_id: int,
    level: str,
    note: str,
    seen_on: dt.date,
) -> int:
    """Set how well a line or a certificate is shown; gives the firm's number.

    Raises NotFound, and RuleBroken for an unknown level, a note that is blank or too long, or a day
    that is still to come.
    """
    model = SUBJECTS.get(subject)
    fact: Any = session.get(model, subject_id) if model else None
    if fact is None:
        raise NotFound(_("This entry is not there any more."))
    note = note.replace("\0", "").strip()
    if level not in EVIDENCE_LEVELS:
        raise RuleBroken(_("Choose one of the levels of evidence."))
    if not note or len(note) > NOTE_LENGTH:
        raise RuleBroken(_("Say what was seen, in 1 to %(most)s characters.", most=NOTE_LENGTH))
    if seen_on > today():
        raise RuleBroken(_("The day is still to come. Write the day on which it was seen."))
    before, fact.evidence = fact.evidence, level
    session.add(
        Assessment(
            subject=subject,
            subject_id=subject_id,
            level=level,
            note=note,
            seen_on=seen_on,
            made_by=actor_id,
        )
    )
    session.flush()
    record(
        session,
        actor_id,
        "evidence.assess",
        subject,
        subject_id,
        firm_id=fact.firm_id,
        before={"evidence": before},
        after={"evidence": level, "seen_on": seen_on},
        why=note,
    )
    announce_changes(session, [fact.firm_id])
    return fact.firm_id


def list_assessments(session: Session, firm: Firm) -> dict[tuple[str, int], list[Assessment]]:
    """What was judged of the firm's lines and certificates, the newest first."""
    lines = select(ProductionLine.id).where(ProductionLine.firm_id == firm.id)
    found: dict[tuple[str, int], list[Assessment]] = {}
    query = (
        select(Assessment)
        .where(
            ((Assessment.subject == "line") & Assessment.subject_id.in_(lines))
            | (
                (Assessment.subject == "certificate")
                & Assessment.subject_id.in_([each.id for each in firm.certificates])
            )
        )
        .order_by(Assessment.id.desc())
    )
    for assessment in session.scalars(query):
        key = (assessment.subject, assessment.subject_id)
        found.setdefault(key, []).append(assessment)
    return found


# Whether an identifier is the firm's


def check_identifier(
    session: Session, actor_id: int, identifier_id: int, outcome: str, by: str, method: str
) -> int:
    """Write down that an identifier was verified, or that the register could not be reached.

    `outcome` is verified or unreachable. Gives the firm's number. Raises NotFound, RuleBroken.
    """
    identifier = session.get(Identifier, identifier_id)
    if identifier is None:
        raise NotFound(_("This entry is not there any more."))
    method, by = (" ".join(text.replace("\0", " ").split()) for text in (method, by))
    if outcome not in ("verified", UNREACHABLE):
        raise RuleBroken(_("Say whether it was verified, or could not be reached."))
    if not method or not by or max(len(method), len(by)) > METHOD_LENGTH:
        raise RuleBroken(
            _("Say who checked and how, each in 1 to %(most)s characters.", most=METHOD_LENGTH)
        )
    before = {
        "verified_by": identifier.verified_by,
        "verified_on": identifier.verified_on,
        "method": identifier.method,
    }
    # A check that reached nothing does not undo one that did.
    if outcome == "verified":
        identifier.verified_by, identifier.verified_on = by, today()
        identifier.method = method
        identifier.tried_on = None
    else:
        identifier.tried_on = today()
    session.flush()
    record(
        session,
        actor_id,
        f"identifier.{outcome}",
        "identifier",
        identifier.id,
        firm_id=identifier.firm_id,
        scheme=identifier.scheme,
        by=by,
        method=method,
        before=before,
    )
    return identifier.firm_id
