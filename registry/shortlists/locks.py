"""Locking a list: all that the decision rested on, frozen as one document; and what came of it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from registry.accounts.models import User
from registry.audit.service import record
from registry.db import today, utcnow
from registry.errors import Conflict, NotFound, RuleBroken
from registry.grants.service import standing_of
from registry.i18n import gettext as _
from registry.matches.evidence import Document, gather_evidence, sha256
from registry.shortlists.access import keep_open, readable_by
from registry.shortlists.models import (
    AWARDED,
    OUTCOMES,
    TEXT_LENGTH,
    Shortlist,
    ShortlistRevision,
)
from registry.shortlists.output import freeze_output
from registry.shortlists.panel import criteria_of, is_revealed, people_of
from registry.visibility.readers import Standing, reader_of


def lock(session: Session, actor: User, shortlist: Shortlist) -> ShortlistRevision:
    """Freeze a list as its next revision; it is read only from here on.

    Every firm is measured once more, all on the same state of the index; the match of the day on
    which it was added stays beside it, and what it can add as far as the actor may know. Raises
    Locked, RuleBroken for an empty list, Conflict while members of the panel still evaluate or once
    someone else has locked it.
    """
    keep_open(shortlist)
    if not shortlist.items:
        raise RuleBroken(_("There is nothing to lock: add a firm first."))
    if shortlist.panel and not is_revealed(shortlist):
        raise Conflict(_("Members of the panel still evaluate. Wait, or open consensus first."))
    at = utcnow()
    _take(session, shortlist, at)
    output = freeze_output(session, _standing(session, actor), shortlist)
    document = _document(session, actor, shortlist, at) | {"output_sha256": sha256(output)}
    made = ShortlistRevision(
        number=shortlist.revision,
        document=document,
        sha256=sha256(document),
        output=output,
        locked_by_id=actor.id,
        locked_by=actor,
        locked_at=at,
        awarded=[],
    )
    shortlist.revisions.append(made)
    record(
        session,
        actor.id,
        "shortlist.lock",
        "shortlist",
        shortlist.id,
        number=made.number,
        sha256=made.sha256,
    )
    session.flush()
    return made


def _standing(session: Session, actor: User) -> Standing:
    return standing_of(session, actor.id, reader_of(actor))


def _take(session: Session, shortlist: Shortlist, at: dt.datetime) -> None:
    """Become the one who locks it: of two at the same moment the second waits, and is refused."""
    one = update(Shortlist).where(
        Shortlist.id == shortlist.id,
        Shortlist.locked.is_(False),
        Shortlist.revision == shortlist.revision,
    )
    values = {"locked": True, "revision": shortlist.revision + 1, "updated_at": at}
    taken = session.execute(one.values(values).execution_options(synchronize_session=False))
    if not taken.rowcount:  # type: ignore[attr-defined]
        raise Conflict(_("Someone else has just locked this shortlist: it is already locked."))
    session.refresh(shortlist, list(values))


def _document(session: Session, actor: User, shortlist: Shortlist, at: dt.datetime) -> Document:
    numbers = [item.firm_id for item in shortlist.items]
    document = gather_evidence(session, shortlist.need, numbers)
    said, people = _decisions(shortlist), people_of(session, shortlist)
    for firm in document["firms"]:
        firm["decision"] = said[firm["firm_id"]]
        for one in firm["decision"]["evaluations"]:
            one["person"] = _person(people[one.pop("user_id")])
    return {
        **document,
        "kind": "shortlist",
        "shortlist": {
            "id": shortlist.id,
            "revision": shortlist.revision,
            "title": shortlist.title,
            "criteria": criteria_of(shortlist),
            "owner": _person(shortlist.owner),
            "panel": [_person(one.user) for one in shortlist.panel],
            "locked_by": _person(actor),
            "locked_at": at.isoformat(),
        },
    }


def _person(person: User) -> dict[str, Any]:
    return {
        "id": person.id, "name": person.name, "email": person.email, "office": person.office
    }  # fmt: skip


def _decisions(shortlist: Shortlist) -> dict[int, dict[str, Any]]:
    return {
        item.firm_id: {
            "position": position,
            "status": item.status,
            "reject_reason": item.reject_reason,
            "reject_text": item.reject_text,
            "tags": item.tags,
            "note": item.note,
            "consensus": item.consensus,
            "consensus_note": item.consensus_note,
            "added_at": item.added_at.isoformat(),
            "added_with": item.data_version,
            "match_when_added": item.match,
            "evaluations": [_evaluation(one) for one in item.evaluations],
        }
        for position, item in enumerate(shortlist.items, start=1)
    }


def _evaluation(one: Any) -> dict[str, Any]:
    names = ("user_id", "conflict", "conflict_text", "scores", "comment")
    return {name: getattr(one, name) for name in names}


def unlock(session: Session, actor_id: int, shortlist: Shortlist) -> None:
    """Open a list for a new revision; the locked one stays as it is. Raises Conflict."""
    if not shortlist.locked:
        raise Conflict(_("This shortlist is not locked."))
    newest = shortlist.revisions[-1]
    if newest.outcome:
        raise Conflict(_("The outcome of this revision is told: the list stays as it is."))
    newest.unlocked_at = shortlist.updated_at = utcnow()
    shortlist.locked = False
    number = newest.number
    record(session, actor_id, "shortlist.unlock", "shortlist", shortlist.id, number=number)
    session.flush()


def get_revision(shortlist: Shortlist, number: int) -> ShortlistRevision:
    """One locked revision of a list. Raises NotFound."""
    found = next((one for one in shortlist.revisions if one.number == number), None)
    if found is None:
        raise NotFound(_("This shortlist has no revision %(number)s.", number=number))
    return found


def is_untouched(revision: ShortlistRevision) -> bool:
    """Whether the document, and the output beside it, are those that were locked."""
    document = revision.document
    if sha256(document) != revision.sha256:
        return False
    # Revisions of before output was frozen say nothing of it.
    return document.get("output_sha256") in (None, sha256(revision.output))


def tell_outcome(
    session: Session,
    actor_id: int,
    revision: ShortlistRevision,
    outcome: str,
    on: dt.date | None,
    note: str = "",
    awarded: Sequence[int] = (),
) -> None:
    """Say what came of a locked list; a correction replaces it, and the trail keeps both.

    Raises RuleBroken for an award without a firm of the list, a day to come, or too long a note.
    """
    if revision.unlocked_at is not None:
        raise Conflict(_("A later revision takes the place of this one."))
    if outcome not in OUTCOMES or on is None:
        raise RuleBroken(_("Choose an outcome and give its date."))
    if on > today():
        raise RuleBroken(_("The outcome cannot lie in the future."))
    listed = {firm["firm_id"] for firm in revision.document["firms"]}
    chosen = sorted(set(awarded)) if outcome == AWARDED else []
    if (outcome == AWARDED and not chosen) or not listed.issuperset(chosen):
        raise RuleBroken(_("Tick at least one firm of the list that it was awarded to."))
    note = note.replace("\0", "").strip()
    if len(note) > TEXT_LENGTH:
        raise RuleBroken(_("At most %(most)s characters.", most=TEXT_LENGTH))
    revision.outcome, revision.outcome_on, revision.awarded = outcome, on, chosen
    revision.outcome_note = note or None
    record(
        session,
        actor_id,
        "shortlist.outcome",
        "shortlist",
        revision.shortlist_id,
        number=revision.number,
        outcome=outcome,
        outcome_on=on,
        awarded=chosen,
    )
    session.flush()


def lists_without_outcome(session: Session, person: User) -> list[Shortlist]:
    """Locked lists that a person owns or shares and whose outcome is not told; two queries."""
    query = (
        select(Shortlist)
        .join(ShortlistRevision, ShortlistRevision.shortlist_id == Shortlist.id)
        .where(Shortlist.locked, readable_by(person))
        .where(ShortlistRevision.number == Shortlist.revision, ShortlistRevision.outcome.is_(None))
        .order_by(ShortlistRevision.locked_at, Shortlist.id)
    )
    return list(session.scalars(query))


def list_judgements(session: Session) -> list[tuple[str, int, str]]:
    """(need, firm, judgement) of every revision whose outcome is told, in a fixed order.

    The need is `category:AMM-01`, `class:1320`, `tender:7` or `text:…`; the judgement `awarded`,
    `shortlisted`, `reserve`, `considered` or `rejected`. A cancelled list judges no one. Of two
    lists for one need the one whose outcome is newer counts.
    """
    query = (
        select(ShortlistRevision)
        .where(ShortlistRevision.outcome.is_not(None), ShortlistRevision.outcome != "cancelled")
        .order_by(ShortlistRevision.outcome_on, ShortlistRevision.id)
    )
    judged: dict[tuple[str, int], str] = {}
    for revision in session.scalars(query):
        reference = revision.document["need"]["reference"]
        for name, value in reference.items():
            for firm in revision.document["firms"]:
                number = firm["firm_id"]
                won = number in revision.awarded
                said = AWARDED if won else firm["decision"]["status"]
                judged[f"{name}:{value}", number] = said
    return [(need, firm, said) for (need, firm), said in sorted(judged.items())]
