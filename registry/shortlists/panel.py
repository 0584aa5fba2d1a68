"""A panel's evaluation: conflicts declared first, scores apart from each other, then consensus."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.accounts.models import User
from registry.audit.service import record
from registry.db import utcnow
from registry.errors import Conflict, NotAllowed, RuleBroken
from registry.firms.models import Membership
from registry.i18n import gettext as _
from registry.shortlists.access import find_colleague, keep_open
from registry.shortlists.models import (
    TEXT_LENGTH,
    Evaluation,
    PanelMember,
    Shortlist,
    ShortlistItem,
)

BEST = 5  # a score is a whole number from 0 to this
MOST_CRITERIA, CRITERION_LENGTH = 8, 80


def criteria_of(shortlist: Shortlist) -> list[str]:
    """The named criteria; without any, one score for the whole."""
    return list(shortlist.criteria) or [_("Overall")]


def is_revealed(shortlist: Shortlist) -> bool:
    """Whether members see each other's scores: all have submitted, or consensus is open."""
    panel = shortlist.panel
    return shortlist.consensus_open or bool(panel and all(one.submitted_at for one in panel))


def seen_by(shortlist: Shortlist, item: ShortlistItem, person_id: int | None) -> list[Evaluation]:
    """What a person may see of what was said of a firm: their own, and all once revealed."""
    revealed = is_revealed(shortlist)
    return [one for one in item.evaluations if revealed or one.user_id == person_id]


def of_member(item: ShortlistItem, person_id: int) -> Evaluation | None:
    return next((one for one in item.evaluations if one.user_id == person_id), None)


def member_of(shortlist: Shortlist, person_id: int) -> PanelMember | None:
    return next((one for one in shortlist.panel if one.user_id == person_id), None)


def set_criteria(session: Session, actor_id: int, shortlist: Shortlist, typed: str) -> None:
    """One criterion a line. Raises Conflict once something is scored, for scores go by place."""
    keep_open(shortlist)
    names = list(dict.fromkeys(filter(None, map(_text, typed.splitlines()))))
    if len(names) > MOST_CRITERIA or any(len(name) > CRITERION_LENGTH for name in names):
        raise RuleBroken(
            _(
                "At most %(most)s criteria, each of at most %(length)s characters.",
                most=MOST_CRITERIA,
                length=CRITERION_LENGTH,
            )
        )
    if names == shortlist.criteria:
        return
    scored = any(one.scores for item in shortlist.items for one in item.evaluations)
    if scored or any(item.consensus for item in shortlist.items):
        raise Conflict(_("The criteria stay as they are: firms were scored by them."))
    shortlist.criteria = names
    _record(session, actor_id, shortlist, "shortlist.criteria", criteria=names)


def add_member(session: Session, actor_id: int, shortlist: Shortlist, email: str) -> PanelMember:
    """Put a colleague on the panel, who may then read the list. Raises RuleBroken."""
    keep_open(shortlist)
    person = find_colleague(session, email)
    if _belongs_to_a_firm(session, person.id):
        raise RuleBroken(_("Who belongs to a firm does not evaluate firms."))
    member = member_of(shortlist, person.id)
    if member is None:
        member = PanelMember(user_id=person.id, user=person)
        shortlist.panel.append(member)
        _record(session, actor_id, shortlist, "shortlist.panel-add", user_id=person.id)
    return member


def remove_member(session: Session, actor_id: int, shortlist: Shortlist, user_id: int) -> None:
    """Take a member off the panel who has said nothing yet. Raises Conflict."""
    keep_open(shortlist)
    member = member_of(shortlist, user_id)
    if member is None:
        return
    if any(of_member(item, user_id) for item in shortlist.items):
        raise Conflict(_("This member has declared or scored already, and stays on the panel."))
    shortlist.panel.remove(member)
    _record(session, actor_id, shortlist, "shortlist.panel-remove", user_id=user_id)


def _belongs_to_a_firm(session: Session, user_id: int) -> bool:
    query = select(Membership.id).where(Membership.user_id == user_id).limit(1)
    return session.scalar(query) is not None


def _evaluator(session: Session, item: ShortlistItem, actor_id: int) -> PanelMember:
    """The member who may judge now. Raises NotAllowed, Conflict."""
    shortlist = item.shortlist
    keep_open(shortlist)
    member = member_of(shortlist, actor_id)
    if member is None:
        raise NotAllowed(_("Only members of the panel evaluate. The owner names them."))
    if _belongs_to_a_firm(session, actor_id):
        raise NotAllowed(_("Who belongs to a firm does not evaluate firms."))
    if member.submitted_at or shortlist.consensus_open:
        raise Conflict(_("The scores are submitted, and stay as they are."))
    return member


def declare(
    session: Session, actor_id: int, item: ShortlistItem, conflict: bool, text: str = ""
) -> Evaluation:
    """Say whether one has a conflict of interest with a firm, and which.

    A conflict takes back the scores that the member gave the firm. Raises RuleBroken, NotAllowed.
    """
    _evaluator(session, item, actor_id)
    text = _limited(text)
    if conflict and not text:
        raise RuleBroken(_("Say in a few words what the conflict of interest is."))
    mine = of_member(item, actor_id)
    if mine is None:
        mine = Evaluation(user_id=actor_id)
        item.evaluations.append(mine)
    elif mine.conflict == conflict and (mine.conflict_text or "") == text:
        return mine
    mine.conflict, mine.conflict_text, mine.declared_at = conflict, text or None, utcnow()
    if conflict:
        mine.scores = mine.comment = None
    facts = {"firm_id": item.firm_id, "conflict": conflict}
    _record(session, actor_id, item.shortlist, "shortlist.conflict", **facts)
    return mine


