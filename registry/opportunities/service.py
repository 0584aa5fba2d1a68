"""Tenders meet the registry: categories that a notice is about, firms that fit it, and back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

import matching
from matching import Match, Need
from registry.db import utcnow
from registry.feeds.text import fold_words
from registry.i18n import gettext as _
from registry.matches.publication import LiveIndex, live_index
from registry.matches.service import NEAR_MISS, match_one
from registry.opportunities.models import TenderMatch
from registry.rules.content import CATEGORY, NONE
from registry.rules.mapping import map_notices
from registry.rules.notices import notice_of
from registry.rules.reading import LEAST, Finding
from registry.rules.service import need_of_notice, rule_set
from registry.rules.words import reason
from registry.taxonomy.models import ShortfallCategory
from registry.taxonomy.service import list_categories
from registry.tenders.models import Tender
from registry.tenders.needs import need_of_tender
from registry.tenders.service import is_open

CATEGORIES_SHOWN = 6
KEPT = 50  # firms of a tender that are kept, if they fit at all
_AT_ONCE = 200
_MATCHES = cast(Table, TenderMatch.__table__)
_NEAR_TITLE, _READ_CLASS = 1.5, 0.5  # points beside those of rules


@dataclass(frozen=True)
class Reason:
    """Why a notice seems to be about a category: by a rule, or by how alike the words are."""

    said: str
    rule: int | None = None


@dataclass(frozen=True)
class LikelyCategory:
    """A shortfall category that a notice seems to be about, and why."""

    category: ShortfallCategory
    points: float
    reasons: list[Reason]


def categories_of(
    session: Session, need: Need, findings: Sequence[Finding]
) -> list[LikelyCategory]:
    """The categories that a need is likely about, best first; none if nothing points to one.

    What rules found comes with its rules. Where they say that it is about none, nothing else does.
    """
    by_rule = {one.target: one for one in findings if one.kind == CATEGORY}
    read: list[str] = []
    if not need.class_codes and not need.is_empty:
        inferred = matching.infer_classes(live_index(session).index, need)
        read = [code for code, _weight in inferred[:2]]
    titles = {twin: fold_words(getattr(need, f"title_{twin}")) for twin in ("en", "fr")}
    found = [
        _likely(category, titles, read, by_rule.get(category.code))
        for category in list_categories(session)
        if NONE not in by_rule or category.code in by_rule
    ]
    best = sorted(
        (one for one in found if one.points >= LEAST),
        key=lambda one: (-one.points, one.category.code),
    )
    return best[:CATEGORIES_SHOWN]


def _likely(
    category: ShortfallCategory,
    titles: Mapping[str, str],
    read: Sequence[str],
    found: Finding | None,
) -> LikelyCategory:
    points, reasons = 0.0, []
    if found and found.points:
        points += found.points
        reasons += [Reason(reason(one), one["rule"]) for one in found.detail["because"]]
    elif _near(category, titles):
        points += _NEAR_TITLE
        reasons.append(Reason(_("its title is near the title of the category")))
    if also := [code for code in read if code in category.class_codes]:
        points += _READ_CLASS
        codes = ", ".join(also)
        reasons.append(Reason(_("its words are those of supply class %(codes)s", codes=codes)))
    return LikelyCategory(category, points, reasons)


def _near(category: ShortfallCategory, titles: Mapping[str, str]) -> bool:
    return any(
        title and matching.nearest_texts(title, [(getattr(category, f"title_{twin}"),)], limit=1)
        for twin, title in titles.items()
    )


def match_open(
    session: Session, progress: Callable[[int, int], None] = lambda done, total: None
) -> int:
    """Keep the best firms of every open tender, and forget those of the others; how many tenders.

    Before that, notices that are new or changed are read by the rules.

    Commits in between: done again from the start it ends in the same.
    """
    map_notices(session)
    live = live_index(session)
    opened = select(Tender.id).where(is_open(utcnow()))
    session.execute(delete(_MATCHES).where(_MATCHES.c.tender_id.not_in(opened)))
    numbers = list(session.scalars(opened.order_by(Tender.id)))
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        rows = list(_best(session, live, some))
        session.execute(delete(_MATCHES).where(_MATCHES.c.tender_id.in_(some)))
        if rows:
            session.execute(insert(_MATCHES), rows)
        session.commit()
        progress(start + len(some), len(numbers))
    return len(numbers)


def _best(
    session: Session, live: LiveIndex, tender_ids: Sequence[int]
) -> Iterator[dict[str, float]]:
    tenders = session.scalars(
        select(Tender).where(Tender.id.in_(tender_ids)).execution_options(populate_existing=True)
    )
    for tender in tenders:
        best = matching.order(live.index, need_of_tender(tender), limit=KEPT)
        for rank, (firm_id, score) in enumerate(best, start=1):
            if score < NEAR_MISS:
                break
            yield {"tender_id": tender.id, "firm_id": firm_id, "rank": rank, "score": score}
        session.expunge(tender)


@dataclass(frozen=True)
class FittingTender:
    """An open tender that a firm fits, with its match there as of now."""

    tender: Tender
    match: Match


def tenders_of_firm(session: Session, firm_id: int, limit: int) -> list[FittingTender]:
    """The open tenders for which a firm is among the best, those that it fits best first."""
    live = live_index(session)
    found = session.scalars(
        select(Tender)
        .join(TenderMatch, TenderMatch.tender_id == Tender.id)
        .where(TenderMatch.firm_id == firm_id, is_open(utcnow()))
        .order_by(TenderMatch.score.desc(), Tender.closes_at, Tender.id)
        .limit(limit)
    )
    rules = rule_set(session)
    needs = ((tender, need_of_notice(tender, rules.read(notice_of(tender)))) for tender in found)
    matches = ((tender, match_one(live, need, firm_id)) for tender, need in needs)
    return [FittingTender(tender, match) for tender, match in matches if match]
