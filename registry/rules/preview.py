"""What a change of rules would do to the notices that are here, before it is saved."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, load_only

from registry.rules.content import AGREEMENT, BUYER, THRESHOLD, RuleContent
from registry.rules.models import RuleChange
from registry.rules.notices import COLUMNS, notice_of
from registry.rules.reading import Finding, RuleSet
from registry.rules.service import list_rules, proposed_of, rules_version
from registry.tenders.models import Tender

SHOWN = 50
AT_ONCE = 500
GAINED, LOST, OTHERWISE = "gained", "lost", "changed"
# Kinds of rules that are read together.
_TOGETHER = (AGREEMENT, THRESHOLD, BUYER)

Document = dict[str, Any]


def before_and_after(session: Session, change: RuleChange) -> tuple[RuleSet, RuleSet]:
    """The rules of the kinds concerned, as they are and as they would be.

    What would be new or other has numbers below zero.
    """
    proposed = proposed_of(change)
    kinds = {one.content.kind for one in proposed}
    if kinds & set(_TOGETHER):
        kinds |= set(_TOGETHER)
    current = {rule.key: rule for rule in list_rules(session) if rule.kind in kinds}
    before = {rule.id: rule.content for rule in current.values()}
    replaced = {current[one.key].id for one in proposed if one.key in current}
    after = {number: rule for number, rule in before.items() if number not in replaced}
    after.update({-number: one.content for number, one in enumerate(proposed, start=1)})
    return RuleSet(before), RuleSet(after)


def concerned(session: Session, change: RuleChange) -> ColumnElement[bool]:
    """Notices of the days on which a rule would be new, other or gone, as a condition on rows."""
    current = {rule.key: rule.content for rule in list_rules(session)}
    rules = []
    for one in proposed_of(change):
        rules += [one.content, *([current[one.key]] if one.key in current else [])]
    day = func.coalesce(Tender.published_on, Tender.as_of)
    return or_(day.is_(None), *(_in_its_days(day, rule) for rule in rules if not rule.withdrawn))


def _in_its_days(day: Any, rule: RuleContent) -> ColumnElement[bool]:
    return and_(
        day >= rule.valid_from if rule.valid_from else true(),
        day <= rule.valid_until if rule.valid_until else true(),
    )


def count_concerned(session: Session, change: RuleChange) -> int:
    query = select(func.count(Tender.id)).where(concerned(session, change))
    return session.scalar(query) or 0


def look_ahead(
    session: Session,
    change: RuleChange,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Document:
    """How many notices were examined, what each would gain or lose: the first, and counts of all.

    Writes nothing.
    """
    before, after = before_and_after(session, change)
    total = count_concerned(session, change)
    counts: Counter[tuple[str, str, str]] = Counter()
    shown: list[Document] = []
    done = touched = 0
    for tender in _notices(session, concerned(session, change)):
        notice = notice_of(tender)
        moves = list(differences(before.read(notice), after.read(notice)))
        counts.update((move["kind"], move["target"], move["what"]) for move in moves)
        touched += bool(moves)
        if moves and len(shown) < SHOWN:
            shown.append({"id": tender.id, "reference": tender.reference,
                          "title_en": tender.title_en, "title_fr": tender.title_fr,
                          "moves": moves})  # fmt: skip
        done += 1
        if done % AT_ONCE == 0:
            progress(done, total)
    return {
        "rules_version": rules_version(session),
        "examined": done,
        "touched": touched,
        "counts": [[*key, count] for key, count in sorted(counts.items())],
        "shown": shown,
    }


def _notices(session: Session, condition: ColumnElement[bool]) -> Iterator[Tender]:
    """The notices in the order of their numbers, some at a time, none of them kept."""
    query = select(Tender).where(condition).options(load_only(*COLUMNS))
    last = 0
    while True:
        some = session.scalars(
            query.where(Tender.id > last).order_by(Tender.id).limit(AT_ONCE)
        ).all()
        if not some:
            return
        last = some[-1].id
        yield from some
        for tender in some:
            session.expunge(tender)


def differences(before: Sequence[Finding], after: Sequence[Finding]) -> Iterator[Document]:
    """What one reading finds and the other does not, and what it finds otherwise."""
    was = {(one.kind, one.target): one for one in before}
    would_be = {(one.kind, one.target): one for one in after}
    for key in sorted({*was, *would_be}):
        old, new = was.get(key), would_be.get(key)
        if old and new and old.told == new.told:
            continue
        what = OTHERWISE if old and new else GAINED if new else LOST
        yield {
            "kind": key[0],
            "target": key[1],
            "what": what,
            "before": old.told if old else None,
            "after": new.told if new else None,
        }