def score(
    session: Session,
    actor_id: int,
    item: ShortlistItem,
    scores: Sequence[int | None],
    comment: str = "",
) -> Evaluation:
    """Keep a member's scores of a firm, one for each criterion.

    The trail tells that there were scores, not which: it is read before the panel is done. Raises
    NotAllowed without a declaration or with a conflict, RuleBroken for what is no score.
    """
    _evaluator(session, item, actor_id)
    mine = of_member(item, actor_id)
    if mine is None:
        raise NotAllowed(_("Declare first whether you have a conflict of interest."))
    if mine.conflict:
        raise NotAllowed(_("You declared a conflict of interest with this firm."))
    mine.scores, mine.comment = _whole(item.shortlist, scores), _limited(comment) or None
    _record(session, actor_id, item.shortlist, "shortlist.score", firm_id=item.firm_id)
    return mine


def left_to_judge(shortlist: Shortlist, person_id: int) -> int:
    """How many firms a member has neither scored nor declared a conflict with."""
    said = [of_member(item, person_id) for item in shortlist.items]
    return sum(1 for one in said if one is None or (not one.conflict and one.scores is None))


def lists_to_score(session: Session, person_id: int) -> list[Shortlist]:
    """Open lists on whose panel a person is who has not submitted yet, the oldest first."""
    query = (
        select(Shortlist)
        .join(PanelMember, PanelMember.shortlist_id == Shortlist.id)
        .where(PanelMember.user_id == person_id, PanelMember.submitted_at.is_(None))
        .where(Shortlist.locked.is_(False), Shortlist.consensus_open.is_(False))
        .order_by(Shortlist.id)
    )
    return list(session.scalars(query))


def submit_scores(session: Session, actor_id: int, shortlist: Shortlist) -> None:
    """End a member's own evaluation. Raises RuleBroken while a firm lacks a word of theirs."""
    keep_open(shortlist)
    member = member_of(shortlist, actor_id)
    if member is None:
        raise NotAllowed(_("Only members of the panel evaluate. The owner names them."))
    left = left_to_judge(shortlist, actor_id)
    if left or not shortlist.items:
        raise RuleBroken(_("Declare and score every firm first; %(left)s are left.", left=left))
    if member.submitted_at is None:
        member.submitted_at = utcnow()
        _record(session, actor_id, shortlist, "shortlist.submit")


def open_consensus(session: Session, actor_id: int, shortlist: Shortlist) -> None:
    """Let the members see each other's scores before all have submitted; it cannot be undone."""
    keep_open(shortlist)
    if not shortlist.panel:
        raise RuleBroken(_("Name the members of the panel first."))
    if not shortlist.consensus_open:
        shortlist.consensus_open = True
        _record(session, actor_id, shortlist, "shortlist.consensus-open")


def record_consensus(
    session: Session,
    actor_id: int,
    item: ShortlistItem,
    scores: Sequence[int | None],
    note: str = "",
) -> None:
    """Keep what the panel agreed on beside what each member said. Raises Conflict, NotAllowed."""
    shortlist = item.shortlist
    keep_open(shortlist)
    if not is_revealed(shortlist):
        raise Conflict(_("Consensus begins once all members have submitted their scores."))
    mine = of_member(item, actor_id)
    if (mine and mine.conflict) or _belongs_to_a_firm(session, actor_id):
        raise NotAllowed(_("You declared a conflict of interest with this firm."))
    item.consensus, item.consensus_note = _whole(shortlist, scores), _limited(note) or None
    _record(session, actor_id, shortlist, "shortlist.consensus", firm_id=item.firm_id)


def people_of(session: Session, shortlist: Shortlist) -> dict[int, User]:
    """Whoever said something on the list, by number; one query."""
    ids = {one.user_id for item in shortlist.items for one in item.evaluations}
    people = session.scalars(select(User).where(User.id.in_(ids)))
    return {person.id: person for person in people}


def _whole(shortlist: Shortlist, scores: Sequence[int | None]) -> list[int]:
    given = [value for value in scores if value is not None and 0 <= value <= BEST]
    if len(given) != len(scores) or len(scores) != len(criteria_of(shortlist)):
        raise RuleBroken(_("Give each criterion a score from 0 to %(best)s.", best=BEST))
    return given


def _text(typed: str) -> str:
    return typed.replace("\0", "").strip()


def _limited(typed: str) -> str:
    text = _text(typed)
    if len(text) > TEXT_LENGTH:
        raise RuleBroken(_("At most %(most)s characters.", most=TEXT_LENGTH))
    return text


def _record(
    session: Session, actor_id: int, shortlist: Shortlist, action: str, **detail: Any
) -> None:
    shortlist.updated_at = utcnow()
    record(session, actor_id, action, "shortlist", shortlist.id, **detail)
    session.flush()
