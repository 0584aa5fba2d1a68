"""Rules listed and looked up, changes of them proposed and saved, and notices read by them."""

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, load_only

from matching import Need, Requirement
from registry.audit.service import changed, record
from registry.db import utcnow
from registry.errors import Conflict, NotFound, RuleBroken
from registry.i18n import gettext as _
from registry.jobs.service import ask
from registry.rules.content import GATE, GATES, THRESHOLD, RuleContent
from registry.rules.models import DISCARDED, DRAFT, SAVED, NoticeFinding, Rule, RuleChange
from registry.rules.notices import COLUMNS, notice_of
from registry.rules.packaged import add_version
from registry.rules.reading import Finding, RuleSet
from registry.tenders.models import Tender
from registry.tenders.needs import need_of_tender

MAP = "rules.map"
LONGEST_WHY = 500
NOTICES_SHOWN = 20


def list_rules(session: Session, kind: str | None = None) -> list[Rule]:
    """The current version of every rule, or of those of a kind, by what they lead to."""
    query = select(Rule).where(Rule.replaced_at.is_(None))
    if kind is not None:
        query = query.where(Rule.kind == kind)
    order = (Rule.kind, Rule.target, Rule.entity, Rule.commodity, Rule.valid_from, Rule.id)
    return list(session.scalars(query.order_by(*order)))


def get_rule(session: Session, rule_id: int) -> Rule:
    """A version of a rule. Raises NotFound."""
    if found := session.get(Rule, rule_id):
        return found
    raise NotFound(_("There is no rule with the number %(id)s.", id=rule_id))


def versions_of(session: Session, key: str) -> list[Rule]:
    """All versions of a rule, the newest first."""
    query = select(Rule).where(Rule.key == key).order_by(Rule.version.desc())
    return list(session.scalars(query))


def count_notices(session: Session, rule_ids: Iterable[int]) -> dict[int, int]:
    """In how many notices each of these rules says most for what was found there."""
    query = select(NoticeFinding.rule_id, func.count()).group_by(NoticeFinding.rule_id)
    counted = session.execute(query.where(NoticeFinding.rule_id.in_(list(rule_ids))))
    return dict(counted.all())


def latest_notices(session: Session, rule_id: int) -> list[Tender]:
    """Notices in which the rule says most, those published last first."""
    mapped = select(NoticeFinding.tender_id).where(NoticeFinding.rule_id == rule_id)
    query = select(Tender).where(Tender.id.in_(mapped)).options(load_only(*COLUMNS))
    query = query.order_by(Tender.published_on.desc(), Tender.id.desc()).limit(NOTICES_SHOWN)
    return list(session.scalars(query))


def rules_version(session: Session) -> int:
    """A number that grows with every version of any rule."""
    return session.scalar(select(func.max(Rule.id))) or 0


def rules_by_number(session: Session) -> dict[int, RuleContent]:
    """The content of the current version of every rule."""
    return {rule.id: rule.content for rule in list_rules(session)}


_made: dict[str, tuple[Any, RuleSet]] = {}


def rule_set(session: Session) -> RuleSet:
    """The current rules, made ready; kept in this process until one changes."""
    newest = select(Rule.id, Rule.added_at).order_by(Rule.id.desc()).limit(1)
    row = session.execute(newest).first()
    where, mark = str(session.get_bind(Rule).engine.url), tuple(row) if row else None
    kept = _made.get(where)
    if kept is None or kept[0] != mark:
        _made.clear()
        kept = _made[where] = (mark, RuleSet(rules_by_number(session)))
    return kept[1]


def read_notice(session: Session, tender: Tender) -> list[Finding]:
    """What the current rules find in a notice, as of its own day."""
    return rule_set(session).read(notice_of(tender))


def rule_rows(session: Session, findings: Iterable[Finding]) -> dict[int, Rule]:
    """The rules by which something was found, by their numbers; one query."""
    numbers: set[int | None] = set()
    for one in findings:
        numbers.add(one.rule)
        numbers |= {each["rule"] for each in one.detail.get("because", ())}
        numbers |= {each["rule"] for each in one.detail.get("thresholds", ())}
    found = session.scalars(select(Rule).where(Rule.id.in_(numbers - {None})))
    return {rule.id: rule for rule in found}


def requirement_of(finding: Finding) -> Requirement:
    """A gate that was found, as the engine holds firms against it."""
    schemes, levels = GATES[finding.target]
    level = finding.detail["level"]
    enough = levels[levels.index(level) :] if level in levels else ()
    return Requirement(finding.target, schemes, levels=enough)


def need_of_notice(tender: Tender, findings: Iterable[Finding]) -> Need:
    """A notice as a need, with what the rules found that it requires."""
    return need_of_tender(tender, [requirement_of(one) for one in findings if one.kind == GATE])


@dataclass(frozen=True)
class Proposed:
    """A rule as it would be; `key` of the one that it replaces, None for a new one."""

    key: str | None
    content: RuleContent


def propose(session: Session, actor_id: int | None, proposed: Sequence[Proposed]) -> RuleChange:
    """Write down how rules are to be, to be looked at before it is saved.

    Raises RuleBroken if nothing would change, or two thresholds would say different amounts.
    """
    current = {rule.key: rule.content for rule in list_rules(session)}
    news = [one for one in proposed if one.key is None or current.get(one.key) != one.content]
    if not news:
        raise RuleBroken(_("Nothing is different from the rule as it is."))
    _refuse_doubles(current, news)
    change = RuleChange(
        rules=[{"key": one.key, **one.content.as_json()} for one in news],
        rules_version=rules_version(session),
        asked_by=actor_id,
        state=DRAFT,
    )
    session.add(change)
    session.flush()
    return change


def _refuse_doubles(current: Mapping[str, RuleContent], news: Sequence[Proposed]) -> None:
    """On any day an agreement has one threshold for a kind of buyer and what it buys."""
    after: dict[str, RuleContent] = {**current}
    for number, one in enumerate(news):
        after[one.key or f"new:{number}"] = one.content
    changed_keys = {one.key or f"new:{number}" for number, one in enumerate(news)}
    for key in changed_keys:
        for other, content in after.items():
            if other != key and _same_threshold(after[key], content):
                raise Conflict(
                    _("Another rule states this threshold for some of these days. End it first.")
                )


def _same_threshold(one: RuleContent, other: RuleContent) -> bool:
    def bought(rule: RuleContent) -> tuple[Any, ...]:
        return rule.kind, rule.target, rule.entity, rule.commodity

    if one.kind != THRESHOLD or one.withdrawn or other.withdrawn or bought(one) != bought(other):
        return False
    latest_first = max(one.valid_from or dt.date.min, other.valid_from or dt.date.min)
    return latest_first <= min(one.valid_until or dt.date.max, other.valid_until or dt.date.max)


def get_change(session: Session, change_id: int) -> RuleChange:
    """Raises NotFound."""
    if found := session.get(RuleChange, change_id):
        return found
    raise NotFound(_("There is no change of rules with the number %(id)s.", id=change_id))


def proposed_of(change: RuleChange) -> list[Proposed]:
    return [Proposed(one["key"], RuleContent.from_json(one)) for one in change.rules]


def save_change(session: Session, actor_id: int | None, change: RuleChange, why: str) -> list[Rule]:
    """Make what was proposed the rules, and ask for the notices to be read by them.

    Raises RuleBroken without a reason or a preview, Conflict if rules changed since the preview.
    """
    why = " ".join(why.split())
    if not 0 < len(why) <= LONGEST_WHY:
        raise RuleBroken(
            _(
                "Say why, in at most %(most)d characters: it is kept with the rule.",
                most=LONGEST_WHY,
            )
        )
    if change.state != DRAFT:
        raise Conflict(_("This change was saved or discarded already."))
    if change.preview is None:
        raise Conflict(_("Wait until it is known what would change."))
    if change.rules_version != rules_version(session):
        raise Conflict(_("Rules were changed since. Look again at what would change."))
    current = {rule.key: rule for rule in list_rules(session)}
    saved = []
    try:
        with session.begin_nested():
            for one in proposed_of(change):
                saved.append(_save(session, actor_id, current.get(one.key or ""), one, why))
    except IntegrityError as error:
        raise Conflict(_("Rules were changed since. Look again at what would change.")) from error
    change.state, change.ended_at = SAVED, utcnow()
    ask(session, None, MAP, {})
    return saved


def _save(
    session: Session, actor_id: int | None, before: Rule | None, one: Proposed, why: str
) -> Rule:
    key = one.key or f"{one.content.kind}:{secrets.token_hex(6)}"
    was = before.content.as_json() if before else {}
    rule = add_version(session, key, before, one.content, actor_id, why)
    differences = changed(was, one.content.as_json())
    record(session, actor_id, "rule.save", "rule", rule.id, why=why, version=rule.version,
           name=key, **differences)  # fmt: skip
    return rule


def discard_change(session: Session, change: RuleChange) -> None:
    """Leave the rules as they are. Raises Conflict if it was saved."""
    if change.state == SAVED:
        raise Conflict(_("This change was saved or discarded already."))
    change.state, change.ended_at = DISCARDED, utcnow()
